"""Passages -> a fitted BERTopic model and the words that name its topics; only this file imports BERTopic."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from pipeline.embedding import Vectors
from pipeline.settings import Topics
from pipeline.topics.clusters import NeighbourLeiden
from pipeline.topics.cores import spread
from pipeline.topics.naming import weightiest, weights
from pipeline.topics.surroundings import Surroundings, surroundings
from pipeline.topics.vectors import Labels, membership
from pipeline.topics.words import WORD, stop_words

MOST_TERMS = 50_000
"""Words and pairs of words that may name a topic: the commonest."""
CANDIDATES = 3
"""So many times the terms that are asked for are handed on, since `distinct` passes over some."""


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


def fit_model(texts: list[str], vectors: Vectors, topics: Topics, around: Surroundings | None = None) -> Any:
    """A fitted BERTopic model; `model.topics_` holds a topic per text, largest topic 0, no outliers.

    `around` are the texts' surroundings, where they are known. `model.hdbscan_model` tells the `resolution_`
    and the `agreement_` of the fits behind it, `get_topic` the terms that name a topic (naming.py);
    `c_tf_idf_` is BERTopic's own.
    """
    from bertopic import BERTopic
    from bertopic.backend import BaseEmbedder
    from bertopic.vectorizers import ClassTfidfTransformer

    around = around or surroundings(texts, vectors, topics)[1]
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
