"""The parts of a file of Word -> its paragraphs, as they would be printed with all changes accepted.

The library's own paragraphs leave out what is inserted as a change, in a control or in a text box: the parts
are walked here, by the names of their elements alone, which are the same in both editions of the standard.
Heads, feet, footnotes and comments are parts of their own and stay out; so do deleted and hidden words and
the list of contents. A table is read row by row, cell by cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.readers import normal

_SKIPPED = frozenset({
    "del", "moveFrom", "pPr", "rPr", "tblPr", "tblGrid", "tblPrEx", "trPr", "tcPr", "sectPr", "sdtPr",
    "sdtEndPr", "instrText", "delText", "delInstrText", "fldData", "rt", "posOffset", "sizeRelH", "sizeRelV",
    "pctWidth", "pctHeight",
})  # fmt: skip
"""Elements that hold no words of the text."""
_CONTENTS = re.compile(r"(?:toc|table of figures|table of authorities|index)\b.*", re.IGNORECASE)
_LEADERS = re.compile(r".*(?:\.{4,}|…{2,}|(?:\. ){4,})\s*\d{1,3}")
_MARK = re.compile(r"[\d*†‡§,\u2013-]{1,7}")
_ROW = 60
"""A row of cells that have at most so many characters each is one paragraph."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph with the name of its style and the size of its print, in half points; 0 where it says
    none."""

    text: str
    style: str = ""
    size: int = 0
    bold: bool = False
    page: int = 0


class Walker:
    """Goes through the parts of a document's main part in order."""

    def __init__(self, root: Any, styles: dict[str, str]) -> None:
        self._root, self._styles = root, styles
        self._page = 0
        self._held = ""  # the words of paragraphs whose end was deleted: they go on in the next

    def paragraphs(self) -> Iterator[Paragraph]:
        """Every paragraph that would be printed."""
        yield from self._blocks(self._root)

    def _blocks(self, parent: Any) -> Iterator[Paragraph]:
        for element in parent:
            name = name_of(element)
            if name in _SKIPPED or (name == "sdt" and _is_contents(element)):
                continue
            if name == "p":
                yield from self._paragraph(element)
            elif name == "tbl":
                for row in element.iter():
                    if name_of(row) == "tr" and _nearest(row, "tbl") is element:
                        yield from self._row(row)
            elif name == "AlternateContent":
                yield from self._blocks(_chosen(element))
            elif name:
                yield from self._blocks(element)

    def _row(self, row: Any) -> Iterator[Paragraph]:
        if child(child(row, "trPr"), "del") is not None:
            return
        cells = [
            [one for one in self._blocks(cell) if one.text]
            for cell in row.iter()
            if name_of(cell) == "tc" and _nearest(cell, "tr") is row
        ]
        filled = [cell for cell in cells if cell]
        if filled and all(len(cell) == 1 and len(cell[0].text) <= _ROW for cell in filled):
            first = filled[0][0]
            text = " ".join(cell[0].text for cell in filled)
            yield Paragraph(text, first.style, first.size, first.bold, first.page)
        else:
            for cell in filled:
                yield from cell

    def _paragraph(self, element: Any) -> Iterator[Paragraph]:
        properties = child(element, "pPr")
        style = self._styles.get(value(child(properties, "pStyle"), "val"), "")
        runs: list[tuple[str, Any]] = []
        boxes: list[Any] = []
        page = self._page + (1 if _is_on(properties, "pageBreakBefore") else 0)
        self._page = page
        for inner in element:
            self._words(inner, runs, boxes)
        text = " ".join(f"{self._held}{''.join(words for words, _ in runs)}".split(" ")).strip()
        self._held = ""
        if child(child(properties, "rPr"), "del") is not None:
            self._held = f"{text} " if text else ""
        elif not (_CONTENTS.fullmatch(style) or _LEADERS.fullmatch(text)):
            letters = [(run, len(words)) for words, run in runs if words.strip()]
            sizes = [int(size) for run, _ in letters if (size := value(child(run, "sz"), "val")).isdigit()]
            bold = bool(letters) and all(_is_on(run, "b") for run, _ in letters)
            yield Paragraph(normal.line(text), style, max(sizes, default=0), bold, page)
        for box in boxes:
            yield from self._blocks(box)
        if child(properties, "sectPr") is not None:
            self._page += 1

    def _words(self, element: Any, runs: list[tuple[str, Any]], boxes: list[Any]) -> None:
        """Adds the words of what stands in a paragraph, each with the properties of its run."""
        name = name_of(element)
        if name in _SKIPPED:
            return
        if name == "AlternateContent":
            for inner in _chosen(element):
                self._words(inner, runs, boxes)
        elif name == "txbxContent":
            boxes.append(element)
        elif name == "r":
            properties = child(element, "rPr")
            if _is_on(properties, "vanish") or _is_on(properties, "webHidden"):
                return
            before = len(runs)
            for inner in element:
                self._letters(inner, properties, runs, boxes)
            said = "".join(words for words, _ in runs[before:])
            raised = value(child(properties, "vertAlign"), "val") == "superscript"
            if (
                raised
                and _MARK.fullmatch(said.strip())
                and runs[:before]
                and runs[before - 1][0][-1:].isalpha()
            ):
                del runs[before:]
        else:
            for inner in element:
                self._words(inner, runs, boxes)

    def _letters(self, element: Any, properties: Any, runs: list[tuple[str, Any]], boxes: list[Any]) -> None:
        name = name_of(element)
        if name == "t":
            # what stands in the place of an entity is none of its words
            runs.append(((element.text or "") + "".join(one.tail or "" for one in element), properties))
        elif name in ("tab", "cr", "ptab"):
            runs.append(("\t", properties))
        elif name in ("br", "lastRenderedPageBreak"):
            self._page += name == "lastRenderedPageBreak" or value(element, "type") == "page"
            runs += [(" ", properties)] if name == "br" else []
        elif name == "noBreakHyphen":
            runs.append(("-", properties))
        else:
            self._words(element, runs, boxes)


def name_of(element: Any) -> str:
    """An element's name without its namespace, which differs between editions of the standard."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def child(element: Any, name: str) -> Any:
    """Its first child of that name, or None."""
    return None if element is None else next((one for one in element if name_of(one) == name), None)


def value(element: Any, name: str) -> str:
    """Its attribute of that name, or ""."""
    if element is None:
        return ""
    return next((str(value) for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def _is_on(properties: Any, name: str) -> bool:
    found = child(properties, name)
    return found is not None and value(found, "val") not in ("0", "false", "off", "none")


def _nearest(element: Any, name: str) -> Any:
    return next((one for one in element.iterancestors() if name_of(one) == name), None)


def _chosen(element: Any) -> Any:
    """Of the ways in which one thing is written for newer and older programs, the first with words."""
    ways: Iterable[Any] = [one for one in element if name_of(one) in ("Choice", "Fallback")]
    return next((way for way in ways if any(name_of(one) == "t" for one in way.iter())), [])


def _is_contents(element: Any) -> bool:
    """Is it a control that holds a list of contents?"""
    gallery = child(child(child(element, "sdtPr"), "docPartObj"), "docPartGallery")
    return "table of contents" in value(gallery, "val").lower()
