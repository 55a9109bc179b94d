"""What a coder has before them: the passages of a sample in an order of their own, the codebook, their codes.

Nothing of the machine is in it: no score, no stratum, no part, no phrase.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from pipeline import store
from pipeline import themes as books
from pipeline.config import Config
from pipeline.errors import ConfigError, InputError
from pipeline.labelling import codes as coding
from pipeline.labelling import samples
from pipeline.labelling.codes import Code
from pipeline.labelling.frame import codebook_version
from pipeline.labelling.samples import Sample
from pipeline.records import short_id


@dataclass(frozen=True, slots=True)
class Item:
    """A passage to code; `about` is what the sample lets coders see of its document, by name."""

    passage_id: str
    text_hash: str
    text: str
    about: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Task:
    """A sample as one coder sees it. `gone` counts passages that are not published as they were drawn."""

    sample: Sample
    coder: str
    themes: Sequence[books.Theme]
    codebook: str
    items: Sequence[Item]
    gone: int
    sealed: int
    """Items of documents of which nothing but metadata may be passed on."""


def task(config: Config, sample_id: str, coder: str) -> Task:
    """Lay out a sample for a coder. Raises InputError where it, or a theme of it, is not there any more."""
    sample = samples.load(config.archive, sample_id)
    coder = coding.checked_coder(config.archive, sample_id, coder)
    book = books.load(config.codebook_file)
    themes = {theme.theme: theme for theme in book.themes}
    lost = [theme for theme in sample.themes if theme not in themes]
    if lost:
        raise ConfigError(
            f"{config.codebook_file} has no theme {lost[0]!r} any more, "
            f"which the sample {sample_id!r} is about: put it back, or draw a new sample"
        )
    found = _texts(config, sample)
    items, sealed = [], 0
    for drawn in _order(sample, coder):
        row = found.get(drawn.passage_id)
        if row is None or short_id(row["text"]) != drawn.text_hash:
            continue
        sealed += row["may_export"] == "metadata"
        items.append(Item(drawn.passage_id, drawn.text_hash, row["text"], _about(row, sample.show)))
    gone = len(sample.passages) - len(items)
    if not items:
        raise InputError(
            f"none of the {gone} passages of {sample_id!r} is published as it was drawn: draw a new sample"
        )
    chosen = [themes[theme] for theme in sample.themes]
    return Task(sample, coder, chosen, codebook_version(book), items, gone, sealed)


def given(config: Config, task: Task) -> dict[tuple[str, str], Code]:
    """(passage_id, theme) -> what the coder said last, of the texts as they are."""
    hashes = {item.passage_id: item.text_hash for item in task.items}
    latest = coding.read(config.archive, task.sample.sample_id).of(task.coder)
    return {key: code for key, code in latest.items() if hashes.get(key[0]) == code.text_hash}


def codes_of(task: Task, item: Item, present: Mapping[str, bool | None], note: str, via: str) -> list[Code]:
    """What a coder says of a passage now, as lines for the archive."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return [
        Code(item.passage_id, item.text_hash, theme, value, task.coder, task.codebook, at, note, via)
        for theme, value in present.items()
    ]


def _texts(config: Config, sample: Sample) -> dict[str, dict[str, Any]]:
    ids = [drawn.passage_id for drawn in sample.passages]
    with store.open_published(store.published_file(config)) as connection:
        result = connection.execute(store.queries("label")["texts"], [ids])
        names = [column[0] for column in result.description or ()]
        return {row[0]: dict(zip(names, row, strict=True)) for row in result.fetchall()}


def _order(sample: Sample, coder: str) -> list[samples.Drawn]:
    """A random order of each coder's own, so that fatigue falls on other passages; documents stay whole."""
    rng = np.random.default_rng(zlib.crc32(f"{sample.sample_id}\n{coder}".encode()))
    whole = sample.unit == "document"
    groups: dict[str, list[samples.Drawn]] = {}
    for drawn in sample.passages:
        groups.setdefault(drawn.document_id if whole else drawn.passage_id, []).append(drawn)
    names = list(groups)
    return [drawn for at in rng.permutation(len(names)) for drawn in groups[names[at]]]


def _about(row: Mapping[str, Any], show: Sequence[str]) -> dict[str, str]:
    about = {
        "title": row["title"],
        "source": row["source"],
        "date": _day(row["published"], row["published_precision"]),
    }
    return {key: str(about[key] or "") for key in show}


def _day(day: date, precision: str) -> str:
    form = {"year": "%Y", "month": "%B %Y"}.get(precision, f"{day.day} %B %Y")
    return day.strftime(form)
