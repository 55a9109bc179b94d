"""Lines in reading order -> paragraphs, without the list of contents.

A gap, a bullet, a number, another size of print or a short last line ends a paragraph. The end of a page or
of a column does not where the sentence runs on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from pipeline.readers import normal
from pipeline.readers.pdf_lines import Line

_HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u00ad\u2010\ufffe\x02]$")
_ENDS = re.compile(r"[.?!:;…][”\u2019\"')\]]*$")
_BULLET = re.compile(r"\s*(?:[•◦▪‣●○■□➢➤∙·\uf000-\uf0ff]|(?:o|[§Øüv¡¾→✓✔\uf0b7])\s+(?=\S))\s*")
"""Bullets, and the letters that Word's fonts of signs (Courier's o, Wingdings) have in their place."""
_DASH = re.compile(r"\s*[-\u2013\u2014]\s+(?=\S)")
_NUMBERED = re.compile(
    r"(?:(?:\d{1,2}\.)+\d{0,2}\.?|\d{1,2}[.)]|\(?(?:[a-z]|[ivx]{1,5})[.)]|\((?:\d{1,2}|[a-z]|[ivx]{1,5})\)|"
    r"\d{1,2}(?:\.\d{1,2})+)\s+(?=\S)"
)
_CLAUSE_ENDS = re.compile(r"(?:[.?!:;,…][”\u2019\"')\]]*|\b(?:and|or))$")
_LEADERS = re.compile(r"(?:\.\s?){4,}|…{2,}|(?:…\s){2,}|(?:·\s?){5,}|_{5,}")
_PAGED = re.compile(r"^(?P<entry>.*\S)[\s.…·_]+(?P<page>\d{1,3}|[ivxlc]{1,5})$", re.IGNORECASE)
_CONTENTS = re.compile(
    r"(?:table of |list of )?contents(?: page)?|(?:list of )?(?:tables|figures|appendices|annexes)|index|"
    r"(?:in this|what(?:'|\u2019)s in this) (?:document|report|section|policy|issue)|"
    r"inhalt(?:sverzeichnis)?|sommaire",
    re.IGNORECASE,
)


def paragraphs(pages: Sequence[Sequence[Line]]) -> list[str]:
    """The paragraphs of pages whose lines stand in reading order."""
    lines = [line for page in pages for line in page]
    if not lines:
        return []
    width = median([line.width for line in lines if len(line.text) > 20] or [300.0])
    pitch = _pitch(pages)
    found: list[str] = []
    previous: Line | None = None
    for line in lines:
        if previous is None or _breaks(previous, line, width, pitch):
            found.append(line.text)
        elif _HYPHEN.search(found[-1]):
            found[-1] = f"{_HYPHEN.sub('-', found[-1])}\n{line.text}"
        else:
            found[-1] += f" {line.text}"
        previous = line
    # whether a hyphen at a line's end is the word's own is told by how the rest of the file writes it
    text = normal.unbroken("\n\n".join(found))
    return normal.paragraphs(_unbulleted(part) for part in text.split("\n\n"))


def _unbulleted(text: str) -> str:
    bare = _BULLET.sub("", text, count=1) if _BULLET.match(text) else text
    return _DASH.sub("", bare, count=1) if _DASH.match(bare) else bare


def _pitch(pages: Sequence[Sequence[Line]]) -> float:
    """How far lines of running text stand from one another, in sizes of their print."""
    steps = [
        (above.y - below.y) / above.size
        for page in pages
        for above, below in pairwise(page)
        if above.size
        and abs(above.size - below.size) < 0.1 * above.size
        and 0 < above.y - below.y < 4 * above.size
    ]
    return median(steps) if steps else 0.0


def _breaks(above: Line, below: Line, width: float, pitch: float) -> bool:
    if _BULLET.match(below.text):
        return True
    ended, gap = bool(_ENDS.search(above.text)), above.y - below.y
    going_on = below.text[:1].islower() and not ended
    same = _alike(above, below)
    if _DASH.match(below.text) and (
        _CLAUSE_ENDS.search(above.text) or below.left > above.left + 3 or _DASH.match(above.text)
    ):
        return True
    if not same and not (going_on and above.width > 0.75 * width and _close(above, below)):
        return True
    if above.bold != below.bold and above.width < 0.8 * width and not going_on:
        return True
    wide = bool(pitch) and gap > max(1.3 * pitch, pitch + 0.25) * above.size
    if gap > 0 and wide:
        return True
    if _NUMBERED.match(below.text) and (
        _CLAUSE_ENDS.search(above.text) or below.left < above.left - 4 or _NUMBERED.match(above.text)
        or above.width < 0.8 * width
    ):  # fmt: skip
        return True
    if gap <= 0:  # the next column, cell or page: a sentence may run on
        return ended or (above.width < 0.6 * width and not going_on)
    return ended and above.width < 0.75 * width


def _alike(above: Line, below: Line) -> bool:
    return abs(above.size - below.size) <= 0.15 * above.size


def _close(above: Line, below: Line) -> bool:
    return 0 < above.y - below.y < 1.6 * max(above.size, below.size) and above.bold == below.bold


def without_contents(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """The pages without lists of contents.

    These are lines with dots that lead to a number, and lines that end in a page's number under a heading.
    """
    lines = [line for page in pages for line in page]
    beside = _numbers_beside(pages)
    gone: set[int] = set()
    for at, line in enumerate(lines):
        if _is_led(line.text):
            gone.add(at)
        elif at not in gone and _CONTENTS.fullmatch(line.text.strip(" :.")):
            gone |= _listed(lines, at, len(pages), beside)
    gone |= _first_halves(lines, gone)
    kept, at = [], 0
    for page in pages:
        kept.append([line for n, line in enumerate(page, at) if n not in gone])
        at += len(page)
    return kept


def _numbers_beside(pages: Sequence[Sequence[Line]]) -> dict[int, int]:
    """Line -> the number, drawn apart, that stands at its height to the right, by their places."""
    found: dict[int, int] = {}
    first = 0
    for page in pages:
        numbers = [(at, line) for at, line in enumerate(page) if re.fullmatch(r"\d{1,3}", line.text)]
        for at, line in enumerate(page):
            level = [
                n for n, one in numbers if abs(one.y - line.y) < 0.35 * line.size and one.left > line.right
            ]
            if len(level) == 1 and len(line.text) > 3:
                found[first + at] = first + level[0]
        first += len(page)
    return found


def _is_led(text: str) -> bool:
    """Do dots lead to the number of a page at its end?"""
    found = _LEADERS.search(text)
    return found is not None and bool(re.fullmatch(r"[\s.…·_]*(?:\d{1,3}|[ivxlc]{1,5})", text[found.end() :]))


def _first_halves(lines: Sequence[Line], gone: set[int]) -> set[int]:
    """Entries of two lines, whose first has no number: they stand between others, as close as these."""
    found = set()
    for at in range(1, len(lines) - 1):
        above, line, below = lines[at - 1 : at + 2]
        inside = at not in gone and {at - 1, at + 1} <= gone
        if inside and 0 < above.y - line.y < 3 * line.size and 0 < line.y - below.y < 3 * line.size:
            found.add(at)
    return found


def _listed(lines: Sequence[Line], heading: int, pages: int, beside: dict[int, int]) -> set[int]:
    """The heading of a list of contents and its lines; nothing where it is none."""
    found, last, at, misses = {heading}, 0, heading + 1, 0
    pending: set[int] = set()
    while at < len(lines) and misses < 3:
        text = lines[at].text if at not in beside else f"{lines[at].text} {lines[beside[at]].text}"
        paged = _PAGED.match(text)
        number = int(paged["page"]) if paged and paged["page"].isdigit() else 0
        fits = paged is not None and len(text) < 110 and (not number or last <= number <= pages + 30)
        if len(text) > 60 and _ENDS.search(text) and not _LEADERS.search(text):
            break
        if _LEADERS.search(text) or fits:
            found |= {at, *pending}
            found |= {beside[at]} if at in beside else set()
            pending, misses, last = set(), 0, max(number, last)
        elif re.fullmatch(r"page(?:s| no\.?| number)?|section|item|\d{1,3}|.{0,2}", text, re.IGNORECASE):
            found.add(at)
        else:
            pending.add(at)
            misses += 1
        at += 1
    return found if len(found) >= 4 else set()
