"""What is left of a text beside its record: pieces of files, rows, vectors, caches; and how it goes."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pipeline import store
from pipeline.archive.forgetting import PIECE, holds
from pipeline.archive.index import Tombstone
from pipeline.config import Config
from pipeline.durable import dumps, loads, seal, write_whole
from pipeline.errors import StoreError
from pipeline.operating.kept import NOTE

STAY = ("config", "locks", "embeddings", "notified.jsonl", "verified.json", NOTE)
"""What stays in the working folder: all else there is made again by the next build."""
RUN = 5
"""So many words in a row make a row of somebody's table one that has something of a text."""


def pieces(archive: Path, stones: Mapping[str, Tombstone]) -> list[str]:
    """Remove pieces of WARC files that were moved aside, where they hold something of it, and drafts."""
    addresses = {one.url.encode() for one in stones.values()}
    found = [path for path in sorted(archive.iterdir()) if PIECE.search(path.name)]
    gone = [one for one in found if holds(one, addresses)]
    for one in [*gone, *archive.glob(".*.draft")]:
        one.unlink()
    return [str(one) for one in gone]


def rows(archive: Path, connection: store.Connection | None, stones: Mapping[str, Tombstone]) -> list[str]:
    """Blank the rows of other programs' tables that could not be read and are kept as they came, where they
    have words of these texts; without a working database to tell, all of them. Returns the files."""
    said: set[str] | None = None
    if connection is not None:
        texts = connection.execute(store.queries("forget")["texts"], [sorted(stones)]).fetchall()
        said = {run for (text,) in texts for run in _runs(text or "")}
    changed = []
    for file in sorted(archive.glob("codings/*/*.jsonl")):
        before = file.read_bytes()
        after = b"".join(_blanked(line, said) for line in before.splitlines(keepends=True))
        if after != before:
            write_whole(file, after)
            changed.append(f"rows of {file}")
    return changed


def only_blanked(old: Path, new: Path) -> bool:
    """Whether a file of codings is another one but for rows that were blanked."""
    try:
        before, after = (_lines(file) for file in (old, new))
    except (OSError, ValueError):
        return False
    return len(before) == len(after) and all(
        a == b or a | {"cells": ""} == b for a, b in zip(before, after, strict=True)
    )


def _lines(file: Path) -> list[dict[str, Any]]:
    return [loads(line) for line in file.read_bytes().splitlines(keepends=True)]


def _blanked(line: bytes, said: set[str] | None) -> bytes:
    try:
        row = loads(line)
        cells = json.loads(row["cells"])
    except (ValueError, KeyError, TypeError):
        return line  # a coding; or a damaged line, which verify tells of
    words = " ".join(map(str, cells.values())) if isinstance(cells, dict) else str(cells)
    if said is not None and said.isdisjoint(_runs(words)):
        return line
    return dumps(row | {"cells": ""}) + b"\n"


def _runs(text: str) -> Iterable[str]:
    words = re.findall(r"\w+", text.casefold())
    return (" ".join(words[at : at + RUN]) for at in range(len(words) - RUN + 1))


def vectors(config: Config, connection: store.Connection | None, stones: Mapping[str, Tombstone]) -> None:
    """Keep vectors of passages that stay; without a working database to tell of these, none."""
    folder = config.working / "embeddings"
    if not folder.exists():
        return
    try:
        if connection is None:
            raise StoreError("nothing tells which texts stay")
        named = store.queries("forget")
        stay = connection.execute(named["texts_that_stay"], [sorted(stones)] * 2).fetchall()
        for part in sorted(folder.rglob("*.parquet")):
            draft = part.with_suffix(".draft")
            connection.execute(named["vectors_that_stay"], [str(part), [key for (key,) in stay], str(draft)])
            draft.replace(part)
            seal(part)
    except (StoreError, store.BROKEN):  # they are made again
        shutil.rmtree(folder)


def caches(config: Config) -> list[str]:
    """Remove what holds texts and is made again: database, caches, report, drafts. Returns what there was."""
    gone: list[Path] = []
    if config.working.is_dir():
        gone += [path for path in sorted(config.working.iterdir()) if path.name not in STAY]
    gone += sorted(config.published.glob(f".{store.published_file(config).name}.*"))
    gone += [config.published / "report", *sorted((config.data / "logs").glob("impact-*.md"))]
    gone = [path for path in gone if path.exists()]
    for path in gone:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return [str(path) for path in gone]
