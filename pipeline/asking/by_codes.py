"""The correction of a published trend, made again from the published codes, for any two stretches of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.asking.evidence import Series
from pipeline.config import Config
from pipeline.store import Connection
from pipeline.trends.corrected_points import corrected, difference
from pipeline.trends.corrections import corrections
from pipeline.trends.human_codes import human_codes
from pipeline.trends.mix import Estimate
from pipeline.trends.prevalence import Cell, Documents, Measured
from pipeline.trends.resampling import Bootstrap
from pipeline.trends.series import Rows


@dataclass(frozen=True, slots=True)
class ByCodes:
    """What people's codes make of two stretches: their prevalences, named, and the change; or why nothing."""

    levels: Sequence[Mapping[str, Estimate]] = ({}, {})
    change: Estimate | None = None
    refused: str = ""


def by_codes(
    connection: Connection, config: Config, documents: Rows, data: Documents, asked: tuple[Series, str],
    cells: tuple[Cell, Cell], crude: tuple[Measured, Measured],
) -> ByCodes:  # fmt: skip
    """Correct a series (asked for with its measure), the one column of `data`, in both `cells`."""
    series, by = asked
    if series.kind == "topic":
        return ByCodes(refused="topics are not coded by people")
    settings = config.trend
    codes = human_codes(connection, [name for name, *_ in documents])
    made = corrections(data, [(by, series.name)], codes, settings, each_source=False)
    if not made.series:
        why = [str(row[-1]) for row in made.rows]
        return ByCodes(refused=why[0] if why else "nobody has coded a sample for it: see `themeshift label`")
    (one,) = made.series
    bootstrap = Bootstrap(settings.resamples, settings.seed, settings.level)
    points = (
        corrected(one.found, one.frame, cell, own, 0, bootstrap)
        for cell, own in zip(cells, crude, strict=True)
    )
    levels = [{point.estimate: Estimate(point.prevalence, point.lower, point.upper)} for point in points]
    return ByCodes(levels, difference(one.found, one.frame, cells, crude, 0, bootstrap))
