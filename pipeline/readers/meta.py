"""The head of a page: meta tags, JSON-LD and links, read once and asked by name.

A signal is the name of a meta tag ("citation_title", "og:title": `name=` or `property=`, any case), or
"json-ld:headline", "css:h1#page-title", "css:time@datetime" (an attribute of what is selected),
"link:canonical", or "title" for the title element.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from pipeline.readers.markup import find
from pipeline.readers.normal import line

_ARTICLE = re.compile(
    r"(?:Article|BlogPosting|Posting|Report|Thesis|Book|CreativeWork|Legislation|PublicationIssue)$"
)
_MAX_NODES = 2000
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
        self._nodes = [node for node in self._json_ld() if _typed(node, _ARTICLE)]
        self._found: dict[str, list[str]] = {}
        self._absent = [mark for mark, there in _MARKS.items() if not there(tree)]

    def values(self, signal: str) -> list[str]:
        """Everything a signal says, in order; names of people for "json-ld:author"."""
        kind, _, rest = signal.partition(":")
        if kind == "css":
            return self._selected(rest)
        if kind == "json-ld":
            return [text for node in self.nodes() for text in self._texts(node, rest)]
        if kind == "link":
            return self.links.get(rest, [])
        if signal == "title":
            return [self._title] if self._title else []
        return [text for raw in self._tags.get(signal.lower(), ()) if (text := line(raw))]

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
            texts = (
                found.get(attribute, "") if attribute else found.text_content()
                for found in find(self.tree, css)
            )
            self._found[rest] = [text for raw in texts if (text := line(raw))]
        return self._found[rest]

    def _json_ld(self) -> Iterator[dict[str, Any]]:
        for script in self.tree.iter("script"):
            if "ld+json" in (script.get("type") or ""):
                try:
                    yield from _flatten(json.loads(script.text or "null", strict=False))
                except (ValueError, RecursionError):
                    continue  # a page's own mistake in a side block is no reason to lose the page

    def _texts(self, node: dict[str, Any], key: str) -> list[str]:
        value = node.get(key)
        found = []
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                if key == "author" and _typed(item, re.compile("Organization$")):
                    continue
                item = item.get("name") or item.get("@id") or item.get("url")
            if isinstance(item, (str, int)) and not isinstance(item, bool) and (text := line(str(item))):
                found.append(text)
        return found


def _flatten(data: Any) -> Iterator[dict[str, Any]]:
    """The objects of a JSON-LD block: itself, its lists and its @graph."""
    waiting = [data]
    for _ in range(_MAX_NODES):
        if not waiting:
            return
        item = waiting.pop(0)
        if isinstance(item, list):
            waiting[:0] = item
        elif isinstance(item, dict):
            yield item
            waiting += [
                item[key]
                for key in ("@graph", "mainEntity", "mainEntityOfPage")
                if isinstance(item.get(key), (dict, list))
            ]


def _typed(node: dict[str, Any], pattern: re.Pattern[str]) -> bool:
    kinds = node.get("@type")
    return any(
        isinstance(kind, str) and pattern.search(kind)
        for kind in (kinds if isinstance(kinds, list) else [kinds])
    )
