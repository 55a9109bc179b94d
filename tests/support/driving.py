"""Spiders driven by hand against a site of the sample web: every question answered, nothing over a wire."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from scrapy.http import Request, TextResponse
from scrapy.settings import Settings
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from pipeline import config as configuration
from spiders.sampleweb.site import Site
from spiders.universe import Universe


class Run:
    """What a spider asks of a run while it reads listings."""

    def __init__(self) -> None:
        self.full = False
        self.failed = 0
        self.universe = Universe()
        self.outcomes: dict[str, str] = {}


class Driven:
    """`found`: the records that the listings named, in order; `asked`: the targets of all questions."""

    def __init__(self, spider: Any) -> None:
        self.spider = spider
        self.found: list[str] = []
        self.asked: list[str] = []
        self.run = Run()
        spider.settings = Settings({"THEMESHIFT": configuration.load()})
        spider.run = self.run
        spider.documents = self._documents

    def _documents(self, _response: Any, links: Iterable[str], *_: Any, **__: Any) -> Iterator[Request]:
        self.found += [link for link in links if link not in self.found]
        yield from ()

    def through(self, site: Site, requests: Iterable[Request]) -> list[str]:
        """What is found in the end; as with Scrapy, no question is asked twice unless it insists."""
        waiting, seen = list(requests), set()
        while waiting:
            request = waiting.pop(0)
            if request.url in seen and not request.dont_filter:
                continue
            seen.add(request.url)
            parts = urlsplit(request.url)
            self.asked.append(f"{parts.path}?{parts.query}")
            assert len(self.asked) < 5_000, "no end of questions"
            waiting += self._answer(site, request) or ()
        return self.found

    def _answer(self, site: Site, request: Request) -> list[Request] | None:
        page = site.find(self.asked[-1])
        response = TextResponse(request.url, page.status, dict(page.headers), page.body, request=request)
        if page.status < 400:
            return list(request.callback(response, **request.cb_kwargs) or ())  # type: ignore[misc]
        failure = Failure(HttpError(response))
        failure.request = request  # type: ignore[attr-defined]
        return list(request.errback(failure) or ())  # type: ignore[misc]
