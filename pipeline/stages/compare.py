"""document, document_version -> document_group, version_change: copies of one publication, changes of a page.

Sketches and likenesses of texts are kept; only new texts are sketched and only new pairs measured. The
groups follow from all of them anew, so that growing step by step ends where comparing at once does. Of
a page and its file, the page leads, with the file's text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import lru_cache
from importlib.metadata import version
from typing import Any

from pipeline import changes, sketches, store
from pipeline.attachments import Attachment, Linked, attach
from pipeline.config import Config
from pipeline.copies import Pair, Paper, judge, promising, repeated, template
from pipeline.grouping import Members, group
from pipeline.likeness import Likeness, Text, measure, parse
from pipeline.progress import Tell
from pipeline.records import short_id
from pipeline.stages import rules
from pipeline.store import Connection

LIKENESS = ("a_hash", "b_hash", "similarity", "a_in_b", "b_in_a", "a_words", "b_words", "swaps", "rule")
GROUP = ("document_id", "leader_id", "kind", "copy_of", "similarity", "containment", "evidence")
CHANGE = ("document_id", "before", "after", "words_added", "words_removed", "diff", "notice", "rule")
CHUNK = 2000
DIGITS = 4
Names = tuple[str, str]


def run(connection: Connection, config: Config, tell: Tell) -> int:
    """Compare what is new. Returns how many documents are in groups, and versions described."""
    named = store.queries("compare")
    described = _describe_changes(connection)
    fingerprint = short_id(
        str(store.value(connection, named["state"])),
        json.dumps(asdict(config.duplicates), sort_keys=True),
        rules(
            "stages/compare.py",
            "copies.py",
            "grouping.py",
            "attachments.py",
            "likeness.py",
            "sql/compare.sql",
        ),
    )
    if fingerprint == store.value(connection, named["known"]):
        return described
    attached = _attached_files(connection)
    rule = short_id(rules("likeness.py"), version("rensa"))
    sketches.renew(connection, config, rule, tell)
    papers = _papers(connection, attached)
    known = _Likenesses(connection, rule)
    pairs, apart = _verdicts(connection, config, papers, known, {pair.file: pair.page for pair in attached})
    members = group(
        _with_files(papers, attached),
        [*_by_doi(connection, known), *map(_file_pair, attached), *pairs],
        lambda a, b: frozenset((a, b)) in apart or repeated(papers[a], papers[b], config.duplicates),
    )
    known.keep()
    for pair in attached:
        if pair.takes_text:
            connection.execute(named["take_text"], [pair.page, pair.file])
    _write(connection, members)
    connection.execute(named["mark"], [fingerprint])
    return described + len(members)


def _describe_changes(connection: Connection) -> int:
    named = store.queries("compare")
    rule = rules("changes.py")
    connection.execute(named["drop_stale_changes"], [rule])
    rows = []
    for document_id, before, after, old, new in connection.execute(named["undescribed"]).fetchall():
        change = changes.describe(old, new)
        rows.append((document_id, before, after, *asdict(change).values(), rule))
    return store.insert(connection, "version_change", CHANGE, rows)


def _attached_files(connection: Connection) -> list[Attachment]:
    named = store.queries("compare")
    connection.execute(named["forget_files"])
    connection.execute(named["forget_groups"])
    return attach(Linked(*row) for row in connection.execute(named["linked_files"]).fetchall())


def _file_pair(pair: Attachment) -> Pair:
    return Pair(pair.page, pair.file, "file", pair.likeness, pair.evidence)


def _papers(connection: Connection, attached: list[Attachment]) -> dict[str, Paper]:
    """All documents, each with its own text; a file is judged by the title and the date of its page."""
    rows = connection.execute(store.queries("compare")["papers"]).fetchall()
    papers = {row[0]: Paper(*row) for row in rows}
    for pair in attached:
        page, file = papers[pair.page], papers[pair.file]
        told = {
            name: getattr(page, name)
            for name in ("source", "url", "title", "published", "precision", "genre")
        }
        papers[pair.file] = replace(file, **told, is_file=True)
    return papers


def _with_files(papers: Mapping[str, Paper], attached: list[Attachment]) -> dict[str, Paper]:
    """As they will lead: a page with the words and the access of the file whose text it takes."""
    found = dict(papers)
    for pair in attached:
        if pair.takes_text:
            file = papers[pair.file]
            found[pair.page] = replace(papers[pair.page], words=file.words, access=file.access)
    return found


def _verdicts(
    connection: Connection,
    config: Config,
    papers: Mapping[str, Paper],
    known: _Likenesses,
    page_of: Mapping[str, str],
) -> tuple[list[Pair], set[frozenset[str]]]:
    """The candidates that are copies, and those that only fill in one template.

    What a file is a copy of, its page is: both texts speak for the page.
    """
    limits = config.duplicates
    candidates: list[Names] = [
        (a, b)
        for a, b in connection.execute(store.queries("compare")["candidates"]).fetchall()
        if page_of.get(a, a) != page_of.get(b, b)
        and (known.same_text(a, b) or promising(papers[a], papers[b], limits))
    ]
    pairs, apart = [], set()
    for (a, b), like in known.of(candidates):
        if pair := judge(papers[a], papers[b], like, limits):
            pairs.append(replace(pair, first=page_of.get(a, a), second=page_of.get(b, b)))
        elif template(like) and not repeated(papers[a], papers[b], limits):
            apart.add(frozenset((a, b)))
    return pairs, apart


def _by_doi(connection: Connection, known: _Likenesses) -> Iterator[Pair]:
    rows = connection.execute(store.queries("compare")["same_doi"]).fetchall()
    doi = {(a, b): key for a, b, key in rows}
    for (a, b), like in known.of(list(doi)):
        yield Pair(a, b, "doi", like, f"same DOI {doi[a, b]}")


def _write(connection: Connection, members: Members) -> None:
    rows = []
    for name, (leader, pair) in members.items():
        if pair is None:
            rows.append((name, leader, "leader", None, None, None, None))
            continue
        like = pair.likeness
        other = pair.second if name == pair.first else pair.first
        numbers = (round(like.similarity, DIGITS), round(like.containment, DIGITS)) if like else (None, None)
        rows.append((name, leader, pair.kind, other, *numbers, pair.evidence))
    connection.execute("DELETE FROM document_group")
    store.insert(connection, "document_group", GROUP, rows)
    connection.execute(store.queries("compare")["lead"])


class _Likenesses:
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
        store.insert(self._connection, "likeness", LIKENESS, rows)
        self._new = []

    def _key(self, a: str, b: str) -> Names:
        first, second = sorted((self._hash[a], self._hash[b]))
        return first, second

    def _measure(self, unknown: Mapping[Names, Names]) -> None:
        wanted = sorted({name for pair in unknown.values() for name in pair})
        rows: Any = ()
        if wanted:
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
