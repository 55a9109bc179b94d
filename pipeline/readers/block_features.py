"""The blocks of a page -> numbers that tell an article's own words from what stands around them.

A row a block. The families are those that Kohlschütter et al. (2010, boilerpipe: length and link density of
a block and of its neighbours), Peters and Lecocq (2013, dragnet: names of the elements around), the scoring
of Readability (which element holds most of the prose) and Weninger et al. (2010: how much prose is built in
the same way) were shown to work with. Nothing depends on a language but a few words that sites use for
their own lines. What a block is to the whole of its page is told in `page_shape`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from pipeline.readers import boilerplate, page_shape
from pipeline.readers.normal import size
from pipeline.readers.page_blocks import KINDS, PageBlock, Places, away
from pipeline.readers.page_shape import Shape

_STOPS = re.compile(r"[.!?…。！？](?:[\s”\u2019\"')\]]|$)")
_END = re.compile(r"[.!?…:;。！？][”\u2019\"')\]]*$")
_WORD = re.compile(r"\w+")
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_TAG = ("p", "li", "div", "td", "dd", "blockquote", "pre", "body")
_BLOCK = (
    "words", "chars", "word_length", "linked", "links", "commas", "stops", "ends", "upper", "lower", "digits",
    "capitals", "bar", "at_sign", "copyright", "line", "titled", "repeated", "heading", "prose",
    *(f"is_{tag}" for tag in _TAG),
)  # fmt: skip
_NEAR = ("words", "linked", "ends", "heading", "prose", "line")
_OFFSETS = (-3, -2, -1, 1, 2, 3)
NAMES = (
    *_BLOCK,
    *(f"{name}{offset:+d}" for offset in _OFFSETS for name in _NEAR),
    *(f"same_home{offset:+d}" for offset in _OFFSETS),
    *(f"away_{kind}" for kind in KINDS),
    *page_shape.NAMES,
)
"""The names of the columns, in order."""


def features(blocks: Sequence[PageBlock], places: Places, title: str = "") -> np.ndarray:
    """A row a block, a column each of NAMES, as float32. `title`: what the page says it is called.

    Raises ValueError where there are no blocks.
    """
    if not blocks:
        raise ValueError("a page without blocks has no features")
    own = _own(blocks, title)
    told = {name: own[:, at] for at, name in enumerate(_BLOCK)}
    shape = Shape.of(blocks, places, told)
    near = np.stack([told[name] for name in _NEAR], axis=1)
    around = shape.parent[shape.home]
    parts = [
        own,
        *(_shifted(near, offset, 0) for offset in _OFFSETS),
        *((_shifted(around, offset, -1) == around)[:, None] for offset in _OFFSETS),
        away(places)[shape.home],
        page_shape.columns(shape),
    ]
    return np.concatenate([np.asarray(part, dtype=np.float32) for part in parts], axis=1)


def _shifted(rows: np.ndarray, offset: int, fill: int) -> np.ndarray:
    """What stands `offset` rows on, for each row; `fill` beyond the ends."""
    found = np.full_like(rows, fill)
    reach = min(abs(offset), len(rows))
    if offset < 0:
        found[reach:] = rows[: len(rows) - reach]
    else:
        found[: len(rows) - reach] = rows[reach:]
    return found


def _own(blocks: Sequence[PageBlock], title: str) -> np.ndarray:
    """What each block is by itself: rows × `_BLOCK`."""
    seen = Counter(block.text for block in blocks)
    titled = set(_WORD.findall(title.lower()))
    rows = []
    for block in blocks:
        text = block.text
        count, length = size(text), len(text)
        low = set(_WORD.findall(text.lower())) if length < 300 and titled else ()
        start = text[:400]
        rows.append((
            count, length, length / max(1, count), block.linked, block.links, text.count(","),
            len(_STOPS.findall(text)), bool(_END.search(text)), text[0].isupper(), text[0].islower(),
            sum(map(str.isdigit, start)) / len(start), sum(map(str.isupper, start)) / len(start),
            text.count("|") + text.count("»"), "@" in text, "©" in text or "copyright" in text[:200].lower(),
            _line(text), len(titled & low) / len(titled) if low else 0.0, seen[text],
            _HEADINGS.get(block.tag, 0), block.linked < 0.33 and count >= 12,
            *(block.tag == tag for tag in _TAG),
        ))  # fmt: skip
    return np.array(rows, dtype=np.float32)


def _line(text: str) -> int:
    """Which of a site's own lines it is: furniture 1, a prompt 2, the end of the article 3, a byline 4; 0."""
    if len(text) >= 400:
        return 0
    kinds = (boilerplate.is_furniture, boilerplate.is_prompt, boilerplate.is_end, boilerplate.is_byline)
    return next((number for number, fits in enumerate(kinds, 1) if fits(text)), 0)
