"""The BMJ, www.bmj.com: Drupal 7 with HighWire; one layout from 2013 to at least 2024.

Traps: the shell's `dcterms.*` tags may describe another article; an account name ("hwadmin") stands where
extractors look for authors; `og:*` tags use `name=`; the masthead and the affiliations lie next to the text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.readers import dates, people, urls
from pipeline.readers.layout import Dump, Layout

if TYPE_CHECKING:
    from pipeline.readers.draft import Draft
    from pipeline.readers.meta import Head

_MASTHEAD = re.compile(
    r"\bBMJ\s+(?P<year>\d{4});\s*(?P<volume>\d{1,4})\b.{0,20}?"
    r"doi:?\s*(?P<doi>\S{1,200})\s*\(?(?:Published\s+(?P<date>[^)\n]{6,30}))?",
    re.DOTALL,
)
_TABS = {"Article", "Related content", "Metrics", "Responses", "Peer review", "Article tools"}
_NAME = re.compile(r"[^\W\d_][^\d\n]{3,120}")


def _refine(page: Head, draft: Draft) -> None:
    """An excerpt is served in an `extract-view`, an abstract in an `abstract-view`."""
    view = " ".join(page.values("css:div.article@class"))
    for word, access in (("extract-view", "excerpt"), ("abstract-view", "abstract")):
        if word in view and "fulltext-view" not in view:
            draft.access, draft.origins["access"] = access, word


def _fill(text: str, draft: Draft) -> None:
    """Masthead of a page copied out as text: genre, title, "BMJ 2013; 347 doi: … (Published …)", names."""
    found = _MASTHEAD.search(text)
    if not found:
        return
    doi = urls.doi(found["doi"])
    if doi:
        draft.doi, draft.origins["doi"] = doi, "masthead"
        suffix = doi.partition("/")[2]
        draft.url = f"https://www.bmj.com/content/{found['volume']}/{suffix}"
        draft.origins["url"] = "masthead"
    _head_lines(text[max(0, found.start() - 2000) : found.start()], draft)
    if dated := dates.parse(found["date"] or found["year"]):
        draft.dates.insert(0, (dated, "masthead"))
    below = [line for line in text[found.end() :].split("\n")[:16] if line]
    before = [at for at, line in enumerate(below) if re.match(r"\d\s?[A-Z]", line)]
    named = [line for line in below[: before[0]] if _NAME.fullmatch(line)] if before else []
    draft.authors = people.people(line for line in named if line not in _TABS)
    draft.origins["authors"] = "masthead"


def _head_lines(above: str, draft: Draft) -> None:
    """The title stands right above the masthead, the genre above the title."""
    lines = [line for line in above.split("\n") if line]
    if lines:
        draft.title, draft.origins["title"] = lines[-1], "masthead"
    for word in lines[-2:-1]:
        draft.genre, draft.origins["genre"] = LAYOUT.genre_of([(word, "masthead")], "")


LAYOUT = Layout(
    source="bmj",
    hosts=("bmj.com",),
    containers=(
        ".highwire-markup div.article.fulltext-view",
        ".highwire-markup div.article[class*='-view']",
        "div.article.fulltext-view, div.article.extract-view",
        ".highwire-markup",
    ),
    furniture=(
        ".contributors", ".contributor-list", ".affiliation-list", ".corresp-list", ".ref-list",
        ".fn-group", ".cit-extra", ".em-addr", ".xref-aff", ".xref-fn", ".xref-corresp", ".fig",
        ".fig-caption", "div.table", ".table-caption", ".highwire-cite", ".pane-bmj-article-access",
        "#related-urls", ".kwd-group", ".copyright-statement", ".license", ".permissions", ".cite-as",
        ".callout", ".sidebar-links", ".dateline-links", ".inline-linked-content",
    ),
    references="a.xref-bibr",
    title=("citation_title", "dc.title", "css:h1#page-title", "og:title", "title"),
    published=("citation_publication_date", "dc.date", "css:.highwire-cite-date", "article:published_time"),
    modified=("article:modified_time",),
    authors=("citation_author", "dc.contributor", "css:.contributors .name"),
    doi=("citation_doi", "dc.identifier", "css:.highwire-cite-doi"),
    kind=("citation_section", "css:.highwire-cite-article-type", "article:section"),
    # the page's own "open access" badge belongs to the shell: only what the article states counts
    rights=(
        "dc.rights",
        "css:.article .license a@href",
        "css:.article a[href*='creativecommons.org/licenses']@href",
    ),
    kinds={
        "careers": "news",
        "views & reviews personal view": "opinion",
        "views & reviews": "opinion",
        "clinical review": "journal-article",
        "research methods & reporting": "journal-article",
        "practice": "journal-article",
        "rapid response": "letter",
    },
    names=("hwadmin", "The BMJ", "BMJ"),
    addresses=(
        (r"\.(?:full\.pdf\+html|full\.pdf|full-text\.print|full-text|full|long|abstract|extract|short)$", ""),
    ),
    dump=Dump(
        sign=r"\bBMJ\s+\d{4};\s*\d+|Intended for healthcare professionals",
        head=r"Cite this as:.*|.*\bCite this as: BMJ\b.*|\S+\{at\}\S+|\d\s?[A-Z][^.]{2,200}|"
        r"Article|Related content|Metrics|Responses|Peer review|This article has a correction.*",
        end=r"View Full Text|Log in.*|Footnotes|References|Notes|Cite this as:? BMJ.*|Competing interests:.*",
        glued=True,
        fill=_fill,
    ),
    refine=_refine,
)  # fmt: skip
