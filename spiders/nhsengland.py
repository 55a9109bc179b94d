"""NHS England: a WordPress site, gathered through its REST interface, a post a record.

Traps: a page behind the last one is an error (400), also where posts have gone while we read; a moment is not
after itself; some caches in front of such sites drop the headers that tell how many pages there are.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

from scrapy import Request
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from pipeline.archive import Count
from spiders.api import ApiSpider, address
from spiders.base import Results

POSTS = "https://www.england.nhs.uk/wp-json/wp/v2/posts"
PAGE = 100
FIELDS = "id,link,date,modified_gmt"


class NhsEngland(ApiSpider):
    """Finds the news, blogs and statements of NHS England."""

    name = "nhsengland"
    host = "www.england.nhs.uk"
    allowed_domains = ("www.england.nhs.uk",)
    record = re.compile(r"/wp-json/wp/v2/posts/\d+\?_embed=author")

    async def start(self) -> AsyncIterator[Any]:
        """Ask for the first page of each term."""
        for term in self.terms:
            yield self.search(term, 1)

    def search(self, term: str, page: int) -> Request:
        """A request for a page of results, the oldest first, so that new posts don't shift the pages."""
        query: dict[str, object] = {"search": term, "per_page": PAGE, "page": page, "_fields": FIELDS}
        query |= {"orderby": "date", "order": "asc"}
        if self.since:
            before = datetime.fromisoformat(self.since) - timedelta(seconds=1)
            query["after"] = before.isoformat()
        request = self.page(address(POSTS, query), self.parse_search, self.no_page)
        return request.replace(cb_kwargs={"term": term, "page": page})

    def parse_search(self, response: Response, term: str, page: int) -> Results:
        """A page of results, and the next one."""
        answers = self.answers(response)
        posts = {
            address(f"{POSTS}/{post['id']}", {"_embed": "author"}): post
            for post in answers
            if isinstance(post.get("id"), int)
        }
        changed = {link: f"{post.get('modified_gmt') or ''}Z" for link, post in posts.items()}
        dates = {link: str(post.get("date") or "") for link, post in posts.items()}
        yield from self.documents(response, posts, "search", changed, dates)
        pages, total = (
            (response.headers.get(f"X-WP-{name}") or b"").decode("latin-1")
            for name in ("TotalPages", "Total")
        )
        if total.isdigit():
            self.run.universe.state(Count("search", "matches", int(total), term, url=response.url))
        # where no header tells, a full page may have another behind it
        more = page < int(pages) if pages.isdigit() else len(answers) >= PAGE
        if more and not self.full:
            yield self.search(term, page + 1)

    def no_page(self, failure: Failure) -> Any:
        """A page behind the last one is the end, anything else is said aloud."""
        answer = failure.value.response if isinstance(failure.value, HttpError) else None
        if answer is None or answer.status != 400 or b"_invalid_page_number" not in answer.body:
            return self.page_failed(failure)
        return None
