"""Prevalence at a fixed mix of sources, and the split of a change into mix and within. Pure functions.

Definitions and references: docs/methods.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

import numpy as np
import numpy.typing as npt

from pipeline.trends.prevalence import Documents, Measured, Points, cells, measure
from pipeline.trends.resampling import Bootstrap, Floats
from pipeline.trends.spread import Score, compared

Mix = Mapping[str, float]
"""Weights of sources, at least 0, that add up to 1."""


@dataclass(frozen=True, slots=True)
class Estimates:
    """A number per series with its interval; each is (k,)."""

    value: Floats
    lower: Floats
    upper: Floats


@dataclass(frozen=True, slots=True)
class SplitChange:
    """The change of crude prevalence from one period to another: `total` is `mix` plus `within`."""

    period: str
    start: date
    previous: date
    total: Estimates
    mix: Estimates
    within: Estimates
    documents: float
    documents_before: float


def fixed_mix(sources: Sequence[str], weights: Mapping[str, float]) -> dict[str, float]:
    """The mix that trends are standardised to: the `weights` given, or else each source's share of documents.

    `sources` are those of all documents, one for each.
    """
    if not weights:
        names, numbers = np.unique(np.array(sources, dtype=str), return_counts=True)
        weights = dict(zip(map(str, names), map(float, numbers), strict=True))
    total = sum(weights.values())
    return {source: weight / total for source, weight in sorted(weights.items())}


def standardised(found: Measured, mix: Mix, bootstrap: Bootstrap) -> Points | None:
    """A period's prevalence had its sources stood in the fixed mix (direct standardisation).

    A source of the mix without documents in the period is left out and the others' weights are scaled
    up; `coverage` is the weight of those present. None where no source of the mix is present.
    """
    weights = np.array([mix.get(source, 0.0) for source in found.sources])
    coverage = float(weights.sum())
    if coverage <= 0:
        return None
    score = found.sample.score(weights, bootstrap.level)
    counted = [point for point, own in zip(found.by_source, weights > 0, strict=True) if own]
    return Points(
        found.whole.period,
        found.whole.start,
        None,
        score.value,
        score.lower,
        score.upper,
        sum(point.documents for point in counted),
        sum(point.passages for point in counted),
        "standardised",
        coverage,
        score.size,
        score.design,
    )


def change(before: Measured, after: Measured, bootstrap: Bootstrap) -> SplitChange:
    """Kitagawa's split (1955) of the change of crude prevalence between two periods, with intervals.

    A source with documents in one of the periods alone has there the prevalence of the other: coming
    or going it changes the mix, and nothing is known of a change within it.
    """
    sources = sorted({*before.sources, *after.sources})
    sides = [_Side.of(found, sources) for found in (before, after)]
    value = after.whole.prevalence - before.whole.prevalence
    *_, bounds = _compared(sides, [side.share for side in sides], bootstrap.level)
    total = clipped(value, *bounds)
    if len(sources) == 1:
        none = np.zeros(len(value))
        return _change(before, after, total, Estimates(none, none, none), total)
    mix = _mix_part(sides, bootstrap.level)
    return _change(before, after, total, mix, _within_part(sides, value - mix.value, bootstrap.level))


def change_at_fixed_mix(
    before: Measured, after: Measured, mix: Mix, bootstrap: Bootstrap
) -> tuple[Floats, Floats, Estimates] | None:
    """Prevalence before and after had the sources stood in the fixed mix, and the change between them.

    Sources with documents on one side alone tell nothing of a change and are left out; None if none is left.
    """
    sources = sorted({*before.sources, *after.sources})
    sides = [_Side.of(found, sources) for found in (before, after)]
    weight = np.where(sides[0].there & sides[1].there, [mix.get(name, 0.0) for name in sources], 0.0)
    if not weight.any():
        return None
    first, last, bounds = _compared(sides, [weight, weight], bootstrap.level)
    return first.value, last.value, clipped(last.value - first.value, *bounds)


def change_between(
    data: Documents, period: str, first: date, last: date, bootstrap: Bootstrap
) -> SplitChange:
    """The split of the change between any two periods, such as the first and the last, or trough and peak.

    Raises KeyError for a day that no period with documents begins at.
    """
    found = {cell.start: cell for cell in cells(data, period) if cell.start in (first, last)}
    return change(measure(data, found[first], bootstrap), measure(data, found[last], bootstrap), bootstrap)


def _change(
    before: Measured, after: Measured, total: Estimates, mix: Estimates, within: Estimates
) -> SplitChange:
    a, b = before.whole, after.whole
    return SplitChange(b.period, b.start, a.start, total, mix, within, b.documents, a.documents)


@dataclass(frozen=True, slots=True)
class _Side:
    """One of two periods, by the sources of both (S,): which have documents in it, and which share."""

    found: Measured
    there: npt.NDArray[np.bool_]
    share: Floats

    @classmethod
    def of(cls, found: Measured, sources: Sequence[str]) -> _Side:
        there = np.isin(sources, found.sources)
        share = np.zeros(len(sources))
        share[there] = found.sample.shares
        return cls(found, there, share)


def _compared(
    sides: Sequence[_Side], mixes: Sequence[Floats], level: float
) -> tuple[Score, Score, tuple[Floats, Floats]]:
    """Both sides, whose sources stand in `mixes`, each (S,), and the bounds of the change between them."""
    before, after = sides
    first, second = (mix[side.there] for side, mix in zip(sides, mixes, strict=True))
    return compared(before.found.sample, first, after.found.sample, second, level)


def _within_part(sides: Sequence[_Side], value: Floats, level: float) -> Estimates:
    """The change within the sources that both sides have, at the mean of both mixes."""
    mean = np.where(sides[0].there & sides[1].there, (sides[0].share + sides[1].share) / 2, 0.0)
    if not mean.any():
        return Estimates(value, value, value)
    *_, bounds = _compared(sides, [mean, mean], level)
    return clipped(value, *(mean.sum() * bound for bound in bounds))


def _mix_part(sides: Sequence[_Side], level: float) -> Estimates:
    """What the change of mix makes, with an interval from those of the sources' own prevalences.

    Their distances are joined as those of independent estimates are (MOVER, Zou and Donner 2008). The
    interval is at least as wide as the levels that sources near the period's would give it.
    """
    from scipy.special import ndtri

    moved = sides[1].share - sides[0].share
    parts = []
    for side, other in (sides, sides[::-1]):
        # A source that the other side lacks has the same prevalence there.
        weight = np.where(other.there, moved / 2, moved)[side.there, None]
        points, levels = side.found.by_source, side.found.sample.levels
        mean, lower, upper = (np.stack(each) for each in zip(*(p.bounds for p in points), strict=True))
        sizes = np.stack([cast(Floats, point.size) for point in points])
        ends = weight * (lower - mean), weight * (upper - mean)
        variance = weight**2 * levels * (1 - levels) / sizes
        parts.append((weight * mean, np.minimum(*ends) ** 2, np.maximum(*ends) ** 2, variance))
    value, below, above, variance = (
        np.sum([each.sum(axis=0) for each in kind], axis=0) for kind in zip(*parts, strict=True)
    )
    least = float(ndtri((1 + level) / 2)) * np.sqrt(variance)
    return clipped(
        value, value - np.maximum(np.sqrt(below), least), value + np.maximum(np.sqrt(above), least)
    )


def clipped(value: Floats, lower: Floats, upper: Floats) -> Estimates:
    """A difference with its bounds, which hold it and lie between -1 and 1."""
    return Estimates(
        value, np.clip(np.minimum(lower, value), -1, 1), np.clip(np.maximum(upper, value), -1, 1)
    )
