"""What a page says about itself: one answer per field, in the layout's order of trust, with its origin."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape

from pipeline.readers import dating, normal, people, urls
from pipeline.readers.draft import Draft
from pipeline.readers.fields import put
from pipeline.readers.layout import CITATION, URL, Layout
from pipeline.readers.meta import Head
from pipeline.records import Capture

_FOR_ENGINES = frozenset(("json-ld:headline", "og:title", "title"))
"""Titles that sites write for search engines and for sharing."""
_SEPARATOR = re.compile(r"(\s+[|\u2013—:·-]\s+|\s*[|»]\s*)")
_PMID = re.compile(r"(?:pmid:?\s*|pubmed/|pubmed\.ncbi\.nlm\.nih\.gov/)?(\d{4,9})/?", re.IGNORECASE)


def described(page: Head, capture: Capture, layout: Layout) -> Draft:
    """Everything but the text."""
    candidates = [(value, signal) for signal in URL for value in page.values(signal)[:1]]
    url, origin = urls.canonical(capture.url, candidates, layout.addresses)
    draft = Draft(url=url, source=layout.source or None, origins={"url": origin}, ahead=1)
    names = (*layout.names, *page.values("og:site_name"), *page.values("json-ld:publisher"))
    barred = (*names, *page.organisations(), urls.host(url), urls.site(url).split(".")[0])
    _entitle(draft, page, layout, names)
    dating.publish(draft, page, capture, layout)
    for signal in layout.authors:
        if found := people.people(page.values(signal), barred):
            put(draft, signal, authors=found)
            break
    for signal in layout.doi:
        if doi := next(filter(None, map(urls.doi, page.values(signal))), None):
            put(draft, signal, doi=doi)
            break
    _cite(draft, page)
    words = [(value, signal) for signal in layout.kind for value in page.values(signal)]
    draft.genre, draft.origins["genre"] = layout.genre_of(words, url)
    access = layout.access.get(draft.genre, layout.access.get("", "full"))
    draft.access, draft.origins["access"] = access, "genre" if access != "full" else "source"
    rights, origin = page.first(layout.rights)
    put(draft, origin, rights=rights)
    language, origin = _language(page)
    put(draft, origin, language=language)
    draft.origins = {field: origin for field, origin in draft.origins.items() if origin}
    return draft


def _entitle(draft: Draft, page: Head, layout: Layout, names: Iterable[str]) -> None:
    """The title without the site's name behind it."""
    title, origin = page.first(layout.title)
    title = normal.line(unescape(title))  # some sites escape twice
    heading = page.first(("css:h1",))[0]
    if not layout.source and (headline := _behind(page)):
        title, origin = headline
    elif origin in ("title", "og:title") and heading and title.startswith(heading):
        title = heading
    elif not layout.source and origin in _FOR_ENGINES and (headline := _printed(page, title, names)):
        title, origin = headline
    site = urls.site(draft.url).split(".")[0]
    barred = {re.sub(r"\W", "", name).casefold() for name in names} | {site}
    while True:
        head, sep, tail = _rightmost(title)
        key = re.sub(r"\W", "", tail).casefold()
        if not sep or not head or not (key in barred or (len(key) > 3 and key.removeprefix("the") == site)):
            break
        title = head
    draft.title, draft.origins["title"] = title, origin


def _behind(page: Head) -> tuple[str, str] | None:
    """The headline that stands behind the site's name in `<title>` ("A blog: Its first post"), if printed."""
    for stated in page.values("title")[:1]:
        for signal in ("css:h1", "css:h2", "css:h3"):
            for text in page.values(signal)[:6]:
                before = stated.removesuffix(text).rstrip()
                if len(text.split()) >= 3 and before != stated and before.endswith(tuple("|:»\u2013—·-")):
                    return text, signal
    return None


def _printed(page: Head, stated: str, names: Iterable[str]) -> tuple[str, str] | None:
    """The headline that a page prints, where its tags have one that was written for search engines.

    It is a heading of three words or more that shares two of them and a fourth with the stated title or the
    address, or the only one of a page, in its article. The name of the site is none; nor is a heading that
    only has more around the stated title.
    """
    address = " ".join([*page.values("link:canonical"), *page.values("og:url")]).rpartition("//")[2]
    theirs = _content(f"{_rightmost(stated)[0]} {address.partition('/')[2]}")
    barred = {_folded(name) for name in names}
    for signal in ("css:[itemprop=headline]", "css:h1"):
        for text in page.values(signal)[:3]:
            own = _content(text)
            if (
                not 3 <= len(text.split()) <= 40
                or _folded(text) in barred
                or _folded(stated) in _folded(text)
            ):
                continue
            if len(own & theirs) >= max(2, len(own) / 4):
                return text, signal
    alone = page.values("css:article h1")
    if len(alone) == 1 and alone == page.values("css:h1") and 4 <= len(alone[0].split()) <= 40:
        return (alone[0], "css:h1") if _folded(stated) not in _folded(alone[0]) else None
    return None


def _content(text: str) -> set[str]:
    return {word[:6] for word in re.findall(r"[^\W\d_]{4,}", text.casefold())}


def _folded(text: str) -> str:
    return re.sub(r"\W", "", text).casefold()


def _rightmost(title: str) -> tuple[str, str, str]:
    parts = _SEPARATOR.split(title)
    return ("".join(parts[:-2]).strip(), parts[-2], parts[-1]) if len(parts) > 2 else (title, "", "")


def _cite(draft: Draft, page: Head) -> None:
    """Where a journal article stands: journal, volume, issue, pages, PubMed number."""
    for name, signals in CITATION.items():
        value, origin = page.first(signals)
        put(draft, origin, **{name: value[:300]})
    first, origin = page.first(("citation_firstpage", "prism.startingpage", "bepress_citation_firstpage"))
    last, _ = page.first(("citation_lastpage", "prism.endingpage", "bepress_citation_lastpage"))
    if first and not draft.pages:
        put(draft, origin, pages=f"{first}-{last}" if last and last != first else first)
    for value in page.values("citation_pmid"):
        if found := _PMID.fullmatch(value):
            put(draft, "citation_pmid", pmid=found[1])


def _language(page: Head) -> tuple[str | None, str]:
    root = page.tree if page.tree.tag == "html" else page.tree.getroottree().getroot()
    stated = (
        (root.get("lang") or root.get("xml:lang") or "", "html lang"),
        page.first(("og:locale", "dc.language", "citation_language", "json-ld:inLanguage")),
    )
    for value, origin in stated:
        tag = re.split(r"[-_]", value.strip().lower())[0]
        if re.fullmatch(r"[a-z]{2,3}", tag) and tag != "und":
            return tag, origin
    return None, ""
