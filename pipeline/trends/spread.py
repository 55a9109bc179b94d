"""How far prevalences vary by chance: score intervals of documents in sources, and of differences.

Pure functions on arrays. Definitions, references and coverage: docs/methods.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.trends.clustering import Alike, Days, Near, alike, near
from pipeline.trends.resampling import Floats, Indices, wilson

PSEUDO = 5.0
"""Documents that vary as yes and no do, which stand beside a series' own: few say little of how it varies."""
POOL = 2.0
"""Documents of the period's own prevalence beside those of each source, for how far the source varies."""
NOTHING = 1e-9
DATED = 0.5
"""Of a period's documents so many are dated to a day or month, or it is not seen how they hang together."""


@dataclass(frozen=True, slots=True)
class Score:
    """Means of k series, their interval, and how many documents of yes and no each is worth: all (k,).

    `design` is how many times the variance is that of independent documents; None where it can't be seen.
    """

    value: Floats
    lower: Floats
    upper: Floats
    size: Floats
    design: Floats | None


@dataclass(frozen=True, slots=True)
class Spread:
    """How n documents of k series vary, which all periods share.

    `source` (n,) are the numbers of their sources, `values` (n, k) what they carry. `phi` (k,): how much
    less a share varies than a yes or no, and `own_phi` (S, k) in each source. `alike`: how far documents of
    a week hang together.
    """

    days: Days
    source: Indices
    values: Floats
    phi: Floats
    own_phi: Floats
    alike: Alike | None

    @classmethod
    def of(cls, days: Days, source: Indices, values: Floats) -> Spread:
        """Of documents as they are dated, the numbers of their sources, and their values."""
        return cls(days, source, values, *_phi(source, values), alike(days, source, values))

    @property
    def together(self) -> Floats:
        """(k,): how many documents on the mean say what one does."""
        return 1 + (self.alike.within + self.alike.across if self.alike else np.zeros(len(self.phi)))

    def sample(self, members: Indices, weights: Floats) -> Sample:
        """The documents `members` (m,) of a stretch of time, each counting for its weight."""
        names, place = np.unique(self.source[members], return_inverse=True)
        shown = np.zeros((len(names), len(members)))
        shown[place, np.arange(len(members))] = weights
        counted = shown.sum(axis=1)
        means = shown @ self.values[members] / counted[:, None]
        sizes = counted**2 / (shown**2).sum(axis=1)
        worth = sizes[:, None] / self.together
        # One document more, half of which carries the series: no level is sure to be none or all.
        level = ((worth * means).sum(axis=0) + 0.5) / (worth.sum(axis=0) + 1)
        levels = (worth * means + POOL * level) / (worth + POOL)
        close = near(self.days, members, weights, place, len(names))
        return Sample(self, names, counted, sizes, means, levels, close, members, weights, place)


@dataclass(frozen=True)
class Sample:
    """The m documents of a stretch of time, by source: S `sources` (their numbers, sorted).

    `documents` and `sizes` (S,): how many there are, and how many they are worth (Kish 1965). `means` and
    `levels` (S, k): what was measured, and the levels that its variance is taken at. `near`: which of them
    are near in days.
    """

    spread: Spread
    sources: Indices
    documents: Floats
    sizes: Floats
    means: Floats
    levels: Floats
    near: Near
    members: Indices
    weights: Floats
    place: Indices

    @cached_property
    def shares(self) -> Floats:
        """(S,): each source's share of the documents."""
        return np.asarray(self.documents / self.documents.sum())

    def weight(self, mix: Floats) -> Floats:
        """(m,): what each document counts for where the sources stand in a `mix` (S,)."""
        return np.asarray((mix / mix.sum() / self.documents)[self.place] * self.weights)

    def score(self, mix: Floats, level: float) -> Score:
        """Prevalence where the sources stand in a `mix` (S,), with Wilson's interval (1927) at a `level`.

        The size in it is Kish's, over how much less a share varies than a yes or no, how unlike the sources
        vary, and how far documents hang together.
        """
        mix = mix / mix.sum()
        value, own = mix @ self.means, mix > 0
        parts = mix[own] ** 2 / self.sizes[own]
        design = self.design(mix)
        phi = self.spread.phi if own.sum() > 1 else self.spread.own_phi[self.sources[own][0]]
        size = 1 / (parts.sum() * phi * (1 if design is None else design))
        if own.sum() > 1:
            # Half a document of a source is lost to not knowing its level.
            unsure = parts[:, None] * (1 + 0.5 / (self.sizes[own, None] / self.spread.together + 1))
            levels, whole = self.levels[own], mix @ self.levels
            size /= (unsure * levels * (1 - levels)).sum(axis=0) / (parts.sum() * whole * (1 - whole))
        lower, upper = wilson(value, size, level)
        return Score(value, np.minimum(lower, value), np.maximum(upper, value), size, design)

    def design(self, mix: Floats) -> Floats | None:
        """(k,): the design effect of documents that hang together, at least 1 (Kish 1965).

        A document hangs together with as many others as on the mean of the series, but not with more than
        are near it here.
        """
        together = self.spread.alike
        if together is None or self.near.known < DATED:
            return None
        within, across = (near / together.seen for near in self.near.others(mix / self.documents))
        return np.asarray(1 + np.minimum(together.within, within) + np.minimum(together.across, across))


def compared(
    first: Sample, mix: Floats, second: Sample, other: Floats, level: float
) -> tuple[Score, Score, tuple[Floats, Floats]]:
    """Two stretches of time whose sources stand in `mix` and in `other`: both scores, and the bounds of the
    change from the first to the second.
    """
    before, after = first.score(mix, level), second.score(other, level)
    return before, after, difference(before, after, correlation(first, mix, second, other))


def correlation(first: Sample, mix: Floats, second: Sample, other: Floats) -> float:
    """How far two means rest on the same documents: those that are spread over both periods."""
    if (first.weights >= 1).all() or (second.weights >= 1).all():
        return 0.0
    _, left, right = np.intersect1d(first.members, second.members, return_indices=True)
    a, b = first.weight(mix), second.weight(other)
    return float(a[left] @ b[right] / np.sqrt((a**2).sum() * (b**2).sum()))


def difference(before: Score, after: Score, shared: float = 0.0) -> tuple[Floats, Floats]:
    """The bounds of a difference of two score intervals (Newcombe 1998, method 10; Zou and Donner 2008).

    `shared` is their correlation.
    """
    low, high = before.value - before.lower, before.upper - before.value
    down, up = after.value - after.lower, after.upper - after.value
    first, second, value = low + high, down + up, after.value - before.value
    # Of two means that rest on the same documents the difference varies less, as their covariance says.
    apart = np.sqrt(1 - 2 * shared * first * second / (first**2 + second**2)) if shared else 1.0
    return value - apart * np.hypot(high, down), value + apart * np.hypot(low, up)


def _phi(source: Indices, values: Floats) -> tuple[Floats, Floats]:
    """How a series varies within the sources, beside yes and no of the same means: (k,); in each (S, k)."""
    number = int(source.max()) + 1 if len(source) else 0
    above, below = np.zeros((2, number, values.shape[1]))
    means = np.zeros_like(above)
    for at in range(number):
        own = values[source == at]
        if len(own):
            means[at] = own.mean(axis=0)
            above[at] = np.square(own - means[at]).sum(axis=0)
            below[at] = (len(own) - 1) * means[at] * (1 - means[at])
    if not number:
        return np.ones(values.shape[1]), above
    mean = values.mean(axis=0)
    beside = PSEUDO * np.maximum(mean * (1 - mean), NOTHING)
    phi = np.minimum((above.sum(axis=0) + beside) / (below.sum(axis=0) + beside), 1.0)
    beside = PSEUDO * np.maximum(means * (1 - means), NOTHING)
    return phi, np.minimum((above + phi * beside) / (below + beside), 1.0)
