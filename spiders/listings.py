"""The spider middleware that ends listings which don't end by themselves (docs/faults.md)."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.spidermiddlewares.base import BaseSpiderMiddleware

if TYPE_CHECKING:
    from pipeline.config import Config
    from spiders.base import SourceSpider

logger = logging.getLogger(__name__)


class Listings(BaseSpiderMiddleware):
    """Ends listings that never end, such as calendars and sitemaps that list themselves.

    A listing is counted by its path with numbers left out, its query apart: /news?page=7 and
    /calendar/2024/05 belong to /news and /calendar/N/N. Its depth counts changes of path.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        config: Config = crawler.settings["THEMESHIFT"]
        self._most, self._deepest = config.crawl.max_listing_pages, config.crawl.max_depth
        self._pages: Counter[str] = Counter()
        self._known: set[str] = set()  # the dupe filter comes later, and doesn't say
        self._cut: set[str] = set()

    def get_processed_request(self, request: Request, response: Response | None) -> Request | None:
        """Let an article pass, and a listing's page within the limits."""
        if "document" in request.meta:
            return request
        level = 0
        if response is not None:
            same = urlsplit(request.url).path == urlsplit(response.url).path
            level = response.meta.get("level", 0) + (not same)
        request.meta["level"] = level
        if request.url in self._known:
            return request
        listing = _listing(request.url)
        self._known.add(request.url)
        self._pages[listing] += 1
        if self._pages[listing] > self._most:
            self._end(listing, f"goes on after {self._most} pages (crawl.max_listing_pages)")
            return None
        if level > self._deepest:
            self._end(listing, f"is more than {self._deepest} links deep (crawl.max_depth)")
            return None
        return request

    def _end(self, listing: str, why: str) -> None:
        spider = cast("SourceSpider", self.crawler.spider)
        if listing not in self._cut:
            self._cut.add(listing)
            spider.run.failed += 1
            logger.warning("%s: the listing %s %s: the rest is not asked for", spider.name, listing, why)


def _listing(url: str) -> str:
    parts = urlsplit(url)
    path = "/".join("N" if part.isdigit() else part for part in parts.path.split("/"))
    return (parts.hostname or "") + path
