"""A codebook as a CSV table that a spreadsheet opens: a row for each phrase, sentence and setting.

The columns are theme, field, value. A table with a row per theme (theme or label, definition, and
cells that hold several phrases, one a line) is read too.
"""

from __future__ import annotations

import csv
import io
from typing import Any

from pipeline.errors import InputError
from pipeline.themes.codebook import Codebook
from pipeline.themes.codebook_block import NAMES, PLAIN, fields_of, table_of
from pipeline.themes.codebook_qdc import slug

COLUMNS = ("theme", "field", "value")
FIELDS = ("label", "definition", *NAMES, *(name for name in PLAIN if name != "theme"))
WIDE = {
    "theme": "theme", "code": "theme", "label": "label", "name": "label", "definition": "definition",
    "description": "definition", "include": "include", "phrases": "include", "exclude": "exclude",
    "examples": "example", "example": "example", "counterexamples": "counterexample",
    "counterexample": "counterexample", "negated": "negated", "shared": "shared", "guid": "guid",
}  # fmt: skip


def to_csv(book: Codebook) -> str:
    """The codebook as CSV; its version stands in a row without a theme."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerow(("", "version", book.version))
    for theme in book.themes:
        writer.writerow((theme.theme, "label", theme.label))
        writer.writerow((theme.theme, "definition", theme.definition))
        writer.writerows((theme.theme, name, value) for name, value in fields_of(theme))
    return out.getvalue()


def from_csv(text: str, where: str) -> dict[str, Any]:
    """A CSV table as the tables of a codebook's TOML. Raises InputError, with the line, for what is none."""
    text = text.removeprefix("\ufeff")
    delimiter = max(",;\t", key=text.partition("\n")[0].count)  # spreadsheets of some countries write ;
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise InputError(f"{where} is no table: {error}") from error
    head = [cell.strip().lower() for cell in rows[0]] if rows else []
    if {"theme", "field", "value"} <= set(head):
        return _long(head, rows[1:], where)
    if "label" not in map(WIDE.get, head) and "theme" not in map(WIDE.get, head):
        raise InputError(f"{where}: its first line must name the columns theme, field, value; found {head}")
    return _wide(head, rows[1:])


def _long(head: list[str], rows: list[list[str]], where: str) -> dict[str, Any]:
    version, themes = "", dict[str, list[tuple[str, str]]]()
    for number, row in enumerate(rows, 2):
        if not any(cell.strip() for cell in row):
            continue
        cells = dict(zip(head, row, strict=False))
        theme, name, value = (cells.get(column, "") for column in COLUMNS)
        if not theme and name == "version":
            version = value
        elif not theme or name not in FIELDS:
            known = ", ".join(FIELDS)
            raise InputError(f"{where}, row {number}: a theme and one of {known} were expected: {row}")
        else:
            themes.setdefault(theme, []).append((name, value))
    return {"version": version, "theme": {name: _table(name, pairs) for name, pairs in themes.items()}}


def _wide(head: list[str], rows: list[list[str]]) -> dict[str, Any]:
    themes: dict[str, Any] = {}
    for row in rows:
        cells = {
            WIDE[c]: value.strip() for c, value in zip(head, row, strict=False) if c in WIDE and value.strip()
        }
        if not cells:
            continue
        label = cells.get("label") or cells["theme"]
        pairs: list[tuple[str, str]] = [
            (name, cells[name]) for name in ("negated", "shared", "guid") if name in cells
        ]
        pairs += [
            (name, part.strip())
            for name in NAMES
            if name in cells
            for part in cells[name].splitlines()
            if part.strip()
        ]
        pairs += [("label", label), ("definition", cells.get("definition") or label)]
        if not any(name in ("include", "example") for name, _ in pairs):
            pairs.append(("example", cells.get("definition") or label))
        name = slug(cells.get("theme") or label)
        themes[name] = _table(name, pairs)
    return {"version": "", "theme": themes}


def _table(name: str, pairs: list[tuple[str, str]]) -> dict[str, Any]:
    prose = {key: value for key, value in pairs if key in ("label", "definition")}
    return {"label": prose.get("label", name), **prose, **table_of(pairs)}
