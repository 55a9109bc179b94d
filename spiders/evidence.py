"""What a response tells at the wire, before anything is kept: is it whole, of a sane size, and a page?"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from http import HTTPStatus

from scrapy.http import Response

HEAD = 256 * 1024
PIECE = 64 * 1024
START = 8 * 1024
THIN = 150
"""Bytes of a page that are looked at, unfolded at a time, looked at first; words a challenge stays below."""

_TITLE = re.compile(rb"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_UNSEEN = re.compile(
    rb"<(script|style|template)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)|<[^>]*>", re.IGNORECASE | re.DOTALL
)
_CHALLENGED = re.compile(
    rb"just a moment\W*|attention required!?.*|robot check|human verification|security check|"
    rb"(?:are|verify(?:ing)?(?: that)?) you (?:are )?(?:a )?(?:human|robot)\W*|one more step|"
    rb"ddos.guard|pardon our interruption\W*|bot verification|captcha|checking your browser.*",
    re.IGNORECASE | re.DOTALL,
)
_CHALLENGE = re.compile(
    rb"(?:verify|prove|confirm) (?:that )?you(?: a|'|\xe2\x80\x99)re (?:a )?human|press and hold|"
    rb"enable javascript and cookies to continue|unusual traffic from your|are you a robot|"
    rb"checking (?:your browser|if the site connection)|complete the (?:security check|captcha)|"
    rb"/cdn-cgi/challenge-platform/|_cf_chl_opt|px-captcha|geo\.captcha-delivery\.com|_Incapsula_Resource",
    re.IGNORECASE,
)
_MARKS = (
    b"human", b"press and hold", b"enable javascript", b"unusual traffic", b"robot", b"checking", b"captcha",
    b"security check", b"cdn-cgi/challenge", b"cf_chl_opt", b"incapsula",
)  # fmt: skip
"""Without any of these (lower case) the pattern above can't match; looking for them is much faster."""

_ENTITY = re.compile(rb"<!ENTITY\s", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A body without its content encoding: how it begins and ends, how long it is, whether it is whole."""

    head: bytes
    tail: bytes
    size: int
    whole: bool = True


class UnknownEncodingError(ValueError):
    """A content encoding that was not asked for and can't be undone."""


def unpack(response: Response, limit: int) -> Unpacked:
    """Look into `response`, in pieces, and stop at `limit` bytes. Raises UnknownEncodingError.

    A body whose encoding is damaged or ends early is not whole; one that is not encoded, whatever its
    header says, is taken as it is.
    """
    body = response.body
    encodings = b",".join(response.headers.getlist("Content-Encoding")).lower().replace(b" ", b"")
    if encodings in (b"", b"identity") or not body:
        return Unpacked(body[:HEAD], body[-PIECE:], len(body))
    if encodings in (b"gzip", b"x-gzip"):
        if not body.startswith(b"\x1f\x8b"):
            return Unpacked(body[:HEAD], body[-PIECE:], len(body))
        return _inflate(body, 31, limit)
    if encodings == b"deflate":
        zlib_like = body[0] & 15 == 8 and int.from_bytes(body[:2]) % 31 == 0
        return _inflate(body, 15 if zlib_like else -15, limit)
    raise UnknownEncodingError(encodings.decode("latin-1"))


def _inflate(body: bytes, window: int, limit: int) -> Unpacked:
    head, tail, size = b"", b"", 0
    inflater = zlib.decompressobj(window)
    try:
        piece = inflater.decompress(body, PIECE)
        while piece:
            size += len(piece)
            head += piece[: HEAD - len(head)]
            tail = piece if len(piece) > 1024 else (tail + piece)[-PIECE:]
            if size > limit or inflater.eof:
                break
            piece = inflater.decompress(inflater.unconsumed_tail, PIECE)
    except zlib.error:
        return Unpacked(head, tail, size, whole=False)
    return Unpacked(head, tail, size, whole=inflater.eof or size > limit)


def ends(response: Response, unpacked: Unpacked) -> bool:
    """Whether a page or PDF that came without a length has its end; what can't be told is believed."""
    if b"<html" in unpacked.head[:2048].lower():
        return b"</html" in unpacked.tail[-2048:].lower()
    if unpacked.head.startswith(b"%PDF-"):
        return b"%%EOF" in unpacked.tail[-2048:]
    return True


def is_challenge(response: Response, unpacked: Unpacked) -> bool:
    """Whether a page asks for proof of being human: hardly any text, and the words or marks of a bot wall."""
    if b"cf-mitigated" in response.headers:
        return True
    head = unpacked.head
    if unpacked.size > HEAD or b"<" not in head[:1024] or b"<?xml" in head[:100]:
        return False
    if len(head) > START and not _is_thin(head[:START].rpartition(b"<")[0]):
        return False  # much sooner known than that there are no marks in the rest
    title = _TITLE.search(head)
    challenged = (title and _CHALLENGED.fullmatch(title[1].strip())) or _says_challenge(head)
    return bool(challenged) and _is_thin(head)


def _is_thin(text: bytes) -> bool:
    return len(_UNSEEN.sub(b" ", text).split()) < THIN


def _says_challenge(head: bytes) -> bool:
    lowered = head.lower()
    return any(mark in lowered for mark in _MARKS) and bool(_CHALLENGE.search(lowered))


def has_entities(unpacked: Unpacked) -> bool:
    """Whether XML declares entities of its own, which no sitemap, feed or OAI-PMH answer has reason to."""
    return b"<!doctype" in unpacked.head[:4096].lower() and bool(_ENTITY.search(unpacked.head))


def status_line(status: int) -> str:
    """A status with its phrase, such as "200 OK"; some servers have numbers of their own."""
    known = status in HTTPStatus.__members__.values()
    return f"{status} {HTTPStatus(status).phrase if known else 'Unknown'}"


def headers_of(response: Response) -> list[tuple[str, str]]:
    """The headers, as the archive keeps them."""
    # Twisted has undone the chunking, so Transfer-Encoding would no longer be true of the body.
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in response.headers.items()
        for value in values
        if name.lower() != b"transfer-encoding"
    ]
