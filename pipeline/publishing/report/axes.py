"""The axes that small multiples share: scales, ticks, and the rules of policy events."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from pipeline.publishing.report.content import ShownEvent, Thickness
from pipeline.publishing.report.periods import Point, advance, span

WIDTH, HEIGHT = 360.0, 196.0
LEFT, RIGHT, TOP, BOTTOM = 30.0, 38.0, 26.0, 20.0
KEY = 14.5
"""Room for the number of an event, in SVG units: two digits and a space."""


@dataclass(frozen=True, slots=True)
class Axes:
    """The shared axes of the small multiples: dates `start` to `end` (exclusive), 0 to `top`."""

    start: date
    end: date
    period: str
    top: float

    def x(self, day: date) -> float:
        """Where a day stands."""
        share = (day - self.start).days / max((self.end - self.start).days, 1)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """Where a value stands; what is above the scale stands at its top."""
        return HEIGHT - BOTTOM - min(value, self.top) / self.top * (HEIGHT - TOP - BOTTOM)

    def middle(self, start: date) -> float:
        """The middle of the period that starts at `start`."""
        return (self.x(start) + self.x(min(advance(start, self.period), self.end))) / 2


def frame(series: Sequence[Sequence[Point]], thickness: Sequence[Thickness], period: str) -> Axes | None:
    """Axes that hold every series: all periods, and the solid points with most of their intervals.

    Thin points don't stretch the scale, unless there are no others. None where there are no periods.
    """
    starts = [row.start for row in thickness]
    if not starts:
        return None
    points = [point for one in series for point in one]
    solid = [point for point in points if not point.thin] or points
    highest = max((point.prevalence for point in solid), default=0.0)
    # One interval of great width would press all the others flat: it runs out at the top instead.
    uppers = sorted(point.upper for point in solid)
    usual = uppers[int(0.9 * (len(uppers) - 1))] if uppers else 0.0
    return Axes(min(starts), advance(max(starts), period), period, ticks(max(1.1 * highest, usual))[-1])


def ticks(highest: float, count: int = 4) -> list[float]:
    """Round values from 0 to at least `highest` (1 at most, for a prevalence), about `count` steps."""
    highest = highest if highest > 0 else 0.1
    power = 10.0 ** math.floor(math.log10(highest / count))
    step = next(power * m for m in (1, 2, 2.5, 5, 10) if power * m * count >= highest * 0.999)
    return [i * step for i in range(math.ceil(highest / step - 1e-9) + 1)]


def events_within(events: Sequence[ShownEvent], axes: Axes | None) -> list[ShownEvent]:
    """The events the charts can show, oldest first."""
    return [event for event in events if axes and axes.start <= event.date < axes.end]


def draw(shape: str, *values: object, **named: object) -> Markup:
    """An SVG element from its template; whatever text goes in is escaped."""
    return Markup(shape).format(*values, **named)  # noqa: S704 - shapes are literals of this package


def value_axis(axes: Axes) -> Markup:
    """A rule and a label, in %, for each round value."""
    values = ticks(axes.top)
    digits = 0 if all(abs(100 * v - round(100 * v)) < 1e-6 for v in values) else 1
    labels = [f"{100 * value:.{digits}f}" for value in values]
    labels[-1] += "%"
    return Markup().join(rule(axes, value, label) for value, label in zip(values, labels, strict=True))


def rule(axes: Axes, value: float, label: str) -> Markup:
    """A horizontal rule and its label, left of the chart."""
    y = axes.y(value)
    return draw(
        '<line class="{}" x1="{:.0f}" x2="{:.0f}" y1="{y:.1f}" y2="{y:.1f}"/>'
        '<text class="tick" x="{:.0f}" y="{:.1f}" text-anchor="end">{}</text>',
        *("grid" if value else "axis", LEFT, WIDTH - RIGHT, LEFT - 5, y + 3.3, label),
        y=y,
    )


def year_axis(axes: Axes) -> Markup:
    """A tick at each new year; the year's name under its middle, every so many where they would touch."""
    body = Markup()
    years = span(date(axes.start.year, 1, 1), axes.end, "year")
    room = axes.x(date(axes.start.year + 1, 1, 1)) - axes.x(date(axes.start.year, 1, 1))
    step = max(1, math.ceil(27 / room))
    for index, year in enumerate(years):
        left, right = axes.x(max(year, axes.start)), axes.x(min(advance(year, "year"), axes.end))
        if year > axes.start:
            body += draw(
                '<line class="axis" x1="{0:.1f}" x2="{0:.1f}" y1="{1:.0f}" y2="{2:.0f}"/>',
                left,
                HEIGHT - BOTTOM,
                HEIGHT - BOTTOM + 4,
            )
        if index % step == 0 and (step > 1 or right - left >= 24):
            body += draw(
                '<text class="tick" x="{:.1f}" y="{:.0f}" text-anchor="middle">{}</text>',
                (left + right) / 2,
                HEIGHT - 5,
                year.year,
            )
    return body


def event_rules(events: Sequence[ShownEvent], axes: Axes) -> Markup:
    """A thin rule per event; its number above, moved aside where numbers would touch."""
    marks = [axes.x(event.date) for event in events]
    body = Markup()
    for index, (x, key) in enumerate(zip(marks, dodge(marks, LEFT, WIDTH - 6), strict=True), 1):
        body += draw(
            '<path class="event" d="M{0:.1f} 11L{1:.1f} {2:.0f}V{3:.0f}"/>'
            '<text class="key" x="{0:.1f}" y="9" text-anchor="middle">{4}</text>',
            key,
            x,
            TOP - 4,
            HEIGHT - BOTTOM,
            index,
        )
    return body


def dodge(marks: Sequence[float], low: float, high: float, gap: float = KEY) -> list[float]:
    """Places for labels, `gap` apart (less where they don't all fit), as near `marks` as a sweep gets.

    `marks` ascend. Touching labels move as one block, centred on the mean of what they label.
    """
    gap = min(gap, (high - low) / max(len(marks) - 1, 1))
    blocks: list[tuple[float, list[float]]] = []
    for mark in marks:
        blocks.append((min(max(mark, low), high), [mark]))
        while len(blocks) > 1:
            (first, before), (second, after) = blocks[-2:]
            if first + gap * len(before) <= second + 1e-9:
                break
            together = before + after
            centre = sum(m - gap * i for i, m in enumerate(together)) / len(together)
            start = min(max(centre, low), high - gap * (len(together) - 1))
            blocks[-2:] = [(start, together)]
    return [start + gap * i for start, members in blocks for i in range(len(members))]
