"""Feeds and sitemaps as sites write them: what they list, read without believing that they are well made."""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.entities import html5
from io import BytesIO
from urllib.parse import urljoin, urlsplit

from lxml import etree

from pipeline.archive.gzip_members import Inflated
from pipeline.limits import LIST

DATES = ("updated", "modified", "date", "pubdate", "published")
"""What feeds call the date of an entry, the date of its last change first."""

_FEEDS = ("rss", "rdf", "feed")
_ROOT = re.compile(r"<(?:[\w.-]+:)?(rss|rdf|feed|urlset|sitemapindex)(?=[\s>/])", re.IGNORECASE)
_TAG = re.compile(r"<([\w.:-]+)[^<>]*(?<!/)>")
_ITEM = re.compile(r"<(/?)(?:[\w.-]+:)?(?:item|entry)(?=[\s>/])>?", re.IGNORECASE)
_PLACE = re.compile(r"<(/?)(?:[\w.-]+:)?(?:url|sitemap)(?=[\s>/])>?", re.IGNORECASE)
_WHOLE = re.compile(r"<(?:[\w.-]+:)?loc>\s*https?://[^<\s]+\s*</(?:[\w.-]+:)?loc>", re.IGNORECASE)
"""What stands in a sitemap alone, where its head is lost."""
_CLOSED = re.compile(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>", re.DOTALL)
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
    file gives what can be read of it: one bad entry costs itself alone, and stands in `odd`.
    """
    content, damage = unfolded(body)
    text = decoded(content, charset)
    found = _of_xml(text, url) or _of_text(text)
    if found.kind and damage:
        found.odd.append(f"(its gzip is damaged: {damage}; what follows is lost)")
    return found


def _of_xml(text: str, url: str) -> Listed | None:
    """The content of a feed or a sitemap in XML, whatever stands before it; None where it is neither.

    Where the parser made less of it than there are entries, each entry is read on its own.
    """
    begin = _ROOT.search(text)
    begin = None if begin and re.search(r"<html[\s>]", text[: begin.start()], re.IGNORECASE) else begin
    name = begin[1].lower() if begin else ""
    bare = _CLOSED.sub(lambda closed: " " * len(closed[0]), text)
    tags = list((_ITEM if name in _FEEDS else _PLACE).finditer(bare))
    starts = [tag.start() for tag in tags if not tag[1]]
    if not begin and not (starts and _WHOLE.search(bare)):
        return None
    found = Listed("feed" if name in _FEEDS else "sitemap")
    root = _root(text[begin.start() :], url) if begin else None
    read = _read(root, url, found) if root is not None else 0
    if read >= max(len(starts), len(tags) - len(starts)):
        return found
    found = Listed(found.kind, parts=found.parts if found.kind == "feed" else [])
    head = _head(text[begin.start() : begin.start() + 5000]) if begin else "<list>"
    cuts = sorted({*starts, *(tag.end() for tag in tags if tag[1])})
    for start, end in zip(cuts, [*cuts[1:], len(text)], strict=True):
        piece = _root(head + text[start:end], url)
        got = piece is not None and _read(piece, url, found)
        if not got and (start in starts or (end != len(text) and end not in starts)):
            found.odd.append(" ".join(text[start : start + 80].split()))
    return found


def _head(start: str) -> str:
    """The first tag, which may say what addresses are relative to; another, where it is damaged."""
    tag = _TAG.match(start)
    try:
        etree.fromstring(f"{tag[0]}</{tag[1]}>" if tag else "")
    except (etree.LxmlError, ValueError):
        return "<list>"
    return tag[0] if tag else "<list>"


def web_address(base: str, link: str) -> str:
    """`link` made absolute if the web has such an address, else "". Breaks within it are taken out."""
    try:
        url = urljoin(base, re.sub(r"[\t\r\n]+ *", "", link.strip()))
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        whole = whole and (url != base or link.strip() == base)  # "https://" alone is joined to its base
    except ValueError:
        return web_address("", link) if base else ""  # what is relative to nothing may stand for itself
    return url if whole and not re.search(r"[\s<>]", parts.netloc) else ""


def unfolded(body: bytes) -> tuple[bytes, str]:
    """A gzipped body's content as far as a list may go, up to any damage; and what is wrong there."""
    if not body.startswith(b"\x1f\x8b"):
        return body, ""
    found, stream = bytearray(), Inflated(BytesIO(body))
    try:
        while len(found) < LIST and (more := stream.read(LIST - len(found))):
            found += more
    except (zlib.error, EOFError) as error:
        return bytes(found), str(error)
    return bytes(found), ""


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
    """The root element with which a text begins, whatever is wrong further down; None where nothing helps."""
    mended = _AMPERSAND.sub(_whole, _UNTRUE.sub("", text))
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True,
        encoding="utf-8",
    )  # fmt: skip
    try:
        return etree.fromstring(mended.encode("utf-8", "replace"), parser, base_url=url)
    except etree.LxmlError:
        return None


def _read(root: etree._Element, url: str, found: Listed) -> int:
    """Add what a parsed list, or a piece of one, holds; returns how many entries that are."""
    return (_read_feed if found.kind == "feed" else _read_sitemap)(root, url, found)


def _whole(found: re.Match[str]) -> str:
    """An ampersand that stands bare, or for a name that only HTML knows, as XML has it."""
    if found[0] == "&":
        return "&amp;"
    if number := re.fullmatch(r"&#(?:x([0-9a-f]+)|(\d+));", found[0], re.IGNORECASE):
        sign = int(number[1], 16) if number[1] else int(number[2][:9])
        return found[0] if sign in (9, 10, 13) or 32 <= sign < 0xD800 or 0xE000 <= sign < 0xFFFE else ""
    if not found[1] or found[1] in _XML:
        return found[0]
    if meant := html5.get(found[1]):
        return "".join(f"&#{ord(sign)};" for sign in meant)
    return f"&amp;{found[1]}"


def _name(element: etree._Element) -> str:
    """The local name in lower case; "" for what is no element."""
    return _local(element.tag) if isinstance(element.tag, str) else ""


def _local(name: str) -> str:
    return name.rpartition("}")[2].rpartition(":")[2].lower()


def _children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    return (child for child in element if _name(child) == name)


def _said(element: etree._Element) -> str:
    return "".join(map(str, element.itertext())).strip()


def _attribute(element: etree._Element, name: str) -> str:
    """An attribute by its local name, its case apart."""
    named = {_local(str(key)): str(value) for key, value in element.attrib.items()}
    return named.get(name, "").strip()


def _is_page(link: etree._Element) -> bool:
    """Whether a link leads to the entry's page, and not to a comment, an enclosure or a way to edit it."""
    return _attribute(link, "rel").lower().rpartition("/")[2] in ("", "alternate")


def _read_feed(root: etree._Element, url: str, found: Listed) -> int:
    entries = [entry for entry in root.iter() if _name(entry) in ("item", "entry")]
    for entry in entries:
        named = {name: said for name in DATES for child in _children(entry, name) if (said := _said(child))}
        given = list(_links(entry))
        links = [link for element, said in given if (link := web_address(element.base or url, said))]
        if not links:
            found.odd += [said for _, said in given if said] or [_said(entry)[:80]]
        date = next((named[name] for name in DATES if name in named), "")
        found.entries.append(Entry(tuple(dict.fromkeys(links)), date))
    tops = [root, *_children(root, "channel")]
    following = (link for top in tops for link in _children(top, "link") if _attribute(link, "rel") == "next")
    for link in following:
        found.parts += filter(None, [web_address(link.base or url, _attribute(link, "href"))])
    return len(entries)


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


def _read_sitemap(root: etree._Element, url: str, found: Listed) -> int:
    entries = [entry for entry in root.iter() if _name(entry) in ("url", "sitemap")]
    for entry in entries:
        places = [child for child in _children(entry, "loc") if _said(child)]
        found.odd += [_said(entry)[:80]] if not places and _said(entry) else []
        for loc in places:
            link = web_address(url, _said(loc))
            if not link:
                found.odd.append(_said(loc))
            elif _name(entry) == "sitemap":
                found.parts.append(link)
            else:
                stated = next((_said(child) for child in _children(entry, "lastmod")), "")
                found.entries.append(Entry((link,), stated))
    return len(entries)


def _of_text(text: str) -> Listed:
    """A sitemap in plain text: an address a line. Anything else, a page above all, is none."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    links = [link for line in lines if (link := _alone(line))]
    if not links or len(links) * 2 < len(lines):
        return Listed()
    return Listed("sitemap", [Entry((link,)) for link in links], odd=[li for li in lines if not _alone(li)])


def _alone(line: str) -> str:
    return web_address("", line) if re.fullmatch(r"https?://\S+", line, re.IGNORECASE) else ""
