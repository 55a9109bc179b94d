"""capture -> a row of `reading`. Kept to what a process that reads must import, so that it starts at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pipeline import readers
from pipeline.archive import Archive
from pipeline.errors import ArchiveError, SetAside
from pipeline.records import CaptureRef, short_id

COLUMNS = (
    "capture_id", "reader", "outcome", "detail", "source", "url", "title", "authors", "published",
    "published_precision", "genre", "doi", "access", "language", "rights", "text", "text_hash",
    "word_count", "origins", "source_name", "modified", "pmid", "pmcid", "journal", "volume", "issue",
    "pages",
)  # fmt: skip
IMPORT = "import"
"""The source of files that neither their address nor the importer gave one."""
Row = tuple[Any, ...]


def reading(folder: Path, version: str, min_words: int, earliest: int, ref: CaptureRef) -> Row:
    """The row of a capture, by the reader of that version."""
    try:
        document = readers.read(Archive(folder).read(ref), min_words=min_words, earliest=earliest)
    except SetAside as outcome:
        return row_of(ref, version, outcome.reason, outcome.detail)
    except ArchiveError as error:
        return row_of(ref, version, "damaged", str(error))
    except MemoryError:
        return row_of(ref, version, "too-large", "out of memory")
    values = (
        # A page dump without an address tells its source only by its words.
        document.source if document.source and ref.source == IMPORT else ref.source,
        document.url,
        document.title,
        list(document.authors),
        document.published,
        document.precision,
        document.genre,
        document.doi,
        document.access,
        document.language,
        document.rights,
        document.text,
        short_id(document.text),
        len(document.text.split()),
        json.dumps(dict(document.origins), ensure_ascii=False, sort_keys=True),
        document.source,
        document.modified,
        document.pmid,
        document.pmcid,
        document.journal,
        document.volume,
        document.issue,
        document.pages,
    )
    return (ref.capture_id, version, "document", "", *values)


def row_of(ref: CaptureRef, version: str, reason: str, detail: str) -> Row:
    """The row of a capture that gave no document, and why."""
    empty = (None,) * (len(COLUMNS) - 5)
    return (ref.capture_id, version, reason, detail[:500], ref.source, *empty)
