"""A theme or topic of the published file, and its published points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import Any

from pipeline import store
from pipeline.asking.stretch import Stretch, period_name
from pipeline.errors import InputError
from pipeline.publishing.report.coded import HowWell, how_well
from pipeline.store import Connection

FEW = 12
"""Most names that a message lists."""


@dataclass(frozen=True, slots=True)
class Series:
    """A theme or a topic: `kind` says which, `name` is its id, `label` what it is called.

    `stability` is how well refits find a topic again, where it is too low to build on; else None. `coded` is
    how well a theme is coded, `remark` what to mind about its corrected figures.
    """

    kind: str
    name: str
    label: str
    stability: float | None = None
    coded: HowWell | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class PublishedPoint:
    """A published point: prevalence, lower and upper bound of either measure, and what it rests on.

    `share` and `mention` are crude; `others` has the rest, by estimate (standardised, corrected) and measure;
    `thin_others` says of those that are thin why.
    `documents` is effective: a document dated only to a year counts a quarter in each quarter of it.
    `design_effect` is how many times the variance is that of independent documents, of the measure in which
    it is higher; None where that can't be seen.
    """

    period: str
    share: tuple[float, float, float]
    mention: tuple[float, float, float]
    documents: float
    passages: float
    thin: bool
    others: dict[str, dict[str, tuple[float, float, float]]] = field(default_factory=dict)
    thin_others: dict[str, str] = field(default_factory=dict)
    design_effect: float | None = None


def find_series(connection: Connection, theme: str | None, topic: str | None) -> Series:
    """The theme or topic of that name. Raises InputError, with the nearest name, where there is none."""
    kind, name = ("theme", theme) if theme is not None else ("topic", topic)
    if name is None or (theme is not None and topic is not None):
        raise InputError("name a theme, or a topic by --topic, and not both")
    known = dict(connection.execute(_sql(f"{kind}s")).fetchall())
    if kind == "topic" and name.isdecimal():
        name = f"t{int(name):03d}"
    require(kind, name, list(known))
    stability = store.value(connection, _sql("unstable"), [name]) if kind == "topic" else None
    coded = how_well(connection)[name] if kind == "theme" else None
    remark = store.value(connection, _sql("remark"), [name]) if kind == "theme" else None
    return Series(kind, name, known[name], stability, coded, str(remark or ""))


def require(kind: str, name: str, known: Sequence[str]) -> None:
    """Raises InputError, with the nearest name, where the name isn't known."""
    if name in known:
        return
    close = nearest(name, known)
    if close:
        raise InputError(f"there is no {kind} {name!r}: did you mean {close!r}?")
    listed = ", ".join(known[:FEW]) + (" …" if len(known) > FEW else "")
    raise InputError(f"there is no {kind} {name!r}; there are: {listed or 'none'}")


def points_of(
    connection: Connection, series: Series, stretch: Stretch, source: str | None
) -> list[PublishedPoint]:
    """The published points of a stretch. Raises InputError, with the nearest period, where there are none."""
    asked = [series.name, stretch.period, source]
    rows = connection.execute(_sql(f"{series.kind}_points"), asked).fetchall()
    by_start: dict[date, dict[str, Any]] = {}
    for estimate, start, measure, *numbers, documents, passages, thin, coverage, effect in rows:
        about = {"documents": documents, "passages": passages, "thin": thin, "others": {}, "thin_others": {}}
        if estimate == "crude":  # these come first, and there is one for every other
            own = by_start.setdefault(start, about)
            own[measure] = tuple(numbers)
            own["design_effect"] = max((x for x in (effect, own.get("design_effect")) if x), default=None)
            continue
        own = by_start[start]
        own["others"].setdefault(estimate, {})[measure] = tuple(numbers)
        if thin:
            few = estimate != "standardised" or own["thin"]
            own["thin_others"][estimate] = "too few documents" if few else _uncovered(coverage)
    found = [
        PublishedPoint(period_name(start, stretch.period), **by_start[start])
        for start in stretch.starts
        if start in by_start
    ]
    if not found:
        raise InputError(point_missing(stretch, sorted(by_start), source))
    return found


def _uncovered(coverage: float) -> str:
    return f"its sources make up {coverage:.0%} of the mix, too little"


def point_missing(stretch: Stretch, starts: Sequence[date], source: str | None) -> str:
    """That there is no document in it, and which periods near it have any."""
    whose = f" of {source}" if source else ""
    if not starts:
        return f"no document{whose} counts in trends: there is no {stretch.period} to open"
    sides = [
        [day for day in starts if day < stretch.starts[0]],
        [d for d in starts if d > stretch.starts[-1]],
    ]
    near = [period_name(day, stretch.period) for day in (*sides[0][-1:], *sides[1][:1])]
    listed = " and ".join(near)
    return f"no document{whose} is dated to {stretch.name}; the nearest {stretch.period} with any: {listed}"


def nearest(name: str, known: Sequence[str]) -> str | None:
    """The known name most like this one, where one is like it."""
    lowered = {item.lower(): item for item in known}
    close = get_close_matches(name.lower(), lowered, n=1, cutoff=0.5)
    return lowered[close[0]] if close else None


def _sql(name: str) -> str:
    return store.queries("evidence")[name]
