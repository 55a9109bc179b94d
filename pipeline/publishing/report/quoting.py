"""A coded passage -> a quotation to show: trimmed at sentences, matched words marked, linked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote, urlsplit

from markupsafe import Markup, escape

WORDS = 60
"""Aim for the length of a quotation. One sentence may run to half as long again."""

# A stop inside these ends no sentence.
ABBREVIATIONS = "".join(
    rf"(?<!\b{re.escape(word)})"
    for word in ("Dr", "Mr", "Mrs", "Ms", "Prof", "Sir", "St", "No", "vs", "e.g", "i.e", "cf", "al")
)
SENTENCE_END = re.compile(
    rf"{ABBREVIATIONS}[.!?][\"'”’)\]]*\s+(?=(?:[-–•*]\s+)?[\"'“‘(\[]*[A-Z0-9£])|\n\s*\n"
)
FINISHED = re.compile(r"[.!?…][\"'”’)\]]*\s*$")


def trim(text: str, phrases: Sequence[str], words: int = WORDS) -> str:
    """The sentences around the most matches, about `words` words; … where something was left out."""
    parts = _sentences(text)
    if not parts:
        return ""
    hits = [len(_spans(part, phrases)) for part in parts]
    core = first = last = hits.index(max(hits))
    length = len(parts[core].split())
    while length < words:
        reach = [i for i in (last + 1, first - 1) if 0 <= i < len(parts)]
        fits = [i for i in reach if length + len(parts[i].split()) <= words]
        if not fits:
            break
        # The side with more matches, else the nearer one.
        added = max(fits, key=lambda i: (hits[i], -abs(i - core)))
        length += len(parts[added].split())
        first, last = min(first, added), max(last, added)
    # A heading or a label such as "Method:" belongs to what follows it.
    while last > core and not FINISHED.search(parts[last]):
        last -= 1
    chosen = "".join(parts[first : last + 1]).strip()
    if length > words * 3 // 2:
        return _cut(chosen, phrases, words, bool(first), last < len(parts) - 1)
    return f"{'… ' if first else ''}{chosen}{' …' if last < len(parts) - 1 else ''}"


def mark(text: str, phrases: Sequence[str]) -> Markup:
    """Escaped text with the matched words in <mark>; a blank line becomes a break."""
    return Markup("<br>").join(_marked(block, phrases) for block in re.split(r"\s*\n\s*\n\s*", text))


def link(url: str, shown: str) -> str | None:
    """The document's address with a text fragment that scrolls to the quotation; None unless http(s).

    WICG Scroll To Text Fragment: the first and the last words, `-` encoded too since it is syntax.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        return None
    blocks = [block.split() for block in re.split(r"\n\s*\n", shown.strip("… \n")) if block.split()]
    if not blocks:
        return url
    ends = [blocks[0][:6], blocks[-1][-6:]]
    if len(blocks) == 1 and len(blocks[0]) <= 12:
        ends = [blocks[0]]
    text = ",".join(quote(" ".join(part), safe="").replace("-", "%2D") for part in ends)
    return f"{url}{'' if '#' in url else '#'}:~:text={text}"


def _marked(text: str, phrases: Sequence[str]) -> Markup:
    found, done = Markup(), 0
    for start, end in _spans(text, phrases):
        found += escape(text[done:start]) + Markup("<mark>{}</mark>").format(text[start:end])
        done = end
    return found + escape(text[done:])


def _sentences(text: str) -> list[str]:
    """The sentences, each with the white space that follows it."""
    cuts = [match.end() for match in SENTENCE_END.finditer(text)]
    bounds = zip([0, *cuts], [*cuts, len(text)], strict=True)
    return [text[start:end] for start, end in bounds if text[start:end].strip()]


def _spans(text: str, phrases: Sequence[str]) -> list[tuple[int, int]]:
    """Where the phrases stand, whole words, longest first, not overlapping."""
    words = sorted({phrase for phrase in phrases if phrase.strip()}, key=lambda p: (-len(p), p))
    if not words:
        return []
    choice = "|".join(re.escape(word) for word in words)
    return [match.span() for match in re.finditer(rf"(?<!\w)(?:{choice})(?!\w)", text, re.IGNORECASE)]


def _cut(sentence: str, phrases: Sequence[str], words: int, before: bool, after: bool) -> str:
    """A sentence that is too long: whole words around its first match."""
    spans = _spans(sentence, phrases)
    centre = len(sentence[: spans[0][0]].split()) if spans else 0
    tokens = sentence.split()
    start = max(0, min(centre - words // 2, len(tokens) - words))
    end = min(len(tokens), start + words)
    head = "… " if start or before else ""
    tail = " …" if end < len(tokens) or after else ""
    return f"{head}{' '.join(tokens[start:end])}{tail}"
