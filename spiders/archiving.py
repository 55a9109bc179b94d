"""The middleware nearest the wire: hands what answers an article request to the archive, as it was sent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Self, cast
from urllib.parse import urljoin

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DontCloseSpider
from scrapy.http import Response

from pipeline.config import Config
from pipeline.errors import ArchiveError
from spiders import locks, reports
from spiders.guards import retry_after
from spiders.outcomes import RUN_ENDS, CrawlRun, Refused

if TYPE_CHECKING:
    from spiders.base import SourceSpider

logger = logging.getLogger(__name__)

WALL = 3
"""So many refusals without an article between them mean that the site doesn't want to be crawled."""

GONE = (404, 410)
MOVED = (301, 302, 303, 307, 308)

OUTCOMES = {"finished": "finished", "shutdown": "interrupted", "cancelled": "interrupted"}
"""Scrapy's reason for closing a spider -> the run's outcome; any other reason is a failure."""


def _left_undone(run: CrawlRun) -> str:
    """What a run left out that came to its end."""
    return "listing failed" if run.failed else "page limit" if run.full else ""


class Archiving:
    """Downloader middleware: hands the answer to every article request to the archive, as it was sent."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._walls = 0  # refusals in a row, of whatever kind
        self._articles_refused = 0
        self._closing: asyncio.Task[None] | None = None
        self._errors = 0
        self._looked_back = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build the middleware and follow the spider from its opening to its end."""
        self = cls(crawler)
        crawler.signals.connect(self._opened, signal=signals.spider_opened)
        crawler.signals.connect(self._idle, signal=signals.spider_idle)
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

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Keep what answers an article request, or the fact it states; leave errors to those behind."""
        if kind := request.meta.get("policy"):
            return self._policy(kind, request, response)
        self._watch_for_a_wall(request, response)
        url = request.meta.get("document")
        if url is None:
            return response
        run = self.spider.run
        if response.status == 200:
            self._write(lambda: run.keep(url, response, request.meta["found"]))
        elif response.status == 304 and request.meta.get("conditional"):
            self._write(lambda: run.unchanged(url, response))
            raise Refused("unchanged")
        elif 200 < response.status < 300:
            raise Refused(f"http {response.status}")
        elif response.status in GONE and run.has(url):
            self._write(lambda: run.gone(url, response))
            raise Refused("gone")
        elif response.status in MOVED and b"Location" in response.headers:
            return self._moved(url, request, response)
        return response

    def _policy(self, kind: str, request: Request, response: Response) -> Response:
        """A robots.txt or the like: kept as it came, wherever a redirect led."""
        if response.status not in MOVED or b"Location" not in response.headers:
            asked = request.meta.get("redirect_urls", [request.url])[0]
            self._write(lambda: self.spider.run.policies.keep(kind, asked, response))
        return response

    def _write(self, write: Callable[[], None]) -> None:
        """Do it, and stop the spider where the archive can't be written."""
        try:
            write()
        except ArchiveError as error:
            self.spider.run.abandon(error)
            self._stop("archive", str(error))
            raise Refused("not archived") from error

    def _moved(self, url: str, request: Request, response: Response) -> Request | Response:
        """A redirect: a fact about `url`, and a request for where it leads unless that is known."""
        location = (response.headers["Location"] or b"").decode("latin-1")
        run, target = self.spider.run, urljoin(request.url, location)
        if not self.spider.on_site(target):
            raise Refused("off-site")
        article = self.spider.document_url(target)
        to = article or self.spider.canonical(target)
        if to == url:
            return response  # another spelling of the same address: followed
        if article is None and response.status not in (301, 308):
            raise Refused("redirected")  # for the time being, to something that is no article
        self._write(lambda: run.moved(url, response, to))
        times = request.meta.get("redirect_times", 0) + 1
        if times > self.crawler.settings.getint("REDIRECT_MAX_TIMES"):
            if run.discover(to, url, "redirect"):
                run.refuse(to, "too many redirects")
            raise Refused("moved")
        for following in self.spider.follow(to, url):
            return following.replace(meta={**following.meta, "redirect_times": times})
        raise Refused("moved")

    def _watch_for_a_wall(self, request: Request, response: Response) -> None:
        challenged = b"cf-mitigated" in response.headers  # Cloudflare's mark on a captcha page
        away = challenged or response.status == 403 or self._too_many(request, response)
        self._walls = self._walls + 1 if away else 0
        # A wall may well let listings through: only an article shows that there is none before the articles.
        if "document" in request.meta and (away or response.status in (200, 304)):
            self._articles_refused = self._articles_refused + 1 if away else 0
        if max(self._walls, self._articles_refused) == WALL:
            self._stop(
                "bot wall",
                f"the site turned us away {WALL} times and gave no article between them, the last time with "
                f"{response.status} at {response.url}. It is left alone; ask its owner before you try again",
            )

    def _too_many(self, request: Request, response: Response) -> bool:
        """429, unless it says when to come again: then it counts once that was tried in vain."""
        again = self.crawler.settings.getint("RETRY_TIMES") > request.meta.get("retry_times", 0)
        return response.status == 429 and not (again and retry_after(response) is not None)

    def _stop(self, reason: str, message: str) -> None:
        if self._closing is None:
            logger.error("%s stopped: %s", self.spider.name, message)
            closing = self.crawler.engine.close_spider_async(reason=reason)
            self._closing = asyncio.get_running_loop().create_task(closing)

    def _opened(self, spider: SourceSpider) -> None:
        config: Config = self.crawler.settings["THEMESHIFT"]
        try:
            locks.take(config, [spider.name])  # held already but for scrapy's own crawl command
            spider.run = CrawlRun.open(spider.name, config)
        except (ArchiveError, locks.LockedError) as error:
            logger.error("%s can't begin: %s", spider.name, error)
            raise CloseSpider("archive") from error

    def _idle(self) -> None:
        """When the listings are done: what earlier runs left over, and what is due."""
        if self._looked_back or self._closing is not None or self.crawler.engine is None:
            return
        self._looked_back = True
        requests = list(self.spider.look_back())
        for request in requests:
            self.crawler.engine.crawl(request)
        if requests:
            raise DontCloseSpider

    def _closed(self, spider: SourceSpider, reason: str) -> None:
        run = getattr(spider, "run", None)
        if run is None:
            return
        outcome = OUTCOMES.get(reason, "failed")
        if outcome != "failed":
            reason = outcome if outcome == "interrupted" else _left_undone(run)
        if outcome == "finished" and not run.links and not run.partial:
            message = "%s found no article: the site is built differently now, or is out of reach"
            logger.error(message, spider.name)
            outcome, reason = "failed", "no article"
        if self._errors:
            outcome, reason = "failed", "spider error"
        for _, verdict in self.crawler.signals.send_catch_log(RUN_ENDS, run=run, outcome=outcome):
            outcome = verdict if isinstance(verdict, str) else outcome
        if outcome == "suspect":
            reason = "check failed"
        try:
            run.close(outcome, reason)
        except ArchiveError as error:
            logger.error("%s has no report: %s", spider.name, error)
            run.abandon(error)
        try:
            reports.write(self.crawler.settings["THEMESHIFT"].data / "logs", run.record())
        except OSError as error:
            logger.warning("%s: no run report: %s", spider.name, error.strerror or error)

    def _dropped(self, request: Request) -> None:
        # Redirects lead to pages that are on their own list, too.
        if url := request.meta.get("document"):
            self.spider.run.refuse(url, "already requested")

    def _broke(self) -> None:
        self._errors += 1
