"""Lines of a page that tell its date, where no tag does: stamps, bylines, "Posted on 3 March 2014 by …".

A line says more the nearer it stands to the headline, and the plainer it says what its date is the date of.
A day of change, of an event, of a copyright or of a comment is none of publication.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
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
    """What lines tell: `told`, of the publication, best first; `others`, days of something else."""

    told: list[Told]
    others: set[date]


class _Seen(NamedTuple):
    dated: Dated
    label: str
    alone: bool
    named: bool
    at: int


def lines(tree: HtmlElement, titles: list[str], is_others: Callable[[HtmlElement], bool]) -> Lines:
    """The dates that lines of a page tell. `titles` are what the page calls itself."""
    finder = _Finder(tree, [title for title in titles if title], is_others)
    found = []
    for said in finder.seen():
        near = finder.end >= 0 and said.at - finder.start >= -_AHEAD and said.at - finder.end <= _AFTER
        behind = said.at >= finder.start
        distance = said.at - finder.end if behind else finder.start - said.at + 100
        if said.label:
            found.append(Told(said.dated, LABELLED if near else SAID, distance))
        elif near and (said.alone or said.named):
            found.append(Told(said.dated, NEAR, distance))
        elif said.alone or said.named:
            found.append(Told(said.dated, NAMED if said.named else ALONE, distance))
    found.sort(key=lambda one: (one.rank, one.distance if one.rank in (LABELLED, NEAR) else 0))
    return Lines(found, finder.others - {one.dated.day for one in found})


class _Finder:
    """One look at a page: its texts with a date in them, and its headline.

    `start` and `end` tell where the headline stands, in characters of text from the beginning of the page; -1
    where there is none.
    """

    def __init__(
        self, tree: HtmlElement, titles: list[str], is_others: Callable[[HtmlElement], bool]
    ) -> None:
        self.start = self.end = -1
        self.others: set[date] = set()
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
        self._american = dates.months_first([text for _, text, _ in self._waiting])

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
        if value is None:
            return []
        if self._refused(node):
            self.others.add(value.day)
            return []
        self._done.add(node)
        around = node.getparent()
        before = _text(around).partition(printed)[0] if printed and around is not None else ""
        says = (label(printed[: found[1]]) if found else "") or label(before[-60:])
        if says in ("changed", "other"):
            self.others.add(value.day)
            return []
        return [_Seen(value, says, True, True, at)]

    def _of_line(self, text: str, element: HtmlElement, at: int) -> list[_Seen]:
        """The date of the line that a text stands in."""
        part, own = self._line_of(text, element), line(text)
        first = dates.located(own, self._american) if part and len(own) <= _MOST else None
        if first and label(own[: first[1]]) in ("published", "changed"):
            part = own
        found = list(dates.every(part, self._american))
        if not found:
            return []
        if _COPYRIGHT.search(part) or self._refused(element):
            self.others |= {dated.day for dated, _, _ in found}
            return []
        labels = list(labels_of(part, found))
        named = _is_named(element)
        alone = dates.alone(part) or dates.alone(own)
        if alone and not any(labels):
            return [_Seen(alone, "", True, named, at)] if alone.precision == "day" or named else []
        if _DATELINE.match(part) and found[0][0].precision == "day":
            return [_Seen(found[0][0], "published", False, named, at)]
        pairs = [(dated, says) for (dated, _, _), says in zip(found, labels, strict=True)]
        self.others |= {dated.day for dated, says in pairs if says in ("changed", "other")}
        if len(found) > 1 and not {"published", "changed"} & set(labels):  # from one day to another: an event
            self.others |= {dated.day for dated, _ in pairs}
            return []
        for dated, says in pairs:
            told = says == "published" and (named or len(part) <= _LABELLED) and dated.precision != "year"
            if told or (not says and named and len(part) <= 120 and dated.precision == "day"):
                return [_Seen(dated, says, False, named, at)]
        return []

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
