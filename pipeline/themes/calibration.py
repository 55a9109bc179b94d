"""Scores -> probabilities, by people's codes; how good the probabilities are; and where to draw the line.

Platt's scaling (Platt 1999): a logistic curve through scores that the coder gave to passages which it had not
learnt from. Passages may carry weights, the inverse of their chance to be in the sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
BINS = 10


@dataclass(frozen=True, slots=True)
class Curve:
    """probability = 1 / (1 + exp(-(slope * score + intercept)))."""

    slope: float
    intercept: float

    def __call__(self, scores: Floats) -> Floats:
        """The probabilities of scores, in the same shape."""
        # Beyond 35 nothing is gained but an overflow.
        return np.asarray(1 / (1 + np.exp(-np.clip(self.slope * scores + self.intercept, -35, 35))))


def fit_curve(scores: Floats, present: Flags, weights: Floats) -> Curve:
    """Platt's curve, with his smoothed targets, (n+ + 1)/(n+ + 2) and 1/(n- + 2), instead of 1 and 0."""
    from sklearn.linear_model import LogisticRegression

    positives, negatives = int(present.sum()), int((~present).sum())
    target = np.where(present, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    # A target of 0.9 is nine tenths of a yes and one tenth of a no.
    both = np.concatenate([scores, scores])[:, None]
    answers = np.repeat([1, 0], len(scores))
    shares = np.concatenate([weights * target, weights * (1 - target)])
    spread = float(scores.std()) or 1.0
    fitted = LogisticRegression(C=1e4, max_iter=1000).fit(both / spread, answers, sample_weight=shares)
    return Curve(float(fitted.coef_[0, 0]) / spread, float(fitted.intercept_[0]))


def brier(probabilities: Floats, present: Flags, weights: Floats) -> float:
    """Mean squared distance of probability and code (Brier 1950); knowing the rate r alone gives r(1-r)."""
    return float(np.average((probabilities - present) ** 2, weights=weights))


def miscalibration(probabilities: Floats, present: Flags, weights: Floats) -> float:
    """Mean distance of probability and rate over ten bins of equal width (expected calibration error)."""
    place = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    sums = [np.bincount(place, weights * values, minlength=BINS) for values in (probabilities, present)]
    return float(np.abs(sums[0] - sums[1]).sum() / weights.sum())


def f1(coded: Flags, present: Flags, weights: Floats) -> float:
    """Harmonic mean of precision and recall; 0 where nothing is right."""
    right = weights[coded & present].sum()
    total = weights[coded].sum() + weights[present].sum()
    return float(2 * right / total) if total else 0.0


def gain(
    new: Flags, old: Flags, present: Flags, weights: Floats, documents: Sequence[str]
) -> tuple[float, float]:
    """By how much the F1 of one coding is greater than that of another, and the standard error of that.

    Both are tried on the same passages, so the error is that of the pair: of the difference of their
    influences, summed over documents (Deville 1999).
    """
    moved = _influence(new, present, weights) - _influence(old, present, weights)
    _, where = np.unique(np.array(documents), return_inverse=True)
    sums = np.bincount(where, moved)
    error = float(np.sqrt(len(sums) / max(len(sums) - 1, 1) * (sums @ sums)))
    return f1(new, present, weights) - f1(old, present, weights), error


def _influence(coded: Flags, present: Flags, weights: Floats) -> Floats:
    """(n,): how far each passage moves the F1 of a coding."""
    below = float(weights @ coded + weights @ present)
    if below == 0:
        return np.zeros(len(weights))
    value = f1(coded, present, weights)
    return np.asarray(weights * (2.0 * (coded & present) - value * (coded * 1.0 + present)) / below)


def threshold(probabilities: Floats, present: Flags, weights: Floats) -> float:
    """From which probability on to code, for the greatest F1; halfway to the next one below."""
    order = np.argsort(-probabilities, kind="stable")
    p, w, y = probabilities[order], weights[order], present[order]
    scores = 2 * np.cumsum(w * y) / (np.cumsum(w) + w[y].sum())
    last_of_its_kind = np.append(p[:-1] != p[1:], True)
    best = int(np.argmax(np.where(last_of_its_kind, scores, -1)))
    below = p[best + 1] if best + 1 < len(p) else 0.0
    return float((p[best] + below) / 2)
