"""How often each term stands in each text: counted once, kept in working/words/ until the next fit."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.settings import Topics
from pipeline.topics import kept_arrays
from pipeline.topics.model import word_counter
from pipeline.topics.over_time import Indices, Sparse
from pipeline.topics.stop_words import WORD

Texts = Callable[[Sequence[str]], Sequence[tuple[str, str]]]
"""Fetches (hash, text) for hashes."""


@dataclass(frozen=True, slots=True)
class WordCounts:
    """Texts by their sorted `hashes` (n,), `terms`, and `matrix` (n, terms); `stop_words` were left out."""

    hashes: Any
    terms: Any
    matrix: Sparse
    stop_words: Any

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
        kept = _learnt(texts(hashes), topics)
    else:
        new = sorted(set(hashes) - set(kept.hashes.tolist()))
        if not new and len(wanted) == len(kept.hashes):
            return kept
        if new:
            found, words = zip(*texts(new), strict=True)
            kept = _joined(kept, np.array(found), counted_in(kept, words))
        kept = replace(kept, hashes=wanted, matrix=kept.matrix[kept.rows(wanted)])
    _save(path, kept)
    return kept


def _learnt(texts: Sequence[tuple[str, str]], topics: Topics) -> WordCounts:
    """The counts of the texts in the terms that they hold."""
    counter = word_counter(topics)
    hashes, words = zip(*texts, strict=True)
    matrix = counter.fit_transform(words).astype(np.int32)
    return WordCounts(
        np.array(hashes),
        counter.get_feature_names_out().astype(np.str_),
        matrix,
        np.array(counter.stop_words),
    )


def counted_in(known: WordCounts, texts: Sequence[str]) -> Sparse:
    """(n, terms): how often each of the known terms stands in each text, as `word_counter` counts them.

    Importing scikit-learn takes longer than counting what a build finds new.
    """
    from scipy import sparse

    number = {term: at for at, term in enumerate(known.terms.tolist())}
    find, left_out = re.compile(WORD).findall, frozenset(known.stop_words.tolist())
    data, indices, ends = [], [], [0]
    for text in texts:
        words = [word for word in find(text.lower()) if word not in left_out]
        pairs = (f"{first} {second}" for first, second in pairwise(words))
        counts = Counter(number[term] for term in (*words, *pairs) if term in number)
        indices += sorted(counts)
        data += [counts[term] for term in sorted(counts)]
        ends.append(len(indices))
    parts = np.array(data, dtype=np.int32), np.array(indices, dtype=np.int32), np.array(ends, dtype=np.int32)
    return sparse.csr_matrix(parts, shape=(len(texts), len(known.terms)))


def _joined(kept: WordCounts, hashes: Any, matrix: Sparse) -> WordCounts:
    from scipy import sparse

    both = np.concatenate([kept.hashes, hashes])
    order = np.argsort(both)
    joined = sparse.vstack([kept.matrix, matrix]).tocsr()[order]
    return replace(kept, hashes=both[order], matrix=joined)


def _load(path: Path) -> WordCounts | None:
    """None where there is no file, or it can't be read: it is made again."""
    from scipy import sparse

    parts = kept_arrays.kept(path, "hashes", "terms", "stop_words", "data", "indices", "indptr")
    if parts is None:
        return None
    hashes, terms, words, *cells = parts
    try:
        matrix = sparse.csr_matrix(tuple(cells), shape=(len(hashes), len(terms)))
    except ValueError:
        return None
    return WordCounts(hashes, terms, matrix, words)


def _save(path: Path, counts: WordCounts) -> None:
    """In place of those of earlier fits."""
    matrix = counts.matrix
    names = {"hashes": counts.hashes, "terms": counts.terms, "stop_words": counts.stop_words}
    parts = {"data": matrix.data, "indices": matrix.indices, "indptr": matrix.indptr}
    kept_arrays.keep(path, names | parts)
