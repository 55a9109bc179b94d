"""Documents of sources with known prevalences and a known mix, for the tests and the bench of trends."""

from __future__ import annotations

from datetime import date

import numpy as np

from pipeline.trends.prevalence import Documents
from pipeline.trends.resampling import Floats

SOURCES = ("bmj", "guardian", "hansard", "kingsfund")


def simulated(counts: Floats, truth: Floats, kind: str, series: int, rng: np.random.Generator) -> Documents:
    """Documents of years from 2011 on, `series` independent codings of each.

    `counts` (T, S) documents per year and source; `truth` (T, S) their prevalence. `kind`: mention, 0 or
    1 per document; share, between 0 and 1, of which documents without the subject have 0.
    """
    source, published, values = [], [], []
    for year, (numbers, means) in enumerate(zip(counts, truth, strict=True)):
        for name, number, mean in zip(SOURCES, numbers.astype(int), means, strict=False):
            source += [name] * number
            published += [date(2011 + year, 6, 1)] * number
            values.append(coded(mean, (number, series), kind, rng))
    n = len(source)
    return Documents(source, published, ["day"] * n, np.ones(n), np.vstack(values))


def coded(mean: float, shape: tuple[int, int], kind: str, rng: np.random.Generator) -> Floats:
    """Codings of documents whose expectation is `mean`."""
    if kind == "mention":
        return (rng.random(shape) < mean).astype(float)
    mentioned = rng.random(shape) < min(2 * mean, 1.0)
    part = mean / min(2 * mean, 1.0)
    return np.asarray(mentioned * rng.beta(4 * part, 4 * (1 - part), shape))
