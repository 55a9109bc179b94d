"""models/lineage.jsonl: every fit there was, one a line, and what became of the topics. Only added to."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.disk import sync_folder
from pipeline.topics.identity import Event


@dataclass(frozen=True, slots=True)
class Chapter:
    """A fit: the one before it, its number, what the archive held (`at`, its latest capture), and why it was.

    `next_number` is the first number that no topic's id has had so far.
    """

    fit_id: str
    parent: str | None
    number: int
    at: str | None
    why: str
    passages: int
    topics: int
    next_number: int
    events: tuple[Event, ...]


def read(models: Path, warn: Callable[[str], None]) -> list[Chapter]:
    """The chapters, oldest first. A damaged line is told and passed over, a torn end in silence."""
    file = _file(models)
    if not file.exists():
        return []
    lines = file.read_bytes().split(b"\n")
    chapters = []
    for number, line in enumerate(lines, 1):
        try:
            if line:
                chapters.append(_chapter(line))
        except (ValueError, TypeError, KeyError):
            if number < len(lines):  # the last one is an append that was cut short
                warn(f"{file}: line {number} is damaged and passed over; restore the file from a copy")
    return chapters


def append(models: Path, chapter: Chapter) -> None:
    """Add a chapter, on disk before this returns. An end that a killed run has torn is cut off first."""
    file = _file(models)
    if file.exists():
        whole = file.read_bytes().rfind(b"\n") + 1
        os.truncate(file, whole)
    _write(file, [chapter], "ab")


def rewrite(models: Path, chapters: Sequence[Chapter]) -> None:
    """Write the file anew, from what another place remembers of it."""
    _write(_file(models), chapters, "wb")


def _write(file: Path, chapters: Sequence[Chapter], mode: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open(mode) as stream:
        stream.write("".join(json.dumps(asdict(chapter)) + "\n" for chapter in chapters).encode())
        stream.flush()
        os.fsync(stream.fileno())
    sync_folder(file.parent)


def _chapter(line: bytes) -> Chapter:
    told = json.loads(line)
    events = tuple(Event(**event) for event in told.pop("events"))
    return Chapter(**told, events=events)


def _file(models: Path) -> Path:
    return models / "lineage.jsonl"
