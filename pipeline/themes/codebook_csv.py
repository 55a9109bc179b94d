"""A codebook as a CSV table that a spreadsheet opens: a row for each phrase, sentence and setting.

The columns are theme, field, value. A table with a row per theme (theme or label, definition, and
cells that hold several phrases, one a line) is read too.
"""

from __future__ import annotations

import csv
import io
from typing import Any

from pipeline.errors import InputError
from pipeline.readers.normal import line
from pipeline.themes.codebook import Codebook
from pipeline.themes.codebook_block import NAMES, PLAIN, cleaned, fields_of, table_of
from pipeline.themes.codebook_qdc import slug

COLUMNS = ("theme", "field", "value")
Rows = list[tuple[int, list[str]]]
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


def from_table(rows: Rows, where: str) -> dict[str, Any]:
    """The numbered rows of a table, its header among them, as the tables of a codebook's TOML.

    Raises InputError, with the row, for what is no codebook.
    """
    rows = [(number, [cleaned(cell) for cell in row]) for number, row in rows]
    heads = [[line(cell).lower() for cell in row] for _, row in rows]
    head = next((head for head in heads if set(COLUMNS) <= set(head)), heads[0] if heads else [])
    numbered = [row for row, cells in zip(rows, heads, strict=True) if cells != head]
    for number, row in numbered:
        if any(cell.strip() for cell in row[len(head) :]):
            raise InputError(
                f"{where}, row {number}: {len(row)} cells for {len(head)} columns: a cell with the sign in "
                "it that separates cells needs quotes"
            )
    if set(COLUMNS) <= set(head):
        return _long(head, numbered, where)
    known = {WIDE[name] for name in head if name in WIDE}
    unknown = ", ".join(name for name in head if name and name not in WIDE)[:200]
    if not known & {"label", "theme"}:
        raise InputError(f"{where}: its first line must name the columns theme, field, value; found {head}")
    if unknown and known <= {"label", "theme", "guid"}:
        raise InputError(
            f"{where}: of its columns only the names of themes are understood, not {unknown}: call them "
            "definition, include, exclude, example, counterexample"
        )
    return _wide(head, numbered, where)


def _long(head: list[str], rows: Rows, where: str) -> dict[str, Any]:
    version, themes = "", dict[str, list[tuple[str, str]]]()
    for number, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        cells = dict(zip(head, row, strict=False))
        theme, name, value = (cells.get(column, "") for column in COLUMNS)
        field = line(name).lower()
        if not theme.strip() and field == "version":
            version = value
        elif not theme.strip() or field not in FIELDS:
            known = ", ".join(FIELDS)
            raise InputError(f"{where}, row {number}: a theme and one of {known} were expected: {row}")
        else:
            themes.setdefault(theme, []).append((field, value))
    tables = {name: _table(name, pairs, where) for name, pairs in _gathered(themes).items()}
    return {"version": version, "theme": tables}


def _gathered(themes: dict[str, list[tuple[str, str]]]) -> dict[str, list[tuple[str, str]]]:
    """Rows whose theme differs from another in capitals or blanks alone, and has no label, belong to that."""
    whole = {name: pairs for name, pairs in themes.items() if {"label", "definition"} & set(dict(pairs))}
    alike = {line(name).casefold(): name for name in whole}
    for name, pairs in themes.items():
        if name not in whole:
            whole.setdefault(alike.get(line(name).casefold(), name), []).extend(pairs)
    return whole


def _wide(head: list[str], rows: Rows, where: str) -> dict[str, Any]:
    """A row per theme. Several rows of one theme add up, so that no phrase of it is lost."""
    themes: dict[str, list[tuple[str, str]]] = {}
    labels: dict[str, str] = {}
    for _, row in rows:
        cells: dict[str, list[str]] = {}
        for column, value in zip(head, row, strict=False):
            if column in WIDE and value.strip():
                cells.setdefault(WIDE[column], []).append(value.strip())
        if not cells.get("theme") and not cells.get("label"):
            continue
        label = (cells.get("label") or cells["theme"])[0]
        name = _free(slug((cells.get("theme") or [label])[0]), label, "theme" in cells, labels)
        pairs = themes.setdefault(name, [])
        pairs += [(key, cells[key][0].lower()) for key in ("negated", "shared") if key in cells]
        pairs += [("guid", value) for value in cells.get("guid", [])[:1]]
        pairs += [
            (key, part.strip())
            for key in NAMES
            for cell in cells.get(key, ())
            for part in cell.splitlines()
            if part.strip()
        ]
        pairs += [("label", label)] if "label" in cells or not any(k == "label" for k, _ in pairs) else []
        pairs += [("definition", value) for value in cells.get("definition", ())]
    for pairs in themes.values():
        said = dict(pairs)
        if "definition" not in said:
            pairs.append(("definition", said["label"]))
        if not {"include", "example"} & set(said):
            pairs.append(("example", said.get("definition") or said["label"]))
    return {"version": "", "theme": {name: _table(name, pairs, where) for name, pairs in themes.items()}}


def _free(name: str, label: str, named: bool, labels: dict[str, str]) -> str:
    """The name; with a number where another label only looks like it without its signs."""
    free, number = name, 2
    while not named and labels.setdefault(free, label) != label:
        free, number = f"{name}-{number}", number + 1
    return free


def _table(name: str, pairs: list[tuple[str, str]], where: str) -> dict[str, Any]:
    """A theme's pairs as its table: a phrase said twice stands once, definitions follow one another.

    Raises InputError where what a theme has one of is said in two ways.
    """
    phrases = dict.fromkeys(pair for pair in pairs if pair[0] in ("include", "exclude"))
    pairs = [*phrases, *(pair for pair in pairs if pair not in phrases)]
    for key in ("label", "negated", "shared", "guid"):
        said = list(dict.fromkeys(value for own, value in pairs if own == key))
        if len(said) > 1:
            listed = " and ".join(map(repr, said))
            raise InputError(
                f"{where}: the rows of the theme {name!r} give {key} as {listed}: say the same in all of "
                "them, or, if two themes are meant, give one another name in the column theme"
            )
    definitions = list(dict.fromkeys(value for own, value in pairs if own == "definition"))
    prose = {"label": dict(pairs).get("label", name)}
    if definitions:
        prose["definition"] = "\n".join(definitions)
    return {**prose, **table_of([pair for pair in pairs if pair[0] not in ("label", "definition")])}
