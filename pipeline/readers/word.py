"""A file of Word (.docx) -> a draft document, by python-docx.

It opens the package, knows its parts and its properties, and parses them without resolving entities; what the
parts hold is walked in `word_text.py`. What would unpack to more than any text needs is not opened.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.coreprops import CoreProperties
from docx.oxml.parser import parse_xml
from docx.package import Package
from lxml import etree

from pipeline import limits
from pipeline.errors import SetAside
from pipeline.readers import boilerplate, cover, normal, urls
from pipeline.readers.draft import Draft
from pipeline.readers.layout import Layout
from pipeline.readers.word_text import Paragraph, Walker, child, name_of, value
from pipeline.records import Capture
from pipeline.workers import unpacked_size

_MADE_BY_DEFAULT = datetime(2013, 12, 23, 23, 15)
"""When the empty file was made that a library begins from."""
_FIRST = 40
"""Paragraphs that are taken for the first page where no break of pages is marked."""


def read_docx(capture: Capture, layout: Layout) -> Draft:
    """Raises SetAside("broken-docx") for what can't be opened, SetAside("too-large") for what unpacks to more
    than any text needs."""
    found, told = _opened(capture.body)
    if not found:
        raise SetAside("broken-docx", "no text: pictures of pages?")
    draft = Draft(
        url=urls.normalise(capture.url, layout.addresses),
        source=layout.source or None,
        origins={"url": "capture"},
    )
    title = _title(found)
    named = {id(one) for one in title}
    texts = (one.text for one in found if id(one) not in named)
    draft.paragraphs = [text for text in normal.paragraphs(texts) if not boilerplate.is_furniture(text)]
    printed = normal.line(" ".join(one.text for one in title))
    _describe(draft, told, _pages(found), printed, layout)
    draft.dates += cover.dated(_pages(found), told.made, capture.fetched_at.date())
    if printed and normal.line(printed).casefold() != draft.title.casefold():
        draft.paragraphs.insert(0, printed)
    return draft


def _opened(body: bytes) -> tuple[list[Paragraph], cover.Properties]:
    """The paragraphs that hold anything, and what the file says of itself."""
    if (size := unpacked_size(body)) > limits.WORD:
        raise SetAside("too-large", f"it would unpack to {size:,} bytes, which no text needs")
    try:
        package = _package(body)
        main = _main_part(package)
        walker = Walker(_root(main), _styles(main))
        return [one for one in walker.paragraphs() if one.text], _told(package)
    except (SetAside, MemoryError):
        raise
    except Exception as error:  # the library raises whatever it stumbles on: KeyError, ValueError, XML errors
        raise SetAside("broken-docx", f"{type(error).__name__}: {str(error)[:200]}") from error


def _package(body: bytes) -> Any:
    """The package; if need be without relations to parts that are gone, as programs leave them behind."""
    try:
        return Package.open(BytesIO(body))
    except KeyError:
        return Package.open(_mended(body))


def _mended(body: bytes) -> BytesIO:
    """The archive without relations to parts that are not there."""
    written = BytesIO()
    with zipfile.ZipFile(BytesIO(body)) as old, zipfile.ZipFile(written, "w") as new:
        names = set(old.namelist())
        for name in names:
            part = old.read(name)
            if name.endswith(".rels"):
                root = parse_xml(part)
                base = posixpath.dirname(posixpath.dirname(name))
                for relation in list(root):
                    target = posixpath.normpath(posixpath.join("/", base, value(relation, "Target")))
                    if value(relation, "TargetMode") != "External" and target.lstrip("/") not in names:
                        root.remove(relation)
                part = etree.tostring(root)
            new.writestr(name, part)
    written.seek(0)
    return written


def _main_part(package: Any) -> Any:
    """The part with the text, by its relation, whichever edition of the standard names that."""
    for relation in package.rels.values():
        if relation.reltype.endswith("/officeDocument") and not relation.is_external:
            return relation.target_part
    raise SetAside("broken-docx", "none of its parts is the document")


def _root(part: Any) -> Any:
    """A part's XML, which the library has parsed where it knows the kind of part."""
    element = getattr(part, "element", None)
    return parse_xml(part.blob) if element is None else element


def _styles(main: Any) -> dict[str, str]:
    """Style -> its name, in small letters, which is the same in every language of Word."""
    for relation in main.rels.values():
        if relation.reltype.endswith("/styles") and not relation.is_external:
            return {
                value(style, "styleId"): value(child(style, "name"), "val").lower()
                for style in _root(relation.target_part)
                if name_of(style) == "style"
            }
    return {}


def _told(package: Any) -> cover.Properties:
    """What the file says of itself; nothing where it has no such part, which the library would make up."""
    try:
        part = package.part_related_by(RELATIONSHIP_TYPE.CORE_PROPERTIES)
    except KeyError:
        return cover.Properties()
    core = CoreProperties(_root(part))
    made: list[date] = []
    for moment in (core.created, core.modified):
        if moment and moment.replace(tzinfo=None) != _MADE_BY_DEFAULT:
            made.append(moment.date())
    return cover.Properties(core.title or "", core.author or "", made[0] if made else None)


def _describe(
    draft: Draft, told: cover.Properties, pages: list[list[str]], printed: str, layout: Layout
) -> None:
    front = " ".join(line for page in pages[:3] for line in page)
    draft.title, origin = cover.titled(told.title, printed, front)
    if draft.title:
        draft.origins["title"] = origin
    draft.authors, origin = cover.written_by(pages, told.author, layout.names)
    if draft.authors:
        draft.origins["authors"] = origin
    draft.genre, origin = layout.genre_of([], draft.url)
    if origin:
        draft.origins["genre"] = origin


def _pages(found: Sequence[Paragraph]) -> list[list[str]]:
    """The paragraphs by page, as far as breaks are marked; else the first of them for a page of their own."""
    pages: list[list[str]] = []
    last = -1
    for one in found:
        if one.page != last:
            pages.append([])
            last = one.page
        pages[-1].append(one.text)
    return pages if len(pages) > 1 else [pages[0][:_FIRST], pages[0][_FIRST:]]


def _title(found: Sequence[Paragraph]) -> list[Paragraph]:
    """What is styled as the title, else what stands in the largest print of the first paragraphs, else the
    first heading or what is short and bold at the very top."""
    first = found[:_FIRST]
    styled = [at for at, one in enumerate(first) if one.style == "title"]
    if not styled:
        sizes = sorted(one.size for one in found if one.size)
        usual = sizes[len(sizes) // 2] if len(sizes) > len(found) // 2 else 24
        largest = max((one.size for one in first[:15]), default=0)
        if largest > 1.15 * usual:
            styled = [at for at, one in enumerate(first[:15]) if one.size == largest and len(one.text) < 200]
    if not styled:
        styled = [
            at
            for at, one in enumerate(first[:8])
            if len(one.text) < 200 and (one.style.startswith("heading 1") or (one.bold and not at))
        ][:1]
    run = [at for n, at in enumerate(styled[:4]) if at == styled[0] + n]
    return [first[at] for at in run]
