"""Which of the files linked on a page is the page's own document: its full text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.copying.copies import titles_alike
from pipeline.copying.likeness import Likeness, measure, parse

OPENING = 120
"""Words of a file in which its title is looked for."""

PRINTED = 0.8
"""A file that holds so much of the page's text is the page in print."""

_SMALL = frozenset(["a", "an", "and", "at", "by", "for", "from", "in", "is", "of", "on", "the", "to", "with"])


@dataclass(frozen=True, slots=True)
class Linked:
    """A file found on a page; both have been read."""

    page: str
    file: str
    page_title: str
    file_title: str
    page_access: str
    page_text: str
    file_text: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A page and its file. `takes_text`: the file is the fuller of the two."""

    page: str
    file: str
    takes_text: bool
    likeness: Likeness
    evidence: str


def attach(linked: Iterable[Linked]) -> list[Attachment]:
    """At most one file for a page, and one page for a file: the best founded, then the longest, first.

    Several files on one page are annexes to each other unless one carries the page's title; the only file
    of a page that holds a summary is what is summarised.
    """
    links = list(linked)
    files_of: dict[str, set[str]] = {}
    for link in links:
        files_of.setdefault(link.page, set()).add(link.file)
    found = []
    for link in links:
        like = measure(parse(link.page_text), parse(link.file_text))
        if evidence := _evidence(link, like, alone=len(files_of[link.page]) == 1):
            weight, reason = evidence
            fuller = link.page_access != "full" or like.second_words > 2 * like.first_words
            found.append((weight, -like.second_words, Attachment(link.page, link.file, fuller, like, reason)))
    taken: set[str] = set()
    chosen = []
    for _, _, pair in sorted(found, key=lambda item: (*item[:2], item[2].page, item[2].file)):
        if not taken & {pair.page, pair.file}:
            taken |= {pair.page, pair.file}
            chosen.append(pair)
    return chosen


def _evidence(link: Linked, like: Likeness, alone: bool) -> tuple[int, str] | None:
    """(how sure, the lower the surer; why), or None."""
    if like.first_in_second >= PRINTED:
        return 0, "file linked on the page, whose text it holds"
    if titles_alike(link.page_title, link.file_title):
        return 1, "file linked on the page, with its title"
    if _opens_with(link.page_title, link.file_text):
        return 2, "file linked on the page, whose title is in its opening"
    if alone and link.page_access != "full":
        return 3, "the only file linked on a page that holds a summary"
    return None


def _opens_with(title: str, text: str) -> bool:
    words = [word for word in re.findall(r"\w+", title.lower()) if word not in _SMALL]
    opening = set(re.findall(r"\w+", " ".join(text.split()[:OPENING]).lower()))
    return len(words) >= 3 and sum(word in opening for word in words) >= 0.9 * len(words)
