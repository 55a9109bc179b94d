"""Europe PMC: its search tells what there is; the JATS text where access is open, else the abstract."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from pipeline.archive import Count
from spiders.api import ApiSpider, address, number, phrases, rows
from spiders.base import Results

REST = "https://www.ebi.ac.uk/europepmc/webservices/rest"
PAGE = 100
TEXT = "/fullTextXML"


def search(query: str, cursor: str = "*") -> str:
    """A page of the search; `*` is the first."""
    asked = {"query": query, "resultType": "core", "format": "json", "pageSize": PAGE, "cursorMark": cursor}
    return address(f"{REST}/search", asked)


def record(source: object, key: object) -> str:
    """The record of an article, with its abstract."""
    return address(f"{REST}/article/{source}/{key}", {"resultType": "core", "format": "json"})


class EuropePmc(ApiSpider):
    """Finds articles in Europe PMC."""

    name = "europepmc"
    host = "www.ebi.ac.uk"
    allowed_domains = ("www.ebi.ac.uk",)
    record = re.compile(
        r"/europepmc/webservices/rest/(?:article/[A-Z]+/\w+\?resultType=core&format=json|PMC\d+/fullTextXML)"
    )

    async def start(self) -> AsyncIterator[Any]:
        """Ask for the first page."""
        since = f" AND FIRST_PDATE:[{self.since} TO 3000-12-31]" if self.since else ""
        yield self.page(search(f"({phrases(self.terms)}){since}"), self.parse_search)

    def parse_search(self, response: Response) -> Results:
        """A page of results, and the next one."""
        answer = self.answer(response)
        found = list(rows(answer, "resultList", "result"))
        self.run.universe.state(hits(answer, response.url))
        dates = {best(result): str(result.get("firstPublicationDate") or "") for result in found}
        yield from self.documents(response, dates, "search", published=dates)
        if (following := next_page(answer, found)) and not self.full:
            yield self.page(following, self.parse_search)

    def not_kept(self, failure: Failure) -> Results:
        """A text that can't be had although access is open: its record instead."""
        super().not_kept(failure)
        if isinstance(failure.value, HttpError) and failure.value.response.url.endswith(TEXT):
            pmcid = failure.value.response.url.split("/")[-2]
            yield from self.documents(failure.value.response, [record("PMC", pmcid)], "record")


def next_page(answer: Mapping[str, Any], found: Sequence[object]) -> str:
    """The page behind `answer`; empty for the last one, which has no cursor, or its own again."""
    request = answer.get("request")
    ours = request if isinstance(request, Mapping) else {}
    cursor = answer.get("nextCursorMark")
    if not found or not cursor or cursor == ours.get("cursorMark"):
        return ""
    return search(str(ours.get("queryString", "")), str(cursor))


def hits(answer: Mapping[str, Any], url: str) -> Count:
    """How many articles the search says that it finds, be they read or not."""
    request = answer.get("request")
    query = request.get("queryString") if isinstance(request, Mapping) else ""
    return Count("europepmc", "matches", number(answer, "hitCount"), str(query or ""), url=url)


def best(result: Mapping[str, Any]) -> str:
    """Where the most of an article is to be had."""
    if result.get("isOpenAccess") == "Y" and result.get("pmcid"):
        return f"{REST}/{result['pmcid']}{TEXT}"
    return record(result.get("source"), result.get("id"))
