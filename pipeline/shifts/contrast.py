"""Two stretches of time compared at a fixed mix of sources, documents resampled on both sides.

Pure functions on arrays. Definitions and references: docs/methods.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.shifts.calendars import Calendar
from pipeline.trends.mix import Estimates, Mix
from pipeline.trends.resampling import (
    Bootstrap,
    Floats,
    Indices,
    effective,
    flat,
    interval,
    resample,
    wilson_draws,
)


@dataclass(frozen=True, slots=True)
class Contrast:
    """Standardised prevalence before and after, and their difference; each estimate is (k,).

    `coverage` is the share of the mix whose sources have documents on both sides: the others tell
    nothing of a change and are left out.
    """

    before: Estimates
    after: Estimates
    change: Estimates
    documents_before: float
    documents_after: float
    coverage: float


@dataclass(frozen=True, slots=True)
class _Side:
    """One side: level (k,), its resamples (B, k), how many documents it is worth, and strata."""

    level: Floats
    draws: Floats
    size: float
    strata: int
    documents: float

    def estimate(self, bootstrap: Bootstrap) -> Estimates:
        return Estimates(self.level, *interval(self.draws, self.level, self.size, self.strata, bootstrap))


def contrast(of: Calendar, values: Floats, mix: Mix, bootstrap: Bootstrap) -> Contrast | None:
    """Compare the two periods of a calendar (`pooled`); `values` (n, k) are those of all documents.

    None where no source of the mix has documents on both sides.
    """
    weight = np.array([mix.get(name, 0.0) for name in of.names])
    both = np.flatnonzero((of.pull > 0).all(axis=1))
    coverage = float(weight[both].sum())
    if not len(both):
        return None
    weight = weight[both] / coverage
    before, after = (_side(of, group, both, weight, values, bootstrap) for group in (0, 1))
    value = after.level - before.level
    freedom = sum(max(side.size - side.strata, 1.0) for side in (before, after))
    lower, upper = bootstrap.bounds(after.draws - before.draws, freedom)
    change = Estimates(value, np.minimum(lower, value).clip(-1, 1), np.maximum(upper, value).clip(-1, 1))
    return Contrast(
        before.estimate(bootstrap), after.estimate(bootstrap), change, before.documents, after.documents,
        coverage,
    )  # fmt: skip


def _side(
    of: Calendar, group: int, both: Indices, weight: Floats, values: Floats, bootstrap: Bootstrap
) -> _Side:
    members, counted = of.of(group)
    inside = np.isin(of.source[members], both)
    members, counted = members[inside], counted[inside]
    strata = np.array(of.names)[of.source[members]]
    rng = bootstrap.generator("contrast", group, *of.starts)
    drawn = resample(values[members], counted, strata, bootstrap.draws(of.keys), members, rng)
    own = [strata == name for name in drawn.sources]
    means = np.stack([counted[at] @ values[members[at]] / counted[at].sum() for at in own])
    sizes = np.array([effective(counted[at]) for at in own])
    level, size = weight @ means, float(1 / (weight**2 / sizes).sum())
    draws = np.einsum("s,sbk->bk", weight, drawn.parts)
    still = flat(draws)
    if still.any():  # it moves as Wilson says
        draws[:, still] = wilson_draws(level[still], size, len(draws), rng)
    return _Side(level, draws, size, len(own), float(counted.sum()))
