"""The King's Fund: the sitemap, else the listings. Its reports come as a page and a PDF."""

from __future__ import annotations

import re

from spiders.base import SitemapSpider


class KingsFund(SitemapSpider):
    """Finds the reports, blogs and press releases of The King's Fund, under old and new addresses."""

    name = "kingsfund"
    host = "www.kingsfund.org.uk"
    allowed_domains = ("kingsfund.org.uk",)
    starts = (
        "https://www.kingsfund.org.uk/publications",
        "https://www.kingsfund.org.uk/blog",
        "https://www.kingsfund.org.uk/press/press-releases",
        "https://www.kingsfund.org.uk/insight-and-analysis/reports",
        "https://www.kingsfund.org.uk/insight-and-analysis/blogs",
    )
    article = re.compile(
        r"/publications/[^/]+|/projects/[^/]+(?:/[^/]+)?|/blog/\d{4}/\d{2}/[^/]+|/press/press-releases/[^/]+"
        r"|/insight-and-analysis/(?:reports|blogs|long-reads|press-releases|podcasts?|data-and-charts|articles|explainers|videos?|case-studies)/[^/]+"
    )
    attachments = "main a[href*='.pdf']"
