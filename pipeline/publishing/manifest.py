"""What the published file was when it was published: a manifest beside it.

`themeshift.manifest.json` has the file's SHA-256, the rows of its tables and what built it. It is written
before the file is put in place, and says what the one before was: whenever it is read, one of both is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline import store
from pipeline.durable import digest_of_file, dumps, loads, write_whole
from pipeline.store import Connection


def manifest_of(file: Path) -> Path:
    """Where the manifest of a published file lies."""
    return file.with_name(f"{file.stem}.manifest.json")


def build_of(connection: Connection) -> dict[str, str]:
    """What made a published file."""
    row = connection.execute("SELECT version, commit, config_hash, built_at::TEXT FROM about").fetchone()
    return dict(zip(("version", "commit", "config_hash", "built_at"), map(str, row or ()), strict=False))


def write(file: Path, draft: Path, tables: Mapping[str, int]) -> None:
    """Write the manifest of a draft that is about to be put in the place of `file`."""
    try:
        before = read(manifest_of(file))["sha256"]
    except (OSError, ValueError):
        before = ""
    with store.open_published(draft) as connection:
        build = build_of(connection)
    said = {
        "file": file.name,
        "sha256": digest_of_file(draft),
        "bytes": draft.stat().st_size,
        "published_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "build": build,
        "tables": dict(tables),
        "before": before,
    }
    write_whole(manifest_of(file), dumps(said) + b"\n")


def digest(file: Path) -> str:
    """The SHA-256 that the manifest of a published file states; "" where none can be read."""
    try:
        return str(read(manifest_of(file))["sha256"])
    except (OSError, ValueError):
        return ""


def read(manifest: Path) -> dict[str, Any]:
    """What a manifest says. Raises ValueError for one that is damaged, OSError."""
    said = loads(manifest.read_bytes())
    if lacks := {"sha256", "before", "tables", "build"} - said.keys():
        raise ValueError(f"it lacks {', '.join(sorted(lacks))}")
    return said
