"""Crude prevalence of themes and topics over documents, with bootstrap intervals. Pure functions on arrays.

Definitions and references: docs/methods.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from pipeline.trends.resampling import (
    Bootstrap,
    Floats,
    Indices,
    Keys,
    Resamples,
    Strata,
    effective,
    interval,
    resample,
)

PERIODS = {"month": 1, "quarter": 3, "year": 12}
"""Periods and how many months each has."""
SPAN = {"day": 1, "month": 1, "year": 12}
"""How many months a date of a given precision may fall in."""


@dataclass(frozen=True, slots=True)
class Documents:
    """The units that are counted: n documents and k series.

    `values` is (n, k), between 0 and 1: the share of a document's passages that carry a series (or 1
    and 0 for mention). `passages` is (n,). `published` and `precision` date a document. `keys` (n,) name the
    documents to `Bootstrap.draws`; without any it is their places.
    """

    source: Sequence[str]
    published: Sequence[date]
    precision: Sequence[str]
    passages: Floats
    values: Floats
    keys: Keys = field(default_factory=lambda: np.empty(0, dtype=np.uint64))

    def __post_init__(self) -> None:
        if not len(self.keys):
            object.__setattr__(self, "keys", np.arange(len(self.source), dtype=np.uint64))


@dataclass(frozen=True, slots=True)
class Points:
    """One period's prevalence of all k series; `source` is None for all sources together.

    `coverage` is the share of the fixed mix that a standardised point rests on.
    """

    period: str
    start: date
    source: str | None
    prevalence: Floats
    lower: Floats
    upper: Floats
    documents: float
    passages: float
    estimate: str = "crude"
    coverage: float | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """The documents of one period, or of one source in it: indices, weights and sources, each (m,)."""

    period: str
    start: date
    source: str | None
    members: Indices
    weights: Floats
    strata: Strata

    def of(self, source: str) -> Cell:
        """The documents of one source."""
        own = self.strata == source
        return Cell(self.period, self.start, source, self.members[own], self.weights[own], self.strata[own])


@dataclass(frozen=True, slots=True)
class Measured:
    """A period's crude prevalence: of all sources, of each (in the order of their names), and its resamples.

    `size` and `sizes` (S,) are how many documents the period and each source are worth in an interval.
    """

    whole: Points
    by_source: tuple[Points, ...]
    size: float
    sizes: Floats
    resamples: Resamples

    @property
    def points(self) -> tuple[Points, ...]:
        """All of them, the whole first."""
        return (self.whole, *self.by_source)


def trend(data: Documents, period: str, bootstrap: Bootstrap) -> Iterator[Measured]:
    """Crude prevalence per period, for all sources and for each, with intervals.

    A document dated only to a year counts with equal weight in every quarter or month of it.
    """
    for cell in cells(data, period):
        yield measure(data, cell, bootstrap)


def cells(data: Documents, period: str) -> Iterator[Cell]:
    """The documents of every period that has any, in order."""
    for start, members, weights in allot(data, period):
        yield Cell(period, start, None, members, weights, np.array([data.source[m] for m in members]))


def measure(data: Documents, cell: Cell, bootstrap: Bootstrap) -> Measured:
    """Crude prevalence in one period."""
    values = data.values[cell.members]
    rng = bootstrap.generator(cell.period, cell.start, cell.source)
    draws = bootstrap.draws(data.keys)
    found = resample(values, cell.weights, cell.strata, draws, cell.members, rng)
    whole = _point(data, cell, found.whole, len(found.sources), bootstrap)
    parts = [cell.of(source) for source in found.sources]
    if len(parts) == 1:  # it is the whole
        points = [replace(whole, source=parts[0].source)]
    else:
        points = [_point(data, part, own, 1, bootstrap) for part, own in zip(parts, found.parts, strict=True)]
    sizes = np.array([effective(part.weights) for part in parts])
    return Measured(whole, tuple(points), effective(cell.weights), sizes, found)


def allot(data: Documents, period: str) -> Iterator[tuple[date, Indices, Floats]]:
    """(first day, indices of documents, weights) of every period that has documents, in order."""
    months = PERIODS[period]
    day = np.array([day.year * 12 + day.month - 1 for day in data.published], dtype=np.intp)
    span = np.array([SPAN[precision] for precision in data.precision], dtype=np.intp)
    first = np.where(span > months, day - day % 12, day - day % months)
    parts = np.maximum(span // months, 1)
    members = np.repeat(np.arange(len(day)), parts)
    # A document that is spread stands once for each of its periods: first, second, and so on.
    number = np.arange(len(members)) - np.repeat(np.cumsum(parts) - parts, parts)
    starts = first[members] + number * months
    order = np.lexsort((members, starts))
    found, begins = np.unique(starts[order], return_index=True)
    ends = [*begins[1:], len(order)]
    for start, begin, end in zip(found.tolist(), begins, ends, strict=False):
        own = order[begin:end]
        yield date(start // 12, start % 12 + 1, 1), members[own], 1 / parts[members[own]]


def _point(data: Documents, cell: Cell, drawn: Floats, strata: int, bootstrap: Bootstrap) -> Points:
    """A cell's prevalence, with the interval that its resamples `drawn` (B, k) give.

    A single document doesn't vary: what its resamples borrow of others, for a mix, is no interval of it.
    """
    mean = cell.weights @ data.values[cell.members] / cell.weights.sum()
    if len(cell.members) == 1:
        drawn = np.broadcast_to(mean, drawn.shape)
    lower, upper = interval(drawn, mean, effective(cell.weights), strata, bootstrap)
    return Points(
        cell.period,
        cell.start,
        cell.source,
        mean,
        lower,
        upper,
        float(cell.weights.sum()),
        float(cell.weights @ data.passages[cell.members]),
    )
