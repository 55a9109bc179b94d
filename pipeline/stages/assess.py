"""passage_topic, passage_theme, passage, embeddings, document, scope, theme, theme_model, theme_weight,
theme_coder, codebook.toml -> fit_stability, topic_stability, theme_stability, topic.

How reproducible are topics and themes? Topics are compared with those of refits, after each fit. Themes are
measured without a source, and with a phrase of the codebook dropped, whenever a coding has changed.

When: topics: after a refit, on what the fit found of neighbours (`working/neighbourhoods/`). Themes:
fingerprint: documents, codings, codebook, rules.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict

import numpy as np

from pipeline import store, workers
from pipeline.config import Config
from pipeline.fingerprints import rules
from pipeline.progress import Tell
from pipeline.records import short_id
from pipeline.stages.embed import attach
from pipeline.store import Connection
from pipeline.themes import sensitivity
from pipeline.topics.embedding import unpack
from pipeline.topics.identity import Floats
from pipeline.topics.neighbourhoods import kept
from pipeline.topics.stability import Fitted, Refit, planned, refits

RUN = ("perturbation", "left_out", "run", "passages", "topics", "rand_index")
TOPIC = ("topic_id", "perturbation", "runs", "similarity", "lowest")
DIGITS = 6
MOST = 0.75
"""Where so many topics are not stable, the corpus hardly holds any."""


def run(connection: Connection, config: Config, tell: Tell) -> int:
    """Measure what has changed since the last time. Returns rows."""
    attach(connection, config)
    return _topics(connection, config, tell) + sensitivity.themes(connection, config)


def _topics(connection: Connection, config: Config, tell: Tell) -> int:
    named = store.queries("assess")
    fit_id = store.value(connection, named["fit"])
    settings = json.dumps(asdict(config.topics))
    fingerprint = short_id(str(fit_id), settings, rules(__name__, without=(sensitivity.__name__,)))
    if store.unchanged(connection, "topic_stability", fingerprint):
        return 0
    connection.execute("DELETE FROM fit_stability")
    connection.execute("DELETE FROM topic_stability")
    count = _compare(connection, config, str(fit_id), tell) if fit_id else 0
    connection.execute(named["judge_topics"], [config.topics.stable])
    unstable, judged = connection.execute(named["judged"]).fetchall()[0]
    if judged and unstable >= MOST * judged:
        tell.warn(f"{unstable} of {judged} topics are not stable: refits find others. Don't build on them")
    store.mark(connection, "topic_stability", fingerprint)
    return count


def _compare(connection: Connection, config: Config, fit_id: str, tell: Tell) -> int:
    named = store.queries("assess")
    found = connection.execute(named["fitted"]).fetchnumpy()
    names = [name for (name,) in connection.execute(named["topics"]).fetchall()]
    number = {name: at for at, name in enumerate(names)}
    labels = np.array([number[str(name)] for name in found["topic_id"]], dtype=np.int64)
    texts, documents, sources = ([str(x) for x in found[key]] for key in ("text", "document_id", "source"))
    fitted = Fitted(texts, unpack(found["vector"]), labels, documents, sources)
    around = kept(config.working / "neighbourhoods", fit_id, len(texts))
    total, done = planned(sources, config.topics), []
    for refit in refits(fitted, config.topics, around):
        done.append(refit)
        tell.steps(len(done), total)
    workers.close()
    runs = [
        (r.perturbation, r.left_out, r.run, r.passages, r.topics, round(r.rand_index, DIGITS)) for r in done
    ]
    count = store.insert(connection, "fit_stability", RUN, runs)
    return count + store.insert(connection, "topic_stability", TOPIC, _by_topic(names, done))


def _by_topic(names: list[str], done: list[Refit]) -> list[tuple[str, str, int, float, float]]:
    """Mean and lowest similarity of each topic over the refits of a kind in which it could be found."""
    by_kind: dict[str, list[Floats]] = defaultdict(list)
    for refit in done:
        by_kind[refit.perturbation].append(refit.similarity)
    rows = []
    for kind, similarities in by_kind.items():
        for name, values in zip(names, np.array(similarities).T, strict=True):
            there = values[~np.isnan(values)]
            if len(there):
                mean, lowest = round(float(there.mean()), DIGITS), round(float(there.min()), DIGITS)
                rows.append((name, kind, len(there), mean, lowest))
    return rows
