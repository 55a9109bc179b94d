"""A backup on disk: files under their names, a manifest of what they are, and a journal of a run under way.

`files/` is the last state, `older/<when>/` what was replaced or let go, `differs/` what the data folder has
in place of a file that may not change. `manifest.jsonl` is written whole when a run ends. Until then
`journal.jsonl` has a line for each file, synced before that is put in place: a killed run costs one file.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from filelock import FileLock, Timeout

from pipeline.durable import (
    append_lines,
    digest_of_file,
    digest_on_disk,
    dumps,
    flawed_lines,
    read_lines,
    sync_folder,
    to_disk,
    write_whole,
)
from pipeline.errors import BackupError, InputError

MANIFEST, JOURNAL, SUMS = "manifest.jsonl", "journal.jsonl", "SHA256SUMS"
FILES, OLDER, DIFFERS = "files", "older", "differs"
CHUNK = 1 << 20
VERSION = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a backup. `size` and `mtime` (ns) are those of its source when it was taken, as far as
    `bytes`: a source that has them still need not be read again. `flawed` is what was wrong with it then: it
    was taken since there was no better one."""

    name: str
    kind: str
    sha256: str
    bytes: int
    size: int
    mtime: int
    flawed: str = ""


class UnreadableError(Exception):
    """The file that is to be copied can't be read. Holds the OSError."""


class Backup:
    """A folder that holds a backup, or will. `entries` are the files of its last state, by name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.about: dict[str, Any] = {}
        self.entries: dict[str, Entry] = {}
        self.unfinished = False
        """Whether a run was killed here: what it had taken counts."""

    @property
    def is_one(self) -> bool:
        """Whether a backup was begun here."""
        return (self.folder / MANIFEST).exists() or (self.folder / JOURNAL).exists()

    def place(self, name: str, room: str = FILES) -> Path:
        """Where a file lies in the backup."""
        return self.folder / room / name

    def read(self) -> None:
        """Read the manifest, and what a killed run had done after it. Raises BackupError."""
        manifest = self.folder / MANIFEST
        if manifest.exists() and flawed_lines(manifest):
            raise BackupError(
                f"{manifest} is damaged: {SUMS} beside it tells the files of that backup. Make a backup in "
                "another folder, and keep this one until that is whole"
            )
        for line in read_lines(self.folder / MANIFEST):
            if line.pop("type") == "backup":
                self.about = line
            else:
                entry = Entry(**line)
                if ".." in Path(entry.name).parts or Path(entry.name).is_absolute():
                    raise BackupError(f"{manifest}: {entry.name!r} is no name of a file in it")
                self.entries[entry.name] = entry
        if self.about.get("version", VERSION) != VERSION:
            raise BackupError(f"{self.folder} was made by another version of Themeshift: use that one")
        if self.about and self.about.get("files") != len(self.entries):
            raise BackupError(f"{manifest} is damaged: it lacks lines. {SUMS} beside it has all files")
        self.unfinished = (self.folder / JOURNAL).exists()
        for line in read_lines(self.folder / JOURNAL):
            self._resume(line)

    def _resume(self, line: dict[str, Any]) -> None:
        """Take a line of the journal: the file was put in place, or the run was killed just before."""
        kind, name = line.pop("type"), str(line["name"])
        if kind == "gone":
            if not self.place(name).exists():
                self.entries.pop(name, None)
            return
        entry, place = Entry(**line), self.place(name)
        with suppress(OSError):
            if place.stat().st_size == entry.bytes and digest_of_file(place) == entry.sha256:
                self.entries[name] = entry

    def put(self, entry: Entry, draft: Path, older: str | None) -> None:
        """Put a draft, which is synced, in place; what was there goes to `older`, unless that is None."""
        place = self.place(entry.name)
        place.parent.mkdir(parents=True, exist_ok=True)
        append_lines(self.folder / JOURNAL, [{"type": "file", **asdict(entry)}])
        if older is not None and place.exists():
            self._keep(place, self.place(entry.name, f"{OLDER}/{older}"))
        draft.replace(place)
        sync_folder(place.parent)
        self.entries[entry.name] = entry

    def let_go(self, name: str, older: str | None) -> None:
        """Take a file out of the last state: to `older`, or for good where that is None."""
        place = self.place(name)
        append_lines(self.folder / JOURNAL, [{"type": "gone", "name": name}])
        if older is not None and place.exists():
            self._keep(place, self.place(name, f"{OLDER}/{older}"))
        place.unlink(missing_ok=True)
        self.entries.pop(name, None)

    def _keep(self, place: Path, older: Path) -> None:
        """Keep an earlier version under another name, by a link where the disk has them."""
        older.parent.mkdir(parents=True, exist_ok=True)
        older.unlink(missing_ok=True)
        try:
            os.link(place, older)
        except OSError:  # a disk without links: what is moved away is put in place again right after
            place.replace(older)
        sync_folder(older.parent)

    def versions(self, name: str) -> list[Path]:
        """Every version of a file beside that of the last state."""
        return sorted(
            [
                *self.folder.glob(f"{OLDER}/*/{_escaped(name)}"),
                *self.folder.glob(f"{DIFFERS}/{_escaped(name)}"),
            ]
        )

    def finish(self, about: dict[str, Any]) -> None:
        """Write the manifest: from here on this is the state of the backup."""
        every = sorted(self.entries.values(), key=lambda entry: entry.name)
        self.about = {"version": VERSION, "files": len(every), **about}
        lines = [{"type": "backup", **self.about}, *({"type": "file", **asdict(entry)} for entry in every)]
        write_whole(self.folder / MANIFEST, b"".join(dumps(line) + b"\n" for line in lines))
        sums = "".join(f"{entry.sha256}  {FILES}/{entry.name}\n" for entry in every)
        write_whole(self.folder / SUMS, sums.encode())
        (self.folder / JOURNAL).unlink(missing_ok=True)
        sync_folder(self.folder)

    def clear_apart(self, names: Container[str]) -> None:
        """Remove from `differs/` all but these: they are mended, or were taken."""
        root = self.folder / DIFFERS
        for path in [one for one in root.rglob("*") if one.is_file()]:
            if path.relative_to(root).as_posix() not in names:
                path.unlink()

    def clear_drafts(self) -> None:
        """Remove what a killed run left half-written."""
        for draft in self.folder.glob(".draft-*"):
            draft.unlink()

    def flaws(self, step: Callable[[], None] = lambda: None) -> Iterator[tuple[str, str]]:
        """Name and what is wrong, of each file that is not as it was when it was taken."""
        for entry in sorted(self.entries.values(), key=lambda entry: entry.name):
            step()
            try:
                if digest_of_file(self.place(entry.name)) != entry.sha256:
                    yield entry.name, "it is not as it was when it was taken"
            except FileNotFoundError:
                yield entry.name, "it is missing"
            except OSError as error:
                yield entry.name, f"it can't be read: {error.strerror or error}"


def existing(folder: Path) -> Backup:
    """The backup in a folder. Raises InputError where there is none, BackupError where it can't be read."""
    held = Backup(folder.expanduser().resolve())
    if not held.is_one:
        raise InputError(f"{folder} holds no backup: `themeshift backup {folder}` makes one")
    try:
        held.read()
    except (OSError, TypeError, ValueError, KeyError) as error:
        raise BackupError(f"{folder} can't be read: {error}") from error
    return held


def copy(source: Path, draft: Path, limit: int | None, prefix: int) -> tuple[str, str, int]:
    """Copy up to `limit` bytes to a draft, synced and read back from the disk.

    Returns its SHA-256, that of its first `prefix` bytes, and its bytes. Raises BackupError where the disk
    gives back other bytes than were written, UnreadableError for the source, OSError for the draft.
    """
    whole, first, done = hashlib.sha256(), hashlib.sha256(), 0
    draft.parent.mkdir(parents=True, exist_ok=True)
    with _opened(source) as stream, draft.open("wb") as into:
        while chunk := _read(stream, CHUNK if limit is None else min(CHUNK, limit - done)):
            into.write(chunk)
            whole.update(chunk)
            first.update(chunk[: max(prefix - done, 0)])
            done += len(chunk)
        into.flush()
        to_disk(into.fileno())
    if digest_on_disk(draft) != whole.hexdigest():
        raise BackupError(f"{draft.parent} gives back other bytes than were written: use another disk")
    return whole.hexdigest(), first.hexdigest(), done


def _opened(source: Path) -> IO[bytes]:
    try:
        return source.open("rb")
    except OSError as error:
        raise UnreadableError(error) from error


def _read(stream: IO[bytes], size: int) -> bytes:
    try:
        return stream.read(size)
    except OSError as error:
        raise UnreadableError(error) from error


@contextmanager
def locked(folder: Path, reading: bool = False) -> Iterator[None]:
    """One run at a time; a disk that is read-only can be read without.

    Raises InputError where another run is under way, BackupError for a bad folder.
    """
    lock = FileLock(folder / ".lock", blocking=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise InputError(f"another run uses {folder}: wait until it has ended") from None
    except NotImplementedError:  # some disks of other machines have no locks
        pass
    except OSError as error:
        if not reading:
            raise BackupError(f"{folder} can't be written: {error.strerror or error}") from error
    try:
        yield
    finally:
        lock.release()


def check_folder(held: Backup) -> None:
    """Raise InputError where something else lies there."""
    known = {".lock", "lost+found"}
    other = [path for path in held.folder.iterdir() if path.name not in known]
    if other and not held.is_one and not all(path.name.startswith(".draft-") for path in other):
        raise InputError(
            f"{held.folder} holds something else ({other[0].name}): name an empty folder, or a backup's"
        )


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Raises BackupError in place of an OSError, in words; drafts of this run are removed."""
    try:
        yield
    except OSError as error:
        for draft in folder.glob(f".draft-{os.getpid()}-*"):
            with suppress(OSError):
                draft.unlink()
        raise BackupError(
            f"{folder} can't be written: {error.strerror or error}. What was backed up before is safe; free "
            "some space or mend the permission, and run the same command again: it goes on from there"
        ) from error


def now() -> datetime:
    """The time, UTC."""
    return datetime.now(UTC)


def _escaped(name: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in name)
