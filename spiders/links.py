"""What pages, feeds and captures give a spider: links, what is listed, a response to look at again."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urljoin, urlsplit

from scrapy.http import Headers, Response, TextResponse
from scrapy.responsetypes import responsetypes

from pipeline.records import Capture
from spiders.lists import Listed, read_list


def links_of(response: Response) -> list[str]:
    """The absolute URLs that a page links, in order; none where it isn't a page."""
    if not isinstance(response, TextResponse):
        return []
    return [url for link in response.css("a::attr(href)").getall() if (url := join(response.url, link))]


def list_of(response: Response) -> Listed:
    """The feed or sitemap that a response is; of no kind where it is neither."""
    declared = re.search(rb"charset=[\"']?([\w.:-]+)", response.headers.get("Content-Type") or b"")
    return read_list(response.body, response.url, declared[1].decode() if declared else None)


def response_of(capture: Capture) -> Response:
    """A capture as the response it was, with its content encoding removed."""
    charset = f"; charset={capture.charset}" if capture.charset else ""
    headers = Headers({"Content-Type": capture.media_type + charset})
    kind = responsetypes.from_args(headers=headers, url=capture.url, body=capture.body)
    return kind(url=capture.url, headers=headers, body=capture.body)


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
