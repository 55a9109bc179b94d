"""Corrected prevalence of a period, its change between two, and their intervals, of documents and labels.

Pure functions on arrays. Definitions: docs/methods.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.trends.corrected import Correction, Frame
from pipeline.trends.mix import Estimate
from pipeline.trends.prevalence import Cell, Measured, Point
from pipeline.trends.resampling import Bootstrap, Floats, flat, wilson_draws

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


def place(frame: Frame, cell: Cell, mean: float) -> Place:
    """Where the documents of a cell stand."""
    share = cell.weights / cell.weights.sum()
    return Place(mean, share @ frame.periods[cell.members], share @ frame.sources[cell.members])


def corrected_mean(found: Correction, at: Place) -> tuple[float, float]:
    """The true prevalence at a place, and the standard error that the labels leave."""
    row = np.array([1.0, at.mean - found.centre])
    value = found.weight * at.mean + float(row @ np.array([found.at, found.slope]))
    moved, variance = _shifted(found, at.periods, at.sources)
    return value + moved, float(np.sqrt(row @ found.spread @ row + variance))


def corrected_change(found: Correction, before: Place, after: Place) -> tuple[float, float]:
    """How much more the true prevalence is after than before, and the standard error that the labels leave.

    The same labels correct both, so what errors have in common cancels out.
    """
    apart = after.mean - before.mean
    moved, variance = _shifted(found, *after.less(before))
    value = (found.weight + found.slope) * apart + moved
    return value, float(np.sqrt(max(apart**2 * found.spread[1, 1] + variance, 0.0)))


def corrected(
    found: Correction, frame: Frame, cell: Cell, crude: Measured, column: int, bootstrap: Bootstrap
) -> Point:
    """The corrected point of series `column` beside the crude one; its interval is of documents and labels.

    The machine's prevalence varies as its own resamples do, times the slope of the line; to it comes a draw
    of the labels' part from Student's t.
    """
    whole, start = crude.whole, crude.whole.start
    value, error = corrected_mean(found, place(frame, cell, float(whole.prevalence[column])))
    rng = bootstrap.generator("corrected", cell.period, start, whole.source, column)
    drawn = _moves(crude, column, rng)
    part = error * rng.standard_t(found.freedom, size=len(drawn))
    moved = value + (found.weight + found.slope) * drawn + part
    lower, upper = bootstrap.bounds(moved[:, None], _freedom(crude, column))
    low, middle, high = np.clip([min(lower[0], value), value, max(upper[0], value)], 0, 1)
    return Point(
        cell.period, start, whole.source, np.array([middle]), np.array([low]), np.array([high]),
        whole.documents, whole.passages, "corrected",
    )  # fmt: skip


def difference(
    found: Correction, frame: Frame, cells: tuple[Cell, Cell], crude: tuple[Measured, Measured], column: int,
    bootstrap: Bootstrap,
) -> Estimate:  # fmt: skip
    """The change of corrected prevalence of series `column` from the first cell to the second.

    The labels' part is drawn once for both; documents are drawn in each.
    """
    before, after = (
        place(frame, cell, float(own.whole.prevalence[column]))
        for cell, own in zip(cells, crude, strict=True)
    )
    value, error = corrected_change(found, before, after)
    ends = [corrected_mean(found, at)[0] for at in (before, after)]
    shown = float(np.diff(np.clip(ends, 0, 1))[0])  # as the two points are published
    drawn = []
    for name, cell, own in zip(("before", "after"), cells, crude, strict=True):
        rng = bootstrap.generator(f"corrected {name}", cell.period, cell.start, column)
        drawn.append(_moves(own, column, rng))
    rng = bootstrap.generator("corrected change", *(cell.start for cell in cells), column)
    part = error * rng.standard_t(found.freedom, size=bootstrap.resamples)
    moved = value + (found.weight + found.slope) * (drawn[1] - drawn[0]) + part
    lower, upper = bootstrap.bounds(moved[:, None], sum(_freedom(own, column) for own in crude))
    numbers = np.clip([[shown], [min(lower[0], shown)], [max(upper[0], shown)]], -1, 1)
    return Estimate(*numbers)


def bias(found: Correction, frame: Frame, mean: float, level: float) -> tuple[float, float, float]:
    """Machine less truth over all documents, where the machine's mean is `mean`: value and interval."""
    from scipy.special import stdtrit

    periods, sources = frame.periods.sum(axis=0), frame.sources.sum(axis=0)
    value, error = corrected_mean(found, Place(mean, periods / periods.sum(), sources / sources.sum()))
    out = float(stdtrit(found.freedom, (1 + level) / 2)) * error
    return mean - value, mean - value - out, mean - value + out


def _shifted(found: Correction, periods: Floats, sources: Floats) -> tuple[float, float]:
    """What the errors of these shares of periods and sources add, and its variance."""
    value = variance = 0.0
    for effects, shares in ((found.periods, periods), (found.sources, sources)):
        if effects is not None:
            value += float(shares @ effects.value)
            variance += float(shares**2 @ effects.variance)
    return value, variance


def _freedom(crude: Measured, column: int) -> float:
    """Documents less strata; without end where Wilson's draws stand in, which need no widening."""
    if flat(crude.resamples.whole[:, [column]]).all():
        return WITHOUT_END
    return max(crude.size - len(crude.sizes), 1.0)


def _moves(crude: Measured, column: int, rng: np.random.Generator) -> Floats:
    """(resamples,): the resampled prevalences less the crude one; Wilson's where these don't vary."""
    drawn, mean = crude.resamples.whole[:, [column]], crude.whole.prevalence[[column]]
    if flat(drawn).all():
        drawn = wilson_draws(mean, crude.size, len(drawn), rng)
    return np.asarray(drawn[:, 0] - mean[0])
