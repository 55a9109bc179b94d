"""People's codes -> how each theme is coded: the codebook's score made a probability, or a classifier.

Everything that decides is cross-validated on the training part, with all passages of a document in one fold.
A classifier takes a theme over only where its F1 is the greater, with thresholds that were drawn without
the passages they are tried on. Nothing is random: the same codes give the same model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.settings import Code
from pipeline.themes import calibration as cal
from pipeline.themes.calibration import Curve, Flags, Floats
from pipeline.themes.codebook_evidence import CODED
from pipeline.themes.features import Vocabulary, evidence_of, together, with_evidence
from pipeline.themes.model import CLASSIFIER, CODEBOOK, Model, ThemeModel, log_odds
from pipeline.topics.embedding import Vectors

FOLDS = 5
STRENGTH = 10.0
"""C of the logistic regression: the inverse of its penalty. See docs/decisions/0019."""

USUAL, STEADY = 0.35, 20
"""The usual threshold, and how many passages with the theme its weight equals."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """The passages that people coded: texts, documents, vectors (n, dimensions), and for each theme of the
    codebook `phrases` and `likeness` of each passage, `present` (n,) as 1, 0 or NaN where no code was given.
    `weights` are the inverse chances to be in the sample.
    """

    texts: list[str]
    documents: list[str]
    vectors: Vectors
    phrases: dict[str, list[list[str]]]
    likeness: dict[str, Floats]
    present: dict[str, Floats]
    weights: Floats


def learn(
    model_id: str,
    labelled: Labelled,
    settings: Code,
    steps: Callable[[int, int], None] = lambda done, total: None,
) -> Model:
    """The model of all themes of the codebook. `steps` is told after each theme how far it is."""
    terms = (
        Vocabulary.of(labelled.texts) if len(labelled.texts) >= settings.min_labels else Vocabulary([], [])
    )
    shared = together(labelled.vectors, terms(labelled.texts))
    themes = {}
    for done, name in enumerate(labelled.phrases, 1):
        themes[name] = _theme(name, labelled, shared, settings)
        steps(done, len(labelled.phrases))
    return Model(model_id, themes, terms)


def untaught(model_id: str, themes: Sequence[str]) -> Model:
    """The model of a corpus that nobody has coded: every theme by the codebook."""
    why = "nobody has coded passages for training"
    return Model(model_id, {name: ThemeModel(name, CODEBOOK, why, 0, 0) for name in themes})


@dataclass(frozen=True, slots=True)
class _Task:
    """One theme's labelled passages: features, codes, weights, folds, and the codebook's score."""

    features: Any
    present: Flags
    weights: Floats
    folds: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]
    scores: Floats


def _theme(name: str, labelled: Labelled, shared: Any, settings: Code) -> ThemeModel:
    known = np.flatnonzero(~np.isnan(labelled.present[name]))
    present = labelled.present[name][known] > 0
    labels, positives = len(known), int(present.sum())
    if why := _too_few(labels, positives, settings):
        return ThemeModel(name, CODEBOOK, why, labels, positives)
    documents = [labelled.documents[i] for i in known]
    folds = _folds(present, documents)
    if folds is None:
        why = f"its codes lie in too few documents to be split into {FOLDS} folds"
        return ThemeModel(name, CODEBOOK, why, labels, positives)
    evidence = evidence_of(
        [labelled.phrases[name][i] for i in known], labelled.likeness[name][known].tolist()
    )
    weights = labelled.weights[known] / labelled.weights[known].mean()
    task = _Task(with_evidence(shared[known], evidence), present, weights, folds, evidence[:, 2])
    return _better(name, task)


def _too_few(labels: int, positives: int, settings: Code) -> str:
    fewest = min(positives, labels - positives)
    if labels < settings.min_labels:
        return f"{labels} passages coded by people, fewer than min_labels ({settings.min_labels})"
    if fewest < settings.min_positives:
        which = "with" if positives == fewest else "without"
        return (
            f"{fewest} coded passages {which} the theme, fewer than min_positives ({settings.min_positives})"
        )
    return ""


def _folds(present: Flags, documents: Sequence[str]) -> list[Any] | None:
    """Splits that keep documents whole; None where a fold would be learnt from one answer alone."""
    from sklearn.model_selection import StratifiedGroupKFold

    if len({d for d, yes in zip(documents, present, strict=True) if yes}) < 2 or len(set(documents)) < FOLDS:
        return None
    splitter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0)
    folds = list(splitter.split(np.zeros(len(present)), present, documents))
    return folds if all(0 < present[rest].sum() < len(rest) for rest, _ in folds) else None


def _better(name: str, task: _Task) -> ThemeModel:
    """The method with the greater F1, calibrated."""
    y, w = task.present, task.weights
    own = cal.f1(task.scores >= CODED, y, w)
    z = _held_out(task)
    held, cuts = _crossed(z, task)
    other = cal.f1(_coded(held, cuts, task), y, w)
    figures: dict[str, Any] = {
        "labels": len(y), "positives": int(y.sum()), "codebook_f1": own, "classifier_f1": other,
        "brier_before": cal.brier(task.scores, y, w),
    }  # fmt: skip
    if other > own:
        fitted = _fit(task.features, y)
        why = f"cross-validated F1 {other:.2f}, the codebook's {own:.2f}"
        return ThemeModel(
            name, CLASSIFIER, why, threshold=float(np.mean(cuts)), curve=cal.fit_curve(z, y, w), f1=other,
            brier=cal.brier(held, y, w), miscalibration=cal.miscalibration(held, y, w),
            intercept=float(fitted.intercept_[0]), weights=fitted.coef_[0], **figures,
        )  # fmt: skip
    why = f"F1 {own:.2f}, a classifier's cross-validated {other:.2f}"
    curve, held = cal.fit_curve(log_odds(task.scores), y, w), _crossed(log_odds(task.scores), task)[0]
    if curve.slope <= 0:
        why += "; not calibrated, since its score does not rise with people's codes"
        return ThemeModel(name, CODEBOOK, why, f1=own, **figures)
    return ThemeModel(
        name, CODEBOOK, why, threshold=_line(curve), curve=curve, f1=own,
        brier=cal.brier(held, y, w), miscalibration=cal.miscalibration(held, y, w), **figures,
    )  # fmt: skip


def _line(curve: Curve) -> float:
    """The probability at which the codebook codes."""
    return float(curve(log_odds(np.array([CODED])))[0])


def _fit(features: Any, present: Flags) -> Any:
    from sklearn.linear_model import LogisticRegression

    # Balanced, or a rare theme is lost to the penalty; the curve sets the probabilities right again.
    return LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=1000).fit(features, present)


def _held_out(task: _Task) -> Floats:
    """(n,): the log-odds that a classifier gives passages which it has not learnt from."""
    z = np.zeros(len(task.present))
    for rest, fold in task.folds:
        z[fold] = _fit(task.features[rest], task.present[rest]).decision_function(task.features[fold])
    return z


def _crossed(z: Floats, task: _Task) -> tuple[Floats, list[float]]:
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


def _coded(held: Floats, cuts: list[float], task: _Task) -> Flags:
    coded = np.zeros(len(held), dtype=bool)
    for (_, fold), cut in zip(task.folds, cuts, strict=True):
        coded[fold] = held[fold] >= cut
    return coded
