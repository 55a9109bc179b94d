"""The stage that compares: groups are published, counted once, and the same however the archive grew."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline import store
from pipeline.archive import Archive, Run, importing
from pipeline.config import Config
from pipeline.progress import Tell
from tests.conftest import build_all
from tests.copying.test_copies import writing
from tests.readers.test_readers import pdf
from tests.stages.test_build import ask, tables

pytestmark = pytest.mark.slow
Write = Callable[..., Path]
PAGE = "https://www.kingsfund.org.uk/publications/one-budget-one-team"
FILE = "https://www.kingsfund.org.uk/sites/default/files/one-budget.pdf"


def told(body: str, text: str, **given: Any) -> dict[str, Any]:
    """A row of news by a body that nobody declared: in scope, since somebody imported it."""
    row = {
        "url": f"https://{body}.org/{given.pop('path', 'news')}",
        "source": body,
        "title": f"As {body} has it",
    }
    return {**row, "date": "2014-03-04", "text": text, **given}


@pytest.fixture
def story() -> list[dict[str, Any]]:
    """One story, told by five bodies; and another one."""
    text = writing(1, 300)
    words = text.split()
    return [
        told("walled", " ".join(words[:100]), access="excerpt", doi="10.9999/a"),
        told("later", f"{text} {writing(2, 30)}", date="2014-03-20"),
        told("first", text),
        told("moved", text, path="old-news"),
        told("record", writing(3, 50), access="abstract", doi="10.9999/A", date="2014-06-01"),
        told("other", writing(4, 300)),
    ]


def kinds(config: Config) -> dict[str, str]:
    rows = ask(config, "SELECT source, kind FROM document_group JOIN document USING (document_id)")
    return dict(rows)


def test_a_story_told_by_several_bodies_is_counted_once(
    config: Config, tell: Tell, write_rows: Write, story: list[dict[str, Any]]
) -> None:
    importing.import_paths([write_rows(story)], config, tell)
    build_all(config)
    assert kinds(config) == {
        "later": "leader", "first": "near", "moved": "near", "walled": "excerpt", "record": "doi",
    }  # fmt: skip
    counted = ask(config, "SELECT DISTINCT source FROM passage JOIN document USING (document_id) ORDER BY 1")
    assert counted == [("later",), ("other",)]
    assert ask(config, "SELECT sum(documents)::INT FROM flow WHERE step = 'in trends'") == [(2,)]
    assert ask(config, "SELECT DISTINCT reason FROM flow WHERE step = 'duplicate' ORDER BY 1") == [
        ("excerpt",), ("nearly the same words",), ("same DOI",),
    ]  # fmt: skip
    ((evidence,),) = ask(config, "SELECT evidence FROM document_group WHERE kind = 'excerpt'")
    assert evidence == "100% of the shorter, 30% of the longer in common; other title; 16 days apart"


RECORD = "https://www.ebi.ac.uk/europepmc/webservices/rest/article/MED/8888?resultType=core&format=json"
DEBATE = "hansard.parliament.uk/debates/GetDebateAsText/9b2497a1-e4ef-4aa1-b073-2e49e343d035"


def test_what_is_known_under_one_number_is_one_publication_wherever_it_was_found(
    config: Config, tell: Tell, write_rows: Write, tmp_path: Path
) -> None:
    """Each text is another: the page, its abstract, a record of it say the same in other words."""
    found: list[dict[str, Any]] = [
        # by the DOI in the address, which the record states
        {"url": "https://www.bmj.com/content/999/bmj.g1"},
        {"url": "https://doi.org/10.1136/BMJ.G1"},
        {"url": "https://repository.example/1", "doi": "10.1136/bmj.g1"},
        # a page at PubMed, and one at PMC that is only called the same
        {"url": "https://pubmed.ncbi.nlm.nih.gov/9999/"},
        {"url": "https://pmc.ncbi.nlm.nih.gov/articles/PMC99/"},
        # a debate by its House and day, and by its number alone: each debate counts, but not twice
        {"url": f"https://hansard.parliament.uk/Lords/2014-03-04/debates/{DEBATE[-36:]}", "genre": "debate"},
        {"url": f"https://{DEBATE}", "genre": "debate"},
        {"url": f"https://{DEBATE[:-1]}9", "genre": "debate"},
        # a correction bears the number of what it corrects
        {"url": "https://elsewhere.example/notice", "doi": "10.1136/bmj.g1", "genre": "correction"},
        # the first article that begins on a page, and the second
        {"url": "https://www.bmj.com/content/99/7280/226.1"},
        {"url": "https://elsewhere.example/226", "doi": "10.1136/bmj.99.7280.226"},
        {"url": "https://www.bmj.com/content/99/7280/226.2"},
    ]  # fmt: skip
    rows = [{"title": f"Soup {n}", "text": writing(n), "source": "s", **row} for n, row in enumerate(found)]
    # one at PMC that states its number in PubMed, and a record that knows an article under both
    pmc = tmp_path / "pmc.ncbi.nlm.nih.gov" / "articles"
    pmc.mkdir(parents=True)
    head = '<meta name="citation_title" content="Soup 99"><meta name="citation_pmid" content="9999">'
    (pmc / "PMC77.html").write_text(f"<html><head>{head}</head><body><p>{writing(99)}</p></body></html>")
    record = {"id": "8888", "source": "MED", "pmid": "8888", "pmcid": "PMC99", "title": "Soup 88."}
    answer = json.dumps({"hitCount": 1, "result": record | {"abstractText": writing(88)}}).encode()
    with Archive(config.archive).writer(
        Run("run-b", "europepmc", datetime(2015, 8, 1, tzinfo=UTC))
    ) as writer:
        writer.put(RECORD, answer, source="europepmc", media_type="application/json", found="search")
        writer.commit()
        writer.close("finished")
    importing.import_paths([write_rows(rows), pmc.parent], config, tell)
    build_all(config)
    together = ask(
        config,
        "SELECT list_sort(list(regexp_extract(title, '\\d+')::INT)) FROM document_group "
        "JOIN document USING (document_id) GROUP BY leader_id ORDER BY 1",
    )
    assert together == [([0, 1, 2],), ([3, 99],), ([4, 88],), ([5, 6],), ([9, 10],)]
    told_by = ask(config, "SELECT DISTINCT evidence FROM document_group WHERE kind = 'identifier' ORDER BY 1")
    assert told_by == [
        (f"same Hansard id {DEBATE[-36:].upper()}",),
        ("same PMCID PMC99",),
        ("same PMID 9999",),
    ]


@pytest.mark.parametrize("order", [(0, 2, 1, 3, 4, 5), (5, 4, 3, 2, 1, 0), (3, 0, 5, 1, 4, 2)])
@pytest.mark.usefixtures("every_thread")
def test_a_story_that_comes_in_one_by_one_ends_where_all_at_once_does(
    config: Config,
    tell: Tell,
    write_rows: Write,
    story: list[dict[str, Any]],
    tmp_path: Path,
    order: tuple[int, ...],
) -> None:
    """The leader changes on the way: an excerpt, then the full text, then a longer one."""
    for n in order:
        importing.import_paths([write_rows([story[n]], f"{n}.jsonl")], config, tell)
        build_all(config)
    other = replace(config, data=tmp_path / "at once")
    shutil.copytree(config.archive, other.archive)
    build_all(other)
    assert tables(store.published_file(config)) == tables(store.published_file(other))
    assert len(kinds(config)) == 5


@pytest.mark.usefixtures("every_thread")
def test_changing_a_threshold_and_changing_it_back_changes_nothing(
    config: Config, tell: Tell, write_rows: Write, story: list[dict[str, Any]]
) -> None:
    importing.import_paths([write_rows(story)], config, tell)
    build_all(config)
    before = tables(store.published_file(config))
    strict = replace(config, duplicates=replace(config.duplicates, near=0.99, of_longer=0.95))
    build_all(strict)
    assert (kinds(strict)["moved"], "later" in kinds(strict)) == ("identical", False)
    build_all(config)
    assert tables(store.published_file(config)) == before


@pytest.fixture
def report(config: Config, tell: Tell, write_rows: Write) -> Config:
    """A summary page and the PDF that it links, in the archive."""
    row = {
        "url": PAGE,
        "title": "One budget, one team",
        "authors": ["Ada Byron"],
        "date": "2015-07-16",
        "access": "summary",
        "genre": "report",
        "text": "This report on CCGs says what CCGs learnt. " * 4,
    }
    importing.import_paths([write_rows([row])], config, tell)
    lines = [writing(n, 10) for n in range(30)]
    body = pdf(
        ["One budget, one team", "", *lines],
        ["A clinical commissioning group learnt from a clinical commissioning group", *lines[::-1]],
    )
    with Archive(config.archive).writer(
        Run("run-b", "kingsfund", datetime(2015, 8, 1, tzinfo=UTC))
    ) as writer:
        writer.put(FILE, body, source="kingsfund", media_type="application/pdf", found="link", via=PAGE)
        writer.commit()
        writer.close("finished")
    return config


def test_a_page_leads_with_the_text_of_its_file_and_both_captures_are_told(report: Config) -> None:
    build_all(report)
    rows = ask(
        report,
        "SELECT d.url, d.authors, d.published::TEXT, d.access, d.word_count > 500, p.url, f.url, "
        "d.duplicate_of FROM document AS d JOIN capture AS p USING (capture_id) "
        "JOIN capture AS f ON f.capture_id = d.text_capture_id ORDER BY d.duplicate_of NULLS FIRST",
    )
    page, file = rows
    assert page == (PAGE, ["Ada Byron"], "2015-07-16", "full", True, PAGE, FILE, None)
    assert (file[0], file[5], file[7] is not None) == (FILE, FILE, True)
    assert ask(report, "SELECT DISTINCT url FROM passage JOIN document USING (document_id)") == [(PAGE,)]
    assert ask(report, "SELECT reason FROM flow WHERE step = 'duplicate'") == [("the file of a page",)]
    ((evidence, similarity),) = ask(
        report, "SELECT evidence, similarity FROM document_group WHERE kind = 'file'"
    )
    assert evidence == "file linked on the page, with its title"
    assert similarity < 0.1


@pytest.mark.usefixtures("every_thread")
def test_a_file_stays_joined_when_the_groups_are_made_again(report: Config) -> None:
    build_all(report)
    before = tables(store.published_file(report))
    build_all(replace(report, duplicates=replace(report.duplicates, soon=6)))
    # `about` tells of the setting.
    after = tables(store.published_file(report)) | {"about": before["about"]}
    assert after == before


def test_a_version_says_what_changed_and_shows_the_notice(
    config: Config, tell: Tell, write_rows: Write
) -> None:
    notice = "This article was amended on 6 March 2014: the vote was 15 to 11."
    text = f"{writing(1, 60)}\n\nThe vote was 14 to 12."
    changed = f"{writing(1, 60)}\n\nThe vote was 15 to 11.\n\n{notice}"
    for version in (text, changed):
        importing.import_paths([write_rows([told("x", version)])], config, tell)
        build_all(config)
    assert ask(config, "SELECT version, words_added, words_removed, diff, notice FROM document_version") == [
        (1, None, None, None, None),
        (2, 16, 2, f"~ The vote was [-14-] {{+15+}} to [-12.-] {{+11.+}}\n+ {notice}", notice),
    ]


def test_comparing_again_measures_only_what_is_new(
    config: Config,
    tell: Tell,
    write_rows: Write,
    story: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    importing.import_paths([write_rows(story[:5])], config, tell)
    build_all(config)
    from pipeline.copying import sketches

    seen: list[int] = []
    plain = sketches.sketch
    monkeypatch.setattr(sketches, "sketch", lambda texts: seen.append(len(texts)) or plain(texts))
    importing.import_paths([write_rows(story[5:])], config, tell)
    build_all(config)
    assert seen == [1]


def test_a_partner_whose_page_sums_up_the_same_report_is_in_the_group_of_page_and_file(
    report: Config, tell: Tell, write_rows: Write
) -> None:
    """The partner's page is like the page, not like the file whose text the page takes."""
    summary = "This report on CCGs says what CCGs learnt. " * 4
    partner = told(
        "partner", summary, title="One budget, one team", genre="report", access="summary", date="2015-07"
    )
    importing.import_paths([write_rows([partner], "partner.jsonl")], report, tell)
    build_all(report)
    assert kinds(report)["partner"] == "identical"
    assert ask(report, "SELECT count(*), count(DISTINCT leader_id) FROM document_group") == [(3, 1)]


def test_few_words_that_come_again_each_year_or_week_are_counted_each_time_and_their_copies_are_not(
    config: Config, tell: Tell, write_rows: Write
) -> None:
    prizes, digest, essay = writing(1, 25), writing(2, 30), writing(3, 200)
    rows = [
        told("times", prizes, path=f"{year}/prizes", title="The Prizes", date=f"{year}-04-1{year % 10}")
        for year in (1996, 1997, 1998)
    ]
    rows += [
        told("post", prizes, path="prizes-1997", title="The Prizes", date="1997-04-20"),  # printed after
        told("undated", prizes, path="prizes", title="The Prizes", date=None),
        told("times", essay, path="essay", date="1996-05-01"),
        told("times", essay, path="moved/essay", date="2004-05-01"),
    ]
    weeks = [date(1999, 1, 4) + timedelta(7 * week) for week in range(50)]
    rows += [
        told(body, digest, path=f"digest-{day}", title="The week in brief", date=str(day + timedelta(late)))
        for day in weeks
        for body, late in (("gazette", 0), ("mirror", 1))
    ]
    importing.import_paths([write_rows(rows)], config, tell)
    build_all(config)
    kept = "SELECT count(*)::INT FROM document WHERE duplicate_of IS NULL AND title = ?"
    with store.open_published(store.published_file(config)) as connection:
        counts = {
            title: store.value(connection, kept, [title])
            for title in ("The Prizes", "As times has it", "The week in brief")
        }
    # Each year's prizes, with a copy and one without a date; the essay, wherever it went; each week's digest.
    assert counts == {"The Prizes": 3, "As times has it": 1, "The week in brief": 50}
