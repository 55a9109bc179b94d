"""Interrupted time series whose truth is known: how often the intervals hold it, and how wide they are.

Two kinds of errors. *Sampling*: those of documents in uneven numbers, hanging together in time. *Course*:
documents are drawn in uneven numbers from a prevalence that wanders about its line as much as drawing adds.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pipeline.shifts.averaged import MEMORIES, Candidates, candidates, regress
from pipeline.shifts.interrupted import LEVEL, SLOPE, design
from pipeline.trends.resampling import Floats
from tests.bench.model.tables import say

SIDES = (6, 12, 24, 48)
TOGETHER = (0.0, 0.3, 0.5, 0.6, 0.8)
PREVALENCE = 0.3
TRUTH = np.array([0.05, 0.0])
"""The level and the slope that are planted."""
Interval = Callable[[Floats, Floats, Floats], tuple[Floats, Floats]]
"""From lines (b, n), their variance and times: lower and upper bounds (2, b) of level and slope."""


def events(times: int) -> dict[str, float]:
    """How often the intervals of level and slope hold the truth, beside other ways to make them."""
    say(
        f"\ninterrupted time series: 95% intervals that hold the truth, of {times:,} series; width of the "
        "level's\nby that of one who knows the errors' correlation; beside it the level by other ways"
    )
    say(
        f"  {'errors':<10}{'a side':>7}{'correlation':>13}{'level':>8}{'slope':>8}{'width':>7}"
        + "".join(f"{name:>14}" for name in OTHERS)
    )
    found: dict[str, float] = {}
    for kind in ("sampling", "course"):
        for side in SIDES:
            for together in TOGETHER:
                found |= _cell(kind, side, together, times)
    return found


def _cell(kind: str, side: int, together: float, times: int) -> dict[str, float]:
    rng = np.random.default_rng([side, int(10 * together)])
    when = np.arange(-side, side).astype(float)
    lines, variance, true = _simulated(kind, when, together, times, rng)
    lower, upper = averaged(lines, variance, when)
    own = _held(lower, upper)
    known = np.linalg.inv(design(when).T @ np.linalg.solve(true, design(when)))[LEVEL, LEVEL]
    width = float(np.median(upper[0] - lower[0]) / (2 * 1.96 * known**0.5))
    others = [_held(*way(lines, variance, when))[0] for way in OTHERS.values()]
    say(
        f"  {kind:<10}{side:>7}{together:>13}{own[0]:>8.3f}{own[1]:>8.3f}{width:>7.2f}"
        + "".join(f"{one:>14.3f}" for one in others)
    )
    name = f"{kind}, {side} a side, {together}"
    figures = {"level": own[0], "slope": own[1], "width": round(width, 3)} | dict(
        zip(OTHERS, others, strict=True)
    )
    return {f"{name}, {key}": value for key, value in figures.items()}


def _simulated(
    kind: str, when: Floats, together: float, times: int, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """Lines (b, n), the variance that is thought of them (n,) and their true covariance (n, n)."""
    documents = np.maximum(5, rng.gamma(4, 15, len(when)).round())
    variance = PREVALENCE * (1 - PREVALENCE) / documents
    course = together ** np.abs(when[:, None] - when)
    root = np.linalg.cholesky(course + 1e-12 * np.eye(len(when)))
    errors = rng.normal(size=(times, len(when))) @ root.T
    line = PREVALENCE + design(when)[:, [LEVEL, SLOPE]] @ TRUTH
    if kind == "sampling":
        spread = np.sqrt(variance)
        return line + errors * spread, variance, course * np.outer(spread, spread)
    usual = float(variance.mean())
    chance = np.clip(line + errors * usual**0.5, 0, 1)
    drawn = rng.binomial(documents.astype(int), chance) / documents
    return drawn, variance, np.diag(variance) + usual * course


def _held(lower: Floats, upper: Floats) -> list[float]:
    inside = (lower <= TRUTH[:, None]) & (TRUTH[:, None] <= upper)
    return [round(float(share), 4) for share in inside.mean(axis=1)]


def averaged(lines: Floats, variance: Floats, when: Floats) -> tuple[Floats, Floats]:
    """Ours."""
    found = regress(design(when), lines, candidates(variance, when), (LEVEL, SLOPE))
    return found.bound(0.025), found.bound(0.975)


def newey_west(lines: Floats, variance: Floats, when: Floats) -> tuple[Floats, Floats]:
    """Weighted least squares with the errors of Newey and West (1987), lags by their rule of 1994."""
    x, n = design(when), len(when)
    lags = int(4 * (n / 100) ** (2 / 9))
    kernel = np.maximum(1 - np.abs(when[:, None] - when) / (lags + 1), 0.0)
    maps = np.linalg.inv(x.T @ (x / variance[:, None])) @ (x / variance[:, None]).T
    found = lines @ maps.T
    scores = (lines - found @ x.T)[:, None] * maps[[LEVEL, SLOPE]]
    errors = np.sqrt(np.einsum("bki,ij,bkj->kb", scores, kernel, scores) * n / (n - x.shape[1]))
    return _around(found[:, [LEVEL, SLOPE]].T, errors, n - x.shape[1])


def restricted(lines: Floats, variance: Floats, when: Floats) -> tuple[Floats, Floats]:
    """First-order autocorrelation by restricted maximum likelihood, then taken as known."""
    root = np.sqrt(variance / variance.mean())
    shapes = MEMORIES[:, None, None] ** np.abs(when[:, None] - when) * np.outer(root, root)
    found = regress(design(when), lines, Candidates(shapes, np.ones(len(MEMORIES)), MEMORIES), (LEVEL, SLOPE))
    best = found.weight.argmax(axis=0)[None, None]
    value, error = (np.take_along_axis(part, best, axis=0)[0] for part in (found.centre, found.scale))
    return _around(value, error, found.freedom)


def _around(value: Floats, error: Floats, freedom: int) -> tuple[Floats, Floats]:
    from scipy.special import stdtrit

    reach = stdtrit(freedom, 0.975) * error
    return value - reach, value + reach


OTHERS: dict[str, Interval] = {"Newey-West": newey_west, "REML": restricted}
