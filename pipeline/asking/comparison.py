"""How prevalence changed between two stretches of time, crude and corrected; asked of the published file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline import store
from pipeline.asking.series import Series, find_series, point_missing
from pipeline.asking.stretch import Stretch, parse_both
from pipeline.config import Config
from pipeline.errors import InputError
from pipeline.publishing.report.wording import percent
from pipeline.store import Connection, Rows
from pipeline.trends.corrected_points import corrected, difference, moved_by
from pipeline.trends.corrections import corrections
from pipeline.trends.human_codes import human_codes
from pipeline.trends.mix import Estimates, change
from pipeline.trends.prevalence import Cell, Documents, Measured, cells, measure, pooled_cell
from pipeline.trends.resampling import Bootstrap
from pipeline.trends.series import MEASURES, counted, measured
from pipeline.trends.surer import CORRECTED, CRUDE, Worth, remarks

Interval = tuple[float, float, float]
"""A value, its lower and its upper bound."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two stretches: crude prevalence, the other published estimates, effective documents."""

    name: str
    crude: Interval
    others: dict[str, Interval]
    documents: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """The change of crude prevalence from one stretch to the other: `change` is `mix` plus `within`.

    `corrected` is the change of the prevalence corrected by human codes, `refused` says why there is none.
    `surer` is crude or corrected, `remarks` say what to mind about the corrected figures.
    """

    series: Series
    measure: str
    before: Side
    after: Side
    change: Interval
    mix: Interval
    within: Interval
    thin: bool
    level: float
    corrected: Interval | None = None
    refused: str = ""
    surer: str = CORRECTED
    remarks: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _ByCodes:
    """What people's codes make of two stretches: their prevalences, named, and the change; or why nothing."""

    levels: Sequence[Mapping[str, Estimates]] = ({}, {})
    change: Estimates | None = None
    refused: str = ""
    surer: str = CRUDE
    remarks: Sequence[str] = ()


def compare(
    config: Config, theme: str | None, topic: str | None, first: str, last: str, by: str
) -> Comparison:
    """The change of a theme (or topic) between two stretches, each written as `themeshift evidence` takes it.

    Raises InputError for a theme, topic, measure or stretch that is not there.
    """
    if by not in MEASURES:
        raise InputError(f"--measure {by}: there are {' and '.join(MEASURES)}")
    early, late = parse_both(first, last)
    settings = config.trend
    bootstrap = Bootstrap(settings.resamples, settings.seed, settings.level)
    with store.open_published(store.published_file(config)) as connection:
        series = find_series(connection, theme, topic)
        documents = counted(connection, config)
        data = column_of(connection, documents, series, by)
        both = (cell_of(data, early), cell_of(data, late))
        pair = (measure(data, both[0], bootstrap), measure(data, both[1], bootstrap))
        coded = _by_codes(connection, config, documents, data, (series, by), both, pair)
        before, after = (
            Side(
                stretch.name,
                _of(Estimates(found.whole.prevalence, found.whole.lower, found.whole.upper)),
                _others(connection, series, by, stretch)
                or {name: _of(level) for name, level in coded.levels[place].items()},
                found.whole.documents,
            )
            for place, (stretch, found) in enumerate(zip((early, late), pair, strict=True))
        )
        split = change(pair[0], pair[1], bootstrap)
        thin = min(before.documents, after.documents) < settings.floor
        return Comparison(
            series, by, before, after, _of(split.total), _of(split.mix), _of(split.within), thin,
            settings.level, _of(coded.change) if coded.change else None, coded.refused,
            coded.surer, coded.remarks,
        )  # fmt: skip


def _by_codes(
    connection: Connection, config: Config, documents: Rows, data: Documents, asked: tuple[Series, str],
    cells: tuple[Cell, Cell], crude: tuple[Measured, Measured],
) -> _ByCodes:  # fmt: skip
    """Correct a series (asked for with its measure), the one column of `data`, in both `cells`."""
    series, by = asked
    if series.kind == "topic":
        return _ByCodes(refused="topics are not coded by people")
    settings = config.trend
    codes = human_codes(connection, [name for name, *_ in documents])
    made = corrections(data, [(by, series.name)], codes, settings, each_source=False)
    if not made.series:
        why = [str(row[-1]) for row in made.rows]
        return _ByCodes(refused=why[0] if why else "nobody has coded a sample for it: see `themeshift label`")
    (one,) = made.series
    bootstrap = Bootstrap(settings.resamples, settings.seed, settings.level)
    points = (
        corrected(one.found, one.frame, cell, own, 0, bootstrap)
        for cell, own in zip(cells, crude, strict=True)
    )
    levels = [{point.estimate: Estimates(point.prevalence, point.lower, point.upper)} for point in points]
    moved, error = moved_by(one.found, one.frame, cells, crude, 0)
    # A surplus of positives is in both periods, and falls out of the change.
    of = Worth(abs(moved), error, 0.0)
    told = remarks(one.found, of, one.worth.surplus, settings.min_positives, "the change")
    return _ByCodes(
        levels, difference(one.found, one.frame, cells, crude, 0, bootstrap), "",
        CRUDE if one.split else of.surer, [*one.split, *told],
    )  # fmt: skip


def column_of(connection: Connection, documents: Rows, series: Series, by: str) -> Documents:
    """The counted documents with the one series."""
    found = measured(connection, documents, series.kind)
    if found is None:
        raise InputError("no document counts in trends: there is nothing to compare")
    data, names = found
    at = names.index((by, series.name))
    return replace(data, values=data.values[:, [at]])


def cell_of(data: Documents, stretch: Stretch) -> Cell:
    """The documents of all its periods; what one counts in several of them is added up."""
    found = pooled_cell(data, stretch.period, stretch.starts)
    if found is None:
        starts = [cell.start for cell in cells(data, stretch.period)]
        raise InputError(point_missing(stretch, starts, None))
    return found


def _others(connection: Connection, series: Series, by: str, stretch: Stretch) -> dict[str, Interval]:
    """The other published estimates, of a stretch of one period; those of several are not published."""
    if len(stretch.starts) > 1:
        return {}
    query = store.queries("change")["points" if series.kind == "theme" else "topic_points"]
    rows = connection.execute(query, [series.name, by, stretch.period, stretch.starts[0]]).fetchall()
    return {estimate: (value, lower, upper) for estimate, value, lower, upper in rows}


def _of(estimate: Estimates) -> Interval:
    return float(estimate.value[0]), float(estimate.lower[0]), float(estimate.upper[0])


def as_text(found: Comparison) -> str:
    """Some lines for a person."""
    lines = [f"{found.series.kind} {found.series.name} ({found.series.label}), {found.measure}, all sources"]
    width = max(len(side.name) for side in (found.before, found.after)) + 2
    for side in (found.before, found.after):
        lines.append(f"{side.name:<{width}}{_level(side.crude)} crude, of {side.documents:,.6g} documents")
        lines += [f"{'':<{width}}{_level(other)} {name}" for name, other in side.others.items()]
    lines += [
        "",
        f"change    {_points(found.change)}, crude",
        f"  mix     {_points(found.mix)}: other sources published",
        f"  within  {_points(found.within)}: the same sources wrote otherwise",
        *([f"corrected {_points(found.corrected)}: the coder's errors taken off"] if found.corrected else []),
        "",
        *_reading(found),
    ]
    return "\n".join(lines)


def _reading(found: Comparison) -> list[str]:
    total, within = _sign(found.change), _sign(found.within)
    verdict = {1: "The rise is beyond chance", -1: "The fall is beyond chance", 0: "The change may be chance"}
    lines = [verdict[total] + f" ({found.level:.0%} interval)."]
    if within == total != 0:
        lines.append("It remains within the sources: it is not made by other sources publishing.")
    elif total:
        lines.append("Within the sources a change may be chance: the mix of sources made it, or much of it.")
    elif within:
        lines.append("Within the sources there is a change beyond chance, which the mix of sources hides.")
    if found.thin:
        lines.append("One of the two has too few documents to be read as a point of a line.")
    lines.append(_corrected(found))
    lines += [f"Mind: {remark}." for remark in found.remarks]
    if found.series.coded is not None:
        lines.append(f"Coding: {found.series.coded.words()}.")
    lines.append("Two periods picked after looking at the line prove less than their interval says.")
    return lines


def _corrected(found: Comparison) -> str:
    """The verdict on the corrected change, beside that on the crude one."""
    if found.corrected is None:
        return f"Not corrected for the coder's errors: {found.refused}."
    sign, crude = _sign(found.corrected), _sign(found.change)
    too = ", too" if sign == crude else ""
    if sign == 0:
        return f"Corrected for the coder's errors the change may be chance{too}."
    what = {1: "rise", -1: "fall"}[sign]
    if found.surer == CRUDE:
        return f"Corrected for the coder's errors there is a {what}, but the crude figure is surer here."
    return f"Corrected for the coder's errors the {what} is beyond chance{too}."


def _sign(of: Interval) -> int:
    return int(of[1] > 0) - int(of[2] < 0)


def _level(of: Interval) -> str:
    return f"{percent(of[0]):>6} ({100 * of[1]:.1f} to {100 * of[2]:.1f})"


def _points(of: Interval) -> str:
    return f"{100 * of[0]:+.1f} points ({100 * of[1]:+.1f} to {100 * of[2]:+.1f})"
