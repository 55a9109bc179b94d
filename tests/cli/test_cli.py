"""The command line as a person or a scheduler meets it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pipeline import cli, store
from pipeline import config as configuration
from pipeline.cli.common import print_json
from pipeline.config import Config
from tests.conftest import ROOT, sample_rows
from tests.support import shared

Write = Callable[..., Path]


def themeshift(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pipeline", *map(str, arguments)]
    env = {**os.environ, **environment}
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=env)


@pytest.fixture(scope="module")
def by_command(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Sixteen documents, built and published through the command line: to copy, never to change."""
    folder = tmp_path_factory.mktemp("by-command")
    file = folder / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in sample_rows()), encoding="utf-8")
    for step in (["import", file], ["build"], ["publish"], ["report"]):
        done = themeshift(*step, "--data", folder / "data")
        assert done.returncode == 0, done.stderr
    return shared.share(configuration.load(folder / "data"))


@pytest.fixture
def data(by_command: Config, tmp_path: Path) -> Path:
    """A copy of that data folder, the test's own."""
    return shared.copy(by_command, tmp_path / "data").data


def test_from_import_to_report_in_four_commands(data: Path) -> None:
    assert (data / "published" / "report" / "index.html").stat().st_size > 10_000
    status = themeshift("status", "--data", data)
    assert "16 captures in 1 WARC files" in status.stdout
    assert "in trends" in status.stdout
    found = json.loads(themeshift("status", "--json", "--data", data).stdout)
    assert dict(found["published"]["flow"])["in trends"] == 16


def test_the_environment_names_the_data_folder_as_data_does(data: Path) -> None:
    assert "16 captures" in themeshift("status", THEMESHIFT_DATA=str(data)).stdout


def test_sql_answers_from_the_published_file(data: Path) -> None:
    answer = themeshift("sql", "SELECT count(*) AS n FROM document", "--json", "--data", data)
    assert json.loads(answer.stdout) == {"n": 16}
    assert "theme_trend" in themeshift("sql", "--data", data).stdout


@pytest.mark.parametrize("column", ["t", "t_", "row", "answer", 'a "quoted" one', "to_json"])
def test_an_answer_as_json_is_valid_whatever_is_in_it(data: Path, column: str) -> None:
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    name = column.replace('"', '""')
    numbers = "['nan'::DOUBLE, -'inf'::DOUBLE, 1.5]"
    query = f"""SELECT 1/0 AS "{name}", {{'a': {numbers}}} AS nested, 'say "NaN", -Infinity' AS said"""
    answer = themeshift("sql", query, "--json", "--data", data)
    assert json.loads(answer.stdout, parse_constant=refuse) == {
        column: None, "nested": {"a": [None, None, 1.5]}, "said": 'say "NaN", -Infinity',
    }  # fmt: skip


def test_what_a_command_prints_as_json_is_valid(capsys: pytest.CaptureFixture[str]) -> None:
    print_json(
        {"value": float("nan"), "all": (float("inf"), np.float32(2)), "name": "a\udcff", ("k", 1): {"b"}}
    )
    told = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert told == {"value": None, "all": [None, 2.0], "name": "a\udcff", "('k', 1)": ["b"]}


def test_a_program_gets_build_as_json(data: Path) -> None:
    answer = json.loads(themeshift("build", "--json", "--data", data).stdout)
    assert [stage["stage"] for stage in answer["stages"]][:2] == ["index", "read"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["import", "nowhere.html"], "nowhere.html is not there"),
        (["import", "README.md"], "no reader for this kind of file"),
        (["import", "x", "--map", "text"], "is not FIELD=COLUMN"),
        (["build"], "is not there: gather something into it first"),
        (["reprocess"], "is not there: gather something into it first"),
        (["fit"], "is not there: gather something into it first"),
        (["publish"], "is not there: gather something into it first"),
        (["impact"], "is not there: gather something into it first"),
        (["report"], "run `themeshift build`, then `themeshift publish`"),
        (["sql", "SELECT 1"], "is not there yet"),
        (["build", "--config", "absent.toml"], "absent.toml is missing"),
        (["crawl", "bmj"], "must name a contact"),
        (["crawl", "bmjj", "--connect-to", "127.0.0.1:9"], "'bmj'"),
        (["nonsense"], "No such command 'nonsense'"),
    ],
)
def test_bad_input_is_one_clear_line_and_exit_code_2(
    arguments: list[str], message: str, tmp_path: Path
) -> None:
    place = [] if arguments == ["nonsense"] else ["--data", str(tmp_path / "data")]
    done = themeshift(*arguments, *place)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data").exists() or arguments[0] in ("import", "crawl")


def test_a_query_that_fails_is_told(data: Path) -> None:
    done = themeshift("sql", "SELECT nothing_here", "--data", data)
    assert done.returncode == 2
    assert "nothing_here" in done.stderr


def test_a_data_folder_that_cannot_be_written_is_told(tmp_path: Path, write_rows: Write) -> None:
    (tmp_path / "file").write_text("in the way")
    done = themeshift("import", write_rows(sample_rows()), "--data", tmp_path / "file" / "data")
    assert done.returncode == 2
    assert "can't be made" in done.stderr


def test_status_of_nothing_is_an_answer_not_a_failure(tmp_path: Path) -> None:
    done = themeshift("status", "--data", tmp_path / "data")
    assert done.returncode == 0
    assert "0 captures" in done.stdout


def test_every_stage_can_be_called_alone() -> None:
    from pipeline import flow

    assert set(flow.NAMES) < set(cli.cli.commands)


@pytest.mark.slow
def test_status_imports_nothing_heavy(opened: Config) -> None:
    code = (
        "import sys; from click.testing import CliRunner; from pipeline.cli import cli; "
        f"done = CliRunner().invoke(cli, ['status', '--data', {str(opened.data)!r}]); "
        "assert 'documents' in done.output, done.output; "
        "heavy = {'bertopic', 'numpy', 'pandas', 'scipy', 'scrapy', 'sklearn', 'trafilatura', 'wordllama'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_closed_pipe_is_not_taken_for_success(data: Path) -> None:
    command = f"{sys.executable} -m pipeline build --data {data} | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"


def test_a_file_that_another_version_published_is_named_as_the_reason(data: Path) -> None:
    file = data / "published" / "themeshift.duckdb"
    file.chmod(0o644)
    with store.create(file) as connection:
        connection.execute("ALTER TABLE passage DROP COLUMN text_hash")
        connection.execute("ALTER TABLE passage RENAME COLUMN text TO words")
    asked = ("evidence", "fragmentation", "--period", "2013", "--data", data)
    same = themeshift(*asked)
    assert same.returncode == 1, same.stderr
    assert "Traceback" in same.stderr
    with store.create(file) as connection:
        connection.execute("UPDATE about SET version = '0.0.9'")
    other = themeshift(*asked)
    assert other.returncode == 2
    assert "published by another version of Themeshift (0.0.9" in other.stderr
    assert "Traceback" not in other.stderr


def test_a_folder_spiders_beside_the_configuration_is_not_taken_for_ours(tmp_path: Path) -> None:
    (tmp_path / "spiders").mkdir()
    (tmp_path / "spiders" / "__init__.py").write_text("raise RuntimeError('not ours')")
    reference = (ROOT / "data" / "reference").as_posix()
    (tmp_path / "config.toml").write_text(f'[reference]\nsources = "{reference}/sources.toml"\n')
    done = themeshift("crawl", "nosuch", "--config", tmp_path / "config.toml", "--data", tmp_path / "data")
    assert done.returncode == 2
    assert "a crawl must name a contact" in done.stderr
    assert "Traceback" not in done.stderr
