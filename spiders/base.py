"""What the spiders share: how a page leads to article URLs, and how each of these is asked for once."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

import scrapy
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import Response, TextResponse
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from pipeline.config import Config
from pipeline.errors import ArchiveError, ConfigError
from pipeline.records import TRACKING
from pipeline.settings import Crawl
from spiders.links import is_page_of, join, links_of, list_of, response_of
from spiders.lists import Listed
from spiders.memory import KnownPage, changed_at
from spiders.outcomes import CrawlRun, reason_of

__all__ = ["Changes", "Results", "SitemapSpider", "SourceSpider", "join", "links_of", "list_of"]

Results = Iterator[Request]
Callback = Callable[..., Any]
Changes = Mapping[str, str | datetime]
"""Link -> when its page was last changed, as a listing states it."""


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

    immutable = False
    """Whether what an address answered once it answers for ever, as the captures of a web archive do."""

    run: CrawlRun

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Build the spider. Raises ConfigError for a real crawl that names no contact."""
        config: Config = crawler.settings["THEMESHIFT"]
        if not config.crawl.contact and not crawler.settings.get("CONNECT_TO"):
            raise ConfigError(NO_CONTACT)
        return super().from_crawler(crawler, *args, **kwargs)

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Go at the source's own pace where sources.toml states a slower one."""
        super().update_settings(settings)
        config: Config | None = settings.get("THEMESHIFT")
        source = config.sources.get(cls.name) if config else None
        if source and source.delay > settings.getfloat("DOWNLOAD_DELAY"):
            settings.set("DOWNLOAD_DELAY", source.delay, priority="spider")
            settings.set("AUTOTHROTTLE_START_DELAY", source.delay, priority="spider")

    @classmethod
    def lacks(cls) -> str:
        """What a crawl still needs that only its user can give, such as a key: a sentence, or nothing."""
        return ""

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
        """A sitemap or an index of sitemaps; see `unlisted` for what is neither."""
        listed = list_of(response)
        if not listed.kind:
            yield from self.unlisted(response, "sitemap")
            return
        if listed.kind == "sitemap":
            yield from (self.page(url, self.parse_sitemap, failed) for url in listed.parts)
        yield from self.listed(response, listed, "sitemap")

    def listed(self, response: Response, listed: Listed, found: str) -> Results:
        """Requests for the articles that a feed or a sitemap lists, each under its likeliest address."""
        if listed.odd:
            odd = f"{len(listed.odd)} entries without an address, such as {listed.odd[0][:80]!r}"
            self.logger.warning("%s: %s has %s: passed over", self.name, response.url, odd)
        articles = ((next(filter(self.document_url, entry.links), ""), entry) for entry in listed.entries)
        dates = {link: entry.date for link, entry in articles if link}
        yield from self.documents(response, dates, found, dates)

    def unlisted(self, response: Response, kind: str) -> Results:
        """Say that what was served is not the list that it should be."""
        self.run.failed += 1
        self.logger.warning("%s: %s is no %s", self.name, response.url, kind)
        yield from ()

    def documents(
        self,
        response: Response,
        links: Iterable[str],
        found: str,
        modified: Changes | None = None,
        published: Changes | None = None,
    ) -> Results:
        """Requests for the articles among `links` that are new, changed or due for another look.

        `found` says what kind of page told, `modified` when each link's page was last changed, as the
        listing states it. `published` says when each was published: by it the addresses are counted in
        years.
        """
        stated = modified or {}
        for link in links:
            url = self.document_url(link)
            if url is not None:
                self.run.universe.listed(url, found, response.url, (published or {}).get(link))
                yield from self._document(url, found, response.url, stated.get(link))

    def withdrawn(self, response: Response, links: Iterable[str], found: str) -> None:
        """Note as gone what a listing says is deleted, as far as the archive has it.

        Raises CloseSpider where the archive can't be written.
        """
        for link in links:
            url = self.document_url(link)
            known = self.run.memory.known.get(url or "")
            self.run.universe.withdrawn(url or "")
            if url is None or known is None or not self.run.discover(url, response.url, found):
                continue
            try:
                self.run.know(url) if known.state in ("gone", "refused") else self.run.gone(url)
            except ArchiveError as error:
                self.run.abandon(error)
                self.logger.error("%s stopped: %s", self.name, error)
                raise CloseSpider("archive") from error

    def follow(self, url: str, via: str) -> Results:
        """A request for the address that `via` redirects to, unless it is known."""
        yield from self._document(url, "redirect", via)

    def look_back(self) -> Results:
        """What the listings of this run need not have told: asked for when they are done.

        Files linked on pages that a killed run kept, what earlier runs found and could not have for the
        time being, and known pages that are due for another look.
        """
        memory = self.run.memory
        if self.attachments or type(self).kept is not SourceSpider.kept:
            for capture in memory.unread():
                yield from self.kept(response_of(capture)) or ()
        for url, (found, via) in memory.owed.items():
            yield from self._document(url, found, via, listed=False)
        for url, known in memory.known.items():
            if url not in self.run.outcomes and self._due(known) and not self.full:
                yield from self._document(url, known.found, known.via, listed=False)

    def _document(
        self, url: str, found: str, via: str, stated: str | datetime | None = None, listed: bool = True
    ) -> Results:
        if not self.run.discover(url, via, found, listed):
            return
        known = self.run.memory.known.get(url)
        if known is not None and not self._due(known, stated):
            self.run.know(url)
            return
        if self.full:
            self.run.refuse(url, "page limit")
            return
        self.run.asked += 1
        headers = known.validators() if known is not None else {}
        meta = {"document": url, "found": found, "conditional": bool(headers)}
        yield Request(url, callback=self.kept, errback=self.not_kept, headers=headers, meta=meta)

    def _due(self, known: KnownPage, stated: str | datetime | None = None) -> bool:
        if self.immutable and known.state == "kept":
            return False
        now = datetime.now(UTC)
        return known.due(now, self._crawl.revisit_days, changed_at(stated, now))

    @property
    def full(self) -> bool:
        """Whether the run has asked for as many articles as it may."""
        return self.run.full

    @property
    def _crawl(self) -> Crawl:
        config: Config = self.settings["THEMESHIFT"]
        return config.crawl

    def kept(self, response: Response) -> Results:
        """An article's page, which the archive has: the files that belong to it, and nothing else of it."""
        if self.attachments and isinstance(response, TextResponse):
            for link in response.css(self.attachments).xpath("@href").getall():
                if self.on_site(url := self.canonical(join(response.url, link))):
                    yield from self._document(url, "link", response.url)

    def not_kept(self, failure: Failure) -> Any:
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
        """A sitemap, whose parts may be missing as it may be itself."""
        yield from super().parse_sitemap(response, failed or self.no_sitemap)

    def unlisted(self, response: Response, kind: str) -> Results:
        """A page served in place of a sitemap is as good as none."""
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
