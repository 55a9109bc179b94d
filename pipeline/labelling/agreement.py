"""How well coders agree: Krippendorff's alpha, Cohen's kappa, positive and negative agreement.

Pure functions on arrays; formulas and references in docs/methods.md. Documents are resampled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.trends.resampling import Bootstrap, Floats, flat, resampled_amounts

RARE = 0.1
"""With a smaller share of yes (or of no) kappa and alpha tell little (Feinstein and Cicchetti 1990)."""
Statistic = Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its interval; nan where it isn't defined or where there is no telling how sure it is."""

    value: float
    lower: float
    upper: float


def alpha_parts(counts: Floats) -> Floats:
    """(units, k) counts of each value given to a unit -> (units, 1 + k) parts that add up over units.

    A unit with fewer than two values can't be compared and adds nothing.
    """
    given = counts.sum(axis=1)
    paired = given > 1
    disagreeing = (given**2 - (counts**2).sum(axis=1)) / np.where(paired, given - 1, 1)
    return np.asarray(np.column_stack([disagreeing, counts]) * paired[:, None])


def alpha(parts: Floats) -> Floats:
    """Krippendorff's alpha for nominal values from sums of `alpha_parts` (…, 1 + k).

    1 - (n - 1) sum of disagreements / (n^2 - sum of squared totals); nan where all values are one.
    """
    totals = parts[..., 1:]
    n = totals.sum(axis=-1)
    expected = n**2 - (totals**2).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(expected > 0, 1 - (n - 1) * parts[..., 0] / expected, np.nan))


def pair_parts(a: Floats, b: Floats) -> Floats:
    """Two coders' codes (units,), 1 and 0 -> (units, 4): both yes, only a, only b, both no."""
    return np.column_stack([a * b, a * (1 - b), (1 - a) * b, (1 - a) * (1 - b)])


def kappa(table: Floats) -> Floats:
    """Cohen's kappa from sums of `pair_parts` (…, 4); nan where chance alone makes them agree."""
    both, first, second, neither = np.moveaxis(table, -1, 0)
    n = both + first + second + neither
    chance = ((both + first) * (both + second) + (neither + first) * (neither + second)) / n**2
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(chance < 1, ((both + neither) / n - chance) / (1 - chance), np.nan))


def positive(table: Floats) -> Floats:
    """Positive agreement: of what either calls yes, how much both do; nan where nobody does."""
    return _specific(table[..., 0], table)


def negative(table: Floats) -> Floats:
    """Negative agreement: the same for no."""
    return _specific(table[..., 3], table)


def estimate(
    statistic: Statistic,
    parts: Floats,
    disagreement: Floats,
    documents: Sequence[str],
    bootstrap: Bootstrap,
    *key: object,
) -> Estimate:
    """A statistic of the sums of `parts` (units, m), with an interval from resampling documents.

    Where nobody disagrees resampling has nothing to vary: then the lower bound is that of as many
    documents of pure `disagreement` (m,) as may go unseen (Clopper and Pearson 1934).
    """
    total = parts.sum(axis=0)
    value = float(statistic(total))
    names, numbers = np.unique(np.array(documents), return_inverse=True)
    n = len(names)
    if n < 2 or np.isnan(value):
        return Estimate(value, np.nan, np.nan)
    if value == 1:
        unseen = 1 - ((1 - bootstrap.level) / 2) ** (1 / n)
        doubt = unseen * len(parts) * disagreement
        return Estimate(value, max(-1.0, float(statistic((1 - unseen) * total + doubt))), value)
    sums = np.zeros((n, parts.shape[1]))
    np.add.at(sums, numbers, parts)
    rng = bootstrap.generator(*key)
    draws = statistic(resampled_amounts(sums, np.full(n, "all"), bootstrap, rng) * n)
    draws = draws[~np.isnan(draws)]
    if not len(draws) or flat(draws[:, None])[0]:
        return Estimate(value, np.nan, np.nan)
    low, high = bootstrap.bounds(draws[:, None], n - 1)
    return Estimate(value, max(-1.0, min(float(low[0]), value)), min(1.0, max(float(high[0]), value)))


def _specific(agreed: Floats, table: Floats) -> Floats:
    below = 2 * agreed + table[..., 1] + table[..., 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(below > 0, 2 * agreed / below, np.nan))
