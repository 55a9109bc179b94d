"""The text of tables: their encoding, told from their bytes; the separators of a CSV file, from its rows."""

from __future__ import annotations

import codecs
import csv
import gzip
import re
import sys
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import IO, Any

from pipeline.errors import InputError

MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
         (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
OLDER = {"cp1252": "Windows-1252", "mac-roman": "Mac Roman", "cp850": "MS-DOS 850"}
"""What programs wrote before UTF-8, the likeliest first; how people call it."""
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
SEPARATORS = (",", ";", "\t", "|")
NO_SEPARATOR = "\x1f"
SAMPLE_ROWS = 200
_HIGH = re.compile(rb"([\x80-\xff]+)")
_LONE_RETURN = re.compile(r"(?<=\r)(?!\n)")
_OFTEN = dict.fromkeys("‘’“”–—…£•€", 3) | dict.fromkeys("éèêëàâçôöüïîñáíóúäßÉ½¼¾°·©®™\xa0", 1)

csv.field_size_limit(sys.maxsize)


@dataclass(frozen=True, slots=True)
class Encoding:
    """`name` reads the file; bytes that are no UTF-8 are read as `older`, where that is set."""

    name: str
    older: str = ""
    signs: str = ""
    """Some of what `older` made of them."""
    strict: bool = False
    """Whether a person named it: then nothing else is tried."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a CSV file separates cells, and whether a backslash takes a quote's meaning away."""

    separator: str
    escape: str | None
    row_names: bool = False
    """Whether each row has one cell more than the header has: its name, as R writes it."""


def opened(file: Path) -> IO[bytes]:
    """The bytes of a file, without its gzip."""
    return gzip.open(file, "rb") if file.name.lower().endswith(".gz") else file.open("rb")  # type: ignore[return-value]


def encoding_of(file: Path, named: str | None = None) -> Encoding:
    """The encoding of a table, by its mark, its zeros, or all of its bytes.

    Raises InputError for a workbook, and for a `named` encoding that nobody knows.
    """
    with opened(file) as stream:
        head = stream.read(4096)
    if head.startswith(WORKBOOKS):
        raise InputError(f"{file} is a workbook, not text: save its sheet as `CSV UTF-8` and import that")
    if named:
        try:
            b"a".decode(named, "replace")  # refuses codecs that are no encodings of text
            return Encoding(codecs.lookup(named).name, strict=True)
        except LookupError as error:
            raise InputError(
                f"--encoding: no encoding {named!r}; try utf-8, cp1252, mac-roman, utf-16"
            ) from error
    for mark, name in MARKS:
        if head.startswith(mark):
            return Encoding(name)
    for name, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
        if len(head) > 1 and zeros.count(0) > 0.4 * len(zeros) and head.count(0) < 0.7 * len(head):
            return Encoding(name)
    bad = _no_utf8(file)
    if not bad:
        return Encoding("utf-8")
    scores = {name: _likelihood(bad, name) for name in OLDER}
    older = max(OLDER, key=lambda name: scores[name])  # of equals the first
    signs = "".join(dict.fromkeys(b"".join(islice(bad, 40)).decode(older, "replace")))[:10]
    return Encoding("utf-8", older, signs)


def lines_of(file: Path, encoding: Encoding) -> Iterator[str]:
    """The lines of a text file, each with its end. Raises InputError where a named encoding does not fit."""
    with opened(file) as stream:
        if encoding.name.startswith(("utf-16", "utf-32")):
            errors = "strict" if encoding.strict else "replace"
            wrapped = TextIOWrapper(stream, encoding.name, errors=errors, newline="\n")
            yield from _said(wrapped, file, encoding)
        else:
            yield from _said((_decoded(line, encoding) for line in stream), file, encoding)


def dialect_of(lines: Iterable[str], tabs: bool = False) -> tuple[Dialect, int]:
    """How a CSV file is written, by its first rows; and how many lines stand before the header."""
    sample = list(islice(lines, SAMPLE_ROWS * 5))
    skipped = 0
    while sample and not sample[0].strip().strip(",;\t|"):
        skipped, sample = skipped + 1, sample[1:]
    if sample and (told := re.fullmatch(r"[\"']?sep=(.)[\"']?[,;\t]*\s*", sample[0], re.IGNORECASE)):
        separators: tuple[str, ...] = (told[1],)
        skipped, sample = skipped + 1, sample[1:]
    else:
        separators = ("\t", *SEPARATORS[:2], SEPARATORS[3]) if tabs else SEPARATORS
    best, best_score = Dialect(NO_SEPARATOR, None), (False, 0.0, 0)
    for escape in (None, "\\"):
        for separator in separators:
            dialect = Dialect(separator, escape)
            rows = [row for row in islice(cells(sample, dialect), SAMPLE_ROWS) if row]
            width = len(rows[0]) if rows else 0
            body = [_trimmed(row, width) for row in (rows[1:-1] if len(rows) > 3 else rows[1:])]
            named = bool(body) and sum(len(row) == width + 1 for row in body) > 0.9 * len(body)
            fits = sum(len(row) <= width + named for row in body) / len(body) if body else 1.0
            score = (width > 1, round(fits, 2), width)
            if width > 1 and score > best_score:
                best, best_score = Dialect(separator, escape, named), score
    return best, skipped


def cells(lines: Iterable[str], dialect: Dialect) -> Iterator[list[str]]:
    """The cells of each row, by the lenient rules of spreadsheets."""
    return csv.reader(lines, delimiter=dialect.separator, escapechar=dialect.escape, doublequote=True)


def csv_rows(file: Path, encoding: Encoding) -> Iterator[dict[str, Any] | str]:
    """The rows of a CSV file under its header's names; a row that can't be one comes as the reason.

    A row may be short: cells that were left off are missing. Empty rows are none.
    """
    tabs = file.name.lower().removesuffix(".gz").endswith((".tsv", ".tab"))
    dialect, skipped = dialect_of(_separate(lines_of(file, encoding)), tabs)
    since: list[str] = []
    lines = _kept(islice(_separate(lines_of(file, encoding)), skipped, None), since)
    names: list[str] = []
    for row in cells(lines, dialect):
        open_quote = len(since) > 1 and _unclosed(since, dialect)
        count = len(since)
        since.clear()
        if not any(cell.strip() for cell in row):
            continue
        if not names:
            names = _names([""] * dialect.row_names + row)
        elif open_quote:
            yield f"a quote is opened and never closed: all of the last {count} lines would be one cell"
        elif len(row := _trimmed(row, len(names))) > len(names):
            separator = "tab" if dialect.separator == "\t" else repr(dialect.separator)
            yield (f"{len(row)} cells for {len(names)} columns: a cell with a {separator} in it needs quotes")
        else:
            yield dict(zip(names, row + [None] * (len(names) - len(row)), strict=True))


def _no_utf8(file: Path) -> Counter[bytes]:
    """Runs of bytes that are no UTF-8, in the order in which they come."""
    bad: Counter[bytes] = Counter()
    try:
        with opened(file) as stream:
            for line in stream:
                try:
                    line.decode("utf-8")
                except UnicodeDecodeError:
                    bad.update(run for run in _HIGH.findall(line) if not _is_utf8(run))
    except (EOFError, zlib.error, gzip.BadGzipFile):
        pass  # what stands before the damage tells
    return bad


def _is_utf8(run: bytes) -> bool:
    try:
        run.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _likelihood(bad: Counter[bytes], name: str) -> int:
    return sum(_OFTEN.get(sign, 0) * n for run, n in bad.items() for sign in run.decode(name, "replace"))


def _decoded(line: bytes, encoding: Encoding) -> str:
    if encoding.strict or not encoding.older:
        return line.decode(encoding.name, "strict" if encoding.strict else "replace")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        runs = _HIGH.split(line)
        return "".join(run.decode("utf-8" if _is_utf8(run) else encoding.older, "replace") for run in runs)


def _said(lines: Iterable[str], file: Path, encoding: Encoding) -> Iterator[str]:
    number = 0
    try:
        for number, line in enumerate(lines, 1):
            yield line.removeprefix("\ufeff") if number == 1 else line
    except UnicodeError as error:
        raise InputError(
            f"{file} is not {encoding.name} (line {number + 1}: {error}); name another --encoding, or none"
        ) from error


def _separate(lines: Iterable[str]) -> Iterator[str]:
    """Lines that end in a lone carriage return, too."""
    for line in lines:
        if "\r" in line.rstrip("\r\n"):
            yield from (part for part in _LONE_RETURN.split(line) if part)
        else:
            yield line


def _kept(lines: Iterable[str], since: list[str]) -> Iterator[str]:
    """The lines, noting in `since` those of the row under way."""
    for line in lines:
        since.append(line)
        yield line


def _unclosed(lines: list[str], dialect: Dialect) -> bool:
    """Whether a row ends within quotes, which only the last of a file can."""
    try:
        list(csv.reader(lines, delimiter=dialect.separator, escapechar=dialect.escape, strict=True))
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


def _trimmed(row: list[str], width: int) -> list[str]:
    """A row without the empty cells beyond its header."""
    while len(row) > width and not row[-1].strip():
        row = row[:-1]
    return row


def _names(header: list[str]) -> list[str]:
    """The header's names, each once, none empty."""
    names: list[str] = []
    for number, cell in enumerate(header, 1):
        name = wanted = " ".join(cell.replace("\ufeff", "").split()) or f"column {number}"
        times = 1
        while name in names:
            name, times = f"{wanted} {times + 1}", times + 1
        names.append(name)
    return names
