"""How many codes would let a change be seen: imaginary codings of the corpus as it is. Pure functions.

In imagined worlds (imagining.py) samples are drawn as `label draw` draws them, and the correction itself
tells how sure it would be. Definitions: docs/methods.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil, inf, sqrt

import numpy as np

from pipeline.labelling.imagining import Imagination, Passages, Rates, World
from pipeline.trends import mix
from pipeline.trends.corrected import Conditions, correct, frame, refusal
from pipeline.trends.corrected_points import difference
from pipeline.trends.prevalence import Cell, Documents, Measured, measure
from pipeline.trends.resampling import Bootstrap, Floats

POWER, Z_POWER, Z = 0.8, 0.841621, 1.959964
"""A change is planned to be seen so often, by a two-sided test at 0.05."""
SCOUTS, REPEATS = 8, 40
"""Worlds in which all numbers of codes are tried, and those in which the numbers about the wanted one are."""
GRID = (50, 75, 100, 150, 200, 300, 400, 600, 800, 1200, 1600, 2400, 3200, 4800, 6400)
LEAST_KEPT = 0.5
"""A correction takes a change for a little too small where levels are uncertain: never for less than this."""
ABOUT = 4
"""So many numbers of codes, up to the first that does and one beyond, are tried in all worlds."""
RESAMPLED = Bootstrap(200, 1, 0.95)


@dataclass(frozen=True, slots=True)
class Step:
    """With so many codes: the corrected change's standard error, how often it is seen, and how often refused.

    A correction that is refused, for want of labels or positives, sees nothing.
    """

    codes: int
    error: float
    power: float
    refused: float


@dataclass(frozen=True, slots=True)
class Planned:
    """What it takes to see a change of `change` in prevalence, by `measure`.

    `crude_error` is the standard error of the crude change, which moves by `crude_moves` where the truth
    moves by 1, `crude_power` how often it is seen and `crude_smallest` the smallest change that is. `codes`
    are the passages, or the documents for `mention`, that the corrected change needs, None where no number
    that was tried does; `smallest` is what these show. `passages` are those of a document, on average.
    """

    change: float
    crude_error: float
    crude_moves: float
    crude_power: float
    crude_smallest: float
    steps: Sequence[Step]
    codes: int | None
    smallest: float
    measure: str = "share"
    passages: float = 1.0


@dataclass(frozen=True, slots=True)
class _Tried:
    """What a number of codes gave in `worlds`: errors of those not refused, and the change in each.

    `found` and `true` (worlds,) are the corrected and the true change, both 0 where it was refused.
    """

    codes: int
    worlds: int
    errors: Sequence[float]
    found: Floats
    true: Floats

    @property
    def error(self) -> float:
        return _root(self.errors) if self.errors else inf

    @property
    def refused(self) -> float:
        return 1 - len(self.errors) / self.worlds

    def power(self, change: float, error: float) -> float:
        """How often a change is seen where errors, which vary, are `error` in the mean square."""
        if not self.errors or not self.error:
            return float(len(self.errors) > 0)
        return sum(power(change, own * error / self.error) for own in self.errors) / self.worlds


def planned(
    data: Documents, passages: Passages, cells: tuple[Cell, Cell], rates: Rates, change: float,
    terms: Conditions, seed: int, by: str = "share",
) -> Planned:  # fmt: skip
    """Plan for a change of `by` (share or mention) between two cells."""
    imagination = Imagination(data, passages, cells, rates, change, by)
    worlds = [imagination.world(np.random.default_rng([seed, repeat])) for repeat in range(REPEATS)]
    crude = [(measure(w.data, cells[0], RESAMPLED), measure(w.data, cells[1], RESAMPLED)) for w in worlds]
    own = _root([_error(mix.change(*of, RESAMPLED).total) for of in crude])
    true, seen = (sum(world.expected[at] for world in worlds) for at in (0, 1))
    moves = max(seen / true, 0.05) if true else 0.05
    read = np.bincount(passages.document, minlength=len(data.source))
    most = len(passages.document) if by == "share" else int((read > 0).sum())

    def tried(codes: int, repeats: int) -> _Tried:
        return _try(codes, worlds[:repeats], crude, cells, terms, seed)

    scouted, about = _search(tried, list(_grid(most)), change)
    kept = _kept(about)
    errors = [of.error for of in scouted] + _smooth(about)
    steps = [
        Step(of.codes, error, of.power(change * kept, error), of.refused)
        for of, error in zip([*scouted, *about], errors, strict=True)
    ]
    smallest = (Z + Z_POWER) * min(step.error for step in steps) / kept
    whole = 1.0 if by == "share" else float(read[read > 0].mean())
    return Planned(
        change, own, moves, power(change * moves, own), (Z + Z_POWER) * own / moves, steps,
        _enough(steps), smallest, by, whole,
    )  # fmt: skip


def _search(
    tried: Callable[[int, int], _Tried], grid: Sequence[int], change: float
) -> tuple[list[_Tried], list[_Tried]]:
    """What scouts found of small numbers of codes, and what all worlds say of those about the wanted one.

    The last of these is the first number beyond the one that does, or the largest that there is.
    """

    def does(of: _Tried, beside: Sequence[_Tried]) -> bool:
        return of.power(change * _kept(beside), of.error) >= POWER

    scouted: list[_Tried] = []
    for codes in grid:
        scouted.append(tried(codes, SCOUTS))
        if does(scouted[-1], scouted[-ABOUT:]):
            break
    start = max(len(scouted) - ABOUT + 1, 0)
    about: list[_Tried] = []
    for codes in grid[start:]:
        about.append(tried(codes, REPEATS))
        if sum(does(of, about) for of in about) > 1:
            break
    return scouted[:start], about


def _try(
    codes: int, worlds: Sequence[World], crude: Sequence[tuple[Measured, Measured]],
    cells: tuple[Cell, Cell], terms: Conditions, seed: int,
) -> _Tried:  # fmt: skip
    """Code so many in each world, and correct by it."""
    errors, found, true = [], np.zeros(len(worlds)), np.zeros(len(worlds))
    for repeat, (world, of) in enumerate(zip(worlds, crude, strict=False)):
        rng = np.random.default_rng([seed, repeat, codes])
        labels = world.sample(codes, rng)
        if refusal(labels, terms):
            continue
        own = frame(world.data, labels.document)
        by = correct(labels, world.data.values[:, 0], own, replace(terms, permutations=1), rng)
        told = difference(by, own, cells, of, 0, RESAMPLED)
        people = world.people()
        ends = [float(np.average(people[cell.members], weights=cell.weights)) for cell in cells]
        errors.append(_error(told))
        found[repeat] = float(told.value[0]) * np.sign(world.expected[0])
        true[repeat] = (ends[1] - ends[0]) * np.sign(world.expected[0])
    return _Tried(codes, len(worlds), errors, found, true)


def _kept(tried: Sequence[_Tried]) -> float:
    """The share of a change that the correction surely finds: over all tries, less a standard error."""
    found, true = (np.sum([getattr(of, name) for of in tried], axis=0) for name in ("found", "true"))
    whole = float(true.sum())
    if whole <= 0:
        return 1.0
    kept = float(found.sum()) / whole
    error = float(np.sqrt(np.sum((found - kept * true) ** 2))) / whole
    return min(max(kept - error, LEAST_KEPT), 1.0)


def _smooth(tried: Sequence[_Tried]) -> list[float]:
    """The errors by numbers of codes: squared, what documents leave and a part that codes shrink."""
    there = [of for of in tried if of.errors]
    if len(there) < 2:
        return [of.error for of in tried]
    squares = np.array([of.error**2 for of in there])
    design = np.column_stack([np.ones(len(there)), [1 / of.codes for of in there]])
    root = np.sqrt([len(of.errors) for of in there]) / squares
    (rest, falls), *_ = np.linalg.lstsq(design * root[:, None], squares * root, rcond=None)
    if falls <= 0 or rest < 0:
        return [of.error for of in tried]
    return [sqrt(rest + falls / of.codes) if of.errors else inf for of in tried]


def _error(of: mix.Estimates) -> float:
    """The standard error that an interval stands for."""
    return float(of.upper[0] - of.lower[0]) / (2 * Z)


def _root(errors: Sequence[float]) -> float:
    return sqrt(float(np.mean(np.square(errors))))


def power(change: float, error: float) -> float:
    """The chance that an interval around a change with that standard error leaves 0 out."""
    from scipy.special import ndtr

    return float(ndtr(change / error - Z) + ndtr(-change / error - Z)) if error > 0 else 1.0


def _grid(most: int) -> Iterator[int]:
    yield from (codes for codes in GRID if codes < most)
    if most <= GRID[-1]:
        yield most


def _enough(steps: Sequence[Step]) -> int | None:
    """Between the last number that does not do and the first that does: the probit of power by 1/n."""
    from scipy.special import ndtri

    at = next((at for at, step in enumerate(steps) if step.power >= POWER), None)
    if at is None:
        return None
    last, before = steps[at], steps[at - 1] if at else None
    if before is None or not 0 < before.power < last.power < 1:
        return last.codes
    low, high = ndtri(before.power), ndtri(last.power)
    inverse = 1 / before.codes + (Z_POWER - low) / (high - low) * (1 / last.codes - 1 / before.codes)
    return ceil(1 / float(inverse) / 10) * 10
