"""The text of a page that no layout knows. The only file that imports trafilatura.

Where a page marks its article, only that is looked at, else all of it but navigation, comments and what is
hidden. Each block is judged by the learned model (`block_model`); trafilatura is asked where it finds hardly
any. Whether a page is a listing is told by what was found, not by what stands around it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
from lxml import etree
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import Extractor

from pipeline.errors import SetAside
from pipeline.readers import block_model, boilerplate, kinds, normal
from pipeline.readers.block_features import features
from pipeline.readers.blocks import Block, blocks
from pipeline.readers.draft import Draft
from pipeline.readers.layout import Layout
from pipeline.readers.markup import clean, find, outermost, take_out
from pipeline.readers.meta import Head
from pipeline.readers.normal import size
from pipeline.readers.page_blocks import FAR, KINDS, PageBlock, Places, away, page_blocks
from pipeline.readers.references import drop_references

# recall: rather too much than a paragraph lost; never `deduplicate`, which drops a paragraph for standing in
# another document. fast: the comparison with other algorithms costs half the time.
QUICK = Extractor(output_format="txt", fast=True, recall=True, comments=False)
THOROUGH = Extractor(output_format="txt", fast=False, comments=False)
# it warns of every page without text, which is an outcome here and reported as one
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)

_ARTICLES = tuple(map(etree.XPath, ("//*[@itemprop='articleBody']", "//article", "//*[@role='article']")))
_NEVER_TEXT = (
    "script", "style", "noscript", "template", "iframe", "object", "embed", "svg", "canvas", "video", "audio",
    "picture", "map", "select", "textarea", "title", "meta", "link",
)  # fmt: skip
_AROUND_TEXT = ("nav", "footer", "menu", "button")
_ELSEWHERE = etree.XPath("boolean(//p[not(ancestor::nav or ancestor::footer or ancestor::menu)])")
_HIDDEN = etree.XPath(
    "//*[@hidden or @aria-hidden='true' or contains(translate(@style, ' ', ''), 'display:none')]"
)
_INLINE = ("a", "span", "p", "body", "html")
_NAMED = etree.XPath("descendant::*[@class or @id]")
_COMMENTS = re.compile(
    r"(?:post|article|user|reader|story|blog|the|disqus|fb|all|view|show|page|recent)?[-_]?comments?"
    r"(?:[-_]?(?:list|area|section|wrap(?:per)?|container|block|thread|box|holder|form|body|content|text|"
    r"template|respond|\d+))?|comment-?list|respond|disqus_thread|trackbacks?|pingbacks?|replies|kommentare",
    re.IGNORECASE,
)
_APART = re.compile(
    r"(?:cookie|consent|gdpr|onetrust|truste|cmp|qc-cmp|didomi|usercentrics|sp_message|cc-(?:window|banner)|osano|"
    r"iubenda|klaro|cybot|borlabs|moove_gdpr|cli-modal)[-_\w]*|"
    r"(?:site|page|global|main|bottom|the)?[-_]?(?:legal|disclaimer|copyright|colophon|footer)s?"
    r"(?:[-_]{1,2}(?:copy|text|note|notice|links?|area|content|wrap(?:per)?|container|info|inner|bar|bottom|top|"
    r"nav|menu|main|widgets?|row|section|block|box|small|\d+))*",
    re.IGNORECASE,
)
"""Names of what asks for consent, and of what stands at the foot of each page of a site."""
_DIALOGUES = etree.XPath("//dialog | //*[@role='dialog' or @role='alertdialog' or @aria-modal='true']")
_NOT_IN_TEXT = [KINDS.index(kind) for kind in ("t_nav", "t_header", "t_footer")]
_STOP = re.compile(r"[.!?…。！？][”\u2019\"')\]]*$")
_LIKELY = 0.5
_SURE = 0.8
_FEW = 40
"""Words below which other ways of finding the text are tried."""


def find_text(draft: Draft, page: Head, titles: list[str], layout: Layout) -> None:
    """Fill in the paragraphs of a page of an unknown build. Raises SetAside for what is no article."""
    tree = page.tree
    _show_noscript(tree)
    marked = marked_article(tree)
    locked = bool(find(tree, "input[type=password]"))
    prune(tree)
    title = titles[0] if titles else ""
    judged = _judged(tree if marked is None else marked, title)
    found, way = judged.texts, judged.way(marked is not None)
    count = sum(map(size, found))
    claims = marked is not None or _claims_article(page)
    runs = [] if claims else judged.runs(titles)
    _refuse_teasers(runs)
    listed = not claims and (bool(layout.source) or not _reads_on(runs))
    if count < 150 or listed:
        everything = _everything(*((judged.blocks, judged.places) if marked is None else page_blocks(tree)))
        if count < 150:
            kinds.refuse_thin(locked, titles, "\n".join(found), everything)
        if listed:
            kinds.refuse_listing(everything, 1 if layout.source else 5)
        if count < _FEW:
            found, way = _otherwise(judged, way, page, everything)
    draft.paragraphs, draft.origins["text"] = found, way


def article_blocks(tree: HtmlElement, title: str) -> tuple[list[PageBlock], Places, np.ndarray]:
    """The blocks of a pruned page or article, where they lie, and a row of features for each."""
    found, places = page_blocks(tree)
    return found, places, features(found, places, title) if found else np.zeros((0, 0), dtype=np.float32)


def marked_article(tree: HtmlElement) -> HtmlElement | None:
    """The one element that a page marks as its article; None where there is none, or there are several."""
    found = (_only(select(tree), 60) for select in _ARTICLES)
    return next((element for element in found if element is not None), None)


def prune(tree: HtmlElement) -> None:
    """Take out of a page what is never its article: scripts, navigation, comments, what is hidden."""
    # a page that is all footer to its builder is not to lose its text
    take_out(tree, (), (*_NEVER_TEXT, *_AROUND_TEXT) if _ELSEWHERE(tree) else _NEVER_TEXT)
    clean(tree)
    total = size(tree.text_content())
    named = [element for element in _NAMED(tree) if element.tag not in _INLINE]
    _take_out_less(tree, [element for element in named if _is_named(element, _COMMENTS)], 0.8 * total)
    apart = [*(element for element in named if _is_named(element, _APART)), *_DIALOGUES(tree)]
    # what holds the page's own heading is its text, such as that of a site on law
    _take_out_less(tree, [element for element in apart if element.find(".//h1") is None], 0.8 * total)
    _take_out_less(tree, _HIDDEN(tree), 0.3 * total)
    drop_references(tree)


def _take_out_less(tree: HtmlElement, elements: list[HtmlElement], most: float) -> None:
    """Take elements out where they hold fewer than so many words: else the page's own text is in them."""
    elements = [element for element in outermost(elements) if element.tag not in ("html", "body")]
    if elements and sum(size(element.text_content()) for element in elements) < most:
        take_out(tree, elements)


def _is_named(element: HtmlElement, pattern: re.Pattern[str]) -> bool:
    names = (element.get("class") or "").split()
    return any(map(pattern.fullmatch, names)) or bool(pattern.fullmatch(element.get("id") or ""))


def _show_noscript(tree: HtmlElement) -> None:
    """Read what a page holds for those without scripts, where it holds hardly anything else."""
    hidden = [element for element in tree.iter("noscript") if size(element.text_content()) >= 40]
    if hidden:
        inside = sum(size(element.text_content()) for element in hidden)
        body = tree.find(".//body")
        bare = list((tree if body is None else body).itertext("p", "li", "div", "td"))
        if inside > 0.5 * size(" ".join(bare)):
            for element in hidden:
                element.tag = "div"


@dataclass(frozen=True, slots=True)
class _Judged:
    """The blocks of a page or article, which are likely the article's, and how sure that is, by words."""

    blocks: list[PageBlock]
    places: Places
    kept: list[bool]
    sure: float

    @property
    def texts(self) -> list[str]:
        return [block.text for block in compress(self.blocks, self.kept)]

    def way(self, marked: bool) -> str:
        where = "blocks of the marked article" if marked else "blocks"
        return f"{where}, {sum(self.kept)} of {len(self.blocks)} kept, {self.sure:.2f} sure"

    def runs(self, titles: Sequence[str]) -> list[tuple[int, bool]]:
        """Words of prose between one link and the next, and whether they stand below the page's title."""
        title = " ".join(titles).casefold()
        found, titled = [(0, False)], False
        for block, kept in zip(self.blocks, self.kept, strict=True):
            count, (words, below) = size(block.text), found[-1]
            if count >= 2 and not words and block.text.casefold() in title:
                found[-1] = (0, True)
                titled = True
            elif block.linked > 0.5 and count >= 2:
                found.append((0, titled))
                titled = False
            elif block.linked < 0.33 and count >= 12:
                found[-1] = (words + count * kept, below)
        return [run for run in found if run[0]]


def _judged(tree: HtmlElement, title: str) -> _Judged:
    found, places, rows = article_blocks(tree, title)
    likely = block_model.model().probability(rows)
    kept = likely > _LIKELY
    sizes = np.array([size(block.text) for block in found], dtype=float) * kept
    sure = float(np.average(likely, weights=sizes)) if sizes.sum() else 0.0
    return _Judged(found, places, kept.tolist(), sure)


def _refuse_teasers(runs: Sequence[tuple[int, bool]]) -> None:
    """Raises SetAside where links part what was found into little pieces, as the titles of other pages do."""
    most = max((words for words, _ in runs), default=0)
    if len(runs) >= 3 and most < 50 and 2 * most < sum(words for words, _ in runs):
        raise SetAside("listing", f"{len(runs)} pieces of text, with links between them")


def _reads_on(runs: Sequence[tuple[int, bool]]) -> bool:
    """Is what was found an article's: much prose, or some that no link parts below the page's own title?"""
    return sum(words for words, _ in runs) >= 60 or any(words >= 24 and titled for words, titled in runs)


def _otherwise(
    judged: _Judged, way: str, page: Head, everything: Sequence[Block | PageBlock]
) -> tuple[list[str], str]:
    """A short text by other ways, where the page has more to say; the first stands unless far behind."""
    found = judged.texts
    stated = [text for node in page.nodes() if isinstance(text := node.get("articleBody"), str)]
    told = max(map(normal.split, stated), key=_prose, default=[])
    best, by = found, way
    if _prose(told) > 1.5 * _prose(best) + 30:
        best, by = told, "json-ld:articleBody"
    around = sum(size(block.text) for block in everything if block.linked < 0.3 and size(block.text) >= 12)
    if around > 2 * _prose(best) + 30 and judged.sure < _SURE:
        for name, options in (("trafilatura", QUICK), ("trafilatura, all its ways", THOROUGH)):
            other = [block.text for block in extracted(page.tree, options)]
            if _prose(other) > 2 * _prose(best) + 20:
                best, by = other, name
    if not best:
        best = [block.text for block in everything if block.linked < 0.5 and _STOP.search(block.text)]
        by = "sentences"
    return best, by


def _prose(texts: Sequence[str]) -> int:
    return sum(count for text in texts if (count := size(text)) >= 12)


def _only(elements: list[HtmlElement], least: int) -> HtmlElement | None:
    """The one element of a selection that lies in no other, if it has `least` words."""
    elements = outermost(elements)
    enough = len(elements) == 1 and size(elements[0].text_content()) >= least
    return elements[0] if enough else None


def _claims_article(page: Head) -> bool:
    """Does the page's head say that it is one document?"""
    return bool(page.nodes() or page.values("citation_title") or "article" in page.values("og:type"))


def extracted(page: HtmlElement, options: Extractor = QUICK) -> list[Block]:
    """Trafilatura's choice of paragraphs, in order; where they nest too deep for it, all that is prose."""
    try:
        found = bare_extraction(page, options=options)  # works on a copy
    except RecursionError:
        return [block for block in blocks(page) if block.linked < 0.3 and size(block.text) >= 12]
    body = getattr(found, "body", None)
    return blocks(body) if body is not None else []


def _everything(found: Sequence[PageBlock], places: Places) -> list[PageBlock]:
    """All blocks of a pruned page outside headers, without a site's own lines."""
    inside: np.ndarray = np.any(away(places)[:, _NOT_IN_TEXT] < FAR, axis=1)
    return [block for block in found if not inside[block.home] and not boilerplate.is_furniture(block.text)]
