"""A period as a user writes it, 2019, 2019-Q1, 2019-03 or a span of such, and as first days."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from pipeline.errors import InputError
from pipeline.publishing.report.periods import advance

WRITTEN = re.compile(r"(\d{4})(?:-?Q([1-4])|-(0[1-9]|1[0-2]))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Stretch:
    """One period or several of a length: `period` is month, quarter or year, `starts` their first days."""

    period: str
    starts: tuple[date, ...]

    @property
    def name(self) -> str:
        """As a user writes it: `2019-Q1` or `2019-Q1..2020-Q2`."""
        ends = [period_name(day, self.period) for day in (self.starts[0], self.starts[-1])]
        return "..".join(dict.fromkeys(ends))


def parse(text: str, option: str = "--period") -> Stretch:
    """Read a period or a span, given as `option`. Raises InputError for what is none, with what is."""
    ends = [_first_day(part, f"{option} {text}") for part in text.strip().split("..", 1)]
    (period, first), (other, last) = ends[0], ends[-1]
    if other != period:
        raise InputError(f"{option} {text} runs from a {period} to a {other}: write both ends alike")
    if last < first:
        raise InputError(f"{option} {text} ends before it begins: put the earlier end first")
    starts = [first]
    while starts[-1] < last:
        starts.append(advance(starts[-1], period))
    return Stretch(period, tuple(starts))


def parse_both(first: str, last: str) -> tuple[Stretch, Stretch]:
    """What `--from` and `--to` say. Raises InputError where they are of two kinds, or overlap."""
    early, late = parse(first, "--from"), parse(last, "--to")
    if early.period != late.period:
        raise InputError(
            f"--from {first} is a {early.period} and --to {last} a {late.period}: write both alike"
        )
    if set(early.starts) & set(late.starts):
        raise InputError(f"--from {first} and --to {last} overlap: a document would be on both sides")
    return early, late


def period_name(start: date, period: str) -> str:
    """The period that begins on `start`: `2019`, `2019-Q1` or `2019-03`."""
    if period == "quarter":
        return f"{start.year}-Q{(start.month + 2) // 3}"
    return str(start.year) if period == "year" else f"{start:%Y-%m}"


def _first_day(part: str, whole: str) -> tuple[str, date]:
    match = WRITTEN.fullmatch(part.strip())
    if match is None or match[1] == "0000":
        raise InputError(f"{whole} is no period: write 2019, 2019-Q1, 2019-03 or a span, 2019-Q1..2020-Q2")
    year, quarter, month = match.groups()
    if quarter:
        return "quarter", date(int(year), 3 * int(quarter) - 2, 1)
    return ("month", date(int(year), int(month), 1)) if month else ("year", date(int(year), 1, 1))
