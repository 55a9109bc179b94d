"""The rights ledger: what sites say of robots and mining is kept, honoured and shown beside each document."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from scrapy.http.headers import Headers

from pipeline import config as configuration
from pipeline import flow, store
from pipeline.archive import Archive, Run, index_of
from pipeline.asking.status import as_text, status
from pipeline.config import Config
from pipeline.errors import ConfigError
from pipeline.operating import rights
from pipeline.progress import Tell
from pipeline.publishing.snapshot import publish
from pipeline.records import CaptureRef
from spiders.policies import PATHS
from spiders.sampleweb import SampleWeb, serve
from spiders.sampleweb.faults import Fault
from spiders.sampleweb.policies import RESERVED, TERMS
from spiders.sampleweb.site import Page
from spiders.tdm import AiTxt, Stated, TdmRep, of_page, reserved_by
from tests.conftest import build_all
from tests.spiders.test_spiders import Crawl, crawl
from tests.support.crawling import date_back

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("bmj", "gponline", "kingsfund", "nuffieldtrust")


@dataclass
class Ledger:
    """A published database, asked in SQL."""

    path: Path

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with store.open_published(self.path) as connection:
            return connection.execute(sql).fetchall()


def ledger_of(data: Path, settings: Path | None = None) -> Ledger:
    config = configuration.load(data, settings)
    for _ in flow.build(config, Tell(quiet=True), ("index", "read", "scope", "tally")):
        pass
    return Ledger(publish(config, Tell(quiet=True)).path)


def settings_with(folder: Path, source: str, terms: str) -> Path:
    """A config.toml whose sources.toml says something more of a source."""
    shutil.copytree(ROOT / "data" / "reference", folder / "data" / "reference")
    sources = folder / "data" / "reference" / "sources.toml"
    text = sources.read_text(encoding="utf-8").replace(f"[{source}]\n", f"[{source}]\n{terms}\n")
    sources.write_text(text, encoding="utf-8")
    file = folder / "config.toml"
    file.write_text('[crawl]\ncontact = "https://example.org/contact"\n', encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return settings_with(tmp_path_factory.mktemp("settings"), "bmj", "")


@pytest.fixture(scope="module")
def web() -> Iterator[SampleWeb]:
    web = serve()
    with web:
        yield web


@pytest.fixture(scope="module")
def crawled(web: SampleWeb, settings: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Crawl, Path]:
    data = tmp_path_factory.mktemp("rights")
    done = crawl(settings, data, web.address, *SOURCES)
    assert done.code == 0, done.stderr
    return done, data


@pytest.fixture(scope="module")
def ledger(crawled: tuple[Crawl, Path], settings: Path) -> Ledger:
    return ledger_of(crawled[1], settings)


def requests(web: SampleWeb) -> list[str]:
    return [item.host + item.target for item in web.requests]


# What is honoured.


@pytest.mark.parametrize("page", RESERVED, ids=lambda page: page.reason)
def test_a_reserved_page_is_not_kept_and_the_refusal_says_why(
    crawled: tuple[Crawl, Path], web: SampleWeb, page: Any
) -> None:
    done, _ = crawled
    assert {line["url"]: line["reason"] for line in done.lines("refused")}[page.url] == page.reason
    assert page.url not in {line["url"] for line in done.lines("capture")}
    on_the_page = page.reason.endswith(("header", "meta"))
    assert requests(web).count(page.host + page.path) == on_the_page


def test_policy_files_are_asked_for_once_per_host(crawled: tuple[Crawl, Path], web: SampleWeb) -> None:
    for path in PATHS.values():
        assert requests(web).count(f"www.gponline.com{path}") == 1


def test_every_capture_names_the_policy_files_in_force(crawled: tuple[Crawl, Path]) -> None:
    done, _ = crawled
    known = {line["capture_id"]: line for line in done.lines("policy")}
    for line in done.lines("capture"):
        host = line["url"].split("/")[2]
        files = [known[name] for name in line["policies"].split()]
        assert [file["policy"] for file in files] == list(PATHS)
        assert {file["asked"].split("/")[2] for file in files} == {host}


def test_a_policy_file_is_not_counted_as_an_article(crawled: tuple[Crawl, Path]) -> None:
    done, _ = crawled
    for source in SOURCES:
        kept = [line for line in done.lines("capture") if line["source"] == source]
        assert done.runs[source]["kept"] == len(kept)
    assert not {line["url"] for line in done.lines("capture")} & {
        line["url"] for line in done.lines("policy")
    }


def test_a_lost_index_is_rebuilt_with_its_policy_files(crawled: tuple[Crawl, Path], tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    shutil.copytree(crawled[1] / "archive", archive.folder)
    before = [line for line in archive.lines() if line["type"] == "policy"]
    for file in archive.files():
        index_of(file).unlink()
    archive.sync()
    assert [line for line in archive.lines() if line["type"] == "policy"] == before


def test_a_second_run_stores_no_policy_file_twice_and_asks_for_no_reserved_page(
    crawled: tuple[Crawl, Path], web: SampleWeb, settings: Path, tmp_path: Path
) -> None:
    shutil.copytree(crawled[1] / "archive", tmp_path / "archive")
    before = len(web.requests)
    again = crawl(settings, tmp_path, web.address, "gponline", "nuffieldtrust")
    asked = requests(web)[before:]
    assert not {page.host + page.path for page in RESERVED}.intersection(asked)
    assert again.code == 0
    lines = [line for line in again.lines("policy") if "nuffieldtrust" in line["url"]]
    assert [line["policy"] for line in lines] == [*PATHS, *PATHS]
    assert [line["capture_id"] for line in lines[:3]] == [line["capture_id"] for line in lines[3:]]
    stored = [bool(again.archive.read(ref(line)).body) for line in lines]
    assert stored == [True, True, False, False, False, False]  # there is no ai.txt


def ref(line: dict[str, Any]) -> CaptureRef:
    values = {name: line[name] for name in CaptureRef.__slots__}
    return CaptureRef(**values | {"fetched_at": datetime.fromisoformat(line["fetched_at"])})


def test_an_ai_txt_out_of_order_does_not_stop_a_crawl_and_is_recorded(settings: Path, tmp_path: Path) -> None:
    with serve(faults=[Fault("www.gponline.com", "/ai.txt", "status", code="503")]) as address:
        done = crawl(settings, tmp_path, address, "gponline")
    assert (done.code, done.runs["gponline"]["outcome"]) == (0, "finished")
    assert [line["status"] for line in done.lines("policy") if line["policy"] == "ai.txt"] == [503]


def test_a_page_served_in_the_place_of_a_policy_file_reserves_nothing(settings: Path, tmp_path: Path) -> None:
    web = serve()
    page = Page(b"<html><body>User-agent: *<br>\nDisallow: /\n</body></html>")
    web.sites["www.gponline.com"].pages |= {"/ai.txt": page, "/.well-known/tdmrep.json": page}
    with web as address:
        done = crawl(settings, tmp_path, address, "gponline")
    assert done.code == 0
    rows = ledger_of(tmp_path, settings).rows("SELECT kind, outcome FROM policy_file ORDER BY kind")
    assert rows == [("ai.txt", "unreadable"), ("robots", "found"), ("tdmrep", "unreadable")]


def test_what_never_came_is_recorded_too(tmp_path: Path, run: Run) -> None:
    archive = Archive(tmp_path)
    url = "https://www.bmj.com/robots.txt"
    with archive.writer(run) as writer:
        writer.policy("robots", url, b"", "", [], asked=url, source="bmj", outcome="timeout")
    (line,) = (line for line in archive.lines() if line["type"] == "policy")
    assert (line["status"], line["outcome"], line["source"]) == (0, "timeout", "bmj")
    (file,) = archive.files()
    index_of(file).unlink()
    archive.sync()
    assert [again for again in archive.lines() if again["type"] == "policy"] == [line]


@pytest.mark.slow
def test_with_a_permission_reserved_pages_are_kept_and_the_ledger_says_on_what_ground(
    web: SampleWeb, tmp_path: Path
) -> None:
    ground = "Licence of 3 May 2026 between us and the publisher"
    settings = settings_with(tmp_path, "gponline", f'permission = "{ground}"')
    page = next(page for page in RESERVED if page.host == "www.gponline.com")
    done = crawl(settings, tmp_path / "data", web.address, "gponline")
    assert page.url in {line["url"] for line in done.lines("capture")}
    rows = ledger_of(tmp_path / "data", settings).rows(
        "SELECT url, reserved, permission, signals FROM rights JOIN document USING (document_id) "
        "WHERE reserved"
    )
    assert rows == [(page.url, True, ground, ["tdm-reservation=1 in header"])]


# What the ledger shows.


def test_the_robots_txt_in_force_stands_beside_each_document(ledger: Ledger, web: SampleWeb) -> None:
    rows = ledger.rows(
        "SELECT DISTINCT d.source, r.robots, p.outcome, p.text FROM rights AS r "
        "JOIN document AS d USING (document_id) JOIN policy_file AS p ON p.policy_id = r.robots_file"
    )
    texts = {site.source: site.pages["/robots.txt"].body.decode() for site in web.sites.values()}
    assert sorted(rows) == sorted((source, "allowed", "found", texts[source]) for source in SOURCES)


def test_a_policy_file_that_is_missing_is_a_fact(ledger: Ledger) -> None:
    rows = ledger.rows(
        "SELECT status, outcome, text FROM policy_file WHERE host = 'www.bmj.com' AND kind = 'tdmrep'"
    )
    assert rows == [(404, "missing", None)]
    rows = ledger.rows("SELECT text FROM policy_file WHERE host LIKE '%nuffield%' AND kind = 'tdmrep'")
    assert json.loads(rows[0][0])[0]["tdm-policy"] == TERMS


def test_a_page_that_is_reserved_after_it_was_kept_is_so_in_the_ledger(
    settings: Path, tmp_path: Path
) -> None:
    web = serve()
    site = web.sites["www.gponline.com"]
    with web as address:
        crawl(settings, tmp_path, address, "gponline")
        path = next(d.path for d in site.documents)
        page = site.pages[path]
        site.pages[path] = replace(page, body=page.body + b"\n", headers=(("TDM-Reservation", "1"),))
        # As if the time had come to look at every page again.
        schedule = settings.with_name("often.toml")
        schedule.write_text(settings.read_text("utf-8") + "revisit_days = [1]\n", encoding="utf-8")
        age(tmp_path / "archive")
        crawl(schedule, tmp_path, address, "gponline")
    rows = ledger_of(tmp_path, settings).rows(
        "SELECT url, may_export, split_part(signals[1], ',', 1) FROM rights "
        "JOIN document USING (document_id) WHERE reserved"
    )
    assert rows == [(f"https://www.gponline.com{path}", "text", "tdm-reservation in header")]


def age(folder: Path) -> None:
    """Date the index lines of an archive back by a year."""
    date_back(Archive(folder), 365)


def test_what_was_imported_has_no_decision_of_robots(corpus: Config, tell: Tell) -> None:
    for _ in flow.build(corpus, tell, ("index", "read", "scope", "tally")):
        pass
    ledger = Ledger(publish(corpus, tell).path)
    rows = ledger.rows("SELECT DISTINCT access_basis, robots, robots_file, may_export, rule FROM rights")
    assert rows == [("imported by the user", "imported", None, "quotations", "no open licence")]


def test_what_is_past_its_date_has_no_text_in_the_published_file(built: Config, tell: Tell) -> None:
    bmj = replace(built.sources["bmj"], retain_until=date(2020, 1, 1), retain_days=365)
    config = replace(built, sources={**built.sources, "bmj": bmj})
    build_all(config)
    ledger = Ledger(store.published_file(config))
    (documents,) = ledger.rows(
        "SELECT count(*), count(text), count(title), min(word_count) > 0 FROM document"
    )
    assert documents == (16, 0, 16, True)
    (passages,) = ledger.rows("SELECT count(*) > 0, count(text) FROM passage")
    assert passages == (True, 0)
    rows = ledger.rows("SELECT DISTINCT retain_until, withheld, may_export, rule FROM rights")
    assert rows == [(date(2020, 1, 1), True, "metadata", "retention is over")]
    assert ledger.rows("SELECT count(*) > 0 FROM theme_trend") == [(True,)]
    assert "retention  16 documents of bmj may be kept no longer, the first since 2020-01-01" in as_text(
        status(config)
    )


def test_days_of_retention_count_from_the_fetch(corpus: Config, tell: Tell) -> None:
    bmj = replace(corpus.sources["bmj"], retain_days=365)
    config = replace(corpus, sources={**corpus.sources, "bmj": bmj})
    for _ in flow.build(config, tell, ("index", "read", "scope", "tally")):
        pass
    ledger = Ledger(publish(config, tell).path)
    rows = ledger.rows(
        "SELECT DISTINCT retain_until - fetched_at::DATE, withheld FROM rights "
        "JOIN document USING (document_id) JOIN capture USING (capture_id)"
    )
    assert rows == [(365, False)]
    assert "may be kept no longer" not in as_text(status(config))


# How signals are read.


def rep(*rules: tuple[str, Any]) -> TdmRep:
    return TdmRep.parse(json.dumps([{"location": a, "tdm-reservation": b} for a, b in rules]).encode())


def test_the_first_rule_of_a_tdmrep_json_that_matches_holds() -> None:
    rules = rep(("/open/*.html$", 0), ("/open/", 1), ("/", 1))
    said = {path: reserved_by(rules.of(f"https://x.org{path}")) for path in ("/open/a.html", "/open/a", "/b")}
    assert said == {"/open/a.html": "", "/open/a": "tdm-reservation", "/b": "tdm-reservation"}


def test_other_values_of_a_reservation_are_none_and_unmatched_paths_have_none() -> None:
    rules = rep(("/a/", 2), ("/b/", "1"), ("/c/", None))
    assert [bool(reserved_by(rules.of(f"https://x.org/{x}/1"))) for x in "abcd"] == [
        False,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize("body", [b"{}", b"<html>", b"", b"[", b"\xff\xfe"])
def test_a_tdmrep_json_that_is_none_raises(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        TdmRep.parse(body)


def test_ai_txt_is_read_as_robots_txt_is() -> None:
    rules = AiTxt.parse(b"User-Agent: *\nDisallow: *.pdf\nDisallow: /members/\nAllow: /\n")
    said = [reserved_by(rules.of(f"https://x.org{path}")) for path in ("/a.pdf", "/members/1", "/b.html")]
    assert said == ["ai.txt", "ai.txt", ""]


def header(*pairs: tuple[str, str]) -> Headers:
    headers = Headers()
    for name, value in pairs:
        headers.appendlist(name, value)
    return headers


SAID = [
    (header(("TDM-Reservation", "1")), b"", "tdm-reservation in header"),
    (header(("tdm-reservation", "yes")), b"", ""),
    (header(("X-Robots-Tag", "noindex, noai")), b"", "noai in header"),
    (header(("X-Robots-Tag", "otherbot: noai, noindex")), b"", ""),
    (header(("X-Robots-Tag", "themeshift: noai")), b"", "noai in header"),
    (header(("X-Robots-Tag", "noimageai")), b"", ""),
    (header(("X-Archive-Orig-TDM-Reservation", "1")), b"", "tdm-reservation in header"),
    (header(), b"<html><head><META content='1' NAME='TDM-Reservation'>", "tdm-reservation in meta"),
    (header(), b"<meta name=robots content='noai, noimageai'>", "noai in meta"),
    (header(), b"<!-- <meta name='tdm-reservation' content='1'> -->", ""),
    (header(), b"<p>tdm-reservation and noai are words</p>", ""),
    (header(("TDM-Reservation", "1")), b"<meta name='tdm-reservation' content='0'>", ""),
    (
        header(("TDM-Reservation", "0")),
        b"<meta name='tdm-reservation' content='1'>",
        "tdm-reservation in meta",
    ),
]


@pytest.mark.parametrize(("headers", "head", "reason"), SAID)
def test_what_a_page_says_of_mining(headers: Headers, head: bytes, reason: str) -> None:
    assert reserved_by(of_page(headers, head)) == reason


def test_a_header_overrides_the_file() -> None:
    file = [Stated("tdm-reservation", "tdmrep.json", "1")]
    assert reserved_by([*file, *of_page(header(("TDM-Reservation", "0")), b"")]) == ""


# What follows from it.


@pytest.mark.parametrize(
    ("statement", "licence"),
    [
        ("http://creativecommons.org/licenses/by-nc/4.0/", "CC BY-NC"),
        ("CC BY-NC-ND", "CC BY-NC-ND"),
        ("This is an Open Access article under CC BY 4.0", "CC BY"),
        ("https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/", "OGL"),
        ("Open Parliament Licence v3.0", "OPL"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0"),
        ("All rights reserved", None),
    ],
)
def test_licences_are_recognised_by_address_or_name(
    config: Config, statement: str, licence: str | None
) -> None:
    found = rights.load(config.rights_file).licence_of(statement)
    assert (found.name if found else None) == licence


@pytest.mark.parametrize(
    ("licensed", "reserved", "export"),
    [(True, True, "text"), (True, False, "text"), (False, True, "metadata"), (False, False, "quotations")],
)
def test_what_may_be_exported(config: Config, licensed: bool, reserved: bool, export: str) -> None:
    assert rights.load(config.rights_file).rule_for(licensed, reserved).may_export == export


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[licence]]\nname='x'\npattern='('\n", "the pattern of 'x' can't be used"),
        ("[[rule]]\nname='x'\nmay_export='all'\n", "must be one of text, quotations, metadata"),
        (
            "[[rule]]\nname='x'\nmay_export='text'\nwhen=['licensed']\n",
            "end the rules with one that asks nothing",
        ),
        ("[[rule]]\nname='x'\nmay_export='text'\nwhen=['sunny']\n", "known: licensed, reserved"),
    ],
)
def test_rules_that_cannot_be_used_say_why(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "rights.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        rights.load(tmp_path / "rights.toml")
