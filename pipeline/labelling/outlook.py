"""What more codes would win: how wide intervals are now, and how wide they would be. Pure arithmetic.

The part of an interval that codes decide shrinks with the root of their number; that of documents stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil, sqrt

from pipeline.labelling.judgement import Validation

MORE = 50
MEASURES = ("precision", "recall", "f1")
CORRECTED = "corrected"


@dataclass(frozen=True, slots=True)
class Outlook:
    """Of a theme and measure, by `codes` of the evaluation part: the width of its interval now and by `more`.

    `corrected` is a year's corrected prevalence (the mean over years that are not thin). Where there is no
    interval yet, `needed` is about how many codes it takes to have one.
    """

    theme: str
    measure: str
    codes: int
    more: int
    width: float | None
    expected: float | None
    needed: int | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """A theme's years as published: mean widths of crude and corrected intervals, labels, and the slope."""

    crude: float
    corrected: float
    labels: int
    slope: float


def outlook(
    rows: Sequence[Validation], published: Mapping[str, Published], fewest: int, more: int = MORE
) -> Iterator[Outlook]:
    """What `more` codes of the evaluation part would win, theme by theme, for the coding in use."""
    own = [row for row in rows if row.coder is None and row.measure in MEASURES]
    for theme, of in groupby(own, key=lambda row: row.theme):
        for row in of:
            yield _of_measure(row, fewest, more)
        if theme in published:
            yield _of_years(theme, published[theme], more)


def _of_measure(row: Validation, fewest: int, more: int) -> Outlook:
    if row.value is None or row.lower is None or row.upper is None:
        base = {"precision": row.machine, "recall": row.people, "f1": min(row.machine, row.people)}[
            row.measure
        ]
        needed = ceil(max(fewest, row.passages * fewest / base)) - row.passages if base else None
        return Outlook(row.theme, row.measure, row.passages, more, None, None, needed)
    width = row.upper - row.lower
    return Outlook(row.theme, row.measure, row.passages, more, width, width * shrunk(row.passages, more))


def _of_years(theme: str, of: Published, more: int) -> Outlook:
    """The documents' part of the variance is the crude one by the slope's square; the labels' is the rest."""
    documents = min((of.slope * of.crude) ** 2, of.corrected**2)
    labels = (of.corrected**2 - documents) * shrunk(of.labels, more) ** 2
    return Outlook(theme, CORRECTED, of.labels, more, of.corrected, sqrt(documents + labels))


def shrunk(codes: int, more: int) -> float:
    """By what the width of an interval by so many codes is multiplied when there are more."""
    return sqrt(codes / (codes + more))


def as_lines(found: Sequence[Outlook]) -> Iterator[str]:
    """What is won, a line a theme."""
    if not found:
        return
    more = found[0].more
    yield f"What another {more} codes of the evaluation part would win: widths of 95% intervals, in points"
    for theme, own in groupby(found, key=lambda one: one.theme):
        yield f"  {theme:<22} " + "; ".join(_cell(one) for one in own)


def _cell(one: Outlook) -> str:
    name = "a year, corrected," if one.measure == CORRECTED else one.measure
    if one.width is not None and one.expected is not None:
        return f"{name} {100 * one.width:.0f} to {100 * one.expected:.0f}"
    if one.needed is None:
        return f"{name}: none of either was found yet"
    return f"{name}: about {one.needed} codes until there is one"
