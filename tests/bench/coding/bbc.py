"""News by its five classes, as themes of a short codebook; 20 codes a class to learn from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pipeline.themes import Theme
from tests.bench.coding.trials import Coded, Trial
from tests.bench.model.corpora import articles

PER_CLASS = 20
SEEDS = range(5)
PHRASES = {
    "business": ("compan*", "profit*", "econom*", "market*", "share*", "bank*", "trade"),
    "entertainment": ("film*", "music*", "actor*", "award*", "album*", "singer*", "television"),
    "politics": ("government", "minister*", "elect*", "parliament", "party", "vote*", "labour"),
    "sport": ("match*", "player*", "team*", "win*", "coach*", "champion*", "goal*"),
    "tech": ("software", "computer*", "internet", "technolog*", "phone*", "online", "digital"),
}
"""Written down from the names of the classes, before any article was looked at."""
THEMES = [
    Theme(name, name.capitalize(), f"News about {name}.", phrases, (" ".join(p.strip("*") for p in phrases),))
    for name, phrases in PHRASES.items()
]


def trials(path: Path) -> Iterator[tuple[str, list[Trial]]]:
    """By the codebook alone, and with codes that are drawn anew for every trial."""
    texts, labels = articles(path)
    present = np.array([[label == name for name in PHRASES] for label in labels])
    yield "no codes", [Trial(THEMES, Coded.of(texts, present))]
    drawn = []
    for seed in SEEDS:
        random = np.random.default_rng(seed)
        own = np.concatenate(
            [random.choice(np.flatnonzero(column), PER_CLASS, replace=False) for column in present.T]
        )
        rest = np.setdiff1d(np.arange(len(texts)), own)
        asked = Coded.of([texts[i] for i in rest], present[rest])
        drawn.append(Trial(THEMES, asked, Coded.of([texts[i] for i in own], present[own])))
    yield f"{PER_CLASS} codes a class", drawn
