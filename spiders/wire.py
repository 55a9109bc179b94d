"""Downloads over HTTP/1.1 that hold a server to the length it announces, from both sides.

Fewer bytes than announced are an error in Scrapy too. More than announced are dropped by Twisted, so that
a page cut short by its own Content-Length would pass for whole: here that is an error of the same kind.
Bytes that arrive only after the response was taken for finished come too late, since the page is kept by
then: it is said aloud that it may be short, and the connection is dropped.

tests/spiders/test_wire.py says which private name of Scrapy or Twisted is gone, should one go.
"""

from __future__ import annotations

import logging
from typing import Any

from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
)
from scrapy.crawler import Crawler
from twisted.python.failure import Failure
from twisted.web.client import ResponseFailed
from twisted.web.http import _DataLoss

logger = logging.getLogger(__name__)


class Handler(HTTP11DownloadHandler):
    """Scrapy's handler, stricter by one rule."""

    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = _Factory
        self._fail_on_dataloss_warned = (
            True  # the run's report says it, without the advice to keep such pages
        )


class _Parser(_LenientHTTPClientParser):
    def _finished(self, rest: bytes) -> None:
        if rest.strip() and self.bodyDecoder is not None:
            more = Failure(_DataLoss("more bytes than announced"))  # type: ignore[no-untyped-call]
            failed = ResponseFailed([more], self.response)  # type: ignore[no-untyped-call]
            self.response._bodyDataFinished(Failure(failed))  # type: ignore[no-untyped-call]
            self.bodyDecoder = None  # or the parser would end the body a second time
            self.connHeaders.setRawHeaders(b"connection", [b"close"])
        super()._finished(rest)  # type: ignore[no-untyped-call]


class _Protocol(_LenientHTTP11ClientProtocol):
    _asked = _before = ""
    _begun = False

    def request(self, request: Any) -> Any:
        host = (request.headers.getRawHeaders(b"host") or [b""])[0]
        self._before, self._asked = self._asked, (host + request.uri).decode("latin-1")
        self._begun = False
        deferred = super().request(request)
        if self._parser is not None:
            # As Scrapy does itself: Twisted names the parser's class in the middle of a method.
            self._parser.__class__ = _Parser
        return deferred

    def dataReceived(self, bytes: bytes) -> None:  # noqa: N802 - Twisted's names
        idle = self._parser is None and self.state == "QUIESCENT"
        # The next answer begins like one; what does not is the rest of the last.
        if (idle and bytes.strip()) or not (self._begun or b"HTTP/".startswith(bytes[:5])):
            page = self._asked if idle else self._before
            logger.warning("%s went on after its announced end: it may be kept cut short", page)
        self._begun = True
        if idle and self.transport is not None:
            self.transport.loseConnection()  # type: ignore[misc] # zope's interface has no self
            return
        super().dataReceived(bytes)  # type: ignore[no-untyped-call]


class _Factory(_LenientHTTP11ClientFactory):
    def buildProtocol(self, addr: Any) -> _Protocol:  # noqa: N802 - Twisted's name
        return _Protocol(self._quiescentCallback)  # type: ignore[no-untyped-call]
