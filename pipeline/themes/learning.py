"""People's codes -> how each theme is coded: the codebook's score made a probability, or a classifier.

Everything that decides is cross-validated on the training part, with all passages of a document in one fold.
A classifier takes a theme over only where its F1 is the greater, with thresholds that were drawn without
the passages they are tried on. Nothing is random: the same codes give the same model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.settings import Code
from pipeline.themes import calibration as cal
from pipeline.themes.calibration import Curve, Flags, Floats
from pipeline.themes.codebook_evidence import CODED
from pipeline.themes.features import (
    EVIDENCE,
    Vocabulary,
    evidence_of,
    scaled,
    scales,
    together,
    with_evidence,
)
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
    ground: Ground | None = None,
) -> Model:
    """The model of all themes of the codebook. `steps` is told after each theme how far it is.

    With a `ground`, its words are the only ones, its passages are learnt from beside the corpus's own, and a
    theme for which these are too few is coded as it says.
    """
    if ground is not None:
        terms = ground.model.terms
    elif len(labelled.texts) >= settings.min_labels:
        terms = Vocabulary.of(labelled.texts)
    else:
        terms = Vocabulary([], [])
    shared = together(labelled.vectors, terms(labelled.texts))
    themes = {}
    for done, name in enumerate(labelled.phrases, 1):
        themes[name] = _theme(name, labelled, shared, settings, ground)
        steps(done, len(labelled.phrases))
    return Model(model_id, themes, terms)


def untaught(model_id: str, themes: Sequence[str]) -> Model:
    """The model of a corpus that nobody has coded: every theme by the codebook."""
    why = "nobody has coded passages for training"
    return Model(model_id, {name: ThemeModel(name, CODEBOOK, why, 0, 0) for name in themes})


@dataclass(frozen=True, slots=True)
class Ground:
    """What was learnt before anybody coded passages of the corpus: a model, and what it learnt from.

    `material` gives a theme's features, not scaled, and codes; None for a theme that it doesn't know.
    """

    model: Model
    material: Callable[[str], tuple[Any, Flags] | None]


@dataclass(frozen=True, slots=True)
class Task:
    """One theme's labelled passages: features, codes, weights, folds, and the codebook's score.

    `elsewhere` are features and codes of passages that are always learnt from and never asked about.
    """

    features: Any
    present: Flags
    weights: Floats
    folds: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]
    scores: Floats
    elsewhere: tuple[Any, Flags] | None = None


def _theme(
    name: str, labelled: Labelled, shared: Any, settings: Code, ground: Ground | None = None
) -> ThemeModel:
    known = ground.model.themes.get(name) if ground else None
    coded = np.flatnonzero(~np.isnan(labelled.present[name]))
    present = labelled.present[name][coded] > 0
    labels, positives = len(coded), int(present.sum())
    if why := _too_few(labels, positives, settings):
        return _as_known(known, why, labels, positives) or ThemeModel(name, CODEBOOK, why, labels, positives)
    documents = [labelled.documents[i] for i in coded]
    folds = _folds(present, documents)
    if folds is None:
        why = f"its codes lie in too few documents to be split into {FOLDS} folds"
        return _as_known(known, why, labels, positives) or ThemeModel(name, CODEBOOK, why, labels, positives)
    evidence = evidence_of(
        [labelled.phrases[name][i] for i in coded], labelled.likeness[name][coded].tolist()
    )
    weights = labelled.weights[coded] / labelled.weights[coded].mean()
    features = with_evidence(shared[coded], evidence)
    material = ground.material(name) if ground else None
    if known is None or material is None:
        return better(name, Task(features, present, weights, folds, evidence[:, 2]))[0]
    by = scales(labelled.vectors.shape[1], features.shape[1] - len(EVIDENCE) - labelled.vectors.shape[1])
    elsewhere = (scaled(material[0], by), material[1])
    task = Task(scaled(features, by), present, weights, folds, evidence[:, 2], elsewhere)
    found = better(name, task)[0]
    found = replace(found, weights=found.weights * by) if found.method == CLASSIFIER else found
    before = cal.f1(_coded_by(known, features, evidence), present, weights)
    if before > (found.f1 or 0.0):
        why = f"F1 {before:.2f} on people's codes, with these beside {found.f1 or 0.0:.2f}"
        return _as_known(known, why, labels, positives) or found
    return found


def _as_known(known: ThemeModel | None, why: str, labels: int, positives: int) -> ThemeModel | None:
    """The theme as it was learnt elsewhere, and why people's codes did not change it."""
    return known and replace(known, why=f"{known.why}; {why}", labels=labels, positives=positives)


def _coded_by(known: ThemeModel, features: Any, evidence: Floats) -> Flags:
    if known.curve is None or known.method == CODEBOOK:
        return np.asarray(evidence[:, 2] >= CODED)
    return np.asarray(known.curve(features @ known.weights + known.intercept) >= known.threshold)


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
        fitted = _fit(task.features, y, task.elsewhere)
        why = f"cross-validated F1 {other:.2f}, the codebook's {own:.2f}"
        model = ThemeModel(
            name, CLASSIFIER, why, threshold=float(np.mean(cuts)), curve=cal.fit_curve(z, y, w), f1=other,
            brier=cal.brier(held, y, w), miscalibration=cal.miscalibration(held, y, w),
            intercept=float(fitted.intercept_[0]), weights=fitted.coef_[0], **figures,
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


def _fit(features: Any, present: Flags, elsewhere: tuple[Any, Flags] | None) -> Any:
    from scipy.sparse import vstack
    from sklearn.linear_model import LogisticRegression

    if elsewhere is not None:
        features, present = vstack([features, elsewhere[0]]).tocsr(), np.concatenate([present, elsewhere[1]])

    # Balanced, or a rare theme is lost to the penalty; the curve sets the probabilities right again.
    return LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=1000).fit(features, present)


def _held_out(task: Task) -> Floats:
    """(n,): the log-odds that a classifier gives passages which it has not learnt from."""
    z = np.zeros(len(task.present))
    for rest, fold in task.folds:
        fitted = _fit(task.features[rest], task.present[rest], task.elsewhere)
        z[fold] = fitted.decision_function(task.features[fold])
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
