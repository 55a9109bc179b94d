"""Words of each topic in each period: class-based TF-IDF from one sparse product. Pure functions on matrices.

c-TF-IDF, global tuning and evolution tuning as BERTopic defines them (Grootendorst 2022; docs/methods.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Sparse = Any
"""A matrix of scipy.sparse in rows (CSR)."""


@dataclass(frozen=True, slots=True)
class Cells:
    """The (topic, period) pairs that have passages, c of them, by topic, then period.

    `topic`, `period` and `passages` are (c,); `counts` and `weights` are (c, terms).
    """

    topic: Indices
    period: Indices
    passages: Floats
    counts: Sparse
    weights: Sparse


@dataclass(frozen=True, slots=True)
class Whole:
    """The topics over all time: `rarity` (terms,), and `weights` (topics, terms), whose rows sum to 1."""

    rarity: Floats
    weights: Sparse


def whole(counts: Sparse, topics: Indices) -> Whole:
    """c-TF-IDF of the topics `topics` (n,) from the counts (n, terms) of all their passages."""
    summed = _sums(counts, topics, np.ones(len(topics)), int(topics.max()) + 1)
    total = np.asarray(summed.sum(axis=0)).ravel()
    mean = int(summed.sum(axis=1).mean())
    rarity = np.log(1 + mean / np.where(total > 0, total, np.inf))
    return Whole(rarity, _scaled(tf_idf(summed, rarity)))


def over_time(
    counts: Sparse, topics: Indices, periods: Indices, share: Floats, fit: Whole, evolution: bool = True
) -> Cells:
    """c-TF-IDF of each topic in each period, averaged with the topic's of all time (global tuning).

    `counts` (n, terms) are those of n passages; `topics`, `periods`, `share` (n,) place each in a period for
    a `share` of it. With `evolution` a topic's words are first averaged with those of the period before, if
    it has any there.
    """
    width = int(periods.max()) + 1
    keys, place = np.unique(topics * width + periods, return_inverse=True)
    topic, period = np.divmod(keys, width)
    summed = _sums(counts, place, share, len(keys))
    own = _scaled(tf_idf(summed, fit.rarity))
    passages: Floats = np.asarray(np.bincount(place, share, minlength=len(keys)), dtype=np.float64)
    if not evolution:
        return Cells(topic, period, passages, summed, ((own + fit.weights[topic]) / 2).tocsr())
    return Cells(topic, period, passages, summed, _evolved(own, topic, period, fit))


def tf_idf(summed: Sparse, rarity: Floats) -> Sparse:
    """sqrt(tf) · rarity of counts by row: BERTopic's with `reduce_frequent_words`."""
    weights = _scaled(summed)
    weights.data = np.sqrt(weights.data) * rarity[weights.indices]
    return weights


def top_terms(weights: Sparse, number: int) -> Iterator[tuple[Indices, Floats]]:
    """Of each row the weightiest terms and their weights, weightiest first; of equals the first term."""
    for start, end in zip(weights.indptr, weights.indptr[1:], strict=False):
        terms, own = weights.indices[start:end], weights.data[start:end]
        if len(own) > number:
            least = np.partition(own, len(own) - number)[len(own) - number]
            kept = own >= least
            terms, own = terms[kept], own[kept]
        order = np.lexsort((terms, -own))[:number]
        yield terms[order], own[order]


def _evolved(own: Sparse, topic: Indices, period: Indices, fit: Whole) -> Sparse:
    """Period by period: averaged with the one before, as tuned, then with all time; as BERTopic means it."""
    from scipy import sparse

    done: Any = None
    before = np.full(int(topic.max()) + 1, -1)
    rows, order = [], []
    for now in np.unique(period):
        cells = np.flatnonzero(period == now)
        weights = own[cells]
        known = before[topic[cells]]
        if (known >= 0).any():
            half = sparse.diags(np.where(known >= 0, 0.5, 1.0))
            earlier = sparse.csr_matrix(
                (np.full((known >= 0).sum(), 0.5), (np.flatnonzero(known >= 0), known[known >= 0])),
                shape=(len(cells), done.shape[0]),
            )
            weights = half @ weights + earlier @ done
        done = ((weights + fit.weights[topic[cells]]) / 2).tocsr()
        before[:] = -1
        before[topic[cells]] = np.arange(len(cells))
        rows.append(done)
        order.append(cells)
    return sparse.vstack(rows).tocsr()[np.argsort(np.concatenate(order))]


def _sums(counts: Sparse, place: Indices, share: Floats, number: int) -> Sparse:
    """(number, terms): the counts of passages summed where they are placed; the one product there is."""
    from scipy import sparse

    into = sparse.csr_matrix((share, (place, np.arange(len(place)))), shape=(number, len(place)))
    return (into @ counts).tocsr()


def _scaled(rows: Sparse) -> Sparse:
    """Rows scaled to a sum of 1, as a copy; a row of zeros stays."""
    total = np.asarray(rows.sum(axis=1)).ravel()
    scaled = rows.astype(np.float64)
    scaled.data /= np.repeat(np.where(total > 0, total, 1), np.diff(rows.indptr))
    return scaled
