"""The known universe: how many documents a source itself says that it has, noted in passing.

A count costs no request of its own where an answer that is needed anyway states it. It goes into the
run's report, and so into the archive.
"""

from __future__ import annotations

import re
from datetime import datetime

from pipeline.archive import Count

LISTS = ("sitemap", "listing", "feed", "oai", "search", "europepmc", "crossref", "cdx")
"""Kinds of pages that list articles; a link or a redirect found on an article is no list."""

YEAR = re.compile(r"(?:1[89]|20)\d\d(?!\d)")


class Universe:
    """What one run was told, and which addresses its lists named."""

    def __init__(self) -> None:
        self._stated: dict[tuple[str, str, str, int | None], Count] = {}
        self._listed: dict[str, tuple[str, str, int | None]] = {}  # address -> kind of list, list, year

    def state(self, count: Count) -> None:
        """Note what an answer states; a later answer to the same question takes its place."""
        self._stated[count.counted_by, count.counts, count.query, count.year] = count

    def listed(self, url: str, kind: str, by: str, published: str | datetime | None = None) -> None:
        """Note that a list of some kind, at the address `by`, named an article, and the date it gave."""
        if kind in LISTS and url not in self._listed:
            self._listed[url] = (kind, by, _year(published))

    def withdrawn(self, url: str) -> None:
        """Note that a list names an article only to say that it is there no more."""
        self._listed.pop(url, None)

    def counts(self, whole: bool) -> list[Count]:
        """All that was counted; the addresses only where the lists were followed as a whole."""
        return [*self._stated.values(), *(self._addresses() if whole else ())]

    def _addresses(self) -> list[Count]:
        """How many addresses each kind of list named, and in which years; each under its first kind."""
        found: dict[tuple[str, int | None], Count] = {}
        for kind, by, year in self._listed.values():
            for part in dict.fromkeys((None, year)):
                count = found.setdefault((kind, part), Count(kind, "addresses", 0, year=part, url=by))
                count.documents += 1
        return list(found.values())


def _year(stated: str | datetime | None) -> int | None:
    if isinstance(stated, datetime):
        return stated.year
    found = YEAR.match((stated or "").strip())
    return int(found[0]) if found else None
