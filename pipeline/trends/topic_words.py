"""document, passage, passage_topic -> topic_term: the words of each topic in each period. Part of `trend`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from pipeline import store
from pipeline.config import Config
from pipeline.errors import ConfigError
from pipeline.fingerprints import rules
from pipeline.records import short_id
from pipeline.store import Connection, Rows
from pipeline.topics.over_time import Cells, over_time, top_terms, whole
from pipeline.trends.prevalence import PERIODS, allot
from pipeline.trends.series import dated

COLUMNS = ("topic_id", "period", "period_start", "terms", "weights", "passages")
DIGITS = 6
SPARE = 4
"""So many times the terms that are told are looked at, since some repeat a word of others."""


def run(connection: Connection, config: Config, documents: Rows) -> int:
    """Tell the topics' words anew, unless nothing they rest on has changed. Returns rows.

    Raises ConfigError where `[trend] words` is no period.
    """
    if config.trend.words not in PERIODS:
        raise ConfigError(
            f"{config.file} [trend] words: {config.trend.words!r} is not one of {', '.join(PERIODS)}"
        )
    named = store.queries("words")
    state = str(store.value(connection, named["topic_state"]))
    settings = json.dumps(
        [config.trend.words, config.topics.terms, config.topics.stop_words, documents], default=str
    )
    fingerprint = short_id(state, settings, rules(__name__))
    if store.unchanged(connection, "words", fingerprint):
        return 0
    connection.execute("DELETE FROM topic_term")
    rows = _rows(connection, config, documents)
    store.mark(connection, "words", fingerprint)
    return store.insert(connection, "topic_term", COLUMNS, rows)


def _rows(connection: Connection, config: Config, documents: Rows) -> Rows:
    from scipy import sparse

    from pipeline.topics.word_counts import word_counts

    named = store.queries("words")
    passages = connection.execute(named["passages"]).fetchnumpy()
    if not documents or not len(passages["topic_id"]):
        return []
    counted_by = rules("pipeline.topics.word_counts")
    fit = short_id(str(store.value(connection, named["fit"])), repr(config.topics.stop_words), counted_by)
    hashes = [name for (name,) in connection.execute(named["texts"]).fetchall()]

    def texts(of: Sequence[str]) -> Sequence[tuple[str, str]]:
        return connection.execute(named["new_texts"], [list(of)]).fetchall()

    counts = word_counts(config.working / "words", fit, hashes, texts, config.topics)
    names, topics = np.unique(passages["topic_id"].astype(np.str_), return_inverse=True)
    own = counts.matrix[counts.rows(passages["text_hash"].astype(np.str_))]
    allotted = list(allot(dated(documents), config.trend.words))
    place = {name: at for at, (name, *_) in enumerate(documents)}
    of = np.array([place.get(name, -1) for name in passages["document_id"].tolist()])
    in_time = np.flatnonzero(of >= 0)
    periods = sparse.csc_matrix(
        (
            np.concatenate([weights for _, _, weights in allotted]),
            np.concatenate([members for _, members, _ in allotted]),
            np.cumsum([0, *(len(members) for _, members, _ in allotted)]),
        ),
        shape=(len(documents), len(allotted)),
    )
    there = periods.tocsr()[of[in_time]].tocoo()
    at = in_time[there.row]
    fitted = whole(own, topics)
    cells = over_time(own[at], topics[at], there.col.astype(np.int64), there.data, fitted)
    found = top_terms(cells, fitted, SPARE * config.topics.terms)
    return _told(cells, found, names, [start for start, *_ in allotted], counts.terms, config)


def _told(
    cells: Cells, found: Iterator[Any], names: Any, starts: Sequence[Any], terms: Any, config: Config
) -> Rows:
    from pipeline.topics.model import distinct

    number, rows = config.topics.terms, []
    for topic, period, passages, (places, weights) in zip(
        cells.topic, cells.period, cells.passages, found, strict=True
    ):
        weighted = zip(terms[places].tolist(), weights.round(DIGITS).tolist(), strict=True)
        chosen = distinct(weighted, number)
        words, own = ([list(x) for x in zip(*chosen, strict=True)]) if chosen else ([], [])
        at = str(names[topic]), config.trend.words, starts[period]
        rows.append((*at, words, own, round(float(passages), DIGITS)))
    return rows
