"""Asks each host once, before its first article, what it reserves; what is reserved is not asked for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from spiders.guards import Guard
from spiders.outcomes import Refused, reason_of
from spiders.policies import OPTIONAL, PATHS, PolicyFiles
from spiders.tdm import AiTxt, Stated, TdmRep

if TYPE_CHECKING:
    from spiders.base import SourceSpider

logger = logging.getLogger(__name__)

Rules = TdmRep | AiTxt
PARSERS: Mapping[str, Callable[[bytes], Rules]] = {"tdmrep": TdmRep.parse, "ai.txt": AiTxt.parse}


class Reservations(Guard):
    """Downloader middleware: tdmrep.json and ai.txt, honoured for articles.

    Both are optional. One that is missing, unreadable or out of order reserves nothing, and is recorded.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._hosts: dict[str, asyncio.Task[list[Rules]]] = {}

    async def process_request(self, request: Request) -> None:
        """Let `request` pass, or raise Refused."""
        if (url := request.meta.get("document")) is None:
            return
        parts = urlsplit(request.url)
        if parts.netloc not in self._hosts:
            asking = self._ask(f"{parts.scheme}://{parts.netloc}")
            self._hosts[parts.netloc] = asyncio.get_running_loop().create_task(asking)
        # Shielded: one request given up must not take the answer from the others.
        every = await asyncio.shield(self._hosts[parts.netloc])
        stated: list[Stated] = [said for rules in every for said in rules.of(request.url)]
        if stated and (reason := self._policies.judge(url, stated)):
            raise Refused(reason)

    async def _ask(self, host: str) -> list[Rules]:
        answers = [(kind, await self._answer(kind, host + PATHS[kind])) for kind in OPTIONAL]
        return [rules for kind, answer in answers if answer and (rules := self._read(kind, answer))]

    async def _answer(self, kind: str, url: str) -> Response | None:
        """What came, if anything did. Asked once: nothing is lost without it."""
        meta = {"policy": kind, "dont_retry": True}
        request = Request(url, priority=1000, callback=NO_CALLBACK, meta=meta)
        assert self.crawler.engine is not None
        try:
            response = await self.crawler.engine.download_async(request)
        except Exception as error:  # whatever it was, the crawl goes on without it
            logger.info("%s: no answer from %s: %s", self.name, url, reason_of(error))
            self._policies.unanswered(kind, url, reason_of(error))
            return None
        if response.status >= 500:
            logger.warning("%s: %s answered %s: taken for none", self.name, url, response.status)
        return response if response.status == 200 else None

    def _read(self, kind: str, response: Response) -> Rules | None:
        try:
            return PARSERS[kind](response.body)
        except (ValueError, RecursionError) as error:
            logger.info("%s: %s can't be read: %s", self.name, response.url, error)
            return None

    @property
    def _policies(self) -> PolicyFiles:
        return cast("SourceSpider", self.crawler.spider).run.policies
