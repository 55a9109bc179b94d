"""The index beside each WARC file: `X.warc.gz.jsonl`, one line per capture, refusal and finished run."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any


def index_of(file: Path) -> Path:
    """The index beside a WARC file."""
    return file.with_name(file.name + ".jsonl")


def read_index(index: Path) -> Iterator[dict[str, Any]]:
    """The lines of an index, up to a torn one; none where there is no index."""
    if not index.exists():
        return
    with index.open("rb") as stream:
        for line in stream:
            try:
                yield json.loads(line)
            except ValueError:
                return  # a torn last line: what it said is read from the WARC file again


def append_index(index: Path, lines: list[dict[str, Any]]) -> None:
    """Append lines and sync them to disk; a torn last line from before is dropped first."""
    if not lines:
        return
    with index.open("ab+") as stream:
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
