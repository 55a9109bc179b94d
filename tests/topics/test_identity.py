"""Topics keep their ids over refits, and new passages join them without one."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import config as configuration
from pipeline import flow, store
from pipeline.archive import importing
from pipeline.config import Config
from pipeline.errors import ModelError
from pipeline.progress import Tell
from pipeline.settings import Topics
from pipeline.topics import assigning, lineage, saved_fits
from pipeline.topics.drift import Drift, due, why_not
from pipeline.topics.identity import TopicEvent, TopicSet, born, carry_over, matched
from pipeline.topics.lineage import Chapter
from pipeline.topics.neighbourhoods import neighbourhoods
from pipeline.topics.space import Space, assign, space_of
from pipeline.topics.vectors import centroids_of
from tests.conftest import build_all, build_shared, quick
from tests.stages.test_build import ask, tables
from tests.support import shared

Write = Callable[..., Path]
SUBJECTS = {
    "flu": "The flu clinic gave {n} vaccinations to patients on Saturday, and nurses ran vaccine queue {n}.",
    "parking": "The hospital car park charged {n} pounds, and drivers queued for parking spaces in lot {n}.",
    "teeth": "The dentist pulled tooth {n} and the dental surgery had no appointments for teeth in week {n}.",
}


def rows(subject: str, numbers: range) -> list[dict[str, Any]]:
    return [
        {
            "url": f"https://example.org/{subject}/{n}",
            "date": f"20{10 + n % 8}-03-01",
            "title": f"{subject} {n}",
            "source": "Sample house",
            "text": SUBJECTS[subject].format(n=n),
        }
        for n in numbers
    ]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """A published corpus of three subjects, twelve documents each: to copy, never to change."""
    config = quick(configuration.load(tmp_path_factory.mktemp("three") / "data"))
    topics = replace(config.topics, min_passages=4, neighbours=5, resolution=1.0, refits=1)
    every = [row for name in SUBJECTS for row in rows(name, range(12))]
    return build_shared(replace(config, topics=topics), every)


@pytest.fixture
def three(base: Config, tmp_path: Path) -> Config:
    """The same corpus, the test's own."""
    return shared.copy(base, tmp_path / "data")


def topics_by_title(config: Config) -> dict[str, str]:
    query = """SELECT title, topic_id FROM passage_topic
               JOIN passage USING (passage_id) JOIN document USING (document_id)"""
    return dict(ask(config, query))


def grow(config: Config, write_rows: Write, new: list[dict[str, Any]]) -> dict[str, int]:
    importing.import_paths([write_rows(new, f"{new[0]['title']}.jsonl")], config, Tell(quiet=True))
    return build_all(config)


def built(config: Config) -> Tell:
    tell = Tell(quiet=True)
    list(flow.build(config, tell))
    return tell


# Between two fits


def test_a_new_passage_joins_its_neighbours_and_no_other_one_moves(three: Config, write_rows: Write) -> None:
    before = topics_by_title(three)
    done = grow(three, write_rows, rows("teeth", range(20, 22)))
    after = topics_by_title(three)
    assert done["fit"] == 2
    assert after == before | {"teeth 20": before["teeth 0"], "teeth 21": before["teeth 0"]}
    methods = ask(three, "SELECT method, count(*) FROM passage_topic GROUP BY 1 ORDER BY 1")
    assert methods == [("fit", 36), ("neighbours", 2)]
    assert ask(three, "SELECT sum(passages) FROM topic") == [(38,)]


def test_a_database_that_was_emptied_asks_no_passage_twice_whether_it_is_a_new_subject(
    three: Config, write_rows: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chance would raise an alarm once in twenty times, and call for a refit that there never was."""
    asked: list[int] = []

    def ask_about(found: object, fresh: Any, most: float) -> Any:
        asked.append(int(fresh.sum()))
        return np.zeros(0, dtype=np.int64)

    monkeypatch.setattr(assigning, "new_subject", ask_about)
    grow(three, write_rows, rows("teeth", range(20, 22)))
    before = topics_by_title(three)
    store.working_file(three).unlink()
    build_all(three)
    assert (topics_by_title(three), asked) == (before, [2])
    grow(three, write_rows, rows("teeth", range(22, 25)))
    assert asked == [2, 3]


def test_a_passage_whose_text_changed_is_assigned_anew(three: Config, write_rows: Write) -> None:
    before = topics_by_title(three)
    changed = rows("teeth", range(1))[0] | {"text": SUBJECTS["flu"].format(n=99)}
    grow(three, write_rows, [changed])
    assert topics_by_title(three) == before | {"teeth 0": before["flu 0"]}


def test_much_that_is_new_calls_for_a_refit_in_which_old_topics_keep_their_ids(
    three: Config, write_rows: Write
) -> None:
    before = topics_by_title(three)
    grow(three, write_rows, rows("flu", range(20, 32)))
    after = topics_by_title(three)
    assert {(name, before[f"{name} 0"]) for name in SUBJECTS} == {
        (name, after[f"{name} 0"]) for name in SUBJECTS
    }
    assert sum(after[title] == before[title] for title in before) >= 30
    assert ask(three, "SELECT number, why FROM topic_fit ORDER BY 1") == [
        (1, "there were none"),
        (2, "33% of the passages are new or gone"),
    ]
    kinds = (
        "SELECT kind, count(*) FROM topic_lineage JOIN topic_fit USING (fit_id) WHERE number = {} GROUP BY 1"
    )
    assert dict(ask(three, kinds.format(1))) == {"born": 3}
    assert dict(ask(three, kinds.format(2)))["continued"] == 3


@pytest.mark.slow
def test_a_small_new_subject_amid_old_ones_calls_for_a_refit(config: Config, write_rows: Write) -> None:
    topics = replace(config.topics, min_passages=4, neighbours=5, resolution=1.0, refits=1, drift=1.0)
    grown = replace(config, topics=topics)
    grow(grown, write_rows, [row for name in SUBJECTS for row in rows(name, range(40))])
    buses = "The bus to village {n} was cancelled, and passengers waited for the next bus at stop {n}."
    new = [
        row | {"url": f"https://example.org/bus/{n}", "title": f"bus {n}", "text": buses.format(n=n)}
        for n, row in enumerate(rows("flu", range(12)))
    ]
    grow(grown, write_rows, new)
    (why,) = (why for (why,) in ask(grown, "SELECT why FROM topic_fit WHERE number = 2"))
    assert why.endswith("documents) lie together, apart from the old")
    own = {topic for title, topic in topics_by_title(grown).items() if title.startswith("bus")}
    assert len(own) == 1


def test_a_refit_that_is_asked_for_happens_once(three: Config) -> None:
    with store.open_working(three) as connection:
        connection.execute(store.queries("fit")["ask"])
    before = topics_by_title(three)
    assert build_all(three)["fit"] == 3
    assert build_all(three)["fit"] == 0
    assert topics_by_title(three) == before


def test_settings_that_say_how_to_fit_call_for_a_refit_and_those_that_say_when_do_not(three: Config) -> None:
    assert build_all(replace(three, topics=replace(three.topics, refit_share=0.5, keep=1)))["fit"] == 0
    assert build_all(replace(three, topics=replace(three.topics, seed=7)))["fit"] == 3


@pytest.mark.parametrize(
    ("drift", "why"),
    [
        (Drift(1000, 1000, 30, 1), ""),
        (Drift(1000, 900, 100, 5), "20% of the passages are new or gone"),
        (Drift(1000, 1000, 50, 20), "40% of the new passages are unlike those fitted"),
        (Drift(1000, 1000, 8, 8), ""),  # too few to make a topic
        (
            Drift(1000, 1000, 50, 2, 12, 11),
            "12 new passages (11 documents) lie together, apart from the old",
        ),
        (Drift(1000, 1000, 50, 2, 9, 9), ""),
    ],
)
def test_drift_is_what_came_what_went_and_how_strange_it_is(config: Config, drift: Drift, why: str) -> None:
    assert due(drift, config.topics) == why


def test_no_refit_says_why_not() -> None:
    assert why_not(Drift(1000, 1000, 30, 1)) == "no refit: 3% new, fit as well as the old ones"
    assert why_not(Drift(1000, 980, 30, 6)) == "no refit: 3% new and 2% gone, 20% unlike the old"
    assert why_not(Drift(1000, 980, 0, 0)) == "no refit: 2% of the passages are gone"


def space_among(texts: list[str], vectors: Any) -> Space:
    """The space of these passages."""
    wanted = Topics(dimensions=8, neighbours=5, seed=1)
    each = [str(number) for number in range(len(texts))]
    return space_of(*neighbourhoods(texts, vectors, wanted), wanted.neighbours, each)


def test_what_is_assigned_does_not_depend_on_what_is_assigned_with_it() -> None:
    vectors, labels = blobs(3, 30, seed=1)
    space = space_among([""] * 90, vectors)
    new = blobs(3, 10, seed=2)[0]
    middles = centroids_of(vectors, labels)
    together = assign([""] * 30, new, space, labels, middles)
    apart = [int(assign([""], row[None], space, labels, middles).labels[0]) for row in new]
    assert together.labels.tolist() == apart


def test_what_lies_apart_from_all_that_was_fitted_is_a_stranger() -> None:
    vectors, labels = blobs(3, 60, seed=1)
    known = labels < 2
    space = space_among([""] * 120, vectors[known])
    middles = centroids_of(vectors[known], labels[known])
    far = assign([""] * 60, vectors[~known], space, labels[known], middles).likeness < space.familiar
    assert far.mean() > 0.5


def test_words_decide_where_meaning_is_the_same() -> None:
    texts = [SUBJECTS[name].format(n=n) for name in ("teeth", "flu") for n in range(20)]
    alike = np.ones((40, 16), dtype=np.float32)
    labels = np.repeat([0, 1], 20)
    new = [SUBJECTS["flu"].format(n=99), SUBJECTS["teeth"].format(n=99)]
    space = space_among(texts, alike)
    assert assign(new, alike[:2], space, labels, alike[:2]).labels.tolist() == [1, 0]


def test_a_new_passage_lies_where_the_same_one_was_fitted() -> None:
    texts = [SUBJECTS[name].format(n=n) for n in range(12) for name in SUBJECTS]
    vectors = blobs(3, 12, seed=1)[0]
    space = space_among(texts, vectors)
    placed = space.features.place(texts, vectors)
    assert np.abs(placed - space.places).max() < 0.002  # half precision


def test_assigning_imports_neither_scikit_learn_nor_scipy(three: Config) -> None:
    (head,) = (chapter.fit_id for chapter in lineage.read(three.models, pytest.fail))
    code = f"""
import sys
from pathlib import Path
import numpy as np
from pipeline.stages import fit as stage
from pipeline.topics import saved_fits
from pipeline.topics.space import assign
fit = saved_fits.load(Path({str(three.models)!r}), {head!r})
assign(["The flu clinic."], np.ones((1, 256), np.float32), fit.space, fit.topics.labels, fit.topics.centroids)
print(sorted({{"sklearn", "scipy", "bertopic"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_text_of_unknown_words_lies_where_its_meaning_is() -> None:
    texts = [SUBJECTS[name].format(n=n) for n in range(12) for name in SUBJECTS]
    vectors = blobs(3, 12, seed=1)[0]
    (placed,) = space_among(texts, vectors).features.place(["xylophone"], vectors[:1])
    (known,) = space_among([""] * 36, vectors).features.place([""], vectors[:1])
    assert np.allclose(placed[: len(known)], known, atol=1e-6)
    assert not placed[len(known) :].any()


# What survives what


def test_an_emptied_database_gets_the_last_fit_back_from_its_model(three: Config, write_rows: Write) -> None:
    grow(three, write_rows, rows("teeth", range(20, 22)))
    before = tables(store.published_file(three))
    shutil.rmtree(three.working)
    assert "is not there" not in "".join(built(three).warnings)
    build_all(three)
    assert tables(store.published_file(three)) == before


@pytest.mark.usefixtures("every_thread")
def test_two_rebuilds_from_nothing_publish_equal_topics(three: Config, tmp_path: Path) -> None:
    other = replace(three, data=tmp_path / "elsewhere")
    shutil.copytree(three.archive, other.archive)
    build_all(other)
    assert tables(store.published_file(other)) == tables(store.published_file(three))


def test_ids_outlive_the_deletion_of_the_models(three: Config, write_rows: Write) -> None:
    grow(three, write_rows, rows("flu", range(20, 32)))
    before, history = topics_by_title(three), (three.models / "lineage.jsonl").read_text()
    shutil.rmtree(three.models)
    (warning,) = built(three).warnings
    assert "is not there: topics are fitted anew" in warning
    build_all(three)
    assert topics_by_title(three) == before
    assert (three.models / "lineage.jsonl").read_text().startswith(history)


@pytest.mark.parametrize("name", ["fit.safetensors", "topics.json", "words.json", "manifest.json"])
def test_a_damaged_model_is_told_in_one_line_and_fitted_anew(
    three: Config, write_rows: Write, name: str
) -> None:
    before = topics_by_title(three)
    (head,) = (chapter.fit_id for chapter in lineage.read(three.models, pytest.fail))
    file = three.models / head / name
    file.write_bytes(file.read_bytes()[:-9] + b"\0damaged\n")
    importing.import_paths([write_rows(rows("flu", range(20, 21)))], three, Tell(quiet=True))
    (warning,) = built(three).warnings
    assert f"{head} is damaged: {name}" in warning
    build_all(three)
    after = topics_by_title(three)
    assert {title: after[title] for title in before} == before


def test_with_models_and_database_gone_topics_are_numbered_anew(three: Config) -> None:
    shutil.rmtree(three.models)
    shutil.rmtree(three.working)
    build_all(three)
    assert ask(three, "SELECT topic_id FROM topic ORDER BY 1") == [("t000",), ("t001",), ("t002",)]
    assert ask(three, "SELECT count(*) FROM topic_fit") == [(1,)]


def test_a_file_that_is_missing_is_named(three: Config) -> None:
    (head,) = (chapter.fit_id for chapter in lineage.read(three.models, pytest.fail))
    (three.models / head / "topics.json").unlink()
    with pytest.raises(ModelError, match=r"topics\.json is missing"):
        saved_fits.load(three.models, head)


def test_a_model_of_an_older_version_is_fitted_anew_and_its_topics_keep_their_ids(
    three: Config, write_rows: Write
) -> None:
    before = topics_by_title(three)
    (head,) = (chapter.fit_id for chapter in lineage.read(three.models, pytest.fail))
    manifest = saved_fits.manifest_of(three.models, head)
    del manifest["files"]["words.json"]
    (three.models / head / "words.json").unlink()
    (three.models / head / "manifest.json").write_text(json.dumps(manifest))
    shutil.rmtree(three.working)
    build_all(three)
    assert topics_by_title(three) == before
    why = ask(three, "SELECT why FROM topic_fit ORDER BY number DESC LIMIT 1")
    assert why == [("the last model is of an older version",)]


def test_a_saved_fit_comes_back_as_it_was(three: Config) -> None:
    (head,) = (chapter.fit_id for chapter in lineage.read(three.models, pytest.fail))
    fit = saved_fits.load(three.models, head)
    manifest = saved_fits.manifest_of(three.models, head)
    assert len(fit.passages) == len(fit.topics.texts) == manifest["passages"] == 36
    assert fit.ids == ["t000", "t001", "t002"]
    assert fit.space is not None
    assert fit.space.features.words is not None
    assert {"flu", "parking", "teeth"} <= set(fit.space.features.words.known)
    assert {"bertopic", "scikit-network", "numpy"} <= set(manifest["versions"])
    assert manifest["seed"] == three.topics.seed
    assert set(manifest["files"]) >= {"fit.safetensors", "topics.json", "bertopic/topics.json"}


def chapter(number: int) -> Chapter:
    events = (TopicEvent(f"t{number:03d}", "born", None, None, 4, None),)
    return Chapter(f"fit{number}", None, number, None, "there were none", 4, 1, number + 1, events)


def test_a_lineage_torn_by_a_killed_run_is_gone_on_with(tmp_path: Path) -> None:
    lineage.append(tmp_path, chapter(1))
    with (tmp_path / "lineage.jsonl").open("ab") as stream:
        stream.write(b'{"fit_id": "fit2", "par')
    assert lineage.read(tmp_path, pytest.fail) == [chapter(1)]
    lineage.append(tmp_path, chapter(2))
    assert lineage.read(tmp_path, pytest.fail) == [chapter(1), chapter(2)]


def test_a_damaged_line_of_the_lineage_is_told_and_passed_over(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        lineage.append(tmp_path, chapter(number))
    file = tmp_path / "lineage.jsonl"
    file.write_bytes(file.read_bytes().replace(b'"fit2"', b"\xff"))
    told: list[str] = []
    assert lineage.read(tmp_path, told.append) == [chapter(1), chapter(3)]
    assert "line 2 is damaged" in told[0]


# Matching


def blobs(count: int, size: int, seed: int) -> tuple[Any, Any]:
    """Vectors (count * size, 16) around `count` centres, and the number of each one's centre."""
    centres = np.random.default_rng(0).normal(size=(count, 16))
    noise = np.random.default_rng(seed).normal(scale=0.4, size=(count * size, 16))
    labels = np.repeat(np.arange(count), size)
    return (centres[labels] + noise).astype(np.float32), labels


def topic_set(labels: Any, vectors: Any) -> TopicSet:
    """Topics over the texts 0, 1, …; each one's terms are its own members."""
    labels = np.asarray(labels)
    terms = [[f"w{at}" for at in np.flatnonzero(labels == k)[:10]] for k in range(int(labels.max()) + 1)]
    return TopicSet(
        "model", centroids_of(vectors, labels), terms, [str(n) for n in range(len(labels))], labels
    )


partitions = st.lists(st.integers(0, 4), min_size=30, max_size=60).map(
    lambda drawn: np.unique(drawn, return_inverse=True)[1]
)


@settings(deadline=None, max_examples=50)
@given(labels=partitions, seed=st.integers(0, 99))
def test_a_relabelled_fit_gets_identical_ids(labels: Any, seed: int) -> None:
    vectors = np.random.default_rng(seed).normal(size=(len(labels), 16)).astype(np.float32)
    old = topic_set(labels, vectors)
    order = np.random.default_rng(seed).permutation(len(old.terms))
    new = topic_set(order[labels], vectors)
    ids, events = carry_over(born(old)[0], old, new, len(old.terms))
    assert [ids[k] for k in order] == born(old)[0]
    assert {event.kind for event in events} == {"continued"}


@settings(deadline=None, max_examples=50)
@given(before=partitions, after=partitions, seed=st.integers(0, 99))
def test_ids_do_not_depend_on_the_order_of_passages(before: Any, after: Any, seed: int) -> None:
    size = min(len(before), len(after))
    before, after = (np.unique(labels[:size], return_inverse=True)[1] for labels in (before, after))
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(size, 16)).astype(np.float32)
    old, new = topic_set(before, vectors), topic_set(after, vectors)
    order = rng.permutation(size)
    shuffled = replace(new, texts=[new.texts[at] for at in order], labels=new.labels[order])
    names = born(old)[0]
    assert carry_over(names, old, shuffled, 99) == carry_over(names, old, new, 99)


@pytest.mark.slow
@settings(deadline=None, max_examples=50)
@given(fits=st.lists(partitions, min_size=2, max_size=6), seed=st.integers(0, 99))
def test_an_id_is_never_used_again_and_every_topic_has_one_fate(fits: list[Any], seed: int) -> None:
    vectors = np.random.default_rng(seed).normal(size=(60, 16)).astype(np.float32)
    last = topic_set(fits[0], vectors[: len(fits[0])])
    ids, events = born(last)
    gone: set[str] = set()
    used, number = set(ids), len(ids)
    for labels in fits[1:]:
        new = topic_set(labels, vectors[: len(labels)])
        known, (ids, events) = ids, carry_over(ids, last, new, number)
        assert not gone & set(ids)
        assert len(set(ids)) == len(new.terms)
        assert sorted(event.topic_id for event in events) == sorted(set(known) | set(ids))
        assert not (set(ids) - set(known)) & used
        gone |= set(known) - set(ids)
        used |= set(ids)
        number, last = len(used), new


def test_a_topic_that_falls_apart_keeps_its_id_for_the_larger_part_and_the_other_is_split_off() -> None:
    vectors, labels = blobs(3, 20, seed=1)
    parts = labels.copy()
    parts[12:20] = 3
    ids, events = carry_over(
        ["t000", "t001", "t002"], topic_set(labels, vectors), topic_set(parts, vectors), 3
    )
    assert ids == ["t000", "t001", "t002", "t003"]
    (split,) = (event for event in events if event.kind != "continued")
    assert (split.topic_id, split.kind, split.other_id) == ("t003", "split", "t000")
    assert (split.passages, split.shared) == (8, 8)


def test_topics_that_become_one_keep_the_larger_ones_id_and_the_other_is_merged() -> None:
    vectors, labels = blobs(3, 20, seed=1)
    apart = labels.copy()
    apart[12:20] = 3
    names = ["t000", "t001", "t002", "t003"]
    ids, events = carry_over(names, topic_set(apart, vectors), topic_set(labels, vectors), 9)
    assert ids == ["t000", "t001", "t002"]
    (merged,) = (event for event in events if event.kind != "continued")
    assert (merged.topic_id, merged.kind, merged.other_id) == ("t003", "merged", "t000")


def test_what_is_new_is_born_and_what_is_gone_has_died() -> None:
    vectors, labels = blobs(3, 20, seed=1)
    old = topic_set(labels[:40], vectors[:40])
    texts = [str(n) for n in range(20, 60)]
    new = replace(topic_set(labels[20:] - 1, vectors[20:]), texts=texts, terms=[old.terms[1], ["w99"]])
    ids, events = carry_over(["t004", "t007"], old, new, 8)
    assert ids == ["t007", "t008"]
    assert {event.topic_id: event.kind for event in events} == {
        "t007": "continued",
        "t008": "born",
        "t004": "died",
    }


def test_topics_are_matched_by_words_and_passages_where_the_embedding_model_is_another() -> None:
    vectors, labels = blobs(3, 20, seed=1)
    old = topic_set(labels, vectors)
    new = replace(old, embedding="another", centroids=old.centroids[::-1])
    assert carry_over(["t000", "t001", "t002"], old, new, 3)[0] == ["t000", "t001", "t002"]


def test_an_unlikely_pair_draws_no_partner_away_from_a_likely_one() -> None:
    # The greatest sum over all pairs would be 0.39 + 0.39, crosswise.
    assert matched(np.array([[0.7, 0.39], [0.39, 0.0]])) == {0: 0}
