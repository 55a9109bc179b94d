"""How good topics are: the coherence and diversity of their words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

WINDOW = 10
EPSILON = 1e-12


class Coherence:
    """Normalised pointwise mutual information of topics' words in the texts, -1 to 1.

    Two words meet where one window of `window` words holds both; a shorter text is one window. That is
    `c_npmi` of gensim (Bouma 2009; Röder et al. 2015), by which OCTIS and the BERTopic paper measure. A
    word that the texts don't hold is left out.
    """

    def __init__(self, texts: Sequence[Sequence[str]], window: int = WINDOW) -> None:
        self._place: dict[str, int] = {}
        seen = _windows(texts, self._place, window)
        self._alone = np.asarray(seen.sum(axis=0)).ravel() / seen.shape[0]
        self._together = (seen.T @ seen).tocsr() / seen.shape[0]

    def __call__(self, topics: Sequence[Sequence[str]]) -> float:
        """The mean over topics of the mean over their pairs of words."""
        return float(np.mean([self.of(words) for words in topics]))

    def of(self, words: Sequence[str]) -> float:
        """Of one topic; 0 for fewer than two known words."""
        places = [self._place[word] for word in words if word in self._place]
        scores = [self._pair(one, other) for one, other in combinations(places, 2)]
        return float(np.mean(scores)) if scores else 0.0

    def _pair(self, one: int, other: int) -> float:
        both = float(self._together[one, other]) + EPSILON
        return float(np.log(both / (self._alone[one] * self._alone[other])) / -np.log(both))


def _windows(texts: Sequence[Sequence[str]], place: dict[str, int], window: int) -> csr_matrix:
    """Windows x words, 1 where a window holds the word; `place` is filled with the words' columns."""
    rows: list[npt.NDArray[np.int64]] = []
    columns: list[npt.NDArray[np.int64]] = []
    first = 0
    for words in texts:
        here = np.array([place.setdefault(word, len(place)) for word in words], dtype=np.int64)
        for start in range(max(1, len(words) - window + 1)):
            held = np.unique(here[start : start + window])
            rows.append(np.full(len(held), first))
            columns.append(held)
            first += 1
    at = (np.concatenate(rows), np.concatenate(columns))
    return csr_matrix((np.ones(len(at[0])), at), shape=(first, len(place)))


def diversity(topics: Sequence[Sequence[str]]) -> float:
    """The share of distinct words among all words of all topics (Dieng et al. 2020)."""
    words = [word for topic in topics for word in topic]
    return len(set(words)) / max(len(words), 1)
