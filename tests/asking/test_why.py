"""Why a passage is coded: the reasons are those that the coding was made by."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import store
from pipeline import themes as books
from pipeline.asking import why
from pipeline.asking.why import as_text
from pipeline.config import Config
from pipeline.errors import InputError
from pipeline.themes.codebook_evidence import CODED, KEPT, ONE_PHRASE, UNLIKE, of_phrases
from pipeline.topics.embedding import embedder
from tests.cli.test_cli import themeshift


def passage_of(config: Config, title: str) -> str:
    """The first passage of the document with that title."""
    query = "SELECT min(passage_id) FROM passage JOIN document USING (document_id) WHERE title = ?"
    with store.open_published(store.published_file(config)) as connection:
        return str(store.value(connection, query, [title]))


def test_for_every_passage_the_reasons_arrive_at_the_stored_score(opened: Config) -> None:
    with store.open_published(store.published_file(opened)) as connection:
        passages = connection.execute("SELECT passage_id, text FROM passage").fetchall()
        codings = connection.execute(
            "SELECT passage_id, theme, score, coded, method, phrases FROM passage_theme"
        ).fetchall()
    stored = {(passage, theme): values for passage, theme, *values in codings}
    themes, embed = books.load(opened.codebook_file).themes, embedder(opened)
    assert len(passages) >= 19
    for passage, text in passages:
        for reason in why.weigh(text, themes, embed, {}):
            values = stored.pop((passage, reason.theme), None)
            assert (reason.score >= KEPT) == (values is not None)
            if values:
                assert values[0] == pytest.approx(reason.score, abs=1e-4)
                counted = [match.words for match in reason.matches if not match.excluded]
                assert values[1:] == [reason.coded, reason.method, counted]
    assert stored == {}


def test_evidence_of_phrases_and_of_likeness_join_to_the_score(opened: Config) -> None:
    for reason in why.explain(opened, passage_of(opened, "Title 2013 0")).reasons:
        assert reason.score == pytest.approx(1 - (1 - reason.p) * (1 - reason.q))
        assert reason.coded == (reason.score >= CODED)
        assert reason.agrees


def test_a_match_names_the_phrase_of_the_codebook(opened: Config) -> None:
    found = why.explain(opened, passage_of(opened, "Sample 0"))
    reason = found.reasons[0]
    assert (reason.theme, reason.coded) == ("fragmentation", True)
    assert [(m.words, m.phrase) for m in reason.matches] == [
        ("fragmented", "fragment*"),
        ("split between", "split between"),
    ]
    assert [found.passage.text[m.start : m.end] for m in reason.matches] == ["fragmented", "split between"]
    assert "phrases: “fragmented” by `fragment*`" in as_text(found)


def test_what_exclude_struck_is_told_and_does_not_count(opened: Config) -> None:
    found = why.explain(opened, passage_of(opened, "Sample 2"))
    reasons = {reason.theme: reason for reason in found.reasons}
    struck = [(m.words, m.phrase, m.excluded) for m in reasons["fragmentation"].matches]
    assert struck == [("bone fragments", "bone fragment*", True)]
    assert (reasons["fragmentation"].distinct, reasons["fragmentation"].p) == (0, 0)
    assert "phrases: none; struck by `exclude`: “bone fragments” by `bone fragment*`" in as_text(found)


def test_a_lone_phrase_in_a_passage_unlike_the_theme_counts_half() -> None:
    assert of_phrases(1, UNLIKE) == pytest.approx(ONE_PHRASE)
    assert of_phrases(1, UNLIKE - 0.01) == pytest.approx(ONE_PHRASE / 2)
    assert of_phrases(2, UNLIKE - 0.01) > ONE_PHRASE


def test_a_coding_by_another_codebook_is_told(opened: Config, tmp_path: Path) -> None:
    text = opened.codebook_file.read_text(encoding="utf-8")
    book = tmp_path / "codebook.toml"
    book.write_text(text.replace('"fragment*", ', "").replace('"split between",', ""), encoding="utf-8")
    other = replace(opened, reference=replace(opened.reference, codebook=str(book)))
    found = why.explain(other, passage_of(opened, "Sample 0"))
    (reason,) = (r for r in found.reasons if r.theme == "fragmentation")
    assert not reason.agrees
    assert reason.stored is not None
    assert f"published: {reason.stored:.4f}, by another codebook" in as_text(found)


@pytest.mark.slow
def test_a_passage_that_is_not_there_is_told(opened: Config) -> None:
    passage = passage_of(opened, "Sample 0")
    with pytest.raises(InputError, match=rf"its document has 1, from {passage} to {passage}"):
        why.explain(opened, passage.replace("-0000", "-0777"))
    done = themeshift("why", "nothing", "--data", opened.data)
    assert done.returncode == 2
    assert "there is no passage 'nothing'" in done.stderr


@pytest.mark.slow
def test_a_program_gets_the_reasons_as_json(opened: Config) -> None:
    done = themeshift("why", passage_of(opened, "Sample 0"), "--json", "--data", opened.data)
    found = json.loads(done.stdout)
    assert found["passage"]["title"] == "Sample 0"
    assert found["coded_from"] == CODED
    assert found["reasons"][0]["matches"][0]["phrase"] == "fragment*"
