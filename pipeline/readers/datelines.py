"""Lines of a page that tell its date, where no tag does: stamps, bylines, "Posted on 3 March 2014 by …".

A line says more the nearer it stands to the headline, and the plainer it says what its date is the date of.
A day of change, of an event, of a copyright or of a comment is none of publication.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from lxml import etree
from lxml.html import HtmlElement

from pipeline.readers import dates
from pipeline.readers.dates import Dated
from pipeline.readers.datewords import label
from pipeline.readers.datewords import labels as labels_of
from pipeline.readers.normal import line

_TEXTS = etree.XPath("//body//text()[normalize-space()]")
_NEVER = frozenset(("script", "style", "noscript", "textarea", "template", "option"))
_INLINE = frozenset((
    "a", "abbr", "acronym", "b", "bdi", "big", "cite", "em", "font", "i", "ins", "label", "mark", "nobr", "q",
    "s", "small", "span", "strong", "sub", "sup", "time", "tt", "u", "wbr", "br",
))  # fmt: skip
_DATED = re.compile(
    r"(?:19|20)\d\d|\d[./-]\s?\d\d?[./-]\s?\d\d|\d\.?[ -]?[^\W\d_]{3,9}\.?,?[ -]['\u2019]?\d\d\b"
)
_DATED_NAME = re.compile(
    r"date|datum|fecha|data\b|publi|posted|submitted|created|erstellt|time|stamp|meta|byline|info|author|autor|kicker|"
    r"credit|dateline",
    re.IGNORECASE,
)
"""What classes and ids call the place of a date."""
_OTHER_NAME = re.compile(
    r"event|deadline|expir|comment(?!s-views)|kommentar|widget(?! Blog)|sidebar|related|copyright|calendar|"
    r"kalender|archive-?list|update(?!d?-?info)|modified|lastmod|clock|today|upcoming|termin|forum|weather|stock|legal|imprint",
    re.IGNORECASE,
)
_COPYRIGHT = re.compile(r"©|\bcopyright\b|\(c\)|all rights reserved|alle rechte", re.IGNORECASE)
_SLASHES = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})/((?:19|20)?\d\d)(?![\d/])")
_HEADINGS = frozenset(("h1", "h2", "h3", "h4"))
_DATELINE = re.compile(
    r"\s*[A-Z\u00c0-\u00de][A-Z\u00c0-\u00de.'\u2019-]{2,}(?:[ ,]+[\w.'\u2019-]+){0,5}?[ ,(\u2013\u2014-]+"
    r"(?:[A-Z][a-z]{2,8} \d{1,2}, \d{4}|\d{1,2} [A-Z][a-z]{2,8},? \d{4})\)?\s*(?:[-\u2013\u2014:/]|\()"
)
"""How a press release begins: BREWSTER, N.Y., March 9, 2004 \u2013"""
_TITLED = 15
"""Characters of a text that is the headline though it is not marked as a heading."""
_MOST = 220
"""Characters of a line that may be there for its date."""
_LABELLED = 140
"""Characters of a line that may say of what its date is the date: a longer one is prose."""
_AFTER, _AHEAD = 700, 250
"""Characters behind and before the headline within which a date is near it."""

LABELLED, NEAR, SAID, NAMED, ALONE = range(5)
"""How well a line tells: labelled, bare near the headline; elsewhere labelled, in a place of dates, bare."""
TELLS = ("byline", "date line", "date line, labelled", "date line, named", "date line, far")


class Told(NamedTuple):
    """A date that a line tells, how well (LABELLED … ALONE), and how far from the headline in characters."""

    dated: Dated
    rank: int
    distance: int


class Lines(NamedTuple):
    """What the lines of a page tell: `told` of its publication, best first; `changed`, days of a change."""

    told: list[Told]
    changed: list[Told]


class _Seen(NamedTuple):
    dated: Dated
    label: str
    alone: bool
    named: bool
    at: int


def lines(tree: HtmlElement, titles: list[str], is_others: Callable[[HtmlElement], bool]) -> Lines:
    """The dates that lines of a page tell. `titles` are what the page calls itself."""
    finder = _Finder(tree, [title for title in titles if title], is_others)
    found, changed = [], []
    for said in finder.seen():
        near = finder.end >= 0 and said.at - finder.start >= -_AHEAD and said.at - finder.end <= _AFTER
        behind = said.at >= finder.start
        distance = said.at - finder.end if behind else finder.start - said.at + 100
        if said.label == "changed":
            changed.append(Told(said.dated, SAID, distance))
        elif said.label:
            found.append(Told(said.dated, LABELLED if near else SAID, distance))
        elif near and (said.alone or said.named):
            found.append(Told(said.dated, NEAR, distance))
        elif said.alone or said.named:
            found.append(Told(said.dated, NAMED if said.named else ALONE, distance))
    found.sort(key=lambda one: (one.rank, one.distance if one.rank in (LABELLED, NEAR) else 0))
    return Lines(found, changed)


class _Finder:
    """One look at a page: its texts with a date in them, and its headline.

    `start` and `end` tell where the headline stands, in characters of text from the beginning of the page; -1
    where there is none.
    """

    def __init__(
        self, tree: HtmlElement, titles: list[str], is_others: Callable[[HtmlElement], bool]
    ) -> None:
        self.start = self.end = -1
        self._is_others = is_others
        self._done: set[HtmlElement] = set()
        self._waiting: list[tuple[HtmlElement, str, int]] = []
        keys, whole = {_key(title) for title in titles}, " \n ".join(titles)
        headline: HtmlElement | None = None
        best = at = 0
        marked = {
            below: mark
            for mark in tree.iter("h1", "h2", "h3", "h4", "time")
            for below in (mark, *mark.iter())
        }
        for node in _TEXTS(tree):
            element = node.getparent()
            if node.is_tail:
                element = element.getparent()
            elif element.tag in _NEVER:
                continue
            said = node.strip()
            mark = marked.get(element)
            if mark is None:
                if best < len(said) >= _TITLED and said in whole:
                    best, self.start, self.end, headline = len(said), at, at + len(said), element
            elif mark.tag != "time" and mark not in self._done:
                self._done.add(mark)
                if (surely := _headline(mark, keys)) > best:
                    best, self.start, headline = surely, at, mark
                    self.end = at + len(mark.text_content().strip())
            if mark is not None and mark.tag == "time":
                if mark not in self._done:
                    self._done.add(mark)
                    self._waiting.append((mark, "", at))
            elif _DATED.search(said):
                self._waiting.append((element, str(node), at))
            at += len(said)
        self._waiting += [
            (mark, "", 10**7) for mark in tree.iter("time") if mark not in self._done and not mark.text
        ]
        self._done.clear()
        self._trunk = {headline, *headline.iterancestors()} if headline is not None else set()
        self._american = _is_american([text for _, text, _ in self._waiting])

    def seen(self) -> list[_Seen]:
        """Every date that stands in a line of its own, in the order of the page."""
        found: list[_Seen] = []
        for element, text, at in self._waiting:
            if not text:
                found += self._of_time(element, at)
            elif element not in self._done:
                found += self._of_line(text, element, at)
        return found

    def _of_time(self, node: HtmlElement, at: int) -> list[_Seen]:
        """The date of a `time`: what is printed, where that is a whole day, else what programs read."""
        printed = line(node.text_content()[:200])
        found = dates.located(printed, self._american)
        shown = found[0] if found and found[0].precision == "day" else None
        value = shown or dates.find((node.get("datetime") or "")[:40])
        if value is None or self._refused(node):
            return []
        self._done.add(node)
        around = node.getparent()
        before = _text(around).partition(printed)[0] if printed and around is not None else ""
        own = label(printed[: found[1]]) if found else ""
        return [_Seen(value, own or label(before[-60:]), True, True, at)]

    def _of_line(self, text: str, element: HtmlElement, at: int) -> list[_Seen]:
        """The date of the line that a text stands in."""
        part, own = self._line_of(text, element), line(text)
        first = dates.located(own, self._american) if part and len(own) <= _MOST else None
        if first and label(own[: first[1]]) in ("published", "changed"):
            part = own
        found = list(dates.every(part, self._american))
        if not found or _COPYRIGHT.search(part) or self._refused(element):
            return []
        labels = list(labels_of(part, found))
        named = _is_named(element)
        alone = dates.alone(part) or dates.alone(own)
        if alone and not any(labels):
            return [_Seen(alone, "", True, named, at)] if alone.precision == "day" or named else []
        if _DATELINE.match(part) and found[0][0].precision == "day":
            return [_Seen(found[0][0], "published", False, named, at)]
        if len(found) > 1 and not any(says in ("published", "changed") for says in labels):
            return []  # from one day to another: an event
        pairs = [(dated, says) for (dated, _, _), says in zip(found, labels, strict=True)]
        seen = [_Seen(dated, says, True, named, at) for dated, says in pairs if says == "changed"]
        for dated, says in pairs:
            told = says == "published" and (named or len(part) <= _LABELLED) and dated.precision != "year"
            if told or (not says and named and len(part) <= 120 and dated.precision == "day"):
                return [*seen, _Seen(dated, says, False, named, at)]
        return seen

    def _line_of(self, text: str, element: HtmlElement) -> str:
        """The line that a text is part of: its block where that is short, else itself; "" for prose."""
        block = element
        while block.tag in _INLINE and block.getparent() is not None:
            block = block.getparent()
        if block in self._done:
            return ""
        part = _text(block)
        if len(part) <= _MOST and element.tag not in _HEADINGS:
            self._done.add(block)
        else:
            block, part = element, line(text)
        for _ in range(2):
            above = block.getparent()
            if len(part) > 14 or above is None or dates.located(part, self._american):
                break
            wider = _text(above)
            if len(wider) > 60:
                break
            block, part = above, wider
            self._done.add(block)
        return part if len(part) <= _MOST or _DATELINE.match(part) else ""

    def _refused(self, element: HtmlElement) -> bool:
        """Does it stand in a place of events, comments, other pieces? What holds the headline is none."""
        for up in (element, *list(element.iterancestors())[:4]):
            names = " ".join(up.get(name) or "" for name in ("class", "id", "itemprop"))
            if up not in self._trunk and up.tag not in ("body", "html") and _OTHER_NAME.search(names):
                return True
        return self._is_others(element)


def _text(element: HtmlElement) -> str:
    """The text of an element, parted where its parts are; no more of it than a line may have."""
    parts, size = [], 0
    for part in element.itertext():
        parts.append(part)
        size += len(part)
        if size > 6 * _MOST:
            break
    return line(" ".join(parts))


def _is_american(texts: list[str]) -> bool:
    """Do dates in numbers put the month first?

    03/24/2014 says so, unless 24/03/2014 is there too. Where all could be either, the months that the page
    names tell: 11/07/2012 is in November where another date is 5 November 2012.
    """
    hits = [hit for text in texts for hit in _SLASHES.finditer(text)]
    pairs = [(int(hit[1]), int(hit[2]), int(hit[3])) for hit in hits]
    if any(first > 12 for first, _, _ in pairs) or not pairs:
        return False
    if any(second > 12 for _, second, _ in pairs):
        return True
    named = {
        (found.day.year, found.day.month)
        for text in texts
        if len(text) < 200 and (found := dates.find(_SLASHES.sub("", text)))
    }
    months = [((year + 2000 if year < 100 else year), first, second) for first, second, year in pairs]
    fits = [((year, first) in named, (year, second) in named) for year, first, second in months]
    return any(american for american, _ in fits) and not any(british for _, british in fits)


def _is_named(element: HtmlElement) -> bool:
    """Does it stand in a place whose name says that it is one of dates?"""
    for up in (element, *list(element.iterancestors())[:2]):
        if up.tag in ("body", "html", "main", "article"):
            return False
        names = " ".join(up.get(name) or "" for name in ("class", "id", "itemprop", "property"))
        if up.tag == "time" or _DATED_NAME.search(names):
            return True
    return False


def _headline(node: HtmlElement, titles: set[str]) -> int:
    """How surely an element is the headline: 0 for not."""
    key = _key(node.text_content()[:400])
    if len(key) < 4:
        return 0
    if key in titles:
        return 2 * len(key)
    if len(key) > 8 and any(key in title for title in titles):
        return len(key)
    if len(key) > 20 and any(title in key for title in titles if len(title) > 12):
        return 20
    return 1 if node.tag == "h1" else 0


def _key(text: str) -> str:
    return re.sub(r"\W", "", text).casefold()
