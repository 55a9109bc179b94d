"""The rows of tables under their header: how a CSV file separates its cells, which row names them."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from pipeline.archive.table_text import DAMAGE, Encoding, lines_of
from pipeline.errors import InputError
from pipeline.limits import LINE, SAMPLE, TooLong, said
from pipeline.records import counted

SEPARATORS = (",", ";", "\t", "|")
NO_SEPARATOR = "\x1f"
SAMPLE_ROWS = 200
FIRST_ROWS = 30
"""Among so many the header is looked for: notes may stand above it."""
_LONE_RETURN = re.compile(r"(?<=\r)(?!\n)")

csv.field_size_limit(LINE)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a CSV file separates cells, and whether a backslash takes a quote's meaning away."""

    separator: str
    escape: str | None
    row_names: bool = False
    """Whether each row has one cell more than the header has: its name, as R writes it."""


def dialect_of(
    lines: Iterable[str], tabs: bool = False, known: Set[str] = frozenset()
) -> tuple[Dialect, int]:
    """How a CSV file is written, by its first rows; and how many empty lines stand before them.

    `known` is that of `header_at`.
    """
    sample = list(_within(islice(lines, SAMPLE_ROWS * 5), SAMPLE))
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
            rows = rows[header_at(rows[:FIRST_ROWS], known) :]
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


def csv_rows(
    file: Path, encoding: Encoding, known: Set[str] = frozenset(), told: list[str] | None = None
) -> Iterator[dict[str, Any] | str]:
    """The rows of a CSV file under its header's names; a row that can't be one comes as the reason.

    `known` is that of `header_at`, `told` that of `under_header`.
    """
    tabs = file.name.lower().removesuffix(".gz").endswith((".tsv", ".tab"))
    dialect, skipped = dialect_of(_sample(_separate(lines_of(file, encoding))), tabs, known)
    rows = _csv_cells(islice(_separate(lines_of(file, encoding)), skipped, None), dialect)
    separator = "tab" if dialect.separator == "\t" else repr(dialect.separator)
    hint = f"a cell with a {separator} in it needs quotes"
    yield from under_header(rows, known, [] if told is None else told, hint, dialect.row_names)


def under_header(
    rows: Iterable[Sequence[Any] | str], known: Set[str], told: list[str], hint: str, row_names: bool = False
) -> Iterator[dict[str, Any] | str]:
    """Rows of cells under the names that their header gives them; a reason in place of a row stays one.

    A row may be short: cells that were left off are missing. Empty rows are none. A row that is too long
    comes as the reason, with a `hint`. What stands above the header is added to `told`.
    """
    filled = (row for row in rows if isinstance(row, str) or not all(map(_blank, row)))
    first, damage = _first(filled)
    rows = _resumed(first, damage, filled)
    at = header_at([row for row in first if not isinstance(row, str)], known)
    above: list[str] = []
    names: list[str] = []
    for row in rows:
        if isinstance(row, str):
            yield row
        elif len(above) < at:
            above.append(" ".join(str(cell) for cell in row if not _blank(cell))[:60])
        elif not names:
            names = _names([""] * row_names + [str(cell or "") for cell in row])
            if above:
                left = "was" if at == 1 else "were"
                told.append(f"{counted(at, 'row')} above the header {left} left out: {' / '.join(above[:4])}")
        elif len(row := _trimmed(row, len(names))) > len(names):
            yield f"{len(row)} cells for {len(names)} columns: {hint}"
        else:
            yield dict(zip(names, [*row, *[None] * (len(names) - len(row))], strict=True))


def _first(rows: Iterator[Any]) -> tuple[list[Any], Exception | None]:
    """The first rows, up to the damage if it comes so early."""
    first: list[Any] = []
    try:
        for row in islice(rows, FIRST_ROWS):
            first.append(row)
    except DAMAGE as error:
        return first, error
    return first, None


def _resumed(first: list[Any], damage: Exception | None, rows: Iterator[Any]) -> Iterator[Any]:
    yield from first
    if damage:
        raise damage
    yield from rows


def _sample(lines: Iterator[str]) -> Iterator[str]:
    with suppress(*DAMAGE):
        yield from lines


def csv_table(lines: Iterable[str], where: str) -> tuple[list[list[str]], int]:
    """The rows of a CSV text, and how many lines stand before them. Raises InputError for an open quote."""
    split = list(_separate(lines))
    dialect, skipped = dialect_of(split)
    rows: list[list[str]] = []
    for row in _csv_cells(islice(split, skipped, None), dialect):
        if isinstance(row, str):
            raise InputError(f"{where}, row {len(rows) + 1 + skipped}: {row}")
        rows.append(row)
    if dialect.row_names and rows:
        rows[0] = ["", *rows[0]]
    return rows, skipped


def header_at(rows: Sequence[Sequence[Any]], known: Set[str]) -> int:
    """Which of a table's first rows is its header: the first, but for titles and notes above it.

    `known` are folded names of columns. Notes fill fewer cells than the header that knows one of them.
    """
    filled = [sum(not _blank(cell) for cell in row) for row in rows]
    for at, row in enumerate(rows):
        if known & {folded(str(cell)) for cell in row} and (filled[at] > 1 or max(filled) == 1):
            return at if max(filled[:at], default=0) < filled[at] else 0
    return 0


def folded(name: str) -> str:
    """A column's name without blanks, signs and capitals."""
    return re.sub(r"[\W_]+", "", name.lower())


def _csv_cells(lines: Iterable[str], dialect: Dialect) -> Iterator[list[str] | str]:
    since: list[str] = []
    for row in _cells_or_why(_kept(lines, since), dialect):
        if isinstance(row, str) or any(isinstance(line, TooLong) for line in since):
            yield row if isinstance(row, str) else next(line for line in since if isinstance(line, TooLong))
        elif len(since) > 1 and _unclosed(since, dialect):
            yield (
                f"a quote is opened and never closed: all of the last {len(since)} lines would be one cell"
            )
        else:
            yield row
        since.clear()


def _cells_or_why(lines: Iterable[str], dialect: Dialect) -> Iterator[list[str] | str]:
    """The cells of each row. The reader gives up at a cell that is too long."""
    try:
        yield from cells(lines, dialect)
    except csv.Error as error:
        yield f"a cell of more than {said(LINE)} ({error}): a quote is never closed? What follows is not read"


def _within(lines: Iterable[str], most: int) -> Iterator[str]:
    """The first lines, up to so many characters."""
    for line in lines:
        if (most := most - len(line)) < 0:
            return
        yield line


def _blank(cell: Any) -> bool:
    return cell is None or not str(cell).strip()


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


def _trimmed(row: Sequence[Any], width: int) -> Sequence[Any]:
    """A row without the empty cells beyond its header."""
    end = len(row)
    while end > width and _blank(row[end - 1]):
        end -= 1
    return row[:end]


def _names(header: list[str]) -> list[str]:
    """The header's names, each once, none empty."""
    names: dict[str, None] = {}
    times: Counter[str] = Counter()
    for number, cell in enumerate(header, 1):
        name = wanted = " ".join(cell.replace("\ufeff", "").split()) or f"column {number}"
        while name in names:
            times[wanted] += 1
            name = f"{wanted} {times[wanted] + 1}"
        names[name] = None
    return list(names)
