"""Passages -> a fitted BERTopic model and the words that name its topics; only this file imports BERTopic.

The terms that name a topic are those that many of its surest passages hold, and few others. Passages are
counted, not occurrences, so that one passage that repeats a word can't name a topic; why, and what it brings,
is told in docs/decisions/0017.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.settings import Topics
from pipeline.topics.clusters import NeighbourLeiden
from pipeline.topics.embedding import Vectors
from pipeline.topics.neighbourhoods import Neighbourhoods, neighbourhoods
from pipeline.topics.stop_words import WORD, stop_words
from pipeline.topics.vectors import Labels, membership
from pipeline.workers import spread

MOST_TERMS = 50_000
"""Words and pairs of words that may name a topic: the commonest."""
CANDIDATES = 3
"""So many times the terms that are asked for are handed on, since `distinct` passes over some."""

Floats = npt.NDArray[np.float64]
Sparse = Any
"""A matrix of scipy.sparse in rows (CSR)."""
COMMONNESS = 0.7
"""The power of a term's share of the topic: at 0.5 rare terms come first, at 1 those that topics share."""


class Joined:
    """BERTopic's reducer: hands on the features, which it can't make since it sees no texts."""

    def __init__(self, joined: Vectors) -> None:
        self._joined = joined

    def fit(self, vectors: Vectors, y: object = None) -> Joined:
        """Nothing is left to fit."""
        return self

    def transform(self, vectors: Vectors) -> Vectors:
        """The features of the passages that `vectors` belong to."""
        return self._joined


def fit_model(
    texts: list[str], vectors: Vectors, topics: Topics, around: Neighbourhoods | None = None
) -> Any:
    """A fitted BERTopic model; `model.topics_` holds a topic per text, largest topic 0, no outliers.

    `around` are the texts' neighbourhoods, if known. `model.hdbscan_model` tells the `resolution_` and the
    `agreement_` of the fits behind it, `get_topic` the terms that name a topic (naming.py); `c_tf_idf_` is
    BERTopic's own.
    """
    from bertopic import BERTopic
    from bertopic.backend import BaseEmbedder
    from bertopic.vectorizers import ClassTfidfTransformer

    around = around or neighbourhoods(texts, vectors, topics)[1]
    words = word_counter(topics)
    model = BERTopic(
        embedding_model=BaseEmbedder(),
        umap_model=Joined(around.unit),
        hdbscan_model=NeighbourLeiden(topics, around.graph(topics.neighbours), partial(spread, len(texts))),
        vectorizer_model=words,
        ctfidf_model=ClassTfidfTransformer(reduce_frequent_words=True),
        representation_model=_namer(vectors, topics),
        top_n_words=topics.terms,
        verbose=False,
    )
    # Its representative passages would count words once more, and are not saved.
    model._save_representative_docs = lambda documents: None
    model.fit_transform(texts, vectors)
    # It names topics of these passages; BERTopic's own words of parts of them are its c-TF-IDF.
    model.representation_model = None
    # With max_features, scikit-learn leaves numpy integers here, which the model's JSON can't hold.
    words.vocabulary_ = {term: int(place) for term, place in words.vocabulary_.items()}
    return model


def _namer(vectors: Vectors, topics: Topics) -> Any:
    """Names topics by naming.py, as a representation model that BERTopic takes."""
    from bertopic.representation import BaseRepresentation

    class ByPassages(BaseRepresentation):  # type: ignore[misc]
        def extract_topics(self, model: Any, documents: Any, c_tf_idf: Any, found: Any) -> Any:
            labels: Labels = documents.Topic.to_numpy(dtype="int64")
            words = word_counter(topics)
            counts = words.fit_transform(documents.Document)
            terms = words.get_feature_names_out()
            ranked = weights(counts, labels, membership(vectors, labels))
            return {
                topic: [(str(terms[place]), weight) for place, weight in named]
                for topic, named in enumerate(weightiest(ranked, CANDIDATES * topics.terms))
            }

    return ByPassages()


def word_counter(topics: Topics) -> Any:
    """A CountVectorizer of words and pairs of words."""
    from sklearn.feature_extraction.text import CountVectorizer

    return CountVectorizer(
        stop_words=stop_words(topics),
        ngram_range=(1, 2),
        max_features=MOST_TERMS,
        token_pattern=WORD,
    )


def topic_names(model: Any, terms: int) -> list[list[str]]:
    """Per topic the terms that name it, weightiest first; a word already in a chosen pair is left out."""
    names = []
    for topic in sorted(model.get_topics()):
        names.append([term for term, _ in distinct(model.get_topic(topic), terms)])
    return names


def distinct(weighted: Iterable[tuple[str, float]], number: int) -> list[tuple[str, float]]:
    """So many terms, weightiest first, but those that repeat a word of a chosen pair, or are part of one."""
    chosen: list[tuple[str, float]] = []
    terms: set[str] = set()
    words: set[str] = set()
    for term, weight in weighted:
        if len(chosen) == number:
            break
        own = term.split()
        if term and term not in words and terms.isdisjoint(own):
            chosen.append((term, weight))
            terms.add(term)
            words.update(own)
    return chosen


def weights(counts: Sparse, topics: Labels, probability: Floats) -> Sparse:
    """(k, terms): s(x, c)^0.7 · ln(1 + n / f(x)), the TF-IDF of topics by the passages that hold a term.

    `counts` (n, terms) are those of n passages, `topics` (n,) theirs, from 0, and `probability` (n,) how
    surely each belongs there, by which it weighs in the topic's share s. f passages hold the term in all.
    """
    from scipy import sparse

    held = counts.astype(bool).astype(np.float64)
    sure = np.asarray(np.bincount(topics, probability), dtype=np.float64)
    share = sparse.csr_matrix((probability / sure[topics], (topics, np.arange(len(topics))))) @ held
    passages = np.maximum(np.asarray(held.sum(axis=0)).ravel(), 1)
    rarity = np.log1p(len(topics) / passages)
    found = share.tocsr()
    found.data = found.data**COMMONNESS * rarity[found.indices]
    return found


def weightiest(rows: Sparse, number: int) -> list[list[tuple[int, float]]]:
    """Per row so many columns and their weights, weightiest first; of equals the first column."""
    named = []
    for at in range(rows.shape[0]):
        own = slice(rows.indptr[at], rows.indptr[at + 1])
        terms, values = rows.indices[own], rows.data[own]
        # Rounded, so that a draw in the last bits is decided by place.
        order = np.lexsort((terms, -np.round(values, 12)))[:number]
        named.append([(int(terms[place]), float(values[place])) for place in order])
    return named
