"""Prevalence corrected by human codes: the estimate, its interval, what is refused, where it is published."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline import store
from pipeline.asking.comparison import as_text as as_lines
from pipeline.asking.comparison import compare
from pipeline.asking.status import as_text, status
from pipeline.config import Config
from pipeline.publishing.report import build
from pipeline.trends.consensus import consensus
from pipeline.trends.corrected import Conditions, SampledCodes, correct, frame, refusal
from pipeline.trends.corrected_points import Place, corrected, corrected_mean, difference, label_error, row_of
from pipeline.trends.human_codes import SINGLY, CodedTwice, labels_for
from pipeline.trends.mix import change
from pipeline.trends.prevalence import Documents, Points, cells, measure
from pipeline.trends.resampling import Bootstrap, Floats, wilson
from tests.conftest import build_all
from tests.support import shared
from tests.support.simulated_coding import Planted, drawn, simulated_coding

BOOTSTRAP = Bootstrap(300, 1, 0.95)
TERMS = Conditions(50, 5, permutations=199)
RNG = np.random.default_rng(1)
STEADY = np.array([[0.1], [0.15], [0.2], [0.25], [0.3], [0.35]])


def one_year(values: Floats) -> Documents:
    n = len(values)
    return Documents(["bmj"] * n, [date(2013, 1, 1)] * n, ["day"] * n, np.ones(n), values[:, None])


def labels(
    place: Sequence[int], human: Sequence[float], machine: Floats, weight: float = 1.0
) -> SampledCodes:
    at = np.array(place)
    return SampledCodes(
        at, np.array(human, float), machine[at], np.full(len(at), weight), np.zeros(len(at), np.intp)
    )


def points(data: Documents, found: SampledCodes, column: int = 0) -> list[Points]:
    own = frame(data, found.document)
    correction = correct(found, data.values[:, column], own, TERMS, np.random.default_rng(1))
    return [
        corrected(correction, own, cell, measure(data, cell, BOOTSTRAP), column, BOOTSTRAP)
        for cell in cells(data, "year")
    ]


def test_in_one_period_it_is_the_published_estimator_with_its_tuned_weight() -> None:
    rng = np.random.default_rng(3)
    machine = (rng.random(400) < 0.3).astype(float)
    place = np.arange(0, 400, 4)
    human = np.where(rng.random(100) < 0.2, 1 - machine[place], machine[place])
    data = one_year(machine)
    found = correct(labels(place, human, machine), machine, frame(data, place), TERMS, RNG)
    of_both, of_machine = np.cov(human, machine[place])[0, 1], machine[place].var(ddof=1)
    weight = of_both / of_machine
    rest = human - weight * machine[place]
    value, error = corrected_mean(found, Place(machine.mean(), np.ones(1), np.ones(1)))
    assert found.weight == pytest.approx(weight)
    assert value == pytest.approx(weight * machine.mean() + rest.mean())
    assert error**2 == pytest.approx(rest.var(ddof=1) / 100 + 1 / 100**2, rel=0.02)


def test_a_machine_that_knows_nothing_leaves_the_people_s_codes_alone() -> None:
    machine = np.zeros(200)
    human = [1.0] * 15 + [0.0] * 45
    (point,) = points(one_year(machine), labels(range(60), human, machine))
    assert point.prevalence[0] == pytest.approx(0.25)
    assert point.lower[0] < 0.17
    assert point.upper[0] > 0.34


def test_passages_drawn_with_unequal_chances_from_long_and_short_documents_give_the_truth_on_average() -> (
    None
):
    rng = np.random.default_rng(5)
    passages = rng.integers(1, 12, 300)
    of = np.repeat(np.arange(300), passages)
    human = (rng.random(len(of)) < np.where(passages[of] > 6, 0.5, 0.1)).astype(float)
    machine = np.where(rng.random(len(of)) < 0.2, 1 - human, human)
    share = np.bincount(of, machine) / passages
    truth = float((np.bincount(of, human) / passages).mean())
    data = Documents(
        ["bmj"] * 300, [date(2013, 1, 1)] * 300, ["day"] * 300, passages.astype(float), share[:, None]
    )
    chance = np.where(machine == 1, 0.4, 0.1)
    found = []
    for _ in range(60):
        taken = np.flatnonzero(rng.random(len(of)) < chance)
        sample = [
            CodedTwice("s", "passage", str(machine[at]), int(of[at]), chance[at], human[at], machine[at])
            for at in taken
        ]
        own = labels_for("share", sample, data.passages)
        assert isinstance(own, SampledCodes)
        found.append(points(data, own)[0].prevalence[0])
    assert abs(share.mean() - truth) > 0.05
    assert np.mean(found) == pytest.approx(truth, abs=0.012)


def test_many_passages_of_few_documents_say_less_than_as_many_documents() -> None:
    rng = np.random.default_rng(6)
    machine = np.zeros(120)
    human = (rng.random(60) < 0.3).astype(float)
    apart = labels(range(60), human, machine)
    together = replace(apart, document=np.repeat(np.arange(12), 5), human=np.repeat(human[:12], 5))
    widths = []
    for own in (apart, together):
        found = correct(own, machine, frame(one_year(machine), own.document), TERMS, RNG)
        widths.append(corrected_mean(found, Place(0.0, np.ones(1), np.ones(1)))[1])
    assert widths[1] > 1.5 * widths[0]


@pytest.mark.slow
def test_errors_at_constant_rates_are_corrected_in_every_year_though_prevalence_moves() -> None:
    planted = Planted.of(150, STEADY, 0.7, 0.9)
    rng = np.random.default_rng(7)
    data, truth = simulated_coding(planted, 40, rng)
    held, crude = [], []
    for column in range(40):
        own = drawn(data, truth, column, 300, rng)
        for point, right, cell in zip(
            points(data, own, column), planted.prevalence(), cells(data, "year"), strict=True
        ):
            held.append(point.lower[0] <= right <= point.upper[0])
            plain = measure(data, cell, BOOTSTRAP).whole
            crude.append(plain.lower[column] <= right <= plain.upper[column])
    assert 0.91 <= np.mean(held) <= 0.99
    assert np.mean(crude) < 0.85


@pytest.mark.slow
def test_coded_documents_count_once_though_machine_and_people_read_them() -> None:
    """As if they were independent the intervals would be a third too wide."""
    planted = Planted.of(150, STEADY, 0.7, 0.9)
    rng = np.random.default_rng(21)
    data, truth = simulated_coding(planted, 40, rng)
    error, width = [], []
    for column in range(40):
        for point, right in zip(
            points(data, drawn(data, truth, column, 500, rng), column), planted.prevalence(), strict=True
        ):
            error.append(point.prevalence[0] - right)
            width.append(point.upper[0] - point.lower[0])
    assert 0.9 < np.mean(width) / (2 * 1.96 * np.std(error)) < 1.2


@pytest.mark.slow
def test_the_change_between_two_years_is_corrected_too_and_its_interval_holds_it() -> None:
    planted = Planted.of(150, STEADY, 0.7, 0.9)
    rng = np.random.default_rng(12)
    data, truth = simulated_coding(planted, 40, rng)
    years = list(cells(data, "year"))
    crude = [measure(data, year, BOOTSTRAP) for year in years]
    held, plain = [], []
    for column in range(40):
        own = drawn(data, truth, column, 300, rng)
        correction = correct(own, data.values[:, column], frame(data, own.document), TERMS, rng)
        for a, b in ((0, 5), (1, 4), (2, 3)):
            pair = (years[a], years[b]), (crude[a], crude[b])
            found = difference(correction, frame(data, own.document), *pair, column, BOOTSTRAP)
            right = planted.prevalence()[b] - planted.prevalence()[a]
            held.append(found.lower[0] <= right <= found.upper[0])
            whole = change(crude[a], crude[b], BOOTSTRAP).total
            plain.append(whole.lower[column] <= right <= whole.upper[column])
    # Of 120, whose own error is two points; make bench-trends counts thousands.
    assert 0.9 <= np.mean(held) <= 0.99
    assert np.mean(plain) < 0.85


def test_what_errors_two_years_have_in_common_does_not_blur_the_change_between_them() -> None:
    steady = np.repeat((np.arange(100) % 5 == 0).astype(float)[None], 6, axis=0).ravel()
    data = replace(
        one_year(steady), published=[date(2011 + n // 100, 1, 1) for n in range(600)], precision=["day"] * 600
    )
    place = np.arange(0, 600, 4)
    human = np.where(np.arange(150) % 6 == 1, 1 - steady[place], steady[place])
    own = frame(data, place)
    found = correct(labels(place, human, steady), steady, own, TERMS, RNG)
    assert not found.by_period
    a, b = ((cell, measure(data, cell, BOOTSTRAP)) for cell in list(cells(data, "year"))[:2])
    at = [Place(float(one.whole.prevalence[0]), np.ones(6) / 6, np.ones(1)) for _, one in (a, b)]
    assert corrected_mean(found, at[0])[1] > 0.02
    assert label_error(found, row_of(found, at[1]) - row_of(found, at[0])) == pytest.approx(0)
    moved = difference(found, own, (a[0], b[0]), (a[1], b[1]), 0, BOOTSTRAP)
    assert moved.value[0] == pytest.approx(0)
    whole = change(a[1], b[1], BOOTSTRAP).total
    assert moved.upper[0] == pytest.approx(found.slope * whole.upper[0], rel=0.3)


def test_a_machine_that_never_errs_leaves_a_year_where_it_finds_nothing_about_wilson_s_interval() -> None:
    values = np.concatenate([np.zeros(10), (np.arange(200) % 3 == 0).astype(float)])
    data = replace(
        one_year(values), source=[f"s{n % 5}" for n in range(210)],
        published=[date(2011 if n < 10 else 2012, 1, 1) for n in range(210)],
    )  # fmt: skip
    place = np.arange(0, 210, 2)
    first, *_ = points(data, labels(place, values[place].tolist(), values))
    _, upper = wilson(np.zeros(1), 10, 0.95)
    assert first.upper[0] == pytest.approx(upper[0], abs=0.04)


def test_errors_that_differ_between_periods_are_found_and_corrected_apart() -> None:
    turned = np.array([[0.99], [0.99], [0.99], [0.7], [0.7], [0.7]])
    planted = Planted.of(200, STEADY[::-1], 0.95, turned)
    data, truth = simulated_coding(planted, 1, np.random.default_rng(8))
    own = drawn(data, truth, 0, 500, np.random.default_rng(8))
    found = correct(own, data.values[:, 0], frame(data, own.document), TERMS, RNG)
    assert found.pooled == "by period"
    assert found.period_p is not None
    assert found.period_p < 0.05
    gap = [
        abs(p.prevalence[0] - right) for p, right in zip(points(data, own), planted.prevalence(), strict=True)
    ]
    assert max(gap) < 0.1


def test_errors_that_differ_between_sources_are_corrected_by_source() -> None:
    # The machine finds as much in each: only people can tell them apart.
    planted = Planted.of(
        np.full((4, 3), 80), np.array([[0.4, 0.1, 0.4]] * 4), 0.95, np.array([[0.98, 0.68, 0.98]] * 4)
    )
    data, truth = simulated_coding(planted, 1, np.random.default_rng(9))
    own = drawn(data, truth, 0, 300, np.random.default_rng(9))
    found = correct(own, data.values[:, 0], frame(data, own.document), TERMS, RNG)
    assert found.pooled == "by source"


def test_like_errors_are_pooled() -> None:
    planted = Planted.of(np.full((6, 3), 60), np.broadcast_to(STEADY, (6, 3)))
    data, truth = simulated_coding(planted, 30, np.random.default_rng(10))
    pooled = 0
    for column in range(30):
        own = drawn(data, truth, column, 200, np.random.default_rng(column))
        found = correct(own, data.values[:, column], frame(data, own.document), TERMS, RNG)
        pooled += found.pooled == "pooled"
    assert pooled >= 5


@pytest.mark.parametrize(
    ("human", "why"),
    [
        ([1.0] * 20 + [0.0] * 20, "labels in 40 documents are too few: at least 50 are needed"),
        ([1.0] * 2 + [0.0] * 60, "people found 2 that carry the theme: at least 5 are needed"),
        ([1.0] * 60, "people found 0 that do not carry the theme: at least 5 are needed"),
        ([1.0] * 20 + [0.0] * 40, ""),
    ],
)
def test_too_few_labels_of_either_kind_are_refused(human: list[float], why: str) -> None:
    assert refusal(labels(range(len(human)), human, np.zeros(99)), TERMS) == why


def test_whether_documents_mention_a_theme_is_not_told_from_single_passages() -> None:
    sample = [CodedTwice("s", "passage", "", 0, 0.5, 1.0, 1.0)]
    assert labels_for("mention", sample, np.array([3.0])) == SINGLY


def test_whole_documents_tell_what_is_mentioned_and_half_coded_ones_are_left_out() -> None:
    whole = [CodedTwice("s", "document", "", 0, 0.5, human, 0.0) for human in (0.0, 1.0)]
    half = [CodedTwice("s", "document", "", 1, 0.5, 1.0, 1.0)]
    found = labels_for("mention", [*whole, *half], np.array([2.0, 2.0]))
    assert isinstance(found, SampledCodes)
    assert (found.document.tolist(), found.human.tolist(), found.machine.tolist()) == ([0], [1.0], [0.0])


def code_all(
    config: Config, theme: str, unit: str = "document", part: str = "evaluate", coders: str = "kim"
) -> None:
    """People code every passage as the machine did, but for every fifth; a sloth says yes to all."""
    with store.open_working(config) as connection:
        rows: list[Any] = connection.execute(
            "SELECT p.passage_id, document_id, p.text_hash, coalesce(c.coded, false) FROM passage AS p "
            "LEFT JOIN passage_theme AS c ON c.passage_id = p.passage_id AND theme = ? ORDER BY ALL", [theme]
        ).fetchall()  # fmt: skip
        at = datetime.now(UTC)
        sampled = [("s1", p, d, text, unit, "", part, 1.0, 1.0) for p, d, text, _ in rows]
        codes = [
            ("s1", p, text, theme, who, who == "sloth" or bool(coded) != (n % 5 == 0), "book", at, "")
            for n, (p, _, text, coded) in enumerate(rows)
            for who in coders.split()
        ]
        columns = "sample_id passage_id document_id text_hash unit stratum part probability part_probability"
        store.insert(connection, "code_sample", columns.split(), sampled)
        columns = "sample_id passage_id text_hash theme coder present codebook coded_at note"
        store.insert(connection, "human_code", columns.split(), codes)


def ask(config: Config, query: str) -> list[tuple[Any, ...]]:
    with store.open_published(store.published_file(config)) as connection:
        return connection.execute(query).fetchall()


def low(config: Config) -> Config:
    """The same with thresholds that sixteen documents reach."""
    return replace(config, trend=replace(config.trend, min_labels=10, min_positives=2))


@pytest.fixture(scope="module")
def sixteen_low(sixteen: Config, tmp_path_factory: pytest.TempPathFactory) -> Config:
    """The sixteen documents, built with such thresholds: to copy, never to change."""
    config = low(shared.copy(sixteen, tmp_path_factory.mktemp("sixteen-low") / "data"))
    build_all(config)
    return shared.share(config)


@pytest.fixture
def built_low(sixteen_low: Config, tmp_path: Path) -> Config:
    """A copy of the same, the test's own."""
    return shared.copy(sixteen_low, tmp_path / "data")


def test_without_human_codes_nothing_is_corrected_and_nothing_refused(sixteen: Config) -> None:
    assert ask(sixteen, "FROM correction") == []
    assert ask(sixteen, "SELECT DISTINCT estimate FROM theme_trend ORDER BY 1") == [
        ("crude",),
        ("standardised",),
    ]


def test_a_coded_theme_is_published_corrected_and_the_others_are_as_before(built_low: Config) -> None:
    before = ask(built_low, "FROM theme_trend ORDER BY ALL")
    code_all(built_low, "fragmentation")
    done = build_all(built_low)
    assert done["trend"] > 0
    assert done["code"] == 0
    assert ask(built_low, "FROM theme_trend WHERE estimate <> 'corrected' ORDER BY ALL") == before
    found = ask(
        built_low,
        "SELECT DISTINCT theme, measure, coverage FROM theme_trend WHERE estimate = 'corrected' ORDER BY ALL",
    )
    assert found == [("fragmentation", "mention", 1.0), ("fragmentation", "share", 1.0)]
    found = ask(built_low, "SELECT measure, documents, positives, refused FROM correction ORDER BY measure")
    assert found == [("mention", 16, 6, None), ("share", 16, 6, None)]
    assert build_all(built_low)["trend"] == 0


def test_most_of_three_coders_are_believed(built_low: Config, tmp_path: Path) -> None:
    shutil.copytree(tmp_path / "data", tmp_path / "copy")
    other = replace(built_low, data=tmp_path / "copy")
    code_all(built_low, "fragmentation")
    code_all(other, "fragmentation", coders="ann kim sloth")
    found = []
    for config in (built_low, other):
        build_all(config)
        found.append(ask(config, "FROM theme_trend WHERE estimate = 'corrected' ORDER BY ALL"))
    assert found[0] == found[1] != []


@pytest.mark.parametrize(
    ("yes", "said", "together"), [(1, 1, 1), (0, 2, 0), (1, 2, 0.5), (1, 3, 0), (2, 3, 1)]
)
def test_the_consensus_is_the_majority_and_an_even_vote_a_half(yes: int, said: int, together: float) -> None:
    assert consensus(yes, said) == together


def test_a_theme_with_too_few_codes_says_so_instead_of_a_line(built: Config) -> None:
    code_all(built, "fragmentation")
    build_all(built)
    assert ask(built, "SELECT DISTINCT theme, refused FROM correction") == [
        ("fragmentation", "labels in 16 documents are too few: at least 50 are needed")
    ]
    assert ask(built, "FROM theme_trend WHERE estimate = 'corrected'") == []
    assert "not fragmentation: labels in 16 documents are too few" in as_text(status(built))


def test_two_years_are_compared_as_corrected_from_the_published_codes(built_low: Config) -> None:
    code_all(built_low, "fragmentation")
    build_all(built_low)
    found = compare(built_low, "fragmentation", None, "2012", "2014", "share")
    published = ask(
        built_low,
        "SELECT prevalence, lower, upper FROM theme_trend WHERE theme = 'fragmentation' "
        "AND measure = 'share' AND estimate = 'corrected' AND period = 'year' "
        "AND year(period_start) IN (2012, 2014) ORDER BY period_start",
    )
    assert [side.others["corrected"] for side in (found.before, found.after)] == published
    assert found.corrected is not None
    assert found.corrected[0] == pytest.approx(published[1][0] - published[0][0], abs=1e-6)
    assert found.corrected[1] < found.corrected[0] < found.corrected[2]
    spans = compare(built_low, "fragmentation", None, "2012..2013", "2014..2015", "share")
    assert spans.before.others.keys() == {"corrected"}
    strict = replace(built_low, trend=replace(built_low.trend, min_labels=17))
    refused = compare(strict, "fragmentation", None, "2012", "2014", "share")
    assert refused.corrected is None
    assert refused.refused == "labels in 16 documents are too few: at least 17 are needed"


def test_coders_who_split_the_years_are_told_wherever_the_corrected_figure_stands(built_low: Config) -> None:
    """One coded 2012 and 2013, the other what came later: a step between these may be the coders'."""
    code_all(built_low, "fragmentation")
    with store.open_working(built_low) as connection:
        connection.execute(
            "UPDATE human_code SET coder = 'lee' WHERE passage_id IN (SELECT passage_id FROM passage "
            "JOIN document USING (document_id) WHERE year(published) > 2013)"
        )
    build_all(built_low)
    split = "the coders kim and lee have 0% of their years in common"
    rows = ask(built_low, "SELECT DISTINCT surer, remark FROM correction WHERE source IS NULL")
    assert {surer for surer, _ in rows} == {"crude"}
    assert all(remark.startswith(split) for _, remark in rows)
    found = compare(built_low, "fragmentation", None, "2012..2013", "2014..2015", "share")
    assert found.surer == "crude"
    assert found.remarks[0].startswith(split)
    assert f"Mind: {split}" in as_lines(found)
    assert "s is beyond chance" not in as_lines(found).partition("Corrected for")[2].partition("Mind:")[0]
    page = build(store.published_file(built_low), built_low.published / "report")
    assert split in page.read_text(encoding="utf-8")


def test_who_coded_all_years_is_no_remark(built_low: Config) -> None:
    code_all(built_low, "fragmentation", coders="ann kim")
    build_all(built_low)
    rows = ask(built_low, "SELECT DISTINCT remark FROM correction WHERE source IS NULL")
    assert not [remark for (remark,) in rows if remark and "in common" in remark]


def test_what_the_coder_was_trained_on_does_not_correct_it(built_low: Config) -> None:
    code_all(built_low, "fragmentation", part="train")
    build_all(built_low)
    assert ask(built_low, "FROM correction") == []


def test_codes_of_passages_that_are_gone_count_no_more(built_low: Config) -> None:
    code_all(built_low, "fragmentation")
    with store.open_working(built_low) as connection:
        connection.execute("UPDATE human_code SET text_hash = 'another' WHERE note = '' AND present")
    build_all(built_low)
    ((labelled, lost),) = ask(built_low, "SELECT DISTINCT labels, lost FROM correction")
    assert labelled + lost == 16
    assert lost > 0


@pytest.mark.parametrize(("drawn_at", "seen"), [("now() - INTERVAL 2 DAY", "1 DAY"), ("NULL", "-1 DAY")])
def test_documents_that_came_after_the_draw_mark_the_points_they_are_in(
    built_low: Config, drawn_at: str, seen: str
) -> None:
    """Where nobody wrote down when the sample was drawn, it was before its first code."""
    code_all(built_low, "fragmentation")
    with store.open_working(built_low) as connection:
        connection.execute(f"UPDATE code_sample SET drawn_at = {drawn_at}")
        connection.execute("UPDATE document_version SET seen_from = now() - INTERVAL 3 DAY")
        connection.execute(
            f"UPDATE document_version SET seen_from = now() - INTERVAL '{seen}' WHERE document_id IN "
            "(SELECT document_id FROM document WHERE year(published) = 2015)"
        )
        connection.execute("UPDATE stage_run SET fingerprint = '' WHERE stage = 'trend'")
    build_all(built_low)
    found = ask(
        built_low,
        "SELECT DISTINCT year(period_start), coverage, thin FROM theme_trend "
        "WHERE estimate = 'corrected' AND period = 'year' ORDER BY 1",
    )
    assert [(year, known) for year, known, _ in found] == [(2012, 1), (2013, 1), (2014, 1), (2015, 0)]
    assert found[-1][2]
