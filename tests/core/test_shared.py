"""Data folders that tests share: whoever changes one is told, and a copy may be changed."""

from __future__ import annotations

from pathlib import Path

from pipeline.config import Config
from tests.support import shared


def test_a_change_of_shared_data_is_told_once_and_of_a_copy_never(config: Config, tmp_path: Path) -> None:
    config.archive.mkdir(parents=True)
    for name in ("kept", "changed", "gone"):
        (config.archive / name).write_text("as it was", encoding="utf-8")
    mine = shared.copy(shared.share(config), tmp_path / "mine")
    (mine.archive / "kept").write_text("another", encoding="utf-8")
    assert shared.changes() == []
    (config.archive / "changed").write_text("another", encoding="utf-8")
    (config.archive / "gone").unlink()
    (config.archive / "new").touch()
    assert shared.changes() == [str(config.archive / name) for name in ("changed", "gone", "new")]
    assert shared.changes() == []
