"""A subtree of markup -> its paragraphs, whole and in order. Knows nothing of any site."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass
from functools import cache

import lxml.html
from lxml import etree
from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement

from pipeline.readers.normal import line, unbulleted

# The names below `table` are trafilatura's own for headings, list items and the like.
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dir",
    "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4",
    "h5", "h6", "header", "hr", "html", "li", "main", "menu", "nav", "ol", "option", "p", "pre",
    "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul", "head", "item", "list",
    "quote", "row", "lb",
})  # fmt: skip
_CELLS = frozenset(("td", "th", "cell"))
_LINKS = frozenset(("a", "ref"))
_NEVER = "script, style, noscript, template, iframe, object, svg, math annotation, textarea, select, input"
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:x([0-9a-f]{1,8})|([0-9]{1,8}));?", re.IGNORECASE)
_WRAPPERS = re.compile(
    r"</?(?!(?:html|head|body|title|meta|link|script|style|p|a|h[1-6]|li|br)\b)[a-z][^<>]{0,300}>",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading or list item; `linked` is the share of its characters that are links."""

    text: str
    tag: str
    linked: float


def parse(markup: str) -> HtmlElement | None:
    """The tree of a page, or None where there is no markup. Nesting too deep for libxml2 is flattened."""
    tree = _parse(markup)
    if tree is not None and _cut_short(tree):
        tree = _parse(_WRAPPERS.sub(" ", markup))
    return tree


def _parse(markup: str) -> HtmlElement | None:
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        return lxml.html.document_fromstring(_storable(markup).encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None


def _storable(markup: str) -> str:
    """Without control characters, which lxml can't write back; `&#150;` is a dash, as browsers read it."""
    markup = _CONTROL.sub("", markup)
    return _REFERENCE.sub(_resolved, markup) if "&#" in markup else markup


def _resolved(reference: re.Match[str]) -> str:
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    if 0x80 <= code <= 0x9F:
        return bytes([code]).decode("cp1252", "ignore")
    usable = (
        code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
    )
    return reference[0] if usable and code != 0x7F else ""


def _cut_short(tree: HtmlElement) -> bool:
    """libxml2 stops at 2,048 levels and drops the rest of the page."""
    node, depth = tree, 0
    while len(node):
        node, depth = node[-1], depth + 1
    return depth > 1500


@cache
def selector(css: str) -> CSSSelector:
    """A compiled CSS selector; commas join alternatives."""
    return CSSSelector(css)


def find(tree: HtmlElement, css: str) -> list[HtmlElement]:
    """All elements that match, in document order."""
    return list(selector(css)(tree)) if css else []


def outermost(elements: list[HtmlElement]) -> list[HtmlElement]:
    """Leave out elements that lie inside another one of the list."""
    chosen = set(elements)
    return [element for element in elements if not any(above in chosen for above in element.iterancestors())]


def prune(tree: HtmlElement, css: str) -> None:
    """Take the matching elements out of the tree; the text behind them stays."""
    for element in outermost(find(tree, css)):
        if element.getparent() is not None:
            element.drop_tree()


def gathered(elements: list[HtmlElement]) -> HtmlElement:
    """A page of its own that holds copies of the elements."""
    page = lxml.html.Element("html")
    body = etree.SubElement(page, "body")
    article = etree.SubElement(body, "article")
    for element in elements:
        twin = deepcopy(element)
        twin.tail = None
        article.append(twin)
    return page


def clean(tree: HtmlElement) -> None:
    """Take out what is never text: scripts, styles, forms' fields."""
    prune(tree, _NEVER)


def blocks(tree: HtmlElement) -> list[Block]:
    """The paragraphs of a subtree in reading order, without loss. Walks without recursion."""
    walker = _Walker()
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if isinstance(element.tag, str):
            (walker.start if event == "start" else walker.end)(element, element is tree)
    walker.flush()
    return walker.found


class _Walker:
    """Collects runs of inline text; a block's beginning or end closes a run."""

    def __init__(self) -> None:
        self.found: list[Block] = []
        self.run: list[str] = []
        self.linked = self.links = self.breaks = 0
        self.tags: list[str] = []

    def start(self, element: HtmlElement, _top: bool) -> None:
        tag = element.tag
        if tag in _BLOCKS:
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
        if tag in _BLOCKS:
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
        if self.run and (text := unbulleted(line("".join(self.run)))):
            self.found.append(
                Block(text, self.tags[-1] if self.tags else "", min(1.0, self.linked / len(text)))
            )
        self.run.clear()
        self.linked = self.breaks = 0
