"""Serves the sample web on a loopback address, the site chosen by the Host header. No clock, no chance."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from types import TracebackType
from typing import NamedTuple

from spiders.sampleweb.documents import dated, read_documents, read_removed
from spiders.sampleweb.faults import Fault, Faults, send
from spiders.sampleweb.site import Page, Site
from spiders.sampleweb.sites import build

CHUNK = 4096


class Logged(NamedTuple):
    """A request as it came in, `at` when on the clock of `time.monotonic`."""

    host: str
    target: str
    user_agent: str
    at: float = 0.0
    credentials: bool = False


class SampleWeb:
    """All the sites of an edition on one port. As a context manager it gives "127.0.0.1:PORT"."""

    def __init__(
        self,
        documents: Path | None = None,
        port: int = 0,
        faults: Iterable[Fault] = (),
        edition: int = 1,
        changed: date | None = None,
    ) -> None:
        self.faults = Faults(faults)
        current, removed = read_documents(documents, edition), read_removed(documents, edition)
        if changed is not None:
            current = dated(current, edition, changed)
        self.sites = {site.host: site for site in build(current, removed)}
        self.requests: list[Logged] = []
        self.pause = 0.0  # seconds that every answer waits, to have time for an interruption
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.web = self
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def address(self) -> str:
        """127.0.0.1:PORT."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> str:
        self._thread.start()
        return self.address

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def site(self, host: str) -> Site | None:
        """The site of a Host header."""
        name = host.partition(":")[0].lower()
        return self.sites.get(name) or self.sites.get(f"www.{name}")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    web: SampleWeb


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        host = self.headers.get("Host", "")
        self._log(host)
        sleep(self.server.web.pause)
        site = self.server.web.site(host)
        if site is None:
            self._send(Page(b"No such sample site.\n", "text/plain", 421), "plain")
            return
        if answer := self.server.web.faults.answer(host, self.path, site):
            send(self, answer, self._headers(answer.page))
            return
        page = site.find(self.path)
        if page.status == 200 and self.headers.get("If-None-Match") == page.etag:
            page = Page(b"", page.media_type, 304, page.modified)
        self._send(page, site.transfer)

    def _log(self, host: str) -> None:
        agent = self.headers.get("User-Agent", "")
        credentials = "Authorization" in self.headers or "Cookie" in self.headers
        self.server.web.requests.append(Logged(host, self.path, agent, monotonic(), credentials))

    def _send(self, page: Page, transfer: str) -> None:
        body, headers = page.body, self._headers(page)
        if transfer == "gzip" and body and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, mtime=0)
            headers["Content-Encoding"] = "gzip"
            headers["Vary"] = "Accept-Encoding"
        chunked = transfer == "chunked" and bool(body)
        headers |= {"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": str(len(body))}
        # Not send_response, which adds the time of day.
        self.send_response_only(page.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if chunked:
            for start in range(0, len(body), CHUNK):
                piece = body[start : start + CHUNK]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            body = b"0\r\n\r\n"
        self.wfile.write(body)

    @staticmethod
    def _headers(page: Page) -> dict[str, str]:
        modified = datetime.combine(page.modified, time(9), UTC)
        headers = {
            "Server": "Themeshift-sample-web",
            "Content-Type": page.media_type,
            "Last-Modified": format_datetime(modified, usegmt=True),
            "ETag": page.etag,
        }
        return headers | dict(page.headers) | ({"Location": page.location} if page.location else {})

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the log is SampleWeb.requests."""


def serve(
    documents: Path | None = None,
    port: int = 0,
    faults: Iterable[Fault] = (),
    edition: int = 1,
    changed: date | None = None,
) -> SampleWeb:
    """The sample web, for `with serve() as address:`. Raises InputError where documents are missing.

    `edition` is the state of the web; `changed` a day on which what it changed is said to have been changed,
    in place of the documents' own.
    """
    return SampleWeb(documents, port, faults, edition, changed)
