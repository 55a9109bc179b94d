"""What tells a change in a weighted series: its best stretch, by circular binary segmentation (Olshen et
al. 2004), and waves (Neyman 1937). Pure functions on arrays.

Definitions and references: docs/methods.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pipeline.trends.resampling import Floats

TOGETHER = 60_000
"""Values of series that are scanned at a time: few enough for the processor's cache."""
SMOOTH = 0.1
"""The least roughness: a series without any would make every change infinitely large."""
DATES = 7.352
"""What a date's fit may fall short of the best one's and still be within the 95% set (Eo and Morley 2015)."""
WAVES = 4
"""Half waves that a course is described by: four tell two humps from none."""
PERIODS_EACH = 3
"""Periods that each of them needs."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where a series changes: `cuts` are numbers of the first period after each change, one or two."""

    cuts: tuple[int, ...]


def gains(series: Floats, weights: Floats, shortest: int) -> Floats:
    """(k, b): how much better the best stretch at a level of its own fits each of `series` (k, b, T).

    `weights` (k, T) are those of the k series. The gain is the fall of the weighted sum of squares, in units
    of the series' roughness. So documents that come in bursts, which make a series rough, don't make it
    change (Janssen 1997 on studentising).
    """
    found = np.empty(series.shape[:2])
    step = max(1, TOGETHER // max(series[0].size, 1))
    for part in (slice(at, at + step) for at in range(0, len(series), step)):
        rows = _centred(series[part], weights[part])
        best = np.zeros(rows.shape[:2])
        for _, own in _stretches(rows, weights[part], shortest):
            np.maximum(best, own.max(axis=2), out=best)
        found[part] = best / roughness(rows, weights[part])
    return found


def find(series: Floats, weights: Floats, shortest: int, enough: float) -> Found | None:
    """The best stretch of one series (T,); one end of it alone where the other adds less than `enough`.

    None where the series is too short to be cut.
    """
    periods = len(weights)
    if periods < 2 * shortest:
        return None
    rows = _centred(series[None, None], weights[None])
    best, place = -1.0, (0, 0)
    for length, found in _stretches(rows, weights[None], shortest):
        first = int(found[0, 0].argmax())
        if found[0, 0, first] > best:
            best, place = float(found[0, 0, first]), (first, first + length)
    total = float(rows[0, 0] ** 2 @ weights)
    single = _cut_gains(series, weights)
    one = int(single[shortest - 1 : periods - shortest].argmax()) + shortest
    two = [cut for cut in place if 0 < cut < periods]
    if len(two) == 2:
        left = _rest(series, weights, two)
        added = total - float(single[one - 1]) - left
        if added / float(roughness(rows, weights[None])[0, 0]) > enough:
            return Found(tuple(two))
    return Found((one,))


def dates(series: Floats, weights: Floats, cut: int, shortest: int) -> tuple[int, int]:
    """First and last place of a change, where the fit is not much worse than at `cut`; of a series (T,)."""
    periods = len(weights)
    single = _cut_gains(series, weights)
    dispersion = max(_rest(series, weights, [cut]) / max(periods - 2, 1), 1.0)
    least = single[cut - 1] - DATES * dispersion
    near = [at for at in range(shortest, periods - shortest + 1) if single[at - 1] >= least]
    return min([cut, *near]), max([cut, *near])


def roughness(series: Floats, weights: Floats) -> Floats:
    """(k, b): the variance that neighbouring periods show, in units of what sampling gives (Rice 1984).

    Neither a slow change nor a single sharp one adds much to it; `series` (k, b, T), `weights` (k, T).
    """
    spread = 1 / weights[:, 1:] + 1 / weights[:, :-1]
    steps = np.diff(series, axis=2)
    steps *= steps
    return np.asarray(np.maximum((steps / spread[:, None]).mean(axis=2), SMOOTH))


def _stretches(series: Floats, weights: Floats, shortest: int) -> Iterator[tuple[int, Floats]]:
    """Of each length, the gains (k, b, places) of a stretch that begins at each place; `series` are centred.

    What is left on either side of it is nothing or long enough.
    """
    periods = weights.shape[1]
    sums = np.zeros((*series.shape[:2], periods + 1))
    np.cumsum(series * weights[:, None], axis=2, out=sums[..., 1:])
    masses = np.zeros((len(weights), periods + 1))
    np.cumsum(weights, axis=1, out=masses[:, 1:])
    for length in range(shortest, periods - shortest + 1):
        inside = masses[:, length:] - masses[:, :-length]
        before = np.arange(periods - length + 1)
        after = periods - length - before
        good = ((before == 0) | (before >= shortest)) & ((after == 0) | (after >= shortest))
        whole = masses[:, -1:]
        share = np.where(good, whole / (inside * (whole - inside)), 0.0)
        part = sums[..., length:] - sums[..., :-length]
        part *= part
        part *= share[:, None]
        yield length, part


def _cut_gains(series: Floats, weights: Floats) -> Floats:
    """(T - 1,): how much better two levels fit than one, cut before each period but the first."""
    series = _centred(series[None, None], weights[None])[0, 0]
    sums, masses = np.cumsum(series * weights)[:-1], np.cumsum(weights)
    return np.asarray(sums**2 * masses[-1] / (masses[:-1] * (masses[-1] - masses[:-1])))


def _centred(series: Floats, weights: Floats) -> Floats:
    """`series` (k, b, T) less the mean that `weights` (k, T) give each."""
    mean = (series @ weights[:, :, None]) / weights.sum(axis=1)[:, None, None]
    return np.asarray(series - mean)


def _rest(series: Floats, weights: Floats, cuts: list[int]) -> float:
    """The weighted squares around the levels between the cuts."""
    parts = [slice(a, b) for a, b in pairwise([0, *cuts, len(weights)])]
    return float(sum(_spread(series[p], weights[p]) for p in parts))


def _spread(series: Floats, weights: Floats) -> float:
    """The weighted squares of one series (T,) around its mean."""
    return float(_centred(series[None, None], weights[None])[0, 0] ** 2 @ weights)


def wander(series: Floats, weights: Floats) -> Floats:
    """(k, b): how much of each of `series` (k, b, T) the first cosines take up, by `weights` (k, T).

    Neyman's smooth test (1937): whether a series changes over time in any smooth way.

    In units of the series' roughness, as the gain of a stretch, so that documents that come in
    bursts don't make it wander.
    """
    periods = weights.shape[1]
    number = max(1, min(WAVES, periods // PERIODS_EACH))
    places = (np.arange(periods) + 0.5) / periods
    waves = np.cos(np.pi * np.arange(number + 1) * places[:, None])
    root = np.sqrt(weights)
    # Of each column of its own weights: the level first, then what the waves add to it.
    base = np.linalg.qr(waves * root[:, :, None])[0][:, :, 1:]
    parts = (series * root[:, None]) @ base
    return np.asarray((parts**2).sum(axis=2) / roughness(series, weights))
