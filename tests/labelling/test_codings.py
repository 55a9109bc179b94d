"""Codings of other programs: read from any table, kept in the archive, judged like the machine's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given as for_all
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from pipeline import flow, store
from pipeline.asking import why
from pipeline.cli import cli
from pipeline.config import Config
from pipeline.errors import ArchiveError, InputError
from pipeline.labelling import codes, codings, reporting, samples
from pipeline.labelling.codings_file import Passages, parse
from pipeline.labelling.frame import Wish, new_sample
from pipeline.labelling.task import codes_of, task
from pipeline.progress import Tell
from pipeline.publishing.snapshot import publish
from tests.conftest import build_all
from tests.support import shared
from tests.themes.test_classifier import INTEREST, ask, sixty, teach  # noqa: F401

THEMES = {"bureaucracy": "Bureaucracy", "conflict-of-interest": "Conflicts of interest"}
PASSAGES = Passages.of(
    [("d1-0000", "d1", "aa", 0, 100), ("d1-0001", "d1", "bb", 102, 200), ("d2-0000", "d2", "cc", 0, 50)]
)


def read(*rows: Any) -> dict[tuple[str, str, str], float]:
    return {key: one.score for key, one in parse(rows, THEMES, PASSAGES, "file").given.items()}


@pytest.mark.parametrize(
    "row",
    [
        {"passage_id": "d1-0000", "theme": "bureaucracy", "coded": "1"},
        {"Passage ID": "d1-0000", "Code": "Bureaucracy", "Present": "yes"},
        {"passage_id": "d1-0000", "theme": r"Codes\\Public services\\Bureaucracy"},
        {"passage_id": "d1-0000", "bureaucracy": True, "conflict.of.interest": None},
        {"key": "pilot:ana:d1-0000:aa", "Bureaucracy": "x"},
        {"document_id": "d1", "start_char": 10, "end_char": 30, "code": "bureaucracy"},
        {"document_id": "d1", "start_char": "0", "end_char": "120", "theme": "Bureaucracy", "score": "100%"},
    ],
)
def test_a_passage_and_a_theme_may_be_named_in_many_ways(row: dict[str, Any]) -> None:
    assert read(row) == {("d1-0000", "aa", "bureaucracy"): 1.0}


def test_a_text_or_its_hash_stands_for_every_passage_that_reads_so() -> None:
    found = parse([{"text_hash": "aa", "theme": "bureaucracy", "score": 0.4}], THEMES, PASSAGES, "file")
    assert [(g.passage_id, g.text_hash, g.score) for g in found.given.values()] == [("", "aa", 0.4)]
    found = parse([{"text": "Red tape.", "theme": "bureaucracy", "score": "0,4"}], THEMES, PASSAGES, "file")
    assert [(g.text_hash, g.score) for g in found.given.values()] == [(codings.short_id("Red tape."), 0.4)]


def test_a_stretch_is_of_the_passages_that_it_covers_by_half_or_that_hold_half_of_it() -> None:
    row = {"document": "d1", "from": 60, "to": 180, "theme": "bureaucracy"}
    assert set(read(row)) == {("d1-0001", "bb", "bureaucracy")}
    whole = {**row, "from": 0, "to": 200}
    assert set(read(whole)) == {("d1-0000", "aa", "bureaucracy"), ("d1-0001", "bb", "bureaucracy")}
    two = [{**row, "from": 0, "to": 10, "score": 0.2}, {**row, "from": 20, "to": 40, "score": 0.9}]
    assert read(*two) == {("d1-0000", "aa", "bureaucracy"): 0.9}


def test_bad_rows_are_told_by_number_and_kept_as_they_came() -> None:
    good = {"passage_id": "d1-0000", "theme": "bureaucracy", "score": "1"}
    bad = [
        {**good, "score": "maybe"}, {**good, "score": "3"}, {**good, "passage_id": ""}, {**good, "theme": ""},
        {**good, "score": "0"}, "not valid JSON",
    ]  # fmt: skip
    found = parse([good, *bad], THEMES, PASSAGES, "file")
    assert list(found.given) == [("d1-0000", "aa", "bureaucracy")]
    assert [(one.row, one.why) for one in found.bad] == [
        (2, "column score: 'maybe' is none of 1, yes, 0, no, ?, or a score from 0 to 1"),
        (3, "column score: '3' is no score from 0 to 1"),
        (4, "it names no passage"),
        (5, "column theme: it names no theme"),
        (6, "bureaucracy: an earlier row of the passage says 1, this one 0"),
        (7, "not valid JSON"),
    ]
    assert json.loads(found.bad[0].cells) == bad[0]


@example_settings(max_examples=60, deadline=None)
@for_all(st.lists(st.dictionaries(
    st.sampled_from(["passage_id", "text_hash", "theme", "score", "document_id", "start_char", "end_char"]),
    st.one_of(st.text(max_size=8), st.floats(), st.integers(), st.none(), st.booleans()), min_size=7,
), max_size=5))  # fmt: skip
def test_every_row_is_taken_in_or_told_whatever_stands_in_it(rows: list[dict[str, Any]]) -> None:
    if not rows:
        with pytest.raises(InputError, match="no rows"):
            parse(rows, THEMES, PASSAGES, "file")
        return
    found = parse(rows, THEMES, PASSAGES, "file")
    assert found.rows == len(rows)
    assert len(found.given) + len(found.bad) + found.silent <= len(rows)
    assert all(0 <= one.score <= 1 for one in found.given.values())


def test_a_file_without_a_passage_or_a_theme_is_refused_with_what_it_has() -> None:
    with pytest.raises(InputError, match=r"no column names a passage: .*columns: theme, score"):
        read({"theme": "bureaucracy", "score": 1})
    with pytest.raises(
        InputError, match=r"no column `theme`, and none is called like a theme .*columns: passage_id, a"
    ):
        read({"passage_id": "d1-0000", "a": 1})


@pytest.fixture
def coded(sixty: Config, tmp_path: Path) -> Config:  # noqa: F811
    """Sixty documents of a passage each; every third is of interests, which the codebook can't see."""
    return shared.copy(sixty, tmp_path / "data")


Table = Callable[..., Path]


@pytest.fixture
def table(coded: Config, tmp_path: Path) -> Table:
    """Writes what a program says: yes where a word stands in the text."""

    def write(
        word: str = "cousin", name: str = "said.csv", left: int = 0, theme: str = "conflict-of-interest"
    ) -> Path:
        rows = ask(coded, "SELECT passage_id, text FROM passage ORDER BY passage_id")[left:]
        lines = [f"{passage},{theme},{int(word in text)}" for passage, text in rows]
        path = tmp_path / name
        path.write_text("\n".join(["passage_id,theme,coded", *lines]), encoding="utf-8")
        return path

    return write


def built(config: Config) -> list[str]:
    """Build and publish; the warnings."""
    tell = Tell(quiet=True)
    list(flow.build(config, tell))
    publish(config, tell)
    return tell.warnings


def test_without_people_s_codes_a_program_is_shown_and_changes_nothing(coded: Config, table: Table) -> None:
    before = ask(coded, "FROM passage_theme")
    done = codings.take_in(coded, "model", table())
    assert (done.new, done.unchanged, done.stale, done.bad) == (60, 0, 0, [])
    built(coded)
    assert ask(coded, "FROM passage_theme") == before
    rows = ask(
        coded, "SELECT theme, coder, in_use, codings, coded, stale, f1 FROM theme_coder WHERE coder = 'model'"
    )
    assert rows == [("conflict-of-interest", "model", False, 60, 20, 0, None)]
    assert ask(coded, "SELECT count(*), sum(score) FROM imported_code") == [(60, 20.0)]


LOT = "hash(passage_id) % 2 = 0"
"""What no words tell: only who knows it can code it."""


def test_a_program_that_is_surely_better_has_the_theme_and_why_says_so(coded: Config, tmp_path: Path) -> None:
    teach(coded, INTEREST)
    with store.open_working(coded) as connection:
        connection.execute(f"UPDATE human_code SET present = ({LOT})")
    rows = ask(coded, f"SELECT passage_id, {LOT} FROM passage ORDER BY passage_id")
    path = tmp_path / "said.jsonl"
    told = (
        {"passage_id": p, "theme": "conflict-of-interest", "score": 0.4 if yes else 0.1} for p, yes in rows
    )
    path.write_text("".join(json.dumps(row) + "\n" for row in told), encoding="utf-8")
    codings.take_in(coded, "model", path)
    built(coded)
    query = "SELECT method, coder, f1 FROM theme_model WHERE theme = 'conflict-of-interest'"
    assert ask(coded, query) == [("imported", "model", 1.0)]
    found = ask(
        coded,
        "SELECT passage_id FROM passage_theme WHERE coded AND theme = 'conflict-of-interest' ORDER BY 1",
    )
    assert found == [(p,) for p, yes in rows if yes]
    tried = ask(
        coded, "SELECT coder, in_use, gain > gain_error FROM theme_coder WHERE f1 IS NOT NULL ORDER BY ALL"
    )
    assert ("model", True, True) in tried
    reason = next(r for r in why.explain(coded, found[0][0]).reasons if r.theme == "conflict-of-interest")
    assert (reason.method, reason.agrees) == ("imported", True)
    shown = why.as_text(why.explain(coded, found[0][0]))
    assert "another program's score (coded by model: cross-validated F1 1.00" in shown
    assert built(coded) == []  # nothing is coded twice


def test_stale_codings_are_kept_and_counted(coded: Config, table: Table, tmp_path: Path) -> None:
    path = table()
    path.write_text(
        path.read_text(encoding="utf-8") + "\ngone-0000,conflict-of-interest,1\n", encoding="utf-8"
    )
    done = codings.take_in(coded, "model", path)
    assert done.stale == 1
    built(coded)
    assert ask(coded, "SELECT codings, stale FROM theme_coder WHERE coder = 'model'") == [(60, 1)]
    assert ask(coded, "SELECT count(*) FROM imported_code") == [(61,)]


def test_another_file_adds_and_the_last_word_counts_unless_it_replaces(coded: Config, table: Table) -> None:
    first = codings.take_in(coded, "model", table(left=30))
    assert first.new == 30
    again_ = codings.take_in(coded, "model", table(left=30, name="same.csv"))
    assert (again_.new, again_.unchanged, again_.path) == (0, 30, "")
    more = codings.take_in(coded, "model", table(word="nurses", name="more.csv"))
    assert more.new == 30 + sum(
        ("cousin" in text) != ("nurses" in text)
        for (text,) in ask(coded, "SELECT text FROM passage ORDER BY passage_id")[30:]
    )
    assert len(codings.read(coded.archive, "model")) == 60
    codings.take_in(coded, "model", table(left=50, name="anew.csv"), replace=True)
    assert len(codings.read(coded.archive, "model")) == 10


def test_where_a_file_says_only_yes_the_rest_can_be_a_no(coded: Config, tmp_path: Path) -> None:
    path = tmp_path / "yes.csv"
    ((passage,),) = ask(coded, "SELECT min(passage_id) FROM passage")
    path.write_text(
        f"passage_id,theme\n{passage},Conflicts of interest\n{passage},friendship\n", encoding="utf-8"
    )
    done = codings.take_in(coded, "nvivo", path)
    assert done.only_yes
    assert done.unknown in ({"friendship": 1}, {"Conflicts of interest": 1, "friendship": 1})
    done = codings.take_in(coded, "nvivo", path, rest_is_no=True)
    assert not done.only_yes
    assert done.new >= 59


def test_a_program_that_coded_too_little_can_t_have_a_theme_and_is_told(coded: Config, table: Table) -> None:
    codings.take_in(coded, "model", table(left=10))
    teach(coded, INTEREST)
    built(coded)
    with store.open_working(coded) as connection:
        connection.execute("DELETE FROM coded_passage")
    warnings = built(coded)
    assert "model has coded less than 95% of the corpus (conflict-of-interest 83%)" in " ".join(warnings)


def test_label_report_judges_the_program_beside_the_coding_in_use(coded: Config, table: Table) -> None:
    sample = new_sample(coded, Wish(size=50, themes=("conflict-of-interest",), name="pilot", evaluate=1.0))
    samples.keep(coded.archive, sample)
    todo = task(coded, "pilot", "ana")
    for item in todo.items:
        codes.append(
            coded.archive,
            "pilot",
            codes_of(todo, item, {"conflict-of-interest": "cousin" in item.text}, "", "page"),
        )
    codings.take_in(coded, "model", table())
    (found,) = reporting.report(coded, "pilot")
    told = {(row.coder, row.measure): row.value for row in found.validation}
    assert (told[None, "precision"], told["model", "precision"], told["model", "recall"]) == (None, 1.0, 1.0)
    assert "    by model" in reporting.as_text([found])
    build_all(coded)
    assert ask(coded, "SELECT value FROM validation WHERE coder = 'model' AND measure = 'f1'") == [(1.0,)]


def test_a_damaged_file_of_codings_leaves_its_coder_out_and_says_so(coded: Config, table: Table) -> None:
    done = codings.take_in(coded, "model", table())
    path = Path(done.path)
    path.write_text(path.read_text(encoding="utf-8")[:-40], encoding="utf-8")
    with pytest.raises(ArchiveError, match=r"0001\.jsonl is damaged"):
        codings.read(coded.archive, "model")
    assert any("The codings of model are left out" in warning for warning in built(coded))


def test_names_that_would_mislead_are_refused(coded: Config, table: Table) -> None:
    path = table()
    with pytest.raises(InputError, match="would be taken for Themeshift's own"):
        codings.take_in(coded, "Classifier", path)
    codings.take_in(coded, "model", path)
    with pytest.raises(InputError, match="there are codings by 'model'"):
        codings.take_in(coded, "Model", path)


def test_the_command_says_what_it_took_in_and_what_it_did_not(coded: Config, table: Table) -> None:
    path = table()
    path.write_text(
        path.read_text(encoding="utf-8") + "\nx-0000,conflict-of-interest,perhaps\n", encoding="utf-8"
    )
    asked = ["code", "import", "--coder", "model", str(path), "--data", str(coded.data)]
    done = CliRunner().invoke(cli, asked)
    assert done.exit_code == 0, done.output
    assert "model: 60 codings new or changed, 0 as before" in done.output
    assert "row 61: column coded: 'perhaps' is none of" in done.output
    assert CliRunner().invoke(cli, ["code", "--help"]).output.count("import") >= 1
