"""A theme's labelled passages -> the best of its codebook's rule, a classifier, and other programs' codings.

Everything that decides is cross-validated. Another coder takes a theme over only where it is surely better:
its F1 is the greater by more than a standard error, on enough passages with the theme, with thresholds that
were drawn without the passages they are tried on. Nothing is random: the same codes give the same model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.themes import calibration as cal
from pipeline.themes.calibration import Curve, Flags, Floats
from pipeline.themes.codebook_evidence import CODED
from pipeline.themes.features import EVIDENCE, scaled
from pipeline.themes.model import CLASSIFIER, CODEBOOK, IMPORTED, ThemeModel, Tried, log_odds

STRENGTH = 10.0
"""C of the logistic regression: the inverse of its penalty. See docs/decisions/0019."""

USUAL, STEADY = 0.35, 20
"""The usual threshold, and how many passages with the theme its weight equals."""

SURE, FEWEST = 1.0, 20
"""A coder takes over whose F1 is greater by so many standard errors, on so many passages with the theme."""


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

    `elsewhere` are passages that are always learnt from and never asked about. `documents` are those of the
    passages (without any, each is its own). `imported` are the scores (n,) that other programs gave, by
    coder: nan where one said nothing, and then the codebook speaks.
    """

    features: Any
    present: Flags
    weights: Floats
    folds: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]
    scores: Floats
    manner: Manner | None = None
    elsewhere: Material | None = None
    documents: Sequence[str] = ()
    imported: Mapping[str, Floats] = field(default_factory=dict)

    @property
    def clusters(self) -> Sequence[str]:
        """What varies as one."""
        return self.documents or [str(at) for at in range(len(self.present))]


@dataclass(frozen=True, slots=True)
class Offer:
    """A way to code a theme, and (n,) what it codes of passages that it has not learnt from."""

    model: ThemeModel
    coded: Flags


def better(name: str, task: Task, known: Offer | None = None) -> tuple[ThemeModel, Flags]:
    """The best way to code, calibrated; and (n,) what it codes of passages that it has not learnt from.

    The theme is coded as it is `known` to be, else by its codebook, unless another is surely better.
    """
    by_rule, classifier = _by_codebook(name, task), _by_classifier(name, task)
    figures: dict[str, Any] = {
        "codebook_f1": by_rule.model.f1, "classifier_f1": classifier.model.f1,
        "brier_before": cal.brier(task.scores, task.present, task.weights),
    }  # fmt: skip
    held = known or by_rule
    others = [*([by_rule] if known else []), classifier, *_by_others(name, task)]
    tried = [_tried(offer, held, task) for offer in others]
    sure = [(found.f1, at) for at, found in enumerate(tried) if found.sure]
    if not sure:
        kept = held.model if known else replace(held.model, why=_why_kept(held, classifier, tried, task))
        return replace(kept, tried=(_held(held, task), *tried), **({} if known else figures)), held.coded
    at = max(sure, key=lambda one: (one[0], -one[1]))[1]
    won, told = others[at], tried[at]
    before = "the codebook's" if known is None else "as it was before"
    why = f"cross-validated F1 {told.f1:.2f}, {before} {told.f1 - told.gain:.2f}"
    model = replace(won.model, why=f"{won.model.why}{why}", tried=(_held(held, task), *tried), **figures)
    return model, won.coded


def _why_kept(held: Offer, classifier: Offer, tried: Sequence[Tried], task: Task) -> str:
    """Why no other coder took over."""
    own, other = cal.f1(held.coded, task.present, task.weights), classifier.model.f1 or 0.0
    why = f"F1 {own:.2f}, a classifier's cross-validated {other:.2f}"
    best = max(tried, key=lambda one: one.gain)
    if best.gain > 0:
        positives = int(task.present.sum())
        few, unsure = (
            f"{positives} with the theme, and {FEWEST} must tell",
            f"standard error {best.error:.2f}",
        )
        why += (
            f": {best.coder} better by {best.gain:.2f}, not surely: {few if positives < FEWEST else unsure}"
        )
    return why + held.model.why


def _held(held: Offer, task: Task) -> Tried:
    return Tried(_name(held.model), cal.f1(held.coded, task.present, task.weights), 0.0, 0.0, False)


def _tried(offer: Offer, held: Offer, task: Task) -> Tried:
    """How an offer does beside what is held."""
    gain, error = cal.gain(offer.coded, held.coded, task.present, task.weights, task.clusters)
    sure = gain > SURE * error and gain > 0 and int(task.present.sum()) >= FEWEST
    return Tried(_name(offer.model), cal.f1(offer.coded, task.present, task.weights), gain, error, sure)


def _name(model: ThemeModel) -> str:
    return model.coder or model.method


def _by_codebook(name: str, task: Task) -> Offer:
    y, w = task.present, task.weights
    coded = np.asarray(task.scores >= CODED)
    z = log_odds(task.scores)
    curve = cal.fit_curve(z, y, w)
    model = ThemeModel(name, CODEBOOK, "", len(y), int(y.sum()), f1=cal.f1(coded, y, w))
    if curve.slope <= 0:
        why = "; not calibrated, since its score does not rise with people's codes"
        return Offer(replace(model, why=why), coded)
    held = _crossed(z, task)[0]
    return Offer(replace(model, threshold=_line(curve), curve=curve, **_calibrated(held, task)), coded)


def _by_classifier(name: str, task: Task) -> Offer:
    y, w = task.present, task.weights
    z = _held_out(task)
    held, cuts = _crossed(z, task)
    coded = _coded(held, cuts, task)
    weights, intercept = fit(task, np.arange(len(y)))
    model = ThemeModel(
        name, CLASSIFIER, "", len(y), int(y.sum()), threshold=float(np.mean(cuts)), intercept=intercept,
        curve=cal.fit_curve(z, y, w), f1=cal.f1(coded, y, w), weights=weights, **_calibrated(held, task),
    )  # fmt: skip
    return Offer(model, coded)


def _by_others(name: str, task: Task) -> list[Offer]:
    """What other programs coded: a yes as it is, a score from where people's codes draw the line."""
    y, w, found = task.present, task.weights, []
    for coder, given in task.imported.items():
        silent = np.isnan(given)
        scores = np.where(silent, np.where(task.scores >= CODED, 1.0, 0.0), given)
        z = log_odds(scores)
        curve = cal.fit_curve(z, y, w)
        held, cuts = _crossed(z, task)
        graded = bool((~np.isin(given[~silent], (0.0, 1.0))).any())
        if curve.slope <= 0 or silent.all():
            coded = np.where(silent, task.scores >= CODED, scores >= CODED)
            found.append(Offer(ThemeModel(name, IMPORTED, "", len(y), int(y.sum()), coder=coder), coded))
            continue
        coded = _coded(held, cuts, task) if graded else np.asarray(scores >= CODED)
        model = ThemeModel(
            name, IMPORTED, f"coded by {coder}: ", len(y), int(y.sum()), coder=coder, f1=cal.f1(coded, y, w),
            threshold=float(np.mean(cuts)) if graded else _line(curve), curve=curve,
            **_calibrated(held, task),
        )  # fmt: skip
        found.append(Offer(model, coded))
    return found


def _calibrated(held: Floats, task: Task) -> dict[str, Any]:
    """How good probabilities are, given to passages that they were not drawn through."""
    y, w = task.present, task.weights
    return {"brier": cal.brier(held, y, w), "miscalibration": cal.miscalibration(held, y, w)}


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
