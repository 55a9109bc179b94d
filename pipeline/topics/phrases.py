"""The typical phrase of a topic, spelled as its passages mostly spell it: "waiting times for ambulances"."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from pipeline.topics.vectors import Floats

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
UNEVEN = 0.3
"""A phrase that lies less unevenly over topics than this, 0 for alike over all, says nothing of one."""
UNEVEN_WORD = 0.15
"""Nor does one all of whose words lie so evenly: "taking to increase" is rare, its words are everywhere."""
ALMOST = 0.6
"""A longer phrase replaces a shorter one in it if it makes up so much of the shorter one's passages."""


def typical_phrases(
    passages: Sequence[Sequence[str]],
    stop_words: frozenset[str],
    mixes: Sequence[Floats] | None = None,
) -> list[str | None]:
    """Per topic its phrase of greatest weight, from some of its passages; None where none recurs.

    The weight of phrase x in topic c is sqrt(share of passages) · ln(1 + A / f(x)), as c-TF-IDF weighs words
    (docs/methods.md), with passages that hold a phrase instead of occurrences. A phrase that lies evenly over
    topics ("taking to ensure") is the manner of the corpus, and names a topic only if nothing else does.

    `mixes` (passages, k) tell per passage what topics its document is of, each topic counted as equally
    large; without them a passage is of its own topic alone.
    """
    words = Words(stop_words)
    found = [[tuple(_phrases(text, words)) for text in texts] for texts in passages]
    held = [Counter(key for keys in each for key in keys) for each in found]
    generic = _generic(found, held, mixes)
    overall: Counter[Key] = Counter()
    for own in held:
        overall.update(own)
    mean = sum(overall.values()) / max(len(held), 1)
    chosen = [
        _weightiest(own, overall, mean, len(texts), generic)
        for own, texts in zip(held, passages, strict=True)
    ]
    return [
        _spelling(key, texts, words) if key else None for key, texts in zip(chosen, passages, strict=True)
    ]


class Words(dict[str, str]):
    """What a token is: a word with a sense in lower case, "" for one within phrases, "." for a phrase's end.

    Filled in as tokens are met, since most are met often.
    """

    def __init__(self, stop_words: frozenset[str]) -> None:
        super().__init__()
        self._stop_words = stop_words

    def __missing__(self, token: str) -> str:
        word = token.lower().replace("’", "'").removesuffix("'s")
        if word in WITHIN:
            word = ""
        elif word in self._stop_words or len(word) < 3 or not word[0].isalpha():
            word = "."
        self[token] = word
        return word


def _phrases(text: str, words: Words) -> dict[Key, tuple[int, int]]:
    """The phrases of a text of two or three words with a sense, and where each stands last."""
    found: dict[Key, tuple[int, int]] = {}
    run: list[tuple[str, int]] = []
    gap = 0
    for match in TOKEN.finditer(text):
        word = words[match.group()]
        if not word and gap < GAP:
            gap += 1
            continue
        if not word or word == ".":
            run, gap = [], 0
            continue
        gap = 0
        start, end = match.span()
        if run:
            before, begun = run[-1]
            if before != word:
                found[before, word] = begun, end
            if len(run) == LONGEST - 1:
                first, begun = run[0]
                if first != before and first != word and before != word:
                    found[first, before, word] = begun, end
        run = [*run[-LONGEST + 2 :], (word, start)]
    return found


def _generic(
    found: Sequence[Sequence[Sequence[Key]]],
    held: Sequence[Counter[Key]],
    mixes: Sequence[Floats] | None,
) -> frozenset[Key]:
    """The phrases that lie too evenly over topics to be of one, of those that might name any."""
    may = {
        key
        for own, each in zip(held, found, strict=True)
        for key, count in own.items()
        if count >= _least(len(each))
    }
    number = {key: at for at, key in enumerate(sorted(may | {(word,) for key in may for word in key}))}
    if mixes is None:
        alone = np.eye(len(found))
        mixes = [np.tile(alone[at] / max(len(each), 1), (len(each), 1)) for at, each in enumerate(found)]
    rates = np.zeros((len(number), len(found)))
    for each, mix in zip(found, mixes, strict=True):
        for keys, own in zip(each, mix, strict=True):
            every = {*keys, *((word,) for key in keys for word in key)}
            rates[[number[key] for key in every if key in number]] += own
    uneven = unevenness(rates)
    return frozenset(
        key
        for key in may
        if uneven[number[key]] < UNEVEN or max(uneven[number[word,]] for word in key) < UNEVEN_WORD
    )


def unevenness(rates: Floats) -> Floats:
    """(n,): of rows (n, k) 1 for what one topic has alone, 0 for what all have alike: 1 - entropy / ln(k)."""
    if rates.shape[1] < 2:
        return np.ones(len(rates))
    part = rates / np.maximum(rates.sum(axis=1, keepdims=True), 1e-12)
    entropy = -(part * np.log(np.where(part > 0, part, 1))).sum(axis=1)
    return np.asarray(1 - entropy / np.log(rates.shape[1]), dtype=np.float64)


def _least(looked_at: int) -> float:
    return max(FEWEST, RARE * looked_at)


def _weightiest(
    held: Counter[Key], overall: Counter[Key], mean: float, looked_at: int, generic: frozenset[Key]
) -> Key | None:
    weights = {
        key: np.sqrt(count / looked_at) * np.log1p(mean / overall[key])
        for key, count in held.items()
        if count >= _least(looked_at)
    }
    if not weights:
        return None
    # Where all are generic, the weightiest of them still tells more than none.
    weights = {key: weight for key, weight in weights.items() if key not in generic} or weights
    best = max(weights, key=lambda key: (weights[key], key))
    longer = [key for key in weights if len(key) > len(best) and _holds(key, best)]
    longest = max(longer, key=lambda key: (held[key], key), default=best)
    return longest if held[longest] >= ALMOST * held[best] else best


def _holds(longer: Key, shorter: Key) -> bool:
    return any(longer[at : at + len(shorter)] == shorter for at in range(len(longer) - len(shorter) + 1))


def _spelling(key: Key, texts: Sequence[str], words: Words) -> str:
    """The commonest spelling of a phrase in texts, in the commonest of its letter cases."""
    spelt: Counter[str] = Counter()
    for text in texts:
        lowered = text.lower().replace("’", "'")
        if all(word in lowered for word in key) and (place := _phrases(text, words).get(key)):
            spelt[" ".join(text[slice(*place)].split())] += 1
    folded: Counter[str] = Counter()
    for spelling, count in spelt.items():
        folded[spelling.lower()] += count
    common = max(folded, key=lambda each: (folded[each], each))
    return max((each for each in spelt if each.lower() == common), key=lambda each: (spelt[each], each))
