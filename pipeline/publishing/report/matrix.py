"""Coverage -> the cells of a source by year table: in scope, gathered and known, with gaps and breaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.publishing.report import gaps
from pipeline.publishing.report.content import Covered, ShownGap
from pipeline.publishing.report.wording import number

NONE = Covered(None, "", 0, 0, 0, None)


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """`top` stands above `below`; `kind` is the class of a gap; `shade` from 0 to 1; `title` in words."""

    top: str
    below: str
    kind: str
    shade: float
    title: str


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A source: a cell per year, one for all years, and the source as a whole."""

    name: str
    cells: tuple[MatrixCell, ...]
    all_years: MatrixCell
    whole: Covered
    undated: int


@dataclass(frozen=True, slots=True)
class Table:
    """The sources, those with most documents first, over all years that any of them has."""

    years: tuple[int, ...]
    rows: tuple[MatrixRow, ...]
    totals: tuple[int, ...]
    total: int
    gaps: tuple[ShownGap, ...]


def table(coverage: Mapping[str, Mapping[int | None, Covered]], found: Sequence[ShownGap]) -> Table:
    """Sources by year. A source that neither gave a document nor is counted has no row."""
    dated = {year for years in coverage.values() for year in years if year is not None}
    years = tuple(range(min(dated), max(dated) + 1)) if dated else ()
    dated_cells = (of[year] for of in coverage.values() for year in of if year is not None)
    highest = max((cell.in_scope for cell in dated_cells), default=0)
    own: dict[str | None, list[ShownGap]] = {}
    for gap in found:
        own.setdefault(gap.source, []).append(gap)
    rows = [_row(name, of, own.get(name, ()), years, highest) for name, of in coverage.items()]
    rows.sort(key=lambda row: (-row.whole.in_scope, -row.whole.gathered, row.name))
    totals = tuple(sum(of[year].in_scope for of in coverage.values() if year in of) for year in years)
    return Table(years, tuple(rows), totals, sum(row.whole.in_scope for row in rows), tuple(found))


def _row(
    name: str, of: Mapping[int | None, Covered], own: Sequence[ShownGap], years: Sequence[int], highest: int
) -> MatrixRow:
    whole = of.get(None, NONE)
    cells = (
        _cell(str(year), of.get(year), [gap for gap in own if _touches(gap, year)], highest) for year in years
    )
    all_years = _cell("all years", whole, [gap for gap in own if gap.start is None], 0)
    dated = sum(of[year].in_scope for year in of if year is not None)
    return MatrixRow(name, tuple(cells), all_years, whole, whole.in_scope - dated)


def _cell(when: str, of: Covered | None, found: Sequence[ShownGap], highest: int) -> MatrixCell:
    kinds = {gap.kind for gap in found}
    kind = "hole" if kinds & {"no documents", "few"} else "turn" if "break" in kinds else ""
    why = "".join(f"; {gap.kind}: {gap.why}" for gap in found)
    if of is None:
        return MatrixCell("", "", kind or "outside", 0.0, f"{when}: nothing known or gathered{why}")
    below = f"{number(of.gathered)}/{number(of.known)}" if of.known is not None else number(of.gathered)
    known = f"{number(of.known)} known ({of.known_by})" if of.known is not None else "nobody counts"
    title = f"{when}: {known}, {of.gathered} gathered, {of.read} read, {of.in_scope} in scope{why}"
    shade = (of.in_scope / highest) ** 0.5 if highest else 0.0
    return MatrixCell(number(of.in_scope), below if of.known or of.gathered else "", kind, shade, title)


def _touches(gap: ShownGap, year: int) -> bool:
    """Whether a gap reaches into a year: a stretch for a quarter or more, a turn only where it happens."""
    if gap.start is None or gap.end is None:
        return False
    day = gaps.turn(gap)
    return day.year == year if day is not None else gap.start.year <= year <= gap.end.year
