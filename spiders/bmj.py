"""The BMJ: listings, the contents of issues, and the feed of what is new."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

from scrapy.http import Response, TextResponse

from spiders.base import Results, SourceSpider, join

FIRST_VOLUME = 340
"""2010, the year of the white paper: issues before it have nothing on clinical commissioning groups."""

# An article under any of its addresses: /content/344/bmj.e4278, .full, .full.pdf+html, /rapid-responses;
# /content/bmj/353/bmj.i2607; /content/383/bmj-2023-076543; the old /content/322/7277/29.1
ARTICLE = re.compile(
    r"/content/(?:bmj/)?(\d+/(?:bmj\.[a-z]\d+|bmj-\d{4}-\d+|\d+/[a-z]?\d+(?:\.\d+)?))(?:[./][a-z].*)?", re.I
)
ISSUE = re.compile(r"/content/(\d+)/\d+(?:\.toc)?")


class Bmj(SourceSpider):
    """Finds the articles of The BMJ."""

    name = "bmj"
    host = "www.bmj.com"
    allowed_domains = ("bmj.com",)
    starts = (
        "https://www.bmj.com/uk/news/editorial",
        "https://www.bmj.com/uk/news/news?category=News",
        "https://www.bmj.com/archive",
    )
    feed = "https://www.bmj.com/rss/recent.xml"
    listing = re.compile(r"/archive/\d{4}|/content/\d+/\d+(?:\.toc)?")

    async def start(self) -> AsyncIterator[Any]:
        """Ask for the feed and the listings."""
        yield self.page(self.feed, self.parse_feed)
        async for request in super().start():
            yield request

    def parse(self, response: Response, **kwargs: Any) -> Results:
        """A listing, without the issues that are too old."""
        for request in super().parse(response):
            issue = ISSUE.fullmatch(urlsplit(request.url).path)
            if issue is None or int(issue[1]) >= FIRST_VOLUME:
                yield request

    def parse_feed(self, response: Response) -> Results:
        """The feed of recent articles (RSS 1.0)."""
        if not isinstance(response, TextResponse):
            return
        response.selector.remove_namespaces()
        links = response.xpath("//item/link/text()").getall()
        yield from self.documents(response, [join(response.url, link) for link in links], "feed")

    def document_url(self, url: str) -> str | None:
        """The article's own address for any of its tabs, formats and prints."""
        parts = urlsplit(self.canonical(url))
        match = ARTICLE.fullmatch(parts.path)
        return f"https://{self.host}/content/{match[1]}" if match and parts.netloc == self.host else None
