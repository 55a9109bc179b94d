"""Gathering again: what is known is not asked for, what changed is kept, what is gone is a fact."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import PIPE
from threading import Thread
from urllib.parse import urlsplit

import pytest
from warcio.archiveiterator import ArchiveIterator

from pipeline import config as configuration
from pipeline import flow, store
from pipeline.archive import Archive, index_of
from pipeline.config import Config
from pipeline.durable import read_lines
from pipeline.progress import Tell
from pipeline.publishing.snapshot import publish
from spiders import locks, reports
from spiders.memory import KnownPage, Memory, changed_at
from spiders.policies import PATHS
from spiders.sampleweb import SampleWeb, serve
from tests.support import forked
from tests.support.crawling import Crawl, crawl, date_back, wait_for
from tests.support.kill_crawl import kills

ROOT = Path(__file__).resolve().parents[2]
POLICIES = tuple(PATHS.values())
NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)


@dataclass
class Page:
    """What the replica answers: with an ETag it answers a matching If-None-Match with 304."""

    body: str = ""
    status: int = 200
    etag: str = ""
    location: str = ""
    media_type: str = "text/html"


@dataclass
class Replica:
    """A web of a few pages, by host and target, that can change between runs; 404 for the rest."""

    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    address: str = ""

    def targets(self) -> list[str]:
        """What was asked for since the last time, robots.txt and the like left out."""
        asked = [target for target, _ in self.asked if not target.endswith(POLICIES)]
        self.asked.clear()
        return asked


@pytest.fixture
def replica() -> Iterator[Replica]:
    web = Replica()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            target = self.headers["Host"] + self.path
            web.asked.append((target, dict(self.headers)))
            page = web.pages.get(target, Page(status=404))
            if page.status == 200 and page.etag and self.headers.get("If-None-Match") == page.etag:
                page = Page(status=304, etag=page.etag)
            body = page.body.encode()
            self.send_response(page.status)
            headers = {"ETag": page.etag, "Location": page.location, "Content-Type": page.media_type}
            for name, value in headers.items():
                if value:
                    self.send_header(name, value)
            if page.status != 304:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    web.address = f"127.0.0.1:{server.server_address[1]}"
    yield web
    server.shutdown()
    server.server_close()
    thread.join()


def grow_old(data: Path, days: int) -> None:
    """Everything that the index knows happened so many days earlier."""
    date_back(Archive(data / "archive"), days)


def revisits(done: Crawl) -> list[tuple[str, str]]:
    """Address and outcome of each revisit, in order."""
    return [(line["url"].partition("//")[2], line["outcome"]) for line in done.lines("revisit")]


GP = "www.gponline.com"
TRUST = "www.nuffieldtrust.org.uk"
FUND = "www.kingsfund.org.uk"
KAR = "kar.kent.ac.uk"


def listing(*targets: str) -> Page:
    return Page("".join(f'<a href="{target}">x</a>' for target in targets))


def sitemap(host: str, **lastmods: str) -> Page:
    urls = "".join(
        f"<url><loc>https://{host}/publications/{name}</loc><lastmod>{lastmod}</lastmod></url>"
        for name, lastmod in lastmods.items()
    )
    return Page(f"<urlset>{urls}</urlset>", media_type="text/xml")


def gponline(replica: Replica) -> Page:
    """A site of one listing and one article; returns the article's page."""
    article = Page("<p>As it was.</p>", etag='"one"')
    replica.pages |= {f"{GP}/news": listing("/a/article/1"), f"{GP}/a/article/1": article}
    return article


# The sample web


@pytest.fixture(scope="module")
def twice(
    settings: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Crawl, Crawl, list[str]]]:
    """The sample web crawled twice, and what the second run asked for."""
    data = tmp_path_factory.mktemp("twice")
    web: SampleWeb = serve()
    with web as address:
        first = crawl(settings, data, address, "all")
        before = len(web.requests)
        second = crawl(settings, data, address, "all")
        yield first, second, [f"https://{r.host}{r.target}" for r in web.requests[before:]]


def test_a_second_run_over_an_unchanged_web_asks_for_no_article(
    twice: tuple[Crawl, Crawl, list[str]],
) -> None:
    first, second, asked = twice
    kept = {line["url"] for line in first.lines("capture")}
    refused = {line["url"] for line in first.lines("refused") if line["reason"] != "robots"}
    assert len(kept) > 50
    assert not (kept | refused).intersection(asked)
    assert second.code == 0
    assert {run["kept"] + run["unchanged"] + run["gone"] + run["bytes"] for run in second.runs.values()} == {
        0
    }


def test_a_run_notes_what_its_source_says_it_has(twice: tuple[Crawl, Crawl, list[str]]) -> None:
    second = {run["source"]: run["universe"] for run in twice[1].lines("run")}
    first = {run["source"]: run["universe"] for run in twice[0].lines("run")}
    counted = {(name, count["counted_by"], count["counts"]) for name in first for count in first[name]}
    assert counted >= {
        ("bmj", "crossref", "records"), ("kar", "oai", "records"), ("kar", "oai", "addresses"),
        ("europepmc", "europepmc", "matches"), ("govuk", "search", "matches"),
        ("nhsengland", "search", "matches"), ("hansard", "search", "parts"),
        ("kingsfund", "sitemap", "addresses"), ("nuffieldtrust", "listing", "addresses"),
        ("gponline", "listing", "addresses"), ("ccgsites", "cdx", "addresses"),
    }  # fmt: skip
    assert second["govuk"] == first["govuk"]
    (deleted,) = (line for line in twice[0].lines("refused") if "900098" in line["url"])
    listed = len([line for line in twice[0].lines("capture") if "//kar.kent" in line["url"]]) + len([deleted])
    assert [count["documents"] for count in first["kar"] if count["year"] is None] == [listed, listed]


def test_counting_costs_one_request(twice: tuple[Crawl, Crawl, list[str]]) -> None:
    asked = [urlsplit(url) for url in twice[2]]
    assert [url.path for url in asked if url.netloc == "api.crossref.org" and url.path != "/robots.txt"] == [
        "/journals/1756-1833/works"
    ]


def test_what_the_second_run_found_comes_to_one_end(twice: tuple[Crawl, Crawl, list[str]]) -> None:
    for run in twice[1].runs.values():
        ends = run["kept"] + run["unchanged"] + run["known"] + run["gone"] + sum(run["refused"].values())
        assert run["discovered"] == ends > 0


def test_a_run_leaves_its_report_as_json(twice: tuple[Crawl, Crawl, list[str]]) -> None:
    _, second, _ = twice
    logs = second.archive.folder.parent / "logs" / "runs"
    for line in second.lines("run"):
        report = json.loads((logs / f"{line['run_id']}.json").read_text(encoding="utf-8"))
        assert {key: report[key] for key in line if key in report} == {
            key: value for key, value in line.items() if key in report
        }
        assert report["requests"] > 0
        assert report["pace"] == pytest.approx(report["requests"] / report["seconds"], rel=0.02)


def test_a_lost_index_is_rebuilt_with_its_revisits(replica: Replica, settings: Path, tmp_path: Path) -> None:
    gponline(replica)
    crawl(settings, tmp_path, replica.address, "gponline")
    grow_old(tmp_path, 40)
    archive = crawl(settings, tmp_path, replica.address, "gponline").archive
    (last,) = [file for file in archive.files() if b'"revisit"' in index_of(file).read_bytes()]
    before = list(read_lines(index_of(last)))
    index_of(last).unlink()
    archive.sync()
    after = list(read_lines(index_of(last)))
    assert [line for line in after if line["type"] != "end"] == before[1:]


# Asking again


def test_a_page_that_is_due_is_asked_for_with_its_validators(
    replica: Replica, settings: Path, tmp_path: Path
) -> None:
    gponline(replica)
    crawl(settings, tmp_path, replica.address, "gponline")
    grow_old(tmp_path, 31)
    replica.asked.clear()
    done = crawl(settings, tmp_path, replica.address, "gponline")
    headers = dict(replica.asked)[f"{GP}/a/article/1"]
    assert headers["If-None-Match"] == '"one"'
    assert (done.runs["gponline"]["unchanged"], done.runs["gponline"]["bytes"]) == (1, 0)
    assert revisits(done) == [(f"{GP}/a/article/1", "unchanged")]
    assert profiles(done) == ["server-not-modified"]
    replica.targets()
    crawl(settings, tmp_path, replica.address, "gponline")
    assert replica.targets() == [f"{GP}/news"]


def profiles(done: Crawl) -> list[str]:
    """The profiles of the WARC revisit records of articles, digests checked."""
    found = []
    for file in done.archive.files():
        with file.open("rb") as stream:
            for record in ArchiveIterator(stream, check_digests="raise"):
                url = record.rec_headers.get_header("WARC-Target-URI") or ""
                if record.rec_type == "revisit" and not url.endswith(POLICIES):
                    found.append(record.rec_headers.get_header("WARC-Profile").rpartition("/")[2])
                    assert record.rec_headers.get_header("WARC-Refers-To-Date")
    return found


def test_the_same_bytes_again_are_a_revisit_and_other_bytes_a_capture(
    replica: Replica, settings: Path, tmp_path: Path
) -> None:
    article = gponline(replica)
    article.etag = ""
    crawl(settings, tmp_path, replica.address, "gponline")
    grow_old(tmp_path, 31)
    same = crawl(settings, tmp_path, replica.address, "gponline")
    assert (same.runs["gponline"]["unchanged"], profiles(same)) == (1, ["identical-payload-digest"])
    grow_old(tmp_path, 60)
    article.body = "<p>Corrected.</p>"
    other = crawl(settings, tmp_path, replica.address, "gponline")
    assert other.runs["gponline"]["kept"] == 1
    assert [line["outcome"] for line in other.lines("capture")] == ["", "changed"]


def test_a_page_that_is_gone_is_a_fact_and_its_captures_stay(
    replica: Replica, settings: Path, tmp_path: Path
) -> None:
    article = gponline(replica)
    crawl(settings, tmp_path, replica.address, "gponline")
    grow_old(tmp_path, 31)
    article.status = 410
    done = crawl(settings, tmp_path, replica.address, "gponline")
    assert done.runs["gponline"]["gone"] == 1
    assert revisits(done) == [(f"{GP}/a/article/1", "gone")]
    assert len(done.lines("capture")) == 1
    replica.targets()
    crawl(settings, tmp_path, replica.address, "gponline")
    assert replica.targets() == [f"{GP}/news"]


def test_a_sitemap_that_dates_a_change_has_that_page_asked_for_and_no_other(
    replica: Replica, settings: Path, tmp_path: Path
) -> None:
    replica.pages[f"{FUND}/sitemap.xml"] = sitemap(FUND, one="2020-01-01", two="2020-01-01")
    for name in ("one", "two"):
        replica.pages[f"{FUND}/publications/{name}"] = Page(name)
    crawl(settings, tmp_path, replica.address, "kingsfund")
    grow_old(tmp_path, 5)
    replica.pages[f"{FUND}/sitemap.xml"] = sitemap(FUND, one="2020-01-01", two=datetime.now(UTC).isoformat())
    replica.targets()
    crawl(settings, tmp_path, replica.address, "kingsfund")
    assert replica.targets() == [f"{FUND}/sitemap.xml", f"{FUND}/publications/two"]


def test_a_feed_that_dates_a_change_has_that_page_asked_for(
    replica: Replica, settings: Path, tmp_path: Path
) -> None:
    def feed(stamp: str) -> Page:
        link = "https://www.bmj.com/content/350/bmj.h1"
        item = f"<item><link>{link}</link><pubDate>{stamp}</pubDate></item>"
        return Page(f"<rss><channel>{item}</channel></rss>", media_type="text/xml")

    replica.pages |= {"www.bmj.com/rss/recent.xml": feed("Mon, 06 Sep 2021 00:01:00 +0000")}
    replica.pages |= {"www.bmj.com/content/350/bmj.h1": Page("An article.")}
    crawl(settings, tmp_path, replica.address, "bmj")
    replica.targets()
    crawl(settings, tmp_path, replica.address, "bmj")
    assert "www.bmj.com/content/350/bmj.h1" not in replica.targets()
    grow_old(tmp_path, 5)
    later = datetime.now(UTC) - timedelta(days=1)
    replica.pages["www.bmj.com/rss/recent.xml"] = feed(later.strftime("%a, %d %b %Y %H:%M:%S +0000"))
    crawl(settings, tmp_path, replica.address, "bmj")
    assert "www.bmj.com/content/350/bmj.h1" in replica.targets()


def test_what_could_not_be_had_is_asked_for_again_though_nothing_lists_it(
    replica: Replica, settings: Path, tmp_path: Path
) -> None:
    article = gponline(replica)
    article.status = 403
    crawl(settings, tmp_path, replica.address, "gponline")
    replica.pages[f"{GP}/news"] = listing("/b/article/2")
    replica.pages[f"{GP}/b/article/2"] = Page("Another.")
    article.status = 200
    done = crawl(settings, tmp_path, replica.address, "gponline")
    assert {line["url"].rpartition("/")[2] for line in done.lines("capture")} == {"1", "2"}


# OAI-PMH


def oai(*records: tuple[str, str, str], error: str = "") -> Page:
    rows = "".join(
        f"<record><header{status}><identifier>oai:kar.kent.ac.uk:{number}</identifier>"
        f"<datestamp>{stamp}</datestamp></header></record>"
        for number, stamp, status in records
    )
    body = f'<error code="{error}">x</error>' if error else f"<ListRecords>{rows}</ListRecords>"
    return Page(f"<OAI-PMH>{body}</OAI-PMH>", media_type="text/xml")


DELETED = ' status="deleted"'
LIST = f"{KAR}/cgi/oai2?verb=ListRecords&metadataPrefix=oai_dc"


@pytest.fixture
def harvested(replica: Replica, settings: Path, tmp_path: Path) -> str:
    """A repository of two records, harvested five days ago; returns the request for what came since."""
    stamp = "2020-01-01T09:00:00Z"
    replica.pages[LIST] = oai(("1", stamp, ""), ("2", stamp, ""), ("3", stamp, DELETED))
    replica.pages |= {f"{KAR}/{number}/": Page(f"Abstract {number}.") for number in "12"}
    done = crawl(settings, tmp_path, replica.address, "kar")
    assert (done.runs["kar"]["kept"], done.runs["kar"]["discovered"]) == (2, 2)
    grow_old(tmp_path, 5)
    replica.targets()
    (run,) = done.lines("run")
    return f"{LIST}&from={datetime.fromisoformat(run['started_at']).date()}"


def test_a_repository_is_asked_for_what_is_new_since_the_last_complete_run(
    replica: Replica, settings: Path, tmp_path: Path, harvested: str
) -> None:
    now = datetime.now(UTC).isoformat()
    replica.pages[harvested] = oai(("1", now, ""), ("2", now, DELETED))
    run = crawl(settings, tmp_path, replica.address, "kar")
    assert replica.targets() == [harvested, f"{KAR}/1/"]
    assert revisits(run) == [(f"{KAR}/2/", "gone"), (f"{KAR}/1/", "unchanged")]
    assert (run.code, run.runs["kar"]["gone"], run.runs["kar"]["discovered"]) == (0, 1, 2)


def test_a_repository_with_nothing_new_is_no_failure(
    replica: Replica, settings: Path, tmp_path: Path, harvested: str
) -> None:
    replica.pages[harvested] = oai(error="noRecordsMatch")
    assert crawl(settings, tmp_path, replica.address, "kar").code == 0
    assert replica.targets() == [harvested]


def test_a_repository_that_does_not_take_the_date_is_listed_in_full(
    replica: Replica, settings: Path, tmp_path: Path, harvested: str
) -> None:
    replica.pages[harvested] = oai(error="badArgument")
    run = crawl(settings, tmp_path, replica.address, "kar")
    assert replica.targets() == [harvested, LIST]
    assert run.runs["kar"]["known"] == 2


# Redirects


def test_an_article_that_moved_is_kept_where_it_is_now_and_the_move_is_a_fact(
    replica: Replica, settings: Path, tmp_path: Path
) -> None:
    replica.pages[f"{GP}/news"] = listing("/old/article/1")
    replica.pages[f"{GP}/old/article/1"] = Page(status=301, location="/new/article/1")
    replica.pages[f"{GP}/new/article/1"] = Page("Here now.")
    done = crawl(settings, tmp_path, replica.address, "gponline")
    assert [line["url"] for line in done.lines("capture")] == [f"https://{GP}/new/article/1"]
    (fact,) = done.lines("revisit")
    assert (fact["outcome"], fact["moved_to"]) == ("moved", f"https://{GP}/new/article/1")
    assert (done.runs["gponline"]["discovered"], done.runs["gponline"]["refused"]) == (2, {"moved": 1})
    replica.targets()
    crawl(settings, tmp_path, replica.address, "gponline")
    assert replica.targets() == [f"{GP}/news"]


def test_a_chain_of_moves_ends(replica: Replica, settings: Path, tmp_path: Path) -> None:
    replica.pages[f"{GP}/news"] = listing("/s/article/0")
    for number in range(20):
        replica.pages[f"{GP}/s/article/{number}"] = Page(status=301, location=f"/s/article/{number + 1}")
    run = crawl(settings, tmp_path, replica.address, "gponline").runs["gponline"]
    assert run["refused"] == {"moved": 6, "too many redirects": 1}


def test_an_address_with_another_slash_is_the_same_article(
    replica: Replica, settings: Path, tmp_path: Path
) -> None:
    replica.pages[f"{TRUST}/research"] = listing("/research/one")
    replica.pages[f"{TRUST}/research/one"] = Page(status=301, location="/research/one/")
    replica.pages[f"{TRUST}/research/one/"] = Page("One.")
    done = crawl(settings, tmp_path, replica.address, "nuffieldtrust")
    assert (done.runs["nuffieldtrust"]["kept"], done.lines("revisit")) == (1, [])
    replica.targets()
    crawl(settings, tmp_path, replica.address, "nuffieldtrust")
    assert f"{TRUST}/research/one" not in replica.targets()


# Killed, and locked


@pytest.mark.slow
def test_a_killed_crawl_is_completed_by_the_next(tmp_path: Path) -> None:
    for kill in kills(5, 7, tmp_path):
        assert kill.complete, kill
        assert kill.asked_again == 0, kill


def test_a_file_that_a_killed_run_had_not_come_to_is_gathered(
    replica: Replica, settings: Path, tmp_path: Path
) -> None:
    replica.pages[f"{FUND}/sitemap.xml"] = sitemap(FUND, report="2020-01-01")
    replica.pages[f"{FUND}/publications/report"] = Page("<main><a href='/files/r.pdf'>PDF</a></main>")
    replica.pages[f"{FUND}/files/r.pdf"] = Page("%PDF-1.4", media_type="application/pdf")
    whole = crawl(settings, tmp_path, replica.address, "kingsfund")
    (file,) = whole.archive.files()
    end = whole.lines("capture")[0]["end"]  # as if killed right after the page was acknowledged
    file.write_bytes(file.read_bytes()[:end])
    index_of(file).unlink()
    replica.targets()
    crawl(settings, tmp_path, replica.address, "kingsfund")
    assert replica.targets() == [f"{FUND}/sitemap.xml", f"{FUND}/files/r.pdf"]


def test_a_second_run_of_a_source_is_refused_and_told_who_runs(
    replica: Replica, settings: Path, tmp_path: Path
) -> None:
    gponline(replica)
    config = configuration.load(tmp_path, settings)
    locks.take(config, ["gponline"])
    try:
        done = crawl(settings, tmp_path, replica.address, "gponline")
        other = crawl(settings, tmp_path, replica.address, "kar")
    finally:
        locks.release()
    assert (done.code, done.runs) == (2, {})
    assert f"gponline is being gathered by process {os.getpid()} on " in done.stderr
    assert " since 20" in done.stderr
    assert "kar" in other.runs
    assert crawl(settings, tmp_path, replica.address, "gponline").code == 0


def test_a_killed_crawl_says_whose_run_ended_without_a_report(settings: Path, tmp_path: Path) -> None:
    arguments = ["crawl", "--json", "--config", settings, "--data", tmp_path, "--connect-to"]
    web = serve()
    web._server.handle_error = lambda request, client_address: None  # type: ignore[method-assign] # hung up on
    with web as address:
        web.pause = 0.2
        command = [sys.executable, "-m", "pipeline", *map(str, arguments), address, "kar", "gponline"]
        with subprocess.Popen(command, cwd=ROOT, stdout=PIPE, stderr=PIPE, text=True) as process:
            archive = Archive(tmp_path / "archive")
            wait_for(lambda: sum(1 for line in archive.lines() if line["type"] == "capture") > 1, 60)
            lock = tmp_path / "working" / "locks" / "crawl-kar.lock"
            os.kill(json.loads(lock.read_text(encoding="utf-8"))["pid"], signal.SIGKILL)
            stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 1
    assert [json.loads(line) for line in stdout.splitlines()] == [
        {"source": source, "outcome": "failed", "reason": "killed (SIGKILL)"}
        for source in ("gponline", "kar")
    ]
    assert "killed (SIGKILL): the run of gponline, kar ended without a report" in stderr


def test_the_lock_of_a_killed_run_does_not_stay(replica: Replica, settings: Path, tmp_path: Path) -> None:
    gponline(replica)
    arguments = ["--config", settings, "--data", tmp_path, "--connect-to", replica.address, "gponline"]
    lock = tmp_path / "working" / "locks" / "crawl-gponline.lock"
    process = forked.start(arguments, tmp_path / "said")
    wait_for(lambda: lock.exists() and bool(lock.read_text(encoding="utf-8")))
    process.kill()
    process.join()
    assert json.loads(lock.read_text(encoding="utf-8"))["pid"] == process.pid
    assert crawl(settings, tmp_path, replica.address, "gponline").code == 0


# What the database is told


@pytest.fixture
def project(tmp_path: Path) -> Config:
    """The project's configuration, with a contact, on a data folder of the test's own."""
    return configuration.load(tmp_path / "data")


def test_revisits_reach_the_published_file(replica: Replica, settings: Path, project: Config) -> None:
    words = "Commissioning groups were asked to say how they had spent what they were given in that year. "
    article = gponline(replica)
    article.body = f"<html><title>A story</title><main><h1>A story</h1><p>{words * 5}</p>"
    for days, change in ((31, ""), (60, words), (31, "gone"), (0, "")):
        crawl(settings, project.data, replica.address, "gponline")
        grow_old(project.data, days)
        article.body += f"<p>{change}</p>" if change else ""
        article.etag, article.status = f'"{len(article.body)}"', 410 if change == "gone" else article.status
    tell = Tell(quiet=True)
    list(flow.build(project, tell))
    publish(project, tell)
    with store.open_published(store.published_file(project)) as connection:
        rows = connection.execute('SELECT outcome, run_id FROM revisit ORDER BY "at"').fetchall()
        lasted = connection.execute(
            "SELECT date_diff('day', seen_from, seen_to) FROM document_version ORDER BY version"
        ).fetchall()
        runs = connection.execute("SELECT sum(gone), sum(known) FROM crawl_run").fetchone()
    assert [outcome for outcome, _ in rows] == ["unchanged", "changed", "gone"]
    assert all(run for _, run in rows)
    assert lasted == [(31,), (0,)]
    assert runs == (1, 0)


# The rules by themselves


def known(days: int, checked: int | None = None) -> KnownPage:
    """A page captured so many days ago, last looked at so many days ago."""
    since = NOW - timedelta(days=days)
    return KnownPage("kept", since, since if checked is None else NOW - timedelta(days=checked), etag='"e"')


@pytest.mark.parametrize(
    ("captured", "checked", "due"),
    [(29, None, False), (31, None, True), (89, 58, False), (91, 60, True), (364, 270, False),
     (366, 270, True), (700, 330, False), (731, 330, True), (4000, 400, True), (4000, 10, False)],
)  # fmt: skip
def test_visits_thin_with_age(captured: int, checked: int | None, due: bool) -> None:
    assert known(captured, checked).due(NOW, (30, 90, 365)) is due


def test_without_a_schedule_only_a_stated_change_is_looked_at() -> None:
    assert not known(4000).due(NOW, ())
    assert known(4).due(NOW, (), NOW - timedelta(days=3))
    assert not known(4).due(NOW, (), NOW - timedelta(days=5))


@pytest.mark.parametrize(
    ("stated", "at"),
    [
        ("2024-05-01", "2024-05-02T00:00:00+00:00"),
        ("2024-05-01T10:00:00+01:00", "2024-05-01T10:00:00+01:00"),
        ("Wed, 01 May 2024 09:00:00 GMT", "2024-05-01T09:00:00+00:00"),
        ("2024", None),
        ("2099-01-01", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_what_a_listing_says_of_a_change(stated: str | None, at: str | None) -> None:
    expected = None if at is None else datetime.fromisoformat(at)
    assert changed_at(stated, NOW) == expected


def test_what_was_imported_is_still_gathered(
    config: Config, write_rows: Callable[..., Path], tell: Tell
) -> None:
    from pipeline.archive.importing import import_paths

    url = "https://www.bmj.com/content/1/bmj.x1"
    import_paths([write_rows([{"url": url, "title": "t", "text": "A few words of it."}])], config, tell)
    archive = Archive(config.archive, config.source_of)
    assert Memory.of(archive, "bmj").known == {}


def test_logs_beyond_a_number_or_a_size_go_with_their_reports(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    start = time.time() - 1000
    for number in range(6):
        for path in (tmp_path / f"crawl-2024010{number}.log", tmp_path / "runs" / f"{number}.json"):
            path.write_bytes(b"x" * 400_000)
            os.utime(path, (start + number, start + number))
    reports.prune(tmp_path, 4, 100)
    assert sorted(p.name for p in tmp_path.glob("*.log"))[0] == "crawl-20240102.log"
    assert sorted(p.stem for p in tmp_path.glob("runs/*"))[0] == "2"
    reports.prune(tmp_path, 4, 1)
    assert len(list(tmp_path.glob("*.log"))) == 2
