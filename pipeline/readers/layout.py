"""What a reader has to know of a site, as a declaration. A site's file holds its layouts, old ones too."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.readers.draft import Draft
    from pipeline.readers.meta import Head

TITLE = (
    "citation_title",
    "dc.title",
    "eprints.title",
    "json-ld:headline",
    "rdfa:headline",
    "rdfa:title",
    "og:title",
    "css:h1",
    "title",
)
PUBLISHED = (
    "citation_publication_date",
    "citation_date",
    "eprints.date",
    "dcterms.issued",
    "dc.date.issued",
    "json-ld:datePublished",
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "css:[itemprop=datePublished]@datetime",
    "css:[itemprop=datePublished]@content",
    "dc.date",
    "prism.publicationdate",
    "date",
    "pubdate",
    "publish-date",
    "parsely-pub-date",
    "sailthru.date",
    "css:article time, main time, time[pubdate]@datetime",
    "css:article time, main time",
)
AUTHORS = (
    "citation_author",
    "eprints.creators_name",
    "dc.creator",
    "json-ld:author",
    "author",
    "css:[itemprop=author] [itemprop=name]",
    "rdfa:creator",
    "css:[rel=author]",
    "article:author",
    "parsely-author",
    "sailthru.author",
)
DOI = (
    "citation_doi",
    "dc.identifier",
    "eprints.id_number",
    "prism.doi",
    "bepress_citation_doi",
    "dc.identifier.doi",
)
KIND = (
    "citation_section",
    "article:section",
    "json-ld:articleSection",
    "json-ld:@type",
    "dc.type",
    "eprints.type",
    "og:type",
)
RIGHTS = (
    "dc.rights",
    "dcterms.rights",
    "dcterms.license",
    "json-ld:license",
    "link:license",
    "css:a[href*='creativecommons.org/licenses']@href",
)
URL = ("link:canonical", "og:url")
MODIFIED = (
    "json-ld:dateModified",
    "article:modified_time",
    "og:article:modified_time",
    "dcterms.modified",
    "dc.date.modified",
    "datemodified",
    "og:updated_time",
    "last-modified",
)
"""When a page was last changed: kept apart, and never taken for its publication."""
CITATION: Mapping[str, tuple[str, ...]] = {
    "journal": ("citation_journal_title", "prism.publicationname", "eprints.publication"),
    "volume": ("citation_volume", "prism.volume", "eprints.volume"),
    "issue": ("citation_issue", "prism.number", "eprints.number"),
    "pages": ("eprints.pagerange",),
}
"""Where a journal article stands, beside `citation_firstpage` and its like."""

FURNITURE = (
    "nav", "aside", "footer", "figure", "figcaption", "form", "button", "h1", "audio", "video", "picture",
    ".share", ".sharing", ".social", ".social-share", ".share-bar", ".service-links", ".breadcrumb", ".promo",
    ".inline-promo",
    ".advert", ".advertisement", ".ad", ".related", ".related-content", ".comments", "#comments", ".comment",
    ".byline", ".author-bio", ".caption", ".image-caption", ".newsletter", ".cookie-banner", ".skip-link",
    ".visually-hidden", ".element-invisible", ".tags", ".metadata", ".print-only", ".sr-only",
    ".screen-reader-text", "[class*=tooltip]", "[class*=popover]", "[class*=rollover]",
)  # fmt: skip
"""Pruned from every known container."""

KINDS: Mapping[str, str] = {
    "editorial": "editorial", "editorials": "editorial", "leader": "editorial",
    "leading article": "editorial", "editor's choice": "editorial", "news": "news", "newsarticle": "news",
    "reportagenewsarticle": "news", "news article": "news", "news story": "news", "feature": "feature",
    "features": "feature", "briefing": "feature", "analysis": "analysis",
    "analysisnewsarticle": "analysis", "long read": "analysis", "explainer": "analysis",
    "letter": "letter", "letters": "letter", "blog": "blog", "blogs": "blog", "blog post": "blog",
    "blogposting": "blog", "comment": "opinion", "opinion": "opinion", "opinions": "opinion",
    "opinionnewsarticle": "opinion", "personal view": "opinion", "observations": "opinion",
    "views & reviews": "opinion", "views and reviews": "opinion", "head to head": "opinion",
    "press release": "press-release", "press-release": "press-release", "news release": "press-release",
    "report": "report", "reports": "report", "research report": "report", "publication": "report",
    "monograph": "report", "research": "journal-article", "research paper": "journal-article",
    "scholarlyarticle": "journal-article", "medicalscholarlyarticle": "journal-article",
    "journal article": "journal-article", "peerreviewed": "journal-article",
    "original article": "journal-article", "original research": "journal-article",
    "written answer": "written-answer", "written answers": "written-answer",
    "written question": "written-answer", "speech": "speech", "speeches": "speech", "keynote": "speech",
    "board paper": "board-paper", "board papers": "board-paper", "governing body papers": "board-paper",
    "minutes": "board-paper", "agenda": "board-paper", "guidance": "guidance", "guideline": "guidance",
    "correction": "correction", "corrections": "correction", "erratum": "correction",
    "corrigendum": "correction", "retraction": "correction", "news & analysis": "news",
    "policy paper": "report", "policy brief": "report", "discussion paper": "report", "interview": "feature",
    "commentary": "opinion", "perspective": "opinion", "essay": "opinion", "column": "opinion",
    "review article": "journal-article", "systematic review": "journal-article", "debate": "debate",
}  # fmt: skip
"""Words that sites use for kinds of writing -> records.GENRES."""


@dataclass(frozen=True)
class Dump:
    """How a page of the source looks once copied out as plain text. All are patterns for whole lines.

    `sign` tells the source anywhere in the text; the article begins behind the last line that matches
    `head` and ends before the first that matches `end`. `fill` reads the source's own masthead.
    """

    sign: str
    head: str = ""
    end: str = ""
    glued: bool = False
    """Are reference numbers glued to the words, as in "system.1"?"""
    fill: Callable[[str, Draft], None] | None = None


@dataclass(frozen=True)
class Older:
    """How pages of a source were built once: archives hold them still, and so do captures of that time."""

    name: str
    until: str
    """The year in which it went, or "unknown"."""
    containers: tuple[str, ...]


@dataclass(frozen=True)
class Layout:
    """How a source's pages are built.

    `containers`, `furniture`: CSS selectors; the first container with text wins. `title` to `kind`: signals
    (see meta.py) in order of trust. `kinds`: the site's words for kinds of writing. `paths`: (pattern of the
    path, genre) where no word tells. `access`: genre -> access, where a kind of page is never the full text.
    `addresses`: (pattern, replacement) on the path, folding variants of an address into one.
    """

    source: str
    hosts: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()
    older: tuple[Older, ...] = ()
    """Layouts of the past, looked for first: their containers are the more particular."""
    furniture: tuple[str, ...] = ()
    references: str = ""
    title: tuple[str, ...] = TITLE
    published: tuple[str, ...] = PUBLISHED
    modified: tuple[str, ...] = MODIFIED
    authors: tuple[str, ...] = AUTHORS
    doi: tuple[str, ...] = DOI
    kind: tuple[str, ...] = KIND
    rights: tuple[str, ...] = RIGHTS
    kinds: Mapping[str, str] = field(default_factory=dict)
    paths: tuple[tuple[str, str], ...] = ()
    genre: str = "page"
    access: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    addresses: tuple[tuple[str, str], ...] = ()
    dump: Dump | None = None
    refine: Callable[[Head, Draft], None] | None = None

    def genre_of(self, words: list[tuple[str, str]], url: str) -> tuple[str, str]:
        """(genre, origin) from the words a page uses for its kind, then its path, then the site's rule."""
        for word, origin in words:
            key = word.strip().lower().replace("\u2019", "'")
            if genre := self.kinds.get(key) or KINDS.get(key):
                return genre, origin
        for pattern, genre in self.paths:
            if re.search(pattern, url, re.IGNORECASE):
                return genre, "url"
        return self.genre, "source" if self.genre != "page" else ""


GENERAL = Layout(
    source="",
    paths=(
        (r"/(?:governing-body|board)[-/](?:papers?|meetings?)|/(?:agenda|minutes)\b", "board-paper"),
        (r"/(?:press|media|news)-?releases?/", "press-release"),
        (r"/blogs?/|//blogs?\.", "blog"),
        (r"/speech(?:es)?/", "speech"),
        (r"/(?:editorials?|leaders?)/", "editorial"),
        (r"/letters?(?:-to-the-editor)?/", "letter"),
        (r"/(?:opinions?|comment|commentisfree|op-?ed|columnists?|viewpoints?)/", "opinion"),
        (r"/(?:features?|interviews?)/", "feature"),
        (r"/(?:analysis|explainers?|long-reads?)/", "analysis"),
        (r"/reports?/", "report"),
        (r"/news(?:-(?:item|stor(?:y|ies)))?/", "news"),
    ),
)
"""Any site that has no file of its own."""
