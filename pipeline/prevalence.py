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


def trend(data: Documents, period: str, resamples: int, seed: int, level: float) -> Iterator[Point]:
    """Crude prevalence per period, for all sources and for each, with intervals.

    A document dated only to a year counts with equal weight in every quarter or month of it.
    """
    for start, members, weights in allot(data, period):
        sources = np.array([data.source[m] for m in members])
        whole = _point(data, period, start, None, members, weights, sources, resamples, seed, level)
        yield whole
        found = np.unique(sources)
        if len(found) == 1:  # it is the whole
            yield replace(whole, source=str(found[0]))
            continue
        for source in found:
            own = sources == source
            yield _point(
                data,
                period,
                start,
                str(source),
                members[own],
                weights[own],
                sources[own],
                resamples,
                seed,
                level,
            )


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
    resamples: int,
    rng: np.random.Generator,
    level: float,
) -> tuple[Floats, Floats]:
    """Percentile interval of the weighted mean of each column of `values` (n, k): two arrays (k,).

    Documents are resampled within strata by the rescaling bootstrap (Rao and Wu 1988): n - 1 draws of
    n, scaled by n / (n - 1), which is unbiased where strata are small. Strata of one document are
    pooled (collapsed strata), since one document says nothing of its own spread. Where a column
    doesn't vary, or one document is all there is, Wilson's interval (1927) stands in.
    """
    mean = weights @ values / weights.sum()
    lower, upper = wilson(mean, float(weights.sum() ** 2 / (weights**2).sum()), level)
    if len(values) < 2:
        return lower, upper
    draws = _resample(values, weights, _collapse(strata), resamples, rng)
    tail = (1 - level) / 2
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


def _point(
    data: Documents,
    period: str,
    start: date,
    source: str | None,
    members: npt.NDArray[np.intp],
    weights: Floats,
    strata: npt.NDArray[np.str_],
    resamples: int,
    seed: int,
    level: float,
) -> Point:
    values = data.values[members]
    # A generator of its own for each point: new documents elsewhere don't move this one's interval.
    rng = np.random.default_rng([seed, zlib.crc32(f"{period} {start} {source}".encode())])
    lower, upper = interval(values, weights, strata, resamples, rng, level)
    mean = weights @ values / weights.sum()
    return Point(
        period,
        start,
        source,
        mean,
        np.minimum(lower, mean),
        np.maximum(upper, mean),
        float(weights.sum()),
        float(weights @ data.passages[members]),
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
