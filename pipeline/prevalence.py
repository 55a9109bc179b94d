"""Prevalence of themes and topics over documents, with bootstrap intervals. Pure functions on arrays.

Definitions and references: docs/methods.md.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
PERIODS = {"month": 1, "quarter": 3, "year": 12}
"""Periods and how many months each has."""
SPAN = {"day": 1, "month": 1, "year": 12}
"""How many months a date of a given precision may fall in."""
BLOCK = 4_000_000
"""Most cells of a matrix of resampling weights at a time: 32 MB."""


@dataclass(frozen=True, slots=True)
class Documents:
    """The units that are counted: n documents and k series.

    `values` is (n, k), between 0 and 1: the share of a document's passages that carry a series (or 1
    and 0 for mention). `passages` is (n,). `published` and `precision` date a document.
    """

    source: Sequence[str]
    published: Sequence[date]
    precision: Sequence[str]
    passages: Floats
    values: Floats


@dataclass(frozen=True, slots=True)
class Point:
    """One period's prevalence of all k series; `source` is None for all sources together."""

    period: str
    start: date
    source: str | None
    prevalence: Floats
    lower: Floats
    upper: Floats
    documents: float
    passages: float


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """How intervals are made: number of resamples, seed, and level (0.95 for 95%)."""

    resamples: int
    seed: int
    level: float

    def generator(self, *key: object) -> np.random.Generator:
        """A generator of the point's own: new documents elsewhere don't move this one's interval."""
        return np.random.default_rng([self.seed, zlib.crc32(" ".join(map(str, key)).encode())])


@dataclass(frozen=True, slots=True)
class _Cell:
    """The documents of one period and source: their indices, weights and strata, each (m,)."""

    period: str
    start: date
    source: str | None
    members: npt.NDArray[np.intp]
    weights: Floats
    strata: npt.NDArray[np.str_]

    def of(self, source: str) -> _Cell:
        own = self.strata == source
        return _Cell(self.period, self.start, source, self.members[own], self.weights[own], self.strata[own])


def trend(data: Documents, period: str, bootstrap: Bootstrap) -> Iterator[Point]:
    """Crude prevalence per period, for all sources and for each, with intervals.

    A document dated only to a year counts with equal weight in every quarter or month of it.
    """
    for start, members, weights in allot(data, period):
        cell = _Cell(period, start, None, members, weights, np.array([data.source[m] for m in members]))
        whole = _point(data, cell, bootstrap)
        yield whole
        sources = [str(source) for source in np.unique(cell.strata)]
        if len(sources) == 1:  # it is the whole
            yield replace(whole, source=sources[0])
        else:
            yield from (_point(data, cell.of(source), bootstrap) for source in sources)


def allot(data: Documents, period: str) -> Iterator[tuple[date, npt.NDArray[np.intp], Floats]]:
    """(first day, indices of documents, weights) of every period that has documents, in order."""
    months = PERIODS[period]
    shares: list[tuple[date, int, float]] = []
    for index, (day, precision) in enumerate(zip(data.published, data.precision, strict=True)):
        span = SPAN[precision]
        if span <= months:
            shares.append((_first_day(day.year, day.month, months), index, 1.0))
            continue
        for month in range(1, span + 1, months):
            shares.append((date(day.year, month, 1), index, months / span))
    shares.sort()
    for start, group in groupby(shares, key=lambda share: share[0]):
        members = list(group)
        yield start, np.array([m for _, m, _ in members]), np.array([w for _, _, w in members])


def interval(
    values: Floats,
    weights: Floats,
    strata: npt.NDArray[np.str_],
    bootstrap: Bootstrap,
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
    """Percentile interval of the weighted mean of each column of `values` (n, k): two arrays (k,).

    Documents are resampled within strata by the rescaling bootstrap (Rao and Wu 1988): n - 1 draws of
    n, scaled by n / (n - 1), which is unbiased where strata are small. Strata of one document are
    pooled (collapsed strata), since one document says nothing of its own spread. Where a column
    doesn't vary, or one document is all there is, Wilson's interval (1927) stands in.
    """
    mean = weights @ values / weights.sum()
    # Four documents that may each belong here with a chance of a quarter are worth one, not four.
    size = min(float(weights.sum()), float(weights.sum() ** 2 / (weights**2).sum()))
    lower, upper = wilson(mean, size, bootstrap.level)
    if len(values) < 2:
        return lower, upper
    draws = _resample(values, weights, _collapse(strata), bootstrap.resamples, rng)
    tail = (1 - bootstrap.level) / 2
    low, high = np.quantile(draws, [tail, 1 - tail], axis=0)
    flat = high - low < 1e-12
    return np.where(flat, lower, low), np.where(flat, upper, high)


def wilson(mean: Floats, size: float, level: float) -> tuple[Floats, Floats]:
    """Wilson's score interval for proportions `mean` out of `size` documents."""
    from scipy.special import ndtri

    z2 = float(ndtri(1 - (1 - level) / 2)) ** 2
    centre = (mean + z2 / (2 * size)) / (1 + z2 / size)
    half = np.sqrt(mean * (1 - mean) / size + z2 / (4 * size**2)) * np.sqrt(z2) / (1 + z2 / size)
    return np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)


def _point(data: Documents, cell: _Cell, bootstrap: Bootstrap) -> Point:
    values = data.values[cell.members]
    rng = bootstrap.generator(cell.period, cell.start, cell.source)
    lower, upper = interval(values, cell.weights, cell.strata, bootstrap, rng)
    mean = cell.weights @ values / cell.weights.sum()
    return Point(
        cell.period,
        cell.start,
        cell.source,
        mean,
        np.minimum(lower, mean),
        np.maximum(upper, mean),
        float(cell.weights.sum()),
        float(cell.weights @ data.passages[cell.members]),
    )


def _resample(
    values: Floats, weights: Floats, strata: npt.NDArray[np.int_], resamples: int, rng: np.random.Generator
) -> Floats:
    weighted = values * weights[:, None]
    top = np.zeros((resamples, values.shape[1]))
    bottom = np.zeros(resamples)
    for stratum in np.unique(strata):
        own = np.flatnonzero(strata == stratum)
        n = len(own)
        block = max(1, BLOCK // n)
        for at in range(0, resamples, block):
            part = slice(at, min(at + block, resamples))
            counts = _draw(n, part.stop - part.start, rng)
            top[part] += counts @ weighted[own]
            bottom[part] += counts @ weights[own]
    return top / bottom[:, None]


def _draw(n: int, times: int, rng: np.random.Generator) -> Floats:
    """(times, n): how often each of n documents is drawn in n - 1 draws, scaled by n / (n - 1)."""
    draws = max(n - 1, 1)
    # The same as a multinomial with equal chances, several times faster.
    drawn = rng.integers(0, n, size=(times, draws)) + n * np.arange(times)[:, None]
    counts = np.bincount(drawn.ravel(), minlength=n * times).reshape(times, n)
    return np.asarray(counts * (n / draws))


def _collapse(strata: npt.NDArray[np.str_]) -> npt.NDArray[np.int_]:
    """Number the strata; those of one document share a number, joined by the smallest if alone."""
    _, numbers, sizes = np.unique(strata, return_inverse=True, return_counts=True)
    single = np.flatnonzero(sizes == 1)
    if len(single) == 1 and len(sizes) > 1:
        sizes = sizes.copy()
        sizes[single] = sizes.max() + 1
        single = np.append(single, np.argmin(sizes))
    joined = np.isin(numbers, single)
    return np.where(joined, -1, numbers)


def _first_day(year: int, month: int, months: int) -> date:
    return date(year, (month - 1) // months * months + 1, 1)
