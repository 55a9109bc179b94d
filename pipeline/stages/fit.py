"""passage, embeddings -> topic, passage_topic, and a model in models/<fit id>/.

The only file that imports BERTopic. Its clusterer is Leiden on a graph of cosine neighbours (see
docs/decisions/0003): every passage belongs to a topic, and the same passages give the same topics.
"""

from __future__ import annotations

import json
import logging
import shutil
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline import store
from pipeline.config import Config, Topics
from pipeline.progress import Tell
from pipeline.records import short_id
from pipeline.stages import rules
from pipeline.stages.embed import Vectors, vectors_of
from pipeline.store import Connection

Labels = npt.NDArray[np.int64]
KEPT_FITS = 3
MOST_TERMS = 50_000
"""Words and pairs of words that may name a topic: the commonest."""
WORD = r"(?u)\b[^\W\d_][\w’'-]+\b"
TEMPERATURE = 0.05
"""Of the softmax that turns cosines to centroids into probabilities; static embeddings lie close."""


def run(connection: Connection, config: Config, tell: Tell) -> int:
    """Fit topics on all passages, unless nothing has changed since the last fit. Returns topics."""
    named = store.queries("fit")
    state = store.value(connection, named["passage_state"])
    settings = json.dumps(asdict(config.topics), sort_keys=True)
    fit_id = short_id(str(state), config.embed.model, settings, rules("stages/fit.py"))
    if fit_id == store.value(connection, "SELECT fingerprint FROM stage_run WHERE stage = 'fit'"):
        return 0
    ids, vectors = vectors_of(connection, config)
    texts = [text for (text,) in connection.execute(named["texts"]).fetchall()]
    connection.execute("DELETE FROM topic")
    connection.execute("DELETE FROM passage_topic")
    if len(ids) < 2 * config.topics.min_passages:
        tell.warn(
            f"{len(ids)} passages are too few to find topics in (at least {2 * config.topics.min_passages})"
        )
        return 0
    model = fit_model(texts, vectors, config.topics)
    labels = np.asarray(model.topics_, dtype=np.int64)
    names = topic_names(model, config.topics.terms)
    save(model, config, fit_id, {"passages": len(ids), "found": len(names)})
    sizes = np.bincount(labels, minlength=len(names))
    topics = [
        (_topic_id(k), ", ".join(terms[:4]), terms, int(sizes[k]), fit_id) for k, terms in enumerate(names)
    ]
    store.insert(connection, "topic", ("topic_id", "label", "terms", "passages", "fit_id"), topics)
    weights = membership(vectors, labels)
    rows = [(p, _topic_id(int(k)), round(float(w), 6)) for p, k, w in zip(ids, labels, weights, strict=True)]
    store.insert(connection, "passage_topic", ("passage_id", "topic_id", "probability"), rows)
    connection.execute(named["mark"], [fit_id])
    return len(topics)


def fit_model(texts: list[str], vectors: Vectors, topics: Topics) -> Any:
    """A fitted BERTopic model; `model.topics_` holds a topic per text, largest topic 0, no outliers."""
    from bertopic import BERTopic
    from bertopic.backend import BaseEmbedder
    from bertopic.vectorizers import ClassTfidfTransformer
    from sklearn.decomposition import PCA
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

    words = CountVectorizer(
        stop_words=sorted({*ENGLISH_STOP_WORDS, *topics.stop_words}),
        ngram_range=(1, 2),
        max_features=MOST_TERMS,
        token_pattern=WORD,
    )
    model = BERTopic(
        embedding_model=BaseEmbedder(),
        umap_model=PCA(min(topics.dimensions, *vectors.shape), random_state=topics.seed),
        hdbscan_model=NeighbourLeiden(topics.neighbours, topics.resolution, topics.min_passages, topics.seed),
        vectorizer_model=words,
        ctfidf_model=ClassTfidfTransformer(reduce_frequent_words=True),
        top_n_words=topics.terms,
        verbose=False,
    )
    model.fit_transform(texts, vectors)
    # With max_features, scikit-learn leaves numpy integers here, which the model's JSON can't hold.
    words.vocabulary_ = {term: int(place) for term, place in words.vocabulary_.items()}
    return model


class NeighbourLeiden:
    """Leiden communities (Traag et al. 2019) of the graph of cosine neighbours, as BERTopic's clusterer.

    `fit` takes an (n, d) matrix and leaves `labels_` (n,), largest community first. Communities of
    fewer than `smallest` members join the one whose centroid is nearest.
    """

    def __init__(self, neighbours: int, resolution: float, smallest: int, seed: int) -> None:
        self.neighbours = neighbours
        self.resolution = resolution
        self.smallest = smallest
        self.seed = seed
        self.labels_: Labels = np.zeros(0, dtype=np.int64)

    def fit(self, vectors: Vectors, y: object = None) -> NeighbourLeiden:
        """Cluster the rows of `vectors`."""
        from sknetwork.clustering import Leiden

        unit = _unit(vectors)
        graph = neighbour_graph(unit, self.neighbours)
        raw = Leiden(resolution=self.resolution, random_state=self.seed).fit_predict(graph)
        self.labels_ = _by_size(_merge_small(unit, np.asarray(raw, dtype=np.int64), self.smallest))
        return self

    def fit_predict(self, vectors: Vectors, y: object = None) -> Labels:
        """`fit`, then the labels."""
        return self.fit(vectors).labels_


def neighbour_graph(unit: Vectors, neighbours: int) -> Any:
    """Symmetric sparse (n, n) matrix of cosines between each row and its nearest neighbours."""
    from sklearn.neighbors import NearestNeighbors

    count = min(neighbours, len(unit) - 1)
    # On rows of unit length, Euclidean and cosine neighbours are the same.
    finder = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(unit)
    distances = finder.kneighbors_graph(mode="distance")
    distances.data = np.clip(1 - distances.data**2 / 2, 1e-6, 1)
    return distances.maximum(distances.T).tocsr()


def topic_names(model: Any, terms: int) -> list[list[str]]:
    """Per topic its terms by c-TF-IDF, weightiest first; a word already in a chosen pair is left out."""
    names = []
    for topic in sorted(model.get_topics()):
        chosen: list[str] = []
        for term, _ in model.get_topic(topic):
            if term and not any(term in known.split() or known in term.split() for known in chosen):
                chosen.append(term)
        names.append(chosen[:terms])
    return names


def membership(vectors: Vectors, labels: Labels) -> npt.NDArray[np.float64]:
    """How surely each row belongs to its own topic: softmax over cosines to the topics' centroids."""
    centroids = _unit(_centroids(vectors, labels))
    logits = (_unit(vectors) @ centroids.T).astype(np.float64) / TEMPERATURE
    logits -= logits.max(axis=1, keepdims=True)
    weights = np.exp(logits)
    own: npt.NDArray[np.float64] = weights[np.arange(len(labels)), labels] / weights.sum(axis=1)
    return own


def save(model: Any, config: Config, fit_id: str, counts: dict[str, int]) -> None:
    """Write models/<fit id>/ (safetensors, no pickle) with a manifest; keep the last few."""
    folder = config.models / fit_id
    draft = config.models / f".{fit_id}"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    # It warns that no embedding model is saved with it; ours is named in the manifest.
    logging.getLogger("BERTopic").setLevel(logging.ERROR)
    model.save(str(draft), serialization="safetensors", save_ctfidf=True, save_embedding_model=False)
    manifest = {
        "fit_id": fit_id,
        "embedding": config.embed.model,
        "topics": asdict(config.topics),
        **counts,
    }
    (draft / "manifest.json").write_text(json.dumps(manifest, indent=2), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)
    fits = sorted(config.models.glob("*/manifest.json"), key=lambda p: p.stat().st_mtime)
    for old in fits[:-KEPT_FITS]:
        shutil.rmtree(old.parent)


def _topic_id(number: int) -> str:
    return f"t{number:03d}"


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths == 0, 1, lengths), dtype=np.float32)


def _centroids(vectors: Vectors, labels: Labels) -> Vectors:
    count = int(labels.max()) + 1
    sums = np.zeros((count, vectors.shape[1]), dtype=np.float64)
    np.add.at(sums, labels, vectors)
    sizes = np.maximum(np.bincount(labels, minlength=count), 1)
    return np.asarray(sums / sizes[:, None], dtype=np.float32)


def _merge_small(unit: Vectors, labels: Labels, smallest: int) -> Labels:
    sizes = np.bincount(labels)
    large = np.flatnonzero(sizes >= min(smallest, sizes.max()))
    centroids = _unit(_centroids(unit, labels)[large])
    stray = ~np.isin(labels, large)
    merged = labels.copy()
    if stray.any():
        merged[stray] = large[np.argmax(unit[stray] @ centroids.T, axis=1)]
    return merged


def _by_size(labels: Labels) -> Labels:
    """Renumber 0, 1, … from the largest cluster down; equal sizes by their first member."""
    found, first, sizes = np.unique(labels, return_index=True, return_counts=True)
    order = np.lexsort((first, -sizes))
    rank = np.empty(int(found.max()) + 1, dtype=np.int64)
    rank[found[order]] = np.arange(len(found))
    return rank[labels]
