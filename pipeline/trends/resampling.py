"""Resampling documents within their strata, and Wilson's interval. Pure functions on arrays.

Definitions and references: docs/methods.md.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]
Strata = npt.NDArray[np.str_]
NO_WIDTH = 1e-12
"""Resampled values that span less don't vary."""


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """How intervals are made: number of resamples, where they are drawn, seed, and level (0.95 for 95%)."""

    resamples: int
    seed: int
    level: float

    def generator(self, *key: object) -> np.random.Generator:
        """A generator of the point's own: new documents elsewhere don't move this one's interval."""
        return np.random.default_rng([self.seed, zlib.crc32(" ".join(map(str, key)).encode())])

    def bounds(self, draws: Floats, freedom: float) -> tuple[Floats, Floats]:
        """Expanded percentile interval (Hesterberg 2015) of the columns of `draws` (resamples, k): two (k,).

        `freedom`: degrees of freedom, documents less strata. With few of them the quantiles are taken
        farther out, as Student's t lies farther out than the normal distribution.
        """
        from scipy.special import ndtr, stdtrit

        low, high = draws[0].copy(), draws[0].copy()
        varied = ~flat(draws)
        if varied.any():
            tail = float(ndtr(stdtrit(max(freedom, 1.0), (1 - self.level) / 2)))
            columns = np.ascontiguousarray(draws[:, varied].T)
            low[varied], high[varied] = np.quantile(columns, [tail, 1 - tail], axis=1, overwrite_input=True)
        return low, high


def resampled_amounts(
    amounts: Floats, strata: Strata, bootstrap: Bootstrap, rng: np.random.Generator
) -> Floats:
    """(B, k): means of n units' `amounts` (n, k), none below 0, in resamples within `strata` (n,).

    In each a unit weighs an exponential number of mean 1 (Rubin 1981). Within a stratum of n units the means
    are spread by sqrt((n + 1) / (n - 1)), which makes their variance the unbiased one where n is small.
    Strata of one unit are pooled (collapsed strata), since one unit says nothing of its own spread.
    """
    _, numbers, sizes = np.unique(strata, return_inverse=True, return_counts=True)
    joined = _collapse(numbers, sizes)
    whole = np.zeros((bootstrap.resamples, amounts.shape[1]))
    for stratum in np.unique(joined):
        own = amounts[joined == stratum]
        n, mean = len(own), own.mean(axis=0)
        if n > 1:
            weights = rng.standard_exponential((bootstrap.resamples, n))
            means = weights @ own / weights.sum(axis=1, keepdims=True)
            mean = mean + (means - mean) * np.sqrt((n + 1) / (n - 1))
        whole += mean * (n / len(amounts))
    return np.maximum(whole, 0)


def flat(draws: Floats) -> npt.NDArray[np.bool_]:
    """(k,): which columns of `draws` (resamples, k) don't vary."""
    return np.asarray(draws.max(axis=0) - draws.min(axis=0) < NO_WIDTH)


def interval(
    drawn: Floats, mean: Floats, size: float, strata: int, bootstrap: Bootstrap
) -> tuple[Floats, Floats]:
    """Interval around `mean` (k,) from its resamples `drawn` (B, k), within 0 and 1.

    `size`: how many documents it is worth, of how many `strata`. Where a column doesn't vary Wilson's
    interval (1927) stands in. The interval is widened, where needed, to hold its mean.
    """
    lower, upper = wilson(mean, size, bootstrap.level)
    low, high = bootstrap.bounds(drawn, size - strata)
    still = high - low < NO_WIDTH
    lower, upper = np.where(still, lower, low), np.where(still, upper, high)
    return np.clip(np.minimum(lower, mean), 0, 1), np.clip(np.maximum(upper, mean), 0, 1)


def effective(weights: Floats) -> float:
    """How many documents these are worth, in an interval (Kish 1965).

    Four documents that may each belong here with a chance of a quarter are worth one, not four.
    """
    return min(float(weights.sum()), float(weights.sum() ** 2 / (weights**2).sum()))


def wilson(mean: Floats, size: float | Floats, level: float) -> tuple[Floats, Floats]:
    """Wilson's score interval for proportions `mean` (k,) out of `size` documents, one number or (k,)."""
    from scipy.special import ndtri

    z = float(ndtri(1 - (1 - level) / 2))
    return _score_bound(mean, size, np.array(-z)), _score_bound(mean, size, np.array(z))


def wilson_draws(mean: Floats, size: float, resamples: int, rng: np.random.Generator) -> Floats:
    """(resamples, k): values whose quantiles are Wilson's bounds at every level, for `mean` (k,)."""
    means, where = np.unique(mean, return_inverse=True)  # nearly all are 0
    return _score_bound(means, size, rng.standard_normal(resamples)[:, None])[:, where]


def _score_bound(mean: Floats, size: float | Floats, z: Floats) -> Floats:
    z2 = z**2
    spread = z * np.sqrt(mean * (1 - mean) / size + z2 / (4 * size**2))
    return np.clip((mean + z2 / (2 * size) + spread) / (1 + z2 / size), 0, 1)


def _collapse(numbers: Indices, sizes: Indices) -> Indices:
    """Strata's numbers, -1 for those of one document; one that is alone is joined by the smallest other."""
    single = np.flatnonzero(sizes == 1)
    if len(single) == 1 and len(sizes) > 1:
        sizes = sizes.copy()
        sizes[single] = sizes.max() + 1
        single = np.append(single, np.argmin(sizes))
    joined = np.isin(numbers, single)
    return np.where(joined, -1, numbers)
