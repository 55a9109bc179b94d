"""People's codes -> how each theme is coded, theme by theme, with all passages of a document in one fold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from pipeline.settings import Code
from pipeline.themes.calibration import Flags, Floats
from pipeline.themes.choosing import Material, Offer, Task, better
from pipeline.themes.codebook_evidence import CODED
from pipeline.themes.features import EVIDENCE, Vocabulary, evidence_of, together, with_evidence
from pipeline.themes.model import CLASSIFIER, CODEBOOK, Model, ThemeModel
from pipeline.topics.embedding import Vectors

FOLDS = 5
UNTAUGHT = "nobody has coded passages for training"


@dataclass(frozen=True, slots=True)
class Labelled:
    """The passages that people coded: texts, documents, vectors (n, dimensions), and for each theme of the
    codebook `phrases` and `likeness` of each passage, `present` (n,) as 1, 0 or NaN where no code was given.
    `weights` are the inverse chances to be in the sample. `imported` are the scores (n,) of other programs,
    by theme and coder, NaN where one said nothing.
    """

    texts: list[str]
    documents: list[str]
    vectors: Vectors
    phrases: dict[str, list[list[str]]]
    likeness: dict[str, Floats]
    present: dict[str, Floats]
    weights: Floats
    imported: Mapping[str, Mapping[str, Floats]] = field(default_factory=dict)


def learn(
    model_id: str,
    labelled: Labelled,
    settings: Code,
    steps: Callable[[int, int], None] = lambda done, total: None,
    ground: Ground | None = None,
) -> Model:
    """The model of all themes of the codebook. `steps` is told after each theme how far it is.

    With a `ground`, its passages are learnt from beside the corpus's own, and a theme for which these are too
    few is coded as it says. Its words, where it has any, are the only ones.
    """
    if ground is not None and ground.model.terms.names:
        terms = ground.model.terms
    elif len(labelled.texts) >= settings.min_labels:
        terms = Vocabulary.of(labelled.texts)
    else:
        terms = Vocabulary([], [])
    shared = together(labelled.vectors, terms(labelled.texts))
    themes = {}
    for done, name in enumerate(labelled.phrases, 1):
        themes[name] = _theme(name, labelled, shared, terms, settings, ground)
        steps(done, len(labelled.phrases))
    return Model(model_id, themes, terms)


def untaught(model_id: str, themes: Sequence[str]) -> Model:
    """The model of a corpus that nobody has coded: every theme by the codebook."""
    return Model(model_id, {name: ThemeModel(name, CODEBOOK, UNTAUGHT, 0, 0) for name in themes})


@dataclass(frozen=True, slots=True)
class Ground:
    """What was learnt before anybody coded passages of the corpus: a model, and what it learnt from.

    `material` gives a theme's, with as many columns as the words ask for; None for a theme not known.
    """

    model: Model
    material: Callable[[str, Vocabulary], Material | None]

    def model_of(self, model_id: str, themes: Sequence[str]) -> Model:
        """The model of a codebook that nobody has coded by."""
        own = self.model.themes
        found = {name: own.get(name) or ThemeModel(name, CODEBOOK, UNTAUGHT, 0, 0) for name in themes}
        return Model(model_id, found, self.model.terms)


def _widened(known: ThemeModel, columns: int) -> ThemeModel:
    """A model that knows no words, with no weight for the words that others of its codebook know."""
    if known.method != CLASSIFIER:
        return known
    missing = columns - len(known.weights)
    return replace(known, weights=np.pad(known.weights, (0, missing)))


def _theme(
    name: str, labelled: Labelled, shared: Any, terms: Vocabulary, settings: Code, ground: Ground | None
) -> ThemeModel:
    known = ground.model.themes.get(name) if ground else None
    if known is not None:
        known = _widened(known, len(EVIDENCE) + shared.shape[1])
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
    material = ground.material(name, terms) if ground else None
    imported = {coder: given[coded] for coder, given in labelled.imported.get(name, {}).items()}
    task = Task(
        features, present, weights, folds, evidence[:, 2], material.manner if material else None, material,
        documents, imported,
    )  # fmt: skip
    if known is None or material is None or known.method == CODEBOOK:
        return better(name, task)[0]
    held = Offer(known, _coded_by(known, features, evidence))
    found = better(name, task, held)[0]
    if found.weights is not known.weights:
        return found
    (own, *others) = found.tried
    beside = max(others, key=lambda one: one.f1)
    why = f"F1 {own.f1:.2f} on people's codes, and {beside.coder}, by these, {beside.f1:.2f}: not surely more"
    others_f1 = {one.coder: one.f1 for one in others}
    kept = replace(
        known,
        f1=own.f1,
        codebook_f1=others_f1[CODEBOOK],
        classifier_f1=others_f1[CLASSIFIER],
        tried=found.tried,
    )
    return _as_known(kept, why, labels, positives) or kept


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
