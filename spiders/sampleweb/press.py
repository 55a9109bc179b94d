"""The Guardian's content API in the sample web."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from spiders.sampleweb.documents import SampleDocument
from spiders.sampleweb.services import Query, Service, as_html, as_json, matching, number, service, target_of
from spiders.sampleweb.site import Page


def guardian(documents: Sequence[SampleDocument]) -> Service:
    """One result a page; an article with its fields and tags."""
    site = service("guardian", "content.guardianapis.com", documents)
    for document in documents:
        content = _article(document)
        answer = {"response": {"status": "ok", "userTier": "developer", "total": 1, "content": content}}
        site.put(target_of(document), answer, document)

    def search(query: Query) -> Page:
        found = matching(documents, query.get("q", ""), query.get("from-date", ""))
        page = number(query, "page", 1)
        shown = [_article(document, False) for document in found[page - 1 : page]]
        about = {"status": "ok", "total": len(found), "pageSize": 1, "currentPage": page, "pages": len(found)}
        return as_json({"response": about | {"orderBy": "oldest", "results": shown}})

    site.answers["/search"] = search
    return site


def _midnight(document: SampleDocument) -> str:
    day = datetime.combine(document.published, time(0, 1), ZoneInfo("Europe/London"))
    return day.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _article(document: SampleDocument, whole: bool = True) -> dict[str, Any]:
    f = document.fields
    article: dict[str, Any] = {
        "id": document.path.removeprefix("/"),
        "type": "article",
        "sectionId": "society",
        # the first minute of its day in London, in UTC
        "webPublicationDate": f"{_midnight(document)}Z",
        "webTitle": document.title,
        "webUrl": document.url,
        "apiUrl": document.record.partition("?")[0],
        "pillarName": "Opinion" if document.genre == "opinion" else "News",
    }
    if not whole:
        return article
    tags = [
        {"id": "profile/sample", "type": "contributor", "webTitle": author} for author in document.authors
    ]
    fields = {
        "headline": document.title,
        "standfirst": f"<p>{f['standfirst']}</p>",
        "trailText": f["standfirst"],
        "byline": document.authors[0],
        "body": _block(document),
        "lang": "en",
    }
    return article | {
        "fields": fields,
        "tags": [*tags, {"id": f["tone"], "type": "tone", "webTitle": "Sample"}],
    }


def _block(document: SampleDocument) -> str:
    """The body as a live blog has it: a block with its times."""
    return (
        '<div id="block-sample" class="block"><p class="block-time published-time">'
        f'<time datetime="{_midnight(document)}Z">12.01am <span class="timezone">BST</span></time></p>'
        f'<div class="block-elements">{as_html(document)}</div>'
        '<p class="block-time updated-time">Updated <time>at 9.10am BST</time></p></div>'
    )
