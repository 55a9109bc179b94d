"""The periods that tests can rest on, and which documents fall in them. Pure functions on arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from pipeline.trends.clustering import Days
from pipeline.trends.mix import Mix
from pipeline.trends.prevalence import PERIODS, SPAN, Documents, allot
from pipeline.trends.resampling import Floats, Indices

ROUNDING = 1e-9
MOST = 2 / 3
"""Of a period's places in time, so many are solid, and of the documents so many are dated so exactly."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The solid periods of a corpus, and which documents fall in them.

    `starts` (T) are their first days. `document`, `period` and `weight` (m,) say which document counts
    in which period for how much, by document; a document dated only to a year has several rows.
    `source` (n,) are the numbers of the documents' sources, `names` (S) the sources' names; `days` are
    the documents' dates. `pull` (S, T): how much a document of a source moves a period's standardised
    prevalence. `skipped` counts the periods, from the first with documents to the last, that are empty or
    too thin; `uncovered` those of them that have documents enough, but of too little of the mix.
    """

    starts: tuple[date, ...]
    document: Indices
    period: Indices
    weight: Floats
    source: Indices
    names: tuple[str, ...]
    days: Days
    pull: Floats
    skipped: int
    uncovered: int = 0

    def of(self, group: int) -> tuple[Indices, Floats]:
        """The documents of a period, and how much each counts."""
        own = self.period == group
        return self.document[own], self.weight[own]


def finest(data: Documents, mix: Mix, floor: float, coverage: float) -> tuple[str, Calendar]:
    """The finest of month, quarter and year that most documents are dated to and that is mostly solid."""
    for period, months in PERIODS.items():
        found = calendar(data, period, mix, floor, coverage)
        exact = sum(SPAN[precision] <= months for precision in data.precision)
        solid = len(found.starts)
        if exact >= MOST * len(data.precision) and solid >= MOST * (solid + found.skipped) and solid:
            return period, found
    return "year", calendar(data, "year", mix, floor, coverage)


def calendar(data: Documents, period: str, mix: Mix, floor: float, coverage: float) -> Calendar:
    """The periods with at least `floor` documents of the mix and `coverage` of its weight."""
    names, source = np.unique(np.array(data.source, dtype=str), return_inverse=True)
    share = np.array([mix.get(str(name), 0.0) for name in names])
    starts: list[date] = []
    seen: list[date] = []
    uncovered = 0
    rows = []
    for start, members, weights in allot(data, period):
        inside = share[source[members]] > 0
        members, weights = members[inside], weights[inside]
        covered = share[np.unique(source[members])].sum() >= coverage - ROUNDING
        seen.append(start)
        enough = len(members) > 0 and weights.sum() >= floor - ROUNDING
        uncovered += enough and not covered
        if enough and covered:
            rows.append(np.column_stack([members, np.full(len(members), len(starts)), weights]))
            starts.append(start)
    spanned = _months(seen[0], seen[-1]) // PERIODS[period] + 1 if seen else 0
    table = np.vstack(rows) if rows else np.empty((0, 3))
    days, skipped = Days.of(data.published, data.precision), spanned - len(starts)
    of = tuple(starts), table, source.astype(np.intp), tuple(map(str, names)), days, share
    return replace(_lay_out(*of), skipped=skipped, uncovered=uncovered)


def pooled(of: Calendar, mix: Mix, groups: Sequence[range]) -> Calendar:
    """The same documents by groups of periods, such as those before a change and those after it."""
    tables = []
    for number, group in enumerate(groups):
        own = (of.period >= group.start) & (of.period < group.stop)
        member, at = np.unique(of.document[own], return_inverse=True)
        weight = np.bincount(at, of.weight[own])
        tables.append(np.column_stack([member, np.full(len(member), number), weight]))
    starts = tuple(of.starts[group.start] for group in groups)
    share = np.array([mix.get(name, 0.0) for name in of.names])
    return _lay_out(starts, np.vstack(tables), of.source, of.names, of.days, share)


def _lay_out(
    starts: tuple[date, ...],
    table: Floats,
    source: Indices,
    names: tuple[str, ...],
    days: Days,
    share: Floats,
) -> Calendar:
    """A calendar of the rows (document, period, weight) of `table`, at the mix `share` (S,)."""
    table = table[np.lexsort((table[:, 1], table[:, 0]))]
    document, period, weight = table[:, 0].astype(np.intp), table[:, 1].astype(np.intp), table[:, 2]
    number = np.zeros((len(names), len(starts)))
    np.add.at(number, (source[document], period), weight)
    covered = share @ (number > 0)
    pull = np.divide(share[:, None], covered * number, out=np.zeros_like(number), where=number > 0)
    return Calendar(starts, document, period, weight, source, names, days, pull, 0)


def starts_between(first: date, last: date, period: str) -> tuple[date, ...]:
    """The first days of the periods from the one that begins on `first` to the one that ends on `last`."""
    number = _months(first, last) // PERIODS[period] + 1
    months = (first.year * 12 + first.month - 1 + PERIODS[period] * at for at in range(number))
    return tuple(date(month // 12, month % 12 + 1, 1) for month in months)


def last_day(start: date, period: str) -> date:
    """The last day of the period that begins on a day."""
    months = start.year * 12 + start.month - 1 + PERIODS[period]
    return date(months // 12, months % 12 + 1, 1) - timedelta(days=1)


def _months(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month
