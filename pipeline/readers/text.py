"""A page copied out as plain text, navigation and all -> a draft document.

The text's own signals tell its source, and with it where the article begins and ends; without a source,
paragraph-like lines are kept and menu-like lines dropped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from pipeline.errors import SetAside
from pipeline.readers import boilerplate, dates, dumps, normal, urls
from pipeline.readers.decode import text_of
from pipeline.readers.draft import Draft
from pipeline.readers.fields import put
from pipeline.readers.layout import Layout
from pipeline.readers.sources.registry import layout_of, layout_of_text
from pipeline.records import Capture

_ITEM = re.compile(r"^\s*(?:[•◦▪‣●○■□·*\u2013-]|\(?\d{1,2}[.)])\s+")
_STOP = re.compile(r"[.?!…:;][”\u2019\"')\]]*\d{0,3}$")
_CUT = re.compile(r"\.\.\.$")
_GLUED = re.compile(r"(?<=[^\W\d_])([”\u2019)]*[.,;:][”\u2019)]*)\d{1,3}(?:[,\u2013-]\d{1,3})*(?=\s|$)")
_DOI = re.compile(r"(?:doi:?\s*|doi\.org/)(10\.\d{4,9}/\S+)", re.IGNORECASE)
_PMID = re.compile(r"\bPMID:?\s*(\d{4,9})\b")
_PMCID = re.compile(r"\bPMC ?ID:?\s*(PMC\d{3,9})\b", re.IGNORECASE)
_PAGE = re.compile(r"^Page \d+(?: of \d+)?: ")
"""What sites that host other people's files put before each page's text."""
_CITED = re.compile(r"\b(?P<year>(?:19|20)\d\d)\b(?P<rest>[^;]{0,12});\s?\d+\s?[(:]")
_REFERENCE = re.compile(
    r"\b(?:19|20)\d\d[a-z]?\)?\s?[;:.]\s?\S{0,3}\d|\bet al\b|\bdoi\b|https?://|\[(?:PMC free|PubMed|Google)",
    re.I,
)


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
    told = layout.source or dumps.source_of([line.text for line in lines])
    draft = Draft(
        url=urls.normalise(capture.url, layout.addresses),
        source=told or None,
        origins={"url": "capture"},
    )
    start, end = _span(lines, layout)
    _describe(draft, layout, whole, lines, start)
    if end < len(lines) and boilerplate.is_wall(lines[end].text):
        draft.access, draft.origins["access"] = "excerpt", f"words: {lines[end].text[:80]}"
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
    found = [line for line in found if line.text]
    if sum(bool(_PAGE.match(line.text)) for line in found) > (not _PAGE.match(found[0].text) if found else 0):
        found = [TextLine(_PAGE.sub("", line.text), line.item) for line in found]
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
    """Where the article's lines begin and end.

    A line that opens what follows an article ends it where what precedes outweighs what follows. Many pages
    have such lines above the article, too ("3 comments", "Share this article"): it begins behind them.
    """
    reads = [
        at
        for at, line in enumerate(lines)
        if line.reads and not _is_side(line) and not dumps.is_citation(line.text)
    ]
    if len(reads) > 1 and _is_headline(lines, reads[0]):
        del reads[0]
    first = start = reads[0] if reads else 0
    dump = layout.dump
    if dump and dump.head:
        # the masthead ends at its last line before the prose, which may begin with a short standfirst
        heads = [at for at, line in enumerate(lines) if re.fullmatch(dump.head, line.text)]
        near = [at for at in heads if at <= first or sum(reads_at < at for reads_at in reads) <= 3]
        start = near[-1] + 1 if near else start
    pattern = dump.end if dump else ""
    prose = reads or [at for at, line in enumerate(lines) if not _is_side(line)]
    sizes = {at: normal.words(lines[at].text) for at in prose if not _is_reference(lines[at])}
    for at in range(start + 1, len(lines)):
        force = _end_force(lines[at].text, pattern)
        if not force:
            continue
        above = [size for place, size in sizes.items() if start <= place < at]
        below = [size for place, size in sizes.items() if place > at]
        if sum(above) * force >= sum(below):
            return start, at
        if len(above) <= 2 and 3 * sum(above) <= sum(below):
            start = next(place for place in sizes if place > at)
    return start, len(lines)


def _end_force(text: str, pattern: str) -> float:
    """How much may follow, beside what precedes, that a line still ends the article; 0 for any other line.

    Prompts to sign up or to share stand in the middle of articles, too.
    """
    if boilerplate.is_wall(text) or (pattern and re.fullmatch(pattern, text, re.IGNORECASE)):
        return 1
    if boilerplate.is_end(text):
        return 1 / 3 if boilerplate.is_furniture(text) or boilerplate.is_prompt(text) else 1
    return 0


def _is_headline(lines: list[TextLine], at: int) -> bool:
    """Is what reads like a sentence the title, with date or byline right below it?"""
    text = lines[at].text
    below = [line.text for line in lines[at + 1 : at + 3]]
    return normal.words(text) < 30 and not text.endswith(".") and any(map(dumps.is_mark, below))


def _is_reference(line: TextLine) -> bool:
    """An entry of a list of references: they may be longer than what they are quoted in."""
    return bool(_REFERENCE.search(line.text)) and normal.words(line.text) < 60


def _is_side(line: TextLine) -> bool:
    text = line.text
    if boilerplate.is_furniture(text) or boilerplate.is_prompt(text) or boilerplate.is_end(text):
        return True
    if _CUT.search(text) and normal.words(text) < 30:
        return True
    return len(text) < 160 and (boilerplate.is_byline(text) or dumps.stated(text) is not None)


def _body(lines: list[TextLine], title: str) -> list[str]:
    """Paragraphs, and the headings and list items among them; not menus, teasers or captions."""
    kept: list[str] = []
    run: list[TextLine] = []
    prose = 0  # below a standfirst, date and byline may follow
    for line in lines:
        if _is_side(line) or (line.reads and normal.words(line.text) < 30 and _echoes(line.text, title)):
            continue
        if line.reads:
            kept += [*_headings(run, title), line.text]
            prose += 1
            run = []
        elif prose > 1 or not dumps.is_mark(line.text):
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


def _describe(draft: Draft, layout: Layout, whole: str, lines: list[TextLine], start: int) -> None:
    """Metadata: the source's own masthead first, then what the lines above the article say."""
    above = [line.text for line in lines[:start]]
    # a standfirst may stand above date and byline
    head = [*above[-12:], *(line.text for line in lines[start : start + 8] if not line.reads)]
    said = [
        line.text
        for at, line in enumerate(lines[:start])
        if not line.reads or dumps.is_citation(line.text) or _is_headline(lines, at)
    ]
    names = {name.casefold() for name in (*layout.names, *dumps.NAMES)}
    at = dumps.title_at(said, names)
    near = said[max(0, at - 1) :] if at >= 0 else above[-3:]
    draft.genre, draft.origins["genre"] = layout.genre_of([(text, "masthead") for text in near], draft.url)
    if draft.genre == "page" and (usual := dumps.GENRES.get(draft.source or "")):
        draft.genre, draft.origins["genre"] = usual, "source"
    draft.access = layout.access.get(draft.genre, layout.access.get("", "full"))
    if layout.dump and layout.dump.fill:
        layout.dump.fill(whole, draft)
    for text in head:
        if dated := dumps.stated(text):
            draft.dates.append((dated, "date line"))
    if not draft.title and at >= 0:
        draft.title, draft.origins["title"] = said[at], "heading"
        if not draft.authors:
            put(draft, "below the title", authors=dumps.signed(said[at + 1 :]))
    if by := dumps.writers(head) if draft.origins.get("authors") in (None, "below the title") else ():
        put(draft, "byline", authors=by)
    _cite(draft, above)
    if not draft.dates and (found := dumps.dated_title(draft.title)):
        draft.dates.append((found, "title"))
    draft.origins = {field: origin for field, origin in draft.origins.items() if origin}


def _cite(draft: Draft, above: list[str]) -> None:
    """DOI, PubMed number and the year of an issue, where the lines above the article state them."""
    text = "\n".join(above)
    if not draft.doi and (found := _DOI.search(text)):
        put(draft, "text", doi=urls.doi(found[1]))
    if not draft.pmid and (found := _PMID.search(text)):
        put(draft, "text", pmid=found[1])
    if found := _PMCID.search(text):
        put(draft, "text", pmcid=found[1].upper())
    if not draft.dates and (found := _CITED.search(text)):
        year = dates.parse(found["year"] + found["rest"].rstrip()) or dates.parse(found["year"])
        draft.dates += [(year, "citation")] if year else []


def _title_within(draft: Draft) -> None:
    """A first line that is no sentence, or a question, is the headline of a text that begins with it."""
    first = draft.paragraphs[0] if len(draft.paragraphs) > 1 else ""
    if first and normal.words(first) < 20 and not first.endswith((".", "…", ":", ";")):
        draft.title, draft.origins["title"] = draft.paragraphs.pop(0), "first line"
