"""Before anybody codes: how many codes would let a change of a theme be seen; asked of the published file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline import store
from pipeline.asking.comparison import cell_of, column_of
from pipeline.asking.series import Series, find_series
from pipeline.asking.stretch import parse_both
from pipeline.config import Config
from pipeline.errors import InputError
from pipeline.labelling.imagining import Passages, Rates
from pipeline.labelling.planning import POWER, Planned, planned
from pipeline.store import Connection
from pipeline.trends.corrected import Conditions
from pipeline.trends.prevalence import Cell, Documents
from pipeline.trends.series import MEASURES, counted

ASSUMED = 0.7
"""Precision and recall where nobody knows them."""


@dataclass(frozen=True, slots=True)
class Stand:
    """What there is in a stretch: documents (effective), passages, and the machine's crude prevalence.

    `worth` is how many independent passages would tell as much as the documents' shares: those of a document
    hang together. None for `mention`, which is of documents.
    """

    name: str
    documents: float
    passages: int
    share: float
    worth: float | None


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan of codes for a theme: what there is, how the machine errs, and what it takes."""

    series: Series
    before: Stand
    after: Stand
    rates: Rates
    planned: Planned


def plan(config: Config, theme: str, first: str, last: str, points: float, measure: str = "share") -> Plan:
    """How many codes would let a change of so many points be seen between two stretches.

    Raises InputError for a theme, stretch or measure that is not there, or a change that can't be.
    """
    if measure not in MEASURES:
        raise InputError(f"--measure {measure}: there are {' and '.join(MEASURES)}")
    if not 0 < points < 100:
        raise InputError(f"--change {points:g}: a change in points of prevalence, above 0 and below 100")
    early, late = parse_both(first, last)
    settings = config.trend
    with store.open_published(store.published_file(config)) as connection:
        series = find_series(connection, theme, None)
        documents = counted(connection, config)
        data = column_of(connection, documents, series, measure)
        cells = cell_of(data, early), cell_of(data, late)
        passages = _passages(connection, theme, [row[0] for row in documents])
    rates = _rates(series)
    terms = Conditions(settings.min_labels, settings.min_positives)
    found = planned(data, passages, cells, rates, points / 100, terms, settings.seed, measure)
    before, after = (
        _stand(data, cell, stretch.name, measure) for cell, stretch in zip(cells, (early, late), strict=True)
    )
    return Plan(series, before, after, rates, found)


def _passages(connection: Connection, theme: str, ids: list[str]) -> Passages:
    """The passages of the counted documents, whatever may be shown of them."""
    found = connection.execute(store.queries("label")["of_theme"], [theme]).fetchnumpy()
    place = {name: at for at, name in enumerate(ids)}
    at = np.array([place.get(str(name), -1) for name in found["document_id"]], dtype=np.intp)
    own = at >= 0
    return Passages(at[own], found["coded"][own].astype(bool), found["near"][own].astype(bool))


def _rates(series: Series) -> Rates:
    known = series.coded
    if known is None or known.precision is None or known.recall is None:
        return Rates(ASSUMED, ASSUMED, "assumed: nobody has measured them")
    who = (
        f"by people's codes of {known.passages:,} passages ({known.sample})"
        if known.sample
        else "on invented passages, where it does better than on a corpus: what it takes may be more"
    )
    return Rates(known.precision[0], known.recall[0], who)


def _stand(data: Documents, cell: Cell, name: str, measure: str) -> Stand:
    values, weights = data.values[cell.members, 0], cell.weights
    share = float(np.average(values, weights=weights))
    scatter = float(np.average((values - share) ** 2, weights=weights)) * float(
        (weights**2).sum() / weights.sum() ** 2
    )
    worth = share * (1 - share) / scatter if scatter > 0 and measure == "share" else None
    return Stand(name, float(weights.sum()), int(data.passages[cell.members].sum()), share, worth)


def as_text(found: Plan) -> str:
    """Some lines for a person."""
    of, rates = found.planned, found.rates
    width = max(len(found.before.name), len(found.after.name)) + 2
    points = f"{100 * of.change:g} points"
    lines = [
        f"theme {found.series.name} ({found.series.label}), {of.measure}, all sources: a change of {points} "
        f"to be seen {POWER:.0%} of the time, two-sided at 0.05"
    ]
    for stand in (found.before, found.after):
        worth = (
            "" if stand.worth is None else f", which tell as much as {stand.worth:,.0f} that are independent"
        )
        lines.append(
            f"{stand.name:<{width}}{stand.documents:,.6g} documents, {stand.passages:,} passages{worth}; "
            f"coded {100 * stand.share:.1f}%"
        )
    lines += [
        f"machine   precision {rates.precision:.0%}, recall {rates.recall:.0%}, {rates.who}",
        "",
        f"crude     sees it {_often(of.crude_power)} of the time, whatever is coded: its documents show a "
        f"change of {100 * of.crude_smallest:.1f} points, of which it finds {of.crude_moves:.0%}",
    ]
    documents = of.measure == "mention"
    unit = "documents" if documents else "codes"
    if of.codes is not None:
        need = (
            f"{of.codes:,} documents, all their passages (about {of.codes * of.passages:,.0f}),"
            if documents
            else f"{of.codes:,} codes"
        )
        lines.append(f"corrected needs about {need} in the evaluation part")
    else:
        least = f"{100 * of.smallest:.1f} points" if np.isfinite(of.smallest) else "no change at all"
        lines.append(
            f"corrected can't see it by any number of {unit} tried: {of.steps[-1].codes:,} show {least}. "
            "Take longer stretches, or a larger change"
        )
    lines += [
        f"  {step.codes:>6,} {unit}  {_step(step.power, step.error, step.refused)}" for step in of.steps
    ]
    if of.codes is not None:
        lines += [
            "",
            f"themeshift label draw --themes {found.series.name} {'--unit document ' if documents else ''}"
            f"--size {of.codes} --evaluate 1 --name NAME",
        ]
    return "\n".join(lines)


def _often(power: float) -> str:
    return ">99%" if power > 0.99 else f"{power:.0%}"


def _step(power: float, error: float, refused: float) -> str:
    if not np.isfinite(error):
        return "refused: too few labels, or too few with the theme"
    often = f", refused {refused:.0%} of the time" if refused else ""
    return f"seen {_often(power)} of the time, within {100 * 1.959964 * error:.1f} points{often}"
