"""A PDF -> a draft document: its text in reading order, without running heads, page numbers and footnotes.

By pypdfium2: PDFium is the library that Chrome opens PDFs with, so it takes what others refuse; it is fast,
written in C++, comes as a wheel without further dependencies, and its licences (BSD-3-Clause and Apache-2.0)
let the project stay under MIT, which that of PyMuPDF (AGPL) would not. It is not thread-safe: run readers in
processes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from itertools import accumulate

import pypdfium2

from pipeline.errors import SetAside
from pipeline.readers import boilerplate, cover, dates, normal, urls
from pipeline.readers.draft import Draft
from pipeline.readers.layout import Layout
from pipeline.readers.pdf_lines import Line, Page, body_size, page_of
from pipeline.readers.pdf_margins import without_running_lines
from pipeline.readers.pdf_notes import without_notes
from pipeline.readers.pdf_order import in_reading_order, joined, rows_of
from pipeline.readers.pdf_text import paragraphs, without_contents
from pipeline.records import Capture

_DOI = re.compile(r"(?:doi:?\s*|doi\.org/)(10\.\d{4,9}/\S+)", re.IGNORECASE)
_MADE = re.compile(r"(?:D:)?((?:19|20)\d\d)(\d\d)(\d\d)")
_UNREAD = re.compile(r"[\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1f]")
"""What stands in the place of letters whose font doesn't say which they are."""
_BODY_OF = re.compile(
    r".*\b(?:group|trust|board|council|ccgs?|authority|england|nhs|department|university|foundation|"
    r"partnership|"
    r"institute|committee|commission|limited|ltd|agency|service|college)",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"\b(?:polic(?:y|ies)|procedures?|strateg\w+|reports?|guid(?:e|ance|elines?)|plans?|constitution|"
    r"framework|review|"
    r"handbook|briefing|paper|terms of reference|minutes|agenda|statement|standards?|protocol|"
    r"response|evidence|"
    r"consultation|agreement|charter|manual|toolkit)\b",
    re.IGNORECASE,
)
"""What tells a title that has an organisation's name in it from that name alone."""


def read_pdf(capture: Capture, layout: Layout) -> Draft:
    """Raises SetAside("broken-pdf") for what is encrypted, broken, or has pictures of pages for pages."""
    pages, told = _opened(capture.body)
    printed = without_running_lines(pages)
    kept = [in_reading_order(page) for page in without_notes(printed)]
    _refuse(pages, " ".join(line.text for page in kept for line in page))
    draft = Draft(
        url=urls.normalise(capture.url, layout.addresses),
        source=layout.source or None,
        origins={"url": "capture"},
    )
    draft.paragraphs = [
        text for text in paragraphs(without_contents(kept)) if not boilerplate.is_furniture(text)
    ]
    rows = [_rows(page) for page in pages]
    _describe(draft, told, rows, _title(kept, body_size(printed)), layout)
    if not draft.title:
        draft.title = next((line.text for page in kept for line in page), "")[:300]
        draft.origins["title"] = "first line"
    _date(draft, told, rows, capture.fetched_at.date())
    if draft.origins.get("title") != "first line":
        _drop_title(draft)
    return draft


def _opened(body: bytes) -> tuple[list[Page], dict[str, str]]:
    """The lines of each page, and the file's own metadata."""
    try:
        pdf = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        raise SetAside("broken-pdf", "encrypted" if "assword" in str(error) else str(error)[:200]) from error
    try:
        pdf.init_forms()
        pages = [joined(page_of(pdf, at)) for at in range(len(pdf))]
        return pages, pdf.get_metadata_dict()
    except pypdfium2.PdfiumError as error:
        raise SetAside("broken-pdf", str(error)[:200]) from error
    finally:
        pdf.close()


def _refuse(pages: Sequence[Page], text: str) -> None:
    """Raises SetAside where no page has words to read, with what is there in their place."""
    bare = "".join(text.split())
    if len(_UNREAD.findall(bare)) > 0.5 * len(bare) > 0:
        raise SetAside("broken-pdf", "its fonts do not say which letters they draw")
    if normal.words(text) < 5:
        pictures = sum(page.pictures for page in pages)
        seen = f", {pictures} of them with pictures" if pictures else ""
        raise SetAside("broken-pdf", f"no text on {len(pages)} pages{seen}: scanned?")


def _rows(page: Page) -> list[str]:
    """What stands on a page from above, for the tables of a cover: dates that stand alone in a row, then the
    row.
    """
    found = []
    for row in rows_of(line for line in page.lines if not line.aslant):
        row.sort(key=lambda line: line.left)
        pieces = [part.text for line in row for part in (line.parts or (line,))]
        if len(pieces) > 1 and any(map(dates.alone, pieces)):
            found += pieces
        found.append(" ".join(line.text for line in row))
    return found


def _describe(
    draft: Draft, told: dict[str, str], rows: list[list[str]], printed: str, layout: Layout
) -> None:
    """Title, authors, DOI and genre, each with where it is from."""
    pages = [page for page in rows if page]
    front = " ".join(line for page in pages[:3] for line in page)
    draft.title, origin = cover.titled(told.get("Title", ""), printed, front)
    if draft.title:
        draft.origins["title"] = origin
    draft.authors, origin = cover.written_by(pages, told.get("Author", ""), layout.names)
    if draft.authors:
        draft.origins["authors"] = origin
    if found := _DOI.search("\n".join(pages[0]) if pages else ""):
        draft.doi, draft.origins["doi"] = urls.doi(found[1]), "first page"
    draft.genre, draft.origins["genre"] = layout.genre_of([], draft.url)
    if not draft.origins["genre"]:
        del draft.origins["genre"]


def _date(draft: Draft, told: dict[str, str], rows: list[list[str]], fetched: date) -> None:
    made = None
    if found := _MADE.match(told.get("CreationDate", "")):
        parsed = dates.parse("-".join(found.groups()))
        made = parsed.day if parsed else None
    draft.dates += cover.dated([page for page in rows if page], made, fetched)


def _title(pages: Sequence[Sequence[Line]], body: float) -> str:
    """The lines in the largest print of the first page with any, as far as they follow one another; else its
    first in bold, else "". A body's name alone gives way to what it has written, in hardly smaller
    print.
    """
    first = next((page for page in pages if page), [])[:60]
    runs: list[list[Line]] = []
    for line in first:
        last = runs[-1][-1] if runs else None
        alike = last and abs(line.size - last.size) <= 0.05 * last.size and line.bold == last.bold
        if last and alike and last.y - line.y < 2.2 * last.size:
            runs[-1].append(line)
        else:
            runs.append([line])
    above = list(accumulate((normal.words(_joined(run)) for run in runs), initial=0))
    heads = [
        run
        for run, before in zip(runs, above, strict=False)
        if len(run) <= 5 and before <= 60 and _could_be_title(_joined(run))
    ]
    heads.sort(key=lambda run: (-round(run[0].size), not run[0].bold))
    large = [run for run in heads if run[0].size > 1.1 * body] or [run for run in heads if run[0].bold]
    if not large:
        return ""
    best = large[0]
    if _BODY_OF.fullmatch(_joined(best)) and not _ABOUT.search(_joined(best)):
        best = next(
            (run for run in large if _ABOUT.search(_joined(run)) and run[0].size >= 0.6 * best[0].size), best
        )
    return _joined(best)[:300]


def _joined(lines: Sequence[Line]) -> str:
    return normal.line(normal.unbroken("\n".join(line.text for line in lines)).replace("\n", " "))


def _could_be_title(text: str) -> bool:
    letters = re.findall(r"[^\W\d_]", text)
    wordy = len(text.split()) > 1 or len(letters) > 5
    return wordy and len(letters) > 3 and len(text) < 300 and not dates.alone(text) and not text.endswith(":")


def _drop_title(draft: Draft) -> None:
    """The title is not part of the text, in however many lines the first paragraphs have it."""
    name = re.sub(r"\W", "", draft.title.casefold())
    for start in range(min(3, len(draft.paragraphs))):
        joined = ""
        for end in range(start, min(start + 5, len(draft.paragraphs))):
            joined += re.sub(r"\W", "", draft.paragraphs[end].casefold())
            if name and joined == name:
                del draft.paragraphs[start : end + 1]
                return
