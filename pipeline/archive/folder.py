"""The archive: WARC files, gzipped per record, written through one door and never changed.

Beside each `X.warc.gz` stands `X.warc.gz.jsonl`, one line per capture, revisit, policy file, refusal and
finished run. It is a convenience: when it is missing or behind, `Archive.sync` rebuilds it from the WARC
file. A capture is acknowledged once its records and its index line are synced to disk.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from warcio.exceptions import ArchiveLoadFailed

from pipeline.archive.index import Run, end_of_index, index_of
from pipeline.archive.warc import QuietIterator, SourceOf, charset_of, payload, scan, whole_parts
from pipeline.archive.writer import ArchiveWriter
from pipeline.durable import append_lines, read_lines
from pipeline.errors import ArchiveError
from pipeline.records import Capture, CaptureRef

SUFFIXES = (".warc.gz", ".warc")


@dataclass(frozen=True, slots=True)
class Torn:
    """Bytes of a WARC file that hold no whole record.

    The half-written end that a crash leaves is moved to the file `kept_in`; damage in the middle stays
    where it is, and `kept_in` is empty.
    """

    warc_file: str
    offset: int
    bytes: int
    kept_in: str


class Archive:
    """A folder of WARC files. Several processes may write at once, each to a file of its own."""

    def __init__(self, folder: Path, source_of: SourceOf = lambda url: None) -> None:
        self.folder = folder
        self.source_of = source_of

    def files(self) -> list[Path]:
        """The WARC files, in the order of their names."""
        if not self.folder.is_dir():
            return []
        return sorted(p for p in self.folder.iterdir() if p.name.endswith(SUFFIXES))

    def sync(self) -> list[Torn]:
        """Bring every index up to its WARC file, and move torn ends aside. Returns those."""
        return [torn for file in self.files() for torn in self._sync_file(file)]

    def lines(self) -> Iterator[dict[str, Any]]:
        """Every index line of the archive, oldest file first."""
        for file in self.files():
            yield from read_lines(index_of(file))

    def read(self, ref: CaptureRef) -> Capture:
        """The capture that lies at `ref`.

        Raises SetAside where its compressed content ends too early, ArchiveError where the record
        is not there.
        """
        path = self.folder / ref.warc_file
        try:
            with path.open("rb") as stream:
                stream.seek(ref.warc_offset)
                record = next(iter(QuietIterator(stream, arc2warc=True)))
                body = payload(record)
        except (OSError, StopIteration, ArchiveLoadFailed) as error:
            raise ArchiveError(f"{path}: no record at byte {ref.warc_offset}: {error}") from error
        return Capture(
            url=ref.url,
            source=ref.source,
            fetched_at=ref.fetched_at,
            media_type=ref.media_type,
            body=body,
            status=ref.status,
            charset=charset_of(record),
            capture_id=ref.capture_id,
            found=ref.found,
            via=ref.via,
            truncated=record.rec_headers.get_header("WARC-Truncated") or "",
        )

    def writer(self, run: Run) -> ArchiveWriter:
        """Open a WARC file for this run; use it as a context manager."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ArchiveError(f"{self.folder} can't be made: {error.strerror}") from error
        self.sync()
        held = (line for line in self.lines() if line["type"] in ("capture", "policy"))
        return ArchiveWriter(self.folder, run, {line["capture_id"]: line["fetched_at"] for line in held})

    def _sync_file(self, file: Path) -> list[Torn]:
        index = index_of(file)
        end = end_of_index(index)
        if end == file.stat().st_size:
            return []
        with file.open("rb+") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return []  # being written: its writer keeps the index
            try:
                return self._extend(index, stream, file, end)
            except ArchiveLoadFailed as error:
                raise ArchiveError(
                    f"{file} is not a WARC file gzipped per record ({error}); "
                    "`warcio recompress` mends that, then try again"
                ) from error
            except OSError as error:
                raise ArchiveError(f"{file} can't be mended or indexed: {error.strerror or error}") from error

    def _extend(self, index: Path, stream: IO[bytes], file: Path, end: int) -> list[Torn]:
        size = os.fstat(stream.fileno()).st_size
        if end > size:  # the index knows more than the file holds: believe the file
            index.unlink()
            end = 0
        parts = whole_parts(stream, end, file.name.endswith(".gz"))
        lines = [line for a, b in parts for line in scan(stream, file.name, a, b, self.source_of)]
        good = parts[-1][1] if parts else end
        starts = [*(a for a, _ in parts), good]
        ends = [end, *(b for _, b in parts)]
        gaps = [Torn(file.name, b, a - b, "") for b, a in zip(ends, starts, strict=True) if a > b]
        append_lines(index, [*lines, {"type": "end", "end": good}])
        return gaps + _set_torn_aside(stream, file, good)


def _set_torn_aside(stream: IO[bytes], file: Path, good: int) -> list[Torn]:
    size = os.fstat(stream.fileno()).st_size
    if size == good:
        return []
    aside = file.with_name(f"{file.name}.torn-{good}")
    stream.seek(good)
    aside.write_bytes(stream.read())
    stream.truncate(good)
    os.fsync(stream.fileno())
    return [Torn(file.name, good, size - good, aside.name)]
