"""passage, embeddings, the last fit -> topic, passage_topic: passages that have come or gone since.

Part of the stage `fit`. A passage that was fitted keeps its topic exactly. A database that was emptied
gets the fit back from its model.
"""

from __future__ import annotations

import numpy as np

from pipeline import store
from pipeline.embedding import unpack
from pipeline.store import Connection
from pipeline.topics.assign import Space, assign
from pipeline.topics.drift import Drift
from pipeline.topics.saved import Fit

COLUMNS = ("passage_id", "topic_id", "probability", "text_hash", "method", "likeness")


def bring_up(connection: Connection, fit: Fit, space: Space, fit_id: str) -> tuple[int, Drift]:
    """Assign what is new and drop what is gone. Returns the passages assigned, and all drift."""
    named = store.queries("fit")
    if store.value(connection, named["fit_in_use"]) != fit_id:
        write(connection, fit, fit_id)
    connection.execute(named["drop_gone"])
    count = _place_new(connection, fit, space)
    connection.execute(named["count_passages"])
    kept, new, strangers = connection.execute(named["placed"], [space.familiar]).fetchall()[0]
    return count, Drift(len(fit.passages), kept, new, strangers)


def write(connection: Connection, fit: Fit, fit_id: str) -> None:
    """The topics and passages of a fit, in place of whatever was there."""
    connection.execute("DELETE FROM topic")
    connection.execute("DELETE FROM passage_topic")
    columns = (*fit.rows[0], "fit_id")
    store.insert(connection, "topic", columns, [(*row.values(), fit_id) for row in fit.rows])
    topics, labels = fit.ids, fit.topics.labels.tolist()
    known = zip(fit.passages, labels, fit.probability.tolist(), fit.topics.texts, strict=True)
    rows = [(p, topics[k], round(w, 6), text, "fit", None) for p, k, w, text in known]
    store.insert(connection, "passage_topic", COLUMNS, rows)


def _place_new(connection: Connection, fit: Fit, space: Space) -> int:
    found = connection.execute(store.queries("fit")["unplaced"]).fetchnumpy()
    if not len(found["passage_id"]):
        return 0
    texts, vectors = [str(text) for text in found["text"]], unpack(found["vector"])
    placed = assign(texts, vectors, space, fit.topics.labels, fit.topics.centroids)
    topics = np.array(fit.ids, dtype=object)[placed.labels]
    numbers = np.round(placed.probability, 6).tolist(), np.round(placed.likeness, 6).tolist()
    passages = zip(found["passage_id"], topics, found["text_hash"], *numbers, strict=True)
    rows = [
        (str(p), topic, weight, str(text), "neighbours", like) for p, topic, text, weight, like in passages
    ]
    return store.insert(connection, "passage_topic", COLUMNS, rows)
