"""A page copied out as plain text, navigation and all -> a draft document.

The text's own signals tell its source, and with it where the article begins and ends; without a source,
paragraph-like lines are kept and menu-like lines dropped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from pipeline.errors import SetAside
from pipeline.readers import boilerplate, dates, normal, urls
from pipeline.readers.decode import text_of
from pipeline.readers.draft import Draft
from pipeline.readers.layout import Layout
from pipeline.readers.sources.registry import layout_of, layout_of_text
from pipeline.records import Capture

_ITEM = re.compile(r"^\s*(?:[•◦▪‣●○■□·*\u2013-]|\(?\d{1,2}[.)])\s+")
_STOP = re.compile(r"[.?!…:;][”\u2019\"')\]]*\d{0,3}$")
_CUT = re.compile(r"\.\.\.$")
_GLUED = re.compile(r"(?<=[^\W\d_])([”\u2019)]*[.,;:][”\u2019)]*)\d{1,3}(?:[,\u2013-]\d{1,3})*(?=\s|$)")
_DOI = re.compile(r"(?:doi:?\s*|doi\.org/)(10\.\d{4,9}/\S+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of the dump. `item`: it had a bullet or a number in front."""

    text: str
    item: bool

    @property
    def reads(self) -> bool:
        """Does it read like a paragraph, or the sentence of one?"""
        count = normal.words(self.text)
        return count >= 20 or (count >= 8 and bool(_STOP.search(self.text)))


def read_text(capture: Capture) -> Draft:
    """Raises SetAside("empty") for a text without words."""
    raw = text_of(capture.body, capture.charset)
    lines = _lines(raw)
    if not lines:
        raise SetAside("empty", "no text")
    whole = "\n".join(line.text for line in lines)
    layout = layout_of(capture.source, capture.url)
    if not layout.source:
        layout = layout_of_text(whole)
    draft = Draft(
        url=urls.normalise(capture.url, layout.addresses),
        source=layout.source or None,
        origins={"url": "capture"},
    )
    start, end = _span(lines, layout)
    _describe(draft, layout, whole, lines[:start])
    body = _body(lines[start:end], draft.title)
    if layout.dump and layout.dump.glued:
        body = [_GLUED.sub(r"\1", text) for text in body]
    draft.paragraphs = normal.paragraphs(body)
    draft.drop_title()
    if draft.access == "full" and draft.paragraphs and draft.paragraphs[-1].endswith(("…", "[...]")):
        draft.access, draft.origins["access"] = "excerpt", "…"
    if not draft.title:
        _title_within(draft)
    return draft


def _lines(raw: str) -> list[TextLine]:
    """Paragraphs as lines: those of hard-wrapped text are joined, in other text each line is one."""
    raw = re.sub(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]", "\n", raw)
    wrapped = _is_wrapped(_chunks(raw))  # before broken words are mended, which makes lines longer
    chunks = _chunks(normal.unbroken(raw, lines=True))
    if wrapped:
        chunks = [[" ".join(chunk)] if not any(map(_ITEM.match, chunk)) else chunk for chunk in chunks]
    found = [
        TextLine(normal.line(_ITEM.sub("", text)), bool(_ITEM.match(text)))
        for chunk in chunks
        for text in chunk
    ]
    return [line for line in found if line.text]


def _chunks(raw: str) -> list[list[str]]:
    return [chunk.split("\n") for chunk in re.split(r"\n\s*\n", raw)]


def _is_wrapped(chunks: list[list[str]]) -> bool:
    """Are lines broken where they were full? Those of a usual width, or of narrow columns of prose."""
    inner = [len(text.strip()) for chunk in chunks for text in chunk[:-1] if text.strip()]
    if len(inner) < 3 or max(inner) > 120:
        return False
    return sum(size >= 35 for size in inner) > 0.7 * len(inner) or _is_column(chunks)


def _is_column(chunks: list[list[str]]) -> bool:
    """A column of prose: each next word would hardly have fitted, and most go on in small letters."""
    pairs = [
        (above.strip(), below.split())
        for chunk in chunks
        for above, below in pairwise(chunk)
        if above.strip() and below.split() and not _ITEM.match(below)
    ]
    if len(pairs) < 3:
        return False
    sizes = sorted(len(above) for above, _ in pairs)
    width = sizes[int(0.9 * (len(sizes) - 1))]
    full = sum(len(above) + 1 + len(below[0]) > 0.85 * width for above, below in pairs)
    runs_on = sum(below[0].lstrip("“‘\"'(")[:1].islower() for _, below in pairs)
    return width >= 12 and full >= 0.7 * len(pairs) and runs_on >= 0.5 * len(pairs)


def _span(lines: list[TextLine], layout: Layout) -> tuple[int, int]:
    """Where the article's lines begin and end."""
    reads = [at for at, line in enumerate(lines) if line.reads and not _is_side(line)]
    first = start = reads[0] if reads else 0
    dump = layout.dump
    if dump and dump.head:
        # the masthead ends at its last line before the prose, which may begin with a short standfirst
        heads = [at for at, line in enumerate(lines) if re.fullmatch(dump.head, line.text)]
        near = [at for at in heads if at <= first or sum(reads_at < at for reads_at in reads) <= 3]
        start = near[-1] + 1 if near else start
    pattern = dump.end if dump else ""
    for at in range(start + 1, len(lines)):
        text = lines[at].text
        if (pattern and re.fullmatch(pattern, text, re.IGNORECASE)) or boilerplate.is_end(text):
            return start, at
    return start, len(lines)


def _is_side(line: TextLine) -> bool:
    return boilerplate.is_furniture(line.text) or (
        bool(_CUT.search(line.text)) and normal.words(line.text) < 30
    )


def _body(lines: list[TextLine], title: str) -> list[str]:
    """Paragraphs, and the headings and list items among them; not menus, teasers or captions."""
    kept: list[str] = []
    run: list[TextLine] = []
    for line in lines:
        if _is_side(line) or dates.alone(line.text):
            continue
        if line.reads:
            kept += [*_headings(run, title), line.text]
            run = []
        else:
            run.append(line)
    return kept + [line.text for line in run if line.item or _STOP.search(line.text)]


def _headings(run: list[TextLine], title: str) -> list[str]:
    """Short lines before a paragraph: up to three are headings, more a menu, unless items of some length."""
    run = [line for line in run if not _echoes(line.text, title)]
    items = [line for line in run if line.item]
    if len(run) > 3 and sum(normal.words(line.text) for line in items) < 4 * len(run):
        return [run[-1].text] if not run[-1].item and len(items) == len(run) - 1 else []
    return [line.text for line in run]


def _echoes(text: str, title: str) -> bool:
    """A caption that only repeats the headline's words."""
    said = set(re.findall(r"\w{2,}", title.lower()))
    own = re.findall(r"\w{2,}", text.lower())
    return len(own) >= 4 and sum(word in said for word in own) >= 0.8 * len(own)


def _describe(draft: Draft, layout: Layout, whole: str, above: list[TextLine]) -> None:
    """Metadata: the source's own masthead first, then what the lines above the article say."""
    draft.genre, draft.origins["genre"] = layout.genre_of(
        [(line.text, "masthead") for line in above[-3:]], draft.url
    )
    draft.access = layout.access.get(draft.genre, layout.access.get("", "full"))
    if layout.dump and layout.dump.fill:
        layout.dump.fill(whole, draft)
    for line in above[-12:]:
        if dated := dates.alone(line.text):
            draft.dates.append((dated, "date line"))
    if not draft.doi and (found := _DOI.search("\n".join(line.text for line in above))):
        draft.doi, draft.origins["doi"] = urls.doi(found[1]), "text"
    if not draft.title:
        names = {name.casefold() for name in layout.names}
        named = [
            line.text
            for line in above
            if not _is_side(line) and not dates.alone(line.text) and line.text.casefold() not in names
        ]
        titles = [text for text in named if normal.words(text) >= 3] or named
        draft.title, draft.origins["title"] = (titles[-1], "heading") if titles else ("", "")
    draft.origins = {field: origin for field, origin in draft.origins.items() if origin}


def _title_within(draft: Draft) -> None:
    """A first line that is no sentence, or a question, is the headline of a text that begins with it."""
    first = draft.paragraphs[0] if len(draft.paragraphs) > 1 else ""
    if first and normal.words(first) < 20 and not first.endswith((".", "…", ":", ";")):
        draft.title, draft.origins["title"] = draft.paragraphs.pop(0), "first line"
