"""The sources that are services, and those that configuration alone makes: found, kept, and read right."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.http import HtmlResponse, Request, TextResponse
from scrapy.settings import Settings

from pipeline import config as configuration
from pipeline.config import Config
from pipeline.errors import ConfigError
from pipeline.readers.urls import normalise
from pipeline.settings import Source
from spiders import configured, describe, europepmc, libraries, nhsengland, wayback
from spiders.__main__ import main
from spiders.bmj import Bmj
from spiders.govuk import shown
from spiders.guardian import KEY, Guardian
from spiders.hansard import Hansard
from spiders.sampleweb import SampleWeb, serve
from spiders.sampleweb import hansard as hansard_site
from spiders.sampleweb.crossref import crossref
from spiders.sampleweb.documents import SampleDocument, read_documents
from spiders.sampleweb.faults import Fault
from spiders.sampleweb.press import guardian as guardian_site
from spiders.sampleweb.services import Service, words
from spiders.sampleweb.site import Page
from spiders.sampleweb.wordpress import nhsengland as wordpress
from tests.support.crawling import Crawl, crawl, write_settings
from tests.support.driving import Driven

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = read_documents()
SERVICES = ["ccgsites", "europepmc", "govuk", "hansard", "nhsengland"]
GENERAL = """
[nhsfeed]
name = "NHS England by its feed"
kind = "government"
homepage = "https://www.england.nhs.uk/"
hosts = ["www.england.nhs.uk"]
spider = "feed"
urls = ["https://www.england.nhs.uk/feed/"]
[atom]
name = "GOV.UK by its feed"
kind = "government"
homepage = "https://www.gov.uk/"
hosts = ["www.gov.uk"]
spider = "feed"
urls = ["https://www.gov.uk/search/all.atom"]
article = "/api/never"
[rdf]
name = "The BMJ by its feed"
kind = "journal"
homepage = "https://www.bmj.com/"
hosts = ["www.bmj.com"]
spider = "feed"
urls = ["https://www.bmj.com/rss/recent.xml", "https://www.bmj.com/archive"]
[maps]
name = "The King's Fund's blogs"
kind = "think tank"
homepage = "https://www.kingsfund.org.uk/"
hosts = ["www.kingsfund.org.uk"]
spider = "sitemap"
urls = ["https://www.kingsfund.org.uk/sitemap.xml"]
article = "/blog/.+"
"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_settings(tmp_path_factory.mktemp("settings"), GENERAL)


@pytest.fixture(scope="module")
def first(web: SampleWeb, settings: Path, tmp_path_factory: pytest.TempPathFactory) -> Crawl:
    names = [*SERVICES, "nhsfeed", "atom", "rdf", "maps"]
    return crawl(settings, tmp_path_factory.mktemp("sources"), web.address, *names)


# --- services --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "kept", "refused"),
    [
        ("ccgsites", 7, {}),
        ("europepmc", 9, {"http 404": 1}),
        ("govuk", 5, {"http 410": 1}),
        ("hansard", 3, {}),
        ("nhsengland", 4, {"http 404": 1}),
    ],
)
def test_what_a_service_names_is_kept_or_refused(
    first: Crawl, source: str, kept: int, refused: dict[str, int]
) -> None:
    run = first.runs[source]
    assert (run["outcome"], run["failed"]) == ("finished", 0)
    assert (run["kept"], run["refused"]) == (kept, refused)
    assert run["discovered"] == kept + sum(refused.values())


def own(source: str) -> list[SampleDocument]:
    return [document for document in DOCUMENTS if document.source == source]


@pytest.mark.parametrize(
    "wanted",
    [document for source in SERVICES for document in own(source)],
    ids=lambda d: f"{d.source}/{d.slug}",
)
def test_a_record_is_read_into_the_document_it_stands_for(first: Crawl, wanted: SampleDocument) -> None:
    document = first.documents(wanted.source)[wanted.record]
    told = (document.title, document.authors, document.published, document.genre, document.access)
    assert told == (wanted.title, wanted.authors, wanted.published, wanted.genre, wanted.access)
    assert (document.doi, document.precision) == (wanted.fields.get("doi"), wanted.precision)
    assert document.url == normalise(wanted.url)
    texts = [[item.striptags() for item in b.items] if b.kind == "ul" else [b.text] for b in wanted.blocks]
    assert document.text.split("\n\n") == [text for block in texts for text in block]


def test_open_access_states_its_licence(first: Crawl) -> None:
    rights = {document.url: document.rights for document in first.documents("europepmc").values()}
    assert (
        rights["https://europepmc.org/article/MED/39900001"] == "https://creativecommons.org/licenses/by/4.0/"
    )
    assert rights["https://europepmc.org/article/PMC/PMC9900003"] == "CC BY"
    assert rights["https://europepmc.org/article/MED/39900002"] is None


def test_an_article_of_the_bmj_is_one_document_with_its_record(first: Crawl) -> None:
    records = {document.url: document for document in first.documents("europepmc").values()}
    pages = {document.url: document for document in own("bmj")}
    both = records.keys() & pages.keys()
    assert len(both) == 5
    assert {records[url].access for url in both} == {"abstract", "metadata"}
    assert {(records[url].doi, records[url].published) for url in both} == {
        (pages[url].fields["doi"], pages[url].published) for url in both
    }


def test_a_publication_s_attachments_are_gathered(first: Crawl) -> None:
    found = {line["url"] for line in first.lines("capture", "govuk") if line["found"] == "link"}
    assert sum(url.endswith(".pdf") for url in found) == 1


def test_searches_ask_for_the_terms_in_config(web: SampleWeb, first: Crawl, config: Config) -> None:
    asked = [request.target for request in web.requests if request.host == "www.england.nhs.uk"]
    terms = {parse_qs(urlsplit(target).query)["search"][0] for target in asked if "search=" in target}
    assert terms == set(config.crawl.terms)


def test_other_terms_find_other_things(settings: Path, web: SampleWeb, tmp_path: Path) -> None:
    text = settings.read_text(encoding="utf-8").replace(
        "[reference]", 'terms = ["floor polish"]\n[reference]'
    )
    other = settings.with_name("other.toml")
    other.write_text(text, encoding="utf-8")
    done = crawl(other, tmp_path, web.address, "nhsengland")
    assert (done.code, done.runs["nhsengland"]["outcome"]) == (1, "failed")
    assert "nhsengland found no article" in done.stderr


def answered(spider: Any, body: object, url: str = "https://example.org/", **values: Any) -> list[Request]:
    """The requests that a page of a search leads to."""
    spider.settings = Settings({"THEMESHIFT": configuration.load()})
    spider.run = FakeRun()
    response = TextResponse(url, body=json.dumps(body).encode(), request=Request(url))
    return list(spider.parse_search(response, **values))


class FakeRun:
    """What a spider asks of a run when it reads a page of a search."""

    full = False
    failed = 0
    outcomes: ClassVar[dict[str, str]] = {}


# --- Hansard ---------------------------------------------------------------------------------------------


class Chamber(Service):
    """Hansard as it answers, or with lists that can't be had, give nothing, or turn no pages."""

    gone: frozenset[str] = frozenset()
    empty: frozenset[str] = frozenset()
    stuck: frozenset[str] = frozenset()
    pages_of_search = False

    def find(self, target: str) -> Page:
        parts = urlsplit(target)
        name = parts.path.removeprefix("/search/").removesuffix(".json")
        query = dict(parse_qsl(parts.query))
        if name in self.gone:
            return self.pages["404"]
        if name in self.stuck:
            target = f"{parts.path}?{urlencode(query | {'queryParameters.skip': '0'})}"
        page = Service.find(self, target)
        if name in self.empty:
            return replace(page, body=json.dumps(json.loads(page.body) | {"Results": []}).encode())
        if parts.path == "/search.json" and self.pages_of_search:
            skip, whole = int(query["queryParameters.skip"]), json.loads(page.body)
            items = hansard_site.matching(self.spoken, query)[skip : skip + hansard_site.SHOWN]
            whole["Contributions"] = hansard_site.shown(items)
            return replace(page, body=json.dumps(whole).encode())
        return page


LISTS = sorted(hansard_site.LISTS)
INDEX = st.lists(st.tuples(st.integers(1, 31), st.integers(1, 9)), max_size=40)
"""(day in January, debate) of contributions."""


def chamber(spoken: list[tuple[int, int]], written: list[tuple[int, int]], titles: list[int]) -> Chamber:
    site = Chamber("hansard", "hansard-api.parliament.uk", [])
    site.pages["404"] = Page(b"{}", status=404)

    def items(found: list[tuple[int, int]], kind: str) -> list[dict[str, Any]]:
        return [{"SittingDate": f"2014-01-{day:02}T00:00:00", "DebateSectionExtId": f"{kind}{debate}",
                 "ItemId": n, "words": "soup"} for n, (day, debate) in enumerate(found)]  # fmt: skip

    site.spoken = items(spoken, "s")
    groups = {"Contributions": site.spoken, "WrittenAnswers": items(written, "w")}
    groups["Debates"] = items([(1, title) for title in titles], "t")
    site.answers |= hansard_site.answers(groups)
    return site


def debates_of(site: Chamber) -> Driven:
    driven = Driven(Hansard())
    driven.through(site, [driven.spider.search("soup", date(2014, 1, 1), date(2014, 1, 31))])
    return driven


def named(driven: Driven) -> set[str]:
    return {url.rpartition("/")[2].removesuffix(".json") for url in driven.found}


@given(INDEX, INDEX, st.lists(st.integers(1, 99), max_size=9, unique=True), st.sets(st.sampled_from(LISTS)))
def test_every_debate_of_every_day_is_found_by_the_lists(
    spoken: list[tuple[int, int]], written: list[tuple[int, int]], titles: list[int], stuck: set[str]
) -> None:
    site = chamber(spoken, written, titles)
    # a page of a hundred holds it all, so that a list that turns no pages is no harm
    site.stuck = frozenset(stuck)
    driven = debates_of(site)
    wanted = {f"s{n}" for _, n in spoken} | {f"w{n}" for _, n in written} | {f"t{n}" for n in titles}
    assert named(driven) == wanted
    assert driven.run.failed == 0
    assert len(driven.asked) <= 1 + len(LISTS)


@given(INDEX, st.sets(st.sampled_from(LISTS)), st.sets(st.sampled_from(LISTS)))
def test_where_a_list_fails_the_search_leads_to_the_same_as_far_as_it_has_pages(
    spoken: list[tuple[int, int]], gone: set[str], empty: set[str]
) -> None:
    site = chamber(spoken, [], [])
    site.gone, site.empty, site.pages_of_search = frozenset(gone), frozenset(empty - gone), True
    driven = debates_of(site)
    assert named(driven) == {f"s{debate}" for _, debate in spoken}
    assert driven.run.failed == 0


def test_a_list_that_gives_one_page_for_all_is_asked_for_less_at_a_time() -> None:
    site = chamber([], [], [])
    days = [(1 + n // 9, n) for n in range(31 * 9)]
    items = [{"SittingDate": f"2014-01-{day:02}T00:00:00", "DebateSectionExtId": str(n), "words": "soup"}
             for day, n in days]  # fmt: skip
    site.answers |= hansard_site.answers({"Debates": items})
    driven = debates_of(site)
    assert len(named(driven)) == 31 * 9
    assert driven.run.failed == 0


@pytest.mark.parametrize("way", ["gone", "empty"])
def test_titles_that_cannot_be_listed_cost_nothing_and_are_no_failure(way: str) -> None:
    site = chamber([(1, 1)], [], list(range(90)))
    setattr(site, way, frozenset(("debates", "petitions")))
    driven = debates_of(site)
    assert "s1" in named(driven)
    assert (driven.run.failed, len(driven.asked)) == (0, 2)


def test_pages_of_a_list_are_turned_by_what_was_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hansard_site, "MOST", 7)
    driven = debates_of(chamber([(n % 31 + 1, n) for n in range(50)], [], []))
    assert len(named(driven)) == 50
    assert len(driven.asked) == 1 + 8


def test_a_total_that_is_not_reached_is_said(caplog: pytest.LogCaptureFixture) -> None:
    site = chamber([(2, debate) for debate in range(9)], [], [])
    site.empty = frozenset(LISTS)
    driven = debates_of(site)
    assert len(named(driven)) == 4
    assert driven.run.failed == 1
    assert '"soup" on 2014-01-02, spoken: the search shows 4 of 9 results' in caplog.text


def test_a_cover_that_only_shows_its_attachments_leads_to_them() -> None:
    assets = "https://assets.publishing.service.gov.uk"
    card = (
        '<section><a class="x" href="/government/publications/a/notes">Notes</a>'
        f'<a href="{assets}/b/plan.pdf">Plan</a><a href="/government/uploads/c/old.pdf">Old</a>'
        '<a href="/contact">Ask</a><a href="mailto:a@example.org">Write</a></section>'
    )
    page = {"base_path": "/government/publications/a", "details": {"documents": [card]}}
    assert shown(page) == [
        "https://www.gov.uk/api/content/government/publications/a/notes",
        f"{assets}/b/plan.pdf",
        f"{assets}/government/uploads/c/old.pdf",
    ]
    assert shown({"details": {"documents": "none"}}) == shown(None) == []


def test_an_answer_that_is_no_json_is_counted_and_said(caplog: pytest.LogCaptureFixture) -> None:
    spider = Hansard()
    assert answered(spider, ["no object"], term="x", first=date.min, last=date.max, skip=0) == []
    assert spider.run.failed == 1
    assert "did not answer with an object in JSON" in caplog.text


@pytest.mark.parametrize("cursor", [{}, {"nextCursorMark": "*"}])
def test_the_last_page_of_europe_pmc_has_no_cursor_or_its_own_again(cursor: dict[str, str]) -> None:
    answer = {"request": {"queryString": "q", "cursorMark": "*"}, **cursor}
    assert europepmc.next_page(answer, [1]) == ""


# --- the Guardian, which needs a key ---------------------------------------------------------------------

SECRET = "a-key-that-nobody-may-see"


class Keyed(BaseHTTPRequestHandler):
    """The Guardian's replica, which answers only who shows the key, and notes what it saw."""

    site = guardian_site(own("guardian"))
    seen: ClassVar[list[tuple[str, str]]] = []

    def do_GET(self) -> None:
        key = self.headers.get("api-key", "")
        self.seen.append((self.path, key))
        allowed = key == SECRET or self.path == "/robots.txt"
        page = self.site.find(self.path) if allowed else self.site.pages["404"]
        self.send_response(page.status if allowed else 401)
        self.send_header("Content-Type", page.media_type)
        self.send_header("Content-Length", str(len(page.body)))
        self.end_headers()
        self.wfile.write(page.body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def guardian(settings: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawl]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Keyed)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    address = f"127.0.0.1:{server.server_address[1]}"
    data = tmp_path_factory.mktemp("guardian")
    yield crawl(settings, data, address, "guardian", GUARDIAN_API_KEY=SECRET)
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_guardian_is_read_with_a_key(guardian: Crawl) -> None:
    run = guardian.runs["guardian"]
    assert (run["outcome"], run["kept"], run["refused"]) == ("finished", 2, {})
    found = {
        d.url: (d.title, d.authors, d.published, d.genre) for d in guardian.documents("guardian").values()
    }
    assert found == {d.url: (d.title, d.authors, d.published, d.genre) for d in own("guardian")}
    assert {key for path, key in Keyed.seen if path != "/robots.txt"} == {SECRET}


def test_the_key_is_nowhere_but_on_the_wire(guardian: Crawl) -> None:
    assert not any(SECRET in path for path, _ in Keyed.seen)
    files = [file for file in guardian.data.rglob("*") if file.is_file()]
    assert any(file.suffix == ".log" for file in files)
    assert any(file.suffix == ".gz" for file in files)
    for file in files:
        assert SECRET.encode() not in unzipped(file), file
    assert SECRET not in guardian.stderr


def unzipped(file: Path) -> bytes:
    import gzip

    body = file.read_bytes()
    return gzip.decompress(body) if file.suffix == ".gz" else body


@pytest.mark.slow
def test_without_a_key_the_guardian_is_bad_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.delenv(KEY, raising=False)
    assert main(["--data", str(tmp_path), "--connect-to", "127.0.0.1:9", "guardian"]) == 2
    said = capsys.readouterr().err
    assert "GUARDIAN_API_KEY" in said
    assert len(said.splitlines()) == 1
    assert Guardian.lacks()


# --- The BMJ when its site refuses -----------------------------------------------------------------------

WALLS = [
    (Fault("www.bmj.com", "/rss*", "status", code="403"), "http 403"),
    (Fault("www.bmj.com", "/robots.txt", "status", code="503"), "robots.txt unavailable"),
]


@pytest.mark.parametrize(("fault", "why"), WALLS, ids=[why for _, why in WALLS])
def test_where_the_bmj_refuses_its_articles_are_known_by_their_records(
    settings: Path, tmp_path: Path, fault: Fault, why: str
) -> None:
    web = serve(faults=[fault])
    with web as address:
        done = crawl(settings, tmp_path, address, "bmj")
    run = done.runs["bmj"]
    assert run["outcome"] == "finished"
    assert run["discovered"] == run["kept"] > 5
    assert f"the site refuses ({why}); going by Europe PMC and Crossref" in done.stderr
    asked = [request.target for request in web.requests if request.host == "www.bmj.com"]
    assert set(asked) <= {"/robots.txt", "/rss/recent.xml"}
    documents = done.documents("bmj").values()
    assert {document.access for document in documents} <= {"abstract", "metadata"}
    pages = {document.url: document for document in own("bmj")}
    assert {document.url for document in documents} <= pages.keys()
    assert len({document.doi for document in documents}) == len(documents)
    # whatever of the day a record states, and wherever
    told = {
        (document.url, document.published, document.precision, document.authors) for document in documents
    }
    assert told <= {(url, page.published, "day", page.authors) for url, page in pages.items()}


def test_a_work_is_to_the_point_if_it_has_the_word_that_all_terms_share() -> None:
    spider = libraries.LibrarySpider("any")
    spider.settings = Settings({"THEMESHIFT": configuration.load()})
    assert spider.to_the_point({"title": ["Commissioning in the valley"]})
    assert spider.to_the_point({"title": [], "abstract": "<jats:p>On commissioning.</jats:p>"})
    assert not spider.to_the_point({"title": ["Beans in groups"]})


def crossref_works(monkeypatch: pytest.MonkeyPatch, rows: int) -> Driven:
    """The BMJ's spider at Crossref, `rows` works a page."""
    monkeypatch.setattr(libraries, "PAGE", rows)
    driven = Driven(Bmj())
    list(driven.spider.by_libraries("a wall"))
    driven.through(crossref(own("bmj")), driven.spider.by_crossref())
    return driven


@pytest.mark.parametrize("rows", [1, 3, 100])
def test_crossref_is_read_page_by_page_though_its_cursor_never_changes(
    monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(Bmj, "to_the_point", lambda *_: True)
    paged = crossref_works(monkeypatch, rows)
    asked = {word for term in configuration.load().crawl.terms for word in term.casefold().split()}
    wanted = [document for document in own("bmj") if any(word in words(document) for word in asked)]
    assert len(wanted) > 20
    assert {url.partition("/works/")[2] for url in paged.found} == {d.fields["doi"] for d in wanted}
    assert paged.run.failed == 0


def test_what_is_not_to_the_point_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    found = crossref_works(monkeypatch, 100).found
    assert found
    assert not any("bmj.x9" in url for url in found)  # a correction without a subject, a work untitled


def test_the_replica_of_crossref_refuses_what_crossref_refuses() -> None:
    site = crossref(own("bmj"))
    works = "/journals/1756-1833/works"
    for asked in ("rows=1001", "page=2", "filter=before:2010", "cursor=a+b"):
        page = site.find(f"{works}?{asked}")
        assert page.status == 400, asked
        assert json.loads(page.body)["message-type"] == "validation-failure"
    assert site.find("/works/10.1136/none").body.startswith(b"Resource not found.")
    first = json.loads(site.find(f"{works}?cursor=*&rows=2").body)["message"]
    assert (first["items-per-page"], len(first["items"])) == (2, 2)
    assert first["total-results"] == len(own("bmj")) + 2


# --- NHS England's WordPress ------------------------------------------------------------------------------


def posts(monkeypatch: pytest.MonkeyPatch, size: int, site: Any = None, since: str = "2011-01-01") -> Driven:
    """NHS England's spider, `size` posts a page."""
    monkeypatch.setattr(nhsengland, "PAGE", size)
    monkeypatch.setattr(nhsengland.NhsEngland, "since", since)
    driven = Driven(nhsengland.NhsEngland())
    terms = driven.spider.terms
    driven.through(site or wordpress(own("nhsengland")), [driven.spider.search(term, 1) for term in terms])
    return driven


@pytest.mark.parametrize("size", [1, 2, 100])
def test_all_pages_of_a_wordpress_site_are_read(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    driven = posts(monkeypatch, size)
    keys = [urlsplit(url).path.rpartition("/")[2] for url in driven.found]
    assert sorted(keys) == ["990011", "990012", "990013", "990015", "990016"]
    assert driven.run.failed == 0


def test_a_post_of_the_first_moment_of_interest_is_of_interest(monkeypatch: pytest.MonkeyPatch) -> None:
    first = next(document for document in own("nhsengland") if document.slug.endswith("ready-to-take-over"))
    site = wordpress([replace(first, fields=first.fields | {"minute": 0})])
    assert posts(monkeypatch, 100, site, since=first.when).found


class Behind(Service):
    """WordPress behind a cache that drops its headers, or whose posts vanish while they are read."""

    def find(self, target: str) -> Page:
        page = Service.find(self, target)
        return replace(page, headers=())


def test_where_no_header_tells_how_many_pages_there_are_a_full_one_has_another_behind_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site = wordpress(own("nhsengland"))
    bare = Behind(site.source, site.host, site.documents, pages=site.pages, answers=site.answers)
    driven = posts(monkeypatch, 1, bare)
    assert sorted(driven.found) == sorted(posts(monkeypatch, 100).found)
    # the page behind the last one is an error by design, and none of ours
    assert driven.run.failed == 0


def test_any_other_error_of_a_listing_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert posts(monkeypatch, 101).run.failed == len(configuration.load().crawl.terms)
    assert "no articles from" in caplog.text


# --- general spiders -------------------------------------------------------------------------------------


def test_a_feed_is_followed_whatever_its_kind(first: Crawl) -> None:
    found = {line["url"] for line in first.lines("capture", "nhsfeed")}
    assert found == {document.url for document in own("nhsengland")}
    found = {line["url"].removesuffix("?rss=1") for line in first.lines("capture", "rdf")}
    assert len(found) == 5
    assert found < {document.url for document in own("bmj")}


def test_a_page_that_is_no_feed_is_counted_and_said(first: Crawl) -> None:
    assert first.runs["rdf"]["failed"] == 1
    assert "rdf: https://www.bmj.com/archive is no feed" in first.stderr


def test_only_paths_that_fit_are_articles(first: Crawl) -> None:
    assert first.runs["atom"]["discovered"] == 0
    assert "atom found no article" in first.stderr
    found = {line["url"] for line in first.lines("capture", "maps")}
    assert found == {d.url for d in own("kingsfund") if urlsplit(d.url).path.startswith("/blog/")}


def test_atom_names_the_page_among_several_links() -> None:
    spider = made("feed", ["https://www.gov.uk/search/all.atom"], "www.gov.uk")
    body = (
        b'<feed xmlns="http://www.w3.org/2005/Atom"><link rel="next" href="?page=2"/><entry>'
        b'<link rel="alternate" href="/a"/><link rel="edit" href="/b"/></entry></feed>'
    )
    taken: list[str] = []
    spider.documents = lambda response, links, found, dates: iter(taken.extend(links) or ())
    spider.run = FakeRun()
    response = HtmlResponse("https://www.gov.uk/search/all.atom", body=body)
    (following,) = spider.parse(response)
    assert taken == ["https://www.gov.uk/a"]
    assert following.url == "https://www.gov.uk/search/all.atom?page=2"


def made(spider: str, urls: list[str], *hosts: str, **keys: Any) -> Any:
    source = Source("x", "X", "news", "https://x.org/", hosts, spider=spider, urls=tuple(urls), **keys)
    return configured.spider_of(source)()


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"spider": "feeds", "urls": ("a",)}, "unknown spider 'feeds'; did you mean 'feed'"),
        ({"spider": "feed"}, "needs `urls`"),
        ({"spider": "feed", "urls": ("a",), "article": "("}, "is no pattern"),
        ({"spider": "wayback", "urls": ("a",), "captures": "often"}, "captures must be one of once, year"),
    ],
)
def test_a_table_that_no_spider_can_work_by_is_refused(table: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        configured.spider_of(Source("x", "X", "news", "https://x.org/", ("x.org",), **table))


def test_without_a_table_there_is_no_general_spider(config: Config) -> None:
    alone = Config(config.root, config.data, sources={"bmj": config.sources["bmj"]})
    assert not configured.declare(alone)
    assert configured.declare(config)


# --- web archives ----------------------------------------------------------------------------------------

TABLE = [
    ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest"],
    ["uk,x)/a", "20130101000000", "http://x.uk:80/a", "text/html", "200", "AAA"],
    ["uk,x)/a", "20140101000000", "http://x.uk/a", "text/html", "200", "BBB"],
    [],
    ["uk,x)/b 2014"],
]


def test_both_kinds_of_index_are_read() -> None:
    rows, key = wayback.read_index(json.dumps(TABLE).encode())
    assert [row.original for row in rows] == ["http://x.uk/a", "http://x.uk/a"]
    assert key == "uk,x)/b 2014"
    line = b'{"urlkey":"uk,x)/a","timestamp":"20130101000000","url":"https://x.uk/a","mime":"text/html","status":"200"}'
    assert wayback.read_index(line + b"\n" + line)[0][1].original == "https://x.uk/a"
    assert wayback.read_index(b"[]") == ([], "")
    assert wayback.read_index(b"") == ([], "")


@pytest.mark.parametrize(("captures", "taken"), [("once", 1), ("year", 2), ("month", 2), ("change", 2)])
def test_so_many_states_of_a_page_are_taken_as_the_table_says(captures: str, taken: int) -> None:
    spider = made("wayback", ["x.uk/*"], "x.uk", captures=captures)
    spider.taken = set()
    rows, _ = wayback.read_index(json.dumps(TABLE).encode())
    assert sum(spider.wanted(row) for row in rows) == taken
    assert not spider.wanted(rows[0]), "the other archive has the same state"


def test_redirects_errors_and_pictures_are_no_captures_of_a_page() -> None:
    spider = made("wayback", ["x.uk/*"], "x.uk")
    spider.taken = set()
    row = wayback.CdxRow("k", "20130101000000", "http://x.uk/a", "text/html", "200", "A")
    others = [
        row._replace(statuscode="301"),
        row._replace(statuscode="-"),
        row._replace(mimetype="image/png"),
    ]
    assert not any(map(spider.wanted, others))
    assert spider.wanted(row)


# --- what is declared ------------------------------------------------------------------------------------


def test_the_page_on_the_sources_is_fresh(config: Config) -> None:
    page = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    assert page == describe.describe(configuration.load()), "docs/sources.md is stale: make docs"


def test_every_source_declares_what_a_librarian_asks(config: Config) -> None:
    for source in config.sources.values():
        assert source.rights, source.source
        assert source.covers, source.source
        assert source.since, source.source
        assert source.homepage.startswith("https://"), source.source


def test_a_slower_pace_is_kept() -> None:
    from spiders.bmj import Bmj

    settings = Settings({"THEMESHIFT": configuration.load(), "DOWNLOAD_DELAY": 3.0})
    Bmj.update_settings(settings)
    assert settings.getfloat("DOWNLOAD_DELAY") == 10.0
