"""What must be on disk before anything else is said, and how one tells later that it is as it was.

A line of JSON that we write ends in a `sum` of its own; a file that is closed has a seal beside it,
`X.sha256`, in the form that `sha256sum --check` takes.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import IO, Any

from pipeline.errors import is_short

SUM = re.compile(rb', "sum": "([0-9a-f]{8})"}$')
LIKE_SUM = b', "sum": "........"}'
SET_ASIDE = ".set-aside-"
SEALED = re.compile(r"([0-9a-f]{64}) [ *](.+)")


def to_disk(handle: int) -> None:
    """Return once the disk has what was written to a file; on macOS `fsync` alone leaves it in the drive."""
    try:
        fcntl.fcntl(handle, fcntl.F_FULLFSYNC)  # type: ignore[attr-defined, unused-ignore]
    except (AttributeError, OSError):  # another system, or a disk that knows no such thing
        os.fsync(handle)


def is_running(pid: int) -> bool:
    """Whether there is a process of that number, whoever's."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return pid > 0


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable: after a file was made in it, or renamed into it.

    Some disks of other machines can't, and do so by themselves or not at all.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        to_disk(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)


def read_lines(file: Path, damaged: Callable[[int], None] = lambda number: None) -> Iterator[dict[str, Any]]:
    """The lines of a file; none where there is no file. `damaged` is told the number of each that is not as
    it was written, which is passed over. A torn last line was never acknowledged, and is none."""
    if not file.exists():
        return
    with file.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            try:
                yield loads(line)
            except ValueError:
                if not torn(line):
                    damaged(number)


def flawed_lines(file: Path) -> list[int]:
    """The numbers of the lines of a file that are not as they were written; [] for a file without lines.

    A line without a sum is one of an older version: none stands after one that has a sum.
    """
    found: list[int] = []
    summed = False
    with file.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            has = bool(SUM.search(line.rstrip(b"\n")))
            try:
                loads(line)
                good = has or not summed
            except ValueError:
                good = torn(line)
            if not good:
                found.append(number)
            summed |= has
    return found


def dumps(line: Mapping[str, Any]) -> bytes:
    """A line of JSON, without its line end, that ends in a sum of all that stands before."""
    text = json.dumps(line, ensure_ascii=False).encode("utf-8", "backslashreplace")  # half characters
    return text[:-1] + b', "sum": "' + _sum(text) + b'"}'


def loads(line: bytes) -> dict[str, Any]:
    """What a line of `dumps`, or of an older version without a sum, says, without the sum.

    Raises ValueError for one that is damaged or torn.
    """
    line = line.removesuffix(b"\n") if line.endswith(b"\n") else line + b"torn"
    if found := SUM.search(line):
        line = line[: found.start()] + b"}"
        if _sum(line) != found[1]:
            raise ValueError("it is not as it was written: its sum is another")
    elif sum(a == b for a, b in zip(line[-len(LIKE_SUM) :], LIKE_SUM, strict=False)) > 8:
        raise ValueError("it is not as it was written: its sum can't be read")
    said = json.loads(line)
    if not isinstance(said, dict):
        raise ValueError("it is no JSON object")
    return said


def torn(line: bytes) -> bool:
    """Whether a line is the half-written end of a file, and not a whole one whose line end was damaged."""
    return not line.endswith(b"\n") and not re.search(rb', "sum": "[0-9a-f]{8}"}', line)


def _sum(text: bytes) -> bytes:
    return hashlib.sha256(text).hexdigest()[:8].encode()


def append_lines(file: Path, lines: list[dict[str, Any]]) -> None:
    """Append lines, each with a sum, and sync them to disk; a torn last line from before is dropped first."""
    if not lines:
        return
    with file.open("ab+") as stream:
        _drop_torn_line(stream)
        stream.write(b"".join(dumps(line) + b"\n" for line in lines))
        stream.flush()
        to_disk(stream.fileno())


def digest_on_disk(file: Path) -> str:
    """The SHA-256 of a file as the disk gives it back, not memory, where the system can be asked to."""
    with file.open("rb") as stream:
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digest_of_file(file: Path) -> str:
    """Its SHA-256, in hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def seal_of(file: Path) -> Path:
    """Where the seal of a file lies."""
    return file.with_name(f"{file.name}.sha256")


def read_seal(file: Path) -> dict[str, str]:
    """Name -> SHA-256 of the file, and of what is sealed with it; {} where there is no seal.

    Raises ValueError where the seal can't be read.
    """
    try:
        text = seal_of(file).read_bytes().decode("ascii")
    except FileNotFoundError:
        return {}
    found = [SEALED.fullmatch(line) for line in text.splitlines()]
    if not found or not all(found) or not text.endswith("\n"):
        raise ValueError("the seal can't be read")
    return {one[2]: one[1] for one in found if one}


def write_seal(file: Path, digests: Mapping[str, str]) -> None:
    """Write the seal of a file: name -> SHA-256, in hex."""
    write_whole(seal_of(file), "".join(f"{digest}  {name}\n" for name, digest in digests.items()).encode())


def seal(*files: Path) -> None:
    """Write down the SHA-256 of files of one folder, under the name of the first."""
    write_seal(files[0], {file.name: digest_of_file(file) for file in files})


def as_sealed(file: Path, under: Path | None = None) -> bool | None:
    """Whether a file is as its seal (that `under` another's name) says; None where nothing says anything."""
    try:
        known = read_seal(under or file)
    except ValueError:
        return False
    except OSError as error:
        if is_short(error):
            raise
        return False
    if not known:
        return None
    try:
        found = file.stat()
    except FileNotFoundError:
        return False
    return _digest_once(file, found.st_size, found.st_mtime_ns, found.st_ino) == known.get(file.name)


@contextmanager
def sealed_anew(file: Path) -> Iterator[None]:
    """While a file is open for writing its seal counts no longer; once closed it is sealed, if it changed.

    A run that is killed leaves the note `X.open` behind: then the seal says nothing.
    """
    note, before = open_note(file), file.stat()
    stale = note.exists() or not seal_of(file).exists()
    with suppress(OSError):
        note.touch()
    try:
        yield
    finally:
        with suppress(OSError):
            now = file.stat()
            if stale or (now.st_size, now.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
                seal(file)
            note.unlink(missing_ok=True)


def open_note(file: Path) -> Path:
    """What is there while a file is open for writing."""
    return file.with_name(f"{file.name}.open")


@lru_cache(maxsize=4096)
def _digest_once(file: Path, size: int, mtime: int, inode: int) -> str:
    """A process that asks again for a file that nobody wrote to meanwhile need not read it again."""
    return digest_of_file(file)


def write_whole(file: Path, body: bytes) -> None:
    """Write a file beside, sync it, and put it in place: it is there whole or as it was."""
    draft = file.with_name(f".{file.name}.{os.getpid()}.draft")
    with draft.open("wb") as stream:
        stream.write(body)
        stream.flush()
        to_disk(stream.fileno())
    draft.replace(file)
    sync_folder(file.parent)


def set_aside(file: Path) -> Path:
    """Give a damaged file another name, so that it can be made again. Returns that name."""
    aside = next(one for n in count(1) if not (one := file.with_name(f"{file.name}{SET_ASIDE}{n}")).exists())
    file.rename(aside)
    sync_folder(file.parent)
    return aside


def _drop_torn_line(stream: IO[bytes]) -> None:
    size = stream.seek(0, os.SEEK_END)
    if size == 0:
        return
    stream.seek(size - 1)
    if stream.read(1) == b"\n":
        return
    stream.seek(0)
    stream.truncate(stream.read().rfind(b"\n") + 1)


def note_path(note: Path, file: Path | None) -> None:
    """Write down a file's path; None removes the note. What lies beside or below it can move with the note.

    A folder that can't be written gets none.
    """
    with suppress(OSError):
        if file is None:
            note.unlink(missing_ok=True)
            return
        note.parent.mkdir(parents=True, exist_ok=True)
        home = note.resolve().parent
        moving = file.is_relative_to(home.parents[1])
        note.write_text(f"{os.path.relpath(file, home) if moving else file}\n", encoding="utf-8")


def noted_path(note: Path) -> Path | None:
    """The path that was written down, or None."""
    try:
        written = note.read_text(encoding="utf-8").strip("\n")
    except (OSError, UnicodeDecodeError):
        return None
    return (note.parent / written).resolve() if written else None
