"""The pages of a PDF -> their lines of print, each with its place on the page as a reader sees it.

PDFium gives the letters of a page in the order in which the file draws them, parted into lines. What stands
here measures these lines: where they stand, how large and how bold most of their letters are, and where wide
gaps divide them as columns and cells do. A page that is turned, and print that stands sideways on its page,
is turned upright first. A line counts as large as most of its letters, not as its first: numbers of
paragraphs and bullets are often in a print of their own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from ctypes import byref, c_int, c_ushort, create_string_buffer
from dataclasses import dataclass, replace
from itertools import pairwise
from math import degrees
from typing import Any

import pypdfium2
from pypdfium2 import raw

Box = tuple[float, float, float, float]
"""Left, bottom, right, top, in points from the lower left corner of the page as it is shown."""

_WORD = re.compile(r"\S+")
_MARK = re.compile(r"(?<=[^\W\d_])[.,;:)”\u2019\"']*\s?(\d{1,3}(?:[,\u2013-]\d{1,3})*)(?=[\s.,;:)]|$)")
_SYMBOLS = re.compile(r"(?<=[^\W\d_])[†‡§]+|(?<=[^\W\d_][.,;:])[*†‡§]+|(?<=[^\W\d_])\*(?=\s|$)")
_UNIT = re.compile(r"(?:^|[^\w])(?:k|c|m|d)?m$")
_LETTERS = re.compile(r"[^\W_]")
_FIELDS = (raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of print. `y` is the lower edge of its letters, in points from the page's foot.

    `size`: the height of most of its letters. `marks`: the numbers and signs of footnotes that were taken
    from it; `raised`: it begins with such a number. `aslant`: it stands otherwise than most of its page.
    `parts`: its stretches, where wide gaps divide it as columns do.
    """

    text: str
    y: float
    size: float
    left: float
    right: float
    bold: bool = False
    raised: bool = False
    aslant: bool = False
    marks: tuple[str, ...] = ()
    parts: tuple[Line, ...] = ()

    @property
    def width(self) -> float:
        """From its first letter to its last, in points."""
        return self.right - self.left


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it is shown. `pictures`: it holds images."""

    lines: tuple[Line, ...]
    width: float
    height: float
    pictures: bool = False


def page_of(pdf: pypdfium2.PdfDocument, at: int) -> Page:
    """Page `at` with its lines in the order in which they are drawn, and what is filled into its fields."""
    page = pdf[at]
    try:
        words = page.get_textpage()
        try:
            return _Measured(page, words).page(_filled(pdf, page))
        finally:
            words.close()
    finally:
        page.close()


def body_size(pages: Iterable[Page]) -> float:
    """The size that most letters of a file are printed in; 0 where there are none."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            sizes[round(2 * line.size) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


class _Measured:
    """A page under measurement. `turn`: by how many quarters it is turned clockwise to stand upright."""

    def __init__(self, page: pypdfium2.PdfPage, words: pypdfium2.PdfTextPage) -> None:
        self._page, self._words = page, words
        self._text = _text(words)
        self._starts = [at for at, _ in _raw_lines(self._text)]
        self._angles = {at: self._angle(at) for at in self._starts}
        count: Counter[int] = Counter()
        for at, line in _raw_lines(self._text):
            count[self._angles[at]] += len(line.strip())
        self._main = next((angle for angle, _ in count.most_common() if angle % 90 == 0), 0)
        # PDFium measures on the sheet: how that is turned to be shown says less than how its print runs
        self._turn = -self._main // 90 % 4
        self._frame = page.get_bbox()

    def page(self, filled: list[tuple[str, Box]]) -> Page:
        lines = [line for at, text in _raw_lines(self._text) if (line := self._line(at, text)).text]
        typical = sorted(line.size for line in lines)[len(lines) // 2] if lines else 11.0
        for text, box in filled:
            x, y, end, above = self._upright(box)
            level = y if above - y < 2 * typical else above - typical
            beside = [
                n for n, line in enumerate(lines) if abs(line.y - level) < 0.8 * typical and line.left < x
            ]
            lines.insert(beside[-1] + 1 if beside else len(lines), Line(text, level, typical, x, end))
        left, bottom, right, top = self._upright(self._frame)
        pictures = any(True for _ in self._page.get_objects((raw.FPDF_PAGEOBJ_IMAGE,), max_depth=2))
        return Page(tuple(lines), right - left, top - bottom, pictures)

    def _angle(self, at: int) -> int:
        """In which direction a line runs on the sheet: 0, 90, 180, 270, or 45 for anything between."""
        radians = raw.FPDFText_GetCharAngle(self._words, at)
        found = round(degrees(radians)) % 360 if radians >= 0 else 0
        near = round(found / 90) * 90
        return near % 360 if abs(found - near) <= 3 else 45

    def _upright(self, box: Box) -> Box:
        left, bottom, right, top = box
        x0, y0, x1, y1 = self._frame
        if self._turn == 1:
            return bottom - y0, x1 - right, top - y0, x1 - left
        if self._turn == 2:
            return x1 - right, y1 - top, x1 - left, y1 - bottom
        if self._turn == 3:
            return y1 - top, left - x0, y1 - bottom, right - x0
        return left - x0, bottom - y0, right - x0, top - y0

    def _box(self, at: int) -> Box:
        try:
            return self._upright(self._words.get_charbox(at, loose=True))
        except pypdfium2.PdfiumError:
            return (0.0, 0.0, 0.0, 0.0)

    def _line(self, at: int, text: str) -> Line:
        """The line that begins with character `at` of the page; its text is empty where nothing is left."""
        aslant = self._angles.get(at, 0) != self._main
        words = [(found, self._box(at + found.start())) for found in _WORD.finditer(text)]
        ends = [self._box(at + found.end() - 1)[2] for found, _ in words]
        size = _usual([(box[3] - box[1], len(_LETTERS.findall(found[0]))) for found, box in words])
        level = _usual([(box[1], len(found[0])) for found, box in words if _alike(box[3] - box[1], size)])
        shown, marks = self._unmarked(at, text, size, level)
        first = words[0][1]
        raised = (
            words[0][0][0][0] in "0123456789*†‡§"
            and len(words) > 1
            and first[3] - first[1] < 0.85 * size
            and first[1] > level + 0.1 * size
        )
        middle = words[len(words) // 2][0]
        line = Line(
            _whole(shown).strip(),
            level,
            size,
            first[0],
            max(ends[-1], first[0]),
            self._bold(at + middle.start()) and self._bold(at + words[-1][0].start()),
            raised,
            aslant,
            marks,
        )
        cuts = [
            (words[n][0].start(), words[n][0].end(), words[n + 1][0].start())
            for n in range(len(words) - 1)
            if words[n + 1][1][0] - ends[n] > max(10.0, 1.2 * size)
        ]
        if not cuts or not line.text:
            return line
        bounds = [0, *(start for _, _, start in cuts), len(text)]
        parts = (self._line(at + start, text[start:end]) for start, end in pairwise(bounds))
        return replace(line, parts=tuple(part for part in parts if part.text))

    def _unmarked(self, at: int, text: str, size: float, level: float) -> tuple[str, tuple[str, ...]]:
        """Without the marks of footnotes: signs, and digits glued to a word in smaller print above its
        level.
        """
        marks: list[str] = []
        for found in reversed(list(_MARK.finditer(text))):
            box = self._box(at + found.start(1))
            share, rise = (box[3] - box[1]) / (size or 1.0), (box[1] - level) / (size or 1.0)
            small = (share < 0.8 and rise > -0.02) or (share < 0.92 and rise > 0.15)
            if small and not _UNIT.search(text[: found.start(1)]):
                marks += re.split(r"\D", found[1])
                text = text[: found.start(1)].rstrip() + text[found.end(1) :]
        marks += ["".join(_SYMBOLS.findall(text))] if _SYMBOLS.search(text) else []
        return _SYMBOLS.sub("", text), tuple(marks)

    def _bold(self, at: int) -> bool:
        name, flags = create_string_buffer(128), c_int()
        size = raw.FPDFText_GetFontInfo(self._words, at, name, 128, byref(flags))
        said = name.raw[: max(0, min(size, 128) - 1)].lower()
        return any(word in said for word in (b"bold", b"black", b"heavy", b"semibold"))


def _alike(one: float, other: float) -> bool:
    return abs(one - other) <= 0.1 * max(one, other)


def _usual(weighed: list[tuple[float, int]]) -> float:
    """The median, by weight; of all alike where nothing weighs."""
    if not any(weight for _, weight in weighed):
        weighed = [(value, 1) for value, _ in weighed]
    half, seen = sum(weight for _, weight in weighed) / 2, 0
    for value, weight in sorted(weighed):
        seen += weight
        if seen >= half:
            return value
    return 0.0


def _text(words: pypdfium2.PdfTextPage) -> str:
    """The page's letters, one for each of PDFium's, so that their numbers tell their places."""
    text: str = words.get_text_range()
    count = words.count_chars()
    if len(text) != count:
        codes = (raw.FPDFText_GetUnicode(words, at) for at in range(count))
        text = "".join(chr(code) if 0 < code < 0x110000 else "\ufffd" for code in codes)
    return text


def _raw_lines(text: str) -> Iterator[tuple[int, str]]:
    """Each line that holds anything, with the number of its first letter.

    Where a line ends in a hyphen PDFium puts a sign of its own for it and goes on with the next.
    """
    for found in re.finditer(
        r"[^\r\n\ufffe\x02]*[^\s\ufffe\x02][^\r\n\ufffe\x02]*(?:[\ufffe\x02](?=\w))?", text
    ):
        start = found.start() + len(found[0]) - len(found[0].lstrip())
        yield start, text[start : found.end()].rstrip()


def _whole(text: str) -> str:
    """Letters that UTF-16 writes in two halves as one."""
    if not any("\ud800" <= letter <= "\udfff" for letter in text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _filled(pdf: pypdfium2.PdfDocument, page: pypdfium2.PdfPage) -> list[tuple[str, Box]]:
    """What people have filled into the fields of a form, and text boxes laid over the page: no comments."""
    found = []
    for at in range(raw.FPDFPage_GetAnnotCount(page)):
        note = raw.FPDFPage_GetAnnot(page, at)
        if not note:
            continue
        try:
            if text := _said(pdf, note):
                box = raw.FS_RECTF()
                raw.FPDFAnnot_GetRect(note, byref(box))
                low, high = sorted((box.bottom, box.top))
                found.append((text, (box.left, low, box.right, high)))
        finally:
            raw.FPDFPage_CloseAnnot(note)
    return found


def _said(pdf: pypdfium2.PdfDocument, note: Any) -> str:
    kind = raw.FPDFAnnot_GetSubtype(note)
    if kind == raw.FPDF_ANNOT_FREETEXT:
        return _long(lambda room, size: raw.FPDFAnnot_GetStringValue(note, b"Contents", room, size))
    form = pdf.formenv
    if kind != raw.FPDF_ANNOT_WIDGET or not form or raw.FPDFAnnot_GetFormFieldType(form, note) not in _FIELDS:
        return ""
    return _long(lambda room, size: raw.FPDFAnnot_GetFormFieldValue(form, note, room, size))


def _long(ask: Callable[[Any, int], int]) -> str:
    """A text of PDFium's, which tells its length in bytes first."""
    size = ask(None, 0)
    if not 2 < size < 1_000_000:
        return ""
    room = (c_ushort * (size // 2 + 1))()
    ask(room, size)
    return " ".join(bytes(room)[: size - 2].decode("utf-16-le", "replace").split())
