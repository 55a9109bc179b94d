"""Takes reference markers out of running text, so that "system.<sup>1</sup>" gives "system."."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from pipeline.readers.markup import find

_NOTE = re.compile(r"#(?:ref|cite|fn|footnote)")
_REFERENCE = re.compile(r"[\s\[\](]*\d{1,3}[\]\)]*(?:[\s,;\u2013—-]+[\[(]?\d{1,3}[\])]*)*[\s,]*|[*†‡§¶]+")
_BEHIND_WORD = re.compile(r"[^\W\d_]{3}[.,;:)\u2019”'\"]*\s?$|[.,;:)\u2019”]\s?$")
_BETWEEN = re.compile(r"[\s,;\u2013—-]*")


def drop_references(tree: HtmlElement, css: str = "") -> None:
    """Take out the markers that point to references, so that "system.<sup>1</sup>" gives "system."."""
    marked = set(find(tree, css))
    candidates = [
        element
        for element in tree.iter("sup", "a")
        if element.tag == "sup" or element in marked or _NOTE.search(element.get("href") or "")
    ]
    candidates += [element for element in marked if element.tag not in ("sup", "a")]
    for element in candidates:
        if element.getparent() is None:
            continue
        text = "".join(element.itertext())
        if element in marked or (_REFERENCE.fullmatch(text) and _is_marker(element)):
            _drop_marker(element)


def _is_marker(element: HtmlElement) -> bool:
    """A link to a note is one; a bare superscript only behind a word, for "m<sup>2</sup>" is none."""
    if element.tag == "a" or element.find(".//a") is not None:
        return True
    return bool(_BEHIND_WORD.search(_before(element)[-40:]))


def _before(element: HtmlElement) -> str:
    previous = element.getprevious()
    return (previous.tail if previous is not None else element.getparent().text) or ""


def _drop_marker(element: HtmlElement) -> None:
    """Empty the element rather than remove it: joining the texts around each would be quadratic."""
    tail = element.tail or ""
    following = element.getnext()
    if (
        _BETWEEN.fullmatch(tail)
        and following is not None
        and _REFERENCE.fullmatch("".join(following.itertext()))
    ):
        tail = ""
    before = _before(element)
    if before.endswith("[") and tail.startswith("]"):
        before, tail = before[:-1], tail[1:]
    if tail.startswith((".", ",", ";", ":", ")")):
        before = before.rstrip()
    element.clear(keep_tail=True)
    if tail != (element.tail or ""):
        element.tail = tail
    if before != _before(element):
        previous = element.getprevious()
        if previous is not None:
            previous.tail = before
        else:
            element.getparent().text = before
