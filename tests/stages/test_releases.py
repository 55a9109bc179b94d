"""Data folders of released versions open, or are built anew, which is said; newer ones are refused."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

import duckdb
import pytest

from pipeline import config as configuration
from pipeline import records, store
from pipeline.archive import Archive
from pipeline.asking import status
from pipeline.config import Config
from pipeline.errors import StoreError
from tests.conftest import ROOT, build_all
from tests.stages.test_build import ask
from tests.tools import save_release

RELEASES = sorted(save_release.RELEASES.glob("*.tar.xz"))


def unpacked(release: Path, folder: Path) -> Config:
    with tarfile.open(release) as archive:
        archive.extractall(folder, filter="data")
    (home,) = folder.iterdir()
    return configuration.load(home / "data", home / "config.toml")


def test_every_released_version_is_kept_and_small() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = [line.split()[1] for line in text.splitlines() if line.startswith("## ") and line[3].isdigit()]
    assert sorted(path.name.removesuffix(".tar.xz") for path in RELEASES) == sorted(versions)
    assert all(path.stat().st_size <= save_release.LARGEST for path in RELEASES)


@pytest.mark.slow
@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.name)
def test_a_released_folder_opens_and_is_built_on(release: Path, tmp_path: Path) -> None:
    config = unpacked(release, tmp_path)
    published = dict(ask(config, "SELECT url, title FROM document"))
    assert len(published) == len(save_release.documents())
    assert status.as_text(status.status(config))
    topics = set(ask(config, "SELECT topic_id FROM topic"))
    build_all(config)
    assert dict(ask(config, "SELECT url, title FROM document")) == published
    assert ask(config, "SELECT count(*) FROM human_code") == [(8,)]
    assert topics
    assert topics <= set(ask(config, "SELECT topic_id FROM topic_lineage"))
    assert ask(config, "SELECT version FROM about") == [(records.version("themeshift"),)]


@pytest.mark.slow
def test_an_older_working_database_is_filled_again_and_that_is_one_line(tmp_path: Path) -> None:
    config = unpacked(RELEASES[0], tmp_path)
    said: list[str] = []
    for _ in range(2):
        with store.open_working(config, said.append):
            pass
    (line,) = said
    assert line.endswith("is of another version (an older one): emptied, and filled again from the archive")


def test_the_tool_makes_what_these_tests_open(tmp_path: Path) -> None:
    """So that the next release is kept by a program that works."""
    home = tmp_path / "home"
    home.mkdir()
    save_release.make(ROOT, home)
    config = configuration.load(home / "data", home / "config.toml")
    assert len([line for line in Archive(config.archive).lines() if line["type"] == "capture"]) == 18
    assert ask(config, "SELECT count(*) FROM human_code") == [(8,)]


@pytest.mark.parametrize(
    ("maker", "newer"),
    [("0.1.0", False), ("0.0.9", False), ("", False), ("99.0.0", True), ("0.99", True), ("0.1.1", True)],
)
def test_a_newer_version_is_told_by_its_number(maker: str, newer: bool, tmp_path: Path) -> None:
    if newer:
        with pytest.raises(StoreError, match=rf"made by Themeshift {maker}, and this is .*: update this one"):
            records.refuse_newer(tmp_path, maker)
    else:
        records.refuse_newer(tmp_path, maker)


def themeshift(*given: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pipeline", *given]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_what_a_newer_version_made_is_refused_and_left_as_it_is(built: Config) -> None:
    place = ("--data", str(built.data))
    with duckdb.connect(store.working_file(built)) as connection:
        connection.execute("COMMENT ON TABLE stage_run IS 'another 99.1.0'")
        held = connection.execute("SELECT count(*) FROM document").fetchone()
    done = themeshift("build", *place)
    assert (done.returncode, "made by Themeshift 99.1.0" in done.stderr) == (2, True)
    assert "Traceback" not in done.stderr
    with duckdb.connect(store.working_file(built), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM document").fetchone() == held
    published = store.published_file(built)
    published.chmod(0o644)
    with duckdb.connect(published) as connection:
        connection.execute("UPDATE about SET version = '99.1.0'")
    for command in (["sql", "FROM about"], ["report"], ["evidence", "centralisation", "--period", "2015"]):
        done = themeshift(*command, *place)
        assert (done.returncode, "made by Themeshift 99.1.0" in done.stderr) == (2, True)
    assert "99.1.0" in themeshift("sql", "FROM about", "--unsafe", *place).stdout


def test_a_database_of_a_newer_duckdb_is_told_as_that(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise duckdb.IOException(
            "IO Error: Trying to read a database file with version number 90, but we can only read versions "
            "between 64 and 68.\nThe database file was created with a newer version of DuckDB."
        )

    monkeypatch.setattr(duckdb, "connect", refuse)
    with pytest.raises(StoreError, match="newer DuckDB"), store.open_working(config):
        pass
