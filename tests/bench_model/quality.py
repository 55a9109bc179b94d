"""How good topics are: coherence and diversity of their words, agreement with classes and between fits."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

WINDOW = 10
EPSILON = 1e-12


def npmi(topics: Sequence[Sequence[str]], texts: Sequence[Sequence[str]], window: int = WINDOW) -> float:
    """Mean over topics of the normalised pointwise mutual information of their pairs of words, -1 to 1.

    Two words meet where one window of `window` words holds both; a shorter text is one window. That is
    `c_npmi` of gensim (Röder et al. 2015), which OCTIS and the BERTopic paper use. A word that the texts
    don't hold meets none.
    """
    wanted = sorted({word for words in topics for word in words})
    place = {word: column for column, word in enumerate(wanted)}
    seen = _windows(texts, place, window)
    total = seen.shape[0]
    alone = np.asarray(seen.sum(axis=0)).ravel() / total
    together = (seen.T @ seen).toarray() / total
    found = []
    for words in topics:
        pairs = [(place[a], place[b]) for a, b in combinations(words, 2)]
        scores = [_pair(together[a, b], alone[a] * alone[b]) for a, b in pairs]
        found.append(float(np.mean(scores)) if scores else 0.0)
    return float(np.mean(found))


def _pair(both: float, by_chance: float) -> float:
    if by_chance == 0:
        return -1.0
    return float(np.log((both + EPSILON) / by_chance) / -np.log(both + EPSILON))


def _windows(texts: Sequence[Sequence[str]], place: dict[str, int], window: int) -> csr_matrix:
    """Windows x wanted words, 1 where a window holds the word."""
    rows: list[npt.NDArray[np.int64]] = []
    columns: list[npt.NDArray[np.int64]] = []
    first = 0
    for words in texts:
        count = max(1, len(words) - window + 1)
        for at, word in enumerate(words):
            if word in place:
                held = np.arange(max(0, at - window + 1), min(at, count - 1) + 1) + first
                rows.append(held)
                columns.append(np.full(len(held), place[word]))
        first += count
    where = (np.concatenate(rows), np.concatenate(columns)) if rows else (np.zeros(0, int), np.zeros(0, int))
    seen = csr_matrix((np.ones(len(where[0])), where), shape=(first, len(place)))
    seen.data[:] = 1
    return seen


def diversity(topics: Sequence[Sequence[str]]) -> float:
    """The share of distinct words among all words of all topics (Dieng et al. 2020)."""
    words = [word for topic in topics for word in topic]
    return len(set(words)) / max(len(words), 1)
