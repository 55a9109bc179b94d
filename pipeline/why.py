"""A passage -> why it is coded or not: for each theme the phrases, the likeness, and how they join.

The reasons are those of the stage `code` itself: its codebook, its model, its functions.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from pipeline import codebook as books
from pipeline import store
from pipeline.config import Config
from pipeline.embedding import Embedder, Vectors, embedder
from pipeline.errors import InputError
from pipeline.stages.code import ALIKE, CODED, KEPT, ONE_PHRASE, UNLIKE, Coder, of_likeness, of_phrases, score
from pipeline.store import Connection

WIDTH = 100
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
class Reason:
    """Why one theme is coded or not.

    `matches` are all phrases found, with those that `exclude` struck; `distinct` counts the others.
    `likeness` is the product with the theme's direction; `most_like` is the sentence of its definition and
    examples with the greatest `cosine` to the passage: for orientation, it takes no part in the score.
    `p` and `q` are the evidence of phrases (`halved` for a lone one in an unlike passage) and of likeness.
    `stored` is the published score, None where it was too low to be kept.
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
    score: float
    coded: bool
    method: str
    stored: float | None

    @property
    def agrees(self) -> bool:
        """Whether the published file says the same."""
        if self.stored is None:
            return self.score < KEPT + SAME
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
    """Why the passage is coded as it is, by today's codebook and model.

    Raises InputError for a passage that the published file does not have, or whose text it withholds.
    """
    with store.open_published(store.published_file(config)) as connection:
        passage = _passage(connection, passage_id)
        stored = dict(connection.execute(store.queries("why")["codings"], [passage_id]).fetchall())
    book = books.load(config.codebook_file)
    reasons = weigh(passage.text, book.themes, embedder(config), stored)
    return Explained(passage, sorted(reasons, key=lambda reason: -reason.score))


def weigh(
    text: str, themes: Sequence[books.Theme], embed: Embedder, stored: dict[str, float]
) -> list[Reason]:
    """The reasons for each theme, in the order of the codebook. `stored` holds the scores that were kept."""
    (vector,) = embed([text])
    likenesses = Coder(themes, embed).likeness(vector[None, :])[0]
    return [
        _reason(theme, text, vector, float(likeness), embed, stored.get(theme.theme))
        for theme, likeness in zip(themes, likenesses, strict=True)
    ]


def _reason(
    theme: books.Theme, text: str, vector: Vectors, likeness: float, embed: Embedder, stored: float | None
) -> Reason:
    matches = books.Matcher(theme).matches(text)
    counted = [match.words for match in matches if not match.excluded]
    coding = score(counted, likeness)
    distinct = len({words.lower() for words in counted})
    sentences = [theme.definition, *theme.examples]
    cosines = embed(sentences) @ vector
    best = int(np.argmax(cosines))
    return Reason(
        theme.theme, theme.label, matches, distinct, likeness, sentences[best], float(cosines[best]),
        of_phrases(distinct, likeness), distinct == 1 and likeness < UNLIKE, of_likeness(likeness),
        coding.score, coding.score >= CODED, coding.method, stored,
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


def as_text(found: Explained) -> str:
    """The passage, then a paragraph for each theme."""
    passage = found.passage
    head = f"passage {passage.passage_id}, {passage.source}: {passage.title}\n{passage.url}"
    body = [_wrapped(part, "  ") for part in passage.text.split("\n\n")]
    return "\n\n".join(["\n".join([head, *body]), *map(_told, found.reasons)])


def _told(reason: Reason) -> str:
    verdict = "coded" if reason.coded else "not coded"
    lines = [f"{reason.theme}: {reason.score:.4f}, {verdict}"]
    lines += [_wrapped(line, "  ") for line in (_phrases(reason), _likeness(reason), _decision(reason))]
    if not reason.agrees:
        stored = "none" if reason.stored is None else f"{reason.stored:.4f}"
        lines.append(
            f"  published: {stored}, by another codebook, model or text: "
            "run `themeshift build`, then `themeshift publish`"
        )
    return "\n".join(lines)


def _phrases(reason: Reason) -> str:
    counted = [f"“{m.words}” by `{m.phrase}`" for m in reason.matches if not m.excluded]
    struck = [f"“{m.words}” by `{m.phrase}`" for m in reason.matches if m.excluded]
    said = f"phrases: {'; '.join(dict.fromkeys(counted)) or 'none'}"
    if struck:
        said += f"; struck by `exclude`: {'; '.join(dict.fromkeys(struck))}"
    if reason.halved:
        return f"{said}; alone in a passage unlike the theme, halved: p = {ONE_PHRASE:g} / 2 = {reason.p:.4f}"
    many = f"; {reason.distinct} distinct" if counted else ""
    return f"{said}{many}: p = {reason.p:.4f}"


def _likeness(reason: Reason) -> str:
    place = (
        "unlike" if reason.likeness <= UNLIKE else "carries alone" if reason.likeness >= ALIKE else "between"
    )
    return (
        f"likeness: {reason.likeness:.4f} ({place}: unlike below {UNLIKE:g}, carries alone from {ALIKE:g}): "
        f"q = {reason.q:.4f}; most like “{reason.most_like}” (cosine {reason.cosine:.2f})"
    )


def _decision(reason: Reason) -> str:
    value = f"1 - (1 - p)(1 - q) = {reason.score:.4f}"
    if reason.coded:
        return f"score: {value}, at least {CODED:g}: coded ({reason.method})"
    if reason.score >= KEPT:
        return f"score: {value}, under {CODED:g}: kept, not coded ({reason.method})"
    return f"score: {value}, under {KEPT:g}: no sign of the theme, not kept"


def _wrapped(text: str, indent: str) -> str:
    return textwrap.fill(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ", break_long_words=False
    )
