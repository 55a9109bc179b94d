"""The BMJ: listings, the contents of issues, and the feed of what is new; else records at two libraries."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

from scrapy.http import Response
from twisted.python.failure import Failure

from spiders.base import Results, list_of
from spiders.libraries import HOSTS, LibrarySpider
from spiders.outcomes import reason_of

FIRST_VOLUME = 340
"""2010, the year of the white paper: issues before it have nothing on clinical commissioning groups."""

# An article under any of its addresses: /content/344/bmj.e4278, .full, .full.pdf+html, /rapid-responses;
# /content/bmj/353/bmj.i2607; /content/383/bmj-2023-076543; the old /content/322/7277/29.1 and
# /cgi/content/full/322/7277/29, /cgi/reprint/322/7277/29.pdf
ARTICLE = re.compile(
    r"/(?:cgi/)?(?:content/(?:bmj/|[a-z]+/)?|reprint/)"
    r"(\d+/(?:bmj\.[a-z]\d+|bmj-\d{4}-\d+|\d+/[a-z]?\d+(?:\.\d+)?))(?:[./][a-z].*)?/?",
    re.I,
)
ISSUE = re.compile(r"/content/(\d+)/\d+(?:\.toc)?")


REFUSED = re.compile(r"robots.*|http (?:401|403|429|451)|.*wall.*|.*captcha.*", re.I)
"""Reasons that mean that the site doesn't want to be crawled."""


class Bmj(LibrarySpider):
    """Finds the articles of The BMJ."""

    name = "bmj"
    host = "www.bmj.com"
    allowed_domains = ("bmj.com", *HOSTS)
    issn = "1756-1833"
    starts = (
        "https://www.bmj.com/uk/news/editorial",
        "https://www.bmj.com/uk/news/news?category=News",
        "https://www.bmj.com/archive",
    )
    feed = "https://www.bmj.com/rss/recent.xml"
    listing = re.compile(r"/archive/\d{4}|/content/\d+/\d+(?:\.toc)?")

    async def start(self) -> AsyncIterator[Any]:
        """Ask for the feed; the listings follow when the site has shown itself willing."""
        yield self.page(self.feed, self.parse_feed, self.no_feed)
        yield self.all_works()

    def no_feed(self, failure: Failure) -> Results:
        """Without the feed: the listings, unless the site has refused it."""
        yield from self.page_failed(failure)
        if not REFUSED.fullmatch(reason_of(failure.value)):
            yield from (self.page(url) for url in self.starts)

    def page_failed(self, failure: Failure) -> Results:
        """A page that can't be had; where it is the site that refuses, the libraries."""
        super().page_failed(failure)
        if REFUSED.fullmatch(why := reason_of(failure.value)):
            yield from self.by_libraries(why)

    def parse(self, response: Response, **kwargs: Any) -> Results:
        """A listing, without the issues that are too old."""
        for request in super().parse(response):
            issue = ISSUE.fullmatch(urlsplit(request.url).path)
            if issue is None or int(issue[1]) >= FIRST_VOLUME:
                yield request

    def parse_feed(self, response: Response) -> Results:
        """The feed of recent articles (RSS 1.0), and then the listings."""
        yield from self.listed(response, list_of(response), "feed")
        yield from (self.page(url) for url in self.starts)

    def document_url(self, url: str) -> str | None:
        """The article's own address for any of its tabs, formats and prints; a record's where it has one."""
        if record := self.record_url(url):
            return record
        parts = urlsplit(self.canonical(url))
        match = ARTICLE.fullmatch(parts.path)
        return (
            f"https://{self.host}/content/{match[1].lower()}" if match and parts.netloc == self.host else None
        )
