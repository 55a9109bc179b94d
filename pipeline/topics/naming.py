"""The terms that name a topic: what many of its surest passages hold, and few others. Pure functions.

Passages are counted, not occurrences, so that one passage that repeats a word can't name a topic; why, and
what it brings, is told in docs/decisions/0017.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.topics.vectors import Labels

Floats = npt.NDArray[np.float64]
Sparse = Any
"""A matrix of scipy.sparse in rows (CSR)."""
COMMONNESS = 0.7
"""The power of a term's share of the topic: at 0.5 rare terms come first, at 1 those that topics share."""


def weights(counts: Sparse, topics: Labels, probability: Floats) -> Sparse:
    """(k, terms): s(x, c)^0.7 · ln(1 + n / f(x)), the TF-IDF of topics by the passages that hold a term.

    `counts` (n, terms) are those of n passages, `topics` (n,) theirs, from 0, and `probability` (n,) how
    surely each belongs there, by which it weighs in the topic's share s. f passages hold the term in all.
    """
    from scipy import sparse

    held = counts.astype(bool).astype(np.float64)
    sure = np.asarray(np.bincount(topics, probability), dtype=np.float64)
    share = sparse.csr_matrix((probability / sure[topics], (topics, np.arange(len(topics))))) @ held
    passages = np.maximum(np.asarray(held.sum(axis=0)).ravel(), 1)
    rarity = np.log1p(len(topics) / passages)
    found = share.tocsr()
    found.data = found.data**COMMONNESS * rarity[found.indices]
    return found


def weightiest(rows: Sparse, number: int) -> list[list[tuple[int, float]]]:
    """Per row so many columns and their weights, weightiest first; of equals the first column."""
    named = []
    for at in range(rows.shape[0]):
        own = slice(rows.indptr[at], rows.indptr[at + 1])
        terms, values = rows.indices[own], rows.data[own]
        # Rounded, so that a draw in the last bits is decided by place.
        order = np.lexsort((terms, -np.round(values, 12)))[:number]
        named.append([(int(terms[place]), float(values[place])) for place in order])
    return named
