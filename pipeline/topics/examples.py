"""Passages that show what a topic is about: typical, and not the same thing over again."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from pipeline.topics.embedding import Vectors, unit_rows
from pipeline.topics.vectors import Labels, centroids_of

EXAMPLES = 5
LOOKED_AT = 100
"""The most typical passages, among which examples are sought."""
TOO_LIKE = 0.9
"""The cosine from which a passage says the same as an example that is chosen already."""


def examples(
    vectors: Vectors, labels: Labels, documents: Sequence[str], order: Sequence[Labels] | None = None
) -> list[list[tuple[int, float]]]:
    """Per topic up to five rows and their cosines to its centroid, nearest first.

    `order` is what `typical` gives, if it is known. From the nearest down, a row is passed over if its
    document has one already, or if it is too like one.
    """
    unit = unit_rows(vectors)
    centroids = unit_rows(centroids_of(unit, labels))
    found = []
    for topic, rows in enumerate(order or typical(vectors, labels)):
        chosen: list[int] = []
        for row in rows[:LOOKED_AT].tolist():
            fresh = all(documents[row] != documents[other] for other in chosen)
            if fresh and all(float(unit[row] @ unit[other]) < TOO_LIKE for other in chosen):
                chosen.append(row)
            if len(chosen) == EXAMPLES:
                break
        found.append([(row, float(unit[row] @ centroids[topic])) for row in chosen])
    return found


def typical(vectors: Vectors, labels: Labels) -> list[Labels]:
    """Per topic its rows, nearest to its centroid first."""
    unit = unit_rows(vectors)
    centroids = unit_rows(centroids_of(unit, labels))
    # Rounded, so that a draw in the last bits is decided by place.
    cosines = np.round((unit * centroids[labels]).sum(axis=1), 6)
    order = np.lexsort((np.arange(len(labels)), -cosines, labels))
    bounds = np.searchsorted(labels[order], np.arange(int(labels.max()) + 2))
    return [order[a:b] for a, b in pairwise(bounds)]
