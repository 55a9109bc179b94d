"""Numbers -> honest words: percentages, and what can be said of a theme's highest and lowest year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.report.periods import Point, period_name

SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True, slots=True)
class Extremes:
    """A theme's lowest and highest solid year; both None where fewer than two years are solid."""

    lowest: Point | None
    highest: Point | None

    @property
    def apart(self) -> bool:
        """Whether the two 95% intervals have no value in common."""
        return bool(self.lowest and self.highest and self.lowest.upper < self.highest.lower)

    @property
    def gap(self) -> float:
        """Highest minus lowest prevalence; -1 where there is nothing to compare."""
        return self.highest.prevalence - self.lowest.prevalence if self.lowest and self.highest else -1.0

    @property
    def order(self) -> tuple[bool, float]:
        """Sorts clear differences first, the widest at the top."""
        return (not self.apart, -self.gap)


def extremes(years: Sequence[Point]) -> Extremes:
    """Yearly points -> the lowest and the highest; thin years don't count, the earliest wins a tie."""
    solid = [point for point in years if not point.thin]
    if len(solid) < 2:
        return Extremes(None, None)
    return Extremes(min(solid, key=lambda p: p.prevalence), max(solid, key=lambda p: p.prevalence))


def reading(found: Extremes) -> tuple[str, str]:
    """What can be said: a verdict, and the numbers behind it."""
    low, high = found.lowest, found.highest
    if low is None or high is None:
        return "Too few documents", "Fewer than two years have enough documents to compare."
    if low.prevalence == high.prevalence:
        return "No clear change", f"{percent(low.prevalence)} in every year with enough documents."
    if found.apart:
        return (
            f"Higher in {high.start.year} than in {low.start.year}",
            f"{estimate(high)} against {estimate(low)}.",
        )
    return (
        "No clear change",
        f"Highest in {high.start.year}, {estimate(high)}; lowest in {low.start.year}, {estimate(low)}. "
        "The intervals overlap.",
    )


def against(found: Extremes, fixed: Sequence[Point]) -> str:
    """A sentence where the two years stand the other way round at a fixed mix of sources, else nothing."""
    low, high = found.lowest, found.highest
    own = {point.start: point for point in fixed if not point.thin}
    if low is None or high is None or low.start not in own or high.start not in own:
        return ""
    a, b = own[high.start], own[low.start]
    if found.gap <= 0 or a.prevalence >= b.prevalence:
        return ""
    return (
        f"At a fixed mix of sources it is the other way round: {estimate(a)} in {a.start.year}, "
        f"{estimate(b)} in {b.start.year}."
    )


def summary(found: Sequence[Extremes]) -> str:
    """One sentence over all themes."""
    compared = [item for item in found if item.highest]
    clear = sum(item.apart for item in compared)
    if not compared:
        return "No theme can be compared over years: fewer than two years have enough documents."
    if not clear:
        return f"None of {counted(len(compared), 'theme')} shows a clear difference between two years."
    verb = "differs" if clear == 1 else "differ"
    return (
        f"{in_words(clear).capitalize()} of {counted(len(compared), 'theme')} "
        f"{verb} clearly between the lowest and the highest year."
    )


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
    """`no themes`, `one theme`, `eight themes`, `6,126 documents`."""
    return f"{in_words(count)} {noun}{'' if count == 1 else 's'}"


def in_words(count: int) -> str:
    """`no`, `one` … `ten`, `11`, `6,126`."""
    return SMALL[count] if count < len(SMALL) else f"{count:,}"
