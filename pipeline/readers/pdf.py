"""A PDF -> a draft document: its text in reading order, without running heads, page numbers and footnotes.

By pypdfium2: PDFium is the library that Chrome opens PDFs with, so it takes what others refuse; it is fast,
written in C++, comes as a wheel without further dependencies, and its licences (BSD-3-Clause and Apache-2.0)
let the project stay under MIT, which that of PyMuPDF (AGPL) would not. It is not thread-safe: run readers in
processes.
"""

from __future__ import annotations

import re
from itertools import pairwise
from statistics import median

import pypdfium2

from pipeline.errors import SetAside
from pipeline.readers import boilerplate, dates, normal, people, urls
from pipeline.readers.draft import Draft
from pipeline.readers.layout import Layout
from pipeline.readers.pages import Line, lines_of, without_notes, without_running_lines
from pipeline.records import Capture

_JUNK_TITLE = re.compile(
    r"untitled.*|microsoft \w+ -.*|.*\.(?:docx?|pdf|indd|qxd|pptx?|xlsx?)|document\d*|slide \d+|.{0,3}",
    re.IGNORECASE,
)
_DOI = re.compile(r"(?:doi:?\s*|doi\.org/)(10\.\d{4,9}/\S+)", re.IGNORECASE)
_HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u00ad\u2010\ufffe\x02]$")
_JOINED = re.compile(r"(?<=\w)[\ufffe\x02](?=\w)")
"""What PDFium puts for the hyphen at a line's end where it joins the two lines itself."""
_ENDS = re.compile(r"[.?!:;…][”\u2019\"')\]]*$")
_BULLET = re.compile(r"^\s*[•◦▪‣●○■□➢∙·]")


def read_pdf(capture: Capture, layout: Layout) -> Draft:
    """Raises SetAside("broken-pdf") for what is encrypted, broken, or has pictures of pages for pages."""
    pages, told = _opened(capture.body)
    kept = without_notes(without_running_lines(pages))
    if normal.words(" ".join(line.text for page in kept for line in page)) < 5:
        raise SetAside("broken-pdf", f"no text on {len(pages)} pages: scanned?")
    draft = Draft(
        url=urls.normalise(capture.url, layout.addresses),
        source=layout.source or None,
        origins={"url": "capture"},
    )
    draft.paragraphs = [text for text in _paragraphs(kept) if not boilerplate.is_furniture(text)]
    _describe(draft, told, kept, layout)
    draft.drop_title()
    return draft


def _opened(body: bytes) -> tuple[list[list[Line]], dict[str, str]]:
    """The lines of each page, and the file's own metadata."""
    try:
        pdf = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        raise SetAside("broken-pdf", "encrypted" if "assword" in str(error) else str(error)[:200]) from error
    try:
        pages = [lines_of(pdf, at) for at in range(len(pdf))]
        return pages, pdf.get_metadata_dict()
    except pypdfium2.PdfiumError as error:
        raise SetAside("broken-pdf", str(error)[:200]) from error
    finally:
        pdf.close()


def _paragraphs(pages: list[list[Line]]) -> list[str]:
    """Lines joined to paragraphs: a gap, a bullet, another size of print or a short last line ends one."""
    lines = [line for page in pages for line in page]
    width = median([len(line.text) for line in lines if len(line.text) > 20] or [60])
    pitch = _pitch(pages)
    found: list[str] = []
    previous: Line | None = None
    for line in lines:
        if previous is None or _breaks(previous, line, width, pitch):
            found.append(line.text)
        elif _HYPHEN.search(found[-1]):
            found[-1] = f"{_HYPHEN.sub('-', found[-1])}\n{line.text}"
        else:
            found[-1] += f" {line.text}"
        previous = line
    # whether a hyphen at a line's end is the word's own is told by how the rest of the file writes it
    text = _JOINED.sub("-\n", "\n\n".join(found))
    return normal.paragraphs(normal.unbroken(text).split("\n\n"))


def _pitch(pages: list[list[Line]]) -> float:
    gaps = [
        above.top - below.top
        for page in pages
        for above, below in pairwise(page)
        if above.top is not None and below.top is not None and 0 < above.top - below.top < 60
    ]
    return median(gaps) if gaps else 0.0


def _breaks(above: Line, below: Line, width: float, pitch: float) -> bool:
    if _BULLET.match(below.text):
        return True
    ended = bool(_ENDS.search(above.text))
    if above.height and below.height and abs(above.height - below.height) > 0.15 * above.height:
        return True
    if above.top is not None and below.top is not None and pitch:
        gap = above.top - below.top
        if gap > 1.3 * pitch:
            return True
        if gap < 0:  # the next column or page: a sentence may run on
            return ended
    return ended and len(above.text) < 0.75 * width


def _describe(draft: Draft, told: dict[str, str], pages: list[list[Line]], layout: Layout) -> None:
    """Title and authors by the file's metadata if they are any good; never its date, which is the file's."""
    first = next((page for page in pages if page), [])
    title = normal.line(told.get("Title", ""))
    if title and not _JUNK_TITLE.fullmatch(title):
        draft.title, draft.origins["title"] = title, "pdf metadata"
    else:
        draft.title, draft.origins["title"] = _first_lines(first), "first lines"
    if authors := people.people([told.get("Author", "")], layout.names):
        draft.authors, draft.origins["authors"] = authors, "pdf metadata"
    for line in first[:40]:
        if dated := dates.alone(line.text):
            draft.dates.append((dated, "first page"))
    if found := _DOI.search("\n".join(line.text for line in first)):
        draft.doi, draft.origins["doi"] = urls.doi(found[1]), "first page"
    draft.genre, draft.origins["genre"] = layout.genre_of([], draft.url)
    if not draft.origins["genre"]:
        del draft.origins["genre"]


def _first_lines(page: list[Line]) -> str:
    """The lines in the largest print of the first page's top, or its first line."""
    top = page[:12]
    if not top:
        return ""
    largest = max(line.height for line in top)
    title = [line.text for line in top if line.height >= 0.95 * largest]
    chosen = title if len(title) <= 4 else title[:1]
    return normal.line(" ".join(chosen))[:300]
