"""document, scope, passage, passage_theme, passage_topic, theme, topic, event -> shift_test, change_point,
movement, event_effect.

When: fingerprint: documents, codings, topics, events, settings under `[trend]` and `[shifts]`, rules.
"""

from __future__ import annotations

import json
from dataclasses import asdict

from pipeline import store
from pipeline.config import Config
from pipeline.fingerprints import rules
from pipeline.progress import Tell
from pipeline.records import short_id
from pipeline.shifts.calendars import finest
from pipeline.shifts.detection import Rules, detect
from pipeline.shifts.rows import TABLES, SeriesTested, change_rows, event_rows, movement_rows, tested_rows
from pipeline.store import Connection
from pipeline.trends.resampling import Bootstrap
from pipeline.trends.series import counted, mix_of, side_by_side, states


def run(connection: Connection, config: Config, tell: Tell) -> int:
    """Test all series anew, unless nothing they rest on has changed. Returns how many were tested."""
    named = store.queries("detect")
    events = connection.execute(named["events"]).fetchall()
    settings = json.dumps([asdict(config.trend), asdict(config.shifts), events], sort_keys=True, default=str)
    fingerprint = short_id(*states(connection), settings, rules(__name__))
    if store.unchanged(connection, "detect", fingerprint):
        return 0
    for table in TABLES:
        connection.execute(f"DELETE FROM {table}")
    made = _load(connection, config)
    count = 0
    if made:
        tested = detect(made.calendar, made.data.values, made.rules, made.bootstrap)
        tell.steps(1, 3)
        rows = {
            "shift_test": tested_rows(made, tested),
            "change_point": change_rows(made, tested),
            "movement": movement_rows(made, tested),
        }
        tell.steps(2, 3)
        rows["event_effect"] = event_rows(made, tested, events, config.shifts)
        for table, found in rows.items():
            store.insert(connection, table, TABLES[table], found)
        count = sum(not series.reason for series in tested)
    store.mark(connection, "detect", fingerprint)
    return count


def _load(connection: Connection, config: Config) -> SeriesTested | None:
    """All series side by side, in the period they are tested by; None where there are none."""
    data, names = side_by_side(connection, counted(connection, config))
    if not names:
        return None
    trend, own = config.trend, config.shifts
    mix = mix_of(data.source, config)
    period, calendar = finest(data, mix, trend.floor, trend.coverage)
    rules = Rules(own.permutations, own.rate, own.shortest, own.periods, trend.floor)
    return SeriesTested(
        data, names, period, calendar, mix, rules, Bootstrap(trend.resamples, trend.seed, trend.level)
    )
