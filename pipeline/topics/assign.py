"""New passages between two fits: the topic that most of their nearest fitted passages belong to.

A topic is a community of the graph of neighbours, so a new passage goes where its neighbours are; the
nearest centroid finds that topic far less often (docs/decisions/0018). Pure functions on arrays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.embedding import Vectors, unit_rows
from pipeline.topics.clusters import how_many
from pipeline.topics.vectors import Labels, softmax_of_own

Floats = npt.NDArray[np.float64]
FAMILIAR = 0.05
"""The share of fitted passages that count as far from all others: what new ones are measured by."""
SAMPLED = 2000
"""So many fitted passages tell how near the fitted ones lie to one another."""
CELLS = 20_000_000
"""Most cosines in memory at a time: 80 MB."""


@dataclass(frozen=True, slots=True)
class Space:
    """Where the n fitted passages lie: principal components of their vectors, scaled to length 1.

    `mean` (dimensions,) and `axes` (d, dimensions) take a vector there, `places` (n, d) are the passages,
    in half precision. A passage whose `neighbours` nearest are less like it than `familiar` is a stranger.
    """

    mean: Vectors
    axes: Vectors
    places: npt.NDArray[np.float16]
    neighbours: int
    familiar: float

    def place(self, vectors: Vectors) -> Vectors:
        """(m, dimensions) -> (m, d), rows of length 1."""
        return unit_rows(np.asarray((vectors - self.mean) @ self.axes.T, dtype=np.float32))


@dataclass(frozen=True, slots=True)
class Assigned:
    """m new passages: the topic of each, how surely, and how like its neighbours it is; each (m,)."""

    labels: Labels
    probability: Floats
    likeness: Floats


def space_of(vectors: Vectors, dimensions: int, neighbours: int, seed: int) -> Space:
    """The space of the fitted passages' vectors (n, dimensions of the embedding)."""
    from sklearn.decomposition import PCA

    with np.errstate(invalid="ignore"):  # texts that are all the same have no components to share out
        found = PCA(min(dimensions, *vectors.shape), random_state=seed).fit(vectors)
    mean, axes = found.mean_.astype(np.float32), found.components_.astype(np.float32)
    places = unit_rows((vectors - mean) @ axes.T).astype(np.float16)
    space = Space(mean, axes, places, how_many(len(vectors), neighbours), 0.0)
    rng = np.random.default_rng(seed)
    some = np.sort(rng.choice(len(vectors), min(SAMPLED, len(vectors)), replace=False))
    alike = [nearest.mean(axis=1) for _, nearest in _nearest(space, places[some].astype(np.float32), some)]
    familiar = float(np.quantile(np.concatenate(alike), FAMILIAR))
    return Space(mean, axes, places, space.neighbours, familiar)


def assign(vectors: Vectors, space: Space, labels: Labels, centroids: Vectors) -> Assigned:
    """The topics of new vectors (m, dimensions), from the fitted passages' `labels` (n,).

    Each neighbour votes with its cosine; where two topics draw, the first wins. The probability is that
    of the fitted passages: a softmax over cosines to the `centroids` (k, dimensions).
    """
    chosen, likeness = [], []
    for found, cosines in _nearest(space, space.place(vectors)):
        votes = np.zeros((len(found), len(centroids)))
        rows = np.arange(len(found))[:, None]
        np.add.at(votes, (rows, labels[found]), np.maximum(cosines, 0))
        chosen.append(votes.argmax(axis=1))
        likeness.append(cosines.mean(axis=1))
    own: Labels = np.concatenate(chosen).astype(np.int64)
    return Assigned(own, softmax_of_own(vectors, centroids, own), np.concatenate(likeness))


def _nearest(
    space: Space, places: Vectors, own: npt.NDArray[np.int64] | None = None
) -> Iterator[tuple[npt.NDArray[np.int64], Floats]]:
    """Per block of `places` the numbers and cosines (rows, neighbours) of the nearest fitted passages.

    `own` (rows,) are the places' own numbers, where they are fitted passages themselves: not a neighbour.
    """
    known = space.places.astype(np.float32).T
    step = max(CELLS // known.shape[1], 1)
    for at in range(0, len(places), step):
        cosines = places[at : at + step] @ known
        rows = np.arange(len(cosines))[:, None]
        if own is not None:
            cosines[rows[:, 0], own[at : at + step]] = -1.0
        # Sorted by number, so that a draw is decided alike whatever the order of the partition.
        nearest = np.argpartition(-cosines, space.neighbours - 1, axis=1)[:, : space.neighbours]
        found = np.sort(nearest, axis=1)
        yield found, cosines[rows, found].astype(np.float64)
