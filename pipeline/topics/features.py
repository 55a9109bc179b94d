"""What a passage is like: its embedding and its words, joined in one vector for the graph of neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.embedding import Vectors, unit_rows
from pipeline.settings import Topics
from pipeline.topics.words import WORD, stop_words

WORDS = 20_000
"""Words that tell passages apart: the commonest, but for those in more than half of all passages."""
WORD_DIMENSIONS = 100


def features(texts: Sequence[str], vectors: Vectors, settings: Topics) -> Vectors:
    """(n, d), rows of length 1: principal components of the embeddings beside those of TF-IDF.

    Both parts have length 1 before they are weighted, so that the cosine of two rows is the weighted mean
    of the cosines of meaning and of words (`settings.word_weight`).
    """
    meaning = unit_rows(_components(vectors, settings.dimensions, settings.seed))
    words = _words(texts, settings) if settings.word_weight > 0 else None
    if words is None:
        return meaning
    weight = settings.word_weight
    parts = (np.sqrt(1 - weight) * meaning, np.sqrt(weight) * unit_rows(words))
    return unit_rows(np.hstack(parts).astype(np.float32))


def _components(vectors: Vectors, dimensions: int, seed: int) -> Any:
    from sklearn.decomposition import PCA

    if np.ptp(vectors, axis=0).max() == 0:  # all the same: nothing to reduce
        return np.zeros((len(vectors), 1))
    count = min(dimensions, *vectors.shape)
    return PCA(count, svd_solver="covariance_eigh", random_state=seed).fit_transform(vectors)


def _words(texts: Sequence[str], settings: Topics) -> Any:
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
    return TruncatedSVD(count, n_iter=4, random_state=settings.seed).fit_transform(counted)
