"""NHS England's WordPress and the Guardian's content API in the sample web."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from spiders.sampleweb.documents import SampleDocument
from spiders.sampleweb.services import (
    LABEL,
    Query,
    Service,
    as_html,
    as_json,
    matching,
    number,
    service,
    stamp_of,
    target_of,
)
from spiders.sampleweb.site import ENVIRONMENT, Page

POSTS = "/wp-json/wp/v2/posts"
GONE = 990013


def nhsengland(documents: Sequence[SampleDocument]) -> Service:
    """One post a page; one post in the listing has been taken down. A feed in RSS 2.0, too."""
    robots = "User-agent: *\nDisallow: /wp-admin/\nAllow: /wp-admin/admin-ajax.php\n"
    site = service("nhsengland", "www.england.nhs.uk", documents, robots)
    for document in documents:
        site.put(target_of(document), _post(document), document)
        site.add(document.path, "post.html.jinja", document.modified, document=document)

    def posts(query: Query) -> Page:
        found: list[dict[str, Any]] = [
            {key: _post(document)[key] for key in ("id", "link", "date", "modified_gmt")}
            for document in matching(documents, query.get("search", ""), query.get("after", "")[:10])
        ]
        found += [{"id": GONE, "link": f"https://{site.host}/sample-gone/"}] if found else []
        page = number(query, "page", 1)
        if page > max(1, len(found)):
            return as_json({"code": "rest_post_invalid_page_number", "data": {"status": 400}}, 400)
        headers = [("X-WP-Total", str(len(found))), ("X-WP-TotalPages", str(len(found)))]
        return as_json(found[page - 1 : page], 200, headers)

    site.answers[POSTS] = posts
    feed = ENVIRONMENT.get_template("nhsengland/feed.xml.jinja").render(documents=documents, label=LABEL)
    site.pages["/feed/"] = Page(feed.encode(), "application/rss+xml; charset=UTF-8")
    return site


def _post(document: SampleDocument) -> dict[str, Any]:
    comment = '<div class="comments"><p>Somebody says:</p></div>' if document.genre == "blog" else ""
    stamp = f"{document.when}T00:30:00"
    authors = [{"id": 1, "name": author, "slug": "sample"} for author in document.authors or ["NHS England"]]
    return {
        "id": int(target_of(document).partition("?")[0].split("/")[-1]),
        "date": stamp,
        "date_gmt": stamp,
        "modified_gmt": stamp_of(document).removesuffix("Z"),
        "slug": document.slug,
        "status": "publish",
        "type": "blog" if document.genre == "blog" else "post",
        "link": document.url,
        "title": {"rendered": document.title.replace("'", "&#8217;")},
        "content": {"rendered": as_html(document) + comment, "protected": False},
        "excerpt": {"rendered": f"<p>{document.teaser} [&hellip;]</p>", "protected": False},
        "author": 1,
        "_embedded": {"author": authors},
    }


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
