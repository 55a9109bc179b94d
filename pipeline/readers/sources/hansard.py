"""Hansard's API: a debate, statement or answer as JSON, one item a contribution, its words as HTML.

The text is what was said, without names, times, columns, divisions and procedure; the speakers are the
authors.

Traps: most items are of the type "Contribution", be they speech, a column's number or a procedure's outcome;
what they are stands in `HRSTag`, and what was said by nobody has no member. Who spoke is one line, in many
shapes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.readers import people
from pipeline.readers.draft import Draft
from pipeline.readers.fields import date, many, node, put, said
from pipeline.readers.record import unmarked
from pipeline.records import Capture

ORIGIN = "hansard"
_WRITTEN = re.compile(r"written[ _-]*(answer|question|statement)", re.IGNORECASE)
_MARKS = (".column-number", ".column-only", "[class*=column-number]", "time", ".time-code", ".timecode")
_FURNITURE = re.compile(r"hs_(?:colum\w*number|time\w*|newline\d*|rhead\w*|pagebreak)", re.IGNORECASE)
"""Tags of what is never said, whoever has the word."""
_PROCEDURE = re.compile(
    r"hs_(?:\d*f?chair|procedure|cl\w+|brev\w*|tabledby|debatetype|amendment\w*|division\w*|venue|location|"
    r"date\w*|sitting\w*|notice\w*|prayers?|\d*formalmotion)|err_tablewrapper",
    re.IGNORECASE,
)
"""Tags of what nobody says, where no member is named: the chair, printed motions, a committee's members."""
_LINE = re.compile(
    r"""(?:
    \[?(?:column\s*)?\d{1,4}(?:WH|WS|WA|W|GC|P|PS|MC|CWH|A)?\]? |
    \d{1,2}(?:[.:]\d\d)?\s*(?:am|pm|a\.m\.|p\.m\.|noon|midnight)\.? | noon | midnight |
    \[.{3,80}\bin\ the\ chair\]
    )""",
    re.IGNORECASE | re.VERBOSE,
)
"""A paragraph that is a column's number, the clock, or who takes the chair, whatever its tag."""
_OUTCOME = re.compile(
    r"""(?:
    (?:main\ |original\ )?
        (?:question|motion|amendments?|clauses?|schedules?|bill|new\ clause|title|preamble)\b.{0,80}
        \b(?:agreed(?:\ to)?|negatived|withdrawn|disagreed\ to|ordered\ to\ stand.{0,40}|not\ moved|
        read\ (?:the|a)\ \w+\ time.{0,60}|reported.{0,60}|passed.{0,40}|put\ accordingly.{0,40}) |
    (?:the\ )?(?:house|committee|sitting|debate)\ (?:divided|resumed|adjourned|suspended).{0,80} |
    on\ resuming.{0,10} | division\ \d+.{0,40} | prayers.{0,60} | adjourned\ (?:accordingly\ )?at.{0,60} |
    (?:motion\ made,\ and\ )?question\ (?:again\ )?proposed.{0,200}
    )[.\u2014-]*""",
    re.IGNORECASE | re.VERBOSE,
)
"""A paragraph that tells a procedure's outcome; only where nobody says it."""
_OFFICE = re.compile(
    r"""^(?:the\s+)?(?:
    (?:(?:mr|mrs|ms|madam|mister|right\ hon(?:ourable|\.)?)\.?\s+)?
        (?:(?:deputy|temporary|first|second|acting|senior|principal)\s+)*
        (?:lord\s+)?(?:speaker|chair(?:man|woman|person)?)\b |
    .*\b(?:ministers?|(?:under-?)?secretary|chancellor|solicitor|attorney|advocate)[- ]?
        (?:of|for|to|general)\b |
    .*\b(?:(?:under-?)?secretary|minister)\b(?:,|$) | .*\bprime\ minister\b |
    .*\b(?:leader|president|clerk|serjeant|captain|comptroller|vice-?chamberlain|treasurer|member)\s
        (?:of|to|at|for|in)\b |
    lord\s+(?:privy|president|commissioner|advocate|chief|chancellor)\b | .*\bcommission(?:er)?$ |
    black\ rod |
    (?:a\s+)?(?:lord|lady|baroness)\s+in\s+waiting\b | (?:\w+\ )?paymaster | .*\bwhip\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)
"""An office, which names nobody; whoever holds it stands in brackets behind."""
_CROWD = re.compile(
    r"(?:.*\b)?(?:members?|voices?|peers|several\s+.*|all\s+.*|some\s+.*|others|"
    r"noble\s+(?:and\s+\w+\s+)?(?:lords?|lady|ladies|baroness(?:es)?|friends?|peers?))\.?",
    re.IGNORECASE,
)
_PEER = re.compile(
    r"(?:lord|lady|baron|baroness|viscount|viscountess|earl|countess|marquess|marquis|marchioness|duke|duchess|"
    r"(?:lord\s+)?(?:arch)?bishop)\s+(?:of\s+)?\S.*",
    re.IGNORECASE,
)
_PARTY = re.compile(
    r"\S{1,12}|lab(?:our)?\W+co-?op.*|liberal democrats?|green party|reform uk|plaid cymru|your party|"
    r"(?:ulster|democratic) unionist.*|social democrat.*|scottish national party|conservative and unionist.*|"
    r"cross[- ]bench\w*|(?:the )?independent .*|non[- ]affiliated|sinn f[eé]in|(?:alba|alliance) party|"
    r"change uk",
    re.IGNORECASE,
)
"""What stands in brackets and is no name."""
_GROUP = re.compile(r"\s*\(([^()]*(?:\([^()]*\)[^()]*)*)\)\s*$")


def fits(row: Mapping[str, Any]) -> bool:
    """Is it a debate?"""
    return "Overview" in row and "Items" in row


def read(capture: Capture, row: Mapping[str, Any]) -> Draft:
    """The debate with all its contributions. The debates below it are captures of their own."""
    about = node(row, "Overview")
    house, day, number = said(about, "House"), said(about, "Date")[:10], said(about, "ExtId")
    # the site puts the title behind, run together
    slug = "".join(word[:1].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", said(about, "Title")))
    url = f"https://hansard.parliament.uk/{house or 'Commons'}/{day}/debates/{number}/{slug}"
    draft = Draft(url=url, source="hansard", language="en", origins={"url": ORIGIN, "language": "source"})
    put(draft, ORIGIN, title=said(about, "Title"))
    date(draft, "Date", day)
    items = [item for item in many(row, "Items") if said(item, "ItemType") == "Contribution"]
    for item in items:
        draft.paragraphs += _spoken(item)
    put(draft, "AttributedTo", authors=speakers(_attributed(item) for item in items))
    written = _WRITTEN.search(f"{said(about, 'Location')} {said(about, 'HRSTag')}")
    kind = {"answer": "written-answer", "question": "written-answer", "statement": "speech"}
    put(draft, "Location", genre=kind[written[1].lower()] if written else "debate")
    return draft


def _attributed(item: object) -> str:
    return said(item, "AttributedTo") or said(item, "MemberName")


def _spoken(item: object) -> list[str]:
    """What is said in an item: nothing, where it is a mark of the page or a procedure."""
    tag = said(item, "HRSTag")
    nobody = not _attributed(item) and said(item, "MemberId") in ("", "0", "-1")
    if _FURNITURE.fullmatch(tag) or (nobody and _PROCEDURE.fullmatch(tag)):
        return []
    found = [
        text for text in unmarked(f"<div>{said(item, 'Value')}</div>", _MARKS) if not _LINE.fullmatch(text)
    ]
    return [text for text in found if not (nobody and _OUTCOME.fullmatch(text))]


def speakers(attributed: Iterable[str]) -> tuple[str, ...]:
    """The people among those to whom contributions are attributed, in order, each once."""
    found: dict[str, str] = {}
    for line in attributed:
        name = speaker(line)
        known = (name,) if _PEER.fullmatch(name) else people.people([name])
        for one in known[:1]:
            found.setdefault(one.casefold(), one)
    return tuple(found.values())


def speaker(attributed: str) -> str:
    """Who spoke; "" for an office without a name, and for a crowd.

    "The Minister (Mr Ann Lee)", "Ann Lee (Thanet) (Ind)", "Madam Deputy Speaker (Ann Lee)" -> Ann Lee;
    "Lord Lee (CB)" -> Lord Lee; "The Earl of Lee" -> Earl of Lee; "Hon. Members" -> "".
    """
    outer, brackets = " ".join(attributed[:500].split()).strip(" :\u2014-"), []
    while found := _GROUP.search(outer):
        brackets.append(found[1].strip())
        outer = outer[: found.start()].strip()
    if _CROWD.fullmatch(outer):
        return ""
    if _OFFICE.search(outer) or re.match(r"the\s", outer, re.IGNORECASE):
        named = [text for text in brackets if not _PARTY.fullmatch(text) and not _OFFICE.search(text)]
        titled = re.sub(r"^the\s+", "", outer, flags=re.IGNORECASE)
        if not named and _PEER.fullmatch(titled) and not _OFFICE.search(outer):
            return people.untitled(titled)
        return people.untitled(named[0]) if named else ""
    return people.untitled(outer)
