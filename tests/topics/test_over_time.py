"""Words of topics over time: BERTopic's numbers, its evolution tuning as it is meant, what is published."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import store
from pipeline.config import Config
from pipeline.errors import ConfigError
from pipeline.settings import Topics
from pipeline.topics.model import distinct, word_counter
from pipeline.topics.over_time import Cells, Whole, over_time, tf_idf, top_terms, whole
from pipeline.topics.word_counts import Texts, WordCounts, counted_in, word_counts
from tests.conftest import build_all, sample_rows

ONE = np.ones


def weights_of(cells: Cells, fit: Whole) -> Any:
    """(c, terms): all weights, written out."""
    return cells.own.toarray() + cells.always[:, None] * fit.weights.toarray()[cells.topic]


def corpus_of_words(number: int = 120) -> tuple[list[str], Any, Any]:
    """Texts of invented words on three subjects over four months; and their subjects and months."""
    rng = np.random.default_rng(4)
    subjects, months = rng.integers(0, 3, number), rng.integers(0, 4, number)
    texts = [
        " ".join(
            f"w{subject}x{chr(97 + w)}" if w > 5 else f"m{month}x{chr(97 + w)}"
            for w in rng.geometric(0.1, 25) % 20
        )
        for subject, month in zip(subjects, months, strict=True)
    ]
    return texts, subjects, months


@pytest.fixture(scope="module")
def fitted() -> tuple[Any, list[str], Any]:
    """A BERTopic model of single words, whose topics are the subjects; of pairs see methods.md."""
    from bertopic import BERTopic
    from bertopic.backend import BaseEmbedder
    from bertopic.cluster import BaseCluster
    from bertopic.dimensionality import BaseDimensionalityReduction
    from bertopic.vectorizers import ClassTfidfTransformer
    from sklearn.feature_extraction.text import CountVectorizer

    texts, subjects, months = corpus_of_words()
    model = BERTopic(
        embedding_model=BaseEmbedder(),
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=BaseCluster(),
        vectorizer_model=CountVectorizer(token_pattern=r"\S+"),
        ctfidf_model=ClassTfidfTransformer(reduce_frequent_words=True),
    ).fit(texts, embeddings=np.zeros((len(texts), 2)), y=subjects)
    return model, texts, months


def test_words_and_weights_are_those_of_bertopic_with_its_global_tuning(
    fitted: tuple[Any, list[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, texts, months = fitted
    counts = model.vectorizer_model.transform(texts)
    topics = np.array(model.topics_)
    fit = whole(counts, topics)
    found = over_time(counts, topics, months, ONE(len(texts)), fit, evolution=False)
    seen: list[dict[int, list[tuple[str, float]]]] = []
    extract = model._extract_words_per_topic

    def watched(*args: Any, **named: Any) -> Any:
        seen.append(extract(*args, **named))
        return seen[-1]

    monkeypatch.setattr(model, "_extract_words_per_topic", watched)
    days = [datetime(2013, 1 + int(month), 1) for month in months]
    theirs = model.topics_over_time(texts, days, evolution_tuning=False, global_tuning=True)
    terms = model.vectorizer_model.get_feature_names_out()
    for topic, period, passages, (places, weights) in zip(
        found.topic, found.period, found.passages, top_terms(found, fit, 10), strict=True
    ):
        words, their_weights = zip(*seen[period][topic], strict=True)
        assert weights == pytest.approx(their_weights[: len(weights)], abs=1e-12)
        assert {*terms[places[weights > weights[-1]]]} <= set(words)
        row = theirs[(theirs.Topic == topic) & (theirs.Timestamp == datetime(2013, 1 + period, 1))]
        assert row.Frequency.item() == passages
    assert len(theirs) == len(found.topic)


def test_bertopic_s_evolution_tuning_changes_nothing_and_ours_does(
    fitted: tuple[Any, list[str], Any],
) -> None:
    model, texts, months = fitted
    days = [datetime(2013, 1 + int(month), 1) for month in months]
    tuned, plain = (
        model.topics_over_time(texts, days, evolution_tuning=evolution, global_tuning=True)
        for evolution in (True, False)
    )
    assert tuned.equals(plain)
    counts = model.vectorizer_model.transform(texts)
    topics = np.array(model.topics_)
    fit = whole(counts, topics)
    evolved, alone = (
        weights_of(over_time(counts, topics, months, ONE(len(texts)), fit, evolution=evolution), fit)
        for evolution in (True, False)
    )
    assert np.abs(evolved - alone).max() > 1e-3


def test_a_period_is_averaged_with_the_one_before_as_tuned_and_then_with_all_time() -> None:
    from scipy.sparse import csr_matrix

    counts = csr_matrix(np.array([[3.0, 1, 0], [0, 2, 2], [1, 0, 5], [2, 2, 2]]))
    topics, periods = np.array([0, 0, 0, 1]), np.array([0, 1, 3, 2])
    fit = whole(counts, topics)
    found = over_time(counts, topics, periods, ONE(4), fit)
    own = tf_idf(counts, fit.rarity).toarray()
    own /= own.sum(axis=1, keepdims=True)
    always = fit.weights.toarray()
    first = (own[0] + always[0]) / 2
    second = ((own[1] + first) / 2 + always[0]) / 2
    after_a_gap = (own[2] + always[0]) / 2
    assert found.topic.tolist() == [0, 0, 0, 1]
    assert weights_of(found, fit)[:3] == pytest.approx(np.stack([first, second, after_a_gap]))


def test_a_passage_that_may_be_of_four_quarters_counts_a_quarter_in_each() -> None:
    from scipy.sparse import csr_matrix

    counts = csr_matrix(np.array([[4.0, 0]] * 4 + [[0, 2.0]]))
    topics, periods = np.zeros(5, dtype=int), np.array([0, 1, 2, 3, 0])
    found = over_time(counts, topics, periods, np.array([0.25] * 4 + [1]), whole(counts, topics))
    assert found.passages.tolist() == [1.25, 0.25, 0.25, 0.25]
    assert found.counts.toarray()[0].tolist() == [1, 2]


def test_the_weightiest_terms_come_first_and_of_equals_the_first() -> None:
    from scipy.sparse import csr_matrix

    fit = Whole(ONE(6), csr_matrix(np.array([[0.0, 0.2, 0, 0, 0.4, 0.2]])))
    own = csr_matrix(np.array([[0.1, 0.2, 0, 0.3, 0, 0]]))
    cell = Cells(np.array([0]), np.array([0]), ONE(1), own, own, np.array([0.5]))
    ((terms, weights),) = top_terms(cell, fit, 5)
    assert terms.tolist() == [1, 3, 4, 0, 5]
    assert weights == pytest.approx([0.3, 0.3, 0.2, 0.1, 0.1])


def test_a_term_that_repeats_a_word_of_a_weightier_one_is_passed_over() -> None:
    weighted = [("lay members", 3.0), ("members", 2.0), ("vote", 1.0), ("vote now", 0.5), ("chair", 0.1)]
    assert distinct(weighted, 3) == [("lay members", 3.0), ("vote", 1.0), ("chair", 0.1)]


def fetching(texts: dict[str, str], asked: list[str]) -> Texts:
    def fetch(hashes: Any) -> list[tuple[str, str]]:
        asked.extend(hashes)
        return [(name, texts[name]) for name in hashes]

    return fetch


def test_texts_are_counted_once_and_later_ones_in_the_same_terms(tmp_path: Path) -> None:
    texts = {"a": "red herring red", "c": "green herring"}
    asked: list[str] = []
    first = word_counts(tmp_path, "fit", ["a", "c"], fetching(texts, asked), Topics())
    texts["b"] = "red and blue"
    again = word_counts(tmp_path, "fit", ["a", "b", "c"], fetching(texts, asked), Topics())
    assert asked == ["a", "c", "b"]
    assert again.terms.tolist() == first.terms.tolist()
    column = again.terms.tolist().index("red")
    assert again.matrix[again.rows(["a", "b", "c"]), column].toarray().ravel().tolist() == [2, 1, 0]
    fewer = word_counts(tmp_path, "fit", ["b", "c"], fetching(texts, asked), Topics())
    assert fewer.matrix.shape[0] == 2
    assert len(asked) == 3


@given(st.lists(st.text("aéB c'-1.,\n’", max_size=60), min_size=1, max_size=5))
def test_later_texts_are_counted_as_scikit_learn_would(later: list[str]) -> None:
    counter = word_counter(Topics(stop_words=("ab",)))
    early = "the aéB's cab-a a'b ab Bab éa ’tis bc’a cab-a a'b"
    counter.fit([early])
    terms = counter.get_feature_names_out()
    known = WordCounts(np.array([]), terms, None, np.array(counter.stop_words))
    texts = [early, *later, *(f"{early} {text}" for text in later)]
    assert (counted_in(known, texts) != counter.transform(texts)).nnz == 0


def test_a_new_fit_counts_anew_and_a_damaged_file_is_made_again(tmp_path: Path) -> None:
    texts = {"a": "red herring"}
    word_counts(tmp_path, "one", ["a"], fetching(texts, []), Topics())
    word_counts(tmp_path, "two", ["a"], fetching(texts, []), Topics())
    (file,) = tmp_path.glob("*.npz")
    assert file.name == "two.npz"
    file.write_bytes(file.read_bytes()[:100])
    asked: list[str] = []
    word_counts(tmp_path, "two", ["a"], fetching(texts, asked), Topics())
    assert asked == ["a"]


@pytest.fixture
def topical(corpus: Config) -> Config:
    """Sixteen documents, enough for topics."""
    return replace(corpus, topics=replace(corpus.topics, min_passages=4))


def ask(config: Config, query: str) -> list[tuple[Any, ...]]:
    with store.open_published(store.published_file(config)) as connection:
        return connection.execute(query).fetchall()


def test_the_words_of_each_topic_and_quarter_are_published_and_its_changes_are_split(topical: Config) -> None:
    build_all(topical)
    assert ask(topical, "SELECT DISTINCT period FROM topic_term") == [("quarter",)]
    assert ask(topical, "SELECT sum(passages) FROM topic_term") == [(len(sample_rows()),)]
    ((terms,),) = ask(
        topical,
        "SELECT terms FROM topic_term ORDER BY passages DESC LIMIT 1",
    )
    assert len(terms) <= topical.topics.terms
    ((topics, changed),) = ask(
        topical,
        "SELECT (SELECT count(*) FROM topic), count(DISTINCT topic_id) FROM trend_change WHERE theme IS NULL",
    )
    assert topics == changed > 1


def test_the_words_may_be_told_by_year_and_are_told_anew_only_where_something_changed(
    topical: Config,
) -> None:
    by_year = replace(topical, trend=replace(topical.trend, words="year"))
    build_all(by_year)
    assert ask(by_year, "SELECT DISTINCT year(period_start) FROM topic_term ORDER BY 1") == [
        (2012,), (2013,), (2014,), (2015,)
    ]  # fmt: skip
    assert build_all(by_year)["trend"] == 0


def test_words_by_what_is_no_period_are_refused(topical: Config) -> None:
    with pytest.raises(ConfigError, match=r"\[trend\] words: 'decade' is not one of month, quarter, year"):
        build_all(replace(topical, trend=replace(topical.trend, words="decade")))
