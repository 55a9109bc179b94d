"""Plain Scrapy, for `tests/bench_crawl.py` to be measured against: fetches the same pages and drops them."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response
from scrapy.settings import Settings

from pipeline.config import load
from spiders.settings import make


class Plain(Spider):
    """Follows the listings and throws the articles away."""

    name = "plain"
    seen = 0

    async def start(self) -> AsyncIterator[Any]:
        yield Request("https://www.gponline.com/news", self.parse)

    def parse(self, response: Response, **kwargs: Any) -> Iterator[Request]:
        for link in response.css("a::attr(href)").getall():
            yield response.follow(link, self.article if "/article/" in link else self.parse)

    def article(self, response: Response) -> None:
        Plain.seen += 1


TUNED = ("CONCURRENT_ITEMS", "WARN_ON_GENERATOR_RETURN_VALUE")
"""Settings of Themeshift that are for speed alone."""


def main(address: str, data: str, tuned: str) -> None:
    """Crawl with Themeshift's settings, and with Scrapy's own middlewares and extensions only.

    Unless `tuned`, what Themeshift sets for speed is as Scrapy has it.
    """
    settings = Settings()
    settings.setmodule("spiders.settings")
    settings.setdict(make(load(data), address), priority="project")
    for setting in ("DOWNLOADER_MIDDLEWARES", "SPIDER_MIDDLEWARES", "EXTENSIONS"):
        kept = {name: place for name, place in settings[setting].items() if not name.startswith("spiders.")}
        kept.pop("scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware", None)  # Scrapy's, for ours
        settings.set(setting, kept, priority="cmdline")
    for setting in () if tuned else TUNED:
        settings.set(setting, Settings()[setting], priority="cmdline")
    settings.set("LOG_FILE", f"{data}/crawl.log", priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(Plain)
    process.crawl(crawler)
    process.start()
    assert crawler.stats is not None
    figures = {
        "pages": Plain.seen,
        "seconds": crawler.stats.get_value("elapsed_time_seconds"),
    }
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:4])
