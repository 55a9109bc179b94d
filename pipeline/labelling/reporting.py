"""What a person asks of a sample: how far coding is, and how well people and machine agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from pipeline import store
from pipeline.config import Config
from pipeline.labelling import codes as coding
from pipeline.labelling import codings, samples
from pipeline.labelling.codes import Code
from pipeline.labelling.judgement import Agreement, Judgement, Material, Said, Validation
from pipeline.labelling.judging import judge
from pipeline.labelling.outlook import Outlook, Published, as_lines, outlook
from pipeline.labelling.samples import Drawn, Sample
from pipeline.records import counted, short_id
from pipeline.store import Connection
from pipeline.trends.resampling import Bootstrap
from pipeline.trends.surer import Said as Who
from pipeline.trends.surer import split_in_time

OF_NOTE = 0.05
"""A larger share of the passages that can't be drawn is told of."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A sample's state. `coded` counts, per coder, the passages of which every theme is coded."""

    sample_id: str
    drawn_at: str
    unit: str
    themes: Sequence[str]
    passages: int
    evaluate: int
    coded: Mapping[str, int]
    agreement: Sequence[Agreement]
    validation: Sequence[Validation]
    remarks: Sequence[str]
    outlook: Sequence[Outlook] = ()
    purpose: str = samples.ESTIMATE


def report(config: Config, sample_id: str | None) -> list[Reported]:
    """Judge one sample, or all, by the archive as it is now and the machine's codes in the published file.

    Raises InputError where there is no such sample, or none; StoreError where nothing is published.
    """
    names = [sample_id] if sample_id else samples.known(config.archive) or [""]
    return [_report(config, samples.load(config.archive, name)) for name in names]


def as_text(found: Sequence[Reported]) -> str:
    """Reports for a person."""
    return "\n\n".join("\n".join(_lines(one)) for one in found)


def _report(config: Config, sample: Sample) -> Reported:
    coded = coding.read(config.archive, sample.sample_id)
    bootstrap = Bootstrap(config.trend.resamples, config.trend.seed, config.trend.level)
    found: Judgement = judge(_material(config, sample, coded), config.label.fewest, bootstrap)
    with store.open_published(store.published_file(config)) as connection:
        remarks = [
            *found.remarks,
            *_elsewhere(config, connection, sample),
            *_as_published(connection, sample),
        ]
        years = _years(connection)
    estimates = sample.purpose == samples.ESTIMATE
    away, whole = sample.frame.get("kept_for_training", 0), sample.frame.get("passages", 0)
    if away > OF_NOTE * (away + whole):
        remarks.append(
            f"{away} passages could not be drawn, since they are learnt from: figures leave them out"
        )
    return Reported(
        sample.sample_id, sample.drawn_at, sample.unit, sample.themes, len(sample.passages),
        sum(drawn.part == "evaluate" for drawn in sample.passages), _progress(sample, coded),
        found.agreement, found.validation, [*remarks, *coding.told(coded)],
        list(outlook(found.validation, years, config.label.fewest)) if estimates else (),
        sample.purpose,
    )  # fmt: skip


def _elsewhere(config: Config, connection: Connection, sample: Sample) -> Iterator[str]:
    """Remarks on coders, samples and codebooks that hardly share a year, over all samples of a theme."""
    if len(samples.known(config.archive)) < 2:
        return
    years = dict(connection.execute(store.queries("label")["years"]).fetchall())
    said: dict[str, list[tuple[Code, Drawn, str]]] = defaultdict(list)
    for name in samples.known(config.archive):
        other = samples.load(config.archive, name)
        drawn = {one.passage_id: one for one in other.passages if one.part == "evaluate"}
        for code in coding.read(config.archive, name).codes:
            if code.passage_id in drawn and code.passage_id in years and code.present is not None:
                said[code.theme].append((code, drawn[code.passage_id], name))
    told: dict[str, list[str]] = defaultdict(list)
    for theme in sample.themes:
        own = said[theme]
        if len({name for *_, name in own}) > 1:
            for what, at in (
                ("the coders", "coder"),
                ("the samples", ""),
                ("the versions of the codebook", "codebook"),
            ):
                rows = [
                    Who(getattr(code, at) if at else name, one.document_id, years[code.passage_id])
                    for code, one, name in own
                ]
                for remark in split_in_time(what, rows):
                    told[remark].append(theme)
    for remark, themes in told.items():
        yield f"of all samples on {', '.join(themes)}, {remark}"


def _as_published(connection: Connection, sample: Sample) -> Iterator[str]:
    """What stands beside the corrected trends."""
    rows = connection.execute(store.queries("label")["remarks"], [list(sample.themes)]).fetchall()
    for theme, measures, remark in rows:
        yield f"the corrected trend of {theme} ({measures}), as it is published: {remark}"


def _years(connection: Connection) -> dict[str, Published]:
    rows = connection.execute(store.queries("label")["corrected_years"]).fetchall()
    return {theme: Published(*of) for theme, *of in rows}


def _material(config: Config, sample: Sample, coded: coding.Coded) -> Material:
    named = store.queries("label")
    ids = [drawn.passage_id for drawn in sample.passages]
    with store.open_published(store.published_file(config)) as connection:
        rows = connection.execute(named["texts"], [ids]).fetchall()
        machine = frozenset((p, t) for p, t in connection.execute(named["coded"], [ids]).fetchall())
    said = [Said(c.passage_id, c.text_hash, c.theme, c.coder, c.present, c.codebook) for c in coded.codes]
    drawn = {passage.passage_id: passage for passage in sample.passages}
    texts = {row[0]: short_id(row[1]) for row in rows}
    years = {row[0]: row[4].year for row in rows if row[4]}
    return Material(sample.sample_id, drawn, said, machine, texts, _others(config, sample), years)


def _others(config: Config, sample: Sample) -> dict[str, dict[tuple[str, str], float]]:
    """coder -> (passage, theme) -> what another program said of the passages of the sample."""
    by_hash: dict[str, list[str]] = defaultdict(list)
    for drawn in sample.passages:
        by_hash[drawn.text_hash].append(drawn.passage_id)
    found: dict[str, dict[tuple[str, str], float]] = {}
    for coder in codings.known(config.archive):
        said: dict[tuple[str, str], list[float]] = defaultdict(list)
        for one in codings.read(config.archive, coder).values():
            of = by_hash.get(one.text_hash, ()) if one.text_hash else (one.passage_id,)
            for passage in of:
                said[passage, one.theme].append(one.score)
        found[coder] = {key: sum(scores) / len(scores) for key, scores in said.items()}
    return found


def _progress(sample: Sample, coded: coding.Coded) -> dict[str, int]:
    def whole(coder: str) -> int:
        own = coded.of(coder)
        return sum(all((d.passage_id, theme) in own for theme in sample.themes) for d in sample.passages)

    return {coder: whole(coder) for coder in coded.coders}


def _lines(one: Reported) -> Iterator[str]:
    drawn = one.drawn_at[:10] or "at an unknown time"
    yield (
        f"{one.sample_id}: {one.passages} passages ({one.evaluate} to evaluate), drawn {drawn}, "
        f"by {one.unit}, {counted(len(one.themes), 'theme')}"
        + (", chosen for training: it says nothing of the corpus" if one.purpose == samples.TRAINING else "")
    )
    for coder, number in one.coded.items():
        yield f"  {coder:<22} {number:>4} of {one.passages} coded"
    if not one.coded:
        yield f"  nobody has coded yet: themeshift label serve {one.sample_id} --coder NAME"
    if one.agreement:
        yield from ("", "Agreement of coders")
        yield from _agreement(one.agreement)
    if one.validation:
        yield from ("", "The machine against people: evaluation part, weighted to all that counts in trends")
        yield from _validation(one.validation)
    rows: list[Agreement | Validation] = [*one.agreement, *one.validation]
    if one.outlook:
        yield ""
        yield from as_lines(one.outlook)
    if any(row.value is None for row in rows):
        yield "\n-  rests on too few passages, or isn't defined: --json says which"
    if any(row.note and row.value is not None for row in rows):
        yield "*  to be minded: --json says what; of a rare theme alpha and kappa tell little"
    for remark in one.remarks:
        yield f"\nMind: {remark}"


def _agreement(rows: Sequence[Agreement]) -> Iterator[str]:
    yield _line("", "", "alpha or kappa", "positive", "negative", "n", "yes")
    for (theme, a, b), own in groupby(rows, key=lambda row: (row.theme, row.coder_a, row.coder_b)):
        found = {row.measure: row for row in own}
        first = next(iter(found.values()))
        cells = [_cell(found.get(key)) for key in ("positive", "negative")]
        whole = _cell(found.get("alpha") or found.get("kappa"))
        share = "" if first.prevalence is None else f"{first.prevalence:.0%}"
        who = "all" if a is None else f"{a}, {b}"
        yield _line(theme if a is None else "", who, whole, *cells, str(first.passages), share)


def _validation(rows: Sequence[Validation]) -> Iterator[str]:
    measures = ("precision", "recall", "f1", "prevalence")
    yield _line("", *measures, "n", "yes: machine, people, both")
    for (theme, coder), own in groupby(rows, key=lambda row: (row.theme, row.coder)):
        found = {row.measure: row for row in own}
        first = next(iter(found.values()))
        counts = f"{first.machine}, {first.people:g}, {first.agreed:g}"
        yield _line(
            theme if coder is None else f"  by {coder}",
            *(_cell(found[key]) for key in measures),
            str(first.passages),
            counts,
        )


def _line(theme: str, *cells: str) -> str:
    return f"  {theme:<22} " + "".join(f"{cell:<19}" for cell in cells[:-2]) + f"{cells[-2]:>4}  {cells[-1]}"


def _cell(row: Agreement | Validation | None) -> str:
    if row is None:
        return ""
    if row.value is None:
        return "-"
    between = "" if row.lower is None or row.upper is None else f" {row.lower:.2f}-{row.upper:.2f}"
    return f"{row.value:.2f}{between}{' *' if row.note else ''}"
