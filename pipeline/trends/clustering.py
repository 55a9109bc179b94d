"""Documents that hang together: how far those of one week are alike, beyond what their sources are.

Three documents on one event say little more than one, and intervals that take them for three are too short.
Pure functions on arrays. Definitions and references: docs/methods.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from pipeline.trends.resampling import Floats, Indices

WEEK = 6
"""Days on either side within which documents may be about one event."""
MONTH = 31
APART, FARTHER = (14, 42), (43, 98)
"""Days, from and to, after which they are not: what is alike then is the level of a theme, which drifts."""
BACK = 0.6
"""How far back the level's drift is drawn: from 28 days to 3, as part of the way from 70 to 28."""
MANY = 5.0
"""Documents near each, at which drift and chance weigh the same: of fewer the drift is hardly drawn."""
ELSEWHERE = 10_000_000
"""Days between those who are dated to the day and those dated to a month."""
BLOCK = 4_000_000
"""Most values of documents × series that are summed at a time: 32 MB."""
NOTHING = 1e-12


@dataclass(frozen=True, slots=True)
class Days:
    """When n documents were published: their `day` (n,), and whether that says so much: `told` (n,).

    Documents dated to a month stand on its first day, and those of one month are near one another. They are
    on a line of their own, ELSEWHERE, since nobody knows which of a month's days they are near.
    """

    day: Indices
    told: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, published: Sequence[date], precision: Sequence[str]) -> Days:
        """Those of documents dated `published` to a `precision` of day, month or year."""
        by_month = np.array([one == "month" for one in precision], dtype=np.bool_)
        day = np.array([day.toordinal() for day in published], dtype=np.intp)
        told = np.array([one != "year" for one in precision], dtype=np.bool_)
        return cls(day + ELSEWHERE * by_month, told)


@dataclass(frozen=True, slots=True)
class Alike:
    """How many others a document is worth as much as, on the mean, among those of its week: each (k,).

    It is the sum of its correlations with them: 0 where documents are independent, 2 where they come by
    threes that say the same. `within` counts those of its own source, `across` those of others. Of what is
    near a document only the part `seen` is dated as it is, to the day or to the month; both are scaled up.
    """

    within: Floats
    across: Floats
    seen: float


@dataclass(frozen=True, slots=True)
class Near:
    """Documents of one stretch of time that are near one another in days, by source.

    `pairs` (S, S): the sum of the products of the weights of two that are less than a week apart. `squares`
    (S,): the sum of the weights' squares. `known`: the share of the weight that is dated to the day or month.
    """

    pairs: Floats
    squares: Floats
    known: float

    def others(self, weight: Floats) -> tuple[float, float]:
        """How many others, of its source and of other sources, are near a document: `weight` (S,) is what a
        document of each source counts for.
        """
        products = self.pairs * np.outer(weight, weight)
        own, below = float(np.trace(products)), float(weight**2 @ self.squares)
        return own / below, float(products.sum() - own) / below


def alike(days: Days, source: Indices, values: Floats) -> Alike | None:
    """How far documents of one week hang together, of n documents and k series (n, k).

    What the products of two documents' deviations from their sources' means are, in the mean over pairs less
    than a week apart, beyond what a line through pairs two to six and six to fourteen weeks apart has there:
    a theme's level that drifts or jumps is in all three. None where years are all that is known of the dates.
    """
    kept = np.flatnonzero(days.told)
    order = kept[np.argsort(days.day[kept], kind="stable")]
    if len(order) < 2:
        return None
    day, place = days.day[order], source[order]
    groups = [np.flatnonzero(place == number) for number in np.unique(place)]
    every, own_pairs = _pairs(day), np.sum([_pairs(day[own]) for own in groups], axis=0)
    if not every[1:].any():
        return None
    found = [
        _alike(day, groups, values[order, part], (own_pairs, every - own_pairs))
        for part in _blocks(len(order), values.shape[1])
    ]
    within, across = (np.concatenate([pair[at] for pair in found] or [np.zeros(0)]) for at in (0, 1))
    seen = _seen(day, groups) * len(order) / len(days.told)
    return Alike(within / seen, across / seen, seen)


def near(days: Days, members: Indices, weights: Floats, place: Indices, sources: int) -> Near:
    """Which documents of a stretch of time, `members` (m,) with `weights` (m,), are near one another.

    `place` (m,) are the numbers of their sources, below `sources`.
    """
    squares = np.bincount(place, weights**2, sources).astype(np.float64)
    told = days.told[members]
    order = np.flatnonzero(told)
    order = order[np.argsort(days.day[members[order]], kind="stable")]
    shown = np.zeros((len(order), sources))
    shown[np.arange(len(order)), place[order]] = weights[order]
    pairs = shown.T @ _summed(days.day[members[order]], shown, -WEEK, WEEK)
    pairs -= np.diag((shown**2).sum(axis=0))
    return Near(np.maximum(pairs, 0), squares, float(weights[told].sum() / weights.sum()))


def _alike(
    day: Indices, groups: Sequence[Indices], values: Floats, counts: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """Within and across sources, of columns (n, k). `counts` are the pairs near and apart, of either kind."""
    moved = np.empty_like(values, dtype=np.float64)
    for own in groups:
        moved[own] = values[own] - values[own].mean(axis=0)
    own_sums = np.sum([_products(day[own], moved[own]) for own in groups], axis=0)
    sums = own_sums, _products(day, moved) - own_sums
    spread = (moved**2).mean(axis=0)
    found = []
    for (close, apart, farther), (pairs, *far) in zip(sums, counts, strict=True):
        level = (apart + farther) / max(sum(far), 1.0)
        if all(far):
            many = pairs / (pairs + MANY * len(day))
            drawn = (1 + BACK) * apart / far[0] - BACK * farther / far[1]
            level = many * drawn + (1 - many) * level
        below = np.maximum(spread - level, NOTHING)
        found.append(np.maximum((close - pairs * level) / (len(day) * below), 0.0))
    return found[0], found[1]


def _products(day: Indices, moved: Floats) -> Floats:
    """(3, k): the sums of products of pairs that are near, each pair twice, and of pairs apart, once."""
    close = (moved * (_summed(day, moved, -WEEK, WEEK) - moved)).sum(axis=0)
    return np.stack([close, *((moved * _summed(day, moved, *days)).sum(axis=0) for days in (APART, FARTHER))])


def _seen(day: Indices, groups: Sequence[Indices]) -> float:
    """Of what a source has within a month of a document, the share that is dated as it is."""
    alike = every = 0.0
    for own in groups:
        line = np.sort(day[own] % ELSEWHERE)
        every += float(_summed(line, np.ones((len(own), 1)), -MONTH, MONTH).sum()) - len(own)
        alike += float(_summed(day[own], np.ones((len(own), 1)), -MONTH, MONTH).sum()) - len(own)
    return alike / every if alike else 1.0


def _pairs(day: Indices) -> Floats:
    """(3,): how many pairs are near, each counted twice, and how many apart, each once."""
    ones = np.ones((len(day), 1))
    apart = (_summed(day, ones, *days).sum() for days in (APART, FARTHER))
    return np.array([_summed(day, ones, -WEEK, WEEK).sum() - len(day), *apart])


def _summed(day: Indices, values: Floats, first: int, last: int) -> Floats:
    """(n, k): for each document the sum over those `first` to `last` days after it; `day` (n,) is sorted."""
    total = np.zeros((len(values) + 1, values.shape[1]))
    np.cumsum(values, axis=0, out=total[1:])
    begins = np.searchsorted(day, day + first, "left")
    return np.asarray(total[np.searchsorted(day, day + last, "right")] - total[begins])


def _blocks(documents: int, series: int) -> Iterator[slice]:
    step = max(1, BLOCK // documents)
    return (slice(at, at + step) for at in range(0, series, step))
