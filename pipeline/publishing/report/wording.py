"""Numbers -> honest words: percentages, counts, and the text alternatives of charts."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline import records
from pipeline.publishing.report.periods import Point, period_name


def describe(label: str, points: Sequence[Point], period: str) -> str:
    """The text alternative of a chart: first, last, lowest and highest solid points; thin ones counted."""
    solid = [point for point in points if not point.thin]
    thin = len(points) - len(solid)
    note = f" {counted(thin, period)} with too few documents." if thin else ""
    if not solid:
        return f"{label}: no {period} has enough documents.{note}"
    ends = {"First": solid[0], "last": solid[-1]}
    ends["lowest"] = min(solid, key=lambda p: p.prevalence)
    ends["highest"] = max(solid, key=lambda p: p.prevalence)
    parts = (f"{name} {period_name(p.start, period)}, {estimate(p)}" for name, p in ends.items())
    return f"{label} by {period}. {'; '.join(parts)}.{note}"


def percent(value: float, digits: int = 1) -> str:
    """0.1234 -> `12.3%`; a value that rounds to nothing but isn't -> `<0.1%`."""
    if 0 < value < 0.5 * 10 ** -(digits + 2):
        return f"<{10**-digits:.{digits}f}%"
    return f"{100 * value:.{digits}f}%"


def estimate(point: Point) -> str:
    """`12.3% (8.1 to 16.0)`"""
    return f"{percent(point.prevalence)} ({100 * point.lower:.1f} to {100 * point.upper:.1f})"


def number(value: float) -> str:
    """`6,126`; effective numbers of documents to one decimal where they aren't whole."""
    return f"{value:,.0f}" if abs(value - round(value)) < 0.05 else f"{value:,.1f}"


def counted(count: int, noun: str) -> str:
    """`no theme`, `one theme`, `eight themes`, `6,126 documents`: as prose has it."""
    return records.counted(count, noun, spelt=True)


def listed(names: Sequence[str]) -> str:
    """`A`, `A and B`, `A, B and C`."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
