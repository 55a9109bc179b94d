"""Data files: their rows, and which of their columns holds what."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pipeline import store
from pipeline.errors import InputError

FIELDS = ("id", "url", "title", "text", "published", "precision", "authors", "genre", "doi", "access",
          "language", "rights", "source")  # fmt: skip
GUESSES: Mapping[str, tuple[str, ...]] = {
    "id": ("uid", "key"),
    "url": ("link", "uri", "href"),
    "title": ("headline", "heading", "name", "question_title"),
    "text": ("body", "content", "article", "full_text", "fulltext", "abstract"),
    "published": ("date", "published_at", "publication_date", "pub_date", "date_published"),
    "precision": ("date_precision", "published_precision"),
    "authors": ("author", "creator", "creators", "byline"),
    "genre": ("type", "document_type"),
    "source": ("publisher", "site", "outlet"),
}
"""Other names that a field's column may go by, when the mapping doesn't say."""


def rows_of(file: Path) -> Iterator[Any]:
    """The rows of a data file; a line that is no JSON object comes as the message that says so."""
    name = file.name.lower()
    if name.removesuffix(".gz").endswith((".jsonl", ".ndjson")):
        with gzip.open(file, "rb") if name.endswith(".gz") else file.open("rb") as stream:
            for line in stream:
                if line.strip():
                    yield _json(line)
    elif name.removesuffix(".gz").endswith(".json"):
        text = gzip.decompress(file.read_bytes()) if name.endswith(".gz") else file.read_bytes()
        rows = _json(text, whole=True)
        yield from rows if isinstance(rows, list) else [rows]
    else:
        yield from store.table_rows(file)


def _json(line: bytes, whole: bool = False) -> Any:
    try:
        row = json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        return f"not valid JSON ({error})"
    return row if isinstance(row, dict) or (whole and isinstance(row, list)) else "not a JSON object"


def columns_of(mapping: Mapping[str, str], row: Mapping[str, Any], file: Path, first: bool) -> dict[str, str]:
    """field -> column: as the mapping says, else the column of that name, else a usual other name.

    The first row must have what the mapping names, and a text; a later one without becomes a record
    that the reader sets aside.
    """
    names = ", ".join(map(str, row))
    for wanted, column in mapping.items():
        if first and column not in row:
            raise InputError(f"{file}: no column {column!r} for {wanted!r}; columns: {names}")
    chosen = {wanted: column for wanted, column in mapping.items() if column in row}
    lower = {str(column).lower(): str(column) for column in reversed(list(row))}
    for name in FIELDS:
        for guess in (name, *GUESSES.get(name, ())):
            if (
                name not in mapping
                and name not in chosen
                and guess in lower
                and lower[guess] not in mapping.values()
            ):
                chosen[name] = lower[guess]
    if first and "text" not in chosen:
        raise InputError(
            f"{file}: no column holds the text; say which with --map text=COLUMN. Columns: {names}"
        )
    return chosen


def mapped(row: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, Any]:
    """The row under the fields' names, with its other columns under `other`: nothing is lost."""
    record = {name: row.get(column) for name, column in columns.items()}
    used = set(columns.values())
    other = {str(key): value for key, value in row.items() if key not in used}
    record = {key: value for key, value in record.items() if value not in (None, "")}
    return record | ({"other": other} if other else {})


def plain(value: Any) -> Any:
    """A value that JSON has no form for, as text."""
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)
