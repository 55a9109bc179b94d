"""How many codes would let a change be seen: imaginary codings of the corpus as it is. Pure functions.

The corpus keeps its documents, passages, dates and sources. What people would say is drawn from the machine's
coding and its error rates, a change is planted, samples are drawn as `label draw` draws them, and the
correction itself tells how sure it would be. Definitions: docs/methods.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np

from pipeline.labelling.drawing import LEAST_OF_LEVEL, NEAR, NONE, SPREAD, SPREAD_CODED, allocate
from pipeline.themes.calibration import Flags
from pipeline.trends import mix
from pipeline.trends.corrected import Conditions, SampledCodes, correct, frame, refusal
from pipeline.trends.corrected_points import difference
from pipeline.trends.prevalence import Cell, Documents, measure
from pipeline.trends.resampling import Bootstrap, Indices

POWER, Z_POWER, Z = 0.8, 0.841621, 1.959964
"""A change is planned to be seen so often, by a two-sided test at 0.05."""
REPEATS = 12
GRID = (50, 75, 100, 150, 200, 300, 400, 600, 800, 1200, 1600, 2400, 3200, 4800, 6400)
LEAST_KEPT = 0.7
"""A correction takes a change for a little too small where levels are uncertain: never for less than this."""
SAFE = 0.75
"""Of the imagined codings so many are at least as sure as what is planned by."""
RESAMPLED = Bootstrap(200, 1, 0.95)
OFTEN = 0.8
"""A number of codes does where so many of the samples are not refused for want of labels or positives."""
RARE = 0.005
"""Carriers that are taken for granted among passages where the machine finds none."""


@dataclass(frozen=True, slots=True)
class Passages:
    """The n passages of the counted documents: place of the document, whether coded, whether near to it."""

    document: Indices
    coded: Flags
    near: Flags


@dataclass(frozen=True, slots=True)
class Rates:
    """How the machine errs: the shares right of what it codes, and coded of what carries the theme."""

    precision: float
    recall: float
    who: str

    def of(self, passages: Passages) -> tuple[float, float, float]:
        """The share missed of what is not coded, sensitivity, and the share coded of what lacks the theme."""
        coded, n = float(passages.coded.sum()), len(passages.coded)
        carriers = min(max(coded * self.precision / max(self.recall, 0.05), RARE * n), 0.95 * n)
        missed = min(max(carriers - coded * self.precision, 0.0) / max(n - coded, 1.0), 0.5)
        false = coded * (1 - self.precision) / max(n - carriers, 1.0)
        return missed, self.recall, min(false, 0.95)


@dataclass(frozen=True, slots=True)
class Step:
    """With so many codes: standard error of the corrected change, its power, and how often it is refused."""

    codes: int
    error: float
    power: float
    refused: float


@dataclass(frozen=True, slots=True)
class Planned:
    """What it takes to see a change of `change` (in prevalence).

    `crude_error` is the standard error of the crude change, which moves by `crude_moves` where the truth
    moves by 1, `crude_power` how often it is seen and `crude_smallest` the smallest change that is. `codes`
    are those that the corrected change needs, None where no number that was tried does; `smallest` is what
    these show.
    """

    change: float
    crude_error: float
    crude_moves: float
    crude_power: float
    crude_smallest: float
    steps: Sequence[Step]
    codes: int | None
    smallest: float


def planned(
    data: Documents, passages: Passages, cells: tuple[Cell, Cell], rates: Rates, change: float,
    terms: Conditions, seed: int,
) -> Planned:  # fmt: skip
    """Plan for a change between two cells. `data` has one column, the machine's shares."""
    missed, hit, false = rates.of(passages)
    moves = max(hit - false, 0.05)
    sizes = rates.precision, missed, hit, false
    worlds = []
    for repeat in range(REPEATS):
        rng = np.random.default_rng([seed, repeat])
        world = imagined(data, passages, cells, sizes, change, rng)
        worlds.append(
            (world, (measure(world.data, cells[0], RESAMPLED), measure(world.data, cells[1], RESAMPLED)))
        )
    own = _root([_error(mix.change(before, after, RESAMPLED).total) for _, (before, after) in worlds])
    steps: list[Step] = []
    found: list[float] = []
    kept = 1.0
    for codes in _grid(len(passages.document)):
        errors, refused = [], 0
        for repeat, (world, crude) in enumerate(worlds):
            rng = np.random.default_rng([seed, repeat, codes])
            labels = world.sample(codes, rng)
            if refusal(labels, terms):
                refused += 1
                continue
            frame_of = frame(world.data, labels.document)
            by = correct(labels, world.data.values[:, 0], frame_of, replace(terms, permutations=1), rng)
            of = difference(by, frame_of, cells, crude, 0, RESAMPLED)
            errors.append(_error(of))
            found.append(abs(float(of.value[0])) / change)
        error = float(np.quantile(errors, SAFE)) if errors else np.inf
        kept = min(max(float(np.mean(found)), LEAST_KEPT), 1.0) if found else 1.0
        steps.append(Step(codes, error, power(change * kept, error), refused / REPEATS))
        if steps[-1].power >= POWER and refused <= (1 - OFTEN) * REPEATS:
            break
    return Planned(
        change, own, moves, power(change * moves, own), (Z + Z_POWER) * own / moves, steps,
        _enough(steps, change * kept), (Z + Z_POWER) * min(step.error for step in steps) / kept,
    )  # fmt: skip


def _error(of: mix.Estimates) -> float:
    """The standard error that an interval stands for."""
    return float(of.upper[0] - of.lower[0]) / (2 * Z)


def _root(errors: Sequence[float]) -> float:
    return sqrt(float(np.mean(np.square(errors))))


def power(change: float, error: float) -> float:
    """The chance that an interval around a change with that standard error leaves 0 out."""
    from scipy.special import ndtr

    return float(ndtr(change / error - Z) + ndtr(-change / error - Z)) if error > 0 else 1.0


@dataclass(frozen=True, slots=True)
class World:
    """A corpus with a truth (n passages, 1 or 0), and what the machine would make of it."""

    data: Documents
    passages: Passages
    truth: Flags

    def sample(self, codes: int, rng: np.random.Generator) -> SampledCodes:
        """People code so many passages, drawn by the machine's levels as `label draw` draws them."""
        levels = np.where(self.passages.coded, 0, np.where(self.passages.near, 1, 2))
        names = ("coded", NEAR, NONE)
        sizes = {name: int((levels == at).sum()) for at, name in enumerate(names)}
        sizes = {name: size for name, size in sizes.items() if size}
        wanted = {name: SPREAD.get(name, SPREAD_CODED) * sqrt(size) for name, size in sizes.items()}
        shares = allocate(sizes, wanted, min(codes, len(levels)), min(LEAST_OF_LEVEL, codes // len(sizes)))
        taken = [
            rng.choice(np.flatnonzero(levels == names.index(name)), number, replace=False)
            for name, number in shares.items()
        ]
        at = np.concatenate(taken)
        chance = np.concatenate(
            [np.full(len(own), shares[n] / sizes[n]) for n, own in zip(shares, taken, strict=True)]
        )
        stratum = np.concatenate([np.full(len(own), k, dtype=np.intp) for k, own in enumerate(taken)])
        document = self.passages.document[at]
        weight = 1 / (self.data.passages[document] * chance)
        machine = self.passages.coded[at].astype(float)
        return SampledCodes(document, self.truth[at].astype(float), machine, weight, stratum)


def imagined(
    data: Documents, passages: Passages, cells: tuple[Cell, Cell], rates: tuple[float, float, float, float],
    change: float, rng: np.random.Generator,
) -> World:  # fmt: skip
    """A truth that goes with the machine's coding, moved so that the second cell is `change` above the first.

    `rates` are precision, missed, sensitivity, and false alarms. Documents are moved whole, to the share of
    another that carries the theme, so that passages of one hang together; what is moved is coded anew.
    """
    precision, missed, hit, false = rates
    n = len(passages.document)
    truth = rng.random(n) < np.where(passages.coded, precision, missed)
    coded = passages.coded.copy()
    number = np.bincount(passages.document, minlength=len(data.source)).astype(float)
    share = np.bincount(passages.document, truth, minlength=len(number)) / np.maximum(number, 1)
    first, second = ((cell.members, cell.weights / cell.weights.sum()) for cell in cells)
    low = float(first[1] @ share[first[0]])
    if low + abs(change) > 0.98:
        change = -abs(change)
    lack = low + change - float(second[1] @ share[second[0]])
    # The machine's shares, not those of the drawn truth: its passages hang together as they really do.
    shares = data.values[:, 0]
    others = shares[shares > 0] if (shares > 0).any() else np.array([1.0])
    order = np.argsort(passages.document, kind="stable")
    starts = np.searchsorted(passages.document[order], np.arange(len(number) + 1))
    weights = dict(zip(second[0].tolist(), second[1].tolist(), strict=True))
    for document in rng.permutation(second[0]).tolist():
        if abs(lack) < 1e-9 or (lack > 0) == (share[document] > rng.choice(others)):
            continue
        own = order[starts[document] : starts[document + 1]]
        carried = max(round(float(rng.choice(others)) * len(own)), 1) if lack > 0 else 0
        step = weights[document] * (carried / len(own) - share[document])
        if step * lack <= 0 or abs(step) > 2 * abs(lack):
            continue
        truth[own] = False
        truth[rng.choice(own, carried, replace=False)] = True
        coded[own] = rng.random(len(own)) < np.where(truth[own], hit, false)
        lack -= step
    values = np.bincount(passages.document, coded, minlength=len(number)) / np.maximum(number, 1)
    return World(replace(data, values=values[:, None]), replace(passages, coded=coded), truth)


def _grid(most: int) -> Iterator[int]:
    yield from (codes for codes in GRID if codes < most)
    if most <= GRID[-1]:
        yield most


def _enough(steps: Sequence[Step], change: float) -> int | None:
    """Between the last number that does not do and the first that does, by what varies with its inverse."""
    last = steps[-1]
    if last.power < POWER or last.refused > 1 - OFTEN:
        return None
    if len(steps) < 2 or not np.isfinite(steps[-2].error) or steps[-2].power >= POWER:
        return last.codes
    before, wanted = steps[-2], (change / (Z + Z_POWER)) ** 2
    gained = (before.error**2 - wanted) / max(before.error**2 - last.error**2, 1e-12)
    inverse = 1 / before.codes + min(max(gained, 0.0), 1.0) * (1 / last.codes - 1 / before.codes)
    return int(np.ceil(1 / inverse / 10) * 10)
