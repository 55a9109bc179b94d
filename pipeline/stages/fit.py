"""passage, embeddings -> topic, passage_topic, and a model in models/<fit id>/.

Every passage belongs to a topic, and the same passages give the same topics (docs/decisions/0003).
"""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np

from pipeline import store
from pipeline.config import Config
from pipeline.embedding import name_of
from pipeline.progress import Tell
from pipeline.records import short_id
from pipeline.stages import rules
from pipeline.stages.embed import vectors_of
from pipeline.store import Connection
from pipeline.topics.model import fit_model, topic_names
from pipeline.topics.saved import save
from pipeline.topics.vectors import Labels, membership

TOPIC_FILES = tuple(
    f"topics/{name}.py"
    for name in ("clusters", "ensemble", "features", "model", "neighbours", "vectors", "words")
)


def run(connection: Connection, config: Config, tell: Tell) -> int:
    """Fit topics on all passages, unless nothing has changed since the last fit. Returns topics."""
    named = store.queries("fit")
    state = store.value(connection, named["passage_state"])
    settings = json.dumps(asdict(config.topics), sort_keys=True)
    fit_id = short_id(str(state), name_of(config), settings, rules("stages/fit.py", *TOPIC_FILES))
    if fit_id == store.value(connection, "SELECT fingerprint FROM stage_run WHERE stage = 'fit'"):
        return 0
    ids, vectors = vectors_of(connection, config)
    texts = [text for (text,) in connection.execute(named["texts"]).fetchall()]
    connection.execute("DELETE FROM topic")
    connection.execute("DELETE FROM passage_topic")
    if len(ids) < 2 * config.topics.min_passages:
        tell.warn(
            f"{len(ids)} passages are too few to find topics in (at least {2 * config.topics.min_passages})"
        )
        return 0
    model = fit_model(texts, vectors, config.topics)
    labels: Labels = np.asarray(model.topics_, dtype=np.int64)
    if labels.max() == 0 and config.topics.count != 1:
        tell.warn("topics: fits of parts of the passages don't agree, so all are one topic")
    names = topic_names(model, config.topics.terms)
    save(model, config, fit_id, {"passages": len(ids), "found": len(names)})
    sizes = np.bincount(labels, minlength=len(names))
    topics = [
        (_topic_id(k), ", ".join(terms[:4]), terms, int(sizes[k]), fit_id) for k, terms in enumerate(names)
    ]
    store.insert(connection, "topic", ("topic_id", "label", "terms", "passages", "fit_id"), topics)
    weights = membership(vectors, labels)
    rows = [(p, _topic_id(int(k)), round(float(w), 6)) for p, k, w in zip(ids, labels, weights, strict=True)]
    store.insert(connection, "passage_topic", ("passage_id", "topic_id", "probability"), rows)
    connection.execute(named["mark"], [fit_id])
    return len(topics)


def _topic_id(number: int) -> str:
    return f"t{number:03d}"
