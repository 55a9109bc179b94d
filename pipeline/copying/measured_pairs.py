"""The likenesses of pairs of documents, kept in the working database: each pair of texts is measured once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache

from pipeline import store
from pipeline.copying.likeness import Likeness, Text, measure, parse
from pipeline.store import Connection

COLUMNS = ("a_hash", "b_hash", "similarity", "a_in_b", "b_in_a", "a_words", "b_words", "swaps", "rule")
CHUNK = 2000
Names = tuple[str, str]


class MeasuredPairs:
    """What is known of pairs of texts, and what is found out."""

    def __init__(self, connection: Connection, rule: str) -> None:
        named = store.queries("compare")
        connection.execute(named["drop_stale_likenesses"], [rule])
        self._connection, self._rule = connection, rule
        self._hash: dict[str, str] = dict(connection.execute(named["hashes"]).fetchall())
        rows = connection.execute(named["likenesses"]).fetchall()
        self._known = {(a, b): Likeness(*numbers) for a, b, *numbers in rows}
        self._new: list[Names] = []

    def same_text(self, a: str, b: str) -> bool:
        """Whether two documents have one text, to the letter."""
        return self._hash[a] == self._hash[b]

    def of(self, pairs: Sequence[Names]) -> Iterator[tuple[Names, Likeness]]:
        """Each pair of documents with its likeness."""
        for at in range(0, len(pairs), CHUNK):
            chunk = pairs[at : at + CHUNK]
            unknown = {self._key(*pair): pair for pair in chunk if self._key(*pair) not in self._known}
            self._measure(unknown)
            for a, b in chunk:
                like = self._known[self._key(a, b)]
                yield (a, b), like if self._hash[a] <= self._hash[b] else _turned(like)

    def keep(self) -> None:
        """Write down what was found out."""
        rows = [(*key, *asdict(self._known[key]).values(), self._rule) for key in self._new]
        store.insert(self._connection, "likeness", COLUMNS, rows)
        self._new = []

    def _key(self, a: str, b: str) -> Names:
        first, second = sorted((self._hash[a], self._hash[b]))
        return first, second

    def _measure(self, unknown: Mapping[Names, Names]) -> None:
        wanted = sorted({name for pair in unknown.values() for name in pair})
        if not wanted:
            return
        rows = self._connection.execute(store.queries("compare")["texts"], [wanted]).fetchall()
        texts = {self._hash[name]: text for name, text in rows}

        @lru_cache(maxsize=512)
        def parsed(text_hash: str) -> Text:
            return parse(texts[text_hash])

        for first, second in unknown:
            self._known[first, second] = measure(parsed(first), parsed(second))
            self._new.append((first, second))


def _turned(like: Likeness) -> Likeness:
    return Likeness(
        like.similarity,
        like.second_in_first,
        like.first_in_second,
        like.second_words,
        like.first_words,
        like.swaps,
    )
