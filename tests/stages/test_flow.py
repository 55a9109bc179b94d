"""The table of stages says what they really read and write, and the documentation says what it says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline import config as configuration
from pipeline import flow, store
from pipeline.archive import importing
from pipeline.config import Config
from pipeline.labelling import codes, codings, samples
from pipeline.labelling.frame import Wish, new_sample
from pipeline.labelling.task import codes_of, task
from pipeline.progress import Tell
from pipeline.publishing.snapshot import publish
from tests.conftest import quick, sample_rows
from tests.tools import stage_table

TABLE = re.compile(r"(?:FROM|JOIN|USING)\s+(\w+)")
CHANGED = re.compile(r"(?:DELETE FROM|UPDATE|INTO)\s+\w+")


class Watched:
    """A connection that notes the tables its queries read."""

    def __init__(self, connection: store.Connection, read: set[str]) -> None:
        self._connection, self._read = connection, read

    def execute(self, query: str, *parameters: Any) -> Any:
        for statement in self._connection.extract_statements(query):
            try:
                self._read |= self._connection.get_table_names(statement.query)
            except duckdb.Error:  # it only knows queries: of other statements, what stands behind FROM
                self._read |= set(TABLE.findall(CHANGED.sub("", statement.query, count=1)))
        return self._connection.execute(query, *parameters)

    def cursor(self) -> Watched:
        return Watched(self._connection.cursor(), self._read)

    def __enter__(self) -> Watched:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[set[str], set[str]]]:
    """Stage -> the tables it read and those it changed, in a first build and one after people have coded."""
    folder = tmp_path_factory.mktemp("flow")
    rows = folder / "rows.jsonl"
    rows.write_text("".join(json.dumps(row) + "\n" for row in sample_rows()), encoding="utf-8")
    config = quick(configuration.load(folder / "data"))
    config = replace(config, topics=replace(config.topics, min_passages=4))
    # So few documents are thin everywhere; late is set beside early all the same.
    config = replace(config, trend=replace(config.trend, floor=1, coverage=0.1))
    config = replace(config, shifts=replace(config.shifts, periods=3, shortest=1))
    tell = Tell(quiet=True)
    importing.import_paths([rows], config, tell)
    found: dict[str, tuple[set[str], set[str]]] = {name: (set(), set()) for name in flow.NAMES}
    for _ in _builds(config, tell):
        with store.open_working(config) as connection:
            before = _contents(connection)
            for stage in flow.STAGES:
                read, changed = found[stage.name]
                with nullcontext() if stage.own_transactions else store.transaction(connection):
                    stage.load()(Watched(connection, read), config, tell)  # type: ignore[arg-type]
                after = _contents(connection)
                changed |= {table for table in after if before.get(table) != after[table]}
                before = after
    return found


def _builds(config: Config, tell: Tell) -> Iterator[None]:
    yield
    publish(config, tell)
    sample = new_sample(config, Wish(size=12, themes=("fragmentation",), name="pilot"))
    samples.keep(config.archive, sample)
    for coder in ("ana", "ben"):
        todo = task(config, "pilot", coder)
        for item in todo.items:
            codes.append(config.archive, "pilot", codes_of(todo, item, {"fragmentation": True}, "", "page"))
    of_another = config.archive.parent / "codings.csv"
    of_another.write_text(
        f"passage_id,theme\n{sample.passages[0].passage_id},fragmentation\n", encoding="utf-8"
    )
    codings.take_in(config, "other", of_another, rest_is_no=True)
    yield


def _contents(connection: store.Connection) -> dict[str, str]:
    """Table -> a hash of its rows; temporary ones and the stages' own notes aside."""
    tables = connection.execute("SELECT table_name FROM duckdb_tables() WHERE NOT temporary").fetchall()
    hashed = "SELECT md5(coalesce(string_agg(r, '' ORDER BY r), '')) FROM (SELECT t::TEXT AS r FROM {} AS t)"
    return {
        table: str(store.value(connection, hashed.format(table)))
        for (table,) in tables
        if table != "stage_run"
    }


def tables_of(names: tuple[str, ...], known: set[str]) -> set[str]:
    return known if "everything" in names else known.intersection(names)


@pytest.fixture(scope="module")
def known() -> set[str]:
    """Every table of the working database."""
    return set(re.findall(r"CREATE TABLE IF NOT EXISTS (\w+)", store.script("schema"))) - {"stage_run"}


@pytest.mark.parametrize("stage", flow.STAGES, ids=flow.NAMES)
def test_a_stage_changes_the_tables_that_it_says_it_writes_and_no_other(
    stage: flow.Stage, seen: dict[str, tuple[set[str], set[str]]], known: set[str]
) -> None:
    assert seen[stage.name][1] <= set(stage.writes)
    assert seen[stage.name][1] or stage.name in ("check", "embed")  # nothing fails here; embeddings are files


@pytest.mark.parametrize("stage", flow.STAGES, ids=flow.NAMES)
def test_a_stage_reads_the_tables_that_it_says_and_no_other_but_its_own(
    stage: flow.Stage, seen: dict[str, tuple[set[str], set[str]]], known: set[str]
) -> None:
    read = seen[stage.name][0] & known
    assert read <= tables_of(stage.reads, known) | set(stage.writes)


def test_every_table_of_the_working_database_is_written_by_a_stage(known: set[str]) -> None:
    assert known == {table for stage in flow.STAGES for table in stage.writes} & known


def test_whatever_is_read_is_written_before_or_comes_from_outside() -> None:
    there = {"archive", "answers.jsonl", "models", "everything"}
    for stage in flow.STAGES:
        missing = {name for name in stage.reads if not name.endswith(".toml")} - there - set(stage.writes)
        assert not missing, stage.name
        there |= set(stage.writes)


@pytest.mark.parametrize("stage", flow.STAGES, ids=flow.NAMES)
def test_a_stages_docstring_says_what_the_table_says(stage: flow.Stage) -> None:
    first = " ".join(stage_table.docstring(stage).partition("\n\n")[0].split())
    before, arrow, after = first.partition(" -> ")
    assert arrow, first
    assert set(re.split(r", ", before)) == set(stage.reads)
    assert set(re.split(r", ", after.partition(":")[0].rstrip("."))) == set(stage.writes)


def test_every_stage_says_when_it_works() -> None:
    assert all("\nWhen: " in stage_table.docstring(stage) for stage in flow.STAGES)


def test_the_documented_table_is_todays() -> None:
    page = stage_table.PAGE.read_text(encoding="utf-8")
    assert stage_table.renewed(page) == page, "make docs"


def test_a_stage_is_imported_only_when_it_runs(tmp_path: Path) -> None:
    code = "import sys, pipeline.flow; print([m for m in sys.modules if m.startswith('pipeline.stages.')])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout == "[]\n"
