"""The typical phrase of a topic, spelled as its passages mostly spell it: "waiting times for ambulances"."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

Key = tuple[str, ...]
"""The words of a phrase that carry its sense, in lower case."""

TOKEN = re.compile(r"[^\W\d_][\w’'-]*|[^\w\s]|\d+")
WITHIN = frozenset(
    ["a", "an", "and", "as", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with"]
)
"""Words that may stand within a phrase, never at its ends."""
GAP = 2
LONGEST = 3
FEWEST = 3
RARE = 0.02
"""A phrase must stand in at least so many of the passages that were looked at, and in this share of them."""
ALMOST = 0.6
"""A longer phrase replaces a shorter one in it if it makes up so much of the shorter one's passages."""


def typical_phrases(passages: Sequence[Sequence[str]], stop_words: frozenset[str]) -> list[str | None]:
    """Per topic its phrase of greatest weight, from some of its passages; None where none recurs.

    The weight of phrase x in topic c is sqrt(share of passages) · ln(1 + A / f(x)), as c-TF-IDF weighs words
    (docs/methods.md), with passages that hold a phrase instead of occurrences.
    """
    counts: list[Counter[Key]] = []
    spellings: list[dict[Key, Counter[str]]] = []
    for texts in passages:
        held: Counter[Key] = Counter()
        spelt: dict[Key, Counter[str]] = defaultdict(Counter)
        for text in texts:
            found = dict(_phrases(text, stop_words))
            held.update(found.keys())
            for key, spelling in found.items():
                spelt[key][spelling] += 1
        counts.append(held)
        spellings.append(spelt)
    overall: Counter[Key] = Counter()
    for held in counts:
        overall.update(held)
    mean = sum(overall.values()) / max(len(counts), 1)
    chosen = [
        _weightiest(held, overall, mean, len(texts)) for held, texts in zip(counts, passages, strict=True)
    ]
    return [_spelling(spelt[key]) if key else None for key, spelt in zip(chosen, spellings, strict=True)]


def _phrases(text: str, stop_words: frozenset[str]) -> Iterator[tuple[Key, str]]:
    """The phrases of a text of two or three words with a sense, with their spelling."""
    run: list[tuple[str, int, int]] = []
    gap = 0
    for match in TOKEN.finditer(text):
        word = match.group().lower().replace("’", "'").removesuffix("'s")
        if word in WITHIN and gap < GAP:
            gap += 1
            continue
        if word in stop_words or word in WITHIN or len(word) < 3 or not word[0].isalpha():
            run, gap = [], 0
            continue
        run, gap = [*run[-LONGEST + 1 :], (word, match.start(), match.end())], 0
        for length in range(2, len(run) + 1):
            part = run[-length:]
            if len({word for word, _, _ in part}) == length:
                yield tuple(word for word, _, _ in part), " ".join(text[part[0][1] : match.end()].split())


def _weightiest(held: Counter[Key], overall: Counter[Key], mean: float, looked_at: int) -> Key | None:
    least = max(FEWEST, RARE * looked_at)
    weights = {
        key: np.sqrt(count / looked_at) * np.log1p(mean / overall[key])
        for key, count in held.items()
        if count >= least
    }
    if not weights:
        return None
    best = max(weights, key=lambda key: (weights[key], key))
    longer = [key for key in weights if len(key) > len(best) and _holds(key, best)]
    longest = max(longer, key=lambda key: (held[key], key), default=best)
    return longest if held[longest] >= ALMOST * held[best] else best


def _holds(longer: Key, shorter: Key) -> bool:
    return any(longer[at : at + len(shorter)] == shorter for at in range(len(longer) - len(shorter) + 1))


def _spelling(spelt: Counter[str]) -> str:
    """The commonest spelling, in the commonest of its letter cases."""
    folded: Counter[str] = Counter()
    for spelling, count in spelt.items():
        folded[spelling.lower()] += count
    common = max(folded, key=lambda each: (folded[each], each))
    return max((each for each in spelt if each.lower() == common), key=lambda each: (spelt[each], each))
