"""Months, quarters and years: their names, their order, and the points that stand in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

MONTHS = {"month": 1, "quarter": 3, "year": 12}
"""Length of a period in months."""


@dataclass(frozen=True, slots=True)
class Point:
    """Prevalence in the period that starts at `start`; `prevalence`, `lower`, `upper` between 0 and 1."""

    start: date
    prevalence: float
    lower: float
    upper: float
    documents: float
    thin: bool


def advance(start: date, period: str) -> date:
    """First day of the period after the one that starts at `start`."""
    months = start.year * 12 + start.month - 1 + MONTHS[period]
    return date(months // 12, months % 12 + 1, 1)


def span(start: date, end: date, period: str) -> list[date]:
    """First days of all periods from `start` until before `end`."""
    found = []
    while start < end:
        found.append(start)
        start = advance(start, period)
    return found


def runs(points: Sequence[Point], period: str) -> list[list[Point]]:
    """Solid points in unbroken sequence: a thin or missing period ends a run."""
    found: list[list[Point]] = []
    for point in points:
        if point.thin:
            continue
        if found and advance(found[-1][-1].start, period) == point.start:
            found[-1].append(point)
        else:
            found.append([point])
    return found


def period_name(start: date, period: str) -> str:
    """`March 2014`, `2014 Q1` or `2014`."""
    if period == "month":
        return f"{start:%B %Y}"
    if period == "quarter":
        return f"{start.year} Q{(start.month + 2) // 3}"
    return str(start.year)


def date_name(day: date | None, precision: str | None) -> str:
    """A date as exactly as it is known: `1 March 2014`, `March 2014`, `2014` or `undated`."""
    if day is None:
        return "undated"
    if precision == "year":
        return str(day.year)
    return f"{day:%B %Y}" if precision == "month" else f"{day.day} {day:%B %Y}"
