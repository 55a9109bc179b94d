"""Report -> HTML: what each section needs, handed to the template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pipeline import store
from pipeline.publishing.report import (
    charts,
    corrected,
    curve_chart,
    gaps,
    matrix,
    methods,
    moved,
    quoting,
    wording,
)
from pipeline.publishing.report.axes import events_within, frame, ticks
from pipeline.publishing.report.content import (
    MEASURES,
    Report,
    Shift,
    ShownEvent,
    ShownGap,
    ShownQuotation,
    ShownTheme,
    Topic,
)
from pipeline.publishing.report.document_flow import flow
from pipeline.publishing.report.periods import Point, date_name, period_name


@dataclass(frozen=True, slots=True)
class Multiple:
    """A theme's chart of a measure, with the points and changes that stand beside it in words."""

    theme: ShownTheme
    points: Sequence[Point]
    corrected: Sequence[Point]
    shifts: Sequence[Shift]
    chart: Markup
    measure: str

    @property
    def correction(self) -> str:
        """What people's codes said of it, or why that is too little."""
        return corrected.words(self.theme.corrections.get(self.measure))


def render(report: Report, file_name: str) -> str:
    """The whole page. `file_name` is what the published database is called, for the queries."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(percent=wording.percent, number=wording.number, estimate=wording.estimate)
    environment.globals.update(
        counted=wording.counted, listed=wording.listed, date_name=date_name, period_name=period_name
    )
    environment.globals.update(gap_dates=gaps.dates, gap_expected=gaps.expected)
    template = environment.get_template("template.html.jinja")
    return template.render(
        report=report,
        about=report.about,
        corpus=report.corpus,
        title=title(report),
        file_name=file_name,
        moved=what_moved(report),
        around=around_events(report),
        shift_words=moved.mark,
        methods=methods.paragraph(report),
        references=methods.references(methods.paragraph(report)),
        panels=panels(report),
        flow=flow(report.flow),
        coverage=matrix.table(report.coverage, report.gaps),
        topics=[(topic, topic_chart(topic, report.topics), more_terms(topic)) for topic in report.topics],
        topic_years=sorted({point.start.year for topic in report.topics for point in topic.years}),
        quotations={theme.theme: [quotation(q) for q in theme.quotations] for theme in report.themes},
        queries=shown_queries(report.period),
    )


def title(report: Report) -> str:
    """`Eight themes, 2011 to 2022`"""
    if not report.corpus.documents:
        return "No documents yet"
    count = wording.counted(len(report.themes), "theme").capitalize()
    first, last = report.corpus.first, report.corpus.last
    if first is None or last is None:
        return count
    return f"{count}, {first.year}" + (f" to {last.year}" if last.year > first.year else "")


def what_moved(report: Report) -> dict[str, Any]:
    """The reading of each theme, clear movements first, on one scale."""
    found = sorted(report.themes, key=lambda theme: moved.order(theme, report.rate))
    levels = [level for t in found if t.movement for level in (t.movement.early, t.movement.late)]
    top = ticks(max((level.upper for level in levels), default=1.0), 10)[-1]
    rows = []
    for theme in found:
        verdict, numbers = moved.reading(theme, report.rate)
        apart = moved.clear(theme.movement, report.rate)
        label = f"{theme.label}: {verdict}. {numbers}"
        chart = charts.range_chart(theme.movement, apart, top, label) if theme.movement else Markup()
        if apart and theme.theme in report.curves:
            curve = report.curves[theme.theme]
            numbers += f" {curve.agree} of {len(curve.analyses)} analyses agree."
        rows.append((theme.label, verdict, numbers, apart or bool(theme.shifts["share"]), chart))
    return {
        "rows": rows,
        "curves": [
            (
                theme.label,
                report.curves[theme.theme],
                curve_chart.chart(report.curves[theme.theme], theme.label),
            )
            for theme in found
            if theme.theme in report.curves and moved.clear(theme.movement, report.rate)
        ],
        "compared": bool(levels),
        "spans": [moved.span_name(level) for level in levels[:2]],
        "top": top,
        "summary": moved.summary(found, report.rate),
    }


def around_events(report: Report) -> dict[str, Any]:
    """What is beyond chance around events, the clearest first, and what was not fitted and why."""
    tested = [effect for effect in report.effects if effect.level and effect.slope]
    q = {id(e): min(e.level[3], e.slope[3]) for e in tested if e.level and e.slope}
    clear = sorted((e for e in tested if q[id(e)] <= report.rate), key=lambda e: q[id(e)])
    fitted = {(effect.date, effect.event) for effect in tested}
    every = {(effect.date, effect.event) for effect in report.effects}
    return {
        "rows": [
            (e, effect_words(e.level, report.rate), effect_words(e.slope, report.rate)) for e in clear[:30]
        ],
        "clear": len(clear),
        "tested": len(tested),
        "events": len(every),
        "fitted": len(fitted),
    }


def effect_words(effect: tuple[float, float, float, float] | None, rate: float) -> str:
    """`12.0 points more (4.1 to 19.9)`, in brackets where that is not beyond chance."""
    if effect is None:
        return ""
    text = moved.points(*effect[:3])
    return text if effect[3] <= rate else f"[{text}]"


def panels(report: Report) -> dict[str, Any]:
    """The small multiples of each measure, every theme on the measure's shared scale."""
    found = []
    events: list[ShownEvent] = []
    shown: list[ShownGap] = []
    behind = Markup()
    for measure in MEASURES:
        drawn = [of[measure] for theme in report.themes for of in (theme.series, theme.corrected)]
        axes = frame(drawn, report.thickness, report.period)
        if axes is None:
            continue
        events = events_within(report.events, axes)
        shown = gaps.shown(report.gaps, axes)
        behind = gaps.bands(shown, report.thickness, axes) + gaps.marks(shown, axes)
        multiples = []
        for theme in report.themes:
            points, fixed, shifts = theme.series[measure], theme.fixed[measure], theme.shifts[measure]
            by_codes = theme.corrected[measure]
            label = _described(theme, measure, report.period) + gaps.described(shown)
            chart = charts.trend_chart(points, axes, events, label, behind, fixed, shifts, by_codes)
            multiples.append(Multiple(theme, points, by_codes, shifts, chart, measure))
        label = f"Documents by {report.period}; the numbers are in the tables of the themes."
        label += gaps.described(shown)
        columns = charts.documents_chart(report.thickness, axes, events, label, behind)
        found.append({"measure": measure, "multiples": multiples, "documents": columns})
    marked = any(theme.shifts[measure] for theme in report.themes for measure in MEASURES)
    return {
        "measures": found,
        "events": events,
        "gaps": shown,
        "hatched": '"gap"' in behind,
        "shifts": marked,
        "corrected": any(theme.corrected[measure] for theme in report.themes for measure in MEASURES),
    }


def _described(theme: ShownTheme, measure: str, period: str) -> str:
    label = wording.describe(f"{theme.label}, {measure}", theme.series[measure], period)
    label += corrected.described(theme.corrected[measure], period)
    return label + "".join(f" Change: {moved.mark(shift)}" for shift in theme.shifts[measure])


def topic_chart(topic: Topic, topics: Sequence[Topic]) -> Markup:
    """A topic's sparkline over the years that any topic has."""
    years = [point.start.year for other in topics for point in other.years]
    if not topic.years:
        return Markup()
    return charts.sparkline(
        topic.years, (min(years), max(years)), wording.describe(topic.label, topic.years, "year")
    )


def more_terms(topic: Topic) -> str:
    """The topic's terms, without those that its label already gives."""
    count = len(topic.terms)
    named = (n for n in range(count, 0, -1) if ", ".join(topic.terms[:n]) == topic.label)
    return ", ".join(topic.terms[next(named, 0) :])


def quotation(found: ShownQuotation) -> dict[str, Any]:
    """A quotation trimmed, marked and linked."""
    shown = quoting.trim(found.text, found.phrases)
    return {
        "from": found,
        "text": quoting.mark(shown, found.phrases),
        "link": quoting.link(found.url, shown),
        "date": date_name(found.published, found.precision),
    }


def shown_queries(period: str) -> list[tuple[str, str, str]]:
    """Section, title and SQL of each figure, with its parameters filled in."""
    share = {"measure": "share", "period": period, "estimate": "crude"}
    mention = share | {"measure": "mention"}
    figures: tuple[tuple[str, str, str, Mapping[str, str]], ...] = (
        ("corpus", "Documents and dates", "corpus", {}),
        ("moved", "What moved", "movements", {}),
        ("robustness", "How robust what moved is", "specifications", {}),
        ("shifts", "Change points", "change_points", {}),
        ("effects", "Around policy events", "effects", {}),
        ("fixed", "Themes at a fixed mix of sources", "theme_trend", share | {"estimate": "standardised"}),
        ("corrected", "Themes corrected by people’s codes", "theme_trend", share | {"estimate": "corrected"}),
        ("corrections", "What people’s codes say of the machine", "corrections", {}),
        ("themes", "Themes over time, share", "theme_trend", share),
        ("themes-mention", "Themes over time, mention", "theme_trend", mention),
        ("documents", "Documents behind each point", "periods", {}),
        ("events", "Policy events", "events", {}),
        ("flow", "Document flow", "flow", {}),
        ("coverage", "Coverage", "coverage", {}),
        ("gaps", "Gaps and breaks", "gaps", {}),
        ("topics", "Topics", "topics", {}),
        ("topic-trend", "Topics, yearly share", "topic_trend", {}),
        ("quotations", "Quotations", "quotations", {}),
        ("coding", "What codes each theme", "theme_models", {}),
        ("methods", "Numbers of the methods paragraph", "counts", {}),
    )
    found = []
    for key, name, query, parameters in figures:
        sql = store.queries("report")[query]
        for parameter, value in parameters.items():
            sql = sql.replace(f"${parameter}", f"'{value}'")
        found.append((key, name, sql))
    return found
