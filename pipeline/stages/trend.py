"""document, document_version, scope, passage, passage_theme, passage_topic, theme, topic, code_sample,
human_code -> theme_trend, topic_trend, trend_change, mix, correction, topic_term.

When: fingerprint: documents, codings, topics, human codes, settings under `[trend]`, rules; the words of
topics have a fingerprint of their own. A passage's words are counted once per fit of topics, in
`working/words/`.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import cast

import numpy as np

from pipeline import store
from pipeline.config import Config
from pipeline.fingerprints import rules
from pipeline.progress import Tell
from pipeline.records import short_id
from pipeline.store import Connection, Rows
from pipeline.trends import topic_words
from pipeline.trends.corrections import COLUMNS as CORRECTION_COLUMNS
from pipeline.trends.corrections import Corrections, corrections
from pipeline.trends.human_codes import human_codes
from pipeline.trends.mix import Mix, SplitChange, change, standardised
from pipeline.trends.prevalence import PERIODS, Documents, Points, cells, measure
from pipeline.trends.resampling import Bootstrap, Floats
from pipeline.trends.series import counted, mix_of, side_by_side, states

COLUMNS = (
    "measure", "period", "period_start", "source", "estimate", "prevalence", "lower", "upper",
    "documents", "passages", "thin", "coverage", "design_effect",
)  # fmt: skip
CHANGE_COLUMNS = (
    "measure", "period", "period_start", "previous_start", "change", "change_lower", "change_upper",
    "mix", "mix_lower", "mix_upper", "within", "within_lower", "within_upper", "documents",
    "previous_documents", "thin",
)  # fmt: skip
TABLES = {"theme": ("theme_trend", "theme"), "topic": ("topic_trend", "topic_id")}
"""By kind: the table, and its column that names a series."""
DIGITS = 6
Name = tuple[str, str, str]
"""(kind, measure, series)."""


def run(connection: Connection, config: Config, tell: Tell) -> int:
    """Measure all trends anew, unless nothing they rest on has changed. Returns rows.

    Raises ConfigError where the weights in config.toml make no mix of sources.
    """
    named = store.queries("trend")
    words = config.topics.terms, config.topics.stop_words
    settings = json.dumps([asdict(config.trend), *words], sort_keys=True)
    labelled = str(store.value(connection, named["label_state"]))
    fingerprint = short_id(*states(connection), labelled, settings, rules(__name__))
    if store.unchanged(connection, "trend", fingerprint):
        return 0
    documents = counted(connection, config)
    if not documents:
        _tell_why_none(connection, config, tell)
    count = topic_words.run(connection, config, documents)
    mix = mix_of([source for _, source, *_ in documents], config)
    for table in ("mix", "trend_change", "correction", *(table for table, _ in TABLES.values())):
        connection.execute(f"DELETE FROM {table}")
    store.insert(connection, "mix", ("source", "weight"), list(mix.items()))
    data, names = side_by_side(connection, documents)
    if names:
        by_hand = _by_hand(connection, documents, data, names, config)
        rows, changes = _rows(data, names, mix, by_hand, config, tell)
        for kind, (table, key) in TABLES.items():
            count += store.insert(connection, table, (key, *COLUMNS), rows[kind])
            count += store.insert(connection, "trend_change", (key, *CHANGE_COLUMNS), changes[kind])
    store.mark(connection, "trend", fingerprint)
    return count


def _tell_why_none(connection: Connection, config: Config, tell: Tell) -> None:
    """Warn that there are no trends, where there are documents all the same."""
    query = store.queries("trend")["left_out"]
    ((number, undated, partial),) = connection.execute(query, [list(config.trend.access)]).fetchall()
    if number:
        tell.warn(
            f"no trend can be measured: of {number} documents in scope {undated} have no date, and of "
            f"{partial} there is too little text ([trend] access)"
        )


def _by_hand(
    connection: Connection, documents: Rows, data: Documents, names: list[Name], config: Config
) -> Corrections:
    """The themes' corrections, written to their table."""
    codes = human_codes(connection, [name for name, *_ in documents])
    themes = [(measured_by, name) for kind, measured_by, name in names if kind == "theme"]
    found = corrections(data, themes, codes, config.trend)
    store.insert(connection, "correction", CORRECTION_COLUMNS, found.rows)
    return found


def _rows(
    data: Documents, names: list[Name], mix: Mix, by_hand: Corrections, config: Config, tell: Tell
) -> tuple[dict[str, Rows], dict[str, Rows]]:
    """By kind, theme or topic: the rows of all points, and those of the changes between them."""
    settings = config.trend
    bootstrap = Bootstrap(settings.resamples, settings.seed, settings.level)
    rows: dict[str, Rows] = {kind: [] for kind in TABLES}
    changes: dict[str, Rows] = {kind: [] for kind in TABLES}
    for step, period in enumerate(PERIODS):
        before = None
        for cell in cells(data, period):
            found = measure(data, cell, bootstrap)
            fixed = standardised(found, mix, bootstrap)
            for point in (*found.points, *([fixed] if fixed else [])):
                _add_point(rows, point, names, config)
            for name, point in by_hand.points(data, cell, found, bootstrap):
                _add_point(rows, point, [("theme", *name)], config)
            if before is not None:
                _add_change(changes, change(before, found, bootstrap), names, config)
            before = found
        tell.steps(step + 1, len(PERIODS))
    return rows, changes


def _add_point(to: dict[str, Rows], point: Points, names: list[Name], config: Config) -> None:
    coverage = None if point.coverage is None else min(point.coverage, 1.0)
    thin = point.documents < config.trend.floor
    thin = thin or (coverage is not None and round(coverage, DIGITS) < config.trend.coverage)
    counts = round(point.documents, DIGITS), round(point.passages, DIGITS)
    at = point.period, point.start, point.source, point.estimate
    numbers = _rounded(point.prevalence, point.lower, point.upper)
    effects = [None] * len(names) if point.design_effect is None else _rounded(point.design_effect)
    for (key, measured_by, name), own, effect in zip(names, numbers, effects, strict=True):
        to[key].append((name, measured_by, *at, *own, *counts, thin, coverage, effect and effect[0]))


def _add_change(to: dict[str, Rows], found: SplitChange, names: list[Name], config: Config) -> None:
    counts = round(found.documents, DIGITS), round(found.documents_before, DIGITS)
    thin = min(counts) < config.trend.floor
    parts = (found.total, found.mix, found.within)
    numbers = np.column_stack([x for part in parts for x in (part.value, part.lower, part.upper)]).tolist()
    at = found.period, found.start, found.previous
    for (key, measured_by, name), own in zip(names, numbers, strict=True):
        to[key].append((name, measured_by, *at, *own, *counts, thin))


def _rounded(*columns: Floats) -> list[list[float]]:
    """The columns side by side, row by row, as plain numbers."""
    return cast(list[list[float]], np.column_stack(columns).round(DIGITS).tolist())
