"""What must be on disk before anything else is said: folders, and files of JSON lines that only grow."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
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


def note_path(note: Path, file: Path | None) -> None:
    """Write down a file's path; None removes the note. What lies beside or below it can move with the note.

    A folder that can't be written gets none.
    """
    with suppress(OSError):
        if file is None:
            note.unlink(missing_ok=True)
            return
        note.parent.mkdir(parents=True, exist_ok=True)
        home = note.resolve().parent
        moving = file.is_relative_to(home.parents[1])
        note.write_text(f"{os.path.relpath(file, home) if moving else file}\n", encoding="utf-8")


def noted_path(note: Path) -> Path | None:
    """The path that was written down, or None."""
    try:
        written = note.read_text(encoding="utf-8").strip("\n")
    except (OSError, UnicodeDecodeError):
        return None
    return (note.parent / written).resolve() if written else None
