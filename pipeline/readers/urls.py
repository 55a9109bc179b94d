"""One address for one document: https, no fragment, no tracking, the source's own variants folded."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from pipeline.readers.dates import Dated
from pipeline.readers.dates import parse as parse_date
from pipeline.readers.folds import SHOWN, folded
from pipeline.records import TRACKING, replay

Rules = Iterable[tuple[str, str]]

_SECOND_LEVEL = {
    "co",
    "org",
    "ac",
    "gov",
    "nhs",
    "net",
    "com",
    "ltd",
    "plc",
    "sch",
    "police",
    "edu",
    "parliament",
}
_RESOLVER = re.compile(
    r"^(?:https?://)?(?:dx\.)?(?:doi\.org/|doi:?\s*(?:https?://(?:dx\.)?doi\.org/)?)\s*", re.IGNORECASE
)
_DOI = re.compile(r"10\.\d{4,9}/[^\s\"'<>\]}|]+")


RESOLVERS = frozenset(("doi.org", "dx.doi.org", "hdl.handle.net", "handle.net"))
"""Hosts that only lead on to where a document is."""


class Replayed(NamedTuple):
    """What an archive's address says: the original's, and when it was seen."""

    url: str
    seen: Dated | None


def host(url: str) -> str:
    """The host in lower case without "www.", or "" where there is none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def normalise(url: str, rules: Rules = ()) -> str:
    """The one address of what is under `url`, in a web archive or not; as it is where it is no web address.

    `rules` are (pattern, replacement) on the path, beside those of `folds.py`. A loopback address keeps its
    scheme and port.
    """
    url = url.strip()
    while found := replay(url):
        url = found.url
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return url
    kept = parts.scheme if port not in (None, 80, 443) or is_local(url) else "https"
    named, path, asked = folded(parts.hostname.rstrip("."), parts.path or "/")
    name = named if port in (None, 80, 443) else f"{named}:{port}"
    for pattern, replacement in rules:
        path = re.sub(pattern, replacement, path)
    query = [
        (key, value)
        for key, value in parse_qsl(parts.query, keep_blank_values=True)
        if asked and not TRACKING.fullmatch(key) and not SHOWN.fullmatch(f"{key}={value}")
    ]
    return urlunsplit((kept, name, path, urlencode(query, errors="surrogatepass"), ""))


def canonical(captured: str, candidates: Iterable[tuple[str, str]], rules: Rules = ()) -> tuple[str, str]:
    """(url, origin): the first candidate (href, origin) that speaks for the captured address, else that.

    A candidate on another site speaks for nothing, and a home page does not stand for an inner page.
    Files, loopback mirrors and resolvers (doi.org) have no pages of their own, so there any is believed.
    """
    for href, origin in candidates:
        try:
            url = urljoin(captured, href.strip())
            parts, here = urlsplit(url), urlsplit(captured)
        except ValueError:
            continue
        if parts.scheme not in ("http", "https") or not parts.hostname:
            continue
        if parts.path in ("", "/") and here.path not in ("", "/"):
            continue
        known = bool(host(captured)) and not is_local(captured) and host(captured) not in RESOLVERS
        if not known or site(url) == site(captured):
            return normalise(url, rules), origin
    return normalise(captured, rules), "capture"


def site(url: str) -> str:
    """The registrable host: bmj.com for blogs.bmj.com, nuffieldtrust.org.uk for www.nuffieldtrust.org.uk."""
    labels = host(url).split(".")
    deep = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3:] if deep else labels[-2:])


def is_local(url: str) -> bool:
    """Does the address point at this machine?"""
    name = host(url)
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def doi(text: str) -> str | None:
    """The DOI a field or sentence holds, without its resolver; its suffix keeps its case."""
    found = _DOI.search(_RESOLVER.sub("", text.strip()))
    if not found:
        return None
    bare = found[0].rstrip(".,;:")
    while bare.endswith(")") and bare.count("(") < bare.count(")"):
        bare = bare[:-1].rstrip(".,;:")
    return bare


def replayed(url: str) -> Replayed | None:
    """The original behind the address of a page in a web archive; None for any other address.

    The day it was archived bounds its date: it was there then, and may be older.
    """
    found = replay(url)
    return Replayed(found.url, parse_date(found.day) if found.day else None) if found else None
