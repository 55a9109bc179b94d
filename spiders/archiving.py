"""The middleware nearest the wire: hands what answers an article request to the archive, as it was sent."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Self, cast
from urllib.parse import urljoin

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import Response

from pipeline.errors import ArchiveError
from spiders.outcomes import CrawlRun, Refused

if TYPE_CHECKING:
    from spiders.base import SourceSpider

logger = logging.getLogger(__name__)

WALL = 3
"""So many refusals in a row mean that the site doesn't want to be crawled."""

OUTCOMES = {"finished": "finished", "shutdown": "interrupted", "cancelled": "interrupted"}
"""Scrapy's reason for closing a spider -> the run's outcome; any other reason is a failure."""


class Archiving:
    """Downloader middleware: hands the answer to every article request to the archive, as it was sent."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._walls = 0
        self._closing: asyncio.Task[None] | None = None
        self._errors = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build the middleware and follow the spider from its opening to its end."""
        self = cls(crawler)
        crawler.signals.connect(self._opened, signal=signals.spider_opened)
        crawler.signals.connect(self._closed, signal=signals.spider_closed)
        crawler.signals.connect(self._dropped, signal=signals.request_dropped)
        crawler.signals.connect(self._broke, signal=signals.spider_error)
        return self

    @property
    def spider(self) -> SourceSpider:
        """The spider whose responses these are."""
        return cast("SourceSpider", self.crawler.spider)

    def process_request(self, request: Request) -> None:
        """Count what goes out; nothing more does once the spider is being stopped."""
        if self._closing is not None:
            raise Refused("not reached")
        self.spider.run.requests += 1

    def process_response(self, request: Request, response: Response) -> Response:
        """Keep a 200 that answers an article request; leave redirects and errors to those behind."""
        if not request.meta.get("dont_obey_robotstxt"):
            self._watch_for_a_wall(response)
        url = request.meta.get("document")
        if url is None:
            return response
        if response.status == 200:
            self._keep(url, request, response)
        elif 200 < response.status < 300:
            raise Refused(f"http {response.status}")
        elif 300 <= response.status < 400:
            self._stay_on_site(request, response)
        return response

    def _keep(self, url: str, request: Request, response: Response) -> None:
        try:
            self.spider.run.keep(url, response, request.meta["found"])
        except ArchiveError as error:
            self.spider.run.abandon(error)
            self._stop("archive", str(error))
            raise Refused("not archived") from error

    def _stay_on_site(self, request: Request, response: Response) -> None:
        location = response.headers.get("Location")
        if location and not self.spider.on_site(urljoin(request.url, location.decode("latin-1"))):
            raise Refused("off-site")

    def _watch_for_a_wall(self, response: Response) -> None:
        challenged = b"cf-mitigated" in response.headers  # Cloudflare's mark on a captcha page
        self._walls = self._walls + 1 if challenged or response.status in (403, 429) else 0
        if self._walls == WALL:
            self._stop(
                "bot wall",
                f"the site turned us away {WALL} times in a row, the last time with {response.status} at "
                f"{response.url}. It is left alone; ask its owner before you try again",
            )

    def _stop(self, reason: str, message: str) -> None:
        if self._closing is None:
            logger.error("%s stopped: %s", self.spider.name, message)
            closing = self.crawler.engine.close_spider_async(reason=reason)
            self._closing = asyncio.get_running_loop().create_task(closing)

    def _opened(self, spider: SourceSpider) -> None:
        try:
            spider.run = CrawlRun.open(spider.name, self.crawler.settings["THEMESHIFT"])
        except ArchiveError as error:
            logger.error("%s can't begin: %s", spider.name, error)
            raise CloseSpider("archive") from error

    def _closed(self, spider: SourceSpider, reason: str) -> None:
        run = getattr(spider, "run", None)
        if run is None:
            return
        outcome = OUTCOMES.get(reason, "failed")
        if outcome == "finished" and not run.outcomes:
            message = "%s found no article: the site is built differently now, or is out of reach"
            logger.error(message, spider.name)
            outcome = "failed"
        if self._errors:
            outcome = "failed"
        run.close(outcome)

    def _dropped(self, request: Request) -> None:
        # Redirects lead to pages that are on their own list, too.
        if url := request.meta.get("document"):
            self.spider.run.refuse(url, "already requested")

    def _broke(self) -> None:
        self._errors += 1
