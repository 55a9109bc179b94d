"""capture, reading, document, document_version -> sketch, sketched, likeness, document_group, document,
version_change: copies of one publication, changes of a page.

Sketches and likenesses of texts are kept; only new texts are sketched and only new pairs measured. The
groups follow from all of them anew, so that growing step by step ends where comparing at once does. Of
a page and its file, the page leads, with the file's text.

When: fingerprint: documents, settings under `[duplicates]`, rules. Only new texts are sketched and only new
pairs measured; the groups are made again from all of them (docs/decisions/0015).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace

from pipeline import store
from pipeline.config import Config
from pipeline.copying import measured_pairs, sketches, versions
from pipeline.copying.attachments import Attachment, Linked, attach
from pipeline.copying.copies import (
    Members,
    Pair,
    Paper,
    group,
    is_rehosted,
    judge,
    promising,
    repeated,
    said_again,
    template,
)
from pipeline.copying.measured_pairs import MeasuredPairs, Names
from pipeline.fingerprints import rules
from pipeline.progress import Tell
from pipeline.readers.folds import identifiers
from pipeline.records import short_id
from pipeline.store import Connection

GROUP = ("document_id", "leader_id", "kind", "copy_of", "similarity", "containment", "evidence")
CHANGE = ("document_id", "before", "after", "words_added", "words_removed", "diff", "notice", "rule")
DIGITS = 4


def run(connection: Connection, config: Config, tell: Tell) -> int:
    """Compare what is new. Returns how many documents are in groups, and versions described."""
    named = store.queries("compare")
    described = _describe_changes(connection)
    fingerprint = short_id(
        str(store.value(connection, named["state"])),
        json.dumps(asdict(config.duplicates), sort_keys=True),
        rules(__name__),
    )
    if store.unchanged(connection, "group", fingerprint):
        return described
    attached = _attached_files(connection)
    rule = rules(sketches.__name__, measured_pairs.__name__)
    sketches.renew(connection, config, rule, tell)
    papers = _papers(connection, attached, config.duplicates.rehosts)
    known = MeasuredPairs(connection, rule)
    pairs, apart = _verdicts(connection, config, papers, known, {pair.file: pair.page for pair in attached})
    numbers = _numbers(connection)

    def are_two(a: str, b: str) -> bool:
        if not numbers[a].isdisjoint(numbers[b]):
            return False
        first, second = papers[a], papers[b]
        if frozenset((a, b)) in apart or repeated(first, second, config.duplicates):
            return True
        # What is a part of a longer text may come again with it; what is whole, and nothing else, may not.
        words = max(first.words, second.words)
        again = (
            said_again(first, second, words, config.duplicates) and first.access == second.access == "full"
        )
        return again and known.same_text(a, b)

    members = group(
        _with_files(papers, attached),
        [*_by_number(numbers, known), *map(_file_pair, attached), *pairs],
        are_two,
    )
    known.keep()
    for pair in attached:
        if pair.takes_text:
            connection.execute(named["take_text"], [pair.page, pair.file])
    _write(connection, members)
    store.mark(connection, "group", fingerprint)
    return described + len(members)


def _describe_changes(connection: Connection) -> int:
    named = store.queries("compare")
    rule = rules(versions.__name__)
    connection.execute(named["drop_stale_changes"], [rule])
    rows = []
    for document_id, before, after, old, new in connection.execute(named["undescribed"]).fetchall():
        change = versions.describe(old, new)
        rows.append((document_id, before, after, *asdict(change).values(), rule))
    return store.insert(connection, "version_change", CHANGE, rows)


def _attached_files(connection: Connection) -> list[Attachment]:
    named = store.queries("compare")
    connection.execute(named["forget_files"])
    connection.execute(named["forget_groups"])
    return attach(Linked(*row) for row in connection.execute(named["linked_files"]).fetchall())


def _file_pair(pair: Attachment) -> Pair:
    return Pair(pair.page, pair.file, "file", pair.likeness, pair.evidence)


def _papers(connection: Connection, attached: list[Attachment], rehosts: tuple[str, ...]) -> dict[str, Paper]:
    """All documents, each with its own text; a file is judged by the title and the date of its page."""
    rows = connection.execute(store.queries("compare")["papers"]).fetchall()
    papers = {row[0]: replace(Paper(*row), rehosted=is_rehosted(row[2], rehosts)) for row in rows}
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
    known: MeasuredPairs,
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


def _numbers(connection: Connection) -> dict[str, frozenset[str]]:
    """The numbers under which each document is known. A notice may bear that of what it is about."""
    rows = connection.execute(store.queries("compare")["identified"]).fetchall()
    return {
        name: frozenset(
            f"{'notice, ' if is_notice else ''}{number}" for number in identifiers(url, doi, pmid, pmcid)
        )
        for name, url, doi, pmid, pmcid, is_notice in rows
    }


def _by_number(numbers: Mapping[str, frozenset[str]], known: MeasuredPairs) -> Iterator[Pair]:
    """Each document with the first of those that bear one of its numbers."""
    first: dict[str, str] = {}
    found: dict[Names, str] = {}
    for name, own in sorted(numbers.items()):
        for number in sorted(own):
            other = first.setdefault(number, name)
            if other != name:
                found.setdefault((name, other), number)
    for (a, b), like in known.of(list(found)):
        number = found[a, b].removeprefix("notice, ")
        yield Pair(a, b, "doi" if number.startswith("DOI") else "identifier", like, f"same {number}")


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
