"""What the classifier looks at: the codebook's evidence, the embedding, and the words themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.themes.calibration import Floats
from pipeline.themes.codebook_evidence import distinct_of, score
from pipeline.topics.embedding import Vectors

EVIDENCE_SCALE, VECTOR_SCALE = 0.1, 0.3
"""What evidence and embedding weigh beside the words where much is learnt from: docs/decisions/0025."""

EVIDENCE = ("phrases", "likeness", "score")
"""Per theme: log2(1 + distinct phrases), the likeness, and the score of the codebook."""


def evidence_of(phrases: Sequence[Sequence[str]], likeness: Sequence[float]) -> Floats:
    """(n, 3): the columns EVIDENCE of n passages for one theme."""
    rows = [
        (np.log2(1 + distinct_of(found)), like, score(list(found), like).score)
        for found, like in zip(phrases, map(float, likeness), strict=True)
    ]
    return np.array(rows, dtype=np.float64).reshape(-1, len(EVIDENCE))


def evidence_of_phrases(phrases: Sequence[Sequence[str]]) -> Floats:
    """(n, 3): the same of phrases alone, where the likeness of the passages is not to count."""
    evidence = evidence_of(phrases, [0.0] * len(phrases))
    evidence[:, 1:] = 0.0
    return evidence


class Vocabulary:
    """Words and pairs of words that several labelled passages have, by TF-IDF, rows of length 1.

    Their weights rest on the labelled passages alone, so that a new passage never changes those of another.
    """

    def __init__(self, names: Sequence[str], idf: Sequence[float]) -> None:
        self.names = list(names)
        self.idf = np.asarray(idf, dtype=np.float64)
        self._vectorizer: Any = None

    @classmethod
    def of(cls, texts: Sequence[str], least: int = 2) -> Vocabulary:
        """The terms that at least so many of the texts have; none where no two of them share a word."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        vectorizer = TfidfVectorizer(**SETTINGS, min_df=least)
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


def scales(dimensions: int, terms: int) -> Floats:
    """(3 + dimensions + terms,): what `with_evidence` is multiplied with to weigh its parts so."""
    parts = ((EVIDENCE_SCALE, len(EVIDENCE)), (VECTOR_SCALE, dimensions), (1.0, terms))
    return np.concatenate([np.full(number, scale) for scale, number in parts])


def scaled(features: Any, by: Floats) -> Any:
    """The columns of sparse features, each multiplied with its scale."""
    from scipy.sparse import diags

    return (features @ diags(by)).tocsr()


def with_evidence(shared: Any, evidence: Floats) -> Any:
    """(n, 3 + dimensions + terms): all that a theme's classifier looks at."""
    from scipy.sparse import csr_matrix, hstack

    return hstack([csr_matrix(evidence), shared]).tocsr()
