"""Backing up: what can't be made again, taken file by file, and never a damaged one in place of a good one.

A file whose size and date are those of the last time isn't read again. One that may only grow must begin
with the bytes that the backup has; one with a seal must be as sealed. What isn't so is kept apart and told,
and the backup keeps what it had (docs/decisions/0034).
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from os import getpid, stat_result
from pathlib import Path

from pipeline.archive.forgetting import PIECE, holds, only_forgotten
from pipeline.archive.index import forgotten
from pipeline.config import Config
from pipeline.durable import sync_folder, write_whole
from pipeline.errors import InputError
from pipeline.operating import backup_files as disk
from pipeline.operating import kept
from pipeline.operating.backup_files import Backup, Entry, UnreadableError, existing, now
from pipeline.operating.kept import EVIDENCE, FOLLOWS, RECORDS, STAYS, Source
from pipeline.operating.traces import only_blanked
from pipeline.progress import Tell

MEANT = "if that is meant, `themeshift backup {} --accept` takes it so, and keeps the earlier one in older/"
NO_OTHER = "the backup has no better one: restore it from another copy, and back up again"
SEALED = "it is not as it was when it was sealed: `themeshift verify` tells more"


@dataclass(frozen=True, slots=True)
class Problem:
    """What a person must look at: the file, what is wrong, and what to do."""

    name: str
    what: str
    todo: str


@dataclass(slots=True)
class Done:
    """What a run did: files looked at, files and bytes copied, and how many files were unchanged, let go, or
    taken without what was forgotten."""

    files: int = 0
    copied: int = 0
    bytes: int = 0
    unchanged: int = 0
    gone: int = 0
    forgot: int = 0
    seconds: float = 0.0
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Staged:
    """A file that was copied to a draft; `why` it can't be taken in place of what the backup has, or "".

    `grown`: it begins with all that the backup has of it. `forgot`: it is that without what was forgotten.
    """

    source: Source
    entry: Entry
    draft: Path
    why: str
    grown: bool
    forgot: bool = False


def backup(config: Config, folder: Path, tell: Tell, accept: bool = False) -> Done:
    """Bring a backup up to date. `accept`: what has changed or gone is meant to be so.

    Raises InputError for a folder that can't be one, BackupError where the disk refuses: what was taken by
    then stays, and the next run goes on.
    """
    folder = folder.expanduser().resolve()
    _check_place(config, folder)
    began = time.perf_counter()
    with disk.locked(folder), disk.writing(folder), tell.working("backup"):
        held = Backup(folder)
        disk.check_folder(held)
        held.read()
        held.clear_drafts()
        run = _Run(config, held, accept)
        listed = list(kept.sources(config))
        _check_same(held, listed)
        run.take_all(listed, tell)
        if run.vanished:  # a build fitted topics anew meanwhile, and let an earlier fit go
            again = list(kept.models(config))
            run.take_all(again, tell)
            listed += again
        run.drop({source.name for source in listed})
        run.held.clear_apart(run.apart)
        about = {"at": now().isoformat(timespec="seconds"), "data": str(config.data)}
        held.finish(about | {"config": f"{kept.SETTINGS}/{config.file.name}"})
        run.done.seconds = time.perf_counter() - began
        _note(config, folder, run.done)
    return run.done


def check(folder: Path, tell: Tell) -> Done:
    """Compare every file of a backup with what it was when it was taken. Raises InputError, BackupError."""
    held, done, began = existing(folder), Done(), time.perf_counter()

    def step() -> None:
        done.files += 1
        tell.steps(done.files, len(held.entries))

    with disk.locked(held.folder, reading=True), tell.working("check"):
        for name, what in held.flaws(step):
            todo = f"delete it in {held.folder}/files, if it is there, and back up again"
            done.problems.append(Problem(name, what, todo))
    done.bytes = sum(entry.bytes for entry in held.entries.values())
    if held.unfinished:
        done.notes.append("the last run was interrupted: the next one goes on from there")
    done.seconds = time.perf_counter() - began
    return done


class _Run:
    """One run: takes files, group by group."""

    def __init__(self, config: Config, held: Backup, accept: bool) -> None:
        self.config, self.held, self.accept = config, held, accept
        self.done, self.vanished = Done(), False
        self.apart: set[str] = set()
        self.stamp = now().strftime("%Y%m%dT%H%M%SZ")
        self.stones = forgotten(config.archive)
        self.addresses = {one.url.encode() for one in self.stones.values()}

    def take_all(self, listed: Sequence[Source], tell: Tell) -> None:
        """Take all that have changed."""
        for _, group in groupby(listed, key=lambda source: source.group or source.name):
            self.take(list(group))
            tell.steps(self.done.files, len(listed))

    def take(self, group: Sequence[Source]) -> None:
        """Take the files of a group that have changed, or none of them."""
        staged = [one for source in group if (one := self._staged(source))]
        refused = not self.accept and [
            one for one in staged if one.why and one.entry.name in self.held.entries
        ]
        for one in refused or ():
            self.done.problems.append(Problem(one.entry.name, one.why, MEANT.format(self.held.folder)))
        for one in sorted(staged, key=lambda one: one.source.kind != RECORDS):
            if refused and one.entry.name in self.held.entries:
                self._set_apart(one)
            else:
                self._put(one)
        for source in group:
            if (entry := self.held.entries.get(source.name)) and entry.flawed:
                self.done.problems.append(Problem(entry.name, entry.flawed, NO_OTHER))

    def _staged(self, source: Source) -> Staged | None:
        """A copy of a file that has changed; None for one that has not, or that can't be read."""
        self.done.files += 1
        known, draft = (
            self.held.entries.get(source.name),
            self.held.folder / f".draft-{getpid()}-{self.done.files}",
        )
        try:
            stat = source.file.stat()
            limit = source.limit()
        except OSError as error:
            self._unreadable(source, error)
            return None
        if known and self._as_it_was(source, known, stat):
            self.done.unchanged += 1
            return None
        try:
            found, first, size = disk.copy(source.file, draft, limit, known.bytes if known else 0)
        except UnreadableError as error:
            draft.unlink(missing_ok=True)
            self._unreadable(source, error.args[0])
            return None
        flawed = SEALED if source.sealed and found != source.sealed else ""
        entry = Entry(source.name, source.kind, found, size, stat.st_size, stat.st_mtime_ns, flawed)
        if known and found == known.sha256 and self.held.place(source.name).exists():
            draft.unlink()
            self.held.entries[source.name] = entry  # touched, or grown by what isn't acknowledged yet
            self.done.unchanged += 1
            return None
        grows = source.kind in (RECORDS, kept.GROWS) or source.name.startswith(f"{kept.ARCHIVE}/")
        grown = bool(grows and known and entry.bytes >= known.bytes and first == known.sha256)
        why = self._why_not(source, entry, known, grown)
        forgot = bool(why) and not entry.flawed and self._only_forgot(source, draft)
        return Staged(source, entry, draft, "" if forgot else why, grown, forgot)

    def _as_it_was(self, source: Source, known: Entry, stat: stat_result) -> bool:
        same = (stat.st_size, stat.st_mtime_ns) == (known.size, known.mtime)
        place = self.held.place(source.name)
        return same and known.kind == source.kind and place.exists() and place.stat().st_size == known.bytes

    def _why_not(self, source: Source, entry: Entry, known: Entry | None, grown: bool) -> str:
        """Why a file can't stand in place of what the backup has; "" where it can."""
        if entry.flawed or not known or known.flawed or FOLLOWS in (source.kind, known.kind):
            return entry.flawed
        if source.kind == STAYS:
            return "it is another now, and such a file never changes"
        if entry.bytes < known.bytes:
            return f"it has {known.bytes - entry.bytes:,} bytes less than the backup has of it"
        return "" if grown else "bytes that the backup has are others now, and it may only grow"

    def _only_forgot(self, source: Source, draft: Path) -> bool:
        """Whether a file lacks nothing but what has a tombstone."""
        place = self.held.place(source.name)
        if not self.stones or not place.exists():
            return False
        if source.kind == RECORDS:
            return only_forgotten(place, draft, self.stones)
        return source.kind == STAYS and only_blanked(place, draft)

    def _put(self, one: Staged) -> None:
        if one.forgot:  # and with it what other versions hold
            for version in self.held.versions(one.entry.name):
                version.unlink()
            self.done.forgot += 1
        made_again = one.entry.name.startswith((f"{kept.MODELS}/", f"{kept.LOGS}/")) and not one.why
        self.held.put(one.entry, one.draft, None if one.grown or one.forgot or made_again else self.stamp)
        self.done.copied += 1
        self.done.bytes += one.entry.bytes

    def _set_apart(self, one: Staged) -> None:
        place = self.held.place(one.entry.name, disk.DIFFERS)
        self.apart.add(one.entry.name)
        place.parent.mkdir(parents=True, exist_ok=True)
        one.draft.replace(place)
        sync_folder(place.parent)

    def _unreadable(self, source: Source, error: OSError) -> None:
        """A file that vanished while we looked is one that is gone, or was only passing."""
        if isinstance(error, FileNotFoundError) and source.kind == FOLLOWS:
            self.vanished |= source.name.startswith(f"{kept.MODELS}/")
            return
        todo = "see that the disk is sound and the permissions are right, and back up again"
        self.done.problems.append(Problem(source.name, f"it can't be read: {error.strerror or error}", todo))

    def drop(self, there: set[str]) -> None:
        """Let go what follows from something else and is no longer there; tell what should be."""
        for name, entry in sorted(self.held.entries.items()):
            if name in there:
                continue
            piece = PIECE.search(name) and holds(self.held.place(name), self.addresses)
            if entry.kind in EVIDENCE and not self.accept and not piece:
                what = "it is no longer there; the backup keeps it"
                todo = f"`themeshift restore` brings it back; {MEANT.format(self.held.folder)}"
                self.done.problems.append(Problem(name, what, todo))
                continue
            by_person = name.startswith((f"{kept.SETTINGS}/", f"{kept.OUTSIDE}/")) or entry.kind in EVIDENCE
            self.held.let_go(name, self.stamp if by_person and not piece else None)
            self.done.gone += 1


def _check_place(config: Config, folder: Path) -> None:
    if not config.archive.is_dir():
        raise InputError(f"{config.data} holds no archive: nothing to back up. --data names another folder")
    inside = [config.data, config.models]
    if any(folder.is_relative_to(one) or one.is_relative_to(folder) for one in inside):
        raise InputError(
            f"{folder} and {config.data} lie in one another: name a folder elsewhere, best on another disk"
        )
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file: name a folder")


def _check_same(held: Backup, listed: Sequence[Source]) -> None:
    """Raise InputError where all that the backup has is gone: then it is not a backup of this folder."""
    evidence = {name for name, entry in held.entries.items() if entry.kind in EVIDENCE}
    if evidence and evidence.isdisjoint(source.name for source in listed):
        raise InputError(
            f"{held.folder} is a backup of {held.about.get('data', 'another folder')}, and nothing of that "
            "is here: all was lost, or it is another folder's. Nothing was changed; `themeshift restore` "
            "brings it back"
        )


def _note(config: Config, folder: Path, done: Done) -> None:
    said = {"at": now().isoformat(timespec="seconds"), "folder": str(folder), "files": done.files,
            "problems": len(done.problems)}  # fmt: skip
    with suppress(OSError):  # a data folder that is read-only can be backed up as well
        config.working.mkdir(parents=True, exist_ok=True)
        write_whole(config.working / kept.NOTE, json.dumps(said).encode() + b"\n")


def as_text(done: Done, folder: Path, checked: bool = False) -> str:
    """What was done, for a person."""
    lines = [line for one in done.problems for line in (f"{one.name}: {one.what}", f"    {one.todo}")]
    state = f"{len(done.problems)} to look at" if done.problems else "whole"
    gone = f", {done.gone} let go" if done.gone else ""
    size = f"({done.bytes / 1e6:,.1f} MB)"
    counted = f"{done.files:,} files " + (
        f"checked {size}" if checked else f"of which {done.copied:,} copied {size}{gone}"
    )
    return "\n".join([*lines, *done.notes, f"{state}: {folder}: {counted}, in {done.seconds:.1f} s"])
