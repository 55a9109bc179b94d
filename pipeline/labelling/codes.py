"""What coders said: lines in the archive, one per passage and theme, only ever appended to and synced.

The stage `index` takes samples and codes into the tables `code_sample` and `human_code`.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline import store
from pipeline.durable import append_lines, loads, sync_folder
from pipeline.errors import ArchiveError, InputError
from pipeline.labelling import samples
from pipeline.records import short_id
from pipeline.store import Connection

PREFIX = "coder-"
SAMPLE = ("sample_id", "passage_id", "document_id", "text_hash", "unit", "stratum", "part", "purpose",
          "probability", "part_probability", "drawn_at")  # fmt: skip
CODE = ("sample_id", "passage_id", "text_hash", "theme", "coder", "present", "codebook", "coded_at", "note")


@dataclass(frozen=True, slots=True)
class Code:
    """What a coder said of a theme in a passage: `present` is None for "can't tell".

    `codebook` is the version they had before them, `text_hash` the text, `via` page or sheet.
    """

    passage_id: str
    text_hash: str
    theme: str
    present: bool | None
    coder: str
    codebook: str
    at: str
    note: str = ""
    via: str = "page"


@dataclass(frozen=True, slots=True)
class Coded:
    """What was said of a sample: the latest of each coder, passage and theme; lines that can't be read."""

    codes: Sequence[Code]
    unreadable: Mapping[str, int]

    @property
    def coders(self) -> list[str]:
        """Who coded, in order."""
        return sorted({code.coder for code in self.codes})

    def of(self, coder: str) -> dict[tuple[str, str], Code]:
        """(passage_id, theme) -> what that coder said last."""
        return {(code.passage_id, code.theme): code for code in self.codes if code.coder == coder}


def file_of(archive: Path, sample_id: str, coder: str) -> Path:
    """Where a coder's codes of a sample lie."""
    return samples.sample_file(archive, sample_id).with_name(f"{PREFIX}{coder}.jsonl")


def checked_coder(archive: Path, sample_id: str, coder: str) -> str:
    """A coder's name, fit for a file. Raises InputError, also where but for capitals it is in use."""
    coder = samples.checked_name(coder, "coder")
    for other in (_coder_of(path) for path in files(archive, sample_id)):
        if other != coder and other.casefold() == coder.casefold():
            raise InputError(f"{sample_id!r} has codes by {other!r}: is that you? Then write the name so")
    return coder


def files(archive: Path, sample_id: str) -> list[Path]:
    """The files of codes of a sample."""
    return sorted(samples.sample_file(archive, sample_id).parent.glob(f"{PREFIX}*.jsonl"))


def append(archive: Path, sample_id: str, codes: Sequence[Code]) -> None:
    """Add codes of one coder; when it returns they are on disk. Raises ArchiveError."""
    if not codes:
        return
    path = file_of(archive, sample_id, codes[0].coder)
    try:
        new = not path.exists()
        # Two pages of one coder may save at once.
        with path.open("ab") as guard:
            fcntl.flock(guard, fcntl.LOCK_EX)
            append_lines(path, [{"type": "code", "sample": sample_id, **asdict(code)} for code in codes])
        if new:
            sync_folder(path.parent)
    except OSError as error:
        raise ArchiveError(
            f"{path} can't be written: {error.strerror}. Nothing that was saved is lost"
        ) from error


def read(archive: Path, sample_id: str) -> Coded:
    """All codes of a sample. Lines that can't be read are counted; a torn last one was never acknowledged."""
    latest: dict[tuple[str, str, str], Code] = {}
    unreadable: dict[str, int] = {}
    for path in files(archive, sample_id):
        lines = path.read_bytes().split(b"\n")
        for line in lines[:-1]:
            try:
                code = _code(loads(line + b"\n"))
            except (ValueError, KeyError, TypeError):
                unreadable[path.name] = unreadable.get(path.name, 0) + 1
                continue
            latest[code.coder, code.passage_id, code.theme] = code
    return Coded(list(latest.values()), unreadable)


def told(coded: Coded) -> Iterable[str]:
    """What to say of lines that can't be read."""
    for name, number in coded.unreadable.items():
        yield f"{name}: {number} lines can't be read and were passed over; restore it from a copy"


def _code(line: Any) -> Code:
    code = Code(**{name: line[name] for name in Code.__dataclass_fields__})
    datetime.fromisoformat(code.at)
    if code.present not in (True, False, None) or not code.passage_id or not code.theme:
        raise ValueError("not a code")
    return code


def _coder_of(path: Path) -> str:
    return path.name.removeprefix(PREFIX).removesuffix(".jsonl")


def fill(connection: Connection, archive: Path) -> Iterator[str]:
    """Take in all samples and codes, unless their files are as they were. Yields what a person must know.

    A damaged sample is left out with its codes, and told of: without it they weigh nothing.
    """
    fingerprint = _state(archive)
    if store.unchanged(connection, "labels", fingerprint):
        return
    connection.execute("DELETE FROM code_sample")
    connection.execute("DELETE FROM human_code")
    for sample_id in samples.known(archive):
        try:
            sample = samples.load(archive, sample_id)
        except ArchiveError as error:
            yield str(error)
            continue
        by_lot = sample.purpose == samples.ESTIMATE
        rows = [
            (sample_id, d.passage_id, d.document_id, d.text_hash, sample.unit, d.stratum, d.part,
             sample.purpose, *((d.probability, d.part_probability) if by_lot else (None, None)),
             sample.drawn_at or None)
            for d in sample.passages
        ]  # fmt: skip
        store.insert(connection, "code_sample", SAMPLE, rows)
        coded = read(archive, sample_id)
        yield from told(coded)
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
    store.mark(connection, "labels", fingerprint)


def _state(archive: Path) -> str:
    """Changes whenever a file of samples or codes does."""
    files = sorted(samples.folder(archive).glob("*/*.jsonl"))
    return short_id(
        *(f"{file.relative_to(archive)} {file.stat().st_size} {file.stat().st_mtime_ns}" for file in files)
    )
