"""Arithmetic on embeddings: lengths, centroids, and how surely a row belongs to its cluster."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipeline.topics.embedding import Vectors, unit_rows

Labels = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
TEMPERATURE = 0.05
"""Of the softmax that turns cosines to centroids into probabilities; static embeddings lie close."""


def centroids_of(vectors: Vectors, labels: Labels) -> Vectors:
    """(clusters, dimensions): the mean of each cluster's rows; zeros for a number that no row has."""
    from scipy.sparse import csr_matrix

    count = int(labels.max()) + 1
    own = csr_matrix((np.ones(len(labels)), (labels, np.arange(len(labels)))), (count, len(labels)))
    sums = own @ vectors.astype(np.float64)
    sizes = np.maximum(np.bincount(labels, minlength=count), 1)
    return np.asarray(sums / sizes[:, None], dtype=np.float32)


def membership(vectors: Vectors, labels: Labels) -> Floats:
    """How surely each row belongs to its own topic: softmax over cosines to the topics' centroids."""
    return softmax_of_own(vectors, centroids_of(vectors, labels), labels)


def softmax_of_own(vectors: Vectors, centroids: Vectors, labels: Labels) -> Floats:
    """(n,): of each row's cosines to the centroids (k, dimensions), the softmax weight of its label's."""
    logits = (unit_rows(vectors) @ unit_rows(centroids).T).astype(np.float64) / TEMPERATURE
    logits -= logits.max(axis=1, keepdims=True)
    weights = np.exp(logits)
    own: Floats = weights[np.arange(len(labels)), labels] / weights.sum(axis=1)
    return own
