"""How the documents and the labels of a corrected prevalence vary, apart and together, to the first order.

The labels are of some of the documents, and the line is drawn through levels that all of these make: where
a period's machine prevalence is high by chance, the line bends to meet it. A document's influence is the
derivative of the estimate; variances are sums of squared influences (Deville 1999). Pure functions on arrays.
"""

from __future__ import annotations

import numpy as np

from pipeline.trends.corrected import Correction, Frame
from pipeline.trends.prevalence import Cell
from pipeline.trends.resampling import Floats


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


def shared(found: Correction, frame: Frame, row: Floats, own: Floats) -> float:
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
