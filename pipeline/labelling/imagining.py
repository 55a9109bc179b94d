"""Imaginary truths and codings of a corpus as it is, with a change planted between two stretches.

The corpus keeps its documents, passages, dates and sources. The truth is drawn from what the machine coded
and from its error rates; then the machine codes anew, with these errors. Pure functions; docs/methods.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt

import numpy as np

from pipeline.labelling.drawing import LEAST_OF_LEVEL, NEAR, NONE, SPREAD, SPREAD_CODED, allocate
from pipeline.themes.calibration import Flags
from pipeline.trends.corrected import SampledCodes
from pipeline.trends.prevalence import Cell, Documents
from pipeline.trends.resampling import Floats, Indices

RARE = 0.005
"""Carriers that are taken for granted among passages where the machine finds none."""
MOST = 0.98
"""No stretch is imagined with more prevalence: the change is then planted downwards."""
LOOSEST, TIGHTEST = 0.02, 0.95
"""Between these passages of a document hang together (intraclass correlation)."""
GRID = (np.arange(60) + 0.5) / 60
"""A document's share may be as these quantiles of the shares of its level are."""
FALSE_AT_LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class Passages:
    """The n passages of the counted documents: place of the document, whether coded, whether near to it."""

    document: Indices
    coded: Flags
    near: Flags


@dataclass(frozen=True, slots=True)
class Rates:
    """How the machine errs: the shares right of what it codes, and coded of what carries the theme."""

    precision: float
    recall: float
    who: str

    def of(self, passages: Passages) -> tuple[float, float]:
        """Sensitivity, and the share coded of passages that lack the theme."""
        coded, n = float(passages.coded.sum()), len(passages.coded)
        carriers = min(max(coded * self.precision / max(self.recall, 0.05), RARE * n), 0.95 * n)
        false = coded * (1 - self.precision) / max(n - carriers, 1.0)
        return self.recall, min(max(false, FALSE_AT_LEAST), 0.95 * self.recall)


@dataclass(frozen=True, slots=True)
class World:
    """A corpus with a truth (n passages, 1 or 0) and what the machine makes of it.

    `data.values` (d, 1) are the machine's shares or mentions, as `measure` says; `expected` is how far the
    truth and the machine's values differ between the stretches, chance apart.
    """

    data: Documents
    passages: Passages
    truth: Flags
    measure: str = "share"
    expected: tuple[float, float] = (0.0, 0.0)

    def people(self) -> Floats:
        """(d,): what people would find in each document, had they coded everything."""
        return by_document(self.passages.document, self.truth, len(self.data.source), self.measure)

    def sample(self, codes: int, rng: np.random.Generator) -> SampledCodes:
        """People code so many passages, or documents for `mention`, drawn by the machine's levels."""
        if self.measure == "mention":
            return self._documents(codes, rng)
        level = np.where(self.passages.coded, 0, np.where(self.passages.near, 1, 2))
        at, chance, stratum = _drawn(level, codes, rng)
        document = self.passages.document[at]
        weight = 1 / (self.data.passages[document] * chance)
        machine = self.passages.coded[at].astype(float)
        return SampledCodes(document, self.truth[at].astype(float), machine, weight, stratum)

    def _documents(self, codes: int, rng: np.random.Generator) -> SampledCodes:
        count, own = len(self.data.source), self.passages.document
        coded, near = (
            by_document(own, of, count, "mention") for of in (self.passages.coded, self.passages.near)
        )
        read = np.flatnonzero(np.bincount(own, minlength=count))
        at, chance, stratum = _drawn(np.where(coded > 0, 0, np.where(near > 0, 1, 2))[read], codes, rng)
        document = read[at]
        return SampledCodes(document, self.people()[document], coded[document], 1 / chance, stratum)


def _drawn(level: Indices, codes: int, rng: np.random.Generator) -> tuple[Indices, Floats, Indices]:
    """Places, chances and strata of the units that `label draw` would take; `level` (n,) is 0, 1 or 2."""
    names = ("coded", NEAR, NONE)
    sizes = {name: size for at, name in enumerate(names) if (size := int((level == at).sum()))}
    wanted = {name: SPREAD.get(name, SPREAD_CODED) * sqrt(size) for name, size in sizes.items()}
    least = min(LEAST_OF_LEVEL, codes // len(sizes))
    shares = allocate(sizes, wanted, min(codes, len(level)), least)
    taken = [
        rng.choice(np.flatnonzero(level == names.index(name)), number, replace=False)
        for name, number in shares.items()
    ]
    numbers = [len(own) for own in taken]
    chance = np.repeat([shares[name] / sizes[name] for name in shares], numbers)
    return np.concatenate(taken), chance, np.repeat(np.arange(len(taken)), numbers)


def by_document(document: Indices, flags: Flags, count: int, measure: str) -> Floats:
    """(count,): each document's share of flagged passages, or whether there is any."""
    flagged = np.bincount(document, flags, minlength=count).astype(float)
    if measure == "mention":
        return np.asarray(flagged > 0, dtype=float)
    return np.asarray(flagged / np.maximum(np.bincount(document, minlength=count), 1))


def shrunk(values: Floats, group: Indices, around: Indices) -> Floats:
    """(n,): the mean of each value's group, drawn to that of what the group is of as far as it is chance.

    By the variance between groups (method of moments): levels that differ by chance alone are one.
    """
    sizes, wholes = np.bincount(group), np.bincount(around)
    means = np.bincount(group, values) / np.maximum(sizes, 1)
    middle = (np.bincount(around, values) / np.maximum(wholes, 1))[around]
    there = int((sizes > 0).sum())
    within = float(((values - means[group]) ** 2).sum()) / max(len(values) - there, 1)
    apart = float(((means[group] - middle) ** 2).sum()) - (there - int((wholes > 0).sum())) * within
    between = max(apart / max(len(values) - float((sizes[group] / wholes[around]).sum()), 1.0), 0.0)
    own = between / np.maximum(between + within / np.maximum(sizes, 1), 1e-12)
    return np.asarray(middle + own[group] * (means[group] - middle))


class Imagination:
    """Worlds of a corpus, by what its machine coded and how it errs.

    Of every source and year the true level is that of its codes less the machine's errors (Rogan and Gladen
    1978). A document's share is beta around it, as far as passages of a document hang together, and is drawn
    given its own codes, so that series of documents on one event stay such. In the later stretch the same
    quantiles of moved levels are taken, and between the stretches of levels on the way: a slow change leaves
    less to learn the machine's errors from than a jump. Passages carry the theme by their document's share.
    """

    def __init__(
        self, data: Documents, passages: Passages, cells: tuple[Cell, Cell], rates: Rates, change: float,
        measure: str = "share",
    ) -> None:  # fmt: skip
        self._data, self._passages, self._cells, self._measure = data, passages, cells, measure
        self._hit, self._false = rates.of(passages)
        count = len(data.source)
        self._number = np.bincount(passages.document, minlength=count)
        self._coded = np.bincount(passages.document, passages.coded, minlength=count)
        self._level = self._levels()
        self._kappa = 1 / self._together() - 1
        self._moved = self._later(change)

    def world(self, rng: np.random.Generator) -> World:
        """One truth, and one coding of it."""
        quantile = self._quantiles(rng)
        share = self._shares(self._moved, quantile)
        document = self._passages.document
        truth = rng.random(len(document)) < share[document]
        coded = rng.random(len(document)) < np.where(truth, self._hit, self._false)
        values = by_document(document, coded, len(share), self._measure)
        seen = self._false + (self._hit - self._false) * share
        expected = self._difference(self._of(share)), self._difference(self._of(seen))
        data = replace(self._data, values=values[:, None])
        passages = replace(self._passages, coded=coded, near=self._passages.near & ~coded)
        return World(data, passages, truth, self._measure, expected)

    def difference(self, values: Floats) -> float:
        """How far the later stretch's mean of `values` (d,) lies above the earlier one's."""
        return self._difference(values)

    def _difference(self, values: Floats) -> float:
        first, second = (float(np.average(values[c.members], weights=c.weights)) for c in self._cells)
        return second - first

    def _of(self, share: Floats) -> Floats:
        """What documents of such shares are expected to have by the measure."""
        return share if self._measure == "share" else 1 - (1 - share) ** self._number

    def _levels(self) -> Floats:
        """(d,): the true level of each document's source and year."""
        source, year = self._data.sources[1], np.array([day.year for day in self._data.published])
        shares = self._coded / np.maximum(self._number, 1)
        _, cell = np.unique(np.stack([source, year]), axis=1, return_inverse=True)
        of_source = shrunk(shares, source, np.zeros(len(source), dtype=np.intp))
        of_year = shrunk(shares - of_source, cell.ravel(), source)
        seen = of_source + of_year
        return np.clip((seen - self._false) / (self._hit - self._false), RARE, 1 - RARE)

    def _together(self) -> float:
        """How far passages of a document hang together: pairs of codes, beyond levels and errors."""
        several = self._number > 1
        n, k = self._number[several].astype(float), self._coded[several]
        if not several.any():
            return LOOSEST
        seen = self._false + (self._hit - self._false) * self._level[several]
        # Σ over pairs of (c − m)(c' − m), from the document's number of codes alone.
        pairs = (k - n * seen) ** 2 - k * (1 - seen) ** 2 - (n - k) * seen**2
        between = pairs.sum() / (self._hit - self._false) ** 2
        most = (n * (n - 1) * self._level[several] * (1 - self._level[several])).sum()
        return float(np.clip(between / max(most, 1e-12), LOOSEST, TIGHTEST))

    def _later(self, change: float) -> Floats:
        """The levels, moved in the later stretch so that it is expected to be `change` above the earlier."""
        first, second = self._cells
        low = float(np.average(self._expected(self._level)[first.members], weights=first.weights))
        wanted = low + (change if low + change <= MOST else -change)
        below, above = -1.0, 1.0
        own, moved, along = second.members, self._level, self._along()
        for _ in range(40):
            middle = (below + above) / 2
            moved = np.clip(self._level + middle * along, RARE / 10, 1 - RARE / 10)
            if float(np.average(self._expected(moved)[own], weights=second.weights)) < wanted:
                below = middle
            else:
                above = middle
        return moved

    def _along(self) -> Floats:
        """(d,): how far each document is on the way, 0 in the earlier stretch and 1 in the later."""
        first, second = self._cells
        day = np.array([day.toordinal() for day in self._data.published], dtype=float)
        if day[second.members].mean() < day[first.members].mean():
            day = -day
        start, end = day[first.members].max(), day[second.members].min()
        along = np.clip((day - start) / (end - start), 0, 1) if end > start else np.zeros(len(day))
        along[first.members], along[second.members] = 0, 1
        return np.asarray(along)

    def _expected(self, level: Floats) -> Floats:
        """(d,): what documents of these levels are expected to have by the measure."""
        from scipy.special import betaln

        if self._measure == "share":
            return level
        a, b = level * self._kappa, (1 - level) * self._kappa
        return np.asarray(1 - np.exp(betaln(a, b + self._number) - betaln(a, b)))

    def _quantiles(self, rng: np.random.Generator) -> Floats:
        """(d,): where each document's share lies among those of its level, drawn given its codes."""
        found = np.empty(len(self._level))
        for own in np.array_split(np.arange(len(found)), len(found) // 20_000 + 1):
            shares = self._shares(self._level[own, None], GRID[None, :])
            seen = self._false + (self._hit - self._false) * shares
            coded, number = self._coded[own, None], self._number[own, None]
            likely = coded * np.log(seen) + (number - coded) * np.log1p(-seen)
            chance = np.exp(likely - likely.max(axis=1, keepdims=True)).cumsum(axis=1)
            drawn = (rng.random((len(own), 1)) * chance[:, -1:] > chance).sum(axis=1)
            found[own] = (drawn + rng.random(len(own))) / len(GRID)
        return found

    def _shares(self, level: Floats, quantile: Floats) -> Floats:
        from scipy.special import betaincinv

        inside = np.clip(quantile, 1e-6, 1 - 1e-6)
        found = betaincinv(level * self._kappa, (1 - level) * self._kappa, inside)
        return np.asarray(np.clip(found, 1e-9, 1 - 1e-9))
