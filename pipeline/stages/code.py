"""passage, embeddings, codebook -> theme, passage_theme.

A passage's score for a theme joins two kinds of evidence: phrases of the codebook in its words, and
the likeness of its embedding to the theme's definition and examples (docs/methods.md). Coding is by
absolute thresholds, so that a new document never changes the coding of an old one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline import codebook as books
from pipeline import store
from pipeline.config import Config
from pipeline.embedding import Embedder, Vectors, embedder, name_of
from pipeline.progress import Tell
from pipeline.records import short_id
from pipeline.stages import rules
from pipeline.stages.embed import attach as attach_embeddings
from pipeline.stages.embed import unpack
from pipeline.store import Connection

ONE_PHRASE = 0.55
"""Weight of a first distinct phrase; each further one halves the doubt that is left."""
UNLIKE, ALIKE = -0.10, 0.55
"""Likeness to a theme below the first speaks against it, at the second it carries it alone."""
CODED = 0.5
KEPT = 0.35
"""Scores below this are no sign of the theme and are not stored."""
CHUNK = 20_000
COLUMNS = ("passage_id", "theme", "score", "coded", "method", "phrases")


@dataclass(frozen=True, slots=True)
class Coding:
    """A passage's coding for one theme."""

    score: float
    method: str
    phrases: list[str]


def run(connection: Connection, config: Config, tell: Tell) -> int:
    """Code passages that today's codebook has not seen. Returns how many passages."""
    book = books.load(config.codebook_file)
    named = store.queries("code")
    version = _version(config)
    connection.execute("DELETE FROM theme")
    themes = [(t.theme, t.label, t.definition, book.version) for t in book.themes]
    store.insert(connection, "theme", ("theme", "label", "definition", "codebook"), themes)
    for query in ("drop_stale_codes", "drop_stale"):
        connection.execute(named[query], [version])
    attach_embeddings(connection, config)
    if not store.value(connection, named["any_uncoded"]):
        return 0
    coder = Coder(book.themes, embedder(config))
    # DuckDB searches on all cores and hands over matches instead of texts.
    search = ", ".join("regexp_extract_all(text, ?)" for _ in coder.patterns)
    todo = connection.execute(named["uncoded"].format(found=search), coder.patterns).fetchnumpy()
    total = len(todo["passage_id"])
    for start in range(0, total, CHUNK):
        part = {key: column[start : start + CHUNK] for key, column in todo.items()}
        ids = [str(x) for x in part["passage_id"]]
        rows = [
            (ids[at], theme, round(c.score, 4), c.score >= CODED, c.method, c.phrases)
            for at, theme, c in coder(list(part["found"]), unpack(part["vector"]))
        ]
        store.insert(connection, "passage_theme", COLUMNS, rows)
        seen = [(i, str(h), version) for i, h in zip(ids, part["text_hash"], strict=True)]
        store.insert(connection, "coded_passage", ("passage_id", "text_hash", "codebook"), seen)
        tell.steps(start + len(ids), total)
    return total


class Coder:
    """Scores passages against every theme of a codebook."""

    def __init__(self, themes: Sequence[books.Theme], embed: Embedder) -> None:
        self._themes = [t.theme for t in themes]
        self._matchers = [books.Matcher(t) for t in themes]
        self._directions = directions([embed([t.definition, *t.examples]) for t in themes])
        self.patterns = [matcher.pattern for matcher in self._matchers]

    def __call__(
        self, found: Sequence[Sequence[Sequence[str]]], vectors: Vectors
    ) -> Iterator[tuple[int, str, Coding]]:
        """(index, theme, coding) for every passage and theme whose score is worth keeping.

        `found` holds per passage and theme what the theme's pattern found; `vectors` is
        (n, dimensions), the passages' embeddings.
        """
        likeness = self.likeness(vectors)
        for at, matches in enumerate(found):
            for k, matcher in enumerate(self._matchers):
                coding = score(matcher.accept(matches[k]), float(likeness[at, k]))
                if coding.score >= KEPT:
                    yield at, self._themes[k], coding

    def likeness(self, vectors: Vectors) -> Vectors:
        """(n, themes): how much each passage is like what sets each theme apart, between -1 and 1."""
        return np.asarray(vectors @ self._directions.T)


def directions(prototypes: Sequence[Vectors]) -> Vectors:
    """What sets each theme apart: (themes, dimensions), rows of unit length.

    A theme's prototype is the mean of its definition and examples. What all themes share (here: talk
    of the health service) is taken off, or every text on the subject would look like every theme. A
    codebook of one theme has nothing to share and keeps its prototype.
    """
    means = np.array([p.mean(axis=0) for p in prototypes], dtype=np.float32)
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    if len(means) > 1:
        means -= means.mean(axis=0)
    return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), dtype=np.float32)


def score(phrases: list[str], likeness: float) -> Coding:
    """Join the evidence of phrases and of the embedding into a score between 0 and 1.

    They join as independent evidence, 1 - (1 - p)(1 - q).
    """
    distinct = len({phrase.lower() for phrase in phrases})
    p, q = of_phrases(distinct, likeness), of_likeness(likeness)
    method = "phrase+embedding" if distinct and q > 0 else "phrase" if distinct else "embedding"
    return Coding(1 - (1 - p) * (1 - q), method, phrases)


def of_phrases(distinct: int, likeness: float) -> float:
    """The evidence p of so many distinct phrases: none 0, else 1 - 0.45 * 0.5^(k-1).

    A single phrase in a passage that is unlike the theme is halved: the word is there, its sense is not.
    """
    p = 1 - (1 - ONE_PHRASE) * 0.5 ** (distinct - 1) if distinct else 0.0
    return p / 2 if distinct == 1 and likeness < UNLIKE else p


def of_likeness(likeness: float) -> float:
    """The evidence q of a likeness, scaled linearly between UNLIKE and ALIKE to at most CODED."""
    return CODED * min(max((likeness - UNLIKE) / (ALIKE - UNLIKE), 0.0), 1.0)


def _version(config: Config) -> str:
    """Changes with the codebook, the model and the rules of coding."""
    book = hashlib.sha256(config.codebook_file.read_bytes()).hexdigest()
    return short_id(book, name_of(config), rules("stages/code.py", "codebook.py"))
