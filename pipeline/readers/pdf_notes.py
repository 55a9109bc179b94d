"""Footnotes at the foot of a PDF's pages.

A footnote is smaller print at the foot of a page whose number or sign stands in the text above, or is raised
before its own words. Smaller print without either is text, as tables are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from pipeline.readers.pdf_lines import Line, Page, body_size

_NOTE = re.compile(r"[\[(]?(\d{1,3}|[*†‡§]{1,3})[\])]?\.?\s*(?=[^\W\d_]|[“‘\"'(])")
_ENDS = re.compile(r"[.?!:;…][”\u2019\"')\]]*$")
_SMALL = 0.92
"""Smaller print is of less than this share of the text's size."""


def without_notes(pages: Sequence[Page]) -> list[Page]:
    """The pages without footnotes; a note that goes on at the foot of the next page is one there, too."""
    body = body_size(pages)
    kept, open_note = [], False
    for page in pages:
        notes = _notes(page, body, open_note)
        kept.append(replace(page, lines=tuple(line for line in page.lines if id(line) not in notes)))
        last = [line for line in page.lines if id(line) in notes]
        open_note = bool(last) and not _ENDS.search(min(last, key=lambda line: line.y).text)
    return kept


def _notes(page: Page, body: float, open_note: bool) -> set[int]:
    told = {mark for line in page.lines for mark in line.marks} | {
        found
        for line in page.lines
        if line.size >= _SMALL * body
        for found in re.findall(r"\[(\d{1,3})\]", line.text)
    }
    notes: set[int] = set()
    for line in sorted(page.lines, key=lambda line: -line.y):
        if id(line) in notes or not (found := _NOTE.match(line.text)):
            continue
        below = _below(page, line)
        if all(one.size < _SMALL * body for one in below) and _is_note(line, found[1], below, told):
            notes |= {id(one) for one in below}
    small = sorted((line for line in page.lines if id(line) not in notes), key=lambda line: line.y)
    if open_note:
        notes |= _going_on(small, notes, page, body)
    return notes


def _below(page: Page, line: Line) -> list[Line]:
    """The line and all that stands below it in its column."""
    level = line.y + 0.3 * line.size
    return sorted(
        (
            one
            for one in page.lines
            if one.y < level
            and one.right > line.left - 2
            and (one.left < line.right or one.left < line.left + 40)
        ),
        key=lambda one: -one.y,
    )


def _is_note(line: Line, mark: str, below: Sequence[Line], told: set[str]) -> bool:
    """Does the text above call for it, or is its number raised; and do further numbers follow in order?"""
    if not (line.raised or mark in told):
        return False
    numbers = [int(found[1]) for one in below if (found := _NOTE.match(one.text)) and found[1].isdigit()]
    called = [str(number) in told for number in numbers] + [one.raised for one in below if one.raised]
    rising = all(one < other for one, other in pairwise(numbers))
    return not numbers or (rising and sum(called) >= 0.5 * len(numbers)) or (line.raised and rising)


def _going_on(small: Sequence[Line], notes: set[int], page: Page, body: float) -> set[int]:
    """The lines at the very foot, or right above the page's notes, that finish the note of the page
    before.
    """
    found: set[int] = set()
    lowest = [line for line in page.lines if id(line) in notes]
    edge = max((line.y + line.size for line in lowest), default=None)
    for line in small:
        near = edge is None or line.y - edge < line.size
        if not (line.size < _SMALL * body and near and line.y < 0.3 * page.height) or len(found) > 12:
            break
        found.add(id(line))
        edge = line.y + line.size
    return found if len(found) <= 6 else set()
