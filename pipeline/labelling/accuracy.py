"""How well the machine codes: precision, recall and F1 against people, weighted to the whole frame.

Pure functions on arrays; formulas and references in docs/methods.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.labelling.agreement import Estimate
from pipeline.resampling import Bootstrap, Floats, Strata, effective, interval, resample, wilson_draws

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


def accuracy(judged: Judged, bootstrap: Bootstrap, *key: object) -> dict[str, tuple[Estimate, float]]:
    """measure -> (estimate, the same unweighted). nan where a measure isn't defined.

    Ratios of Horvitz-Thompson totals (Hájek 1971). Documents are resampled within the strata they were
    drawn from, with all their passages. Where machine and people never differ in a level, resampling would
    take that for certain: there the error is drawn so that its quantiles are Wilson's bounds.
    """
    parts = judged.parts
    weighted = parts / judged.probability[:, None]
    names, first, numbers = np.unique(np.array(judged.documents), return_index=True, return_inverse=True)
    sums = np.zeros((len(names), parts.shape[1]))
    np.add.at(sums, numbers, weighted)
    strata = np.array(judged.strata)[first]
    drawn = None
    if len(names) > 1:
        one, rng = np.ones(len(names)), bootstrap.generator(*key)
        drawn = resample(sums, one, strata, bootstrap.resamples, rng).whole
        drawn = drawn + _unseen(judged, weighted, bootstrap, rng) / len(names)
    found = {}
    for measure, (top, bottom) in RATIOS.items():
        value = _ratio(weighted.sum(axis=0), top, bottom)
        ends = (np.nan, np.nan)
        if drawn is not None and not np.isnan(value):
            ends = _interval(value, _ratios(drawn, top, bottom), sums @ np.array(bottom), strata, bootstrap)
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


def _unseen(judged: Judged, weighted: Floats, bootstrap: Bootstrap, rng: np.random.Generator) -> Floats:
    """(resamples, 4): what errors that the sample happens not to show would add to the sums."""
    added = np.zeros((bootstrap.resamples, weighted.shape[1]))
    levels, documents = np.array(judged.levels), np.array(judged.documents)
    for said in (0, 1):
        for level in np.unique(levels):
            cell = (judged.machine == said) & (levels == level)
            own = judged.people[cell]
            if not len(own) or (own != own[0]).any() or own[0] == 0.5:
                continue
            size = float(len(np.unique(documents[cell])))
            error = wilson_draws(np.zeros(1), size, bootstrap.resamples, rng)[:, 0]
            turned = error * weighted[cell, ALL].sum() * (1 - 2 * own[0])
            added[:, PEOPLE] += turned
            added[:, BOTH] += said * turned
    return added


def _ratio(sums: Floats, top: Sequence[float], bottom: Sequence[float]) -> np.float64:
    return np.float64(_ratios(sums[None], top, bottom)[0])


def _ratios(sums: Floats, top: Sequence[float], bottom: Sequence[float]) -> Floats:
    below = sums @ np.array(bottom)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(below > 0, (sums @ np.array(top)) / below, np.nan))
