"""The index beside each WARC file, `X.warc.gz.jsonl`: what a run is, and a line per thing it recorded.

Kinds of line: `capture` (bytes received), `revisit` (what asking again for an address gave), `refused`
(an address found and not kept), `policy` (what a host answered when asked for a policy file such as its
robots.txt), `run` (a run that wrote its report), `end` (how far the index goes).
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.durable import read_lines

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
        return int(json.loads(whole[-1])["end"]) if whole else 0
    except (ValueError, KeyError, TypeError):
        return max((line["end"] for line in read_lines(index)), default=0)
