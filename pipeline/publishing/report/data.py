"""published database -> Report: the report's queries, and nothing else that touches the database."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline import store
from pipeline.publishing.report import found
from pipeline.publishing.report.coded import UNKNOWN, HowWell, how_well
from pipeline.publishing.report.content import (
    MEASURES,
    About,
    Corpus,
    Covered,
    FlowRow,
    Report,
    ShownCorrection,
    ShownEvent,
    ShownGap,
    ShownQuotation,
    ShownTheme,
    SourceCount,
    Taught,
    Thickness,
    Topic,
)
from pipeline.publishing.report.curves import curves
from pipeline.publishing.report.periods import Point, advance, span

Rows = list[dict[str, Any]]
ESTIMATES = ("crude", "standardised", "corrected")


def load(published: Path) -> Report:
    """Read all the report needs. Raises StoreError where the published file can't be opened."""
    with store.open_published(published) as connection:

        def rows(name: str, **parameters: str) -> Rows:
            result = connection.execute(store.queries("report")[name], parameters)
            names = [column[0] for column in result.description or ()]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

        by_period: dict[str, list[Thickness]] = {}
        for row in rows("periods"):
            thickness = Thickness(row["period_start"], row["documents"], row["thin"])
            by_period.setdefault(row["period"], []).append(thickness)
        period = choose_period(by_period)

        def trend(measure: str, period: str, estimate: str) -> dict[str, tuple[Point, ...]]:
            return _points(rows("theme_trend", measure=measure, period=period, estimate=estimate), "theme")

        series = {
            estimate: {measure: trend(measure, period, estimate) for measure in MEASURES}
            for estimate in ESTIMATES
        }
        corrections = _corrections(rows("corrections"))
        changes = found.Changes(rows("change_points"), rows("movements"), rows("tests"))
        topics, models = rows("topics"), rows("theme_models")
        return Report(
            about=_about(rows("about")),
            corpus=_corpus(rows("corpus")[0], rows("sources")),
            period=period,
            thickness=tuple(by_period.get(period, ())),
            themes=_themes(
                rows("themes"),
                series,
                corrections,
                changes,
                _quotations(rows("quotations")),
                how_well(connection),
            ),
            topics=_topics(topics, _points(rows("topic_trend"), "topic_id")),
            topics_in_all=topics[0]["topics"] if topics else 0,
            events=tuple(_event(row) for row in rows("events")),
            flow=tuple(FlowRow(r["step"], r["reason"], r["documents"]) for r in rows("flow")),
            curves=curves(rows("robustness"), rows("specifications")),
            coverage=_coverage(rows("coverage")),
            gaps=tuple(_gap(row) for row in rows("gaps")),
            effects=found.effects(rows("effects")),
            taught=tuple(
                Taught(m["label"], m["precision"], m["recall"]) for m in models if m["precision"] is not None
            ),
            classifiers=tuple(m["label"] for m in models if m["method"] == "classifier" and m["labels"]),
            calibrated=tuple(m["label"] for m in models if m["calibrated"] and m["method"] == "codebook"),
            counts=rows("counts")[0] | rows("human" if rows("human_tables")[0]["there"] else "no_human")[0],
        )


def choose_period(by_period: Mapping[str, Sequence[Thickness]]) -> str:
    """The finest of month, quarter and year of which at least two thirds are not thin, else year.

    A period without any document counts as thin.
    """
    for period in ("month", "quarter"):
        own = by_period.get(period, ())
        if own:
            end = advance(max(row.start for row in own), period)
            solid = sum(not row.thin for row in own)
            if 3 * solid >= 2 * len(span(min(row.start for row in own), end, period)):
                return period
    return "year"


def _about(rows: Rows) -> About:
    if not rows:
        return About()
    row = rows[0]
    built = row["built_at"]
    return About(
        version=_plain(row["version"]),
        commit=_plain(row["commit"]),
        config_hash=_plain(row["config_hash"]),
        models=_plain(row["models"]),
        seeds=_plain(row["seeds"]),
        floor=row["floor"],
        sample=bool(row["sample"]),
        built_at=datetime.fromtimestamp(built, UTC) if built is not None else None,
        codebook=row["codebook"] or "",
        settings=json.loads(row["settings"] or "{}"),
    )


def _plain(value: Any) -> str:
    """Models and seeds may be text, JSON in a text, or a struct: shown as `name: value; …`."""
    if isinstance(value, str) and value.startswith("{"):
        try:
            value = json.loads(value)
        except ValueError:
            return str(value)
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_plain(item)}" for key, item in value.items())
    return "" if value is None else str(value)


def _corpus(row: dict[str, Any], sources: Rows) -> Corpus:
    return Corpus(
        documents=row["documents"],
        duplicates=row["duplicates"],
        undated=row["undated"],
        first=row["first_date"],
        first_precision=row["first_precision"],
        last=row["last_date"],
        last_precision=row["last_precision"],
        sources=tuple(
            SourceCount(
                source["name"] or "",
                source["kind"] or "",
                source["homepage"] or "",
                source["covers"] or "",
                documents=source["documents"],
            )
            for source in sources
        ),
    )


def _event(row: dict[str, Any]) -> ShownEvent:
    return ShownEvent(row["date"], row["title"] or "", row["kind"] or "", row["reference"] or "")


def _points(rows: Rows, key: str) -> dict[str, tuple[Point, ...]]:
    points: dict[str, list[Point]] = {}
    for row in rows:
        names = ("prevalence", "lower", "upper", "documents", "thin")
        point = Point(row["period_start"], *(row[name] for name in names))
        points.setdefault(row[key], []).append(point)
    return {name: tuple(own) for name, own in points.items()}


def _quotations(rows: Rows) -> dict[str, tuple[ShownQuotation, ...]]:
    shown: dict[str, tuple[ShownQuotation, ...]] = {}
    for row in rows:
        quotation = ShownQuotation(
            passage_id=row["passage_id"],
            text=row["text"] or "",
            phrases=tuple(row["phrases"] or ()),
            title=row["title"] or "Untitled",
            url=row["url"] or "",
            source=row["source"] or "",
            published=row["published"],
            precision=row["published_precision"],
        )
        shown[row["theme"]] = (*shown.get(row["theme"], ()), quotation)
    return shown


def _themes(
    rows: Rows,
    series: Mapping[str, Mapping[str, Mapping[str, tuple[Point, ...]]]],
    corrections: Mapping[str, Mapping[str, ShownCorrection]],
    changes: found.Changes,
    quotations: Mapping[str, tuple[ShownQuotation, ...]],
    coded: Mapping[str, HowWell],
) -> tuple[ShownTheme, ...]:
    def own(estimate: str, theme: str) -> dict[str, tuple[Point, ...]]:
        return {measure: found.get(theme, ()) for measure, found in series[estimate].items()}

    return tuple(
        ShownTheme(
            theme=row["theme"],
            label=row["label"] or row["theme"],
            definition=row["definition"] or "",
            series=own("crude", row["theme"]),
            fixed=own("standardised", row["theme"]),
            corrected=own("corrected", row["theme"]),
            corrections=corrections.get(row["theme"], {}),
            shifts=changes.shifts(row["theme"]),
            movement=changes.movement(row["theme"]),
            smooth_q=changes.smooth_q(row["theme"]),
            untested=changes.untested(row["theme"]),
            quotations=quotations.get(row["theme"], ()),
            coded=coded.get(row["theme"], UNKNOWN),
        )
        for row in rows
    )


def _corrections(rows: Rows) -> dict[str, dict[str, ShownCorrection]]:
    """By theme and measure."""
    found: dict[str, dict[str, ShownCorrection]] = {}
    for row in rows:
        bias, lower, upper = (row[name] or 0.0 for name in ("bias", "bias_lower", "bias_upper"))
        told = row["refused"] or "", row["remark"] or ""
        made = ShownCorrection(told[0], row["documents"], bias, lower, upper, told[1])
        found.setdefault(row["theme"], {})[row["measure"]] = made
    return found


def _topics(rows: Rows, years: Mapping[str, tuple[Point, ...]]) -> tuple[Topic, ...]:
    return tuple(
        Topic(
            label=row["label"] or row["topic_id"],
            terms=tuple(row["terms"] or ()),
            passages=row["passages"] or 0,
            years=years.get(row["topic_id"], ()),
            stability=row["stability"],
            stable=row["stable"] is not False,
        )
        for row in rows
    )


def _coverage(rows: Rows) -> dict[str, dict[int | None, Covered]]:
    names = ("known", "known_by", "gathered", "read", "in_scope", "share")
    cells: dict[str, dict[int | None, Covered]] = {}
    for row in rows:
        cells.setdefault(row["name"], {})[row["year"]] = Covered(*(row[name] for name in names))
    return cells


def _gap(row: dict[str, Any]) -> ShownGap:
    names = ("name", "period_start", "period_end", "kind", "expected", "seen", "why", "weight")
    return ShownGap(*(row[name] for name in names))
