"""What a passage is like: its embedding and its words, joined in one vector for the graph of neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.embedding import Vectors
from pipeline.settings import Topics
from pipeline.topics.feature_space import FeatureSpace, WordSpace, side_by_side
from pipeline.topics.words import WORD, stop_words

WORDS = 20_000
"""Words that tell passages apart: the commonest, but for those in more than half of all passages."""
WORD_DIMENSIONS = 100


def features(texts: Sequence[str], vectors: Vectors, settings: Topics) -> Vectors:
    """(n, d), rows of length 1: principal components of the embeddings beside those of TF-IDF.

    Both parts have length 1 before they are weighted, so that the cosine of two rows is the weighted mean
    of the cosines of meaning and of words (`settings.word_weight`).
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
    placed = axes.fit_transform(counted)
    known = weighted.get_feature_names_out().tolist()
    half = np.ascontiguousarray(axes.components_.T, dtype=np.float16)
    return WordSpace(known, weighted.idf_.astype(np.float32), half), placed
