"""Codings of other programs: taken from a file into the archive, and from there into `imported_code`.

They lie in `archive/codings/<coder>/0001.jsonl` and so on, a file for each import, written once. A later one
adds to those before and, where both speak of a passage and theme, counts; or it replaces all of them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from pipeline import store
from pipeline import themes as books
from pipeline.archive.data_files import DataFile
from pipeline.archive.table_text import DAMAGE
from pipeline.config import Config
from pipeline.durable import dumps, loads, sync_folder, to_disk
from pipeline.errors import ArchiveError, InputError
from pipeline.labelling.codings_file import Bad, Given, Parsed, Passages, parse
from pipeline.labelling.samples import checked_name
from pipeline.records import counted, short_id
from pipeline.store import Connection
from pipeline.themes.model import CLASSIFIER, CODEBOOK, IMPORTED, REFERENCE

COLUMNS = ("coder", "passage_id", "text_hash", "theme", "score")
OWN = (CODEBOOK, CLASSIFIER, IMPORTED, REFERENCE, "phrases", "people")
"""Names that would be taken for something else."""
SHOWN = 20
Key = tuple[str, str, str]
"""passage or "", hash of the text or "", theme."""


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What an import did: rows of the file, codings new or changed, and such as were there.

    `silent` rows say nothing. `stale` codings are of passages that are not published: they are kept, and
    count where the text comes back. `unknown` counts the rows of themes that the codebook lacks; these are
    kept, too. `bad` rows are kept as they came and count nothing. `only_yes`: the file says no nowhere.
    """

    coder: str
    rows: int
    new: int
    unchanged: int
    silent: int
    stale: int
    unknown: dict[str, int]
    bad: Sequence[Bad]
    ignored: Sequence[str]
    only_yes: bool
    path: str


def folder(archive: Path) -> Path:
    """Where codings of other programs lie, a folder for each coder."""
    return archive / "codings"


def known(archive: Path) -> list[str]:
    """The coders, in order."""
    return sorted({path.parent.name for path in folder(archive).glob("*/*.jsonl")})


def take_in(
    config: Config, coder: str, file: Path, replace: bool = False, rest_is_no: bool = False
) -> TakenIn:
    """Take the codings of a file in. Bad rows are told and kept aside; the others count.

    `replace`: what the coder said before counts no longer. `rest_is_no`: of published passages that the
    file says nothing of, it says no, for each theme that it names. Raises InputError for a file or a name
    that can't be used, or where no row can.
    """
    coder = _checked(config.archive, coder)
    book = books.load(config.codebook_file)
    with store.open_published(store.published_file(config)) as connection:
        passages = Passages.of(connection.execute(store.queries("label")["passages"]).fetchall())
    found = said_in(file, {t.theme: t.label for t in book.themes}, passages)
    if not found.given:
        why = "\n  ".join(told(found.bad)) or "its rows say nothing"
        raise InputError(f"{file}: nothing was taken in:\n  {why}")
    if rest_is_no:
        _rest(found, passages)
    before = {} if replace else read(config.archive, coder)
    new = {key: one for key, one in found.given.items() if before.get(key) != one}
    hashes = set(passages.hashes.values())
    stale = sum(
        (one.text_hash or passages.hashes.get(one.passage_id)) not in hashes for one in found.given.values()
    )
    unchanged = len(found.given) - len(new)
    path = (
        _write(config.archive, coder, file, replace, list(new.values()), found.bad) if new or replace else ""
    )
    return TakenIn(
        coder, found.rows, len(new), unchanged, found.silent, stale, found.themes, found.bad, found.ignored,
        found.only_yes and not rest_is_no, str(path),
    )  # fmt: skip


def said_in(file: Path, themes: Mapping[str, str], passages: Passages) -> Parsed:
    """What a file says of themes (name -> label). Raises InputError for one that can't be read."""
    try:
        return parse(DataFile(file).rows(), themes, passages, str(file))
    except OSError as error:
        raise InputError(f"{file} can't be read: {error.strerror}") from error
    except DAMAGE as error:
        raise InputError(f"{file} is truncated or no gzip: {error}") from error


def read(archive: Path, coder: str) -> dict[Key, Given]:
    """What a coder says, the last of each passage and theme. Raises ArchiveError for a damaged file."""
    found: dict[Key, Given] = {}
    for path in sorted((folder(archive) / coder).glob("*.jsonl")):
        try:
            with path.open("rb") as stream:
                head = loads(next(stream))
                if head["replace"]:
                    found.clear()
                number = 0
                for line in map(loads, stream):
                    if line["type"] == "coding":
                        one = Given(
                            line["passage_id"], line["text_hash"], line["theme"], float(line["score"])
                        )
                        found[one.passage_id, one.text_hash, one.theme] = one
                        number += 1
                if number != head["codings"]:
                    raise ValueError(f"{number} of its {head['codings']} codings are there")
        except (OSError, StopIteration, ValueError, KeyError, TypeError) as error:
            raise ArchiveError(
                f"{path} is damaged ({error}): restore it from a copy of the archive"
            ) from error
    return found


def fill(connection: Connection, archive: Path) -> Iterator[str]:
    """Take all codings into `imported_code`, unless their files are as they were. Yields what to tell.

    A coder with a damaged file is left out, and told of.
    """
    files = sorted(folder(archive).glob("*/*.jsonl"))
    state = short_id(*(f"{f.relative_to(archive)} {f.stat().st_size} {f.stat().st_mtime_ns}" for f in files))
    if store.unchanged(connection, "codings", state):
        return
    connection.execute("DELETE FROM imported_code")
    for coder in known(archive):
        try:
            found = read(archive, coder)
        except ArchiveError as error:
            yield f"{error}. The codings of {coder} are left out"
            continue
        rows = [(coder, g.passage_id or None, g.text_hash or None, g.theme, g.score) for g in found.values()]
        store.insert(connection, "imported_code", COLUMNS, rows)
    store.mark(connection, "codings", state)


def warnings(done: TakenIn) -> Iterator[str]:
    """What to tell beside what was taken in."""
    if done.bad:
        listed = "\n  ".join(told(done.bad))
        yield f"{counted(len(done.bad), 'row')} can't be read and count nothing:\n  {listed}"
    if done.unknown:
        listed = ", ".join(f"{theme} ({number:,})" for theme, number in list(done.unknown.items())[:SHOWN])
        yield f"themes that the codebook does not have, kept until it has them: {listed}"
    if done.stale:
        yield (
            f"{counted(done.stale, 'coding')} of passages that are not published, or read otherwise now: "
            "kept, and counted once such a passage is there"
        )
    if done.silent:
        yield f"{counted(done.silent, 'row')} that say nothing"
    if done.only_yes:
        yield "no row says no: where the file lists all that carries a theme, import it with --rest-is-no"
    if done.ignored:
        yield f"columns that no coding is in were passed over: {', '.join(done.ignored[:SHOWN])}"


def told(bad: Sequence[Bad]) -> Iterator[str]:
    """The bad rows, the first of them by number and reason."""
    yield from (f"row {one.row}: {one.why}" for one in bad[:SHOWN])
    if len(bad) > SHOWN:
        yield f"… and {len(bad) - SHOWN:,} more"


def as_text(done: TakenIn) -> str:
    """One line on what was taken in."""
    new = counted(done.new, "coding", none="0 codings")
    return f"{done.coder}: {new} new or changed, {done.unchanged:,} as before"


def _checked(archive: Path, coder: str) -> str:
    coder = checked_name(coder, "coder")
    if coder.casefold() in OWN:
        raise InputError(
            f"{coder!r} would be taken for Themeshift's own coding: give the program another name"
        )
    for other in known(archive):
        if other != coder and other.casefold() == coder.casefold():
            raise InputError(f"there are codings by {other!r}: is that the program? Then write the name so")
    return coder


def _rest(found: Parsed, passages: Passages) -> None:
    themes = {one.theme for one in found.given.values()}
    spoken = {
        (one.text_hash or passages.hashes.get(one.passage_id, ""), one.theme) for one in found.given.values()
    }
    for passage, text_hash in passages.hashes.items():
        for theme in themes:
            if (text_hash, theme) not in spoken:
                found.given[passage, text_hash, theme] = Given(passage, text_hash, theme, 0.0)


def _write(
    archive: Path, coder: str, file: Path, replace: bool, given: Sequence[Given], bad: Sequence[Bad]
) -> Path:
    """A new file of codings, whole or not at all. Raises ArchiveError."""
    into = folder(archive) / coder
    last = max(
        (int(path.stem) for path in into.glob("*.jsonl") if re.fullmatch(r"\d+", path.stem)), default=0
    )
    path = into / f"{last + 1:04d}.jsonl"
    draft = path.with_suffix(f".{os.getpid()}")
    head: dict[str, Any] = {
        "type": "codings", "coder": coder, "file": file.name, "replace": replace, "codings": len(given),
        "bad": len(bad), "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }  # fmt: skip
    try:
        into.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as stream:
            lines = chain(
                [head],
                ({"type": "coding", **asdict(one)} for one in given),
                ({"type": "bad", **asdict(one)} for one in bad),
            )
            stream.writelines(dumps(line) + b"\n" for line in lines)
            stream.flush()
            to_disk(stream.fileno())
        draft.replace(path)
        sync_folder(into)
        sync_folder(into.parent)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise ArchiveError(f"{path} can't be written: {error.strerror}") from error
    return path
