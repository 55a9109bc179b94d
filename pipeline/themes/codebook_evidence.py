"""The codebook's own evidence of a theme in a passage, and the score that it makes without human codes.

Phrases in its words, and the likeness of its embedding to the theme's definition and examples, join as
independent evidence (docs/methods.md). The thresholds are absolute, so that a new document never changes
the coding of an old one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline import themes as books
from pipeline.themes.matching import folded
from pipeline.topics.embedding import Embedder, Vectors, unit_rows

ONE_PHRASE = 0.55
"""Weight of a first distinct phrase; each further one halves the doubt that is left."""
UNLIKE, ALIKE = -0.10, 0.55
"""Likeness to a theme below the first speaks against it, at the second it carries it alone."""
CODED = 0.5
FEWEST_WORDS = 5
"""A theme that is described in fewer words is told by its phrases alone."""
KEPT = 0.35
"""Scores below this are no sign of the theme and are not stored."""


@dataclass(frozen=True, slots=True)
class Coding:
    """A passage's coding for one theme."""

    score: float
    coded: bool
    method: str
    phrases: list[str]


class CodebookEvidence:
    """Finds the evidence for every theme of a codebook."""

    def __init__(self, themes: Sequence[books.Theme], embed: Embedder) -> None:
        self.themes = [t.theme for t in themes]
        self.matchers = [books.Matcher(t) for t in themes]
        self._directions = directions([embed([t.definition, *t.examples]) for t in themes])
        # Nothing tells a lone theme apart from the subject of the corpus: any passage on that is like it. And
        # two words, "Case one.", are no description that a passage could be like or unlike.
        lone = len(themes) == 1
        self._mute = np.array([bool(t.include) and (lone or _words(t) < FEWEST_WORDS) for t in themes])
        self.patterns = [matcher.pattern for matcher in self.matchers]
        self.minds_negation = any(matcher.minds_negation for matcher in self.matchers)

    def phrases(self, found: Sequence[Sequence[str]], text: str | None) -> list[list[str]]:
        """Per theme the phrases that count. `found` is what the patterns found; `text` is needed where
        negation is minded (`minds_negation`), since a match doesn't hold the words in front of it.
        """
        return [
            matcher(text or "") if matcher.minds_negation and len(words) else matcher.accept(words)
            for matcher, words in zip(self.matchers, found, strict=True)
        ]

    def likeness(self, vectors: Vectors) -> Vectors:
        """(n, themes): how much each passage is like what sets each theme apart, between -1 and 1.

        UNLIKE, which is no evidence either way, for a theme with phrases that is alone in its codebook or
        described in fewer than FEWEST_WORDS.
        """
        return np.asarray(np.where(self._mute, np.float64(UNLIKE), vectors @ self._directions.T))


def _words(theme: books.Theme) -> int:
    """How many words its definition and examples have together."""
    return sum(len(text.split()) for text in (theme.definition, *theme.examples))


def directions(prototypes: Sequence[Vectors]) -> Vectors:
    """What sets each theme apart: (themes, dimensions), rows of unit length.

    A theme's prototype is the mean of its definition and examples. What all themes share (here: talk
    of the health service) is taken off, or every text on the subject would look like every theme. Of a
    codebook of one theme the prototype itself is left; `Evidence` weighs it only where there are no phrases.
    """
    means = np.array([p.mean(axis=0) for p in prototypes], dtype=np.float32)
    means = unit_rows(means)
    if len(means) > 1:
        means -= means.mean(axis=0)
    return unit_rows(means)


def score(phrases: list[str], likeness: float) -> Coding:
    """Join the evidence of phrases and of the embedding into a score between 0 and 1.

    They join as independent evidence, 1 - (1 - p)(1 - q). The score is not calibrated: it orders passages.
    """
    distinct = distinct_of(phrases)
    p, q = of_phrases(distinct, likeness), of_likeness(likeness)
    method = "phrase+embedding" if distinct and q > 0 else "phrase" if distinct else "embedding"
    value = 1 - (1 - p) * (1 - q)
    return Coding(value, value >= CODED, method, phrases)


def distinct_of(phrases: Sequence[str]) -> int:
    """How many different phrases, capitals and kinds of dashes and quotes aside."""
    return len(set(map(folded, phrases)))


def of_phrases(distinct: int, likeness: float) -> float:
    """The evidence p of so many distinct phrases: none 0, else 1 - 0.45 * 0.5^(k-1).

    A single phrase in a passage that is unlike the theme is halved: the word is there, its sense is not.
    """
    p = 1 - (1 - ONE_PHRASE) * 0.5 ** (distinct - 1) if distinct else 0.0
    return p / 2 if distinct == 1 and likeness < UNLIKE else p


def of_likeness(likeness: float) -> float:
    """The evidence q of a likeness, scaled linearly between UNLIKE and ALIKE to at most CODED."""
    return CODED * min(max((likeness - UNLIKE) / (ALIKE - UNLIKE), 0.0), 1.0)
