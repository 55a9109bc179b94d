"""Two stretches of time compared at a fixed mix of sources, with score intervals.

Pure functions on arrays. Definitions and references: docs/methods.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.shifts.calendars import Calendar
from pipeline.trends.mix import Estimates, Mix, clipped
from pipeline.trends.resampling import Bootstrap, Floats, Indices
from pipeline.trends.spread import Sample, Spread, compared


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


def contrast(of: Calendar, values: Floats, mix: Mix, bootstrap: Bootstrap) -> Contrast | None:
    """Compare the two periods of a calendar (`pooled`); `values` (n, k) are those of all documents.

    None where no source of the mix has documents on both sides.
    """
    weight = np.array([mix.get(name, 0.0) for name in of.names])
    both = np.flatnonzero((of.pull > 0).all(axis=1))
    coverage = float(weight[both].sum())
    if not len(both):
        return None
    spread, share = Spread.of(of.days, of.source, values), weight[both] / coverage
    samples = [_side(of, group, both, spread) for group in (0, 1)]
    before, after, bounds = compared(samples[0], share, samples[1], share, bootstrap.level)
    change = clipped(after.value - before.value, *bounds)
    first, second = (Estimates(side.value, side.lower, side.upper) for side in (before, after))
    counts = [float(sample.documents.sum()) for sample in samples]
    return Contrast(first, second, change, counts[0], counts[1], coverage)


def _side(of: Calendar, group: int, both: Indices, spread: Spread) -> Sample:
    """The documents of a period that are of the sources `both`."""
    members, counted = of.of(group)
    inside = np.isin(of.source[members], both)
    return spread.sample(members[inside], counted[inside])
