"""Any site with feeds, by configuration alone: RSS 1.0, RSS 2.0 and Atom of one page or of several."""

from __future__ import annotations

from scrapy.http import Response

from spiders.base import Results, list_of
from spiders.general import GeneralSpider


class Feed(GeneralSpider):
    """Finds what the feeds under `urls` list."""

    def parse(self, response: Response, **kwargs: object) -> Results:
        """A feed, and its next page if it names one (RFC 5005)."""
        found = list_of(response)
        if found.kind != "feed":
            yield from self.unlisted(response, "feed")
            return
        yield from self.listed(response, found, "feed")
        if not self.full:
            yield from map(self.page, found.parts)
