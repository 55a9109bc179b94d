"""A passage -> why it is coded or not: for each theme the phrases, the likeness, and how they join.

The reasons are those of the stage `code` itself: its codebook, its models, its functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from pipeline import codebook as books
from pipeline import store
from pipeline.coding import kept
from pipeline.coding.evidence import (
    ALIKE,
    CODED,
    KEPT,
    UNLIKE,
    Evidence,
    distinct_of,
    of_likeness,
    of_phrases,
    score,
)
from pipeline.coding.features import evidence_of
from pipeline.coding.model import CLASSIFIER, Model, contributions, log_odds
from pipeline.config import Config
from pipeline.embedding import Embedder, Vectors, embedder
from pipeline.errors import InputError
from pipeline.store import Connection

SAME = 1e-4
"""Stored scores have four digits, and vectors a last bit that depends on what they were computed beside."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of the published file and its document."""

    passage_id: str
    text: str
    title: str
    source: str
    published: date | None
    published_precision: str | None
    url: str


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


@dataclass(frozen=True, slots=True)
class Explained:
    """A passage and its reasons, the highest score first; with the thresholds that decide."""

    passage: Passage
    reasons: list[Reason]
    unlike: float = UNLIKE
    alike: float = ALIKE
    kept_from: float = KEPT
    coded_from: float = CODED


def explain(config: Config, passage_id: str) -> Explained:
    """Why the passage is coded as it is, by today's codebook and embedding and the published models.

    Raises InputError for a passage that the published file does not have, or whose text it withholds.
    """
    with store.open_published(store.published_file(config)) as connection:
        passage = _passage(connection, passage_id)
        stored = dict(connection.execute(store.queries("why")["codings"], [passage_id]).fetchall())
        model_id = store.value(connection, store.queries("why")["model"])
        model = kept.read(connection, str(model_id)) or Model()
    book = books.load(config.codebook_file)
    reasons = weigh(passage.text, book.themes, embedder(config), stored, model)
    return Explained(passage, sorted(reasons, key=lambda reason: -reason.score))


def weigh(
    text: str,
    themes: Sequence[books.Theme],
    embed: Embedder,
    stored: dict[str, float],
    model: Model | None = None,
) -> list[Reason]:
    """The reasons for each theme, in the order of the codebook. `stored` holds the scores that were kept."""
    (vector,) = embed([text])
    evidence = Evidence(themes, embed)
    likenesses = evidence.likeness(vector[None, :])[0]
    model = model or Model()
    return [
        _reason(theme, text, vector, float(likeness), embed, stored.get(theme.theme), model)
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
) -> Reason:
    matches = books.Matcher(theme).matches(text)
    counted = [match.words for match in matches if match.counts]
    like = np.array([likeness])
    (coding,) = model.code(theme.theme, [counted], like, model.shared(vector[None, :], [text]))
    distinct = distinct_of(counted)
    sentences = [theme.definition, *theme.examples]
    cosines = embed(sentences) @ vector
    best = int(np.argmax(cosines))
    joined = score(counted, likeness).score
    return Reason(
        theme.theme, theme.label, matches, distinct, likeness, sentences[best], float(cosines[best]),
        of_phrases(distinct, likeness), distinct == 1 and likeness < UNLIKE, of_likeness(likeness), joined,
        _learnt(theme.theme, model, counted, likeness, joined, vector, text), coding.score, coding.coded,
        coding.method, model.kept_from(theme.theme), stored,
    )  # fmt: skip


def _learnt(
    theme: str, model: Model, counted: list[str], likeness: float, joined: float, vector: Vectors, text: str
) -> Learnt | None:
    learnt = model.themes.get(theme)
    if learnt is None or learnt.curve is None:
        return None
    parts: dict[str, float] = {}
    odds = float(log_odds(np.array([joined]))[0])
    if learnt.method == CLASSIFIER:
        (row,) = evidence_of([counted], [likeness])
        found = contributions(learnt, model, row, vector, text)
        parts = dict(sorted(found.items(), key=lambda part: -abs(part[1])))
        odds = learnt.intercept + sum(parts.values())
    return Learnt(
        learnt.method, learnt.why, parts, learnt.intercept, odds, learnt.curve.slope, learnt.curve.intercept,
        learnt.threshold,
    )  # fmt: skip


def _passage(connection: Connection, passage_id: str) -> Passage:
    named = store.queries("why")
    row = connection.execute(named["passage"], [passage_id]).fetchone()
    if row is None:
        document = passage_id.partition("-")[0]
        span = connection.execute(named["of_document"], [document]).fetchone()
        hint = (
            f"its document has {span[2]}, from {span[0]} to {span[1]}"
            if span
            else "`themeshift evidence` lists passages with their names"
        )
        raise InputError(f"there is no passage {passage_id!r} in the published file: {hint}")
    if row[1] is None:
        raise InputError(
            f"the text of {passage_id} may be kept no longer, so there is nothing to tell why by"
        )
    return Passage(*row)
