"""code_sample, human_code, imported_code, document, passage, passage_theme, theme_model -> agreement,
validation.

How well coders agree with one another, and the machine with them on the part kept for evaluation; and how
well the machine codes the reference set that it learnt from, each author's passages by the others'.

When: fingerprint: samples, codes, the machine's coding of what was drawn, settings under `[label]`, rules
(docs/labelling.md).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, astuple, fields
from typing import Any

from pipeline import store
from pipeline.config import Config
from pipeline.fingerprints import rules
from pipeline.labelling.judgement import Agreement, Judgement, Material, Said, Validation
from pipeline.labelling.judging import judge, of_reference
from pipeline.labelling.samples import Drawn
from pipeline.progress import Tell
from pipeline.records import short_id
from pipeline.store import Connection
from pipeline.themes.model import Validity
from pipeline.trends.resampling import Bootstrap


def run(connection: Connection, config: Config, tell: Tell) -> int:
    """Judge every sample anew, unless nothing has changed that they rest on. Returns rows."""
    named = store.queries("validate")
    settings = [asdict(config.label), config.trend.resamples, config.trend.seed, config.trend.level]
    fingerprint = short_id(
        *(str(store.value(connection, named[name])) for name in ("state", "reference_state", "others_state")),
        json.dumps(settings),
        rules(__name__),
    )
    if store.unchanged(connection, "validate", fingerprint):
        return 0
    connection.execute("DELETE FROM agreement")
    connection.execute("DELETE FROM validation")
    count = _store(connection, Judgement([], list(_on_reference(connection, config)), []))
    samples = [name for (name,) in connection.execute(named["samples"]).fetchall()]
    for done, sample_id in enumerate(samples, 1):
        found = judge(material(connection, sample_id), config.label.fewest, bootstrap(config))
        count += _store(connection, found)
        for remark in found.remarks:
            tell.warn(f"sample {sample_id}: {remark}")
        tell.steps(done, len(samples))
    store.mark(connection, "validate", fingerprint)
    return count


def _on_reference(connection: Connection, config: Config) -> Iterator[Validation]:
    rows = connection.execute(store.queries("validate")["reference"]).fetchall()
    return of_reference([(theme, Validity(*told)) for theme, *told in rows], config.trend.level)


def material(connection: Connection, sample_id: str) -> Material:
    """A sample with all that it is judged by, from the working database."""

    def rows(name: str) -> list[tuple[Any, ...]]:
        return connection.execute(store.queries("validate")[name], [sample_id]).fetchall()

    drawn = {row[0]: Drawn(*row) for row in rows("drawn")}
    said = [Said(*row) for row in rows("said")]
    machine = frozenset((passage, theme) for passage, theme in rows("machine"))
    others: dict[str, dict[tuple[str, str], float]] = {}
    for coder, passage, theme, score in rows("others"):
        others.setdefault(coder, {})[passage, theme] = score
    return Material(sample_id, drawn, said, machine, dict(rows("current")), others, dict(rows("years")))


def bootstrap(config: Config) -> Bootstrap:
    """Resampled as trends are."""
    return Bootstrap(config.trend.resamples, config.trend.seed, config.trend.level)


def _store(connection: Connection, found: Judgement) -> int:
    count = 0
    for table, kind, rows in (
        ("agreement", Agreement, found.agreement),
        ("validation", Validation, found.validation),
    ):
        columns = [item.name for item in fields(kind)]
        count += store.insert(connection, table, columns, [astuple(row) for row in rows])
    return count
