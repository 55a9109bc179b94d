"""The faults that the spiders must survive, as plans for the sample web, and what must come of each."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

from spiders.sampleweb.documents import DOCUMENTS, read_documents
from spiders.sampleweb.faults import Fault

HOSTS = {
    "bmj": "www.bmj.com",
    "gponline": "www.gponline.com",
    "kar": "kar.kent.ac.uk",
    "kingsfund": "www.kingsfund.org.uk",
    "nuffieldtrust": "www.nuffieldtrust.org.uk",
}
DOCUMENTS_EACH = 14
PAGES = 30
LIMITS = f"timeout = 2.5\nmax_wait = 5.0\nmax_megabytes = 1\nmax_listing_pages = {PAGES}\nmax_depth = 12\n"
RESUMED = "/cgi/oai2?verb=ListRecords&resumptionToken*"
NEWS = "/uk/news/news?category=News"


@dataclass(frozen=True)
class Case:
    """Faults at one source, and what must come of them.

    `refused` maps the path of an article to the reason for which it isn't kept; all others must be kept,
    unless the run `stops`. `said` must be on stderr.
    """

    fault: str
    source: str
    plan: tuple[Fault, ...]
    refused: dict[str, str] = field(default_factory=dict)
    said: tuple[str, ...] = ()
    failed: int = 0
    stops: bool = False
    single: bool = False  # at one article's page: others may be served beside it


@cache
def documents() -> Path:
    """A folder with some sample documents of these five sources, to build a small web of them alone."""
    folder = Path(tempfile.mkdtemp(prefix="themeshift-faults-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for source in HOSTS:
        (folder / source).mkdir()
        for file in sorted((DOCUMENTS / source).glob("*.md"))[:DOCUMENTS_EACH]:
            (folder / source / file.name).symlink_to(file)
    return folder


@cache
def articles(source: str) -> list[str]:
    """The paths of a source's sample documents, newest first; not of a report, which has a PDF beside it."""
    found = [d for d in read_documents(documents()) if d.source == source and d.genre != "report"]
    return [document.path for document in found]


def at(source: str, path: str, kind: str, **more: Any) -> Fault:
    """A fault at a source's host."""
    return Fault(HOSTS[source], path, kind, **more)


def on_article(fault: str, source: str, number: int, kind: str, reason: str = "", **more: Any) -> Case:
    """A case on one of a source's articles; with `reason`, the only one that isn't kept."""
    path = articles(source)[number]
    refused = {path: reason} if reason else {}
    return Case(fault, source, (at(source, path, kind, **more),), refused, single=True)


def cases() -> list[Case]:
    """Every fault. Those that don't stop the spider are at pages of their own: they can come all at once."""
    return [*_turned_away(), *_out_of_order(), *_on_the_wire(), *_redirects(), *_pages(), *_robots(), *_xml()]


def _turned_away() -> Iterator[Case]:
    yield on_article("429 with Retry-After in seconds", "gponline", 1, "429", times=1, retry_after="2")
    yield on_article("429 with Retry-After as a date", "kar", 1, "429", times=1, retry_after="date:1")
    plan = (at("nuffieldtrust", "/research*", "429", times=2, retry_after="1"),)
    yield Case("429 with Retry-After, twice on listings", "nuffieldtrust", plan)
    plan = (at("bmj", articles("bmj")[1], "429", retry_after="3600"),)
    yield Case("429 with a Retry-After of an hour", "bmj", plan, stops=True, said=("crawl.max_wait",))
    wall = ("turned us away 3 times and gave no article",)
    plan = tuple(at("kingsfund", path, "429") for path in articles("kingsfund"))
    yield Case("429 without Retry-After, again and again", "kingsfund", plan, stops=True, said=wall)
    plan = (at("kar", "/9*", "403"),)
    yield Case("403 from a bot wall", "kar", plan, stops=True, said=wall)
    yield on_article("captcha page with status 200", "gponline", 2, "captcha", "captcha")
    wall = ("asked 3 times for proof",)
    plan = (at("bmj", "/content*", "captcha"),)
    yield Case("captcha pages, nothing else", "bmj", plan, stops=True, said=wall)
    plan = (at("bmj", NEWS, "captcha"),)
    yield Case("captcha in place of a listing", "bmj", plan, failed=1, said=("captcha",))


def _out_of_order() -> Iterator[Case]:
    plan = (at("bmj", "/content*", "status", code="503", times=5),)
    yield Case("burst of five 503", "bmj", plan)
    yield on_article("500 on one page, always", "nuffieldtrust", 1, "status", "http 500", code="500")
    plan = (at("kingsfund", "/publications/*", "status", code="502"), at("kingsfund", "/blog/*", "status"))
    yield Case(
        "502 and 503 on every page", "kingsfund", plan, stops=True, said=("20 requests in a row failed",)
    )
    plan = (at("gponline", "/news", "status", times=2, retry_after="1"),)
    yield Case("503 with Retry-After on the listing", "gponline", plan)


def _on_the_wire() -> Iterator[Case]:
    yield on_article("slow drip", "gponline", 3, "drip", "timeout", seconds=30)
    yield on_article("reset in mid-body, always", "nuffieldtrust", 2, "reset", "incomplete")
    yield on_article("reset in mid-body, once", "kar", 2, "reset", times=1)
    yield on_article("Content-Length too long", "bmj", 3, "length too long", "incomplete")
    yield on_article("Content-Length too short", "kingsfund", 1, "length too short", "incomplete")
    yield on_article("gzip bomb, 200 MB", "bmj", 4, "gzip bomb", "too large", megabytes=200)
    yield on_article("page of 50 MB", "gponline", 4, "huge page", "too large")


def _redirects() -> Iterator[Case]:
    there = f"http://{HOSTS['gponline']}{articles('gponline')[5]}"
    yield on_article("redirect loop", "gponline", 5, "redirect", "redirect loop", location=there)
    there = "https://www.example.org/elsewhere"
    yield on_article("redirect off the site", "bmj", 5, "redirect", "off-site", location=there)
    private = ("http://10.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://127.0.0.1:22/")
    paths = articles("kingsfund")[2:5]
    plan = tuple(
        at("kingsfund", path, "redirect", location=there) for path, there in zip(paths, private, strict=True)
    )
    refused = dict.fromkeys(paths, "private address")
    yield Case("redirects to private addresses", "kingsfund", plan, refused)


def _pages() -> Iterator[Case]:
    plan = (at("nuffieldtrust", "/research", "twins"), at("nuffieldtrust", "/resource", "twins"))
    yield Case("http, https and www twins; relative links", "nuffieldtrust", plan)
    plan = (at("gponline", "/news?page=1", "wrong charset"), at("gponline", odd_page(), "wrong charset"))
    yield Case("cp1252 declared as UTF-8", "gponline", plan)
    yield on_article("soft 404 (status 200)", "nuffieldtrust", 3, "soft 404")
    plan = (at("gponline", "/news*", "endless listing"),)
    said = (f"goes on after {PAGES} pages",)
    yield Case("infinite calendar", "gponline", plan, failed=1, said=said)


def odd_page() -> str:
    """The path of the article that is not in UTF-8."""
    return articles("gponline")[6]


def _robots() -> Iterator[Case]:
    yield Case("robots.txt missing", "kar", (at("kar", "/robots.txt", "status", code="404"),))
    said = ("robots.txt unavailable",)
    plan = (at("gponline", "/robots.txt", "status", code="500"),)
    yield Case("robots.txt answers 500", "gponline", plan, failed=1, stops=True, said=said)
    plan = (at("nuffieldtrust", "/robots.txt", "stall", seconds=5),)
    yield Case("robots.txt slow", "nuffieldtrust", plan, failed=3, stops=True, said=said)
    plan = (at("nuffieldtrust", "/robots.txt", "429", times=1, retry_after="1"),)
    yield Case("robots.txt answers 429, once", "nuffieldtrust", plan)
    plan = (at("nuffieldtrust", "/robots.txt", "huge robots", megabytes=10),)
    said = ("its first 500 kB are obeyed",)
    yield Case("robots.txt of 10 MB, ending in Allow: /", "nuffieldtrust", plan, said=said)


def _xml() -> Iterator[Case]:
    plan = (at("kar", RESUMED, "oai error", code="badResumptionToken"),)
    said = ("badResumptionToken); going by the sitemap",)
    yield Case("expired resumption token", "kar", plan, said=said)
    plan = (at("kar", RESUMED, "status", code="500"),)
    yield Case("OAI answers 500 in mid-list", "kar", plan, said=("http 500); going by the sitemap",))
    plan = (at("kar", "/cgi/oai2*", "entity bomb"),)
    yield Case("entity bomb in OAI-PMH", "kar", plan, said=("declares XML entities",))
    plan = (at("kingsfund", "/sitemap.xml", "entity bomb"),)
    yield Case("entity bomb in a sitemap", "kingsfund", plan, said=("declares XML entities",))
    plan = (at("bmj", "/rss/recent.xml", "entity bomb"),)
    yield Case("entity bomb in a feed", "bmj", plan, failed=1, said=("declares XML entities",))
    plan = (at("kingsfund", "/sitemap.xml", "sitemap loop"),)
    said = (f"goes on after {PAGES} pages",)
    yield Case("sitemaps in a loop", "kingsfund", plan, failed=1, said=said)


def rounds() -> list[list[Case]]:
    """The cases in as few rounds as it takes, each source once in a round; in the last, all single pages."""
    single = [case for case in cases() if case.single]
    queues = [[case for case in cases() if case.source == source and not case.single] for source in HOSTS]
    return [*([case for case in group if case] for group in zip_longest(*queues)), single]
