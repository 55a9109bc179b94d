"""Crude prevalence of themes and topics over documents, with score intervals. Pure functions on arrays.

Definitions and references: docs/methods.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from pipeline.trends.clustering import Days
from pipeline.trends.resampling import Bootstrap, Floats, Indices, Strata
from pipeline.trends.spread import Sample, Spread

PERIODS = {"month": 1, "quarter": 3, "year": 12}
"""Periods and how many months each has."""
SPAN = {"day": 1, "month": 1, "year": 12}
"""How many months a date of a given precision may fall in."""


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
    _spread: list[Spread] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def sources(self) -> tuple[list[str], Indices]:
        """The sources' names, sorted, and the number of each document's (n,)."""
        names, numbers = np.unique(np.array(self.source, dtype=str), return_inverse=True)
        return [str(name) for name in names], numbers.astype(np.intp)

    @property
    def spread(self) -> Spread:
        """How these documents vary, which all periods share; computed when it is first asked for."""
        if not self._spread:
            days = Days.of(self.published, self.precision)
            self._spread.append(Spread.of(days, self.sources[1], self.values))
        return self._spread[0]


@dataclass(frozen=True, slots=True)
class Points:
    """One period's prevalence of all k series; `source` is None for all sources together.

    `coverage` is the share of the fixed mix that a standardised point rests on. `size` (k,) is how many
    documents of yes and no the point is worth, `design_effect` (k,) how many times its variance is that of
    independent documents; None where it can't be seen.
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
    size: Floats | None = None
    design_effect: Floats | None = None

    @property
    def bounds(self) -> tuple[Floats, Floats, Floats]:
        """Prevalence, its lower and its upper bound."""
        return self.prevalence, self.lower, self.upper


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
    """A period's crude prevalence: of all sources, of each (by name), and the documents it rests on."""

    whole: Points
    by_source: tuple[Points, ...]
    sample: Sample

    @property
    def points(self) -> tuple[Points, ...]:
        """All of them, the whole first."""
        return (self.whole, *self.by_source)

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources' names, sorted."""
        return tuple(str(point.source) for point in self.by_source)


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


def pooled_cell(data: Documents, period: str, starts: Collection[date]) -> Cell | None:
    """The documents of several periods as of one; what a document counts in each of them is added up.

    None where there are none.
    """
    weights = np.zeros(len(data.source))
    for start, members, own in allot(data, period):
        if start in starts:
            np.add.at(weights, members, own)
    members = np.flatnonzero(weights)
    if not len(members):
        return None
    return Cell(period, min(starts), None, members, weights[members], np.array(data.source)[members])


def measure(data: Documents, cell: Cell, bootstrap: Bootstrap) -> Measured:
    """Crude prevalence in one period, with intervals at the level that `bootstrap` names."""
    sample = data.spread.sample(cell.members, cell.weights)
    whole = _point(data, cell, sample, sample.shares, bootstrap.level)
    names = [data.source[int(cell.members[sample.place == at][0])] for at in range(len(sample.sources))]
    if len(names) == 1:  # it is the whole
        return Measured(whole, (replace(whole, source=names[0]),), sample)
    each = zip(names, np.eye(len(names)), strict=True)
    points = tuple(_point(data, cell.of(name), sample, alone, bootstrap.level) for name, alone in each)
    return Measured(whole, points, sample)


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


def _point(data: Documents, cell: Cell, sample: Sample, mix: Floats, level: float) -> Points:
    """The prevalence of a cell, whose sources stand in a `mix` (S,) of those of `sample`."""
    found = sample.score(mix, level)
    return Points(
        cell.period,
        cell.start,
        cell.source,
        found.value,
        found.lower,
        found.upper,
        float(cell.weights.sum()),
        float(cell.weights @ data.passages[cell.members]),
        size=found.size,
        design_effect=found.design,
    )
