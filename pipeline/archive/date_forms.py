"""One date as spreadsheets, databases and programs write it -> a day, a month, a year; or three numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pipeline.errors import InputError

LONDON = ZoneInfo("Europe/London")
MISSING = ("", "NA", "N/A", "#N/A", "NaN", "nan", "NaT", "NULL", "null", "None", "<NA>")
"""What programs write where a value is missing."""
YEARS = range(1000, 2101)
SERIALS = range(15_000, 75_000)
"""Spreadsheets count days from 1899-12-30: these are 1941 to 2105."""
EPOCHS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3), (1e8, 1))
"""From which number on an epoch counts nano-, micro-, milliseconds, seconds."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?<![a-z])(?P<m>{'|'.join(_MONTHS)})[a-z]{{0,6}}\.?"
_YEAR = r"(?P<y>\d{4})(?!\d)"
_ORDINAL = r"(?P<d>\d{1,2})(?:st|nd|rd|th)?"
_NUMBER = re.compile(r"[+]?\d+(?:\.\d*)?(?:e\+?\d+)?", re.IGNORECASE)
_ISO = re.compile(rf"(?<!\d){_YEAR}(?P<s>[-/. ])(?P<m>\d{{1,2}})(?P=s)(?P<d>\d{{1,2}})(?!\d)")
_THREE = re.compile(r"(?<!\d)(\d{1,2})\s?([-/. ])\s?(\d{1,2})\s?\2\s?(\d{4}|\d\d)(?!\d)")
_WORDS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<!\d){_ORDINAL}[\s/.,-]*(?:of\s+)?{_MONTH}[\s/.,-]*{_YEAR}",
        rf"{_MONTH}[\s-]*{_ORDINAL}(?!\d)\s*,?[\s-]+(?:\d\d:\d\d(?::\d\d)?\s+)?(?:(?:[a-z]{{3,5}}|[+-]\d{{4}})\s+)?{_YEAR}",
        rf"(?<!\d){_YEAR}[\s/.,-]*{_MONTH}[\s/.,-]*(?:{_ORDINAL}(?!\d))?",
        rf"(?<!\d){_ORDINAL}[\s/.-]*{_MONTH}[\s/.,-]*['’]?(?P<y>\d\d)(?!\d|:)",
        rf"{_MONTH}[\s/.,-]*{_YEAR}",
        rf"{_MONTH}\s?[/.'’-]+(?P<y>\d\d)(?!\d|:)",
        rf"(?<!\d){_YEAR}[-/.](?P<m>\d{{1,2}})(?!\d)",
        rf"(?<!\d)(?P<m>\d{{1,2}})[-/.]{_YEAR}",
    )
)
_BEFORE_TIME = re.compile(r"(.*\d)[T,\s]+\d{1,2}:\d\d.*$")
_BARE = re.compile(r"(?:c\.?\s*|ca\.?\s*|©\s*)?(\d{4})(?:\.0*)?", re.IGNORECASE)
_UTC_TIME = re.compile(
    r"(?P<h>\d{1,2}):(?P<min>\d\d)(?::\d\d)?(?:[.,]\d+)?\s*(?:Z|(?:UTC|GMT)(?![+-])|(?:GMT)?[+-]00:?(?:00)?)(?![\d:])",
    re.IGNORECASE,
)


class Three(NamedTuple):
    """Three numbers of a date whose order the column tells."""

    numbers: tuple[int, int, int]
    long: bool
    text: str


def found_in(value: Any, form: str | None, today: date) -> str | Three | None:
    """What a value says: `2014-05-24`, `2014-05`, `2014`, three numbers, or None where it says no date.

    `form` is a format of `strptime` that texts have; `today` bounds years of two digits.
    """
    if isinstance(value, datetime):
        return (value.astimezone(LONDON) if value.tzinfo else value).date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return _of_mapping(value, form, today)
    if isinstance(value, (list, tuple)):
        return _of_list(value, form, today)
    text = " ".join(str(value).split()).strip("'\"’ ")[:80]
    if form is not None:
        return _by_form(text, form)
    if _NUMBER.fullmatch(text):
        return _of_number(float(text))
    return _of_text(text, today)


def _of_text(text: str, today: date) -> str | Three | None:
    if hit := _ISO.search(text):
        year, month, day = int(hit["y"]), int(hit["m"]), int(hit["d"])
        return local(day_of(year, month, day) or day_of(year, day, month), text)
    if hit := _THREE.search(text):
        return Three((int(hit[1]), int(hit[3]), int(hit[4])), len(hit[4]) == 4, text)
    for pattern in _WORDS:
        if hit := pattern.search(text):
            parts = hit.groupdict()
            named = parts["m"][:3].lower()
            return local(
                day_of(
                    year_of(parts["y"], today),
                    int(named) if named.isdigit() else _MONTHS.index(named) + 1,
                    int(parts.get("d") or 0),
                ),
                text,
            )
    bare = _BARE.fullmatch(text)
    return bare[1] if bare and int(bare[1]) in YEARS else None


def _of_mapping(value: Mapping[str, Any], form: str | None, today: date) -> str | Three | None:
    """As databases and services write it: {"$date": …}, {"date-parts": [[2014, 5]]}, {"year": 2014}."""
    for key in ("$date", "$numberLong", "date-parts", "date_parts", "value", "date-time", "datetime"):
        if key in value:
            return found_in(value[key], form, today)
    parts = [value.get(key) for key in ("year", "month", "day")]
    return _of_list([part for part in parts if part], form, today) if parts[0] else None


def _of_list(value: Iterable[Any], form: str | None, today: date) -> str | Three | None:
    items = list(value)
    if items and all(str(item).isdigit() for item in items[:3]) and int(items[0]) in YEARS:
        year, month, day = ([int(item) for item in items[:3]] + [0, 0])[:3]
        return day_of(year, month, day)
    return found_in(items[0], form, today) if items else None


def year_of(digits: str, today: date) -> int:
    """The year of two digits is none that has yet to come, but for the next."""
    year = int(digits)
    if len(digits) == 4:
        return year
    year += today.year // 100 * 100
    return year - 100 if year > today.year + 1 else year


def form_of(column: str) -> tuple[str, str | None]:
    """`day:%d/%m/%Y` -> the column and its format. Raises InputError for a format that is none."""
    name, marked, form = column.partition(":%")
    if not marked:
        return column, None
    try:
        datetime.strptime("", f"%{form}")
    except ValueError as error:
        if "does not match" not in str(error):
            raise InputError(
                f"--map: {'%' + form!r} is no format of a date ({error}); one is %d/%m/%Y, with %y for a "
                "year of two digits, %b for Jan, %B for January, %H:%M for a time"
            ) from error
    except re.error as error:
        raise InputError(
            f"--map: {'%' + form!r} is no format of a date: a directive stands there twice"
        ) from error
    return name, f"%{form}"


def _by_form(text: str, form: str) -> str | None:
    try:
        found = datetime.strptime(text, form)
    except ValueError:
        day = _BEFORE_TIME.match(text)
        return _by_form(day[1], form) if day and day[1] != text else None
    if found.tzinfo and not found.utcoffset():
        found = found.astimezone(LONDON)
    kept = {"day": 10, "month": 7, "year": 4}
    day = re.search(r"%[-#]?[dejxcDF]", form)
    return found.date().isoformat()[
        : kept["day" if day else "month" if re.search(r"%[mbBh]", form) else "year"]
    ]


def _of_number(number: float) -> str | None:
    """A year, a month as 201405, a day as 20140524, a spreadsheet's day, an epoch."""
    if number > 1e20:
        return None
    whole = int(number)
    if number == whole and whole in YEARS:
        return str(whole)
    if whole in SERIALS:
        return (date(1899, 12, 30) + timedelta(days=whole)).isoformat()
    if number == whole and 190_001 <= whole <= 210_012:
        return day_of(whole // 100, whole % 100, 0)
    if number == whole and 10_000_101 <= whole <= 21_001_231:
        return day_of(whole // 10_000, whole // 100 % 100, whole % 100)
    for least, unit in EPOCHS:
        if least <= number < 5e9 * unit:
            return datetime.fromtimestamp(number / unit, UTC).astimezone(LONDON).date().isoformat()
    return None


def day_of(year: int, month: int, day: int) -> str | None:
    """As much as is known: a month or day of 0 is not."""
    if year not in YEARS or not 0 <= month <= 12:
        return None
    if not month:
        return f"{year:04d}"
    if not day:
        return f"{year:04d}-{month:02d}"
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def local(day: str | None, text: str) -> str | None:
    """The day in London where a time in UTC stands beside it; any other zone is where it was written."""
    hit = _UTC_TIME.search(text)
    if (
        day is None
        or len(day) < len("2014-05-24")
        or hit is None
        or int(hit["h"]) > 23
        or int(hit["min"]) > 59
    ):
        return day
    at = datetime.fromisoformat(day).replace(hour=int(hit["h"]), minute=int(hit["min"]), tzinfo=UTC)
    return at.astimezone(LONDON).date().isoformat()


def missing(value: Any) -> bool:
    """Whether a cell says nothing: empty, not a number, or what programs write for that."""
    return value is None or value != value or (isinstance(value, str) and value.strip() in MISSING)
