"""What can't be made again is copied, never worse than it was, and comes back to the same publication."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline import config as configuration
from pipeline import store
from pipeline.archive import Archive, Run, importing, index_of
from pipeline.config import Config
from pipeline.durable import seal_of
from pipeline.errors import BackupError, InputError
from pipeline.labelling import codes, samples
from pipeline.labelling.codes import Code
from pipeline.operating import backup_files
from pipeline.operating.backup import Done, backup, check
from pipeline.operating.restore import restore, restore_files
from pipeline.progress import Tell
from tests.conftest import build_all, quick
from tests.stages.test_build import ask, tables
from tests.topics.test_identity import SUBJECTS, rows

Write = Callable[..., Path]
FILES = "files"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A config.toml of the test's own, with its reference files, and a data folder beside it."""
    root = tmp_path / "project"
    shutil.copytree(configuration.ROOT / "data" / "reference", root / "data" / "reference")
    text = (configuration.ROOT / "config.toml").read_text(encoding="utf-8")
    for old, new in {"min_passages = 10": "min_passages = 4\nneighbours = 5\nrefits = 1",
                     "resolution = 1.4": "resolution = 1.0", "resamples = 1000": "resamples = 200"}.items():  # fmt: skip
        assert old in text
        text = text.replace(old, new)
    (root / "config.toml").write_text(text, encoding="utf-8")
    return root / "config.toml"


def grown(config: Config, write_rows: Write, name: str, new: list[dict[str, Any]]) -> None:
    importing.import_paths([write_rows(new, f"{name}.jsonl")], config, Tell(quiet=True))
    build_all(config)


def put(config: Config, number: int, run: str = "run-20130401-abcdef12") -> None:
    """A run of one capture, in a file of its own."""
    from datetime import UTC, datetime

    with Archive(config.archive).writer(Run(run, "bmj", datetime(2013, 4, number, tzinfo=UTC))) as writer:
        writer.put(
            f"https://www.bmj.com/content/{number}", b"<html>page %d</html>" % number, source="bmj",
            media_type="text/html", http_status="200 OK",
        )  # fmt: skip


def held(folder: Path) -> dict[str, bytes]:
    """Every file of a backup's last state."""
    root = folder / FILES
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def archived(config: Config) -> Config:
    """Two runs of one capture each, and a coder's code."""
    put(config, 1)
    put(config, 2)
    return config


# Restoring


def test_what_is_restored_publishes_the_same_tables_with_the_same_topics(
    own: Path, tmp_path: Path, write_rows: Write, tell: Tell
) -> None:
    """Two fits, and passages that joined since: all of it follows from what the backup holds."""
    config = configuration.load(own.parent / "data", own)
    grown(config, write_rows, "first", [row for name in SUBJECTS for row in rows(name, range(12))])
    grown(config, write_rows, "much", rows("flu", range(20, 32)))
    grown(config, write_rows, "little", rows("teeth", range(20, 23)))
    assert ask(config, "SELECT count(*) FROM topic_fit") == [(2,)]
    assert ask(config, "SELECT count(*) FROM passage_topic WHERE method = 'neighbours'") == [(3,)]
    before = tables(store.published_file(config))
    assert backup(config, tmp_path / "backup", tell).problems == []
    shutil.rmtree(own.parent)

    elsewhere = configuration.load(tmp_path / "new" / "data")
    done = restore(elsewhere, tmp_path / "backup", tell)
    restored = configuration.load(tmp_path / "new" / "data")
    assert restored.file == done.config != elsewhere.file
    build_all(restored)
    after = tables(store.published_file(restored))
    assert before.keys() == after.keys()
    assert [name for name in before if before[name] != after[name]] == []
