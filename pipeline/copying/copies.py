"""Which documents are one publication: the rules, and the groups that follow from pairs.

Likeness alone doesn't tell. A press release is reprinted within days by another body; the same words
under other numbers of one series are answers to several questions. So a verdict rests on the texts, the
titles, the dates, who published and under which address. docs/methods.md says it in words.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from pipeline.copying.likeness import Likeness
from pipeline.records import ACCESS
from pipeline.settings import Duplicates

KINDS = ("doi", "identifier", "file", "identical", "near", "joint", "excerpt", "reprint")
"""How a document came into its group, the surest first."""

WEAK = frozenset({"excerpt", "reprint"})
"""Kinds that are not passed on: two texts with a part in a third one need not be copies of each other."""

SWAPS = 3
"""So many names or numbers put in the place of others: one template, filled in twice."""

_NUMBERED = re.compile(r"[/=](\d+)$")


@dataclass(frozen=True, slots=True)
class Paper:
    """What the rules ask of a document.

    `is_file`: it is the file of a page that is a document itself; `rehosted`: it lies on a site that puts up
    what others published.
    """

    document_id: str
    source: str
    url: str
    title: str
    published: date | None
    precision: str | None
    genre: str
    access: str
    words: int
    is_file: bool = False
    rehosted: bool = False

    @property
    def rank(self) -> tuple[bool, bool, int, int, str, str]:
        """The least leads: no file, no copy elsewhere, fullest access, most words, earliest date."""
        when = str(self.published or "9")
        return self.is_file, self.rehosted, ACCESS.index(self.access), -self.words, when, self.document_id


@dataclass(frozen=True, slots=True)
class Pair:
    """Two documents that are one publication, and why."""

    first: str
    second: str
    kind: str
    likeness: Likeness | None
    evidence: str


def judge(a: Paper, b: Paper, like: Likeness, limits: Duplicates) -> Pair | None:
    """The verdict on two documents by their texts; None where they are two publications."""
    if repeated(a, b, limits) or said_again(a, b, max(like.first_words, like.second_words), limits):
        return None
    alike, days = titles_alike(a.title, b.title), days_apart(a, b)
    long_enough = min(like.first_words, like.second_words) >= limits.min_words
    if like.identical and (long_enough or alike):
        return Pair(a.document_id, b.document_id, "identical", like, "the same words")
    if not long_enough and not alike:
        return None
    reach = _reach(a, b, alike, limits)
    apart = limits.days if days is None else days
    kind = _kind(a, b, like, alike, limits) if apart <= reach else None
    if kind is None and apart <= limits.soon and not same_body(a, b) and _reprinted(like, limits):
        kind = "reprint"
    if kind is None or template(like):
        return None
    return Pair(a.document_id, b.document_id, kind, like, _evidence(like, alike, days))


def promising(a: Paper, b: Paper, limits: Duplicates) -> bool:
    """Whether any likeness of texts that differ could make them one: saves measuring most candidates."""
    if repeated(a, b, limits):
        return False
    return (days_apart(a, b) or 0) <= _reach(a, b, titles_alike(a.title, b.title), limits)


def repeated(a: Paper, b: Paper, limits: Duplicates) -> bool:
    """Whether equal words are two publications: items of one numbered series, or of a genre that repeats."""
    if not same_body(a, b):
        return False
    if a.genre in limits.repeats and b.genre in limits.repeats:
        return True
    first, second = _series(a.url), _series(b.url)
    return first is not None and second is not None and first[0] == second[0] and first[1] != second[1]


def said_again(a: Paper, b: Paper, words: int, limits: Duplicates) -> bool:
    """Whether two texts of at most so many words, however alike, are two publications.

    A few words come again by themselves, under the same title too: lists of winners, notices, what is in this
    week's issue. Only dates that are known tell them apart: more than `days`, of one body `soon` or more.
    """
    days = days_apart(a, b)
    if days is None or words >= limits.min_words:
        return False
    return days >= limits.soon if same_body(a, b) else days > limits.days


def same_body(a: Paper, b: Paper) -> bool:
    """Whether one source or one host published both."""
    return a.source == b.source or _host(a.url) == _host(b.url) != ""


def is_rehosted(url: str, sites: Iterable[str]) -> bool:
    """Whether an address is on one of the sites that put up what others published."""
    return any(fnmatchcase(_host(url), site) for site in sites)


def template(like: Likeness) -> bool:
    """Whether the texts differ by names and numbers put in each other's places."""
    return like.swaps >= SWAPS


def titles_alike(first: str, second: str) -> bool:
    """Whether two titles name one thing: the same words, or nearly, or one title with a subtitle."""
    a, b = _title_words(first), _title_words(second)
    if not a or not b:
        return False
    if a == b:
        return True
    if {w for w in a if w.isdigit()} != {w for w in b if w.isdigit()}:
        return False
    shared, shorter = len(a & b), min(len(a), len(b))
    begins = _plain(first).startswith(_plain(second)) or _plain(second).startswith(_plain(first))
    return (shared == shorter and (shorter >= 4 or (begins and shorter >= 2))) or shared / len(a | b) >= 0.7


def days_apart(a: Paper, b: Paper) -> int | None:
    """The least number of days between two dates as far as they are known; None where one is not."""
    if a.published is None or b.published is None:
        return None
    (a_first, a_last), (b_first, b_last) = _span(a.published, a.precision), _span(b.published, b.precision)
    return max((a_first - b_last).days, (b_first - a_last).days, 0)


def _kind(a: Paper, b: Paper, like: Likeness, alike: bool, limits: Duplicates) -> str | None:
    shorter = a if like.first_words <= like.second_words else b
    if (
        alike
        and a.genre == b.genre == "report"
        and not same_body(a, b)
        and like.containment >= limits.reprinted
    ):
        return "joint"
    if like.similarity >= limits.near:
        return "near"
    is_part = alike or shorter.access != "full" or like.of_longer >= limits.of_longer
    return "excerpt" if like.containment >= limits.contained and is_part else None


def _reach(a: Paper, b: Paper, alike: bool, limits: Duplicates) -> int:
    """How many days copies may be apart: the more speaks for one publication, the longer."""
    if same_body(a, b):
        return limits.soon if alike else -1
    return limits.long if alike else limits.days


def _reprinted(like: Likeness, limits: Duplicates) -> bool:
    return like.containment >= limits.reprinted and like.of_longer >= limits.of_longer


def _evidence(like: Likeness, alike: bool, days: int | None) -> str:
    when = "date unknown" if days is None else "same date" if not days else f"{days} days apart"
    titles = "titles alike" if alike else "other title"
    common = f"{like.containment:.0%} of the shorter, {like.of_longer:.0%} of the longer in common"
    return f"{common}; {titles}; {when}"


def _series(url: str) -> tuple[str, int] | None:
    """What the items of a series share, and the item's own number, where the address ends in one."""
    bare = re.sub(r"^\w+://(www\.)?", "", url).rstrip("/")
    found = _NUMBERED.search(bare)
    return (bare[: found.start()], int(found[1])) if found else None


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _plain(title: str) -> str:
    return " ".join(re.findall(r"\w+", title.lower()))


def _title_words(title: str) -> frozenset[str]:
    return frozenset(_plain(title).split())


def _span(day: date, precision: str | None) -> tuple[date, date]:
    if precision == "year":
        return day.replace(month=1, day=1), day.replace(month=12, day=31)
    if precision == "month":
        return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])
    return day, day


Members = Mapping[str, tuple[str, Pair | None]]
"""document -> its leader, and the pair that brought it in (None for the leader)."""


def group(papers: Mapping[str, Paper], pairs: Iterable[Pair], apart: Callable[[str, str], bool]) -> Members:
    """Join pairs, the surest first, then the nearest in time. No group holds two documents that are `apart`.

    The result depends on the set of pairs alone, not on their order. A member is told by its pair with the
    leader, or else by the surest one that it has.
    """
    found = sorted(pairs, key=lambda p: (*_strength(p), *_distance(p, papers), p.first, p.second))
    direct = {frozenset((p.first, p.second)): p for p in reversed(found)}
    members = {name: [name] for p in found for name in (p.first, p.second)}
    brought: dict[str, Pair] = {}
    for pair in found:
        a, b = members[pair.first], members[pair.second]
        leaders = frozenset((_leader(a, papers), _leader(b, papers)))
        if a is b or (pair.kind in WEAK and leaders not in direct) or any(apart(x, y) for x in a for y in b):
            continue
        for name in (pair.first, pair.second):
            brought.setdefault(name, pair)
        joined = a + b
        members.update(dict.fromkeys(joined, joined))
    return {
        name: (leader, None if name == leader else direct.get(frozenset((name, leader)), brought[name]))
        for name, all_of_it in sorted(members.items())
        if len(all_of_it) > 1
        for leader in (_leader(all_of_it, papers),)
    }


def _leader(names: Iterable[str], papers: Mapping[str, Paper]) -> str:
    return min(names, key=lambda name: papers[name].rank)


def _distance(pair: Pair, papers: Mapping[str, Paper]) -> tuple[bool, int]:
    days = days_apart(papers[pair.first], papers[pair.second])
    return days is None, days or 0


def _strength(pair: Pair) -> tuple[int, float]:
    return KINDS.index(pair.kind), -(pair.likeness.containment if pair.likeness else 1.0)
