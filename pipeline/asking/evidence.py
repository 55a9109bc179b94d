"""A point of a trend -> the quotations that made it, each with the way back to its bytes.

Asks the published file alone. Which documents count, and with what weight in a period, is decided by the
same query and the same function that measure the trends, so that the list and the point agree.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import Any

from pipeline import store
from pipeline.asking.stretch import Stretch, parse, period_name
from pipeline.config import Config
from pipeline.errors import InputError
from pipeline.report.quoting import link
from pipeline.store import Connection
from pipeline.trends.prevalence import allot
from pipeline.trends.series import counted, dated

FEW = 12
"""Most names that a message lists."""


@dataclass(frozen=True, slots=True)
class Series:
    """A theme or a topic: `kind` says which, `name` is its id, `label` what it is called.

    `stability` is how well refits find a topic again, where it is too low to build on; else None.
    """

    kind: str
    name: str
    label: str
    stability: float | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """A published point: prevalence, lower and upper bound of either measure, and what it rests on.

    `share` and `mention` are crude; `others` has the rest, by estimate (standardised, corrected) and measure.
    `documents` is effective: a document dated only to a year counts a quarter in each quarter of it.
    """

    period: str
    share: tuple[float, float, float]
    mention: tuple[float, float, float]
    documents: float
    passages: float
    thin: bool
    others: dict[str, dict[str, tuple[float, float, float]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Quotation:
    """A passage that carries the series. `marks` are (start, end) of the matched phrases within `text`.

    `start_char` and `end_char` count in document.text. `weight` is what the document counts in the periods
    asked for, added up. `text`, `marks` and `phrases` are empty where the text may be kept no longer.
    """

    passage_id: str
    document_id: str
    score: float
    method: str
    source: str
    title: str
    published: date
    published_precision: str
    weight: float
    text: str | None
    phrases: list[str]
    marks: list[tuple[int, int]]
    start_char: int
    end_char: int
    url: str
    link: str | None
    capture_id: str
    warc_file: str
    warc_offset: int
    withheld: bool
    retain_until: date | None
    may_export: str | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What made the points. `quotations` are the strongest ones, as many as were asked for.

    `documents` and `passages` count all that carry the series, `weight` adds up those documents' weights.
    `note` says so where today's settings count other documents than the published points do.
    """

    series: Series
    period: str
    length: str
    source: str | None
    points: list[Point]
    documents: int
    weight: float
    passages: int
    quotations: list[Quotation]
    note: str = ""


def find(
    config: Config, theme: str | None, topic: str | None, period: str, source: str | None, limit: int
) -> Evidence:
    """The evidence for a theme (or topic) in a period, of one source or all; all quotations for limit 0.

    Raises InputError, with the nearest name, for a theme, topic, source or period that is not there.
    """
    stretch = parse(period)
    with store.open_published(store.published_file(config)) as connection:
        series = find_series(connection, theme, topic)
        if source is not None:
            known = [name for (name,) in connection.execute(_sql("sources")).fetchall()]
            _require("source", source, known)
        points = _points(connection, series, stretch, source)
        weights = _weights(connection, config, stretch, source)
        carrying = connection.execute(_sql(f"{series.kind}_passages"), [series.name]).fetchall()
        carrying = [row for row in carrying if row[1] in weights]
        documents = {row[1] for row in carrying}
        shown = carrying[:limit] if limit else carrying
        return Evidence(
            series, stretch.name, stretch.period, source, points, len(documents),
            sum(weights[name] for name in documents), len(carrying), _quotations(connection, shown, weights),
            _note(sum(point.documents for point in points), sum(weights.values())),
        )  # fmt: skip


def nearest(name: str, known: Sequence[str]) -> str | None:
    """The known name most like this one, where one is like it."""
    lowered = {item.lower(): item for item in known}
    close = get_close_matches(name.lower(), lowered, n=1, cutoff=0.5)
    return lowered[close[0]] if close else None


def marks(text: str, phrases: Sequence[str]) -> list[tuple[int, int]]:
    """Where the phrases stand in the text, whole words, in the order in which they were found."""
    found, at = [], 0
    for phrase in phrases:
        if match := re.compile(rf"(?<!\w){re.escape(phrase)}(?!\w)", re.ASCII).search(text, at):
            found.append(match.span())
            at = match.end()
    return found


def find_series(connection: Connection, theme: str | None, topic: str | None) -> Series:
    """The theme or topic of that name. Raises InputError, with the nearest name, where there is none."""
    kind, name = ("theme", theme) if theme is not None else ("topic", topic)
    if name is None or (theme is not None and topic is not None):
        raise InputError("name a theme, or a topic by --topic, and not both")
    known = dict(connection.execute(_sql(f"{kind}s")).fetchall())
    if kind == "topic" and name.isdecimal():
        name = f"t{int(name):03d}"
    _require(kind, name, list(known))
    stability = store.value(connection, _sql("unstable"), [name]) if kind == "topic" else None
    return Series(kind, name, known[name], stability)


def _require(kind: str, name: str, known: Sequence[str]) -> None:
    if name in known:
        return
    close = nearest(name, known)
    if close:
        raise InputError(f"there is no {kind} {name!r}: did you mean {close!r}?")
    listed = ", ".join(known[:FEW]) + (" …" if len(known) > FEW else "")
    raise InputError(f"there is no {kind} {name!r}; there are: {listed or 'none'}")


def _points(connection: Connection, series: Series, stretch: Stretch, source: str | None) -> list[Point]:
    asked = [series.name, stretch.period, source]
    rows = connection.execute(_sql(f"{series.kind}_points"), asked).fetchall()
    by_start: dict[date, dict[str, Any]] = {}
    for estimate, start, measure, *numbers, documents, passages, thin in rows:
        about = {"documents": documents, "passages": passages, "thin": thin, "others": {}}
        if estimate == "crude":  # these come first, and there is one for every other
            by_start.setdefault(start, about)[measure] = tuple(numbers)
        else:
            by_start[start]["others"].setdefault(estimate, {})[measure] = tuple(numbers)
    found = [
        Point(period_name(start, stretch.period), **by_start[start])
        for start in stretch.starts
        if start in by_start
    ]
    if not found:
        raise InputError(point_missing(stretch, sorted(by_start), source))
    return found


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


def _weights(
    connection: Connection, config: Config, stretch: Stretch, source: str | None
) -> dict[str, float]:
    """What each document counts in the periods, added up: the trend's own query and weights."""
    rows = [row for row in counted(connection, config) if source in (None, row[1])]
    weights: dict[str, float] = {}
    for start, members, shares in allot(dated(rows), stretch.period):
        if start in stretch.starts:
            for member, weight in zip(members, shares, strict=True):
                name = rows[member][0]
                weights[name] = weights.get(name, 0.0) + float(weight)
    return weights


def _note(published: float, today: float) -> str:
    if abs(published - today) < 0.01:
        return ""
    return (
        f"the published points rest on {published:g} documents, with today's settings {today:g} count: "
        "run `themeshift build`, then `themeshift publish`"
    )


def _quotations(
    connection: Connection, shown: Sequence[tuple[Any, ...]], weights: dict[str, float]
) -> list[Quotation]:
    result = connection.execute(_sql("quotations"), [[row[0] for row in shown]])
    names = [column[0] for column in result.description or ()]
    texts = {row[0]: dict(zip(names, row, strict=True)) for row in result.fetchall()}
    found = []
    for passage_id, document_id, score, method, phrases in shown:
        row = texts[passage_id]
        text, url = row["text"], row.pop("text_url")
        phrases = phrases if text is not None else []
        row |= {
            "withheld": bool(row["withheld"]),
            "score": score,
            "method": method,
            "weight": weights[document_id],
            "phrases": phrases,
            "marks": marks(text or "", phrases),
            "link": link(url, text or ""),
        }
        found.append(Quotation(**row))
    return found


def _sql(name: str) -> str:
    return store.queries("evidence")[name]
