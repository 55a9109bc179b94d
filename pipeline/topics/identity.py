"""Which topic of a new fit is which of the last one: optimal assignment, and what became of the others.

Likeness joins centroids, terms and, where both fits saw them, passages (docs/methods.md). Pure functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.topics.embedding import Vectors, unit_rows
from pipeline.topics.vectors import Labels

Floats = npt.NDArray[np.float64]
SAME = 0.4
"""Topics less alike than this are never the same topic."""
CHIEF = 0.5
"""The share of a topic's passages that come from, or go to, one other topic: it is part of that one."""


@dataclass(frozen=True, slots=True)
class TopicSet:
    """The topics of a fit: k of them, over n passages.

    `centroids` is (k, dimensions) by the embedder named `embedding`. `texts` are the hashes of the passages'
    texts, `labels` (n,) the topic of each, from 0 to k - 1.
    """

    embedding: str
    centroids: Vectors
    terms: Sequence[Sequence[str]]
    texts: Sequence[str]
    labels: Labels

    @property
    def sizes(self) -> npt.NDArray[np.int64]:
        """(k,): passages of each topic."""
        return np.bincount(self.labels, minlength=len(self.terms))


@dataclass(frozen=True, slots=True)
class TopicEvent:
    """What became of a topic between two fits.

    `kind` is continued, born, died, split (it came out of `other_id`) or merged (it went into `other_id`).
    `similarity` and `shared` (passages in both) are between the topic and itself before, or the other one.
    """

    topic_id: str
    kind: str
    other_id: str | None
    similarity: float | None
    passages: int
    shared: int | None


def fresh_ids(count: int, next_number: int = 0) -> list[str]:
    """Ids for topics that no earlier fit knew: t000, t001 and so on, from a number never used before."""
    return [f"t{next_number + at:03d}" for at in range(count)]


def born(new: TopicSet, next_number: int = 0) -> tuple[list[str], list[TopicEvent]]:
    """Ids and events where there is no earlier fit."""
    names = fresh_ids(len(new.terms), next_number)
    sizes = new.sizes.tolist()
    return names, [
        TopicEvent(name, "born", None, None, size, None) for name, size in zip(names, sizes, strict=True)
    ]


def carry_over(
    old_ids: Sequence[str], old: TopicSet, new: TopicSet, next_number: int
) -> tuple[list[str], list[TopicEvent]]:
    """Ids for the new topics, in their order, and what became of all topics, old and new.

    A topic that continues keeps its id; every other one gets the next number that was never used.
    """
    likeness, shared = similarity(old, new), overlap(old, new)
    pairs = matched(likeness)
    names: list[str | None] = [None] * len(new.terms)
    for before, after in pairs.items():
        names[after] = old_ids[before]
    fresh = iter(fresh_ids(len(new.terms), next_number))
    ids = [name or next(fresh) for name in names]
    events = _continued(pairs, ids, likeness, shared, new)
    came = set(pairs.values())
    events += _unmatched(likeness.T, shared.T, came, ids, old_ids, new.sizes, ("split", "born"))
    events += _unmatched(likeness, shared, set(pairs), old_ids, ids, old.sizes, ("merged", "died"))
    return ids, events


def similarity(old: TopicSet, new: TopicSet) -> Floats:
    """(old topics, new topics): the mean of what can be compared, each between 0 and 1.

    Cosine of the centroids, less what all topics share; terms in common of all terms of either (Jaccard);
    passages in common, of those that both fits saw, of all in either (Jaccard).
    """
    parts = [_jaccard_of_terms(old.terms, new.terms)]
    if old.embedding == new.embedding:
        parts.append(_cosines(old, new))
    shared = overlap(old, new)
    if shared.any():
        parts.append(jaccard(shared))
    return np.asarray(np.mean(parts, axis=0))


def overlap(old: TopicSet, new: TopicSet) -> Floats:
    """(old topics, new topics): how many texts are in both."""
    _, before, after = np.intersect1d(np.array(old.texts), np.array(new.texts), return_indices=True)
    counts = np.zeros((len(old.terms), len(new.terms)))
    np.add.at(counts, (old.labels[before], new.labels[after]), 1)
    return counts


def jaccard(counts: Floats) -> Floats:
    """Of a table of counts, each cell's share of its row and column together."""
    either = counts.sum(axis=1)[:, None] + counts.sum(axis=0)[None] - counts
    return np.asarray(counts / np.maximum(either, 1))


def matched(likeness: Floats, least: float = SAME) -> dict[int, int]:
    """Old -> new: the one-to-one assignment with the greatest sum of likenesses (Kuhn 1955)."""
    from scipy.optimize import linear_sum_assignment

    # What is too unlike to be the same must not draw a partner away from what is.
    worth = np.where(likeness >= least, likeness, 0.0)
    rows, columns = linear_sum_assignment(1 - worth)
    return {int(i): int(j) for i, j in zip(rows, columns, strict=True) if worth[i, j] > 0}


def _cosines(old: TopicSet, new: TopicSet) -> Floats:
    # All passages on one subject lie close: what sets topics apart is what is left without their mean.
    middle = np.average(old.centroids, axis=0, weights=np.maximum(old.sizes, 1))
    a, b = unit_rows(old.centroids - middle), unit_rows(new.centroids - middle)
    return np.clip(a.astype(np.float64) @ b.T, 0, 1)


def _jaccard_of_terms(old: Sequence[Sequence[str]], new: Sequence[Sequence[str]]) -> Floats:
    a, b = [set(terms) for terms in old], [set(terms) for terms in new]
    return np.array([[len(x & y) / max(len(x | y), 1) for y in b] for x in a]).reshape(len(a), len(b))


def _continued(
    pairs: dict[int, int], ids: Sequence[str], likeness: Floats, shared: Floats, new: TopicSet
) -> list[TopicEvent]:
    return [
        TopicEvent(
            ids[after], "continued", None, _rounded(likeness[before, after]), int(new.sizes[after]),
            int(shared[before, after]),
        )
        for before, after in sorted(pairs.items(), key=lambda pair: ids[pair[1]])
    ]  # fmt: skip


def _unmatched(
    likeness: Floats,
    shared: Floats,
    known: set[int],
    own_ids: Sequence[str],
    other_ids: Sequence[str],
    sizes: npt.NDArray[np.int64],
    kinds: tuple[str, str],
) -> list[TopicEvent]:
    """Topics without a partner: part of another one (the first of `kinds`), or of none (the second)."""
    events = []
    for own in range(len(own_ids)):
        if own in known:
            continue
        other = _chief(likeness[own], shared[own]) if len(other_ids) else None
        if other is None:
            events.append(TopicEvent(own_ids[own], kinds[1], None, None, int(sizes[own]), None))
        else:
            found = _rounded(likeness[own, other]), int(sizes[own]), int(shared[own, other])
            events.append(TopicEvent(own_ids[own], kinds[0], other_ids[other], *found))
    return events


def _chief(likeness: Floats, shared: Floats) -> int | None:
    """The topic that most of this one's passages come from; without common passages the one like it."""
    if shared.any():
        other = int(np.argmax(shared))
        return other if shared[other] >= CHIEF * shared.sum() else None
    other = int(np.argmax(likeness))
    return other if likeness[other] >= SAME else None


def _rounded(number: float) -> float:
    return round(float(number), 4)
