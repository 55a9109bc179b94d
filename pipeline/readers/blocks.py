"""A subtree of markup -> its paragraphs, whole and in order. Knows nothing of any site."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from lxml import etree
from lxml.html import HtmlElement

from pipeline.readers.normal import has_cuts, known_words, line, unbulleted

# The names below `table` are trafilatura's own for headings, list items and the like.
BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dir",
    "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4",
    "h5", "h6", "header", "hr", "html", "li", "main", "menu", "nav", "ol", "option", "p", "pre",
    "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul", "head", "item", "list",
    "quote", "row", "lb",
})  # fmt: skip
_CELLS = frozenset(("td", "th", "cell"))
_LINKS = frozenset(("a", "ref"))


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading or list item; `linked` is the share of its characters that are links."""

    text: str
    tag: str
    linked: float


def blocks(tree: HtmlElement) -> list[Block]:
    """The paragraphs of a subtree in reading order, without loss. Walks without recursion."""
    whole = "".join(tree.itertext())
    walker = _Walker(known_words(whole) if has_cuts(whole) else None)
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if isinstance(element.tag, str):
            (walker.start if event == "start" else walker.end)(element, element is tree)
    walker.flush()
    return walker.found


class _Walker:
    """Collects runs of inline text; a block's beginning or end closes a run."""

    def __init__(self, known: Counter[str] | None) -> None:
        self.known = known  # the words of it all, where one of them is cut
        self.found: list[Block] = []
        self.run: list[str] = []
        self.linked = self.links = self.breaks = 0
        self.tags: list[str] = []

    def start(self, element: HtmlElement, _top: bool) -> None:
        tag = element.tag
        if tag in BLOCKS:
            self.flush()
            self.tags.append(tag)
        elif tag in _LINKS:
            self.links += 1
        elif tag in _CELLS:
            self.run.append(" ")
        elif tag == "br":
            self._break()
        self.add(element.text)

    def end(self, element: HtmlElement, top: bool) -> None:
        tag = element.tag
        if tag in BLOCKS:
            self.flush()
            self.tags.pop()
        elif tag in _LINKS:
            self.links -= 1
        if not top:
            self.add(element.tail)

    def add(self, text: str | None) -> None:
        if text:
            self.run.append(text)
            if not text.isspace():
                self.breaks = 0
                self.linked += len(text.strip()) if self.links else 0

    def _break(self) -> None:
        self.breaks += 1
        self.run.append("\n")
        if self.breaks > 1:
            self.flush()

    def flush(self) -> None:
        run = "".join(self.run)
        if run and not run.isspace() and (text := unbulleted(line(run, self.known))):
            self.found.append(
                Block(text, self.tags[-1] if self.tags else "", min(1.0, self.linked / len(text)))
            )
        self.run.clear()
        self.linked = self.breaks = 0
