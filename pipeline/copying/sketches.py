"""Sketches of texts, kept in the working database: what finds the pairs that are worth measuring."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import numpy as np

from pipeline import store
from pipeline.config import Config
from pipeline.copying.likeness import bands, marks, parse
from pipeline.progress import Tell
from pipeline.store import Connection
from pipeline.workers import Limits, Lost, Workers

BATCH = 500
ALONE = 10_000
"""So many texts are worth a second process."""

SECONDS = 300.0
Sketch = tuple[str, np.ndarray, np.ndarray]
"""A text's hash, its marks and its bands."""


def renew(connection: Connection, config: Config, rule: str, tell: Tell) -> int:
    """Sketch the texts that `rule` has not sketched, and drop what is not needed. Returns how many."""
    named = store.queries("compare")
    connection.execute(named["drop_stale_sketches"], [rule])
    connection.execute(named["drop_stale_marks"])
    total = int(store.value(connection, named["how_many_unsketched"]))
    done = 0
    for sketches in _sketches(_batches(connection), total, config):
        _keep(connection, sketches, rule)
        done += len(sketches)
        tell.steps(done, total)
    return done


def sketch(texts: Sequence[tuple[str, str]]) -> list[Sketch]:
    """(hash, text) -> sketches. A text without words has an empty one."""
    parsed = {name: parse(text) for name, text in texts}
    spoken = {name: text for name, text in parsed.items() if len(text.runs)}
    none = np.empty(0, dtype=np.uint32)
    found = {name: (name, none, none) for name in parsed}
    if spoken:
        rows = bands(list(spoken.values()))
        found |= {
            name: (name, marks(text), row) for (name, text), row in zip(spoken.items(), rows, strict=True)
        }
    return list(found.values())


def _batches(connection: Connection) -> Iterator[list[tuple[str, str]]]:
    """Texts batch by batch: a hundred thousand of them needn't be in memory at once."""
    named = store.queries("compare")
    names = [name for (name,) in connection.execute(named["unsketched"]).fetchall()]
    for at in range(0, len(names), BATCH):
        yield connection.execute(named["texts_of"], [names[at : at + BATCH]]).fetchall()


def _sketches(batches: Iterator[list[tuple[str, str]]], total: int, config: Config) -> Iterator[list[Sketch]]:
    processes = min(config.read.processes or os.cpu_count() or 1, total // ALONE + 1)
    if processes == 1:
        yield from map(sketch, batches)
        return
    with Workers(
        processes, Limits(SECONDS, config.read.megabytes), ("pipeline.copying.sketches",)
    ) as workers:
        for batch, found in workers.map(sketch, batches):
            yield sketch(batch) if isinstance(found, Lost) else found


def _keep(connection: Connection, sketches: list[Sketch], rule: str) -> None:
    import pandas as pd

    keys = np.array([int(name, 16) for name, _, _ in sketches], dtype=np.uint64)
    held = [np.concatenate(parts) for _, *parts in sketches]
    places = [np.arange(len(some) + len(all_bands)) - len(some) + 1 for _, some, all_bands in sketches]
    frame = {
        "text_key": np.repeat(keys, [len(values) for values in held]),
        "part": np.concatenate(places).clip(0).astype(np.int8),
        "mark": np.concatenate(held),
    }
    store.insert_frame(connection, "sketch", pd.DataFrame(frame))
    store.insert(connection, "sketched", ("text_hash", "rule"), [(name, rule) for name, _, _ in sketches])
