"""The index beside each WARC file, `X.warc.gz.jsonl`: what a run is, and a line per thing it recorded.

Kinds of line: `capture` (bytes received), `revisit` (what asking again for an address gave), `refused`
(an address found and not kept), `policy` (what a host answered when asked for a policy file such as its
robots.txt), `run` (a run that wrote its report), `end` (how far the index goes).

`forgotten.jsonl`, one for the archive, has the tombstones of captures that were forgotten (forgetting.py).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.durable import SET_ASIDE, as_sealed, flawed_lines, loads, read_lines
from pipeline.records import short_id

TAIL = 65_536
"""Bytes of an index that are looked at for its last line, at a time."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a spider or an import: what wrote a WARC file."""

    run_id: str
    source: str
    started_at: datetime
    software: str = "themeshift"
    operator: str = ""
    robots: str = "obey"


@dataclass(slots=True)
class Refusal:
    """A URL that was found and not kept, with the reason."""

    url: str
    reason: str
    via: str = ""
    found: str = ""


@dataclass(slots=True)
class Count:
    """How many documents a source has, as its own answers tell.

    `counted_by` is who counts: oai, crossref, europepmc, search, sitemap, listing, feed, cdx. `counts` is
    what: `records` (all there is, whatever it is about), `matches` (what a search for `query` finds),
    `parts` (pieces of documents that it finds), `addresses` (distinct addresses that lists named, each
    under the kind of list that named it first). `year` is the year of publication; None for all.
    """

    counted_by: str
    counts: str
    documents: int
    query: str = ""
    year: int | None = None
    url: str = ""


@dataclass(slots=True)
class RunReport:
    """What a run did, as written into the archive when it ends.

    `known` were found and not asked for again, `gone` answered 404 or 410 or were withdrawn by their
    listing. `complete` is whether every listing was followed to its end: only then may the next run ask
    for what is newer than this one's start. `reason` is why it ended, where it was "finished" what it left
    undone. `universe` is what the source said that it has; empty for a run that ended early.
    """

    run_id: str
    source: str
    started_at: str
    finished_at: str = ""
    outcome: str = "running"
    reason: str = ""
    kept: int = 0
    unchanged: int = 0
    known: int = 0
    gone: int = 0
    refused: int = 0
    failed: int = 0
    bytes: int = 0
    complete: bool = False
    refusals: list[Refusal] = field(default_factory=list)
    checks: list[dict[str, str]] = field(default_factory=list)
    measures: dict[str, Any] = field(default_factory=dict)
    universe: list[Count] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left of a capture that was forgotten: `at` is when, `reason` why; `asked` is the address asked
    for, where another one answered."""

    capture_id: str
    url: str
    digest: str
    source: str
    fetched_at: str
    reason: str
    at: str
    asked: str = ""


def index_of(file: Path) -> Path:
    """The index beside a WARC file."""
    return file.with_name(file.name + ".jsonl")


def end_of_index(index: Path) -> int:
    """Up to which byte of its WARC file an index goes: that of its last whole line; 0 where there is none.

    Lines are in the order of the file, so the rest isn't read, unless that line is damaged.
    """
    if not index.exists():
        return 0
    with index.open("rb") as stream:
        reach = stream.seek(0, os.SEEK_END)
        tail = b""
        while reach and tail.count(b"\n") < 2:
            step = min(TAIL, reach)
            reach -= step
            stream.seek(reach)
            tail = stream.read(step) + tail
    whole = tail.split(b"\n")[:-1]
    try:
        return int(loads(whole[-1] + b"\n")["end"]) if whole else 0
    except (ValueError, KeyError, TypeError):
        ends = (line.get("end") for line in read_lines(index))
        return max((end for end in ends if isinstance(end, int)), default=0)


def flaws_of_index(file: Path) -> list[int]:
    """Numbers of the damaged lines of a WARC file's index; [0] where it is whole, and not as sealed."""
    index = index_of(file)
    sealed = as_sealed(index, under=file)
    if sealed or not index.exists():
        return []
    found = set(flawed_lines(index))
    with index.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            if number not in found and line.endswith(b"\n") and not _has_shape(loads(line)):
                found.add(number)
    return sorted(found) or ([] if sealed is None else [0])


def acknowledged(lines: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The lines that tell of something, as far as they have the shape of one."""
    return (line for line in lines if _has_shape(line) and line["type"] != "end")


def key_of(line: dict[str, Any]) -> tuple[Any, ...]:
    """What makes a line of an index one of its kind."""
    place = line.get("warc_offset", -1) if line["type"] != "refused" else line["end"]
    return (
        line["type"],
        place,
        line.get("url", ""),
        line.get("reason", "") if line["type"] == "refused" else "",
    )


def set_aside_of(file: Path) -> list[Path]:
    """What a file was before it was made again, oldest first."""
    return sorted(file.parent.glob(f"{file.name}{SET_ASIDE}*"))


def tombstones_file(archive: Path) -> Path:
    """Where the tombstones lie."""
    return archive / "forgotten.jsonl"


def forgotten(archive: Path) -> dict[str, Tombstone]:
    """Capture id -> tombstone, of all that is forgotten and was not let back in."""
    found: dict[str, Tombstone] = {}
    for line in read_lines(tombstones_file(archive)):
        with suppress(KeyError, TypeError):
            if line["type"] == "forgotten":
                found[line["capture_id"]] = Tombstone(**{k: v for k, v in line.items() if k != "type"})
            elif line["type"] == "lifted":
                found = {key: one for key, one in found.items() if line["url"] not in (one.url, one.asked)}
    return found


def unfinished(archive: Path) -> bool:
    """Whether something was to be forgotten, and a run was ended before it was gone from everywhere."""
    open_ = False
    for line in read_lines(tombstones_file(archive)):
        open_ = line.get("type") == "forgotten" or (open_ and line.get("type") != "done")
    return open_


def _has_shape(line: dict[str, Any]) -> bool:
    """Whether a line can be used: where it ends, and for a capture all that leads to it."""
    if not isinstance(line.get("type"), str) or not isinstance(line.get("end"), int):
        return False
    if line["type"] != "capture":
        return True
    try:
        datetime.fromisoformat(line["fetched_at"])
    except (KeyError, ValueError, TypeError):
        return False
    words, numbers = (
        ("url", "digest", "capture_id", "source", "warc_file"),
        ("warc_offset", "warc_length", "status"),
    )
    return (
        all(isinstance(line.get(name), str) for name in words)
        and all(isinstance(line.get(name), int) for name in numbers)
        and line["capture_id"] == short_id(line["url"], line["digest"])
    )
