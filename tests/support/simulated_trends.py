"""Documents of sources with known prevalences and a known mix, for the tests and the bench of trends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from scipy.special import betaln, expit

from pipeline.trends.prevalence import Documents
from pipeline.trends.resampling import Floats

SOURCES = ("bmj", "guardian", "hansard", "kingsfund")
YEARS = 6
FIRST = 2011
TURNING = np.linspace([0.5, 0.3, 0.15, 0.05], [0.05, 0.15, 0.3, 0.5], YEARS)
"""Each source's share of the documents, year by year."""
UNLIKE = np.array([-1.0, -0.35, 0.35, 1.0])
"""How unlike the sources' levels are, in log-odds."""
RISE = np.linspace(0.85, 1.15, YEARS)
"""What each year's odds are to the mean ones."""
TOGETHER = 2.0
"""The two parameters of the beta distribution of a document's own rate add up to this: passages cluster."""
LONG = np.clip(np.round(np.exp(np.random.default_rng(99).normal(np.log(6), 1.0, 20_000))), 1, 200)
"""Lengths of documents, in passages: half have six or fewer, one in a hundred more than 60."""


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


@dataclass(frozen=True)
class Unlike:
    """Six years of documents of four unlike sources whose mix turns, and what is true of them.

    `counts` (T, S) is how many there are; `share` and `mention` (T, S) are the true prevalences.
    """

    data: Documents
    counts: Floats
    truth: Floats


def unlike(
    theme: float, number: int, kind: str, series: int, rng: np.random.Generator, burst: int = 1
) -> Unlike:
    """`number` documents a year, `series` codings of each, of long-tailed length and clustered passages.

    `theme` is the mean of the sources' prevalences by share. Documents come `burst` at a time: of one source,
    within five days, coded alike.
    """
    share = expit(np.log(RISE)[:, None] + UNLIKE + _middle(theme))
    events = [rng.multinomial(max(1, round(number / burst)), mix) for mix in TURNING]
    year, source = np.nonzero(np.ones((YEARS, len(SOURCES))))
    year, source = (np.repeat(each, np.ravel(events)) for each in (year, source))
    length = rng.choice(LONG, len(year))
    mean = share[year, source][:, None]
    rate = rng.beta(mean * TOGETHER, (1 - mean) * TOGETHER, (len(year), series))
    values = rng.binomial(length.astype(int)[:, None], rate) / length[:, None]
    if kind == "mention":
        values = (values > 0).astype(float)
    day = np.repeat(rng.integers(0, 360, len(year)), burst)
    day += rng.integers(0, 5, len(day)) * (burst > 1)
    year, source, values = (np.repeat(each, burst, axis=0) for each in (year, source, values))
    published = [date(FIRST + int(y), 1, 1) + timedelta(int(d)) for y, d in zip(year, day, strict=True)]
    n = len(published)
    data = Documents([SOURCES[at] for at in source], published, ["day"] * n, np.ones(n), values)
    return Unlike(data, burst * np.array(events, float), share if kind == "share" else _mentioned(share))


def _middle(theme: float) -> float:
    """The log-odds around which the sources' prevalences have the mean `theme`."""
    low, high = -15.0, 15.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if expit(middle + UNLIKE).mean() < theme else (low, middle)
    return low


def _mentioned(share: Floats) -> Floats:
    """How many documents have a passage of the theme, of those in which it has so great a mean share."""
    length, number = np.unique(LONG, return_counts=True)
    yes, no = share[..., None] * TOGETHER, (1 - share[..., None]) * TOGETHER
    none = np.exp(betaln(yes, no + length) - betaln(yes, no))
    return np.asarray(1 - none @ number / number.sum())
