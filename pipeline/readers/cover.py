"""What a file's cover, its table of versions and its own properties say of its title, authors and date.

Files carry properties that their program wrote: a template's title, the name of whoever typed, the day on
which the file was made. None is taken at its word. A title is the file's own where it is no program's and
stands on its first pages, authors where their names are printed there, and the day of making is a date only
where nothing else is, as a month, told as such.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pipeline.readers import dates, normal, people
from pipeline.readers.dates import Dated

_JUNK = re.compile(
    r"untitled.*|\(?(?:anonymous|unknown|unspecified|none|no title|default|blank)\)?|"
    r"\(?microsoft \w+ ?-.*|.*\.(?:docx?|dotx?|docm|rtf|odt|pdf|indd|qxd|pptx?|xlsx?|pub|"
    r"html?|tmp|wpd)\)?|"
    r"(?:new )?(?:word |microsoft )*(?:document|presentation|publication|template|slide|layout|page|"
    r"print)\s*\d*|"
    r"(?:powerpoint|word|excel)\b.*|.*\btemplate\b.*|(?:document )?(?:title|subject|heading|cover|"
    r"front cover)|"
    r"(?:final|draft|copy|version|v)[\s\d._-]*(?:draft|final|copy)?|copy of .*|full page(?: photo|"
    r" fax print)?|"
    r"\S*[_\\]\S*|[\d\W_]+|.{0,3}|\[.*\]|<.*>|click (?:here )?to .*|"
    r"(?:insert|enter|type) .*(?:title|name).*|(?:dear|to|from|memo|fax)\b.{0,20}|print job|job \d+|"
    r"scan.{0,30}",
    re.IGNORECASE,
)
"""Titles that programs, templates and names of files leave behind."""

_OTHER = re.compile(
    r"\b(?:review|renew\w*|expir\w*|valid (?:until|to)|until|due|supersed\w*|replac\w*|withdrawn|"
    r"archive\w*|accessed|"
    r"print(?:ed|out)|deadline|closing|closes?|next|born|birth|retention|destroy\w*|eqia|eia|dpia|"
    r"impact assess\w*|"
    r"train(?:ed|ing)|comments? (?:by|to)|download\w*|retrieved|data (?:as )?(?:at|from))\b",
    re.IGNORECASE,
)
"""What a date that is no publication's stands behind."""
_ISSUED = re.compile(
    r"\b(?:publish\w*|publication|issued?|released?)\b(?! (?:number|no\b|ref))", re.IGNORECASE
)
_VERSION = re.compile(
    r"\b(?:version|ver|revision|rev|edition|draft|final|status|updated?|revised|amended|modified)\b|"
    r"\bv\.?\s?\d",
    re.IGNORECASE,
)
_APPROVED = re.compile(
    r"\b(?:approv\w*|ratif\w*|adopt\w*|agreed|endors\w*|sign(?:ed)?[ -]?off|authori[sz]ed)\b", re.IGNORECASE
)
_EFFECTIVE = re.compile(
    r"\b(?:effective|with effect|in force|comes? into (?:force|effect)|implement\w*|commence\w*|"
    r"valid from|operational)\b",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"\b(?:date|dated|meeting|held on|created|written)\b", re.IGNORECASE)
_RANKS = ((_ISSUED, 0, "issued"), (_VERSION, 1, "version"), (_APPROVED, 3, "approved"),
          (_EFFECTIVE, 4, "effective"))  # fmt: skip
_ROW = re.compile(
    r"(?:version\s*|v)?(?P<number>\d{1,2}(?:\.\d{1,2}){0,2})\s*(?:\W\s*)?(?P<rest>\S.*)", re.IGNORECASE
)
_TABLE = re.compile(
    r"\b(?:version|document|amendment|revision|change) (?:control|history|log|record|tracking)\b|"
    r"\bversion(?: (?:no\.?|number))?\b.{0,30}\bdate\b|\bdate\b.{0,30}\bversion\b",
    re.IGNORECASE,
)
_NOW = re.compile(
    r"\b(?:version|ver|v)\b\.?\s*(?:no\.?|number)?\s*:?\s*(\d{1,2}(?:\.\d{1,2}){0,2})\b", re.IGNORECASE
)
_BYLINE = re.compile(
    r"(?:(?:report|policy|document|paper|lead|principal|main|original|"
    r"procedural document)?\s*authors?(?:\(s\)|['\u2019]s?)?"
    r"(?: ?(?:and|/|&) (?:job )?(?:title|role|owner|lead|contact)| name| of (?:the )?(?:report|paper|"
    r"policy))?\s*[:\u2013-]?|"
    r"(?:written|prepared|compiled|produced|drafted|report|paper) by\s*:?|by(?=\s+(?:dr\.?\s|prof|"
    r"mrs?\.?\s|ms\s)?[A-Z]))\s*",
    re.IGNORECASE,
)
_SOMEBODY_ELSE = re.compile(
    r"\b(?:approv\w*|ratif\w*|contact|enquiries|queries|sponsor|signed|e-?mail|tel|telephone|"
    r"apologies|chair\w*)\b",
    re.IGNORECASE,
)
_MONTH_YEAR = re.compile(r"(?<![\d/.-])(0?[1-9]|1[0-2])[/.-]((?:19|20)\d\d)(?![\d/.-])")
_LETTER = re.compile(r"[^\W\d_]")
_COVER, _CONTROL = 1, 3
"""Pages from the front that are the cover, and that hold the tables of a document's control."""


@dataclass(frozen=True, slots=True)
class Properties:
    """What a file says of itself: its title, its author, when it was made; empty or None where it doesn't."""

    title: str = ""
    author: str = ""
    made: date | None = None


def is_title(title: str) -> bool:
    """Could it be one: no program's, no template's, no file's name?"""
    return bool(_LETTER.search(title)) and not _JUNK.fullmatch(title)


def titled(told: str, printed: str, front: str) -> tuple[str, str]:
    """The title and where it is from: the file's own where it is one and stands in `front`, the words of its
    first pages; else the printed one; else the file's own all the same.
    """
    told = normal.line(told)
    credible = is_title(told)
    words = set(re.findall(r"\w{4,}", told.casefold()))
    stands = words and sum(word in front.casefold() for word in words) >= 0.6 * len(words)
    if credible and (stands or not printed):
        return told, "file's properties"
    if printed:
        return printed, "first page"
    return (told, "file's properties") if credible else ("", "")


def written_by(
    pages: Sequence[Sequence[str]], told: str, refuse: Collection[str] = ()
) -> tuple[tuple[str, ...], str]:
    """Authors and where they are from: a line that says "by" on the first pages, else the file's own where
    their names are printed there. Who typed a file is nobody's author.
    """
    front = [normal.line(line) for page in pages[:_CONTROL] for line in page]
    for at, line in enumerate(front[:150]):
        found = _BYLINE.match(line)
        if not found:
            continue
        rest = line[found.end() :] or (front[at + 1] if at + 1 < len(front) else "")
        if len(rest) < 150 and (named := people.people([rest], refuse)):
            return named, "first pages"
    whole = " ".join(line for line in front if not _SOMEBODY_ELSE.search(line)).casefold()
    named = tuple(name for name in people.people([told], refuse) if _stands(name, whole))
    return named, "file's properties" if named else ""


def _stands(name: str, text: str) -> bool:
    """Is a name printed, with its given names or their initials?"""
    given, _, family = name.casefold().rpartition(" ")
    initial = rf"{re.escape(given)}|{re.escape(given[:1])}\.?(?:\s?\w\.?)?"
    return bool(
        re.search(rf"\b(?:{initial})\s+{re.escape(family)}\b|\b{re.escape(family)},?\s+(?:{initial})\b", text)
    )


def dated(
    pages: Sequence[Sequence[str]], made: date | None = None, fetched: date | None = None
) -> list[tuple[Dated, str]]:
    """The dates that a document states of itself, the most trusted first: of its issue or version, on its
    own, of its approval, of its effect; those of its cover before those of its control tables, in front or at
    the end.

    Last the month in which the file was made, if not on the day on which it was `fetched`. The day of a
    review to come and its like is none.
    """
    found: list[tuple[int, int, Dated, str]] = []
    for at in dict.fromkeys((*range(min(_CONTROL, len(pages))), *range(max(0, len(pages) - 2), len(pages)))):
        lines = [normal.line(line) for line in pages[at]]
        if at < _COVER:
            found += [
                (rank, 0, day, f"first page: {name}") for rank, day, name in _stated(lines[:60], cover=True)
            ]
        else:
            near = lines[:150] if at < _CONTROL else lines[-40:]
            told = "first pages" if at < _CONTROL else "last page"
            found += [(rank, 5, day, f"{told}: {name}") for rank, day, name in _stated(near, cover=False)]
    if latest := _latest_version([normal.line(line) for page in pages[:6] for line in page]):
        found.append((1, 4, latest, "table of versions"))
    found.sort(key=lambda one: (one[0] + one[1], one[0]))
    ordered = [(day, origin) for _, _, day, origin in found]
    if made and made.year >= 1993 and not (fetched and made >= fetched - timedelta(days=1)):
        ordered.append((Dated(made.replace(day=1), "month"), "file's properties: when it was made"))
    return ordered


def _stated(lines: Sequence[str], cover: bool) -> Iterable[tuple[int, Dated, str]]:
    """Each date of these lines that has a label, or on a cover stands alone or at a line's end, with its
    rank.
    """
    label = ""
    for raw in lines:
        line = _MONTH_YEAR.sub(r"\2-\1", raw)
        hits = _located(line) if len(line) < 250 else []
        labels = _labels(label)
        for n, (day, said, behind) in enumerate(hits):
            if not said and len(labels) == len(hits) > 1:
                said = labels[n]  # a row of labels stands above a row of dates
            elif not said and not n:
                said = label
            rank, name = _rank(said)
            if rank is None and cover and not n and not _OTHER.search(said):
                rank, name = _on_cover(line, said, behind)
            if rank is not None and (cover or name not in ("version", "dated") or len(said) <= 40):
                yield rank, day, name
        label = line if not hits and len(line) < 90 and _is_label(line) else ""


def _located(line: str) -> list[tuple[Dated, str, str]]:
    """The dates of a line, each with what stands before it, down to the date before, and what behind it."""
    found: list[tuple[Dated, str, str]] = []
    while len(found) < 6 and (hit := dates.located(line)):
        found.append((hit[0], line[: hit[1]].strip(" :\u2013-|,("), line[hit[2] :].strip(" .)")))
        line = line[hit[2] :]
    return found


def _on_cover(line: str, said: str, behind: str) -> tuple[int | None, str]:
    """A date on a cover without a label: alone, at the end of a short line ("London, 3 March 2011"), or at
    its beginning ("January 2016 – Version 1").
    """
    if dates.alone(line):
        return 2, "date"
    if len(line) < 90 and not behind and re.search(r"[,:|\u2013\u2014-]\s*\W*$", line[: len(said) + 2]):
        return 2, "date"
    if len(line) < 60 and not said and behind[:1] and not behind[:1].islower():
        rank, name = _rank(behind)
        return (2, "date") if rank is None and not _OTHER.search(behind) else (rank, name)
    return None, ""


def _is_label(line: str) -> bool:
    return line.endswith(":") or _rank(line)[0] is not None or bool(_OTHER.search(line))


def _labels(line: str) -> list[str]:
    """The labels of a row of them: "Date ratified Review date"."""
    return re.findall(r"(?:\w+ )??(?:date of \w+|date \w+|\w+ (?:review )?date)", line, re.IGNORECASE)


def _rank(said: str) -> tuple[int | None, str]:
    """How much a date counts that stands behind these words; None for one that is no publication's, or a
    sentence's own.
    """
    if len(said) > 110 or _OTHER.search(said[-60:]):
        return None, ""
    nearest = [
        (found[-1].end(), rank, name)
        for pattern, rank, name in _RANKS
        if (found := list(pattern.finditer(said)))
    ]
    if not nearest:
        return (2, "dated") if _PLAIN.search(said) else (None, "")
    _, rank, name = max(nearest)
    return rank, name


def _latest_version(lines: Sequence[str]) -> Dated | None:
    """The date of the version in hand, by a table of versions: of the number the document has, else the
    last.
    """
    if not any(_TABLE.search(line) for line in lines):
        return None
    rows: list[tuple[tuple[int, ...], Dated]] = []
    for line in lines:
        row = _ROW.fullmatch(line)
        if (
            row
            and (hit := dates.located(row["rest"]))
            and hit[1] < 60
            and not _OTHER.search(row["rest"][: hit[1]])
        ):
            rows.append((_number(row["number"]), hit[0]))
    now = next((_number(found[1]) for line in lines[:40] if (found := _NOW.search(line))), None)
    of_now = [day for number, day in rows if number == now]
    if of_now:
        return max(of_now, key=lambda day: day.day)
    return max((day for _, day in rows), key=lambda day: day.day, default=None)


def _number(text: str) -> tuple[int, ...]:
    parts = [int(part) for part in text.split(".")]
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return tuple(parts)
