"""What records of journal articles share: the article's own address, and its kind by PubMed's words."""

from __future__ import annotations

import re
from collections.abc import Iterable

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


def article_address(doi: str | None, volume: str, issns: Iterable[str]) -> str:
    """The address on the journal's own site where it follows from the DOI: then page and record are one."""
    found = _BMJ.fullmatch(doi or "")
    if found and volume.isdigit() and BMJ.intersection(issns):
        return f"https://www.bmj.com/content/{volume}/{found[1].lower()}"
    return ""


def genre_of(kinds: Iterable[str]) -> str:
    """PubMed's and JATS's publication types -> records.GENRES."""
    return next((_KINDS[kind.lower()] for kind in kinds if kind.lower() in _KINDS), "journal-article")
