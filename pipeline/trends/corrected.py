"""The line that corrects prevalence for the coder's errors, from a sample that people coded. Pure functions.

A difference estimator with tuned weight on the machine (PPI++: Angelopoulos et al. 2023; for coded text:
Egami et al. 2023), whose correction is pooled over periods. Definitions: docs/methods.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.trends.errors_of_coder import Scores, between, differ
from pipeline.trends.prevalence import Documents, allot
from pipeline.trends.resampling import Floats, Indices

GRAINS = ("year", "quarter", "month")
FEWEST_PERIODS = 4
"""The correction's line is drawn through periods of the longest kind of which so many have labels."""
SLOPE, SLOPE_SPREAD = 1.0, 1.0
"""Of that line, before the labels speak: the machine's movements count as they are, or about so."""
ALIKE = 1e-9
"""Levels that spread less are one."""
SURE = 1e-9
"""No variance of a weighted mean of errors is taken to be smaller."""


@dataclass(frozen=True, slots=True)
class SampledCodes:
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
class Conditions:
    """When a correction is refused, and how often documents are permuted to see whether errors differ."""

    min_labels: int
    min_positives: int
    permutations: int = 499


@dataclass(frozen=True)
class CorrectedFrame:
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
        return np.asarray(self.design @ (self.inverse @ (self.design.T @ values)))

    @cached_property
    def design(self) -> Floats:
        """(n, g + s): periods and sources side by side."""
        return np.hstack([self.periods, self.sources])

    @cached_property
    def inverse(self) -> Floats:
        """(g + s, g + s): that of the design's squares and products."""
        return np.asarray(np.linalg.pinv(self.design.T @ self.design))

    def of(self, members: Indices) -> CorrectedFrame:
        """The same with these documents alone; the others count nothing."""
        own = np.zeros((len(self.periods), 1))
        own[members] = 1
        return CorrectedFrame(self.grain, self.periods * own, self.sources * own)


@dataclass(frozen=True, slots=True)
class ErrorLine:
    """The line through n labels and the shifts of groups, k numbers in all; what each label did to them.

    `coefficients` (k,) are height, slope, and the shifts; `spread` (k, k) is their covariance. `moved` (k, n)
    is how far the weighted error of a label moves them, `inverse` (k, k) how far weighted products do;
    `used` are the degrees of freedom that they take.
    """

    scores: Scores
    design: Floats
    residual: Floats
    coefficients: Floats
    spread: Floats
    moved: Floats
    inverse: Floats
    used: float


@dataclass(frozen=True, slots=True)
class Correction:
    """From the machine's prevalence m to the true: `weight` · m + height + slope · (m - `centre`) + shifts.

    `weight` is PPI++'s lambda; the rest is in `fit`, with `freedom` degrees of freedom. There are shifts of
    periods and of sources (`by_period`, `by_source`) where errors differ more between these than few labels
    do by chance; `period_p` and `source_p` test that (None: only one). `values` (n,) are the machine's.
    """

    labels: int
    documents: int
    positives: int
    weight: float
    centre: float
    freedom: int
    period_p: float | None
    source_p: float | None
    by_period: bool
    by_source: bool
    fit: ErrorLine
    values: Floats

    @property
    def slope(self) -> float:
        """How far the true prevalence moves where the machine's moves by 1."""
        return self.weight + float(self.fit.coefficients[1])

    @property
    def pooled(self) -> str:
        """Over what the correction is pooled, in words."""
        kept = [name for name, of in (("period", self.by_period), ("source", self.by_source)) if of]
        return f"by {' and '.join(kept)}" if kept else "pooled"

    def row(self, mean: float, periods: Floats, sources: Floats) -> Floats:
        """(k,): what multiplies the coefficients, at these shares of periods (g,) and sources (s,)."""
        shifts = [periods] * self.by_period + [sources] * self.by_source
        return np.concatenate([[1.0, mean - self.centre], *shifts])


def frame(data: Documents, labelled: Indices) -> CorrectedFrame:
    """The documents by source and by period: the longest of which at least four have labels."""
    for grain in GRAINS:
        found = list(allot(data, grain))
        periods = np.zeros((len(data.source), len(found)))
        for at, (_, members, weights) in enumerate(found):
            periods[members, at] = weights
        if (periods[labelled].sum(axis=0) > 0).sum() >= FEWEST_PERIODS:
            break
    names, numbers = np.unique(np.array(data.source), return_inverse=True)
    return CorrectedFrame(grain, periods, np.eye(len(names))[numbers])


def refusal(labels: SampledCodes, terms: Conditions) -> str:
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
    labels: SampledCodes, values: Floats, frame: CorrectedFrame, terms: Conditions, rng: np.random.Generator
) -> Correction:
    """The correction of one series from its labels; `values` (n,) are the machine's, document by document."""
    level = frame.levels(values)[labels.document]
    weight = labels.weight / labels.weight.sum()
    centre = float(weight @ level)
    sloped = float(weight @ (level - centre) ** 2) > ALIKE
    line = np.column_stack([np.ones(len(level)), (level - centre) * sloped])
    scores = Scores(weight, labels.stratum, labels.document)
    machine = _tuned(scores, line, labels) if sloped or frame.single else 1.0
    rest = labels.human - machine * labels.machine
    residual = scores.rest(line, rest)
    chances, designs, precisions = [], [line], [np.array([0.0, 1 / SLOPE_SPREAD**2])]
    for groups in (frame.periods[labels.document], frame.sources[labels.document]):
        errors = scores.by_document(residual, line, groups)
        chance = differ(errors, terms.permutations, rng)
        apart = between(errors) if chance is not None else 0.0
        chances.append((chance, apart > 0))
        if apart > 0:
            designs.append(groups)
            precisions.append(np.full(groups.shape[1], 1 / apart))
    precision = np.concatenate(precisions)
    known = np.zeros(len(precision))
    known[1] = SLOPE - machine
    documents = len(np.unique(labels.document))
    (period_p, by_period), (source_p, by_source) = chances
    fit = _fit(scores, np.hstack(designs), rest, (known, precision), float(errors.error @ errors.error))
    return Correction(
        len(level), documents, int((labels.human > 0.5).sum()), machine, centre,
        max(round(documents - fit.used), 1), period_p, source_p, by_period, by_source,
        fit, values,
    )  # fmt: skip


def _fit(
    scores: Scores, design: Floats, rest: Floats, prior: tuple[Floats, Floats], variance: float
) -> ErrorLine:
    """Line and shifts at once, as best linear unbiased predictions (Henderson 1975).

    `prior` is what is known of the coefficients before: values and precisions, (k,) each. `variance` is that
    of the weighted mean of `rest` (n,), by document. The spread is the labels' own, and what drawing to the
    prior leaves out.
    """
    known, precision = prior
    scale = 1 / max(variance, SURE)
    squares = design.T @ (design * scores.weight[:, None]) * scale
    inverse = np.linalg.pinv(squares + np.diag(precision))
    moved = inverse @ design.T * scale
    coefficients = moved @ (scores.weight * rest) + inverse @ (precision * known)
    residual = rest - design @ coefficients
    half = inverse * scale
    used = float(np.trace(inverse @ squares))
    errors = scores.variance(design, residual, used)
    spread = half @ errors @ half.T + (inverse * precision) @ inverse
    return ErrorLine(scores, design, residual, coefficients, spread, moved, np.asarray(half), used)


def _tuned(scores: Scores, design: Floats, labels: SampledCodes) -> float:
    """PPI++'s lambda: how much of the machine's coding to take off, so that least variance is left."""
    human, machine = scores.sums(design, labels.human), scores.sums(design, labels.machine)
    below = float(machine @ machine)
    return float(np.clip(machine @ human / below, 0, 1)) if below > 0 else 0.0
