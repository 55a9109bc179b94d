"""document, document_version, scope, passage, passage_theme, passage_topic, theme, topic, movement,
code_sample, human_code -> robustness, specification.

How late stands against early is measured anew under every defensible choice, for each theme that was tested.

When: fingerprint: documents, codings, human codes, what `detect` compared, settings under `[trend]`, rules.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from typing import Any

from pipeline import store
from pipeline.config import Config
from pipeline.fingerprints import rules
from pipeline.progress import Tell
from pipeline.records import short_id
from pipeline.shifts.calendars import starts_between
from pipeline.shifts.codings import analyses
from pipeline.shifts.robustness import Robustness, ordered, summary
from pipeline.shifts.variants import Specification, Stretches
from pipeline.store import Connection, Rows
from pipeline.trends.series import states

SPECIFICATION = (
    "theme", "number", "measure", "estimate", "coding", "unit", "copies", "access", "left_out",
    "left_out_name", "before", "after", "change", "lower", "upper", "relative", "headline", "agrees",
)  # fmt: skip
ROBUSTNESS = (
    "theme", "period", "early_start", "early_end", "late_start", "late_end", "change", "lower", "upper",
    "analyses", "agree", "sure", "against", "robust", "share_lowest", "share_highest", "mention_lowest",
    "mention_highest", "choices", "shaken_by", "shaken_name", "shaken_change",
)  # fmt: skip
DIGITS = 6
Span = tuple[str, date, date, date, date]
"""The period, and the first and last days of the early and of the late stretch."""


def run(connection: Connection, config: Config, tell: Tell) -> int:
    """Measure anew what has changed since the last time. Returns how many analyses were made."""
    named = store.queries("robustness")
    compared = connection.execute(named["movements"]).fetchall()
    settings = json.dumps([asdict(config.trend), config.shifts.rate, compared], sort_keys=True, default=str)
    labelled = str(store.value(connection, store.queries("trend")["label_state"]))
    fingerprint = short_id(*states(connection), labelled, settings, rules(__name__))
    if store.unchanged(connection, "vary", fingerprint):
        return 0
    for table in ("robustness", "specification"):
        connection.execute(f"DELETE FROM {table}")
    count = 0
    clear = {theme for (theme,) in connection.execute(named["clear"], [config.shifts.rate]).fetchall()}
    for period, early, early_end, late, late_end in compared:
        spans = starts_between(early, early_end, period), starts_between(late, late_end, period)
        found = analyses(connection, config, Stretches(period, *spans))
        span = period, early, early_end, late, late_end
        for theme in sorted({one.column.theme for one in found}):
            own = [one for one in found if one.column.theme == theme]
            count += _write(connection, theme, own, span, theme in clear)
    store.mark(connection, "vary", fingerprint)
    return count


def _write(connection: Connection, theme: str, found: list[Specification], span: Span, clear: bool) -> int:
    of = summary(found, clear)
    if of is None:
        return 0
    store.insert(connection, "robustness", ROBUSTNESS, [(theme, *span, *_summed(of))])
    rows: Rows = [_row(number, one, of) for number, one in enumerate(ordered(found), 1)]
    return store.insert(connection, "specification", SPECIFICATION, rows)


def _summed(of: Robustness) -> tuple[Any, ...]:
    head, shaken = of.headline, of.shaken
    numbers = (round(x, DIGITS) for x in (head.change, head.lower, head.upper))
    ends = (round(x, DIGITS) for x in (*of.share, *of.mention))
    # A map, as DuckDB takes it from Python.
    choices = {"key": list(of.choices), "value": [round(part, 4) for part in of.choices.values()]}
    most = (shaken.kind, shaken.name, round(shaken.change, DIGITS)) if shaken else (None,) * 3
    return (*numbers, of.analyses, of.agree, of.sure, of.against, of.robust, *ends, choices, *most)


def _row(number: int, one: Specification, of: Robustness) -> tuple[Any, ...]:
    column, (kind, name) = one.column, one.left_out
    ways = column.measure, one.estimate, column.coding, column.unit, one.copies, one.access
    numbers = one.before, one.after, one.change, one.lower, one.upper, one.relative
    agrees = one.change * of.headline.change > 0
    rounded = (round(x, DIGITS) for x in numbers)
    return (column.theme, number, *ways, kind or None, name or None, *rounded, one.headline, agrees)
