"""Several cheap fits instead of one: how far they agree, and what they agree on.

Pure functions on a sparse graph (n, n) of similarities; scikit-network is imported in clusters.py alone,
whose `leiden` is passed in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from pipeline.topics.vectors import Labels

RUNS = 6
LEFT_OUT = 0.1
LOWEST = 0.05
"""What an edge keeps of its weight if no fit has both its ends in one community."""

Cluster = Callable[[Any, float, int], Labels]
"""A graph, a resolution and a seed -> a community per node."""


def fits(graph: Any, resolution: float, seed: int, cluster: Cluster) -> list[Labels]:
    """Labels (n,) of several fits, each with a seed of its own and without a tenth of the nodes (-1)."""
    found = []
    for run in range(RUNS):
        rng = np.random.default_rng([seed, run])
        kept = np.flatnonzero(rng.random(graph.shape[0]) >= LEFT_OUT)
        labels = np.full(graph.shape[0], -1, dtype=np.int64)
        labels[kept] = cluster(graph[kept][:, kept], resolution, seed + run)
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
