"""GOV.UK: its search API tells what there is, its content API gives each page as JSON. Attachments follow."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

from scrapy import Request
from scrapy.http import Response

from pipeline.archive import Count
from spiders.api import ApiSpider, address, number, rows
from spiders.base import Results

SITE = "https://www.gov.uk"
ASSETS = "assets.publishing.service.gov.uk"
PAGE = 100
FIELDS = "link,public_timestamp"
CARDS = ("documents", "final_outcome_documents", "outcome_documents", "public_feedback_documents")
LINK = re.compile(r"<a\s[^>]*?href=[\"']([^\"'#]+)")


class GovUk(ApiSpider):
    """Finds what government has published on GOV.UK, with the attachments that hold the text."""

    name = "govuk"
    host = "www.gov.uk"
    allowed_domains = ("www.gov.uk", ASSETS)
    record = re.compile(r"/api/content/[\w/.-]+")

    async def start(self) -> AsyncIterator[Any]:
        """Ask for the first page of each term."""
        for term in self.terms:
            yield self.search(term, 0)

    def search(self, term: str, start: int) -> Request:
        """A request for a page of results. A parameter that the service doesn't know is answered with 422."""
        query: dict[str, object] = {
            "q": f'"{term}"',
            "count": PAGE,
            "start": start,
            "fields": FIELDS,
        }
        if self.since:
            query["filter_public_timestamp"] = f"from:{self.since}"
        request = self.page(address(f"{SITE}/api/search.json", query), self.parse_search)
        return request.replace(cb_kwargs={"term": term, "start": start})

    def parse_search(self, response: Response, term: str, start: int) -> Results:
        """A page of results, and the next one."""
        answer = self.answer(response)
        found = list(rows(answer, "results"))
        links = {content(result.get("link")): str(result.get("public_timestamp") or "") for result in found}
        yield from self.documents(response, links, "search", links)
        total = number(answer, "total")
        self.run.universe.state(Count("search", "matches", total, term, url=response.url))
        following = start + len(found)
        if found and following < total and not self.full:
            yield self.search(term, following)

    def kept(self, response: Response) -> Results:
        """A page's attachments: where there are any, the page itself is only their cover."""
        if urlsplit(response.url).netloc == self.host:
            try:
                page = json.loads(response.body)
            except (ValueError, RecursionError):
                return
            listed = map(attached, rows(page, "details", "attachments"))
            yield from self.documents(response, dict.fromkeys([*listed, *shown(page)]), "link")

    def document_url(self, url: str) -> str | None:
        """A page in the content API, or a PDF among the assets."""
        parts = urlsplit(self.canonical(url))
        if parts.netloc == ASSETS and parts.path.lower().endswith(".pdf"):
            return parts._replace(query="").geturl()
        return super().document_url(url)


def content(link: object) -> str:
    """A page's address in the content API; empty for what is on another site."""
    return f"{SITE}/api/content{link}" if isinstance(link, str) and link.startswith("/") else ""


def attached(attachment: Mapping[str, Any]) -> str:
    """Where an attachment is to be had: one in HTML is a page of its own."""
    url = str(attachment.get("url") or "")
    return content(url) if attachment.get("attachment_type") == "html" else url


def shown(page: object) -> list[str]:
    """Where attachments are to be had that a page only shows, as cards in HTML: pages below it, and PDFs."""
    details = page.get("details") if isinstance(page, Mapping) else None
    if not isinstance(page, Mapping) or not isinstance(details, Mapping):
        return []
    held = [details.get(key) for key in CARDS]
    below = f"{page.get('base_path') or ''}/"
    cards = [card for cards in held if isinstance(cards, list) for card in cards if isinstance(card, str)]
    found = []
    for link in (unescape(link) for card in cards for link in LINK.findall(card)):
        parts = urlsplit(urljoin(SITE, link.strip()))
        if parts.path.lower().endswith(".pdf"):
            # older files stand below www.gov.uk, from where they have moved
            found.append(f"https://{ASSETS}{parts.path}")
        elif parts.netloc in ("www.gov.uk", "gov.uk") and parts.path.startswith(below):
            found.append(content(parts.path))
    return found
