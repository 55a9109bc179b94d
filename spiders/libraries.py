"""Articles of a journal whose site turns spiders away: their records at Europe PMC and Crossref instead.

A record is what these libraries tell everybody about an article; the refused page is never asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from pipeline.archive import Count
from spiders import europepmc
from spiders.api import ApiSpider, address, number, phrases, rows
from spiders.base import Results
from spiders.outcomes import reason_of

CROSSREF = "https://api.crossref.org"
PAGE = 100
HOSTS = ("www.ebi.ac.uk", "api.crossref.org")
RECORD = re.compile(
    r"https://www\.ebi\.ac\.uk/europepmc/webservices/rest/article/[A-Z]+/\w+\?resultType=core&format=json"
    r"|https://api\.crossref\.org/works/10\.\d+/[^?]+"
)


class LibrarySpider(ApiSpider):
    """Adds to a journal's spider what to do when its site refuses. `issn` names the journal."""

    issn: str

    def by_libraries(self, why: str) -> Results:
        """Ask the libraries, once in a run."""
        if getattr(self, "asked_libraries", False):
            return
        self.asked_libraries = True
        self.dois: set[str] = set()
        self.shown: dict[str, set[str]] = {}
        self.logger.warning("%s: the site refuses (%s); going by Europe PMC and Crossref", self.name, why)
        since = f" AND FIRST_PDATE:[{self.since} TO 3000-12-31]" if self.since else ""
        query = f"({phrases(self.terms)}) AND ISSN:{self.issn}{since}"
        yield self.page(europepmc.search(query), self.parse_europepmc, self.no_europepmc)

    def parse_europepmc(self, response: Response) -> Results:
        """A page of Europe PMC's results, and the next one; behind the last one, Crossref."""
        answer = self.answer(response)
        found = list(rows(answer, "resultList", "result"))
        self.dois.update(str(result.get("doi", "")).casefold() for result in found)
        self.run.universe.state(europepmc.hits(answer, response.url))
        dates = {
            europepmc.record(result.get("source"), result.get("id")): str(
                result.get("firstPublicationDate") or ""
            )
            for result in found
        }
        yield from self.documents(response, dates, "europepmc", published=dates)
        if (following := europepmc.next_page(answer, found)) and not self.full:
            yield self.page(following, self.parse_europepmc, self.no_europepmc)
        else:
            yield from self.by_crossref()

    def no_europepmc(self, failure: Failure) -> Results:
        """Without Europe PMC: Crossref alone."""
        yield from self.page_failed(failure) or ()
        yield from self.by_crossref()

    def by_crossref(self) -> Results:
        """Ask Crossref for each term, for what Europe PMC has not told of."""
        yield from (self.works(term, "*") for term in self.terms)

    def works(self, term: str, cursor: str) -> Request:
        """A request for a page of Crossref's results, the likeliest first."""
        query: dict[str, object] = {"query.bibliographic": term, "rows": PAGE, "cursor": cursor}
        query |= {"filter": f"from-pub-date:{self.since}"} if self.since else {}
        query |= self._mailto()
        request = self.page(address(f"{CROSSREF}/journals/{self.issn}/works", query), self.parse_crossref)
        # the cursor is the same on every page: the service keeps the place, and the question is repeated
        return request.replace(cb_kwargs={"term": term}, dont_filter=cursor != "*")

    def parse_crossref(self, response: Response, term: str) -> Results:
        """A page of results, and the next, as long as there is anything new and to the point on one.

        No page says that it is the last; a service that gives a page again is not asked for ever.
        """
        message = self.answer(response).get("message")
        shown = [work for work in rows(message, "items") if work.get("DOI")]
        seen = self.shown.setdefault(term, set())
        unseen = {str(work["DOI"]).casefold() for work in shown} - seen
        seen |= unseen
        found = [work for work in shown if self.to_the_point(work)]
        new = [str(work.get("DOI")) for work in found if str(work.get("DOI")).casefold() not in self.dois]
        self.dois.update(doi.casefold() for doi in new)
        dates = {f"{CROSSREF}/works/{quote(str(work.get('DOI')))}": _published(work) for work in found}
        links = (f"{CROSSREF}/works/{quote(doi)}" for doi in new)
        yield from self.documents(response, links, "crossref", published=dates)
        cursor = message.get("next-cursor") if isinstance(message, Mapping) else None
        if found and unseen and cursor and not self.full:
            yield self.works(term, str(cursor))

    def all_works(self) -> Request:
        """A request for how many works Crossref has of the journal, by year, and for none of them."""
        query: dict[str, object] = {"rows": 0, "facet": "published:*"} | self._mailto()
        query |= {"filter": f"from-pub-date:{self.since}"} if self.since else {}
        url = address(f"{CROSSREF}/journals/{self.issn}/works", query)
        return self.page(url, self.parse_count, self.not_counted).replace(meta={"count": True})

    def parse_count(self, response: Response) -> None:
        """Note Crossref's totals."""
        message = self.answer(response).get("message")
        facets = message.get("facets") if isinstance(message, Mapping) else None
        years = facets.get("published", {}).get("values", {}) if isinstance(facets, Mapping) else {}
        totals: dict[int | None, int] = {None: number(message, "total-results")}
        totals |= {int(year): number(years, year) for year in years if str(year).isdigit()}
        for year, total in totals.items():
            if total:
                self.run.universe.state(
                    Count("crossref", "records", total, f"ISSN {self.issn}", year, response.url)
                )

    def not_counted(self, failure: Failure) -> None:
        """A count that can't be had is no harm to the gathering."""
        self.logger.info("%s: Crossref gave no count: %s", self.name, reason_of(failure.value))

    def to_the_point(self, work: Mapping[str, Any]) -> bool:
        """Whether what is known of a work has the words that all terms share, if they share any."""
        sets = [set(term.casefold().split()) for term in self.terms]
        shared = set.intersection(*sets) if sets else set()
        told = " ".join(_told(work)).casefold()
        if shared:
            return all(word in told for word in shared)
        return any(all(word in told for word in words) for words in sets)

    def record_url(self, url: str) -> str | None:
        """The address of a record, if it is one."""
        return url if urlsplit(url).netloc in HOSTS and RECORD.fullmatch(url) else None

    def _mailto(self) -> dict[str, object]:
        """Crossref serves better who says how to be reached."""
        contact = self.config.crawl.contact
        return {"mailto": contact} if "@" in contact else {}


def _published(work: Mapping[str, Any]) -> str:
    """The year in which a work was published; empty where its record has none."""
    for kind in ("issued", "published", "published-online", "published-print"):
        stated = work.get(kind)
        parts = stated.get("date-parts") if isinstance(stated, Mapping) else None
        first = parts[0] if isinstance(parts, list) and parts else None
        if isinstance(first, list) and first and first[0]:
            return str(first[0])
    return ""


def _told(work: Mapping[str, Any]) -> Iterator[str]:
    for key in ("title", "subtitle"):
        value = work.get(key)
        yield from map(str, value if isinstance(value, list) else [])
    yield str(work.get("abstract") or "")
