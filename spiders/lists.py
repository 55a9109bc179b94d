"""Feeds and sitemaps as sites write them: what they list, read without believing that they are well made."""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.entities import html5
from urllib.parse import urljoin, urlsplit

from lxml import etree

MOST = 50 * 1024 * 1024
"""Bytes that a feed or a sitemap may unfold to: what the protocol of sitemaps allows."""

DATES = ("updated", "modified", "date", "pubdate", "published")
"""What feeds call the date of an entry, the date of its last change first."""

_FEEDS = ("rss", "rdf", "feed")
_ROOT = re.compile(r"<(?:[\w.-]+:)?(?:rss|rdf|feed|urlset|sitemapindex)[\s>/]", re.IGNORECASE)
_DECLARED = re.compile(r"""<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)""", re.IGNORECASE)
_UNTRUE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_AMPERSAND = re.compile(r"<!\[CDATA\[.*?\]\]>|<!--.*?-->|&(?:#\d+;|#[xX][0-9a-fA-F]+;|(\w+;))?", re.DOTALL)
_XML = ("amp;", "lt;", "gt;", "quot;", "apos;")
_MARKS = {
    codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """What a list says of one page: its addresses, the likeliest first, and when it last changed."""

    links: tuple[str, ...]
    date: str = ""


@dataclass(slots=True)
class Listed:
    """What a feed or a sitemap holds. `kind` is "feed", "sitemap", or "" for what is neither.

    `parts` are further sitemaps, or the next page of a feed. `odd` is what stands where an address
    belongs and is none.
    """

    kind: str = ""
    entries: list[Entry] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)


def read_list(body: bytes, url: str, charset: str | None = None) -> Listed:
    """The content of a feed (RSS 0.9 to 2.0, Atom) or a sitemap (XML, text, or a feed in its place).

    `url` is where it came from, `charset` what its headers declare. Gzipped bodies are unfolded. A broken
    file gives what can be read of it, and one bad address costs itself alone.
    """
    text = decoded(unfolded(body), charset)
    root = _root(text, url)
    if root is None:
        return _of_text(text)
    found = Listed()
    if _name(root) in _FEEDS:
        found.kind = "feed"
        _read_feed(root, url, found)
    else:
        found.kind = "sitemap"
        _read_sitemap(root, url, found)
    return found


def web_address(base: str, link: str) -> str:
    """`link` made absolute if the web has such an address, else "". Breaks within it are taken out."""
    try:
        url = urljoin(base, re.sub(r"[\t\r\n]+ *", "", link.strip()))
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        whole = whole and (url != base or link.strip() == base)  # "https://" alone is joined to its base
    except ValueError:
        return ""
    return url if whole and not re.search(r"[\s<>]", parts.netloc) else ""


def unfolded(body: bytes) -> bytes:
    """A gzipped body's content, as far as a list may go; what is damaged ends where the damage begins."""
    found, rest = b"", body
    while rest.startswith(b"\x1f\x8b") and len(found) < MOST:  # one member or several
        inflater = zlib.decompressobj(wbits=31)
        try:
            found += inflater.decompress(rest, MOST - len(found))
        except zlib.error:
            break
        rest = inflater.unused_data
    return found if body.startswith(b"\x1f\x8b") else body


def decoded(body: bytes, charset: str | None = None) -> str:
    """The text of a list: by its mark, by the zeros of UTF-16, as it or its headers declare, else UTF-8."""
    for mark, marked in _MARKS.items():
        if body.startswith(mark):
            return body.decode(marked, "replace").removeprefix("\ufeff")
    start = body.lstrip()[:4]
    if start[1:2] == b"\0" or start[:1] == b"\0":
        return body.decode("utf-16-be" if body[:1] == b"\0" else "utf-16-le", "replace")
    declared = _DECLARED.search(body[:1024].decode("latin-1"))
    for encoding in (declared[1] if declared else None, charset, "utf-8"):
        try:
            if encoding:
                return body.decode(encoding)
        except (LookupError, ValueError):
            continue
    return body.decode("cp1252", "replace")


def _root(text: str, url: str) -> etree._Element | None:
    """The root of a feed or a sitemap, whatever stands before it; None where there is none."""
    start = _ROOT.search(text)
    if start is None or re.search(r"<html[\s>]", text[: start.start()], re.IGNORECASE):
        return None
    mended = _AMPERSAND.sub(_whole, _UNTRUE.sub("", text[start.start() :]))
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True,
        encoding="utf-8",
    )  # fmt: skip
    try:
        return etree.fromstring(mended.encode("utf-8", "replace"), parser, base_url=url)
    except etree.LxmlError:
        return None


def _whole(found: re.Match[str]) -> str:
    """An ampersand that stands bare, or for a name that only HTML knows, as XML has it."""
    if found[0] == "&":
        return "&amp;"
    if not found[1] or found[1] in _XML:
        return found[0]
    if meant := html5.get(found[1]):
        return "".join(f"&#{ord(sign)};" for sign in meant)
    return f"&amp;{found[1]}"


def _name(element: etree._Element) -> str:
    """The local name in lower case; "" for what is no element."""
    return re.split(r"[}:]", element.tag)[-1].lower() if isinstance(element.tag, str) else ""


def _children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    return (child for child in element if _name(child) == name)


def _said(element: etree._Element) -> str:
    return "".join(map(str, element.itertext())).strip()


def _attribute(element: etree._Element, name: str) -> str:
    """An attribute by its local name, its case apart."""
    named = {re.split(r"[}:]", str(key))[-1].lower(): str(value) for key, value in element.attrib.items()}
    return named.get(name, "").strip()


def _is_page(link: etree._Element) -> bool:
    """Whether a link leads to the entry's page, and not to a comment, an enclosure or a way to edit it."""
    return _attribute(link, "rel").lower().rpartition("/")[2] in ("", "alternate")


def _read_feed(root: etree._Element, url: str, found: Listed) -> None:
    for entry in root.iter():
        if _name(entry) not in ("item", "entry"):
            continue
        named = {name: said for name in DATES for child in _children(entry, name) if (said := _said(child))}
        given = list(_links(entry))
        links = [link for element, said in given if (link := web_address(element.base or url, said))]
        found.odd += [said for _, said in given if said] if not links else []
        date = next((named[name] for name in DATES if name in named), "")
        found.entries.append(Entry(tuple(dict.fromkeys(links)), date))
    tops = [root, *_children(root, "channel")]
    following = (link for top in tops for link in _children(top, "link") if _attribute(link, "rel") == "next")
    for link in following:
        found.parts += filter(None, [web_address(link.base or url, _attribute(link, "href"))])


def _links(entry: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """(element, address) of what an entry says of its page, the surest first.

    The address before a service counted its readers; RSS's link; Atom's, of which HTML's comes first; the
    mark that is an address where it isn't said to be none; the subject of RDF.
    """
    yield from ((child, _said(child)) for child in _children(entry, "origlink"))
    links = list(_children(entry, "link"))
    yield from ((link, _said(link)) for link in links if not _attribute(link, "href") and _said(link))
    pages = [link for link in links if _attribute(link, "href") and _is_page(link)]
    pages.sort(key=lambda link: _attribute(link, "type") not in ("", "text/html"))
    yield from ((link, _attribute(link, "href")) for link in pages)
    for mark in (*_children(entry, "guid"), *_children(entry, "id")):
        permanent = _attribute(mark, "ispermalink").lower() != "false"
        if permanent and re.match(r"https?://", _said(mark), re.IGNORECASE):
            yield mark, _said(mark)
    if about := _attribute(entry, "about"):
        yield entry, about


def _read_sitemap(root: etree._Element, url: str, found: Listed) -> None:
    for entry in root.iter():
        if _name(entry) not in ("url", "sitemap"):
            continue
        for loc in (child for child in _children(entry, "loc") if _said(child)):
            link = web_address(url, _said(loc))
            if not link:
                found.odd.append(_said(loc))
            elif _name(entry) == "sitemap":
                found.parts.append(link)
            else:
                stated = next((_said(child) for child in _children(entry, "lastmod")), "")
                found.entries.append(Entry((link,), stated))


def _of_text(text: str) -> Listed:
    """A sitemap in plain text: an address a line. Anything else, a page above all, is none."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    links = [link for line in lines if (link := _alone(line))]
    if not links or len(links) * 2 < len(lines):
        return Listed()
    return Listed("sitemap", [Entry((link,)) for link in links], odd=[li for li in lines if not _alone(li)])


def _alone(line: str) -> str:
    return web_address("", line) if re.fullmatch(r"https?://\S+", line, re.IGNORECASE) else ""
