"""Trends corrected by people's codes: their marks on a chart, and in words what was corrected or why not."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from pipeline.publishing.report import moved
from pipeline.publishing.report.axes import Axes, draw
from pipeline.publishing.report.content import ShownCorrection
from pipeline.publishing.report.periods import Point, advance, period_name, runs
from pipeline.publishing.report.wording import counted, estimate

ROOM = 9.0
"""Least distance of two diamonds, in SVG units: of nearer ones every second or third is drawn."""
SIZE, CAP = 3.6, 2.4
"""Half the width of a diamond, and of the end of its whisker."""
ASIDE = 4.0
"""How far to the right of the uncorrected point, so that neither hides the other."""


def marks(points: Sequence[Point], axes: Axes) -> Markup:
    """Diamonds with whiskers, told from the other lines by their shape alone; hollow where too few.

    They are joined, by dots, only where not all of them are drawn.
    """
    step = axes.x(advance(axes.start, axes.period)) - axes.x(axes.start)
    every = max(1, math.ceil(ROOM / step))
    body = Markup()
    for run in runs(points, axes.period):
        if every > 1 and len(run) > 1:
            line = " ".join(f"{_x(p, axes):.1f},{axes.y(p.prevalence):.1f}" for p in run)
            body += draw('<polyline class="corrected" points="{}"/>', line)
        body += Markup().join(_marked(point, axes) for point in run[::every])
    thin = [point for point in points if point.thin and point.prevalence <= axes.top]
    return body + Markup().join(_diamond("corrected thin", point, axes) for point in thin[::every])


def described(points: Sequence[Point], period: str) -> str:
    """What to add to a chart's text alternative."""
    solid = [point for point in points if not point.thin]
    if not solid:
        return ""
    ends = solid if len(solid) < 3 else (solid[0], solid[-1])
    parts = (f"{period_name(point.start, period)}, {estimate(point)}" for point in ends)
    return f" Corrected by people’s codes: {'; '.join(parts)}."


def words(found: ShownCorrection | None) -> str:
    """By how many documents a theme was corrected and how far the machine is out, or why it was not."""
    if found is None:
        return ""
    if found.refused:
        return f"Not corrected by people’s codes: {found.refused}."
    out = moved.points(found.bias, found.lower, found.upper).replace(" (", " than they do (")
    if out.startswith("0.0 "):
        out = f"as much as they do ({out.partition('(')[2][:-1]} points)"
    mind = f" Mind: {found.remark}." if found.remark else ""
    who = f"Corrected by people’s codes in {counted(found.documents, 'document')}"
    return f"{who}: the machine finds {out}.{mind}"


def _marked(point: Point, axes: Axes) -> Markup:
    x, low, high = _x(point, axes), axes.y(point.lower), axes.y(point.upper)
    cap = f"M{x - CAP:.1f} {low:.1f}h{2 * CAP:.1f}M{x:.1f} {low:.1f}V{high:.1f}"
    if point.upper <= axes.top:  # else it runs out at the top
        cap += f"M{x - CAP:.1f} {high:.1f}h{2 * CAP:.1f}"
    return draw('<path class="corrected whisker" d="{}"/>', cap) + _diamond("corrected", point, axes)


def _diamond(kind: str, point: Point, axes: Axes) -> Markup:
    x, y = _x(point, axes), axes.y(point.prevalence) - SIZE
    shape = '<path class="{} diamond" d="M{:.1f} {:.1f}l{s} {s}l-{s} {s}l-{s} -{s}z"/>'
    return draw(shape, kind, x, y, s=SIZE)


def _x(point: Point, axes: Axes) -> float:
    room = axes.x(advance(point.start, axes.period)) - axes.x(point.start)
    return axes.middle(point.start) + min(ASIDE, room / 4)
