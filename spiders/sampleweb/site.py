"""A site of the sample web: the pages it serves, rendered beforehand from templates."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.config import ROOT
from spiders.sampleweb.documents import SampleDocument

TEMPLATES = ROOT / "data" / "sample" / "templates"
HTML = "text/html; charset=utf-8"
XML = "text/xml; charset=utf-8"
UNDATED = date(2023, 1, 2)
"""Last-Modified of pages that have no date of their own."""

ENVIRONMENT = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Page:
    """A response, but for how its body travels."""

    body: bytes
    media_type: str = HTML
    status: int = 200
    modified: date = UNDATED
    location: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def etag(self) -> str:
        """A validator of the body as it is before compression."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:20]}"'


@dataclass(slots=True)
class Site:
    """One host. `transfer` is how bodies travel: plain, gzip (where accepted) or chunked."""

    source: str
    host: str
    documents: Sequence[SampleDocument]
    transfer: str = "plain"
    pages: dict[str, Page] = field(default_factory=dict)

    def add(
        self, target: str, template: str, modified: date = UNDATED, status: int = 200, **values: Any
    ) -> None:
        """Render <source>/<template> as the page at `target` (path and query)."""
        found = ENVIRONMENT.get_template(f"{self.source}/{template}")
        text = found.render(site=self, target=target, **values)
        media_type = XML if template.endswith(".xml.jinja") else HTML
        self.pages[normal(target)] = Page(text.encode(), media_type, status, modified)

    def add_text(self, target: str, text: str) -> None:
        """A page of plain text."""
        self.pages[normal(target)] = Page(text.encode(), "text/plain; charset=utf-8")

    def redirect(self, target: str, location: str, status: int = 301) -> None:
        """A page that has moved."""
        self.pages[normal(target)] = Page(b"", HTML, status, location=location)

    def withdraw(self, target: str, status: int) -> None:
        """A page that was taken away: what the site says of pages that it does not have, with `status`."""
        self.pages[normal(target)] = replace(self.pages["404"], status=status)

    def add_listing(self, path: str, documents: Iterable[Any], per_page: int, heading: str) -> None:
        """A listing over as many pages as it takes: `path`, then `path` with page=1 and so on."""
        every = list(documents)
        pages = [every[start : start + per_page] for start in range(0, len(every), per_page)] or [[]]
        targets = [path] + [f"{path}{'&' if '?' in path else '?'}page={n}" for n in range(1, len(pages))]
        for number, (target, shown) in enumerate(zip(targets, pages, strict=True)):
            self.add(
                target, "listing.html.jinja", documents=shown, heading=heading, targets=targets, number=number
            )

    def furnish(self, heading: str, links: Iterable[tuple[str, str]], robots: str) -> None:
        """The home page, robots.txt and the page for what is not there."""
        self.add("/", "home.html.jinja", heading=heading, links=links)
        self.add_text("/robots.txt", robots)
        missing = "The page you asked for does not exist on this site."
        self.add("404", "message.html.jinja", status=404, heading="Page not found", message=missing)

    def find(self, target: str) -> Page:
        """The page at `target`; without its query where that means nothing; the site's 404 otherwise."""
        page = self.pages.get(normal(target))
        if page is None and "page=" not in target:
            page = self.pages.get(urlsplit(target).path)
        return page or self.pages["404"]


def normal(target: str) -> str:
    """`target` with its query in order."""
    path, _, query = target.partition("?")
    return f"{path}?{urlencode(sorted(parse_qsl(query)))}" if query else path


@dataclass(frozen=True, slots=True)
class Entry:
    """A link in a listing to something that is no sample document."""

    path: str
    title: str
    teaser: str = "Read more..."
    when_in_words: str = "2 January 2023"
    when: str = "2023-01-02"
    genre: str = "news"
