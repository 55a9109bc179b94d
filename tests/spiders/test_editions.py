"""The sample web moves on: pages are corrected, retitled, redated and removed, and the pipeline sees it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from pipeline import config as configuration
from pipeline import flow, store
from pipeline.archive import Archive, Run
from pipeline.config import Config
from pipeline.errors import InputError
from pipeline.progress import Tell
from pipeline.readers.urls import normalise
from spiders.sampleweb import SampleWeb, serve
from spiders.sampleweb.documents import DOCUMENTS, paragraphs, read_documents, read_removed
from tests.support import forked
from tests.support.crawling import date_back

SECOND = {document.name.removesuffix(".edition-2"): document for document in read_documents(edition=2)}
FIRST = {document.name: document for document in read_documents()}
DATED = {
    "kingsfund/long-term-plan-response",
    "kingsfund/the-hyphen-and-the-kettle",
    "nhsengland/blog-on-a-shared-front-door",
    "govuk/speech-on-place",
}
"""What a listing of the second edition says was changed."""
CORRECTED = {*DATED - {"kingsfund/the-hyphen-and-the-kettle"}, "bmj/the-county-votes"}
REMOVED = {"kar/second-dose", "gponline/trainees-shun-the-coast", "kingsfund/sixty-miles-wide"}
WAYBACK = "https://web.archive.org/web"
ARCHIVES = {"web.archive.org", "webarchive.nationalarchives.gov.uk"}


@dataclass
class Nights:
    """Three runs: over the first edition, at once over the second, and over the second 40 days later."""

    config: Config
    runs: list[dict[str, dict[str, Any]]]
    asked: list[set[str]]  # the addresses that each run asked for

    def ask(self, sql: str, *values: object) -> list[Any]:
        with store.open_working(self.config) as connection:
            return connection.execute(sql, values).fetchall()

    def versions(self, name: str) -> list[tuple[int, str]]:
        """Number and text of each version of a document."""
        sql = """SELECT version, text FROM document_version AS v JOIN reading AS r USING (capture_id)
                 WHERE document_id = (SELECT document_id FROM document WHERE url = ?) ORDER BY version"""
        return self.ask(sql, normalise(FIRST[name].url))

    def outcomes(self, name: str) -> list[str]:
        """What asking again for a document gave, in order."""
        rows = self.ask('SELECT outcome FROM revisit WHERE url = ? ORDER BY "at"', FIRST[name].record)
        return [outcome for (outcome,) in rows]


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    config = configuration.load(tmp_path_factory.mktemp("nights"))
    done = Nights(config, [], [])
    for edition, days in ((1, 0), (2, 0), (2, 40)):
        grow_old(config, days)
        # The day that the second edition says is read after the first run: midnight may pass within that.
        web = serve(edition=edition, changed=datetime.now(UTC).date() if edition > 1 else None)
        with web as address:
            code, out, err = forked.run(
                ["--data", config.data, "--connect-to", address, "all"], config.data / "said"
            )
        assert code == 0, err
        done.runs.append({run["source"]: run for run in map(json.loads, out.splitlines())})
        done.asked.append({f"https://{request.host}{request.target}" for request in web.requests})
    list(flow.build(config, Tell(quiet=True), ("index", "read")))
    return done


def grow_old(config: Config, days: int) -> None:
    """Everything that the archive's index knows happened so many days earlier."""
    date_back(Archive(config.archive), days)


# Editions


def test_what_a_listing_says_was_changed_is_asked_for_at_once_and_nothing_else(nights: Nights) -> None:
    records = {document.record: name for name, document in FIRST.items()}
    asked = {records[url] for url in nights.asked[1] if url in records}
    assert asked == DATED


@pytest.mark.parametrize("name", sorted(CORRECTED))
def test_a_corrected_page_is_one_document_in_two_versions(nights: Nights, name: str) -> None:
    (first, before), (second, after) = nights.versions(name)
    assert (first, second) == (1, 2)
    assert before == "\n\n".join(paragraphs(FIRST[name].blocks))
    assert after == "\n\n".join(paragraphs(SECOND[name].blocks)) != before
    assert nights.ask("SELECT text FROM document WHERE url = ?", FIRST[name].url) == [(after,)]
    assert re.search("[Cc]orrect|Updated|checked", after.rpartition("\n\n")[2])


@pytest.mark.parametrize("name", ["gponline/phone-queues-halved", "kingsfund/the-hyphen-and-the-kettle"])
def test_a_page_that_only_states_another_date_has_one_version(nights: Nights, name: str) -> None:
    assert "changed" in nights.outcomes(name)
    assert len(nights.versions(name)) == 1


def test_a_changed_title_is_the_document_s_and_makes_no_version(nights: Nights) -> None:
    name = "nuffieldtrust/cheese-golf-and-probity"
    assert nights.ask("SELECT title FROM document WHERE url = ?", FIRST[name].url) == [(SECOND[name].title,)]
    assert SECOND[name].title != FIRST[name].title
    assert len(nights.versions(name)) == 1


@pytest.mark.parametrize("name", sorted(REMOVED))
def test_a_removed_page_is_recorded_as_gone_and_its_document_stays(nights: Nights, name: str) -> None:
    assert nights.outcomes(name)[-1] == "gone"
    ((_, text),) = nights.versions(name)
    assert text.endswith("\n\n".join(paragraphs(FIRST[name].blocks)))


def test_a_repository_s_deleted_record_is_gone_on_the_first_night(nights: Nights) -> None:
    assert [run["gone"] for run in (nights.runs[1]["kar"], nights.runs[1]["kingsfund"])] == [1, 0]


def test_captures_of_a_web_archive_are_never_asked_for_again(nights: Nights) -> None:
    of_archives = [{url for url in asked if urlsplit(url).netloc in ARCHIVES} for asked in nights.asked]
    captures = {document.record for document in FIRST.values() if document.source == "ccgsites"}
    assert captures <= of_archives[0]
    assert of_archives[2]
    assert not captures & of_archives[2]


@pytest.mark.slow
def test_a_removed_page_is_gone_from_its_listing_too() -> None:
    assert {document.name for document in read_removed(edition=2)} == REMOVED
    assert not REMOVED & SECOND.keys()
    before, after = serve(), serve(edition=2)
    for web in (before, after):
        with web:
            for name in REMOVED:
                url = FIRST[name].url
                status, _ = get(web, url)
                assert status == (200 if web is before else FIRST[name].fields["removed"]["status"])
    listed = [
        urlsplit(FIRST[name].url).path.encode() in page.body
        for name in REMOVED
        for page in after.sites[urlsplit(FIRST[name].url).netloc].pages.values()
    ]
    assert not any(listed)


def test_two_files_of_one_edition_at_one_address_are_refused(tmp_path: Path) -> None:
    text = (DOCUMENTS / "kingsfund" / "fifty-days.md").read_text(encoding="utf-8")
    (tmp_path / "kingsfund").mkdir()
    for name in ("a.md", "b.md"):
        (tmp_path / "kingsfund" / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="several files of one edition are at https"):
        read_documents(tmp_path)


@pytest.mark.parametrize("edition", [0, 3])
def test_an_edition_that_there_is_not_is_refused(edition: int) -> None:
    with pytest.raises(InputError, match=f"has no edition {edition}; the last is 2"):
        serve(edition=edition)


# Versions


def test_a_page_and_its_record_in_a_service_are_no_two_versions(nights: Nights) -> None:
    both = nights.ask(
        """SELECT url, (SELECT count(*) FROM document_version AS v WHERE v.document_id = d.document_id)
           FROM document AS d
           WHERE (SELECT count(DISTINCT r.source) FROM reading AS r WHERE r.url = d.url) > 1"""
    )
    assert len(both) == 5
    assert {count for url, count in both if url != FIRST["bmj/the-county-votes"].url} == {1}


def test_an_archived_page_was_seen_when_the_archive_saw_it(nights: Nights) -> None:
    seen = dict(
        nights.ask(
            """SELECT url, strftime(seen_from, '%Y%m%d%H%M%S') FROM document_version
               JOIN document USING (document_id) WHERE source = 'ccgsites'"""
        )
    )
    captures = [document for document in FIRST.values() if document.source == "ccgsites"]
    assert len(captures) == len(seen)
    for document in captures:
        inner = document.record.partition("id_/")[2].replace("http://", "https://")
        assert seen[inner] == document.fields["archived"]


@pytest.mark.parametrize(
    ("captures", "versions"),
    [
        (["https://x.org/a", "https://x.org/a"], ["one", "two"]),
        (
            ["https://x.org/a", f"{WAYBACK}/20120101000000id_/https://x.org/a"],
            ["two", "one"],
        ),
        (["https://x.org/a", f"{WAYBACK}/20120101id_/https://x.org/a"], ["two", "one"]),
    ],
    ids=["changed later", "older in an archive", "an archive that states a day"],
)
def test_versions_stand_in_the_order_in_which_the_states_were_seen(
    config: Config, tell: Tell, captures: list[str], versions: list[str]
) -> None:
    words = "Commissioning groups were asked how they had spent what they were given in that year. " * 3
    archive = Archive(config.archive, config.source_of)
    for n, (url, word) in enumerate(zip(captures, ("one", "two"), strict=True)):
        at = datetime(2024, 1, 1 + n, tzinfo=UTC)
        page = f"<html><title>T</title><main><h1>T</h1><p>{words}</p><p>This is state {word}.</p></main>"
        with archive.writer(Run(f"run-{n}", "x", at)) as writer:
            writer.put(url, page.encode(), source="x", media_type="text/html", fetched_at=at)
            writer.commit()
    list(flow.build(config, tell, ("index", "read")))
    with store.open_working(config) as connection:
        rows = connection.execute(
            "SELECT r.text FROM document_version JOIN reading AS r USING (capture_id) ORDER BY version"
        ).fetchall()
        (latest,) = connection.execute("SELECT text FROM document").fetchall()
    assert [re.search(r"state (\w+)", text)[1] for (text,) in rows] == versions  # type: ignore[index]
    assert f"state {versions[-1]}" in latest[0]


def test_a_page_that_goes_back_to_what_it_said_has_a_third_version(config: Config, tell: Tell) -> None:
    words = "Commissioning groups were asked how they had spent what they were given in that year. " * 3
    pages = [f"<html><title>T</title><main><p>{words}</p><p>State {n}.</p></main>".encode() for n in (1, 2)]
    url = "https://x.org/a"
    with Archive(config.archive).writer(Run("run-1", "x", datetime(2024, 1, 1, tzinfo=UTC))) as writer:
        for n, body in enumerate(pages, 1):
            at = datetime(2024, 1, n, tzinfo=UTC)
            writer.put(url, body, source="x", media_type="text/html", fetched_at=at)
        first = writer.held(url, pages[0])
        assert first is not None
        writer.revisit(url, "changed", http_status="200 OK", body=pages[0], capture=first, source="x")
    list(flow.build(config, tell, ("index", "read")))
    with store.open_working(config) as connection:
        versions = connection.execute("SELECT capture_id FROM document_version ORDER BY version").fetchall()
        ((text,),) = connection.execute("SELECT text FROM document").fetchall()
    assert len(versions) == 3
    assert versions[0] == versions[2] == (first,)
    assert text.endswith("State 1.")


def test_one_page_under_two_addresses_is_one_document_where_it_says_so(nights: Nights) -> None:
    urls = {url for (url,) in nights.ask("SELECT url FROM document")}
    found = dict.fromkeys(("room-to-manoeuvre", "slicing-the-budget", "hands-across-the-corridor"), 0)
    for slug in found:
        found[slug] = sum(url.endswith(f"/{slug}") for url in urls)
    assert found == {"room-to-manoeuvre": 1, "slicing-the-budget": 2, "hands-across-the-corridor": 1}


def get(web: SampleWeb, url: str) -> tuple[int, bytes]:
    parts = urlsplit(url)
    connection = HTTPConnection(web.address, timeout=10)
    try:
        connection.request("GET", parts.path, headers={"Host": parts.netloc})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
