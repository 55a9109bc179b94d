"""How themes are coded before anybody has coded by them: by what was learnt from a reference set.

`data/reference/passages/` holds invented passages with the codes of two readings, and the definitions that
they were written by; its README says how far to trust them. A theme that means the same is learnt from all of
them. What decides (threshold, probabilities, the figures that are told) is found with each author's passages
left out in turn: a classifier that has seen an author's other passages knows the hand, not the theme.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from pipeline import themes as books
from pipeline.config import read_toml
from pipeline.durable import read_lines
from pipeline.records import short_id
from pipeline.themes.calibration import Curve, Flags, Floats
from pipeline.themes.choosing import Manner, Material, Task, better
from pipeline.themes.codebook_evidence import CodebookEvidence
from pipeline.themes.features import Vocabulary, evidence_of, scales, together, with_evidence
from pipeline.themes.learning import Ground
from pipeline.themes.model import CLASSIFIER, Model, ThemeModel, Validity
from pipeline.topics.embedding import Embedder, Vectors

LEAST = 4
"""Passages that must have a term: rarer ones would be as many again, and help little with other authors."""


TRUST = 4.5
"""What the codebook's score, 0 to 1, adds to the log-odds. The set can't say: it is made to mislead by
keywords, and real prose misleads less. Found on real passages: docs/decisions/0026."""


RATE = 0.05
"""Of a corpus's passages carry a theme, where thresholds and probabilities are right."""


@dataclass(frozen=True, slots=True)
class ReferencePassage:
    """An invented passage. `themes` are its codes: of both readings; where these differ, of two of three.

    `keywordless` are themes that it carries without any of their obvious words, `near_miss` those whose words
    it has without carrying them.
    """

    passage_id: str
    author: str
    text: str
    genre: str
    year: int
    themes: tuple[str, ...]
    first: tuple[str, ...]
    second: tuple[str, ...]
    keywordless: tuple[str, ...]
    near_miss: tuple[str, ...]


def read(folder: Path) -> list[ReferencePassage]:
    """All passages, in the order of their ids; a file is an author. None where there is no folder."""
    found = [
        ReferencePassage(
            line["id"], file.stem, line["text"], line["genre"], line["year"],
            *(tuple(line[key]) for key in ("themes", "first", "second", "keywordless", "near_miss")),
        )
        for file in folder.glob("*.jsonl")
        for line in read_lines(file)
    ]  # fmt: skip
    return sorted(found, key=lambda passage: passage.passage_id)


@dataclass(frozen=True, slots=True)
class Coder:
    """What was learnt: a classifier for each theme, how well it does, and what all of it rests on."""

    fingerprint: str
    model: Model

    @property
    def validity(self) -> dict[str, Validity]:
        """By theme, how well it is coded."""
        return {name: theme.validity for name, theme in self.model.themes.items() if theme.validity}


def taught(book: books.Codebook, folder: Path) -> list[str]:
    """The themes of a codebook that the reference set was coded by: of the same name and definition."""
    file = folder / "themes.toml"
    known = read_toml(file) if file.exists() else {}
    return [theme.theme for theme in book.themes if known.get(theme.theme) == theme.definition]


def fingerprint(book: books.Codebook, folder: Path, embedding: str) -> str:
    """What a coder rests on: passages and codes, the codebook's phrases and examples, the embedding."""
    files = (file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.jsonl")))
    return short_id(book.fingerprint, embedding, *files)


def learn(
    book: books.Codebook,
    folder: Path,
    embed: Embedder,
    embedding: str,
    steps: Callable[[int, int], None] = lambda done, total: None,
) -> Coder:
    """The coder of the themes that are `taught`. Nothing is random: the same passages give the same coder."""
    model = learn_from(book, taught(book, folder), read(folder), embed, steps)
    return Coder(fingerprint(book, folder, embedding), model)


def learn_from(
    book: books.Codebook,
    names: Sequence[str],
    passages: Sequence[ReferencePassage],
    embed: Embedder,
    steps: Callable[[int, int], None] = lambda done, total: None,
) -> Model:
    """The model of these themes of a codebook, by passages of at least two authors."""
    texts = [passage.text for passage in passages]
    evidence, vectors = CodebookEvidence(book.themes, embed), embed(texts)
    terms = Vocabulary.of(texts, LEAST)
    of, manner = _material(passages, evidence, vectors, terms), _manner(vectors, terms)
    folds = list(_by_author(passages))
    found = {}
    for done, name in enumerate(names, 1):
        features, scores, present = of(name)
        model, coded = better(name, Task(features, present, _weights(present), folds, scores, manner))
        found[name] = _told(model, _validity(name, passages, coded, present))
        steps(done, len(names))
    return Model("", found, terms)


def ground(
    model: Model, book: books.Codebook, passages: Callable[[], Sequence[ReferencePassage]], embed: Embedder
) -> Ground:
    """The model with the passages that it learnt from, for people's codes to be added to."""

    @cache
    def learnt() -> tuple[Any, Manner]:
        """Asked for only where people have coded."""
        known, terms = passages(), model.terms
        vectors = embed([passage.text for passage in known])
        of = _material(known, CodebookEvidence(book.themes, embed), vectors, terms)
        return of, _manner(vectors, terms)

    def material(name: str, terms: Vocabulary) -> Material | None:
        if name not in model.themes:
            return None
        of, manner = learnt()
        features, _, present = of(name)
        return Material(features, present, np.ones(len(present)), manner)

    return Ground(model, material)


def _material(
    passages: Sequence[ReferencePassage], evidence: CodebookEvidence, vectors: Vectors, terms: Vocabulary
) -> Callable[[str], tuple[Any, Floats, Flags]]:
    """By theme: the passages' features, not scaled, the codebook's scores, and whether they carry it."""
    texts = [passage.text for passage in passages]
    likeness = evidence.likeness(vectors).astype(np.float64)
    shared = together(vectors, terms(texts))

    def of(name: str) -> tuple[Any, Floats, Flags]:
        k = evidence.themes.index(name)
        own = evidence_of([evidence.matchers[k](text) for text in texts], likeness[:, k].tolist())
        present = np.array([name in passage.themes for passage in passages])
        return with_evidence(shared, own), own[:, 2], present

    return of


def _weights(present: Flags) -> Floats:
    """What passages weigh for a threshold and probabilities where a RATE of passages carry the theme."""
    odds = RATE / (1 - RATE)
    return np.where(present, 1.0, present.sum() / max((~present).sum(), 1) / odds)


def _manner(vectors: Vectors, terms: Vocabulary) -> Manner:
    return Manner(scales(vectors.shape[1], len(terms.names)), TRUST)


def _by_author(passages: Sequence[ReferencePassage]) -> Iterator[tuple[Any, Any]]:
    own = np.array([passage.author for passage in passages])
    for author in sorted(set(own.tolist())):
        yield np.flatnonzero(own != author), np.flatnonzero(own == author)


def _told(model: ThemeModel, told: Validity) -> ThemeModel:
    """The model, told as one that nobody has coded a passage of the corpus for."""
    why = (
        f"learnt from {told.passages:,} reference passages, precision {told.precision:.2f} and recall "
        f"{told.recall:.2f} on authors left out ({model.why})"
    )
    if model.method == CLASSIFIER:
        # As coarse as they are kept, so that a coder that was read codes as the one that was learnt.
        model = replace(model, weights=(model.weights).astype(np.float16).astype(np.float64))
    return replace(model, why=why, labels=0, positives=0, validity=told)


def _validity(name: str, passages: Sequence[ReferencePassage], coded: Flags, present: Flags) -> Validity:
    bare = np.array([name in passage.keywordless for passage in passages])
    near = np.array([name in passage.near_miss for passage in passages])
    return Validity(
        len(passages), int(present.sum()), int(coded.sum()), int((coded & present).sum()),
        _share(coded[bare]), _share(coded[near]),
    )  # fmt: skip


def _share(flags: Flags) -> float:
    return float(flags.mean()) if len(flags) else 0.0


def save(coder: Coder, file: Path) -> None:
    """Write the coder as arrays and text, without pickle: equal coders give equal files."""
    themes = list(coder.model.themes.values())
    nothing = np.zeros(max((len(theme.weights) for theme in themes), default=0))
    about = {
        "fingerprint": coder.fingerprint,
        "themes": [{key: value for key, value in asdict(one).items() if key != "weights"} for one in themes],
    }
    draft = file.with_suffix(".draft")
    with draft.open("wb") as stream:
        np.savez_compressed(
            stream,
            about=np.array(json.dumps(about, sort_keys=True)),
            names=np.array(coder.model.terms.names),
            idf=coder.model.terms.idf,
            weights=np.array(
                [(theme.weights if len(theme.weights) else nothing).astype(np.float16) for theme in themes]
            ),
        )
    draft.replace(file)


def load(file: Path, fingerprint: str) -> Coder | None:
    """The coder of that fingerprint; None where the file holds another or none, or can't be read."""
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as kept:
            about = json.loads(str(kept["about"]))
            if about["fingerprint"] != fingerprint:
                return None
            terms = Vocabulary(kept["names"].tolist(), kept["idf"])
            weights = kept["weights"].astype(np.float64)
        themes = {}
        for told, own in zip(about["themes"], weights, strict=True):
            curve, validity = Curve(**told.pop("curve")), Validity(**told.pop("validity"))
            themes[told["theme"]] = ThemeModel(**told, curve=curve, validity=validity, weights=own)
        return Coder(fingerprint, Model("", themes, terms))
    except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile):
        return None
