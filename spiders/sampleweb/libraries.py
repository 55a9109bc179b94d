"""Europe PMC in the sample web: a search with cursors, records, and articles in JATS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spiders.sampleweb.documents import SampleDocument
from spiders.sampleweb.services import LABEL, Query, Service, as_json, matching, service, target_of
from spiders.sampleweb.site import ENVIRONMENT, Page

REST = "/europepmc/webservices/rest"
BMJ = "1756-1833"
ISSUE = {"day": "%Y %b %-d", "month": "%Y %b", "year": "%Y"}


def europepmc(documents: Sequence[SampleDocument], bmj: Sequence[SampleDocument]) -> Service:
    """Two results a page; an article of open access has its text in JATS, but for one that lacks it."""
    site = service("europepmc", "www.ebi.ac.uk", documents)
    everything = {f"{result['source']}/{result['id']}": result for result in map(_result, [*documents, *bmj])}
    for key, result in everything.items():
        answer = {"version": "6.9", "hitCount": 1, "request": {"resultType": "CORE"}, "result": result}
        site.put(f"{REST}/article/{key}?resultType=core&format=json", answer)
    for document in documents:
        if document.record.endswith("/fullTextXML"):
            text = ENVIRONMENT.get_template("europepmc/article.xml.jinja").render(
                document=document, label=LABEL
            )
            site.put(target_of(document), Page(text.encode(), "application/xml"), document)

    def search(query: Query) -> Page:
        asked = query.get("query", "")
        pool = bmj if BMJ in asked else [*documents, *(d for d in bmj if d.genre == "analysis")]
        found = [_result(document) for document in matching(pool, asked.partition(" AND ")[0])]
        return _paged(found, query)

    site.answers[f"{REST}/search"] = search
    return site


def _paged(found: Sequence[dict[str, Any]], query: Query) -> Page:
    cursor = query.get("cursorMark", "*")
    start = int(cursor.removeprefix("sample-")) if cursor.startswith("sample-") else 0
    shown = found[start : start + 2]
    request = {"queryString": query.get("query", ""), "cursorMark": cursor, "pageSize": 2}
    answer: dict[str, Any] = {"version": "6.9", "hitCount": len(found)}
    if start + 2 < len(found):
        answer["nextCursorMark"] = f"sample-{start + 2}"
    return as_json(answer | {"request": request, "resultList": {"result": shown}})


def _result(document: SampleDocument) -> dict[str, Any]:
    """A record of type `core`, with the fields that a reader may rely on."""
    f = document.fields
    bmj = document.source == "bmj"
    pmid = str(38_000_000 + int(document.slug[-5:])) if bmj else f["pmid"]
    pmcid = "" if bmj else f["pmcid"]
    given = [author.rpartition(" ") for author in document.authors]
    abstract = "".join(f"<p>{block.text}</p>" for block in document.blocks)
    journal = (
        {"title": "BMJ", "issn": "0959-8138", "essn": BMJ}
        if bmj
        else {"title": f["journal"], "essn": f["issn"]}
    )
    result: dict[str, Any] = {
        "id": pmid or pmcid,
        "source": "MED" if pmid else "PMC",
        "pmid": pmid,
        "pmcid": pmcid,
        "doi": f["doi"],
        "title": f"{document.title}.",
        "authorString": ", ".join(f"{last} {_initials(first)}" for first, _, last in given) + ".",
        "authorList": {
            "author": [
                {
                    "fullName": f"{last} {_initials(first)}",
                    "firstName": first,
                    "lastName": last,
                    "initials": _initials(first),
                }
                for first, _, last in given
            ]
        },
        "journalInfo": {
            "volume": document.path.split("/")[2] if bmj else f["volume"],
            # as the issue says it; where that is no day, the dates below are filled up to one
            "dateOfPublication": document.published.strftime(ISSUE[document.precision]),
            "monthOfPublication": document.published.month if document.precision != "year" else 0,
            "yearOfPublication": document.published.year,
            "printPublicationDate": document.published.isoformat(),
            "journal": journal,
        },
        "pubModel": "Print",
        "pubYear": document.when[:4],
        "language": "eng",
        "pubTypeList": {"pubType": ["Editorial" if document.genre == "editorial" else "Journal Article"]},
        "isOpenAccess": "Y" if pmcid else "N",
        "inEPMC": "Y" if pmcid else "N",
        "firstPublicationDate": document.published.isoformat(),
    }
    result |= {"license": "cc by"} if f.get("licence") else {}
    result |= {} if bmj and document.genre != "analysis" else {"abstractText": abstract}
    return {key: value for key, value in result.items() if value != ""}


def _initials(given: str) -> str:
    return "".join(part[0] for part in given.replace("-", " ").split())
