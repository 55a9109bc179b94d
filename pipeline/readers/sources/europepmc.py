"""Europe PMC's record of an article, as JSON: its abstract, or, where it has none, no more than metadata."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.errors import SetAside
from pipeline.readers import people, urls
from pipeline.readers.draft import Draft
from pipeline.readers.fields import article_address, date, genre_of, many, node, put, said
from pipeline.readers.record import unmarked
from pipeline.records import Capture

ORIGIN = "europepmc"


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
        journal=said(printed, "journal", "title"),
        volume=volume,
        issue=said(printed, "issue"),
        pages=said(article, "pageInfo"),
    )
    # "eng" -> "en"
    put(draft, ORIGIN, language=said(article, "language")[:2] or None)
    for key in ("firstPublicationDate", "electronicPublicationDate"):
        date(draft, key, said(article, key))
    date(draft, "journalInfo", said(printed, "printPublicationDate") or said(article, "pubYear"))
    put(draft, ORIGIN, authors=people.people(_writers(article)))
    types = [str(kind) for kind in many(article, "pubTypeList", "pubType")]
    draft.genre, draft.origins["genre"] = genre_of(types), "pubType"
    draft.paragraphs = unmarked(said(article, "abstractText"))
    draft.access, draft.origins["access"] = ("abstract" if draft.paragraphs else "metadata"), ORIGIN
    draft.paragraphs = draft.paragraphs or [draft.title]
    return draft


def address(article: Mapping[str, Any]) -> str:
    """The article's page at Europe PMC, which its full text has too."""
    if pmid := said(article, "pmid"):
        return f"https://europepmc.org/article/MED/{pmid}"
    return f"https://europepmc.org/article/{said(article, 'source')}/{said(article, 'id')}"


def _writers(article: Mapping[str, Any]) -> list[str]:
    listed = many(article, "authorList", "author")
    return [f"{said(author, 'firstName')} {said(author, 'lastName')}" for author in listed]


def _issns(article: Mapping[str, Any]) -> tuple[str, ...]:
    journal = node(article, "journalInfo", "journal")
    return said(journal, "issn"), said(journal, "essn")
