"""Data folders that many tests share: built once, copied for a test that changes one, and watched."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from pipeline.config import Config

State = dict[Path, tuple[int, int]]
_states: dict[Path, State] = {}


def share(config: Config) -> Config:
    """From now on no test may change this data folder; returns the configuration."""
    _states[config.data] = _state(config.data)
    return config


def copy(config: Config, folder: Path) -> Config:
    """The same configuration on a copy of its data: the test's own, to change as it likes."""
    shutil.copytree(config.data, folder)
    return replace(config, data=folder)


def changes() -> list[str]:
    """What was changed in shared folders since one last asked, so that the one that did it is told."""
    found = []
    for folder, before in _states.items():
        now = _states[folder] = _state(folder)
        found += sorted({str(path) for path, _ in before.items() ^ now.items()})
    return found


def _state(folder: Path) -> State:
    # Not by permissions: to root everything is writable, and copies would be read-only too.
    stats = {path: path.stat() for path in folder.rglob("*") if path.is_file()}
    return {path: (stat.st_size, stat.st_mtime_ns) for path, stat in stats.items()}
