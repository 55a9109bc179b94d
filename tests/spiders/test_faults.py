"""Faults, as servers have them: every run ends, says what it met, and keeps every other article."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from ipaddress import IPv6Address
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st
from scrapy.http import HtmlResponse, Response, XmlResponse
from scrapy.utils.sitemap import Sitemap

from pipeline.archive import Archive
from pipeline.errors import ConfigError, SetAside
from pipeline.readers import read
from pipeline.records import CaptureRef
from spiders.addresses import PublicResolver, is_private
from spiders.evidence import Unpacked, ends, is_challenge, unpack
from spiders.guards import retry_after
from spiders.sampleweb import faulty, serve
from spiders.sampleweb.faults import Fault, read_faults
from tests.support.fault_cases import HOSTS, Case, articles, cases, documents, odd_page, rounds
from tests.tools.fault_table import Result, crawl, crawl_round, lost

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = rounds()
NEVER = ("forbidden", "during_hold", "accounts", "strangers")
NUMBERED = [(number, case) for number, group in enumerate(ROUNDS) for case in group]


Outcomes = Callable[[str], dict[str, Result]]


def everything(data: Path) -> dict[str, Result]:
    """Every fault at once that doesn't stop its spider."""
    return crawl([fault for case in cases() if not case.stops for fault in case.plan], data)


def paced(data: Path) -> dict[str, Result]:
    """A crawl that waits 0.4 seconds between requests, and is turned away a few times."""
    sources = ["gponline", "nuffieldtrust"]
    plan = [Fault(HOSTS[source], "/robots.txt", "429", times=1, retry_after="1") for source in sources]
    plan += [Fault(HOSTS["gponline"], "/news", "status", times=1)]
    return crawl(plan, data, sources, paced=(0.4, 5))


CRAWLS: dict[str, Callable[[Path], dict[str, Result]]] = {
    **{str(number): partial(crawl_round, group) for number, group in enumerate(ROUNDS)},
    "everything": everything,
    "paced": paced,
}


@pytest.fixture(scope="session")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcomes]:
    """The outcomes of a crawl by its name; two at a time are crawled, each by one of pytest's workers."""
    base = tmp_path_factory.getbasetemp()
    folder = base.parent if base.name.startswith("popen-") else base
    with ThreadPoolExecutor(2) as pool:
        found = {name: pool.submit(once, run, folder / f"faults-{name}") for name, run in CRAWLS.items()}
        yield lambda name: found[name].result()
        pool.shutdown(cancel_futures=True)


def once(run: Callable[[Path], dict[str, Result]], folder: Path) -> dict[str, Result]:
    kept = folder.with_suffix(".json")
    with FileLock(folder.with_suffix(".lock")):
        if not kept.exists():
            results = {name: asdict(result) for name, result in run(folder).items()}
            kept.write_text(json.dumps(results), encoding="utf-8")
    return {name: Result(**fields) for name, fields in json.loads(kept.read_text("utf-8")).items()}


def refused_in(number: int, source: str) -> dict[str, str]:
    ours = [case.refused for case in ROUNDS[number] if case.source == source]
    return {path: why for refused in ours for path, why in refused.items()}


@pytest.mark.parametrize(("number", "case"), NUMBERED, ids=[case.fault for _, case in NUMBERED])
def test_a_fault_is_survived_and_said(number: int, case: Case, outcomes: Outcomes) -> None:
    result = outcomes(str(number))[case.source]
    said = "\n".join(result.said)
    assert result.run["outcome"] == ("failed" if case.stops else "finished"), said
    assert all(words in said for words in case.said), said
    assert result.run["failed"] >= case.failed
    if not case.stops:
        assert {path: result.refused.get(path) for path in lost(case, result)} == refused_in(
            number, case.source
        )
    # What is counted is there, once, and every article found came to one end.
    assert len(result.kept) == len(set(result.kept)) == result.run["kept"]
    assert result.run["discovered"] == result.run["kept"] + sum(result.run["refused"].values())
    assert not any(result.conduct[never] for never in NEVER)


def result_of(fault: str, outcomes: Outcomes) -> tuple[Case, Result]:
    number, case = next((number, case) for number, case in NUMBERED if case.fault == fault)
    return case, outcomes(str(number))[case.source]


def body(result: Result, path: str) -> tuple[Archive, CaptureRef]:
    archive = Archive(Path(result.data) / "archive")
    line = next(x for x in archive.lines() if x["type"] == "capture" and x["url"].endswith(path))
    names = CaptureRef.__dataclass_fields__
    return archive, CaptureRef(**{key: value for key, value in line.items() if key in names})


def test_a_wall_is_left_alone_after_a_few_requests(outcomes: Outcomes) -> None:
    for fault in ("403 from a bot wall", "captcha pages, nothing else"):
        case, result = result_of(fault, outcomes)
        assert lost(case, result) == set(articles(case.source))
        assert len(result.asked) < 25


def test_a_robots_txt_that_cannot_be_had_forbids_everything(outcomes: Outcomes) -> None:
    for fault in ("robots.txt answers 500", "robots.txt slow"):
        assert set(result_of(fault, outcomes)[1].asked) == {"/robots.txt"}


def test_a_listing_without_end_is_followed_to_the_limit(outcomes: Outcomes) -> None:
    for fault in ("infinite calendar", "sitemaps in a loop"):
        assert len(result_of(fault, outcomes)[1].asked) < 120


def test_a_soft_404_is_kept_and_set_aside_by_its_reader(outcomes: Outcomes) -> None:
    case, result = result_of("soft 404 (status 200)", outcomes)
    archive, ref = body(result, case.plan[0].path)
    with pytest.raises(SetAside, match="error-page"):
        read(archive.read(ref))


def test_a_page_in_another_charset_than_declared_is_kept_as_sent(outcomes: Outcomes) -> None:
    archive, ref = body(result_of("cp1252 declared as UTF-8", outcomes)[1], odd_page())
    capture = archive.read(ref)
    assert b"Caf\xe9" in capture.body
    assert capture.charset == "utf-8"


def test_with_every_fault_at_once_each_other_article_is_kept(outcomes: Outcomes) -> None:
    every = [case for case in cases() if not case.stops]
    results = outcomes("everything")
    for source, result in results.items():
        expected = {
            path: why for case in every if case.source == source for path, why in case.refused.items()
        }
        found = {path: result.refused.get(path) for path in set(articles(source)) - set(result.kept)}
        assert found == expected
        conduct = result.conduct
        assert not any(conduct[never] for never in NEVER)


def test_requests_to_a_host_keep_their_distance(outcomes: Outcomes) -> None:
    results = outcomes("paced")
    conduct = results["gponline"].conduct
    # On the server's clock, which is late at times: tests share the machine. A request never overtakes
    # the one before it, so that lateness adds one to a second's count and no more.
    assert max(conduct["rates"].values()) <= 4
    assert not conduct["during_hold"]


@pytest.mark.parametrize(
    "host",
    [
        "10.0.0.1", "127.0.0.1", "127.1", "2130706433", "0x7f000001", "169.254.169.254", "192.168.0.5",
        "172.16.3.4", "0.0.0.0", "[::1]", "[fe80::1]", "[fd00::2]", "[::ffff:10.0.0.1]", "224.0.0.1",
        "localhost", "LOCALHOST.", "db.internal", "printer.local", "100.64.0.1",
        "0.1.2.3", "192.0.0.9", "[fec0::1]", "[64:ff9b:1::808:808]", "[2001:0:808:808::1]", "127。0。0。1",
        "１２７.0.0.1", "127%2e0.0.1", "[fe80::1%25eth0]",
    ],
)  # fmt: skip
def test_private_addresses_are_known_by_all_their_names(host: str) -> None:
    assert is_private(host)


INSIDE = ("10.0.0.0/8", "127.0.0.0/8", "0.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "192.168.0.0/16")
WRAPPED = {
    "NAT64": lambda v4: int(IPv6Address("64:ff9b::")) | v4,
    "6to4": lambda v4: 0x2002 << 112 | v4 << 80,
    "mapped": lambda v4: 0xFFFF << 32 | v4,
    "compatible": lambda v4: v4,
    "translated": lambda v4: 0xFFFF << 48 | v4,
    "ISATAP": lambda v4: int(IPv6Address("2606:4700::5efe:0:0")) | v4,
}


@pytest.mark.parametrize("way", WRAPPED)
@given(network=st.sampled_from(INSIDE), data=st.data())
def test_an_address_that_embeds_a_private_one_is_private(way: str, network: str, data: st.DataObject) -> None:
    inside = data.draw(st.ip_addresses(network=network))
    assert is_private(f"[{IPv6Address(WRAPPED[way](int(inside)))}]")


@pytest.mark.parametrize(
    "host",
    [
        "www.bmj.com", "93.184.215.14", "[2606:4700::1111]", "internal.example.org", "[64:ff9b::808:808]",
        "[2002:808:808::1]", "[::ffff:8.8.8.8]",
    ],
)  # fmt: skip
def test_public_addresses_are_not_private(host: str) -> None:
    assert not is_private(host)


RESOLVE = """
import sys
from twisted.internet import reactor
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.protocol import Factory, Protocol
from spiders.addresses import PublicResolver

resolver = PublicResolver(reactor, 10, 5.0)
resolver.exception = sys.argv[3]
resolver.install_on_reactor()
endpoint = HostnameEndpoint(reactor, sys.argv[1], int(sys.argv[2]))
connected = endpoint.connect(Factory.forProtocol(Protocol))
connected.addCallbacks(lambda _: print("connected"), lambda failure: print(failure.type.__name__))
connected.addBoth(lambda _: reactor.stop())
reactor.run()
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "exception", "said"),
    [
        ("2130706433", "", "DNSLookupError"),
        ("localhost", "", "DNSLookupError"),
        ("localhost", "localhost", "connected"),
    ],
)
def test_a_name_that_stands_for_a_private_address_is_not_resolved(
    name: str, exception: str, said: str
) -> None:
    with serve(documents()) as address:
        port = address.rpartition(":")[2]
        done = subprocess.run(
            [sys.executable, "-c", RESOLVE, name, port, exception],
            cwd=ROOT, capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
    assert done.stdout.strip() == said, done.stderr


def test_the_resolver_lets_public_addresses_through() -> None:
    resolver = PublicResolver(None, 10, 5.0)  # type: ignore[arg-type]
    assert resolver._public("93.184.215.14", "www.example.org") == "93.184.215.14"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "120"}, 120.0),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:30 GMT", "Date": "Wed, 21 Oct 2015 07:28:00 GMT"}, 30.0),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"Retry-After": "99999999999999999999"}, 999999999.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "\u0663".encode()}, None),
        ({}, None),
    ],
)
def test_both_forms_of_retry_after_are_read(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(Response("https://www.bmj.com/", status=429, headers=headers)) == seconds


PROSE = b"<p>" + b"Commissioners met in public to agree the plan. " * 40 + b"</p>"


@pytest.mark.parametrize(
    ("page", "challenge"),
    [
        (faulty.CAPTCHA, True),
        (b"<html><title>Attention Required! | Cloudflare</title><p>Please complete</p></html>", True),
        (b"<html><title>BMJ</title><div id='px-captcha'></div></html>", True),
        (b"<html><title>Just a moment</title>" + PROSE + b"</html>", False),
        (
            b"<html><title>Why captcha</title>Prove you are human, they said." + PROSE + b"</html>",
            False,
        ),
        (b"<html><title>A short note</title><p>We met.</p></html>", False),
        (b"%PDF-1.4 are you a robot", False),
        (b"<html><title>x</title><script>_cf_chl_opt = '" + b"a " * 9000, True),
    ],
)
def test_a_challenge_is_a_thin_page_with_its_marks(page: bytes, challenge: bool) -> None:
    response = HtmlResponse("https://www.bmj.com/content/1", body=page)
    assert is_challenge(response, unpack(response, 10**6)) is challenge


def test_a_bomb_is_measured_and_never_unfolded() -> None:
    bomb = faulty.gzip_bomb(200)
    response = Response("https://www.bmj.com/", body=bomb, headers={"Content-Encoding": "gzip"})
    unpacked = unpack(response, 10**6)
    assert len(bomb) < 2**18
    assert 10**6 < unpacked.size < 2 * 10**6


def test_compressed_content_that_ends_early_is_not_whole() -> None:
    packed = faulty.gzip_bomb(1)[:-9]
    response = Response("https://www.bmj.com/", body=packed, headers={"Content-Encoding": "gzip"})
    assert not unpack(response, 10**8).whole


@pytest.mark.parametrize(
    ("page", "whole"),
    [
        (b"<!doctype html><html><p>cut he", False),
        (b"<html><p>all</p></html>\n", True),
        (b"%PDF-1.4 cut", False),
        (b"plain text", True),
    ],
)
def test_a_page_without_a_length_is_whole_if_it_has_its_end(page: bytes, whole: bool) -> None:
    assert ends(Response("https://www.bmj.com/"), Unpacked(page, page, len(page))) is whole


def test_parsers_do_not_unfold_entities_either() -> None:
    page = b'<?xml version="1.0"?><urlset><url><loc>https://a.example/1</loc></url></urlset>'
    bomb = faulty.with_entity_bomb(page)
    started = time.monotonic()
    found = list(Sitemap(bomb))
    texts = XmlResponse("https://a.example/", body=bomb).xpath("//loc//text() | //@*").getall()
    assert time.monotonic() - started < 2
    assert len(str(found)) + len(str(texts)) < 1000
    hostname = Path("/etc/hostname").read_text().strip() if Path("/etc/hostname").exists() else ""
    assert not hostname or hostname not in str(found) + str(texts)


def test_a_plan_of_faults_is_read_from_toml(tmp_path: Path) -> None:
    file = tmp_path / "faults.toml"
    file.write_text('[[fault]]\nhost = "www.bmj.com"\npath = "/archive"\nkind = "drip"\nseconds = 5\n')
    assert read_faults(file) == [Fault("www.bmj.com", "/archive", "drip", seconds=5.0)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[fault]]\nhost = "www.bmj.com"\npath = "/"\nkind = "dripp"\n', "did you mean 'drip'"),
        ('[[fault]]\nhost = "www.bmj.com"\nkind = "drip"\n', "'path' is missing"),
        ('fault = "drip"\n', "must hold"),
    ],
)
def test_a_plan_that_cannot_be_used_says_why(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "faults.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=said):
        read_faults(file)


def test_the_command_takes_a_plan_of_faults(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "spiders.sampleweb", "--faults", str(tmp_path / "none.toml")],
        cwd=ROOT, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "is missing" in done.stderr
