"""The standardised series as a sum over documents, and what becomes of it when their dates are shuffled.

Pure functions on arrays. Definitions and references: docs/methods.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.shifts.calendars import Calendar
from pipeline.trends.resampling import Floats, Indices

FINE = 1000
"""Steps of a document's weight in a period that are told apart."""
TOGETHER = 100
"""Shuffles at a time: few enough for the processor's cache."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The n documents of a run of T periods, in C cells: those alike in source and date.

    `member` (n,) are their numbers, `source` (n,) and `cell` (n,) where each belongs; `size` and
    `of_source` (C,) describe the cells. `pull` (e,): what a document of the cell `pulls` (e,) adds to a
    period; those of one period lie together and begin at `begins` (T,).
    """

    member: Indices
    source: Indices
    cell: Indices
    size: Floats
    of_source: Indices
    pull: Floats
    pulls: Indices
    begins: Indices
    sources: int


def stretch(of: Calendar, first: int, last: int) -> Stretch:
    """The documents of the periods from number `first` until before `last`."""
    kept = (of.period >= first) & (of.period < last)
    document, period, weight = of.document[kept], of.period[kept] - first, of.weight[kept]
    member, row, count = np.unique(document, return_index=True, return_counts=True)
    source = of.source[member]
    # Source, first period, number of periods and weight in one number, which is faster than rows of four.
    share = np.round(weight[row] * FINE).astype(np.intp)
    alike = ((source * (last - first) + period[row]) * (last - first + 1) + count) * (FINE + 1) + share
    _, leader, cell = np.unique(alike, return_index=True, return_inverse=True)
    # A document of each cell stands for all of them.
    own = np.concatenate([np.arange(row[lead], row[lead] + count[lead]) for lead in leader] or [row[:0]])
    pulls, at = np.repeat(np.arange(len(leader)), count[leader]), period[own]
    pull = weight[own] * of.pull[source[leader][pulls], first + at]
    order = np.argsort(at, kind="stable")
    begins = np.searchsorted(at[order], np.arange(last - first))
    size = np.bincount(cell, minlength=len(leader)).astype(float)
    return Stretch(
        member, source, cell.astype(np.intp), size, source[leader], pull[order], pulls[order], begins,
        len(of.names),
    )  # fmt: skip


def series(of: Stretch, values: Floats) -> Floats:
    """(T,): the standardised series of `values` (n,), less what each source has on average.

    So a source that falls silent, and is left out of a period's mix, moves nothing.
    """
    sums = np.bincount(of.cell, values, minlength=len(of.size))
    return np.asarray(_by_period(of, (sums - _expected(of, values))[None])[0])


def variance(of: Stretch, values: Floats) -> Floats:
    """(T,): the variance of each period of that series, were the dates shuffled.

    A source of few documents is lent the spread that the others have.
    """
    count, squares = _counts(of), _squares(of, values)
    pooled = squares.sum() / max(len(values) - (count > 0).sum(), 1)
    spread = (squares + pooled) / np.maximum(count, 1)
    of_cell = (of.size * spread[of.of_source])[of.pulls]
    return np.asarray(np.add.reduceat(of_cell * of.pull**2, of.begins))


def shuffles(of: Stretch, times: int, rng: np.random.Generator) -> Iterator[Indices]:
    """The cells of the documents (n, b), their dates shuffled within sources; `times` columns in all."""
    own = [np.flatnonzero(of.source == number) for number in np.unique(of.source)]
    for done in range(0, times, TOGETHER):
        drawn = np.empty((len(of.cell), min(TOGETHER, times - done)), dtype=np.intp)
        for members in own:
            cells = np.broadcast_to(of.cell[members], (drawn.shape[1], len(members)))
            drawn[members] = rng.permuted(cells, axis=1).T
        yield drawn + np.arange(drawn.shape[1]) * len(of.size)


def shuffled_series(of: Stretch, values: Floats, places: Indices) -> Floats:
    """(b, T): the series of `values` (n,) under the shuffles `places` (n, b)."""
    carriers = np.flatnonzero(values)
    times = places.shape[1]
    weights = np.repeat(values[carriers], times)
    sums = np.bincount(places[carriers].ravel(), weights, minlength=times * len(of.size))
    return _by_period(of, sums.reshape(times, -1) - _expected(of, values))


def _by_period(of: Stretch, sums: Floats) -> Floats:
    """(b, T): the periods' sums of the cells' (b, C)."""
    return np.asarray(np.add.reduceat(sums[:, of.pulls] * of.pull, of.begins, axis=1))


def _expected(of: Stretch, values: Floats) -> Floats:
    """(C,): the sum of each cell, were its documents like their source on average."""
    mean = np.bincount(of.source, values, minlength=of.sources) / np.maximum(_counts(of), 1)
    return np.asarray(of.size * mean[of.of_source])


def _counts(of: Stretch) -> npt.NDArray[np.float64]:
    return np.bincount(of.source, minlength=of.sources).astype(float)


def _squares(of: Stretch, values: Floats) -> Floats:
    sums = np.bincount(of.source, values, minlength=of.sources)
    squares = np.bincount(of.source, values**2, minlength=of.sources)
    return np.asarray(np.maximum(squares - sums**2 / np.maximum(_counts(of), 1), 0.0))
