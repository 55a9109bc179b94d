"""document, passage, passage_theme, passage_topic, human_code -> theme_trend, topic_trend, trend_change, mix,
correction.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np

from pipeline import store
from pipeline.config import Config
from pipeline.corrections import COLUMNS as CORRECTION_COLUMNS
from pipeline.corrections import Corrections, corrections
from pipeline.human_codes import human_codes
from pipeline.mix import Change, Mix, change, standardised
from pipeline.prevalence import PERIODS, Documents, Point, cells, measure
from pipeline.progress import Tell
from pipeline.records import short_id
from pipeline.resampling import Bootstrap, Floats
from pipeline.series import Names, Rows, counted, measured, mix_of, states
from pipeline.stages import rules
from pipeline.store import Connection

COLUMNS = (
    "measure", "period", "period_start", "source", "estimate", "prevalence", "lower", "upper",
    "documents", "passages", "thin", "coverage",
)  # fmt: skip
CHANGE_COLUMNS = (
    "measure", "period", "period_start", "previous_start", "change", "change_lower", "change_upper",
    "mix", "mix_lower", "mix_upper", "within", "within_lower", "within_upper", "documents",
    "previous_documents", "thin",
)  # fmt: skip
FILES = (
    "stages/trend.py", "series.py", "prevalence.py", "resampling.py", "mix.py", "corrections.py",
    "corrected.py", "errors_of_coder.py", "human_codes.py",
)  # fmt: skip
DIGITS = 6


def run(connection: Connection, config: Config, tell: Tell) -> int:
    """Measure all trends anew, unless nothing they rest on has changed. Returns rows.

    Raises ConfigError where the weights in config.toml make no mix of sources.
    """
    named = store.queries("trend")
    settings = json.dumps(asdict(config.trend), sort_keys=True)
    written = rules(*FILES)
    labelled = str(store.value(connection, named["label_state"]))
    fingerprint = short_id(*states(connection), labelled, settings, written)
    if fingerprint == store.value(connection, "SELECT fingerprint FROM stage_run WHERE stage = 'trend'"):
        return 0
    documents = counted(connection, config)
    mix = mix_of([source for _, source, *_ in documents], config)
    for table in ("mix", "trend_change", "correction"):
        connection.execute(f"DELETE FROM {table}")
    store.insert(connection, "mix", ("source", "weight"), list(mix.items()))
    count = 0
    for kind, table, key in (("theme", "theme_trend", "theme"), ("topic", "topic_trend", "topic_id")):
        connection.execute(f"DELETE FROM {table}")
        found = measured(connection, documents, kind)
        if found:
            by_hand = _by_hand(connection, documents, *found, config) if kind == "theme" else None
            rows, changes = _rows(*found, mix, by_hand, config, tell)
            count += store.insert(connection, table, (key, *COLUMNS), rows)
            count += store.insert(connection, "trend_change", (key, *CHANGE_COLUMNS), changes)
    connection.execute(named["mark"], [fingerprint])
    return count


def _by_hand(
    connection: Connection, documents: Rows, data: Documents, names: Names, config: Config
) -> Corrections:
    """The themes' corrections, written to their table."""
    codes = human_codes(connection, [name for name, *_ in documents])
    found = corrections(data, names, codes, config.trend)
    store.insert(connection, "correction", CORRECTION_COLUMNS, found.rows)
    return found


def _rows(
    data: Documents, names: Names, mix: Mix, by_hand: Corrections | None, config: Config, tell: Tell
) -> tuple[Rows, Rows]:
    """The rows of all points, and those of the changes between them."""
    settings = config.trend
    bootstrap = Bootstrap(settings.resamples, settings.seed, settings.level)
    rows: Rows = []
    changes: Rows = []
    for step, period in enumerate(PERIODS):
        before = None
        for cell in cells(data, period):
            found = measure(data, cell, bootstrap)
            fixed = standardised(found, mix, bootstrap)
            for point in (*found.points, *([fixed] if fixed else [])):
                rows += _point_rows(point, names, config)
            for name, point in by_hand.points(data, cell, bootstrap) if by_hand else ():
                rows += _point_rows(point, [name], config)
            if before is not None:
                changes += _change_rows(change(before, found, bootstrap), names, config)
            before = found
        tell.steps(step + 1, len(PERIODS))
    return rows, changes


def _point_rows(point: Point, names: list[tuple[str, str]], config: Config) -> Iterator[tuple[Any, ...]]:
    coverage = None if point.coverage is None else min(point.coverage, 1.0)
    thin = point.documents < config.trend.floor
    thin = thin or (coverage is not None and round(coverage, DIGITS) < config.trend.coverage)
    counts = round(point.documents, DIGITS), round(point.passages, DIGITS)
    at = point.period, point.start, point.source, point.estimate
    numbers = _rounded(point.prevalence, point.lower, point.upper)
    for (measured_by, name), own in zip(names, numbers, strict=True):
        yield (name, measured_by, *at, *own, *counts, thin, coverage)


def _change_rows(found: Change, names: list[tuple[str, str]], config: Config) -> Iterator[tuple[Any, ...]]:
    counts = round(found.documents, DIGITS), round(found.documents_before, DIGITS)
    thin = min(counts) < config.trend.floor
    parts = (found.total, found.mix, found.within)
    numbers = np.column_stack([x for part in parts for x in (part.value, part.lower, part.upper)]).tolist()
    at = found.period, found.start, found.previous
    for (measured_by, name), own in zip(names, numbers, strict=True):
        yield (name, measured_by, *at, *own, *counts, thin)


def _rounded(*columns: Floats) -> list[list[float]]:
    """The columns side by side, row by row, as plain numbers."""
    return [[round(x, DIGITS) for x in row] for row in np.column_stack(columns).tolist()]
