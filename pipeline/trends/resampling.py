"""Resampling documents within their sources, and Wilson's interval. Pure functions on arrays.

Definitions and references: docs/methods.md.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]
Strata = npt.NDArray[np.str_]
Keys = npt.NDArray[np.uint64]
BLOCK = 4_000_000
"""Most weights of documents in resamples that are drawn at a time: 32 MB."""
KEPT = 16_000_000
"""Most that are kept; those of more documents are drawn whenever they are used."""
FEW, SPARSE = 4, 0.1
"""Fewer series, or a smaller share of values that are not 0, are multiplied as a sparse matrix."""
NO_WIDTH = 1e-12
"""Resampled values that span less don't vary."""


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """How intervals are made: number of resamples, seed, and level (0.95 for 95%)."""

    resamples: int
    seed: int
    level: float
    _last: list[Draws] = field(default_factory=list, repr=False, compare=False)

    def generator(self, *key: object) -> np.random.Generator:
        """A generator of the point's own: new documents elsewhere don't move this one's interval."""
        return np.random.default_rng([self.seed, zlib.crc32(" ".join(map(str, key)).encode())])

    def draws(self, keys: Keys) -> Draws:
        """What documents of these keys weigh in each resample; kept for who next asks with this array."""
        if not self._last or self._last[0].keys is not keys:
            self._last[:] = [Draws(keys, self.resamples, self.seed)]
        return self._last[0]

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


class Draws:
    """What n documents weigh in each of B resamples: exponential numbers of mean 1 (Rubin 1981).

    They hang on the seed and a document's key alone. So it weighs the same wherever it is counted, in a month
    and in its year, and a document more or less elsewhere moves nothing.
    """

    def __init__(self, keys: Keys, resamples: int, seed: int) -> None:
        self.keys = keys
        self.resamples = resamples
        self._seed = seed
        self._kept = self._weights(keys) if len(keys) * resamples <= KEPT else None

    def sums(self, values: Floats, members: Indices) -> Floats:
        """(k, B): weighted sums of the columns of `values` (m, k), of the documents at `members` (m,)."""
        if values.shape[1] > FEW and np.count_nonzero(values) > SPARSE * values.size:
            return np.asarray(sum(values[part].T @ w for part, w in self._blocks(members)))
        from scipy.sparse import csr_matrix

        rows = csr_matrix(values.T)
        if self._kept is None:
            return np.asarray(sum(rows[:, part] @ w for part, w in self._blocks(members)))
        at = (rows.data, members[rows.indices], rows.indptr)
        return np.asarray(csr_matrix(at, shape=(values.shape[1], len(self.keys))) @ self._kept)

    def _blocks(self, members: Indices) -> Iterator[tuple[slice, Floats]]:
        step = max(1, BLOCK // self.resamples)
        for part in (slice(at, at + step) for at in range(0, len(members), step)):
            own = members[part]
            yield part, self._weights(self.keys[own]) if self._kept is None else self._kept[own]

    def _weights(self, keys: Keys) -> Floats:
        """(n, B). One Philox generator is set to each key in turn, which is twice as fast as one for each."""
        bits = np.random.Philox(key=self._seed)
        state, drawn = bits.state, np.random.Generator(bits)
        weights = np.empty((len(keys), self.resamples))
        for row, key in zip(weights, keys.tolist(), strict=True):
            state["state"]["key"][:] = self._seed, key
            bits.state = state
            drawn.standard_exponential(out=row)
        return weights


@dataclass(frozen=True, slots=True)
class Resamples:
    """Means of k series in B resamples of n documents of S sources.

    `whole` is (B, k). `parts` is (S, B, k), one for each of `sources` (sorted), from the same draws.
    """

    sources: tuple[str, ...]
    whole: Floats
    parts: Floats


def resample(
    values: Floats,
    weights: Floats,
    strata: Strata,
    draws: Draws,
    members: Indices,
    rng: np.random.Generator,
) -> Resamples:
    """Weighted means of the columns of `values` (n, k), documents drawn within their sources.

    `members` (n,) are their places in `draws`. Within a source the means are spread by
    sqrt((n + 1) / (n - 1)), which makes their variance the unbiased one where sources are small. For
    `whole`, sources of one document are pooled (collapsed strata), since one document says nothing of its
    own spread. For the same reason the part of such a source is its document plus a deviation drawn, by
    `rng`, from that pool.
    """
    names, numbers, sizes = np.unique(strata, return_inverse=True, return_counts=True)
    joined = _collapse(numbers, sizes)
    whole = np.zeros((draws.resamples, values.shape[1]))
    parts = np.empty((len(names), *whole.shape))
    for stratum in np.unique(joined):
        own = np.flatnonzero(joined == stratum)
        means = _means(values[own], weights[own], draws, members[own])
        whole += means * (weights[own].sum() / weights.sum())
        if stratum >= 0:
            parts[stratum] = means
            continue
        deviations = (values[own] - values[own].mean(axis=0)) * np.sqrt(len(own) / max(len(own) - 1, 1))
        for number in np.unique(numbers[own]):
            inside = own[numbers[own] == number]
            if len(inside) == 1:
                drawn = rng.integers(0, len(own), size=len(whole))
                np.add(values[inside], deviations[drawn], out=parts[number])
            else:
                parts[number] = _means(values[inside], weights[inside], draws, members[inside])
    return Resamples(tuple(map(str, names)), whole, parts)


def resampled_amounts(
    amounts: Floats, strata: Strata, bootstrap: Bootstrap, rng: np.random.Generator
) -> Floats:
    """(B, k): means of n units' `amounts` (n, k), none below 0, with weights that `rng` gives the units."""
    keys = rng.integers(2**63, size=len(amounts), dtype=np.uint64)
    draws = Draws(keys, bootstrap.resamples, bootstrap.seed)
    every = np.arange(len(amounts))
    return np.maximum(resample(amounts, np.ones(len(amounts)), strata, draws, every, rng).whole, 0)


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


def _means(values: Floats, weights: Floats, draws: Draws, members: Indices) -> Floats:
    """(B, k): weighted means of the documents of one stratum, spread as `resample` says."""
    n = len(values)
    mean = weights @ values / weights.sum()
    if n == 1:  # there is nothing else to draw
        return np.repeat(mean[None], draws.resamples, axis=0)
    means = draws.sums(np.column_stack([values * weights[:, None], weights]), members)
    means, bottom = means[:-1], means[-1]
    means /= bottom
    means -= mean[:, None]
    means *= np.sqrt((n + 1) / (n - 1))
    means += mean[:, None]
    return means.T


def _collapse(numbers: Indices, sizes: Indices) -> Indices:
    """Strata's numbers, -1 for those of one document; one that is alone is joined by the smallest other."""
    single = np.flatnonzero(sizes == 1)
    if len(single) == 1 and len(sizes) > 1:
        sizes = sizes.copy()
        sizes[single] = sizes.max() + 1
        single = np.append(single, np.argmin(sizes))
    joined = np.isin(numbers, single)
    return np.where(joined, -1, numbers)
