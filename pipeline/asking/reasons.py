"""Why a theme is coded in a passage or not: the phrases, the likeness, and how they join.

The reasons are those of the stage `code` itself: its codebook, its models, its functions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline import themes as books
from pipeline.themes.codebook_evidence import (
    UNLIKE,
    CodebookEvidence,
    distinct_of,
    of_likeness,
    of_phrases,
    score,
)
from pipeline.themes.features import evidence_of
from pipeline.themes.model import CLASSIFIER, IMPORTED, Model, contributions, log_odds
from pipeline.topics.embedding import Embedder, Vectors

SAME = 1e-4
"""Stored scores have four digits, and vectors a last bit that depends on what they were computed beside."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What people's codes add: how the score became a probability, or what a classifier makes of the passage.

    `parts` are the classifier's, by name, the weightiest first: with `intercept` they sum to `log_odds`. For
    a codebook's coding there are none, and `log_odds` are those of its own score. Then probability =
    1 / (1 + exp(-(slope * log_odds + offset))).
    """

    method: str
    why: str
    parts: dict[str, float]
    intercept: float
    log_odds: float
    slope: float
    offset: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one theme is coded or not.

    `matches` are all phrases found, with those that `exclude` struck and those passed over as negated;
    `distinct` counts the others. `likeness` is the product with the theme's direction; `most_like` is the
    sentence of its definition and examples with the greatest `cosine` to the passage: for orientation, it
    takes no part in the score. `p` and `q` are the evidence of phrases (`halved` for a lone one in an unlike
    passage) and of likeness, `joined` is what they join to. That is the `score`, unless people's codes made
    it a probability: then `learnt` tells how. `stored` is the published score, None where it was below
    `kept_from`.
    """

    theme: str
    label: str
    matches: list[books.Match]
    distinct: int
    likeness: float
    most_like: str
    cosine: float
    p: float
    halved: bool
    q: float
    joined: float
    learnt: Learnt | None
    score: float
    coded: bool
    method: str
    kept_from: float
    stored: float | None

    @property
    def agrees(self) -> bool:
        """Whether the published file says the same."""
        if self.stored is None:
            return self.score < self.kept_from + SAME
        return abs(self.stored - self.score) <= SAME


def weigh(
    text: str,
    themes: Sequence[books.Theme],
    embed: Embedder,
    stored: dict[str, float],
    model: Model | None = None,
    given: Mapping[str, float] | None = None,
) -> list[Reason]:
    """The reasons for each theme, in the order of the codebook. `stored` holds the scores that were kept.

    `given` is what the program said that codes the theme, where one does.
    """
    (vector,) = embed([text])
    evidence = CodebookEvidence(themes, embed)
    likenesses = evidence.likeness(vector[None, :])[0]
    model = model or Model()
    return [
        _reason(
            theme,
            text,
            vector,
            float(likeness),
            embed,
            stored.get(theme.theme),
            model,
            (given or {}).get(theme.theme),
        )
        for theme, likeness in zip(themes, likenesses, strict=True)
    ]


def _reason(
    theme: books.Theme,
    text: str,
    vector: Vectors,
    likeness: float,
    embed: Embedder,
    stored: float | None,
    model: Model,
    given: float | None,
) -> Reason:
    matches = books.Matcher(theme).matches(text)
    counted = [match.words for match in matches if match.counts]
    like = np.array([likeness])
    said = np.array([np.nan if given is None else given])
    (coding,) = model.code(theme.theme, [counted], like, model.shared(vector[None, :], [text]), said)
    distinct = distinct_of(counted)
    sentences = [theme.definition, *theme.examples]
    cosines = embed(sentences) @ vector
    best = int(np.argmax(cosines))
    joined = score(counted, likeness).score
    return Reason(
        theme.theme, theme.label, matches, distinct, likeness, sentences[best], float(cosines[best]),
        of_phrases(distinct, likeness), distinct == 1 and likeness < UNLIKE, of_likeness(likeness), joined,
        _learnt(theme.theme, model, counted, likeness, joined, vector, text, given), coding.score,
        coding.coded, coding.method, model.kept_from(theme.theme), stored,
    )  # fmt: skip


def _learnt(
    theme: str,
    model: Model,
    counted: list[str],
    likeness: float,
    joined: float,
    vector: Vectors,
    text: str,
    given: float | None,
) -> Learnt | None:
    learnt = model.themes.get(theme)
    if learnt is None or learnt.curve is None or (learnt.method == IMPORTED and given is None):
        return None
    parts: dict[str, float] = {}
    scored = given if learnt.method == IMPORTED and given is not None else joined
    odds = float(log_odds(np.array([scored]))[0])
    if learnt.method == CLASSIFIER:
        (row,) = evidence_of([counted], [likeness])
        found = contributions(learnt, model, row, vector, text)
        parts = dict(sorted(found.items(), key=lambda part: -abs(part[1])))
        odds = learnt.intercept + sum(parts.values())
    return Learnt(
        learnt.method, learnt.why, parts, learnt.intercept, odds, learnt.curve.slope, learnt.curve.intercept,
        learnt.threshold,
    )  # fmt: skip
