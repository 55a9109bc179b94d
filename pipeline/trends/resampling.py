"""Resampling documents within their sources, and Wilson's interval. Pure functions on arrays.

Definitions and references: docs/methods.md.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]
Strata = npt.NDArray[np.str_]
BLOCK = 4_000_000
"""Most cells of a matrix of resampling weights at a time: 32 MB."""
SPARSE = 0.1
"""A smaller share of values that are not 0 is multiplied as a sparse matrix."""
NO_WIDTH = 1e-12
"""Resampled values that span less don't vary."""


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """How intervals are made: number of resamples, seed, and level (0.95 for 95%)."""

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
        # Most series are flat in most periods: quantiles are dear, and taken of the others alone.
        varied = ~flat(draws)
        if varied.any():
            tail = float(ndtr(stdtrit(max(freedom, 1.0), (1 - self.level) / 2)))
            columns = np.ascontiguousarray(draws[:, varied].T)
            low[varied], high[varied] = np.quantile(columns, [tail, 1 - tail], axis=1, overwrite_input=True)
        return low, high


@dataclass(frozen=True, slots=True)
class Resamples:
    """Means of k series in B resamples of n documents of S sources.

    `whole` is (B, k). `parts` is (S, B, k), one for each of `sources` (sorted), from the same draws.
    """

    sources: tuple[str, ...]
    whole: Floats
    parts: Floats


def resample(
    values: Floats, weights: Floats, strata: Strata, resamples: int, rng: np.random.Generator
) -> Resamples:
    """Weighted means of the columns of `values` (n, k), documents drawn within their sources.

    Documents are resampled by the rescaling bootstrap (Rao and Wu 1988): n - 1 draws of n, scaled by
    n / (n - 1), which is unbiased where strata are small. For `whole`, strata of one document are
    pooled (collapsed strata), since one document says nothing of its own spread. For the same reason
    the part of such a source is its document plus a deviation drawn from that pool.
    """
    first = str(strata[0])
    if (strata == first).all():
        if len(values) == 1:  # there is nothing else to draw
            whole = np.repeat(values, resamples, axis=0)
        else:
            above, below = _draw_sums(values, weights, resamples, rng)
            whole = above / below[:, None]
        return Resamples((first,), whole, whole[None])
    names, numbers, sizes = np.unique(strata, return_inverse=True, return_counts=True)
    top, bottom = np.zeros((resamples, values.shape[1])), np.zeros(resamples)
    parts = np.empty((len(names), *top.shape))
    pools = []
    joined = _collapse(numbers, sizes)
    for stratum in range(-1, len(names)):
        own = np.flatnonzero(joined == stratum)
        if not len(own):
            continue
        above, below = _draw_sums(values[own], weights[own], resamples, rng)
        top += above
        bottom += below
        if stratum < 0:
            pools.append(own)
        else:
            np.divide(above, below[:, None], out=parts[stratum])
    for pool in pools:
        _parts_of_pool(parts, values[pool], weights[pool], numbers[pool], rng)
    return Resamples(tuple(map(str, names)), top / bottom[:, None], parts)


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


def wilson(mean: Floats, size: float, level: float) -> tuple[Floats, Floats]:
    """Wilson's score interval for proportions `mean` out of `size` documents."""
    from scipy.special import ndtri

    z = float(ndtri(1 - (1 - level) / 2))
    return _score_bound(mean, size, np.array(-z)), _score_bound(mean, size, np.array(z))


def wilson_draws(mean: Floats, size: float, resamples: int, rng: np.random.Generator) -> Floats:
    """(resamples, k): values whose quantiles are Wilson's bounds at every level, for `mean` (k,)."""
    means, where = np.unique(mean, return_inverse=True)  # nearly all are 0
    return _score_bound(means, size, rng.standard_normal(resamples)[:, None])[:, where]


def _score_bound(mean: Floats, size: float, z: Floats) -> Floats:
    z2 = z**2
    spread = z * np.sqrt(mean * (1 - mean) / size + z2 / (4 * size**2))
    return np.clip((mean + z2 / (2 * size) + spread) / (1 + z2 / size), 0, 1)


def _parts_of_pool(
    parts: Floats, values: Floats, weights: Floats, numbers: Indices, rng: np.random.Generator
) -> None:
    """Fill in `parts` of sources that are pooled; those of several documents keep to their own."""
    n = len(values)
    deviations = (values - values.mean(axis=0)) * np.sqrt(n / (n - 1))
    resamples = parts.shape[1]
    for number in np.unique(numbers):
        own = numbers == number
        if own.sum() == 1:
            np.add(values[own], deviations[rng.integers(0, n, size=resamples)], out=parts[number])
        else:
            above, below = _draw_sums(values[own], weights[own], resamples, rng)
            np.divide(above, below[:, None], out=parts[number])


def _draw_sums(
    values: Floats, weights: Floats, resamples: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Sums of weights times values (resamples, k), and of weights (resamples,), of one stratum."""
    weighted = values * weights[:, None]
    if np.count_nonzero(weighted) < SPARSE * weighted.size:  # half the time, and most series are rare
        from scipy.sparse import csr_matrix

        weighted = csr_matrix(weighted.T)
    else:
        weighted = np.ascontiguousarray(weighted.T)
    top, bottom = np.empty((resamples, values.shape[1])), np.empty(resamples)
    for part in _blocks(resamples, len(values)):
        counts = _draw(len(values), part.stop - part.start, rng)
        top[part] = (weighted @ counts.T).T
        bottom[part] = counts @ weights
    return top, bottom


def _blocks(resamples: int, n: int) -> Iterator[slice]:
    block = max(1, BLOCK // n)
    for at in range(0, resamples, block):
        yield slice(at, min(at + block, resamples))


def _draw(n: int, times: int, rng: np.random.Generator) -> Floats:
    """(times, n): how often each of n documents is drawn in n - 1 draws, scaled by n / (n - 1)."""
    draws = max(n - 1, 1)
    # The same as a multinomial with equal chances, several times faster.
    drawn = rng.integers(0, n, size=(times, draws))
    counts = np.empty((times, n))
    for row, own in zip(counts, drawn, strict=True):
        row[:] = np.bincount(own, minlength=n)
    counts *= n / draws
    return counts


def _collapse(numbers: Indices, sizes: Indices) -> Indices:
    """Strata's numbers, -1 for those of one document; one that is alone is joined by the smallest other."""
    single = np.flatnonzero(sizes == 1)
    if len(single) == 1 and len(sizes) > 1:
        sizes = sizes.copy()
        sizes[single] = sizes.max() + 1
        single = np.append(single, np.argmin(sizes))
    joined = np.isin(numbers, single)
    return np.where(joined, -1, numbers)
