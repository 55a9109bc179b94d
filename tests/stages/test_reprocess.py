"""Readers change: the archive is read anew, and before anything is published one sees what that would do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline import flow, store
from pipeline.archive import importing
from pipeline.config import Config
from pipeline.errors import InputError
from pipeline.progress import Tell
from pipeline.publishing import impact
from pipeline.readers import explain
from tests.conftest import build_all, sample_rows

Write = Callable[..., Path]


def reprocess(config: Config) -> dict[str, int]:
    return {run.stage: run.rows for run in flow.reprocess(config, Tell(quiet=True))}


def stricter(config: Config) -> Config:
    """The same, but a text must have 27 words: some of the subjects are shorter."""
    return replace(config, read=replace(config.read, min_words=27))


# --- impact ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("every_thread")
def test_reading_anew_without_a_change_changes_nothing(corpus: Config, tell: Tell) -> None:
    before = build_all(corpus)
    assert reprocess(corpus)["read"] == before["read"]
    assert impact.impact(corpus, tell).none


def test_a_stricter_reader_shows_what_it_costs(built: Config, tell: Tell) -> None:
    corpus = replace(built, trend=replace(built.trend, floor=1))
    build_all(corpus)
    reprocess(stricter(corpus))
    found = impact.impact(stricter(corpus), tell)
    assert found.documents[:2] == (16, 16 - len(found.gone))
    assert {row[-1] for row in found.gone} == {"too-short"}
    assert found.outcomes == [("document", "too-short", len(found.gone))]
    assert ("document", 16, 16 - len(found.gone)) in found.flow
    assert found.moved[1] > 0
    text = impact.as_text(found)
    assert f"No longer documents: {len(found.gone)}" in text
    assert "| conflict-of-interest |" in text


def test_a_change_of_readers_is_taken_in_by_the_next_build(built: Config) -> None:
    done = build_all(stricter(built))
    assert done["read"] == 16
    with store.open_published(store.published_file(built)) as connection:
        ((documents,),) = connection.execute("SELECT count(*) FROM document").fetchall()
    assert 0 < documents < 16


def test_a_changed_field_and_a_changed_text_are_told(built: Config, tell: Tell) -> None:
    with store.open_working(built) as connection:
        connection.execute("UPDATE document SET title = 'Another' WHERE title = 'Title 2013 0'")
        connection.execute(
            "UPDATE document SET text = text || chr(10) || chr(10) || 'One more.' "
            "WHERE title = 'Title 2014 1'"
        )
    found = impact.impact(built, tell)
    assert [row[2:] for row in found.fields["title"]] == [("Title 2013 0", "Another")]
    assert [row[-1] for row in found.texts] == [["+ One more."]]
    assert "+ One more." in impact.as_text(found)


def test_what_is_published_stays_as_it_was(built: Config) -> None:
    file = store.published_file(built)
    before = file.read_bytes()
    reprocess(stricter(built))
    impact.impact(stricter(built), Tell(quiet=True))
    assert file.read_bytes() == before
    assert [p.name for p in built.working.iterdir() if p.name.startswith("impact")] == []


def test_without_a_published_file_there_is_nothing_to_compare(corpus: Config, tell: Tell) -> None:
    with pytest.raises(InputError, match="nothing was published"):
        impact.impact(corpus, tell)


def test_an_interrupted_reprocessing_goes_on_where_it_stood(built: Config, tell: Tell) -> None:
    for run in flow.reprocess(built, tell):
        if run.stage == "read":
            break
    done = reprocess(built)
    assert done["read"] == 0
    assert done["passages"] > 0
    assert reprocess(built)["read"] == 16  # that one was done: the next begins anew


# --- one reading -----------------------------------------------------------------------------------------


def test_a_file_is_shown_with_where_each_field_came_from(config: Config, tmp_path: Path) -> None:
    page = tmp_path / "www.bmj.com" / "content" / "346" / "bmj.f1.html"
    page.parent.mkdir(parents=True)
    words = "Commissioners met in the town hall and argued at length about who should pay for the clinics. "
    page.write_text(
        "<html lang='en'><head><meta name='citation_title' content='A hall'></head>"
        f"<body><article><p>{words * 3}</p></article></body></html>"
    )
    shown = explain.show(str(page), config)
    assert shown.outcome == "document"
    assert (shown.fields["title"], shown.origins["title"]) == ("A hall", "citation_title")
    assert shown.fields["source"] == "bmj"
    assert "title      A hall   <- citation_title" in explain.as_text(shown).splitlines()


def test_an_address_shows_its_latest_capture_and_names_the_others(
    config: Config, tell: Tell, write_rows: Write
) -> None:
    row = sample_rows()[0]
    for text in (row["text"], row["text"] + " And more."):
        importing.import_paths([write_rows([{**row, "text": text}])], config, tell)
    shown = explain.show(row["url"], config)
    assert shown.fields["text"].endswith("And more.")
    (other,) = shown.others
    assert not explain.show(other[:8], config).fields["text"].endswith("And more.")


def test_a_capture_without_a_document_says_why(config: Config, tell: Tell, write_rows: Write) -> None:
    row: dict[str, Any] = {**sample_rows()[0], "text": "Far too short."}
    importing.import_paths([write_rows([row])], config, tell)
    shown = explain.show(row["url"], config)
    assert (shown.outcome, shown.fields) == ("too-short", {})
    assert "outcome    too-short: 3 words" in explain.as_text(shown)


def test_what_is_nowhere_is_an_error(config: Config) -> None:
    with pytest.raises(InputError, match="neither a file, nor a capture or an address"):
        explain.show("https://www.bmj.com/nowhere", config)
