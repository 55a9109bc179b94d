"""Gaps and breaks on charts: hatched bands, and marks at the foot, each with its reason in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from markupsafe import Markup

from pipeline.publishing.report.axes import BOTTOM, HEIGHT, TOP, Axes, draw
from pipeline.publishing.report.content import ShownGap, Thickness
from pipeline.publishing.report.periods import advance, period_name, span
from pipeline.publishing.report.wording import number

WEIGHTY = 0.2
"""A source with a smaller share of all documents moves no line by coming, going or falling silent."""

STEP = 5.0
"""Distance between the lines of a hatching, in SVG units."""


def shown(gaps: Sequence[ShownGap], axes: Axes | None) -> list[ShownGap]:
    """The gaps that a chart of all sources shows: its own, and those of the sources that weigh most."""
    if axes is None:
        return []
    return [
        gap
        for gap in gaps
        if gap.start and gap.end and gap.weight >= WEIGHTY and gap.start < axes.end and gap.end >= axes.start
    ]


def bands(gaps: Sequence[ShownGap], thickness: Sequence[Thickness], axes: Axes) -> Markup:
    """A hatched band over each stretch with no documents or few, and over each period without any."""
    found: list[tuple[date, date, str]] = [
        (max(gap.start, axes.start), min(_after(gap.end), axes.end), words(gap))
        for gap in gaps
        if gap.hatched and gap.start and gap.end
    ]
    counted = {row.start for row in thickness if row.documents > 0}
    for start in span(axes.start, axes.end, axes.period):
        if start not in counted:
            name = f"{period_name(start, axes.period)}: no document"
            found.append((start, min(advance(start, axes.period), axes.end), name))
    return Markup().join(
        _band(axes.x(start), axes.x(end), "\n".join(titles)) for start, end, titles in _joined(found)
    )


def marks(gaps: Sequence[ShownGap], axes: Axes) -> Markup:
    """A small triangle at the foot where a source breaks, begins or ends."""
    body = Markup()
    for gap in gaps:
        day = turn(gap)
        if day is not None and axes.start < day < axes.end:
            shape = '<path class="turn" d="M{:.1f} {:.1f}l4 7h-8z"><title>{}</title></path>'
            body += draw(shape, axes.x(day), HEIGHT - BOTTOM - 7, words(gap))
    return body


def turn(gap: ShownGap) -> date | None:
    """The day on which a source breaks, begins or ends; None for a stretch."""
    if gap.hatched or gap.start is None or gap.end is None:
        return None
    return _after(gap.end) if gap.kind == "begins" else gap.start


def words(gap: ShownGap) -> str:
    """`The BMJ, 2016: break; 10 in 2015, 2 in 2016`"""
    return f"{gap.source or 'All sources'}, {dates(gap)}: {gap.kind}; {gap.why}"


def dates(gap: ShownGap) -> str:
    """The stretch as it would be said: `2016`, `2012 to 2014`, `2013 Q2 to 2014 Q1`, or `all years`."""
    if gap.start is None or gap.end is None:
        return "all years"
    after = _after(gap.end)
    whole = (gap.start.month, gap.start.day, after.month, after.day) == (1, 1, 1, 1)
    period = "year" if whole else "quarter"
    first, last = period_name(gap.start, period), period_name(gap.end, period)
    return first if first == last else f"{first} to {last}"


def described(gaps: Sequence[ShownGap]) -> str:
    """What to add to a chart's text alternative."""
    return f" Gaps and breaks: {'; '.join(map(words, gaps))}." if gaps else ""


def expected(gap: ShownGap) -> str:
    """How many documents there should be; nothing where that can't be said."""
    return "" if gap.expected is None else number(gap.expected)


def _after(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)


def _joined(found: Sequence[tuple[date, date, str]]) -> list[tuple[date, date, list[str]]]:
    """Stretches that touch or overlap, as one with the titles of all."""
    joined: list[tuple[date, date, list[str]]] = []
    for start, end, title in sorted(found):
        if joined and start <= joined[-1][1]:
            before, until, titles = joined[-1]
            joined[-1] = (before, max(until, end), [*titles, title])
        else:
            joined.append((start, end, [title]))
    return joined


def _band(left: float, right: float, title: str) -> Markup:
    top, foot = TOP, HEIGHT - BOTTOM
    height = foot - top
    lines = []
    at = left - height
    while at < right:
        # A line goes up by as much as it goes right; what lies outside the band is cut off.
        start, end = max(at, left), min(at + height, right)
        if end > start:
            lines.append(f"M{start:.1f} {foot - (start - at):.1f}L{end:.1f} {foot - (end - at):.1f}")
        at += STEP
    return draw(
        '<g class="gap"><title>{}</title><rect x="{:.1f}" y="{:.0f}" width="{:.1f}" height="{:.0f}"/>'
        '<path d="{}"/></g>',
        title, left, top, right - left, height, "".join(lines),
    )  # fmt: skip
