"""A new subject amid old ones: new passages that lie nearer to one another than their number allows.

Between two fits all passages join old topics. Whether documents are new or old is a matter of chance where
nothing is new, so that among the documents nearest to a new passage as many are new as its topics have new
ones, give or take what chance gives. Pure functions on arrays; docs/decisions/0018 has what it finds.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import numpy as np
import numpy.typing as npt

from pipeline.topics.embedding import Vectors
from pipeline.topics.neighbours import Places
from pipeline.topics.vectors import Floats, Labels

Truths = npt.NDArray[np.bool_]
DOCUMENTS = 20
"""Nearest documents that are looked at; in a small corpus an eighth of all."""
ALARMS = 0.05
"""The chance of a false alarm between two fits, whatever the number of builds."""
ALOOF = 0.5
"""Only passages are asked about that are less like the fitted ones than this share of their topic's own."""
COSINES = 10_000_000
"""Most cosines in memory at a time: 40 MB."""


@dataclass(frozen=True, slots=True)
class Together:
    """All n passages: `places` (n, d) of length 1, topics, numbers of their documents, and which are new.

    `likeness` (n,) is how like the nearest fitted ones each is.
    """

    places: Vectors
    labels: Labels
    documents: Places
    new: Truths
    likeness: Floats


def new_subject(found: Together, arrived: Truths, most_new: float) -> Places:
    """The passages of a clump, if one that `arrived` now shows it; else none. `arrived` is (n,), too.

    A clump are the passages with more new ones around them than chance allows, and those new ones. Each new
    passage is asked about once, when it arrives, by a binomial test at `ALARMS` over `most_new`, the number
    of new ones that call for a refit anyway (Bonferroni): so false alarms don't add up over builds.
    """
    aloof = found.new & _aloof(found)
    asked = np.flatnonzero(aloof & arrived)
    rare = ALARMS / max(most_new, 1.0)
    if not len(asked) or not (_chances(found, _nearest_documents(found, asked)) < rare).any():
        return np.zeros(0, dtype=np.int64)
    every = np.flatnonzero(aloof)
    near = _nearest_documents(found, every)
    hit = _chances(found, near) < rare
    around = near[hit]
    return np.union1d(every[hit], around[(around >= 0) & found.new[around]])


def _aloof(found: Together) -> Truths:
    """Which passages are less like the fitted ones than the middle one of their topic's own is."""
    middle = np.full(int(found.labels.max()) + 1, np.inf)
    for topic in range(len(middle)):
        own = found.likeness[(found.labels == topic) & ~found.new]
        if len(own):
            middle[topic] = np.quantile(own, ALOOF)
    return np.asarray(found.likeness < middle[found.labels])


def _chances(found: Together, near: Places) -> Floats:
    """Of each row of nearest documents (m, count), the chance that so many of them are new.

    Each is new with the share of new passages in its topic, so that a subject that is talked of more
    is no clump.
    """
    sizes = np.bincount(found.labels)
    share = np.bincount(found.labels[found.new], minlength=len(sizes)) / np.maximum(sizes, 1)
    there = near >= 0
    looked_at = there.sum(axis=1)
    new = (there & found.new[near]).sum(axis=1)
    expected = np.where(there, share[found.labels[near]], 0).sum(axis=1) / np.maximum(looked_at, 1)
    return _at_least(new, looked_at, expected)


def _at_least(least: Places, trials: Places, chance: Floats) -> Floats:
    """(n,): the chance of `least` or more in a few `trials`; importing scipy costs more than this test."""
    tail = np.zeros(len(least))
    for hits in range(DOCUMENTS + 1):
        ways = np.array([comb(each, hits) for each in trials.tolist()], dtype=np.float64)
        missed = np.maximum(trials - hits, 0)
        tail += np.where(hits >= least, ways * chance**hits * (1 - chance) ** missed, 0)
    return tail


def _nearest_documents(found: Together, asked: Places) -> Places:
    """(asked, count): of each of the nearest other documents its nearest passage; -1 for none."""
    others = len(np.unique(found.documents)) - 1
    count = max(min(DOCUMENTS, others // 8), min(others, 5))
    near = np.full((len(asked), count), -1, dtype=np.int64)
    deep = min(4 * count, len(found.places))
    step = max(COSINES // len(found.places), 1)
    for at in range(0, len(asked), step):
        own = asked[at : at + step]
        cosines = found.places[own] @ found.places.T
        best = np.argpartition(cosines, len(found.places) - deep, axis=1)[:, len(found.places) - deep :]
        for row, (passage, candidates) in enumerate(zip(own, best, strict=True)):
            chosen = _of_documents(found, passage, candidates, cosines[row], count)
            if len(chosen) < count and deep < len(found.places):  # a long document takes up much room
                chosen = _of_documents(found, passage, np.arange(len(found.places)), cosines[row], count)
            near[at + row, : len(chosen)] = chosen
    return near


def _of_documents(
    found: Together, passage: np.int64, candidates: Places, cosines: Vectors, count: int
) -> Places:
    other = candidates[found.documents[candidates] != found.documents[passage]]
    ordered = other[np.lexsort((other, -cosines[other]))]
    _, first = np.unique(found.documents[ordered], return_index=True)
    chosen: Places = ordered[np.sort(first)[:count]]
    return chosen
