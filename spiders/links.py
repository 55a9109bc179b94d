"""What pages, feeds and captures give a spider: links, the dates of entries, a response to look at again."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import parse_qsl, urljoin, urlsplit

from scrapy.http import Headers, Response, TextResponse
from scrapy.responsetypes import responsetypes
from scrapy.selector import Selector

from pipeline.records import Capture

DATES = ("updated", "modified", "date", "pubDate", "published")
"""What feeds call the date of an entry, the date of its last change first."""


def links_of(response: Response) -> list[str]:
    """The absolute URLs that a page links, in order; none where it isn't a page."""
    if not isinstance(response, TextResponse):
        return []
    return [url for link in response.css("a::attr(href)").getall() if (url := join(response.url, link))]


def feed_dates(response: Response) -> dict[str, str | datetime]:
    """The dates of a feed's entries by their links: RSS 1.0, RSS 2.0 and Atom."""
    if not isinstance(response, TextResponse):
        return {}
    dates: dict[str, str | datetime] = {}
    for entry in Selector(response, type="xml").xpath("//*[local-name()='item' or local-name()='entry']"):
        named = {name: entry.xpath(f"string(./*[local-name()='{name}'])").get() for name in DATES}
        date = next((stated for stated in named.values() if stated), "")
        for link in entry.xpath("./*[local-name()='link']/text() | ./*[local-name()='link']/@href").getall():
            dates[join(response.url, link)] = date
    return dates


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
