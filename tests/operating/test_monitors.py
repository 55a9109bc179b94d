"""Monitors: each fires on its fault, is silent on an ordinary crawl, and is shown until it is answered."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_string, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pipeline import config as configuration
from pipeline import flow, store
from pipeline.archive import Archive, Run
from pipeline.asking.status import failing, failing_check
from pipeline.cli import cli
from pipeline.config import Config
from pipeline.errors import ConfigError, InputError
from pipeline.operating.failed_checks import Answers, Check, answer, rose
from pipeline.operating.notify import notify
from pipeline.progress import Tell
from pipeline.publishing.snapshot import publish
from pipeline.settings import Monitors, Notify
from pipeline.stages.check import SUMS, compare
from spiders import figures
from spiders.figures import Seen
from spiders.sampleweb import serve
from tests.conftest import ROOT
from tests.support import crawling

WORDS = "The commissioning group met in public and the board heard what members had to say about it. " * 12
Crawled = tuple[int, dict[str, dict[str, Any]]]


# The functions that compare, on figures made up


def run_of(listed: int = 100, **figures: Any) -> dict[str, Any]:
    usual = {"tried": 100, "refused": {}, "failed": 0, "unavailable": [], "requests": 110, "seconds": 440.0}
    rest = {
        "bytes": 5_000_000,
        "limited": False,
        "partial": False,
        "listings": {"x.org/news?page": [10, 100]},
    }
    return {"listed": listed, **usual, **rest, **figures}


USUAL = [run_of(), run_of(104), run_of(97, refused={"http 404": 3})]


def seen(now: dict[str, Any], before: list[dict[str, Any]] | None = None, **limits: Any) -> Seen:
    earlier = USUAL if before is None else before
    return Seen(now, lambda check: earlier, Monitors(**limits), "r1", "https://x.org/news")


def failed(now: dict[str, Any], before: list[dict[str, Any]] | None = None, **limits: Any) -> list[str]:
    checks = (figures.articles, figures.layout, figures.listings, figures.refused, figures.pace, figures.size)
    found = [check(seen(now, before, **limits)) for check in checks]
    return [check.name for check in found if check]


@pytest.mark.parametrize(
    ("now", "names"),
    [
        (run_of(), []),
        (run_of(60, listings={"x.org/news?page": [6, 60]}), []),
        (run_of(0), ["articles"]),
        (run_of(40), ["articles"]),
        (run_of(40, limited=True), []),
        (run_of(3, partial=True), []),
        (run_of(listings={"x.org/news?page": [10, 0]}), ["layout"]),
        (run_of(listings={"x.org/other": [10, 0]}), []),
        (run_of(failed=1), ["listings"]),
        (run_of(refused={"robots": 30}), ["refused"]),
        (run_of(refused={"http 404": 12}), []),
        (run_of(refused={"page limit": 60}), []),
        (run_of(refused={"http 403": 3}), ["refused"]),
        (run_of(refused={"captcha": 3}), ["refused"]),
        (run_of(refused={"timeout": 4}), []),
        (run_of(tried=5, refused={"timeout": 5}), ["refused"]),
        (run_of(seconds=1500.0), ["pace"]),
        (run_of(seconds=1000.0), []),
        (run_of(requests=2, seconds=100.0), []),
        (run_of(bytes=90_000_000), ["bytes"]),
        (run_of(bytes=20_000_000), []),
    ],
)
def test_what_differs_too_much_and_nothing_else_fails(now: dict[str, Any], names: list[str]) -> None:
    assert failed(now) == names


def test_a_first_run_is_judged_by_good_sense_alone() -> None:
    assert failed(run_of(0, failed=4, bytes=10**10, listings={"x.org/news": [1, 0]}), []) == []
    assert failed(run_of(10, tried=10, refused={"robots": 9}), []) == ["refused"]
    assert failed(run_of(4, tried=4, refused={"robots": 4}), []) == []


def test_few_articles_that_chance_explains_are_no_alarm() -> None:
    assert failed(run_of(2), [run_of(8)]) == []
    assert failed(run_of(0), [run_of(8)]) == ["articles"]
    assert failed(run_of(0), [run_of(4)]) == []


def test_the_leading_reason_is_named() -> None:
    check = figures.refused(seen(run_of(refused={"http 403": 20, "http 429": 9, "robots": 5})))
    assert check
    assert check.seen.startswith("34 of 100 (34%), most of all bans: 20 http 403, 9 http 429, 5 robots")


def test_a_share_has_risen_only_beyond_chance() -> None:
    assert rose(12, 12, 0, 40, 0.2)
    assert not rose(2, 4, 1, 4, 0.2)
    assert not rose(20, 100, 15, 100, 0.2)
    assert not rose(5, 5, 0, 0, 0.2)


def test_thresholds_hold_for_one_source_where_they_are_given_so(tmp_path: Path) -> None:
    sources = (ROOT / "data" / "reference" / "sources.toml").as_posix()
    file = tmp_path / "config.toml"
    reference = f'[reference]\nsources = "{sources}"\n'
    file.write_text(f'[monitors]\nfew = 0.3\n[monitors.bmj]\noff = ["pace"]\n{reference}', encoding="utf-8")
    config = configuration.load(tmp_path, file)
    assert (config.monitors_of("bmj").few, config.monitors_of("bmj").off) == (0.3, ("pace",))
    assert config.monitors_of("kar") == Monitors(few=0.3)
    file.write_text(f"[monitors.bmjj]\nfew = 0.3\n{reference}", encoding="utf-8")
    with pytest.raises(ConfigError, match="did you mean 'bmj'"):
        configuration.load(tmp_path, file)


# Crawls of sites with faults


class Sites:
    """Five small sites over HTTP; `faults` says what is wrong with which."""

    def __init__(self) -> None:
        self.faults: dict[str, str] = {}
        self.news = 0  # so many of the ten stories of each listing are new
        sites = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                status, body = sites.answer(self.headers["Host"], self.path)
                self.send_response(status)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_address[1]}"

    def answer(self, host: str, path: str) -> tuple[int, bytes]:
        fault = self.faults.get(host, "")
        sleep(0.25 if fault == "slow" else 0)
        if path == "/robots.txt":
            return 200, b"User-agent: *\nDisallow: /research/\n" if fault == "robots" else b""
        page = path.partition("?")[0]
        if page in LISTINGS[host]:
            if fault == "listings" and page != LISTINGS[host][-1]:
                return 404, b""
            number, links = LISTINGS[host].index(page), LINKS[host]
            links = "/stories/{}" if fault == "layout" else links
            made = [links.format(100 * number + n) for n in range(self.news, self.news + 10)]
            if page == "/sitemap.xml":
                return 200, f"<urlset>{''.join(f'<url><loc>{u}</loc></url>' for u in made)}</urlset>".encode()
            return 200, "".join(f'<a href="{url}">story</a>' for url in made).encode()
        if page.startswith(LINKS[host].partition("{")[0].removeprefix(f"https://{host}")):
            body = article(f"Story {page}", padding=200_000 if fault == "huge" else 0)
            return (403, b"Are you human?") if fault == "wall" else (200, body)
        return 404, b""


LISTINGS = {
    "www.gponline.com": ["/news"],
    "www.nuffieldtrust.org.uk": ["/research", "/resource", "/news-item"],
    "www.kingsfund.org.uk": ["/publications", "/blog", "/press/press-releases"],
    "www.bmj.com": ["/uk/news/editorial"],
    "kar.kent.ac.uk": ["/sitemap.xml"],
}
LINKS = {
    "www.gponline.com": "/story/article/{}",
    "www.nuffieldtrust.org.uk": "/research/story-{}",
    "www.kingsfund.org.uk": "/publications/story-{}",
    "www.bmj.com": "/content/350/bmj.h{}",
    "kar.kent.ac.uk": "https://kar.kent.ac.uk/{}/",
}


def article(title: str, date: str = "2014-05-06", author: str = "Jo Bloggs", padding: int = 0) -> bytes:
    meta = f'<meta property="article:published_time" content="{date}">' if date else ""
    meta += f'<meta name="citation_author" content="{author}">' if author else ""
    body = "".join(f"<p>{WORDS}</p>" for _ in range(2))
    return (
        f"<html><head><title>{title}</title>{meta}</head><body><article><h1>{title}</h1>{body}</article>"
        f"<!--{' ' * padding}--></body></html>"
    ).encode()


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("config") / "config.toml"
    reference = ROOT / "data" / "reference"
    text = '[crawl]\ncontact = "https://example.org/contact"\n'
    text += "[monitors.bmj]\nslow = 1.5\nslow_seconds = 0.1\n"
    text += "[monitors.nuffieldtrust]\nmegabytes = 0\n[reference]\n"
    for name in ("sources", "codebook", "events", "scope"):
        text += f'{name} = "{(reference / name).as_posix()}.toml"\n'
    file.write_text(text, encoding="utf-8")
    return file


@contextmanager
def on_air(sites: Sites) -> Iterator[None]:
    thread = Thread(target=sites.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        sites.server.shutdown()
        sites.server.server_close()
        thread.join()


def crawl(settings: Path, data: Path, address: str, *names: str) -> Crawled:
    done = crawling.crawl(settings, data, address, *names)
    assert "Traceback" not in done.stderr, done.stderr
    return done.code, done.runs


NAMES = ("bmj", "gponline", "kar", "kingsfund", "nuffieldtrust")


@pytest.fixture(scope="module")
def crawls(settings: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A crawl in good order, then one in which each site has another fault."""
    data = tmp_path_factory.mktemp("faulty")
    sites = Sites()
    with on_air(sites):
        first = crawl(settings, data, sites.address, *NAMES)
        shutil.copytree(data, data / "copy")
        sites.news = 5
        sites.faults = {
            "www.gponline.com": "layout",
            "kar.kent.ac.uk": "wall",
            "www.nuffieldtrust.org.uk": "robots",
            "www.kingsfund.org.uk": "listings",
            "www.bmj.com": "slow",
        }
        second = crawl(settings, data, sites.address, *NAMES)
    return {"data": data, "first": first, "second": second}


def names_of(run: dict[str, Any]) -> list[str]:
    return sorted(check["name"] for check in run["checks"])


def test_a_first_crawl_is_never_suspect(crawls: dict[str, Any]) -> None:
    _, runs = crawls["first"]
    assert {name: (run["outcome"], run["checks"]) for name, run in runs.items()} == dict.fromkeys(
        NAMES, ("finished", [])
    )


@pytest.mark.parametrize(
    ("source", "outcome", "checks", "said"),
    [
        ("gponline", "failed", ["articles", "layout"], "none on 1 such page, answered with 200"),
        ("kar", "failed", ["refused"], "most of all bans: 3 http 403"),
        ("nuffieldtrust", "suspect", ["refused"], "15 of 15 (100%), most of all robots"),
        ("kingsfund", "suspect", ["articles", "listings"], "10 articles listed"),
        ("bmj", "suspect", ["pace"], "seconds per request"),
    ],
)
def test_each_fault_is_told_with_what_to_look_at(
    crawls: dict[str, Any], source: str, outcome: str, checks: list[str], said: str
) -> None:
    code, runs = crawls["second"]
    run = runs[source]
    assert (code, run["outcome"], names_of(run)) == (1, outcome, checks)
    assert any(said in check["seen"] for check in run["checks"])
    assert all(check["look_at"] and check["expected"] and len(check["id"]) == 8 for check in run["checks"])


def test_what_to_look_at_is_the_page_that_changed(crawls: dict[str, Any]) -> None:
    _, runs = crawls["second"]
    places = {check["name"]: check["look_at"] for run in runs.values() for check in run["checks"]}
    assert places["layout"] == "https://www.gponline.com/news"
    assert "https://www.kingsfund.org.uk/publications (404)" in places["listings"]
    assert places["refused"].startswith("https://www.nuffieldtrust.org.uk/research/story-")


def test_the_checks_stand_in_the_archive(crawls: dict[str, Any]) -> None:
    lines = [line for line in Archive(crawls["data"] / "archive").lines() if line["type"] == "run"]
    told = {line["source"]: line for line in lines if line["checks"]}
    _, runs = crawls["second"]
    assert {name: line["checks"] for name, line in told.items()} == {n: r["checks"] for n, r in runs.items()}
    assert {line["outcome"] for line in told.values()} == {"failed", "suspect"}


def test_status_shows_a_failing_check_until_it_is_answered(crawls: dict[str, Any]) -> None:
    data = str(crawls["data"])
    before = CliRunner().invoke(cli, ["status", "--data", data])
    (layout,) = [
        c for c in json.loads(run_cli("status", "--json", "--data", data))["checks"] if c["check"] == "layout"
    ]
    assert f"check      {layout['id']}  gponline: layout" in before.output
    answered = run_cli("answer", layout["id"], "--note", "new design", "--by", "Jo", "--json", "--data", data)
    assert json.loads(answered)["by"] == "Jo"
    after = run_cli("status", "--data", data)
    assert layout["id"] not in after
    assert "gponline: articles" in after
    (line,) = (crawls["data"] / "archive" / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["note"] == "new design"
    with pytest.raises(InputError, match="no failing check"):
        CliRunner().invoke(
            cli,
            ["answer", layout["id"], "--note", "again", "--data", data],
            catch_exceptions=False,
            standalone_mode=False,
        )


def run_cli(*arguments: str) -> str:
    done = CliRunner().invoke(cli, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def test_a_suspect_run_ends_in_1_and_somebody_is_told(
    settings: Path, crawls: dict[str, Any], tmp_path: Path
) -> None:
    shutil.copytree(crawls["data"] / "copy" / "archive", tmp_path / "archive")
    sites = Sites()
    with on_air(sites), mailbox() as (port, mails), hook() as (url, posts):
        told = tmp_path / "config.toml"
        extra = f'[notify]\nto = ["a@example.org"]\nsmtp_host = "127.0.0.1"\nsmtp_port = {port}\n'
        extra += f'webhook = "{url}"\n'
        told.write_text(settings.read_text(encoding="utf-8") + extra, encoding="utf-8")
        sites.news = 5
        sites.faults = {"www.nuffieldtrust.org.uk": "huge"}
        command = ["crawl", "--json", "--config", told, "--data", tmp_path, "--connect-to", sites.address]
        done = CliRunner().invoke(cli, [*map(str, command), "nuffieldtrust"])
    assert done.exit_code == 1
    runs = {run["source"]: run for run in map(json.loads, done.stdout.splitlines())}
    assert (runs["nuffieldtrust"]["outcome"], names_of(runs["nuffieldtrust"])) == ("suspect", ["bytes"])
    assert len(mails) == len(posts) == 1
    assert "Subject: Themeshift: nuffieldtrust suspect" in mails[0]
    assert "look at   FROM capture" in mails[0]
    assert [run["source"] for run in posts[0]["runs"]] == ["nuffieldtrust"]


def test_five_crawls_of_the_sample_web_raise_no_alarm(settings: Path, tmp_path: Path) -> None:
    ways = ("kar", "kingsfund", "gponline", "govuk", "ccgsites")  # OAI-PMH, sitemap, listing, search, index
    with serve() as address:
        for _ in range(5):
            _, runs = crawl(settings, tmp_path, str(address), *ways)
            assert {name: run["checks"] for name, run in runs.items() if run["checks"]} == {}
            assert {run["outcome"] for run in runs.values()} == {"finished"}


# Word to a person


class Mails(list[str]):
    """What a mail server took, as text."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.append((envelope.content or b"").decode())
        return "250 ok"


@contextmanager
def mailbox(**options: Any) -> Iterator[tuple[int, Mails]]:
    """A mail server on the loopback address: its port, and the messages it took."""
    mails = Mails()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(mails, "127.0.0.1", port, **options)
    controller.start()
    try:
        yield port, mails
    finally:
        controller.stop()


@contextmanager
def hook(status: int = 200, to: str = "") -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A web server that takes POSTs, or points `to` another address: its own, and what it was asked."""
    posts: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            posts[-1]["token"] = self.headers.get("Authorization", "")
            self.send_response(status)
            if to:
                self.send_header("Location", to)
            self.end_headers()

        def do_GET(self) -> None:
            posts.append({"token": self.headers.get("Authorization", "")})
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/", posts
    server.shutdown()
    server.server_close()
    thread.join()


SUSPECT = {
    "source": "bmj",
    "outcome": "suspect",
    "checks": [Check("pace", "4 s", "40 s", "the log").of("r1")],
}


def test_what_cannot_be_sent_is_a_warning(config: Config, tell: Tell) -> None:
    to = Notify(to=("a@example.org",), smtp_host="127.0.0.1", smtp_port=9, webhook="http://127.0.0.1:9/")
    assert notify([SUSPECT], replace(config, notify=to), tell) == 0
    assert [warning.partition(":")[0] for warning in tell.warnings] == [
        "nobody was notified through 127.0.0.1",
        "nobody was notified through the webhook",
    ]
    clear = Notify(to=("a@example.org",), smtp_user="me")
    assert notify([SUSPECT], replace(config, notify=clear), tell) == 0
    assert "in the clear" in tell.warnings[-1]
    assert notify([SUSPECT], replace(config, notify=Notify(webhook="file:///etc/hosts")), tell) == 0
    assert "no web address" in tell.warnings[-1]


def certificate(folder: Path) -> Path:
    """A key and a certificate of our own for 127.0.0.1, in one file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(address, critical=True)
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, *form) + signed.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.mark.parametrize(
    ("password", "trusted", "said"),
    [("right", True, ""), ("wrong", True, "SMTPAuthenticationError"), ("right", False, "CERTIFICATE_VERIFY")],
)
def test_a_mail_server_may_ask_for_tls_and_a_login(
    config: Config,
    tell: Tell,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    password: str,
    trusted: bool,
    said: str,
) -> None:
    pem = certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)

    def check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
        return AuthResult(success=(given.login, given.password) == (b"me", b"right"), handled=False)

    monkeypatch.setenv("THEMESHIFT_SMTP_PASSWORD", password)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    options = {"tls_context": context, "require_starttls": True, "auth_required": True}
    with mailbox(**options, authenticator=check) as (port, mails):
        to = Notify(
            to=("a@example.org",), smtp_host="127.0.0.1", smtp_port=port, smtp_user="me", starttls=True
        )
        sent = notify([SUSPECT], replace(config, notify=to), tell)
    assert (sent, len(mails)) == ((0, 0) if said else (1, 1))
    assert said in "".join(tell.warnings)


def test_secrets_come_from_the_environment(
    config: Config, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THEMESHIFT_WEBHOOK_TOKEN", "abc")
    with hook() as (url, posts):
        assert notify([SUSPECT], replace(config, notify=Notify(webhook=url)), tell) == 1
    assert posts[0]["token"] == "Bearer abc"
    with hook(500) as (url, _):
        assert notify([SUSPECT], replace(config, notify=Notify(webhook=url)), tell) == 0
    assert "500" in tell.warnings[-1]


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
def test_a_redirect_of_the_webhook_is_not_followed_and_nothing_counts_as_sent(
    status: int, config: Config, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THEMESHIFT_WEBHOOK_TOKEN", "a-token-of-ours")
    with hook() as (elsewhere, stolen), hook(status, elsewhere + "take?key=12345678") as (url, posts):
        to = Notify(webhook=url + "services/T0AAAA/secret-of-the-path")
        assert notify([SUSPECT], replace(config, notify=to), tell) == 0
    assert (len(posts), stolen) == (1, [])
    assert (
        f"it answered {status} and points to {elsewhere}take?key=[cut], where nothing was sent"
        in tell.warnings[-1]
    )


@pytest.mark.parametrize(
    "webhook",
    [
        "http://somebody:hunter2-of-mine@127.0.0.1:9/hook?key=SECRETKEY",
        "file:///etc/hosts/secret-of-the-path?key=SECRETKEY",
        "http://somebody:hunter2-of-mine@127.0.0.1:port/secret-of-the-path",
        "http://[somebody:hunter2-of-mine@::1/secret-of-the-path",
    ],
)
def test_what_is_said_of_a_webhook_that_fails_tells_no_secret(
    webhook: str, config: Config, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THEMESHIFT_WEBHOOK_TOKEN", "a-token-of-ours\n")  # no header can hold it
    assert notify([SUSPECT], replace(config, notify=Notify(webhook=webhook)), tell) == 0
    (said,) = tell.warnings
    assert not [
        secret for secret in ("hunter2", "SECRETKEY", "secret-of", "a-token-of-ours") if secret in said
    ]


def test_a_message_to_a_person_tells_no_secret_of_an_address(config: Config, tell: Tell) -> None:
    run = {**SUSPECT, "reason": "https://me:hunter2@feeds.example.org/?token=12345678&page=2 was not reached"}
    with mailbox() as (port, mails), hook() as (url, posts):
        to = Notify(to=("a@example.org",), smtp_host="127.0.0.1", smtp_port=port, webhook=url)
        assert notify([run], replace(config, notify=to), tell) == 2
    safe = "https://[cut]@feeds.example.org/?token=[cut]&page=2 was not reached"
    assert posts[0]["runs"][0]["reason"] == safe
    assert safe in message_from_string(mails[0], policy=policy.default).get_content()


def test_nobody_is_told_of_a_run_that_finished(config: Config, tell: Tell) -> None:
    with mailbox() as (port, mails):
        to = Notify(to=("a@example.org",), smtp_host="127.0.0.1", smtp_port=port)
        assert notify([{**SUSPECT, "outcome": "finished"}], replace(config, notify=to), tell) == 0
    assert mails == []


# What reads unlike before

START = datetime(2020, 1, 1, tzinfo=UTC)
Page = Callable[[int], bytes]


def gather(config: Config, day: int, number: int, page: Page, **report: Any) -> str:
    """A run of the spider of GPonline, as if it had kept `number` pages."""
    run = Run(f"run{day:013d}", "gponline", START + timedelta(days=day))
    with Archive(config.archive).writer(run) as writer:
        for n in range(number):
            url = f"https://www.gponline.com/story/article/{1000 * day + n}"
            writer.put(url, page(n), source="gponline", media_type="text/html", http_status="200 OK")
        for key, value in report.items():
            setattr(writer.report, key, value)
    return run.run_id


def good(n: int) -> bytes:
    return article(f"Story {n}", date=f"2014-05-{n % 27 + 1:02d}")


def test_a_build_tells_once_of_what_reads_unlike_before(
    settings: Path, tmp_path: Path, config: Config
) -> None:
    gather(config, 1, 20, good)
    gather(config, 2, 12, lambda n: article(f"Story {n}", date=""))
    with mailbox() as (port, mails), hook() as (url, posts):
        told = tmp_path / "config.toml"
        extra = f'[notify]\nto = ["a@example.org"]\nsmtp_host = "127.0.0.1"\nsmtp_port = {port}\n'
        told.write_text(f'{settings.read_text(encoding="utf-8")}{extra}webhook = "{url}"\n', encoding="utf-8")
        given = ("--data", str(config.data), "--config", str(told))
        for stage in ("index", "read", "check", "check"):
            run_cli(stage, *given)
        store.working_file(config).unlink()  # as for a rebuild
        for stage in ("index", "read", "check"):
            run_cli(stage, *given)
    assert len(mails) == len(posts) == 1
    assert "Subject: Themeshift: gponline suspect" in mails[0]
    assert "no-dates  (themeshift answer " in mails[0]
    assert [check["name"] for check in posts[0]["runs"][0]["checks"]] == ["no-dates"]


def build(config: Config, tell: Tell) -> None:
    """Build and publish, without passages, themes and topics."""
    list(flow.build(config, tell, ("index", "read", "check", "scope", "tally")))
    publish(config, tell)


def check(config: Config, tell: Tell) -> list[tuple[str, str]]:
    list(flow.build(config, tell, ("index", "read", "check")))
    with store.open_working(config) as connection:
        return connection.execute(
            "SELECT run_id, check_name FROM monitor ORDER BY ended_at, check_name"
        ).fetchall()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "names"),
    [
        (good, []),
        (lambda n: article(f"Story {n}", date=""), ["no-dates"]),
        (lambda n: article(f"Story {n}", author=""), ["no-authors"]),
        (lambda n: b"<html><body><h1>Please log in</h1></body></html>", ["unread"]),
        (
            lambda n: good(n).replace(b"</article>", b"</article><p class='registerPanel'>Register</p>"),
            ["paywalled"],
        ),
        (lambda n: good(n) if n % 2 else article(f"Story {n}", date=""), []),
        (lambda n: article(f"Story {n}").replace(WORDS.encode(), WORDS[:92].encode()), ["short"]),
    ],
    ids=["ordinary", "no dates", "no authors", "unreadable", "paywalled", "half without dates", "short"],
)
def test_what_reads_unlike_before_fails(config: Config, tell: Tell, page: Page, names: list[str]) -> None:
    gather(config, 1, 20, good)
    last = gather(config, 2, 12, page)
    assert check(config, tell) == [(last, name) for name in names]
    assert len(tell.warnings) == len(names)


@pytest.mark.parametrize(("column", "name"), [("untitled", "no-titles"), ("unsorted", "no-genre")])
def test_titles_and_genres_that_vanish_fail(column: str, name: str) -> None:
    usual = dict.fromkeys(SUMS, 0) | {"captures": 40, "documents": 40, "pages": 40, "log_words": 40 * 6.0}
    earlier = {"source": "bmj", "run_id": "r1", "ended": START, "reason": "", **usual}
    urls = {f"{column}_url": "https://www.bmj.com/content/350/bmj.h1"}
    later = {**earlier, "run_id": "r2", "ended": START + timedelta(days=1), **urls}
    assert compare([earlier, later], Answers([]), Monitors()) == []
    ((run, found),) = compare([earlier, {**later, column: 39}], Answers([]), Monitors())
    assert (run["run_id"], found.name, found.look_at) == ("r2", name, urls[f"{column}_url"])
    assert compare([earlier, {**later, column: 39}], Answers([]), Monitors(off=(name,))) == []


@pytest.mark.slow
def test_small_runs_are_taken_together(config: Config, tell: Tell) -> None:
    gather(config, 1, 20, good)
    runs = [gather(config, day, 3, lambda n: article(f"Story {n}", date="")) for day in range(2, 5)]
    assert check(config, tell) == []  # nine pages: not enough to tell
    runs.append(gather(config, 5, 3, lambda n: article(f"Story {n}", date="")))
    assert check(config, tell) == [(runs[-1], "no-dates")]


@pytest.mark.slow
def test_an_answer_outlives_a_rebuild_and_accepting_ends_the_alarm(config: Config, tell: Tell) -> None:
    undated: Page = lambda n: article(f"Story {n}", date="")  # noqa: E731
    gather(config, 1, 20, good)
    gather(config, 2, 12, undated)
    build(config, tell)
    (found,) = failing(config)
    assert (found["source"], found["check"], found["stage"]) == ("gponline", "no-dates", "read")
    assert found["look_at"].startswith("https://www.gponline.com/story/article/")
    answer(config.archive, failing_check(config, found["id"]), "they hide them now", accept=True, by="Jo")
    assert failing(config) == []
    store.working_file(config).unlink()
    build(config, tell)
    with store.open_published(store.published_file(config)) as connection:
        rows = connection.execute("SELECT check_name, answered, note, accepted FROM monitor").fetchall()
    assert rows == [("no-dates", True, "they hide them now", True)]
    gather(config, 3, 12, undated)
    assert len(check(config, tell)) == 1


@pytest.mark.slow
def test_the_spiders_checks_come_into_the_table(config: Config, tell: Tell) -> None:
    told = Check("layout", "about 24 links", "none", "https://www.gponline.com/news")
    run_id = gather(config, 1, 1, good, checks=[told.of("run0000000000001")])
    build(config, tell)
    with store.open_published(store.published_file(config)) as connection:
        rows = connection.execute("SELECT run_id, stage, check_name, seen, answered FROM monitor").fetchall()
    assert rows == [(run_id, "crawl", "layout", "none", False)]
    (found,) = failing(config)
    again = gather(config, 2, 1, good, checks=[told.of("run0000000000002")])
    (latest,) = failing(config)
    assert (found["run_id"], latest["run_id"], latest["times"]) == (run_id, again, 2)
    answer(config.archive, latest, "one answer for both", accept=False)
    assert failing(config) == []
    assert Answers.of(config.archive).accepted("gponline", "layout") is None


@pytest.mark.slow
def test_building_again_checks_nothing_again(config: Config, tell: Tell) -> None:
    gather(config, 1, 20, good)
    gather(config, 2, 12, lambda n: article(f"Story {n}", date=""))
    ran = {run.stage: run.rows for run in flow.build(config, tell, ("index", "read", "check"))}
    again = {run.stage: run.rows for run in flow.build(config, tell, ("index", "read", "check"))}
    assert (ran["check"], again["check"]) == (1, 0)
