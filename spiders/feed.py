"""Any site with feeds, by configuration alone: RSS 1.0, RSS 2.0 and Atom of one page or of several."""

from __future__ import annotations

from scrapy.http import Response, TextResponse
from scrapy.selector import Selector

from spiders.base import Results, join
from spiders.general import GeneralSpider

LINKS = (
    "//item/link/text() | //item[not(link)]/guid[not(@isPermaLink='false')]/text()"
    " | //entry/link[not(@rel) or @rel='alternate']/@href"
)
"""RSS has links in elements; Atom has several in attributes, of which the alternate is the page."""

NEXT = "/*/link[@rel='next']/@href | /rss/channel/link[@rel='next']/@href"
"""The next page of a feed (RFC 5005)."""


class Feed(GeneralSpider):
    """Finds what the feeds under `urls` list."""

    def parse(self, response: Response, **kwargs: object) -> Results:
        """A feed, and its next page if it names one."""
        if not isinstance(response, TextResponse):
            self.not_one(response, "feed")
            return
        tree = Selector(response, type="xml")
        tree.remove_namespaces()
        if not tree.xpath("/*[self::rss or self::RDF or self::feed]"):
            self.not_one(response, "feed")
            return
        links = [join(response.url, link) for link in tree.xpath(LINKS).getall()]
        yield from self.documents(response, links, "feed")
        following = tree.xpath(NEXT).get()
        if following and not self.full:
            yield self.page(join(response.url, following))
