"""What the classifier looks at: the codebook's evidence, the embedding, and the words themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.themes.calibration import Floats
from pipeline.themes.codebook_evidence import distinct_of, score
from pipeline.topics.embedding import Vectors

EVIDENCE = ("phrases", "likeness", "score")
"""Per theme: log2(1 + distinct phrases), the likeness, and the score of the codebook."""


def evidence_of(phrases: Sequence[Sequence[str]], likeness: Sequence[float]) -> Floats:
    """(n, 3): the columns EVIDENCE of n passages for one theme."""
    rows = [
        (np.log2(1 + distinct_of(found)), like, score(list(found), like).score)
        for found, like in zip(phrases, map(float, likeness), strict=True)
    ]
    return np.array(rows, dtype=np.float64).reshape(-1, len(EVIDENCE))


class Vocabulary:
    """Words and pairs of words that at least two labelled passages have, by TF-IDF, rows of length 1.

    Their weights rest on the labelled passages alone, so that a new passage never changes those of another.
    """

    def __init__(self, names: Sequence[str], idf: Sequence[float]) -> None:
        self.names = list(names)
        self.idf = np.asarray(idf, dtype=np.float64)
        self._vectorizer: Any = None

    @classmethod
    def of(cls, texts: Sequence[str]) -> Vocabulary:
        """The terms of the texts; none where no two of them share a word."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        vectorizer = TfidfVectorizer(**SETTINGS, min_df=2)
        try:
            vectorizer.fit(texts)
        except ValueError:  # scikit-learn's answer to an empty vocabulary
            return cls([], [])
        return cls(vectorizer.get_feature_names_out().tolist(), vectorizer.idf_)

    def __call__(self, texts: Sequence[str]) -> Any:
        """(n, terms): a sparse matrix."""
        from scipy.sparse import csr_matrix
        from sklearn.feature_extraction.text import TfidfVectorizer

        if not self.names:
            return csr_matrix((len(texts), 0))
        if self._vectorizer is None:
            self._vectorizer = TfidfVectorizer(**SETTINGS, vocabulary=self.names)
            self._vectorizer.idf_ = self.idf
        return self._vectorizer.transform(texts)


SETTINGS: dict[str, Any] = {"ngram_range": (1, 2), "sublinear_tf": True}


def together(vectors: Vectors, terms: Any) -> Any:
    """(n, dimensions + terms): the features that all themes share, as a sparse matrix."""
    from scipy.sparse import csr_matrix, hstack

    return hstack([csr_matrix(vectors.astype(np.float64)), terms]).tocsr()


def with_evidence(shared: Any, evidence: Floats) -> Any:
    """(n, 3 + dimensions + terms): all that a theme's classifier looks at."""
    from scipy.sparse import csr_matrix, hstack

    return hstack([csr_matrix(evidence), shared]).tocsr()
