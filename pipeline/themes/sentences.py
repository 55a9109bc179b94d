"""A codebook's own sentences -> how its themes are coded, without human codes and without a reference set.

A theme with five examples and five counter-examples has a classifier: its definition and examples against its
counter-examples and, at half weight, the definitions and examples of the other themes. It looks at the
embedding; each further phrase of the codebook speaks for the theme as much as is set here. The score orders
passages and draws a line; it is no probability.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipeline.records import counted
from pipeline.themes.calibration import Curve, Flags, Floats
from pipeline.themes.choosing import Material
from pipeline.themes.codebook import Theme
from pipeline.themes.features import EVIDENCE, Vocabulary, evidence_of_phrases, together, with_evidence
from pipeline.themes.learning import Ground
from pipeline.themes.matching import Matcher
from pipeline.themes.model import CLASSIFIER, Model, ThemeModel
from pipeline.topics.embedding import Embedder, Vectors

FEWEST = 5
"""Examples, and counter-examples, that a theme must have."""
STRENGTH = 1.0
"""C of the logistic regression, which has a dozen sentences to learn from."""
ELSEWHERE = 0.5
"""What a sentence of another theme weighs: a passage may carry both."""
PHRASES = 1.5
"""What log2(1 + distinct phrases) adds to the log-odds: docs/decisions/0025."""


@dataclass(frozen=True, slots=True)
class Sentences:
    """A theme's sentences: vectors (n, dimensions), whether they carry the theme, and their weights (n,)."""

    texts: list[str]
    vectors: Vectors
    present: Flags
    weights: Floats


def ground(themes: Sequence[Theme], embed: Embedder, within: Ground | None) -> Ground | None:
    """What the themes' sentences teach, beside what is known already; None where nothing is known.

    A theme that is known already stays as it is.
    """
    before = within.model.themes if within else {}
    own = {name: s for name, s in sentences(themes, embed).items() if name not in before}
    if not own:
        return within
    terms = within.model.terms if within else Vocabulary([], [])
    nothing = len(terms.names)
    learnt = {
        name: replace(theme, weights=np.pad(theme.weights, (0, nothing)))
        for name, theme in learn(themes, own).items()
    }

    def material(name: str, terms: Vocabulary) -> Material | None:
        if (found := own.get(name)) is None:
            return within.material(name, terms) if within else None
        matcher = Matcher(next(theme for theme in themes if theme.theme == name))
        # The likeness of the theme's own sentences to itself says nothing.
        evidence = evidence_of_phrases([matcher(text) for text in found.texts])
        features = with_evidence(together(found.vectors, terms(found.texts)), evidence)
        return Material(features, found.present, found.weights)

    return Ground(Model("", {**before, **learnt}, terms), material)


def enough(theme: Theme) -> bool:
    """Whether a theme can be coded by its sentences."""
    return min(len(theme.examples), len(theme.counterexamples)) >= FEWEST


def sentences(themes: Sequence[Theme], embed: Embedder) -> dict[str, Sentences]:
    """By theme the sentences that it is learnt from; none for themes that have too few."""
    return {theme.theme: of(theme, themes, embed) for theme in themes if enough(theme)}


def of(theme: Theme, themes: Sequence[Theme], embed: Embedder) -> Sentences:
    """A theme's sentences among those of its codebook, however few."""
    own, not_own = [theme.definition, *theme.examples], list(theme.counterexamples)
    known = {*own, *not_own}
    others = [
        text
        for other in themes
        if other is not theme
        for text in (other.definition, *other.examples)
        if text not in known
    ]
    texts = [*own, *not_own, *others]
    vectors = embed(texts)
    present = np.arange(len(vectors)) < len(own)
    weights = np.where(np.arange(len(vectors)) < len(known), 1.0, ELSEWHERE)
    return Sentences(texts, vectors, present, weights)


def learn(themes: Sequence[Theme], material: Mapping[str, Sentences]) -> dict[str, ThemeModel]:
    """The models of the themes that have sentences enough, without terms. Nothing is random."""
    from sklearn.linear_model import LogisticRegression

    found = {}
    for theme in themes:
        if (own := material.get(theme.theme)) is None:
            continue
        fitted = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=1000)
        fitted.fit(own.vectors, own.present, sample_weight=own.weights)
        phrases = np.zeros(len(EVIDENCE))
        phrases[EVIDENCE.index("phrases")] = PHRASES
        why = (
            f"from its definition, {counted(len(theme.examples), 'example')} and "
            f"{counted(len(theme.counterexamples), 'counter-example')}; nobody has coded by it"
        )
        found[theme.theme] = ThemeModel(
            theme.theme, CLASSIFIER, why, 0, 0, threshold=0.5, curve=Curve(1.0, 0.0),
            intercept=float(fitted.intercept_[0]), weights=np.concatenate([phrases, fitted.coef_[0]]),
        )  # fmt: skip
    return found
