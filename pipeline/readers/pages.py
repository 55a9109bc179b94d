"""The pages of a PDF -> their lines in reading order, without what belongs to the page and not to the text.

PDFium gives lines in the order in which the file draws them, which is mostly the order of reading. A file
that draws row by row across its columns is put in order by the place of its lines.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

import pypdfium2

_NUMBER = re.compile(
    r"(?:page\s*|p\.\s*)?(?:\d{1,4}|[ivxlc]{1,6})(?:\s*(?:/|of)\s*\d{1,4})?|[-\u2013—|\s\d]+", re.IGNORECASE
)
_MARK = re.compile(r"(?<=[^\W\d_])[.,;:)”\u2019\"']*\s?(\d{1,3}(?:[,\u2013-]\d{1,3})*)(?=[\s.,;:)]|$)")
_NOTE = re.compile(r"(?:\d{1,3}|[*†‡§])\.?\s*[^\W\d_]")
_SYMBOLS = re.compile(r"(?<=[^\W\d_])[†‡§]+|(?<=[^\W\d_][.,;:])[*†‡§]+")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of print, in points from the page's lower left corner; `top` is None where its place is unknown.

    `height` is that of its first letter. `parts`: its stretches, where wide gaps divide it as columns do.
    """

    text: str
    top: float | None
    height: float = 0.0
    left: float = 0.0
    right: float = 0.0
    parts: tuple[Line, ...] = ()


def lines_of(pdf: pypdfium2.PdfDocument, at: int) -> list[Line]:
    """The lines of page `at` in reading order."""
    page = pdf[at]
    try:
        words = page.get_textpage()
        try:
            return in_reading_order(list(_printed(words)), page.get_width())
        finally:
            words.close()
    finally:
        page.close()


def _printed(words: pypdfium2.PdfTextPage) -> Iterator[Line]:
    """The lines as PDFium orders them, each with its place."""
    text = words.get_text_range()
    aligned = len(text) == words.count_chars()
    at = 0
    for raw in text.split("\n"):
        line = raw.rstrip("\r")
        if line.strip():
            yield _line(words, line, at) if aligned else Line(line.strip(), None)
        at += len(raw) + 1


def _line(words: pypdfium2.PdfTextPage, text: str, at: int) -> Line:
    """A line with its place; `at` is the index of its first character in the page's text."""
    first = at + len(text) - len(text.lstrip())
    left, bottom, _, top = words.get_charbox(first, loose=True)
    height = top - bottom
    cuts = [
        found.start()
        for found in re.finditer(r"(?<=\S)\s+(?=\S)", text)
        if _gap(words, at + found.start(), at + found.end()) > max(10.0, 1.2 * height)
    ]
    right = words.get_charbox(at + len(text.rstrip()) - 1, loose=True)[2]
    shown = _unmarked(words, text, at, height)
    line = Line(shown.strip(), bottom, height, left, right)
    if not cuts or not shown.strip():
        return line
    bounds = [0, *cuts, len(text)]
    parts = tuple(
        _line(words, text[start:end], at + start)
        for start, end in pairwise(bounds)
        if text[start:end].strip()
    )
    return replace(line, parts=parts)


def _gap(words: pypdfium2.PdfTextPage, end: int, start: int) -> float:
    """The room between two words, in points."""
    return float(words.get_charbox(start, loose=True)[0] - words.get_charbox(end - 1, loose=True)[2])


def _unmarked(words: pypdfium2.PdfTextPage, text: str, at: int, height: float) -> str:
    """Without the marks of footnotes: symbols, and digits glued to a word in smaller print."""
    for found in reversed(list(_MARK.finditer(text))):
        _, bottom, _, top = words.get_charbox(at + found.start(1), loose=True)
        if top - bottom < 0.8 * height:
            text = text[: found.start(1)].rstrip() + text[found.end(1) :]
    return _SYMBOLS.sub("", text)


def in_reading_order(lines: list[Line], width: float) -> list[Line]:
    """Left column before right where a page drawn row by row has two; else as they come."""
    parts = [part for line in lines for part in (line.parts or (line,))]
    gutter = _gutter(parts, width)
    if gutter is None or any(line.top is None for line in lines):
        return lines
    sides = [_side(part, gutter) for part in parts]
    turns = sum(before == "right" and after == "left" for before, after in pairwise(sides))
    if turns < 3:  # the file draws column by column itself
        return lines
    ordered: list[Line] = []
    band: dict[str, list[Line]] = {"left": [], "right": []}
    for part in sorted(parts, key=lambda part: -(part.top or 0.0)):
        side = _side(part, gutter)
        if side == "both":
            ordered += [*band["left"], *band["right"], part]
            band = {"left": [], "right": []}
        else:
            band[side].append(part)
    return [*ordered, *band["left"], *band["right"]]


def _gutter(parts: Sequence[Line], width: float) -> float | None:
    """Where a page's two columns of prose part, or None."""
    starts = sorted({round(part.left) for part in parts if 0.35 * width < part.left < 0.65 * width})
    for start in starts:
        at = start - 2.0
        sides: dict[str, list[int]] = {"left": [], "right": [], "both": []}
        for part in parts:
            sides[_side(part, at)].append(len(part.text))
        left, right = sides["left"], sides["right"]
        prose = min(len(left), len(right)) >= 4 and min(median(left), median(right)) >= 18
        if prose and len(sides["both"]) <= 0.25 * len(parts):
            return at
    return None


def _side(part: Line, gutter: float) -> str:
    return "left" if part.right <= gutter + 2 else "right" if part.left >= gutter - 2 else "both"


def without_running_lines(pages: list[list[Line]]) -> list[list[Line]]:
    """Take out page numbers, and heads and feet that stand on at least half of the pages."""

    def edges(page: list[Line]) -> list[Line]:
        return page if len(page) <= 4 else [*page[:2], *page[-2:]]

    seen = Counter(key for page in pages for key in {_key(line) for line in edges(page)})
    limit = max(3, len(pages) / 2)

    def runs(line: Line) -> bool:
        return (seen[_key(line)] >= limit and len(line.text) < 120) or bool(_NUMBER.fullmatch(line.text))

    kept = []
    for page in pages:
        running = {id(line) for line in edges(page) if runs(line)}
        kept.append([line for line in page if id(line) not in running])
    return kept


def without_notes(pages: list[list[Line]]) -> list[list[Line]]:
    """Take out footnotes: smaller print at a page's foot that begins with a number or a sign."""
    heights = [line.height for page in pages for line in page if line.height and len(line.text) > 40]
    body = median(heights) if heights else 0.0
    return [page[: _notes_from(page, body)] for page in pages]


def _notes_from(page: list[Line], body: float) -> int:
    start = end = len(page)
    while end > 1 and 0 < page[end - 1].height < 0.9 * body:
        end -= 1
        if _NOTE.match(page[end].text):
            start = end
    return start


def _key(line: Line) -> str:
    return re.sub(r"\d+", "#", line.text).casefold()
