"""What spiders/wire.py rests on, and what it does where a server sends more than it announced."""

from __future__ import annotations

import importlib
import inspect
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from time import sleep

import pytest

from tests.support.crawling import crawl, write_settings

PRIVATE = {
    "scrapy.core.downloader.handlers.http11": (
        "_LenientHTTP11ClientFactory",
        "_LenientHTTP11ClientProtocol",
        "_LenientHTTPClientParser",
        "_fail_on_dataloss_warned",
        "_pool._factory",
        "_parser.__class__",
        "_quiescentCallback",
    ),
    "twisted.web._newclient": (
        "_bodyDataFinished",
        "_finished(",
        "_parser",
        "_quiescentCallback",
        "bodyDecoder",
        "connHeaders",
        '"QUIESCENT"',
    ),
    "twisted.web.http": ("_DataLoss",),
}


@pytest.mark.parametrize("module", PRIVATE)
def test_the_private_names_that_we_rest_on_are_there(module: str) -> None:
    source = inspect.getsource(importlib.import_module(module))
    gone = [name for name in PRIVATE[module] if name not in source]
    assert not gone, f"{module} has no {gone} any more: spiders/wire.py rests on it and must be looked at"


LATE = "/a/article/2"  # the one that is asked for first
LINKS = b'<a href="/a/article/1">x</a> <a href="/a/article/2">x</a>'
PAGES = {"/news": LINKS, LATE: b"<html><p>The first half"}


@contextmanager
def late() -> Iterator[str]:
    """A server whose article announces half its length, and sends the rest a little later."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            Thread(target=answer, args=(connection,), daemon=True).start()

    def answer(connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines:
            while line := lines.readline():
                path = line.split()[1].decode()
                while lines.readline().strip():
                    pass
                body = PAGES.get(path, b"")
                head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n"
                connection.sendall(head.encode() + body)
                if path == LATE:
                    sleep(0.05)
                    connection.sendall(b" and the second.</p></html>")

    thread = Thread(target=serve)
    thread.start()
    yield f"127.0.0.1:{server.getsockname()[1]}"
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()


@pytest.mark.slow
@pytest.mark.parametrize("delay", ["0", "0.3"], ids=["while the next is asked for", "while nothing is"])
def test_bytes_that_come_after_the_announced_end_are_said_aloud(tmp_path: Path, delay: str) -> None:
    settings = write_settings(tmp_path, crawl=f"delay = {delay}")
    with late() as address:
        done = crawl(settings, tmp_path, address, "gponline", THEMESHIFT_PACED="1")
    said = "www.gponline.com/a/article/2 went on after its announced end: it may be kept cut short"
    assert done.stderr.count(said) == 1, done.stderr
