"""robots.txt, obeyed more strictly than Scrapy does by itself."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, cast

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest, StopDownload
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response
from scrapy.robotstxt import RobotParser

from spiders.outcomes import Refused, reason_of
from spiders.policies import LENGTH, PATHS

if TYPE_CHECKING:
    from spiders.base import SourceSpider

logger = logging.getLogger(__name__)


class Robots(RobotsTxtMiddleware):
    """Obeys robots.txt and its Crawl-delay; one that can't be had forbids everything (RFC 9309, 2.3.1.4).

    Its requests are marked as those for a policy file, so that the archive's middleware keeps the answers.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        crawler.signals.connect(self._slow_down, signal=signals.robots_parsed)
        crawler.signals.connect(self._began, signal=signals.headers_received)
        crawler.signals.connect(self._received, signal=signals.bytes_received)

    async def process_request(self, request: Request, spider: Spider | None = None) -> None:
        """Let `request` pass, or raise Refused. A robots.txt may be of any length: the rest isn't read."""
        if request.meta.get("dont_obey_robotstxt"):
            request.meta["policy"] = "robots"
        if "policy" in request.meta:
            request.meta["download_maxsize"] = 0
        await super().process_request(request)

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        """Let `request` pass, or raise Refused."""
        if rp is None:
            raise Refused("robots.txt unavailable")
        try:
            super().process_request_2(rp, request)
        except IgnoreRequest as error:
            raise Refused("robots") from error

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        # Scrapy would read a server's error page as an empty robots.txt, which allows everything.
        if response.status >= 500 or response.status == 429:
            logger.error("%s answered %s: nothing is requested", response.url, response.status)
            raise IgnoreRequest("robots.txt unavailable")
        if len(response.body) > LENGTH:
            logger.warning("%s is too long: its first %d kB are obeyed", response.url, LENGTH // 1024)
            # Up to the end of a line: half a rule might allow too much.
            response = response.replace(body=response.body[:LENGTH].rpartition(b"\n")[0])
        await super()._parse_robots(response, netloc, request)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        run = cast("SourceSpider", self.crawler.spider).run
        run.policies.unanswered("robots", f"https://{netloc}{PATHS['robots']}", reason_of(exc))
        super()._robots_error(exc, netloc)

    @staticmethod
    def _began(request: Request) -> None:
        request.meta["received"] = 0

    @staticmethod
    def _received(data: bytes, request: Request) -> None:
        if "policy" in request.meta:
            request.meta["received"] += len(data)
            if request.meta["received"] > LENGTH:
                raise StopDownload(fail=False)

    def _slow_down(self, robotparser: RobotParser) -> None:
        # AutoThrottle is off only where there is nobody to spare (spiders/loopback.py).
        throttle = self.crawler.get_extension(AutoThrottle)
        delay = robotparser.crawl_delay(self.crawler.settings["ROBOTSTXT_USER_AGENT"])
        if throttle is None or not delay or delay <= throttle.mindelay:
            return
        logger.info("robots.txt asks for %s seconds between requests", delay)
        throttle.mindelay = delay
        throttle.maxdelay = max(throttle.maxdelay, delay)
        downloader = self.crawler.engine.downloader
        downloader._delay = max(downloader._delay, delay)
        for slot in downloader.slots.values():
            slot.delay = max(slot.delay, delay)
