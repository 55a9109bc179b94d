"""Numbers -> SVG. Colours come from the page's style sheet by class, so that dark mode reaches them."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from pipeline.publishing.report import corrected as by_people
from pipeline.publishing.report import moved
from pipeline.publishing.report.axes import (
    BOTTOM,
    HEIGHT,
    LEFT,
    TOP,
    WIDTH,
    Axes,
    draw,
    event_rules,
    rule,
    ticks,
    value_axis,
    year_axis,
)
from pipeline.publishing.report.content import Shift, ShownEvent, ShownMovement, Thickness
from pipeline.publishing.report.periods import Point, advance, period_name, runs
from pipeline.publishing.report.wording import estimate, number, percent

NOTHING = Markup()


def trend_chart(
    points: Sequence[Point],
    axes: Axes,
    events: Sequence[ShownEvent],
    label: str,
    behind: Markup = NOTHING,
    fixed: Sequence[Point] = (),
    shifts: Sequence[Shift] = (),
    corrected: Sequence[Point] = (),
) -> Markup:
    """One small multiple. Solid periods: line and band. Thin ones: hollow points, no line.

    `behind` is what lies under the series: the bands and marks of gaps. `fixed` is the series at a fixed
    mix of sources, a thin line; `corrected` it is by people's codes; `shifts` are marked at their dates, with
    the levels on either side.
    """
    body = behind + value_axis(axes) + year_axis(axes) + event_rules(events, axes)
    body += _levels(shifts, axes) + _fixed(fixed, axes) + by_people.marks(corrected, axes)
    body += _series(points, axes, 6 + (by_people.ASIDE if corrected else 0))
    return _svg(
        WIDTH, HEIGHT, body + _hover(points, axes, corrected), label, "trend", 0 if events else TOP - 10
    )


def documents_chart(
    thickness: Sequence[Thickness],
    axes: Axes,
    events: Sequence[ShownEvent],
    label: str,
    behind: Markup = NOTHING,
) -> Markup:
    """Documents behind each point, as columns; hollow where they are too few."""
    scale = ticks(max((row.documents for row in thickness), default=1), 3)
    own = Axes(axes.start, axes.end, axes.period, scale[-1])
    body = behind + Markup().join(rule(own, value, number(value)) for value in scale)
    body += year_axis(own) + event_rules(events, own)
    for row in thickness:
        left, right = own.x(row.start), own.x(advance(row.start, own.period))
        inset = min(1.0, (right - left) * 0.12)
        body += draw(
            '<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}</title></rect>',
            "column thin" if row.thin else "column",
            left + inset,
            own.y(row.documents),
            right - left - 2 * inset,
            HEIGHT - BOTTOM - own.y(row.documents),
            f"{period_name(row.start, own.period)}: {number(row.documents)} documents",
        )
    return _svg(WIDTH, HEIGHT, body, label, "trend", 0 if events else TOP - 10)


def range_chart(found: ShownMovement, apart: bool, top: float, label: str) -> Markup:
    """Early and late on one line, each with its interval, from 0 to `top`."""
    width, height = 260.0, 34.0
    body = draw('<line class="axis" x1="4" x2="{:.0f}" y1="17" y2="17"/>', width - 4)
    for level, kind, y in ((found.early, "early", 21.0), (found.late, "late", 13.0)):
        low, mid, high = (
            4 + min(v / top, 1) * (width - 8) for v in (level.lower, level.prevalence, level.upper)
        )
        anchor = "end" if mid > width - 40 else "start" if mid < 40 else "middle"
        body += draw(
            '<line class="whisker {0}" x1="{1:.1f}" x2="{2:.1f}" y1="{3}" y2="{3}"/>'
            '<circle class="dot {0}" cx="{4:.1f}" cy="{3}" r="3.6"/>'
            '<text class="year" x="{4:.1f}" y="{5}" text-anchor="{6}">{7}</text>',
            kind,
            low,
            high,
            y,
            mid,
            33 if kind == "early" else 8,
            anchor,
            kind,
        )
    return _svg(width, height, body, label, "range apart" if apart else "range")


def sparkline(points: Sequence[Point], years: tuple[int, int], label: str) -> Markup:
    """A topic's yearly share from 0 to its own highest, over the years all topics share."""
    width, height = 132.0, 28.0
    shown = [point for point in points if not point.thin] or points
    top = max((point.prevalence for point in shown), default=0) or 1

    def place(point: Point) -> tuple[float, float]:
        x = 4 + (point.start.year - years[0]) / max(years[1] - years[0], 1) * (width - 8)
        return x, height - 4 - min(point.prevalence / top, 1.0) * (height - 9)

    body = draw(
        '<line class="axis" x1="0" x2="{:.0f}" y1="{:.0f}" y2="{:.0f}"/>', width, height - 3, height - 3
    )
    for run in runs(points, "year"):
        body += _polyline([place(point) for point in run])
    for point in points:
        kind = "point thin" if point.thin else "point" if point.prevalence == top else ""
        if kind or len(points) == 1:
            body += _circle(kind, *place(point), 1.9)
    return _svg(width, height, body, label, "spark")


def _svg(width: float, height: float, body: Markup, label: str, kind: str, above: float = 0) -> Markup:
    """`above` is what to leave off at the top."""
    return draw(
        '<svg class="{}" viewBox="0 {:.0f} {:.0f} {:.0f}" role="img" aria-label="{}">{}</svg>',
        kind,
        above,
        width,
        height - above,
        label,
        body,
    )


def _series(points: Sequence[Point], axes: Axes, beside: float) -> Markup:
    """`beside` is how far from the last point its label stands."""
    body = Markup()
    for run in runs(points, axes.period):
        xs = [axes.middle(point.start) for point in run]
        if len(run) == 1:
            body += draw(
                '<line class="whisker" x1="{0:.1f}" x2="{0:.1f}" y1="{1:.1f}" y2="{2:.1f}"/>',
                xs[0],
                axes.y(run[0].lower),
                axes.y(run[0].upper),
            )
        else:
            edge = [(x, axes.y(p.upper)) for x, p in zip(xs, run, strict=True)]
            edge += [(x, axes.y(p.lower)) for x, p in zip(reversed(xs), reversed(run), strict=True)]
            body += draw('<polygon class="band" points="{}"/>', _path(edge))
            body += _polyline([(x, axes.y(p.prevalence)) for x, p in zip(xs, run, strict=True)])
    narrow = axes.x(advance(axes.start, axes.period)) - LEFT < 7
    lone = {run[0].start for run in runs(points, axes.period) if len(run) == 1}
    for point in points:
        x, y = axes.middle(point.start), axes.y(point.prevalence)
        if point.thin and point.prevalence > axes.top:
            body += draw('<path class="point thin" d="M{:.1f} {:.1f}l3 5h-6z"/>', x, y)
        elif point.thin or not narrow or point.start in lone:
            body += _circle("point thin" if point.thin else "point", x, y, 2.2)
    return body + _last_label(points, axes, beside)


def _fixed(points: Sequence[Point], axes: Axes) -> Markup:
    body = Markup()
    for run in runs(points, axes.period):
        if len(run) > 1:
            places = [(axes.middle(point.start), axes.y(point.prevalence)) for point in run]
            body += draw('<polyline class="fixed" points="{}"/>', _path(places))
    return body


def _levels(shifts: Sequence[Shift], axes: Axes) -> Markup:
    """Each change: the days it may have begun on as a bar, its day as a rule, and the levels beside it."""
    body = Markup()
    for shift in shifts:
        x, foot = axes.x(shift.at), HEIGHT - BOTTOM
        body += draw(
            '<g class="shift"><title>{}</title><rect x="{:.1f}" y="{:.0f}" width="{:.1f}" height="3"/>'
            '<path class="rule" d="M{:.1f} {:.0f}V{:.0f}"/></g>',
            *(moved.mark(shift), axes.x(max(shift.earliest, axes.start)), foot - 1.5),
            max(axes.x(shift.latest) - axes.x(max(shift.earliest, axes.start)), 1.5),
            *(x, TOP, foot),
        )
        ends = ((shift.start, shift.at, shift.before), (shift.at, shift.end, shift.after))
        for start, end, value in ends:
            if value is not None:
                shape = '<path class="level" d="M{:.1f} {:.1f}H{:.1f}"/>'
                body += draw(shape, axes.x(start), axes.y(value), axes.x(end))
    return body


def _last_label(points: Sequence[Point], axes: Axes, beside: float) -> Markup:
    solid = [point for point in points if not point.thin]
    if not solid:
        return Markup()
    last = solid[-1]
    x, y = axes.middle(last.start), axes.y(last.prevalence)
    text = percent(last.prevalence, 0 if last.prevalence >= 0.0995 else 1)
    # Beside its point, or above it where a hollow point that follows is in the way.
    after = [p for p in points if p.start > last.start and axes.middle(p.start) < x + 34]
    taken = any(abs(axes.y(p.prevalence) - y) < 9 for p in after)
    at = (x, y - 8, "middle") if taken else (x + beside, y + 3.5, "start")
    label = '<text class="value" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>'
    return _circle("point", x, y, 2.6) + draw(label, *at, text)


def _hover(points: Sequence[Point], axes: Axes, corrected: Sequence[Point]) -> Markup:
    """An unseen strip over each period, so that a pointer finds its numbers."""
    body = Markup()
    by_codes = {point.start: f"; corrected {estimate(point)}" for point in corrected if not point.thin}
    for point in points:
        left, right = axes.x(point.start), axes.x(advance(point.start, axes.period))
        body += draw(
            '<rect class="hit" x="{:.1f}" y="{:.0f}" width="{:.1f}" height="{:.0f}"><title>{}</title></rect>',
            left,
            TOP,
            right - left,
            HEIGHT - TOP - BOTTOM,
            f"{period_name(point.start, axes.period)}: {estimate(point)}, {number(point.documents)} documents"
            + (" (too few)" if point.thin else "")
            + by_codes.get(point.start, ""),
        )
    return body


def _polyline(places: Sequence[tuple[float, float]]) -> Markup:
    if len(places) < 2:
        return Markup().join(_circle("point", *place, 1.9) for place in places)
    return draw('<polyline class="line" points="{}"/>', _path(places))


def _circle(kind: str, x: float, y: float, radius: float) -> Markup:
    return draw('<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="{}"/>', kind, x, y, radius)


def _path(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
