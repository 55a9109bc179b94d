"""Services of the sample web: they answer from the sample documents, in the shapes of the real ones."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from spiders.sampleweb.documents import SampleDocument, paragraphs
from spiders.sampleweb.site import Page, Site

LABEL = "Themeshift sample web: an invented record. Nobody said or published what stands here."
JSON = "application/json; charset=utf-8"
OPEN = "User-agent: *\nDisallow: /login\n"

UPDATED = "2022-01-01T00:00:00Z"
"""When a service says that it last touched any record."""

Query = Mapping[str, str]


@dataclass(slots=True)
class Service(Site):
    """A site that also answers: `answers` maps a path to what gives the answer to a query."""

    answers: dict[str, Callable[[Query], Page]] = field(default_factory=dict)

    def find(self, target: str) -> Page:
        """The answer, where the path gives answers; else the page at `target`."""
        parts = urlsplit(target)
        answer = self.answers.get(parts.path)
        return (
            answer(dict(parse_qsl(parts.query, keep_blank_values=True)))
            if answer
            else Site.find(self, target)
        )

    def put(self, target: str, record: Any, document: SampleDocument | None = None) -> None:
        """A record at `target`."""
        page = as_json(record) if isinstance(record, (dict, list)) else record
        modified = document.modified if document else page.modified
        # as in Site.normal, which orders queries
        path, _, query = target.partition("?")
        ordered = "?" + "&".join(sorted(query.split("&"))) if query else ""
        self.pages[path + ordered] = Page(page.body, page.media_type, page.status, modified)


def service(source: str, host: str, documents: Sequence[SampleDocument], robots: str = OPEN) -> Service:
    """A service with a robots.txt and an answer to what it does not have."""
    found = Service(source, host, documents)
    found.add_text("/robots.txt", robots)
    found.pages["404"] = as_json({"error": "not found"}, 404)
    return found


def as_json(record: Any, status: int = 200, headers: Iterable[tuple[str, str]] = ()) -> Page:
    """A JSON answer; an object carries the sample web's label."""
    if isinstance(record, dict):
        record = {"_sample": LABEL, **record}
    body = json.dumps(record, ensure_ascii=False, indent=1).encode()
    return Page(body, JSON, status, headers=tuple(headers))


def target_of(document: SampleDocument) -> str:
    """Path and query of a document's record."""
    parts = urlsplit(document.record)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def stamp_of(document: SampleDocument) -> str:
    """When a service says that a record was last changed: late on that day, so that no visit was later."""
    return f"{document.modified}T23:30:00Z" if document.changed else UPDATED


def words(document: SampleDocument) -> str:
    """All that a search looks through."""
    return " ".join([document.title, *paragraphs(document.blocks)]).casefold()


def phrases(query: str) -> list[str]:
    """The phrases in quotation marks; the whole query where there are none."""
    return [found.casefold() for found in re.findall(r'"([^"]+)"', query)] or [query.casefold()]


def matching(documents: Sequence[SampleDocument], query: str, since: str = "") -> list[SampleDocument]:
    """The documents with one of the phrases of `query`, published on `since` or later, oldest first."""
    wanted = phrases(query)
    found = [
        document
        for document in documents
        if document.published.isoformat() >= since and any(phrase in words(document) for phrase in wanted)
    ]
    return sorted(found, key=lambda document: (document.published, document.url))


def as_html(document: SampleDocument) -> str:
    """The body of a document in HTML."""
    parts = []
    for block in document.blocks:
        if block.kind == "ul":
            parts.append("<ul>" + "".join(f"<li>{item}</li>" for item in block.items) + "</ul>")
        else:
            parts.append(f"<{block.kind}>{block.html}</{block.kind}>")
    return "\n".join(parts)


def number(query: Query, key: str, default: int) -> int:
    """A count in a query."""
    value = query.get(key, "")
    return int(value) if value.isdigit() else default
