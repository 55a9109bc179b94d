"""The methods paragraph: what this run did, in the words of a paper, from its own manifest."""

from __future__ import annotations

import tomllib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from pipeline.publishing.report.content import Corpus, Report
from pipeline.publishing.report.periods import date_name
from pipeline.publishing.report.wording import counted, number

HERE = Path(__file__).parent


def paragraph(report: Report) -> str:
    """The methods of this run; only what was done."""
    environment = Environment(  # noqa: S701 - plain text, which the page escapes
        loader=FileSystemLoader(HERE), trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(number=number)
    settings = report.about.settings
    text = environment.get_template("methods.txt.jinja").render(
        report=report,
        about=report.about,
        counts=report.counts,
        settings=settings,
        level=f"{100 * settings.get('trend', {}).get('level', 0.95):g}%",
        when=_when(report.corpus),
        counted=counted,
    )
    return " ".join(text.split())


def references(text: str) -> list[str]:
    """The works that a paragraph names."""
    works = tomllib.loads((HERE / "references.toml").read_text(encoding="utf-8"))
    return [work for name, work in works.items() if name in text]


def _when(corpus: Corpus) -> str:
    if not (corpus.first and corpus.last):
        return ""
    first = date_name(corpus.first, corpus.first_precision)
    last = date_name(corpus.last, corpus.last_precision)
    return f", published from {first} to {last}" if first != last else f", published {first}"
