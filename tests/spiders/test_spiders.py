"""The spiders, over real HTTP on the loopback address: what they find is kept once, or refused aloud."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest
from scrapy import Request
from scrapy.http import Response
from scrapy.robotstxt import ProtegoRobotParser
from scrapy.utils.test import get_crawler
from warcio.archiveiterator import ArchiveIterator

from pipeline import config as configuration
from pipeline.archive import Archive
from spiders.__main__ import main
from spiders.archiving import Archiving
from spiders.base import SourceSpider
from spiders.bmj import Bmj
from spiders.gponline import GpOnline
from spiders.kar import Kar
from spiders.kingsfund import KingsFund
from spiders.nuffieldtrust import NuffieldTrust
from spiders.robots import Robots
from spiders.sampleweb import SampleWeb, serve
from spiders.sampleweb.documents import read_documents
from tests.support.crawling import CONTACT, Crawl, command, crawl, finished, wait_for

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(configuration.load().sources)
WITHOUT_KEY = [source for source in SOURCES if source != "guardian"]
"""The sources that `all` means where the environment holds no key."""
FORBIDDEN = "/research/preview-waiting-for-the-numbers"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("crawl")


@pytest.fixture(scope="module")
def first(web: SampleWeb, settings: Path, data: Path) -> Crawl:
    done = crawl(settings, data, web.address, "all")
    assert done.code == 0, done.stderr
    return done


def test_all_sources_finish(first: Crawl) -> None:
    assert sorted(first.runs) == WITHOUT_KEY
    assert {run["outcome"] for run in first.runs.values()} == {"finished"}
    assert {run["failed"] for run in first.runs.values()} == {0}
    assert first.stderr == ""


def test_every_sample_document_is_kept_exactly_once(first: Crawl) -> None:
    kept = [line["url"] for line in first.lines("capture")]
    assert len(kept) == len(set(kept))
    wanted = {document.record for document in read_documents() if document.source in first.runs}
    assert wanted <= set(kept)
    assert sum(url.endswith(".pdf") for url in kept) == 4


def test_every_article_found_comes_to_one_end(first: Crawl) -> None:
    for source, run in first.runs.items():
        captures = [line for line in first.lines("capture") if line["source"] == source]
        refusals = [line for line in first.lines("refused") if line["source"] == source]
        assert run["kept"] == len(captures)
        assert sum(run["refused"].values()) == len(refusals)
        ends = run["kept"] + run["unchanged"] + run["known"] + run["gone"] + len(refusals)
        assert run["discovered"] == ends


def test_refusals_say_why(first: Crawl) -> None:
    refusals = first.lines("refused")
    reasons = {(line["source"], urlsplit(line["url"]).path): line["reason"] for line in refusals}
    assert reasons[("nuffieldtrust", FORBIDDEN)] == "robots"
    assert reasons[("nuffieldtrust", "/news-item/a-guest-blog-elsewhere")] == "off-site"
    assert reasons[("nuffieldtrust", "/resource/a-chart-that-is-gone")] == "http 404"
    assert reasons[("kar", "/900098/")] == "http 410"
    assert reasons[("kingsfund", "/publications/owing-each-other-old")] == "moved"
    assert all(line["via"] for line in refusals)


def test_what_robots_txt_forbids_is_never_requested(web: SampleWeb, first: Crawl) -> None:
    asked = {(request.host, request.target) for request in web.requests}
    assert ("www.nuffieldtrust.org.uk", FORBIDDEN) not in asked
    pages = {(host, target) for host, target in asked if not host.startswith(("content.", "hansard-api."))}
    assert not any(target.startswith(("/search", "/login", "/register")) for _, target in pages)
    for host in {host for host, _ in asked if host in web.sites}:
        assert (host, "/robots.txt") in asked


def test_the_user_agent_names_the_contact(web: SampleWeb, first: Crawl) -> None:
    agents = {request.user_agent for request in web.requests if request.user_agent.startswith("Themeshift")}
    assert agents == {f"Themeshift/0.1 (+{CONTACT})"}


def test_captures_say_how_they_were_found(first: Crawl) -> None:
    found = {(line["source"], line["found"]) for line in first.lines("capture")}
    assert found == {
        ("bmj", "feed"),
        ("bmj", "listing"),
        ("gponline", "listing"),
        ("kar", "oai"),
        ("kingsfund", "sitemap"),
        ("kingsfund", "link"),
        ("nuffieldtrust", "listing"),
        ("nuffieldtrust", "link"),
        ("europepmc", "search"),
        ("europepmc", "record"),
        ("govuk", "search"),
        ("govuk", "link"),
        ("nhsengland", "search"),
        ("hansard", "search"),
        ("ccgsites", "cdx"),
    }
    assert all(line["via"].startswith("https://") for line in first.lines("capture"))


@pytest.mark.parametrize(
    ("source", "encoding"), [("bmj", "gzip"), ("gponline", None), ("kingsfund", None), ("kar", None)]
)
def test_bodies_are_archived_byte_for_byte(
    web: SampleWeb, first: Crawl, source: str, encoding: str | None
) -> None:
    archived = [(url, body, headers) for url, body, headers in responses(first) if source in url]
    assert archived
    for url, body, headers in archived:
        assert body == sent(web, url)
        assert headers.get_header("Content-Encoding") == encoding
        assert headers.get_header("Transfer-Encoding") is None
        assert headers.statusline == "200 OK"
        assert headers.get_header("Etag") is not None


def responses(done: Crawl) -> Iterator[tuple[str, bytes, Any]]:
    for file in done.archive.files():
        with file.open("rb") as stream:
            for record in ArchiveIterator(stream, check_digests="raise"):
                if record.rec_type == "response" and record.http_headers.get_statuscode() == "200":
                    url = record.rec_headers.get_header("WARC-Target-URI")
                    yield url, record.raw_stream.read(), record.http_headers


def sent(web: SampleWeb, url: str) -> bytes:
    """What the server puts on the wire for `url`, with the chunking undone."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(web.address, timeout=10)
    try:
        headers = {"Host": parts.netloc, "Accept-Encoding": "gzip, deflate"}
        connection.request("GET", parts.path, headers=headers)
        return connection.getresponse().read()
    finally:
        connection.close()


def test_a_limit_on_pages_leaves_the_rest_refused(web: SampleWeb, settings: Path, tmp_path: Path) -> None:
    done = crawl(settings, tmp_path, web.address, "gponline", "--max-pages", "3")
    run = done.runs["gponline"]
    # The listing has five articles and a page that is reserved.
    assert (run["kept"], run["refused"]) == (3, {"page limit": 3})
    assert (run["outcome"], run["reason"]) == ("finished", "page limit")


def test_an_interrupted_run_accounts_for_everything_and_the_next_completes_it(
    settings: Path, tmp_path: Path
) -> None:
    web = serve()
    gponline = [document for document in read_documents() if document.source == "gponline"]
    with web as address:
        web.pause = 0.15
        arguments = ("--config", settings, "--data", tmp_path, "--connect-to", address, "gponline")
        with subprocess.Popen(
            command(*arguments), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            wait_for(lambda: len(web.requests) > 6)
            process.send_signal(signal.SIGINT)
            stdout, stderr = process.communicate(timeout=30)
        stopped = finished(process.returncode, stdout, stderr, tmp_path)
        run = stopped.runs["gponline"]
        assert (stopped.code, run["outcome"], run["reason"]) == (1, "interrupted", "interrupted")
        assert 0 < run["kept"] == len(stopped.lines("capture")) < len(gponline)
        assert run["discovered"] == run["kept"] + run["refused"]["not reached"]
        web.pause = 0.0
        again = crawl(settings, tmp_path, address, "gponline").runs["gponline"]
    assert again["outcome"] == "finished"
    assert again["kept"] + run["kept"] == len(gponline) + 1  # and a page to log in


LINKS = b"".join(b'<a href="/s/article/%d">story</a>' % number for number in range(9))
INDEX = b"<sitemapindex><sitemap><loc>https://kar.kent.ac.uk/sitemaps/1.xml</loc></sitemap></sitemapindex>"
URLS = b"<urlset><url><loc>https://kar.kent.ac.uk/id/eprint/77</loc></url></urlset>"
ARTICLES = b"".join(b'<a href="/content/350/bmj.h%d">story</a>' % number for number in range(4))
TROUBLED = {
    "www.gponline.com": {"/news": (200, LINKS), "/s/": (403, b"Are you human?")},
    "www.nuffieldtrust.org.uk": {"/robots.txt": (503, b""), "/research": (200, b"")},
    "www.bmj.com": {
        "/uk/news/editorial": (200, ARTICLES),
        "/content/350/bmj.h1": (200, b"x" * 2**21),
        "/content/350/bmj.h2": (204, b""),
        "/content/350/bmj.h3": (500, b""),
    },
    "www.kingsfund.org.uk": {"/publications": (200, b"<p>We have a new design.</p>")},
    "kar.kent.ac.uk": {
        "/robots.txt": (200, b"User-agent: *\nDisallow: /cgi/\n"),
        "/sitemap.xml": (200, INDEX),
        "/sitemaps/": (200, URLS),
        "/77": (200, b"An abstract."),
    },
}
"""Five sites in trouble: host -> how a path begins -> status and body; 404 for the rest."""


class Stub(BaseHTTPRequestHandler):
    """Serves TROUBLED and notes what it was asked for."""

    protocol_version = "HTTP/1.1"
    asked: ClassVar[list[tuple[str, str]]] = []

    def do_GET(self) -> None:
        host = self.headers["Host"]
        self.asked.append((host, self.path))
        site = TROUBLED.get(host, {})
        found = (answer for start, answer in site.items() if self.path.startswith(start))
        status, body = next(found, (404, b""))
        self.send_response(status)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def troubled(settings: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawl]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stub)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    address = f"127.0.0.1:{server.server_address[1]}"
    yield crawl(settings, tmp_path_factory.mktemp("troubled"), address, "all")
    server.shutdown()
    server.server_close()
    thread.join()


def asked(host: str) -> list[str]:
    return [path for name, path in Stub.asked if name == host]


def test_a_bot_wall_stops_the_spider(troubled: Crawl) -> None:
    run = troubled.runs["gponline"]
    assert (troubled.code, run["outcome"]) == (1, "failed")
    assert run["refused"] == {"http 403": 3, "not reached": 6}
    assert sum(path.startswith("/s/") for path in asked("www.gponline.com")) == 3
    assert run["reason"] == "bot wall"
    assert "turned us away 3 times and gave no article" in troubled.stderr


@pytest.mark.parametrize(
    ("answers", "stops"),
    [
        (("article 403", "listing 200", "article 403", "listing 200", "article 403"), True),
        (("article 403", "article 429", "article 404", "article 403"), True),
        (("listing 403", "listing 403", "listing 403"), True),
        (("listing 403", "listing 200", "article 403", "article 403"), False),
        (("article 403", "article 403", "article 200", "article 403"), False),
        (("article 403", "article 403", "article 304", "article 403"), False),
        (("article 403", "article 429 1", "article 429 1", "article 200"), False),
    ],
)
def test_only_an_article_shows_that_there_is_no_wall(answers: tuple[str, ...], stops: bool) -> None:
    stopped: list[str] = []
    wall = Archiving(get_crawler(SourceSpider, {"RETRY_TIMES": 2}))
    wall._stop = lambda reason, message: stopped.append(reason)  # type: ignore[method-assign]
    for kind, status, *wait in map(str.split, answers):
        request = Request(
            "https://x.org/1", meta={"document": "https://x.org/1"} if kind == "article" else {}
        )
        headers = {"Retry-After": wait[0]} if wait else {}
        wall._watch_for_a_wall(request, Response(request.url, int(status), headers))
    assert stopped == ["bot wall"] * stops


def test_a_robots_txt_that_is_out_of_order_forbids_everything(troubled: Crawl) -> None:
    assert set(asked("www.nuffieldtrust.org.uk")) == {"/robots.txt"}
    assert troubled.runs["nuffieldtrust"]["outcome"] == "failed"
    assert "robots.txt unavailable" in troubled.stderr


def test_too_large_empty_and_broken_answers_come_to_an_end_too(troubled: Crawl) -> None:
    reasons = {"http 204": 1, "http 404": 1, "http 500": 1, "too large": 1}
    assert troubled.runs["bmj"]["refused"] == reasons
    assert asked("www.bmj.com").count("/content/350/bmj.h3") == 3


def test_a_listing_that_is_gone_is_counted_and_said(troubled: Crawl) -> None:
    run = troubled.runs["bmj"]
    assert (run["outcome"], run["reason"], run["failed"]) == ("finished", "listing failed", 3)
    assert [line["complete"] for line in troubled.lines("run", "bmj")] == [False]
    assert "bmj: no articles from https://www.bmj.com/archive: http 404" in troubled.stderr


def test_a_site_without_articles_is_a_failure(troubled: Crawl) -> None:
    run = troubled.runs["kingsfund"]
    assert (run["outcome"], run["reason"]) == ("failed", "no article")
    assert "kingsfund found no article" in troubled.stderr


def test_without_oai_the_repository_is_found_by_its_sitemap(troubled: Crawl) -> None:
    run = troubled.runs["kar"]
    assert (run["outcome"], run["reason"], run["kept"]) == ("finished", "finished", 1)
    assert "kar: no OAI-PMH (robots); going by the sitemap" in troubled.stderr
    assert not any(path.startswith("/cgi") for path in asked("kar.kent.ac.uk"))


def test_a_crawl_delay_in_robots_txt_slows_the_spider_down() -> None:
    throttle = SimpleNamespace(mindelay=3.0, maxdelay=60.0)
    slot = SimpleNamespace(delay=3.0)
    downloader = SimpleNamespace(_delay=3.0, slots={"www.bmj.com": slot})
    crawler = get_crawler(None, {"ROBOTSTXT_OBEY": True, "ROBOTSTXT_USER_AGENT": "Themeshift"})
    robots = Robots(crawler)
    robots.crawler = SimpleNamespace(
        get_extension=lambda kind: throttle,
        engine=SimpleNamespace(downloader=downloader),
        settings=crawler.settings,
    )  # type: ignore[assignment]
    parser = ProtegoRobotParser(b"User-agent: *\nCrawl-delay: 10\n", None)
    robots._slow_down(parser)
    assert (throttle.mindelay, slot.delay, downloader._delay) == (10, 10, 10)


def test_an_archive_that_cannot_be_written_fails_in_one_line(
    web: SampleWeb, settings: Path, tmp_path: Path
) -> None:
    (tmp_path / "archive").write_text("a file where the folder should be", encoding="utf-8")
    done = subprocess.run(
        command("--config", settings, "--data", tmp_path, "--connect-to", web.address, "kar"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert json.loads(done.stdout) == {"source": "kar", "outcome": "failed", "reason": "could not begin"}
    assert "kar can't begin" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["bjm", "--connect-to", "127.0.0.1:9"], "unknown spider 'bjm'; did you mean 'bmj'?"),
        (["nothing-like-it", "--connect-to", "127.0.0.1:9"], "known: bmj, "),
        (["bmj"], "must name a contact"),
        (["bmj", "--connect-to", "192.0.2.1:80"], "must be a loopback address"),
        (["bmj", "--connect-to", "127.0.0.1"], "must be a loopback address"),
        (["bmj", "--connect-to", "127.0.0.1:9", "--max-pages", "-1"], "--max-pages must be"),
        (["bmj", "--config", "/nowhere.toml"], "/nowhere.toml is missing"),
    ],
)
def test_bad_input_exits_with_2_and_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["--data", str(tmp_path), *arguments]) == 2
    stdout, stderr = capsys.readouterr()
    assert stdout == ""
    assert said in stderr
    assert len(stderr.splitlines()) == 1


@pytest.mark.slow
def test_scrapy_itself_lists_and_crawls(web: SampleWeb, tmp_path: Path) -> None:
    environment = {**os.environ, "THEMESHIFT_DATA": str(tmp_path), "THEMESHIFT_CONNECT_TO": web.address}
    scrapy = [sys.executable, "-m", "scrapy"]
    listed = subprocess.run([*scrapy, "list"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert listed.stdout.split() == SOURCES
    subprocess.run([*scrapy, "crawl", "kar"], cwd=ROOT, env=environment, capture_output=True, check=True)
    lines = [line for line in Archive(tmp_path / "archive").lines() if line["type"] == "run"]
    assert [(line["source"], line["outcome"], line["kept"]) for line in lines] == [
        ("kar", "finished", sum(d.source == "kar" for d in read_documents()))
    ]


@pytest.mark.parametrize(
    ("spider", "url", "wanted"),
    [
        (Bmj, "http://www.bmj.com/content/344/bmj.e4278?rss=1", "https://www.bmj.com/content/344/bmj.e4278"),
        (Bmj, "https://bmj.com/content/344/bmj.e4278.full.pdf+html", "https://www.bmj.com/content/344/bmj.e4278"),
        (Bmj, "https://www.bmj.com/content/344/bmj.e4278.full-text.print", "https://www.bmj.com/content/344/bmj.e4278"),
        (Bmj, "https://www.bmj.com/content/344/bmj.e4278/rapid-responses", "https://www.bmj.com/content/344/bmj.e4278"),
        (Bmj, "https://www.bmj.com/content/bmj/353/bmj.i2607", "https://www.bmj.com/content/353/bmj.i2607"),
        (Bmj, "https://www.bmj.com/content/383/bmj-2023-076543", "https://www.bmj.com/content/383/bmj-2023-076543"),
        (Bmj, "https://www.bmj.com/content/322/7277/29.1", "https://www.bmj.com/content/322/7277/29.1"),
        (Bmj, "https://www.bmj.com/content/322/7277/29.1.full", "https://www.bmj.com/content/322/7277/29.1"),
        (Bmj, "https://www.bmj.com/content/344/bmj.e4278/", "https://www.bmj.com/content/344/bmj.e4278"),
        (Bmj, "https://www.bmj.com/content/344/BMJ.E4278", "https://www.bmj.com/content/344/bmj.e4278"),
        (Bmj, "http://bmj.com/cgi/content/full/322/7277/29", "https://www.bmj.com/content/322/7277/29"),
        (Bmj, "http://bmj.com/cgi/reprint/322/7277/29.pdf", "https://www.bmj.com/content/322/7277/29"),
        (Bmj, "https://www.bmj.com/content/347/7915", None),
        (Bmj, "https://www.bmj.com/content/347/7915/", None),
        (Bmj, "https://www.bmj.com/panels_ajax_tab/jnl_bmj_tab_art/node:1/1", None),
        (Kar, "https://kar.kent.ac.uk/35069", "https://kar.kent.ac.uk/35069/"),
        (Kar, "http://kar.kent.ac.uk/id/eprint/35069", "https://kar.kent.ac.uk/35069/"),
        (Kar, "https://kar.kent.ac.uk/35069/1/paper.pdf", None),
        (GpOnline, "https://gponline.com/a/article/1?bulletin=x#top", "https://www.gponline.com/a/article/1"),
        (GpOnline, "https://www.gponline.com/a/news/article/1/", "https://www.gponline.com/a/news/article/1"),
        (GpOnline, "https://www.example.org/a/article/1", None),
        (KingsFund, "https://www.kingsfund.org.uk/projects/x/y", "https://www.kingsfund.org.uk/projects/x/y"),
        (KingsFund, "https://www.kingsfund.org.uk/insight-and-analysis/podcast/x", "https://www.kingsfund.org.uk/insight-and-analysis/podcast/x"),
        (KingsFund, "https://www.kingsfund.org.uk/topics/x", None),
        (NuffieldTrust, "https://www.nuffieldtrust.org.uk/project/x", "https://www.nuffieldtrust.org.uk/project/x"),
        (NuffieldTrust, "https://www.nuffieldtrust.org.uk/topics/x", None),
        (KingsFund, "https://www.kingsfund.org.uk/publications/x/", "https://www.kingsfund.org.uk/publications/x"),
        (KingsFund, "https://www.kingsfund.org.uk/publications", None),
        (NuffieldTrust, "https://www.nuffieldtrust.org.uk/research/y?utm_source=z", "https://www.nuffieldtrust.org.uk/research/y"),
        (NuffieldTrust, "javascript:void(0)", None),
        (NuffieldTrust, "https://[broken/research/y", None),
    ],
)  # fmt: skip
def test_an_article_has_one_address(spider: type[SourceSpider], url: str, wanted: str | None) -> None:
    assert spider().document_url(url) == wanted


def test_the_archive_reads_what_the_spiders_kept(first: Crawl) -> None:
    line = next(line for line in first.lines("capture") if line["source"] == "bmj")
    file = first.archive.folder / line["warc_file"]
    records = list(ArchiveIterator(BytesIO(file.read_bytes())))
    # warcio's iterator leaves no record half read
    assert [record.rec_type for record in records][:3] == ["warcinfo", "metadata", "response"]
    assert first.archive.sync() == []
