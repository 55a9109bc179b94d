"""Patients' comments with human codes: learnt before May 2022, asked after it.

The codebook is made of the themes' names, and of nothing else.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from pipeline.themes import Theme
from tests.bench.coding.trials import Coded, Trial

SPLIT = "2022-05-01"
NO_THEMES = {"Labelling not possible", "Not assigned"}
FEWEST = 20
"""Comments before the split that a theme must have: 34 themes."""
SIZES = (50, 200)
SEEDS = range(5)
COMMON = {"and", "are", "the", "from", "with", "care", "staff", "services", "service", "during"}
ENDINGS = ("ations", "ation", "ment", "ness", "ing", "ies", "ed", "al", "es", "s", "y", "e")


def trials(path: Path) -> Iterator[tuple[str, list[Trial]]]:
    """By the codebook alone, with 50 and 200 codes drawn anew for every trial, and with all."""
    themes, earlier, later = read(path)
    yield "no codes", [Trial(themes, later)]
    for size in SIZES:
        yield f"{size} codes", [Trial(themes, later, draw(earlier, size, seed)) for seed in SEEDS]
    yield f"all {len(earlier.texts):,} codes", [Trial(themes, later, earlier)]


def read(file: Path) -> tuple[list[Theme], Coded, Coded]:
    """The themes; the comments before the split and those after it that have a text, by date."""
    data = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    rows = [row for row in map(json.loads, data.decode().split("\n")[:-1]) if row["text"] and row["date"]]
    rows.sort(key=lambda row: (row["date"], row["id"]))
    parts = [[row for row in rows if (row["date"] < SPLIT) is early] for early in (True, False)]
    known = Counter(label for row in parts[0] for label in row["labels"])
    names = sorted(name for name, number in known.items() if number >= FEWEST and name not in NO_THEMES)
    earlier, later = (
        Coded.of(
            [row["text"] for row in part], np.array([[n in row["labels"] for n in names] for row in part])
        )
        for part in parts
    )
    return codebook_of(names), earlier, later


def codebook_of(names: Sequence[str]) -> list[Theme]:
    """A codebook of names alone: a name is the definition, words that no other name has are the phrases."""
    words = {name: [w for w in re.findall(r"[a-z]{4,}", name.lower()) if w not in COMMON] for name in names}
    number = Counter(stem(word) for name in names for word in set(words[name]))
    return [
        Theme(
            name,
            name,
            name,
            tuple(dict.fromkeys(s for w in words[name] if number[s := stem(w)] == 1)),
            (name,),
        )
        for name in names
    ]


def stem(word: str) -> str:
    """A phrase that matches the word and its near relations."""
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word.removesuffix(ending) + "*"
    return word + "*"


def draw(earlier: Coded, size: int, seed: int) -> Coded:
    """Comments to learn from, each as likely as the other."""
    rows = sorted(np.random.default_rng(seed).choice(len(earlier.texts), size, replace=False).tolist())
    return Coded.of([earlier.texts[i] for i in rows], earlier.present[rows])
