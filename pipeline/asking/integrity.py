"""Whether everything is as it was written: archive, indexes, codes, models, caches, databases.

`--repair` makes again what follows from something else, keeps the damaged one under another name, and touches
no evidence. `--quick` takes what was not looked at for longest, up to a seventh of all bytes: in a week of
nightly runs everything is seen.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from pipeline.archive import Archive, index_of
from pipeline.archive.wholeness import COPY, Flaw
from pipeline.asking.parts import Part, parts, working
from pipeline.config import Config
from pipeline.durable import dumps, loads, seal, seal_of, set_aside, write_whole
from pipeline.errors import InputError, PipelineError, StoreError, is_short
from pipeline.progress import Tell
from pipeline.publishing import snapshot

NOTE = "verified.json"
PARTS = 7
LEAST = 64 * 1024 * 1024
"""A quick look takes a seventh of all bytes, and as many as this in any case."""


@dataclass(slots=True)
class Found:
    """What a look found: flaws, what was mended, and what could not be looked at now.

    `parts` were looked at, of so many `bytes`; `left` is how many were not, this time.
    """

    parts: int = 0
    left: int = 0
    bytes: int = 0
    seconds: float = 0.0
    flaws: list[Flaw] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def verify(config: Config, tell: Tell, quick: bool = False, repair: bool = False) -> Found:
    """Look at everything, or at a share of it, and mend what can be made again.

    Raises InputError where there is no data folder.
    """
    if not config.data.is_dir() or not any(folder.is_dir() for folder in (config.archive, config.working)):
        raise InputError(f"{config.data} holds no archive: nothing to verify. --data names another folder")
    began, found = time.perf_counter(), Found()
    looked_at, sound = _noted(config)
    every = sorted(parts(config, sound), key=lambda part: part.name)
    chosen = _chosen(every, looked_at) if quick else every
    found.parts, found.left = len(chosen), len(every) - len(chosen)
    found.bytes = sum(part.bytes for part in chosen)
    with tell.working("verify"), ThreadPoolExecutor(os.cpu_count()) as pool:
        flawed = []
        for done, (part, flaws) in enumerate(zip(chosen, pool.map(_look, chosen), strict=True), 1):
            if flaws:
                flawed.append((part, flaws))
            tell.steps(done, len(chosen))
    if repair:
        found.mended = [done for part, flaws in flawed for done in _mend(config, tell, part, flaws)]
    for part, flaws in flawed:
        # One may have followed from another: after mending, all are looked at again.
        left = [
            replace(flaw, file=str(Path(part.name).with_name(flaw.file)))
            for flaw in (_look(part) if found.mended else flaws)
        ]
        found.flaws += [flaw for flaw in left if flaw.todo]
        found.notes += [f"{flaw.file}: {flaw.what}" for flaw in left if not flaw.todo]
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    names = {part.name for part in every}
    kept = {name: at for name, at in looked_at.items() if name in names}
    bad = {part.name for part, _ in flawed}
    sound |= {part.name: part.state for part in chosen if part.state and part.name not in bad}
    _note(config, kept | {part.name: now for part in chosen}, sound)
    found.seconds = time.perf_counter() - began
    return found


def _look(part: Part) -> list[Flaw]:
    try:
        return part.look()
    except OSError as error:
        if is_short(error):
            raise
        name = Path(part.name).name
        return [Flaw(name, f"it can't be read: {error.strerror or error}", COPY.format(name))]


def _chosen(every: Sequence[Part], looked_at: dict[str, str]) -> list[Part]:
    """What was not looked at for longest, up to a share of all."""
    share = max(sum(part.bytes for part in every) / PARTS, LEAST)
    chosen, size = [], 0
    for part in sorted(every, key=lambda part: (looked_at.get(part.name, ""), part.name)):
        if size >= share:
            break
        chosen.append(part)
        size += part.bytes
    return sorted(chosen, key=lambda part: part.name)


def _noted(config: Config) -> tuple[dict[str, str], dict[str, str]]:
    """When each part was looked at last, and the state in which databases were found sound."""
    try:
        said = loads((config.working / NOTE).read_bytes())
        return dict(said["parts"]), dict(said["sound"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}, {}  # then it begins anew


def _note(config: Config, looked_at: dict[str, str], sound: dict[str, str]) -> None:
    try:
        config.working.mkdir(parents=True, exist_ok=True)
        write_whole(config.working / NOTE, dumps({"parts": looked_at, "sound": sound}) + b"\n")
    except OSError:
        return  # a disk that is read-only can be verified as well


def _mend(config: Config, tell: Tell, part: Part, flaws: Sequence[Flaw]) -> list[str]:
    """Make again what can be. Returns what was done."""
    file, kinds, done = config.data / part.name, {flaw.mends for flaw in flaws} - {""}, []
    for kind in sorted(kinds):
        try:
            done.append(f"{part.name}: {MENDERS[kind](config, tell, file)}")
        except (PipelineError, OSError) as error:
            tell.warn(f"{part.name} could not be mended: {error}")
    return done


def _again(config: Config, tell: Tell, file: Path) -> str:
    Archive(config.archive, config.source_of).make_index_again(file)
    return "its index was made again from the records; the old one is kept"


def _sealed(config: Config, tell: Tell, file: Path) -> str:
    seal(file, index_of(file))
    return "sealed anew: every record agrees with its digest"


def _aside(config: Config, tell: Tell, file: Path) -> str:
    aside = set_aside(file)
    seal_of(file).unlink(missing_ok=True)
    return f"moved to {aside.name}; `themeshift build` makes it again"


def _publish(config: Config, tell: Tell, file: Path) -> str:
    if flaws := working(config):
        raise StoreError(f"the working database is damaged, too: {flaws[0].what}")
    snapshot.publish(config, tell)
    return "published again from the working database"


MENDERS: dict[str, Callable[[Config, Tell, Path], str]] = {
    "index": _again, "seal": _sealed, "cache": _aside, "working": _aside, "publish": _publish,
}  # fmt: skip


def as_text(found: Found) -> str:
    """What was found, for a person: each flaw with what to do, and how much was looked at."""
    lines = [f"mended: {what}" for what in found.mended]
    for flaw in found.flaws:
        lines += [f"{flaw.file}: {flaw.what}", f"    {flaw.todo}"]
    lines += found.notes
    left = f"; {found.left} are looked at by the next runs" if found.left else ""
    state = f"{len(found.flaws)} damaged" if found.flaws else "whole"
    size = f"{found.parts} files and folders, {found.bytes / 1e6:,.1f} MB, in {found.seconds:.1f} s"
    return "\n".join([*lines, f"{state}: {size}{left}"])
