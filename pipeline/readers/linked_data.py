"""JSON-LD as pages really hold it -> its objects: sound, or with the damage that templates do to it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from html import unescape
from typing import Any

_MAX_NODES = 2000
_WITHIN = ("@graph", "mainEntity", "mainEntityOfPage")
_MARKS = re.compile(
    r"""(?P<said>"(?:[^"\\]|\\.)*+(?:"|\\?\Z)) |
    (?://|/\*)?[ \t]*(?:<!\[CDATA\[|\]\]>)[ \t]*(?:\*/)? |
    <!--(?:(?![{\[]|-->).){0,300}+--> | (?://[ \t]*)?(?:<!--|-->) |
    /\*.*?(?:\*/|\Z) | //[^\n]*""",
    re.DOTALL | re.VERBOSE,
)
"""Strings, which stay; and what wraps them or comments on them: CDATA, comments of HTML and JavaScript."""
_COMMA = re.compile(
    r'("(?:[^"\\]|\\.)*+(?:"|\\?\Z))(?P<next>(?=\s*"))?|[}\]](?P<after>(?=\s*[{"]))|(?P<much>,(?=[\s,]{0,99}[}\]]))|'
    r"(?P<none>:(?=\s*[,}\]]))|\bundefined\b",
    re.DOTALL,
)
"""Strings, and commas that are missing behind a value, commas before a bracket, values that are missing."""
_ESCAPE = re.compile(r"\\(?:[\"\\/bfnrt]|u[0-9a-fA-F]{4}|(.?))", re.DOTALL)
_START = re.compile(r"[{\[]")


def objects(scripts: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The objects of all blocks of a page, those within their lists and graphs too.

    A block with semicolons, comments, CDATA marks, commas too many, needless escapes, or several objects in a
    row is read all the same. What is past that is left out: a page's own mistake in a side block is no reason
    to lose the page.
    """
    for script in scripts:
        try:
            yield from _flat([json.loads(script, strict=False)])
        except (ValueError, RecursionError):
            yield from _flat(_mended(script))


def own(
    nodes: Sequence[dict[str, Any]], addresses: Iterable[str], titles: Iterable[str]
) -> list[dict[str, Any]]:
    """Of several articles those that the page itself is, by address, else by headline; all if neither tells.

    The others are teasers.
    """
    if len(nodes) < 2:
        return list(nodes)
    homes = {_folded(address) for address in addresses} - {""}
    found = [node for node in nodes if homes.intersection(map(_folded, _addresses(node)))]
    if not found:
        heads = [head for title in titles if (head := " ".join(title.split()).casefold())]
        named = [
            (" ".join(unescape(str(node.get("headline") or "")).split()).casefold(), node) for node in nodes
        ]
        found = [node for name, node in named if name and any(head.startswith(name) for head in heads)]
    return found or list(nodes)


def _mended(script: str) -> list[Any]:
    """Whatever values stand in a damaged block, in order."""
    if "&quot;" in script and '"' not in script:
        script = unescape(script)
    text = _MARKS.sub(lambda hit: _escaped(hit["said"]) if hit["said"] else " ", script)
    text = _COMMA.sub(_punctuated, text)
    decoder, found, at = json.JSONDecoder(strict=False), [], 0
    while start := _START.search(text, at):
        try:
            value, at = decoder.raw_decode(text, start.start())
        except (ValueError, RecursionError):
            break
        found.append(value)
    return found


def _punctuated(hit: re.Match[str]) -> str:
    if hit["much"] is not None:
        return ""
    if hit["none"] is not None:
        return ":null"
    if hit[0] == "undefined":
        return "null"
    return f"{hit[0]}," if hit["next"] is not None or hit["after"] is not None else hit[0]


def _escaped(said: str) -> str:
    return _ESCAPE.sub(lambda hit: hit[0] if hit[1] is None else hit[1], said) if "\\" in said else said


def _flat(values: list[Any]) -> Iterator[dict[str, Any]]:
    waiting = list(values)
    for _ in range(_MAX_NODES):
        if not waiting:
            return
        item = waiting.pop(0)
        if isinstance(item, list):
            waiting[:0] = item
        elif isinstance(item, dict):
            yield item
            waiting += [item[key] for key in _WITHIN if isinstance(item.get(key), (dict, list))]


def _addresses(node: dict[str, Any]) -> Iterator[str]:
    for key in ("url", "@id", "mainEntityOfPage"):
        value = node.get(key)
        value = value.get("@id") or value.get("url") if isinstance(value, dict) else value
        if isinstance(value, str):
            yield value


def _folded(address: str) -> str:
    """An address without scheme, www, query, fragment and last slash."""
    return re.sub(r"^(?:https?:)?//(?:www\.)?|[?#].*$", "", address.strip()).rstrip("/").casefold()
