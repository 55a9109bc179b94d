"""Data files: their rows, and which of their columns holds what."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pipeline import store
from pipeline.archive.date_forms import missing
from pipeline.archive.table_rows import csv_rows, folded, under_header
from pipeline.archive.table_text import Encoding, encoding_of, lines_of, opened
from pipeline.archive.workbooks import MAGIC, SUFFIXES, Sheet, sheet_of
from pipeline.errors import InputError, SetAside
from pipeline.limits import COLUMNS, LEVELS, LINE, PIECE, TooLong, at_most, said

FIELDS = ("id", "url", "title", "text", "published", "precision", "authors", "genre", "doi", "pmid",
          "pmcid", "access", "language", "rights", "source")  # fmt: skip
GUESSES: Mapping[str, tuple[str, ...]] = {
    "id": ("uid", "key"),
    "url": ("link", "uri", "href"),
    "title": ("headline", "heading", "name", "question_title"),
    "text": ("body", "content", "article", "full_text", "abstract"),
    "published": ("date", "published_at", "publication_date", "pub_date", "date_published", "published_date",
                  "date_of_publication", "publish_date", "first_published_at", "datetime", "year"),
    "precision": ("date_precision", "published_precision"),
    "authors": ("author", "creator", "creators", "byline"),
    "genre": ("type", "document_type"),
    "pmid": ("pubmed_id", "pubmedid"),
    "pmcid": ("pmc_id", "pmc"),
    "source": ("publisher", "site", "outlet"),
}  # fmt: skip
"""Other names that a field's column may go by, when the mapping doesn't say; blanks and signs don't count."""
BINARY = re.compile(r"[\x00-\x08\x0e-\x1f]")
_BETWEEN = re.compile(r"[\s,\[\]\ufeff\x1e]*")
_NEXT = re.compile(r"[}\]\"]\s*,?\s*(\{\s*\")")
_PARQUET = ".parquet"


class DataFile:
    """A data file under its encoding: `rows` may be asked for again and again. `told` is what a person
    should know of how it was read.

    `known` are names of columns that its header may have, `sheet` that of a workbook. Raises InputError for
    one that is no table, a sheet that is not there, or a `named` encoding that nobody knows.
    """

    def __init__(
        self, file: Path, named: str | None = None, sheet: str | None = None, known: Iterable[str] = ()
    ) -> None:
        self.file = file
        self.kind = Path(file.name.lower().removesuffix(".gz")).suffix
        self.known = frozenset(map(folded, (*known, "text", *GUESSES["text"])))
        self.told: list[str] = []
        self.sheet: Sheet | None = None
        if self.kind == _PARQUET and file.name.lower().endswith(".gz"):
            raise InputError(
                f"{file}: Parquet compresses by itself; take the .gz away (gunzip) and import that"
            )
        with opened(file) as stream:
            head = stream.read(8)
            if head.startswith(MAGIC) or self.kind in SUFFIXES:
                try:
                    body = head + at_most(stream)
                except SetAside as outcome:
                    raise InputError(f"{file} has {outcome.detail}: no workbook needs that") from outcome
                self.sheet = sheet_of(file, body, sheet, self.known)
        packed = self.sheet is not None or self.kind == _PARQUET
        self.encoding = Encoding("utf-8") if packed else encoding_of(file, named)

    def rows(self) -> Iterator[Any]:
        """The rows, a mapping each; one that can't be had comes as the message that says why.

        Raises InputError for a table with more columns than any has.
        """
        for row in self._rows():
            if isinstance(row, dict) and len(row) > COLUMNS:
                raise InputError(
                    f"{self.file} has {len(row):,} columns, more than a spreadsheet's {COLUMNS:,}: delete "
                    "those that are empty, or turn the table round"
                )
            yield row

    def _rows(self) -> Iterator[Any]:
        self.told = told = []
        if self.sheet is not None:
            told += self.sheet.notes
            yield from under_header(self.sheet.rows, self.known, told, "")
        elif self.kind == _PARQUET:
            for row in _parquet_rows(self.file):
                yield {name: _text(value) for name, value in row.items()}
        elif self.kind in (".jsonl", ".ndjson", ".json"):
            yield from self._json_rows()
        else:
            yield from csv_rows(self.file, self.encoding, self.known, told)

    def _json_rows(self) -> Iterator[Any]:
        """A value a line, or a list of rows, or values that go over lines: whatever the file's name says."""
        marks = "\ufeff\x1e"  # of files that were joined, and of sequences
        lines = (
            line if isinstance(line, TooLong) else line.lstrip(marks)
            for line in lines_of(self.file, self.encoding, PIECE if self.kind == ".json" else LINE)
            if line.strip()
        )
        first = next(lines, "")
        if not first.lstrip().startswith("[") and (self.kind != ".json" or isinstance(_json(first), dict)):
            yield from (_json(line) for line in (first, *())) if first else ()
            yield from map(_json, lines)
            return
        parts, size = [first], len(first)
        for line in lines:
            parts.append(line)
            if isinstance(line, TooLong) or (size := size + len(line)) > PIECE:
                raise InputError(
                    f"{self.file} is one JSON value of more than {said(PIECE)}: write it as JSONL, a row a "
                    "line (jq -c '.[]')"
                )
        yield from _values("".join(parts))


def _parquet_rows(file: Path) -> Iterator[dict[str, Any]]:
    with store.open_beside(file) as connection:
        try:
            result = connection.execute("SELECT * FROM read_parquet(?)", [str(file)])
            names = [column[0] for column in result.description or ()]
            while rows := result.fetchmany(2000):
                yield from (dict(zip(names, row, strict=True)) for row in rows)
        except store.BROKEN as error:
            reason = " ".join(re.sub(r"(?s)\s*LINE \d+:.*", "", str(error)).split())
            raise InputError(f"{file} can't be read as Parquet: {reason}") from error


def _values(text: str) -> Iterator[Any]:
    """The values of a list, or of a text of several; a broken one costs itself alone.

    After one, reading goes on where the next object begins that has a field of the rows before.
    """
    decoder = json.JSONDecoder(object_pairs_hook=_once)
    known: set[str] = set()
    at, lost = _BETWEEN.match(text).end(), False  # type: ignore[union-attr]
    while at < len(text):
        try:
            value, at = decoder.raw_decode(text, at)
            if isinstance(value, dict) and not (lost and known and not known & value.keys()):
                known, lost = known or set(value), False
            if not lost:
                yield _object(value)
            at = _BETWEEN.match(text, at).end()  # type: ignore[union-attr]
        except (ValueError, RecursionError) as error:
            if not lost:
                yield f"not valid JSON ({error})"
            following = _NEXT.search(text, at + 1)
            at, lost = following.start(1) if following else len(text), True


def _json(line: str) -> Any:
    if isinstance(line, TooLong):
        return str(line)
    try:
        return _object(json.loads(line, object_pairs_hook=_once))
    except (ValueError, RecursionError) as error:
        return f"not valid JSON ({error})"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object. A field that stands twice tells of two rows that ran into one another."""
    row = dict(pairs)
    if len(row) < len(pairs):
        twice = next(name for at, (name, _) in enumerate(pairs) if name in dict(pairs[:at]))
        raise ValueError(f"the field {twice[:60]!r} stands twice")
    return row


def _object(row: Any) -> Any:
    if not isinstance(row, dict):
        return "not a JSON object"
    if len(row) > COLUMNS:
        return f"more than {COLUMNS:,} fields"
    return f"nested more than {LEVELS} levels deep" if _deeper(row, LEVELS) else row


def _deeper(value: Any, levels: int) -> bool:
    """Whether lists and objects stand in one another for more than that many levels."""
    if not isinstance(value, (dict, list)):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_deeper(item, levels - 1) for item in inner)


def _text(value: Any) -> Any:
    """A value of a Parquet file, with text that is stored as bytes as text."""
    if isinstance(value, (bytes, bytearray)):
        try:
            text = bytes(value).decode("utf-8-sig")
        except UnicodeDecodeError:
            text = bytes(value).decode("cp1252", "replace")
        return base64.b64encode(value).decode() if BINARY.search(text) else text
    if isinstance(value, list):
        return [_text(item) for item in value]
    if isinstance(value, dict):
        return {_text(key): _text(item) for key, item in value.items()}
    return value


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
    named = {folded(str(column)): str(column) for column in reversed(list(row))}
    for name in FIELDS:
        for guess in map(folded, (name, *GUESSES.get(name, ()))):
            if (
                name not in mapping
                and name not in chosen
                and guess in named
                and named[guess] not in mapping.values()
            ):
                chosen[name] = named[guess]
    if first and "text" not in chosen:
        raise InputError(
            f"{file}: no column holds the text; say which with --map text=COLUMN. Columns: {names}"
        )
    return chosen


def mapped(row: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, Any]:
    """The row under the fields' names, with its other columns under `other`: nothing is lost."""
    record = {name: row.get(column) for name, column in columns.items()}
    used = set(columns.values())
    other = {str(key): _finite(value) for key, value in row.items() if key not in used}
    record = {key: value for key, value in record.items() if not missing(value)}
    return record | ({"other": other} if other else {})


def plain(value: Any) -> Any:
    """A value that JSON has no form for, as text."""
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)


def _finite(value: Any) -> Any:
    """A value without the numbers that JSON has no form for: they are missing, or infinite."""
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    if isinstance(value, list):
        return [_finite(item) for item in value]
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return value
