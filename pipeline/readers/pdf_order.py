"""The lines of a page in the order in which they are read.

The order in which a file draws them is mostly that of reading, and of a table's cells the best there is: Word
draws a cell whole before the next. It is left where it can't be: a line that stands above another in the same
column comes first, columns of prose that are drawn row by row are read one after the other, and so are cells.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from statistics import median

from pipeline.readers.pdf_lines import Line, Page

_MARKER = re.compile(
    r"[•◦▪‣●○■□➢∙·§¡Øüo\u2013\u2014\uf000-\uf0ff-]|\(?(?:\d{1,3}(?:\.\d{1,3}){0,4}|[a-z]|[ivx]{1,5})[.):]?",
    re.I,
)
"""What stands before a paragraph in a print or at a time of its own: a bullet, a number, a letter."""
_FAR = 72.0
"""Points that a marker may stand before its text."""
_MOST = 400
"""Blocks of a page up to which their order is looked at: it takes the square of their number."""


def in_reading_order(page: Page) -> list[Line]:
    """The lines of a page as they are read; those of columns that stood in one line come each on its own."""
    blocks: list[list[Line]] = []
    lines = list(page.lines)
    bands = _bands(lines, page.width)
    banded = {id(line): n for n, (members, _) in enumerate(bands) for line in members}
    placed: set[int] = set()
    for line in lines:
        at = banded.get(id(line))
        if at is None:
            last = blocks[-1][-1] if blocks else None
            if last and id(last) not in placed and _follows(last, line) and not _between(last, line, lines):
                blocks[-1].append(line)
            else:
                blocks.append([line])
        elif at >= 0 and bands[at][1]:
            ordered = bands[at][1]
            blocks.append(list(ordered))
            placed.update(id(one) for one in ordered)
            bands[at] = (bands[at][0], ())
    return [line for block in _from_above(blocks) for line in block]


def joined(page: Page) -> Page:
    """The page with its lines whole: what a raised number parted, and what is drawn apart from its bullet or
    number, stands together."""
    return replace(page, lines=tuple(_with_markers(_with_rests(page.lines))))


def _with_rests(lines: Sequence[Line]) -> list[Line]:
    """A line that goes on right behind a raised number is one with it."""
    found: list[Line] = []
    for line in lines:
        last = found[-1] if found else None
        if (
            last
            and last.marks
            and abs(line.y - last.y) < 0.1 * line.size
            and abs(line.size - last.size) < 0.1 * line.size
            and -1 <= line.left - last.right < 1.2 * line.size
        ):
            found[-1] = replace(
                last,
                text=f"{last.text} {line.text}",
                right=line.right,
                marks=last.marks + line.marks,
                parts=(),
            )
        else:
            found.append(line)
    return found


def _with_markers(lines: Sequence[Line]) -> list[Line]:
    """Bullets and numbers that are drawn on their own stand with the text beside them.

    That is what is drawn next, where it begins no lower (cells may hang in their middle), else what stands at
    their height.
    """
    taken: dict[int, Line] = {}
    for at, mark in enumerate(lines):
        if not _MARKER.fullmatch(mark.text):
            continue
        following = lines[at + 1 : at + 2]
        first = [line for line in following if 0.5 * line.size <= line.y - mark.y < 3 * line.size]
        level = [line for line in lines if abs(line.y - mark.y) < 0.5 * max(line.size, mark.size)]
        beside = [
            line
            for line in (first or level)
            if -1 <= line.left - mark.right < _FAR
            and not _MARKER.fullmatch(line.text)
            and id(line) not in taken
        ]
        if beside:
            taken[id(min(beside, key=lambda line: line.left))] = mark
    gone = {id(mark) for mark in taken.values()}
    return [_marked(taken.get(id(line)), line) for line in lines if id(line) not in gone]


def _marked(mark: Line | None, line: Line) -> Line:
    if mark is None:
        return line
    raised = mark.y > line.y + 0.15 * line.size and mark.size <= line.size and mark.y < line.y + line.size
    raised = raised and mark.text[:1] in "0123456789*"
    return replace(line, text=f"{mark.text} {line.text}", left=mark.left, raised=raised or line.raised)


def _follows(above: Line, below: Line) -> bool:
    return below.y < above.y - 0.2 * above.size and _overlap(above, below)


def _between(above: Line, below: Line, lines: Sequence[Line]) -> bool:
    """Does another line stand between two that are drawn one after the other?"""
    if above.y - below.y < 1.8 * above.size:
        return False
    return any(
        below.y + below.size < one.y + 0.5 * one.size < above.y and _overlap(one, below) for one in lines
    )


def _overlap(one: Line, other: Line) -> bool:
    shared = min(one.right, other.right) - max(one.left, other.left)
    return shared > 0.1 * min(one.width, other.width)


def _from_above(blocks: list[list[Line]]) -> list[list[Line]]:
    """Blocks as they are drawn, but none before one that stands above it in the same column."""
    if len(blocks) > _MOST:
        return blocks
    boxes = [_box(block) for block in blocks]
    waits = [
        {
            other
            for other, above in enumerate(boxes)
            if other != at and above.y >= box.y + box.size - 2 and _overlap(above, box)
        }
        for at, box in enumerate(boxes)
    ]
    left, found = list(range(len(blocks))), []
    done: set[int] = set()
    while left:
        at = next((one for one in left if waits[one] <= done), left[0])
        left.remove(at)
        done.add(at)
        found.append(blocks[at])
    return found


def _box(block: list[Line]) -> Line:
    """The room that a block takes, as one line of its height."""
    low = min(line.y for line in block)
    high = max(line.y + line.size for line in block)
    return Line("", low, high - low, min(line.left for line in block), max(line.right for line in block))


# --- columns ---------------------------------------------------------------------------------------------


def _bands(lines: list[Line], width: float) -> list[tuple[list[Line], Sequence[Line]]]:
    """Stretches of a page in columns that are drawn row by row, or right before left: their lines as drawn,
    and their parts as they are read.
    """
    starts = [part.left for line in lines for part in (line.parts or (line,)) if 0.15 * width < part.left]
    if len(starts) < 4:
        return []
    gutters = sorted({round(start) for start in starts}, key=lambda at: -sum(abs(x - at) < 3 for x in starts))
    found: list[tuple[list[Line], Sequence[Line]]] = []
    free = list(lines)
    for start in gutters[:6]:
        for band in _clear(free, start - 2.0):
            ordered = _columns(band, start - 2.0)
            if ordered:
                found.append((band, ordered))
                inside = {id(line) for line in band}
                free = [line for line in free if id(line) not in inside]
    return found


def _clear(lines: list[Line], gutter: float) -> list[list[Line]]:
    """Maximal stretches of rows in which nothing crosses the gutter, as lines in the order drawn."""
    found: list[list[Line]] = []
    rows = rows_of(lines)
    for clear, group in groupby(
        rows, key=lambda row: all(_side(part, gutter) for line in row for part in _parts(line))
    ):
        if not clear:
            continue
        stretch = list(group)
        both = [n for n, row in enumerate(stretch) if len({_side(p, gutter) for p in _flat(row)}) == 2]
        if len(both) < 4:
            continue
        first, last = both[0], both[-1]
        gaps = [above[0].y - below[0].y for above, below in pairwise(stretch[first : last + 1])]
        usual = median(gaps)
        while last + 1 < len(stretch) and stretch[last][0].y - stretch[last + 1][0].y < 1.5 * usual:
            last += 1
        inside = {id(line) for row in stretch[first : last + 1] for line in row}
        found.append([line for line in lines if id(line) in inside])
    return found


def _columns(band: list[Line], gutter: float) -> Sequence[Line]:
    """The parts of a stretch as they are read; empty where the order drawn is to stay."""
    parts = _flat(band)
    sides = [_side(part, gutter) for part in parts]
    left = [part for part, side in zip(parts, sides, strict=True) if side == "left"]
    right = [part for part, side in zip(parts, sides, strict=True) if side == "right"]
    if min(len(left), len(right)) < 4 or min(map(_usual, (left, right))) < 18:
        return ()
    runs = [(side, len(list(group))) for side, group in groupby(sides)]
    if len(runs) == 2 and runs[0][0] == "right":
        return [*left, *right]
    long = sum(size for _, size in runs if size > 1)
    turns = sum(side == "left" for side, _ in runs[1:])
    if turns < 3 or long > 0.5 * len(parts):
        return ()
    cells = _cells(parts, gutter)
    if cells:
        return [part for row in cells for part in row]
    left.sort(key=lambda part: -part.y)
    right.sort(key=lambda part: -part.y)
    if _is_table(left) and _is_table(right):
        return ()
    inner = _bands(right, max(part.right for part in right))
    return [*left, *(inner[0][1] if inner and len(inner[0][0]) == len(right) else right)]


def _usual(column: list[Line]) -> float:
    return median(len(part.text) for part in column)


def _is_table(column: list[Line]) -> bool:
    """Does hardly a line go on in small letters, as those of running text do?"""
    return sum(part.text[:1].islower() for part in column) < 0.15 * len(column)


def _cells(parts: list[Line], gutter: float) -> list[list[Line]]:
    """The rows of a table, each cell's lines together: where all columns have their gaps at one height."""
    rows = rows_of(parts)
    gaps = [above[0].y - below[0].y for above, below in pairwise(rows)]
    wide = 1.25 * sorted(gaps)[len(gaps) // 4]
    groups: list[list[Line]] = [list(rows[0])]
    for gap, row in zip(gaps, rows[1:], strict=True):
        if gap > wide and len({_side(part, gutter) for part in row}) == 2:
            groups.append([])
        groups[-1] += row
    if len(groups) < 3 or max(map(len, groups)) > 0.6 * len(parts):
        return []
    return [
        sorted(group, key=lambda part: (_side(part, gutter) == "right", -part.y, part.left))
        for group in groups
    ]


def rows_of(lines: Iterable[Line]) -> list[list[Line]]:
    """Lines that stand at one height, from above."""
    found: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: -line.y):
        if found and abs(found[-1][0].y - line.y) < 0.35 * max(found[-1][0].size, line.size):
            found[-1].append(line)
        else:
            found.append([line])
    return found


def _parts(line: Line) -> tuple[Line, ...]:
    return line.parts or (line,)


def _flat(lines: Sequence[Line]) -> list[Line]:
    return [part for line in lines for part in _parts(line)]


def _side(part: Line, gutter: float) -> str:
    """ "left" or "right" of the gutter; "" for what crosses it."""
    return "left" if part.right <= gutter + 2 else "right" if part.left >= gutter - 2 else ""
