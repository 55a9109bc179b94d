"""The nearest rows of each row by cosine: exact up to 50,000 rows, beyond that by an inverted file.

Pure functions on arrays, with matrix products of blocks; see docs/decisions/0017 for time and recall.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pipeline.topics.embedding import Vectors

Places = npt.NDArray[np.int64]
EXACT = 50_000
CELLS_SEARCHED = 12
"""Of the cells of the inverted file: those whose centres are nearest to the row's own centre."""
GROUP = 16
"""So many columns of cosines are looked at through their highest."""
COSINES = 10_000_000
"""Most cosines in memory at a time: 40 MB."""


def nearest(unit: Vectors, count: int, seed: int, exact: int = EXACT) -> tuple[Places, Vectors]:
    """Per row of `unit` (n, d, rows of length 1) the places and cosines (n, count) of the nearest others.

    A place of -1, with cosine 0, stands where an inverted file held too few others.
    """
    rows = len(unit)
    places = np.full((rows, count), -1, dtype=np.int64)
    cosines = np.zeros((rows, count), dtype=np.float32)
    everything = np.arange(rows)
    searches = _cells(unit, seed) if rows > exact else [(everything, everything)]
    for asking, known in searches:
        for own in _blocks(asking, len(known)):
            found, likeness = _best(unit, own, known, min(count, len(known) - 1))
            places[own, : found.shape[1]] = found
            cosines[own, : found.shape[1]] = likeness
    return places, cosines


def _blocks(rows: Places, width: int) -> Iterator[Places]:
    step = max(COSINES // max(width, 1), 1)
    yield from (rows[at : at + step] for at in range(0, len(rows), step))


def _best(unit: Vectors, asking: Places, known: Places, count: int) -> tuple[Places, Vectors]:
    """The `count` rows of `known` (sorted) that are nearest to each row of `asking`, itself left out."""
    held = unit if len(known) == len(unit) else unit[known]
    cosines = unit[asking] @ held.T
    rows = np.arange(len(asking))
    cosines[rows, np.searchsorted(known, asking)] = -2
    best = largest(cosines, count)
    best.sort(axis=1)  # by place, whatever order the partition left
    return known[best], cosines[rows[:, None], best]


def largest(values: Vectors, count: int) -> Places:
    """(n, count): where the largest of each row of (n, m) stand, in no order.

    The count-th largest maximum of groups of columns is no more than the count-th largest value: what lies
    below is passed over, and the rest is little to sort.
    """
    rows, width = values.shape
    groups = width // GROUP
    if groups < 2 * count:
        return np.argpartition(values, width - count, axis=1)[:, width - count :]
    highest = values[:, : groups * GROUP].reshape(rows, GROUP, groups).max(axis=1)
    least = np.partition(highest, groups - count, axis=1)[:, groups - count]
    row, column = np.divmod(np.flatnonzero(values >= least[:, None]), width)
    first = np.searchsorted(row, np.arange(rows + 1))
    place = np.arange(len(row)) - first[row]
    few = int(np.diff(first).max())
    left, at = np.full((rows, few), -np.inf, dtype=values.dtype), np.zeros((rows, few), dtype=np.int64)
    left[row, place], at[row, place] = values[row, column], column
    chosen = np.argpartition(left, few - count, axis=1)[:, few - count :]
    return np.take_along_axis(at, chosen, axis=1)


def _cells(unit: Vectors, seed: int) -> Iterator[tuple[Places, Places]]:
    """Rows of a cell, and all rows of the cells around it (Jégou et al. 2011), by k-means on a sample."""
    from sklearn.cluster import MiniBatchKMeans

    count = int(np.sqrt(len(unit)))
    rng = np.random.default_rng(seed)
    sample = unit[np.sort(rng.choice(len(unit), min(len(unit), 50 * count), replace=False))]
    means = MiniBatchKMeans(count, batch_size=4096, n_init=1, max_iter=5, random_state=seed).fit(sample)
    centres = np.asarray(means.cluster_centers_, dtype=np.float32)
    lengths = (centres**2).sum(axis=1)
    blocks = (unit[at : at + 4096] for at in range(0, len(unit), 4096))
    cell = np.concatenate([(lengths - 2 * (block @ centres.T)).argmin(axis=1) for block in blocks])
    order = np.argsort(cell, kind="stable")
    bounds = np.searchsorted(cell[order], np.arange(count + 1))
    members = [order[a:b] for a, b in pairwise(bounds)]
    around = (lengths - 2 * (centres @ centres.T)).argsort(axis=1, kind="stable")[:, :CELLS_SEARCHED]
    for own in range(count):
        others = [members[near] for near in around[own] if near != own]
        known = np.sort(np.concatenate([members[own], *others]))
        if len(members[own]) and len(known) > 1:
            yield members[own], known
