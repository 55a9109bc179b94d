"""What the spiders share: how a page leads to article URLs, and how each of these is asked for once."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import scrapy
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response, TextResponse
from scrapy.utils.sitemap import Sitemap
from twisted.python.failure import Failure

from pipeline.config import Config
from pipeline.errors import ConfigError
from spiders.outcomes import CrawlRun, reason_of

TRACKING = re.compile(r"utm_\w+|bulletin|ijkey|keytype|gclid|fbclid|mc_[ce]id", re.IGNORECASE)
"""Query parameters that say where a reader came from, not what is read."""

Results = Iterator[Request]
Callback = Callable[..., Any]


class SourceSpider(scrapy.Spider):
    """Finds the articles of one source. A subclass says where they are listed and how their URLs look."""

    allowed_domains: tuple[str, ...] = ()
    """The source's domains, their subdomains included."""

    host: str
    """The source's canonical host; it is also found without www and under http."""

    starts: tuple[str, ...] = ()
    """Listings to begin at."""

    article = re.compile(r"(?!)")
    """The whole path of an article."""

    listing = re.compile(r"(?!)")
    """The whole path of a listing that is followed wherever it is linked."""

    attachments = ""
    """CSS selector of the links, on an article's page, to files with the article's text."""

    run: CrawlRun

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Build the spider. Raises ConfigError for a real crawl that names no contact."""
        config: Config = crawler.settings["THEMESHIFT"]
        if not config.crawl.contact and not crawler.settings.get("CONNECT_TO"):
            raise ConfigError(NO_CONTACT)
        return super().from_crawler(crawler, *args, **kwargs)

    async def start(self) -> AsyncIterator[Any]:
        """Ask for the listings to begin at."""
        for url in self.starts:
            yield self.page(url)

    def page(self, url: str, callback: Callback | None = None, failed: Callback | None = None) -> Request:
        """A request for a page that leads to articles; the archive doesn't get it."""
        return Request(url, callback=callback or self.parse, errback=failed or self.page_failed)

    def parse(self, response: Response, **kwargs: Any) -> Results:
        """A listing: its articles, its further pages, and the listings it links."""
        links = links_of(response)
        yield from self.documents(response, links, "listing")
        if self.full:
            return
        for url in filter(self.on_site, dict.fromkeys(map(self.canonical, links))):
            if self.listing.fullmatch(urlsplit(url).path) or is_page_of(response.url, url):
                yield self.page(url)

    def parse_sitemap(self, response: Response, failed: Callback | None = None) -> Results:
        """A sitemap or an index of sitemaps."""
        sitemap = Sitemap(response.body)
        urls = [entry["loc"] for entry in sitemap if "loc" in entry]
        if sitemap.type == "sitemapindex":
            yield from (self.page(url, self.parse_sitemap, failed) for url in urls)
        else:
            yield from self.documents(response, urls, "sitemap")

    def documents(self, response: Response, links: Iterable[str], found: str) -> Results:
        """Requests for the articles among `links` that are new. `found` says what kind of page told."""
        for link in links:
            url = self.document_url(link)
            if url is not None:
                yield from self._document(url, found, response.url)

    def _document(self, url: str, found: str, via: str) -> Results:
        full = self.full
        if not self.run.discover(url, via):
            return
        if full:
            self.run.refuse(url, "page limit")
            return
        meta = {"document": url, "found": found}
        yield Request(url, callback=self.kept, errback=self.not_kept, meta=meta)

    @property
    def full(self) -> bool:
        """Whether the run has found as many articles as it may."""
        limit: int = self.settings["THEMESHIFT"].crawl.max_pages
        return bool(limit) and len(self.run.outcomes) >= limit

    def kept(self, response: Response) -> Results:
        """An article's page, which the archive has: the files that belong to it, and nothing else of it."""
        if self.attachments and isinstance(response, TextResponse):
            for link in response.css(self.attachments).xpath("@href").getall():
                if self.on_site(url := self.canonical(join(response.url, link))):
                    yield from self._document(url, "link", response.url)

    def not_kept(self, failure: Failure) -> None:
        """An article request that came to nothing."""
        request: Request = failure.request  # type: ignore[attr-defined]
        self.run.refuse(request.meta["document"], reason_of(failure.value))

    def page_failed(self, failure: Failure) -> Any:
        """A listing, feed or sitemap that can't be had: said aloud, for its articles go missing."""
        request: Request = failure.request  # type: ignore[attr-defined]
        self.run.failed += 1
        self.logger.warning("%s: no articles from %s: %s", self.name, request.url, reason_of(failure.value))

    def on_site(self, url: str) -> bool:
        """Whether `url` is the source's own."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        return parts.scheme in ("http", "https") and any(
            host == domain or host.endswith("." + domain) for domain in self.allowed_domains
        )

    def canonical(self, url: str) -> str:
        """`url` over https, at the canonical host, without fragment and tracking parameters."""
        try:
            parts = urlsplit(url.strip())
            host = (parts.hostname or "").lower()
        except ValueError:
            return ""
        if parts.scheme not in ("http", "https"):
            return ""
        if host.removeprefix("www.") == self.host.removeprefix("www."):
            host = self.host
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        query = urlencode([(key, value) for key, value in pairs if not TRACKING.fullmatch(key)])
        return parts._replace(scheme="https", netloc=host, query=query, fragment="").geturl()

    def document_url(self, url: str) -> str | None:
        """The one URL of the article that `url` leads to; None where it leads to something else."""
        parts = urlsplit(self.canonical(url))
        path = parts.path.rstrip("/")
        if parts.netloc != self.host or not self.article.fullmatch(path):
            return None
        return f"https://{self.host}{path}"


class SitemapSpider(SourceSpider):
    """Goes by the site's sitemap; where there is none, by its listings."""

    async def start(self) -> AsyncIterator[Any]:
        """Ask for the sitemap."""
        yield self.page(f"https://{self.host}/sitemap.xml", self.parse_sitemap, self.no_sitemap)

    def parse_sitemap(self, response: Response, failed: Callback | None = None) -> Results:
        """A sitemap; a page served in its place is as good as none."""
        if b"<urlset" in response.body or b"<sitemapindex" in response.body:
            yield from super().parse_sitemap(response, failed or self.no_sitemap)
        else:
            yield from self.listings("is no sitemap")

    def no_sitemap(self, failure: Failure) -> Results:
        """Without a sitemap: the listings."""
        yield from self.listings(reason_of(failure.value))

    def listings(self, why: str) -> Results:
        """Requests for the listings, in place of a sitemap."""
        self.logger.info("%s: no sitemap (%s); going by the listings", self.name, why)
        yield from (self.page(url) for url in self.starts)


NO_CONTACT = (
    "a crawl must name a contact, so that a webmaster can reach you: set `contact` under [crawl] in "
    "config.toml to an e-mail address or a web page"
)


def links_of(response: Response) -> list[str]:
    """The absolute URLs that a page links, in order; none where it isn't a page."""
    if not isinstance(response, TextResponse):
        return []
    return [url for link in response.css("a::attr(href)").getall() if (url := join(response.url, link))]


def join(base: str, link: str) -> str:
    """`link` made absolute; empty where it can't be."""
    try:
        return urljoin(base, link.strip())
    except ValueError:
        return ""


def is_page_of(listing: str, url: str) -> bool:
    """Whether `url` is a further page of `listing`: the same but for its `page` parameter."""
    ours, theirs = urlsplit(listing), urlsplit(url)
    query, other = dict(parse_qsl(ours.query)), dict(parse_qsl(theirs.query))
    number = other.pop("page", "")
    query.pop("page", None)
    return number.isdigit() and ours.path == theirs.path and query == other
