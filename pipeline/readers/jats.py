"""JATS, the XML of journal articles (ANSI/NISO Z39.96), as Europe PMC gives it out -> a draft document.

Left out: references and their markers, figures, tables, acknowledgements, what stands in the back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from pipeline.errors import SetAside
from pipeline.readers import people, urls
from pipeline.readers.draft import Draft
from pipeline.readers.fields import article_address, date, genre_of, put
from pipeline.readers.normal import line
from pipeline.records import Capture

ORIGIN = "jats"
_DROPPED = (
    "xref[@ref-type='bibr' or contains(@ref-type, 'fn')]",
    "table-wrap", "table-wrap-group", "fig", "fig-group", "disp-formula", "inline-formula", "media",
    "graphic", "supplementary-material", "ref-list", "fn-group", "ack", "label", "object-id",
)  # fmt: skip
_HREF = "{http://www.w3.org/1999/xlink}href"
_DATES = ("epub", "pub", "ppub", "collection", "pmc-release")
"""Kinds of dates in order of trust: online first, then print, then the year of the volume."""


def read_jats(capture: Capture) -> Draft:
    """Raises SetAside("broken-html") for XML that can't be parsed or holds no article."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    try:
        root = etree.fromstring(capture.body, parser=parser)
    except etree.XMLSyntaxError as error:
        raise SetAside("broken-html", f"JATS: {str(error)[:200]}") from error
    meta = root.find("front/article-meta") if root is not None else None
    if root is None or meta is None:
        raise SetAside("broken-html", "JATS without article-meta")
    draft = _described(root, meta)
    body = root.find("body")
    # an abstract with a type is a summary for editors, a picture or a podcast
    parts = [found for found in meta.findall("abstract") if not found.get("abstract-type")]
    draft.paragraphs = [text for part in parts for text in _paragraphs(part)]
    text = list(_paragraphs(body)) if body is not None else []
    put(draft, ORIGIN, access="full" if text else "abstract")
    draft.paragraphs += text
    return draft


def _described(root: etree._Element, meta: etree._Element) -> Draft:
    """Everything but the text."""
    ids = {found.get("pub-id-type"): line(found.text or "") for found in meta.findall("article-id")}
    doi = urls.doi(ids.get("doi", ""))
    issns = [line(found.text or "") for found in root.findall("front/journal-meta/issn")]
    pmc = (ids.get("pmc") or ids.get("pmcid") or "").removeprefix("PMC")
    page = f"MED/{ids['pmid']}" if ids.get("pmid") else f"PMC/PMC{pmc}"
    url = (
        article_address(doi, line(meta.findtext("volume") or ""), issns)
        or f"https://europepmc.org/article/{page}"
    )
    draft = Draft(url=url, origins={"url": ORIGIN})
    heading = meta.find("title-group/article-title")
    if heading is not None:
        _clean(heading)
    put(draft, ORIGIN, title=_text(heading), doi=doi)
    put(draft, ORIGIN, pmid=ids.get("pmid"), journal=_text(root.find("front/journal-meta//journal-title")))
    put(draft, ORIGIN, volume=line(meta.findtext("volume") or ""), issue=line(meta.findtext("issue") or ""))
    span = [line(meta.findtext(name) or "") for name in ("fpage", "lpage")]
    pages = "-".join(dict.fromkeys(filter(None, span)))
    put(draft, ORIGIN, pages=pages or line(meta.findtext("elocation-id") or ""))
    language = root.get("{http://www.w3.org/XML/1998/namespace}lang", "")
    put(draft, ORIGIN, language=language[:2].lower() or None)
    names = meta.xpath("contrib-group/contrib[@contrib-type='author']/name")
    writers = [f"{name.findtext('given-names') or ''} {name.findtext('surname') or ''}" for name in names]
    put(draft, ORIGIN, authors=people.people(writers))
    found = {stated.get("pub-type") or stated.get("date-type"): stated for stated in meta.findall("pub-date")}
    for kind in _DATES:
        if kind in found:
            date(draft, f"jats {kind}", _date(found[kind]))
    kinds = [root.get("article-type", ""), *map(_text, meta.findall("article-categories/subj-group/subject"))]
    draft.genre, draft.origins["genre"] = genre_of(kinds), "article-type"
    put(draft, "license", rights=_licence(meta))
    return draft


def _licence(meta: etree._Element) -> str:
    """Where the licence's words are, or else the words."""
    licence = meta.find("permissions/license")
    if licence is None:
        return ""
    links = [licence.get(_HREF), *(link.get(_HREF) for link in licence.iter("ext-link"))]
    linked = next((link for link in links if link and "creativecommons.org" in link), "")
    return linked or _text(licence)[:300]


def _paragraphs(part: etree._Element) -> Iterator[str]:
    """Headings, paragraphs and list items, whole and in order."""
    _clean(part)
    for block in part.iter("title", "p"):
        # a list within a paragraph gives its items as paragraphs of their own
        inner = [found for found in block.iter("p") if found is not block]
        if text := line(block.text or "") if inner else _text(block):
            yield text


def _clean(part: etree._Element) -> None:
    """Take out what is not the text itself, and the commas between reference markers."""
    for marker in part.iter("xref"):
        following = marker.getnext()
        if following is not None and following.tag == "xref" and not re.search(r"\w", marker.tail or ""):
            marker.tail = ""
    for dropped in part.xpath(" | ".join(f".//{name}" for name in _DROPPED)):
        _drop(dropped)


def _drop(element: etree._Element) -> None:
    """Take an element out, but not the words behind it."""
    parent, before = element.getparent(), element.getprevious()
    if parent is None:
        return
    if before is not None:
        before.tail = (before.tail or "") + (element.tail or "")
    else:
        parent.text = (parent.text or "") + (element.tail or "")
    element.tail = None
    parent.remove(element)


def _text(element: etree._Element | None) -> str:
    words = line("".join(element.itertext())) if element is not None else ""
    # what is left of "(1, 2)" and "[3]" once the markers are gone, and the blank before them
    return re.sub(r"\s*[\[(][\s,;\u2013-]*[\])]|\s+(?=[.,;:](?:\s|$))", "", words)


def _date(stated: etree._Element) -> str:
    parts = [line(stated.findtext(name) or "") for name in ("year", "month", "day")]
    known = parts[: next((n for n, part in enumerate(parts) if not part), 3)]
    return "-".join(part.zfill(2) for part in known)
