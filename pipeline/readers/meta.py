"""The head of a page: meta tags, JSON-LD and links, read once and asked by name.

A signal is the name of a meta tag ("citation_title", "og:title": `name=` or `property=`, any case), or
"json-ld:headline", "css:h1#page-title", "css:time@datetime" (an attribute of what is selected),
"link:canonical", or "title" for the title element.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from pipeline.readers import linked_data
from pipeline.readers.markup import find, take_out
from pipeline.readers.normal import line

_ARTICLE = re.compile(
    r"(?:Article|BlogPosting|Posting|Report|Thesis|Book|CreativeWork|Legislation|PublicationIssue)$"
)
_BODY = re.compile(r"(?:Organization|Corporation|NGO|Brand|Company)$")
_OTHERS = re.compile(r"\[(?:itemprop|rel)=|\btime\b")
"""Selectors of marks that teasers carry as well as the article."""
_HOMES = etree.XPath(
    "//article | //*[@itemscope][contains(@itemtype, 'Article') or contains(@itemtype, 'BlogPosting')"
    " or contains(@itemtype, 'Report')]"
)
_ASIDE = re.compile(
    r"(?:^|[\s_-])(?:teasers?|related|recommended|recirc\w*|promos?|sidebar|widget|comments?|comment-\w+|read-?next|"
    r"most-(?:read|popular|viewed)|more-(?:news|stories|from)|latest(?:-\w+)?|trending|carousel)(?:[\s_-]|$)",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"\b(?:meta|by-?line|(?:post|entry|article)[_-]?(?:meta|info|footer|details?|date)|widget Blog)\b",
    re.IGNORECASE,
)
"""What is called so tells of the article itself, be it an `aside`; what Blogger shows is a "widget Blog"."""
_PROPERTIES = etree.XPath("//body//*[@property][not(self::meta)]")
_CREATES = frozenset(("has_creator", "creator", "author", "maker"))
_RELATED = (etree.XPath("//link[@rel]"), etree.XPath("//a[@rel]"))
_MARKS = {
    "[itemprop=": etree.XPath("boolean(//@itemprop)"),
    "[rel=author]": etree.XPath("boolean(//a[@rel])"),
    "creativecommons": etree.XPath("boolean(//a[contains(@href, 'creativecommons')])"),
}
"""What selectors ask for -> is there any on the page? Most pages have none, and selectors are slow."""


class Head:
    """What a page says about itself."""

    def __init__(self, tree: HtmlElement) -> None:
        self.tree = tree
        self._tags: dict[str, list[str]] = {}
        for element in tree.iter("meta"):
            name = element.get("name") or element.get("property") or element.get("itemprop")
            if name and (content := element.get("content")):
                self._tags.setdefault(name.strip().lower(), []).append(content)
        self.links: dict[str, list[str]] = {}
        for element in (element for related in _RELATED for element in related(tree)):
            for rel in (element.get("rel") or "").lower().split():
                if href := (element.get("href") or "").strip():
                    self.links.setdefault(rel, []).append(href)
        self._title = next((text for found in tree.iter("title") if (text := line(found.text_content()))), "")
        everything = list(linked_data.objects(_scripts(tree)))
        self._by_id = {
            node["@id"]: node for node in everything if isinstance(node.get("@id"), str) and "name" in node
        }
        articles = [node for node in everything if _typed(node, _ARTICLE)]
        self._nodes = linked_data.own(
            articles,
            [*self.links.get("canonical", ())[:1], *self._tags.get("og:url", ())[:1]],
            [self._title, *self._tags.get("og:title", ())[:1], *_headings(tree)],
        )
        self._properties: dict[str, list[str]] | None = None
        self._home: HtmlElement | None = None
        self._homes: set[HtmlElement] | None = None
        self._trunk: set[HtmlElement] = set()
        self._found: dict[str, list[str]] = {}
        self._absent = [mark for mark, there in _MARKS.items() if not there(tree)]

    def values(self, signal: str) -> list[str]:
        """Everything a signal says, in order; names of people for "json-ld:author"."""
        kind, _, rest = signal.partition(":")
        if kind == "css":
            return self._selected(rest)
        if kind == "rdfa":
            return self.properties().get(rest, [])
        if kind == "json-ld-any":
            return self._sole(rest)
        if kind == "json-ld":
            return [text for node in self.nodes() for text in self._texts(node, rest)]
        if kind == "link":
            return self.links.get(rest, [])
        if signal == "title":
            return [self._title] if self._title else []
        return [text for raw in self._tags.get(signal.lower(), ()) if (text := line(raw))]

    def _sole(self, key: str) -> list[str]:
        """What all linked data of the page say, sound or not, where they say one day only."""
        found = re.findall(rf'"{key}"\s*:\s*"([^"]{{4,40}})"', " ".join(_scripts(self.tree)))
        return found[:1] if len({value[:10] for value in found}) == 1 else []

    def first(self, signals: Iterable[str]) -> tuple[str, str]:
        """(value, signal) of the first signal that says anything, else ("", "")."""
        return next(((values[0], signal) for signal in signals if (values := self.values(signal))), ("", ""))

    def nodes(self) -> list[dict[str, Any]]:
        """The JSON-LD nodes that describe an article."""
        return self._nodes

    def _selected(self, rest: str) -> list[str]:
        if any(mark in rest and "," not in rest for mark in self._absent):
            return []
        if rest not in self._found:
            css, at, attribute = rest.rpartition("@")
            css, attribute = (css, attribute) if at else (rest, "")
            chosen = find(self.tree, css)
            if chosen and _OTHERS.search(css):
                chosen = [element for element in chosen if not self.is_others(element)]
            texts = (found.get(attribute, "") if attribute else found.text_content() for found in chosen)
            self._found[rest] = [text for raw in texts if (text := line(raw))]
        return self._found[rest]

    def properties(self) -> dict[str, list[str]]:
        """What RDFa in the body says of the page itself: local name in lower case -> values.

        The prefix is left out: `dc:date`, `dct:date` and `http://purl.org/dc/terms/date` are one name. Where
        the page tells of several things, it is that at its own address, else that of most of its text.
        """
        if self._properties is None:
            said: dict[str, list[tuple[str, str]]] = {}
            subjects: dict[str, int] = {}
            for element in _PROPERTIES(self.tree):
                value = line(
                    element.get("content") or element.get("datetime") or element.text_content()[:1000]
                )
                if not value or self.is_others(element):
                    continue
                above = (element, *element.iterancestors())
                about = next((up for up in above if up.get("about") or up.get("resource")), self.tree)
                subject = about.get("about") or about.get("resource") or ""
                if subject not in subjects:
                    subjects[subject] = len(about.text_content())
                for name in map(_local, (element.get("property") or "").split()):
                    by = name == "name" and any(_CREATES.intersection(_roles(up)) for up in above[1:4])
                    said.setdefault("creator" if by or name == "author" else name, []).append(
                        (subject, value)
                    )
            own = _own_subject(subjects, [*self.links.get("canonical", ()), *self._tags.get("og:url", ())])
            self._properties = {
                name: [value for subject, value in values if subject == own] for name, values in said.items()
            }
        return self._properties

    def organisations(self) -> list[str]:
        """Names of organisations that the page gives as its authors or publishers: no people."""
        named = [item for node in self.nodes() for key in ("author", "publisher", "sourceOrganization")
                 for item in _many(node.get(key))]  # fmt: skip
        found = [
            self._named(item) for item in named if isinstance(item, dict) and _typed(self._whole(item), _BODY)
        ]
        found += [text for item in named if isinstance(item, str) and (text := line(item))
                  and item in map(str, (node.get("publisher") for node in self.nodes()))]  # fmt: skip
        tags = ("citation_publisher", "dc.publisher", "application-name", "citation_journal_title")
        return [name for name in (*found, *(value for tag in tags for value in self.values(tag))) if name]

    def is_others(self, element: HtmlElement) -> bool:
        """Does it stand in a teaser, a comment or a list of other pieces?

        What holds the page's first heading is none of these, though its class speaks of a sidebar it stands
        beside.
        """
        if self._homes is None:
            homes = list(_HOMES(self.tree))
            self._homes = set(homes)
            heading = next(iter(self.tree.iter("h1")), None)
            around = (
                next((up for up in heading.iterancestors() if up in self._homes), None)
                if heading is not None
                else None
            )
            if around is None and homes:
                around = max(homes, key=lambda home: len(home.text_content()))
            self._home = around
            self._trunk = set(heading.iterancestors()) if heading is not None else set()
        for up in (element, *element.iterancestors()):
            if up is self._home:
                return False
            if up in self._homes:
                return self._home is None or up not in self._home.iterancestors()
            names = up.get("class") or ""
            if up in self._trunk or up.tag == "body" or _OWN.search(names):
                continue
            if up.tag in ("aside", "nav", "footer") or _ASIDE.search(names):
                return True
        return False

    def own(self) -> HtmlElement:
        """A copy of the page without scripts, teasers, comments and lists of other pieces."""
        copy = deepcopy(self.tree)
        pairs = zip(self.tree.iter(), copy.iter(), strict=True)
        others = [
            twin
            for element, twin in pairs
            if (element.tag in ("aside", "nav", "article") or _ASIDE.search(element.get("class") or ""))
            and self.is_others(element)
        ]
        take_out(copy, others, ("script",))
        return copy

    def _whole(self, item: dict[str, Any]) -> dict[str, Any]:
        """A node that another names only by its id."""
        return item if "name" in item else self._by_id.get(str(item.get("@id")), item)

    def _named(self, item: dict[str, Any]) -> str:
        item = self._whole(item)
        name = item.get("name") or item.get("@id") or item.get("url")
        return line(str(next(iter(_many(name)), "")))

    def _texts(self, node: dict[str, Any], key: str) -> list[str]:
        found = []
        for item in _many(node.get(key)):
            if isinstance(item, dict):
                if key == "author" and _typed(self._whole(item), _BODY):
                    continue
                names = self._whole(item).get("name") if key == "author" else None
                if isinstance(names, list):
                    found += [text for name in names if isinstance(name, str) and (text := line(name))]
                    continue
                item = self._named(item)
            if isinstance(item, (str, int)) and not isinstance(item, bool) and (text := line(str(item))):
                found.append(text)
        return found


def _local(name: str) -> str:
    """A name without its vocabulary."""
    return re.split(r"[:/#]", name)[-1].lower()


def _roles(element: HtmlElement) -> list[str]:
    return [_local(name) for key in ("rel", "property") for name in (element.get(key) or "").split()]


def _own_subject(subjects: dict[str, int], addresses: Iterable[str]) -> str:
    """Which of the things that a page tells of is the page: subject -> characters of its text."""
    paths = {re.sub(r"^(?:https?:)?//[^/]*|[?#].*$", "", address).rstrip("/") for address in addresses}
    homes = [one for one in subjects if one and re.sub(r"^(?:https?:)?//[^/]*", "", one).rstrip("/") in paths]
    return next(iter(homes), max(subjects, key=lambda one: (subjects[one], one), default=""))


def _scripts(tree: HtmlElement) -> Iterator[str]:
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower():
            yield script.text or "null"


def _headings(tree: HtmlElement) -> list[str]:
    return [line(heading.text_content()) for heading in tree.iter("h1")][:3]


def _many(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _typed(node: dict[str, Any], pattern: re.Pattern[str]) -> bool:
    kinds = node.get("@type")
    return any(
        isinstance(kind, str) and pattern.search(kind)
        for kind in (kinds if isinstance(kinds, list) else [kinds])
    )
