"""Interrupted time series: segmented regression around an event. Pure functions on arrays.

Definitions and references: docs/methods.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from pipeline.records import counted
from pipeline.shifts.averaged import candidates, regress
from pipeline.trends.prevalence import PERIODS
from pipeline.trends.resampling import Floats, Indices

LEVEL, SLOPE = 2, 3
"""The columns of the design that an event may change."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One coefficient with its interval and two-sided p-value."""

    value: float
    lower: float
    upper: float
    p_value: float


@dataclass(frozen=True, slots=True)
class EventFit:
    """What an event did to a series: `level` at once, `slope` by period from then on.

    `autocorrelation` is that of a period's error with the next one's, as the data weigh it.
    """

    level: Effect
    slope: Effect
    autocorrelation: float


@dataclass(frozen=True, slots=True)
class Window:
    """The periods around an event: their numbers, and their time in periods since the event's own.

    `reason` says why they are too few to be fitted; it is empty where they are enough.
    """

    periods: Indices
    time: Floats
    reason: str = ""

    @property
    def before(self) -> int:
        """How many periods before the event."""
        return int((self.time < 0).sum())

    @property
    def after(self) -> int:
        """How many from the event on."""
        return int((self.time >= 0).sum())


def window(starts: Sequence[date], period: str, event: date, reach: int, least: int) -> Window:
    """The solid periods, beginning on the days `starts`, within `reach` of an event on either side.

    The period that an event falls within is partly before it and partly after, and is left out; it is
    the first after an event that falls on its first day.
    """
    months = PERIODS[period]
    own = (event.year * 12 + event.month - 1) // months
    time = np.array([(day.year * 12 + day.month - 1) // months - own for day in starts], dtype=float)
    on_its_first_day = event.day == 1 and (event.month - 1) % months == 0
    last = reach - 1 if on_its_first_day else reach
    near = (time >= -reach) & (time <= last) & ((time != 0) | on_its_first_day)
    found = Window(np.flatnonzero(near), time[near])
    for side, number in (("before", found.before), ("after", found.after)):
        if number < least:
            reason = f"{counted(number, period)} with enough documents {side} it, {least} needed"
            return Window(found.periods, found.time, reason)
    return found


def why_not(values: Floats, least: int) -> str:
    """Why the documents around an event, with these `values` (n,), tell nothing; empty where they do."""
    carriers = int((values > 0).sum())
    if carriers < least:
        return f"carried by {counted(carriers, 'document')} around it, {least} needed"
    return "the same in every document around it" if np.ptp(values) == 0 else ""


def fit(series: Floats, variance: Floats, time: Floats, level: float) -> EventFit:
    """Segmented regression y = b0 + b1 t + b2 D + b3 t D, over what its errors may be (`averaged`).

    `series` and its sampling `variance` (T,); `time` (T,) in periods since the event, whole numbers
    that ascend, from which D = 1 at 0.
    """
    found = regress(design(time), series[None], candidates(variance, time), (LEVEL, SLOPE))
    lower, upper = (found.bound(0.5 + sign * level / 2)[:, 0] for sign in (-1, 1))
    level_effect, slope_effect = (
        Effect(float(value), float(min(low, value)), float(max(high, value)), float(p))
        for value, low, high, p in zip(found.value[:, 0], lower, upper, found.p_values()[:, 0], strict=True)
    )
    return EventFit(level_effect, slope_effect, float(found.neighbours[0]))


def design(time: Floats) -> Floats:
    """(T, 4): 1, t, D and t D, at times in periods since the event."""
    after = (time >= 0).astype(float)
    return np.column_stack([np.ones(len(time)), time, after, time * after])
