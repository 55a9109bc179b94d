"""A page -> a draft document. The only file that imports trafilatura.

The page is parsed once. Metadata come from its tags, in the layout's order of trust. For a known source
the layout names the container of the article: its own paragraphs, whole and in order, are the text, and
trafilatura, run on that subtree alone, decides only about blocks made of links, for its cascade may drop a
paragraph. For any other site trafilatura finds the text, on the article's subtree where the page marks one.
"""

from __future__ import annotations

import logging
import re
from copy import deepcopy
from html import unescape

from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import Extractor

from pipeline.errors import SetAside
from pipeline.readers import boilerplate, dates, kinds, normal, people, urls
from pipeline.readers.blocks import Block, blocks, clean, find, gathered, outermost, parse, prune
from pipeline.readers.decode import text_of
from pipeline.readers.draft import Draft
from pipeline.readers.layout import FURNITURE, URL, Layout
from pipeline.readers.meta import Head
from pipeline.readers.references import drop_references
from pipeline.records import Capture

# fast: the external fallbacks cost half the time and win nothing on the benchmark; recall: rather too much
# than a paragraph lost; never `deduplicate`, which drops a paragraph for standing in another document.
_OPTIONS = Extractor(output_format="python", fast=True, recall=True, comments=False)
# it warns of every page without text, which is an outcome here and reported as one
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)

_ARTICLES = ("[itemprop=articleBody]", "article", "[role=article]")
_HEADINGS = frozenset(("h2", "h3", "h4", "h5", "h6"))
_BYLINE = re.compile(
    r"(?:by|words:|written by)\s+[A-Z][\w.\u2019'-]+(?:\s+[\w.\u2019'-]+){1,6}", re.IGNORECASE
)
_EXCERPT = re.compile(r"(?:…|\[(?:…|\.\.\.)\])\s*$")


def read_html(capture: Capture, layout: Layout) -> Draft:
    """Raises SetAside for pages that hold no document."""
    tree = parse(text_of(capture.body, capture.charset, markup=True))
    if tree is None:
        raise SetAside("broken-html" if capture.body.strip() else "empty", "no markup found")
    page = Head(tree)
    titles = [*page.values("title"), *page.values("css:h1")[:1]]
    kinds.refuse_by_title(titles)
    draft = _described(page, capture, layout)
    draft.paragraphs, draft.origins["text"] = _known_text(tree, layout), "container"
    if layout.refine:
        layout.refine(page, draft)
    if not draft.paragraphs:
        draft.paragraphs, draft.origins["text"] = _found_text(page, titles, layout), "trafilatura"
    draft.paragraphs = [text for text in draft.paragraphs if not _is_side_line(text)]
    draft.drop_title()
    if draft.access == "full" and draft.paragraphs and _EXCERPT.search(draft.paragraphs[-1]):
        draft.access, draft.origins["access"] = "excerpt", "…"
    return draft


def _described(page: Head, capture: Capture, layout: Layout) -> Draft:
    """Everything but the text."""
    candidates = [(value, signal) for signal in URL for value in page.values(signal)[:1]]
    url, origin = urls.canonical(capture.url, candidates, layout.addresses)
    draft = Draft(url=url, source=layout.source or None, origins={"url": origin})
    names = (*layout.names, *page.values("og:site_name"), *page.values("json-ld:publisher"))
    _entitle(draft, page, layout, names)
    _date(draft, page, layout)
    for signal in layout.authors:
        if found := people.people(page.values(signal), names):
            draft.authors, draft.origins["authors"] = found, signal
            break
    for signal in layout.doi:
        if doi := next(filter(None, map(urls.doi, page.values(signal))), None):
            draft.doi, draft.origins["doi"] = doi, signal
            break
    words = [(value, signal) for signal in layout.kind for value in page.values(signal)]
    draft.genre, draft.origins["genre"] = layout.genre_of(words, url)
    access = layout.access.get(draft.genre, layout.access.get("", "full"))
    draft.access, draft.origins["access"] = access, "genre" if access != "full" else "source"
    if rights := page.first(layout.rights)[0]:
        draft.rights, draft.origins["rights"] = rights, page.first(layout.rights)[1]
    draft.language, draft.origins["language"] = _language(page)
    draft.origins = {field: origin for field, origin in draft.origins.items() if origin}
    return draft


def _entitle(draft: Draft, page: Head, layout: Layout, names: tuple[str, ...]) -> None:
    """The title without the site's name behind it."""
    title, origin = page.first(layout.title)
    title = normal.line(unescape(title))  # some sites escape twice
    heading = page.first(("css:h1",))[0]
    if origin in ("title", "og:title") and heading and title.startswith(heading):
        title = heading
    site = urls.site(draft.url).split(".")[0]
    barred = {re.sub(r"\W", "", name).casefold() for name in names} | {site}
    while True:
        head, sep, tail = _rightmost(title)
        key = re.sub(r"\W", "", tail).casefold()
        if not sep or not head or not (key in barred or (len(key) > 3 and key.removeprefix("the") == site)):
            break
        title = head
    draft.title, draft.origins["title"] = title, origin


def _rightmost(title: str) -> tuple[str, str, str]:
    parts = re.split(r"(\s+[|\u2013—:·-]\s+|\s*[|»]\s*)", title)
    return ("".join(parts[:-2]).strip(), parts[-2], parts[-1]) if len(parts) > 2 else (title, "", "")


def _date(draft: Draft, page: Head, layout: Layout) -> None:
    for signal in layout.published:
        for value in page.values(signal)[:1]:
            if dated := dates.parse(value):
                draft.dates.append((dated, signal))
    if found := re.search(r"/((?:19|20)\d\d/(?:0?[1-9]|1[0-2])(?:/\d{1,2})?)(?:/|-|$)", draft.url):
        draft.dates += [(dated, "url") for dated in [dates.parse(found[1])] if dated]


def _language(page: Head) -> tuple[str | None, str]:
    root = page.tree if page.tree.tag == "html" else page.tree.getroottree().getroot()
    stated = (
        (root.get("lang") or root.get("xml:lang") or "", "html lang"),
        page.first(("og:locale", "dc.language", "citation_language")),
    )
    for value, origin in stated:
        tag = re.split(r"[-_]", value.strip().lower())[0]
        if re.fullmatch(r"[a-z]{2,3}", tag) and tag != "und":
            return tag, origin
    return None, ""


def _known_text(tree: HtmlElement, layout: Layout) -> list[str]:
    """The paragraphs of the layout's first container that has any; [] where no container is there."""
    for css in layout.containers:
        elements = outermost(find(tree, css))
        if not elements or _are_teasers(elements):
            continue
        page = gathered(elements)
        clean(page)
        prune(page, ", ".join((*FURNITURE, *layout.furniture)))
        drop_references(page, layout.references)
        if own := blocks(page):
            return _voted(own, page)
    return []


def _are_teasers(elements: list[HtmlElement]) -> bool:
    """Do they lie in several articles, as on a listing?"""
    homes = {
        next((up for up in (element, *element.iterancestors()) if up.tag == "article"), None)
        for element in elements
    }
    return len(homes) > 1


def _voted(own: list[Block], page: HtmlElement) -> list[str]:
    """The container's own blocks; one made of links stays only if trafilatura kept it too."""
    kept = {block.text for block in _extracted(page)}
    found = [block for block in own if block.linked < 0.8 or block.text in kept]
    while found and found[-1].tag in _HEADINGS:  # it headed notes or references that are gone
        found.pop()
    return [block.text for block in found]


def _found_text(page: Head, titles: list[str], layout: Layout) -> list[str]:
    """The text of a page of an unknown build, by trafilatura. Raises SetAside for what is no article."""
    tree = page.tree
    drop_references(tree)
    marked = _marked(tree)
    found = _marked_text(marked) if marked is not None else [block.text for block in _extracted(tree)]
    text = "\n".join(found)
    may_be_list = marked is None and not _claims_article(page)
    if may_be_list or normal.words(text) < 150:
        everything = _everything(tree)
        kinds.refuse_thin(tree, titles, text, everything)
        if may_be_list:
            # a known site marks its articles, so there one linked title is enough
            kinds.refuse_listing(everything, 1 if layout.source else 5)
    return found


def _marked(tree: HtmlElement) -> HtmlElement | None:
    """The one element that a page marks as its article; None where there is none, or there are several."""
    for css in _ARTICLES:
        elements = outermost(find(tree, css))
        if len(elements) == 1 and normal.words(elements[0].text_content()) >= 60:
            return elements[0]
    return None


def _marked_text(marked: HtmlElement) -> list[str]:
    """Trafilatura's choice within the marked article, or its own paragraphs where that lost most of them."""
    page = gathered([marked])
    clean(page)
    found = [block.text for block in _extracted(page)]
    prune(page, ", ".join(FURNITURE))
    own = [
        block.text
        for block in blocks(page)
        if block.tag == "p" and block.linked < 0.3 and normal.words(block.text) >= 12
    ]
    whole = "\n".join(found)
    kept = sum(normal.words(text) for text in own if text in whole)
    return found if kept >= 0.5 * normal.words("\n".join(own)) else own


def _claims_article(page: Head) -> bool:
    """Does the page's head say that it is one document?"""
    return bool(page.nodes() or page.values("citation_title") or "article" in page.values("og:type"))


def _extracted(page: HtmlElement) -> list[Block]:
    """Trafilatura's choice of paragraphs, in order. Works on a copy."""
    found = bare_extraction(page, options=_OPTIONS)
    body = getattr(found, "body", None)
    return blocks(body) if body is not None else []


def _everything(tree: HtmlElement) -> list[Block]:
    """All blocks outside navigation, headers and footers."""
    page = deepcopy(tree)
    clean(page)
    prune(page, "head")
    for element in outermost(kinds.outside_furniture(page)):
        if element.getparent() is not None and not find(element, "input[type=password]"):
            element.drop_tree()
    return [block for block in blocks(page) if not boilerplate.is_furniture(block.text)]


def _is_side_line(text: str) -> bool:
    return boilerplate.is_furniture(text) or bool(_BYLINE.fullmatch(text))
