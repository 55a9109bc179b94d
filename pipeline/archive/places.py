"""Where imported files lie, and the address that this stands for: no two files have one."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from pipeline.archive.mirrors import AS_BYTES, address_of
from pipeline.errors import InputError
from pipeline.records import replay, short_id


@dataclass(frozen=True, slots=True)
class Found:
    """A file to import, below the `root` that was named; or a link that is not followed, and why."""

    file: Path
    root: Path
    refused: str = ""

    @property
    def place(self) -> str:
        """A short id of where it lies."""
        return short_id(str(_lexical(self.file)))

    @property
    def marks(self) -> str:
        """What tells this file from others of its name: short ids of where it lies and what it holds."""
        return f"{self.place} {content_of(self.file)}"


def files_under(path: Path, follow: bool = False) -> list[Found]:
    """Everything under a path that looks importable, in a stable order; nothing hidden.

    A link that leads out of the folder is refused unless `follow`; one within is taken where its own
    place gives it an address, since else its target is taken itself.
    Raises InputError for a path that is not there or can't be listed.
    """
    if not path.exists():
        raise InputError(f"{path} is not there")
    if path.is_file():
        return [Found(path, path)]

    def failed(error: OSError) -> None:
        raise InputError(f"{error.filename} can't be listed: {error.strerror}") from error

    links, plain, seen = [], [], set()
    for folder, folders, names in os.walk(path, onerror=failed, followlinks=follow):
        real = os.path.realpath(folder)
        if real in seen:  # a link that leads to a folder above it
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in [*folders, *names]:
            file = Path(folder, name)
            if file.is_symlink():
                links.append(file)
            elif name in names and not name.startswith(".") and file.is_file():
                plain.append(file)
    taken = {os.path.realpath(file) for file in plain}
    top = Path(os.path.realpath(path))
    found = [Found(file, path) for file in plain]
    found += [_link(file, path, top, taken, follow) for file in links if not (follow and file.is_dir())]
    return sorted(found, key=lambda one: one.file)


def _link(file: Path, root: Path, top: Path, taken: set[str], follow: bool) -> Found:
    target = Path(os.path.realpath(file))
    if not target.exists():
        return Found(file, root, "a link that leads nowhere")
    if target.is_dir() or (not target.is_relative_to(top) and not follow):
        return Found(file, root, f"a link to {target}; --follow-links takes in what links lead to")
    if str(target) in taken and url_of(file, root).startswith("file:"):
        return Found(file, root, f"a link to {target}, which is taken under its own name")
    return Found(file, root)


def url_of(file: Path, root: Path, above: int = 0) -> str:
    """The URL that a file's place stands for: `host/path…` below `root`, else a `file:` name.

    A trailing `.html` or `/index.html` is the file's, not the URL's. The name begins with the
    last part of `root`, or with that many folders `above` it. Links count by where they lie.
    """
    parts = _lexical(file).parts
    below = len(_lexical(root).parts) - 1
    named = "file:///" + quote("/".join(parts[max(below - above, 0) :]).lstrip("/"), errors=AS_BYTES)
    return address_of(parts, max(below, 1)) or named


def addresses_of(found: Iterable[Found], known: Mapping[str, set[str]]) -> dict[Path, str]:
    """The address of each file: as short as it can be without being another file's.

    `known` is address -> marks of the files that the archive has it from. A file keeps its address while it
    stays where it is or holds what it held; another file of that name is called by a folder more.
    """
    found = list(found)
    held = {mark: address for address, marks in known.items() for mark in marks}
    addresses = {one.file: held.get(one.place) or url_of(one.file, one.root) for one in found}
    waiting = [one for one in found if one.place not in held and addresses[one.file].startswith("file:")]
    for above in range(1, 200):
        owners: dict[str, list[Found]] = defaultdict(list)
        for one in found:
            owners[addresses[one.file]].append(one)
        waiting = [one for one in waiting if _disputed(one, addresses[one.file], owners, known)]
        if not waiting:
            break
        for one in waiting:
            longer = url_of(one.file, one.root, above)
            spent = longer == addresses[one.file]
            addresses[one.file] = f"{longer}~{one.place[:8]}" if spent else longer
    return addresses


def _disputed(
    one: Found, address: str, owners: Mapping[str, list[Found]], known: Mapping[str, set[str]]
) -> bool:
    """Whether an address is that of other bytes elsewhere, here or in the archive."""
    if address in known and not known[address] & {one.place, content_of(one.file)}:
        return True
    others = [other for other in owners[address] if other.place != one.place]
    return any(content_of(other.file) != content_of(one.file) for other in others)


def content_of(file: Path) -> str:
    """A short id of a file's bytes; of one that can't be read, of its place."""
    try:
        about = file.stat()
        return _digest(file, about.st_mtime_ns, about.st_size)
    except OSError:
        return short_id(str(_lexical(file)))


@lru_cache(maxsize=10_000)
def _digest(file: Path, _changed: int, _size: int) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:16]


def known_places(lines: Iterable[Mapping[str, Any]], urls: set[str]) -> dict[str, set[str]]:
    """Address -> marks of the files whose captures these index lines are; of a table's row, its file's.

    `urls` is filled with the addresses of all captures.
    """
    known: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        if line["type"] != "capture":
            continue
        urls.add(line["url"])
        if line.get("place") and line["url"].startswith("file:"):
            known[line["url"].partition("#")[0]] |= set(line["place"].split())
    return known


def _lexical(path: Path) -> Path:
    """The whole path, without "..": links in it stay."""
    return Path(os.path.normpath(path.absolute()))


def host_of(url: str) -> str:
    """The host of a web address without `www.`, which names the source where none is declared; else ""."""
    try:
        kept = replay(url)
        parts = urlsplit(kept.url if kept else url)
        return (parts.hostname or "").removeprefix("www.") if parts.scheme in ("http", "https") else ""
    except ValueError:
        return ""
