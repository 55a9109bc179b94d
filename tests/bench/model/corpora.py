"""The corpora of the benches, as texts: BBC articles, short passages cut from them, written answers."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

from pipeline.settings import Passages
from pipeline.stages.passages import cut
from spiders.sampleweb.documents import DOCUMENTS

WORDS = 40
SHORTEST = 30


def articles(path: Path) -> tuple[list[str], list[str]]:
    """The BBC articles and their classes, from corpus.tsv: text, part, class."""
    file = path / "corpus.tsv" if path.is_dir() else path
    rows = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [row[0] for row in rows], [row[2] for row in rows]


def short_passages(path: Path, count: int) -> tuple[list[str], list[str]]:
    """Passages of 30 to 40 words, cut from the articles and drawn by lot, with their article's class."""
    pieces: list[tuple[str, str]] = []
    for text, label in zip(*articles(path), strict=True):
        words = text.split()
        for start in range(0, len(words), WORDS):
            piece = words[start : start + WORDS]
            if len(piece) >= SHORTEST:
                pieces.append((" ".join(piece), label))
    drawn = random.Random(5).sample(pieces, min(count, len(pieces)))
    return [text for text, _ in drawn], [label for _, label in drawn]


def sample() -> list[str]:
    """The passages of the sample documents, which come with the project."""
    sizes = Passages()
    texts = [
        file.read_text(encoding="utf-8").split("+++", 2)[2].strip()
        for file in sorted(DOCUMENTS.glob("**/*.md"))
    ]
    return [text[a:b] for text in texts for a, b in cut(text, sizes.target_words, sizes.max_words)]


def answers(path: Path, count: int) -> list[str]:
    """The first `count` passages of written answers, cut as a build cuts them."""
    sizes = Passages()
    found: list[str] = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            text = json.loads(line)["text"]
            found += [text[a:b] for a, b in cut(text, sizes.target_words, sizes.max_words)]
            if len(found) >= count:
                break
    return found[:count]
