"""Hansard: its search tells which debates, statements and answers there are; each is asked for as JSON."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from scrapy import Request
from scrapy.http import Response

from pipeline.archive import Count
from spiders.api import ApiSpider, address, number, rows
from spiders.base import Results

API = "https://hansard-api.parliament.uk"
PAGE = 100
FIRST = "2005-01-01"
GROUPS = ("Contributions", "WrittenStatements", "WrittenAnswers")
"""The lists in an answer whose items belong to a debate; `Total` before a name gives its whole length."""


class Hansard(ApiSpider):
    """Finds debates and written answers in both Houses."""

    name = "hansard"
    host = "hansard-api.parliament.uk"
    allowed_domains = ("hansard-api.parliament.uk",)
    span: tuple[date, date] | None = None
    """All the time that is of interest."""

    record = re.compile(r"/debates/debate/[\w-]+\.json")

    async def start(self) -> AsyncIterator[Any]:
        """Ask for each term, over all the time that is of interest."""
        self.span = first, last = date.fromisoformat(self.since or FIRST), datetime.now(UTC).date()
        for term in self.terms:
            yield self.search(term, first, last)

    def search(self, term: str, first: date, last: date, skip: int = 0) -> Request:
        """A request for what was said from `first` to `last`, both included."""
        asked = {"searchTerm": f'"{term}"', "startDate": first, "endDate": last, "take": PAGE, "skip": skip}
        query = {f"queryParameters.{key}": value for key, value in asked.items()}
        request = self.page(address(f"{API}/search.json", query), self.parse_search)
        return request.replace(cb_kwargs={"term": term, "first": first, "last": last, "skip": skip})

    def parse_search(self, response: Response, term: str, first: date, last: date, skip: int) -> Results:
        """What was found; where there is more than was shown, the two halves of the time.

        Only within a day is there paging: how many results a page has is the service's own affair.
        """
        answer = self.answer(response)
        known = len(self.run.outcomes)
        dates = debates(answer)
        yield from self.documents(response, dates, "search", published=dates)
        total = sum(number(answer, f"Total{group}") for group in GROUPS)
        if (first, last) == self.span and not skip:
            self.run.universe.state(Count("search", "parts", total, term, url=response.url))
        shown = {group: sum(1 for _ in rows(answer, group)) for group in GROUPS}
        if self.full or not any(number(answer, f"Total{group}") > skip + shown[group] for group in GROUPS):
            return
        if first < last:
            middle = first + (last - first) // 2
            yield self.search(term, first, middle)
            yield self.search(term, middle + timedelta(days=1), last)
        elif len(self.run.outcomes) > known:
            yield self.search(term, first, last, skip + max(shown.values()))


def debates(answer: Mapping[str, Any]) -> dict[str, str]:
    """The debates that what was found belongs to, and their days."""
    return {
        f"{API}/debates/debate/{found}.json": str(item.get("SittingDate") or "")
        for group in GROUPS
        for item in rows(answer, group)
        if (found := item.get("DebateSectionExtId"))
    }
