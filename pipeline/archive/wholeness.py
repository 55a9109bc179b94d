"""Whether what lies in the archive is what was put there: records and their digests, indexes and records.

A file that was closed has a seal (`pipeline/durable.py`): as long as the file is as sealed, so is every
record in it, and nothing is unpacked. Without a seal, or where it says otherwise, each record is unpacked and
held against its digests and its line in the index.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeadersParserException

from pipeline.archive.index import acknowledged, flaws_of_index, forgotten, index_of, key_of, set_aside_of
from pipeline.archive.warc import (
    QuietIterator,
    SourceOf,
    Window,
    decoded,
    scan,
    whole_parts,
    without_chunks,
)
from pipeline.durable import as_sealed, read_lines, seal, seal_of
from pipeline.errors import SetAside
from pipeline.limits import BODY, WARC_HEAD, said

SHOWN = 5
"""So many of what is missing are named."""
LARGEST = BODY + WARC_HEAD
MALFORMED = (ArchiveLoadFailed, StatusAndHeadersParserException, StopIteration, ValueError, EOFError)
COPY = "restore {} from a copy"
Held = tuple[ArcWarcRecord, bytes, bytes]


@dataclass(frozen=True, slots=True)
class Flaw:
    """Damage: the file, what is wrong and where in it, and what to do. `mends` is what --repair can do."""

    file: str
    what: str
    todo: str
    mends: str = ""


class Damaged(Exception):  # noqa: N818 - a finding, not an error of the program
    """A record that is not what was put there; says why."""


def record_at(stream: IO[bytes], offset: int, length: int, packed: bool) -> Held:
    """The record in these bytes of a WARC file, its block, and its content as it lies there, without head.

    Raises Damaged where they hold no whole record, or one that disagrees with its digests; SetAside for one
    that is too large.
    """
    if length > LARGEST:
        raise SetAside("too-large", f"more than {said(BODY)}")
    stream.seek(offset)
    raw = stream.read(length)
    if len(raw) < length:
        raise Damaged(f"the file ends {length - len(raw)} bytes before the record does")
    raw = _unpacked(raw) if packed else raw
    try:
        record = next(iter(QuietIterator(BytesIO(raw), arc2warc=True)))
        content = bytes(record.raw_stream.read())
        block = _block(raw, record)
    except MALFORMED as error:
        raise Damaged(f"no record begins here: {str(error).strip() or type(error).__name__}") from error
    if why := _disagrees(record, block, content):
        raise Damaged(why)
    return record, block, content


def check_digest(stated: str, held: Held) -> None:
    """Compare a record with the digest that its line in the index states. Raises Damaged."""
    record, _, content = held
    if not stated or stated == record.rec_headers.get_header("WARC-Payload-Digest"):
        return
    if not any(_agrees(stated, form) for form in _forms(record, content)):
        raise Damaged(f"its digest is not {stated}, which the index states: it leads to another record")


def _unpacked(raw: bytes) -> bytes:
    parts, size = [], 0
    while raw.strip(b"\0"):
        inflater = zlib.decompressobj(31)
        try:
            parts.append(inflater.decompress(raw, LARGEST - size + 1))
        except zlib.error as error:
            raise Damaged(f"it can't be unpacked ({error})") from error
        size += len(parts[-1])
        if size > LARGEST:
            raise SetAside("too-large", f"more than {said(BODY)} when unpacked")
        if not inflater.eof:
            raise Damaged("its last bytes are missing")
        raw = inflater.unused_data
    return b"".join(parts)


def _block(raw: bytes, record: ArcWarcRecord) -> bytes:
    """All behind the record's own head: what its block's digest is of. Empty in an ARC file."""
    if not raw.startswith(b"WARC/"):
        return b""
    ends = [at + len(end) for end in (b"\r\n\r\n", b"\n\n") if (at := raw.find(end)) >= 0]
    start, length = min(ends), int(record.rec_headers.get_header("Content-Length") or 0)
    if length < 0 or len(raw) < start + length:
        raise ValueError(f"{start + length - len(raw)} bytes of it are missing")
    return raw[start : start + length]


def _disagrees(record: ArcWarcRecord, block: bytes, content: bytes) -> str:
    """In what a record disagrees with its digests; "" where it agrees, or states none that can be compared.

    The block's digest decides. That of the payload is taken by some programs before and by others after the
    content is unpacked: it decides where there is no other, and holds if it is that of any of these.
    """
    of_block = record.rec_headers.get_header("WARC-Block-Digest")
    agrees = _agrees(of_block, block) if of_block else None
    if agrees is False:
        return f"its block is not the one of {of_block}"
    stated = record.rec_headers.get_header("WARC-Payload-Digest")
    if agrees or not stated or record.rec_type == "revisit":
        return ""
    if record.rec_headers.get_header("WARC-Segment-Number"):
        return ""  # the digest is of all segments together
    found = [_agrees(stated, form) for form in _forms(record, content)]
    return f"its payload is not the one of {stated}" if False in found and True not in found else ""


def _forms(record: ArcWarcRecord, content: bytes) -> Iterator[bytes]:
    yield content
    yield without_chunks(record, content)
    with suppress(SetAside):
        yield decoded(record, content)


def _agrees(stated: str, body: bytes) -> bool | None:
    """Whether a body has a stated digest, in base 32, base 16 or base 64; None for one of an unknown kind."""
    kind, _, value = stated.strip().partition(":")
    kind = kind.lower().replace("-", "").replace("sha3", "sha3_")
    if not value.strip() or kind not in hashlib.algorithms_available or kind.startswith("shake"):
        return None
    found, value = hashlib.new(kind, body, usedforsecurity=False).digest(), value.strip().rstrip("=")
    ways = [way(found).decode().rstrip("=") for way in (base64.b64encode, base64.urlsafe_b64encode)]
    base32 = base64.b32encode(found).decode().rstrip("=").lower()
    return value in ways or value.lower() in (found.hex(), base32)


def check(file: Path, source_of: SourceOf) -> list[Flaw]:
    """What is damaged of a WARC file and its index. A file that is being written is left alone: [].

    One that is whole and has no seal gets one. Raises OSError where it can't be read.
    """
    index = index_of(file)
    with file.open("rb") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return []
        lost = _lost(file)
        sealed = [as_sealed(one, under=file) for one in (file, index)]
        if all(sealed):
            return lost
        flaws = [*_check_records(stream, file), *_check_index(stream, file, source_of), *lost]
        if not flaws and None in sealed:
            with suppress(OSError):  # a disk that is read-only
                seal(file, index)
        elif not flaws:
            name = index.name if sealed[0] else file.name
            return [Flaw(
                name, f"it is not as it was when it was sealed ({seal_of(file).name}), though every record "
                "agrees with its digest and its line in the index", COPY.format(name), "seal",
            )]  # fmt: skip
        return flaws


def _check_records(stream: IO[bytes], file: Path) -> Iterator[Flaw]:
    """Every record against its digests, and what stands between records."""
    packed, todo = file.name.endswith(".gz"), COPY.format(file.name)
    at, size = 0, file.stat().st_size
    for start, end in [*whole_parts(stream, 0, packed), (size, size)]:
        if start > at:
            yield Flaw(
                file.name,
                f"{start - at} bytes from byte {at} on are damaged: they hold no whole record",
                todo,
            )
        at = end
        with file.open("rb") as other:
            try:
                for offset, length in _places(stream, start, end):
                    try:
                        record_at(other, offset, length, packed)
                    except Damaged as why:
                        yield Flaw(file.name, f"the record at byte {offset} is damaged: {why}", todo)
                    except SetAside:
                        continue
            except MALFORMED as error:
                reason = str(error).strip() or type(error).__name__
                yield Flaw(
                    file.name, f"between byte {start} and {end} it can't be read as records: {reason}", todo
                )


def _places(stream: IO[bytes], start: int, end: int) -> Iterator[tuple[int, int]]:
    iterator = QuietIterator(Window(stream, start, end), arc2warc=True)
    for _ in iterator if end > start else ():
        yield iterator.get_record_offset(), iterator.get_record_length()


def _check_index(stream: IO[bytes], file: Path, source_of: SourceOf) -> Iterator[Flaw]:
    """Every line against its record, and every record against its line."""
    index, packed = index_of(file), file.name.endswith(".gz")
    todo, mends = "`themeshift verify --repair` makes it again from the records", "index"
    if not index.exists():
        yield Flaw(index.name, "it is not there", todo, mends)
        return
    if bad := [number for number in flaws_of_index(file) if number]:
        yield Flaw(index.name, f"{told(bad, 'line')} not as written", todo, mends)
    try:
        parts = whole_parts(stream, 0, packed)
        lines = [line for a, b in parts for line in scan(stream, file.name, a, b, source_of)]
    except MALFORMED:
        return  # told by the records
    right = {key_of(line): line for line in lines}
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    twice: Counter[tuple[Any, ...]] = Counter()
    for line in acknowledged(read_lines(index)):
        key = key_of(line)
        twice[key] += 1
        found[key] = line
    where = {
        key: f"{line.get('url') or line.get('run_id')} ({line['type']})"
        for key, line in (found | right).items()
    }
    missing, extra = right.keys() - found.keys(), found.keys() - right.keys()
    other = {key for key in right.keys() & found.keys() if _differ(right[key], found[key])}
    repeated = {key for key, times in twice.items() if times > 1}
    for keys, what in ((missing, "no line for"), (extra, "a line without its record:"),
                       (other, "not as its record is:"), (repeated, "two lines for")):  # fmt: skip
        if keys:
            yield Flaw(index.name, f"{what} {_named(where[key] for key in keys)}", todo, mends)


def _differ(right: dict[str, Any], found: dict[str, Any]) -> bool:
    """Whether a line says other than its record. The source of somebody else's is not in the record."""
    free = {"source", "end"} if not right.get("run_id") else {"end"}
    return any(found.get(name, "") != value for name, value in right.items() if name not in free)


def _lost(file: Path) -> list[Flaw]:
    """Captures that an index that was set aside acknowledged, and that are no longer there."""
    names = lost_of(file)
    if not names:
        return []
    asides = " and ".join(one.name for one in set_aside_of(index_of(file)))
    return [Flaw(
        file.name, f"{told(names, 'capture')} acknowledged and no longer there", f"{COPY.format(file.name)}; "
        f"where there is none, {asides} is all that is left of them: delete it once you know what is lost",
    )]  # fmt: skip


def lost_of(file: Path) -> list[str]:
    """Addresses of captures that an index which was set aside has, and neither today's nor a tombstone."""
    asides = set_aside_of(index_of(file))
    if not asides:
        return []
    now = {
        line["capture_id"] for line in acknowledged(read_lines(index_of(file))) if line["type"] == "capture"
    } | forgotten(file.parent).keys()
    before = (
        line for aside in asides for line in acknowledged(read_lines(aside)) if line["type"] == "capture"
    )
    return list(dict.fromkeys(line["url"] for line in before if line["capture_id"] not in now))


def told(what: list[Any], noun: str) -> str:
    """`3 lines (2, 5, 7) are`; `1 line (2) is`."""
    many = len(what) != 1
    return f"{len(what)} {noun}{'s' if many else ''} ({_named(what)}) {'are' if many else 'is'}"


def _named(what: Any) -> str:
    names = sorted(map(str, what)) if not isinstance(what, list) else list(map(str, what))
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
