"""Several cheap fits instead of one: how far they agree, and what they agree on.

Pure functions on a sparse graph (n, n) of similarities; scikit-network is imported in clusters.py alone,
whose `leiden` is passed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.topics.vectors import Labels

RUNS = 6
LEFT_OUT = 0.1
APART = 0.3
"""Two clusters are one if fits hold their members together by this share of what they do within either."""
LOWEST = 0.05
"""What an edge keeps of its weight if no fit has both its ends in one community."""

Cluster = Callable[[Any, float, int], Labels]
"""A graph, a resolution and a seed -> a community per node."""
Spread = Callable[..., Iterable[Labels]]


def fits(graph: Any, resolution: float, seed: int, cluster: Cluster, spread: Spread = map) -> list[Labels]:
    """Labels (n,) of several fits, each with a seed of its own and without a tenth of the nodes (-1).

    `spread` is a `map`, which may work on several cores.
    """
    rows = graph.shape[0]
    drawn = (np.random.default_rng([seed, run]).random(rows) for run in range(RUNS))
    kept = [np.flatnonzero(draw >= LEFT_OUT) for draw in drawn]
    parts = (graph[own][:, own] for own in kept)
    found = []
    for own, communities in zip(
        kept, spread(cluster, parts, [resolution] * RUNS, range(seed, seed + RUNS)), strict=True
    ):
        labels = np.full(rows, -1, dtype=np.int64)
        labels[own] = communities
        found.append(labels)
    return found


def agreement(labellings: Sequence[Labels]) -> float:
    """Mean adjusted Rand index (Hubert and Arabie 1985) of all pairs, on the nodes that both hold."""
    from sklearn.metrics import adjusted_rand_score

    scores = []
    for one, other in combinations(labellings, 2):
        both = (one >= 0) & (other >= 0)
        # Two fits that put everything into one community agree on nothing but that.
        if one[both].any() or other[both].any():
            scores.append(adjusted_rand_score(one[both], other[both]))
        else:
            scores.append(0.0)
    return float(np.mean(scores))


def agreed(graph: Any, labellings: Sequence[Labels]) -> Any:
    """The graph, each edge weighted with the share of fits that hold its ends together.

    Consensus of an ensemble, confined to the edges there are (Lancichinetti and Fortunato 2012; Poulin
    and Théberge 2019).
    """
    from scipy.sparse import coo_matrix, csr_matrix

    edges = coo_matrix(graph)
    together, held = np.zeros(edges.nnz), np.zeros(edges.nnz)
    for labels in labellings:
        one, other = labels[edges.row], labels[edges.col]
        both = (one >= 0) & (other >= 0)
        held += both
        together += both & (one == other)
    # An edge that no fit held keeps its weight.
    share = np.where(held > 0, together / np.maximum(held, 1), 1.0)
    return csr_matrix((edges.data * (LOWEST + (1 - LOWEST) * share), (edges.row, edges.col)), graph.shape)


def distinct(labels: Labels, labellings: Sequence[Labels]) -> Labels:
    """The labels (n,), with clusters joined that fits don't reliably tell apart, the least apart first."""
    merged = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    while merged.max() > 0:
        shares = held_together(merged, labellings)
        within = np.maximum(np.diag(shares), 1e-12)
        relative = shares / np.minimum(within[:, None], within[None, :])
        np.fill_diagonal(relative, -1)
        one, other = np.unravel_index(int(relative.argmax()), relative.shape)
        if relative[one, other] < APART:
            break
        merged[merged == max(one, other)] = min(one, other)
        merged = np.unique(merged, return_inverse=True)[1].astype(np.int64)
    return merged


def held_together(labels: Labels, labellings: Sequence[Labels]) -> npt.NDArray[np.float64]:
    """(k, k): how often fits hold a member of one cluster and one of another together, mean over pairs."""
    count = int(labels.max()) + 1
    together, pairs = np.zeros((count, count)), np.zeros((count, count))
    for found in labellings:
        kept = found >= 0
        table = np.zeros((count, int(found.max()) + 1))
        np.add.at(table, (labels[kept], found[kept]), 1)
        sizes = table.sum(axis=1)
        together += table @ table.T
        pairs += np.outer(sizes, sizes)
    shares: npt.NDArray[np.float64] = together / np.maximum(pairs, 1)
    return shares
