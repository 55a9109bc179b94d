"""What a site or a page says of text and data mining: tdmrep.json, ai.txt, headers and meta tags.

The TDM Reservation Protocol (W3C community group report, 2024) has a file, a header and a meta tag; a
later one of these overrides an earlier one. ai.txt (Spawning) is written as robots.txt is. `noai` in
X-Robots-Tag or in a robots meta tag is a custom that grew without a specification.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Self

from protego import Protego
from scrapy.http.headers import Headers
from scrapy.selector import Selector

AGENT = "Themeshift"
RESERVATION = "tdm-reservation"
POLICY = "tdm-policy"
AI_TXT = "ai.txt"
BANS = ("noai", "noimageai")
HEADERS = {
    prefix + name.title().encode(): name
    for name in (RESERVATION, POLICY, "x-robots-tag")
    for prefix in (b"", b"X-Archive-Orig-")
}
"""Headers that are looked at, as Scrapy spells them. Web archives pass on those of the archived site."""


class Stated(NamedTuple):
    """One thing stated: tdm-reservation 0 or 1, tdm-policy (an address), ai.txt (a ban), noai, noimageai."""

    name: str
    where: str
    value: str = ""

    def __str__(self) -> str:
        return f"{self.name}{'=' if self.value else ''}{self.value} in {self.where}"


def reserved_by(stated: Iterable[Stated]) -> str:
    """Why text may not be mined, as a reason for refusal; empty where it may.

    The last reservation stated holds (header over file, meta tag over both). `noimageai` speaks of images,
    which are never taken.
    """
    reason = ""
    for said in stated:
        if said.name == RESERVATION:
            short = "" if said.where == "tdmrep.json" else f" in {said.where}"
            reason = f"{RESERVATION}{short}" if said.value == "1" else ""
    other = next((said for said in stated if said.name in ("noai", AI_TXT)), None)
    if reason or other is None:
        return reason
    return AI_TXT if other.name == AI_TXT else f"noai in {other.where}"


class TdmRep:
    """The rules of a /.well-known/tdmrep.json. The first to match holds: it counts as the most specific."""

    def __init__(self, rules: Sequence[tuple[Protego, tuple[Stated, ...]]]) -> None:
        self._rules = rules

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """Read the file. Raises ValueError where it is no array in JSON; what is no rule is passed over."""
        found = json.loads(body.decode("utf-8-sig", "replace"))
        if not isinstance(found, list):
            raise ValueError("not an array of rules")
        rules = (_rule(item) for item in found if isinstance(item, dict))
        return cls([rule for rule in rules if rule is not None])

    def of(self, url: str) -> tuple[Stated, ...]:
        """What is stated for an address."""
        matching = (said for pattern, said in self._rules if not pattern.can_fetch(url, AGENT))
        return next(matching, ())


def _rule(item: dict[str, object]) -> tuple[Protego, tuple[Stated, ...]] | None:
    location, value = item.get("location"), str(item.get(RESERVATION)).strip()
    # Any other value is an error of protocol, and as good as none. A text "1" is taken for the number.
    if not isinstance(location, str) or value not in ("0", "1"):
        return None
    said = [Stated(RESERVATION, "tdmrep.json", value)]
    policy = item.get(POLICY)
    if value == "1" and isinstance(policy, str) and policy.strip():
        said.append(Stated(POLICY, "tdmrep.json", policy.strip()))
    # The pattern is that of a line in robots.txt, so the parser of those does the matching.
    pattern = " ".join(location.split()).replace("#", "%23")
    return Protego.parse(f"User-agent: *\nDisallow: {pattern}\n"), tuple(said)


class AiTxt:
    """The rules of an /ai.txt, as robots.txt has them."""

    def __init__(self, rules: Protego) -> None:
        self._rules = rules

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """Read the file. Raises ValueError where a page is served in its place, as some sites do."""
        text = body.decode("utf-8-sig", "replace")
        if text.lstrip().startswith("<"):
            raise ValueError("a page, not a list of rules")
        return cls(Protego.parse(text))

    def of(self, url: str) -> tuple[Stated, ...]:
        """What is stated for an address."""
        return () if self._rules.can_fetch(url, AGENT) else (Stated(AI_TXT, AI_TXT),)


def of_page(headers: Headers, head: bytes) -> tuple[Stated, ...]:
    """What an answer states in its headers and in the meta tags of its first bytes, in order of priority."""
    return (*_in_headers(headers), *_in_meta(head))


def _in_headers(headers: Headers) -> Iterator[Stated]:
    for key in sorted(HEADERS.keys() & headers.keys()):
        for value in headers.getlist(key):
            yield from _said(HEADERS[key], value.decode("latin-1"), "header")


def _in_meta(head: bytes) -> Iterator[Stated]:
    # Every page comes by here: it is parsed only where one of the words stands before its body.
    if b"<meta" not in head and b"<META" not in head:
        return
    lowered = head[: head.find(b"<body")].lower()
    if not any(mark in lowered for mark in (b"tdm-reservation", b"noai", b"noimageai")):
        return
    for tag in Selector(text=head.decode("utf-8", "replace"), type="html").xpath("//meta[@name][@content]"):
        name = tag.attrib["name"].strip().lower()
        if name in (RESERVATION, POLICY, "robots", AGENT.lower()):
            yield from _said(name, tag.attrib["content"], "meta")


def _said(name: str, value: str, where: str) -> Iterator[Stated]:
    """What a header or meta tag states: a reservation or policy, else a list of directives."""
    if name not in (RESERVATION, POLICY):
        yield from _bans(value, where)
    elif value.strip() and (name == POLICY or value.strip() in ("0", "1")):
        yield Stated(name, where, value.strip())


def _bans(line: str, where: str) -> Iterator[Stated]:
    """The bans in a list of directives; behind an agent's name they hold for that agent."""
    agent = ""
    for part in line.lower().split(","):
        before, colon, directive = part.rpartition(":")
        agent = before.strip() if colon else agent
        if directive.strip() in BANS and agent in ("", "*", AGENT.lower()):
            yield Stated(directive.strip(), where)
