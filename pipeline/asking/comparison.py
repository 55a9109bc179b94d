"""How prevalence changed between two stretches of time, crude and corrected; asked of the published file."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipeline import store
from pipeline.asking.by_codes import by_codes
from pipeline.asking.evidence import Series, find_series, point_missing
from pipeline.asking.stretch import Stretch, parse
from pipeline.config import Config
from pipeline.errors import InputError
from pipeline.store import Connection
from pipeline.trends.mix import Estimate, change
from pipeline.trends.prevalence import Cell, Documents, cells, measure
from pipeline.trends.resampling import Bootstrap
from pipeline.trends.series import MEASURES, Rows, counted, measured

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


def compare(
    config: Config, theme: str | None, topic: str | None, first: str, last: str, by: str
) -> Comparison:
    """The change of a theme (or topic) between two stretches, each written as `themeshift evidence` takes it.

    Raises InputError for a theme, topic, measure or stretch that is not there.
    """
    if by not in MEASURES:
        raise InputError(f"--measure {by}: there are {' and '.join(MEASURES)}")
    early, late = parse(first, "--from"), parse(last, "--to")
    if early.period != late.period:
        raise InputError(
            f"--from {first} is a {early.period} and --to {last} a {late.period}: write both alike"
        )
    if set(early.starts) & set(late.starts):
        raise InputError(f"--from {first} and --to {last} overlap: a document would be on both sides")
    settings = config.trend
    bootstrap = Bootstrap(settings.resamples, settings.seed, settings.level)
    with store.open_published(store.published_file(config)) as connection:
        series = find_series(connection, theme, topic)
        documents = counted(connection, config)
        data = _column(connection, documents, series, by)
        both = (_cell(data, early), _cell(data, late))
        pair = (measure(data, both[0], bootstrap), measure(data, both[1], bootstrap))
        coded = by_codes(connection, config, documents, data, (series, by), both, pair)
        before, after = (
            Side(
                stretch.name,
                _of(Estimate(found.whole.prevalence, found.whole.lower, found.whole.upper)),
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
        )  # fmt: skip


def _column(connection: Connection, documents: Rows, series: Series, by: str) -> Documents:
    """The counted documents with the one series."""
    found = measured(connection, documents, series.kind)
    if found is None:
        raise InputError("no document counts in trends: there is nothing to compare")
    data, names = found
    at = names.index((by, series.name))
    return replace(data, values=data.values[:, [at]])


def _cell(data: Documents, stretch: Stretch) -> Cell:
    """The documents of all its periods; what one counts in several of them is added up."""
    weights = np.zeros(len(data.source))
    for cell in cells(data, stretch.period):
        if cell.start in stretch.starts:
            np.add.at(weights, cell.members, cell.weights)
    members = np.flatnonzero(weights)
    if not len(members):
        starts = [cell.start for cell in cells(data, stretch.period)]
        raise InputError(point_missing(stretch, starts, None))
    strata = np.array(data.source)[members]
    return Cell(stretch.period, stretch.starts[0], None, members, weights[members], strata)


def _others(connection: Connection, series: Series, by: str, stretch: Stretch) -> dict[str, Interval]:
    """The other published estimates, of a stretch of one period; those of several are not published."""
    if len(stretch.starts) > 1:
        return {}
    query = store.queries("change")["points" if series.kind == "theme" else "topic_points"]
    rows = connection.execute(query, [series.name, by, stretch.period, stretch.starts[0]]).fetchall()
    return {estimate: (value, lower, upper) for estimate, value, lower, upper in rows}


def _of(estimate: Estimate) -> Interval:
    return float(estimate.value[0]), float(estimate.lower[0]), float(estimate.upper[0])
