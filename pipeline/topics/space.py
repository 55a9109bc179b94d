"""New passages between two fits: the topic that most of their nearest fitted passages belong to.

A topic is a community of the graph of neighbours, so a new passage goes where its neighbours are; the
nearest centroid finds that topic far less often (docs/decisions/0018). Pure functions on arrays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.topics.clusters import how_many
from pipeline.topics.embedding import Vectors
from pipeline.topics.features import FeatureSpace, Half
from pipeline.topics.neighbourhoods import Neighbourhoods
from pipeline.topics.neighbours import Places
from pipeline.topics.vectors import Floats, Labels, softmax_of_own

FAMILIAR = 0.05
"""The share of fitted passages that count as far from all others: what new ones are measured by."""
CELLS = 20_000_000
"""Most cosines in memory at a time: 80 MB."""


@dataclass(frozen=True, slots=True)
class Space:
    """Where the n fitted passages lie: `places` (n, d), their features in half precision.

    `features` takes a new passage there. `likeness` (n,) is the mean cosine of each to its `neighbours`
    nearest of other documents; a new passage of less than `familiar` is a stranger.
    """

    features: FeatureSpace
    places: Half
    neighbours: int
    likeness: Vectors

    @property
    def familiar(self) -> float:
        """The likeness that all but a few of the fitted passages have."""
        return float(np.quantile(self.likeness, FAMILIAR))


@dataclass(frozen=True, slots=True)
class Assigned:
    """m new passages: the topic of each, how surely, and how like its neighbours it is; each (m,)."""

    labels: Labels
    probability: Floats
    likeness: Floats


def space_of(
    features: FeatureSpace, around: Neighbourhoods, neighbours: int, documents: Sequence[str]
) -> Space:
    """The space of the fitted passages, from their features, neighbourhoods and documents."""
    count = how_many(len(around.unit), neighbours)
    return Space(features, around.unit.astype(np.float16), count, around.likeness(neighbours, documents))


def assign(
    texts: Sequence[str], vectors: Vectors, space: Space, labels: Labels, centroids: Vectors
) -> Assigned:
    """The topics of m new texts and vectors (m, dimensions), from the fitted passages' `labels` (n,).

    Each neighbour votes with its cosine; where two topics draw, the first wins. The probability is that
    of the fitted passages: a softmax over cosines to the `centroids` (k, dimensions).
    """
    chosen, likeness = [], []
    for found, cosines in _nearest(space, space.features.place(texts, vectors)):
        votes = np.zeros((len(found), len(centroids)))
        rows = np.arange(len(found))[:, None]
        np.add.at(votes, (rows, labels[found]), np.maximum(cosines, 0))
        chosen.append(votes.argmax(axis=1))
        likeness.append(cosines.mean(axis=1))
    own: Labels = np.concatenate(chosen).astype(np.int64)
    return Assigned(own, softmax_of_own(vectors, centroids, own), np.concatenate(likeness))


def _nearest(space: Space, places: Vectors) -> Iterator[tuple[Places, Floats]]:
    """Per block of `places` the numbers and cosines (rows, neighbours) of the nearest fitted passages."""
    known = space.places.astype(np.float32).T
    step = max(CELLS // known.shape[1], 1)
    for at in range(0, len(places), step):
        cosines = places[at : at + step] @ known
        rows = np.arange(len(cosines))[:, None]
        # Sorted by number, so that a draw is decided alike whatever the order of the partition.
        nearest = np.argpartition(-cosines, space.neighbours - 1, axis=1)[:, : space.neighbours]
        found = np.sort(nearest, axis=1)
        yield found, cosines[rows, found].astype(np.float64)
