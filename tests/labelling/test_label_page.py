"""The coders' page over real HTTP: kept before it answers, resumable, blind, and for this machine alone."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest

from pipeline import store
from pipeline.config import Config
from pipeline.errors import InputError
from pipeline.labelling import codes as coding
from pipeline.labelling import samples
from pipeline.labelling.frame import Wish, new_sample
from pipeline.labelling.server import FILES, CodingServer
from pipeline.limits import ANSWER
from tests.labelling.test_labelling import THEMES
from tests.labelling.test_labelling import config as config  # the copied corpus

PAGE = Path(__file__).resolve().parents[2] / "pipeline" / "labelling" / "page"


@pytest.fixture
def server(config: Config) -> Iterator[CodingServer]:
    """The page of a coder, served."""
    samples.keep(
        config.archive, new_sample(config, Wish(size=18, themes=THEMES, name="pilot", show=("date",)))
    )
    with CodingServer(config, "pilot", "ana") as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(
    url: str, name: str = "", body: Any = None, raw: bytes | None = None, **headers: str
) -> tuple[int, bytes, dict[str, str]]:
    """Ask the page at `url` for `name`, or post to it: status, body, headers."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
    sent = {key.replace("_", "-"): value for key, value in headers.items()}
    data = raw if raw is not None else None if body is None else json.dumps(body).encode()
    if data is not None:
        sent.setdefault("Content-Type", "application/json")
    connection.request("GET" if data is None else "POST", where.path + name, data, sent)
    answer = connection.getresponse()
    found = answer.status, answer.read(), dict(answer.getheaders())
    connection.close()
    return found


def state(url: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ask(url, "state")[1])
    return found


def save(url: str, item: dict[str, Any], value: bool | None = True, note: str = "") -> int:
    return ask(url, "save", {"id": item["id"], "codes": dict.fromkeys(THEMES, value), "note": note})[0]


def test_the_page_needs_nothing_from_elsewhere(server: CodingServer) -> None:
    for name, (_, media_type) in FILES.items():
        status, body, headers = ask(server.url, name)
        assert (status, headers["Content-Type"]) == (200, media_type)
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert not re.search(rb"(?:src|href|url\()\s*=?\s*[\"']?(?:https?:)?//", body)


def test_a_save_is_on_disk_when_it_is_acknowledged(server: CodingServer) -> None:
    item = state(server.url)["items"][0]
    assert save(server.url, item, True, "  hard  ") == 200
    said = coding.read(server.config.archive, "pilot").of("ana")
    assert {(key[1], code.present, code.note, code.via) for key, code in said.items()} == {
        (theme, True, "hard", "page") for theme in THEMES
    }
    assert all(code.text_hash and "(" in code.codebook for code in said.values())


def test_a_coder_goes_on_where_they_stopped(server: CodingServer) -> None:
    first, second = state(server.url)["items"][:2]
    save(server.url, first, None)
    with CodingServer(server.config, "pilot", "ana") as again:
        items = again.state()["items"]
    assert [item["id"] for item in items[:2]] == [first["id"], second["id"]]
    assert items[0]["codes"] == dict.fromkeys(THEMES, None)
    assert items[1]["codes"] == {}


def test_a_coder_sees_neither_the_machine_nor_another_coder(server: CodingServer) -> None:
    with CodingServer(server.config, "pilot", "ben") as other:
        item = other.state()["items"][0]
        other.save({"id": item["id"], "codes": dict.fromkeys(THEMES, True)})
    seen = state(server.url)
    assert set(seen) == {"sample", "coder", "gone", "themes", "items"}
    assert {key for theme in seen["themes"] for key in theme} == {"theme", "label", "definition", "examples"}
    assert {key for item in seen["items"] for key in item} == {"id", "text", "about", "codes", "note"}
    assert all(item["codes"] == {} and item["note"] == "" for item in seen["items"])
    assert {key for item in seen["items"] for key in item["about"]} == {"date"}
    for stratum in samples.load(server.config.archive, "pilot").strata:
        assert stratum.stratum.encode() not in ask(server.url, "state")[1]


def test_only_this_machine_and_its_own_page_are_answered(server: CodingServer) -> None:
    item = state(server.url)["items"][0]
    where = urlsplit(server.url)
    good = {"id": item["id"], "codes": dict.fromkeys(THEMES, True)}
    elsewhere = f"http://{where.netloc}/guess/"
    assert ask(elsewhere, "state")[0] == 403
    assert ask(f"http://{where.netloc}/", "")[0] == 403
    assert ask(server.url, "state", Host="evil.example")[0] == 403
    assert ask(server.url, "state", Host=f"evil.example:{where.port}")[0] == 403
    assert ask(server.url, "save", good, Origin="http://evil.example")[0] == 403
    assert ask(server.url, "save", good, Content_Type="text/plain")[0] == 415
    assert ask(elsewhere, "save", good)[0] == 403
    assert coding.read(server.config.archive, "pilot").codes == []
    assert server.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"id": "no-such-passage", "codes": {}},
        {"codes": {THEMES[0]: True}},
        {"codes": {**dict.fromkeys(THEMES, True), "other": True}},
        {"codes": dict.fromkeys(THEMES, "yes")},
        {"codes": dict.fromkeys(THEMES, True), "note": "x" * 5000},
        {"codes": dict.fromkeys(THEMES, True), "note": 3},
    ],
)
def test_a_save_that_is_not_whole_is_refused(server: CodingServer, body: Any) -> None:
    if isinstance(body, dict) and "codes" in body:
        body = {"id": state(server.url)["items"][0]["id"], **body}
    assert ask(server.url, "save", body)[0] == 400
    assert coding.read(server.config.archive, "pilot").codes == []


def test_what_is_no_save_at_all_is_refused(server: CodingServer) -> None:
    assert ask(server.url, "save", raw=b"{not json")[0] == 400
    assert ask(server.url, "save", raw=b"x" * (2 * ANSWER))[0] == 413
    assert ask(server.url, "other", {})[0] == 404
    assert ask(server.url, "../page.py")[0] == 404


@pytest.mark.parametrize("body", [b"[" * 50_000, b'{"id":' * 15_000, b'{"id": ' + b"9" * 5_000 + b"}"])
def test_a_save_that_no_parser_survives_is_refused(server: CodingServer, body: bytes) -> None:
    assert ask(server.url, "save", raw=body)[0] == 400


@pytest.mark.parametrize(
    ("length", "status"), [("9" * 5_000, 413), ("999999999", 413), ("-1", 411), ("many", 411), ("٣", 411)]
)
def test_a_length_that_is_none_is_refused_and_not_waited_for(
    server: CodingServer, length: str, status: int, capfd: pytest.CaptureFixture[str]
) -> None:
    where = urlsplit(server.url)
    request = (
        f"POST {where.path}save HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Length: {length}\r\n\r\n{{}}"
    )
    with socket.create_connection((where.hostname or "", where.port or 0), timeout=20) as connection:
        connection.sendall(request.encode())
        assert connection.recv(4096).startswith(f"HTTP/1.1 {status} ".encode())
    assert ask(f"http://{where.netloc}/guess/", "save", raw=b"x" * 10)[0] == 403
    assert capfd.readouterr().err == ""


def test_a_disk_that_refuses_is_told_to_the_coder(server: CodingServer) -> None:
    item = state(server.url)["items"][0]
    coding.file_of(server.config.archive, "pilot", "ana").mkdir()
    status, body, _ = ask(server.url, "save", {"id": item["id"], "codes": dict.fromkeys(THEMES, True)})
    assert status == 507
    assert "can't be written" in json.loads(body)["error"]


def test_a_port_in_use_is_told(server: CodingServer) -> None:
    with pytest.raises(InputError, match="choose another --port"):
        CodingServer(server.config, "pilot", "ben", server.server_port)


def test_a_passage_that_changed_is_left_out_and_counted(config: Config) -> None:
    sample = new_sample(config, Wish(size=10, themes=THEMES, name="old"))
    first, *rest = sample.passages
    samples.keep(config.archive, replace(sample, passages=(replace(first, text_hash="0" * 16), *rest)))
    with CodingServer(config, "old", "ana") as server:
        assert server.state()["gone"] == 1
        assert len(server.items) == 9


@pytest.mark.slow
def test_a_killed_server_loses_nothing_that_it_acknowledged(config: Config) -> None:
    samples.keep(config.archive, new_sample(config, Wish(size=18, themes=THEMES, name="pilot")))
    command = [sys.executable, "-m", "pipeline", "label", "serve", "pilot", "--coder", "ana", *config.options]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    ) as run:
        assert run.stdout
        url = run.stdout.readline().strip()
        items = state(url)["items"]
        for item in items[:5]:
            assert save(url, item) == 200
        run.send_signal(signal.SIGKILL)
    said = coding.read(config.archive, "pilot")
    assert {passage for passage, _ in said.of("ana")} == {item["id"] for item in items[:5]}
    assert said.unreadable == {}


def test_the_pages_script_uses_only_what_its_page_has() -> None:
    page, script = ((PAGE / name).read_text(encoding="utf-8") for name in ("page.html", "page.js"))
    used = set(re.findall(r'\bat\("([\w-]+)"\)', script))
    assert used <= set(re.findall(r'id="([\w-]+)"', page))
    assert "innerHTML" not in script  # texts of documents are never markup
    with_names = re.findall(r"<(?:textarea|dialog|form|article|section)\b[^>]*>", page)
    assert all("aria-label" in tag or 'id="note"' in tag for tag in with_names)


def test_the_published_file_is_only_read(server: CodingServer) -> None:
    path = store.published_file(server.config)
    before = path.stat().st_mtime_ns
    save(server.url, state(server.url)["items"][0])
    assert path.stat().st_mtime_ns == before
