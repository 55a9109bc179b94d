"""Specification curves as SVG: a point for every analysis, and below it what the analysis does otherwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from markupsafe import Markup

from pipeline.publishing.report.axes import draw, ticks
from pipeline.publishing.report.curves import Analysis, Curve

WIDTH, LEFT, RIGHT = 360.0, 92.0, 8.0
TOP, HIGH, ROW = 10.0, 110.0, 11.0
ROWS: tuple[tuple[str, Callable[[Analysis], bool]], ...] = (
    ("crude", lambda one: one.estimate == "crude"),
    ("corrected", lambda one: one.estimate == "corrected"),
    ("surer passages", lambda one: one.coding == "the surer ones"),
    ("less sure, too", lambda one: one.coding == "less sure ones too"),
    ("phrases alone", lambda one: one.coding == "phrases alone"),
    ("by length", lambda one: one.unit == "by length"),
    ("every copy", lambda one: one.copies != "once"),
    ("full texts", lambda one: one.access != "all"),
    ("less a source", lambda one: one.left_out == "source"),
    ("less a genre", lambda one: one.left_out == "genre"),
    ("less a phrase", lambda one: one.left_out == "phrase"),
    ("less a period", lambda one: one.left_out == "period"),
    ("narrower scope", lambda one: one.left_out == "scope"),
)
"""What an analysis does otherwise than the published one, beside the measure."""


def chart(curve: Curve, label: str) -> Markup:
    """The curve in points, share and mention in two colours, hollow where it may be chance; choices below."""
    shown = [(name, of) for name, of in ROWS if any(of(one) for one in curve.analyses)]
    height = TOP + HIGH + 8 + ROW * len(shown)
    low, high = _scale(curve.analyses)

    def y(value: float) -> float:
        return TOP + HIGH * (1 - (min(max(value, low), high) - low) / (high - low))

    body = Markup()
    for value in sorted({low, 0.0, high}, key=abs):
        body += draw(
            '<line class="{}" x1="{:.0f}" x2="{:.0f}" y1="{:.1f}" y2="{:.1f}"/>'
            '<text class="tick" x="{:.0f}" y="{:.1f}" text-anchor="end">{}</text>',
            "axis" if value == 0 else "grid", LEFT, WIDTH - RIGHT, y(value), y(value), LEFT - 5,
            y(value) + 3.5, f"{100 * value:+.3g}" if value else "0",
        )  # fmt: skip
    for number, (name, _) in enumerate(shown):
        body += draw(
            '<text class="tick" x="{:.0f}" y="{:.1f}" text-anchor="end">{}</text>',
            LEFT - 5, TOP + HIGH + 8 + ROW * number + 8, name,
        )  # fmt: skip
    step = (WIDTH - LEFT - RIGHT) / max(len(curve.analyses), 1)
    for at, one in enumerate(curve.analyses):
        body += _analysis(one, LEFT + (at + 0.5) * step, y, step, shown)
    return draw(
        '<svg class="curve" viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="{}">{}</svg>',
        WIDTH, height, label, body,
    )  # fmt: skip


def _analysis(
    one: Analysis,
    x: float,
    y: Callable[[float], float],
    step: float,
    shown: Sequence[tuple[str, Callable[[Analysis], bool]]],
) -> Markup:
    sure = one.lower > 0 or one.upper < 0
    body = Markup()
    if one.headline:
        bottom = TOP + HIGH + 8 + ROW * len(shown)
        body += draw(
            '<line class="published" x1="{0:.2f}" x2="{0:.2f}" y1="{1:.0f}" y2="{2:.0f}"/>',
            x,
            TOP - 6,
            bottom,
        )
    body += draw(
        '<line class="whisker {0}" x1="{1:.2f}" x2="{1:.2f}" y1="{2:.1f}" y2="{3:.1f}"/>'
        '<circle class="{0}{4}" cx="{1:.2f}" cy="{5:.1f}" r="{6}"/>',
        one.measure, x, y(one.lower), y(one.upper), "" if sure else " chance", y(one.change),
        3.4 if one.headline else 1.7,
    )  # fmt: skip
    for number, (_, does) in enumerate(shown):
        if does(one):
            top = TOP + HIGH + 8 + ROW * number + 2
            body += draw(
                '<rect class="{}" x="{:.2f}" y="{:.1f}" width="{:.2f}" height="{:.1f}"/>',
                one.measure, x - step / 2, top, max(step * 0.9, 0.6), ROW - 4,
            )  # fmt: skip
    return body


def _scale(analyses: Sequence[Analysis]) -> tuple[float, float]:
    """From below the lowest change to above the highest, 0 within; the widest intervals run out."""
    low, high = min(one.change for one in analyses), max(one.change for one in analyses)
    below, above = (ticks(1.1 * end, 3)[-1] if end > 0 else 0.0 for end in (-low, high))
    return (-below, above) if below or above else (-0.01, 0.01)
