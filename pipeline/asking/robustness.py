"""A theme's change between two stretches under every defensible choice; asked of the published file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pipeline import store
from pipeline.asking.series import Series, find_series, point_missing
from pipeline.asking.stretch import Stretch, parse_both
from pipeline.config import Config
from pipeline.errors import InputError
from pipeline.records import counted
from pipeline.shifts.codings import analyses
from pipeline.shifts.robustness import AGREE, SURE, Robustness, ordered, summary
from pipeline.shifts.variants import NONE, Specification, Stretches

SHOWN = 4
"""So many of the analyses that differ most are named."""


@dataclass(frozen=True, slots=True)
class Varied:
    """A theme's change from one stretch to another, and all analyses of it, the lowest change first."""

    series: Series
    before: str
    after: str
    found: Robustness
    analyses: list[Specification]
    level: float


def vary(config: Config, theme: str, first: str, last: str) -> Varied:
    """Make every analysis of how a theme changed between two stretches.

    Raises InputError for a theme or stretch that is not there, or one that no published analysis is made of.
    """
    early, late = parse_both(first, last)
    with store.open_published(store.published_file(config)) as connection:
        series = find_series(connection, theme, None)
        stretches = Stretches(early.period, early.starts, late.starts)
        found = analyses(connection, config, stretches, series.name)
        of = summary(found)
        if of is None:
            starts = [start for (start,) in connection.execute(_periods(), [early.period]).fetchall()]
            raise InputError(_why_none(early, late, starts))
        return Varied(series, early.name, late.name, of, ordered(found), config.trend.level)


def _periods() -> str:
    return store.queries("robustness")["periods"]


def _why_none(early: Stretch, late: Stretch, starts: Sequence[date]) -> str:
    for stretch in (early, late):
        if not set(stretch.starts) & set(starts):
            return point_missing(stretch, starts, None)
    return (
        f"no source has documents both in {early.name} and in {late.name}: at a fixed mix of sources there "
        "is nothing to compare; `themeshift change` compares them as they are"
    )


def as_text(varied: Varied) -> str:
    """Some lines for a person."""
    of, head = varied.found, varied.found.headline
    way = {1: "rises", -1: "falls", 0: "does not change"}[(head.change > 0) - (head.change < 0)]
    lines = [
        f"theme {varied.series.name} ({varied.series.label}), {varied.before} against {varied.after}",
        f"published  {_points(head)}: share, at a fixed mix of sources, as coded",
        "",
        f"{counted(of.analyses, 'analysis', plural='analyses')}: in {of.agree} the theme {way}, in {of.sure} "
        f"of these beyond chance; in {of.against} it goes the other way beyond chance",
        f"by share   {_range(of.share)} points",
        f"by mention {_range(of.mention)} points",
        *_what_matters(of),
        *_most_unlike(varied),
        "",
        _verdict(of),
        "The analyses share their documents: how many agree is no test of its own.",
    ]
    return "\n".join(lines)


def _what_matters(of: Robustness) -> list[str]:
    parts = [f"{name} {part:.0%}" for name, part in of.choices.items() if part >= 0.005]
    lines = [f"what explains how far they differ: {', '.join(parts)}"] if parts else []
    if of.shaken:
        named = f"without {of.shaken.kind} {of.shaken.name!r}"
        lines.append(f"what moves it most, left out: {named} {100 * of.shaken.change:+.1f} points")
    return lines


def _most_unlike(varied: Varied) -> list[str]:
    """The analyses that go another way than the published one, the surest first."""
    sign = (varied.found.headline.change > 0) - (varied.found.headline.change < 0)
    other = [one for one in varied.analyses if one.change * sign <= 0]
    other.sort(key=lambda one: (one.sign * sign, one.relative * sign))
    if not other or not sign:
        return []
    more = f", and {len(other) - SHOWN} more" if len(other) > SHOWN else ""
    lines = [f"  {_points(one)}  {choices(one)}" for one in other[:SHOWN]]
    return [
        f"{counted(len(other), 'analysis', plural='analyses')} of another direction{more and ', such as'}:",
        *lines,
    ]


def choices(one: Specification) -> str:
    """The choices of an analysis, in words: measure, estimate, and what is not as published."""
    column = one.column
    parts = [column.measure, one.estimate]
    parts += [column.coding] * (column.coding != "as coded") + ["by length"] * (column.unit == "by length")
    parts += ["every copy"] * (one.copies != "once") + ["full texts"] * (one.access != "all")
    if one.left_out != NONE:
        kind, name = one.left_out
        parts.append(f"without {name} period" if kind == "period" else f"without {kind} {name!r}")
    return ", ".join(parts)


def _verdict(of: Robustness) -> str:
    if of.robust:
        return "Robust: the published change is beyond chance, and no choice decides it."
    if not of.clear:
        return "Not robust: the published change itself may be chance."
    if of.against:
        return (
            f"Not robust: {counted(of.against, 'analysis', plural='analyses')} beyond chance the other way."
        )
    if of.agree < AGREE * of.analyses:
        return f"Not robust: fewer than {AGREE:.0%} of the analyses have its direction."
    return f"Not robust: fewer than {SURE:.0%} of the analyses are beyond chance."


def _points(one: Specification) -> str:
    return f"{100 * one.change:+.1f} points ({100 * one.lower:+.1f} to {100 * one.upper:+.1f})"


def _range(ends: tuple[float, float]) -> str:
    return f"{100 * ends[0]:+.1f} to {100 * ends[1]:+.1f}"
