"""What the tests of a run found -> rows of shift_test, change_point, movement and event_effect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from pipeline.settings import Shifts
from pipeline.shifts.calendars import Calendar, last_day, pooled
from pipeline.shifts.contrast import Contrast, contrast
from pipeline.shifts.detection import Rules, SeriesVerdict
from pipeline.shifts.discovery import q_values
from pipeline.shifts.interrupted import Window, fit, why_not, window
from pipeline.shifts.movement import movement
from pipeline.shifts.shuffled import series, stretch, variance
from pipeline.store import Rows
from pipeline.trends.mix import Mix
from pipeline.trends.prevalence import Documents
from pipeline.trends.resampling import Bootstrap, Floats

TABLES = {
    "shift_test": (
        "theme", "topic_id", "measure", "period", "periods", "thin_periods", "carriers", "p_value", "q_value",
        "smooth_p", "smooth_q", "changes", "reason",
    ),
    "change_point": (
        "theme", "topic_id", "measure", "period", "at", "at_lower", "at_upper", "before_start", "after_end",
        "before", "after", "change", "change_lower", "change_upper", "documents_before", "documents_after",
        "coverage", "p_value", "q_value",
    ),
    "movement": (
        "theme", "topic_id", "measure", "period", "early_start", "early_end", "late_start", "late_end",
        "early", "early_lower", "early_upper", "late", "late_lower", "late_upper", "change", "change_lower",
        "change_upper", "documents_early", "documents_late", "coverage", "p_value", "q_value",
    ),
    "event_effect": (
        "date", "event", "theme", "measure", "period", "periods_before", "periods_after", "level",
        "level_lower", "level_upper", "level_p", "level_q", "slope", "slope_lower", "slope_upper", "slope_p",
        "slope_q", "autocorrelation", "others", "reason",
    ),
}  # fmt: skip
DIGITS = 6


@dataclass(frozen=True, slots=True)
class SeriesTested:
    """What all tests of a run share; `names` are (kind, measure, series) of the columns of `data.values`."""

    data: Documents
    names: Sequence[tuple[str, str, str]]
    period: str
    calendar: Calendar
    mix: Mix
    rules: Rules
    bootstrap: Bootstrap


def _key(made: SeriesTested, column: int) -> tuple[Any, ...]:
    kind, measure, name = made.names[column]
    return (name if kind == "theme" else None, name if kind == "topic" else None, measure, made.period)


def tested_rows(made: SeriesTested, tested: Sequence[SeriesVerdict]) -> Rows:
    """A row for each series, tested or not."""
    periods = len(made.calendar.starts), made.calendar.skipped
    return [
        (
            *_key(made, at),
            *periods,
            one.carriers,
            one.p_value,
            one.q_value,
            one.smooth_p,
            one.smooth_q,
            len(one.changes),
            one.reason or None,
        )
        for at, one in enumerate(tested)
    ]


def change_rows(made: SeriesTested, tested: Sequence[SeriesVerdict]) -> Rows:
    """The change points, with their sizes: of one pair of stretches all series at once."""
    beside: dict[tuple[int, int, int], list[int]] = {}
    for at, one in enumerate(tested):
        for change, _ in one.changes:
            beside.setdefault((change.first, change.at, change.last), []).append(at)
    sizes: dict[tuple[int, int, int, int], tuple[Any, ...]] = {}
    for (first, cut, last), columns in beside.items():
        two = pooled(made.calendar, made.mix, (range(first, cut), range(cut, last)))
        found = contrast(two, made.data.values[:, columns], made.mix, made.bootstrap)
        for number, column in enumerate(columns):
            sizes[column, first, cut, last] = _sizes(found, number) if found else (None,) * 8
    starts = made.calendar.starts
    return [
        (
            *_key(made, at), starts[c.at], starts[c.earliest], starts[c.latest], starts[c.first],
            _end(made, c.last - 1), *sizes[at, c.first, c.at, c.last], c.p_value, q,
        )
        for at, one in enumerate(tested)
        for c, q in one.changes
    ]  # fmt: skip


def _sizes(found: Contrast, at: int) -> tuple[Any, ...]:
    change = found.change
    levels = (found.before.value, found.after.value, change.value, change.lower, change.upper)
    counts = found.documents_before, found.documents_after, min(found.coverage, 1.0)
    return (*(round(float(column[at]), DIGITS) for column in levels), *(round(x, DIGITS) for x in counts))


def movement_rows(made: SeriesTested, tested: Sequence[SeriesVerdict]) -> Rows:
    """A row for each series that was tested: late against early."""
    columns = [at for at, one in enumerate(tested) if not one.reason]
    moved = movement(made.calendar, made.data.values, columns, made.mix, made.rules, made.bootstrap)
    if moved is None:
        return []
    starts, found = made.calendar.starts, moved.found
    span = (
        starts[moved.early.start], _end(made, moved.early.stop - 1),
        starts[moved.late.start], _end(made, moved.late.stop - 1),
    )  # fmt: skip
    numbers = np.column_stack(
        [
            x
            for part in (found.before, found.after, found.change)
            for x in (part.value, part.lower, part.upper)
        ]
    ).round(DIGITS)
    counts = tuple(
        round(x, DIGITS) for x in (found.documents_before, found.documents_after, min(found.coverage, 1.0))
    )
    q = q_values(list(moved.p_values))
    return [
        (*_key(made, column), *span, *map(float, numbers[n]), *counts, float(moved.p_values[n]), float(q[n]))
        for n, column in enumerate(columns)
    ]


def event_rows(
    made: SeriesTested, tested: Sequence[SeriesVerdict], events: Sequence[tuple[date, str]], own: Shifts
) -> Rows:
    """Every event beside every theme; topics are not set beside events (docs/methods.md)."""
    lines = _lines(made, tested)
    rows: Rows = []
    for day, title in events:
        found = window(made.calendar.starts, made.period, day, own.window, own.periods)
        around = np.unique(made.calendar.document[np.isin(made.calendar.period, found.periods)])
        others = [name for when, name in events if name != title and _inside(made, found, when)]
        for column, (kind, measure, name) in enumerate(made.names):
            if kind != "theme":
                continue
            own_values = made.data.values[around, column]
            reason = found.reason or tested[column].reason or why_not(own_values, made.rules.carriers)
            about = (day, title, name, measure, made.period, found.before, found.after)
            if not reason:
                line, spread = lines[column]
                effect = fit(line[found.periods], spread[found.periods], found.time, made.bootstrap.level)
                parts = [[e.value, e.lower, e.upper, e.p_value, None] for e in (effect.level, effect.slope)]
                rows.append((*about, *parts[0], *parts[1], effect.autocorrelation, others, None))
            else:
                rows.append((*about, *(None,) * 11, others, reason))
    return _with_q(rows)


def _lines(made: SeriesTested, tested: Sequence[SeriesVerdict]) -> dict[int, tuple[Floats, Floats]]:
    """The standardised series of the themes that can be tested, and the variance of their points."""
    if not made.calendar.starts:
        return {}
    whole = stretch(made.calendar, 0, len(made.calendar.starts))
    own = made.data.values[whole.member]
    return {
        at: (series(whole, own[:, at]), variance(whole, own[:, at]))
        for at, (kind, *_) in enumerate(made.names)
        if kind == "theme" and not tested[at].reason
    }


def _with_q(rows: Rows) -> Rows:
    """The rows with the q-values of level and slope, over all tests around events."""
    names = TABLES["event_effect"]
    places = [names.index(name) for name in ("level_p", "slope_p")]
    fitted = [(n, place) for n, row in enumerate(rows) for place in places if row[place] is not None]
    found = [list(row) for row in rows]
    if fitted:
        for (n, place), q in zip(fitted, q_values([rows[n][place] for n, place in fitted]), strict=True):
            found[n][place + 1] = float(q)
    return [tuple(row) for row in found]


def _inside(made: SeriesTested, found: Window, day: date) -> bool:
    """Whether another event falls within the periods that are looked at."""
    if not len(found.periods):
        return False
    first, last = int(found.periods[0]), int(found.periods[-1])
    return bool(made.calendar.starts[first] <= day <= _end(made, last))


def _end(made: SeriesTested, period: int) -> date:
    return last_day(made.calendar.starts[period], made.period)
