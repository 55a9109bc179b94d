"""Any site with a sitemap, by configuration alone: sitemaps in all their forms, indexes of them too."""

from __future__ import annotations

from scrapy.http import Response

from spiders.base import Results
from spiders.general import GeneralSpider


class Sitemap(GeneralSpider):
    """Finds what the sitemaps under `urls` list, where the path fits `article`."""

    def parse(self, response: Response, **kwargs: object) -> Results:
        """A sitemap or an index of sitemaps."""
        yield from self.parse_sitemap(response)
