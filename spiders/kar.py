"""Kent Academic Repository (EPrints): OAI-PMH where robots.txt allows it, else the sitemap."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from parsel import Selector
from scrapy import Request
from scrapy.http import Response, TextResponse
from twisted.python.failure import Failure

from pipeline.archive import Count
from spiders.base import Results, SourceSpider
from spiders.outcomes import reason_of

OAI = "https://kar.kent.ac.uk/cgi/oai2"
ITEM = re.compile(r"/(?:id/eprint/)?(\d+)/?")


class Kar(SourceSpider):
    """Finds the abstract pages of the Kent Academic Repository."""

    name = "kar"
    host = "kar.kent.ac.uk"
    allowed_domains = ("kar.kent.ac.uk",)
    _size = 0
    _deleted = 0

    async def start(self) -> AsyncIterator[Any]:
        """Ask for the first page of records: those since the last complete run, where there was one."""
        yield self.records(self.run.memory.complete)

    def records(self, since: datetime | None = None) -> Request:
        """A request for the first page of records, of all or of those since the day of `since`."""
        self.run.partial = since is not None
        query = {"verb": "ListRecords", "metadataPrefix": "oai_dc"}
        # Days are the granularity that every repository knows.
        query |= {"from": since.astimezone(UTC).date().isoformat()} if since else {}
        return self.page(f"{OAI}?{urlencode(query)}", self.parse_oai, self.no_oai)

    def parse_oai(self, response: Response) -> Results:
        """A page of OAI-PMH records: their abstract pages, and the next page if there is one."""
        if not isinstance(response, TextResponse) or b"<OAI-PMH" not in response.body:
            yield from self.by_sitemap("no OAI-PMH answer")
            return
        response.selector.remove_namespaces()
        error = response.xpath("/OAI-PMH/error/@code").get()
        if error not in (None, "noRecordsMatch"):
            if self.run.partial:
                self.logger.info("%s: OAI-PMH error %s; asking for all records", self.name, error)
                yield self.records()
                return
            yield from self.by_sitemap(f"OAI-PMH error {error}")
        headers = response.xpath("//record/header")
        stamps = {self.item(header): header.xpath("string(datestamp)").get("") for header in headers}
        deleted = [self.item(header) for header in headers if header.attrib.get("status") == "deleted"]
        links = [link for link in stamps if link not in deleted]
        dates = {self.item(r): r.xpath("string(.//date)").get("") for r in response.xpath("//record")}
        yield from self.documents(response, links, "oai", stamps, dates)
        self.withdrawn(response, deleted, "oai")
        self.count(response, len(deleted))
        # The last page has an empty token, or, in this repository, none at all.
        token = (response.xpath("//resumptionToken/text()").get() or "").strip()
        if token and not self.full:
            query = urlencode({"verb": "ListRecords", "resumptionToken": token})
            yield self.page(f"{OAI}?{query}", self.parse_oai, self.no_oai)

    def item(self, header: Selector) -> str:
        """The abstract page of a record: oai:kar.kent.ac.uk:35069 is /35069/."""
        identifier = header.xpath("string(descendant::identifier[1])").get("")
        return f"https://{self.host}/{identifier.rpartition(':')[2]}/"

    def count(self, response: TextResponse, deleted: int) -> None:
        """Note the size of the whole list, where it is stated, less the deleted records met so far."""
        self._deleted += deleted
        size = response.xpath("//resumptionToken/@completeListSize").get("")
        if size.isdigit() and not self.run.partial:
            self._size = int(size)
        if self._size:
            self.run.universe.state(Count("oai", "records", self._size - self._deleted, url=OAI))

    def no_oai(self, failure: Failure) -> Results:
        """OAI-PMH is forbidden or out of order: the sitemap."""
        yield from self.by_sitemap(reason_of(failure.value))

    def by_sitemap(self, why: str) -> Results:
        """A request for the sitemap, in place of OAI-PMH."""
        self.run.partial = False
        self.logger.warning("%s: no OAI-PMH (%s); going by the sitemap", self.name, why)
        yield self.page(f"https://{self.host}/sitemap.xml", self.parse_sitemap)

    def document_url(self, url: str) -> str | None:
        """/35069, /35069/ and /id/eprint/35069 are one."""
        parts = urlsplit(self.canonical(url))
        match = ITEM.fullmatch(parts.path)
        return f"https://{self.host}/{match[1]}/" if match and parts.netloc == self.host else None
