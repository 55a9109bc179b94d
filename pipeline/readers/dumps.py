"""Where a page that was copied out as text says what it is: the lines around its article.

Services and papers write the same few lines on every page. They tell the source; the line above date, byline
or DOI is the title; and what they say beside the date is no part of it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import takewhile

from pipeline.readers import boilerplate, dates, people
from pipeline.readers.layout import KINDS
from pipeline.readers.normal import words

_DAY = r"\d{1,2}\ \w{3,9}\ \d{4}"
_COLUMN = r"column\ (?:[A-Z]{1,3}\ ?)?\d+\w*"
_SIGNS = {
    "govuk": r"GOV\.UK|Is\ this\ page\ useful\?|Report\ a\ problem\ with\ this\ page|"
    r"This\ was\ published\ under\ the\ .{4,60}\bgovernment\b.*|\[?Check\ against\ delivery\]?",
    "hansard": rf"(?:HC\ Deb|HL\ Deb|Volume\ \d+)\b.*\bdebated\ on\b.*|{_DAY}\ ?:\ ?(?i:{_COLUMN})|"
    r"Find\ Debates|©\ UK\ Parliament.*|The\ House\ met\ at\b.*|"
    r"(?:Commons|Lords|Daily)\ Hansard\b.*|\[.*\bin\ the\ Chair\]|Prayers\u2014.*",
    "guardian": r"The\ Guardian,?|.*\bPhotograph:\ .*\bGuardian|Jump\ to\ comments.*|Reuse\ this\ content",
    "nhsengland": r"(?:NHS\ (?:England|Commissioning\ Board)\W{1,3})?(?:CCG\ [Bb]ulletin\b.*|"
    r"Bulletin\ for\ (?:\w+\ )?(?:CCGs|clinical\ commissioning\ groups)\b.*)|"
    r".*\b(?i:gateway\ (?:approval\ )?(?:ref(?:erence)?\b|number)\W{0,2}(?:(?:number|no)\W{0,2})?)\d+.*|"
    r"NHS\ England\ ».*|.*»\ NHS\ England",
    "europepmc": r"PMCID:\ ?PMC\d+.*|.*\bAuthor\ information\b.*\bLicense\ information.*",
}
"""Source -> lines that only its pages have."""
_COMPILED = {source: re.compile(rf"(?:{sign})", re.VERBOSE) for source, sign in _SIGNS.items()}
_ADDRESS = {
    "hansard": re.compile(r"\bhansard\.parliament\.uk\b"),
    "govuk": re.compile(r"\bwww\.gov\.uk/"),
    "guardian": re.compile(r"\b(?:the)?guardian\.(?:com|co\.uk)\b"),
    "nhsengland": re.compile(r"\bwww\.england\.nhs\.uk\b"),
    "europepmc": re.compile(r"\b(?:europepmc\.org|ncbi\.nlm\.nih\.gov/pmc|pmc\.ncbi\.nlm\.nih\.gov)\b"),
}
"""Source -> its address, which counts in a line that holds little else."""
NAMES = ("GOV.UK", "Hansard", "UK Parliament", "The Guardian", "Guardian", "NHS England", "Europe PMC",
         "PubMed Central", "Commons", "Lords", "House of Commons", "House of Lords", "Westminster Hall",
         "Grand Committee", "Commons Chamber", "Lords Chamber", "Written Answers")  # fmt: skip
"""What these call themselves."""
GENRES = {"guardian": "news", "hansard": "debate", "europepmc": "journal-article"}
"""What most of their pages are."""
_NEAR = 40
"""So many lines at either end of a text are looked at: an article may quote an address of another site."""
_DEBATE = re.compile(r"H[CL] Deb\b.{0,40}\b(?:19|20)\d\d\b.{0,40}")
"""A debate's own place, where it stands above it; a report cites others below."""

_MARK = re.compile(
    r"""(?:
    (?:by|words:?|written\ by|posted\ by|author:)\ .{3,120} | authors?:?(?:\ .{3,200})? |
    from:(?:\ .{3,120})? | delivered\ on:.* | location:.* | article\ history |
    published(?:\ (?:by|in|on|date))?:?(?:\ .{0,60})? |
    (?:page\ )?(?:last\ )?(?:updated|modified|reviewed)\b:?(?:\ .{0,60})? |
    .*\bdoi\b.{0,4}\ ?(?:https?://)?.* | pmcid:.* | pmid:.* | .*\bcite\ this\ as:.* |
    author\ information.* | article\ notes.* | find\ this\ author\ .* |
    (?:volume|hc\ deb|hl\ deb)\b.*\bdebated\ on\b.* | h[cl]\ deb\b.*\d.* | \d{1,2}[.:]\d\d\ ?[ap]\.?m\.? |
    (?:asked|tabled|moved)\ by\b.{3,80} | comments?:?\ ?\(?\d*\)? | \d+\ (?:comments?|responses) |
    jump\ to\ comments.* | this\ (?:content|page|article)\ relates\ to\ .* | applies\ to\ .{3,60} |
    first\ published\b.{0,60} | this\ was\ published\ under\ the\ .* | \d+[\ -]min(?:ute)?s?\b.{0,10} |
    (?:isbn|issn|ref(?:erence)?|(?:publications?\ )?gateway\ (?:\w+\ )?(?:ref\w*|number))\b.{0,60}
    )""",
    re.IGNORECASE | re.VERBOSE,
)
"""What stands below a title."""
_CITATION = re.compile(
    r".*\b(?:19|20)\d\d\b[^;]{0,12};\s?\d+\s?[(:].*|.*\bdoi\b.{0,4}\s?(?:https?://\S+|10\.).*", re.I
)
_NO_TITLE = re.compile(
    r"""(?:
    .*\((?:photo(?:graph)?|picture|image|credit)s?\b.* | .*\bphoto(?:graph)?s?(?::|\ by)\ .* |
    (?:.*[.('\u2019"\u201d]\ ?)?(?:picture|image|credit)s?:\ .* |
    .*\b(?:getty(?:\ images)?|istock|shutterstock|alamy) |
    (?:previous|next)\ \w+ | part\ of\ .* | about\ (?:this|us|the\ authors?)\b.* | \[.*\] | \(.*\) | .*: |
    .*\blogo(?:link)?\b.* | live\ blog\b.* | (?:this|our)\ (?:site|website|page)\b.* |
    .{0,40}\ on\ this\ site | roles?:.* | ©.* | page\ \d+(?:\ of\ \d+)? |
    .*\bcolumn\ (?:[A-Z]{1,3}\ ?)?\d+\w* | parliamentary\ business | publications\ (?:&|and)\ records |
    the\ house\ (?:met|adjourned|rose)\b.* | prayers\b.* | .*\bwas\ asked\W* | (?:oral|written)\ answers\b.* |
    motion\ made\b.* | question(?:\ for\ short\ debate)? | relevant\ documents?:.* | urgent\ question |
    (?:commons|lords|daily)\ (?:debates?|hansard)\b.* |
    (?:all|current|latest|online|main|user|our)\ (?:issues?|first|menu|work|news|articles) | copyright\b.* |
    v(?:ol(?:ume)?)?[.\ ]\ ?\d+.* | pmc\ ?(?:id:?\ ?)?\d+
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_DOUBTFUL = re.compile(
    r"(?:read|download|view|see|listen|watch|visit|follow|search|find|browse|sign|log|subscribe|register|skip|"
    r"jump|discover|explore|go|at the|for the|latest|welcome)\b.*",
    re.IGNORECASE,
)
_NAME_ENDS = re.compile(r"[.,]|(?= (?:20|19))")
_REGULAR = re.compile(
    r"\b(?:bulletin|newsletter|issue|edition|update|briefing|digest|round-?up|minutes|meeting|agenda|weekly|monthly)\b",
    re.IGNORECASE,
)
_SERIAL = re.compile(
    r"(?=.*\b(?:bulletin|newsletter|briefing|digest|round-?up|update)\b)"
    r".{3,60}\b(?:issue|edition|number|no\.?)\s?\d{1,4}\b.{0,40}",
    re.IGNORECASE,
)
"""The title of one number of what appears regularly."""
_RUBRIC = re.compile(r"\s*(?:/|:|-|\u2013|>|\|)\s*")
_NUMBERED = re.compile(r"(?<=[^\W\d_])\s?[\d,*\u2020\u2021]+$")
_ROLE = (
    r"(?:\w+ ){0,3}"
    r"(?:editor|correspondent|reporter|columnist|writer|professor|fellow|researcher|lecturer|GP|MP)"
)
_BYLINE = re.compile(
    rf"(?P<who>[A-Z][\w.'\u2019-]*(?: [A-Z][\w.'\u2019-]*){{1,3}}?),? (?i:{_ROLE})", re.UNICODE
)
"""A name and what the writer is, without "by"."""
_LISTED = re.compile(r"\s*(?:\d+(?:,\s?\d+)*|[*\u2020\u2021]+)(?=[\s,;]|$)")
_BY = re.compile(
    r"(?:^|[|\u2022\u00b7]\s*|\b(?:posted|written)\s+)(?:by|words:?|author:?)\s+(?P<who>[^|]{3,120})", re.I
)
_SAID_BY = re.compile(r"\bby\s+(?P<who>[^|]{3,120})", re.IGNORECASE)
_BESIDE = re.compile(
    r"""\bby\ [^|]{2,120} | \bdoi:?\s*(?:https?://)?\S+ |
    \b[\w-]+\.(?:com|co\.uk|org|org\.uk|net)\b | \bthe\ (?:guardian|observer)\b |
    \b\d+[\ -]min(?:ute)?s?(?:\ (?:read|listen|watch))?\b |
    \b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\b | \bcolumn\ (?:[A-Z]{1,3}\ ?)?\d+\w* |
    \b(?:volume|hc\ deb|hl\ deb)\b[^|]{0,20}\bdebated\b | \bh[cl]\ deb\b(?:\ \([^)]*\))? |
    \bvol(?:ume|\.)?\ ?\d+ | \b(?:cc?|cols?\.?|columns?)\ ?\d+[A-Z]*(?:\s?[-\u2013]\s?\d+[A-Z]*)? |
    T?\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?:\s*[ap]\.?m\b\.?)?(?:Z|[+-]\d\d:?\d\d)? |
    \d{1,2}\s*[ap]m\b | \b(?:[bg]mt|[bceg][des]?t|utc|am|pm)\b | \d+\ (?:comments?|responses|shares)\b |
    \b(?:first|originally|published|posted|publication|date|dated|issued|released|created|added|on|at|in|the|of|
    online|written|submitted|filed|under|and|last|modified|updated|words?)\b""",
    re.IGNORECASE | re.VERBOSE,
)
"""What may stand beside the date in a line that is there for it."""
_CHANGED = re.compile(
    r"\b(?:updated?|modified|revised|reviewed|accessed|expires?|closed?s?|deadline)\b", re.IGNORECASE
)


def source_of(lines: Sequence[str]) -> str:
    """The source whose own lines a text begins or ends with; "" for none, the first one of several."""
    for text in (*lines[:_NEAR], *lines[-_NEAR:]):
        for source, sign in _COMPILED.items():
            alone = source in _ADDRESS and bool(_ADDRESS[source].search(text))
            alone = alone and (words(text) <= 5 or stated(text) is not None)
            if alone or (len(text) < 300 and sign.fullmatch(text)):
                return source
    head = takewhile(lambda text: words(text) < 20, lines[:_NEAR])
    return "hansard" if any(map(_DEBATE.fullmatch, head)) else ""


def stated(text: str) -> dates.Dated | None:
    """The date of a line that tells when, and by whom, a piece appeared, in whatever order; else None.

    "1 April 2015 | By Ann Lee", "31 Oct, 14 | by BMJ", "at 3:53 pm on 14th June 2011".
    """
    found = dates.located(text) if len(text) < 160 else None
    if found is None:
        return None
    dated, start, end = found
    if _CHANGED.search(text[:start]):
        return None
    # what comes after "Updated" tells of another day
    beside = f"{text[:start]} | {_CHANGED.split(text[end:])[0]}"
    for piece in re.split(r"[|\u2022\u00b7;]", _BESIDE.sub(" | ", beside)):
        rest = piece.strip(" ,.:()[]-\u2013\u2014/")
        if rest and rest.casefold() not in KINDS and not (words(rest) <= 6 and people.people([rest])):
            return None
    return dated


def is_mark(text: str) -> bool:
    """Does the line say when, by whom or where a piece appeared, as lines below a title do?"""
    if len(text) >= 300:
        return False
    told = bool(_MARK.fullmatch(text)) or is_citation(text)
    return told or stated(text) is not None or bool(listed(text))


def is_citation(text: str) -> bool:
    """Does the line say in which volume, or under which DOI, an article stands?"""
    return words(text) < 30 and len(text) < 300 and bool(_CITATION.fullmatch(text))


def listed(text: str) -> tuple[str, ...]:
    """The writers in a line that holds nothing else: "Ann Lee, health editor", "Ann Lee 1, Bo Roe 2"."""
    if len(text) > 300 or text.endswith("."):
        return ()
    if alone := _BYLINE.fullmatch(text):
        return people.people([alone["who"]])
    plain = _LISTED.sub("", text)
    found = people.people([plain])
    if not found or not plain.startswith(found[0]):
        return ()
    # what is left beside the names begins in small letters: roles, and an "and"
    rest = plain
    for name in found:
        rest = rest.replace(name, "")
    several = len(found) > 1 and all(" " in name for name in found)
    return found if (several or plain != text) and not re.search(r"\b[A-Z][a-z]{2,}", rest) else ()


def title_at(lines: Sequence[str], names: Collection[str]) -> int:
    """Which of the lines above an article is its title: the one above the first mark, else the last fit one.

    `names`: those of the site, in lower case. -1 where none will do.
    """
    if serial := [at for at, text in enumerate(lines) if _SERIAL.fullmatch(text)]:
        return serial[0]
    fitness = [_fitness(text, names) for text in lines]
    begun = {other[: end.start()] for other in lines for end in _NAME_ENDS.finditer(other[:400])}
    for at, text in enumerate(lines):  # a journal's name stands before volume and year, too
        if text in begun:
            fitness[at] = min(fitness[at], 1)
    marks = [at for at, text in enumerate(lines) if is_mark(text) or text.strip(" ,").casefold() in names]
    for least in (3, 2, 1):
        fit = [at for at, good in enumerate(fitness) if good >= least]
        for mark in marks:
            if above := [at for at in fit if mark - 6 <= at < mark]:
                return above[-1]
        if below := [at for at in fit if marks and at > marks[0]]:
            return below[0]
        if fit:
            return fit[-1]
    return -1


def dated_title(title: str) -> dates.Dated | None:
    """The day in the title of what appears regularly: "Bulletin for CCGs: issue 47, 28 November 2013"."""
    found = dates.located(title) if _REGULAR.search(title) else None
    return (
        found[0] if found and found[0].precision == "day" and found[2] >= len(title.rstrip(" .)")) else None
    )


def writers(lines: Sequence[str]) -> tuple[str, ...]:
    """The people whom the bylines among the lines name."""
    bylines = []
    for text in lines:
        pattern = _BY
        if stated(text) and (found := dates.located(text)):
            pattern, text = _SAID_BY, f"{text[: found[1]]} | {text[found[2] :]}"
        if hit := pattern.search(text):
            bylines.append(re.sub(r"[\s,|]+(?:on|at)?\s*$", "", hit["who"]))
    return people.people(bylines)


def signed(below: Sequence[str]) -> tuple[str, ...]:
    """The writers whose names stand alone below a title: in a list, or between it and the first mark."""
    for text in below[:3]:
        if named := listed(text):
            return named
    mark = next((at for at, text in enumerate(below[:3]) if is_mark(text)), 0)
    names = [_NUMBERED.sub("", text) for text in below[:mark]]
    found = people.people(names)
    return found if len(found) == len(names) else ()


def _fitness(text: str, names: Collection[str]) -> int:
    """How well a line would do as a title: 3 well, 2 if nothing better is there, 1 at need, 0 never."""
    low = text.strip(" ,.:").casefold()
    if low in names or low in KINDS or all(part in KINDS for part in _RUBRIC.split(low)):
        return 0
    if boilerplate.is_furniture(text) or boilerplate.is_prompt(text) or boilerplate.is_end(text):
        return 0
    if is_mark(text) or _NO_TITLE.fullmatch(text):
        return 0
    name = _NUMBERED.sub("", text)
    if words(name) <= 3 and people.people([name]) == (name,):
        return 1  # it may be an author, and may be "Sharing Small Budgets"
    return 1 if words(text) < 3 else 2 if _DOUBTFUL.fullmatch(text) else 3
