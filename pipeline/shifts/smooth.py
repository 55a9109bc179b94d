"""Whether a series changes over time in any smooth way: Neyman's test (1937). Pure functions on arrays.

Definitions and references: docs/methods.md.
"""

from __future__ import annotations

import numpy as np

from pipeline.shifts.scan import roughness
from pipeline.trends.resampling import Floats

WAVES = 4
"""Half waves that a course is described by: four tell two humps from none."""
PERIODS_EACH = 3
"""Periods that each of them needs."""


def wander(series: Floats, weights: Floats) -> Floats:
    """(k, b): how much of each of `series` (k, b, T) the first cosines take up, by `weights` (k, T).

    In units of the series' roughness, as the gain of a stretch (scan.py), so that documents that come in
    bursts don't make it wander.
    """
    periods = weights.shape[1]
    number = max(1, min(WAVES, periods // PERIODS_EACH))
    places = (np.arange(periods) + 0.5) / periods
    waves = np.cos(np.pi * np.arange(number + 1) * places[:, None])
    root = np.sqrt(weights)
    # Of each column of its own weights: the level first, then what the waves add to it.
    base = np.linalg.qr(waves * root[:, :, None])[0][:, :, 1:]
    parts = (series * root[:, None]) @ base
    return np.asarray((parts**2).sum(axis=2) / roughness(series, weights))
