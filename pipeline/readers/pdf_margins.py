"""What belongs to the pages of a PDF and not to its text: running heads and feet, and page numbers.

A running line is told by its place and by coming again there, never by when it is drawn: the same words at
the same distance from the page's edge, or words whose number grows with the page.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from pipeline.readers.pdf_lines import Line, Page, body_size

_ROMAN = re.compile(r"\b[ivxlc]{1,6}\b")
_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_NUMBER = re.compile(
    r"[-\u2013—|\s]*(?:page\s*|p\.\s*|pg\.?\s*)?(?:\d{1,3}|[ivxlc]{1,6})(?:\s*(?:/|of|\|"
    r")\s*\d{1,3})?[-\u2013—|\s]*",
    re.IGNORECASE,
)
"""Page numbers in the forms that stand on their own."""
_EDGE, _BAND = 0.12, 0.25
"""Shares of a page's height: a running line stands in the first, or follows others within the second."""
_ROWS = 8
"""Lines that a head or foot has at most."""
_SLOT = 5.0
"""Points by which a running line's place may differ from page to page."""
_SMALL = 0.92
"""Smaller print is of less than this share of the text's size."""


def without_running_lines(pages: Sequence[Page]) -> list[Page]:
    """The pages without heads, feet, page numbers, and words that stand aslant on several of them."""
    edges = [{**_edge(page, "head"), **_edge(page, "foot")} for page in pages]
    repeated = _repeated(pages, edges)
    counting = _counting(pages, edges)
    slots = _slots(pages, edges, repeated | counting)
    body = body_size(pages) if len(pages) < 4 else 0.0
    slanting = Counter(text for page in pages for text in {line.text for line in page.lines if line.aslant})
    kept = []
    for at, page in enumerate(pages):
        running = {
            id(line)
            for line in page.lines
            if line.aslant and (slanting[line.text] > 1 or len(line.text) < 20)
        }
        for edge in ("head", "foot"):
            found: list[Line] = []
            for line in sorted(page.lines, key=lambda line: _distance(page, line, edge)):
                distance = _distance(page, line, edge)
                if distance > _BAND * page.height and (found or (at, id(line)) not in counting):
                    break
                beside = [other for other in page.lines if _level(other, line) and id(other) != id(line)]
                told = (
                    (at, id(line)) in repeated
                    or (at, id(line)) in counting
                    or (_slot(page, line, edge) in slots and not _reaches_in(page, line, edge))
                    or (
                        line.size < _SMALL * body and (at or edge == "foot") and _stands_off(page, line, edge)
                    )
                    or (
                        bool(_NUMBER.fullmatch(line.text))
                        and distance < _EDGE * page.height
                        and all(id(other) in running for other in beside)
                    )
                )
                if told:
                    running.add(id(line))
                    found.append(line)
                elif distance > _EDGE * page.height or _reaches_in(page, line, edge):
                    break
            if len(found) > _ROWS:  # pages that are filled in alike: no head is so high
                running -= {id(line) for line in found if not _NUMBER.fullmatch(line.text)}
        kept.append(replace(page, lines=tuple(line for line in page.lines if id(line) not in running)))
    return kept


def _edge(page: Page, edge: str) -> dict[int, tuple[str, Line]]:
    """The lines near an edge, and the outermost wherever it stands."""
    upright = [line for line in page.lines if not line.aslant]
    outermost = min((_distance(page, line, edge) for line in upright), default=0.0)
    return {
        id(line): (edge, line)
        for line in upright
        if _distance(page, line, edge) <= max(_BAND * page.height, outermost + 1)
    }


def _distance(page: Page, line: Line, edge: str) -> float:
    return page.height - line.y - line.size if edge == "head" else line.y


def _level(one: Line, other: Line) -> bool:
    return abs(one.y - other.y) < 0.5 * max(one.size, other.size)


def _stands_off(page: Page, line: Line, edge: str) -> bool:
    """Is it at the very edge, short, and far from the text, whose print is larger? For files of few pages."""
    if _distance(page, line, edge) > 0.08 * page.height or len(line.text) > 90:
        return False
    inner = [other for other in page.lines if _distance(page, other, edge) > _distance(page, line, edge) + 1]
    near = min(inner, key=lambda other: _distance(page, other, edge), default=None)
    if near is None or near.size <= line.size / _SMALL:
        return False
    return _distance(page, near, edge) - _distance(page, line, edge) > 1.8 * line.size


def _reaches_in(page: Page, line: Line, edge: str) -> bool:
    """Is it the first or last line of a block of text, which the next line goes on with?"""
    near = [
        other
        for other in page.lines
        if id(other) != id(line) and abs(other.size - line.size) < 0.05 * line.size
    ]
    step = 1.5 * line.size
    return len(line.text) > 40 and any(
        (0 < line.y - other.y < step) if edge == "head" else (0 < other.y - line.y < step) for other in near
    )


Edges = list[dict[int, tuple[str, Line]]]
Found = set[tuple[int, int]]
"""The number of a page and the identity of a line on it."""


def _repeated(pages: Sequence[Page], edges: Edges) -> Found:
    """Lines that stand with the same words at the same place of several pages."""
    places: dict[tuple[str, str], list[tuple[int, float, int]]] = defaultdict(list)
    for at, found in enumerate(edges):
        for key, (edge, line) in found.items():
            words = " ".join(line.text.casefold().split())
            if re.search(r"[^\W\d_]", words):
                places[edge, words].append((at, _distance(pages[at], line, edge), key))
    need, body = 2 if len(pages) < 4 else 3, body_size(pages)
    found_again: list[tuple[int, int, tuple[str, int, int]]] = []
    for (edge, _), group in places.items():
        on: dict[int, set[int]] = defaultdict(set)
        for at, distance, _ in group:
            on[round(distance / _SLOT)].add(at)
        near = {slot: len(on[slot - 1] | on[slot] | on[slot + 1]) for slot in list(on)}
        for at, distance, key in group:
            slot, size = round(distance / _SLOT), edges[at][key][1].size
            # on few pages twice is little: in the text's own print only outside of where that stands
            apart = need > 2 or size < _SMALL * body or distance < 0.085 * pages[at].height
            if near[slot] >= need and apart:
                found_again.append((at, key, (edge, slot, round(2 * size))))
    held: dict[tuple[str, int, int], set[int]] = defaultdict(set)
    for at, found in enumerate(edges):
        for edge, line in found.values():
            slot = round(_distance(pages[at], line, edge) / _SLOT)
            held[edge, slot, round(2 * line.size)].add(at)
    again: dict[tuple[str, int, int], set[int]] = defaultdict(set)
    for at, _, place in found_again:
        again[place].add(at)
    # where other pages have ever other words in this print, words that come again do so by chance
    return {(at, key) for at, key, place in found_again if len(again[place]) >= 0.5 * len(held[place])}


def _counting(pages: Sequence[Page], edges: Edges) -> Found:
    """Lines whose number grows with the page: "Page 3 of 12", "4 | A report", "iv".

    In no larger print than the text's: annexes may each begin a page.
    """
    largest = 1.2 * body_size(pages)
    small = [{key: one for key, one in found.items() if one[1].size <= largest} for found in edges]
    groups: dict[tuple[str, str, int, int], list[tuple[int, int]]] = defaultdict(list)
    for at, found in enumerate(small):
        for key, (edge, line) in found.items():
            for mask, place, number in _masked(line.text):
                groups[edge, mask, place, number - at].append((at, key))
    running: Found = set()
    for (_, mask, _, _), group in groups.items():
        on = sorted({at for at, _ in group})
        half = len(pages) / 2 if len({at % 2 for at in on}) > 1 else len(pages) / 4
        bare = not re.search(r"[^\W\d_]", mask)
        enough = len(on) >= max(2, half) or (len(on) >= 3 and on[-1] - on[0] == len(on) - 1)
        if enough and (bare or len(on) >= min(3, len(pages))):
            running.update(group)
    return running | _numbered_places(pages, small)


def _numbered_places(pages: Sequence[Page], edges: Edges) -> Found:
    """Lines that begin or end in the page's number, at a place where most pages have such a line.

    Its words may change with the chapter, its numbers begin anew.
    """
    places: dict[tuple[str, int, int], dict[int, dict[int, int]]] = defaultdict(lambda: defaultdict(dict))
    for at, found in enumerate(edges):
        for key, (edge, line) in found.items():
            words = line.text.casefold().split()
            if len(line.text) < 120 and _distance(pages[at], line, edge) < _EDGE * pages[at].height:
                for word in {words[0], words[-1]}:
                    if re.fullmatch(r"\d{1,3}|[ivxlc]{1,6}", word):
                        number = int(word) if word.isdigit() else _roman(word)
                        places[_slot(pages[at], line, edge)][number - at][at] = key
    running: Found = set()
    for offsets in places.values():
        on = {at: key for group in offsets.values() if len(group) > 1 for at, key in group.items()}
        if len(on) >= max(3, len(pages) / 2):
            running.update(on.items())
    return running


def _masked(text: str) -> Iterable[tuple[str, int, int]]:
    """A line without one of its numbers, which of them that was, and its value."""
    low = " ".join(text.casefold().split())
    for place, found in enumerate(re.finditer(r"\d{1,4}", low)):
        yield f"{low[: found.start()]}#{low[found.end() :]}", place, int(found[0])
    for place, found in enumerate(_ROMAN.finditer(low)):
        if len(low) < 80:
            yield f"{low[: found.start()]}#{low[found.end() :]}", place, _roman(found[0])


def _roman(letters: str) -> int:
    values = [_VALUES[letter] for letter in letters]
    return sum(
        -value if value < after else value for value, after in zip(values, [*values[1:], 0], strict=True)
    )


def _slots(pages: Sequence[Page], edges: Edges, running: Found) -> set[tuple[str, int, int]]:
    """Places that running lines hold on most pages: what else stands there is one, too (a chapter's name)."""
    held: dict[tuple[str, int, int], set[int]] = defaultdict(set)
    for at, found in enumerate(edges):
        for key, (edge, line) in found.items():
            if (at, key) in running:
                held[_slot(pages[at], line, edge)].add(at)
    return {slot for slot, on in held.items() if len(on) >= max(3, 0.4 * len(pages))}


def _slot(page: Page, line: Line, edge: str) -> tuple[str, int, int]:
    return edge, round(_distance(page, line, edge)), round(2 * line.size)
