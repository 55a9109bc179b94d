"""Corrected prevalence of a period, its change between two, and their intervals, of documents and labels.

The labels are of some of the documents, and the line is drawn through levels that all of these make: where
a period's machine prevalence is high by chance, the line bends to meet it. So how documents and labels vary,
apart and together, is taken to the first order: a document's influence is the derivative of the estimate, and
variances are sums of squared influences (Deville 1999).

Pure functions on arrays. Definitions: docs/methods.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.trends.corrected import CorrectedFrame, Correction
from pipeline.trends.mix import Estimates
from pipeline.trends.prevalence import Cell, Measured, Points
from pipeline.trends.resampling import Bootstrap, Floats, wilson_draws

LEAST = 0.25
"""Of the variance of documents and labels as if they were independent, what is left of it at least."""
WITHOUT_END = 1e9
"""Degrees of freedom at which Student's t is the normal distribution."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where documents stand: the machine's prevalence among them, and their shares of the frame's `periods`
    (g,) and `sources` (s,).
    """

    mean: float
    periods: Floats
    sources: Floats

    def less(self, other: Place) -> tuple[Floats, Floats]:
        """How the shares of periods and sources differ."""
        return self.periods - other.periods, self.sources - other.sources


def place(frame: CorrectedFrame, cell: Cell, mean: float) -> Place:
    """Where the documents of a cell stand."""
    share = cell.weights / cell.weights.sum()
    return Place(mean, share @ frame.periods[cell.members], share @ frame.sources[cell.members])


def row_of(found: Correction, at: Place) -> Floats:
    """(k,): what the correction's coefficients are multiplied with at a place."""
    return found.row(at.mean, at.periods, at.sources)


def corrected_mean(found: Correction, at: Place) -> tuple[float, float]:
    """The true prevalence at a place, and the standard error that the labels leave."""
    row = row_of(found, at)
    return found.weight * at.mean + float(row @ found.fit.coefficients), label_error(found, row)


def corrected(
    found: Correction, frame: CorrectedFrame, cell: Cell, crude: Measured, column: int, bootstrap: Bootstrap
) -> Points:
    """The corrected point of series `column` beside the crude one; its interval is of documents and labels.

    The machine's prevalence varies as its own interval says, times the slope of the line; to it comes a draw
    of the labels' part from Student's t.
    """
    whole, start = crude.whole, crude.whole.start
    at = place(frame, cell, float(whole.prevalence[column]))
    value, _ = corrected_mean(found, at)
    rng = bootstrap.generator("corrected", cell.period, start, whole.source, column)
    drawn = _moves(crude, column, bootstrap, rng)
    target = row_of(found, at), influence(found.values, cell)
    moved = value + _together(found, frame, target, drawn, rng)
    lower, upper = bootstrap.bounds(moved[:, None], WITHOUT_END)
    low, middle, high = np.clip([min(lower[0], value), value, max(upper[0], value)], 0, 1)
    return Points(
        cell.period, start, whole.source, np.array([middle]), np.array([low]), np.array([high]),
        whole.documents, whole.passages, "corrected",
    )  # fmt: skip


def difference(
    found: Correction, frame: CorrectedFrame, cells: tuple[Cell, Cell], crude: tuple[Measured, Measured],
    column: int, bootstrap: Bootstrap,
) -> Estimates:  # fmt: skip
    """The change of corrected prevalence of series `column` from the first cell to the second.

    The labels' part is drawn once for both; documents are drawn in each.
    """
    before, after = (
        place(frame, cell, float(own.whole.prevalence[column]))
        for cell, own in zip(cells, crude, strict=True)
    )
    ends = [corrected_mean(found, at)[0] for at in (before, after)]
    value, shown = ends[1] - ends[0], float(np.diff(np.clip(ends, 0, 1))[0])  # as the points are published
    drawn = []
    for name, cell, own in zip(("before", "after"), cells, crude, strict=True):
        rng = bootstrap.generator(f"corrected {name}", cell.period, cell.start, column)
        drawn.append(_moves(own, column, bootstrap, rng))
    rng = bootstrap.generator("corrected change", *(cell.start for cell in cells), column)
    left, right = (influence(found.values, cell) for cell in cells)
    target = row_of(found, after) - row_of(found, before), right - left
    moved = value + _together(found, frame, target, drawn[1] - drawn[0], rng)
    lower, upper = bootstrap.bounds(moved[:, None], WITHOUT_END)
    numbers = np.clip([[shown], [min(lower[0], shown)], [max(upper[0], shown)]], -1, 1)
    return Estimates(*numbers)


def moved_by(
    found: Correction, frame: CorrectedFrame, cells: tuple[Cell, Cell], crude: tuple[Measured, Measured],
    column: int,
) -> tuple[float, float]:  # fmt: skip
    """How far the correction moves a change, and the standard error that the labels leave in that."""
    before, after = (
        place(frame, cell, float(own.whole.prevalence[column]))
        for cell, own in zip(cells, crude, strict=True)
    )
    change = corrected_mean(found, after)[0] - corrected_mean(found, before)[0]
    error = label_error(found, row_of(found, after) - row_of(found, before))
    return change - (after.mean - before.mean), error


def bias(found: Correction, frame: CorrectedFrame, mean: float, level: float) -> tuple[float, float, float]:
    """Machine less truth over all documents, where the machine's mean is `mean`: value and interval."""
    from scipy.special import stdtrit

    periods, sources = frame.periods.sum(axis=0), frame.sources.sum(axis=0)
    value, error = corrected_mean(found, Place(mean, periods / periods.sum(), sources / sources.sum()))
    out = float(stdtrit(found.freedom, (1 + level) / 2)) * error
    return mean - value, mean - value - out, mean - value + out


def _together(
    found: Correction,
    frame: CorrectedFrame,
    target: tuple[Floats, Floats],
    drawn: Floats,
    rng: np.random.Generator,
) -> Floats:
    """(resamples,): draws of documents and of labels, scaled to vary as much as the two do together.

    `target` is a row of the coefficients and the documents' influence on the machine's prevalence.
    """
    error = label_error(found, target[0])
    moved = found.slope * drawn + error * rng.standard_t(found.freedom, size=len(drawn))
    apart = found.slope**2 * float(drawn.var()) + error**2
    if apart <= 0:
        return np.asarray(moved)
    return np.asarray(moved * np.sqrt(max(1 + shared(found, frame, *target) / apart, LEAST)))


def _moves(crude: Measured, column: int, bootstrap: Bootstrap, rng: np.random.Generator) -> Floats:
    """(resamples,): draws of the crude prevalence, less it; their quantiles are its interval's bounds."""
    mean, size = crude.whole.prevalence[[column]], crude.whole.size
    assert size is not None
    return np.asarray(wilson_draws(mean, float(size[column]), bootstrap.resamples, rng)[:, 0] - mean[0])


def influence(values: Floats, cell: Cell) -> Floats:
    """(n,): how far each document moves the mean of `values` (n,) over a cell, within its source."""
    found = np.zeros(len(values))
    weight = cell.weights / cell.weights.sum()
    own = values[cell.members]
    for source in np.unique(cell.strata):
        among = cell.strata == source
        mean = np.average(own[among], weights=weight[among])
        found[cell.members[among]] = weight[among] * (own[among] - mean)
    return found


def label_error(found: Correction, row: Floats) -> float:
    """The standard error that the labels leave in a `row` (k,) of the coefficients."""
    return float(np.sqrt(max(float(row @ found.fit.spread @ row), 0.0)))


def shared(found: Correction, frame: CorrectedFrame, row: Floats, own: Floats) -> float:
    """What is to be added to the variances of documents and of labels, since they are not independent.

    `own` (n,) is the documents' influence on the machine's prevalence. Mostly below 0.
    """
    fit, scores = found.fit, found.fit.scores
    moves, error = row @ fit.moved, scores.weight * fit.residual
    level = (row @ fit.inverse)[1] * error - moves * scores.weight * fit.coefficients[1]
    through = frame.design @ (frame.inverse @ (frame.design[scores.document].T @ level))
    through *= (found.values - frame.levels(found.values)) * (frame.sources.sum(axis=1) > 0)
    own = found.slope * own
    both = float((own + through)[scores.document] @ (moves * error))
    return float(through @ through + 2 * own @ through) + 2 * both
