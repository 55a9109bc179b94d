"""Topics: one for each passage, the same for the same passages, and none where there is nothing to find."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st

from pipeline import workers
from pipeline.settings import Topics
from pipeline.stages.describe import Placed, mixes_of
from pipeline.topics.clusters import NeighbourLeiden, leiden, neighbour_graph, ready
from pipeline.topics.embedding import unit_rows
from pipeline.topics.ensemble import agreed, agreement
from pipeline.topics.examples import examples
from pipeline.topics.features import features, learn
from pipeline.topics.model import fit_model
from pipeline.topics.neighbours import largest, nearest
from pipeline.topics.phrases import typical_phrases, unevenness
from pipeline.topics.stop_words import stop_words
from pipeline.topics.tree import shared_terms, tree

SETTINGS = Topics(min_passages=5)
WORDS = frozenset(stop_words(SETTINGS))


def clumps(sizes: list[int], spread: float = 0.3, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Points around as many centres, and which one each is of, in a mixed order."""
    rng = np.random.default_rng(seed)
    own = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    centres = 3 * rng.normal(size=(len(sizes), 20))
    points = centres[own] + spread * rng.normal(size=(len(own), 20))
    return points.astype(np.float32), own


def noise(rows: int, dimensions: int = 50) -> np.ndarray:
    return np.random.default_rng(2).normal(size=(rows, dimensions)).astype(np.float32)


def labels_of(points: np.ndarray, settings: Topics = SETTINGS) -> np.ndarray:
    return NeighbourLeiden(settings).fit(points).labels_


def same_groups(one: np.ndarray, other: np.ndarray) -> bool:
    pairs = set(zip(one.tolist(), other.tolist(), strict=True))
    return len(pairs) == len(set(one.tolist())) == len(set(other.tolist()))


def test_every_passage_has_a_topic_and_thelargest_comes_first() -> None:
    points, own = clumps([120, 80, 40])
    labels = labels_of(points)
    assert same_groups(labels, own)
    assert np.bincount(labels).tolist() == [120, 80, 40]


def test_the_same_seed_gives_the_same_topics() -> None:
    points, _ = clumps([150, 150, 150], spread=2.0)
    assert labels_of(points).tolist() == labels_of(points).tolist()


def test_the_same_seed_gives_the_same_communities_where_nothing_is_clear() -> None:
    graph = neighbour_graph(unit_rows(noise(800)), 15)
    assert leiden(graph, 1.4, 7).tolist() == leiden(graph, 1.4, 7).tolist()
    assert leiden(graph, 1.4, 7).tolist() != leiden(graph, 1.4, 8).tolist()


@pytest.mark.slow
def test_fits_on_several_cores_are_those_on_one(monkeypatch: pytest.MonkeyPatch) -> None:
    points, _ = clumps([150, 150, 150], spread=2.0)
    monkeypatch.setattr(workers, "WORTH_PROCESSES", 0)
    workers.prepare(ready, len(points))
    spread = partial(workers.spread, len(points))
    together = NeighbourLeiden(SETTINGS, spread=spread).fit(points).labels_
    workers.close()
    assert together.tolist() == labels_of(points).tolist()


def test_another_order_of_passages_gives_the_same_topics() -> None:
    points, _ = clumps([120, 80, 40])
    order = np.random.default_rng(3).permutation(len(points))
    assert same_groups(labels_of(points)[order], labels_of(points[order]))


def test_a_small_clump_joins_the_nearest() -> None:
    points, own = clumps([120, 80])
    near = np.concatenate([points, points[own == 1][:3] * 1.0 + 0.01])
    labels = labels_of(near, replace(SETTINGS, min_passages=10))
    assert labels.max() == 1
    assert set(labels[-3:].tolist()) == set(labels[: len(own)][own == 1].tolist())


@pytest.mark.parametrize("count", [1, 2, 4, 6])
def test_a_number_of_topics_can_be_asked_for(count: int) -> None:
    points, _ = clumps([60, 50, 40, 60, 50, 40])
    assert labels_of(points, replace(SETTINGS, count=count)).max() + 1 == count


@pytest.mark.slow
@pytest.mark.parametrize("count", [30, 45])
def test_a_number_is_reached_where_fits_agree_on_fewer(count: int) -> None:
    points, _ = clumps([60] * 12, spread=3.0)
    assert labels_of(points, replace(SETTINGS, count=count)).max() + 1 == count


@pytest.mark.slow
def test_parts_of_what_is_clear_are_not_taken_for_noise() -> None:
    points, _ = clumps([60] * 12, spread=2.0)
    assert labels_of(points, replace(SETTINGS, min_passages=15, count=20)).max() + 1 == 20


@pytest.mark.slow
def test_no_topic_is_too_small_for_the_sake_of_a_number() -> None:
    points, _ = clumps([60] * 12, spread=3.0)
    sizes = np.bincount(labels_of(points, replace(SETTINGS, min_passages=15, count=45)))
    assert 12 <= len(sizes) < 45
    assert sizes.min() >= 15


@pytest.mark.slow
@pytest.mark.parametrize("asked", [{}, {"count": 12}, {"resolution": 4.0}])
@pytest.mark.parametrize("rows", [200, 1500])
def test_noise_is_one_topic_however_many_are_asked_for(rows: int, asked: dict[str, float]) -> None:
    found = NeighbourLeiden(replace(SETTINGS, **asked)).fit(noise(rows))
    assert found.labels_.tolist() == [0] * rows


def test_passages_that_are_all_the_same_are_one_topic() -> None:
    text = "Waiting times for ambulances have risen again."
    model = fit_model([text] * 60, np.ones((60, 16), dtype=np.float32), SETTINGS)
    assert set(model.topics_) == {0}


AMBULANCES = (
    "Ambulances wait outside emergency departments to hand over patients, paramedics lose hours, "
    "response times lengthen, and callers with strokes are told that nobody is free to come."
)
HOSPICES = (
    "Hospices ask ministers for steady funding, since charity shops and legacies no longer pay for nurses, "
    "night sitters, bereavement counselling, children's wards and visits to dying people at home."
)


def test_words_tell_apart_what_the_embedding_does_not() -> None:
    texts = [AMBULANCES] * 60 + [HOSPICES] * 60
    joined = features(texts, noise(120), SETTINGS)
    without = features(texts, noise(120), replace(SETTINGS, word_weight=0.0))
    about = np.repeat([0, 1], 60)
    assert same_groups(labels_of(joined), about)
    assert not same_groups(labels_of(without), about)
    assert np.allclose(np.linalg.norm(joined, axis=1), 1, atol=1e-5)


def test_the_words_of_a_title_count_for_less_than_those_of_a_passage() -> None:
    """In a title one word in common joins what has nothing else in common: its meaning decides."""
    length = {
        text: np.linalg.norm(learn([text, HOSPICES] * 60, noise(120), SETTINGS)[1][0, SETTINGS.dimensions :])
        for text in (
            AMBULANCES,
            "Ambulances wait outside",
            "Ambulances wait outside emergency departments again",
        )
    }
    passage, shortest, title = length.values()
    assert passage == pytest.approx(np.sqrt(SETTINGS.word_weight), abs=1e-5)
    assert shortest < title < 0.7 * passage


def test_a_new_title_lies_where_the_fit_would_have_put_it() -> None:
    texts = [f"{AMBULANCES} {n % 7}" for n in range(40)] + [
        "Hospices ask for funding",
        "Ambulances wait",
    ] * 20
    vectors = noise(80)
    space, unit = learn(texts, vectors, SETTINGS)
    assert np.allclose(space.place(texts, vectors), unit, atol=2e-3)


def test_passages_without_a_word_in_common_are_told_apart_by_meaning_alone() -> None:
    vectors = noise(4)
    joined = features(["alpha", "beta", "gamma", "delta"], vectors, SETTINGS)
    assert np.array_equal(joined, features(["", "", "", ""], vectors, replace(SETTINGS, word_weight=0)))


def test_fits_that_agree_score_one_and_those_left_out_count_not_at_all() -> None:
    one = np.array([0, 0, 1, 1, -1])
    assert agreement([one, np.array([1, 1, 0, -1, 0])]) == 1
    assert agreement([np.zeros(5, dtype=np.int64)] * 2) == 0


def test_an_edge_keeps_weight_as_fits_hold_it_together() -> None:
    from scipy.sparse import csr_matrix

    graph = csr_matrix(np.ones((3, 3)) - np.eye(3))
    found = agreed(graph, [np.array([0, 0, 1]), np.array([0, 0, 0]), np.array([0, 0, -1])]).toarray()
    assert found[0, 1] == pytest.approx(1)
    assert found[0, 2] == pytest.approx(0.05 + 0.95 / 2)


def test_exact_neighbours_are_those_of_the_highest_cosines() -> None:
    unit = unit_rows(noise(300, 8))
    places, cosines = nearest(unit, 5, seed=1)
    every = unit @ unit.T
    np.fill_diagonal(every, -2)
    assert np.allclose(np.sort(cosines, axis=1), np.sort(every, axis=1)[:, -5:], atol=1e-6)
    assert (places != np.arange(300)[:, None]).all()


@pytest.mark.slow
def test_the_inverted_file_finds_nearly_all_neighbours() -> None:
    points, _ = clumps([200] * 20, spread=1.0)
    unit = unit_rows(points)
    exact, _ = nearest(unit, 15, seed=1)
    found, cosines = nearest(unit, 15, seed=1, exact=100)
    shared = [len(np.intersect1d(one, other)) for one, other in zip(exact, found, strict=True)]
    assert np.mean(shared) / 15 > 0.97
    assert (found != np.arange(len(unit))[:, None]).all()
    there = found >= 0
    rows = np.nonzero(there)[0]
    assert np.allclose(cosines[there], (unit[rows] * unit[found[there]]).sum(axis=1), atol=1e-5)


def test_examples_come_from_documents_of_their_own_and_are_not_near_copies() -> None:
    points, own = clumps([40], spread=2.0)
    points[1] = points[0] * 1.001
    documents = [f"d{n // 2}" if n > 1 else f"copy{n}" for n in range(40)]
    (chosen,) = examples(points, own, documents)
    unit = unit_rows(points)
    rows = [row for row, _ in chosen]
    assert len(rows) == 5
    assert len({documents[row] for row in rows}) == 5
    assert all(unit[a] @ unit[b] < 0.9 for a in rows for b in rows if a != b)
    assert [likeness for _, likeness in chosen] == sorted((each for _, each in chosen), reverse=True)


def test_a_phrase_is_spelled_as_the_passages_mostly_spell_it() -> None:
    ambulances = [
        "Waiting times for ambulances have risen.",
        "We heard that waiting times for ambulances fell, at last.",
        "Few asked about waiting times for ambulances in rural areas.",
        "The board met on Tuesday.",
    ]
    hospices = ["The board met on Tuesday to talk of hospices.", "Nothing was decided about money."]
    assert typical_phrases([ambulances, hospices], WORDS) == ["waiting times for ambulances", None]


def test_what_all_topics_say_names_none_of_them() -> None:
    """By its share it would be the first topic's phrase: most of its passages have it."""
    asked = ["What steps is he taking to ensure safety?"] * 8
    subjects = ["ambulance handover", "hospice funding", "dental access", "cancer screening"]
    passages = [
        [f"The {subject} was told." for _ in range(5)] + asked[at:] for at, subject in enumerate(subjects)
    ]
    assert typical_phrases(passages, WORDS) == subjects


def test_what_documents_on_all_subjects_say_names_no_topic_even_where_it_lies_alone() -> None:
    """Questions are a topic of their own; the answers beside them tell their subjects."""
    questions = ["What steps is he taking to ensure safety?"] * 8 + ["An abolition of boards is planned."] * 3
    others = [[f"The {word} funding grew."] * 60 for word in ("hospice", "dental", "cancer")]
    apart = np.eye(4)
    asked = np.vstack([np.full((8, 4), 0.25), np.tile(apart[0], (3, 1))])
    mixes = [asked, *(np.tile(apart[topic], (60, 1)) for topic in (1, 2, 3))]
    assert typical_phrases([questions, *others], WORDS)[0] == "taking to ensure safety"
    assert typical_phrases([questions, *others], WORDS, mixes)[0] == "abolition of boards"


def test_a_passage_stands_for_the_topics_of_its_document_large_ones_counting_no_more() -> None:
    """One document asks (topic 0) and answers (1); another is of topic 1 alone, with two passages."""
    labels = np.array([0, 1, 1, 1])
    placed = Placed(["a", "b"], [[], []], [""] * 4, ["one", "one", "two", "two"], [""] * 4, labels, noise(4))
    first, second = mixes_of(placed, [np.array([0]), np.array([2, 1])])
    assert first == pytest.approx(np.array([[1 / 2 / 1, 1 / 2 / 3]]))
    assert second == pytest.approx(np.array([[0, 1 / 3], [1 / 2, 1 / 6]]))


def test_a_topic_of_nothing_but_what_all_say_still_has_a_phrase() -> None:
    asked = ["What steps is he taking to ensure safety?"] * 5
    assert typical_phrases([asked, asked], WORDS) == ["taking to ensure safety"] * 2


@tried(deadline=None, max_examples=50)
@given(st.lists(st.floats(0.01, 1), min_size=2, max_size=8), st.floats(0.1, 10))
def test_unevenness_is_1_for_one_topic_alone_0_for_all_alike_and_needs_no_scale(
    rates: list[float], scale: float
) -> None:
    alone, alike = np.eye(len(rates))[0], np.ones(len(rates))
    found = unevenness(np.array([alone, alike, rates, np.array(rates) * scale]))
    assert found[:2] == pytest.approx([1, 0], abs=1e-9)
    assert 0 <= found[2] + 1e-9 <= 1 + 2e-9
    assert found[2] == pytest.approx(found[3], abs=1e-9)


@tried(deadline=None, max_examples=60)
@given(st.integers(0, 999), st.integers(1, 30), st.sampled_from([40, 700, 1500]), st.integers(1, 9))
def test_the_nearest_are_those_of_a_full_sort_however_many_are_alike(
    seed: int, count: int, rows: int, values: int
) -> None:
    numbers = np.random.default_rng(seed).integers(0, 10**values, (5, rows)).astype(np.float32)
    best = np.take_along_axis(numbers, largest(numbers, count), axis=1)
    assert np.sort(best).tolist() == np.sort(numbers)[:, rows - count :].tolist()


def test_a_conflict_of_interest_is_a_phrase() -> None:
    texts = [
        "It declared a conflict of interest.",
        "Any conflict of interest counts.",
        "No conflict of interest!",
    ]
    assert typical_phrases([texts], WORDS) == ["conflict of interest"]


def test_a_phrase_does_not_run_over_a_full_stop() -> None:
    texts = ["He left the hospital. Doctors were sad."] * 3
    (phrase,) = typical_phrases([texts], WORDS)
    assert phrase is None or "." not in phrase


def test_near_topics_join_first_and_the_topmost_holds_all() -> None:
    centres = np.array([[1, 0, 0], [0.95, 0.2, 0], [-1, 0, 1], [-1, 0.2, 1]], dtype=np.float32)
    nodes = tree(np.repeat(centres, 3, axis=0), np.repeat([0, 1, 2, 3], 3))
    top, *rest = nodes
    assert (top.parent, top.level, top.topics) == (None, 0, (0, 1, 2, 3))
    assert {node.topics for node in rest if len(node.topics) > 1} == {(0, 1), (2, 3)}
    assert all(node.height <= next(up.height for up in nodes if up.number == node.parent) for node in rest)


def test_one_topic_is_a_tree_of_itself() -> None:
    (node,) = tree(noise(5), np.zeros(5, dtype=np.int64))
    assert (node.parent, node.topics) == (None, (0,))


def test_a_joined_topic_is_named_by_itslargest_topics_first() -> None:
    top = tree(noise(6), np.array([0, 0, 0, 0, 1, 1]))[0]
    assert shared_terms(top, [["ambulances", "delay"], ["hospices", "delay"]], [4, 2]) == [
        "ambulances", "delay", "hospices",
    ]  # fmt: skip
