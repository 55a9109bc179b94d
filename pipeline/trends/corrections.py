"""Every theme's correction by human codes, of all sources and of each, and the points that it makes."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pipeline.settings import Trend
from pipeline.trends.corrected import (
    Conditions,
    CorrectedFrame,
    Correction,
    SampledCodes,
    correct,
    frame,
    refusal,
)
from pipeline.trends.corrected_points import bias, corrected
from pipeline.trends.human_codes import HumanCodes, labels_for
from pipeline.trends.prevalence import Cell, Documents, Measured, Points, measure
from pipeline.trends.resampling import Bootstrap, Floats, Indices
from pipeline.trends.surer import CRUDE, Worth, remarks, worth

COLUMNS = (
    "measure", "theme", "source", "labels", "documents", "positives", "lost", "weight", "slope", "pooled",
    "period_p", "source_p", "bias", "bias_lower", "bias_upper", "surer", "remark", "refused",
)  # fmt: skip
DIGITS = 6
Name = tuple[str, str]
"""(measure, theme)."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """One series that can be corrected: its column, its source (None: all), and the correction."""

    name: Name
    column: int
    source: str | None
    found: Correction
    frame: CorrectedFrame
    worth: Worth
    split: Sequence[str]

    @property
    def surer(self) -> str:
        """Crude or corrected: codes that are split by period may make a change that the texts don't."""
        return CRUDE if self.split else self.worth.surer


@dataclass(frozen=True, slots=True)
class Corrections:
    """What can be corrected, the rows of table `correction`, and which documents could be drawn (n,)."""

    series: list[Corrected]
    rows: list[tuple[Any, ...]]
    drawable: Floats

    def points(
        self, data: Documents, cell: Cell, whole: Measured, bootstrap: Bootstrap
    ) -> Iterator[tuple[Name, Points]]:
        """The corrected points of a period, measured as `whole`.

        `coverage` is the share of its documents that could be drawn.
        """
        cells = {source: cell if source is None else cell.of(source) for source in self._sources()}
        cells = {source: own for source, own in cells.items() if len(own.members)}
        crude = {s: whole if s is None else measure(data, own, bootstrap) for s, own in cells.items()}
        for one in self.series:
            if one.source in cells:
                own = cells[one.source]
                point = corrected(one.found, one.frame, own, crude[one.source], one.column, bootstrap)
                known = float(own.weights @ self.drawable[own.members] / own.weights.sum())
                yield one.name, replace(point, coverage=known)

    def _sources(self) -> list[str | None]:
        return list(dict.fromkeys(one.source for one in self.series))


def corrections(
    data: Documents, names: Sequence[Name], codes: HumanCodes, settings: Trend, each_source: bool = True
) -> Corrections:
    """Correct what can be corrected, and say of the rest why it can't.

    `names` are those of the columns of `data.values`. A theme that nobody has coded has no row. Besides all
    sources together, `each_source` is corrected by its own labels.
    """
    of = Corrections([], [], codes.drawable)
    terms = Conditions(settings.min_labels, settings.min_positives)
    sources = sorted(set(data.source)) if each_source else []
    for column, (measured, theme) in enumerate(names):
        if theme not in codes.passages:
            continue
        labels = labels_for(measured, codes.passages[theme], data.passages)
        about = (measured, theme), column, codes.lost.get(theme, 0), codes.split.get(theme, ())
        _add(of, data, about, None, labels, terms, settings)
        for source in sources if len(sources) > 1 else ():
            if isinstance(labels, SampledCodes):
                _add(of, data, about, source, _within(labels, data, source), terms, settings)
    return of


def _add(
    to: Corrections, data: Documents, about: tuple[Name, int, int, Sequence[str]], source: str | None,
    labels: SampledCodes | str, terms: Conditions, settings: Trend,
) -> None:  # fmt: skip
    name, column, lost, split = about
    if isinstance(labels, str):
        to.rows.append((*name, source, 0, 0, 0, lost, *(None,) * 10, labels))
        return
    counts = len(labels.human), len(np.unique(labels.document)), int((labels.human > 0.5).sum()), lost
    if refused := refusal(labels, terms):
        to.rows.append((*name, source, *counts, *(None,) * 10, refused))
        return
    members = _members(data, source)
    own = frame(data, labels.document).of(members)
    values = data.values[:, column]
    rng = np.random.default_rng([settings.seed, zlib.crc32(f"{name} {source}".encode())])
    found = correct(labels, values, own, terms, rng)
    wrong = bias(found, own, float(values[members].mean()), settings.level)
    figures = found.weight, found.slope
    one = Corrected(name, column, source, found, own, worth(found, own, labels, terms.min_positives), split)
    said = [*split, *remarks(found, one.worth, one.worth.surplus, terms.min_positives, "a period")]
    told = one.surer, "; ".join(said) or None
    rest = (found.pooled, found.period_p, found.source_p, *(round(x, DIGITS) for x in wrong), *told, None)
    to.rows.append((*name, source, *counts, *(round(x, DIGITS) for x in figures), *rest))
    to.series.append(one)


def _within(labels: SampledCodes, data: Documents, source: str) -> SampledCodes:
    own = np.array([data.source[at] == source for at in labels.document], dtype=bool)
    _, stratum = np.unique(labels.stratum[own], return_inverse=True)
    columns = labels.document, labels.human, labels.machine, labels.weight
    document, human, machine, weight = (column[own] for column in columns)
    return SampledCodes(document, human, machine, weight, stratum.astype(np.intp))


def _members(data: Documents, source: str | None) -> Indices:
    return np.array([at for at, name in enumerate(data.source) if source in (None, name)], dtype=np.intp)
