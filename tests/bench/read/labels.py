"""Which blocks of a page stand in its true text: what the model of blocks learns from."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Sequence

import numpy as np

_WORD = re.compile(r"\w+")
_RUN = 4
_NEAR = 30
"""Words around the next block of some length within which a shorter one must stand."""


def shares(texts: Sequence[str], gold: str) -> np.ndarray:
    """Of each block, the share of its words that stand in the gold text, in runs of four; -1 without words.

    A block of fewer words counts only where it stands in the gold between the blocks around it.
    """
    true = _WORD.findall(gold.lower())
    where: dict[tuple[str, ...], list[int]] = {}
    for at in range(len(true) - _RUN + 1):
        where.setdefault(tuple(true[at : at + _RUN]), []).append(at)
    words = [_WORD.findall(text.lower()) for text in texts]
    found = np.full(len(texts), -1.0)
    spans: list[tuple[int, int, int]] = []
    for row, own in enumerate(words):
        if len(own) >= _RUN:
            found[row], span = _matched(own, where)
            spans += [(row, *span)] if span and found[row] > 0.5 else []
    rows = [row for row, _, _ in spans]
    for row, own in enumerate(words):
        if 0 < len(own) < _RUN:
            after = bisect(rows, row)
            start = spans[after - 1][2] if after else 0
            end = spans[after][1] if after < len(spans) else len(true)
            if not after and spans:
                start = max(0, end - _NEAR)
            if after == len(spans):
                end = min(len(true), start + _NEAR)
            near = f" {' '.join(true[max(0, start - 1) : end + 1])} "
            found[row] = float(f" {' '.join(own)} " in near)
    return found


def _matched(
    own: Sequence[str], where: dict[tuple[str, ...], list[int]]
) -> tuple[float, tuple[int, int] | None]:
    """The share of the words in runs that the gold has; where, if the first of these stands only once."""
    hit = np.zeros(len(own))
    places = []
    for at in range(len(own) - _RUN + 1):
        if found := where.get(tuple(own[at : at + _RUN])):
            hit[at : at + _RUN] = 1
            places.append(found)
    span = (places[0][0], places[-1][-1] + _RUN) if places and len(places[0]) == 1 else None
    return float(hit.mean()), span
