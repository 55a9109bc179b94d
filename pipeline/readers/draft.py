"""A document in the making: readers fill it in, `Draft.document` checks it and freezes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from pipeline.errors import SetAside
from pipeline.readers.dates import Dated
from pipeline.readers.normal import line, rejoined, size
from pipeline.records import ACCESS, GENRES, Capture, Document


@dataclass(slots=True)
class Draft:
    """What a reader has found so far. `dates` are candidates with their origins, the most trusted first."""

    url: str
    title: str = ""
    paragraphs: list[str] = field(default_factory=list)
    dates: list[tuple[Dated, str]] = field(default_factory=list)
    authors: tuple[str, ...] = ()
    genre: str = "page"
    doi: str | None = None
    access: str = "full"
    language: str | None = None
    rights: str | None = None
    modified: date | None = None
    pmid: str | None = None
    pmcid: str | None = None
    journal: str | None = None
    volume: str | None = None
    issue: str | None = None
    pages: str | None = None
    source: str | None = None
    origins: dict[str, str] = field(default_factory=dict)
    ahead: int = 366
    """Days after its capture that a date may lie: a record may tell of an issue to come, a page may not."""

    def document(self, capture: Capture, min_words: int, earliest: int) -> Document:
        """Raises SetAside for a text that is empty or too short; a date out of range alone is refused."""
        self.paragraphs = rejoined(self.paragraphs)
        text = "\n\n".join(self.paragraphs)
        count = size(text)
        if not count:
            raise SetAside("empty", "no text after the boilerplate is gone")
        # where only the record of a work is known, its title is all there is
        if count < min_words and self.access != "metadata":
            raise SetAside("too-short", f"{count} words, the minimum is {min_words}")
        dated = self._published(earliest, capture.fetched_at.date())
        return Document(
            url=self.url,
            title=self._title(),
            text=text,
            published=dated.day if dated else None,
            precision=dated.precision if dated else None,
            authors=self.authors,
            genre=self.genre if self.genre in GENRES else "page",
            doi=self.doi,
            access=self._access(),
            language=self.language,
            rights=self.rights,
            modified=self.modified,
            pmid=self.pmid,
            pmcid=self.pmcid,
            journal=self.journal,
            volume=self.volume,
            issue=self.issue,
            pages=self.pages,
            source=self.source or capture.source or None,
            origins=dict(self.origins),
        )

    def drop_title(self) -> None:
        """The headline is not part of the text, wherever a page repeats it at the top."""
        name = self.title.casefold()
        if name and self.paragraphs and self.paragraphs[0].casefold() == name:
            del self.paragraphs[0]

    def _access(self) -> str:
        """A correction or retraction is a notice about another document, whole as it may be."""
        if self.genre == "correction" and self.access != "metadata":
            self.origins["access"] = "genre"
            return "notice"
        return self.access if self.access in ACCESS else "full"

    def _title(self) -> str:
        if title := line(self.title):
            return title
        self.origins["title"] = "first words"
        first = self.paragraphs[0].split()
        return " ".join(first[:12]) + (" …" if len(first) > 12 else "")

    def _published(self, earliest: int, fetched: date) -> Dated | None:
        latest = fetched + timedelta(days=self.ahead) if fetched.year < date.max.year else date.max
        for dated, origin in self.dates:
            if earliest <= dated.day.year and dated.day <= latest:
                self.origins["published"] = origin
                return dated
        if self.dates:
            self.origins["published"] = f"refused: {self.dates[0][0]}"
        return None
