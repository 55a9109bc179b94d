"""Dates as sites write them -> (date, precision). Days come before months, as in Britain."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from typing import NamedTuple

_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
           "november", "december")  # fmt: skip
_MONTH = r"(?P<m>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_YEAR = r"(?P<y>\d{4})(?!\d)"

_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<!\d){_YEAR}[-/.](?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}})(?!\d)",
        r"(?<!\d)(?P<y>(?:19|20)\d\d)(?P<m>\d\d)(?P<d>\d\d)(?!\d)",
        rf"(?<!\d)(?P<d>\d{{1,2}})[-/.](?P<m>\d{{1,2}})[-/.]{_YEAR}",
        rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[\s-]+(?:of\s+)?{_MONTH},?[\s-]+{_YEAR}",
        rf"\b{_MONTH}\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+{_YEAR}",
        rf"(?<!\d){_YEAR}[-/](?P<m>\d{{1,2}})(?![\d/-])",
        rf"\b{_MONTH},?\s+{_YEAR}",
        rf"(?<!\d){_YEAR}\s+{_MONTH}(?:\s+(?P<d>\d{{1,2}})(?!\d))?",
    )
)
_SHORT = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[\s-]+{_MONTH},?[\s-]+['\u2019]?(?P<y>\d\d)(?![\d:.])",
        r"(?<![\d./-])(?P<d>\d{1,2})([./-])(?P<m>\d{1,2})\2(?P<y>\d\d)(?![\d./:-])",
    )
)
"""Years of two digits: in lines that are there for their date, and nowhere else."""
_BARE_YEAR = re.compile(r"\s*(?:c\.?\s*|©\s*)?(\d{4})\s*")
_WEEKDAY = re.compile(r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+", re.IGNORECASE)
_AROUND = re.compile(
    r"^(?:\W*(?:first\s+)?(?:published|posted|date|publication date|issued)(?:\s+(?:on|online))?\s*:?\s*)?"
    r"(?P<date>.*?)(?:[\s,|T-]*(?:at\s+)?\d{1,2}[:.]\d\d.*)?\W*$",
    re.IGNORECASE | re.DOTALL,
)


class Dated(NamedTuple):
    """A date and how much of it is known: "day", "month" or "year"; the rest stands at the first."""

    day: date
    precision: str

    @property
    def last(self) -> date:
        """The last day that it may mean."""
        if self.precision == "day":
            return self.day
        month = self.day.month if self.precision == "month" else 12
        return self.day.replace(month=month, day=monthrange(self.day.year, month)[1])

    def __str__(self) -> str:
        return self.day.isoformat()[: {"day": 10, "month": 7}.get(self.precision, 4)]


def parse(text: str) -> Dated | None:
    """The date a short field holds ("2016/05/24", "2013-09", "09 August 2013"), or None."""
    text = text.strip()[:80]
    if bare := _BARE_YEAR.fullmatch(text):
        return _dated(int(bare[1]), None, None)
    return find(text)


def find(text: str) -> Dated | None:
    """The first date within a sentence, down to the month; a bare year is no date there."""
    found = _first(text, _PATTERNS)
    return found[0] if found else None


def located(text: str) -> tuple[Dated, int, int] | None:
    """The first date of a line, with years of two digits too, and where in it that stands."""
    return _first(text, (*_PATTERNS, *_SHORT))


def alone(text: str) -> Dated | None:
    """The date of a line that is nothing but a date, or "Published: " and a date; else None."""
    if len(text) > 60:
        return None
    inner = _WEEKDAY.sub("", (_AROUND.match(text) or {"date": ""})["date"].strip(" ()."))
    found = located(inner)
    return found[0] if found and found[1:] == (0, len(inner)) else None


def _first(text: str, patterns: tuple[re.Pattern[str], ...]) -> tuple[Dated, int, int] | None:
    hits = [hit for pattern in patterns if (hit := pattern.search(text))]
    # of two readings of the same place, the one that says more: "9 May 2014" holds "May 2014" too
    hits.sort(key=lambda hit: (hit.start(), -len(hit[0])))
    for hit in hits:
        parts = hit.groupdict()
        year = int(parts["y"])
        if len(parts["y"]) == 2:
            year += 1900 if year > 68 else 2000  # as POSIX has it
        if found := _dated(year, _month(parts["m"]), _number(parts.get("d"))):
            return found, hit.start(), hit.end()
    return None


def _number(text: str | None) -> int | None:
    return int(text) if text else None


def _month(text: str) -> int:
    if text.isdigit():
        return int(text)
    return next(at for at, name in enumerate(_MONTHS, 1) if name.startswith(text[:3].lower()))


def _dated(year: int, month: int | None, day: int | None) -> Dated | None:
    """Zero month or day, as in 2013-00-00, means unknown; 05/24/2016 can only be American."""
    if not 1 <= year <= 9999:
        return None
    if not month:
        return Dated(date(year, 1, 1), "year")
    if month > 12 and day and day <= 12:
        month, day = day, month
    if month > 12:
        return None
    if not day:
        return Dated(date(year, month, 1), "month")
    try:
        return Dated(date(year, month, day), "day")
    except ValueError:
        return None
