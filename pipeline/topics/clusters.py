"""Communities of the graph of cosine neighbours, as a clusterer that BERTopic takes.

The only file that imports scikit-network.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.settings import Topics
from pipeline.topics import ensemble
from pipeline.topics.embedding import Vectors, unit_rows
from pipeline.topics.neighbours import Places, nearest
from pipeline.topics.vectors import Labels, centroids_of

STRUCTURE = 0.3
"""Fits that agree less than this found no structure, and all passages are one topic."""
CLEAR = 0.6
"""Fits that agree by this have found one. Between the two, coarser fits decide: small communities of noise
agree by chance."""
FEWEST = 5
"""Neighbours, however small the corpus."""
TRIES = 10
"""Resolutions tried to reach a number of topics with one fit."""
FINER, RAISES = 1.25, 6
"""What fits agree on may be fewer topics: the resolution is then raised by this factor, so often at most."""


class NeighbourLeiden:
    """Leiden communities (Traag et al. 2019) of the graph of cosine neighbours, as BERTopic's clusterer.

    `fit` takes an (n, d) matrix and leaves `labels_` (n,), largest community first, the `resolution_` that
    was used and the `agreement_` of the fits that the communities are the consensus of. A `graph` (n, n)
    that is there already is not made again; `spread` is a `map` for the fits, which may use several cores.
    """

    def __init__(self, settings: Topics, graph: Any = None, spread: ensemble.Spread = map) -> None:
        self.settings = settings
        self._graph = graph
        self._spread = spread
        self.labels_: Labels = np.zeros(0, dtype=np.int64)
        self.resolution_ = settings.resolution
        self.agreement_ = 0.0

    def fit(self, vectors: Vectors, y: object = None) -> NeighbourLeiden:
        """Cluster the rows of `vectors`."""
        unit = unit_rows(vectors)
        graph = self._graph
        if graph is None:
            graph = neighbour_graph(unit, self.settings.neighbours, self.settings.seed)
        return self.divide(graph, unit)

    def divide(self, graph: Any, unit: Vectors) -> NeighbourLeiden:
        """Cluster the rows of `unit` by a graph (n, n) of them that is there already."""
        wanted = self.settings
        if wanted.count:
            self.resolution_ = _reaching(graph, unit, wanted)
        found, labels = self._agreed(graph, unit, self.resolution_)
        self.agreement_ = ensemble.agreement(found)
        if wanted.count == 1 or not _structured(graph, self.agreement_, wanted):
            self.labels_ = np.zeros(len(unit), dtype=np.int64)
        elif wanted.count:
            labels = self._raised(graph, unit, found, labels)
            self.labels_ = _by_size(_merge_nearest(unit, labels, wanted.count))
        else:
            self.labels_ = _by_size(ensemble.distinct(labels, found))
        return self

    def _agreed(self, graph: Any, unit: Vectors, resolution: float) -> tuple[list[Labels], Labels]:
        """Several fits, and the communities of what they agree on, small ones merged."""
        found = ensemble.fits(graph, resolution, self.settings.seed, leiden, self._spread)
        labels = leiden(ensemble.agreed(graph, found), resolution, self.settings.seed)
        return found, _merge_small(unit, labels, self.settings.min_passages)

    def _raised(self, graph: Any, unit: Vectors, found: list[Labels], labels: Labels) -> Labels:
        """The communities of as many raises as it takes to have `count`; else those of the most."""
        wanted, resolution = self.settings, self.resolution_
        for _ in range(RAISES):
            if len(np.unique(labels)) >= wanted.count or wanted.count * wanted.min_passages > len(unit):
                break
            resolution *= FINER
            finer, more = self._agreed(graph, unit, resolution)
            if len(np.unique(more)) > len(np.unique(labels)):
                found, labels, self.resolution_ = finer, more, resolution
        self.agreement_ = ensemble.agreement(found)
        return labels

    def fit_predict(self, vectors: Vectors, y: object = None) -> Labels:
        """`fit`, then the labels."""
        return self.fit(vectors).labels_


def ready() -> None:
    """Import what a process needs that is to cluster: it takes a second."""
    import sklearn.metrics  # noqa: F401
    import sknetwork.clustering  # noqa: F401


def leiden(graph: Any, resolution: float, seed: int) -> Labels:
    """(n,): one fit."""
    import ctypes

    from sknetwork.clustering import Leiden

    if graph.nnz == 0:
        return np.zeros(graph.shape[0], dtype=np.int64)
    # Leiden's refinement draws from the C library's generator, which `random_state` doesn't reach.
    ctypes.CDLL(None).srand(seed % 2**32)
    return np.asarray(Leiden(resolution=resolution, random_state=seed).fit_predict(graph), dtype=np.int64)


def neighbour_graph(unit: Vectors, neighbours: int, seed: int = 0) -> Any:
    """Symmetric sparse (n, n) matrix of cosines between each row and its nearest neighbours."""
    return joined(*nearest(unit, how_many(len(unit), neighbours), seed))


def how_many(rows: int, neighbours: int) -> int:
    """So many neighbours in a corpus of so many rows: in a small one, thirty would be most of it."""
    return min(neighbours, max(FEWEST, rows // 8), rows - 1)


def joined(places: Places, cosines: Vectors) -> Any:
    """Neighbours' places and cosines (n, count), -1 for none -> the graph; an edge if either end names it."""
    from scipy.sparse import csr_matrix

    there = places >= 0
    rows = np.repeat(np.arange(len(places)), there.sum(axis=1))
    weights = np.clip(cosines[there], 1e-6, 1)
    edges = csr_matrix((weights, (rows, places[there])), shape=(len(places), len(places)))
    return edges.maximum(edges.T).tocsr()


def _structured(graph: Any, agreement: float, wanted: Topics) -> bool:
    """Whether fits agree by more than those of noise do; of parts of what is clear, coarser ones may."""
    if agreement >= CLEAR or (agreement < STRUCTURE and not wanted.count):
        return agreement >= CLEAR
    return ensemble.agreement(ensemble.fits(graph, 1.0, wanted.seed, leiden)) >= STRUCTURE


def _reaching(graph: Any, unit: Vectors, wanted: Topics) -> float:
    """The lowest resolution tried that gives at least the wanted number of topics, small ones merged.

    Where none does, it is the one that gives the most.
    """
    low, high = 0.05, 50.0
    best, most = high, 0
    for _ in range(TRIES):
        middle = float(np.sqrt(low * high))
        labels = _merge_small(unit, leiden(graph, middle, wanted.seed), wanted.min_passages)
        reached = min(len(np.unique(labels)), wanted.count)
        if reached > most or (reached == wanted.count and middle < best):
            best, most = middle, reached
        low, high = (low, middle) if reached == wanted.count else (middle, high)
    return best


def _merge_small(unit: Vectors, labels: Labels, smallest: int) -> Labels:
    sizes = np.bincount(labels)
    large = np.flatnonzero(sizes >= min(smallest, sizes.max()))
    centroids = unit_rows(centroids_of(unit, labels)[large])
    stray = ~np.isin(labels, large)
    merged = labels.copy()
    if stray.any():
        merged[stray] = large[np.argmax(unit[stray] @ centroids.T, axis=1)]
    return merged


def _merge_nearest(unit: Vectors, labels: Labels, count: int) -> Labels:
    """Join the two clusters whose centroids are nearest until there are `count`."""
    merged = labels.copy()
    while len(found := np.unique(merged)) > count:
        centroids = unit_rows(centroids_of(unit, merged)[found])
        likeness = np.triu(centroids @ centroids.T, k=1) + np.tril(np.full((len(found), len(found)), -2.0))
        one, other = np.unravel_index(int(likeness.argmax()), likeness.shape)
        merged[merged == found[other]] = found[one]
    return merged


def _by_size(labels: Labels) -> Labels:
    """Renumber 0, 1, … from the largest cluster down; equal sizes by their first member."""
    found, first, sizes = np.unique(labels, return_index=True, return_counts=True)
    order = np.lexsort((first, -sizes))
    rank = np.empty(int(found.max()) + 1, dtype=np.int64)
    rank[found[order]] = np.arange(len(found))
    return rank[labels]
