"""The line that corrects prevalence for the coder's errors, from a sample that people coded. Pure functions.

A difference estimator with tuned weight on the machine (PPI++: Angelopoulos et al. 2023; for coded text:
Egami et al. 2023), whose correction is pooled over periods. Definitions: docs/methods.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.trends.errors_of_coder import Effects, Scores, differ, effects_of
from pipeline.trends.prevalence import Documents, allot
from pipeline.trends.resampling import Floats, Indices

GRAINS = ("year", "quarter", "month")
FEWEST_PERIODS = 4
"""The correction's line is drawn through periods of the longest kind of which so many have labels."""
SLOPE, SLOPE_SPREAD = 1.0, 1.0
"""Of that line, before the labels speak: the machine's movements count as they are, or about so."""
ALIKE = 1e-9
"""Levels that spread less are one."""


@dataclass(frozen=True, slots=True)
class Labels:
    """Human codes of a probability sample of n units, all of them arrays (n,).

    `document` is the place of the unit's document among all; `human` and `machine`, between 0 and 1, say
    whether the unit carries the theme; `weight` is what the unit weighs in a prevalence divided by its chance
    to be in the sample; `stratum` numbers the strata it was drawn from.
    """

    document: Indices
    human: Floats
    machine: Floats
    weight: Floats
    stratum: Indices


@dataclass(frozen=True, slots=True)
class Terms:
    """When a correction is refused, and when errors count as different: below a chance of `alpha`.

    It is 0.2, not 0.05: to pool what differs does more harm than to part what is alike (Bancroft 1944).
    """

    min_labels: int
    min_positives: int
    alpha: float = 0.2
    permutations: int = 499


@dataclass(frozen=True, slots=True)
class Frame:
    """The documents that are corrected for: n of them, in g periods of the `grain` of the line.

    `periods` (n, g) and `sources` (n, s) say how much of a document lies in which; rows add up to 1.
    """

    grain: str
    periods: Floats
    sources: Floats

    @property
    def single(self) -> bool:
        """Whether all documents lie in one period."""
        return int((self.periods.sum(axis=0) > 0).sum()) == 1

    def levels(self, values: Floats) -> Floats:
        """(n,): the mean value of a document's period and source, these two added up without interaction.

        The mean of the levels over a period's documents is the period's own mean, and so for sources.
        """
        design = np.hstack([self.periods, self.sources])
        line = np.linalg.pinv(design.T @ design) @ (design.T @ values)
        return np.asarray(design @ line)

    def of(self, members: Indices) -> Frame:
        """The same with these documents alone; the others count nothing."""
        own = np.zeros((len(self.periods), 1))
        own[members] = 1
        return Frame(self.grain, self.periods * own, self.sources * own)


@dataclass(frozen=True, slots=True)
class Correction:
    """A line from the machine's prevalence m to the true one: `weight` · m + `at` + `slope` · (m - `centre`).

    `weight` is PPI++'s lambda. `spread` (2, 2) is the covariance of `at` and `slope`, with `freedom` degrees
    of freedom. `periods` and `sources` are what errors differ by there, where they do beyond chance;
    `period_p` and `source_p` are the chances of the tests (None: only one).
    """

    labels: int
    documents: int
    positives: int
    weight: float
    at: float
    slope: float
    centre: float
    spread: Floats
    freedom: int
    period_p: float | None
    source_p: float | None
    periods: Effects | None
    sources: Effects | None

    @property
    def pooled(self) -> str:
        """Over what the correction is pooled, in words."""
        kept = [name for name, of in (("period", self.periods), ("source", self.sources)) if of is not None]
        return f"by {' and '.join(kept)}" if kept else "pooled"


def frame(data: Documents, labelled: Indices) -> Frame:
    """The documents by source and by period: the longest of which at least four have labels."""
    for grain in GRAINS:
        found = list(allot(data, grain))
        periods = np.zeros((len(data.source), len(found)))
        for at, (_, members, weights) in enumerate(found):
            periods[members, at] = weights
        if (periods[labelled].sum(axis=0) > 0).sum() >= FEWEST_PERIODS:
            break
    names, numbers = np.unique(np.array(data.source), return_inverse=True)
    return Frame(grain, periods, np.eye(len(names))[numbers])


def refusal(labels: Labels, terms: Terms) -> str:
    """Why these labels are too few to correct by; empty where they are enough."""
    documents = len(np.unique(labels.document))
    if documents < terms.min_labels:
        return f"labels in {documents} documents are too few: at least {terms.min_labels} are needed"
    positive = int((labels.human > 0.5).sum())
    for number, what in ((positive, "carry"), (len(labels.human) - positive, "do not carry")):
        if number < terms.min_positives:
            return f"people found {number} that {what} the theme: at least {terms.min_positives} are needed"
    return ""


def correct(
    labels: Labels, values: Floats, frame: Frame, terms: Terms, rng: np.random.Generator
) -> Correction:
    """The correction of one series from its labels; `values` (n,) are the machine's, document by document."""
    level = frame.levels(values)[labels.document]
    weight = labels.weight / labels.weight.sum()
    centre = float(weight @ level)
    sloped = float(weight @ (level - centre) ** 2) > ALIKE
    design = np.column_stack([np.ones(len(level)), level - centre])[:, : 1 + sloped]
    scores = Scores(weight, labels.stratum, labels.document)
    machine = _tuned(scores, design, labels) if sloped or frame.single else 1.0
    rest = labels.human - machine * labels.machine
    inverse = np.linalg.pinv(design.T @ (design * weight[:, None]))
    line = inverse @ design.T @ (weight * rest)
    residual = rest - design @ line
    spread = inverse @ scores.variance(design, residual) @ inverse
    line, spread = _with_prior(line, spread, SLOPE - machine)
    by_period = differ(scores, residual, frame.periods[labels.document], terms.permutations, rng)
    by_source = differ(scores, residual, frame.sources[labels.document], terms.permutations, rng)
    return Correction(
        len(level),
        len(np.unique(labels.document)),
        int((labels.human > 0.5).sum()),
        machine,
        float(line[0]),
        float(line[1]),
        centre,
        spread,
        max(len(np.unique(labels.document)) - design.shape[1], 1),
        by_period,
        by_source,
        effects_of(scores, residual, frame.periods[labels.document], by_period, terms.alpha),
        effects_of(scores, residual, frame.sources[labels.document], by_source, terms.alpha),
    )


def _tuned(scores: Scores, design: Floats, labels: Labels) -> float:
    """PPI++'s lambda: how much of the machine's coding to take off, so that least variance is left."""
    human, machine = scores.sums(design, labels.human), scores.sums(design, labels.machine)
    below = float(machine @ machine)
    return float(np.clip(machine @ human / below, 0, 1)) if below > 0 else 0.0


def _with_prior(line: Floats, spread: Floats, slope: float) -> tuple[Floats, Floats]:
    """The line (2,) and its covariance with what was known of the slope before; both in closed form."""
    if len(line) == 1:
        return np.append(line, slope), np.diag([spread[0, 0], SLOPE_SPREAD**2])
    gain = spread[:, 1] / (spread[1, 1] + SLOPE_SPREAD**2)
    return line + gain * (slope - line[1]), spread - np.outer(gain, spread[1])
