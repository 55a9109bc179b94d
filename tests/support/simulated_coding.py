"""Documents with a known truth, a machine with known errors, and people who code a sample of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from pipeline.trends.corrected import SampledCodes
from pipeline.trends.prevalence import Documents
from pipeline.trends.resampling import Floats

SOURCES = ("bmj", "guardian", "hansard")


@dataclass(frozen=True)
class Planted:
    """Per year and source (T, S): documents, true prevalence, and the machine's two rates of being right."""

    counts: Floats
    truth: Floats
    sensitivity: Floats
    specificity: Floats

    @classmethod
    def of(
        cls, counts: object, truth: object, sensitivity: object = 0.8, specificity: object = 0.95
    ) -> Planted:
        """Years by sources from a number, one per year (T, 1), or all of them (T, S)."""
        shape = np.broadcast_shapes(*(np.shape(x) for x in (counts, truth, sensitivity, specificity)))
        return cls(
            *(np.broadcast_to(np.asarray(x, float), shape) for x in (counts, truth, sensitivity, specificity))
        )

    def prevalence(self) -> Floats:
        """(T,): the true prevalence of each year, with its sources as they are."""
        return np.asarray((self.counts * self.truth).sum(axis=1) / self.counts.sum(axis=1))


def simulated_coding(planted: Planted, series: int, rng: np.random.Generator) -> tuple[Documents, Floats]:
    """`series` independent codings by machine, and the truth behind them (n, series)."""
    source, published, truth, machine = [], [], [], []
    for (year, place), number in np.ndenumerate(planted.counts.astype(int)):
        source += [SOURCES[place]] * number
        published += [date(2011 + year, 6, 1)] * number
        true = rng.random((number, series)) < planted.truth[year, place]
        found = rng.random((number, series)) < planted.sensitivity[year, place]
        false = rng.random((number, series)) >= planted.specificity[year, place]
        truth.append(true)
        machine.append(np.where(true, found, false))
    n = len(source)
    data = Documents(source, published, ["day"] * n, np.ones(n), np.vstack(machine).astype(float))
    return data, np.vstack(truth).astype(float)


def drawn(data: Documents, truth: Floats, column: int, number: int, rng: np.random.Generator) -> SampledCodes:
    """People code a simple random sample of the documents, without an error."""
    taken = rng.choice(len(truth), number, replace=False)
    machine = data.values[taken, column]
    return SampledCodes(
        taken, truth[taken, column], machine, np.ones(number), np.zeros(number, dtype=np.intp)
    )
