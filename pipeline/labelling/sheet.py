"""Coding in a spreadsheet: a CSV file out, that or a workbook back in, whole or not at all.

A row is a passage, a column a theme: 1, x or yes; 0 or no; ? for "can't tell"; blank where nothing is said.
What spreadsheets, pandas and R make of that on the way (1.0, TRUE, NA, `sep=;`, other capitals) is read as it
was meant. Nobody is asked to take codes out of a sheet: what says the same twice counts once.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.archive.workbooks import text_table
from pipeline.config import Config
from pipeline.errors import InputError
from pipeline.labelling import codes as coding
from pipeline.labelling.codes import Code
from pipeline.labelling.task import Item, Task, codes_of, given, task
from pipeline.readers.normal import line

KEY, TEXT, NOTE = "key", "text", "note"
WORDS: Mapping[str, bool | None] = {
    **dict.fromkeys(("1", "yes", "y", "x", "true", "t", "✓", "✔"), True),
    **dict.fromkeys(("0", "no", "n", "false", "f"), False),
    **dict.fromkeys(("?", "??", "？", "can't tell"), None),
}
"""What a cell may say, whatever its capitals."""
BLANK = ("", "na", "nan", "<na>", "null", "#n/a")
"""What R, pandas and spreadsheets write where a cell is empty."""
_NUMBER = re.compile(r"\+?([01])(?:[.,]0*)?(?:e[+-]?0+)?")
CELL = {True: "1", False: "0", None: "?"}
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is run by spreadsheets as a formula; an apostrophe before it keeps it text."""
SHOWN_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What an import did: codes new or changed, codes that were there, rows only partly coded.

    `stale` are coded rows whose text is published no longer as it was exported: their codes are of the old
    text, and stay in the sheet. `ignored` are columns that no code is in.
    """

    sample_id: str
    coder: str
    new: int
    unchanged: int
    partly: int
    ignored: Sequence[str]
    stale: int = 0


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
    at = _columns(header, [KEY])
    keyed = [(number, line(_cell(row, at[KEY])), row) for number, row in rows]
    sample_id, coder = _whose(path, [key for _, key, _ in keyed])
    todo = task(config, sample_id, coder)
    themes = [theme.theme for theme in todo.themes]
    at = _columns(header, [KEY, TEXT, NOTE, *todo.sample.show, *themes])
    problems = [f"the column {theme!r} is missing" for theme in themes if not at[theme]]
    items = {_key(todo, item): item for item in todo.items}
    drawn = {drawn.passage_id for drawn in todo.sample.passages}
    stale = 0
    found: dict[str, _Row] = {}
    for number, key, row in keyed:
        cells, bad = _codes(row, {theme: at[theme] for theme in themes}, number)
        problems += bad
        if key in items:
            own = _Row(number, cells, _note(row, at[NOTE]))
            problems += _joined(found[key], own) if key in found else ()
            found.setdefault(key, own)
        elif key.count(":") == 3 and key.split(":")[2] in drawn:
            stale += any(cells.values())
        else:
            name = f"{key[:60]!r} is no passage of the sample {todo.sample.sample_id!r}"
            problems.append(f"row {number}, column {KEY}: {name}")
    if problems:
        raise InputError(_told(path, problems))
    said = given(config, todo)
    new: list[Code] = []
    unchanged = partly = 0
    for key, own in found.items():
        if not any(own.cells.values()):
            continue
        partly += not all(own.cells.values())
        present = {
            theme: WORDS[cell] if cell else False for theme, cell in own.cells.items() if cell or blank_is_no
        }
        codes = codes_of(todo, items[key], present, own.note, "sheet")
        changed = [code for code in codes if not _same(said.get((code.passage_id, code.theme)), code)]
        unchanged += len(codes) - len(changed)
        new += changed
    coding.append(config.archive, sample_id, new)
    used = {position for positions in at.values() for position in positions}
    ignored = [name for position, name in enumerate(header) if name and position not in used]
    return TakenIn(sample_id, todo.coder, len(new), unchanged, 0 if blank_is_no else partly, ignored, stale)


@dataclass(slots=True)
class _Row:
    """What a passage's row says; a second row of it adds to that."""

    number: int
    cells: dict[str, str]
    note: str


def _codes(
    row: Sequence[str], at: Mapping[str, Sequence[int]], number: int
) -> tuple[dict[str, str], list[str]]:
    """theme -> one of WORDS or "", and what is wrong. Several columns of a theme may not contradict."""
    cells, problems = dict.fromkeys(at, ""), []
    for theme, positions in at.items():
        for position in positions:
            raw = _cell(row, [position])
            cell = _plain(raw)
            if cell and cell not in WORDS:
                short = raw.strip()[:40]
                problems.append(f"row {number}, column {theme}: {short!r} is none of 1, yes, x, 0, no, ?")
            elif cell and cells[theme] and WORDS[cells[theme]] != WORDS[cell]:
                problems.append(
                    f"row {number}, column {theme}: there are two columns {theme!r}, one says "
                    f"{cells[theme]}, the other {cell}: let both say what is right"
                )
            else:
                cells[theme] = cells[theme] or cell
    return cells, problems


def _joined(first: _Row, second: _Row) -> Iterator[str]:
    """Add what a second row of a passage says to the first; tells where they contradict."""
    for theme, cell in second.cells.items():
        before = first.cells[theme]
        if cell and before and WORDS[cell] != WORDS[before]:
            yield (
                f"row {second.number}, column {theme}: the same passage stands in row {first.number}, which "
                f"says {before} and not {cell}: let both say what is right"
            )
        first.cells[theme] = before or cell
    if second.note and second.note not in first.note:
        first.note = f"{first.note}; {second.note}" if first.note else second.note


def _plain(cell: str) -> str:
    """A cell's word as WORDS has it; "" for a blank."""
    word = line(cell).casefold().strip("'\" ").replace("\u2019", "'")
    if word in BLANK:
        return ""
    number = _NUMBER.fullmatch(word)
    return number[1] if number else word


def _note(row: Sequence[str], positions: Sequence[int]) -> str:
    notes = [_meant(_cell(row, [position])) for position in positions]
    return "; ".join(note for note in notes if note.strip().casefold() not in BLANK)


def _cell(row: Sequence[str], positions: Sequence[int]) -> str:
    return row[positions[0]] if positions and positions[0] < len(row) else ""


def _columns(header: Sequence[str], wanted: Sequence[str]) -> dict[str, list[int]]:
    """Where each wanted column stands; else one that differs in capitals or signs: R makes "a.b" of "a-b"."""
    exact: dict[str, list[int]] = {}
    loose: dict[str, list[int]] = {}
    for position, name in enumerate(header):
        exact.setdefault(name, []).append(position)
        if name not in wanted:
            loose.setdefault(_loose(name), []).append(position)
    return {name: exact.get(name) or loose.get(_loose(name), []) for name in wanted}


def _loose(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


def _rows(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header, and each row with the number that a spreadsheet shows."""
    table, _ = text_table(path, {KEY})
    header = [line(name) for name in table[0][1]] if table else []
    keys = _columns(header, [KEY])[KEY]
    if not keys:
        raise InputError(
            f"{path}: the first row has no column {KEY!r}; is it a sheet of `themeshift label export`?"
        )
    if len(keys) > 1:
        raise InputError(f"{path}: there are two columns {KEY!r}: which of them is as it was exported?")
    return header, table[1:]


def _whose(path: Path, keys: Sequence[str]) -> tuple[str, str]:
    """The sample and the coder that the keys name."""
    owners = {tuple(key.split(":")[:2]) for key in keys}
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
