"""What was learnt for a theme, and what it says of a passage."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pipeline.themes.calibration import Curve, Floats
from pipeline.themes.codebook_evidence import CODED, KEPT, Coding, score
from pipeline.themes.features import EVIDENCE, Vocabulary, evidence_of, together, with_evidence
from pipeline.topics.embedding import Vectors

CODEBOOK, CLASSIFIER, IMPORTED = "codebook", "classifier", "imported"

REFERENCE = "reference set"
"""What stands in `validation` in the place of a sample's name; no sample can be called so."""


@dataclass(frozen=True, slots=True)
class Validity:
    """How well a theme is coded on the reference set, each author's passages by what the others taught.

    Of `passages`, `positives` carry it, `coded` are coded, and `right` both. `without_keywords` is the recall
    of those that carry it without its words, `near_misses` the share coded of those with its words alone.
    """

    passages: int
    positives: int
    coded: int
    right: int
    without_keywords: float
    near_misses: float

    @property
    def precision(self) -> float:
        """The share of the coded that carry it."""
        return self.right / max(self.coded, 1)

    @property
    def recall(self) -> float:
        """The share of those carrying it that are coded."""
        return self.right / max(self.positives, 1)


@dataclass(frozen=True, slots=True)
class Tried:
    """A coder that was tried on people's codes of a theme: its F1, by how much that is greater than the held
    coder's, the standard error of this `gain`, and whether it is `sure` enough to take over.
    """

    coder: str
    f1: float
    gain: float
    error: float
    sure: bool


@dataclass(frozen=True, slots=True)
class ThemeModel:
    """How one theme is coded, and the figures that decided it.

    `method` is codebook, classifier or imported (then `coder` names who coded), `why` says on what ground.
    Figures are cross-validated on the training part: `f1` of the method in use, `codebook_f1`,
    `classifier_f1` where one could be tried; `brier` and `miscalibration` of the probabilities,
    `brier_before` of the codebook's uncalibrated score. `tried` are the coders that were tried on people's
    codes, that before first. `validity` is that on the reference set, for a theme coded by what it taught.
    `curve` turns log-odds into a probability, None where the score is not calibrated; `threshold` is where
    coding begins, on the scale of the stored score. `weights` are of EVIDENCE, then dimensions, then terms.
    """

    theme: str
    method: str
    why: str
    labels: int
    positives: int
    threshold: float = CODED
    curve: Curve | None = None
    f1: float | None = None
    codebook_f1: float | None = None
    classifier_f1: float | None = None
    brier: float | None = None
    brier_before: float | None = None
    miscalibration: float | None = None
    validity: Validity | None = None
    intercept: float = 0.0
    weights: Floats = field(default_factory=lambda: np.zeros(0))
    coder: str = ""
    tried: tuple[Tried, ...] = ()

    @property
    def calibrated(self) -> bool:
        """Whether the score is a probability: codes were there to find that by."""
        return self.brier is not None

    @property
    def kept_from(self) -> float:
        """Scores below this are not stored: no sign of the theme."""
        return KEPT if self.curve is None else min(KEPT, self.threshold / 2)


@dataclass(frozen=True, slots=True)
class Model:
    """What was learnt for all themes, by name, from one set of codes; `terms` are of its classifiers."""

    model_id: str = ""
    themes: dict[str, ThemeModel] = field(default_factory=dict)
    terms: Vocabulary = field(default_factory=lambda: Vocabulary([], []))

    @property
    def needs_text(self) -> bool:
        """Whether any theme's classifier reads the words."""
        return any(theme.method == CLASSIFIER for theme in self.themes.values())

    def kept_from(self, theme: str) -> float:
        """Scores of a theme below this are no sign of it, and are not stored."""
        return self.themes[theme].kept_from if theme in self.themes else KEPT

    def shared(self, vectors: Vectors, texts: list[str]) -> Any:
        """The features that all classifiers share, for passages; None where there is no classifier."""
        return together(vectors, self.terms(texts)) if self.needs_text else None

    def code(
        self, theme: str, phrases: list[list[str]], likeness: Floats, shared: Any, given: Floats | None = None
    ) -> list[Coding]:
        """The codings of passages for a theme. `shared` is what `shared` gave for them.

        `given` (n,) are the scores of the program that codes the theme, where one does; nan where it said
        nothing of a passage, which is then coded by the codebook.
        """
        plain = [score(found, float(like)) for found, like in zip(phrases, likeness, strict=True)]
        learnt = self.themes.get(theme)
        if learnt is None or learnt.curve is None:
            return plain
        if learnt.method == IMPORTED:
            return _as_given(learnt, plain, given)
        values = probabilities(learnt, np.array([c.score for c in plain]), phrases, likeness, shared)
        return [
            Coding(
                float(value),
                c.coded if learnt.method == CODEBOOK else bool(value >= learnt.threshold),
                c.method if learnt.method == CODEBOOK else CLASSIFIER,
                c.phrases,
            )
            for value, c in zip(values, plain, strict=True)
        ]


def _as_given(learnt: ThemeModel, plain: list[Coding], given: Floats | None) -> list[Coding]:
    """What another program said, as probabilities; the codebook's coding where it said nothing."""
    if given is None or learnt.curve is None:
        return plain
    values = learnt.curve(log_odds(given))
    return [
        own
        if np.isnan(value)
        else Coding(float(value), bool(value >= learnt.threshold), IMPORTED, own.phrases)
        for value, own in zip(values, plain, strict=True)
    ]


def probabilities(
    learnt: ThemeModel, scores: Floats, phrases: list[list[str]], likeness: Floats, shared: Any
) -> Floats:
    """The calibrated scores of passages; `scores` are the codebook's own."""
    assert learnt.curve is not None
    if learnt.method == CODEBOOK:
        return learnt.curve(log_odds(scores))
    features = with_evidence(shared, evidence_of(phrases, list(likeness)))
    return learnt.curve(np.asarray(features @ learnt.weights + learnt.intercept))


def log_odds(scores: Floats) -> Floats:
    """ln(s / (1 - s)), for scores from 0 to 1, ends included."""
    s = np.clip(scores, 1e-4, 1 - 1e-4)
    return np.asarray(np.log(s / (1 - s)))


def contributions(
    learnt: ThemeModel, model: Model, evidence: Floats, vector: Vectors, text: str
) -> dict[str, float]:
    """What each part adds to a passage's log-odds, before calibration: with `intercept` they sum to it.

    Keys: the columns of EVIDENCE, `embedding`, and the terms that the passage has, in quotes.
    """
    dimensions = len(vector)
    first, rest = len(EVIDENCE), len(EVIDENCE) + dimensions
    parts = {name: float(evidence[k] * learnt.weights[k]) for k, name in enumerate(EVIDENCE)}
    parts["embedding"] = float(vector.astype(np.float64) @ learnt.weights[first:rest])
    row = model.terms([text]).tocoo()
    for column, value in zip(row.col, row.data, strict=True):
        parts[f"“{model.terms.names[column]}”"] = float(value * learnt.weights[rest + column])
    return parts
