"""How much of what is known to be there is here: counts, gaps and breaks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from pipeline import store
from pipeline.archive import Archive, Count, Run
from pipeline.asking import status
from pipeline.config import Config
from pipeline.trends import coverage
from pipeline.trends.coverage import DatedDocument, Gap, KnownNumber, binomial_p, gaps, holm
from spiders.universe import Universe
from tests.conftest import build_all


def monthly(source: str, years: range, months: int = 12, but: tuple[int, ...] = ()) -> list[DatedDocument]:
    """A document on the fifth of each of the first months of each year."""
    return [
        DatedDocument(source, date(year, month, 5), "day")
        for year in years
        if year not in but
        for month in range(1, months + 1)
    ]


def told(found: list[Gap], kind: str) -> list[tuple[str | None, date | None, date | None]]:
    return [(gap.source, gap.start, gap.end) for gap in found if gap.kind == kind]


def test_a_steady_source_has_no_gap() -> None:
    assert gaps(monthly("bmj", range(2012, 2018)), [], 5) == []


def test_a_silent_year_between_full_ones_is_told() -> None:
    found = gaps(monthly("bmj", range(2012, 2018), but=(2014,)), [], 5)
    assert [gap.kind for gap in found] == ["no documents"]
    assert told(found, "no documents") == [("bmj", date(2014, 1, 1), date(2014, 12, 31))]
    assert found[0].expected == pytest.approx(10.0)


def test_a_silence_of_a_source_with_few_documents_is_not() -> None:
    few = [DatedDocument("hansard", date(year, 3, 1), "day") for year in (2012, 2013, 2016, 2017)]
    assert gaps(few, [], 5) == []


def test_a_document_dated_to_a_year_leaves_none_of_its_quarters_empty() -> None:
    years = (
        monthly("kar", range(2012, 2018), but=(2014,)) + [DatedDocument("kar", date(2014, 1, 1), "year")] * 12
    )
    assert gaps(years, [], 5) == []


@given(trials=st.integers(1, 400), share=st.floats(0, 1), chance=st.floats(0.01, 0.99))
def test_the_binomial_test_is_the_exact_one(trials: int, share: float, chance: float) -> None:
    count = round(share * trials)
    assert binomial_p(count, trials, chance) == pytest.approx(
        binomtest(count, trials, chance).pvalue, abs=1e-9
    )


def test_half_the_volume_beyond_chance_is_a_break() -> None:
    found = gaps(monthly("bmj", range(2012, 2015)) + monthly("bmj", range(2015, 2018), months=1), [], 5)
    assert told(found, "break") == [("bmj", date(2015, 1, 1), date(2015, 12, 31))]
    assert "12 in 2014, 1 in 2015: 0.08 times as many" in found[0].why


def test_what_chance_explains_is_no_break() -> None:
    found = gaps(monthly("bmj", range(2012, 2015), months=4) + monthly("bmj", range(2015, 2018), 2), [], 5)
    assert told(found, "break") == []


def test_a_year_that_the_source_was_there_for_in_part_is_no_break() -> None:
    begun = [DatedDocument("bmj", date(2012, 10, day), "day") for day in (1, 15, 29)]
    assert gaps([*begun, *monthly("bmj", range(2013, 2017))], [], 5) == []


def test_two_documents_at_the_end_of_a_year_promise_nothing_for_the_next() -> None:
    days = [date(2014, 12, 19), date(2014, 12, 30), date(2021, 2, 1)]
    assert gaps([DatedDocument("govuk", day, "day") for day in days], [], 5) == []


def test_documents_out_of_scope_show_that_a_silence_is_no_hole() -> None:
    read = [
        DatedDocument(d.source, d.published, d.precision, in_trends=d.published.year != 2014)
        for d in monthly("bmj", range(2012, 2018))
    ]
    found = gaps(read, [], 5)
    assert told(found, "no documents") == []
    assert [start for _, start, _ in told(found, "break")] == [date(2014, 1, 1), date(2015, 1, 1)]


def test_where_a_source_begins_and_ends_within_the_corpus_is_told() -> None:
    found = gaps(monthly("bmj", range(2012, 2018)) + monthly("kar", range(2014, 2016)), [], 5)
    assert told(found, "begins") == [("kar", date(2012, 1, 1), date(2013, 12, 31))]
    assert told(found, "ends") == [("kar", date(2016, 1, 1), date(2017, 12, 31))]


def test_a_gap_of_all_sources_together_is_told_beside_their_own() -> None:
    both = monthly("bmj", range(2012, 2018), but=(2014,)) + monthly("kar", range(2012, 2018), but=(2014,))
    assert {source for source, _, _ in told(gaps(both, [], 5), "no documents")} == {None, "bmj", "kar"}


def test_years_of_which_some_are_known_and_few_or_none_were_read_are_told() -> None:
    known = [
        KnownNumber("bmj", None, 30, 13),
        KnownNumber("bmj", 2012, 10, 10),
        KnownNumber("bmj", 2013, 10, 3),
        KnownNumber("bmj", 2014, 4, 1),  # below the floor
        KnownNumber("bmj", 2015, 2, 0),
        KnownNumber("kar", None, 20, 4),
    ]
    found = gaps([], known, 5)
    assert told(found, "few") == [("bmj", date(2013, 1, 1), date(2013, 12, 31)), ("kar", None, None)]
    assert told(found, "no documents") == [("bmj", date(2015, 1, 1), date(2015, 12, 31))]
    assert found[-1].why == "4 of 20 known documents were read"


def test_a_silence_is_not_told_twice() -> None:
    documents = monthly("bmj", range(2012, 2018), but=(2014,))
    found = gaps(documents, [KnownNumber("bmj", 2014, 9, 0)], 5)
    assert len(told(found, "no documents")) == 1


def test_holms_correction() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []


def test_quarters_share_out_a_document_dated_to_a_year() -> None:
    counted = coverage.quarters(
        [DatedDocument("a", date(2014, 1, 1), "year"), DatedDocument("a", date(2014, 5, 1), "month")]
    )
    assert [counted[2014 * 4 + quarter] for quarter in range(4)] == [0.25, 1.25, 0.25, 0.25]


def test_an_address_is_counted_once_under_the_kind_of_list_that_named_it_first() -> None:
    universe = Universe()
    universe.listed("https://a.org/1", "feed", "https://a.org/rss", "2014-03-01")
    universe.listed("https://a.org/1", "listing", "https://a.org/news")
    universe.listed("https://a.org/2", "listing", "https://a.org/news", "no date")
    universe.listed("https://a.org/3.pdf", "link", "https://a.org/2")
    universe.listed("https://a.org/4", "listing", "https://a.org/news")
    universe.withdrawn("https://a.org/4")
    assert [(c.counted_by, c.year, c.documents) for c in universe.counts(whole=True)] == [
        ("feed", None, 1),
        ("feed", 2014, 1),
        ("listing", None, 1),
    ]
    assert universe.counts(whole=False) == []


def test_a_later_answer_to_the_same_question_replaces_the_earlier() -> None:
    universe = Universe()
    for documents in (7, 9):
        universe.state(Count("search", "matches", documents, "term"))
    universe.state(Count("search", "matches", 5, "other"))
    assert [count.documents for count in universe.counts(whole=False)] == [9, 5]


@pytest.fixture
def counted(built: Config) -> Callable[..., dict[int | None, tuple[int, str, int]]]:
    """Counts that runs of the BMJ's spider noted, a list a run; built: year -> (known, known_by, read)."""

    def build(*runs: list[Count]) -> dict[int | None, tuple[int, str, int]]:
        for number, counts in enumerate(runs):
            began = Run(f"run-{number}-{number:08d}", "bmj", datetime(2024, 1, 1 + number, tzinfo=UTC))
            with Archive(built.archive).writer(began) as writer:
                writer.report.universe = counts
        build_all(built)
        with store.open_published(store.published_file(built)) as connection:
            asked = "SELECT year, known, known_by, read FROM coverage WHERE source = 'bmj'"
            return {year: rest for year, *rest in map(tuple, connection.execute(asked).fetchall())}

    return build


def test_known_is_the_largest_search_not_the_sum_of_searches(counted: Any) -> None:
    terms = [Count("search", "matches", 20, "ccg"), Count("search", "matches", 24, "ccgs")]
    found = counted([*terms, Count("search", "addresses", 22), Count("crossref", "records", 900)])
    assert found[None] == [24, "matches: search", 16]


def test_known_of_a_source_gathered_whole_is_what_it_has_or_lists(counted: Any) -> None:
    lists = [Count("feed", "addresses", 5), Count("listing", "addresses", 30)]
    years = [Count("crossref", "records", 7, year=2013), Count("crossref", "records", 2, year=2018)]
    found = counted([*lists, Count("crossref", "records", 33), *years])
    assert found[None] == [35, "addresses: feed, listing", 16]
    assert found[2013] == [7, "records: crossref", 4]
    assert found[2014] == [None, None, 4]
    assert found[2017] == [None, None, 0]
    assert found[2018] == [2, "records: crossref", 0]


def test_pieces_of_documents_are_never_taken_for_documents(counted: Any) -> None:
    assert counted([Count("search", "parts", 999, "ccg")])[None] == [None, None, 16]


def test_the_latest_run_that_counted_counts(counted: Any) -> None:
    found = counted([Count("oai", "records", 40)], [Count("oai", "records", 41)], [])
    assert found[None] == [41, "records: oai", 16]


def test_status_names_what_is_thin(counted: Any, built: Config) -> None:
    counted([Count("crossref", "records", 60), Count("crossref", "records", 12, year=2013)])
    lines = status.as_text(status.status(built)).splitlines()
    assert "coverage   bmj 16 of 60 known (2013: few)" in lines


def test_the_sums_of_coverage_are_those_of_the_documents(sixteen: Config) -> None:
    with store.open_published(store.published_file(sixteen)) as connection:
        asked = "SELECT sum({0}) FILTER (year IS NULL), sum({0}) FILTER (year IS NOT NULL) FROM coverage"
        for column in ("gathered", "read", "unique_documents", "in_trends"):
            assert connection.execute(asked.format(column)).fetchone() == (16, 16)
