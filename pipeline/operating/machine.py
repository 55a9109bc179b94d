"""What the machine is like, for `themeshift doctor`: environment, disk, permissions, locks."""

from __future__ import annotations

import fcntl
import json
import os
import platform
import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pipeline.config import OURS, ROOT, Config
from pipeline.operating import timers
from pipeline.records import counted
from pipeline.workers import unenforced

FINE, ADVICE, TROUBLE = "fine", "advice", "trouble"
TRIED = (3, 11), (3, 13)
"""The first and the last Python that the tests are run with."""
LEAST_FREE = 500_000_000
"""Bytes of disk below which the next run may well fail."""
SOON = 6.0
"""Months until the disk is full, at the pace of late, below which that is said."""
PACE_DAYS = 90
ELSEWHERE = ("nfs", "cifs", "smb", "9p", "sshfs", "afs", "davfs", "gluster", "ceph")
"""File systems of a network, where locks may not hold."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found in an area: how it stands (fine, advice, trouble), and what to do about it."""

    area: str
    level: str
    said: str
    todo: str = ""


def environment(config: Config) -> Iterator[Finding]:
    """Python, the packages that are installed, and what this system does not enforce."""
    python, (first, last) = sys.version_info[:2], TRIED
    said = f"Themeshift {version('themeshift')}, Python {platform.python_version()}, {_system()}"
    if not first <= python <= last:
        todo = f"use Python {first[0]}.{first[1]} to {last[0]}.{last[1]}: make setup PYTHON=python3.13"
        yield Finding("environment", ADVICE, said, todo)
    else:
        yield Finding("environment", FINE, said)
    if other := _unlike(ROOT / "requirements.lock"):
        more = f" and {len(other) - 3} more" if len(other) > 3 else ""
        yield Finding(
            "environment",
            ADVICE,
            f"other packages than requirements.lock names: {', '.join(other[:3])}{more}",
            "run `make setup`",
        )
    for what in unenforced():
        yield Finding("environment", FINE, what)


def _system() -> str:
    wsl = " in WSL" if "microsoft" in platform.release().lower() else ""
    return f"{platform.system()} {platform.release()}{wsl}"


def _unlike(lock: Path) -> list[str]:
    """Packages that are installed in another version than any that the lock file names for them."""
    named: dict[str, set[str]] = {}
    with suppress(OSError):
        for name, number in re.findall(r"(?m)^([\w.-]+)==([^\s;\\]+)", lock.read_text(encoding="utf-8")):
            named.setdefault(name, set()).add(number)
    found = []
    for name, numbers in named.items():
        with suppress(PackageNotFoundError):
            if (here := version(name)) not in numbers:
                found.append(f"{name} {here}")
    return found


def disk(config: Config) -> Iterator[Finding]:
    """What the data folder takes, what is free, how long that lasts, and whether locks hold there."""
    sizes = sizes_of(config)
    free = shutil.disk_usage(config.data).free
    held = ", ".join(f"{name} {size_text(size)}" for name, size in sizes.items() if size)
    said = f"{size_text(free)} free; {held or 'nothing held yet'}"
    need = max(sizes["working"] + 2 * sizes["published"], LEAST_FREE)
    pace = _pace(config.archive)
    growing = f"; the archive grew by {size_text(pace)} a month of late" if pace else ""
    # what is derived grows with the archive
    derived = (sizes["working"] + sizes["published"]) / max(sizes["archive"], 1)
    months = free / (pace * (1 + derived)) if pace else None
    if free < LEAST_FREE:
        yield Finding("disk", TROUBLE, said + growing, "free some space before the next run")
    elif free < need:
        todo = f"a build and a publication may take {size_text(need)} beside what is there: free some space"
        yield Finding("disk", ADVICE, said + growing, todo)
    elif months is not None and months < SOON:
        said = f"{said}{growing}: full in {months:.0f} months"
        yield Finding("disk", ADVICE, said, "plan for a larger disk")
    else:
        yield Finding("disk", FINE, said + growing)
    if (kind := _file_system(config.data)) and any(word in kind for word in ELSEWHERE):
        yield Finding(
            "disk",
            ADVICE,
            f"{config.data} lies on a network ({kind}), where locks may not hold and DuckDB may fail",
            "keep the data folder on a disk of this machine, and back it up to the network",
        )


def sizes_of(config: Config) -> dict[str, int]:
    """Bytes in each folder of a data folder."""
    names = ("archive", "working", "models", "published", "logs")
    return {name: _size_of(config.models if name == "models" else config.data / name) for name in names}


def _size_of(folder: Path) -> int:
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += (Path(where) / name).lstat().st_size
    return total


def _pace(archive: Path) -> int:
    """Bytes that the archive grew a month in the last days; 0 where it is too young to tell."""
    now, new, oldest = time.time(), 0, float("inf")
    for file in archive.glob("*") if archive.is_dir() else ():
        with suppress(OSError):
            found = file.stat()
            oldest = min(oldest, found.st_mtime)
            new += found.st_size if now - found.st_mtime < PACE_DAYS * 86_400 else 0
    days = min((now - oldest) / 86_400, PACE_DAYS)
    return int(new / days * 30) if days >= 7 else 0


def _file_system(folder: Path) -> str:
    """The kind of file system that a folder lies on; empty where the system doesn't tell."""
    best = ("", "")
    for mount, kind in _mounts():
        if folder.is_relative_to(mount) and len(mount) >= len(best[0]):
            best = (mount, kind)
    return best[1]


def _mounts() -> Iterator[tuple[str, str]]:
    """Where what kind of file system is mounted: as Linux tells it, and as `mount` does elsewhere."""
    try:
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        for where, kind in re.findall(r"(?m) on (/.*) \((\w+)", timers.asked("mount")):
            yield where, kind
        return
    for line in lines:
        _, mount, kind, *_ = line.split(" ")
        yield mount.replace("\\040", " "), kind


def permissions(config: Config) -> Iterator[Finding]:
    """Whether this user can write where it must, and whether others can."""
    folders = [config.data, config.archive, config.working, config.published]
    present = [folder for folder in folders if folder.is_dir()]
    shut = [str(folder) for folder in present if not os.access(folder, os.W_OK | os.X_OK)]
    if shut:
        yield Finding(
            "permissions",
            TROUBLE,
            f"this user may not write to {', '.join(shut)}",
            "run Themeshift as the user who owns them, or give it the right",
        )
    files = [path for path in (config.file, *present, *_some(config.archive)) if path.exists()]
    loose = [str(path) for path in files if path.stat().st_mode & 0o002]
    if loose:
        said = f"anybody on this machine may change {loose[0]}"
        yield Finding("permissions", ADVICE, said, f"chmod -R o-w {config.data}")
    owner = config.data.stat().st_uid
    strangers = [str(path) for path in files if path != OURS and path.stat().st_uid != owner]
    if strangers:
        yield Finding(
            "permissions",
            ADVICE,
            f"{counted(len(strangers), 'file')} of another user in the data folder, such as {strangers[0]}",
            "run every command as one user",
        )
    if not (shut or loose or strangers):
        yield Finding("permissions", FINE, "this user may write where it must, and others may not")


def _some(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())[:10_000] if folder.is_dir() else []


def locks(config: Config) -> Iterator[Finding]:
    """Who holds what, since when."""
    held = [found for file in sorted((config.working / "locks").glob("*.lock")) if (found := _holder(file))]
    for name, who in held:
        yield Finding("locks", FINE, f"{name} is held by {who}")
    if not held:
        yield Finding("locks", FINE, "none is held")


def _holder(file: Path) -> tuple[str, str] | None:
    try:
        with file.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        try:
            said = json.loads(file.read_text(encoding="utf-8"))
            return file.stem, f"process {said['pid']} since {said['since']}"
        except (OSError, ValueError, KeyError, TypeError):
            return file.stem, "another process"
    except OSError:
        return None
    return None


def size_text(number: float) -> str:
    """A number of bytes, for a person."""
    for unit, size in (("GB", 1e9), ("MB", 1e6)):
        if number >= size:
            return f"{number / size:.1f} {unit}"
    return f"{number / 1e3:.0f} kB"
