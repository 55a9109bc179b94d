"""Stratified random sampling with known inclusion probabilities. Pure functions; methods in docs/methods.md.

The machine's coding decides the level of a unit (coded, near, none), so that rare themes get passages to
code. Within a level, sources and years make strata. A unit's probability is n/N of its stratum.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor, sqrt

import numpy as np

NEAR, NONE = "near", "none"
SPREAD = {NEAR: 0.4, NONE: 0.3}
"""Planning values: the spread of people's codes within a level. Beyond these two: coded, below."""
SPREAD_CODED = 0.4
LEAST_OF_LEVEL = 5
LEAST_OF_STRATUM = 2


@dataclass(frozen=True, slots=True)
class Unit:
    """What is drawn, a passage or a document: where it is from and the machine's level of it."""

    unit_id: str
    source: str
    year: int
    level: str


@dataclass(frozen=True, slots=True)
class Stratum:
    """Units that are drawn from alike: `drawn` of `units`, from `source` (or several) in a span of years."""

    stratum: str
    level: str
    source: str
    first_year: int
    last_year: int
    units: int
    drawn: int

    @property
    def probability(self) -> float:
        """The inclusion probability of each of its units."""
        return self.drawn / self.units


@dataclass(frozen=True, slots=True)
class SourceYear:
    """Units that stay together whatever the strata: of one source and year."""

    source: str
    year: int
    units: tuple[str, ...]


def level_of(coded: Sequence[str], near: bool, frequency: Mapping[str, int]) -> str:
    """The level of a unit: `coded THEME` by the rarest theme it is coded for, else near, else none."""
    if coded:
        return f"coded {min(coded, key=lambda theme: (frequency[theme], theme))}"
    return NEAR if near else NONE


def level_name(stratum: str) -> str:
    """The level that a stratum, by its name, belongs to."""
    return stratum.partition(" / ")[0]


def draw(
    frame: Sequence[Unit], size: int, rng: np.random.Generator
) -> tuple[list[Stratum], dict[str, Stratum]]:
    """Draw `size` units. Returns the strata and, in the order drawn, unit_id -> its stratum.

    Raises ValueError, with what would do, where the frame or the size is too small.
    """
    if not 0 < size <= len(frame):
        raise ValueError(f"the frame holds {len(frame)} units, of which {size} can't be drawn")
    levels: dict[str, list[Unit]] = defaultdict(list)
    for unit in sorted(frame, key=lambda unit: unit.unit_id):
        levels[unit.level].append(unit)
    if size < len(levels):
        raise ValueError(
            f"with {len(levels)} levels of the machine's codes, at least {len(levels)} are needed"
        )
    wanted = {name: SPREAD.get(name, SPREAD_CODED) * sqrt(len(units)) for name, units in levels.items()}
    sizes = {name: len(units) for name, units in levels.items()}
    shares = allocate(sizes, wanted, size, min(LEAST_OF_LEVEL, size // len(levels)))
    strata, drawn = [], {}
    for name in sorted(levels):
        for stratum, members in _within(name, levels[name], shares[name]):
            strata.append(stratum)
            for at in rng.choice(len(members), size=stratum.drawn, replace=False):
                drawn[members[at]] = stratum
    return strata, drawn


def allocate(sizes: Mapping[str, int], wanted: Mapping[str, float], total: int, least: int) -> dict[str, int]:
    """Share `total` among strata in proportion to `wanted`: at least `least` of each, at most all.

    Strata that would get too little or too much are fixed at their bound and the rest is shared again;
    fractions go to the largest remainders. `total` must lie between the sums of the bounds.
    """
    low = {name: min(least, size) for name, size in sizes.items()}
    share = {name: float(low[name]) for name in sizes}
    # Water-filling: the factor at which the bounded shares add up to the total.
    below, above = 0.0, 2 * max(sizes[name] / wanted[name] for name in sizes)
    for _ in range(100):
        factor = (below + above) / 2
        share = {name: min(max(factor * wanted[name], low[name]), sizes[name]) for name in sizes}
        below, above = (factor, above) if sum(share.values()) < total else (below, factor)
    whole = {name: floor(value + 1e-9) for name, value in share.items()}
    left = sorted(sizes, key=lambda name: (whole[name] - share[name], name))
    for name in [n for n in left if whole[n] < sizes[n]][: total - sum(whole.values())]:
        whole[name] += 1
    return whole


def split(groups: Sequence[str], share: float, rng: np.random.Generator) -> dict[str, bool]:
    """group -> whether it is kept for evaluation, each with probability `share`, evenly over the order.

    Systematic sampling from a random start (Madow and Madow 1944): of any run of groups in order, `share`
    are kept, to within one.
    """
    start = rng.uniform()
    return {
        group: floor((at + 1) * share + start) > floor(at * share + start) for at, group in enumerate(groups)
    }


def _within(level: str, units: Sequence[Unit], number: int) -> list[tuple[Stratum, list[str]]]:
    """Cut a level into strata of source and span of years, each large enough to draw two from."""
    members: dict[tuple[str, int], list[str]] = defaultdict(list)
    for unit in units:
        members[unit.source, unit.year].append(unit.unit_id)
    cells = [SourceYear(source, year, tuple(ids)) for (source, year), ids in sorted(members.items())]
    groups = _spans(cells, LEAST_OF_STRATUM * len(units) / number)
    sizes = {str(at): sum(len(cell.units) for cell in group) for at, group in enumerate(groups)}
    shares = allocate(
        sizes,
        {at: float(size) for at, size in sizes.items()},
        number,
        min(LEAST_OF_STRATUM, number // len(groups)),
    )
    found = []
    for at, group in enumerate(groups):
        sources = sorted({cell.source for cell in group})
        source = sources[0] if len(sources) == 1 else f"{len(sources)} sources"
        first, last = min(cell.year for cell in group), max(cell.year for cell in group)
        years = str(first) if first == last else f"{first}-{last}"
        name = f"{level} / {source} / {years}"
        stratum = Stratum(name, level, source, first, last, sizes[str(at)], shares[str(at)])
        found.append((stratum, [unit for cell in group for unit in cell.units]))
    return found


def _spans(cells: Sequence[SourceYear], least: float) -> list[list[SourceYear]]:
    """Neighbouring years of a source joined until a span holds `least` units; small sources together."""
    totals = Counter[str]()
    for cell in cells:
        totals[cell.source] += len(cell.units)
    small = {source for source, total in totals.items() if total < least}
    if small and sum(totals[source] for source in small) < least and len(small) < len(totals):
        small.add(min(set(totals) - small, key=lambda source: (totals[source], source)))
    found = []
    for source in sorted(set(totals) - small):
        found += _join([cell for cell in cells if cell.source == source], least)
    rest = sorted((cell for cell in cells if cell.source in small), key=lambda cell: (cell.year, cell.source))
    return found + (_join(rest, least) if rest else [])


def _join(cells: Sequence[SourceYear], least: float) -> list[list[SourceYear]]:
    spans: list[list[SourceYear]] = [[]]
    for cell in cells:
        enough = sum(len(c.units) for c in spans[-1]) >= least
        if enough and spans[-1][-1].year != cell.year:
            spans.append([])
        spans[-1].append(cell)
    if len(spans) > 1 and sum(len(c.units) for c in spans[-1]) < least:
        last = spans.pop()
        spans[-1] += last
    return spans
