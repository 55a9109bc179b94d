"""Every fit there was, and what became of the topics: models/lineage.jsonl, a line each, and two tables.

The file is only added to. Either remembers for the other; only where both are gone do ids begin anew.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, astuple, dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from pipeline import store
from pipeline.config import Config
from pipeline.durable import dumps, loads, sync_folder, to_disk
from pipeline.progress import Tell
from pipeline.store import Connection
from pipeline.topics.embedding import name_of, unpack
from pipeline.topics.identity import TopicEvent, TopicSet
from pipeline.topics.vectors import centroids_of

FIT = ("fit_id", "parent_id", "number", "at", "why", "passages", "topics")
EVENT = ("fit_id", "topic_id", "kind", "other_id", "similarity", "passages", "shared")


@dataclass(frozen=True, slots=True)
class Chapter:
    """A fit: the one before it, its number, what the archive held (`at`, its latest capture), and why it was.

    `next_number` is the first number that no topic's id has had so far.
    """

    fit_id: str
    parent: str | None
    number: int
    at: str | None
    why: str
    passages: int
    topics: int
    next_number: int
    events: tuple[TopicEvent, ...]


def read(models: Path, warn: Callable[[str], None]) -> list[Chapter]:
    """The chapters, oldest first. A damaged line is told and passed over, a torn end in silence."""
    file = _file(models)
    if not file.exists():
        return []
    lines = file.read_bytes().split(b"\n")
    chapters = []
    for number, line in enumerate(lines, 1):
        try:
            if line:
                chapters.append(_chapter(line if number == len(lines) else line + b"\n"))
        except (ValueError, TypeError, KeyError):
            if number < len(lines):  # the last one is an append that was cut short
                warn(f"{file}: line {number} is damaged and passed over; restore the file from a copy")
    return chapters


def append(models: Path, chapter: Chapter) -> None:
    """Add a chapter, on disk before this returns. An end that a killed run has torn is cut off first."""
    file = _file(models)
    if file.exists():
        whole = file.read_bytes().rfind(b"\n") + 1
        os.truncate(file, whole)
    _write(file, [chapter], "ab")


def rewrite(models: Path, chapters: Sequence[Chapter]) -> None:
    """Write the file anew, from what another place remembers of it."""
    _write(_file(models), chapters, "wb")


def _write(file: Path, chapters: Sequence[Chapter], mode: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open(mode) as stream:
        stream.write(b"".join(dumps(asdict(chapter)) + b"\n" for chapter in chapters))
        stream.flush()
        to_disk(stream.fileno())
    sync_folder(file.parent)


def _chapter(line: bytes) -> Chapter:
    told = loads(line)
    events = tuple(TopicEvent(**event) for event in told.pop("events"))
    return Chapter(**told, events=events)


def _file(models: Path) -> Path:
    return models / "lineage.jsonl"


def chapters(connection: Connection, config: Config, tell: Tell) -> list[Chapter]:
    """All fits, oldest first."""
    found = read(config.models, tell.warn)
    if not found and (found := _remembered(connection)):
        rewrite(config.models, found)
    return found


def show(connection: Connection, found: Sequence[Chapter]) -> None:
    """Write the tables `topic_fit` and `topic_lineage`, unless they tell this history already."""
    if store.value(connection, store.queries("fit")["last_told"]) == found[-1].fit_id:
        return
    connection.execute("DELETE FROM topic_fit")
    connection.execute("DELETE FROM topic_lineage")
    fits = [(c.fit_id, c.parent, c.number, c.at, c.why, c.passages, c.topics) for c in found]
    store.insert(connection, "topic_fit", FIT, fits)
    events = [(c.fit_id, *astuple(event)) for c in found for event in c.events]
    store.insert(connection, "topic_lineage", EVENT, events)


def earlier(connection: Connection, config: Config) -> tuple[list[str], TopicSet] | None:
    """The ids and topics of the last fit as the database remembers them; None where it has none."""
    named = store.queries("fit")
    topics = connection.execute(named["remembered_topics"]).fetchall()
    found = connection.execute(named["remembered_passages"]).fetchnumpy()
    if not topics or not len(found["topic_id"]):
        return None
    ids = [name for name, _ in topics]
    number = {name: at for at, name in enumerate(ids)}
    labels = np.array([number[str(name)] for name in found["topic_id"]], dtype=np.int64)
    vectors = unpack(found["vector"])
    # One more row keeps the last topic's place, should none of its passages be left.
    middles = centroids_of(np.vstack([vectors, vectors[:1] * 0]), np.append(labels, len(ids) - 1))
    terms = [list(terms) for _, terms in topics]
    return ids, TopicSet(name_of(config), middles, terms, [str(t) for t in found["text_hash"]], labels)


def _remembered(connection: Connection) -> list[Chapter]:
    named = store.queries("fit")
    fits = connection.execute(named["remembered_fits"]).fetchall()
    rows = connection.execute(named["remembered_events"]).fetchall()
    events = {
        fit_id: tuple(TopicEvent(*event) for _, *event in group)
        for fit_id, group in groupby(rows, key=lambda row: row[0])
    }
    found, highest = [], -1
    for fit_id, parent, number, at, why, passages, topics in fits:
        own = events.get(fit_id, ())
        highest = max([highest, *(int(event.topic_id[1:]) for event in own)])
        found.append(Chapter(fit_id, parent, number, at, why, passages, topics, highest + 1, own))
    return found
