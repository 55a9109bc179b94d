"""One reading, shown with its reasons: what a capture gives, and which signal each field came from."""

from __future__ import annotations

import re
import textwrap
import time
import traceback
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline import readers
from pipeline.archive import Archive
from pipeline.archive.importing import PAGES
from pipeline.archive.places import host_of, url_of
from pipeline.config import Config
from pipeline.errors import InputError, SetAside
from pipeline.limits import at_most
from pipeline.records import Capture, CaptureRef

WIDTH = 100
ID = re.compile(r"[0-9a-f]{6,16}")


@dataclass(frozen=True, slots=True)
class Shown:
    """A capture and what reading it gave, as plain values for a person or a program.

    `others` are further captures of the same address, oldest first. `fields` are the document's, `origins`
    where each came from; both are empty where the capture was set aside, and then `defect` may hold the
    traceback of a reader that failed.
    """

    capture: dict[str, Any]
    others: list[str]
    milliseconds: float
    outcome: str
    detail: str
    fields: dict[str, Any]
    origins: dict[str, str]
    defect: str = ""


def show(what: str, config: Config) -> Shown:
    """Read the file, the archived address or the capture that `what` names.

    Raises InputError where there is no such thing, or what is there can't be unpacked.
    """
    capture, others = find(what, config)
    about = asdict(capture) | {"body": len(capture.body)}
    began = time.perf_counter()
    try:
        document = readers.read(capture, config.read.min_words, config.read.earliest)
    except SetAside as outcome:
        taken = 1000 * (time.perf_counter() - began)
        failed = outcome.__cause__ if outcome.reason == "reader-failed" else None
        defect = "".join(traceback.format_exception(failed)) if failed else ""
        return Shown(about, others, taken, outcome.reason, outcome.detail, {}, {}, defect)
    taken = 1000 * (time.perf_counter() - began)
    found = asdict(document)
    return Shown(about, others, taken, "document", "", found, dict(found.pop("origins")))


def as_text(shown: Shown) -> str:
    """The reading for a person: a line per field with its origin behind it, then the text by paragraph."""
    capture = shown.capture
    lines = [
        f"capture    {capture['capture_id'] or '-'}  {capture['url']}",
        f"           {capture['status']} {capture['media_type']}, {capture['body']:,} bytes, "
        f"received {capture['fetched_at']:%Y-%m-%d %H:%M}, source {capture['source']}",
    ]
    if shown.others:
        lines.append(f"           the latest of {len(shown.others) + 1}; before it {', '.join(shown.others)}")
    detail = f": {shown.detail}" if shown.detail else ""
    lines.append(f"outcome    {shown.outcome}{detail} ({shown.milliseconds:.0f} ms)")
    lines += [_field(name, value, shown.origins) for name, value in shown.fields.items() if name != "text"]
    if text := shown.fields.get("text"):
        paragraphs = text.split("\n\n")
        size = f"{len(text.split()):,} words in {len(paragraphs)} paragraphs"
        lines += [_field("text", size, shown.origins), *map(_paragraph, range(1, 10**6), paragraphs)]
    return "\n".join([*lines, *([shown.defect.rstrip()] if shown.defect else [])])


def _field(name: str, value: Any, origins: dict[str, str]) -> str:
    shown = "; ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value or "-")
    origin = f"   <- {origins[name]}" if origins.get(name) else ""
    return f"{name:<10} {shown}{origin}"


def _paragraph(number: int, text: str) -> str:
    return "\n" + textwrap.fill(
        text, WIDTH, initial_indent=f"{number:>6}  ", subsequent_indent=" " * 8, break_long_words=False
    )


def find(what: str, config: Config) -> tuple[Capture, list[str]]:
    """The capture of that file, address or identifier, and the identifiers of earlier ones of the address.

    Raises InputError where there is none.
    """
    path = Path(what)
    if path.is_file():
        return _of_file(path, config), []
    archive = Archive(config.archive, config.source_of)
    found = {
        line["capture_id"]: line
        for line in archive.lines()
        if line["type"] == "capture"
        and (what in (line["url"], line.get("asked")) or (ID.fullmatch(what) and _starts(line, what)))
    }
    if not found:
        raise InputError(f"{what} is neither a file, nor a capture or an address in {config.archive}")
    if len({line["url"] for line in found.values()}) > 1:
        raise InputError(f"{what} begins the names of {len(found)} captures: {', '.join(sorted(found))}")
    *others, last = sorted(found.values(), key=lambda line: line["fetched_at"])
    try:
        return archive.read(CaptureRef.of(last)), [line["capture_id"] for line in others]
    except SetAside as outcome:
        raise InputError(f"{what} can't be had whole ({outcome.reason}): {outcome.detail}") from outcome


def _starts(line: dict[str, Any], what: str) -> bool:
    return str(line["capture_id"]).startswith(what)


def _of_file(path: Path, config: Config) -> Capture:
    try:
        with path.open("rb") as stream:
            body = at_most(stream)
    except SetAside as outcome:
        raise InputError(f"{path} has {outcome.detail}, which no page needs") from outcome
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror}") from error
    url = url_of(path, Path(path.resolve().anchor))  # any folder above may be a host's
    return Capture(
        url=url,
        source=config.source_of(url) or host_of(url) or "import",
        fetched_at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
        media_type=PAGES.get(path.suffix.lower(), ""),
        body=body,
    )
