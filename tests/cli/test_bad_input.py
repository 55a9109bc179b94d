"""Corpora that hold too little: each command gives a clear answer, and no line is made up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline import flow, store
from pipeline.archive import importing
from pipeline.asking import evidence, status
from pipeline.config import Config
from pipeline.errors import InputError
from pipeline.progress import Tell
from pipeline.publishing import report
from pipeline.publishing.snapshot import publish
from tests.conftest import sample_rows
from tests.stages.test_build import ask

Write = Callable[..., Path]
Rows = list[dict[str, Any]]


@pytest.fixture
def made(config: Config, tell: Tell, write_rows: Write) -> Callable[[Rows], str]:
    """Imports, builds, publishes and reports; returns the report and keeps the warnings in `tell`."""

    def make(rows: Rows) -> str:
        if rows:
            importing.import_paths([write_rows(rows)], config, tell)
        list(flow.build(config, tell))
        publish(config, tell)
        page = report.build(store.published_file(config), config.published / "report")
        assert status.as_text(status.status(config))
        return page.read_text(encoding="utf-8")

    return make


def dated(date: str | None, count: int = 8) -> Rows:
    """Sample documents, all of one date, or of none."""
    rows = [{key: value for key, value in row.items() if key != "date"} for row in sample_rows()[:count]]
    return [row | {"date": date} for row in rows] if date else rows


def test_an_empty_corpus(made: Callable[[Rows], str], config: Config) -> None:
    assert "No documents yet" in made([])
    assert ask(config, "SELECT count(*) FROM theme_trend") == [(0,)]
    with pytest.raises(InputError, match="no document counts in trends"):
        evidence.find(config, "centralisation", None, "2015", None, 5)


def test_one_document_is_a_thin_point_and_no_test(made: Callable[[Rows], str], config: Config) -> None:
    made(dated("2015-03-02", count=1))
    assert ask(config, "SELECT DISTINCT documents, thin FROM theme_trend") == [(1.0, True)]
    assert ask(config, "SELECT count(*) FROM topic") == [(0,)]
    assert ask(config, "SELECT count(*) FROM change_point") == [(0,)]
    assert ask(config, "SELECT count(*) FROM shift_test WHERE reason IS NULL") == [(0,)]


def test_one_period_has_a_level_and_nothing_to_compare_it_with(
    made: Callable[[Rows], str], config: Config
) -> None:
    made(dated("2015-03-02"))
    periods = "SELECT DISTINCT period_start FROM theme_trend WHERE period = 'quarter'"
    assert len(ask(config, periods)) == 1
    assert ask(config, "SELECT count(*) FROM trend_change") == [(0,)]
    assert ask(config, "SELECT DISTINCT reason IS NULL FROM shift_test") == [(False,)]


def test_documents_without_any_date_make_no_trend_and_the_build_says_why(
    made: Callable[[Rows], str], config: Config, tell: Tell
) -> None:
    made(dated(None))
    assert ask(config, "SELECT count(*) FROM theme_trend") == [(0,)]
    assert any("of 8 documents in scope 8 have no date" in warning for warning in tell.warnings)


def test_documents_dated_to_a_year_count_a_quarter_in_each_quarter_of_it(
    made: Callable[[Rows], str], config: Config
) -> None:
    page = made(dated("2015"))
    quarters = "SELECT DISTINCT documents FROM theme_trend WHERE period = 'quarter' AND estimate = 'crude'"
    assert ask(config, f"{quarters} AND source IS NULL") == [(2.0,)]
    assert "counts in equal parts" in page
