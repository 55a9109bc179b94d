"""What a backup holds: everything that can't be made again, with what may become of each kind of file.

The table in docs/operating.md says of each folder why it is here, or why not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pipeline.archive import Archive, index_of
from pipeline.archive.index import end_of_index
from pipeline.config import Config
from pipeline.durable import read_lines, read_seal, seal_of
from pipeline.errors import ModelError
from pipeline.topics import saved_fits

RECORDS, GROWS, STAYS, FOLLOWS = "records", "grows", "stays", "follows"
"""What may become of a file: a WARC file grows, and loses what was forgotten; a file of lines grows; others
stay as they are, or follow from something else or from a person, and may become another."""
EVIDENCE = (RECORDS, GROWS, STAYS)
ARCHIVE, MODELS, SETTINGS, OUTSIDE, LOGS = "archive", "models", "settings", "outside", "logs"
NOTE = "backup.json"
"""In the working folder: when the last backup was made, where, and whether it was whole."""
NOTIFIED = "working/notified.jsonl"
FIT = re.compile(r"[0-9a-f]{16}")
DRAFT = re.compile(r"\.(?:draft|tmp|part|\d+)$")
"""What is being written, and will have another name."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to keep: its name in the backup, where it lies, and its kind.

    `limit` tells, when it is asked, up to which byte it is acknowledged; None for all of it. `sealed` is the
    SHA-256 that its seal states; "" where there is none. Files of one `group` are taken together.
    """

    name: str
    file: Path
    kind: str
    limit: Callable[[], int | None] = lambda: None
    sealed: str = ""
    group: str = ""


def sources(config: Config) -> Iterator[Source]:
    """Everything to keep, in the order in which it is to be copied.

    Models come first, then the archive: it then holds at least what they were fitted on, whatever is being
    gathered and built meanwhile. Indexes come before their WARC files, which are synced first.
    """
    yield from models(config)
    yield from _archive(config)
    if (file := config.data / NOTIFIED).exists():
        yield _grows(NOTIFIED, file)
    for file in sorted((config.data / "logs").glob("impact-*.md")):
        yield Source(f"{LOGS}/{file.name}", file, FOLLOWS)
    yield from settings(config)


def _grows(name: str, file: Path) -> Source:
    return Source(name, file, GROWS, partial(whole_lines, file))


def models(config: Config) -> Iterator[Source]:
    """The history of fits, and the last of them."""
    history = config.models / "lineage.jsonl"
    fits = [str(line.get("fit_id")) for line in read_lines(history)]
    if history.exists():
        yield _grows(f"{MODELS}/lineage.jsonl", history)
    for fit in fits[-max(config.topics.keep, 1) :]:
        try:
            digests = saved_fits.manifest_of(config.models, fit)["files"]
        except ModelError:
            digests = {}
        for file in _files(config.models / fit):
            sealed = str(digests.get(file.relative_to(config.models / fit).as_posix(), ""))
            name = f"{MODELS}/{file.relative_to(config.models).as_posix()}"
            yield Source(name, file, FOLLOWS, sealed=sealed, group=fit)


def _archive(config: Config) -> Iterator[Source]:
    records = Archive(config.archive).files()
    known = {path for file in records for path in (file, index_of(file), seal_of(file))}
    for file in records:
        index, seals = index_of(file), _sealed(file)
        if index.exists():
            sealed = seals.get(index.name, "")
            yield Source(_name(config, index), index, FOLLOWS, partial(whole_lines, index), sealed, file.name)
        sealed, limit = seals.get(file.name, ""), partial(_acknowledged, file)
        yield Source(_name(config, file), file, RECORDS, limit, sealed, file.name)
        if seals:
            yield Source(_name(config, seal_of(file)), seal_of(file), FOLLOWS, group=file.name)
    for file in _files(config.archive):
        if file not in known:
            lines = file.name.startswith("coder-") or file.parent == config.archive
            grows, name = lines and file.suffix == ".jsonl", _name(config, file)
            yield _grows(name, file) if grows else Source(name, file, STAYS)


def settings(config: Config) -> Iterator[Source]:
    """config.toml and the files that it names; what lies outside of its folder is named by its whole path."""
    reference = config.reference
    named = [config.file, config.codebook_file, config.events_file, config.scope_file, config.rights_file]
    named += [config.root / reference.sources, config.coder_file]
    folders = [config.passages_folder] if config.passages_folder else []
    embedder = config.root / config.embed.model.partition(":")[2]
    folders += [embedder] if ":" in config.embed.model and embedder.is_dir() else []
    files = [*named, *(file for folder in folders for file in _files(folder))]
    for file in dict.fromkeys(path for path in files if path.is_file()):
        yield Source(_setting(config, file), file, FOLLOWS)


def _setting(config: Config, file: Path) -> str:
    whole = Path(file).resolve()
    inside = file.is_relative_to(config.root) and ".." not in file.relative_to(config.root).parts
    return (
        f"{SETTINGS}/{file.relative_to(config.root).as_posix()}" if inside else f"{OUTSIDE}{whole.as_posix()}"
    )


def place_of(name: str, config: Config) -> Path:
    """Where a file of a backup belongs."""
    room, _, rest = name.partition("/")
    roots = {ARCHIVE: config.archive, MODELS: config.models, SETTINGS: config.root, OUTSIDE: Path("/")}
    return roots[room] / rest if room in roots else config.data / name


def whole_lines(file: Path) -> int:
    """Up to which byte a file of lines, which may be growing, has whole lines."""
    with file.open("rb") as stream:
        at = 0
        for line in stream:
            at += len(line) if line.endswith(b"\n") else 0
    return at


def _acknowledged(file: Path) -> int | None:
    """Up to which byte a WARC file is told by its index; None where nothing tells of it, or it is cut."""
    end = end_of_index(index_of(file))
    return end if 0 < end <= file.stat().st_size else None


def _sealed(file: Path) -> dict[str, str]:
    try:
        return read_seal(file)
    except (OSError, ValueError):
        return {}  # verify tells of it


def _files(folder: Path) -> Sequence[Path]:
    found = (path for path in folder.rglob("*") if path.is_file() and not DRAFT.search(path.name))
    return sorted(
        path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def _name(config: Config, file: Path) -> str:
    return f"{ARCHIVE}/{file.relative_to(config.archive).as_posix()}"
