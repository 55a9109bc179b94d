"""Forgetting: records go from a WARC file, all else in it stays byte for byte, and a tombstone tells of them.

`forgotten.jsonl` in the archive has a line for each capture that went: its address and digest, why and when.
It is written first. A file is then copied record by record, without those and without what is about them; the
copy is verified and takes the file's place (docs/decisions/0035).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO

from pipeline.archive.index import Tombstone, index_of, tombstones_file
from pipeline.archive.warc import (
    QuietIterator,
    SourceOf,
    Window,
    claim,
    digest_of,
    read_warc_fields,
    scan,
    whole_parts,
)
from pipeline.archive.wholeness import COPY, MALFORMED, Damaged, record_at
from pipeline.durable import append_lines, digest_on_disk, seal, seal_of, sync_folder, to_disk
from pipeline.errors import ArchiveError, SetAside
from pipeline.records import short_id

ABOUT = ("WARC-Concurrent-To", "WARC-Refers-To", "WARC-Segment-Origin-ID")
"""Headers that name the record which another one is about, or goes on with."""

PIECE = re.compile(r"\.warc(?:\.gz)?(?:\.torn-\d+|\.set-aside-\d+)$")
"""A piece of a WARC file, or a whole one, that was moved aside."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Bytes of a WARC file that are one record; `capture_id` of a capture, or of what a revisit refers to."""

    start: int
    length: int
    kind: str
    record_id: str
    of: frozenset[str]
    capture_id: str = ""


def bury(archive: Path, stones: Sequence[Tombstone]) -> None:
    """Write tombstones; from here on no run takes these captures in again."""
    append_lines(tombstones_file(archive), [{"type": "forgotten", **asdict(stone)} for stone in stones])
    sync_folder(archive)


def note(archive: Path, kind: str, **about: str) -> None:
    """Write that all is done (`done`), or that an address is no longer forgotten (`lifted`)."""
    append_lines(tombstones_file(archive), [{"type": kind, **about}])


def rewrite(file: Path, ids: Iterable[str], source_of: SourceOf) -> int:
    """Take the captures of these ids, and what is about them, out of a WARC file. Returns the bytes gone.

    Raises ArchiveError where the file is being written, or is damaged: that might be what is to go.
    """
    with file.open("rb") as stream:
        claim(stream, file)
        every = _slices(stream, file)
        stay = _without(every, set(ids))
        if len(stay) == len(every):
            return 0
        draft, index = file.with_name(f".{file.name}.draft"), index_of(file)
        draft_index = index.with_name(f".{index.name}.draft")
        try:
            _copy(stream, stay, draft)
            _check(draft, stay, file)
            draft_index.unlink(missing_ok=True)
            append_lines(
                draft_index, [*_lines(draft, file.name, source_of), {"type": "end", "end": _size(draft)}]
            )
        except OSError as error:
            for one in (draft, draft_index):
                with suppress(OSError):
                    one.unlink(missing_ok=True)
            raise ArchiveError(
                f"{file} can't be written without them: {error.strerror or error}. It is as it was; free "
                "some space or mend the permission, and run `themeshift forget --yes`: it goes on from there"
            ) from error
        gone = _size(file) - _size(draft)
        seal_of(file).unlink(missing_ok=True)
        draft.replace(file)
        draft_index.replace(index)
        sync_folder(file.parent)
        seal(file, index)
        return gone


def refuse_damaged(file: Path) -> None:
    """Raise ArchiveError where a WARC file is damaged, so that nothing can be taken out of it."""
    with file.open("rb") as stream:
        _slices(stream, file)


def only_forgotten(old: Path, new: Path, ids: Iterable[str]) -> bool:
    """Whether a WARC file is another one without the captures of these ids, and perhaps longer."""
    try:
        with old.open("rb") as before, new.open("rb") as after:
            left = _without(_slices(before, old), set(ids))
            now = _slices(after, new)[: len(left)]
            return [_hash(before, one) for one in left] == [_hash(after, one) for one in now]
    except (ArchiveError, OSError):
        return False


def holds(file: Path, addresses: Iterable[bytes]) -> bool:
    """Whether a piece of a WARC file that was moved aside, whole or torn, has a record of such an address."""
    from pipeline.archive.gzip_members import Inflated

    wanted = [b"WARC-Target-URI: " + address + b"\r\n" for address in addresses]
    longest, tail = max(map(len, wanted), default=0), b""
    with file.open("rb") as stream:
        packed = stream.read(2) == b"\x1f\x8b"
        stream.seek(0)
        source = Inflated(stream) if packed else stream
        try:
            while chunk := source.read(1 << 20):
                tail += chunk
                if any(one in tail for one in wanted):
                    return True
                tail = tail[-longest:]
        except (OSError, EOFError, *MALFORMED):
            return False  # what is damaged can't be unpacked by others either
    return False


def _slices(stream: IO[bytes], file: Path) -> list[Slice]:
    """Every record of a file, with the line ends behind it. Raises ArchiveError for damage."""
    found: list[Slice] = []
    try:
        for part in whole_parts(stream, 0, file.name.endswith(".gz")):
            iterator = QuietIterator(Window(stream, *part), arc2warc=True)
            for record in iterator:
                head, content = record.rec_headers, record.raw_stream.read()
                url = head.get_header("WARC-Target-URI") or ""
                digest, capture = head.get_header("WARC-Payload-Digest") or "", ""
                if record.rec_type in ("response", "resource"):
                    capture = short_id(url, digest or digest_of(content))
                elif record.rec_type == "revisit":
                    capture = short_id(head.get_header("WARC-Refers-To-Target-URI") or url, digest)
                elif record.rec_type == "metadata":
                    capture = read_warc_fields(content).get("capture", "")
                of = frozenset(filter(None, (head.get_header(name) for name in ABOUT)))
                start, length = iterator.get_record_offset(), iterator.get_record_length()
                name = head.get_header("WARC-Record-ID") or f"at {start}"
                found.append(Slice(start, length, record.rec_type, name, of, capture))
    except MALFORMED as error:
        raise ArchiveError(f"{file} is damaged ({error}): {COPY.format(file.name)} first") from error
    whole, size = [], _size(file)
    for one, after in zip(found, [*(one.start for one in found[1:]), size], strict=True):
        stream.seek(one.start + one.length)
        if after < one.start + one.length or stream.read(after - stream.tell()).strip(b"\r\n\0"):
            raise ArchiveError(f"{file} is damaged after byte {one.start}: {COPY.format(file.name)} first")
        whole.append(replace(one, length=after - one.start))
    if size and (not whole or whole[0].start):
        raise ArchiveError(f"{file} is damaged at its beginning: {COPY.format(file.name)} first")
    return whole


def _without(every: Sequence[Slice], ids: set[str]) -> list[Slice]:
    """The records that stay: all but captures of these ids, and what is about these or refers to them."""
    revisits = {name for one in every if one.kind == "metadata" and one.capture_id in ids for name in one.of}
    gone = {
        one.record_id
        for one in every
        if (one.kind in ("response", "resource", "revisit") and one.capture_id in ids)
        or (one.kind == "revisit" and one.record_id in revisits)
    }
    return [one for one in every if one.record_id not in gone and not one.of & gone]


def _copy(stream: IO[bytes], stay: Sequence[Slice], draft: Path) -> None:
    whole = hashlib.sha256()
    with draft.open("wb") as into:
        for one in stay:
            stream.seek(one.start)
            raw = stream.read(one.length)
            whole.update(raw)
            into.write(raw)
        into.flush()
        to_disk(into.fileno())
    if digest_on_disk(draft) != whole.hexdigest():
        raise ArchiveError(f"{draft.parent} gives back other bytes than were written: use another disk")


def _check(draft: Path, stay: Sequence[Slice], file: Path) -> None:
    """Hold every record of a draft against its digests."""
    at = 0
    with draft.open("rb") as stream:
        for one in stay:
            try:
                record_at(stream, at, one.length, file.name.endswith(".gz"))
            except SetAside:
                pass  # too large to look at, and copied as it is
            except Damaged as error:
                draft.unlink()
                raise ArchiveError(
                    f"{file}, byte {one.start}: {error}. {COPY.format(file.name).capitalize()} first"
                ) from error
            at += one.length


def _lines(draft: Path, name: str, source_of: SourceOf) -> Iterator[dict[str, object]]:
    with draft.open("rb") as stream:
        for start, end in whole_parts(stream, 0, name.endswith(".gz")):
            yield from scan(stream, name, start, end, source_of)


def _hash(stream: IO[bytes], one: Slice) -> bytes:
    stream.seek(one.start)
    return hashlib.sha256(stream.read(one.length)).digest()


def _size(file: Path) -> int:
    return file.stat().st_size
