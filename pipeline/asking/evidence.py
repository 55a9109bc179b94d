"""A point of a trend -> the quotations that made it, each with the way back to its bytes.

Asks the published file alone. Which documents count, and with what weight in a period, is decided by the
same query and the same function that measure the trends, so that the list and the point agree.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from pipeline import store
from pipeline.asking.series import PublishedPoint, Series, find_series, points_of, require
from pipeline.asking.stretch import Stretch, parse
from pipeline.config import Config
from pipeline.publishing.report.periods import date_name
from pipeline.publishing.report.quoting import link
from pipeline.publishing.report.wording import percent
from pipeline.store import Connection
from pipeline.trends.prevalence import allot
from pipeline.trends.series import counted, dated

WIDTH = 100
FEW_TOGETHER = 1.2
"""A smaller design effect widens intervals by less than a tenth, and isn't told."""
PARTS = {Fraction(1, 4): "a quarter", Fraction(1, 12): "a twelfth", Fraction(1, 2): "a half"}


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
    points: list[PublishedPoint]
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
            require("source", source, known)
        points = points_of(connection, series, stretch, source)
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


def marks(text: str, phrases: Sequence[str]) -> list[tuple[int, int]]:
    """Where the phrases stand in the text, whole words, in the order in which they were found."""
    found, at = [], 0
    for phrase in phrases:
        if match := re.compile(rf"(?<!\w){re.escape(phrase)}(?!\w)", re.ASCII).search(text, at):
            found.append(match.span())
            at = match.end()
    return found


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


def as_text(found: Evidence) -> str:
    """Several lines; the phrases that matched stand between two asterisks."""
    name = f"{found.series.kind} {found.series.name} ({found.series.label})"
    whose = f"source {found.source}" if found.source else "all sources"
    points = [*map(_point, found.points), *_together(found.points)]
    head = [f"{name}, {found.period}, {whose}", *_shaky(found), *points, _carrying(found)]
    if found.series.coded is not None:
        head.append(f"coding: {found.series.coded.words()}")
    if found.series.remark and any("corrected" in point.others for point in found.points):
        head.append(f"corrected, mind: {found.series.remark}")
    blocks = ["\n".join(head)]
    blocks += [_quotation(rank, item) for rank, item in enumerate(found.quotations, 1)]
    if len(found.quotations) < found.passages:
        blocks.append(f"the strongest {len(found.quotations)} of {found.passages:,}; `--limit 0` lists all")
    return "\n\n".join(blocks)


def marked(text: str, marks: list[tuple[int, int]]) -> str:
    """The text with each mark (start, end) between two asterisks."""
    parts, done = [], 0
    for start, end in marks:
        parts += [text[done:start], "**", text[start:end], "**"]
        done = end
    return "".join([*parts, text[done:]])


def _shaky(found: Evidence) -> list[str]:
    if found.series.stability is None:
        return []
    overlap = percent(found.series.stability, 0)
    return [f"not stable: refits overlap with this topic by {overlap}; don't build on it (docs/methods.md)"]


def _point(point: PublishedPoint) -> str:
    thin = "\n         thin: too few documents to be read as a point of a line" if point.thin else ""
    others = "".join(
        f"\n         {estimate}: "
        + ", ".join(f"{name} {_estimate(of[name])}" for name in sorted(of))
        + (f"; thin: {point.thin_others[estimate]}" if estimate in point.thin_others else "")
        for estimate, of in point.others.items()
    )
    return (
        f"{point.period:<8} mention {_estimate(point.mention)}, share {_estimate(point.share)}, "
        f"95% intervals; {_count(point.documents)} documents, {_count(point.passages)} passages{thin}{others}"
    )


def _together(points: Sequence[PublishedPoint]) -> list[str]:
    """What the intervals make of documents that hang together, where there is something to say."""
    if all(point.design_effect is None for point in points):
        return ["too few dates are known to the day to see whether documents of a week hang together: "
                "the intervals take them as independent"]  # fmt: skip
    most = max(point.design_effect or 1.0 for point in points)
    if most < FEW_TOGETHER:
        return []
    return [f"documents of a week hang together: the intervals count {most:.1f} of them as one"]


def _estimate(numbers: tuple[float, float, float]) -> str:
    value, lower, upper = numbers
    return f"{percent(value)} ({100 * lower:.1f} to {100 * upper:.1f})"


def _count(effective: float) -> str:
    return f"{effective:,.2f}".rstrip("0").rstrip(".")


def _carrying(found: Evidence) -> str:
    counting = "" if found.weight == found.documents else f" (counting as {_count(found.weight)})"
    verb = "document carries" if found.documents == 1 else "documents carry"
    passages = "passage" if found.passages == 1 else "passages"
    line = f"{found.documents:,} {verb} it{counting}, in {found.passages:,} {passages}"
    return f"{line}\nwarning: {found.note}" if found.note else line


def _quotation(rank: int, item: Quotation) -> str:
    dated = date_name(item.published, item.published_precision)
    lines = [f"{rank:>3}  {item.score:.2f}  {dated}{_imprecise(item)}, {item.source}: {item.title}"]
    if item.text is None:
        until = f" after {item.retain_until}" if item.retain_until else ""
        lines.append(f"     [the text may not be kept{until}: no quotation]")
    else:
        lines += [_paragraph(part) for part in marked(item.text, item.marks).split("\n\n")]
    if item.may_export == "metadata" and not item.withheld:
        lines.append("     [not for export: the rights ledger allows metadata only]")
    lines += [
        f"     passage {item.passage_id}, document {item.document_id}, "
        f"characters {item.start_char} to {item.end_char}",
        f"     capture {item.capture_id}, {item.warc_file} at byte {item.warc_offset}",
        f"     {item.link or item.url}",
    ]
    return "\n".join(lines)


def _imprecise(item: Quotation) -> str:
    if item.weight > 0.999:
        return ""
    part = Fraction(item.weight).limit_denominator(12)
    counts = f"counts {PARTS.get(part, part)}"
    return f" (dated to the {item.published_precision} only, {counts})"


def _paragraph(text: str) -> str:
    indent = " " * 5
    return textwrap.fill(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def _sql(name: str) -> str:
    return store.queries("evidence")[name]
