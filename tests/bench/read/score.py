"""Precision, recall and F1 of a text against its gold, by shingles of four words.

As in scrapinghub's article-extraction-benchmark: words are runs of letters and digits, shingles are counted
as often as they occur, precision and recall are averaged over pages, and F1 is that of the two means.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from statistics import fmean

_WORD = re.compile(r"\w+")


def shingles(text: str, size: int = 4) -> Counter[tuple[str, ...]]:
    """Runs of `size` words and how often each occurs; a shorter text is one run."""
    words = _WORD.findall(text)
    size = min(size, len(words))
    return (
        Counter(tuple(words[at : at + size]) for at in range(len(words) - size + 1)) if words else Counter()
    )


def compare(gold: str, text: str) -> tuple[float, float]:
    """(precision, recall) of one page."""
    true, found = shingles(gold), shingles(text)
    if true == found:
        return 1.0, 1.0
    hits = (true & found).total()
    return hits / max(1, found.total()), hits / max(1, true.total())


def total(pairs: Iterable[tuple[str, str]]) -> dict[str, float]:
    """F1, precision and recall over pages, from (gold, text)."""
    precisions, recalls = zip(*(compare(gold, text) for gold, text in pairs), strict=True)
    precision, recall = fmean(precisions), fmean(recalls)
    both = precision + recall
    return {
        "f1": round(2 * precision * recall / both, 4) if both else 0.0,
        "precision": round(precision, 4),
        "recall": round(recall, 4),
    }
