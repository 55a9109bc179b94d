"""Coding in a spreadsheet: a CSV file out, and back in, whole or not at all.

A row is a passage, a column a theme: 1, x or yes; 0 or no; ? for "can't tell"; blank where nothing is said.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.config import Config
from pipeline.errors import InputError
from pipeline.labelling import codes as coding
from pipeline.labelling.codes import Code
from pipeline.labelling.task import Item, Task, codes_of, given, task

KEY, TEXT, NOTE = "key", "text", "note"
WORDS: Mapping[str, bool | None] = {
    **dict.fromkeys(("1", "yes", "y", "x", "true"), True),
    **dict.fromkeys(("0", "no", "n", "false"), False),
    "?": None,
}
"""What a cell may say, whatever its capitals."""
CELL = {True: "1", False: "0", None: "?"}
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is run by spreadsheets as a formula; an apostrophe before it keeps it text."""
SHOWN_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What an import did: codes new or changed, codes that were there, rows only partly coded."""

    sample_id: str
    coder: str
    new: int
    unchanged: int
    partly: int
    ignored: Sequence[str]


def export(config: Config, sample_id: str, coder: str, path: Path) -> Task:
    """Write a coder's sheet, with what they have coded so far. Raises InputError where the file is there."""
    todo = task(config, sample_id, coder)
    said = given(config, todo)
    themes = [theme.theme for theme in todo.themes]
    try:
        # The mark at the beginning tells spreadsheets that it is UTF-8.
        with path.open("x", encoding="utf-8-sig", newline="") as stream:
            rows = csv.writer(stream)
            rows.writerow([KEY, *todo.sample.show, TEXT, *themes, NOTE])
            for item in todo.items:
                own = {theme: said.get((item.passage_id, theme)) for theme in themes}
                notes = [code.note for code in own.values() if code and code.note]
                cells = [CELL[code.present] if code else "" for code in own.values()]
                about = [_harmless(item.about[key]) for key in todo.sample.show]
                rows.writerow(
                    [
                        _key(todo, item),
                        *about,
                        _harmless(item.text),
                        *cells,
                        _harmless(notes[0] if notes else ""),
                    ]
                )
    except FileExistsError:
        raise InputError(
            f"{path} is there already: choose another name, so that no coding is written over"
        ) from None
    except OSError as error:
        raise InputError(f"{path} can't be written: {error.strerror}") from error
    return todo


def take_in(config: Config, path: Path, blank_is_no: bool = False) -> TakenIn:
    """Append what a sheet says to its coder's codes. Raises InputError, naming bad cells: then nothing is.

    `blank_is_no`: in a row that says anything, a blank is a no.
    """
    header, rows = _rows(path)
    sample_id, coder = _whose(path, header, rows)
    todo = task(config, sample_id, coder)
    themes = [theme.theme for theme in todo.themes]
    problems = [f"the column {theme!r} is missing" for theme in themes if theme not in header]
    said = given(config, todo)
    items = {_key(todo, item): item for item in todo.items}
    new: list[Code] = []
    unchanged = partly = 0
    seen: dict[str, int] = {}
    for line, row in rows:
        item = items.get(row.get(KEY, ""))
        if problem := _misplaced(row.get(KEY, ""), item, seen, line, todo):
            problems.append(f"row {line}, column {KEY}: {problem}")
            continue
        cells = {theme: row.get(theme, "").strip() for theme in themes}
        bad = [theme for theme in themes if cells[theme] and cells[theme].casefold() not in WORDS]
        problems += [
            f"row {line}, column {theme}: {cells[theme][:40]!r} is none of 1, yes, x, 0, no, ?"
            for theme in bad
        ]
        if item is None or bad or not any(cells.values()):
            continue
        partly += not all(cells.values())
        present = {t: WORDS[c.casefold()] if c else False for t, c in cells.items() if c or blank_is_no}
        found = codes_of(todo, item, present, _meant(row.get(NOTE, "")), "sheet")
        changed = [code for code in found if not _same(said.get((code.passage_id, code.theme)), code)]
        unchanged += len(found) - len(changed)
        new += changed
    if problems:
        raise InputError(_told(path, problems))
    coding.append(config.archive, sample_id, new)
    known = {KEY, TEXT, NOTE, "", *todo.sample.show, *themes}
    return TakenIn(sample_id, todo.coder, len(new), unchanged, 0 if blank_is_no else partly,
                   [name for name in header if name not in known])  # fmt: skip


def _rows(path: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """The header, and each row with the number that a spreadsheet shows."""
    try:
        data = path.read_bytes()
        wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not in UTF-8 ({error.reason}): save it as “CSV UTF-8”") from error
    first = text.partition("\n")[0]
    # Spreadsheets separate by what their country uses.
    separator = max(",;\t", key=first.count)
    try:
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise InputError(f"{path} is not a CSV file: {error}") from error
    if not table or KEY not in (header := [name.strip() for name in table[0]]):
        raise InputError(
            f"{path}: the first row has no column {KEY!r}; is it a sheet of `themeshift label export`?"
        )
    double = {name for name in header if name and header.count(name) > 1}
    if double:
        raise InputError(f"{path}: there are two columns {min(double)!r}: remove one")
    rows = enumerate(table[1:], 2)
    return header, [(number, dict(zip(header, row, strict=False))) for number, row in rows if any(row)]


def _whose(
    path: Path, header: Sequence[str], rows: Sequence[tuple[int, Mapping[str, str]]]
) -> tuple[str, str]:
    """The sample and the coder that the keys name."""
    owners = {tuple(row.get(KEY, "").split(":")[:2]) for _, row in rows}
    named = sorted(owner for owner in owners if len(owner) == 2)
    if len(named) != 1:
        problem = (
            "its keys name no sample and coder"
            if not named
            else f"it mixes {' and '.join(map('/'.join, named))}"
        )
        raise InputError(
            f"{path}: {problem}; a sheet holds one coder's codes of one sample, keys as exported"
        )
    return named[0][0], named[0][1]


def _misplaced(key: str, item: Item | None, seen: dict[str, int], line: int, todo: Task) -> str:
    """What is wrong with a row's key; empty where nothing is."""
    if item is None:
        passage = key.split(":")[2] if key.count(":") == 3 else ""
        if any(drawn.passage_id == passage for drawn in todo.sample.passages):
            return f"the text of {passage} is not the one that was exported any more: remove the row"
        return f"{key[:60]!r} is no passage of the sample {todo.sample.sample_id!r}"
    if key in seen:
        return f"the same passage stands in row {seen[key]}"
    seen[key] = line
    return ""


def _key(todo: Task, item: Item) -> str:
    """One cell that no spreadsheet takes for a number or a date."""
    return ":".join((todo.sample.sample_id, todo.coder, item.passage_id, item.text_hash))


def _same(before: Code | None, now: Code) -> bool:
    return before is not None and (before.present, before.note) == (now.present, now.note)


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith((*FORMULA, "'")) else text


def _meant(cell: str) -> str:
    """A note as it was before `_harmless`."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith((*FORMULA, "'")) else cell


def _told(path: Path, problems: Sequence[str]) -> str:
    listed = "\n  ".join(_few(problems))
    return f"{path}: nothing was taken in; mend these and import it again:\n  {listed}"


def _few(problems: Sequence[str]) -> Iterator[str]:
    yield from problems[:SHOWN_PROBLEMS]
    if len(problems) > SHOWN_PROBLEMS:
        yield f"… and {len(problems) - SHOWN_PROBLEMS} more"
