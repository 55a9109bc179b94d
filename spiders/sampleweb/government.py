"""GOV.UK and Hansard in the sample web: a search API, pages as JSON, debates as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spiders.sampleweb.documents import SampleDocument, paragraphs
from spiders.sampleweb.pdf import write_pdf
from spiders.sampleweb.services import (
    LABEL,
    UPDATED,
    Query,
    Service,
    as_html,
    as_json,
    matching,
    number,
    service,
    stamp_of,
    target_of,
)
from spiders.sampleweb.site import ENVIRONMENT, Page

KNOWN = {"q", "count", "start", "fields", "filter_public_timestamp", "order"}
ASSETS = "assets.publishing.service.gov.uk"
PDF = "/media/5490sample/sample-notes-on-declared-interests.pdf"


def govuk(documents: Sequence[SampleDocument]) -> list[Service]:
    """Two results a page; one is on another site, one is gone; a publication is the cover of two files."""
    site = service(
        "govuk", "www.gov.uk", documents, "User-agent: *\nDisallow: /*/print$\nDisallow: /info/*\n"
    )
    assets = service("govuk", ASSETS, documents)
    for document in documents:
        site.put(target_of(document), _content(document), document)
        if document.genre == "report":
            body = write_pdf(document.title, paragraphs(document.blocks))
            assets.pages[PDF] = Page(body, "application/pdf")
    stamps = {document.path: stamp_of(document) for document in documents}
    extras: list[str | None] = ["https://www.example.org/guide", "/government/news/sample-withdrawn"]

    def search(query: Query) -> Page:
        if query.keys() - KNOWN:
            return as_json({"error": f"Unexpected parameters: {', '.join(query.keys() - KNOWN)}"}, 422)
        since = query.get("filter_public_timestamp", "").removeprefix("from:")
        found = [document.path for document in matching(documents, query.get("q", ""), since)]
        links = [*found, *(link for link in extras if link and found)]
        start = number(query, "start", 0)
        shown = [
            {"link": link, "_id": link, "public_timestamp": stamps.get(link, UPDATED)}
            for link in links[start : start + min(2, number(query, "count", 10))]
        ]
        return as_json({"results": shown, "total": len(links), "start": start, "suggested_queries": []})

    site.answers["/api/search.json"] = search
    site.put("/api/content/government/news/sample-withdrawn", as_json({"error": "gone"}, 410))
    entries = [document for document in documents if document.genre != "report"]
    feed = ENVIRONMENT.get_template("govuk/search.atom.jinja").render(documents=entries, label=LABEL)
    site.pages["/search/all.atom"] = Page(feed.encode(), "application/atom+xml; charset=utf-8")
    return [site, assets]


def _content(document: SampleDocument) -> dict[str, Any]:
    f = document.fields
    details: dict[str, Any] = {"body": f'<div class="govspeak">{as_html(document)}</div>'}
    if f.get("attached"):
        details["attachments"] = [
            {"attachment_type": "html", "title": document.title, "url": f"{document.path}/{f['attached']}"},
            {"attachment_type": "file", "content_type": "application/pdf", "url": f"https://{ASSETS}{PDF}"},
        ]
    people = [{"title": author, "base_path": "/government/people/sample"} for author in document.authors]
    stamp = f"{document.when}T09:30:00Z"
    return {
        "base_path": document.path,
        "content_id": "99900000-0000-4000-8000-000000000000",
        "document_type": f["document_type"],
        "schema_name": f["document_type"],
        "first_published_at": stamp,
        "public_updated_at": stamp_of(document),
        "locale": "en",
        "title": document.title,
        "description": document.teaser,
        "details": details,
        "links": {"organisations": [{"title": "Department of Health (sample)"}], "people": people},
    }


def hansard(documents: Sequence[SampleDocument]) -> Service:
    """One result a page and kind; a result names its debate; a debate has items of several kinds."""
    site = service("hansard", "hansard-api.parliament.uk", documents)
    for document in documents:
        site.put(target_of(document), _debate(document), document)

    def search(query: Query) -> Page:
        asked = {key.removeprefix("queryParameters."): value for key, value in query.items()}
        start, end = asked.get("startDate", ""), asked.get("endDate", "9999")
        found = [d for d in matching(documents, asked.get("searchTerm", ""), start) if d.when <= end]
        skip = number(asked, "skip", 0)
        written = [_found(document) for document in found if document.genre == "written-answer"]
        spoken = [_found(document) for document in found if document.genre == "debate"]
        shown = slice(skip, skip + min(1, number(asked, "take", 20)))
        return as_json(
            {
                "TotalContributions": len(spoken),
                "TotalWrittenAnswers": len(written),
                "TotalWrittenStatements": 0,
                "Contributions": spoken[shown],
                "WrittenAnswers": written[shown],
                "WrittenStatements": [],
                "SearchTerms": [asked.get("searchTerm", "")],
            }
        )

    site.answers["/search.json"] = search
    return site


def _found(document: SampleDocument) -> dict[str, Any]:
    return {
        "DebateSection": document.title,
        "DebateSectionExtId": target_of(document).split("/")[-1].removesuffix(".json"),
        "SittingDate": f"{document.when}T00:00:00",
        "House": document.fields["house"],
        "Section": document.fields["location"],
        "ContributionText": document.teaser,
        "MemberName": document.authors[0],
    }


def _debate(document: SampleDocument) -> dict[str, Any]:
    """The speakers take turns, the first named as a minister is, the others with their seats."""
    items: list[dict[str, Any]] = [
        {"ItemType": "Timestamp", "Value": "<time>14:31</time>", "AttributedTo": None}
    ]
    for at, block in enumerate(document.blocks):
        speaker = document.authors[at % len(document.authors)]
        role = (
            f"The Minister of State, Sample Office ({speaker})"
            if not at
            else f"{speaker} (Sample West) (Ind)"
        )
        mark = '<span id="100" class="column-number" data-column-number="100"></span>'
        items.append(
            {"ItemType": "Contribution", "AttributedTo": role, "Value": f"<p>{mark}{block.html}</p>"}
        )
    overview = {
        "Id": 99,
        "ExtId": target_of(document).split("/")[-1].removesuffix(".json"),
        "Title": document.title,
        "Date": f"{document.when}T00:00:00",
        "Location": document.fields["location"],
        "House": document.fields["house"],
        "VolumeNo": 999,
    }
    return {"Overview": overview, "Navigator": [], "Items": items, "ChildDebates": []}
