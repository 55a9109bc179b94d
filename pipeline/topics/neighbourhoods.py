"""What passages are like and which lie nearest to each: found once, for the fit and for all that follows it.

Those of the last fit are kept in working/neighbourhoods/, for the refits that it is compared with. They can
be made again at any time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.settings import Topics
from pipeline.topics import kept_arrays
from pipeline.topics.clusters import how_many, joined
from pipeline.topics.embedding import Vectors
from pipeline.topics.features import FeatureSpace, learn
from pipeline.topics.neighbours import Places, nearest

DEEPER = 2
"""So many times the neighbours are found, that enough of them are of other documents."""


@dataclass(frozen=True, slots=True)
class Neighbourhoods:
    """n passages' features `unit` (n, d), and the places and cosines (n, m) of the nearest others of each."""

    unit: Vectors
    near: Places
    cosines: Vectors

    def graph(self, neighbours: int) -> Any:
        """The graph of the passages: each beside its nearest."""
        near = self.near
        cosines = np.where(near >= 0, self.cosines, -2)
        count, width = how_many(len(near), neighbours), cosines.shape[1]
        # As the search itself chooses among equals.
        best = np.sort(np.argpartition(cosines, width - count, axis=1)[:, width - count :], axis=1)
        return joined(np.take_along_axis(near, best, axis=1), np.take_along_axis(cosines, best, axis=1))

    def likeness(self, neighbours: int, documents: Sequence[str]) -> Vectors:
        """(n,): the mean cosine of each passage to its nearest of other documents, as for a new one."""
        own = np.unique(np.array(documents), return_inverse=True)[1]
        other = (self.near >= 0) & (own[self.near] != own[:, None])
        count = how_many(len(self.near), neighbours)
        nearest = -np.sort(-np.where(other, self.cosines, -2), axis=1)[:, :count]
        there = nearest > -2
        sums = np.where(there, nearest, 0).sum(axis=1)
        return np.asarray(sums / np.maximum(there.sum(axis=1), 1), dtype=np.float32)


def neighbourhoods(
    texts: Sequence[str], vectors: Vectors, settings: Topics
) -> tuple[FeatureSpace, Neighbourhoods]:
    """Those of passages, and the space that they lie in."""
    space, unit = learn(texts, vectors, settings)
    deeper = min(DEEPER * how_many(len(unit), settings.neighbours), len(unit) - 1)
    return space, Neighbourhoods(unit, *nearest(unit, deeper, settings.seed))


def keep(folder: Path, fit_id: str, found: Neighbourhoods) -> None:
    """Write those of a fit; those of others go."""
    parts = {"unit": found.unit, "near": found.near.astype(np.int32), "cosines": found.cosines}
    kept_arrays.keep(folder / f"{fit_id}.npz", parts)


def kept(folder: Path, fit_id: str, passages: int) -> Neighbourhoods | None:
    """Those of a fit of so many passages; None where there are none, or they can't be read."""
    parts = kept_arrays.kept(folder / f"{fit_id}.npz", "unit", "near", "cosines")
    if parts is None or not len(parts[0]) == len(parts[1]) == passages:
        return None
    unit, near, cosines = parts
    return Neighbourhoods(unit, near.astype(np.int64), cosines)
