"""What made the features of the fitted passages, kept so that a new passage gets its own: numpy alone.

The space is learnt in features.py, with scikit-learn; a build that only assigns never imports that.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.embedding import Vectors, unit_rows
from pipeline.topics.words import WORD

Half = npt.NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class WordSpace:
    """Latent semantic analysis of w words: their `idf` (w,), and `axes` (w, d) in half precision."""

    known: Sequence[str]
    idf: Vectors
    axes: Half

    def place(self, texts: Sequence[str]) -> Vectors:
        """(n, d): TF-IDF (sublinear, rows of length 1) on the axes; zeros for a text with no known word."""
        number = {word: at for at, word in enumerate(self.known)}
        find = re.compile(WORD).findall
        placed = np.zeros((len(texts), self.axes.shape[1]), dtype=np.float32)
        for row, text in enumerate(texts):
            counts = Counter(number[word] for word in find(text.lower()) if word in number)
            own = np.fromiter(counts, dtype=np.int64, count=len(counts))
            weights = (1 + np.log(np.fromiter(counts.values(), dtype=np.float32))) * self.idf[own]
            weights /= max(float(np.linalg.norm(weights)), 1e-12)
            placed[row] = weights @ self.axes[own].astype(np.float32)
        return placed


@dataclass(frozen=True, slots=True)
class FeatureSpace:
    """Principal components of embeddings, `mean` (dimensions,) and `axes` (d, dimensions), beside `words`.

    `word_weight` is the part of words in how like two passages are; `words` is None where they have none.
    """

    mean: Vectors
    axes: Vectors
    words: WordSpace | None
    word_weight: float

    def place(self, texts: Sequence[str], vectors: Vectors) -> Vectors:
        """(n, d), rows of length 1: what `features` made of texts and vectors like these."""
        meaning = np.asarray((vectors - self.mean) @ self.axes.T, dtype=np.float32)
        return side_by_side(meaning, self.words.place(texts) if self.words else None, self.word_weight)


def side_by_side(meaning: Vectors, words: Vectors | None, weight: float) -> Vectors:
    """Both parts (n, …) in one of rows of length 1, so that a cosine is the weighted mean of theirs."""
    if words is None:
        return unit_rows(np.asarray(meaning, dtype=np.float32))
    parts = (np.sqrt(1 - weight) * unit_rows(meaning), np.sqrt(weight) * unit_rows(words))
    return unit_rows(np.hstack(parts).astype(np.float32))
