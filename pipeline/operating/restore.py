"""What a backup holds, back into an empty data folder; or single files in place of damaged ones."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from pipeline import store
from pipeline.config import Config, load, remember
from pipeline.durable import digest_of_file, set_aside, sync_folder
from pipeline.errors import BackupError, InputError
from pipeline.operating.backup_files import FILES, Backup, Entry, UnreadableError, copy, existing, locked
from pipeline.operating.kept import OUTSIDE, RECORDS, SETTINGS, place_of
from pipeline.progress import Tell

SHOWN = 5
OTHER = "`themeshift backup DIR --check` names all that is; `--only` brings back what is whole"


@dataclass(slots=True)
class Restored:
    """What was done: files brought back, those that were there already, bytes, and what to know of it.

    `config` is the settings that hold for the data folder from now on.
    """

    config: Path
    files: int = 0
    there: int = 0
    bytes: int = 0
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)


def restore(config: Config, folder: Path, tell: Tell) -> Restored:
    """Bring all of a backup back. Nothing that is there is overwritten.

    The settings go into the data folder, which is then made by them, unless the same lie where `config` does.
    Raises InputError where something else is there, BackupError for a damaged backup or a full disk.
    """
    began, held = time.perf_counter(), existing(folder)
    done = Restored(config.file)
    with locked(held.folder, reading=True), tell.working("restore"):
        own = [
            entry for entry in held.entries.values() if entry.name.startswith((f"{SETTINGS}/", f"{OUTSIDE}/"))
        ]
        rest = [entry for entry in held.entries.values() if entry not in own]
        _refuse_others(config, held, rest)
        target = _settle(config, held, own, done)
        _refuse_others(target, held, rest)
        for number, entry in enumerate(sorted(rest, key=lambda entry: entry.name), 1):
            _bring(held, entry, place_of(entry.name, target), done)
            tell.steps(number, len(rest))
        remember(target)
    done.config, done.seconds = target.file, time.perf_counter() - began
    if held.unfinished:
        done.notes.append(
            "the last backup was interrupted: files that it had not reached are as they were before"
        )
    done.notes += [f"{entry.name} was damaged when it was backed up" for entry in rest if entry.flawed]
    return done


def restore_files(config: Config, folder: Path, patterns: Sequence[str], tell: Tell) -> Restored:
    """Bring single files back, in place of what is there, which is set aside under another name.

    A WARC file comes with its index and its seal. Raises InputError where no file has such a name.
    """
    began, held, done = time.perf_counter(), existing(folder), Restored(config.file)
    names = {name for pattern in patterns for name in _named(held, pattern)}
    with locked(held.folder, reading=True), tell.working("restore"):
        for number, name in enumerate(sorted(names), 1):
            entry, place = held.entries[name], place_of(name, config)
            if place.exists() and not _same(place, entry):
                done.notes.append(f"{name}: what was there is {set_aside(place).name} now")
            _bring(held, entry, place, done)
            tell.steps(number, len(names))
    done.seconds = time.perf_counter() - began
    return done


def _named(held: Backup, pattern: str) -> set[str]:
    found = {
        name for name in held.entries if pattern in (name, Path(name).name) or fnmatchcase(name, pattern)
    }
    if not found:
        raise InputError(f"{held.folder} has no file {pattern!r}: {FILES} in it shows what there is")
    own = {name for name in found if held.entries[name].kind == RECORDS}
    return found | {
        more for name in own for more in (f"{name}.jsonl", f"{name}.sha256") if more in held.entries
    }


def _settle(config: Config, held: Backup, own: Sequence[Entry], done: Restored) -> Config:
    """The settings of the backup: those that `config` was read from, or brought into the data folder."""
    name = str(held.about.get("config", "")).removeprefix(f"{SETTINGS}/")
    if config.root / name == config.file and all(_same(place_of(entry.name, config), entry) for entry in own):
        return config
    root = config.data / SETTINGS
    for entry in own:
        room, _, rest = entry.name.partition("/")
        place = root / rest if room == SETTINGS else place_of(entry.name, config)
        if room == OUTSIDE and place.exists() and not _same(place, entry):
            done.notes.append(
                f"{place} is another than the backup's, which is {held.place(entry.name)}: it was left"
            )
            continue
        _bring(held, entry, place, done)
    done.notes.append(f"the settings lie in {root}: the data folder is made by them from now on")
    return load(config.data, root / name)


def _refuse_others(config: Config, held: Backup, entries: Sequence[Entry]) -> None:
    """Raise InputError where restoring would mix two archives, or overwrite what is not the same."""
    places = {place_of(entry.name, config): entry for entry in entries}
    there = [path for folder in (config.archive, config.models / "lineage.jsonl") for path in _files(folder)]
    other = sorted(path for path in there if path not in places)
    missing = []
    for place, entry in places.items():
        if not place.exists():
            missing.append(place)
        elif not _same(place, entry):
            other.append(place)
    if missing and store.working_file(config).exists():
        other.append(store.working_file(config))
    if other:
        more = f" and {len(other) - SHOWN} more" if len(other) > SHOWN else ""
        raise InputError(
            f"{config.data} is not empty: {', '.join(map(str, other[:SHOWN]))}{more} "
            f"{'is' if len(other) == 1 else 'are'} not what the backup holds. Move that away, or name "
            "another folder with --data; `--only NAME` brings single files back"
        )


def _bring(held: Backup, entry: Entry, place: Path, done: Restored) -> None:
    """Copy a file from the backup, unless it is there; it is there whole or not at all."""
    if _same(place, entry):
        done.there += 1
        return
    draft = place.with_name(f".restore-{os.getpid()}.draft")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        for old in place.parent.glob(".restore-*.draft"):
            old.unlink()
        found, _, size = copy(held.place(entry.name), draft, None, 0)
        if found == entry.sha256:
            os.utime(draft, ns=(entry.mtime, entry.mtime))
            draft.replace(place)
            sync_folder(place.parent)
    except UnreadableError as error:
        raise BackupError(
            f"{held.place(entry.name)} can't be read: {error.args[0].strerror}: {OTHER}"
        ) from error
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise BackupError(
            f"{place} can't be written: {error.strerror or error}. The backup is as it was; free some space "
            "or mend the permission, and run the same command again: it goes on from there"
        ) from error
    if found != entry.sha256:
        draft.unlink()
        raise BackupError(f"{held.place(entry.name)} is damaged: {OTHER}")
    done.files += 1
    done.bytes += size


def _files(folder: Path) -> list[Path]:
    """What lies there, but for drafts."""
    if folder.is_file():
        return [folder]
    return [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")]


def _same(place: Path, entry: Entry) -> bool:
    return place.is_file() and place.stat().st_size == entry.bytes and digest_of_file(place) == entry.sha256


def as_text(done: Restored, data: Path) -> str:
    """What was done, for a person."""
    there = f", {done.there:,} were there already" if done.there else ""
    back = f"{done.files:,} files brought back ({done.bytes / 1e6:,.1f} MB){there}"
    first = f"{data}: {back}, in {done.seconds:.1f} s"
    return "\n".join([*done.notes, first])
