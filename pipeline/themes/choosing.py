"""A theme's labelled passages -> the better of its codebook's rule and a classifier, calibrated.

Everything that decides is cross-validated. A classifier takes a theme over only where its F1 is the greater,
with thresholds that were drawn without the passages they are tried on. Nothing is random: the same codes give
the same model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.themes import calibration as cal
from pipeline.themes.calibration import Curve, Flags, Floats
from pipeline.themes.codebook_evidence import CODED
from pipeline.themes.features import EVIDENCE, scaled
from pipeline.themes.model import CLASSIFIER, CODEBOOK, ThemeModel, log_odds

STRENGTH = 10.0
"""C of the logistic regression: the inverse of its penalty. See docs/decisions/0019."""

USUAL, STEADY = 0.35, 20
"""The usual threshold, and how many passages with the theme its weight equals."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a classifier is learnt: `by` are the scales of the features (all,), and `trust` is what the
    codebook's own score adds to the log-odds whatever is learnt.
    """

    by: Floats
    trust: float


@dataclass(frozen=True, slots=True)
class Material:
    """What a theme was learnt from: features (n, all), codes and weights (n,), and how it is learnt."""

    features: Any
    present: Flags
    weights: Floats
    manner: Manner | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One theme's labelled passages: features, codes, weights, folds, and the codebook's score.

    `elsewhere` are passages that are always learnt from and never asked about.
    """

    features: Any
    present: Flags
    weights: Floats
    folds: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]
    scores: Floats
    manner: Manner | None = None
    elsewhere: Material | None = None


def better(name: str, task: Task) -> tuple[ThemeModel, Flags]:
    """The method with the greater F1, calibrated; and (n,) what it codes of what it has not learnt from."""
    y, w = task.present, task.weights
    by_rule = task.scores >= CODED
    own = cal.f1(by_rule, y, w)
    z = _held_out(task)
    held, cuts = _crossed(z, task)
    coded = _coded(held, cuts, task)
    other = cal.f1(coded, y, w)
    figures: dict[str, Any] = {
        "labels": len(y), "positives": int(y.sum()), "codebook_f1": own, "classifier_f1": other,
        "brier_before": cal.brier(task.scores, y, w),
    }  # fmt: skip
    if other > own:
        weights, intercept = fit(task, np.arange(len(y)))
        why = f"cross-validated F1 {other:.2f}, the codebook's {own:.2f}"
        model = ThemeModel(
            name, CLASSIFIER, why, threshold=float(np.mean(cuts)), curve=cal.fit_curve(z, y, w), f1=other,
            brier=cal.brier(held, y, w), miscalibration=cal.miscalibration(held, y, w),
            intercept=intercept, weights=weights, **figures,
        )  # fmt: skip
        return model, coded
    why = f"F1 {own:.2f}, a classifier's cross-validated {other:.2f}"
    curve, held = cal.fit_curve(log_odds(task.scores), y, w), _crossed(log_odds(task.scores), task)[0]
    if curve.slope <= 0:
        why += "; not calibrated, since its score does not rise with people's codes"
        return ThemeModel(name, CODEBOOK, why, f1=own, **figures), by_rule
    model = ThemeModel(
        name, CODEBOOK, why, threshold=_line(curve), curve=curve, f1=own,
        brier=cal.brier(held, y, w), miscalibration=cal.miscalibration(held, y, w), **figures,
    )  # fmt: skip
    return model, by_rule


def _line(curve: Curve) -> float:
    """The probability at which the codebook codes."""
    return float(curve(log_odds(np.array([CODED])))[0])


def fit(
    task: Task, rows: npt.NDArray[np.int64], own: Floats | None = None, strength: float = STRENGTH
) -> tuple[Floats, float]:
    """The weights of the features and the intercept, learnt from these rows and from what is elsewhere.

    `own` (rows,) weighs the rows, which count alike without it.
    """
    from scipy.sparse import vstack
    from sklearn.linear_model import LogisticRegression

    features, present, weights = (
        task.features[rows],
        task.present[rows],
        np.ones(len(rows)) if own is None else own,
    )
    if (other := task.elsewhere) is not None:
        features = vstack([features, other.features]).tocsr()
        present = np.concatenate([present, other.present])
        weights = np.concatenate([weights, other.weights])
    by = task.manner.by if task.manner else np.ones(features.shape[1])
    # Balanced, or a rare theme is lost to the penalty; the curve sets the probabilities right again.
    plain = LogisticRegression(C=strength, class_weight="balanced", solver="newton-cg", max_iter=1000)
    plain.fit(scaled(features, by), present, sample_weight=weights)
    found = plain.coef_[0] * by
    found[EVIDENCE.index("score")] += task.manner.trust if task.manner else 0.0
    return found, float(plain.intercept_[0])


def _held_out(task: Task) -> Floats:
    """(n,): the log-odds that a classifier gives passages which it has not learnt from."""
    z = np.zeros(len(task.present))
    for rest, fold in task.folds:
        weights, intercept = fit(task, rest)
        z[fold] = task.features[fold] @ weights + intercept
    return z


def _crossed(z: Floats, task: Task) -> tuple[Floats, list[float]]:
    """(n,): probabilities, by curves drawn without the passage's fold; and each fold's threshold."""
    held, cuts = np.zeros(len(z)), []
    for rest, fold in task.folds:
        y, w = task.present[rest], task.weights[rest]
        curve = cal.fit_curve(z[rest], y, w)
        held[fold] = curve(z[fold])
        cuts.append(steadied(cal.threshold(curve(z[rest]), y, w), int(y.sum())))
    return held, cuts


def steadied(cut: float, positives: int) -> float:
    """A threshold found on so many passages with the theme, drawn towards the usual one: few say little."""
    return (positives * cut + STEADY * USUAL) / (positives + STEADY)


def _coded(held: Floats, cuts: list[float], task: Task) -> Flags:
    coded = np.zeros(len(held), dtype=bool)
    for (_, fold), cut in zip(task.folds, cuts, strict=True):
        coded[fold] = held[fold] >= cut
    return coded
