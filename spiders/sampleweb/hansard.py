"""Hansard in the sample web: its search, its lists and its debates, in the shapes of its published schema.

The search gives at most four results of a kind and turns no pages. The lists of contributions do, a hundred
at most; the list of debates, found by their titles, has been seen to give the same 25 on every page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from spiders.sampleweb.documents import SampleDocument
from spiders.sampleweb.services import Query, Service, as_json, number, phrases, service, target_of, words
from spiders.sampleweb.site import Page

SHOWN, MOST, TITLES = 4, 100, 25
SEARCH = ("Members", "Contributions", "WrittenStatements", "WrittenAnswers", "Corrections", "Petitions",
          "Debates", "Divisions", "Committees")  # fmt: skip
LISTS = {
    "contributions/Spoken": ("Contributions",),
    "contributions/Written": ("WrittenStatements", "WrittenAnswers"),
    "contributions/Corrections": ("Corrections",),
    "petitions": ("Petitions",),
    "debates": ("Debates",),
}
Index = Mapping[str, Sequence[Mapping[str, Any]]]
"""Group of the search -> its items; `words` is what an item is found by."""


def hansard(documents: Sequence[SampleDocument]) -> Service:
    """The debates, each found by its contributions and by its title."""
    site = service("hansard", "hansard-api.parliament.uk", documents)
    site.pages["404"] = as_json({"Message": "No HTTP resource was found that matches the request URI"}, 404)
    index: dict[str, list[dict[str, Any]]] = {group: [] for group in SEARCH}
    for document in documents:
        site.put(target_of(document), _debate(document), document)
        written = document.genre == "written-answer"
        index["WrittenAnswers" if written else "Contributions"] += [
            _contribution(document, at) for at in range(2 * len(document.blocks))
        ]
        index["Debates"].append(_about(document) | {"words": document.title.casefold()})
    site.answers |= answers(index)
    return site


def answers(index: Index) -> dict[str, Callable[[Query], Page]]:
    """What is answered on each path from an index of items."""

    def search(query: Query) -> Page:
        found = {group: matching(index.get(group, ()), query) for group in SEARCH}
        answer: dict[str, Any] = {f"Total{group}": len(items) for group, items in found.items()}
        answer["SearchTerms"] = [query.get("queryParameters.searchTerm", "")]
        return as_json(answer | {group: shown(items[:SHOWN]) for group, items in found.items()})

    def listed(path: str) -> Callable[[Query], Page]:
        def answer(query: Query) -> Page:
            found = [item for group in LISTS[path] for item in matching(index.get(group, ()), query)]
            if not path.startswith("contributions/"):
                return as_json({"Results": shown(found[:TITLES]), "TotalResultCount": len(found)})
            skip = number(query, "queryParameters.skip", 0)
            take = number(query, "queryParameters.take", 20)
            counts: dict[str, int] = {}
            for name, groups in LISTS.items():
                if kind := name.partition("/")[2]:
                    of_kind = sum(len(matching(index.get(group, ()), query)) for group in groups)
                    counts[f"{kind}ResultCount"] = of_kind
            counts["DivisionsResultCount"] = 0
            page = shown(found[skip : skip + min(take, MOST)])
            terms = [query.get("queryParameters.searchTerm", "")]
            return as_json({"SearchTerms": terms, **counts, "Results": page, "TotalResultCount": len(found)})

        return answer

    return {"/search.json": search} | {f"/search/{path}.json": listed(path) for path in LISTS}


def matching(items: Sequence[Mapping[str, Any]], query: Query) -> list[Mapping[str, Any]]:
    """The items with the words, of the days between two, the newest first unless told otherwise."""
    asked = {key.removeprefix("queryParameters."): value for key, value in query.items()}
    first, last = asked.get("startDate", ""), asked.get("endDate", "9999")
    wanted = phrases(asked.get("searchTerm", ""))
    found = [
        item
        for item in items
        if first <= item["SittingDate"][:10] <= last and all(one in item["words"] for one in wanted)
    ]
    newest = asked.get("orderBy") != "SittingDateAsc"
    return sorted(found, key=lambda item: str(item["SittingDate"]), reverse=newest)


def shown(items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Items without what they are found by."""
    return [{key: value for key, value in item.items() if key != "words"} for item in items]


def _about(document: SampleDocument) -> dict[str, Any]:
    return {
        "DebateSection": document.fields["location"],
        "SittingDate": f"{document.when}T00:00:00",
        "House": document.fields["house"],
        "Title": document.title,
        "Rank": 0,
        "DebateSectionExtId": target_of(document).split("/")[-1].removesuffix(".json"),
    }


def _contribution(document: SampleDocument, at: int) -> dict[str, Any]:
    """One contribution: here the debate's title stands in `DebateSection`, its place in `Section`."""
    about = _about(document)
    about |= {"DebateSection": about.pop("Title"), "Section": document.fields["location"]}
    return about | {
        "words": words(document),
        "MemberName": document.authors[0],
        "MemberId": 1,
        "AttributedTo": f"{document.authors[0]} (Sample West) (Ind)",
        "ItemId": 9900 + at,
        "ContributionExtId": f"9990C{at:03}-0000-4000-8000-000000000000",
        "ContributionText": document.teaser,
        "ContributionTextFull": document.teaser,
        "HRSTag": "hs_Para",
        "HansardSection": "AA",
        "Timecode": None,
        "DebateSectionId": 99,
        "OrderInDebateSection": at,
        "DebateSectionOrder": 1,
    }


def _debate(document: SampleDocument) -> dict[str, Any]:
    """The speakers take turns: a minister, then members with their seats; between them what nobody says."""
    items = [
        _item("Timestamp", "<time>14:31</time>"),
        _item("Contribution", "100", "hs_ColumnNumber"),
        _item("Contribution", "[Somebody Else <em>in the Chair</em>]", "hs_76fChair"),
        _item("Contribution", "2.31 pm", "hs_Timeline"),
    ]
    for at, block in enumerate(document.blocks):
        speaker = document.authors[at % len(document.authors)]
        role = f"{speaker} (Sample West) (Ind)" if at else f"The Minister of State, Sample Office ({speaker})"
        mark = '<span id="100" class="column-number" data-column-number="100">100</span>'
        items.append(_item("Contribution", f"<p>{mark}{block.html}</p>", by=role, member=at + 1))
    items.append(_item("Contribution", "Question put and agreed to.", "hs_Para", member=-1))
    overview = {
        "Id": 99,
        "ExtId": target_of(document).split("/")[-1].removesuffix(".json"),
        "Title": f" {document.title}",
        "HRSTag": "hs_2DebBill",
        "Date": f"{document.when}T00:00:00",
        "Location": document.fields["location"],
        "House": document.fields["house"],
        "Source": 2,
        "VolumeNo": 999,
        "NextDebateExtId": None,
    }
    # what lies below a debate comes with it, and is a debate with a record of its own
    below = {
        "Overview": overview | {"ExtId": "9990B000-1"},
        "Items": [_item("Contribution", "Of the child.")],
    }
    return {"Overview": overview, "Navigator": [], "Items": items, "ChildDebates": [below]}


def _item(
    kind: str, value: str, tag: str = "hs_Para", by: str | None = None, member: int | None = None
) -> dict[str, Any]:
    return {
        "ItemType": kind,
        "ItemId": 1,
        "MemberId": member,
        "AttributedTo": by,
        "Value": value,
        "OrderInSection": 1,
        "Timecode": None,
        "ExternalId": "9990E001",
        "HRSTag": tag,
        "IsReiteration": False,
    }
