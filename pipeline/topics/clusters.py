"""Communities of the graph of cosine neighbours, as a clusterer that BERTopic takes.

The only file that imports scikit-network.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.embedding import Vectors
from pipeline.topics.vectors import Labels, centroids_of, unit_rows


class NeighbourLeiden:
    """Leiden communities (Traag et al. 2019) of the graph of cosine neighbours, as BERTopic's clusterer.

    `fit` takes an (n, d) matrix and leaves `labels_` (n,), largest community first. Communities of
    fewer than `smallest` members join the one whose centroid is nearest.
    """

    def __init__(self, neighbours: int, resolution: float, smallest: int, seed: int) -> None:
        self.neighbours = neighbours
        self.resolution = resolution
        self.smallest = smallest
        self.seed = seed
        self.labels_: Labels = np.zeros(0, dtype=np.int64)

    def fit(self, vectors: Vectors, y: object = None) -> NeighbourLeiden:
        """Cluster the rows of `vectors`."""
        from sknetwork.clustering import Leiden

        unit = unit_rows(vectors)
        graph = neighbour_graph(unit, self.neighbours)
        raw = Leiden(resolution=self.resolution, random_state=self.seed).fit_predict(graph)
        self.labels_ = _by_size(_merge_small(unit, np.asarray(raw, dtype=np.int64), self.smallest))
        return self

    def fit_predict(self, vectors: Vectors, y: object = None) -> Labels:
        """`fit`, then the labels."""
        return self.fit(vectors).labels_


def neighbour_graph(unit: Vectors, neighbours: int) -> Any:
    """Symmetric sparse (n, n) matrix of cosines between each row and its nearest neighbours."""
    from sklearn.neighbors import NearestNeighbors

    count = min(neighbours, len(unit) - 1)
    # On rows of unit length, Euclidean and cosine neighbours are the same.
    finder = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(unit)
    distances = finder.kneighbors_graph(mode="distance")
    distances.data = np.clip(1 - distances.data**2 / 2, 1e-6, 1)
    return distances.maximum(distances.T).tocsr()


def _merge_small(unit: Vectors, labels: Labels, smallest: int) -> Labels:
    sizes = np.bincount(labels)
    large = np.flatnonzero(sizes >= min(smallest, sizes.max()))
    centroids = unit_rows(centroids_of(unit, labels)[large])
    stray = ~np.isin(labels, large)
    merged = labels.copy()
    if stray.any():
        merged[stray] = large[np.argmax(unit[stray] @ centroids.T, axis=1)]
    return merged


def _by_size(labels: Labels) -> Labels:
    """Renumber 0, 1, … from the largest cluster down; equal sizes by their first member."""
    found, first, sizes = np.unique(labels, return_index=True, return_counts=True)
    order = np.lexsort((first, -sizes))
    rank = np.empty(int(found.max()) + 1, dtype=np.int64)
    rank[found[order]] = np.arange(len(found))
    return rank[labels]
