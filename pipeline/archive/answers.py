"""A record of somebody else's WARC file as an answer that can be taken in, or why it can't."""

from __future__ import annotations

import mimetypes
import re
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from io import BytesIO
from urllib.parse import urlsplit

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeadersParser

from pipeline.archive.warc import dechunked, media_type_of

TAKEN = ("text/html", "application/xhtml", "application/pdf", "text/plain", "application/json",
         "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
         "application/vnd.ms-word.document.macroenabled")  # fmt: skip
XML = re.compile(r"(?:application|text)/(?:[\w.-]+\+)?xml\b", re.IGNORECASE)
ARTICLE = re.compile(rb"<(?:!doctype\s+)?(?:\w+:)?(?:article|html)\b", re.IGNORECASE)
"""The tag, or the declaration, of an article in JATS or of a page: other XML is a feed, a sitemap or data."""
UNSAID = ("", "application/octet-stream", "binary/octet-stream", "application/download",
          "application/unknown", "unknown/unknown", "unk", "no-type",
          "application/x-unknown")  # fmt: skip

NOTES = ("urn:", "dns:", "metadata:", "whois:", "ntp:")
"""What begins the address of what crawlers note of themselves and of names."""

_PAGE = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_STAMP = re.compile(
    r"(\d{4})-?(\d\d)?-?(\d\d)?[T ]?(\d\d)?:?(\d\d)?:?(\d\d)?(?:\.\d*)?\s*(?:Z|[+-]00:?00)?", re.I
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an address answered. `truncated` says why not all of it is here; empty for a whole answer."""

    url: str
    body: bytes
    media_type: str
    when: datetime
    record_id: str
    http_status: str | None = None
    http_headers: list[tuple[str, str]] = field(default_factory=list)
    truncated: str = ""


@dataclass(frozen=True, slots=True)
class Unread:
    """What can't be taken from a file, with a short reason. `told` says what is wrong and where; "" is a kind
    of record that is only counted."""

    url: str
    reason: str
    told: str = ""


def url_of(record: ArcWarcRecord) -> str:
    """The address of a record, without the brackets that some tools write; "" where it has none."""
    return (record.rec_headers.get_header("WARC-Target-URI") or "").strip(" \t\r\n<>").replace(" ", "%20")


def is_address(url: str) -> bool:
    """Whether a page or a file could have this address."""
    try:
        url.encode()
        parts = urlsplit(url)
        return parts.scheme == "file" or (
            parts.scheme in ("http", "https", "ftp") and bool(parts.hostname) and parts.port != 0
        )
    except ValueError:
        return False


def answer_of(record: ArcWarcRecord, block: bytes, file: object) -> Answer | Unread:
    """A response or resource record with its block, or why it can't be taken; `file` is told then."""
    url, http = url_of(record), record.http_headers
    where = f"{file}: the record of {url or 'no address'}"
    if url.lower().startswith(NOTES):
        return Unread(url, "no page")
    if not is_address(url):
        return Unread(url, "bad address", f"{where} has no address that a page could have: not taken")
    if http is None and record.rec_type == "response" and block[:5].upper() == b"HTTP/":
        stream = BytesIO(block)
        http = StatusAndHeadersParser([], verify=False).parse(stream)
        block = stream.read()
    record.http_headers = http
    when = _moment(record.rec_headers.get_header("WARC-Date")) or _date_of(http)
    if when is None:
        said = record.rec_headers.get_header("WARC-Date")
        return Unread(url, "bad date", f"{where} has the date {said!r}, which is none: not taken")
    truncated = record.rec_headers.get_header("WARC-Truncated") or ""
    if record.rec_headers.get_header("WARC-Segment-Number"):
        truncated = truncated or "segmented"
    headers = list(http.headers) if http is not None else []
    said = {name.lower(): value.strip() for name, value in reversed(headers)}
    if "chunked" in said.get("transfer-encoding", "").lower():
        block, whole = dechunked(block)
        truncated = truncated or ("" if whole else "chunks")
    elif said.get("content-length", "").isdigit() and 0 < len(block) < int(said["content-length"]):
        truncated = truncated or "length"
    media_type = media_type_of(record)
    if not _taken(media_type, block, said.get("content-encoding", ""), url):
        return Unread(url, f"unsupported: {media_type or 'no media type'}")
    return Answer(
        url,
        block,
        media_type,
        when,
        record.rec_headers.get_header("WARC-Record-ID") or "",
        http.statusline if http is not None else None,
        [header for header in headers if header[0].lower() != "transfer-encoding"],
        truncated,
    )


def _moment(said: str | None) -> datetime | None:
    """A WARC-Date in any of its precisions, or in 14 digits as some write it; UTC where no zone is told."""
    try:
        found = datetime.fromisoformat((said or "").strip())
    except ValueError:
        if not (parts := _STAMP.fullmatch((said or "").strip())):
            return None
        year, month, day, hour, minute, second = (int(part or 0) for part in parts.groups())
        try:
            found = datetime(year, month or 1, day or 1, hour, minute, second)
        except ValueError:
            return None
    try:
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:
        return None
    return found if found.year >= 1990 else None  # before there was a web, clocks were wrong


def _date_of(http: object) -> datetime | None:
    """When a server says that it answered."""
    try:
        found = parsedate_to_datetime(http.get_header("Date"))  # type: ignore[attr-defined]
        return found.replace(tzinfo=found.tzinfo or UTC)
    except (AttributeError, TypeError, ValueError):
        return None


def _taken(media_type: str, body: bytes, encoding: str, url: str) -> bool:
    """Whether a reader may take it: by what it is called, else by how it begins."""
    if media_type.startswith(TAKEN):
        return True
    start = unpacked(body) if encoding else body[:8192]
    if XML.match(media_type):
        return holds_article(start)
    if media_type not in UNSAID:
        return False
    if (
        start.lstrip(b"\xef\xbb\xbf \r\n").startswith((b"%PDF-", b"{"))
        or (start.startswith(b"PK\x03\x04") and b"word/document" in (body[:8192] + body[-65536:]))
        or _PAGE.match(start)
        or (start.lstrip().startswith(b"<") and ARTICLE.search(start))
    ):
        return True
    named = mimetypes.guess_type(urlsplit(url).path)[0] or "text/plain"
    return named.startswith(TAKEN) and bool(start.strip()) and not re.search(rb"[\x00-\x08\x0e-\x1a]", start)


def holds_article(start: bytes) -> bool:
    """Whether XML, in whatever encoding, is an article in JATS or a page, as it begins."""
    return bool(ARTICLE.search(start.replace(b"\0", b"")))


def unpacked(body: bytes) -> bytes:
    """How packed bytes begin, unpacked; as they are where they can't be."""
    for window in (47, -15):
        try:
            return zlib.decompressobj(window).decompress(body[:65536], 8192)
        except zlib.error:
            continue
    return body[:8192]
