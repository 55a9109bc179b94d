"""A column of dates -> days, months, years: decided by the whole column.

`05/06/2014` alone says nothing; a column in which `05/24/2014` stands, too, puts the month first throughout.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from pipeline.archive.date_forms import Three, day_of, found_in, local, missing, year_of

ORDERS = {"day/month/year": (2, 1, 0), "month/day/year": (2, 0, 1), "year/month/day": (0, 1, 2)}
"""Which of three numbers is the year, the month, the day. Where nothing tells, the first, as in Britain."""
SHORT_ORDERS, LONG_ORDERS = tuple(ORDERS), tuple(ORDERS)[:2]
STRAY = 50
"""One value in so many may contradict the others, as a slip of the hand."""


class Decided(NamedTuple):
    """The order of three numbers in a column: None where its values contradict one another."""

    order: str | None
    sure: bool
    strays: int = 0


class DateColumn:
    """The dates of one column.

    `form` is a format of `strptime` that all texts in it have. `today` bounds years of two digits.
    """

    def __init__(self, values: Iterable[Any], form: str | None = None, today: date | None = None) -> None:
        self.form = form
        self.today = today or date.today()
        self._counts: Counter[str] = Counter()
        known: dict[str, Any] = {}
        for value in values:
            if not missing(value):
                self._counts[_shown(value)] += 1
                known.setdefault(_shown(value), value)
        found = {shown: self._found(value) for shown, value in known.items()}
        threes = [(three, self._counts[shown]) for shown, three in found.items() if isinstance(three, Three)]
        self.decided: Mapping[bool, Decided] = {
            long: self._decide([(three, n) for three, n in threes if three.long is long])
            for long in {three.long for three, _ in threes}
        }
        self.given = sum(self._counts.values())
        self.unread = {shown: n for shown, n in self._counts.items() if self.read(known[shown]) is None}
        self.understood = self.given - sum(self.unread.values())

    def read(self, value: Any) -> str | None:
        """A value as `2014-05-24`, `2014-05` or `2014`; None for one that says no date."""
        if missing(value):
            return None
        found = self._found(value)
        if not isinstance(found, Three):
            return found
        readings = self._readings(found)
        decided = self.decided.get(found.long, Decided(None, False))
        if decided.order in readings:
            return readings[decided.order]
        days = set(readings.values())
        return days.pop() if len(days) == 1 else None

    def told(self, column: str) -> list[str]:
        """What a person should know of how the column was read, a sentence each."""
        notes = []
        for long, (order, sure, strays) in sorted(self.decided.items()):
            example = self._example(long)
            sign = next((sign for sign in example if not sign.isdigit()), "/")
            form = sign.join(("%m", "%d", "%Y" if long else "%y"))
            shape = f"dates in {column!r} such as {example}"
            if order is None:
                notes.append(
                    f"{shape} stand in more than one order: those that can be read in two ways were left "
                    f"undated; name the format, as in --map published={column}:%d/%m/%Y"
                )
            elif not sure:
                notes.append(
                    f"{shape} were read as {order}, since nothing in the column tells; if they are not, "
                    f"name the format, as in --map published={column}:{form}"
                )
            elif order != "day/month/year":
                notes.append(f"{shape} were read as {order}: no other order fits the column")
            if order and strays:
                notes.append(f"{strays} in {column!r} do not fit {order} and were read as they can be")
        return notes

    def _example(self, long: bool) -> str:
        texts = (
            three
            for three in map(self._found, self._counts)
            if isinstance(three, Three) and three.long is long
        )
        return next((three.text for three in texts), "")

    def _found(self, value: Any) -> str | Three | None:
        return found_in(value, self.form, self.today)

    def _readings(self, three: Three) -> dict[str | None, str]:
        """order -> the day that the numbers are in it, for the orders that fit."""
        readings: dict[str | None, str] = {}
        for order in LONG_ORDERS if three.long else SHORT_ORDERS:
            at_year, at_month, at_day = ORDERS[order]
            number = three.numbers[at_year]
            year = number if three.long else year_of(f"{number:02d}", self.today)
            day = day_of(year, three.numbers[at_month], three.numbers[at_day])
            if day and len(day) == len("2014-05-24"):
                readings[order] = local(day, three.text) or day
        return readings

    def _decide(self, threes: list[tuple[Three, int]]) -> Decided:
        """The order that fits all values, or all but strays."""
        fitting = [(readings, n) for three, n in threes if (readings := self._readings(three))]
        total = sum(n for _, n in fitting)
        support = {order: sum(n for found, n in fitting if order in found) for order in ORDERS}
        whole = [order for order in ORDERS if total and support[order] == total]
        if not whole:
            best = max(support, key=lambda order: support[order])
            strays = total - support[best]
            return Decided(best if strays * STRAY <= total else None, True, strays)
        differ = any(len({found[order] for order in whole}) > 1 for found, _ in fitting)
        return Decided(_by_years(whole, [found for found, _ in fitting]), not differ)


def _by_years(orders: list[str], fitting: list[Mapping[str | None, str]]) -> str:
    """Of orders that all fit the first; but years first where that makes few years of what else were many."""
    years = {order: len({found[order][:4] for found in fitting}) for order in orders}
    last = orders[-1]
    return last if len(fitting) >= 10 and years[last] * 2 <= years[orders[0]] else orders[0]


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else str(value)
