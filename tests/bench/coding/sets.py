"""The sets with known codes, as trials: what comes with the project, and what a path names."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import config as configuration
from pipeline import themes as books
from pipeline.settings import Passages
from pipeline.stages.passages import cut
from pipeline.themes import Theme, reference
from pipeline.themes.reference import ReferencePassage
from spiders.sampleweb.documents import read_documents
from tests.bench.coding import bbc, comments
from tests.bench.coding.trials import Coded, Trial

PASSAGES = configuration.ROOT / "data" / "reference" / "passages"
HALVES = 3
HERE = Path(__file__).parent
Trials = Iterator[tuple[str, list[Trial]]]


@dataclass(frozen=True, slots=True)
class Set:
    """A set of coded texts: the path that it needs, and its trials by name, several draws each."""

    needs: str
    trials: Callable[[Path], Trials]


def by_author(path: Path) -> Trials:
    """The reference set, each author's passages by what the others' taught: one trial an author."""
    everything, book = known()
    authors = sorted({passage.author for passage in everything})
    yield (
        "an author left out",
        [
            Trial(book, of_reference(own, book), by=[p for p in everything if p.author != author])
            for author in authors
            if (own := [p for p in everything if p.author == author])
        ],
    )


def with_codes(path: Path) -> Trials:
    """Codes of half of an author's own passages: the others' alone, these alone, and both."""
    everything, book = known()
    alone, own, both = [], [], []
    for author in sorted({passage.author for passage in everything}):
        theirs = [p for p in everything if p.author == author]
        others = [p for p in everything if p.author != author]
        mine, rest = _halves(len(theirs), 0)
        coded, asked = (of_reference([theirs[i] for i in part], book) for part in (mine, rest))
        alone.append(Trial(book, asked, by=others))
        own.append(Trial(book, asked, coded))
        both.append(Trial(book, asked, coded, others))
    yield "half an author, others alone", alone
    yield "half an author, own codes", own
    yield "half an author, both", both


def ccg(path: Path) -> Trials:
    """Passages that somebody else wrote and coded, in the form of the reference set."""
    everything, book = known()
    rows = _lines(path / "passages.jsonl" if path.is_dir() else path)
    flags = {key: _flags(rows, book, key) for key in ("themes", "keywordless", "near_miss")}
    asked = Coded.of(
        [row["text"] for row in rows], flags["themes"],
        bare=flags["keywordless"] & flags["themes"], near=flags["near_miss"] & ~flags["themes"],
    )  # fmt: skip
    yield "all authors", [Trial(book, asked, by=everything)]
    authors = sorted({passage.author for passage in everything})
    yield (
        "without one author",
        [Trial(book, asked, by=[p for p in everything if p.author != author]) for author in authors],
    )


def samples(path: Path) -> Trials:
    """The sample documents: a document carries what any of its passages is coded as."""
    everything, book = known()
    sizes, texts, of, present = Passages(), [], [], []
    for number, document in enumerate(read_documents()):
        text = "\n\n".join(block.text for block in document.blocks if block.text)
        for a, b in cut(text, sizes.target_words, sizes.max_words):
            texts.append(text[a:b])
            of.append(number)
            present.append([theme.theme in document.fields.get("themes", ()) for theme in book])
    yield "documents", [Trial(book, Coded.of(texts, np.array(present), unit=np.array(of)), by=everything)]


def spoken(codes: Path, key: str) -> Callable[[Path], Trials]:
    """Real passages that two readers coded: a sample of a file of documents, by their `key` and position."""

    def trials(path: Path) -> Trials:
        everything, book = known()
        wanted = {(row["id"], row["position"]): row for row in _lines(codes)}
        documents = {name for name, _ in wanted}
        sizes, texts, rows = Passages(), [], []
        for document in _lines(path):
            if document[key] not in documents:
                continue
            text = document["text"]
            for position, (a, b) in enumerate(cut(text, sizes.target_words, sizes.max_words)):
                if row := wanted.pop((document[key], position), None):
                    texts.append(text[a:b])
                    rows.append(row)
        if wanted:
            raise ValueError(f"{path}: {len(wanted)} of the passages that were coded are not there")
        weights = np.array([1 / row["chance"] for row in rows])
        asked = Coded.of(texts, _flags(rows, book, "themes"), weights=weights)
        yield "a sample", [Trial(book, asked, by=everything)]
        halves = [_halves(len(texts), seed) for seed in range(HALVES)]
        parts = [(_part(asked, own), _part(asked, rest)) for own, rest in halves]
        yield "half asked, the set alone", [Trial(book, rest, by=everything) for _, rest in parts]
        yield "half asked, half coded", [Trial(book, rest, own) for own, rest in parts]
        yield "half asked, both", [Trial(book, rest, own, everything) for own, rest in parts]

    return trials


@cache
def known() -> tuple[list[ReferencePassage], list[Theme]]:
    """The reference set, and the themes of the default codebook."""
    return reference.read(PASSAGES), list(books.load(configuration.load().codebook_file).themes)


def of_reference(passages: Sequence[ReferencePassage], book: Sequence[Theme]) -> Coded:
    """Passages of the reference set as texts with codes."""

    def flags(of: Callable[[ReferencePassage], tuple[str, ...]]) -> Any:
        return np.array([[theme.theme in of(passage) for theme in book] for passage in passages])

    return Coded.of(
        [passage.text for passage in passages], flags(lambda p: p.themes),
        bare=flags(lambda p: p.keywordless), near=flags(lambda p: p.near_miss),
    )  # fmt: skip


def _halves(number: int, seed: int) -> tuple[list[int], list[int]]:
    order = np.random.default_rng(seed).permutation(number).tolist()
    return sorted(order[: number // 2]), sorted(order[number // 2 :])


def _part(coded: Coded, rows: Sequence[int]) -> Coded:
    at = list(rows)
    return Coded(
        [coded.texts[i] for i in at], coded.present[at], coded.bare[at], coded.near[at], coded.weights[at]
    )


def _flags(rows: Sequence[Mapping[str, Any]], book: Sequence[Theme], key: str) -> Any:
    return np.array([[theme.theme in row[key] for theme in book] for row in rows])


def _lines(file: Path) -> list[dict[str, Any]]:
    data = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    return [json.loads(line) for line in data.decode().splitlines() if line.strip()]


SETS = {
    "reference": Set("", by_author),
    "own-codes": Set("", with_codes),
    "samples": Set("", samples),
    "ccg": Set("CCG", ccg),
    "answers": Set("DHSC", spoken(HERE / "answers.jsonl", "id")),
    "speeches": Set("SPEECHES", spoken(HERE / "speeches.jsonl", "url")),
    "comments": Set("COMMENTS", comments.trials),
    "bbc": Set("BBC", bbc.trials),
}
