"""The codings of passages -> documents × ways to measure them, of the working or of a published database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline import store
from pipeline.config import Config
from pipeline.settings import Trend
from pipeline.shifts.variants import (
    AS_CODED,
    NONE,
    Column,
    Mask,
    Selection,
    Specification,
    Stretches,
    kept_of,
    selections,
    sides_of,
    specifications,
)
from pipeline.store import Connection
from pipeline.trends.corrected_points import corrected, difference
from pipeline.trends.corrections import corrections
from pipeline.trends.human_codes import human_codes
from pipeline.trends.prevalence import Documents
from pipeline.trends.resampling import Bootstrap, Floats, Indices
from pipeline.trends.series import mix_of

FEWEST = 5
"""A coding that fewer documents carry is no other analysis."""
PHRASES = 10
"""So many phrases are left out, one at a time: those that most passages rest on."""
PART = 0.25
"""How many of the coded passages stricter coding drops, and looser coding adds."""


@dataclass(frozen=True, slots=True)
class Material:
    """Documents with all ways to measure themes, and which of them may count.

    `documents` are the ids of those that trends count, which are no copies.
    """

    documents: tuple[str, ...]
    data: Documents
    columns: tuple[Column, ...]
    selections: tuple[Selection, ...]


@dataclass(frozen=True, slots=True)
class _Coded:
    """The passages with a sign of one theme: which document each is of, and what is known of it."""

    document: Indices
    coded: Mask
    score: Floats
    characters: Floats
    phrases: Sequence[Sequence[str]]


def material(connection: Connection, access: Sequence[str], theme: str | None = None) -> Material | None:
    """What is there to measure, of one theme or of all; None where no document counts."""
    named = store.queries("robustness")
    rows = connection.execute(named["documents"], [list(access)]).fetchall()
    place = {row[0]: at for at, row in enumerate(row for row in rows if row[-1] is None)}
    if not place:
        return None
    counts = {name: numbers for name, *numbers in connection.execute(named["passages"]).fetchall()}
    size = np.array([counts[name] for name in place], dtype=float)
    found = list(_columns(_coded(connection, place, theme), size))
    if not found:
        return None
    rows = [row for row in rows if row[-1] is None or row[-1] in place]
    leader = np.array([place[row[-1] or row[0]] for row in rows], dtype=np.intp)
    _, sources, published, precision, kinds, genres, of = zip(*rows, strict=True)
    values = np.column_stack([values for _, values in found])[leader]
    data = Documents(sources, published, precision, size[leader, 0], values)
    narrow = _narrow(connection, [row[0] for row in rows])
    full, copy = np.array([kind == "full" for kind in kinds]), np.array([one is not None for one in of])
    ways = selections(sources, genres, full, copy, narrow)
    return Material(tuple(place), data, tuple(column for column, _ in found), tuple(ways))


def _narrow(connection: Connection, documents: Sequence[str]) -> Mask | None:
    """(n,): which documents name the subject by two terms or more, or are of a source all about it."""
    named = store.queries("robustness")
    working = store.value(connection, named["working"])
    terms = dict(connection.execute(named["terms" if working else "published_terms"]).fetchall())
    number = np.array([terms.get(name) or 0 for name in documents])
    return number != 1 if (number > 0).any() else None


def _coded(connection: Connection, place: dict[str, int], theme: str | None) -> Iterator[tuple[str, _Coded]]:
    by_theme: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for name, document, *rest in connection.execute(store.queries("robustness")["codings"]).fetchall():
        if document in place and theme in (None, name):
            by_theme[name].append((place[document], *rest))
    for name, rows in sorted(by_theme.items()):
        document, coded, score, characters, phrases = zip(*rows, strict=True)
        yield name, _Coded(
            np.array(document, dtype=np.intp), np.array(coded, dtype=bool), np.array(score, dtype=float),
            np.array(characters, dtype=float), [own or () for own in phrases],
        )  # fmt: skip


def _columns(themes: Iterator[tuple[str, _Coded]], size: Floats) -> Iterator[tuple[Column, Floats]]:
    """Each way to measure each theme, with its values (n,). `size` (n, 2): passages and characters."""
    for theme, own in themes:
        for coding, mask in _codings(own):
            hits = np.bincount(own.document[mask], minlength=len(size))
            if (hits > 0).sum() < FEWEST and coding != AS_CODED:
                continue
            length = np.bincount(own.document[mask], own.characters[mask], len(size))
            yield Column(theme, "share", coding=coding), hits / size[:, 0]
            yield Column(theme, "share", "by length", coding), length / size[:, 1]
            yield Column(theme, "mention", coding=coding), (hits > 0).astype(float)
        for phrase, mask in _without(own):
            hits = np.bincount(own.document[mask], minlength=len(size))
            yield Column(theme, "share", phrase=phrase), hits / size[:, 0]
            yield Column(theme, "mention", phrase=phrase), (hits > 0).astype(float)


def _codings(own: _Coded) -> Iterator[tuple[str, Mask]]:
    """Which passages carry the theme: as coded; the surest three in four; a quarter more; phrases alone."""
    yield AS_CODED, own.coded
    if not own.coded.any():
        return
    surer = own.coded & (own.score > np.quantile(own.score[own.coded], PART))
    if surer.any() and (surer != own.coded).any():
        yield "the surer ones", surer
    others = np.flatnonzero(~own.coded)
    if len(others):
        more = own.coded.copy()
        more[others[np.argsort(-own.score[others], kind="stable")[: int(PART * own.coded.sum())]]] = True
        if (more != own.coded).any():
            yield "less sure ones too", more
    phrases = np.array([len(words) > 0 for words in own.phrases], dtype=bool)
    if (phrases != own.coded).any():
        yield "phrases alone", phrases


def _without(own: _Coded) -> Iterator[tuple[str, Mask]]:
    """The coding without each phrase that passages rest on: of those that rest on nothing else."""
    alone: dict[str, list[int]] = defaultdict(list)
    for at in np.flatnonzero(own.coded).tolist():
        words = {word.lower() for word in own.phrases[at]}
        if len(words) == 1:
            alone[words.pop()].append(at)
    for phrase in sorted(alone, key=lambda phrase: (-len(alone[phrase]), phrase))[:PHRASES]:
        mask = own.coded.copy()
        mask[alone[phrase]] = False
        if mask.any():
            yield phrase, mask


def analyses(
    connection: Connection, config: Config, stretches: Stretches, theme: str | None = None
) -> list[Specification]:
    """Every analysis of the change between two stretches, of one theme or of all."""
    of = material(connection, config.trend.access, theme)
    if of is None:
        return []
    bootstrap = Bootstrap(config.trend.resamples, config.trend.seed, config.trend.level)
    mix = mix_of(
        [name for name, kept in zip(of.data.source, of.selections[0].kept, strict=True) if kept], config
    )
    found = specifications(of.data, of.columns, of.selections, stretches, mix, bootstrap)
    return found + list(_corrected(connection, of, stretches, config.trend, bootstrap))


def _corrected(
    connection: Connection, of: Material, stretches: Stretches, settings: Trend, bootstrap: Bootstrap
) -> Iterator[Specification]:
    """The themes as published, corrected by people's codes where there are enough."""
    codes = human_codes(connection, of.documents)
    plain = [at for at, column in enumerate(of.columns) if column.plain]
    if not codes.passages:
        return
    data = kept_of(of.data, of.selections[0].kept, plain)
    names = [(of.columns[at].measure, of.columns[at].theme) for at in plain]
    both = sides_of(data, stretches, bootstrap)
    if both is None:
        return
    pair, crude = both
    for one in corrections(data, names, codes, settings, each_source=False).series:
        moved = difference(one.found, one.frame, pair, crude, one.column, bootstrap)
        levels = [
            float(corrected(one.found, one.frame, cell, own, one.column, bootstrap).prevalence[0])
            for cell, own in zip(pair, crude, strict=True)
        ]
        numbers = (float(x[0]) for x in (moved.value, moved.lower, moved.upper))
        column = of.columns[plain[one.column]]
        yield Specification(column, "corrected", "once", "all", NONE, *levels, *numbers)
