"""Fields of nested answers, whatever their shape: a missing step is an empty field, never an error."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.readers import dates
from pipeline.readers.draft import Draft

BMJ = frozenset(("1756-1833", "0959-8138", "0959-8146", "0959-535X"))
"""The BMJ's ISSNs: electronic, print, and two older ones."""
_BMJ = re.compile(r"10\.1136/(bmj\.[a-z]\d+|bmj-\d{4}-\d+)", re.IGNORECASE)
_KINDS = {
    "editorial": "editorial",
    "letter": "letter",
    "comment": "opinion",
    "news": "news",
    "newspaper article": "news",
    "personal narrative": "opinion",
    "introductory journal article": "editorial",
    "published erratum": "correction",
    "correction": "correction",
    "retraction of publication": "correction",
    "retraction": "correction",
}


def node(tree: object, *steps: str) -> Mapping[str, Any]:
    """The object that `steps` lead to; empty where there is none."""
    found = _walk(tree, steps)
    return found if isinstance(found, Mapping) else {}


def said(tree: object, *steps: str) -> str:
    """The words that `steps` lead to; "" for what is missing or no text."""
    found = _walk(tree, steps)
    return str(found) if isinstance(found, (str, int)) and not isinstance(found, bool) else ""


def many(tree: object, *steps: str) -> list[Any]:
    """The list that `steps` lead to; empty where there is none."""
    found = _walk(tree, steps)
    return found if isinstance(found, list) else []


def put(draft: Draft, origin: str, **values: Any) -> None:
    """Fill in what has a value, and note where it came from."""
    for name, value in values.items():
        if value:
            setattr(draft, name, value)
            draft.origins[name] = origin


def date(draft: Draft, origin: str, text: str) -> None:
    """A candidate for the date of publication, if `text` holds one."""
    if dated := dates.parse(text):
        draft.dates.append((dated, origin))


def changed(draft: Draft, origin: str, text: str) -> None:
    """When the page was last changed, if `text` holds a whole date."""
    if (dated := dates.parse(text)) and dated.precision == "day":
        put(draft, origin, modified=dated.day)


def _walk(tree: object, steps: tuple[str, ...]) -> object:
    for step in steps:
        tree = tree.get(step) if isinstance(tree, Mapping) else None
    return tree


def article_address(doi: str | None, volume: str, issns: Iterable[str]) -> str:
    """The address on the journal's own site where it follows from the DOI: then page and record are one."""
    found = _BMJ.fullmatch(doi or "")
    if found and volume.isdigit() and BMJ.intersection(issns):
        return f"https://www.bmj.com/content/{volume}/{found[1].lower()}"
    return ""


def genre_of(kinds: Iterable[str]) -> str:
    """PubMed's and JATS's publication types -> records.GENRES."""
    return next((_KINDS[kind.lower()] for kind in kinds if kind.lower() in _KINDS), "journal-article")
