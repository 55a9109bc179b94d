"""One crawl per source and data folder at a time: a lock file that says who holds it.

The system gives the lock up when its process ends, however that ends: no lock outlives its holder.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from pipeline.config import Config
from pipeline.errors import PipelineError

_held: dict[Path, FileLock] = {}


class LockedError(PipelineError):
    """Another run gathers this source into this data folder."""


def take(config: Config, sources: Iterable[str]) -> None:
    """Hold the locks of `sources` until this process ends or `release`; one that it holds already counts.

    Raises LockedError, with who holds it since when; then none is taken.
    """
    before = set(_held)
    try:
        for source in sources:
            _take(_file(config, source), source)
    except PipelineError:
        release(path for path in list(_held) if path not in before)
        raise


def release(files: Iterable[Path] | None = None) -> None:
    """Give up locks; all of this process if none are named."""
    for path in list(_held) if files is None else list(files):
        _held.pop(path).release()


def _file(config: Config, source: str) -> Path:
    return config.working / "locks" / f"crawl-{source}.lock"


def _take(path: Path, source: str) -> None:
    if path in _held:
        return
    lock = FileLock(path, blocking=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
        path.write_text(json.dumps(_holder()) + "\n", encoding="utf-8")
    except Timeout:
        raise LockedError(f"{source} is being gathered by {_who(path)}: wait until it has ended") from None
    except OSError as error:
        lock.release()
        raise LockedError(f"{path} can't be written: {error.strerror}") from error
    _held[path] = lock


def _holder() -> dict[str, str | int]:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    return {"pid": os.getpid(), "host": socket.gethostname(), "since": since}


def _who(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        return f"process {holder['pid']} on {holder['host']} since {holder['since']}"
    except (OSError, ValueError, KeyError, TypeError):  # between taking the lock and saying so
        return "another process"
