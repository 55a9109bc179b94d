"""A finding's other analyses: its change under every defensible choice. Pure functions on arrays.

A specification curve (Simonsohn, Simmons and Nelson 2020) or multiverse (Steegen et al. 2016): which choices
there are, and why these, is told in docs/methods.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt

from pipeline.trends.mix import Estimates, Mix, change, change_at_fixed_mix
from pipeline.trends.prevalence import Cell, Documents, Measured, measure, pooled_cell
from pipeline.trends.resampling import Bootstrap

Mask = npt.NDArray[np.bool_]
NONE = ("", "")
AS_CODED, ALIKE = "as coded", "passages alike"


@dataclass(frozen=True, slots=True)
class Column:
    """How a theme is measured: by `measure` (share or mention), the passages' weight, and which are coded.

    `phrase` is one that the codebook is without, else empty.
    """

    theme: str
    measure: str
    unit: str = ALIKE
    coding: str = AS_CODED
    phrase: str = ""

    @property
    def plain(self) -> bool:
        """Whether it is as trends are published."""
        return (self.unit, self.coding, self.phrase) == (ALIKE, AS_CODED, "")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which documents count: `kept` (n,). `left_out` is (kind, name) of what is without, if anything."""

    kept: Mask
    copies: str = "once"
    access: str = "all"
    left_out: tuple[str, str] = NONE

    @property
    def whole(self) -> bool:
        """Whether all documents count that trends count."""
        return (self.copies, self.access, self.left_out) == ("once", "all", NONE)


@dataclass(frozen=True, slots=True)
class Stretches:
    """Two spans of periods that are compared, by their first days."""

    period: str
    before: tuple[date, ...]
    after: tuple[date, ...]

    def without_ends(self) -> Iterator[tuple[str, Stretches]]:
        """The same without the first, and without the last period, where either span has more than one."""
        if len(self.before) > 1:
            yield "the first", replace(self, before=self.before[1:])
        if len(self.after) > 1:
            yield "the last", replace(self, after=self.after[:-1])


@dataclass(frozen=True, slots=True)
class Specification:
    """One analysis: its choices, prevalence in either stretch, and the change with its interval."""

    column: Column
    estimate: str
    copies: str
    access: str
    left_out: tuple[str, str]
    before: float
    after: float
    change: float
    lower: float
    upper: float

    @property
    def relative(self) -> float:
        """The change beside the mean of both prevalences: -2 to 2, whatever the measure."""
        level = (self.before + self.after) / 2
        return self.change / level if level > 0 else 0.0

    @property
    def sign(self) -> int:
        """1 or -1 where the interval is above or below 0, else 0."""
        return int(self.lower > 0) - int(self.upper < 0)

    @property
    def headline(self) -> bool:
        """Whether it is the analysis that is published: the share, at a fixed mix of sources."""
        plain = self.column.plain and self.column.measure == "share" and self.estimate == "standardised"
        return plain and (self.copies, self.access, self.left_out) == ("once", "all", NONE)


def specifications(
    data: Documents, columns: Sequence[Column], selections: Sequence[Selection], stretches: Stretches,
    mix: Mix, bootstrap: Bootstrap,
) -> list[Specification]:  # fmt: skip
    """Every analysis. `columns` name those of `data.values` (n, k).

    All ways of measuring meet all of counting copies and partial texts; what is left out is left out of
    the theme as it is published, phrases of all documents. Without documents in a stretch there is none.
    """
    plain = [at for at, column in enumerate(columns) if column.plain]
    unlike = [at for at, column in enumerate(columns) if not column.phrase]
    found: list[Specification] = []
    for selection in selections:
        wanted = list(range(len(columns))) if selection.whole else unlike
        wanted = plain if selection.left_out != NONE else wanted
        own = kept_of(data, selection.kept, wanted)
        found += _measured(own, [columns[at] for at in wanted], selection, stretches, mix, bootstrap)
        if not selection.whole:
            continue
        own = kept_of(data, selection.kept, plain)
        for name, shorter in stretches.without_ends():
            ends = replace(selection, left_out=("period", name))
            found += _measured(own, [columns[at] for at in plain], ends, shorter, mix, bootstrap)
    return found


def selections(
    source: Sequence[str], genre: Sequence[str], full: Mask, copy: Mask, narrow: Mask | None
) -> list[Selection]:
    """Which documents may count, of n: copies or none, all texts or full ones, without each source or genre.

    `full` (n,) says whose text is whole, `copy` (n,) which are copies of another, `narrow` (n,) which name
    the subject by more than one term, where that is known.
    """
    once = ~copy
    found = [Selection(once)]
    some = [("once", once), *([("each", np.ones(len(copy), dtype=bool))] if copy.any() else [])]
    for copies, kept in some:
        if copies != "once":
            found.append(Selection(kept, copies))
        if not full[once].all():
            found.append(Selection(kept & full, copies, "full text"))
    for kind, names in (("source", np.array(source)), ("genre", np.array(genre))):
        own = np.unique(names[once])
        found += [
            Selection(once & (names != name), left_out=(kind, str(name)))
            for name in own
            if name and len(own) > 1
        ]
    if narrow is not None and not narrow[once].all():
        found.append(Selection(once & narrow, left_out=("scope", "named by one term")))
    return found


def kept_of(data: Documents, kept: Mask, columns: Sequence[int]) -> Documents:
    """The documents that are `kept` (n,), with some of the columns."""
    own = np.flatnonzero(kept).tolist()
    return Documents(
        [data.source[at] for at in own], [data.published[at] for at in own],
        [data.precision[at] for at in own], data.passages[own], data.values[:, list(columns)][own],
    )  # fmt: skip


def sides_of(
    data: Documents, stretches: Stretches, bootstrap: Bootstrap
) -> tuple[tuple[Cell, Cell], tuple[Measured, Measured]] | None:
    """The documents of either stretch, and what is measured in them; None where one of them has none."""
    before, after = (
        pooled_cell(data, stretches.period, starts) for starts in (stretches.before, stretches.after)
    )
    if before is None or after is None:
        return None
    return (before, after), (measure(data, before, bootstrap), measure(data, after, bootstrap))


def _measured(
    data: Documents, columns: Sequence[Column], selection: Selection, stretches: Stretches, mix: Mix,
    bootstrap: Bootstrap,
) -> Iterator[Specification]:  # fmt: skip
    both = sides_of(data, stretches, bootstrap) if columns else None
    if both is None:
        return
    _, (before, after) = both
    fixed = change_at_fixed_mix(before, after, mix, bootstrap)
    if fixed is not None:
        yield from _rows("standardised", columns, selection, *fixed)
    if len({*before.sources, *after.sources}) > 1:  # else both are one
        levels = before.whole.prevalence, after.whole.prevalence
        yield from _rows("crude", columns, selection, *levels, change(before, after, bootstrap).total)


def _rows(
    estimate: str, columns: Sequence[Column], selection: Selection, before: npt.NDArray[np.float64],
    after: npt.NDArray[np.float64], moved: Estimates,
) -> Iterator[Specification]:  # fmt: skip
    numbers = np.column_stack([before, after, moved.value, moved.lower, moved.upper]).tolist()
    for column, own in zip(columns, numbers, strict=True):
        left_out = ("phrase", column.phrase) if column.phrase else selection.left_out
        yield Specification(column, estimate, selection.copies, selection.access, left_out, *own)
