"""Europe PMC's record of an article, as JSON: its abstract, or, where it has none, no more than metadata."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pipeline.errors import SetAside
from pipeline.readers import dates, people, urls
from pipeline.readers.draft import Draft
from pipeline.readers.fields import article_address, genre_of, language_of, many, node, put, said
from pipeline.readers.record import unmarked
from pipeline.records import Capture

ORIGIN = "europepmc"
_INITIALS = r"(?P<given>[^\W\d_a-z]{1,4})(?:\s+(?:Jr|Sr|[23][nr]d))?\.?"
_CITED = re.compile(rf"(?P<family>\S.*?)\s+{_INITIALS}")


def fits(row: Mapping[str, Any]) -> bool:
    """Is it the answer to a question for one article, or for a few?"""
    return "hitCount" in row and ("result" in row or "resultList" in row)


def read(capture: Capture, row: Mapping[str, Any]) -> Draft:
    """The article. Raises SetAside("listing") for an answer with several, "empty" for one with none."""
    found = [node(row, "result")] if "result" in row else many(row, "resultList", "result")
    if len(found) > 1:
        raise SetAside("listing", f"{len(found)} results of a search")
    if not found or not said(found[0], "title"):
        raise SetAside("empty", "no such article")
    article = found[0]
    doi = urls.doi(said(article, "doi"))
    volume, issns = said(article, "journalInfo", "volume"), _issns(article)
    draft = Draft(url=article_address(doi, volume, issns) or address(article), origins={"url": ORIGIN})
    title = " ".join(unmarked(said(article, "title")))
    put(
        draft,
        ORIGIN,
        title=title.removesuffix(".").strip("[]"),
        doi=doi,
        rights=said(article, "license").upper(),
    )
    printed = node(article, "journalInfo")
    put(
        draft,
        ORIGIN,
        pmid=said(article, "pmid"),
        pmcid=said(article, "pmcid"),
        journal=said(printed, "journal", "title"),
        volume=volume,
        issue=said(printed, "issue"),
        pages=said(article, "pageInfo"),
    )
    put(draft, ORIGIN, language=language_of(said(article, "language")))
    draft.dates = _dates(article)
    put(draft, ORIGIN, authors=people.people(_writers(article)))
    types = [str(kind) for kind in many(article, "pubTypeList", "pubType")]
    draft.genre, draft.origins["genre"] = genre_of(types), "pubType"
    found_words = unmarked(said(article, "abstractText"))
    draft.paragraphs = [text for text in found_words if text.casefold() != "abstract"]
    draft.access, draft.origins["access"] = ("abstract" if draft.paragraphs else "metadata"), ORIGIN
    draft.paragraphs = draft.paragraphs or [draft.title]
    return draft


def address(article: Mapping[str, Any]) -> str:
    """The article's page at Europe PMC, which its full text has too."""
    if pmid := said(article, "pmid"):
        return f"https://europepmc.org/article/MED/{pmid}"
    return f"https://europepmc.org/article/{said(article, 'source')}/{said(article, 'id')}"


def _dates(article: Mapping[str, Any]) -> list[tuple[dates.Dated, str]]:
    """The first publication, as far as it is known: a month or a year alone is filled up to a day."""
    issue, year = _issue(node(article, "journalInfo")), dates.parse(said(article, "pubYear"))
    online = dates.parse(said(article, "electronicPublicationDate"))
    first = dates.parse(said(article, "firstPublicationDate"))
    # where nothing but the year is told, only the first of January can be the year
    issue = issue or (year if first is None or first.day.month == 1 else None)
    filled = (
        first is not None
        and issue is not None
        and first.precision == "day" != issue.precision
        and first.day.day == 1
        and str(first).startswith(str(issue))
        and (online is None or online.day != first.day)
    )
    found = [
        (issue if filled else first, "dateOfPublication" if filled else "firstPublicationDate"),
        (online, "electronicPublicationDate"),
        (issue, "dateOfPublication"),
        (year, "pubYear"),
    ]
    return [(dated, origin) for dated, origin in found if dated is not None]


def _issue(printed: Mapping[str, Any]) -> dates.Dated | None:
    """The day, month or year that the issue bears: "2014 May 15", "2014 Jul-Aug", "2014 Spring"."""
    written = said(printed, "dateOfPublication")
    year, month = said(printed, "yearOfPublication"), said(printed, "monthOfPublication").strip("0")
    if written:
        return dates.parse(written) or dates.parse((re.match(r"\s*\d{4}", written) or [""])[0])
    filled = dates.parse(said(printed, "printPublicationDate"))
    if filled and filled.day.day > 1:
        return filled
    named = f"{year}-{month.zfill(2)}" if month else year
    return dates.parse(named) or (filled and dates.parse(str(filled)[:7]))


def _writers(article: Mapping[str, Any]) -> list[str]:
    """The authors' names: in full, with initials, or as they stand in the citation ("Muster E")."""
    listed = many(article, "authorList", "author")
    if not listed:
        return [_turned(name) for name in said(article, "authorString").split(",")]
    return [
        f"{given} {said(author, 'lastName')}"
        if said(author, "lastName") and (given := said(author, "firstName") or said(author, "initials"))
        else _turned(said(author, "fullName"))
        for author in listed
        if not said(author, "collectiveName")
    ]


def _turned(name: str) -> str:
    """ "van der Muster EA." -> "EA van der Muster"; "" for what ends in no initials, as a group's name."""
    found = _CITED.fullmatch(name.strip())
    return f"{found['given']} {found['family']}" if found else ""


def _issns(article: Mapping[str, Any]) -> tuple[str, ...]:
    journal = node(article, "journalInfo", "journal")
    return said(journal, "issn"), said(journal, "essn")
