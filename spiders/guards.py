"""Middlewares for the manners of a crawl and against the ill manners of servers (docs/faults.md)."""

from __future__ import annotations

import asyncio
import logging
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Self, cast
from urllib.parse import urljoin, urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from spiders import addresses
from spiders.evidence import UnknownEncodingError, Unpacked, ends, has_entities, is_challenge, unpack
from spiders.outcomes import Refused
from spiders.policies import is_optional
from spiders.tdm import of_page

if TYPE_CHECKING:
    from pipeline.config import Config
    from spiders.base import SourceSpider

logger = logging.getLogger(__name__)

WALL = 3
"""So many challenges without an article between them, and the site is left alone."""

OUT_OF_ORDER = 20
"""So many failures in a row, and the site is given up for today."""

PATIENCE = 6
"""A run waits at most so many times crawl.max_wait, taken together."""


class Guard:
    """A downloader middleware that may stop its spider."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.config: Config = crawler.settings["THEMESHIFT"]
        self._closing: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build the middleware."""
        return cls(crawler)

    @property
    def name(self) -> str:
        """The spider's name."""
        return cast("SourceSpider", self.crawler.spider).name

    def stop(self, reason: str, message: str) -> None:
        """End the run as failed, and say why."""
        if self._closing is None:
            logger.error("%s stopped: %s", self.name, message)
            closing = self.crawler.engine.close_spider_async(reason=reason)
            self._closing = asyncio.get_running_loop().create_task(closing)


class Patience(Guard):
    """Leaves a host alone for as long as it asks (Retry-After), and gives up where that is too long."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._until: dict[str, float] = {}
        self._waited = 0.0
        self._failures = 0

    async def process_request(self, request: Request) -> None:
        """Refuse a private address; wait until the host may be asked. Nothing goes out after a stop."""
        if self._closing is not None:
            raise Refused("not reached")
        if addresses.is_private(urlsplit(request.url).hostname or ""):
            raise Refused("private address")
        until = self._until.get(_host(request.url), 0.0)
        while (left := until - time.monotonic()) > 0:
            # In small steps, so that Ctrl-C need not wait as well.
            await asyncio.sleep(min(left, 0.2))
            if not self.crawler.crawling:
                raise Refused("not reached")

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Note a Retry-After; ask again later after a 429 that has one."""
        if not is_optional(request):
            self._count(failed=response.status >= 500)
        seconds = retry_after(response)
        if seconds is not None:
            held = self._asked_to_wait(request, seconds)
        else:
            held = False
            if self._failures > 1:  # not one broken page, but a site in trouble
                delay = self.crawler.settings.getfloat("DOWNLOAD_DELAY")
                self._hold(request, delay * 2 ** min(self._failures, 4))
        if not held or response.status != 429:
            return response
        spider = self.crawler.spider
        assert spider is not None
        return get_retry_request(request, spider=spider, reason="Retry-After", priority_adjust=0) or response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Count what failed without an answer."""
        if not isinstance(exception, IgnoreRequest) and not is_optional(request):
            self._count(failed=True)

    def _count(self, failed: bool) -> None:
        self._failures = self._failures + 1 if failed else 0
        if self._failures == OUT_OF_ORDER:
            self.stop("out of order", f"{OUT_OF_ORDER} requests in a row failed; try again another day")

    def _asked_to_wait(self, request: Request, seconds: float) -> bool:
        most = self.config.crawl.max_wait
        self._waited += seconds
        if seconds > most or self._waited > PATIENCE * most:
            self.stop(
                "retry-after",
                f"{request.url} asks us to wait {seconds:.0f} s, {self._waited:.0f} s in this run: more than "
                f"crawl.max_wait = {most:g} s allows. Crawl it again later",
            )
            return False
        self._hold(request, seconds)
        return True

    def _hold(self, request: Request, seconds: float) -> None:
        host = _host(request.url)
        self._until[host] = max(self._until.get(host, 0.0), time.monotonic() + seconds)
        logger.info("%s: %s is left alone for %.0f s", self.name, host, seconds)


class EvidenceGuard(Guard):
    """Nearest the wire of all: lets nothing through to the archive that is no whole, sane, real answer."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._challenges = 0
        self._limit: int = crawler.settings.getint("DOWNLOAD_MAXSIZE")

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Raises Refused for what is none."""
        if 300 <= response.status < 400:
            _check_redirect(request, response)
        try:
            unpacked = unpack(response, self._limit)
        except UnknownEncodingError as error:
            raise Refused(f"encoding {error}") from error
        if unpacked.size > self._limit:
            raise Refused("too large")
        if not _is_whole(response, unpacked):
            return self._again(request)
        if response.status == 200:
            self._check_challenge(request, response, unpacked)
            if "document" not in request.meta and has_entities(unpacked):
                logger.warning("%s: %s declares XML entities: it is not read", self.name, response.url)
                raise Refused("XML entities")
        if (url := request.meta.get("document")) and response.status in (200, 304):
            run = cast("SourceSpider", self.crawler.spider).run
            if reason := run.policies.judge(url, of_page(response.headers, unpacked.head)):
                raise Refused(reason)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """A name that stands for a private address is not an unknown host."""
        if (urlsplit(request.url).hostname or "") in addresses.turned_down:
            raise Refused("private address") from exception

    def _again(self, request: Request) -> Request:
        spider = self.crawler.spider
        assert spider is not None
        again = get_retry_request(request, spider=spider, reason="incomplete")
        if again is None:
            raise Refused("incomplete")
        return again

    def _check_challenge(self, request: Request, response: Response, unpacked: Unpacked) -> None:
        if not is_challenge(response, unpacked):
            if "document" in request.meta:  # a wall may well let listings through
                self._challenges = 0
            return
        self._challenges += not is_optional(request)
        if self._challenges == WALL:
            self.stop(
                "bot wall",
                f"the site asked {WALL} times for proof that we are human and gave no article between them, "
                f"the last time at {response.url}. It is left alone; ask its owner before you try again",
            )
        raise Refused("captcha")


def retry_after(response: Response) -> float | None:
    """The seconds that an answer asks us to wait, from now on; None where it asks for none."""
    value = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if not value or response.status < 300:
        return None
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        when = parsedate_to_datetime(value).timestamp()
    except (ValueError, OverflowError):
        return None
    try:  # by the server's clock, where it tells
        now = parsedate_to_datetime((response.headers.get("Date") or b"").decode("latin-1")).timestamp()
    except (ValueError, OverflowError):
        now = time.time()
    return max(0.0, when - now)


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _is_whole(response: Response, unpacked: Unpacked) -> bool:
    # "partial": it came without a length, and ended when the connection did.
    if "download_stopped" in response.flags:
        return True
    return unpacked.whole and ("partial" not in response.flags or ends(response, unpacked))


def _check_redirect(request: Request, response: Response) -> None:
    location = (response.headers.get("Location") or b"").decode("latin-1")
    try:
        target = urljoin(request.url, location)
        host = urlsplit(target).hostname or ""
    except ValueError as error:
        raise Refused("broken redirect") from error
    if addresses.is_private(host):
        raise Refused("private address")
    if location and target in (request.url, *request.meta.get("redirect_urls", ())):
        raise Refused("redirect loop")
