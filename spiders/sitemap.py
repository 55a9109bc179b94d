"""Any site with a sitemap, by configuration alone: sitemaps, indexes of sitemaps, gzipped or not."""

from __future__ import annotations

import zlib

from scrapy.http import Response

from spiders.base import Results
from spiders.general import GeneralSpider

MOST = 50 * 1024 * 1024
"""Bytes that a sitemap may unfold to: what its protocol allows."""


class Sitemap(GeneralSpider):
    """Finds what the sitemaps under `urls` list, where the path fits `article`."""

    def parse(self, response: Response, **kwargs: object) -> Results:
        """A sitemap or an index of sitemaps."""
        yield from self.parse_sitemap(response)

    def parse_sitemap(self, response: Response, failed: object = None) -> Results:
        """A sitemap, unfolded; a page served in its place is none."""
        body = unfolded(response.body)
        if b"<urlset" in body or b"<sitemapindex" in body:
            yield from super().parse_sitemap(response.replace(body=body))
        else:
            self.not_one(response, "sitemap")


def unfolded(body: bytes) -> bytes:
    """A gzipped body's content, as far as a sitemap may go."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        return zlib.decompressobj(wbits=31).decompress(body, MOST)
    except zlib.error:
        return b""
