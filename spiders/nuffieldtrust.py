"""Nuffield Trust: the sitemap, else the listings."""

from __future__ import annotations

import re

from spiders.base import SitemapSpider


class NuffieldTrust(SitemapSpider):
    """Finds the research, resources and news items of the Nuffield Trust."""

    name = "nuffieldtrust"
    host = "www.nuffieldtrust.org.uk"
    allowed_domains = ("nuffieldtrust.org.uk",)
    starts = (
        "https://www.nuffieldtrust.org.uk/research",
        "https://www.nuffieldtrust.org.uk/resource",
        "https://www.nuffieldtrust.org.uk/news-item",
    )
    article = re.compile(
        r"/(?:research|resource|news-item|projects?|blog|publications|our-work/projects|media-centre/press-releases)/[^/]+"
    )
    attachments = "main a[href*='.pdf']"
