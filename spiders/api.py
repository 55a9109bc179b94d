"""What spiders of services with a search share: terms and dates from config, JSON answers, one URL a record.

A search only tells what there is. Each document is asked for on its own, so that it is a capture of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from scrapy.http import Response

from pipeline.config import Config
from pipeline.settings import Source
from spiders.base import SourceSpider

T = TypeVar("T")


class ApiSpider(SourceSpider):
    """Asks a search for what config names, page by page, and then for each record."""

    record = re.compile(r"(?!)")
    """The whole path and query of a record."""

    @property
    def config(self) -> Config:
        """The configuration of this run."""
        config: Config = self.settings["THEMESHIFT"]
        return config

    @property
    def declared(self) -> Source | None:
        """What sources.toml says of this source."""
        return self.config.sources.get(self.name)

    @property
    def terms(self) -> tuple[str, ...]:
        """The phrases to search for."""
        own = self.declared.terms if self.declared else ()
        return own or self.config.crawl.terms

    @property
    def since(self) -> str:
        """The first day of interest, 2005-01-01; empty where config names none."""
        stated = self.declared.since if self.declared else ""
        return stated + "-01-01"[len(stated) - 4 :] if stated else ""

    def document_url(self, url: str) -> str | None:
        """A record's address, query and all; None for anything else."""
        found = self.canonical(url)
        parts = urlsplit(found)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        return found if parts.netloc == self.host and self.record.fullmatch(target) else None

    def answer(self, response: Response) -> dict[str, Any]:
        """The object a service answered with; empty, and said aloud, where it is none."""
        found = self._parsed(response)
        return found if isinstance(found, dict) else self._unexpected(response, "an object", {})

    def answers(self, response: Response) -> list[dict[str, Any]]:
        """The list of objects a service answered with; empty, and said aloud, where it is none."""
        found = self._parsed(response)
        if not isinstance(found, list):
            return self._unexpected(response, "a list", [])
        return [item for item in found if isinstance(item, dict)]

    def _parsed(self, response: Response) -> object:
        try:
            return json.loads(response.body)
        except (ValueError, RecursionError):
            return None

    def _unexpected(self, response: Response, wanted: str, instead: T) -> T:
        self.run.failed += 1
        self.logger.warning("%s: %s did not answer with %s in JSON", self.name, response.url, wanted)
        return instead


def rows(node: object, *keys: str) -> Iterator[Mapping[str, Any]]:
    """The objects in the list that `keys` lead to; none where the answer is built differently."""
    for key in keys:
        node = node.get(key) if isinstance(node, Mapping) else None
    yield from (item for item in node if isinstance(item, Mapping)) if isinstance(node, list) else ()


def number(node: object, key: str) -> int:
    """A count in an answer; 0 where there is none."""
    value = node.get(key) if isinstance(node, Mapping) else None
    return value if isinstance(value, int) else 0


def phrases(terms: Sequence[str]) -> str:
    """Terms as a search takes them that knows quotation marks and OR."""
    return " OR ".join(f'"{term}"' for term in terms)


def address(base: str, query: Mapping[str, object]) -> str:
    """`base` with a query."""
    return f"{base}?{urlencode(query)}"
