"""A page -> a draft document.

The page is parsed once. Metadata come from its tags, in the layout's order of trust. For a known source
the layout names the container of the article: its own paragraphs, whole and in order, are the text, and
trafilatura, run on that subtree alone, decides only about blocks made of links, for its cascade may drop a
paragraph. The text of any other page is found by `general`.
"""

from __future__ import annotations

from lxml.html import HtmlElement

from pipeline.errors import SetAside
from pipeline.readers import access, apart, boilerplate, kinds
from pipeline.readers.blocks import Block, blocks
from pipeline.readers.decode import text_of
from pipeline.readers.describe import described
from pipeline.readers.draft import Draft
from pipeline.readers.general import extracted, find_text
from pipeline.readers.layout import FURNITURE, Layout
from pipeline.readers.markup import clean, find, furniture, gathered, outermost, parse
from pipeline.readers.meta import Head
from pipeline.readers.references import drop_references
from pipeline.records import Capture

_HEADINGS = frozenset(("h2", "h3", "h4", "h5", "h6"))


def read_html(capture: Capture, layout: Layout) -> Draft:
    """Raises SetAside for pages that hold no document."""
    tree = parse(text_of(capture.body, capture.charset, markup=True))
    if tree is None:
        raise SetAside("broken-html" if capture.body.strip() else "empty", "no markup found")
    page = Head(tree)
    titles = [*page.values("title"), *page.values("css:h1")[:1]]
    kinds.refuse_by_title(titles)
    apart.refuse_page(tree, "".join(titles[:1]))
    draft = described(page, capture, layout)
    draft.paragraphs, draft.origins["text"] = _known_text(tree, layout)
    if layout.refine:
        layout.refine(page, draft)
    if not draft.paragraphs:
        find_text(draft, page, titles, layout)
    draft.drop_title()
    draft.paragraphs = boilerplate.trimmed(draft.paragraphs)
    draft.drop_title()
    access.judge(draft, page, bool(layout.source))
    return draft


def _known_text(tree: HtmlElement, layout: Layout) -> tuple[list[str], str]:
    """The paragraphs of the first container that has any, and its layout; [] where no container is there."""
    old = [(css, older.name) for older in layout.older for css in older.containers]
    for css, name in [*old, *((css, "") for css in layout.containers)]:
        elements = outermost(find(tree, css))
        if not elements or _are_teasers(elements):
            continue
        page = gathered(elements)
        clean(page)
        furniture((*FURNITURE, *layout.furniture)).prune(page)
        drop_references(page, layout.references)
        if own := blocks(page):
            return _voted(own, page), f"container ({name})" if name else "container"
    return [], ""


def _are_teasers(elements: list[HtmlElement]) -> bool:
    """Do they lie in several articles, as on a listing?"""
    homes = {
        next((up for up in (element, *element.iterancestors()) if up.tag == "article"), None)
        for element in elements
    }
    return len(homes) > 1


def _voted(own: list[Block], page: HtmlElement) -> list[str]:
    """The container's own blocks; one made of links stays only if trafilatura kept it too."""
    doubtful = any(block.linked >= 0.8 for block in own)
    kept = {block.text for block in extracted(page)} if doubtful else set()
    found = [block for block in own if block.linked < 0.8 or block.text in kept]
    while found and found[-1].tag in _HEADINGS:  # it headed notes or references that are gone
        found.pop()
    return [block.text for block in found]
