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


NOTHING = 1e-9
"""What is left of a period's weight, several periods later, that counts as gone."""


@dataclass(frozen=True, slots=True)
class Whole:
    """The topics over all time: `rarity` (terms,), and `weights` (topics, terms), whose rows sum to 1."""

    rarity: Floats
    weights: Sparse


@dataclass(frozen=True, slots=True)
class Cells:
    """The (topic, period) pairs that have passages, c of them, by topic, then period.

    `topic`, `period` and `passages` are (c,); `counts` and `own` are (c, terms). The weights of a cell are
    `own` plus `always` (c,) times its topic's of all time: that part, which has nearly all terms, is never
    written out.
    """

    topic: Indices
    period: Indices
    passages: Floats
    counts: Sparse
    own: Sparse
    always: Floats


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
    if evolution:
        own, always = _evolved(own, topic, period)
    else:
        own, always = own / 2, np.full(len(keys), 0.5, dtype=np.float64)
    return Cells(topic, period, passages, summed, own, always)


def tf_idf(summed: Sparse, rarity: Floats) -> Sparse:
    """sqrt(tf) · rarity of counts by row: BERTopic's with `reduce_frequent_words`."""
    weights = _scaled(summed)
    weights.data = np.sqrt(weights.data) * rarity[weights.indices]
    return weights


def top_terms(cells: Cells, fit: Whole, number: int) -> Iterator[tuple[Indices, Floats]]:
    """Of each cell the weightiest terms and their weights, weightiest first; of equals the first term.

    A term that the cell itself lacks has its topic's weight alone: only the topic's first can be among them.
    """
    of_topic = -1
    there = np.zeros(fit.weights.shape[1], dtype=bool)
    always, first = np.zeros(0), np.zeros(0, dtype=np.int64)
    for at, topic in enumerate(cells.topic):
        if topic != of_topic:
            always, of_topic = fit.weights[topic].toarray().ravel(), topic
            first = _first(np.flatnonzero(always), always[always > 0], number)[0]
        start, end = cells.own.indptr[at], cells.own.indptr[at + 1]
        terms = cells.own.indices[start:end]
        there[terms] = True
        terms = np.concatenate([terms, first[~there[first]]])
        there[terms] = False
        weights = cells.always[at] * always[terms]
        weights[: end - start] += cells.own.data[start:end]
        yield _first(terms, weights, number)


def _first(terms: Indices, weights: Floats, number: int) -> tuple[Indices, Floats]:
    if len(weights) > number:
        kept = weights >= np.partition(weights, len(weights) - number)[len(weights) - number]
        terms, weights = terms[kept], weights[kept]
    order = np.lexsort((terms, -weights))[:number]
    return terms[order], weights[order]


def _evolved(own: Sparse, topic: Indices, period: Indices) -> tuple[Sparse, Floats]:
    """Period by period: averaged with the one before, as tuned, then with all time; as BERTopic means it.

    With u = o + a·W the tuned weights, o of the cell's own terms and its past, W of all time:
    o(t) = own(t)/4 + o(t−1)/4 and a(t) = 1/2 + a(t−1)/4 after a period with passages; else own(t)/2 and 1/2.
    """
    from scipy import sparse

    done: Any = None
    before = np.full(int(topic.max()) + 1, -1)
    always: Floats = np.full(len(topic), 0.5)
    rows: list[Sparse] = []
    order: list[Indices] = []
    for now in np.unique(period):
        cells = np.flatnonzero(period == now)
        last = before[topic[cells]]
        known = last >= 0
        weights = sparse.diags(np.where(known, 0.25, 0.5)) @ own[cells]
        if known.any():
            quarter = np.full(known.sum(), 0.25)
            earlier = (quarter, (np.flatnonzero(known), last[known]))
            weights = weights + sparse.csr_matrix(earlier, shape=(len(cells), done.shape[0])) @ done
            weights.data[weights.data < NOTHING] = 0
            weights.eliminate_zeros()
            always[cells[known]] += always[order[-1][last[known]]] / 4
        done = weights.tocsr()
        before[:] = -1
        before[topic[cells]] = np.arange(len(cells))
        rows.append(done)
        order.append(cells)
    return sparse.vstack(rows).tocsr()[np.argsort(np.concatenate(order))], always


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
