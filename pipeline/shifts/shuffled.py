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
TOGETHER, MANY = 100, 500
"""Shuffles at a time: few enough for the processor's cache; and where few documents are shuffled."""
DEALT = 4
"""Documents of which one in so many carries a series are shuffled by dealing cells to the carriers alone."""


@dataclass(frozen=True, slots=True)
class DatedDocuments:
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


def stretch(of: Calendar, first: int, last: int) -> DatedDocuments:
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
    return DatedDocuments(
        member, source, cell.astype(np.intp), size, source[leader], pull[order], pulls[order], begins,
        len(of.names),
    )  # fmt: skip


def series(of: DatedDocuments, values: Floats) -> Floats:
    """(T,): the standardised series of `values` (n,), less what each source has on average.

    So a source that falls silent, and is left out of a period's mix, moves nothing.
    """
    sums = np.bincount(of.cell, values, minlength=len(of.size))
    return np.asarray(_by_period(of, (sums - _expected(of, values))[None])[0])


def variance(of: DatedDocuments, values: Floats) -> Floats:
    """(T,): the variance of each period of that series, were the dates shuffled.

    A source of few documents is lent the spread that the others have.
    """
    count, squares = _counts(of), _squares(of, values)
    pooled = squares.sum() / max(len(values) - (count > 0).sum(), 1)
    spread = (squares + pooled) / np.maximum(count, 1)
    of_cell = (of.size * spread[of.of_source])[of.pulls]
    return np.asarray(np.add.reduceat(of_cell * of.pull**2, of.begins))


def shuffles(
    of: DatedDocuments, carriers: Indices, times: int, rng: np.random.Generator
) -> Iterator[npt.NDArray[np.int32]]:
    """The cells (m, b) of the documents `carriers` (m,), dates shuffled within sources, `times` in all.

    Where few documents carry a series only these are dealt new cells, which is all that the series sees.
    """
    own = [np.flatnonzero(of.source == number) for number in np.unique(of.source)]
    few = len(carriers) * DEALT < len(of.cell)
    for done in range(0, times, MANY if few else TOGETHER):
        number = min(MANY if few else TOGETHER, times - done)
        drawn = np.empty((len(of.cell), number), dtype=np.int32)
        for members in own:
            if few:
                inside = np.isin(members, carriers, assume_unique=True)
                first, rest = members[inside], members[~inside]
                drawn[first] = _dealt(of.cell[np.concatenate([first, rest])], len(first), number, rng)
            else:
                cells = np.broadcast_to(of.cell[members], (number, len(members)))
                drawn[members] = rng.permuted(cells, axis=1).T
        yield drawn[carriers]


def _dealt(cells: Indices, number: int, times: int, rng: np.random.Generator) -> npt.NDArray[np.int32]:
    """(number, times): what the first ones get of shuffled `cells` (n,): Fisher and Yates's first steps."""
    left = np.repeat(cells.astype(np.int32)[:, None], times, axis=1)
    first, column = np.arange(number)[:, None], np.arange(times)
    places = first + (rng.random((number, times)) * (len(cells) - first)).astype(np.intp)
    for at, place in enumerate(places):
        left[at], left[place, column] = left[place, column], left[at].copy()
    return left[:number]


def shuffled_series(
    of: DatedDocuments, values: Floats, carriers: Indices, cells: npt.NDArray[np.int32]
) -> Floats:
    """(k, b, T): the series of `values` (n, k) whose `carriers` (m,) are shuffled to `cells` (m, b)."""
    times, number = cells.shape[1], len(of.size)
    places = cells + np.arange(times, dtype=np.int64) * number
    found = np.empty((values.shape[1], times, len(of.begins)))
    for column, own in zip(found, values.T, strict=True):
        some = own[carriers]
        there = np.flatnonzero(some)
        sums = np.bincount(places[there].ravel(), np.repeat(some[there], times), minlength=times * number)
        column[:] = _by_period(of, sums.reshape(times, number) - _expected(of, own))
    return found


def _by_period(of: DatedDocuments, sums: Floats) -> Floats:
    """(b, T): the periods' sums of the cells' (b, C)."""
    return np.asarray(np.add.reduceat(sums[:, of.pulls] * of.pull, of.begins, axis=1))


def _expected(of: DatedDocuments, values: Floats) -> Floats:
    """(C,): the sum of each cell, were its documents like their source on average."""
    mean = np.bincount(of.source, values, minlength=of.sources) / np.maximum(_counts(of), 1)
    return np.asarray(of.size * mean[of.of_source])


def _counts(of: DatedDocuments) -> npt.NDArray[np.float64]:
    return np.bincount(of.source, minlength=of.sources).astype(float)


def _squares(of: DatedDocuments, values: Floats) -> Floats:
    sums = np.bincount(of.source, values, minlength=of.sources)
    squares = np.bincount(of.source, values**2, minlength=of.sources)
    return np.asarray(np.maximum(squares - sums**2 / np.maximum(_counts(of), 1), 0.0))
