"""NHS England's WordPress in the sample web: its REST interface as WordPress answers, quirks and all.

Built from what the program does, not from what our spider asks: as many posts a page as were asked for, at
most a hundred; totals and the next page in headers; 400 for a page behind the last one and for a parameter
out of range; slashes and letters beyond ASCII escaped, apostrophes and dashes as entities.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from html import escape
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from spiders.sampleweb.documents import SampleDocument
from spiders.sampleweb.services import LABEL, Query, Service, as_html, number, service, stamp_of, target_of
from spiders.sampleweb.site import ENVIRONMENT, Page

API = "https://www.england.nhs.uk/wp-json/wp/v2"
POSTS = "/wp-json/wp/v2/posts"
GONE = 990013
JSON = "application/json; charset=UTF-8"
LONDON = ZoneInfo("Europe/London")


def nhsengland(documents: Sequence[SampleDocument]) -> Service:
    """The posts; one of those that are listed has been taken down since. A feed in RSS 2.0, too."""
    robots = "User-agent: *\nDisallow: /wp-admin/\nAllow: /wp-admin/admin-ajax.php\n"
    site = service("nhsengland", "www.england.nhs.uk", documents, robots)
    site.pages["404"] = error("rest_post_invalid_id", "Invalid post ID.", 404)
    posts = sorted(map(post, documents), key=lambda found: str(found["date"]))
    for document in documents:
        site.put(target_of(document), as_php(post(document)), document)
        site.add(document.path, "post.html.jinja", document.modified, document=document)
    if posts:
        gone = {"id": GONE, "slug": "sample-gone", "link": f"https://{site.host}/2018/11/sample-gone/"}
        posts.append(posts[-1] | gone)
    site.answers[POSTS] = lambda query: listed(posts, query)
    feed = ENVIRONMENT.get_template("nhsengland/feed.xml.jinja").render(documents=documents, label=LABEL)
    site.pages["/feed/"] = Page(feed.encode(), "application/rss+xml; charset=UTF-8")
    return site


def listed(posts: Sequence[Mapping[str, Any]], query: Query) -> Page:
    """The page of posts that a query asks for."""
    size, page = number(query, "per_page", 10), number(query, "page", 1)
    if not 1 <= size <= 100:
        said = "per_page must be between 1 (inclusive) and 100 (inclusive)"
        return error("rest_invalid_param", "Invalid parameter(s): per_page", 400, params={"per_page": said})
    # a date is compared with the site's own time, and the moment itself is not after it
    after = query.get("after", "").removesuffix("Z")
    found = [one for one in posts if one["date"] > after and matches(one, query.get("search", ""))]
    if query.get("order", "desc") == "desc":
        found.reverse()
    pages = -(-len(found) // size)
    if page > pages and found:
        said = "The page number requested is larger than the number of pages available."
        return error("rest_post_invalid_page_number", said, 400)
    shown = [shaped(one, query) for one in found[(page - 1) * size : page * size]]
    headers = [("X-WP-Total", str(len(found))), ("X-WP-TotalPages", str(pages)), ("Allow", "GET")]
    around = [(n, rel) for n, rel in ((page - 1, "prev"), (page + 1, "next")) if 1 <= n <= pages]
    links = [f'<{API}/posts?{urlencode({**query, "page": n})}>; rel="{rel}"' for n, rel in around]
    headers += [("Link", ", ".join(links))] if links else []
    return as_php(shown, 200, headers)


def matches(one: Mapping[str, Any], search: str) -> bool:
    """Whether title, excerpt or body have every word, or every phrase in quotation marks, of a search."""
    words = [phrase or word for phrase, word in re.findall(r'"([^"]+)"|([^\s",+]+)', search.casefold())]
    text = " ".join(one[part]["rendered"] for part in ("title", "excerpt", "content")).casefold()
    return all(word in text for word in words)


def shaped(one: Mapping[str, Any], query: Query) -> dict[str, Any]:
    """A post with the fields that are asked for; what it embeds only where that is."""
    wanted = [field.partition(".")[0] for field in query.get("_fields", "").split(",") if field]
    kept = {key: value for key, value in one.items() if not wanted or key in wanted}
    if "_embed" not in query:
        kept.pop("_embedded", None)
    return kept


def post(document: SampleDocument) -> dict[str, Any]:
    """A post as the interface shows it to everybody."""
    key = int(target_of(document).partition("?")[0].rpartition("/")[2])
    minute = int(document.fields.get("minute", 30))
    published = datetime.combine(document.published, time(0, minute), LONDON)
    modified = datetime.fromisoformat(stamp_of(document))
    author = document.authors[0] if document.authors else ""
    # who has written nothing else is not shown to the public; what search engines are told names her
    hidden = {"code": "rest_user_invalid_id", "message": "Invalid user ID.", "data": {"status": 404}}
    shown = {"id": 7, "name": "NHS England", "url": "", "description": "", "slug": "nhs-england",
             "link": f"https://{document.url.split('/')[2]}/author/nhs-england/"}  # fmt: skip
    teaser = escape(document.teaser.removesuffix("..."), quote=False)
    return {
        "_sample": LABEL,
        "id": key,
        "date": local(published),
        "date_gmt": local(published.astimezone(UTC)),
        "guid": {"rendered": f"https://www.england.nhs.uk/?p={key}"},
        "modified": local(modified.astimezone(LONDON)),
        "modified_gmt": local(modified),
        "slug": document.slug,
        "status": "publish",
        "type": "post",
        "link": document.url,
        "title": {"rendered": texturized(escape(document.title, quote=False))},
        "content": {"rendered": body(document), "protected": False},
        "excerpt": {"rendered": texturized(f"<p>{teaser} [&hellip;]</p>\n"), "protected": False},
        "author": 12 if author else 7,
        "featured_media": 0,
        "comment_status": "open",
        "ping_status": "closed",
        "sticky": False,
        "template": "",
        "format": "standard",
        "meta": {"footnotes": ""},
        "categories": [4],
        "tags": [],
        "acf": [],
        "yoast_head_json": {"title": document.title} | ({"author": author} if author else {}),
        "_links": {"self": [{"href": f"{API}/posts/{key}"}],
                   "author": [{"embeddable": True, "href": f"{API}/users/{12 if author else 7}"}]},
        "_embedded": {"author": [hidden if author else shown]},
    }  # fmt: skip


def body(document: SampleDocument) -> str:
    """The body as the editor leaves it: an empty paragraph, a picture with its caption, links to share."""
    picture = '<figure class="wp-block-image"><img decoding="async" src="/a.jpg" alt="" /></figure>'
    share = '<div class="sharedaddy"><h3 class="sd-title">Share this:</h3><ul><li>Twitter</li></ul></div>'
    return texturized(f"{picture}\n{as_html(document)}\n<p>&nbsp;</p>\n{share}")


def texturized(html: str) -> str:
    """The marks that WordPress writes as entities, whatever was typed."""
    entities = {"\u2019": "&#8217;", "\u2018": "&#8216;", "\u2013": "&#8211;", "\u2014": "&#8212;",
                "\u201c": "&#8220;", "\u201d": "&#8221;", "\u2026": "&#8230;", "&amp;": "&#038;"}  # fmt: skip
    for mark, entity in entities.items():
        html = html.replace(mark, entity)
    return html


def local(moment: datetime) -> str:
    """A time as WordPress writes it: without a zone."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def error(code: str, message: str, status: int, **data: Any) -> Page:
    """What is answered in place of posts."""
    return as_php(
        {"_sample": LABEL, "code": code, "message": message, "data": {"status": status, **data}}, status
    )


def as_php(value: Any, status: int = 200, headers: Sequence[tuple[str, str]] = ()) -> Page:
    """JSON as PHP writes it."""
    text = json.dumps(value, separators=(",", ":")).replace("/", "\\/")
    return Page(text.encode(), JSON, status, headers=tuple(headers))
