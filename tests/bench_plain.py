"""Plain Scrapy, for `tests/bench_crawl.py` to be measured against: fetches the same pages and drops them."""

from __future__ import annotations

import json
import resource
import sys
import time
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


def main(address: str, data: str) -> None:
    """Crawl with Themeshift's settings, but without its middlewares."""
    settings = Settings()
    settings.setmodule("spiders.settings")
    settings.setdict(make(load(data), address), priority="project")
    named = dict(settings["DOWNLOADER_MIDDLEWARES"])
    kept = {name: place for name, place in named.items() if not name.startswith("spiders.")}
    settings.set("DOWNLOADER_MIDDLEWARES", kept, priority="cmdline")
    settings.set("EXTENSIONS", {}, priority="cmdline")
    settings.set("LOG_LEVEL", "ERROR", priority="cmdline")
    started = time.perf_counter()
    process = AsyncCrawlerProcess(settings)
    process.crawl(Plain)
    process.start()
    figures = {
        "pages": Plain.seen,
        "seconds": time.perf_counter() - started,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
    }
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:3])
