"""Hansard: its search tells which debates, statements and answers there are; each is asked for as JSON.

`/search.json` shows four results of a kind and no more; the kinds have lists of their own. Those of
contributions have pages; the one of titles was seen to give the same 25 debates whatever page is asked. So
each list is read page by page against its total, and where it ends before that, the time is halved.
"""

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
from spiders.outcomes import reason_of

API = "https://hansard-api.parliament.uk"
PAGE = 100
FIRST = "2005-01-01"
LISTS = {
    "Contributions": "contributions/Spoken",
    "WrittenStatements": "contributions/Written",
    "WrittenAnswers": "contributions/Written",
    "Corrections": "contributions/Corrections",
    "Petitions": "petitions",
    "Debates": "debates",
}
"""The groups of an answer whose items name a debate, `Total` before a name for its whole length, and the list
that has each of them page by page."""
PARTS = ("Contributions", "WrittenStatements", "WrittenAnswers", "Corrections")
"""Those whose items are parts of a debate."""
TITLES = frozenset(("petitions", "debates"))
"""Lists of debates by their titles: most of these are found by what was said in them, too."""

Shown = dict[str, list[Mapping[str, Any]]]


class Hansard(ApiSpider):
    """Finds debates and written answers in both Houses."""

    name = "hansard"
    host = "hansard-api.parliament.uk"
    allowed_domains = ("hansard-api.parliament.uk",)
    span: tuple[date, date] | None = None
    """All the time that is of interest."""

    record = re.compile(r"/debates/debate/[\w-]+\.json")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dead: set[str] = set()
        """Lists that gave nothing where there was something: the search alone has to do."""
        self.reached: dict[tuple[str, str, date], int] = {}
        """How many of a list's results were seen, for a term and a day."""

    async def start(self) -> AsyncIterator[Any]:
        """Ask for each term, over all the time that is of interest."""
        self.span = first, last = date.fromisoformat(self.since or FIRST), datetime.now(UTC).date()
        for term in self.terms:
            yield self.search(term, first, last)

    def search(
        self, term: str, first: date, last: date, skip: int = 0, before: Shown | None = None, only: str = ""
    ) -> Request:
        """A request for what was said from `first` to `last`, both included.

        `before` is the page before; `only` the one list that this is asked for.
        """
        request = self.page(asking("search", term, first, last, skip), self.parse_search)
        values = {"term": term, "first": first, "last": last, "skip": skip, "before": before, "only": only}
        return request.replace(cb_kwargs=values, dont_filter=bool(only))

    def parse_search(
        self, response: Response, term: str, first: date, last: date, skip: int,
        before: Shown | None = None, only: str = "",
    ) -> Results:  # fmt: skip
        """What was found; where there is more than was shown, the lists, or the two halves of the time.

        Only within a day, and only where a list is no help, are its own pages turned.
        """
        answer = self.answer(response)
        shown: Shown = {group: list(rows(answer, group)) for group in LISTS}
        dates = debates(row for found in shown.values() for row in found)
        yield from self.documents(response, dates, "search", published=dates)
        total = {group: number(answer, f"Total{group}") for group in LISTS}
        if (first, last) == self.span and not skip:
            parts = sum(total[group] for group in PARTS)
            self.run.universe.state(Count("search", "parts", parts, term, url=response.url))
        # a service that has no further pages gives the first one again, whatever is asked
        again = before is not None and all(shown[group] == before.get(group, []) for group in LISTS)
        seen = {group: (0 if again else skip) + len(found) for group, found in shown.items()}
        more = [group for group in LISTS if total[group] > seen[group] and only in ("", LISTS[group])]
        paths = dict.fromkeys(LISTS[group] for group in more)
        for path in () if self.full else [path for path in paths if path not in self.dead & TITLES]:
            groups = [group for group in LISTS if LISTS[group] == path]
            of_list = sum(total[group] for group in groups)
            if not skip and path not in self.dead:
                yield self.of_list(path, term, first, last, of_list, before=shown)
            elif first < last:
                yield from self.halves(term, first, last, path)
            elif not again and (step := _step(shown, path)):
                yield self.search(term, first, last, skip + step, before=shown, only=path)
            else:
                self.short(path, term, first, sum(seen[group] for group in groups), of_list)

    def halves(self, term: str, first: date, last: date, only: str) -> Results:
        """Requests for the two halves of a time of several days."""
        middle = first + (last - first) // 2
        yield self.search(term, first, middle, only=only)
        yield self.search(term, middle + timedelta(days=1), last, only=only)

    def of_list(
        self, path: str, term: str, first: date, last: date, total: int, skip: int = 0,
        before: Shown | None = None,
    ) -> Request:  # fmt: skip
        """A request for a page of a list, which has `total` results by what the search said."""
        values = {"path": path, "term": term, "first": first, "last": last, "total": total, "skip": skip}
        values |= {"before": before or {}}

        def failed(failure: Failure) -> Any:
            # no harm as long as the search leads to all of it
            self.logger.info("%s: no list from %s: %s", self.name, request.url, reason_of(failure.value))
            return list(self.ended(path, term, first, last, skip, total, before or {}))

        request = self.page(asking(f"search/{path}", term, first, last, skip), self.parse_list, failed)
        return request.replace(cb_kwargs=values, dont_filter=True)

    def parse_list(
        self, response: Response, path: str, term: str, first: date, last: date, total: int, skip: int,
        before: Shown,
    ) -> Results:  # fmt: skip
        """A page of a list, and the next one; what else there is to ask, where the list ends too early."""
        answer = self.answer(response)
        shown = list(rows(answer, "Results"))
        dates = debates(shown)
        yield from self.documents(response, dates, "search", published=dates)
        # the count of its own kind comes first: the other may be that of all kinds
        kind = f"{path.rpartition('/')[2]}ResultCount"
        stated = number(answer, kind) or number(answer, "TotalResultCount")
        total = stated if stated or (path in TITLES and "TotalResultCount" in answer) else total
        again = before.get(path) == shown
        seen = skip + (0 if again else len(shown))
        if self.full or seen >= total:
            return
        if shown and not again:
            yield self.of_list(path, term, first, last, total, seen, {**before, path: shown})
        else:
            yield from self.ended(path, term, first, last, seen, total, before)

    def ended(
        self, path: str, term: str, first: date, last: date, seen: int, total: int, before: Shown
    ) -> Results:
        """What else there is to ask where a list ends before its total, or can't be had."""
        if not seen:
            self.dead.add(path)
            if path in TITLES:
                self.logger.info("%s: no list of %s by title", self.name, path)
                return
        if first < last:
            yield from self.halves(term, first, last, path)
            return
        self.reached[path, term, first] = seen
        if step := _step(before, path):
            yield self.search(term, first, last, step, before=before, only=path)
        else:
            self.short(path, term, first, seen, total)

    def short(self, path: str, term: str, day: date, seen: int, total: int) -> None:
        """Say that not all of a day was shown."""
        seen = max(seen, self.reached.get((path, term, day), 0))
        self.run.failed += 1
        self.logger.warning(
            '%s: "%s" on %s, %s: the search shows %d of %d results, debates of that day may be missing',
            self.name, term, day, path.rpartition("/")[2].lower(), seen, total,
        )  # fmt: skip


def asking(path: str, term: str, first: date, last: date, skip: int) -> str:
    """The address of a question: a page of what was said from `first` to `last`, the oldest first."""
    asked = {"searchTerm": f'"{term}"', "startDate": first, "endDate": last, "take": PAGE, "skip": skip}
    asked["orderBy"] = "SittingDateAsc"
    return address(f"{API}/{path}.json", {f"queryParameters.{key}": value for key, value in asked.items()})


def _step(shown: Shown, path: str) -> int:
    """How far to go for the next page of the search, by the shortest of the groups that a list has."""
    lengths = (len(found) for group, found in shown.items() if LISTS.get(group) == path and found)
    return min(lengths, default=0)


def debates(found: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The debates that results belong to, and their days."""
    return {
        f"{API}/debates/debate/{key}.json": str(item.get("SittingDate") or "")
        for item in found
        if (key := item.get("DebateSectionExtId"))
    }
