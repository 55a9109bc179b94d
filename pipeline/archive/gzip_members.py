"""Files of gzip members, one after another: which stretches of them are whole.

A WARC file is one gzip member per record. A crash leaves its last member half-written; a bad disk may
damage one in the middle. What is whole is found without trusting anything that was written beside it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import suppress
from io import RawIOBase
from typing import IO, Any

MAGIC = b"\x1f\x8b\x08"
LEVEL = 5
"""Of zlib: pages are 2 % larger than at 9, which warcio has, and packed in less than half the time."""
CHUNK = 1 << 20
STEP = 1 << 14


def whole_stretches(stream: IO[bytes], start: int) -> Iterator[tuple[int, int]]:
    """(start, end) of every stretch of complete members from byte `start` on, in order."""
    position: int | None = start
    while position is not None:
        end = _end_of_members(stream, position)
        if end > position:
            yield position, end
        position = _next_member(stream, end + 1)


def _end_of_members(stream: IO[bytes], start: int) -> int:
    """Where the last complete member of the unbroken row that begins at `start` ends."""
    stream.seek(start)
    good = position = start
    inflater = zlib.decompressobj(31)
    while chunk := stream.read(CHUNK):
        while chunk:
            try:
                _passed(inflater, chunk)
            except zlib.error:
                return good
            position += len(chunk) - len(inflater.unused_data)
            if not inflater.eof:
                break
            good, chunk = position, inflater.unused_data
            inflater = zlib.decompressobj(31)
    return good


def _passed(inflater: Any, chunk: bytes) -> None:
    """Unpack a piece for nothing but to see that it can be: whatever it holds takes no room."""
    inflater.decompress(chunk, CHUNK)
    while inflater.unconsumed_tail and not inflater.eof:
        inflater.decompress(inflater.unconsumed_tail, CHUNK)


def _next_member(stream: IO[bytes], start: int) -> int | None:
    """The next place from `start` on where a complete member begins, or None."""
    place = start
    while (found := _find(stream, place)) is not None:
        if _is_member(stream, found):
            return found
        place = found + 1
    return None


def _find(stream: IO[bytes], start: int) -> int | None:
    stream.seek(start)
    base, window = start, b""
    while chunk := stream.read(CHUNK):
        window += chunk
        if (at := window.find(MAGIC)) >= 0:
            return base + at
        base += len(window) - len(MAGIC) + 1
        window = window[-len(MAGIC) + 1 :]
    return None


def _is_member(stream: IO[bytes], start: int) -> bool:
    stream.seek(start)
    inflater = zlib.decompressobj(31)
    while chunk := stream.read(CHUNK):
        try:
            _passed(inflater, chunk)
        except zlib.error:
            return False
        if inflater.eof:
            return True
    return False


class Inflated(RawIOBase):
    """The content of gzip members as far as it goes: all of it up to the damage comes, then an error.

    Reading raises zlib.error for what is damaged, or no gzip, and EOFError where a member is cut off.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._packed = self._ready = b""
        self._inflater: Any = None
        self._broken: Exception | None = None

    def readable(self) -> bool:
        """Whether it can be read: always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with some of the content; 0 at the end."""
        while not self._ready and self._broken is None and (self._inflater or self._begins()):
            self._ready = self._piece()
        if not self._ready and self._broken:
            raise self._broken
        data, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Close the file."""
        self._stream.close()
        super().close()

    def _begins(self) -> bool:
        """Whether another member begins."""
        while not self._packed and (more := self._stream.read(1 << 16)):
            self._packed = more.lstrip(b"\0")  # tapes and disks fill up their blocks
        self._packed = self._packed.lstrip(b"\0")
        if not self._packed:
            return False
        self._inflater = zlib.decompressobj(wbits=31)
        return True

    def _piece(self) -> bytes:
        """Some content of the open member. Where damage comes within it, what stands before, byte by byte."""
        if not self._packed:
            self._packed = self._stream.read(1 << 16)
        before = self._inflater.copy()
        try:
            data: bytes = self._inflater.decompress(self._packed, STEP)
        except zlib.error as error:
            self._broken = error
            return _up_to_damage(before, self._packed)
        if self._inflater.eof:
            self._packed, self._inflater = self._inflater.unused_data, None
        elif self._packed or data:
            self._packed = self._inflater.unconsumed_tail
        else:
            self._broken = EOFError("it ends too early")
        return data


def _up_to_damage(inflater: Any, packed: bytes) -> bytes:
    data = bytearray()
    with suppress(zlib.error):
        for at in range(len(packed)):
            data += inflater.decompress(packed[at : at + 1])
    return bytes(data)


class Members:
    """What a WARC writer writes to: all that comes between two flushes becomes one gzip member."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Take up a part of a record."""
        self._parts.append(data)

    def flush(self) -> None:
        """End the member and hand it to the stream, which may hold it back."""
        compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, zlib.MAX_WBITS + 16)
        parts, self._parts = self._parts, []
        self._stream.write(b"".join([*map(compressor.compress, parts), compressor.flush()]))
