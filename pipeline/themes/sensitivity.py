"""passage_theme, codebook -> theme_stability: what is left of a theme without a source, or without a phrase.

Part of the stage `assess`. A passage whose phrase is dropped is coded again without it, by the rules of
coding or by the theme's classifier as it was learnt; all others are as they were.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline import store
from pipeline import themes as books
from pipeline.config import Config
from pipeline.fingerprints import rules
from pipeline.records import short_id
from pipeline.store import Connection, Rows
from pipeline.themes import model_tables
from pipeline.themes.codebook_evidence import CodebookEvidence
from pipeline.themes.model import IMPORTED, Model
from pipeline.topics.embedding import embedder, unpack
from pipeline.trends.series import counted, states

COLUMNS = (
    "theme", "perturbation", "left_out", "passages", "lost", "lost_share", "documents", "prevalence",
    "prevalence_without", "change",
)  # fmt: skip
DIGITS = 6
Floats = npt.NDArray[np.float64]
Codings = Mapping[str, Mapping[str, str]]
"""Theme -> passage -> document, of all that are coded."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The n documents that trends count: their places, sources and numbers of passages, each (n,)."""

    place: Mapping[str, int]
    source: npt.NDArray[np.str_]
    passages: Floats

    @classmethod
    def of(cls, documents: Rows) -> Counted:
        """The documents as `series.counted` gives them."""
        place = {row[0]: at for at, row in enumerate(documents)}
        return cls(
            place, np.array([row[1] for row in documents]), np.array([row[4] for row in documents], float)
        )

    def share(self, found: Mapping[str, str]) -> Floats:
        """(n,): the share of each document's passages that is coded."""
        hits = np.zeros(len(self.place))
        np.add.at(hits, [self.place[document] for document in found.values() if document in self.place], 1)
        return np.asarray(hits / self.passages)


def themes(connection: Connection, config: Config) -> int:
    """Measure all themes, unless no coding and no document has changed. Returns rows."""
    named = store.queries("assess")
    book = books.load(config.codebook_file)
    book_and_access = config.codebook_file.read_text("utf-8"), *config.trend.access
    fingerprint = short_id(*states(connection)[:2], *book_and_access, rules(__name__))
    if store.unchanged(connection, "theme_stability", fingerprint):
        return 0
    connection.execute("DELETE FROM theme_stability")
    documents = counted(connection, config)
    codings: dict[str, dict[str, str]] = defaultdict(dict)
    for theme, passage, document in connection.execute(named["coded"]).fetchall():
        codings[theme][passage] = document
    rows: Rows = []
    if documents and codings:
        counts = Counted.of(documents)
        lost = _lost_by_phrase(connection, config, book.themes)
        for theme in book.themes:
            rows += _without_sources(theme.theme, counts, codings[theme.theme])
            rows += _without_phrases(theme.theme, counts, codings[theme.theme], lost[theme.theme])
    store.mark(connection, "theme_stability", fingerprint)
    return store.insert(connection, "theme_stability", COLUMNS, rows)


def _without_sources(theme: str, counts: Counted, found: Mapping[str, str]) -> Iterator[tuple[object, ...]]:
    """A row for each source that is left out, documents and all; none where there is only one."""
    share = counts.share(found)
    for source in sorted(set(counts.source.tolist())):
        rest = counts.source != source
        if rest.any():
            lost = sum(1 for document in found.values() if not _is_kept(counts, rest, document))
            yield _row(theme, "source", source, found, lost, share, share[rest])


def _is_kept(counts: Counted, rest: npt.NDArray[np.bool_], document: str) -> bool:
    return document not in counts.place or bool(rest[counts.place[document]])


def _without_phrases(
    theme: str, counts: Counted, found: Mapping[str, str], lost: Mapping[str, set[str]]
) -> Iterator[tuple[object, ...]]:
    """A row for each phrase that is dropped, and one, with no phrase named, for all that rest on some one."""
    share = counts.share(found)
    for phrase in sorted(lost):
        left = {passage: document for passage, document in found.items() if passage not in lost[phrase]}
        yield _row(theme, "phrase", phrase, found, len(lost[phrase]), share, counts.share(left))
    resting = set().union(*lost.values())
    left = {passage: document for passage, document in found.items() if passage not in resting}
    yield _row(theme, "any phrase", None, found, len(resting), share, counts.share(left))


def _row(
    theme: str,
    kind: str,
    left_out: str | None,
    found: Mapping[str, str],
    lost: int,
    share: Floats,
    without: Floats,
) -> tuple[object, ...]:
    before, after = float(share.mean()), float(without.mean())
    lost_share = round(lost / len(found), DIGITS) if found else None
    numbers = (round(before, DIGITS), round(after, DIGITS), round(after - before, DIGITS))
    return (theme, kind, left_out, len(found), lost, lost_share, len(set(found.values())), *numbers)


def _lost_by_phrase(
    connection: Connection, config: Config, themes: tuple[books.Theme, ...]
) -> dict[str, dict[str, set[str]]]:
    """Theme -> phrase of the codebook that was found -> the passages no longer coded without it."""
    named = store.queries("assess")
    found = connection.execute(named["by_phrase"]).fetchnumpy()
    lost: dict[str, dict[str, set[str]]] = {theme.theme: {} for theme in themes}
    if not len(found["theme"]):
        return lost
    model = model_tables.read(connection, str(store.value(connection, named["model"]))) or Model()
    evidence, own = CodebookEvidence(themes, embedder(config)), found["theme"].astype(np.str_)
    for number, theme in enumerate(themes):
        rows = np.flatnonzero(own == theme.theme)
        learnt = model.themes.get(theme.theme)
        # Where another program codes, no phrase decides.
        if len(rows) and not (learnt and learnt.method == IMPORTED):
            vectors, texts = unpack(found["vector"][rows]), [str(text) for text in found["text"][rows]]
            like = evidence.likeness(vectors)[:, number].astype(np.float64)
            words = [list(of) for of in found["phrases"][rows]]
            coder = Coder(model, theme, words, like, model.shared(vectors, texts))
            passages = found["passage_id"][rows].astype(np.str_)
            lost[theme.theme] = {phrase: set(passages[at].tolist()) for phrase, at in coder.lost()}
    return lost


@dataclass(frozen=True, slots=True)
class Coder:
    """The n coded passages of a theme in which its phrases were found: these `words`, likeness, features."""

    model: Model
    theme: books.Theme
    words: list[list[str]]
    likeness: Floats
    shared: Any

    def lost(self) -> Iterator[tuple[str, npt.NDArray[np.int64]]]:
        """Each phrase, and the places of the passages that are no longer coded without it."""
        phrasing = Phrasing(self.theme)
        held: dict[str, list[int]] = defaultdict(list)
        for at, words in enumerate(self.words):
            for phrase in {phrasing.phrase(each) for each in words}:
                held[phrase].append(at)
        for phrase, places in held.items():
            left = [phrasing.without(phrase, self.words[place]) for place in places]
            shared = None if self.shared is None else self.shared[places]
            codings = self.model.code(self.theme.theme, left, self.likeness[places], shared)
            coded = np.array([coding.coded for coding in codings])
            yield phrase, np.array(places, dtype=np.int64)[~coded]


class Phrasing:
    """Which phrase of a theme found which words, and what the words hold of its other phrases."""

    def __init__(self, theme: books.Theme) -> None:
        self._theme = theme
        # In the order in which they are tried: longest first.
        self._ordered = sorted(theme.include, key=len, reverse=True)
        self._matchers: dict[str, books.Matcher] = {}
        self._phrase: dict[str, str] = {}
        self._instead: dict[str, list[str]] = {}

    def phrase(self, words: str) -> str:
        """The phrase that found these words."""
        if words not in self._phrase:
            hits = (phrase for phrase in self._ordered if self._alone(phrase)(words) == [words])
            self._phrase[words] = next(hits, words)
        return self._phrase[words]

    def without(self, phrase: str, found: list[str]) -> list[str]:
        """Of the words found, those found without the phrase too, and what others find in the rest."""
        return [left for words in found for left in self._left(words, phrase)]

    def _left(self, words: str, phrase: str) -> list[str]:
        if self.phrase(words) != phrase:
            return [words]
        if words not in self._instead:
            others = (self._alone(other) for other in self._ordered if other != phrase)
            self._instead[words] = [left for matcher in others for left in matcher(words)]
        return self._instead[words]

    def _alone(self, phrase: str) -> books.Matcher:
        """What finds this phrase alone; made when it is first needed, since most phrases never are."""
        if phrase not in self._matchers:
            self._matchers[phrase] = books.Matcher(replace(self._theme, include=(phrase,)))
        return self._matchers[phrase]
