"""What must be on disk before anything else is said: folders, and files of JSON lines that only grow."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable: after a file was made in it, or renamed into it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_lines(file: Path) -> Iterator[dict[str, Any]]:
    """The lines of a file, up to a torn one; none where there is no file."""
    if not file.exists():
        return
    with file.open("rb") as stream:
        for line in stream:
            try:
                yield json.loads(line)
            except ValueError:
                return  # a torn last line: what it said was never acknowledged


def append_lines(file: Path, lines: list[dict[str, Any]]) -> None:
    """Append lines and sync them to disk; a torn last line from before is dropped first."""
    if not lines:
        return
    with file.open("ab+") as stream:
        _drop_torn_line(stream)
        stream.write(b"".join(json.dumps(x, ensure_ascii=False).encode() + b"\n" for x in lines))
        stream.flush()
        os.fsync(stream.fileno())


def _drop_torn_line(stream: IO[bytes]) -> None:
    size = stream.seek(0, os.SEEK_END)
    if size == 0:
        return
    stream.seek(size - 1)
    if stream.read(1) == b"\n":
        return
    stream.seek(0)
    stream.truncate(stream.read().rfind(b"\n") + 1)
