"""passage -> embeddings: in Parquet files outside the database.

The cache is keyed by the hash of a text and the name of the model, so that a rebuild costs reading,
not embedding. Each part is written aside and renamed: an interrupted run keeps its finished parts.

When: texts that no file of the cache holds; a file that is not as it was sealed is set aside first.
Interrupted: finished files (20,000 texts each) stay.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from pipeline import store
from pipeline.config import Config
from pipeline.durable import as_sealed, seal, seal_of, set_aside
from pipeline.errors import StoreError
from pipeline.progress import Tell
from pipeline.records import short_id
from pipeline.store import Connection
from pipeline.topics.embedding import Vectors, embedder, made_by, unpack

Row = tuple[str, str]
PART = 20_000
PART_SECONDS = 60.0
"""A slow model's part is written after so long: that much is lost when it is interrupted, no more."""


def run(connection: Connection, config: Config, tell: Tell) -> int:
    """Embed the passages whose text no part of the cache holds. Returns how many texts."""
    named = store.queries("embed")
    for part in damaged(config):
        tell.warn(f"{part} is damaged: moved to {set_aside(part).name}, and its texts are embedded again")
        seal_of(part).unlink(missing_ok=True)
    attach(connection, config)
    total = int(store.value(connection, named["missing_count"]))
    if not total:
        return 0
    model = embedder(config)
    done, last = 0, ""
    while texts := connection.execute(named["missing"], [last, PART]).fetchall():
        keys: list[str] = []
        vectors: list[Vectors] = []
        began = time.monotonic()
        for batch in _batched(texts, model.batch):
            vectors.append(model([text for _, text in batch]))
            keys += [key for key, _ in batch]
            tell.steps(done + len(keys), total)
            if time.monotonic() - began > PART_SECONDS:
                break
        _write_part(connection, config, keys, np.concatenate(vectors))
        done, last = done + len(keys), keys[-1]
    attach(connection, config)
    _forget_others(_folder(config))
    return done


def _forget_others(folder: Path) -> None:
    """Remove what another version of the model's library, or of our own code, made of the same texts."""
    for other in folder.parent.iterdir():
        if other.is_dir() and other != folder:
            shutil.rmtree(other)
        elif other.name.endswith((".parquet", ".parquet.sha256")):
            other.unlink()


def _batched(rows: Sequence[Row], size: int) -> Iterator[Sequence[Row]]:
    return (rows[at : at + size] for at in range(0, len(rows), size))


def vectors_of(connection: Connection, config: Config) -> tuple[list[str], Vectors]:
    """Ids of all passages, sorted, and their vectors in the same order: (n,) and (n, dimensions)."""
    attach(connection, config)
    rows = connection.execute(store.queries("embed")["vectors"]).fetchnumpy()
    ids = [str(x) for x in rows["passage_id"]]
    return ids, unpack(rows["vector"])


def vectors_for(config: Config, texts: Sequence[str], tell: Tell) -> Vectors:
    """The vectors of any texts, (n, dimensions): the cache's, without the working database; others anew."""
    hashes = [short_id(text) for text in texts]
    with store.open_together() as connection:
        attach(connection, config)
        found = connection.execute(store.queries("embed")["known"], [sorted(set(hashes))]).fetchnumpy()
    rows = unpack(found["vector"])
    known = {str(key): rows[at] for at, key in enumerate(found["text_hash"])}
    missing = sorted({key: text for key, text in zip(hashes, texts, strict=True) if key not in known}.items())
    if missing:
        model = embedder(config)
        done = 0
        for batch in _batched(missing, model.batch):
            keys = [key for key, _ in batch]
            known |= dict(zip(keys, model([text for _, text in batch]), strict=True))
            done += len(batch)
            tell.steps(done, len(missing))
    return np.array([known[key] for key in hashes], dtype=np.float32)


def _folder(config: Config) -> Path:
    return config.working / "embeddings" / made_by(config)


def parts_of(config: Config) -> list[Path]:
    """The files of the cache."""
    return sorted(_folder(config).glob("*.parquet"))


def damaged(config: Config) -> list[Path]:
    """Those that are not as they were written."""
    return [part for part in parts_of(config) if as_sealed(part) is False]


def attach(connection: Connection, config: Config) -> None:
    """Make the view `embedding` over the parts of the cache. Raises StoreError where one is damaged."""
    if bad := damaged(config):
        raise StoreError(f"{bad[0]} is damaged: `themeshift embed` makes it again")
    if parts := parts_of(config):
        files = ", ".join(map(store.quoted, parts))
        source = f"SELECT text_hash, any_value(vector) AS vector FROM read_parquet([{files}]) GROUP BY 1"
    else:
        source = "SELECT NULL::TEXT AS text_hash, NULL::BLOB AS vector WHERE false"
    connection.execute(f"CREATE OR REPLACE TEMP VIEW embedding AS {source}")


def _write_part(connection: Connection, config: Config, keys: list[str], vectors: Vectors) -> None:
    import pandas as pd

    folder = _folder(config)
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{short_id(*keys)}.parquet"
    draft = part.with_suffix(".draft")
    blobs = [row.astype("<f4").tobytes() for row in vectors]
    connection.register("part", pd.DataFrame({"text_hash": keys, "vector": blobs}))
    connection.execute(
        "COPY (SELECT text_hash, vector::BLOB AS vector FROM part) TO ? (FORMAT parquet)", [str(draft)]
    )
    connection.unregister("part")
    with draft.open("rb") as stream:
        os.fsync(stream.fileno())
    draft.replace(part)
    seal(part)
