"""What to ask a person next about a theme: passages whose answers teach most, and phrases. Pure functions.

A classifier is learnt from the codebook's sentences and the answers so far. Asked are the passages that it
holds likeliest ("nearest"), those on its line ("uncertain"; Lewis and Gale 1994), those where phrases and
likeness disagree ("discordant"), and some by lot, without which nobody would notice what it can't see.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.themes.calibration import Flags, Floats
from pipeline.themes.choosing import Material, Task, fit
from pipeline.themes.features import EVIDENCE, Vocabulary, evidence_of_phrases, together, with_evidence
from pipeline.themes.matching import Matcher
from pipeline.themes.sentences import PHRASES, Sentences
from pipeline.topics.embedding import Vectors

NEAREST, UNCERTAIN, DISCORDANT, BY_LOT = "nearest", "uncertain", "discordant", "by lot"
SHARES = {NEAREST: 0.35, UNCERTAIN: 0.35, DISCORDANT: 0.2, BY_LOT: 0.1}
ALIKE = 0.95
"""Cosine from which two passages say the same: one of them is asked about."""
BACKGROUND, LIGHT = 100, 0.2
"""Passages taken at random as if they lacked the theme, and what each weighs: most do."""
PRIOR = 500.0
"""Words that the corpus as a whole counts for in telling phrases (Monroe et al. 2008)."""
COUNTED: dict[str, Any] = {
    "ngram_range": (1, 3), "binary": True, "token_pattern": r"(?u)\b[^\W\d_][\w'’-]+\b",
}  # fmt: skip
"""How words and phrases are counted: each once a passage."""
LEAST = 3
"""Passages with the theme that a proposed phrase must stand in."""
NEARLY = 0.75
"""A word is left to a longer phrase that stands in so many of its passages."""
SLACK = 0.5
"""A passage without a phrase is discordant where its log-odds lie at most so much below the line."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """n passages: texts, vectors (n, dimensions), document of each, and the theme's phrases in each."""

    texts: Sequence[str]
    vectors: Vectors
    documents: Sequence[str]
    phrases: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase to accept or refuse: in how many passages with the theme it stands, and in how many in all."""

    phrase: str
    with_theme: int
    passages: int
    weight: float


def scores(found: Candidates, answers: Mapping[int, bool], sentences: Sentences, seed: int = 0) -> Floats:
    """(n,): log-odds of the theme, learnt from the sentences and the answers (index -> yes or no)."""
    at = np.array(sorted(answers), dtype=np.int64)
    said = np.array([answers[i] for i in at.tolist()], dtype=bool)
    rest = np.setdiff1d(np.arange(len(found.texts)), at)
    lot = np.random.default_rng(seed).choice(rest, min(BACKGROUND, len(rest)), replace=False)
    learnt = np.concatenate([at, lot]).astype(np.int64)
    present = np.concatenate([said, np.zeros(len(lot), dtype=bool)])
    weights = np.concatenate([np.ones(len(at)), np.full(len(lot), LIGHT)])
    terms = Vocabulary.of([found.texts[i] for i in at]) if len(at) >= LEAST else Vocabulary([], [])
    features = _features(found, learnt, terms)
    own = with_evidence(
        together(sentences.vectors, terms(sentences.texts)), np.zeros((len(sentences.texts), len(EVIDENCE)))
    )
    material = Material(own, sentences.present, sentences.weights)
    task = Task(features, present, weights, [], np.zeros(len(learnt)), elsewhere=material)
    found_weights, intercept = fit(task, np.arange(len(learnt)), weights, strength=1.0)
    columns = _features(found, np.arange(len(found.texts)), terms)
    # Until answers say what phrases are worth, they are worth what is set for a codebook without any.
    own_phrases = np.asarray(columns[:, EVIDENCE.index("phrases")].todense()).ravel()
    trust = PHRASES / (1 + len(at) / 20)
    return np.asarray(columns @ found_weights + intercept + trust * own_phrases)


def _features(found: Candidates, rows: Any, terms: Vocabulary) -> Any:
    texts = [found.texts[i] for i in rows]
    evidence = evidence_of_phrases([found.phrases[i] for i in rows])
    return with_evidence(together(found.vectors[rows], terms(texts)), evidence)


def ask_next(
    found: Candidates, answers: Mapping[int, bool], z: Floats, number: int, seed: int = 0
) -> list[tuple[int, str]]:
    """(index, why) of passages to ask about next, by turns of the four kinds; one of a document at a time."""
    rng = np.random.default_rng([seed, len(answers)])
    has = np.array([len(words) > 0 for words in found.phrases])
    queues = {
        NEAREST: np.argsort(-z, kind="stable"),
        UNCERTAIN: np.argsort(np.abs(z), kind="stable"),
        DISCORDANT: _discordant(z, has),
        BY_LOT: rng.permutation(len(z)),
    }
    taken = _Taken(found, answers)
    picked: list[tuple[int, str]] = []
    due = dict.fromkeys(SHARES, 0.0)
    places = dict.fromkeys(SHARES, 0)
    while len(picked) < number and any(places[kind] < len(queues[kind]) for kind in SHARES):
        for kind, share in SHARES.items():
            due[kind] += share
        kind = max((k for k in SHARES if places[k] < len(queues[k])), key=lambda k: due[k])
        due[kind] -= 1.0
        while places[kind] < len(queues[kind]):
            index = int(queues[kind][places[kind]])
            places[kind] += 1
            if taken.free(index):
                taken.take(index)
                picked.append((index, kind))
                break
    return picked


def _discordant(z: Floats, has: Flags) -> Any:
    """Phrases where the rest speaks most against the theme, by turns with none where it speaks for it."""
    against = [i for i in np.argsort(z, kind="stable") if has[i]]
    without = [i for i in np.argsort(-z, kind="stable") if not has[i] and z[i] > -SLACK]
    pairs = [i for pair in zip(against, without, strict=False) for i in pair]
    longer = max((against, without), key=len)
    return np.array([*pairs, *longer[min(len(against), len(without)) :]], dtype=np.int64)


class _Taken:
    """What can't be asked: what was answered, its documents' other passages in this round, and their like."""

    def __init__(self, found: Candidates, answers: Mapping[int, bool]) -> None:
        self.found = found
        self.indices = set(answers)
        self.documents: set[str] = set()

    def free(self, index: int) -> bool:
        if index in self.indices or self.found.documents[index] in self.documents:
            return False
        known = sorted(self.indices)
        return not known or float((self.found.vectors[known] @ self.found.vectors[index]).max()) < ALIKE

    def take(self, index: int) -> None:
        self.indices.add(index)
        self.documents.add(self.found.documents[index])


def phrases(
    texts: Sequence[str], carrying: Sequence[int], matcher: Matcher, number: int = 10
) -> list[Phrase]:
    """Phrases of one to three words that passages with the theme hold far more often than all passages do.

    By log-odds with the corpus as prior, over their standard error (Monroe, Colaresi and Quinn 2008). What
    the codebook's phrases find already is left out, and so is a phrase within a better one.
    """
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

    if len(carrying) < LEAST:
        return []
    # What the codebook finds is no news, nor a half of it: "tape" where it has "red tape".
    finds = re.compile(matcher.pattern, re.ASCII)
    texts = [finds.sub(" . ", text) for text in texts] if matcher.pattern else list(texts)
    counter = CountVectorizer(**COUNTED)
    own = counter.fit_transform([texts[i] for i in carrying])
    words = np.asarray(own.sum(axis=0)).ravel()
    names = counter.get_feature_names_out()
    kept = [
        k
        for k in np.flatnonzero(words >= LEAST)
        if not ({str(names[k]).split(" ")[0], str(names[k]).split(" ")[-1]} & ENGLISH_STOP_WORDS)
        and not matcher(str(names[k]))
    ]
    vocabulary = [str(names[k]) for k in kept]
    if not vocabulary:
        return []
    again = CountVectorizer(**COUNTED, vocabulary=vocabulary)
    everywhere = np.asarray(again.transform(texts).sum(axis=0)).ravel().astype(float)
    here = words[kept].astype(float)
    n, n_here = float(len(texts)), float(len(carrying))
    prior = PRIOR * everywhere / n
    elsewhere, n_elsewhere = everywhere - here, n - n_here

    def odds(count: Floats, total: float) -> Floats:
        return np.log((count + prior) / (total + PRIOR - count - prior))

    weight = (odds(here, n_here) - odds(elsewhere, n_elsewhere)) / np.sqrt(
        1 / (here + prior) + 1 / (elsewhere + prior)
    )
    order = [int(k) for k in np.argsort(-weight, kind="stable") if weight[k] > 0]
    chosen: list[Phrase] = []
    for k in order:
        name = vocabulary[k]
        longer = (j for j in order if f" {name} " in f" {vocabulary[j]} " and j != k)
        if any(here[j] >= NEARLY * here[k] for j in longer) or any(
            _within(name, other.phrase) or _within(other.phrase, name) for other in chosen
        ):
            continue
        chosen.append(Phrase(name, int(here[k]), int(everywhere[k]), round(float(weight[k]), 2)))
    return chosen[:number]


def _within(short: str, long: str) -> bool:
    return f" {short} " in f" {long} "
