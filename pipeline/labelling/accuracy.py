"""How well the machine codes: precision, recall and F1 against people, weighted to the whole frame.

Pure functions on arrays; formulas and references in docs/methods.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.labelling.agreement import Estimate
from pipeline.trends.resampling import (
    Bootstrap,
    Floats,
    Strata,
    effective,
    interval,
    resampled_amounts,
    wilson_draws,
)

BOTH, MACHINE, PEOPLE, ALL = range(4)
RATIOS: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "precision": ((1, 0, 0, 0), (0, 1, 0, 0)),
    "recall": ((1, 0, 0, 0), (0, 0, 1, 0)),
    "f1": ((2, 0, 0, 0), (0, 1, 1, 0)),
    "prevalence": ((0, 0, 1, 0), (0, 0, 0, 1)),
}
"""Each measure is a ratio of two sums over (both say yes, the machine does, people do, all passages)."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Passages that people and machine coded, n of each: `machine` is 1 or 0, `people` also 0.5 for a tie.

    `probability` is the chance that each had to be here, `levels` join strata that err alike.
    """

    machine: Floats
    people: Floats
    probability: Floats
    documents: Sequence[str]
    strata: Sequence[str]
    levels: Sequence[str]

    @property
    def parts(self) -> Floats:
        """(n, 4): what each passage adds to the sums of RATIOS."""
        f, y = self.machine, self.people
        return np.column_stack([f * y, f, y, np.ones(len(f))])


@dataclass(frozen=True, slots=True)
class _Cell:
    """Passages (`members`, 1 or 0) of so many documents on which machine and people say each the same."""

    machine: int
    people: float
    documents: int
    members: Floats


def accuracy(judged: Judged, bootstrap: Bootstrap, *key: object) -> dict[str, tuple[Estimate, float]]:
    """measure -> (estimate, the same unweighted). nan where a measure isn't defined.

    Ratios of Horvitz-Thompson totals (Hájek 1971). Documents are resampled within their
    strata, with all their passages. Where machine and people never differ in a level, resampling would
    take that for certain: there the error is drawn so that its quantiles are Wilson's bounds.
    """
    parts = judged.parts
    cells = _still(judged)
    weighted = np.column_stack([parts, *(cell.members for cell in cells)]) / judged.probability[:, None]
    names, first, numbers = np.unique(np.array(judged.documents), return_index=True, return_inverse=True)
    sums = np.zeros((len(names), weighted.shape[1]))
    np.add.at(sums, numbers, weighted)
    strata = np.array(judged.strata)[first]
    drawn = None
    if len(names) > 1:
        rng = bootstrap.generator(*key)
        drawn = _with_unseen(resampled_amounts(sums, strata, bootstrap, rng), cells, rng)
    own = sums[:, : parts.shape[1]]
    found = {}
    for measure, (top, bottom) in RATIOS.items():
        value = _ratio(own.sum(axis=0), top, bottom)
        ends = (np.nan, np.nan)
        if drawn is not None and not np.isnan(value):
            ends = _interval(value, _ratios(drawn, top, bottom), own @ np.array(bottom), strata, bootstrap)
        found[measure] = Estimate(float(value), *ends), float(_ratio(parts.sum(axis=0), top, bottom))
    return found


def _interval(
    value: np.float64, draws: Floats, below: Floats, strata: Strata, bootstrap: Bootstrap
) -> tuple[float, float]:
    """The interval of a ratio: `below` (documents,) are what its denominator rests on."""
    draws = draws[~np.isnan(draws)][:, None]
    if not len(draws):
        return np.nan, np.nan
    size = effective(below[below > 0] / below.max())
    freedom = len(set(strata[below > 0].tolist()))
    lower, upper = interval(draws, np.array([value]), size, freedom, bootstrap)
    return float(lower[0]), float(upper[0])


def _still(judged: Judged) -> list[_Cell]:
    """The cells, of what the machine says and of a level, in which people all say the same."""
    levels, documents = np.array(judged.levels), np.array(judged.documents)
    found = []
    for said in (0, 1):
        for level in np.unique(levels):
            members = (judged.machine == said) & (levels == level)
            own = judged.people[members]
            if len(own) and (own == own[0]).all() and own[0] != 0.5:
                size = len(np.unique(documents[members]))
                found.append(_Cell(said, float(own[0]), size, members.astype(float)))
    return found


def _with_unseen(drawn: Floats, cells: Sequence[_Cell], rng: np.random.Generator) -> Floats:
    """(resamples, 4) sums of RATIOS; in `drawn` the weights of the cells follow them.

    Of each cell a share of the weight is turned from what people said to the other.
    """
    sums, weights = drawn[:, : ALL + 1].copy(), drawn[:, ALL + 1 :]
    for cell, weight in zip(cells, weights.T, strict=True):
        error = wilson_draws(np.zeros(1), cell.documents, len(drawn), rng)[:, 0]
        turned = error * weight * (1 - 2 * cell.people)
        sums[:, PEOPLE] += turned
        sums[:, BOTH] += cell.machine * turned
    return sums


def _ratio(sums: Floats, top: Sequence[float], bottom: Sequence[float]) -> np.float64:
    return np.float64(_ratios(sums[None], top, bottom)[0])


def _ratios(sums: Floats, top: Sequence[float], bottom: Sequence[float]) -> Floats:
    below = sums @ np.array(bottom)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(below > 0, (sums @ np.array(top)) / below, np.nan))
