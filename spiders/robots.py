"""robots.txt, obeyed more strictly than Scrapy does by itself."""

from __future__ import annotations

import logging

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response
from scrapy.robotstxt import RobotParser

from spiders.outcomes import Refused

logger = logging.getLogger(__name__)


class Robots(RobotsTxtMiddleware):
    """Obeys robots.txt and its Crawl-delay; one that can't be had forbids everything (RFC 9309, 2.3.1.4)."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        crawler.signals.connect(self._slow_down, signal=signals.robots_parsed)

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
        await super()._parse_robots(response, netloc, request)

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
