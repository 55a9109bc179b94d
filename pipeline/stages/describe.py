"""topic, passage_topic, passage, embeddings -> topic_phrase, topic_example, topic_tree.

What a reader sees of a fit. Done again for another fit, not when passages join its topics.

When: fingerprint: topics, stop words, rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline import store
from pipeline.config import Config
from pipeline.fingerprints import rules
from pipeline.progress import Tell
from pipeline.records import short_id
from pipeline.stages.embed import attach
from pipeline.store import Connection
from pipeline.topics.embedding import Vectors, unpack
from pipeline.topics.examples import examples, typical
from pipeline.topics.phrases import typical_phrases
from pipeline.topics.stop_words import stop_words
from pipeline.topics.tree import Node, shared_terms, tree
from pipeline.topics.vectors import Floats, Labels

READ = 200
"""Passages of a topic, the most typical, in which its phrase is sought."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The topics, and n passages with their topics' numbers: what is described."""

    topics: list[str]
    terms: list[list[str]]
    passages: list[str]
    documents: list[str]
    texts: list[str]
    labels: Labels
    vectors: Vectors


def run(connection: Connection, config: Config, tell: Tell) -> int:
    """Describe the topics, unless they are those of the last time. Returns how many there are."""
    named = store.queries("describe")
    words = " ".join(sorted(config.topics.stop_words))
    state = short_id(str(store.value(connection, named["state"])), words, rules(__name__))
    if store.unchanged(connection, "describe", state):
        return 0
    for table in ("topic_phrase", "topic_example", "topic_tree"):
        connection.execute(f"DELETE FROM {table}")
    placed = _placed(connection, config)
    if placed is not None:
        order = typical(placed.vectors, placed.labels)
        _phrases(connection, placed, order, frozenset(stop_words(config.topics)))
        _examples(connection, placed, order)
        _tree(connection, placed)
    store.mark(connection, "describe", state)
    return len(placed.topics) if placed else 0


def _placed(connection: Connection, config: Config) -> Placed | None:
    named = store.queries("describe")
    attach(connection, config)
    found = connection.execute(named["passages"]).fetchnumpy()
    if not len(found["passage_id"]):
        return None
    ids = [str(topic) for topic in found["topic_id"]]
    topics = sorted(set(ids))
    terms = dict(connection.execute(named["terms"]).fetchall())
    number = {topic: place for place, topic in enumerate(topics)}
    passages, documents, texts = (
        [str(each) for each in found[name]] for name in ("passage_id", "document_id", "text")
    )
    labels: Labels = np.array([number[topic] for topic in ids], dtype=np.int64)
    names = [terms[topic] for topic in topics]
    return Placed(topics, names, passages, documents, texts, labels, unpack(found["vector"]))


def _phrases(connection: Connection, placed: Placed, order: Sequence[Labels], words: frozenset[str]) -> None:
    texts = [[placed.texts[row] for row in own[:READ].tolist()] for own in order]
    mixes = mixes_of(placed, order)
    found = zip(placed.topics, typical_phrases(texts, words, mixes), strict=True)
    store.insert(connection, "topic_phrase", ("topic_id", "phrase"), [row for row in found if row[1]])


def mixes_of(placed: Placed, order: Sequence[Labels]) -> list[Floats]:
    """Per topic, of the passages that are read, the shares (m, k) of their documents' passages in each topic.

    Divided by what a topic has of all documents, so that a large one counts no more than a small one.
    """
    from scipy.sparse import csr_matrix, diags

    names, document = np.unique(np.array(placed.documents), return_inverse=True)
    cells = document * len(placed.topics) + placed.labels
    shape = (len(names), len(placed.topics))
    there, counts = np.unique(cells, return_counts=True)
    shares = csr_matrix((counts, np.unravel_index(there, shape)), shape=shape, dtype=np.float64)
    passages = np.bincount(document)
    large = np.bincount(placed.labels, minlength=len(placed.topics))
    shares = diags(1 / passages) @ shares @ diags(1 / large)
    return [shares[document[own[:READ]]].toarray() for own in order]


def _examples(connection: Connection, placed: Placed, order: Sequence[Labels]) -> None:
    found = examples(placed.vectors, placed.labels, placed.documents, order)
    rows = [
        (placed.topics[topic], rank, placed.passages[row], round(likeness, 6))
        for topic, own in enumerate(found)
        for rank, (row, likeness) in enumerate(own, start=1)
    ]
    store.insert(connection, "topic_example", ("topic_id", "rank", "passage_id", "likeness"), rows)


def _tree(connection: Connection, placed: Placed) -> None:
    sizes = np.bincount(placed.labels).tolist()
    nodes = tree(placed.vectors, placed.labels)
    names = _names(nodes, placed.topics)
    columns = ("node", "parent", "topic_id", "level", "height", "topics", "passages", "label")
    rows = [
        (
            names[node.number],
            None if node.parent is None else names[node.parent],
            placed.topics[node.topics[0]] if len(node.topics) == 1 else None,
            node.level,
            round(node.height, 6),
            len(node.topics),
            sum(sizes[topic] for topic in node.topics),
            ", ".join(shared_terms(node, placed.terms, sizes)),
        )
        for node in nodes
    ]
    store.insert(connection, "topic_tree", columns, rows)


def _names(nodes: Sequence[Node], topics: Sequence[str]) -> dict[int, str]:
    """A topic's own id; joined ones are g000, the topmost, g001 and so on."""
    joined = (node for node in nodes if len(node.topics) > 1)
    names = {node.number: f"g{place:03d}" for place, node in enumerate(joined)}
    return {node.number: names.get(node.number, topics[node.topics[0]]) for node in nodes}
