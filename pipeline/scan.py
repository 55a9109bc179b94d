"""Circular binary segmentation of a weighted series (Olshen et al. 2004). Pure functions on arrays.

Definitions and references: docs/methods.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pipeline.resampling import Floats

DATES = 7.352
"""What a date's fit may fall short of the best one's and still be within the 95% set (Eo and Morley 2015)."""
TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Found:
    """Where a series changes: `cuts` are numbers of the first period after each change, one or two."""

    cuts: tuple[int, ...]
    gain: float


def gains(series: Floats, weights: Floats, shortest: int) -> Floats:
    """(b,): how much better the best stretch at a level of its own fits each row of `series` (b, T).

    The gain is the fall of the weighted sum of squares, in units of the dispersion that is left: at
    least 1, which is what documents that don't hang together have (Janssen 1997 on studentising).
    """
    series = series - (series @ weights / weights.sum())[:, None]
    total = series**2 @ weights
    best = np.zeros(len(series))
    sums = np.concatenate([np.zeros((len(series), 1)), np.cumsum(series * weights, axis=1)], axis=1)
    masses = np.concatenate([[0.0], np.cumsum(weights)])
    periods = len(weights)
    for length in range(shortest, periods - shortest + 1):
        inside = masses[length:] - masses[:-length]
        share = masses[-1] / (inside * (masses[-1] - inside))
        share[~_allowed(periods, length, shortest)] = 0.0
        np.maximum(best, ((sums[:, length:] - sums[:, :-length]) ** 2 * share).max(axis=1), out=best)
    return np.asarray(best / dispersion(total - best, periods))


def find(series: Floats, weights: Floats, shortest: int, enough: float) -> Found | None:
    """The best stretch of one series (T,); one end of it alone where the other adds less than `enough`.

    None where the series is too short to be cut.
    """
    periods = len(weights)
    if periods < 2 * shortest:
        return None
    (gain,) = gains(series[None], weights, shortest)
    one = max(range(shortest, periods - shortest + 1), key=lambda cut: -_rest(series, weights, [cut]))
    pairs = [
        (first, last)
        for first in range(shortest, periods - 2 * shortest + 1)
        for last in range(first + shortest, periods - shortest + 1)
    ]
    if pairs:
        two = list(max(pairs, key=lambda pair: _fit_of_stretch(series, weights, *pair)))
        left = _rest(series, weights, two)
        if (_rest(series, weights, [one]) - left) / dispersion(np.array(left), periods) > enough:
            return Found(tuple(two), float(gain))
    return Found((one,), float(gain))


def dates(series: Floats, weights: Floats, cut: int, shortest: int) -> tuple[int, int]:
    """First and last place of a change, where the fit is not much worse than at `cut`; of a series (T,)."""
    periods = len(weights)
    cuts = range(min(shortest, cut), max(periods - shortest, cut) + 1)
    best = _rest(series, weights, [cut])
    allowed = DATES * float(dispersion(np.array(best), periods))
    near = [at for at in cuts if _rest(series, weights, [at]) - best <= allowed]
    return min(near), max(near)


def dispersion(rest: Floats, periods: int) -> Floats:
    """The weighted squares that are left, by degree of freedom; at least 1."""
    return np.asarray(np.maximum(rest / max(periods - 2, 1), 1.0))


def _allowed(periods: int, length: int, shortest: int) -> npt.NDArray[np.bool_]:
    """Which stretches of a length leave, on either side, nothing or enough."""
    before = np.arange(periods - length + 1)
    after = periods - length - before
    return np.asarray(((before == 0) | (before >= shortest)) & ((after == 0) | (after >= shortest)))


def _fit_of_stretch(series: Floats, weights: Floats, first: int, last: int) -> float:
    """How well one level within and one level around fit."""
    inside = np.zeros(len(weights), dtype=bool)
    inside[first:last] = True
    return -sum(_squares(series[part], weights[part]) for part in (inside, ~inside))


def _rest(series: Floats, weights: Floats, cuts: list[int]) -> float:
    """The weighted squares around the levels between the cuts."""
    ends = [0, *cuts, len(weights)]
    return sum(_squares(series[a:b], weights[a:b]) for a, b in pairwise(ends))


def _squares(series: Floats, weights: Floats) -> float:
    if not len(series):
        return 0.0
    mean = series @ weights / weights.sum()
    return float((series - mean) ** 2 @ weights)
