"""`themeshift sql`: a person's question reads the published file, and reaches nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from pipeline import store
from pipeline.cli import cli
from pipeline.config import Config
from pipeline.errors import InputError


def sql(config: Config, *given: str) -> Result:
    return CliRunner().invoke(cli, ["sql", "--data", str(config.data), *given])


REFUSED = {
    "a file is read": "FROM read_text('{file}')",
    "a file is read as a table": "FROM '{file}'",
    "a file is read by a query within": "FROM query('FROM read_csv(''{file}'')')",
    "a folder is listed": "FROM glob('{folder}/*')",
    "a file is written": "COPY (SELECT 1) TO '{new}'",
    "the database is written out": "EXPORT DATABASE '{new}'",
    "an extension is fetched": "INSTALL httpfs",
    "an extension is fetched from elsewhere": "FORCE INSTALL fts FROM 'https://example.org'",
    "an extension is loaded": "LOAD '{file}'",
    "the network is asked": "FROM read_csv('https://example.org/a.csv')",
    "another database is attached": "ATTACH '{other}' AS other",
    "a new database is attached": "ATTACH '{new}' AS other",
    "a setting is changed": "SET threads = 1",
    "a setting is changed by another word": "PRAGMA memory_limit = '1TB'",
    "the lock is taken off": "SET lock_configuration = false",
    "access is given back": "SET enable_external_access = true",
    "a setting is changed before the question": "SET enable_external_access = true; FROM read_text('{file}')",
    "a log is written": "CALL enable_logging(storage = 'file', storage_path = '{new}')",
    "a secret is kept": "CREATE PERSISTENT SECRET s (TYPE s3)",
    "the published file is written": "CREATE TABLE x AS SELECT 1",
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_question_is_refused_where(what: str, sixteen: Config, tmp_path: Path) -> None:
    file, other = tmp_path / "file.csv", tmp_path / "other.duckdb"
    file.write_text("a,b\n1,secret\n", encoding="utf-8")
    duckdb.connect(other).close()
    query = REFUSED[what].format(file=file, folder=tmp_path, new=tmp_path / "new", other=other)
    with pytest.raises(InputError, match=r"refused .* no other file, no network, no setting.* --unsafe"):
        CliRunner().invoke(
            cli, ["sql", "--data", str(sixteen.data), query], catch_exceptions=False, standalone_mode=False
        )
    assert sorted(tmp_path.iterdir()) == [file, other]


def test_a_question_that_means_it_may_be_unsafe(sixteen: Config, tmp_path: Path) -> None:
    query = f"COPY (SELECT count(*) AS n FROM document) TO '{tmp_path / 'n.csv'}'"
    assert sql(sixteen, query, "--unsafe").exit_code == 0
    assert (tmp_path / "n.csv").read_text(encoding="utf-8") == "n\n16\n"


def test_ordinary_questions_and_the_search_for_words_are_answered(sixteen: Config) -> None:
    searched = sql(
        sixteen, "--json",
        "SELECT passage_id, fts_main_passage.match_bm25(passage_id, 'chair') AS score, "
        "'nan'::FLOAT AS nothing FROM passage WHERE score IS NOT NULL ORDER BY score DESC",
    )  # fmt: skip
    assert searched.exit_code == 0
    first = json.loads(searched.stdout.splitlines()[0])
    assert first["score"] > 0
    assert first["nothing"] is None
    assert "passage" in sql(sixteen).stdout
    assert "one row is" in sql(sixteen).stdout
    assert sql(sixteen, "CREATE TEMP TABLE t AS SELECT 1").exit_code == 0
    assert "16" in sql(sixteen, "SUMMARIZE document").stdout


def test_a_question_larger_than_memory_may_spill(sixteen: Config) -> None:
    with store.open_published(store.published_file(sixteen), unsafe=True) as connection:
        connection.execute("SET memory_limit = '40MB'")
        connection.execute("SET threads = 1")
        store._shut(connection)
        query = "SELECT count(*) FROM (SELECT hash(range) AS h FROM range(5000000) ORDER BY h)"
        assert store.value(connection, query) == 5_000_000


def test_a_published_file_of_somebody_elses_reads_none_of_ours(built: Config, tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours.txt", store.published_file(built)
    ours.write_text("secret", encoding="utf-8")
    with duckdb.connect(theirs) as connection:
        connection.execute("ALTER TABLE source RENAME TO source_before")
        connection.execute(f"CREATE VIEW source AS SELECT content AS source FROM read_text('{ours}')")
    with store.open_published(theirs) as connection, pytest.raises(duckdb.PermissionException):
        connection.execute("FROM source")
    with store.open_together(theirs=theirs) as connection, pytest.raises(duckdb.PermissionException):
        connection.execute("FROM theirs.source")
