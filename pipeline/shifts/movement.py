"""Where a series stands late against where it stood early: a contrast fixed before the data are seen.

Pure functions on arrays. Definitions and references: docs/methods.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.shifts.calendars import Calendar, pooled
from pipeline.shifts.contrast import Contrast, contrast
from pipeline.shifts.detection import Rules, exceedances, most_shuffles
from pipeline.shifts.shuffled import series, stretch
from pipeline.trends.mix import Mix
from pipeline.trends.resampling import Bootstrap, Floats


@dataclass(frozen=True, slots=True)
class Movement:
    """The first and the last third of the periods, compared for all series; `p_values` (k,)."""

    early: range
    late: range
    found: Contrast
    p_values: Floats


def thirds(periods: int) -> tuple[range, range]:
    """The first and the last third of so many periods, the middle one rounded up."""
    part = periods // 3
    return range(part), range(periods - part, periods)


def movement(
    of: Calendar, values: Floats, columns: Sequence[int], mix: Mix, rules: Rules, bootstrap: Bootstrap
) -> Movement | None:
    """Compare late with early for the `columns` of `values` (n, k), and test against shuffled dates.

    None where there is nothing to compare.
    """
    early, late = thirds(len(of.starts))
    if not (columns and early):
        return None
    two = pooled(of, mix, (early, late))
    found = contrast(two, values[:, columns], mix, bootstrap)
    if found is None:
        return None
    part = stretch(two, 0, 2)
    own = values[part.member][:, columns]
    observed = np.array([[_apart(series(part, y)) for y in own.T]])
    rng = bootstrap.generator("late and early", *two.starts)
    most = most_shuffles(len(columns), rules)
    p_values, _ = exceedances(part, own, [lambda lines, _: _apart(lines)], observed, most, rng)
    return Movement(early, late, found, p_values[0])


def _apart(lines: Floats) -> Floats:
    """(…): how far the two periods of series (…, 2) are apart."""
    return np.asarray(np.abs(lines[..., 1] - lines[..., 0]))
