"""The Guardian: its content API, with the key that the environment holds under GUARDIAN_API_KEY.

The key travels in a header, never in an address, so that neither the archive nor a log comes to hold it.
"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.settings import BaseSettings

from pipeline.archive import Count
from pipeline.errors import ConfigError
from spiders.api import ApiSpider, address, number, phrases, rows
from spiders.base import Results

API = "https://content.guardianapis.com"
KEY = "GUARDIAN_API_KEY"
PAGE = 50
RECORD = {
    "show-fields": "headline,standfirst,trailText,byline,body,lang",
    "show-tags": "contributor,tone",
    "format": "json",
}


class Guardian(ApiSpider):
    """Finds articles in The Guardian."""

    name = "guardian"
    host = "content.guardianapis.com"
    allowed_domains = ("content.guardianapis.com",)
    record = re.compile(r"/[\w/-]+\?show-fields=[^&]+&show-tags=[^&]+&format=json")

    @classmethod
    def lacks(cls) -> str:
        """What the environment must still provide, in a sentence; empty if nothing."""
        return "" if os.environ.get(KEY) else NO_KEY

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Build the spider. Raises ConfigError without a key."""
        if why := cls.lacks():
            raise ConfigError(why)
        return super().from_crawler(crawler, *args, **kwargs)

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Add the middleware that holds the key, next to the wire."""
        super().update_settings(settings)
        middlewares = settings.getdict("DOWNLOADER_MIDDLEWARES") | {f"{__name__}.Key": 990}
        settings.set("DOWNLOADER_MIDDLEWARES", middlewares, priority="spider")

    async def start(self) -> AsyncIterator[Any]:
        """Ask for the first page."""
        yield self.search(1)

    def search(self, number: int) -> Request:
        """A request for a page of results, the oldest first, so that new articles don't shift the pages."""
        query: dict[str, object] = {"q": phrases(self.terms), "page-size": PAGE, "page": number}
        query |= {"order-by": "oldest", "format": "json"} | ({"from-date": self.since} if self.since else {})
        return self.page(address(f"{API}/search", query), self.parse_search)

    def parse_search(self, response: Response) -> Results:
        """A page of results, and the next one."""
        answer = self.answer(response).get("response")
        links = {
            address(f"{API}/{found.get('id')}", RECORD): str(found.get("webPublicationDate") or "")
            for found in rows(answer, "results")
        }
        total = number(answer, "total")
        self.run.universe.state(Count("search", "matches", total, phrases(self.terms), url=response.url))
        yield from self.documents(response, links, "search", published=links)
        page = number(answer, "currentPage")
        if links and page < number(answer, "pages") and not self.full:
            yield self.search(page + 1)


class Key:
    """Downloader middleware: the key is on a request only while it is on its way."""

    def process_request(self, request: Request) -> None:
        """Put the key on."""
        if request.url.startswith(f"{API}/"):
            request.headers["api-key"] = os.environ[KEY]

    def process_response(self, request: Request, response: Response) -> Response:
        """Take the key off."""
        request.headers.pop("api-key", None)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Take the key off."""
        request.headers.pop("api-key", None)


NO_KEY = (
    f"guardian needs a key of the Guardian Open Platform (free for research) in the environment: {KEY}=... ; "
    "it is kept out of files and logs"
)
