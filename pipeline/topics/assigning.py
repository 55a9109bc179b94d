"""passage, embeddings, the last fit -> topic, passage_topic: passages that have come or gone since.

Part of the stage `fit`. A passage that was fitted keeps its topic exactly. A database that was emptied
gets the fit back from its model.
"""

from __future__ import annotations

import numpy as np

from pipeline import store
from pipeline.settings import Topics
from pipeline.store import Connection
from pipeline.topics.drift import Drift
from pipeline.topics.embedding import unpack
from pipeline.topics.new_subjects import Together, new_subject
from pipeline.topics.saved_fits import Fit
from pipeline.topics.space import Space, assign

COLUMNS = ("passage_id", "topic_id", "probability", "text_hash", "method", "likeness")


def bring_up(
    connection: Connection, fit: Fit, space: Space, fit_id: str, settings: Topics, asked: set[str]
) -> tuple[set[str], Drift]:
    """Assign what is new and drop what is gone. Returns the passages assigned, and all drift.

    Those that were `asked` about before, whether they show a new subject, are not asked about again: they
    come once more where the database was emptied.
    """
    named = store.queries("fit")
    if store.value(connection, named["fit_in_use"]) != fit_id:
        write(connection, fit, fit_id)
    connection.execute(named["drop_gone"])
    arrived = _place_new(connection, fit, space)
    connection.execute(named["count_passages"])
    kept, new, strangers = connection.execute(named["placed"], [space.familiar]).fetchall()[0]
    fresh = arrived - asked
    clumped = _clumped(connection, fit, space, fresh, settings.refit_share) if fresh else []
    drift = Drift(len(fit.passages), kept, new, strangers, len(clumped), len(set(clumped)))
    return arrived, drift


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


def _place_new(connection: Connection, fit: Fit, space: Space) -> set[str]:
    """Assign what is new. Returns its passages."""
    found = connection.execute(store.queries("fit")["unplaced"]).fetchnumpy()
    if not len(found["passage_id"]):
        return set()
    texts, vectors = [str(text) for text in found["text"]], unpack(found["vector"])
    placed = assign(texts, vectors, space, fit.topics.labels, fit.topics.centroids)
    topics = np.array(fit.ids, dtype=object)[placed.labels]
    numbers = np.round(placed.probability, 6).tolist(), np.round(placed.likeness, 6).tolist()
    passages = zip(found["passage_id"], topics, found["text_hash"], *numbers, strict=True)
    rows = [
        (str(p), topic, weight, str(text), "neighbours", like) for p, topic, text, weight, like in passages
    ]
    store.insert(connection, "passage_topic", COLUMNS, rows)
    return {row[0] for row in rows}


def _clumped(
    connection: Connection, fit: Fit, space: Space, arrived: set[str], refit_share: float
) -> list[str]:
    """The documents of the passages of a clump that what has arrived shows, one for each passage."""
    named = store.queries("fit")
    own = dict(connection.execute(named["fitted_documents"]).fetchall())
    there = np.array([passage in own for passage in fit.passages])
    new = connection.execute(named["joined"]).fetchnumpy()
    names = [str(passage) for passage in new["passage_id"]]
    documents = [own[passage] for passage in fit.passages if passage in own]
    documents += [str(document) for document in new["document_id"]]
    number = {topic: at for at, topic in enumerate(fit.ids)}
    labels = np.array([number[str(topic)] for topic in new["topic_id"]], dtype=np.int64)
    places = space.features.place([str(text) for text in new["text"]], unpack(new["vector"]))
    together = Together(
        np.vstack([space.places[there].astype(np.float32), places]),
        np.concatenate([fit.topics.labels[there], labels]),
        np.unique(documents, return_inverse=True)[1].astype(np.int64),
        np.arange(len(documents)) >= there.sum(),
        np.concatenate([space.likeness[there], new["likeness"]]),
    )
    fresh = np.array([False] * int(there.sum()) + [name in arrived for name in names])
    return [documents[at] for at in new_subject(together, fresh, refit_share * len(fit.passages)).tolist()]
