"""capture -> document, or a reason why there is none. Pure: no network, no clock, no files.

A reader is chosen by the kind of file, and for pages by the source; each library is imported only when
its kind of file comes up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from pipeline.errors import SetAside
from pipeline.readers import apart, office, urls
from pipeline.readers.decode import kind_of, unfolded
from pipeline.readers.draft import Draft
from pipeline.readers.sources.registry import layout_of
from pipeline.records import Capture, Document


def read(capture: Capture, min_words: int = 15, earliest: int = 1900) -> Document:
    """Raises SetAside, with one of `records.REASONS`, for a capture without a document, and nothing else.

    A text of fewer than `min_words` words is no document. A date before the year `earliest`, or after the
    capture (a page's by more than a day, any other by more than a year), is refused: the document stays,
    without a date.
    """
    try:
        capture = _original(capture)
        return _drafted(capture).document(capture, min_words, earliest)
    except SetAside:
        raise
    except MemoryError as error:
        raise SetAside("too-large", "out of memory") from error
    except Exception as error:
        raise SetAside("reader-failed", f"{type(error).__name__}: {str(error)[:300]}") from error


def _drafted(capture: Capture) -> Draft:
    if capture.status >= 400:
        raise SetAside("http-error", str(capture.status))
    apart.refuse_file(capture)
    if not capture.body.strip(b"\x00 \t\r\n"):
        raise SetAside("empty", "no bytes")
    capture = replace(capture, body=unfolded(capture.body))
    kind = kind_of(capture.media_type, capture.body)
    if kind not in _READERS:
        why = office.told(capture.body, capture.media_type)[1]
        raise SetAside("unsupported", why or capture.media_type or "unknown kind of file")
    draft = _READERS[kind](capture)
    draft.url = urls.normalise(draft.url)
    if capture.truncated and draft.access == "full":
        draft.access, draft.origins["access"] = "excerpt", f"WARC-Truncated: {capture.truncated}"
    return draft


def _original(capture: Capture) -> Capture:
    """A capture of a web archive is its original's, of the day on which the archive saw it."""
    replayed = urls.replayed(capture.url)
    if replayed is None:
        return capture
    seen = replayed.seen.last if replayed.seen else capture.fetched_at.date()
    day = min(seen, capture.fetched_at.date())
    return replace(capture, url=replayed.url, fetched_at=datetime.combine(day, capture.fetched_at.timetz()))


def _html(capture: Capture) -> Draft:
    from pipeline.readers.html import read_html

    return read_html(capture, layout_of(capture.source, capture.url))


def _pdf(capture: Capture) -> Draft:
    from pipeline.readers.pdf import read_pdf

    return read_pdf(capture, layout_of(capture.source, capture.url))


def _docx(capture: Capture) -> Draft:
    from pipeline.readers.word import read_docx

    return read_docx(capture, layout_of(capture.source, capture.url))


def _text(capture: Capture) -> Draft:
    from pipeline.readers.text import read_text

    apart.refuse_text(capture)
    return read_text(capture)


def _record(capture: Capture) -> Draft:
    """The answer of a service that speaks JSON, told by its shape; any other object is a row of data."""
    from pipeline.readers import record
    from pipeline.readers.sources import crossref, europepmc, govuk, guardian, hansard, wordpress

    row = record.row_of(capture)
    if "text" not in row:
        for service in (govuk, wordpress, europepmc, guardian, hansard, crossref):
            if service.fits(row):
                draft: Draft = service.read(capture, row)
                return draft
    return record.read_record(capture, row)


def _jats(capture: Capture) -> Draft:
    from pipeline.readers.jats import read_jats

    return read_jats(capture)


_READERS: dict[str, Callable[[Capture], Draft]] = {
    "html": _html,
    "pdf": _pdf,
    "docx": _docx,
    "text": _text,
    "record": _record,
    "jats": _jats,
}
