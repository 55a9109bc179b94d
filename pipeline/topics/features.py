"""What a passage is like: its embedding and its words, joined in one vector for the graph of neighbours.

What made the features of the fitted passages is kept, so that a new passage gets its own with numpy alone: a
build that only assigns never imports scikit-learn, with which the space is learnt.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.settings import Topics
from pipeline.topics.embedding import Vectors, unit_rows
from pipeline.topics.stop_words import WORD, stop_words

WORDS = 20_000
"""Words that tell passages apart: the commonest, but for those in more than half of all passages."""
WORD_DIMENSIONS = 100
ENOUGH = 16
"""So many different known words tell what a text is about; those of a shorter one count for less beside its
meaning."""
Half = npt.NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class WordSpace:
    """Latent semantic analysis of w words: their `idf` (w,), and `axes` (w, d) in half precision."""

    known: Sequence[str]
    idf: Vectors
    axes: Half

    def place(self, texts: Sequence[str]) -> Vectors:
        """(n, d): TF-IDF (sublinear) on the axes; of length 1, shorter for few known words, 0 for none."""
        number = {word: at for at, word in enumerate(self.known)}
        find = re.compile(WORD).findall
        placed = np.zeros((len(texts), self.axes.shape[1]), dtype=np.float32)
        held = np.zeros(len(texts))
        for row, text in enumerate(texts):
            counts = Counter(number[word] for word in find(text.lower()) if word in number)
            own = np.fromiter(counts, dtype=np.int64, count=len(counts))
            weights = (1 + np.log(np.fromiter(counts.values(), dtype=np.float32))) * self.idf[own]
            weights /= max(float(np.linalg.norm(weights)), 1e-12)
            placed[row] = weights @ self.axes[own].astype(np.float32)
            held[row] = len(counts)
        return trusted(placed, held)


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


def trusted(words: Vectors, held: Any) -> Vectors:
    """Rows (n, d) of length 1; of held / ENOUGH for fewer different known words, `held` (n,).

    Of eight words hardly two are the same in two titles on one subject, and one that is joins what has
    nothing else in common.
    """
    trust = np.minimum(held / ENOUGH, 1).astype(np.float32)
    return np.asarray(unit_rows(words) * trust[:, None], dtype=np.float32)


def side_by_side(meaning: Vectors, words: Vectors | None, weight: float) -> Vectors:
    """Both parts (n, …) in one of rows of length 1: a cosine is the mean of theirs by `weight`.

    `words` are scaled already, by `trusted`; where they are shorter than 1, they weigh less.
    """
    if words is None:
        return unit_rows(np.asarray(meaning, dtype=np.float32))
    parts = (np.sqrt(1 - weight) * unit_rows(meaning), np.sqrt(weight) * words)
    return unit_rows(np.hstack(parts).astype(np.float32))


def features(texts: Sequence[str], vectors: Vectors, settings: Topics) -> Vectors:
    """(n, d), rows of length 1: principal components of the embeddings beside those of TF-IDF.

    Both parts have length 1 before they are weighted, so that the cosine of two rows is the weighted mean
    of the cosines of meaning and of words (`settings.word_weight`); the words of short texts count for less.
    """
    return learn(texts, vectors, settings)[1]


def learn(texts: Sequence[str], vectors: Vectors, settings: Topics) -> tuple[FeatureSpace, Vectors]:
    """The features of these passages, and the space that gives a new passage its own."""
    mean, axes, meaning = _components(vectors, settings.dimensions, settings.seed)
    found = _words(texts, settings) if settings.word_weight > 0 else None
    space, words = found if found else (None, None)
    made = FeatureSpace(mean, axes, space, settings.word_weight)
    return made, side_by_side(meaning, words, settings.word_weight)


def _components(vectors: Vectors, dimensions: int, seed: int) -> tuple[Vectors, Vectors, Any]:
    from sklearn.decomposition import PCA

    if np.ptp(vectors, axis=0).max() == 0:  # all the same: nothing to reduce
        return vectors[0], np.zeros((1, vectors.shape[1]), dtype=np.float32), np.zeros((len(vectors), 1))
    count = min(dimensions, *vectors.shape)
    found = PCA(count, svd_solver="covariance_eigh", random_state=seed)
    placed = found.fit_transform(vectors)
    return found.mean_.astype(np.float32), found.components_.astype(np.float32), placed


def _words(texts: Sequence[str], settings: Topics) -> tuple[WordSpace, Any] | None:
    """(n, at most 100): latent semantic analysis (Deerwester et al. 1990); None where too few words recur."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    weighted = TfidfVectorizer(
        stop_words=stop_words(settings),
        token_pattern=WORD,
        sublinear_tf=True,
        min_df=2,
        max_df=0.5,
        max_features=WORDS,
        dtype=np.float32,
    )
    try:
        counted = weighted.fit_transform(texts)
    except ValueError:  # no word is left
        return None
    count = min(WORD_DIMENSIONS, counted.shape[1] - 1, counted.shape[0] - 1)
    if count < 2:
        return None
    axes = TruncatedSVD(count, n_iter=4, random_state=settings.seed)
    placed = trusted(axes.fit_transform(counted), counted.getnnz(axis=1))
    known = weighted.get_feature_names_out().tolist()
    half = np.ascontiguousarray(axes.components_.T, dtype=np.float16)
    return WordSpace(known, weighted.idf_.astype(np.float32), half), placed
