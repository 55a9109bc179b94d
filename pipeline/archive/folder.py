"""The archive: WARC files, gzipped per record, written through one door and never changed.

Beside each `X.warc.gz` stands `X.warc.gz.jsonl`, one line per capture, revisit, policy file, refusal and
finished run. It is a convenience: when it is missing, behind or damaged, `Archive.sync` rebuilds it from the
WARC file. A capture is acknowledged once its records and its index line are synced to disk. A file that was
closed in good order has a seal, `X.warc.gz.sha256`, for itself and its index.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from warcio.exceptions import ArchiveLoadFailed

from pipeline.archive.index import (
    Run,
    acknowledged,
    end_of_index,
    flaws_of_index,
    forgotten,
    index_of,
    set_aside_of,
)
from pipeline.archive.warc import SourceOf, charset_of, claim, decoded, scan, whole_parts
from pipeline.archive.wholeness import Damaged, check_digest, lost_of, record_at, told
from pipeline.archive.writer import ArchiveWriter
from pipeline.durable import (
    append_lines,
    digest_of_file,
    read_lines,
    read_seal,
    seal_of,
    set_aside,
    sync_folder,
    to_disk,
    write_seal,
)
from pipeline.errors import ArchiveError, SetAside, is_short
from pipeline.records import Capture, CaptureRef

SUFFIXES = (".warc.gz", ".warc")


@dataclass(frozen=True, slots=True)
class Torn:
    """Bytes of a WARC file that hold no whole record.

    The half-written end that a crash leaves is moved to the file `kept_in`; damage in the middle stays
    where it is, and `kept_in` is empty. `known`: an index tells that nothing of it was acknowledged.
    """

    warc_file: str
    offset: int
    bytes: int
    kept_in: str
    known: bool = True

    @property
    def message(self) -> str:
        """What to tell of it."""
        if not self.kept_in:
            return (
                f"{self.warc_file}: {self.bytes} bytes after byte {self.offset} are damaged and hold no "
                "whole record; what stands around them was taken in. Restore the file from a copy, if you "
                "have one"
            )
        told = (
            "Nothing that was acknowledged is lost"
            if self.known
            else "What of it was acknowledged is named apart, where an index tells of it"
        )
        return (
            f"{self.warc_file}: its last record is not whole ({self.bytes} bytes after byte {self.offset}); "
            f"moved to {self.kept_in}. {told}"
        )


@dataclass(frozen=True, slots=True)
class Renewed:
    """An index that could not be believed: kept under the name `kept_in`, and made again. `why` says why."""

    index: str
    why: str
    kept_in: str

    @property
    def message(self) -> str:
        """What to tell of it."""
        return f"{self.index}: {self.why}. Moved to {self.kept_in}, and made again from the records"


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

    def sync(self) -> list[Torn | Renewed]:
        """Bring every index up to its WARC file, make damaged ones again, and move torn ends aside.

        Returns what is to be told of that.
        """
        return [found for file in self.files() for found in self._sync_file(file)]

    def orphans(self) -> list[Path]:
        """Indexes whose WARC file is not there."""
        if not self.folder.is_dir():
            return []
        ends = tuple(f"{suffix}.jsonl" for suffix in SUFFIXES)
        found = sorted(path for path in self.folder.iterdir() if path.name.endswith(ends))
        return [path for path in found if not path.with_suffix("").exists()]

    def lost(self) -> dict[str, list[str]]:
        """WARC file -> addresses of captures that were acknowledged and are no longer there."""
        known = forgotten(self.folder)
        found = {file.name: lost for file in self.files() if (lost := lost_of(file))}
        for index in self.orphans():
            lines = (line for line in acknowledged(read_lines(index)) if line["type"] == "capture")
            found[index.with_suffix("").name] = [
                line["url"] for line in lines if line["capture_id"] not in known
            ]
        return found

    def make_index_again(self, file: Path) -> None:
        """Make the index of a WARC file again, whatever it says. Raises ArchiveError where one is written."""
        with file.open("rb+") as stream:
            claim(stream, file)
            if index_of(file).exists():
                self._renew(index_of(file), stream, file, "it differs from the records")
            else:
                self._extend(index_of(file), stream, file, 0)

    def lines(self) -> Iterator[dict[str, Any]]:
        """Every index line of the archive, oldest file first."""
        for file in self.files():
            yield from read_lines(index_of(file))

    def read(self, ref: CaptureRef) -> Capture:
        """The capture that lies at `ref`.

        Raises SetAside where the record is damaged, or its compressed content ends too early, ArchiveError
        where the file is not there.
        """
        path = self.folder / ref.warc_file
        try:
            with path.open("rb") as stream:
                held = record_at(stream, ref.warc_offset, ref.warc_length, path.name.endswith(".gz"))
            check_digest(ref.digest, held)
        except OSError as error:
            if is_short(error):
                raise
            raise ArchiveError(f"{path}: no record at byte {ref.warc_offset}: {error}") from error
        except Damaged as error:
            raise SetAside("damaged", f"{ref.warc_file}, byte {ref.warc_offset}: {error}") from error
        record, _, content = held
        body = decoded(record, content)
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
        gone = {address for one in forgotten(self.folder).values() for address in (one.url, one.asked)} - {""}
        return ArchiveWriter(
            self.folder, run, {line["capture_id"]: line["fetched_at"] for line in held}, gone
        )

    def _sync_file(self, file: Path) -> Sequence[Torn | Renewed]:
        index = index_of(file)
        end, size, flaws = end_of_index(index), file.stat().st_size, flaws_of_index(file)
        if end == size and not flaws:
            return []
        with file.open("rb+") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return []  # being written: its writer keeps the index
            try:
                if why := _not_believed(index, end, size, flaws):
                    return self._renew(index, stream, file, why)
                return self._extend(index, stream, file, end)
            except ArchiveLoadFailed as error:
                raise ArchiveError(
                    f"{file} is not a WARC file gzipped per record ({error}); "
                    "`warcio recompress` mends that, then try again"
                ) from error
            except OSError as error:
                raise ArchiveError(f"{file} can't be mended or indexed: {error.strerror or error}") from error

    def _extend(self, index: Path, stream: IO[bytes], file: Path, end: int) -> list[Torn]:
        whole = end > 0
        lines, gaps, good = self._scanned(stream, file, end)
        if lines:
            seal_of(file).unlink(missing_ok=True)  # it has grown since
        append_lines(index, [*lines, {"type": "end", "end": good}])
        return gaps + _set_torn_aside(stream, file, good, whole)

    def _renew(self, index: Path, stream: IO[bytes], file: Path, why: str) -> list[Torn | Renewed]:
        """Make an index anew from the records. The old one is kept: it tells what was acknowledged."""
        lines, gaps, good = self._scanned(stream, file, 0)
        holes = [(gap.offset, gap.offset + gap.bytes) for gap in gaps]
        # What was acknowledged and is damaged stays known: it is to become a row that says so.
        lines += [
            line
            for line in acknowledged(read_lines(index))
            if any(a <= line.get("warc_offset", -1) < b and line["end"] <= good for a, b in holes)
        ]
        lines.sort(key=lambda line: line["end"])
        draft = index.with_name(f".{index.name}.draft")
        draft.unlink(missing_ok=True)
        append_lines(draft, [*lines, {"type": "end", "end": good}])
        aside = set_aside(index)
        draft.replace(index)
        sync_folder(self.folder)
        with suppress(ValueError):
            if known := read_seal(file):
                write_seal(file, known | {index.name: digest_of_file(index)})
        ends = _set_torn_aside(stream, file, good, known=False)
        return [Renewed(index.name, why, aside.name), *gaps, *ends]

    def _scanned(
        self, stream: IO[bytes], file: Path, start: int
    ) -> tuple[list[dict[str, Any]], list[Torn], int]:
        """Index lines for what stands from a byte on, the gaps in it, where its last whole record ends."""
        parts = whole_parts(stream, start, file.name.endswith(".gz"))
        lines = [line for a, b in parts for line in scan(stream, file.name, a, b, self.source_of)]
        good = parts[-1][1] if parts else start
        starts = [*(a for a, _ in parts), good]
        ends = [start, *(b for _, b in parts)]
        gaps = [Torn(file.name, b, a - b, "") for b, a in zip(ends, starts, strict=True) if a > b]
        return lines, gaps, good


def _not_believed(index: Path, end: int, size: int, flaws: Sequence[int]) -> str:
    """Why an index is to be made again from the first record on; "" where it only has to be gone on with."""
    if flaws == [0]:
        return "it is not as it was when it was closed"
    if flaws:
        return f"{told(list(flaws), 'line')} damaged"
    if end > size:
        return "it goes beyond the end of its WARC file, which is cut off"
    # What tells of the first of them may stand before the cut.
    return "its WARC file has records again that it had lost" if set_aside_of(index) else ""


def _set_torn_aside(stream: IO[bytes], file: Path, good: int, known: bool) -> list[Torn]:
    size = os.fstat(stream.fileno()).st_size
    if size == good:
        return []
    aside = file.with_name(f"{file.name}.torn-{good}")
    stream.seek(good)
    aside.write_bytes(stream.read())
    stream.truncate(good)
    to_disk(stream.fileno())
    return [Torn(file.name, good, size - good, aside.name, known)]
