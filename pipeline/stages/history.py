"""The fits there were: from models/lineage.jsonl, or, where that is lost, from the working database.

Part of the stage `fit`. Either remembers for the other; only where both are gone do ids begin anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from itertools import groupby

import numpy as np

from pipeline import store
from pipeline.config import Config
from pipeline.embedding import name_of, unpack
from pipeline.progress import Tell
from pipeline.store import Connection
from pipeline.topics import lineage
from pipeline.topics.identity import Event, TopicSet
from pipeline.topics.lineage import Chapter
from pipeline.topics.vectors import centroids_of

FIT = ("fit_id", "parent_id", "number", "at", "why", "passages", "topics")
EVENT = ("fit_id", "topic_id", "kind", "other_id", "similarity", "passages", "shared")


def chapters(connection: Connection, config: Config, tell: Tell) -> list[Chapter]:
    """All fits, oldest first."""
    found = lineage.read(config.models, tell.warn)
    if not found and (found := _remembered(connection)):
        lineage.rewrite(config.models, found)
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
        fit_id: tuple(Event(*event) for _, *event in group)
        for fit_id, group in groupby(rows, key=lambda row: row[0])
    }
    found, highest = [], -1
    for fit_id, parent, number, at, why, passages, topics in fits:
        own = events.get(fit_id, ())
        highest = max([highest, *(int(event.topic_id[1:]) for event in own)])
        found.append(Chapter(fit_id, parent, number, at, why, passages, topics, highest + 1, own))
    return found
