"""The terms that name topics: those of many passages, the surest first, and of few other topics."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from pipeline.settings import Topics
from pipeline.topics.embedding import unit_rows
from pipeline.topics.model import fit_model, topic_names, weightiest, weights

SURE = np.ones(4)
TWO = np.array([0, 0, 1, 1])


def named(counts: list[list[int]], probability: np.ndarray = SURE) -> list[list[int]]:
    ranked = weightiest(weights(csr_matrix(counts), TWO, probability), 10)
    return [[term for term, _ in row] for row in ranked]


def test_a_weight_by_hand() -> None:
    # The first term stands in all passages of its topic and in half of all, the second in one of each topic.
    counts = csr_matrix([[1, 1], [1, 0], [0, 1], [0, 0]])
    found = weights(counts, TWO, SURE).toarray()
    assert found[0].tolist() == pytest.approx([log(3), 0.5**0.7 * log(3)])
    assert found[1].tolist() == pytest.approx([0, 0.5**0.7 * log(3)])


def test_a_passage_that_repeats_a_term_counts_once() -> None:
    assert named([[9, 1], [0, 1], [0, 0], [0, 0]])[0] == [1, 0]


def test_a_term_that_another_topic_shares_comes_later() -> None:
    assert named([[1, 1], [1, 1], [1, 0], [1, 0]])[0] == [1, 0]


def test_a_passage_that_hardly_belongs_there_hardly_counts() -> None:
    counts = [[1, 0], [0, 1], [0, 0], [0, 0]]
    assert named(counts, np.array([0.9, 0.1, 1, 1]))[0] == [0, 1]
    assert named(counts, np.array([0.1, 0.9, 1, 1]))[0] == [1, 0]


def test_of_terms_that_draw_the_first_is_named_first() -> None:
    assert named([[1, 1, 1], [1, 1, 1], [0, 0, 0], [0, 0, 0]])[0] == [0, 1, 2]


def test_a_model_holds_the_terms_that_name_its_topics() -> None:
    # In every text of a topic its own word; in one of them a word thirty times.
    subjects = ["ambulance", "hospice"]
    texts = [f"{subject} report {subject} filler{n}" for subject in subjects for n in range(60)]
    texts[0] += " teapot" * 30
    rng = np.random.default_rng(1)
    vectors = unit_rows(np.repeat(np.eye(2, 8), 60, axis=0) + 0.1 * rng.normal(size=(120, 8))).astype(
        np.float32
    )
    names = topic_names(fit_model(texts, vectors, Topics(min_passages=5)), 3)
    assert {terms[0] for terms in names} <= {"ambulance report", "ambulance", "hospice report", "hospice"}
    assert all("teapot" not in " ".join(terms) for terms in names)


def test_a_model_so_named_still_tells_topics_over_time() -> None:
    texts = [f"{word} {word}s again" for word in ("harbour", "glacier") for _ in range(20)]
    vectors = np.repeat(np.eye(2, 8, dtype=np.float32), 20, axis=0)
    vectors += np.random.default_rng(1).normal(0, 0.01, vectors.shape).astype(np.float32)
    model = fit_model(texts, vectors, Topics(min_passages=5))
    told = model.topics_over_time(texts, [2013, 2014] * 20)
    assert told.Frequency.sum() == len(texts)
