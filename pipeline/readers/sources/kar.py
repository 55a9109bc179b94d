"""Kent Academic Repository, kar.kent.ac.uk: EPrints 3. A page holds the abstract of a work that is elsewhere.

Traps: "Date Deposited", "Last Modified" and `citation_online_date` tell when the record was made, not when
the work was published; every creator is "Family, Given".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.errors import SetAside
from pipeline.readers import dates, people, urls
from pipeline.readers.layout import Dump, Layout
from pipeline.readers.normal import split

if TYPE_CHECKING:
    from pipeline.readers.draft import Draft
    from pipeline.readers.meta import Head

_ID = re.compile(r"KAR id:\s*(\d+)|kar\.kent\.ac\.uk/(?:id/eprint/)?(\d+)")
_CITATION = re.compile(r"^(?P<people>[^\n(]{4,600}?)\s*\((?P<year>\d{4})\)\s*(?P<rest>[^\n]+)$", re.MULTILINE)
_KIND = re.compile(r"^Item Type:\s*(.+)$", re.MULTILINE | re.IGNORECASE)


def _refine(page: Head, draft: Draft) -> None:
    """Where the page's markup gives no abstract, the record's tags do; else there is nothing to read."""
    if not draft.paragraphs and page.values("eprints.eprintid"):
        abstract, origin = page.first(("eprints.abstract", "dc.description", "citation_abstract"))
        if not abstract:
            raise SetAside("empty", "a record without an abstract")
        draft.paragraphs, draft.origins["text"] = split(abstract), origin


def _fill(text: str, draft: Draft) -> None:
    """Citation and housekeeping lines of a page copied out as text."""
    if found := _ID.search(text):
        draft.url, draft.origins["url"] = f"https://kar.kent.ac.uk/{found[1] or found[2]}/", "KAR id"
    draft.access, draft.origins["access"] = "abstract", "source"
    if found := _KIND.search(text):
        draft.genre, draft.origins["genre"] = LAYOUT.genre_of([(found[1], "Item Type")], "")
    if doi := urls.doi(
        next(iter(re.findall(r"doi:?\s*(10\.\S+)|DOI\S* number:\s*(10\.\S+)", text)), ("",))[0]
    ):
        draft.doi, draft.origins["doi"] = doi, "citation"
    if not (found := _CITATION.search(text)):
        return
    draft.authors = people.people(people.pairs(found["people"]))
    draft.origins["authors"] = "citation"
    if dated := dates.parse(found["year"]):
        draft.dates.insert(0, (dated, "citation"))
    # the page's heading stands alone on a line, and the citation repeats it
    title = next((line for line in text.split("\n") if len(line) > 15 and found["rest"].startswith(line)), "")
    draft.title = title or found["rest"].split(". ")[0]
    draft.origins["title"] = "citation"


LAYOUT = Layout(
    source="kar",
    hosts=("kar.kent.ac.uk",),
    containers=(
        ".ep_summary_content_main .abstract",
        ".ep_summary_content_main h2 ~ p:not(.citation)",
        ".ep_summary_content h2 ~ p:not(.citation)",
        "#abstract, .abstract",
    ),
    furniture=(".citation", ".no_fulltext", "table", ".irstats", ".ep_document_link"),
    title=("citation_title", "eprints.title", "dc.title", "css:h1.ep_tm_pagetitle", "title"),
    published=("eprints.date", "citation_publication_date", "dc.date", "citation_date"),
    authors=("eprints.creators_name", "citation_author", "dc.creator", "css:.person_name"),
    doi=("citation_doi", "eprints.id_number", "dc.identifier", "eprints.doi", "eprints.official_url"),
    kind=("eprints.type", "dc.type"),
    rights=(
        "eprints.rights",
        "dc.rights",
        "css:.ep_summary_content a[href*='creativecommons.org/licenses']@href",
    ),
    kinds={
        "article": "journal-article",
        "book_section": "report",
        "conference_item": "journal-article",
        "research report": "report",
        "monograph": "report",
        "thesis": "report",
        "book": "report",
        "internet publication": "page",
    },
    genre="journal-article",
    access={"": "abstract"},
    names=("Kent Academic Repository", "University of Kent"),
    addresses=((r"^/(?:id/eprint/)?(\d+)/?$", r"/\1/"),),
    dump=Dump(
        sign=r"Kent Academic Repository|KAR id:\s*\d+",
        head=r"Abstract",
        end=r"Item Type:.*|DOI/Identification number:.*|Uncontrolled keywords:.*|Depositing User:.*",
        fill=_fill,
    ),
    refine=_refine,
)
