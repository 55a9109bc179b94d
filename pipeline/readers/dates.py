"""Dates as sites write them -> (date, precision). Days come before months, as in Britain.

Months have their English, German, French, Dutch, Italian and Spanish names. A weekday in front of numbers
tells their order: "Mon, 03/24/2014" and "Tue, 03/04/2014" are American.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

_NAMES = (
    "january|januari|januar|jänner|janvier|janv|jan|gennaio|enero",
    "february|februari|februar|feber|février|fevrier|févr|fevr|fév|feb|febbraio|febrero",
    "march|märz|maerz|mrz|mars|maart|marzo|mär|mar",
    "april|avril|aprile|abril|apr|avr",
    "may|mai|mei|maggio|mayo",
    "june|juni|juin|jun|giugno|junio",
    "july|juli|juillet|juil|jul|luglio|julio",
    "august|augustus|août|aout|aug|agosto",
    "september|septembre|septiembre|settembre|sept|sep",
    "october|oktober|octobre|ottobre|octubre|oct|okt",
    "november|novembre|noviembre|nov",
    "december|dezember|décembre|decembre|dicembre|diciembre|dec|dez|déc",
)
_NUMBER_OF = {name: number for number, names in enumerate(_NAMES, 1) for name in names.split("|")}
_NAMED = "|".join(sorted(map(re.escape, _NUMBER_OF), key=len, reverse=True))
_MONTH = rf"(?<![^\W\d_])(?P<m>{_NAMED})(?![^\W\d_])\.?"
# beside a day a month may be misspelt: "9 Septmber 2013"
_NEAR_DAY = (
    rf"(?P<m>(?:{_NAMED})(?![^\W\d_])|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{{0,6}})\.?"
)
_YEAR = r"(?P<y>\d{4})(?!\d)"
_DAY = r"(?P<d>\d{1,2})(?:\s?(?:st|nd|rd|th|er)\b|\.)?"

_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<!\d){_YEAR}[-/.](?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}})(?!\d)",
        r"(?<!\d)(?P<y>(?:19|20)\d\d)(?P<m>\d\d)(?P<d>\d\d)(?!\d)",
        rf"(?<!\d)(?P<d>\d{{1,2}})(?P<sep>[-/.])\s?(?P<m>\d{{1,2}})[-/.]\s?{_YEAR}",
        rf"(?<!\d){_DAY}[\s-]*(?:\bof\s+|\bde\s+)?{_NEAR_DAY}(?:\s+de)?,?[\s-]+{_YEAR}",
        rf"(?<![^\W\d_]){_NEAR_DAY}\s+(?P<d>\d{{1,2}})(?:\s?(?:st|nd|rd|th))?,?\s+{_YEAR}",
        rf"(?<!\d){_YEAR}[-/](?P<m>\d{{1,2}})(?![\d/-])",
        rf"{_MONTH},?(?:\s+de)?\s+{_YEAR}",
        rf"(?<!\d){_YEAR}\s+{_MONTH}(?:\s+(?P<d>\d{{1,2}})(?!\d))?",
        rf"(?<!\d){_YEAR}年(?P<m>\d{{1,2}})月(?P<d>\d{{1,2}})日?",
    )
)
_SHORT = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<!\d){_DAY}[\s-]+{_MONTH},?[\s-]+['\u2019]?(?P<y>\d\d)(?![\d:.])",
        r"(?<![\d./-])(?P<d>\d{1,2})(?P<sep>[./-])(?P<m>\d{1,2})(?P=sep)(?P<y>\d\d)(?![\d./:-])",
    )
)
"""Years of two digits: in lines that are there for their date, and nowhere else."""
_DIGITS, _YEARS = re.compile(r"\d\d"), re.compile(r"\d{4}")
_SLASHES = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})/((?:19|20)?\d\d)(?![\d/])")
_BARE_YEAR = re.compile(r"\s*(?:c\.?\s*|©\s*)?(\d{4})\s*")
_WEEKDAYS = (
    ("mon", "lun"), ("tue", "die", "mar", "din"), ("wed", "mit", "mer", "woe"), ("thu", "don", "jeu", "do"),
    ("fri", "fre", "ven", "vri"), ("sat", "sam", "zat", "sa"), ("sun", "son", "dim", "zon"),
)  # fmt: skip
_WEEKDAY = re.compile(
    r"\b(?P<day>mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so|lun|mar|mer|jeu|ven|sam|dim)[a-zäôû]*"
    r"[.,]*\s*(?:(?:the|den|le)\s+)?$",
    re.IGNORECASE,
)
_WEEKDAY_FIRST = re.compile(
    r"^(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?|"
    r"(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|sonnabend|mo|di|mi|do|fr|sa|so|"
    r"(?:lun|mar|mercre|jeu|vendre|same)di|dimanche)\.?,?\s+(?:(?:the|den|le)\s+)?",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"^\W*(?:first\s+)?(?:published|posted|date|publication date|issued|veröffentlicht|erstellt|datum|"
    r"publié|publiée|mis en ligne)(?:\s+(?:on|online|am|le|vom|du))?\s*:?\s*|^\W*(?:on|am|le)\s+",
    re.IGNORECASE,
)
_TIME = re.compile(r"[\s,|T-]*(?:at\s+|um\s+|à\s+)?\d{1,2}[:.h]\d\d.*$", re.IGNORECASE | re.DOTALL)


_EDGES = " \t\n().,:;[]|\u2013\u2014-\u00b7\u2022/<>"


_PATH_DAYS = (
    re.compile(r"[/_-](?P<y>(?:19|20)\d\d)[/_-]?(?P<m>0[1-9]|1[0-2])[/_-]?(?P<d>[0-2]\d|3[01])(?=[/_.-]|$)"),
    re.compile(r"/(?P<y>(?:19|20)\d\d)[/-](?P<m>\d{1,2}|[a-z]{3,9})[/-](?P<d>\d{1,2})(?=[/_.-]|$)", re.I),
    re.compile(r"/(?P<y>(?:19|20)\d\d)-?(?P<m>0[1-9]|1[0-2])/(?P<d>[0-2]\d|3[01])(?=[/_.-]|$)"),
    re.compile(r"[/_-](?P<d>\d{1,2})[/_-](?P<m>\d{1,2}|[a-z]{3,9})[/_-](?P<y>20\d\d)(?=[/_.-]|$)", re.I),
)
"""Where an address tells a day; a month is a number or a name."""


class Dated(NamedTuple):
    """A date and how much of it is known: "day", "month" or "year"; the rest stands at the first."""

    day: date
    precision: str

    @property
    def last(self) -> date:
        """The last day that it may mean."""
        if self.precision == "day":
            return self.day
        month = self.day.month if self.precision == "month" else 12
        return self.day.replace(month=month, day=monthrange(self.day.year, month)[1])

    def __str__(self) -> str:
        return self.day.isoformat()[: {"day": 10, "month": 7}.get(self.precision, 4)]


def parse(text: str) -> Dated | None:
    """The date a short field holds ("2016/05/24", "2013-09", "09 August 2013"), or None."""
    text = text.strip()[:80]
    if bare := _BARE_YEAR.fullmatch(text):
        return _dated(int(bare[1]), None, None)
    return find(text)


def find(text: str) -> Dated | None:
    """The first date within a sentence, down to the month; a bare year is no date there."""
    found = _first(text, _PATTERNS)
    return found[0] if found else None


def located(text: str, american: bool = False) -> tuple[Dated, int, int] | None:
    """The first date of a line, with years of two digits too, and where in it that stands.

    `american` says that 03/04/2014 is the fourth of March.
    """
    return _first(text, (*_PATTERNS, *_SHORT), american)


def every(text: str, american: bool = False) -> Iterator[tuple[Dated, int, int]]:
    """All dates of a line as `located` tells them, in order."""
    at = 0
    while found := located(text[at:], american):
        yield found[0], at + found[1], at + found[2]
        at += found[2]


def alone(text: str) -> Dated | None:
    """The date of a line that is nothing but a date, or "Published: " and a date; else None."""
    if len(text) > 60:
        return None
    inner = _BEFORE.sub("", text).strip(_EDGES)
    found = located(inner)
    if found is None or found[1] > len(inner) - len(_WEEKDAY_FIRST.sub("", inner)):
        return None
    rest = inner[found[2] :]
    return found[0] if not rest.strip(_EDGES) or _TIME.fullmatch(rest) else None


def in_address(url: str) -> Dated | None:
    """The day that an address tells: /2013/10/07/, /2013/oct/7/, -20131007, /07-10-2013/."""
    path = url.partition("//")[2].partition("/")[2].partition("#")[0]
    for pattern in _PATH_DAYS:
        for found in pattern.finditer("/" + path.partition("?")[0]):
            month = found["m"]
            text = (
                f"{found['y']}-{month}-{found['d']}"
                if month.isdigit()
                else f"{found['d']} {month} {found['y']}"
            )
            if (dated := parse(text)) and dated.precision == "day":
                return dated
    return None


def months_first(texts: list[str]) -> bool:
    """Do dates in numbers put the month first?

    03/24/2014 says so, unless 24/03/2014 is there too. Where all could be either, the months that the page
    names tell: 11/07/2012 is in November where another date is 5 November 2012.
    """
    hits = [hit for text in texts for hit in _SLASHES.finditer(text)]
    pairs = [(int(hit[1]), int(hit[2]), int(hit[3])) for hit in hits]
    if any(first > 12 for first, _, _ in pairs) or not pairs:
        return False
    if any(second > 12 for _, second, _ in pairs):
        return True
    named = {
        (found.day.year, found.day.month)
        for text in texts
        if len(text) < 200 and (found := find(_SLASHES.sub("", text)))
    }
    months = [((year + 2000 if year < 100 else year), first, second) for first, second, year in pairs]
    fits = [((year, first) in named, (year, second) in named) for year, first, second in months]
    return any(american for american, _ in fits) and not any(british for _, british in fits)


def _first(
    text: str, patterns: tuple[re.Pattern[str], ...], american: bool = False
) -> tuple[Dated, int, int] | None:
    if not _DIGITS.search(text):
        return None
    if not _YEARS.search(text):
        patterns = tuple(pattern for pattern in patterns if pattern in _SHORT)
    hits = [hit for pattern in patterns if (hit := pattern.search(text))]
    # of two readings of the same place, the one that says more: "9 May 2014" holds "May 2014" too
    hits.sort(key=lambda hit: (hit.start(), -len(hit[0])))
    for hit in hits:
        parts = hit.groupdict()
        year = int(parts["y"])
        if len(parts["y"]) == 2:
            year += 1900 if year > 68 else 2000  # as POSIX has it
        month, day = _month(parts["m"]), _number(parts.get("d"))
        if day and parts.get("sep") and _swapped(year, month, day, text[: hit.start()], american):
            month, day = day, month
        if found := _dated(year, month, day):
            return found, hit.start(), hit.end()
    return None


def _swapped(year: int, month: int, day: int, before: str, american: bool) -> bool:
    """Does 03/04/2014 mean the fourth of March? The weekday in front of it says so, or the page."""
    if not (0 < day <= 12 and 0 < month <= 12 and year):
        return False
    if stated := _WEEKDAY.search(before[-20:]):
        name = stated["day"].lower()
        british, other = date(year, month, day).weekday(), date(year, day, month).weekday()
        says = [any(name.startswith(short[:2]) for short in _WEEKDAYS[of]) for of in (british, other)]
        if says[0] != says[1]:
            return says[1]
    return american


def _number(text: str | None) -> int | None:
    return int(text) if text else None


def _month(text: str) -> int:
    if text.isdigit():
        return int(text)
    name = text.lower()
    return _NUMBER_OF.get(name) or _NUMBER_OF[name[:3]]


def _dated(year: int, month: int | None, day: int | None) -> Dated | None:
    """Zero month or day, as in 2013-00-00, means unknown; 05/24/2016 can only be American."""
    if not 1 <= year <= 9999:
        return None
    if not month:
        return Dated(date(year, 1, 1), "year")
    if month > 12 and day and day <= 12:
        month, day = day, month
    if month > 12:
        return None
    if not day:
        return Dated(date(year, month, 1), "month")
    try:
        return Dated(date(year, month, day), "day")
    except ValueError:
        return None
