"""document, passage, passage_theme, passage_topic -> theme_trend, topic_trend."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from pipeline import store
from pipeline.config import Config
from pipeline.prevalence import PERIODS, Bootstrap, Documents, Floats, trend
from pipeline.progress import Tell
from pipeline.records import short_id
from pipeline.stages import rules
from pipeline.store import Connection

MEASURES = ("share", "mention")
COLUMNS = (
    "measure", "period", "period_start", "source", "estimate", "prevalence", "lower", "upper",
    "documents", "passages", "thin",
)  # fmt: skip
DIGITS = 6


def run(connection: Connection, config: Config, tell: Tell) -> int:
    """Measure all trends anew, unless nothing they rest on has changed. Returns rows."""
    named = store.queries("trend")
    states = [str(store.value(connection, named[f"{name}_state"])) for name in ("document", "theme", "topic")]
    settings = json.dumps(asdict(config.trend), sort_keys=True)
    fingerprint = short_id(*states, settings, rules("stages/trend.py", "prevalence.py"))
    if fingerprint == store.value(connection, "SELECT fingerprint FROM stage_run WHERE stage = 'trend'"):
        return 0
    documents = _documents(connection, config)
    count = 0
    for table, key, series_query, hits_query in (
        ("theme_trend", "theme", "themes", "theme_hits"),
        ("topic_trend", "topic_id", "topics", "topic_hits"),
    ):
        connection.execute(f"DELETE FROM {table}")
        series = [name for (name,) in connection.execute(named[series_query]).fetchall()]
        hits = connection.execute(named[hits_query]).fetchall()
        if documents and series:
            rows = _rows(documents, series, hits, config, tell)
            count += store.insert(connection, table, (key, *COLUMNS), rows)
    connection.execute(named["mark"], [fingerprint])
    return count


def _documents(connection: Connection, config: Config) -> list[tuple[Any, ...]]:
    """(document_id, source, published, precision, passages) of the documents that trends count."""
    return connection.execute(store.queries("trend")["documents"], [list(config.trend.access)]).fetchall()


def _rows(
    documents: Sequence[tuple[Any, ...]],
    series: list[str],
    hits: Sequence[tuple[str, str, int]],
    config: Config,
    tell: Tell,
) -> list[tuple[Any, ...]]:
    ids, sources, published, precision, passages = zip(*documents, strict=True)
    size = np.array(passages, dtype=np.float64)
    share = _shares(ids, series, hits, size)
    # Both measures ride on the same resamples: 2k series at once.
    data = Documents(sources, published, precision, size, np.hstack([share, (share > 0).astype(float)]))
    settings = config.trend
    bootstrap = Bootstrap(settings.resamples, settings.seed, settings.level)
    rows = []
    for step, period in enumerate(PERIODS):
        for point in trend(data, period, bootstrap):
            for k, (measure, name) in enumerate((m, s) for m in MEASURES for s in series):
                numbers = (
                    point.prevalence[k],
                    point.lower[k],
                    point.upper[k],
                    point.documents,
                    point.passages,
                )
                rounded = (round(float(x), DIGITS) for x in numbers)
                thin = point.documents < settings.floor
                rows.append((name, measure, period, point.start, point.source, "crude", *rounded, thin))
        tell.steps(step + 1, len(PERIODS))
    return rows


def _shares(
    ids: Sequence[str], series: list[str], hits: Sequence[tuple[str, str, int]], size: Floats
) -> Floats:
    """(documents, series): the share of each document's passages that carry each series."""
    row = {name: at for at, name in enumerate(ids)}
    column = {name: at for at, name in enumerate(series)}
    counts = np.zeros((len(ids), len(series)))
    for document, name, number in hits:
        if document in row:
            counts[row[document], column[name]] = number
    return np.asarray(counts / size[:, None])
