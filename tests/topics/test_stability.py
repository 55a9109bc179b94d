"""How reproducible topics and themes are, and where that is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from pipeline import config as configuration
from pipeline import flow, workers
from pipeline.archive import importing
from pipeline.asking import evidence, status
from pipeline.asking.evidence import as_text
from pipeline.config import Config
from pipeline.progress import Tell
from pipeline.publishing.report.data import load
from pipeline.settings import Topics
from pipeline.store import published_file
from pipeline.themes import Theme
from pipeline.themes.calibration import Curve
from pipeline.themes.model import CLASSIFIER, Model, ThemeModel
from pipeline.themes.sensitivity import Coder
from pipeline.topics.clusters import NeighbourLeiden, neighbour_graph
from pipeline.topics.features import features
from pipeline.topics.model import fit_model
from pipeline.topics.neighbourhoods import keep, kept, neighbourhoods
from pipeline.topics.stability import Fitted, Perturbed, best_matches, drawn, passed_on, refits
from tests.conftest import build_all, build_shared, by_rule, quick, sample_rows
from tests.stages.test_build import ask
from tests.support import shared
from tests.themes.test_classifier import FEW, teach
from tests.themes.test_classifier import rows as texts_to_code
from tests.topics.test_identity import blobs

Write = Callable[..., Path]
SETTINGS = Topics(min_passages=4, neighbours=6, resolution=0.5, refits=3, word_weight=0.0)


def compared(vectors: Any, labels: Any, sources: list[str] | None = None) -> list[Any]:
    documents = [f"d{at // 2}" for at in range(len(labels))]
    texts = [f"word{label}" for label in labels]
    return list(refits(Fitted(texts, vectors, labels, documents, sources or ["one"] * len(labels)), SETTINGS))


def test_what_lies_clearly_apart_is_found_by_every_refit() -> None:
    vectors, labels = blobs(4, 40, seed=1)
    found = compared(vectors, labels)
    assert [(refit.perturbation, refit.run) for refit in found] == [
        ("seed", 1),
        *(("sample", run) for run in (1, 2, 3)),
    ]
    assert min(refit.rand_index for refit in found) > 0.95
    assert min(refit.similarity.min() for refit in found) > 0.95


def test_topics_that_are_not_in_the_data_are_not_found_again() -> None:
    vectors, _ = blobs(4, 40, seed=1)
    invented = np.random.default_rng(1).integers(0, 4, len(vectors))
    found = compared(vectors, invented)
    assert max(refit.rand_index for refit in found) < 0.1
    assert max(refit.similarity.max() for refit in found) < SETTINGS.stable


def test_a_topic_of_the_source_that_is_left_out_has_no_similarity() -> None:
    vectors, labels = blobs(3, 40, seed=1)
    sources = ["alone" if label == 2 else f"s{at % 2}" for at, label in enumerate(labels)]
    by_source = {r.left_out: r for r in compared(vectors, labels, sources) if r.perturbation == "source"}
    assert set(by_source) == {"alone", "s0", "s1"}
    assert np.isnan(by_source["alone"].similarity).tolist() == [False, False, True]
    assert by_source["alone"].passages == 80


def test_of_a_large_corpus_a_sample_of_bounded_size_is_fitted_and_refitted() -> None:
    vectors, labels = blobs(4, 60, seed=1)
    names = [f"d{at // 2}" for at in range(len(labels))]
    sources = ["alone" if label == 2 else f"s{at % 2}" for at, label in enumerate(labels)]
    fitted = Fitted([f"word{label}" for label in labels], vectors, labels, names, sources)
    first, again = (list(refits(fitted, SETTINGS, None, most=160)) for _ in range(2))
    assert max(refit.passages for refit in first) == 160
    assert [(r.perturbation, r.left_out) for r in first] == [
        (r.perturbation, r.left_out) for r in refits(fitted, SETTINGS)
    ]
    for one, other in zip(first, again, strict=True):
        assert np.array_equal(one.similarity, other.similarity, equal_nan=True)
        apart = one.left_out == "alone"
        assert np.isnan(one.similarity).tolist() == [False, False, apart, False]
        assert np.nanmin(one.similarity) > 0.95


@examples(deadline=None, max_examples=50)
@given(sizes=st.lists(st.integers(1, 30), min_size=1, max_size=40), most=st.integers(1, 200))
def test_the_sample_of_a_large_corpus_holds_whole_documents_and_no_more_than_it_may(
    sizes: list[int], most: int
) -> None:
    documents = [f"d{at}" for at, size in enumerate(sizes) for _ in range(size)]
    rows = drawn(documents, most, 7)
    held = {documents[row] for row in rows}
    assert len(rows) == sum(sizes[int(name[1:])] for name in held) <= most
    assert rows.tolist() == drawn(documents, most, 7).tolist()
    left = [size for at, size in enumerate(sizes) if f"d{at}" not in held]
    assert not left or min(left) > most - len(rows)


def test_a_topic_is_as_stable_as_the_sample_s_topics_that_its_passages_are_in() -> None:
    lies = np.array([[3, 1, 0], [0, 0, 2], [0, 0, 0]], dtype=float)
    told = passed_on(np.array([1.0, 0.6, np.nan]), lies)
    assert told[0] == pytest.approx(0.9)
    assert np.isnan(told[1:]).all()


def test_one_source_cannot_be_left_out() -> None:
    vectors, labels = blobs(2, 20, seed=1)
    assert {refit.perturbation for refit in compared(vectors, labels)} == {"seed", "sample"}


def test_refits_cluster_as_the_fit_does() -> None:
    vectors, labels = blobs(4, 30, seed=3)
    texts = [f"word{n % 7} word{n % 5} other{n % 3}" for n in range(len(vectors))]
    settings = replace(SETTINGS, word_weight=0.5)
    model = fit_model(texts, vectors, settings)
    fitted = Fitted(texts, vectors, labels, ["one"] * len(texts), ["one"] * len(texts))
    again = NeighbourLeiden(settings).divide(
        *Perturbed(fitted, settings, None).graph(np.arange(len(vectors)))
    )
    assert again.labels_.tolist() == list(model.topics_)


@pytest.mark.slow
def test_refits_in_processes_are_those_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, labels = blobs(3, 40, seed=1)
    alone = compared(vectors, labels)
    monkeypatch.setattr(workers, "WORTH_PROCESSES", 0)
    together = compared(vectors, labels)
    workers.close()
    assert [r.similarity.tolist() for r in together] == [r.similarity.tolist() for r in alone]


def test_a_sample_is_judged_as_if_there_were_nothing_else() -> None:
    """Components, weights of words, neighbours and graph are those of a corpus that never held the rest."""
    vectors, labels = blobs(4, 40, seed=3)
    texts = [f"word{n % 7} word{n % 5} other{n % 3} some{n % 11}" for n in range(len(vectors))]
    settings, names = replace(SETTINGS, word_weight=0.5), [str(at) for at in range(len(texts))]
    perturbed = Perturbed(Fitted(texts, vectors, labels, names, names), settings, None)
    rows = np.flatnonzero(np.random.default_rng(1).random(len(texts)) < 0.9)
    graph, unit = perturbed.graph(rows)
    anew = features([texts[at] for at in rows], vectors[rows], settings)
    assert unit.tolist() == anew.tolist()
    assert abs(graph - neighbour_graph(anew, settings.neighbours, settings.seed)).max() == 0


@pytest.mark.slow
def test_what_a_fit_found_is_kept_for_its_refits(tmp_path: Path) -> None:
    vectors, labels = blobs(3, 40, seed=1)
    texts = [""] * len(vectors)
    _, found = neighbourhoods(texts, vectors, SETTINGS)
    keep(tmp_path, "before", found)
    keep(tmp_path, "one", found)
    again = kept(tmp_path, "one", len(vectors))
    assert again is not None
    fitted = Fitted(texts, vectors, labels, [str(at) for at in range(len(vectors))], texts)
    first, second = ([r.rand_index for r in refits(fitted, SETTINGS, known)] for known in (None, again))
    assert first == second
    assert [file.name for file in tmp_path.glob("*.npz")] == ["one.npz"]


def test_what_is_not_of_this_fit_or_cannot_be_read_is_found_anew(tmp_path: Path) -> None:
    vectors, _ = blobs(3, 40, seed=1)
    keep(tmp_path, "one", neighbourhoods([""] * 120, vectors, SETTINGS)[1])
    assert kept(tmp_path, "other", 120) is None
    assert kept(tmp_path, "one", 119) is None
    (tmp_path / "one.npz").write_bytes(b"torn")
    assert kept(tmp_path, "one", 120) is None


@examples(deadline=None, max_examples=50)
@given(labels=st.lists(st.integers(0, 3), min_size=5, max_size=40), seed=st.integers(0, 9))
def test_best_matches_are_1_for_the_same_topics_under_any_names_and_never_more(
    labels: list[int], seed: int
) -> None:
    own = np.array(labels)
    renamed = np.random.default_rng(seed).permutation(4)[own]
    same = best_matches(own, renamed, 4)
    assert np.allclose(same[~np.isnan(same)], 1)
    other = best_matches(own, np.random.default_rng(seed).integers(0, 4, len(own)), 4)
    assert np.all((other[~np.isnan(other)] > 0) & (other[~np.isnan(other)] <= 1))


# Published


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """A published corpus of two sources, with a theme that one phrase carries: never to change."""
    other = [
        {
            "url": f"https://www.gponline.com/article/{year}",
            "date": f"{year}-06-01",
            "title": f"A practice in {year}",
            "text": f"A GP told the CCG in {year} that care had become fragmented: each practice alone.",
        }
        for year in range(2012, 2016)
    ]
    config = quick(configuration.load(tmp_path_factory.mktemp("own_two-sources") / "data"))
    config = replace(config, topics=replace(config.topics, min_passages=4, neighbours=5, refits=1))
    return build_shared(config, [*sample_rows(), *other])


@pytest.fixture
def own_two(two: Config, tmp_path: Path) -> Config:
    """A copy of the same, the test's own."""
    return shared.copy(two, tmp_path / "data")


def test_a_theme_is_measured_without_each_source_and_without_each_phrase(two: Config) -> None:
    rows = ask(
        two, "SELECT * FROM theme_stability WHERE theme = 'fragmentation' ORDER BY perturbation, left_out"
    )
    by_kind: dict[str, list[Any]] = {}
    for row in rows:
        by_kind.setdefault(row[1], []).append(row)
    left_out = {row[2]: row for row in by_kind["source"]}
    assert set(left_out) == {"bmj", "gponline"}
    assert left_out["bmj"][4] + left_out["gponline"][4] == left_out["bmj"][3] == 8
    ((_, _, _, passages, lost, share, *_),) = by_kind["any phrase"]
    assert share == pytest.approx(lost / passages)
    assert all(row[4] <= lost for row in by_kind["phrase"])


def test_change_is_what_is_left_less_what_there_was(two: Config) -> None:
    assert ask(
        two, "SELECT count(*) FROM theme_stability WHERE abs(prevalence_without - prevalence - change) > 2e-6"
    ) == [(0,)]
    assert ask(two, "SELECT count(*) FROM theme_stability WHERE perturbation <> 'source' AND change > 0") == [
        (0,)
    ]


@pytest.mark.slow
def test_dropping_the_only_phrase_of_passages_unlike_the_theme_uncodes_them(
    config: Config, tell: Tell, write_rows: Write
) -> None:
    text = "The choir sang of a postcode lottery at fair {n}, and everybody in the CCG laughed and went home."
    rows = [
        {
            "url": f"https://www.bmj.com/{n}",
            "date": f"{n}-01-01",
            "title": f"CCG {n}",
            "text": text.format(n=n),
        }
        for n in (2013, 2014, 2015)
    ]
    config = by_rule(config)
    importing.import_paths([write_rows(rows)], config, tell)
    build_all(config)
    found = ask(
        config,
        "SELECT perturbation, left_out, passages, lost, prevalence_without FROM theme_stability "
        "WHERE theme = 'fragmentation' ORDER BY 1",
    )
    assert found == [("any phrase", None, 3, 3, 0.0), ("phrase", "postcode lottery", 3, 3, 0.0)]


@pytest.mark.parametrize(("of_phrases", "of_meaning", "lost"), [(6.0, 0.0, [0, 1]), (0.0, 6.0, [])])
def test_a_classifier_loses_what_it_learnt_from_the_phrase_and_keeps_what_it_learnt_elsewhere(
    of_phrases: float, of_meaning: float, lost: list[int]
) -> None:
    theme = Theme("splits", "Splits", "Care falls apart.", include=("postcode lottery", "fragment*"))
    weights = np.array([of_phrases, 0.0, 0.0, of_meaning])
    learnt = ThemeModel(
        "splits", CLASSIFIER, "", 60, 20, curve=Curve(1.0, 0.0), intercept=-3.0, weights=weights
    )
    model = Model("one", {"splits": learnt})
    words = [["postcode lottery"], ["Postcode lottery"], ["postcode lottery", "fragmented"]]
    shared = model.shared(np.ones((3, 1), dtype=np.float32), ["", "", ""])
    coder = Coder(model, theme, words, np.zeros(3), shared)
    assert {phrase: at.tolist() for phrase, at in coder.lost()} == {"postcode lottery": lost, "fragment*": []}


@pytest.mark.slow
def test_themes_of_a_classifier_are_measured_without_each_phrase_too(
    config: Config, tell: Tell, write_rows: Write
) -> None:
    # A phrase stands in half of what people code, so that a classifier finds more than the codebook.
    said = [
        row | {"text": row["text"] + " It was a conflict of interest."} if number % 6 == 0 else row
        for number, row in enumerate(texts_to_code())
    ]
    config = replace(config, code=FEW, topics=replace(config.topics, min_passages=4, refits=1))
    importing.import_paths([write_rows(said)], config, tell)
    build_all(config)
    teach(config, {"conflict-of-interest": "friends"})
    build_all(config)
    methods = "SELECT method FROM theme_model WHERE theme = 'conflict-of-interest'"
    query = """SELECT perturbation, passages FROM theme_stability
               WHERE theme = 'conflict-of-interest' AND perturbation LIKE '%phrase' ORDER BY 1"""
    assert (ask(config, methods), ask(config, query)) == (
        [("classifier",)],
        [("any phrase", 20), ("phrase", 20)],
    )


def test_topics_that_refits_do_not_find_are_marked_wherever_they_appear(own_two: Config) -> None:
    own_two = replace(own_two, topics=replace(own_two.topics, stable=1.1))
    build_all(own_two)
    assert ask(own_two, "SELECT bool_or(stable) FROM topic") == [(False,)]
    (told,) = status.status(own_two)["published"]["topics"]
    assert len(told["unstable"]) == told["topics"]
    assert "don't build on these" in status.as_text(status.status(own_two))
    found = evidence.find(own_two, None, told["unstable"][0], "2012..2015", None, 1)
    assert "not stable: refits overlap" in as_text(found)
    assert not any(topic.stable for topic in load(published_file(own_two)).topics)


def test_where_most_topics_are_not_stable_a_build_says_so(own_two: Config, tell: Tell) -> None:
    own_two = replace(own_two, topics=replace(own_two.topics, stable=1.1))
    list(flow.build(own_two, tell))
    assert any("topics are not stable: refits find others" in warning for warning in tell.warnings)


def test_nothing_is_measured_again_unless_a_fit_or_a_coding_is_new(own_two: Config) -> None:
    assert build_all(own_two)["assess"] == 0


@pytest.mark.slow
def test_a_corpus_in_which_nothing_clusters_is_told_to_hold_no_topics(
    config: Config, tell: Tell, write_rows: Write
) -> None:
    rng = np.random.default_rng(1)
    words = ["".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz"), 6)) for _ in range(2000)]
    rows = [
        {
            "url": f"https://x.org/{n}",
            "source": "Noise",
            "title": f"{n}",
            "text": " ".join(rng.choice(words, 40)),
        }
        for n in range(120)
    ]
    importing.import_paths([write_rows(rows)], config, tell)
    list(flow.build(config, tell))
    told = " ".join(tell.warnings)
    assert "so all are one topic" in told or "topics are not stable: refits find others" in told


@pytest.mark.slow
def test_passages_without_words_have_no_topics_and_it_is_told(
    config: Config, tell: Tell, write_rows: Write
) -> None:
    letters = np.random.default_rng(1).permutation(list("abcdefghijklmnopqrstuvwxyz" * 2))
    rows = [
        {
            "url": f"https://x.org/{n}",
            "source": "Letters",
            "title": f"{n}",
            "text": " ".join(np.roll(letters, n)),
        }
        for n in range(24)
    ]
    importing.import_paths([write_rows(rows)], config, tell)
    build_all(config)
    list(flow.build(config, tell))
    assert "the passages hold no words that could name a topic" in tell.warnings
    assert ask(config, "SELECT count(*) FROM topic") == [(0,)]


@pytest.mark.slow
def test_an_empty_corpus_has_nothing_to_assess(config: Config) -> None:
    config.archive.mkdir(parents=True)
    assert build_all(config)["assess"] == 0
    assert ask(
        config, "SELECT (SELECT count(*) FROM fit_stability), (SELECT count(*) FROM theme_stability)"
    ) == [(0, 0)]
