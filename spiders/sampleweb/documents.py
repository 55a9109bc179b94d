"""The invented sample documents: TOML front matter between +++ lines, then Markdown.

The web stands in editions: a file with `edition = 2` replaces the text of its address from the second on, and
`removed = {edition = 2}` takes one away.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markupsafe import Markup

from pipeline.config import ROOT
from pipeline.errors import InputError

DOCUMENTS = ROOT / "data" / "sample" / "documents"
MARKDOWN = MarkdownIt()


@dataclass(frozen=True, slots=True)
class SampleBlock:
    """A stretch of a document: kind "p" or "h2" with its HTML, or "ul" with those of its items."""

    kind: str
    html: Markup
    items: tuple[Markup, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class SampleDocument:
    """One invented document. `published` is the first day of what the front matter's date names."""

    source: str
    url: str
    title: str
    published: date
    precision: str
    genre: str
    access: str
    blocks: tuple[SampleBlock, ...]
    authors: tuple[str, ...] = ()
    fields: dict[str, Any] = field(default_factory=dict)
    file: tuple[
        SampleBlock, ...
    ] = ()  # the text of the PDF that hangs on the page; none where there is no PDF
    name: str = ""  # its file's, as `pairs.toml` has it: kingsfund/fifty-days

    @property
    def record(self) -> str:
        """Where it is gathered: its own URL, or that of its record in a service."""
        return str(self.fields.get("record") or self.url)

    @property
    def edition(self) -> int:
        """The first edition of the web that has it so."""
        return int(self.fields.get("edition", 1))

    @property
    def modified(self) -> date:
        """When it was last changed; as it is said to have been published, where it never was."""
        return date.fromisoformat(self.fields.get("modified") or self.published.isoformat())

    @property
    def changed(self) -> bool:
        """Whether it says that it was changed since it was published."""
        return "modified" in self.fields

    @property
    def also(self) -> tuple[str, ...]:
        """Other addresses of the same page, which names `url` as the one to go by."""
        return tuple(self.fields.get("also", ()))

    def removed(self, edition: int) -> bool:
        """Whether it is gone from this edition of the web."""
        removed = self.fields.get("removed")
        return removed is not None and edition >= int(removed["edition"])

    @property
    def path(self) -> str:
        """The path of its URL."""
        return urlsplit(self.url).path

    @property
    def slug(self) -> str:
        """The last part of its path."""
        return self.path.rstrip("/").rpartition("/")[2]

    @property
    def when(self) -> str:
        """The date as the front matter has it: 2013, 2013-12 or 2013-12-03."""
        return self.published.isoformat()[: {"year": 4, "month": 7, "day": 10}[self.precision]]

    @property
    def when_in_words(self) -> str:
        """The date in words: 2013, December 2013 or 3 December 2013."""
        pattern = {"year": "%Y", "month": "%B %Y", "day": "%-d %B %Y"}[self.precision]
        return self.published.strftime(pattern)

    @property
    def teaser(self) -> str:
        """The first words of the text, as listings show them."""
        first = next((block.text for block in self.blocks if block.kind == "p"), "")
        return " ".join(first.split()[:14]) + "..."


def read_documents(folder: Path | None = None, edition: int = 1) -> list[SampleDocument]:
    """The sample documents below `folder`, newest first. Raises InputError where one is malformed."""
    return [document for document in _written(folder, edition) if not document.removed(edition)]


def read_removed(folder: Path | None = None, edition: int = 1) -> list[SampleDocument]:
    """The documents that are gone from this edition. Raises InputError where one is malformed."""
    return [document for document in _written(folder, edition) if document.removed(edition)]


def dated(documents: Sequence[SampleDocument], edition: int, day: date) -> list[SampleDocument]:
    """The same documents, with what this edition changed as if it had been changed on `day`."""
    stated = {"modified": day.isoformat()}
    return [
        replace(document, fields=document.fields | stated) if document.edition == edition > 1 else document
        for document in documents
    ]


def paragraphs(blocks: Sequence[SampleBlock]) -> list[str]:
    """The texts of `blocks`, an item of a list each on its own."""
    return [text for block in blocks for text in ([i.striptags() for i in block.items] or [block.text])]


def _written(folder: Path | None, edition: int) -> list[SampleDocument]:
    folder = folder or DOCUMENTS
    found = sorted(map(_read, sorted(folder.glob("*/*.md"))), key=lambda document: document.edition)
    if not found:
        raise InputError(f"{folder} holds no sample documents (<source>/*.md)")
    states = Counter((document.record, document.edition) for document in found)
    if twice := [record for (record, _), files in states.items() if files > 1]:
        raise InputError(f"{folder}: several files of one edition are at {', '.join(twice)}")
    if edition not in range(1, max(map(_last, found)) + 1):
        raise InputError(f"{folder} has no edition {edition}; the last is {max(map(_last, found))}")
    latest = {document.record: document for document in found if document.edition <= edition}
    return sorted(latest.values(), key=lambda document: (document.published, document.url), reverse=True)


def _last(document: SampleDocument) -> int:
    """The last edition that a document knows of."""
    return max(document.edition, int(document.fields.get("removed", {}).get("edition", 1)))


def _read(file: Path) -> SampleDocument:
    parts = file.read_text(encoding="utf-8").split("+++\n", 2)
    try:
        _, front, body = parts
        text, _, attached = body.partition("\n+++\n")
        fields = tomllib.loads(front)
        when = str(fields["published"])
        return SampleDocument(
            source=fields["source"],
            url=fields["url"],
            title=fields["title"],
            published=date.fromisoformat((when + "-01-01")[:10]),
            precision=fields["precision"],
            genre=fields["genre"],
            access=fields["access"],
            blocks=tuple(_blocks(text)),
            authors=tuple(fields.get("authors", ())),
            fields=fields,
            file=tuple(_blocks(attached)),
            name=f"{file.parent.name}/{file.stem}",
        )
    except (ValueError, KeyError) as error:
        raise InputError(f"{file} is not a sample document: {error!r}") from error


def _blocks(text: str) -> list[SampleBlock]:
    blocks: list[SampleBlock] = []
    items: list[Markup] | None = None
    kind = "p"
    for token in MARKDOWN.parse(text):
        if token.type == "bullet_list_open":
            items = []
        elif token.type == "bullet_list_close":
            blocks.append(SampleBlock("ul", Markup(), tuple(items or ())))
            items = None
        elif token.type in ("heading_open", "paragraph_open"):
            kind = token.tag
        elif token.type == "inline":
            rendered = MARKDOWN.renderer.render(token.children or [], MARKDOWN.options, {})
            html = Markup(rendered)  # noqa: S704 - our own sample documents, just rendered
            if items is None:
                blocks.append(SampleBlock(kind, html, text=token.content))
            else:
                items.append(html)
    return blocks
