"""GPonline: its listings of news."""

from __future__ import annotations

import re

from spiders.base import SourceSpider


class GpOnline(SourceSpider):
    """Finds the articles of GPonline."""

    name = "gponline"
    host = "www.gponline.com"
    allowed_domains = ("gponline.com",)
    starts = ("https://www.gponline.com/news",)
    article = re.compile(r"/[^/]+(?:/[^/]+)?/article/\d+|/article/\d+/[^/]+")
