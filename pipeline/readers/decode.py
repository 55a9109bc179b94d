"""Bytes -> text, and what kind of file the bytes are. At worst some characters are replaced."""

from __future__ import annotations

import codecs
import re

from pipeline.limits import unpacked
from pipeline.readers import office

_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w:.-]{2,40})", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w:.-]{2,40})", re.IGNORECASE)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HTML_START = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|!--|\?xml[^>]*\?>\s*<(?:!doctype\s+html|html))", re.IGNORECASE
)
_JATS = re.compile(
    rb"(?:\s|(?><\?.*?\?>)|(?><!--.*?-->))*+"
    rb"(?:<!DOCTYPE\s+(?:article|pmc-articleset|articles)\b|<pmc-articleset\b|<articles>\s*<article\b|"
    rb"<(?:\w+:)?article\b[^>]*(?:\barticle-type=|\bdtd-version=|/JATS|jats|/1999/xlink|/Math/MathML)|"
    rb"<(?:\w+:)?article\b[^>]*>\s*<(?:\w+:)?(?:processing-meta|front)\b|"
    rb"<(?:\w+:)?OAI-PMH\b.*?<(?:\w+:)?article\b[^>]*article-type=)",
    re.IGNORECASE | re.DOTALL,
)
"""An article on its own, in a set of PubMed Central's, or in an answer of OAI-PMH; with its DTD, if any."""
# What browsers do: pages that say Latin-1 or ASCII are cp1252 in truth.
_AS_BROWSERS = frozenset(("iso8859-1", "ascii", "cp1252"))

_SEVERAL = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_STRAY = "themeshift-stray"

KINDS = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/pdf": "pdf",
    "application/x-pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.ms-word.document.macroenabled.12": "docx",
    "text/plain": "text",
    "application/json": "record",
}


def unfolded(body: bytes) -> bytes:
    """The payload of a body that is still gzipped, as servers that compress twice send it.

    Raises SetAside, "truncated" where it ends too early, "too-large" beyond what a page may have.
    """
    return unpacked(body, "gzip")


def kind_of(media_type: str, body: bytes) -> str:
    """ "html", "pdf", "docx", "text", "record", "jats", or "" for none of these.

    The bytes overrule a wrong label.
    """
    start = body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n\x00")
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        start = body[:4096].decode("utf-16", "ignore").lstrip().encode()
    if start.startswith(b"%PDF-"):
        return "pdf"
    kind, why = office.told(body)
    if kind or why:
        return kind
    if _JATS.match(start):
        return "jats"
    if _HTML_START.match(start):
        return "html"
    declared = KINDS.get(media_type, "")
    unknown = media_type in ("", "application/octet-stream", "binary/octet-stream", "application/download")
    if start.startswith(b"{") and (unknown or declared == "pdf"):
        return "record"
    if unknown and start.startswith(b"<"):
        return "html"
    if unknown and _is_text(body[:4096]):
        return "text"
    return declared


def text_of(body: bytes, declared: str | None = None, markup: bool = False) -> str:
    """Decode by byte order mark, the header's charset, the markup's own, UTF-8, then cp1252.

    A few bytes that are no UTF-8 in what else is, as an old fragment pasted into a page leaves them behind,
    cost themselves alone: one byte is what cp1252 has for it, a broken character is U+FFFD.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body.decode(name, "replace").lstrip("\ufeff")
    for charset in (declared, _inner_charset(body) if markup else None, "utf-8"):
        if charset and (text := _try(body, charset)) is not None:
            return text
    return _mostly_utf8(body) or _cp1252(body)


def _mostly_utf8(body: bytes) -> str:
    """UTF-8 with stray bytes in it; "" where these outnumber the characters of several bytes.

    In any other encoding hardly any letters stand side by side as the bytes of such a character do.
    """
    try:
        text = body.decode("utf-8", _STRAY)
    except UnicodeDecodeError:
        return ""
    told = len(_SEVERAL.findall(body))
    stray = len(body) - len(body.decode("utf-8", "ignore").encode())
    return text if told >= stray else ""


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    """One stray byte is a letter of cp1252; several are a broken character of UTF-8."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    end = error.end
    while end < len(error.object) and 0x80 <= error.object[end] <= 0xBF:
        end += 1
    wrong = error.object[error.start : end]
    return (wrong.decode("cp1252", "replace") if len(wrong) == 1 else "\ufffd"), end


def _inner_charset(body: bytes) -> str | None:
    found = _XML.search(body[:200]) or _META.search(body[:4096])
    return found[1].decode("ascii", "replace") if found else None


def _try(body: bytes, charset: str) -> str | None:
    try:
        name = codecs.lookup(charset.strip().strip("\"'")).name
        if name in _AS_BROWSERS:
            # UTF-8 under a Latin-1 label is common, and text in Latin-1 is hardly ever valid UTF-8
            return _try(body, "utf-8") or _mostly_utf8(body) or _cp1252(body)
        return body.decode(name)
    except (LookupError, ValueError, AssertionError, TypeError, AttributeError):
        return None


codecs.register_error(_STRAY, _as_cp1252)


def _cp1252(body: bytes) -> str:
    return body.decode("cp1252", "replace")


def _is_text(sample: bytes) -> bool:
    control = sum(byte < 9 or 13 < byte < 27 for byte in sample)
    return bool(sample) and control * 50 < len(sample)
