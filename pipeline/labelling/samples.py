"""A sample as it lies in the archive: what was drawn, from what, and with what probability."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pipeline.durable import dumps, loads, sync_folder, to_disk
from pipeline.errors import ArchiveError, InputError
from pipeline.labelling.drawing import Stratum

NAME = re.compile(r"\w[\w.-]{0,39}")
SHOWN = ("title", "source", "date")
"""What coders may be shown of a passage's document."""
ESTIMATE, TRAINING = "estimate", "training"
CHOSEN = ("suggested", "chosen")
"""Levels of strata that are none: their passages were not drawn by lot."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A passage of a sample, the probability that it is in it, and that it is in this part of it."""

    passage_id: str
    document_id: str
    text_hash: str
    stratum: str
    part: str
    probability: float
    part_probability: float


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample: `unit` is passage or document, `frame` what it was drawn from, `show` what coders see.

    `drawn_at` is when it was drawn, UTC; empty where its file doesn't say. `purpose` is to estimate, or
    training: then its passages were chosen, and stand in no sample that estimates.
    """

    sample_id: str
    drawn_at: str
    unit: str
    themes: tuple[str, ...]
    show: tuple[str, ...]
    codebook: str
    frame: Mapping[str, Any]
    strata: tuple[Stratum, ...]
    passages: tuple[Drawn, ...]
    purpose: str = ESTIMATE


def folder(archive: Path) -> Path:
    """Where the samples lie, a folder each."""
    return archive / "labels"


def sample_file(archive: Path, sample_id: str) -> Path:
    """The file of a sample."""
    return folder(archive) / sample_id / "sample.jsonl"


def checked_name(name: str, what: str) -> str:
    """A name that can be a file's, in one way of writing it. Raises InputError."""
    name = unicodedata.normalize("NFC", name.strip())
    if not NAME.fullmatch(name):
        raise InputError(
            f"{name!r} can't be the name of a {what}: up to 40 letters, digits, '.', '-' and '_', "
            "beginning with a letter or digit"
        )
    return name


def keep(archive: Path, sample: Sample) -> Path:
    """Write a new sample, whole or not at all. Raises InputError where its name is taken, ArchiveError."""
    path = sample_file(archive, sample.sample_id)
    if path.exists():
        raise InputError(
            f"there is a sample {sample.sample_id!r} already, and samples stay: choose another --name"
        )
    about = asdict(sample)
    strata, passages = about.pop("strata"), about.pop("passages")
    about |= {"passages": len(passages)}
    lines = [
        {"type": "sample", **about},
        *({"type": "stratum", **stratum} for stratum in strata),
        *({"type": "passage", **passage} for passage in passages),
    ]
    draft = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as stream:
            stream.writelines(dumps(line) + b"\n" for line in lines)
            stream.flush()
            to_disk(stream.fileno())
        draft.replace(path)
        sync_folder(path.parent)
        sync_folder(path.parent.parent)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise ArchiveError(f"{path} can't be written: {error.strerror}") from error
    return path


def known(archive: Path) -> list[str]:
    """The names of all samples, in order."""
    return sorted(path.parent.name for path in folder(archive).glob("*/sample.jsonl"))


def load(archive: Path, sample_id: str) -> Sample:
    """Read a sample. Raises InputError for one that is not there, ArchiveError for one that is damaged."""
    path = sample_file(archive, sample_id)
    if not path.exists():
        raise InputError(_not_there(sample_id, known(archive)))
    try:
        lines = [loads(line) for line in path.read_bytes().splitlines(keepends=True)]
        about = lines[0]
        number = about.pop("passages")
        strata = tuple(_made(Stratum, line) for line in lines if line["type"] == "stratum")
        passages = tuple(_made(Drawn, line) for line in lines if line["type"] == "passage")
        lists = {"themes": tuple(about["themes"]), "show": tuple(about["show"])}
        drawn_at = about.get("drawn_at") or ""
        if drawn_at:
            datetime.fromisoformat(drawn_at)
        # Files of before there were purposes.
        chosen = bool(strata) and all(stratum.level in CHOSEN for stratum in strata)
        purpose = about.get("purpose") or (TRAINING if chosen else ESTIMATE)
        own = about | lists | {
            "strata": strata, "passages": passages, "drawn_at": drawn_at, "purpose": purpose
        }  # fmt: skip
        sample: Sample = _made(Sample, own)
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise ArchiveError(f"{path} is damaged ({error}): restore it from a copy of the archive") from error
    if len(sample.passages) != number:
        raise ArchiveError(
            f"{path} is damaged: {len(sample.passages)} of its {number} passages are there; "
            "restore it from a copy"
        )
    return sample


def kept_for_training(archive: Path) -> tuple[set[str], set[str]]:
    """Documents, and hashes of texts, of samples for training."""
    documents: set[str] = set()
    texts: set[str] = set()
    for name in known(archive):
        sample = load(archive, name)
        if sample.purpose == TRAINING:
            documents |= {one.document_id for one in sample.passages}
            texts |= {one.text_hash for one in sample.passages}
    return documents, texts


def _made(kind: type[Any], line: Mapping[str, Any]) -> Any:
    return kind(**{item.name: line[item.name] for item in fields(kind)})


def _not_there(sample_id: str, names: list[str]) -> str:
    if not names:
        return f"there is no sample {sample_id!r}, nor any other: draw one with `themeshift label draw`"
    close = get_close_matches(sample_id, names, n=1, cutoff=0.5)
    hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(names)}"
    return f"there is no sample {sample_id!r}; {hint}"
