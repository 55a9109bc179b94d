"""Workbooks of spreadsheets: one sheet's rows, with dates as dates and whole numbers whole.

python-calamine opens them, whatever they are called: .xlsx, .xlsm, .xlsb and .xls of Excel, .ods of
LibreOffice. It lays a sheet out as a full rectangle in memory, so each file is opened in a process under
limits: one that unpacks to more than there is room for, or has a stray cell a million rows down, costs itself
alone.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import BytesIO
from itertools import compress
from pathlib import Path
from typing import Any

from pipeline import limits
from pipeline.archive.table_rows import FIRST_ROWS, csv_table, folded
from pipeline.archive.table_text import DAMAGE, encoding_of, lines_of
from pipeline.archive.table_text import opened as plain
from pipeline.errors import InputError, SetAside
from pipeline.workers import Limits, Lost, Workers, unpacked_size

MAGIC = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How files begin that are no text: zip archives, and what Office wrote before."""
SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
LIMITS = Limits(seconds=120, megabytes=4000)
WAY_OUT = "save its sheet as `CSV UTF-8` and import that"
FILLED = 1_000_000
"""Cells that are filled from merged ones at most."""
NO_SHEET = "no sheet"
Cell = str | int | float | bool | date | datetime | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of one sheet, from its first filled cell on, its empty columns left out.

    `top` rows are empty above it. `others` names the sheets that were not read; `merged` says how many cells
    were filled from one above them that spans several rows.
    """

    name: str
    others: tuple[str, ...]
    rows: list[list[Cell]]
    merged: int = 0
    top: int = 0

    @property
    def notes(self) -> list[str]:
        """What a person should know of how it was read, a sentence each."""
        others = ", ".join(map(repr, self.others[:8])) + (", …" if len(self.others) > 8 else "")
        filled = f"{self.merged} cells below merged ones were given what stands in these"
        return [
            *([f"the sheet {self.name!r} was read, not {others}: --sheet names one"] if self.others else []),
            *([filled] if self.merged else []),
        ]


def sheet_of(file: Path, body: bytes, sheet: str | None = None, known: Collection[str] = ()) -> Sheet:
    """A sheet of the workbook `body`, called `file` in messages: the named one, else of those that are shown
    the first with a column of a `known` name (folded), else the first with anything.

    Raises InputError, with the way out, for what can't be opened, is too large, or has no such sheet.
    """
    if not body.startswith(MAGIC):
        raise InputError(f"{file} is called like a workbook and is none: open it in a spreadsheet, {WAY_OUT}")
    if (size := unpacked_size(body)) > limits.WORKBOOK:
        raise InputError(f"{file} would unpack to {size:,} bytes, which no sheet needs: it is not opened")
    with Workers(1, LIMITS, ("python_calamine",)) as workers:
        ((_, found),) = workers.map(_confined, [(body, sheet, frozenset(known))])
    if isinstance(found, Lost):
        raise InputError(
            f"{file} can't be opened as a workbook: it takes too much memory or time ({found.detail}). A "
            f"cell far below or beside the table does that: delete empty rows and columns, or {WAY_OUT}"
        )
    if isinstance(found, str) and sheet is not None and found.startswith(NO_SHEET):
        raise InputError(f"{file} has {found}")
    if isinstance(found, str):
        raise InputError(
            f"{file} can't be opened as a workbook: {found}; mend it in a spreadsheet, or {WAY_OUT}"
        )
    return found


def text_table(file: Path, known: Collection[str] = ()) -> tuple[list[tuple[int, list[str]]], str]:
    """The filled rows of a CSV file or of a workbook's sheet, its header among them, all cells as text; each
    with the number that a spreadsheet shows. Besides, the older encoding that it was read in, or "".

    `known` is that of `sheet_of`. Raises InputError for what can't be read.
    """
    try:
        with plain(file) as stream:
            body = limits.at_most(stream, limits.PIECE)
        if body.startswith(MAGIC) or file.suffix.lower() in SUFFIXES:
            sheet = sheet_of(file, body, known=known)
            rows = [[_as_text(cell) for cell in row] for row in sheet.rows]
            older, number = "", sheet.top
        else:
            encoding = encoding_of(file)
            rows, number = csv_table(lines_of(file, encoding), str(file))
            older = encoding.older
    except OSError as error:
        raise InputError(f"{file} can't be read: {error.strerror or error}") from error
    except DAMAGE as error:
        raise InputError(f"{file} is truncated or no gzip: {error}") from error
    except SetAside as outcome:
        raise InputError(
            f"{file} has {outcome.detail}: too much for a sheet of codes or a codebook"
        ) from outcome
    if any(len(row) > limits.COLUMNS for row in rows):
        raise InputError(f"{file} has more than {limits.COLUMNS:,} columns: delete those that are empty")
    numbered = enumerate(rows, number + 1)
    return [(at, row) for at, row in numbered if any(cell.strip() for cell in row)], older


def _as_text(cell: object) -> str:
    """A workbook's cell as a CSV file has it."""
    return "" if cell is None else str(cell).upper() if isinstance(cell, bool) else str(cell)


def _confined(wanted: tuple[bytes, str | None, Collection[str]]) -> Sheet | str:
    """`opened` in a process of its own: without the library's last words where it is out of memory."""
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    return opened(*wanted)


def opened(body: bytes, sheet: str | None = None, known: Collection[str] = ()) -> Sheet | str:
    """The sheet, or why it can't be had. May end the process: `sheet_of` is the safe way."""
    from python_calamine import load_workbook

    try:
        with closing(load_workbook(BytesIO(body))) as book:
            names, tried = _tried(book, sheet)
            if sheet is not None and not tried:
                return f"{NO_SHEET} {sheet!r}; sheets: {', '.join(names) or 'none'}"
            chosen = None
            for name in tried:
                found = _sheet(book, name, names)
                chosen = chosen or found
                if found and any(_knows(row, known) for row in found.rows[:FIRST_ROWS]):
                    return found
            return chosen or f"there is nothing in {', '.join(tried) or 'it'}"
    except MemoryError:
        return "it takes more memory than there is for it"
    except BaseException as error:  # a panic of the library is no Exception
        return " ".join(str(error).split())[:200] or type(error).__name__


def _sheet(book: Any, name: str, names: Sequence[str]) -> Sheet | None:
    """A sheet, where anything is in it."""
    found = book.get_sheet_by_name(name)
    rows = [[_cell(value) for value in row] for row in found.to_python()]
    used = [any(cell is not None for cell in column) for column in zip(*rows, strict=True)]
    if not any(used):
        return None
    first = found.start or (0, 0)
    merged = _fill(rows, [_within(area, first) for area in found.merged_cell_ranges or ()])
    others = tuple(other for other in names if other != name)
    return Sheet(name, others, [list(compress(row, used)) for row in rows], merged, first[0])


def _knows(row: Sequence[Cell], known: Collection[str]) -> bool:
    return any(folded(cell) in known for cell in row if isinstance(cell, str))


def _tried(book: Any, sheet: str | None) -> tuple[list[str], list[str]]:
    """The names of a workbook's tables, and those to be tried: the one asked for, else all that are shown."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    tables = [about for about in book.sheets_metadata if about.typ == SheetTypeEnum.WorkSheet]
    names = [about.name for about in tables]
    if sheet is None:
        return names, [about.name for about in tables if about.visible == SheetVisibleEnum.Visible] or names
    alike = [name for name in names if name.strip().casefold() == sheet.strip().casefold()]
    return names, [sheet] if sheet in names else alike[:1]


def _cell(value: Any) -> Cell:
    """A cell as other tables have it: nothing for an empty one, 2014 for 2014.0, a day for its midnight."""
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n") or None
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    if isinstance(value, datetime):
        return value.date() if value.time() == time() else value
    return str(value) if isinstance(value, (time, timedelta)) else value


Area = tuple[int, int, int]


def _within(area: tuple[tuple[int, int], tuple[int, int]], first: tuple[int, int]) -> Area:
    """A merged range as (first row, last row, column), counted from the first cell that holds anything."""
    (top, left), (bottom, _) = area
    return top - first[0], bottom - first[0], left - first[1]


def _fill(rows: list[list[Cell]], areas: Sequence[Area]) -> int:
    """Give each row that a merged cell spans what stands in it; returns how many rows that were."""
    filled = 0
    for top, bottom, column in areas:
        if not (0 <= top < len(rows) and 0 <= column < len(rows[top])):
            continue
        for row in rows[top + 1 : bottom + 1]:
            if filled < FILLED and row[column] is None and rows[top][column] is not None:
                row[column] = rows[top][column]
                filled += 1
    return filled
