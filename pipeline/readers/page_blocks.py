"""A page -> its blocks of text, each with its place in the tree. Knows nothing of any site.

Where `blocks` takes a subtree that holds an article and nothing else, this takes the whole page: it keeps
for each block the elements around it, and parts the cells of tables that lay a page out.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from lxml import etree
from lxml.html import HtmlElement

from pipeline.readers.blocks import BLOCKS, Block
from pipeline.readers.normal import has_cuts, known_words, line, unbulleted

_CELL = frozenset(("td", "th"))
_NAMES = (
    ("comment", "comment|disqus|repl(?:y|ies)|respon[ds]|discuss|feedback|forum|trackback|kommentar"),
    ("side", r"side-?bar|side_|\bside\b|aside|\brail|right-?col|left-?col|secondary|widget|module"),
    ("foot", "foot|bottom|copyright|legal|disclaim|colophon|impressum"),
    ("head", "header|masthead|banner|top-?bar|logo|brand|page-?top"),
    ("nav", r"nav|menu|crumb|pagina|pager|\btabs?\b|toolbar|\bskip|sitemap|\blinks?\b|linklist|dropdown"),
    ("related", "relat|recommend|popular|most-?(?:read|view|popular)|latest|trending|outbrain|taboola|teaser|"
                "promo|also|recent|archive|headlines|more-?(?:news|stories|from|links)|see-?also|further"),
    ("share", r"shar(?:e|ing)|social|follow|twitter|facebook|tweet|addthis|bookmark|e-?mail|print|\btools"),
    ("ad", r"\bads?\b|\bad-|-ads?\b|advert|sponsor|shop|cookie|consent|gdpr|newsletter|subscri|sign-?up|"
           "popup|modal|overlay|login|regist|donat|poll|survey|alert|notice"),
    ("meta", r"meta|by-?line|author|\bdate|time|\btags?\b|categor|\binfo|credit|posted|publish|kicker"),
    ("caption", "caption|figure|photo|galler|image|img|slide|media|video|picture|thumb|credit"),
    ("body", r"(?:article|post|entry|story|text|blog|news|art|main|page|field|node)[-_]{0,2}"
             r"(?:body|content|text|copy|container)|(?:body|content)[-_]?(?:text|copy|main)|hentry|articleBody|prose\b"),
    ("content", r"content|article|post(?!ed|al)|entry|body|story|text|main|blog|single|prose|copy|body"),
    ("bio", r"\bbio|profile|about|contributor|writer"),
    ("hidden", r"hidden|hide\b|sr-only|screen-reader|visually|print-?only|no-?print"),
)  # fmt: skip
_NAMED = re.compile("|".join(f"(?P<{name}>{words})" for name, words in _NAMES), re.IGNORECASE)
_TAGS = {
    "nav": "t_nav", "menu": "t_nav", "header": "t_header", "footer": "t_footer", "aside": "t_aside",
    "form": "t_form", "figure": "t_figure", "figcaption": "t_figure", "table": "t_table", "ul": "t_list",
    "ol": "t_list", "dl": "t_list", "article": "t_article", "main": "t_main", "blockquote": "t_quote",
}  # fmt: skip
KINDS = (*(name for name, _ in _NAMES), *dict.fromkeys(_TAGS.values()))
"""What the elements around a block may be, by their names or their tags; a column of `Places.away` each."""
_COLUMN = {name: at for at, name in enumerate(KINDS)}
FAR = 12
"""The distance to an element that is not there."""


@dataclass(frozen=True, slots=True)
class PageBlock(Block):
    """A block of a page, with the place of the innermost element that holds it, and how many links it has."""

    home: int
    links: int


@dataclass(slots=True)
class Places:
    """The block elements of a page as rows, parents before children; row 0 is the page.

    `parent`: row of the element around each; `own`: columns of KINDS that each is itself; `path`: a number
    for its tags and classes from the page down, equal for elements that are built alike.
    """

    parent: list[int] = field(default_factory=lambda: [0])
    depth: list[int] = field(default_factory=lambda: [0])
    path: list[int] = field(default_factory=lambda: [0])
    own: list[tuple[int, ...]] = field(default_factory=lambda: [()])
    weight: list[int] = field(default_factory=lambda: [0])
    unlikely: list[bool] = field(default_factory=lambda: [False])
    paths: dict[tuple[int, str, str], int] = field(default_factory=dict)

    def add(self, parent: int, element: HtmlElement, tag: str) -> int:
        """A new row for an element."""
        names = key = style = role = prop = ""
        for attribute, value in element.items():
            if attribute == "class":
                names = value
            elif attribute == "id":
                key = value
            elif attribute == "style":
                style = value
            elif attribute == "role":
                role = value
            elif attribute == "itemprop":
                prop = value
        told = _judged(tag, names, key)
        own = told[0]
        if style and _INVISIBLE.search(style):
            own = (*own, _COLUMN["hidden"])
        if role in _ROLES:
            own = (*own, _COLUMN[_ROLES[role]])
        if prop == "articleBody":
            own = (*own, _COLUMN["t_article"])
        path = (self.path[parent], tag, names)
        self.parent.append(parent)
        self.depth.append(self.depth[parent] + 1)
        self.path.append(self.paths.setdefault(path, len(self.paths) + 1))
        self.own.append(own)
        self.weight.append(told[1])
        self.unlikely.append(told[2])
        return len(self.parent) - 1


_INVISIBLE = re.compile(r"display:\s*none|visibility:\s*hidden", re.IGNORECASE)


@lru_cache(20_000)
def _told(name: str) -> tuple[int, ...]:
    """The kinds that one class or id names; sites repeat theirs a thousand times."""
    return tuple(_COLUMN[str(hit.lastgroup)] for hit in _NAMED.finditer(name[:80]))


_GOOD = re.compile(
    r"article|body|content|entry|hentry|main|page|pagination|post|text|blog|story", re.IGNORECASE
)
_BAD = re.compile(
    r"combx|comment|com-|contact|foot|footer|footnote|masthead|media|meta|outbrain|promo|related|scroll|shoutbox|"
    r"sidebar|sponsor|shopping|tags|tool|widget",
    re.IGNORECASE,
)
_UNLIKELY = re.compile(
    r"combx|comment|community|disqus|extra|foot|header|menu|remark|rss|shoutbox|sidebar|sponsor|ad-break|agegate|"
    r"pagination|pager|popup|tweet|twitter",
    re.IGNORECASE,
)
_MAYBE = re.compile(r"and|article|body|column|main|shadow", re.IGNORECASE)
_START = {
    "div": 5, "article": 5, "pre": 3, "td": 3, "blockquote": 3, "address": -3, "ol": -3, "ul": -3, "dl": -3,
    "dd": -3, "dt": -3, "li": -3, "form": -3, "h1": -5, "h2": -5, "h3": -5, "h4": -5, "h5": -5, "h6": -5,
    "th": -5,
}  # fmt: skip


@lru_cache(20_000)
def _judged(tag: str, names: str, key: str) -> tuple[tuple[int, ...], int, bool]:
    """What an element's tag and names say that it is; what Readability gives it, and whether it skips it."""
    kinds = [_COLUMN[_TAGS[tag]]] if tag in _TAGS else []
    for name in names.split():
        kinds += _told(name)
    weight = _START.get(tag, 0)
    for name in (names, key):
        if name:
            weight += 25 * (bool(_GOOD.search(name)) - bool(_BAD.search(name)))
    if key:
        kinds += _told(key)
    said = f"{names} {key}"
    skipped = len(said) > 1 and bool(_UNLIKELY.search(said)) and not _MAYBE.search(said)
    return tuple(kinds), weight, skipped and tag not in ("html", "body")


_ROLES = {
    "navigation": "t_nav", "banner": "t_header", "contentinfo": "t_footer", "main": "t_main",
    "complementary": "t_aside", "article": "t_article", "search": "t_form",
}  # fmt: skip


def page_blocks(tree: HtmlElement) -> tuple[list[PageBlock], Places]:
    """The blocks of a page in document order, and the elements that they lie in."""
    whole = "".join(tree.itertext())
    walker = _Walker(known_words(whole) if has_cuts(whole) else None)
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        tag = element.tag
        if not isinstance(tag, str):
            continue
        if event == "start":
            walker.start(element, tag)
        else:
            walker.end(element, tag)
            if element is not tree:
                walker.add(element.tail)
    walker.flush()
    return walker.found, walker.places


class _Walker:
    """Collects runs of inline text; a block's beginning or end closes a run."""

    def __init__(self, known: Counter[str] | None) -> None:
        self.known = known  # the words of it all, where one of them is cut
        self.found: list[PageBlock] = []
        self.places = Places()
        self.around = [0]
        self.tags = [""]
        self.opened: list[HtmlElement] = []
        self.run: list[str] = []
        self.linked = self.links = self.inside = self.breaks = 0

    def start(self, element: HtmlElement, tag: str) -> None:
        if tag in BLOCKS or (tag in _CELL and _lays_out(element)):
            self.flush()
            self.around.append(self.places.add(self.around[-1], element, tag))
            self.tags.append(tag)
            self.opened.append(element)
        elif tag == "a":
            self.inside += 1
            self.links += 1
        elif tag in _CELL:
            self.run.append(" ")
        elif tag == "br":
            self.breaks += 1
            self.run.append("\n")
            if self.breaks > 1:
                self.flush()
        self.add(element.text)

    def end(self, element: HtmlElement, tag: str) -> None:
        if self.opened and self.opened[-1] is element:
            self.flush()
            self.around.pop()
            self.tags.pop()
            self.opened.pop()
        elif tag == "a":
            self.inside -= 1

    def add(self, text: str | None) -> None:
        if text:
            self.run.append(text)
            if not text.isspace():
                self.breaks = 0
                self.linked += len(text.strip()) if self.inside else 0

    def flush(self) -> None:
        run = "".join(self.run)
        if run and not run.isspace():
            text = unbulleted(line(run, self.known))
            if text:
                share = min(1.0, self.linked / len(text))
                self.found.append(PageBlock(text, self.tags[-1], share, self.around[-1], self.links))
        self.run.clear()
        self.linked = self.links = self.breaks = 0


def _lays_out(cell: HtmlElement) -> bool:
    """Is a table's cell a part of the page rather than a figure in a row?"""
    return any(child.tag in BLOCKS or child.tag == "br" for child in cell.iterchildren()) or (
        sum(len(text) for text in cell.itertext()) > 120
    )


def away(places: Places) -> np.ndarray:
    """How many elements up the nearest of each of KINDS is, as rows × len(KINDS); FAR where there is none."""
    found: list[list[int]] = []
    for row, above in enumerate(places.parent):
        near = (
            [distance + 1 if distance < FAR else FAR for distance in found[above]]
            if row
            else [FAR] * len(KINDS)
        )
        for column in places.own[row]:
            near[column] = 0
        found.append(near)
    return np.array(found, dtype=np.int16)


def levels(places: Places) -> list[np.ndarray]:
    """The rows of each depth, from the page's children down."""
    depth = np.array(places.depth)
    order = np.argsort(depth, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(depth[order])) + 1)[1:]
