"""A page -> a draft document. The only file that imports trafilatura.

The page is parsed once. Metadata come from its tags, in the layout's order of trust. For a known source
the layout names the container of the article: its own paragraphs, whole and in order, are the text, and
trafilatura, run on that subtree alone, decides only about blocks made of links, for its cascade may drop a
paragraph. For any other site trafilatura finds the text, on the article's subtree where the page marks one:
the quick way first, and the thorough one where that came out short although the page has more to say.
"""

from __future__ import annotations

import logging
from copy import deepcopy

from lxml import etree
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import Extractor

from pipeline.errors import SetAside
from pipeline.readers import access, apart, boilerplate, kinds, normal
from pipeline.readers.blocks import Block, blocks
from pipeline.readers.decode import text_of
from pipeline.readers.describe import described
from pipeline.readers.draft import Draft
from pipeline.readers.layout import FURNITURE, Layout
from pipeline.readers.markup import Furniture, clean, find, furniture, gathered, outermost, parse, take_out
from pipeline.readers.meta import Head
from pipeline.readers.references import drop_references
from pipeline.records import Capture

# recall: rather too much than a paragraph lost; never `deduplicate`, which drops a paragraph for standing in
# another document. fast: the comparison with other algorithms costs half the time, and wins nothing but on
# the few pages where the quick way fails.
_QUICK = Extractor(output_format="txt", fast=True, recall=True, comments=False)
_THOROUGH = Extractor(output_format="txt", fast=False, comments=False)
_SAFE = 1_500
"""Characters from which on the quick way is trusted without a look at the rest of the page."""
_MOST = 0.75
"""So large a share of a marked article's words is as good as all of them: the rest is not looked at."""
_TRUSTED = 80
"""Words of prose from which on other ways win nothing: short pieces are short, and stand among teasers."""
# it warns of every page without text, which is an outcome here and reported as one
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)

_ARTICLES = tuple(map(etree.XPath, ("//*[@itemprop='articleBody']", "//article", "//*[@role='article']")))
_BODIES = Furniture((
    ".entry-content", ".article-body", ".articleBody", ".article__body", ".post-content", ".article-content",
    ".story-body", ".post-body", ".td-post-content", "#article-body", ".article-text", ".story-content",
    ".content-body",
))  # fmt: skip
"""What themes of common systems call the body of an article; a listing may hold one too."""
_HEADINGS = frozenset(("h2", "h3", "h4", "h5", "h6"))
_NEVER_TEXT = (
    "script", "style", "noscript", "template", "iframe", "object", "embed", "svg", "canvas", "video", "audio",
    "picture", "map", "select", "textarea", "title", "meta", "link",
)  # fmt: skip
_AROUND_TEXT = ("nav", "footer", "menu", "button")
"""What trafilatura drops too, once it has looked at it several times."""
_ELSEWHERE = etree.XPath("boolean(//p[not(ancestor::nav or ancestor::footer or ancestor::menu)])")


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
        _find_text(draft, page, titles, layout)
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
    kept = {block.text for block in _extracted(page)} if doubtful else set()
    found = [block for block in own if block.linked < 0.8 or block.text in kept]
    while found and found[-1].tag in _HEADINGS:  # it headed notes or references that are gone
        found.pop()
    return [block.text for block in found]


def _find_text(draft: Draft, page: Head, titles: list[str], layout: Layout) -> None:
    """The text of a page of an unknown build, by trafilatura. Raises SetAside for what is no article."""
    tree = page.tree
    marked = _marked(tree)
    body = marked if marked is not None else _only(_BODIES.named(tree), 150)
    if body is not None:
        found, way = _marked_text(body), "trafilatura, marked article"
    else:
        # a page that is all footer to its builder is not to lose its text
        take_out(tree, (), (*_NEVER_TEXT, *_AROUND_TEXT) if _ELSEWHERE(tree) else _NEVER_TEXT)
        drop_references(tree)
        found, way = [block.text for block in _extracted(tree)], "trafilatura"
    may_be_list = marked is None and not _claims_article(page)
    if may_be_list or sum(map(len, found)) < _SAFE:
        everything = _everything(tree)
        text = "\n".join(found)
        if may_be_list or normal.words(text) < 150:
            kinds.refuse_thin(tree, titles, text, everything)
        if may_be_list:
            # a known site marks its articles, so there one linked title is enough
            kinds.refuse_listing(everything, 1 if layout.source else 5)
        if len(text) < _SAFE:
            found, way = _thorough(found, way, page, everything)
    draft.paragraphs, draft.origins["text"] = found, way


def _thorough(found: list[str], way: str, page: Head, everything: list[Block]) -> tuple[list[str], str]:
    """A short text by other ways, where the page has more to say; the quick one stands unless far behind."""
    stated = [text for node in page.nodes() if isinstance(text := node.get("articleBody"), str)]
    told = max(map(normal.split, stated), key=_prose, default=[])
    best, by = found, way
    if _prose(told) > 1.5 * _prose(best) + 30:
        best, by = told, "json-ld:articleBody"
    around = sum(normal.words(block.text) for block in everything if _reads(block))
    if _prose(best) < _TRUSTED and around > 2 * _prose(best) + 60:
        other = [block.text for block in _extracted(page.tree, _THOROUGH)]
        if _prose(other) > 2 * _prose(best) + 60:
            best, by = other, "trafilatura, all its ways"
    return best, by


def _prose(texts: list[str]) -> int:
    return sum(count for text in texts if (count := normal.words(text)) >= 12)


def _reads(block: Block) -> bool:
    return block.linked < 0.3 and normal.words(block.text) >= 12


def _marked(tree: HtmlElement) -> HtmlElement | None:
    """The one element that a page marks as its article; None where there is none, or there are several."""
    found = (_only(select(tree), 60) for select in _ARTICLES)
    return next((element for element in found if element is not None), None)


def _only(elements: list[HtmlElement], least: int) -> HtmlElement | None:
    """The one element of a selection that lies in no other, if it has `least` words."""
    elements = outermost(elements)
    enough = len(elements) == 1 and normal.words(elements[0].text_content()) >= least
    return elements[0] if enough else None


def _marked_text(marked: HtmlElement) -> list[str]:
    """Trafilatura's choice within the marked article, or its own paragraphs where that lost most of them."""
    page = gathered([marked])
    clean(page)
    furniture(FURNITURE).prune(page)
    drop_references(page)
    found = [block.text for block in _extracted(page)]
    if sum(map(normal.words, found)) >= _MOST * normal.words(page.text_content()):
        return found
    own = [block.text for block in blocks(page) if block.tag == "p" and _reads(block)]
    whole = "\n".join(found)
    kept = sum(normal.words(text) for text in own if text in whole)
    return found if kept >= 0.5 * normal.words("\n".join(own)) else own


def _claims_article(page: Head) -> bool:
    """Does the page's head say that it is one document?"""
    return bool(page.nodes() or page.values("citation_title") or "article" in page.values("og:type"))


def _extracted(page: HtmlElement, options: Extractor = _QUICK) -> list[Block]:
    """Trafilatura's choice of paragraphs, in order; where they nest too deep for it, all that is prose."""
    try:
        found = bare_extraction(page, options=options)  # works on a copy
    except RecursionError:
        return [block for block in blocks(page) if _reads(block)]
    body = getattr(found, "body", None)
    return blocks(body) if body is not None else []


def _everything(tree: HtmlElement) -> list[Block]:
    """All blocks outside navigation, headers and footers."""
    page = deepcopy(tree)
    clean(page)
    outside = outermost(kinds.outside_furniture(page))
    take_out(page, [element for element in outside if not find(element, "input[type=password]")], ("head",))
    return [block for block in blocks(page) if not boilerplate.is_furniture(block.text)]
