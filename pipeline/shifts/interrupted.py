"""Interrupted time series: segmented regression around an event. Pure functions on arrays.

Definitions and references: docs/methods.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from pipeline.records import counted
from pipeline.trends.prevalence import PERIODS
from pipeline.trends.resampling import Floats, Indices

COEFFICIENTS = 4


@dataclass(frozen=True, slots=True)
class Effect:
    """One coefficient with its interval and two-sided p-value."""

    value: float
    lower: float
    upper: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Fit:
    """What an event did to a series: `level` at once, `slope` by period from then on."""

    level: Effect
    slope: Effect
    lags: int


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


def fit(series: Floats, variance: Floats, time: Floats, level: float) -> Fit:
    """Weighted least squares of y = b0 + b1 t + b2 D + b3 t D, with Newey-West errors (1987).

    `series` and its sampling `variance` (T,); `time` (T,) in periods since the event, whole numbers
    that ascend, from which D = 1 at 0. Periods that are missing in between are missing in the lags too.
    """
    from scipy.special import stdtr, stdtrit

    after = (time >= 0).astype(float)
    design = np.column_stack([np.ones(len(time)), time, after, time * after])
    weights = 1 / variance
    lags = bandwidth(len(time))
    bread: Floats = np.asarray(np.linalg.inv(design.T @ (design * weights[:, None])), dtype=np.float64)
    found = bread @ (design.T @ (weights * series))
    rest = np.asarray(series - design @ found, dtype=np.float64)
    errors = np.sqrt(np.diag(_covariance(design, weights, rest, time, bread, lags)))
    freedom = len(time) - COEFFICIENTS
    reach = float(stdtrit(freedom, 0.5 + level / 2))

    def effect(at: int) -> Effect:
        value, error = float(found[at]), float(errors[at])
        p = float(2 * stdtr(freedom, -abs(value) / error))
        return Effect(value, value - reach * error, value + reach * error, p)

    return Fit(effect(2), effect(3), lags)


def bandwidth(periods: int) -> int:
    """How many lags count: Newey and West's rule (1994) for the Bartlett kernel."""
    return int(4 * (periods / 100) ** (2 / 9))


def newey_west(
    design: Floats, weights: Floats, rest: Floats, time: Floats, bread: Floats, lags: int
) -> Floats:
    """(k, k): covariance of the coefficients where errors differ in size and hang together in time."""
    apart = np.abs(time[:, None] - time[None, :])
    kernel = np.maximum(1 - apart / (lags + 1), 0.0)
    scores = design * (weights * rest)[:, None]
    n, k = design.shape
    return np.asarray(bread @ (scores.T @ kernel @ scores) @ bread * n / (n - k))


def _covariance(
    design: Floats, weights: Floats, rest: Floats, time: Floats, bread: Floats, lags: int
) -> Floats:
    """Newey-West, and at least what sampling documents alone would give.

    Residuals of few points are too small; each is divided by what its own point leaves of it (the
    jackknife's residual, MacKinnon and White 1985).
    """
    own = weights * np.einsum("ij,jk,ik->i", design, bread, design)
    robust = newey_west(design, weights, rest / np.maximum(1 - own, 0.1), time, bread, lags)
    return np.asarray(np.where(np.eye(len(bread)) > 0, np.maximum(robust, bread), robust))
