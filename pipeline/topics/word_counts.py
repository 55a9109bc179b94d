"""How often each term stands in each text: counted once, kept in working/words/ until the next fit."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from pipeline.settings import Topics
from pipeline.topics.model import word_counter
from pipeline.topics.over_time import Indices, Sparse

Texts = Callable[[Sequence[str]], Sequence[tuple[str, str]]]
"""Fetches (hash, text) for hashes."""


@dataclass(frozen=True, slots=True)
class WordCounts:
    """Texts by their sorted `hashes` (n,), `terms`, and `matrix` (n, terms)."""

    hashes: Any
    terms: Any
    matrix: Sparse

    def rows(self, hashes: Any) -> Indices:
        """Where the texts of these hashes stand."""
        return np.asarray(np.searchsorted(self.hashes, hashes), dtype=np.int64)


def word_counts(folder: Path, key: str, hashes: Sequence[str], texts: Texts, topics: Topics) -> WordCounts:
    """The counts of the texts of these hashes, sorted; those of the file `key` are taken from it.

    Terms are learnt from the texts there are when the file is made; later texts are counted in these.
    """
    path = folder / f"{key}.npz"
    kept = _load(path)
    wanted = np.array(hashes, dtype=np.str_)
    if kept is None:
        found, matrix, terms = _count(texts(hashes), topics, None)
        kept = WordCounts(found, terms, matrix)
    else:
        new = sorted(set(hashes) - set(kept.hashes.tolist()))
        if not new and len(wanted) == len(kept.hashes):
            return kept
        if new:
            found, matrix, _ = _count(texts(new), topics, kept.terms)
            kept = _joined(kept, found, matrix)
        kept = WordCounts(wanted, kept.terms, kept.matrix[kept.rows(wanted)])
    _save(path, kept)
    return kept


def _count(texts: Sequence[tuple[str, str]], topics: Topics, known: Any) -> tuple[Any, Sparse, Any]:
    counter = word_counter(topics, known)
    hashes, words = zip(*texts, strict=True)
    matrix = counter.fit_transform(words) if known is None else counter.transform(words)
    return np.array(hashes), matrix.astype(np.int32), counter.get_feature_names_out().astype(np.str_)


def _joined(kept: WordCounts, hashes: Any, matrix: Sparse) -> WordCounts:
    from scipy import sparse

    both = np.concatenate([kept.hashes, hashes])
    order = np.argsort(both)
    return WordCounts(both[order], kept.terms, sparse.vstack([kept.matrix, matrix]).tocsr()[order])


def _load(path: Path) -> WordCounts | None:
    """None where there is no file, or it can't be read: it is made again."""
    from scipy import sparse

    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            parts = file["data"], file["indices"], file["indptr"]
            hashes, terms = file["hashes"], file["terms"]
            return WordCounts(hashes, terms, sparse.csr_matrix(parts, shape=(len(hashes), len(terms))))
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None


def _save(path: Path, counts: WordCounts) -> None:
    """Beside, then in place; files of earlier fits go."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    with draft.open("wb") as stream:
        matrix = counts.matrix
        parts = {"data": matrix.data, "indices": matrix.indices, "indptr": matrix.indptr}
        np.savez(stream, hashes=counts.hashes, terms=counts.terms, **parts)
    draft.replace(path)
    for other in path.parent.iterdir():
        if other != path:
            other.unlink()
