"""Downloads over HTTP/1.1 that hold a server to the length it announces, from both sides.

Fewer bytes than announced are an error in Scrapy too. More than announced are dropped by Twisted, so that
a page cut short by its own Content-Length would pass for whole: here that is an error of the same kind.
Bytes that arrive only after the response was taken for finished can't be told from another answer; then
the connection is dropped, and the page is short.
"""

from __future__ import annotations

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
    def request(self, request: Any) -> Any:
        deferred = super().request(request)
        if self._parser is not None:
            # As Scrapy does itself: Twisted names the parser's class in the middle of a method.
            self._parser.__class__ = _Parser
        return deferred


class _Factory(_LenientHTTP11ClientFactory):
    def buildProtocol(self, addr: Any) -> _Protocol:  # noqa: N802 - Twisted's name
        return _Protocol(self._quiescentCallback)  # type: ignore[no-untyped-call]
