"""Lines of a page that tell its date, where no tag does: stamps, bylines, "Posted on 3 March 2014 by …".

A line says more the nearer it stands to the headline, and the plainer it says what its date is the date of.
A day of change, of an event, of a copyright or of a comment is none of publication.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from lxml import etree
from lxml.html import HtmlElement

from pipeline.readers import dates
from pipeline.readers.dates import Dated
from pipeline.readers.datewords import label
from pipeline.readers.datewords import labels as labels_of
from pipeline.readers.normal import line

_NODES = etree.XPath(
    "//body//*[self::h1 or self::h2 or self::h3 or self::h4 or self::time] |"
    " //body//text()[not(parent::script or parent::style or parent::noscript or parent::textarea"
    " or parent::template or parent::option)][normalize-space()]"
)
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
    r"event|deadline|expir|comment|kommentar|widget|sidebar|related|copyright|calendar|kalender|archive-?list|"
    r"update(?!d?-?info)|modified|lastmod|clock|today|upcoming|termin|forum|weather|stock|legal|imprint",
    re.IGNORECASE,
)
_COPYRIGHT = re.compile(r"©|\bcopyright\b|\(c\)|all rights reserved|alle rechte", re.IGNORECASE)
_SLASHES = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})/(?:19|20)?\d\d(?![\d/])")
_HEADINGS = frozenset(("h1", "h2", "h3", "h4"))
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
    seen, start, end = _seen(tree, {_key(title) for title in titles if title}, is_others)
    found, changed = [], []
    for said in seen:
        distance = 10**6 if end < 0 else said.at - end if said.at >= start else start - said.at + 100
        near = end >= 0 and said.at - start >= -_AHEAD and said.at - end <= _AFTER
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


def _seen(
    tree: HtmlElement, titles: set[str], is_others: Callable[[HtmlElement], bool]
) -> tuple[list[_Seen], int, int]:
    """Every date in a line of its own, and where the headline begins and ends; -1 where there is none."""
    waiting: list[tuple[HtmlElement, str, int]] = []
    start = end = -1
    best, at = 0, 0
    for node in _NODES(tree):
        if isinstance(node, HtmlElement):
            if node.tag == "time":
                waiting.append((node, "", at))
            elif (surely := _headline(node, titles)) > best:
                best, start = surely, at
                end = at + len(node.text_content().strip())
            continue
        if _DATED.search(node):
            element = node.getparent()
            waiting.append((element.getparent() if node.is_tail else element, str(node), at))
        at += len(node.strip())
    american = _is_american(text for _, text, _ in waiting)
    found: list[_Seen] = []
    done: set[HtmlElement] = set()
    for element, text, place in waiting:
        if not text:
            found += _of_time(element, place, done, is_others)
        elif element not in done:
            found += _of_line(text, element, place, done, is_others, american)
    return found, start, end


def _is_american(texts: Iterable[str]) -> bool:
    """Do dates in numbers put the month first? 03/24/2014 says so, unless 24/03/2014 is there too."""
    pairs = [(int(hit[1]), int(hit[2])) for text in texts for hit in _SLASHES.finditer(text)]
    return any(second > 12 >= first for first, second in pairs) and all(first <= 12 for first, _ in pairs)


def _of_time(
    node: HtmlElement, at: int, done: set[HtmlElement], is_others: Callable[[HtmlElement], bool]
) -> list[_Seen]:
    """The date of a `time`: what is printed, where that is a whole day, else what it holds for programs."""
    printed = line(node.text_content()[:200])
    found = dates.located(printed)
    value = (
        found[0] if found and found[0].precision == "day" else dates.find((node.get("datetime") or "")[:40])
    )
    if value is None or node in done:
        return []
    done.add(node)
    above = node.getparent()
    before = line(above.text_content()[:200]).partition(printed)[0] if printed and above is not None else ""
    if _refused(node, is_others):
        return []
    own = label(printed[: found[1]]) if found else ""
    return [_Seen(value, own or label(before[-60:]), True, True, at)]


def _of_line(
    text: str, element: HtmlElement, at: int, done: set[HtmlElement],
    is_others: Callable[[HtmlElement], bool], american: bool,
) -> list[_Seen]:  # fmt: skip
    """The date of the line that a text stands in."""
    block = element
    while block.tag in _INLINE and block.getparent() is not None:
        block = block.getparent()
    if block in done:
        return []
    part = line(block.text_content()[: 4 * _MOST])
    if len(part) <= _MOST and element.tag not in _HEADINGS:
        done.add(block)
    else:
        block, part = element, line(text)
        if len(part) > _MOST:
            return []
    for _ in range(2):
        if len(part) > 14 or dates.located(part, american) or (above := block.getparent()) is None:
            break
        wider = line(above.text_content()[: 4 * _MOST])
        if len(wider) > 60:
            break
        block, part = above, wider
        done.add(block)
    found = list(dates.every(part, american))
    if not found or _COPYRIGHT.search(part) or _refused(element, is_others):
        return []
    labels = list(labels_of(part, found))
    named = _is_named(element)
    own = line(text)
    alone = dates.alone(part) or dates.alone(own)
    if alone and not any(labels):
        return [_Seen(alone, "", True, named, at)] if alone.precision == "day" or named else []
    if len(found) > 1 and not any(says in ("published", "changed") for says in labels):
        return []  # from one day to another: an event
    seen = [
        _Seen(dated, says, True, named, at)
        for (dated, _, _), says in zip(found, labels, strict=True)
        if says == "changed"
    ]
    for (dated, _, _), says in zip(found, labels, strict=True):
        if says in ("changed", "other") or dated.precision == "year":
            continue
        if (says and (named or len(part) <= _LABELLED)) or (
            named and len(part) <= 120 and dated.precision == "day"
        ):
            return [*seen, _Seen(dated, says, dates.alone(part) is not None, named, at)]
    return seen


def _refused(element: HtmlElement, is_others: Callable[[HtmlElement], bool]) -> bool:
    names = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('itemprop') or ''}"
    if _OTHER_NAME.search(names):
        return True
    for up in list(element.iterancestors())[:4]:
        if _OTHER_NAME.search(f"{up.get('class') or ''} {up.get('id') or ''}") and up.tag not in (
            "body",
            "html",
        ):
            return True
    return is_others(element)


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
