"""The archive's samples and codes -> code_sample, human_code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipeline import store
from pipeline.errors import ArchiveError
from pipeline.labelling import codes as coding
from pipeline.labelling import samples
from pipeline.records import short_id
from pipeline.store import Connection

SAMPLE = ("sample_id", "passage_id", "document_id", "text_hash", "unit", "stratum", "part", "probability",
          "part_probability", "drawn_at")  # fmt: skip
CODE = ("sample_id", "passage_id", "text_hash", "theme", "coder", "present", "codebook", "coded_at", "note")


def fill(connection: Connection, archive: Path) -> Iterator[str]:
    """Take in all samples and codes, unless their files are as they were. Yields what a person must know.

    A damaged sample is left out with its codes, and told of: without it they weigh nothing.
    """
    named = store.queries("index")
    fingerprint = _state(archive)
    if fingerprint == store.value(connection, named["known_labels"]):
        return
    connection.execute("DELETE FROM code_sample")
    connection.execute("DELETE FROM human_code")
    for sample_id in samples.known(archive):
        try:
            sample = samples.load(archive, sample_id)
        except ArchiveError as error:
            yield str(error)
            continue
        rows = [
            (sample_id, d.passage_id, d.document_id, d.text_hash, sample.unit, d.stratum, d.part,
             d.probability, d.part_probability, sample.drawn_at or None)
            for d in sample.passages
        ]  # fmt: skip
        store.insert(connection, "code_sample", SAMPLE, rows)
        coded = coding.read(archive, sample_id)
        yield from coding.told(coded)
        said = [
            (
                sample_id,
                c.passage_id,
                c.text_hash,
                c.theme,
                c.coder,
                c.present,
                c.codebook,
                c.at,
                c.note or None,
            )
            for c in coded.codes
        ]
        store.insert(connection, "human_code", CODE, said)
    connection.execute(named["mark_labels"], [fingerprint])


def _state(archive: Path) -> str:
    """Changes whenever a file of samples or codes does."""
    files = sorted(samples.folder(archive).glob("*/*.jsonl"))
    return short_id(
        *(f"{file.relative_to(archive)} {file.stat().st_size} {file.stat().st_mtime_ns}" for file in files)
    )
