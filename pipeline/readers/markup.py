"""Markup -> a tree, and the means to find and take out parts of it. Knows nothing of any site."""

from __future__ import annotations

import re
from collections.abc import Iterable
from copy import deepcopy
from functools import cache, lru_cache

import lxml.html
from lxml import etree
from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement

_CONTROLS = bytes({*range(0x20), 0x7F} - {0x09, 0x0A, 0x0D})
_REFERENCE = re.compile(rb"&#(?:[xX]([0-9a-fA-F]{1,8})|([0-9]{1,8}));?")
_WRAPPERS = re.compile(
    rb"</?(?!(?:html|head|body|title|meta|link|script|style|p|a|h[1-6]|li|br)\b)[a-z][^<>]{0,300}>",
    re.IGNORECASE,
)
_UNCLOSED = re.compile(rb"<title\b[^>]*>(?=[^<]*+(?!.{0,400}?</title))\s*[^<\n]*+", re.IGNORECASE | re.DOTALL)
"""A title that does not end where it should, which holds the page below it to a parser."""
_EMPTY_LINE = re.compile(r"\n[ \t\r]*\n\s*|\n(?=[ \t]*[*•·–-][ \t]+\S)")
_SIMPLE = re.compile(
    r"(?P<tag>[a-z][a-z0-9]*)|\.(?P<cls>[\w-]+)|#(?P<id>[\w-]+)|\[class\*=(?P<part>[\w-]+)\]"
)
_NEVER = (
    "script", "style", "noscript", "template", "iframe", "object", "svg", "textarea", "select", "input",
)  # fmt: skip
_DOOMED = "doomed"
_NAMED = etree.XPath("descendant-or-self::*[@class or @id]")


def parse(markup: str) -> HtmlElement | None:
    """The tree of a page, or None where there is no markup. Nesting too deep for libxml2 is flattened."""
    data = _UNCLOSED.sub(rb"\g<0></title>", _storable(markup))
    tree = _parse(data)
    if tree is not None and _cut_short(tree):
        tree = _parse(_WRAPPERS.sub(b" ", data))
    return tree


def _parse(data: bytes) -> HtmlElement | None:
    try:
        return lxml.html.document_fromstring(data, parser=_parser())
    except (etree.ParserError, etree.XMLSyntaxError):
        return None


def _parser() -> etree.HTMLParser:
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    # the same elements as lxml.html's own parser makes, but without a call into Python for each
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))
    return parser


def _storable(markup: str) -> bytes:
    """Without control characters, which lxml can't write back; `&#150;` is a dash, as browsers read it."""
    data = markup.encode("utf-8", "replace").translate(None, _CONTROLS)
    if b"\xef\xbf" in data:
        data = data.replace(b"\xef\xbf\xbe", b"").replace(b"\xef\xbf\xbf", b"")
    return _REFERENCE.sub(lambda found: _resolved(found[0]), data) if b"&#" in data else data


@lru_cache(1000)
def _resolved(written: bytes) -> bytes:
    reference = _REFERENCE.match(written)
    assert reference is not None
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    if 0x80 <= code <= 0x9F:
        return bytes([code]).decode("cp1252", "ignore").encode()
    usable = (
        code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
    )
    return reference[0] if usable and code != 0x7F else b""


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
    if len(elements) < 2:
        return elements
    chosen = set(elements)
    return [element for element in elements if not any(above in chosen for above in element.iterancestors())]


class Furniture:
    """What to take out of a tree, by tags, classes, ids and, where these don't do, CSS selectors.

    Forty names cost one walk, where as many selectors cost forty.
    """

    def __init__(self, selectors: Iterable[str]) -> None:
        self.tags: list[str] = []
        self.classes: set[str] = set()
        self.ids: set[str] = set()
        parts, rest = [], []
        for css in selectors:
            found = _SIMPLE.fullmatch(css)
            if found is None:
                rest.append(css)
            elif found["tag"]:
                self.tags.append(css)
            elif found["part"]:
                parts.append(re.escape(found["part"]))
            else:
                (self.classes if found["cls"] else self.ids).add(css[1:])
        self.parts = re.compile("|".join(parts)) if parts else None
        self.rest = ", ".join(rest)

    def prune(self, tree: HtmlElement) -> None:
        """Take the matching elements out, all but the tree itself; the text behind them stays."""
        take_out(tree, [*find(tree, self.rest), *self.named(tree)], self.tags)

    def named(self, tree: HtmlElement) -> list[HtmlElement]:
        """The elements with one of the classes or ids, in document order."""
        return [element for element in _NAMED(tree) if self._names(element)]

    def _names(self, element: HtmlElement) -> bool:
        names = element.get("class")
        if names:
            if not self.classes.isdisjoint(names.split()):
                return True
            if self.parts and self.parts.search(names):
                return True
        return element.get("id") in self.ids


def take_out(tree: HtmlElement, elements: Iterable[HtmlElement], tags: Iterable[str] = ()) -> None:
    """Remove elements below `tree`, and all with one of the `tags`, in one go: linear in their number."""
    for element in elements:
        if element is not tree:
            element.tag = _DOOMED
    etree.strip_elements(tree, _DOOMED, *tags, with_tail=False)


@cache
def furniture(selectors: tuple[str, ...]) -> Furniture:
    """The compiled form of a list of selectors."""
    return Furniture(selectors)


def clean(tree: HtmlElement) -> None:
    """Take out what is never text: scripts, styles, forms' fields. Typed text gets its paragraphs."""
    take_out(tree, tree.iterfind(".//math//annotation"), _NEVER)
    for typed in list(tree.iter("pre")):
        _part(typed)


def _part(typed: HtmlElement) -> None:
    """Break typed text where a line is empty, and before each item of a list."""
    for element in list(typed.iter()):
        element.text = _broken(element.text, element, 0)
        if element is not typed:
            parent = element.getparent()
            element.tail = _broken(element.tail, parent, parent.index(element) + 1)


def _broken(text: str | None, parent: HtmlElement, at: int) -> str | None:
    """The first part of a text; the others are put behind it, as breaks with tails, from child `at` on."""
    first, *others = _EMPTY_LINE.split(text) if text else (text,)
    for other in reversed(others):
        once, twice = (parent.makeelement("br") for _ in range(2))
        twice.tail = other
        parent[at:at] = [once, twice]
    return first


def gathered(elements: list[HtmlElement]) -> HtmlElement:
    """A page of its own that holds copies of the elements."""
    page = _parser().makeelement("html")
    body = etree.SubElement(page, "body")
    article = etree.SubElement(body, "article")
    for element in elements:
        twin = deepcopy(element)
        twin.tail = None
        article.append(twin)
    return page
