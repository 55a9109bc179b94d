"""`codebook suggest`: what is asked next teaches most, is kept for training, and is never an evaluation's."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline import store
from pipeline.config import Config
from pipeline.errors import InputError
from pipeline.labelling import codes, frame, samples, suggestions
from pipeline.labelling.answering import answer
from pipeline.labelling.suggesting import (
    BY_LOT,
    DISCORDANT,
    NEAREST,
    UNCERTAIN,
    Candidates,
    ask_next,
    phrases,
    scores,
)
from pipeline.progress import Tell
from pipeline.stages.embed import vectors_for
from pipeline.themes import Matcher, Theme
from pipeline.themes.codebook_evidence import CODED
from pipeline.themes.sentences import ground, of
from pipeline.themes.training_codes import Codes
from pipeline.topics.embedding import WordLlama
from tests.conftest import build_all

MONEY = Theme(
    "money", "Money to friends", "Those who decide pay their own friends and families.", ("cousin*",),
    ("The chairman's nephew got the contract.",),
)  # fmt: skip
OTHER = Theme("roofs", "Roofs", "Buildings are mended.", ("roof*",), ("Rain dripped on the desk.",))


def candidates(number: int = 60) -> Candidates:
    """Every third passage of money that went to friends, half of these with the codebook's word."""
    kinds = (
        "The board paid a firm of the {who}, order {n}, and friends of the members got the work again.",
        "District nurses visited the village hall on round {n} and gave flu vaccinations to the old.",
        "The roof of the clinic was mended in week {n}, and rain no longer drips on the desk.",
    )
    texts = [
        kinds[n % 3].format(n=n, who="chairman's cousin" if n % 2 else "treasurer's wife")
        for n in range(number)
    ]
    matcher = Matcher(MONEY)
    return Candidates(
        texts, spread(number), [str(n // 2) for n in range(number)], [matcher(t) for t in texts]
    )


def spread(number: int) -> np.ndarray:
    """Vectors of the three kinds, none so like another that it would be passed over."""
    random = np.random.default_rng(0)
    rows = random.normal(size=(number, 256)) * 0.08
    for n in range(number):
        rows[n, n % 3] += 1.0
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_asked_is_nothing_twice_no_two_of_a_document_and_some_of_each_kind() -> None:
    found = candidates()
    answers = {0: True, 1: False}
    z = np.linspace(-2, 2, 60)
    picked = ask_next(found, answers, z, 20)
    chosen = [at for at, _ in picked]
    assert len(set(chosen) | set(answers)) == 22
    assert len({found.documents[at] for at in chosen}) == 20
    assert {kind for _, kind in picked} == {NEAREST, UNCERTAIN, DISCORDANT, BY_LOT}
    assert picked == ask_next(found, answers, z, 20)


def test_passages_that_say_the_same_are_asked_about_once() -> None:
    found = candidates(6)
    found = replace(found, vectors=np.repeat(found.vectors[:1], 6, axis=0), documents=list("abcdef"))
    assert len(ask_next(found, {}, np.zeros(6), 6)) == 1


def test_few_answers_put_what_they_found_first() -> None:
    found = candidates()
    truth = np.arange(60) % 3 == 0
    sentences = of(MONEY, [MONEY, OTHER], WordLlama())
    before = scores(found, {}, sentences)
    after = scores(found, {n: n % 3 == 0 for n in range(12)}, sentences)
    rest = np.arange(12, 60)

    def first(z: np.ndarray) -> float:
        return float(truth[rest][np.argsort(-z[rest])[: truth[rest].sum()]].mean())

    assert first(after) == 1.0
    assert first(before) < 1.0


def test_phrases_are_what_passages_with_the_theme_hold_and_the_codebook_lacks() -> None:
    found = candidates()
    proposed = [p.phrase for p in phrases(found.texts, range(0, 60, 3), Matcher(MONEY))]
    assert "friends" in " ".join(proposed)
    assert not any("cousin" in phrase for phrase in proposed)
    assert not any("nurses" in phrase or "roof" in phrase for phrase in proposed)


def propose(config: Config, count: int = 4) -> samples.Sample:
    """Suggestions for fragmentation, kept as the command keeps them; the corpus says four things."""
    found = suggestions.suggest(
        config, "fragmentation", count, lambda texts: vectors_for(config, texts, Tell(quiet=True))
    )
    samples.keep(config.archive, found.sample)
    return found.sample


def keys(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    """What is typed, a key a line."""
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{key}\n" for key in typed)))


def test_answers_are_kept_as_they_are_given_and_go_on_where_they_stood(
    built: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = propose(built)
    keys(monkeypatch, "yn")
    assert answer(built, sample.sample_id, "ana") == 2
    said = codes.read(built.archive, sample.sample_id).codes
    assert [code.present for code in said] == [True, False]
    assert {code.via for code in said} == {"terminal"}
    assert suggestions.unfinished(built, "fragmentation", "ana") == sample.sample_id
    keys(monkeypatch, "xb?n")  # a key that means nothing, back before the first, then the other two
    assert answer(built, sample.sample_id, "ana") == 2
    assert suggestions.unfinished(built, "fragmentation", "ana") is None
    assert suggestions.unfinished(built, "fragmentation", "bea") == sample.sample_id


def test_going_back_changes_the_answer(built: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    sample = propose(built, 2)
    keys(monkeypatch, "ybnq")
    answer(built, sample.sample_id, "ana")
    (said,) = codes.read(built.archive, sample.sample_id).codes
    assert said.present is False


def test_each_answer_is_a_code_for_training_in_the_next_build(
    built: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = propose(built)
    keys(monkeypatch, "ynnn")
    answer(built, sample.sample_id, "ana")
    build_all(built)
    with store.open_working(built) as connection:
        learnt = Codes(connection, ["fragmentation"]).rows
        kept = connection.execute("SELECT DISTINCT part FROM code_sample").fetchall()
    assert sorted(row[2] for row in learnt) == [0, 0, 0, 1]
    assert kept == [("train",)]


def test_answers_so_far_are_counted_and_not_asked_again(
    built: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = propose(built, 2)
    keys(monkeypatch, "yn")
    answer(built, first.sample_id, "ana")
    second = propose(built, 2)
    assert (first.sample_id, second.sample_id) == ("suggest-fragmentation-1", "suggest-fragmentation-2")
    assert second.frame["answers"] == 2
    asked = [{drawn.passage_id for drawn in sample.passages} for sample in (first, second)]
    assert not asked[0] & asked[1]


def test_documents_that_are_kept_for_evaluation_are_never_asked_about(built: Config) -> None:
    kept = frame.new_sample(built, frame.Wish(6, evaluate=1.0, name="kept", themes=("fragmentation",)))
    samples.keep(built.archive, kept)
    barred = {drawn.document_id for drawn in kept.passages}
    sample = propose(built, 500)
    assert barred
    assert not barred & {drawn.document_id for drawn in sample.passages}


def test_an_unknown_theme_is_told_with_its_like(built: Config) -> None:
    with pytest.raises(InputError, match="did you mean 'fragmentation'"):
        suggestions.suggest(
            built, "fragmentaton", 5, lambda texts: vectors_for(built, texts, Tell(quiet=True))
        )


GIVEN = (
    "The treasurer voted for the tender that his own wife had put in.",
    "Two governors hold shares in the firm that they chose.",
    "The chair's brother owns the building that the group now rents.",
    "She sat on the panel and was paid by the winner.",
    "The contract went to a company that four of the members had founded.",
)
AGAINST = (
    "The treasurer read out the balance for the month.",
    "Two governors sent their apologies for the meeting.",
    "The chair's term of office ends in May.",
    "She sat on the panel for new nurses.",
    "The contract for the car park was renewed for a year.",
)


def test_a_theme_with_five_examples_and_five_counter_examples_is_coded_by_its_sentences() -> None:
    theme = replace(MONEY, include=(), examples=GIVEN, counterexamples=AGAINST)
    known = ground([theme, OTHER], WordLlama(), None)
    assert known is not None
    assert set(known.model.themes) == {"money"}
    model = known.model_of("m", ["money", "roofs"])
    texts = [
        "The lay member's husband was a director of the firm that she had picked for the contract.",
        "The district nurses began their round in the village on Monday morning.",
    ]
    vectors = WordLlama()(texts)
    found = model.code("money", [[], []], np.zeros(2), model.shared(vectors, texts))
    assert [coding.coded for coding in found] == [True, False]
    assert found[0].score >= CODED
    learnt = model.themes["money"]
    assert not learnt.calibrated
    assert "5 examples and 5 counter-examples" in learnt.why


def test_with_fewer_sentences_nothing_is_learnt_from_them() -> None:
    assert (
        ground([replace(MONEY, examples=GIVEN, counterexamples=AGAINST[:4]), OTHER], WordLlama(), None)
        is None
    )


def test_vectors_come_from_the_cache_where_it_has_them(
    built: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.open_published(store.published_file(built)) as connection:
        texts = [
            text for (text,) in connection.execute("SELECT text FROM passage ORDER BY passage_id").fetchall()
        ]
    expected = WordLlama()([*texts, "a text that no passage has"])
    asked: list[str] = []

    class Counting(WordLlama):
        def __call__(self, new: list[str]) -> np.ndarray:  # type: ignore[override]
            asked.extend(new)
            return super().__call__(new)

    monkeypatch.setattr("pipeline.stages.embed.embedder", lambda config: Counting())
    found = vectors_for(built, [*texts, "a text that no passage has"], Tell(quiet=True))
    assert asked == ["a text that no passage has"]
    assert np.allclose(found, expected, atol=1e-6)
    assert Path(built.working).exists()
