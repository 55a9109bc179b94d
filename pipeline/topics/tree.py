"""Topics joined into larger ones, step by step, to one that holds all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.topics.embedding import Vectors, unit_rows
from pipeline.topics.vectors import Labels, centroids_of


@dataclass(frozen=True, slots=True)
class Node:
    """A topic, or several joined at `height`: the mean distance (1 - cosine) between the parts' topics.

    `number` counts topics as they are numbered, then joined ones; `parent` is one of these, None for the
    topmost. `level` is the number of steps down from there.
    """

    number: int
    parent: int | None
    level: int
    height: float
    topics: tuple[int, ...]


def tree(vectors: Vectors, labels: Labels) -> list[Node]:
    """The nodes, topmost first, by average linkage (Sokal and Michener 1958) of the topics' centroids.

    The mean of all centroids is taken off before, since it holds what all topics share.
    """
    from scipy.cluster.hierarchy import linkage

    centroids = centroids_of(unit_rows(vectors), labels).astype(np.float64)
    count = len(centroids)
    if count == 1:
        return [Node(0, None, 0, 0.0, (0,))]
    centred = centroids - centroids.mean(axis=0)
    # Topics that lie exactly at the mean have no direction; a tiny one keeps their distance defined.
    centred[np.linalg.norm(centred, axis=1) == 0, 0] = 1e-9
    steps = linkage(centred, method="average", metric="cosine")
    held: list[tuple[int, ...]] = [(topic,) for topic in range(count)]
    parents: dict[int, int] = {}
    heights = [0.0] * count
    for number, (one, other, height, _) in enumerate(steps, start=count):
        held.append(tuple(sorted(held[int(one)] + held[int(other)])))
        heights.append(max(float(height), 0.0))
        parents[int(one)] = parents[int(other)] = number
    nodes: dict[int, Node] = {}
    for number in reversed(range(len(held))):
        parent = parents.get(number)
        level = 0 if parent is None else nodes[parent].level + 1
        nodes[number] = Node(number, parent, level, heights[number], held[number])
    return list(nodes.values())


def shared_terms(
    node: Node, terms: Sequence[Sequence[str]], sizes: Sequence[int], count: int = 4
) -> list[str]:
    """The terms that weigh most in a node's topics: each by its place in their lists and their size."""
    weights: dict[str, float] = {}
    for topic in node.topics:
        for place, term in enumerate(terms[topic], start=1):
            weights[term] = weights.get(term, 0.0) + sizes[topic] / place
    return sorted(weights, key=lambda term: (-weights[term], term))[:count]
