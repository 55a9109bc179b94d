"""Gaps and breaks in what a source gave: found by simple tests, each with its reason (docs/methods.md)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from math import exp, fsum, inf, lgamma, log, log1p

LEVEL = 0.05
"""Chance of a false alarm of one kind in one source."""

RATIO = 2.0
"""A smaller change of volume, up or down, is no break however sure it is."""

FEW = 0.5
"""A smaller share of what is known to be there is few."""

YEAR = 4
"""Quarters that a source must lack at an end of the corpus for that to be told."""


@dataclass(frozen=True, slots=True)
class DatedDocument:
    """A leading document with a date: `precision` is day, month or year."""

    source: str
    published: date
    precision: str
    in_trends: bool = True

    @property
    def last(self) -> date:
        """The last day on which it may have been published."""
        if self.precision == "year":
            return date(self.published.year, 12, 31)
        if self.precision == "month":
            return (self.published.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return self.published


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch, from its first to its last day, in which a source gave less than, or unlike, expected.

    `source` is None for all sources together; the days are None where only the whole source is counted.
    """

    source: str | None
    start: date | None
    end: date | None
    kind: str
    expected: float | None
    seen: float
    why: str


@dataclass(frozen=True, slots=True)
class KnownNumber:
    """How many documents a source is known to have in a year, or in all (None), and how many were read."""

    source: str
    year: int | None
    known: int
    read: int


def gaps(documents: Sequence[DatedDocument], known: Sequence[KnownNumber], floor: int) -> list[Gap]:
    """All gaps and breaks, by source and date. `floor`: fewer documents than this tell nothing."""
    read, counted = _by_source(documents), _by_source(d for d in documents if d.in_trends)
    silent = silences(read)
    found = [*silent, *missing(known, silent, floor), *edges(counted), *breaks(counted, silent, floor)]
    return sorted(found, key=lambda gap: (gap.source or "", gap.start or date.min, gap.kind))


def silences(by_source: Mapping[str | None, Sequence[DatedDocument]]) -> list[Gap]:
    """Stretches of quarters without any document that are too long for chance.

    Of n documents that fall at random between the first and the last, the n - 1 distances between them
    have P(any is the share x of the span or more) <= (n - 1)(1 - x)^(n - 2) (David and Nagaraja 2003).
    """
    found = []
    for source, documents in by_source.items():
        counts, number = quarters(documents), len(documents)
        length = max(counts) - min(counts) + 1
        for start, end in _empty(counts):
            share = (end - start + 1) / length
            if (number - 1) * (1 - share) ** max(number - 2, 0) < LEVEL:
                expected = round(number * share, 1)
                why = f"about {expected:g} expected of {number} documents in {length / 4:g} years"
                last = _day(end + 1) - timedelta(days=1)
                found.append(Gap(source, _day(start), last, "no documents", expected, 0, why))
    return found


def missing(known: Iterable[KnownNumber], silent: Sequence[Gap], floor: int) -> list[Gap]:
    """Years of which a source is known to have documents, and none was read, or few; else whole sources."""
    found = []
    rows = list(known)
    by_year = {row.source for row in rows if row.year is not None}
    for row in rows:
        if row.year is None:
            if row.source not in by_year and row.known >= floor and row.read < FEW * row.known:
                kind = "few" if row.read else "no documents"
                found.append(_missing(row, kind, None, None))
            continue
        start, end = date(row.year, 1, 1), date(row.year, 12, 31)
        if not row.read:
            if not any(gap.source == row.source and row.year in _years(gap) for gap in silent):
                found.append(_missing(row, "no documents", start, end))
        elif row.known >= floor and row.read < FEW * row.known:
            found.append(_missing(row, "few", start, end))
    return found


def _missing(row: KnownNumber, kind: str, start: date | None, end: date | None) -> Gap:
    why = f"{row.read} of {row.known} known documents were read"
    return Gap(row.source, start, end, kind, row.known, row.read, why)


def edges(by_source: Mapping[str | None, Sequence[DatedDocument]]) -> list[Gap]:
    """A year or more of the corpus before a source's first document, or after its last one."""
    if None not in by_source:
        return []
    corpus = quarters(by_source[None])
    found = []
    for source, documents in by_source.items():
        own = quarters(documents)
        if min(own) - min(corpus) >= YEAR:
            why = f"its first document is of {min(d.published for d in documents):%B %Y}"
            end = _day(min(own)) - timedelta(days=1)
            found.append(Gap(source, _day(min(corpus)), end, "begins", None, 0, why))
        if max(corpus) - max(own) >= YEAR:
            why = f"its last document is of {max(d.last for d in documents):%B %Y}"
            end = _day(max(corpus) + 1) - timedelta(days=1)
            found.append(Gap(source, _day(max(own) + 1), end, "ends", None, 0, why))
    return found


def breaks(
    by_source: Mapping[str | None, Sequence[DatedDocument]], silent: Sequence[Gap], floor: int
) -> list[Gap]:
    """Years in which a source gives at least twice as much, or half as much, as the year before.

    Given the sum of both years, the later count is binomial under one rate (Przyborowski and Wilenski
    1940); years count by their days within the source's span, and the two documents that bound the span
    don't count: they stand at its ends by definition. A year that is a silence isn't tested, nor are two
    with fewer documents than `floor`. The tests of one source are corrected for their number.
    """
    found = []
    for source, documents in by_source.items():
        counts = Counter(document.published.year for document in documents)
        days = _days(documents)
        within = Counter(counts)
        within.subtract((min(days), max(days)))
        tested: list[tuple[float, Gap]] = []
        quiet = {year for gap in silent if gap.source == source for year in _years(gap)}
        for year in sorted(days.keys() - {min(days)}):
            before, after = counts[year - 1], counts[year]
            inner = max(within[year - 1], 0), max(within[year], 0)
            if sum(inner) < floor or quiet & {year - 1, year}:
                continue
            exposed = days[year - 1], days[year]
            p = binomial_p(inner[1], sum(inner), exposed[1] / sum(exposed))
            expected = round(before * exposed[1] / exposed[0], 1)
            ratio = after / expected if expected else inf
            why = f"{before} in {year - 1}, {after} in {year}: {_times(ratio)}, p = {p:.2g} before correction"
            gap = Gap(source, date(year, 1, 1), date(year, 12, 31), "break", expected, after, why)
            # What is too small a change to matter is tested, too: the correction counts all tests.
            tested.append((p if not 1 / RATIO < ratio < RATIO else 1.0, gap))
        corrected = holm([p for p, _ in tested])
        found += [gap for p, (_, gap) in zip(corrected, tested, strict=True) if p < LEVEL]
    return found


def binomial_p(successes: int, trials: int, chance: float) -> float:
    """The exact two-sided p-value of a binomial count: all outcomes that are no likelier than this one.

    As scipy's `binomtest`, whose import alone takes longer than a build with nothing new.
    """
    if not 0 < chance < 1:
        return 1.0 if successes == trials * chance else 0.0
    whole = lgamma(trials + 1)
    logs = [
        whole - lgamma(k + 1) - lgamma(trials - k + 1) + k * log(chance) + (trials - k) * log1p(-chance)
        for k in range(trials + 1)
    ]
    return min(1.0, fsum(exp(x) for x in logs if x <= logs[successes] + 1e-7))


def quarters(documents: Iterable[DatedDocument]) -> dict[int, float]:
    """Documents by quarter (four times the year, plus 0 to 3); one dated to a year is a quarter in each."""
    weights: dict[int, float] = {}
    for document in documents:
        year = document.published.year * 4
        first = 0 if document.precision == "year" else (document.published.month - 1) // 3
        spread = 4 if document.precision == "year" else 1
        for quarter in range(year + first, year + first + spread):
            weights[quarter] = weights.get(quarter, 0.0) + 1 / spread
    return weights


def holm(values: Sequence[float]) -> list[float]:
    """p-values, corrected for their number (Holm 1979), in the same order."""
    corrected = [1.0] * len(values)
    highest = 0.0
    for rank, at in enumerate(sorted(range(len(values)), key=lambda i: values[i])):
        highest = max(highest, min(1.0, (len(values) - rank) * values[at]))
        corrected[at] = highest
    return corrected


def _by_source(documents: Iterable[DatedDocument]) -> dict[str | None, list[DatedDocument]]:
    """Documents by source, and under None all of them."""
    found: dict[str | None, list[DatedDocument]] = {}
    for document in documents:
        found.setdefault(None, []).append(document)
        found.setdefault(document.source, []).append(document)
    return {key: found[key] for key in found if key is not None or len(found) > 2}


def _empty(counts: Mapping[int, float]) -> list[tuple[int, int]]:
    """First and last quarter of each stretch between two quarters with documents."""
    return [(a + 1, b - 1) for a, b in pairwise(sorted(counts)) if b - a > 1]


def _days(documents: Sequence[DatedDocument]) -> dict[int, int]:
    """Days of each year from the first to the last document."""
    first, last = min(d.published for d in documents), max(d.last for d in documents)
    return {
        year: (min(last, date(year, 12, 31)) - max(first, date(year, 1, 1))).days + 1
        for year in range(first.year, last.year + 1)
    }


def _years(gap: Gap) -> range:
    """The whole years within a gap."""
    if gap.start is None or gap.end is None:
        return range(0)
    first = gap.start.year + (gap.start > date(gap.start.year, 1, 1))
    return range(first, gap.end.year + (gap.end == date(gap.end.year, 12, 31)))


def _day(quarter: int) -> date:
    return date(quarter // 4, quarter % 4 * 3 + 1, 1)


def _times(ratio: float) -> str:
    if ratio == inf:
        return "none before"
    return f"{ratio:.1f} times as many" if ratio >= 1 else f"{ratio:.2f} times as many"
