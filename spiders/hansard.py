"""Hansard: its search tells which debates, statements and answers there are; each is asked for as JSON."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from pipeline.archive import Count
from spiders.api import ApiSpider, address, number, rows
from spiders.base import Results

API = "https://hansard-api.parliament.uk"
PAGE = 100
FIRST = "2005-01-01"
GROUPS = ("Contributions", "WrittenStatements", "WrittenAnswers")
"""The lists in an answer whose items belong to a debate; `Total` before a name gives its whole length."""
LISTS = {"Contributions": "Spoken", "WrittenStatements": "Written", "WrittenAnswers": "Written"}
"""Where the items of each are listed on their own, page by page."""


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

    def search(self, term: str, first: date, last: date, skip: int = 0, before: object = None) -> Request:
        """A request for what was said from `first` to `last`, both included; `before` is the page before."""
        request = self.page(asking("search", term, first, last, skip), self.parse_search)
        values = {"term": term, "first": first, "last": last, "skip": skip, "before": before}
        return request.replace(cb_kwargs=values)

    def parse_search(
        self, response: Response, term: str, first: date, last: date, skip: int, before: object = None
    ) -> Results:
        """What was found; where there is more than was shown, the two halves of the time.

        Only within a day is there paging: how many results a page has is the service's own affair. Where the
        pages of a day end before its total, the lists of its contributions are asked.
        """
        answer = self.answer(response)
        dates = debates(answer)
        yield from self.documents(response, dates, "search", published=dates)
        total = {group: number(answer, f"Total{group}") for group in GROUPS}
        if (first, last) == self.span and not skip:
            self.run.universe.state(Count("search", "parts", sum(total.values()), term, url=response.url))
        shown = {group: list(rows(answer, group)) for group in GROUPS}
        # a service that has no further pages gives the first one again, whatever is asked
        again = shown == before
        more = [group for group in GROUPS if total[group] > (0 if again else skip) + len(shown[group])]
        if self.full or not more:
            return
        step = min((len(shown[group]) for group in more if shown[group]), default=0)
        if first < last:
            middle = first + (last - first) // 2
            yield self.search(term, first, middle)
            yield self.search(term, middle + timedelta(days=1), last)
        elif step and not again:
            yield self.search(term, first, last, skip + step, before=shown)
        else:
            for kind in dict.fromkeys(LISTS[group] for group in more):
                of_kind = [group for group in more if LISTS[group] == kind]
                seen = sum((0 if again else skip) + len(shown[group]) for group in of_kind)
                yield self.of_day(kind, term, first, (seen, sum(total[group] for group in of_kind)))

    def of_day(self, kind: str, term: str, day: date, known: tuple[int, int], skip: int = 0) -> Request:
        """A request for a page of a day's contributions of one kind, of which `known` (n of m) are seen."""

        def failed(failure: Failure) -> None:
            self.page_failed(failure)
            self.short(term, day, kind, *known)

        request = self.page(
            asking(f"search/contributions/{kind}", term, day, day, skip), self.parse_list, failed
        )
        values = {"kind": kind, "term": term, "day": day, "known": known, "skip": skip}
        return request.replace(cb_kwargs=values)

    def parse_list(
        self, response: Response, kind: str, term: str, day: date, known: tuple[int, int], skip: int
    ) -> Results:
        """A page of a day's contributions, and the next one."""
        answer = self.answer(response)
        dates = debates(answer, ("Results",))
        yield from self.documents(response, dates, "search", published=dates)
        seen = skip + len(list(rows(answer, "Results")))
        total = max(number(answer, "TotalResultCount"), known[1])
        if self.full or seen >= total:
            return
        if seen > skip:
            yield self.of_day(kind, term, day, (seen, total), seen)
        else:
            self.run.failed += 1
            self.short(term, day, kind, max(seen, known[0]), total)

    def short(self, term: str, day: date, kind: str, seen: int, total: int) -> None:
        """Say that not all of a day was shown."""
        self.logger.warning(
            '%s: "%s" on %s, %s: the search shows %d of %d results, debates of that day may be missing',
            self.name, term, day, kind.lower(), seen, total,
        )  # fmt: skip


def asking(path: str, term: str, first: date, last: date, skip: int) -> str:
    """The address of a question: a page of what was said from `first` to `last`."""
    asked = {"searchTerm": f'"{term}"', "startDate": first, "endDate": last, "take": PAGE, "skip": skip}
    return address(f"{API}/{path}.json", {f"queryParameters.{key}": value for key, value in asked.items()})


def debates(answer: Mapping[str, Any], groups: Iterable[str] = (*GROUPS, "Debates")) -> dict[str, str]:
    """The debates that what was found belongs to, and their days."""
    return {
        f"{API}/debates/debate/{found}.json": str(item.get("SittingDate") or "")
        for group in groups
        for item in rows(answer, group)
        if (found := item.get("DebateSectionExtId"))
    }
