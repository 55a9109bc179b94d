"""What a correction is worth: whether it takes off more error than it adds, and what may pass for a change.

Pure functions on arrays. Definitions: docs/methods.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from pipeline.trends.corrected import CorrectedFrame, Correction, SampledCodes
from pipeline.trends.corrected_points import Place, corrected_mean
from pipeline.trends.resampling import Floats, Indices

CRUDE, CORRECTED = "crude", "corrected"
BEYOND = 0.05
"""Errors that differ between periods with a smaller chance are told of."""
APART = 0.5
"""Coders (samples, versions) who have less of their years in common are told of, where that is no chance."""
SOME, PERMUTATIONS, CHANCE = 4, 199, 0.01
"""Codes that each must have; how often years are permuted; below which chance it is none."""
STEPS = 2
NOTABLE = 0.005
"""Half a point of prevalence: less is not worth a remark."""


@dataclass(frozen=True, slots=True)
class Said:
    """Who said something (a coder, a sample, a version of the codebook), of which document, and its year."""

    who: str
    document: str
    year: int


@dataclass(frozen=True, slots=True)
class Worth:
    """What a correction takes off and adds, as roots of mean squares over periods, in prevalence.

    `moves` is how far it moves a period, `error` what the labels leave open; `surplus` is what samples that
    pass `min_positives` find too much. `surer` is crude or corrected.
    """

    moves: float
    error: float
    surplus: float

    @property
    def surer(self) -> str:
        """The figure with the smaller expected squared error."""
        # What it moves holds its own error once: so much of a move is seen where there is nothing to correct.
        return CORRECTED if self.moves**2 - self.error**2 > self.error**2 + self.surplus**2 else CRUDE


def worth(found: Correction, frame: CorrectedFrame, labels: SampledCodes, fewest: int) -> Worth:
    """Of a correction by labels that needed `fewest` with the theme, over the periods of its frame."""
    total = frame.periods.sum()
    moves = error = 0.0
    for column in frame.periods.T[frame.periods.sum(axis=0) > 0]:
        share = column / column.sum()
        mean = float(share @ found.values)
        value, wrong = corrected_mean(found, Place(mean, share @ frame.periods, share @ frame.sources))
        moves += column.sum() / total * (mean - value) ** 2
        error += column.sum() / total * wrong**2
    return Worth(float(np.sqrt(moves)), float(np.sqrt(error)), surplus(found, labels, fewest))


def surplus(found: Correction, labels: SampledCodes, fewest: int) -> float:
    """What a sample with at least `fewest` positives finds too much, on average: with fewer it is refused.

    The positives that passed are a Poisson count, cut off below `fewest`; its own mean, by some steps of the
    fixed point, is less than what was found. The rest is what these passages add to the corrected prevalence.
    """
    positive = labels.human > 0.5
    number = int(positive.sum())
    if number == 0:
        return 0.0
    mean = float(number)
    for _ in range(STEPS):
        mean = number * mean / _cut_off(mean, fewest)
    weight = labels.weight / labels.weight.sum()
    each = float((weight * (labels.human - found.weight * labels.machine))[positive].sum()) / number
    return max((number - mean) * each, 0.0)


def _cut_off(mean: float, fewest: int) -> float:
    """The mean of a Poisson count of which only values of at least `fewest` are seen."""
    from scipy.stats import poisson

    seen = float(poisson.sf(fewest - 1, mean))
    return mean * float(poisson.sf(fewest - 2, mean)) / seen if seen > 0 else float(fewest)


def remarks(found: Correction, of: Worth, surplus: float, fewest: int, what: str) -> Iterator[str]:
    """What to say beside a corrected figure; `of` is what the correction is worth for it, `what` it is."""
    if found.period_p is not None and found.period_p < BEYOND:
        yield (
            f"the machine's errors differ between periods beyond chance (p = {found.period_p:.2g}): a change "
            "may be one of how well it codes, or of how people coded"
        )
    if surplus > NOTABLE:
        yield (
            f"{found.positives} with the theme were found and {fewest} are needed: samples that pass find "
            f"too many, here some {100 * surplus:.1f} points"
        )
    if of.surer == CRUDE:
        yield (
            f"the correction adds more error than it takes off (it moves {what} by {100 * of.moves:.1f} "
            f"points and is itself uncertain by {100 * of.error:.1f}): the crude figure is surer"
        )


def split_in_time(what: str, said: Sequence[Said]) -> list[str]:
    """Remarks on coders (or samples, or versions: `what`, in the plural) that hardly share a year.

    The share in common is the sum over years of the smaller share. It is tested by permuting the years of
    documents: two who coded little have little in common by chance.
    """
    found: list[str] = []
    if not said:
        return found
    names, who = np.unique([one.who for one in said], return_inverse=True)
    documents, first, where = np.unique(
        [one.document for one in said], return_index=True, return_inverse=True
    )
    counts = np.zeros((len(documents), len(names)))
    np.add.at(counts, (where, who), 1)
    year = np.unique([said[at].year for at in first], return_inverse=True)[1].astype(np.intp)
    for a, b in combinations(range(len(names)), 2):
        pair = counts[:, [a, b]]
        if pair.sum(axis=0).min() < SOME:
            continue
        common = _in_common(pair, year)
        if common >= APART:
            continue
        own = pair.sum(axis=1) > 0
        rng = np.random.default_rng(0)
        drawn = [_in_common(pair[own], rng.permutation(year[own])) for _ in range(PERMUTATIONS)]
        if (1 + sum(other <= common + 1e-12 for other in drawn)) / (1 + PERMUTATIONS) <= CHANCE:
            found.append(
                f"{what} {names[a]} and {names[b]} have {common:.0%} of their years in common: a change "
                "between these periods may be theirs and not the texts'"
            )
    return found


def _in_common(pair: Floats, year: Indices) -> float:
    """The share of two columns of counts (documents, 2) that lies in the same years."""
    years = np.zeros((int(year.max()) + 1, 2))
    np.add.at(years, year, pair)
    return float((years / years.sum(axis=0)).min(axis=1).sum())
