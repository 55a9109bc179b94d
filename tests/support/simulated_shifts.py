"""Documents whose themes change at planted dates, for the tests and the bench of change points."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np

from pipeline.trends.prevalence import Documents
from pipeline.trends.resampling import Floats

START = date(2011, 1, 1)
SOURCES = ("bmj", "guardian", "hansard", "kingsfund")
LEVELS = np.array([0.5, 0.8, 1.2, 1.6])
"""How much more or less often than on average each source carries a theme."""
Course = Callable[[Floats], Floats]


def corpus(
    number: int,
    course: Course,
    rng: np.random.Generator,
    *,
    years: int = 6,
    columns: int = 1,
    mix: Callable[[Floats], Floats] | None = None,
    burst: int = 1,
) -> Documents:
    """`number` documents over some years; each column of values is a coding of its own.

    `course` gives the mean prevalence at times from 0 to 1 (n,). `mix` gives each source's share (n, S)
    at them; without it the sources write alike all the time. Documents come `burst` at a time, in one
    source and week, and share their coding.
    """
    bursts = number // burst
    time = rng.random(bursts)
    shares = mix(time) if mix else np.full((bursts, 4), 0.25)
    source = (rng.random(bursts)[:, None] > np.cumsum(shares, axis=1)).sum(axis=1)
    chance = np.clip(course(time) * LEVELS[source], 0, 1)
    coded = (rng.random((bursts, columns)) < chance[:, None]).astype(float)
    day = np.repeat((time * 365 * years).astype(int), burst) + rng.integers(0, 6, bursts * burst) * (
        burst > 1
    )
    published = [START + timedelta(int(d)) for d in day]
    names = [SOURCES[s] for s in np.repeat(source, burst)]
    return Documents(
        names, published, ["day"] * len(names), np.ones(len(names)), np.repeat(coded, burst, axis=0)
    )


def steady(level: float) -> Course:
    """The same all the time."""
    return lambda time: np.full(len(time), level)


def step(before: float, after: float, at: float = 0.5) -> Course:
    """One level, then another."""
    return lambda time: np.where(time < at, before, after)


def pulse(level: float, within: float, first: float, last: float) -> Course:
    """Another level for a time."""
    return lambda time: np.where((time >= first) & (time < last), within, level)


def turning_mix(time: Floats) -> Floats:
    """From the sources that seldom carry a theme to those that often do."""
    start, end = np.array([0.5, 0.3, 0.1, 0.1]), np.array([0.1, 0.1, 0.3, 0.5])
    return np.asarray(start + (time[:, None] > 0.5) * (end - start))
