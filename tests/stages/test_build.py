"""The stages, from an archive to a published file: incremental, repeatable, accounted for."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline import flow, store
from pipeline.archive import importing
from pipeline.config import Config
from pipeline.errors import PublishError, StoreError
from pipeline.progress import Tell
from pipeline.publishing.snapshot import publish
from pipeline.stages.tally import check_sums
from tests.conftest import build_all, sample_rows

Write = Callable[..., Path]


def tables(path: Path, leave: tuple[str, ...] = ()) -> dict[str, list[Any]]:
    """Every table's rows; `about` without the time it was built."""
    with duckdb.connect(path, read_only=True) as connection:
        names = [
            n
            for (n,) in connection.execute(
                "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main'"
            ).fetchall()
        ]
        return {
            name: connection.execute(
                f"SELECT * EXCLUDE (built_at) FROM {name}" if name == "about" else f"FROM {name}"
            ).fetchall()
            for name in names
            if name not in leave
        }


def ask(config: Config, sql: str) -> list[Any]:
    with store.open_published(store.published_file(config)) as connection:
        return connection.execute(sql).fetchall()


def test_themes_are_found_where_they_were_written(sixteen: Config) -> None:
    coded = ask(
        sixteen,
        """SELECT DISTINCT theme, right(title, 1) AS subject FROM passage_theme
           JOIN passage USING (passage_id) JOIN document USING (document_id)
           WHERE coded ORDER BY subject, theme""",
    )
    assert coded == [("fragmentation", "0"), ("conflict-of-interest", "1"), ("integration", "2")]


def test_a_quotation_leads_to_its_document_capture_and_bytes(sixteen: Config) -> None:
    (row,) = ask(
        sixteen,
        """SELECT text[p.start_char + 1 : p.end_char], p.text, c.warc_file, c.warc_offset
           FROM (SELECT * FROM passage_theme WHERE theme = 'fragmentation' AND coded
                 ORDER BY score DESC, passage_id LIMIT 1)
           JOIN passage AS p USING (passage_id) JOIN document AS d USING (document_id)
           JOIN capture AS c USING (capture_id)""".replace("SELECT text[", "SELECT d.text["),
    )
    assert row[0] == row[1]
    assert (sixteen.archive / row[2]).stat().st_size > row[3]


@pytest.mark.usefixtures("every_thread")
def test_building_again_does_nothing_and_changes_no_table(built: Config) -> None:
    before = tables(store.published_file(built))
    again = build_all(built)
    assert {stage: rows for stage, rows in again.items() if stage != "tally"} == {
        stage: 0 for stage in flow.NAMES if stage != "tally"
    }
    assert tables(store.published_file(built)) == before


@pytest.mark.usefixtures("every_thread")
def test_two_rebuilds_from_one_archive_publish_equal_tables(built: Config, tmp_path: Path) -> None:
    other = replace(built, data=tmp_path / "elsewhere")
    shutil.copytree(built.archive, other.archive)
    build_all(other)
    assert tables(store.published_file(other)) == tables(store.published_file(built))


@pytest.mark.slow
@pytest.mark.usefixtures("every_thread")
def test_growing_step_by_step_ends_where_building_at_once_does(
    config: Config, tell: Tell, write_rows: Write, tmp_path: Path
) -> None:
    rows = sample_rows()
    importing.import_paths([write_rows(rows[:7], "a.jsonl")], config, tell)
    build_all(config)
    importing.import_paths([write_rows(rows[7:], "b.jsonl")], config, tell)
    build_all(config)
    other = replace(config, data=tmp_path / "at once")
    shutil.copytree(config.archive, other.archive)
    build_all(other)
    assert tables(store.published_file(config)) == tables(store.published_file(other))


@pytest.mark.slow
def test_a_corrected_page_becomes_a_new_version_and_replaces_its_passages(
    config: Config, tell: Tell, write_rows: Write
) -> None:
    row = sample_rows()[0]
    importing.import_paths([write_rows([row])], config, tell)
    build_all(config)
    corrected = {**row, "text": row["text"].replace("fragmented", "whole and undivided")}
    importing.import_paths([write_rows([corrected])], config, tell)
    build_all(config)
    assert ask(config, "SELECT version FROM document_version ORDER BY 1") == [(1,), (2,)]
    ((text,),) = ask(config, "SELECT text FROM passage")
    assert text == corrected["text"]


@pytest.mark.slow
def test_copies_with_one_doi_or_one_text_are_counted_once(
    config: Config, tell: Tell, write_rows: Write
) -> None:
    first, second, third = sample_rows()[:3]
    second["text"] += " There was more to be said, and it was said at length by several of those present."
    copies = [
        {**first, "doi": "10.1136/x"},
        {**second, "doi": "10.1136/X", "access": "excerpt"},
        {**third, "text": second["text"]},
    ]
    importing.import_paths([write_rows(copies)], config, tell)
    build_all(config)
    assert ask(
        config, "SELECT count(*), count(duplicate_of), count(DISTINCT duplicate_of) FROM document"
    ) == [(3, 2, 1)]
    # The fullest access leads, then the longer text.
    assert ask(config, "SELECT url FROM document WHERE duplicate_of IS NULL") == [(third["url"],)]
    assert ask(config, "SELECT documents FROM flow WHERE step = 'in trends'") == [(1,)]


@pytest.mark.slow
def test_every_url_ends_in_one_outcome_and_the_counts_add_up(
    config: Config, tell: Tell, tmp_path: Path, write_rows: Write
) -> None:
    pages = tmp_path / "www.example.org"
    pages.mkdir()
    (pages / "empty.html").write_text("")
    (pages / "broken.pdf").write_bytes(b"%PDF-1.7 and then nothing")
    (pages / "bytes.txt").write_bytes(b"\xff\xfe\x00")
    rows = [
        *sample_rows(),
        {"url": "https://x.org/undated", "title": "t", "text": sample_rows()[3]["text"] + " More."},
    ]
    importing.import_paths(
        [write_rows([*rows, {"url": "https://x.org/no"} | {"text": ""}]), pages], config, tell
    )
    build_all(config)
    steps = dict(ask(config, "SELECT step, sum(documents)::INT FROM flow GROUP BY step"))
    assert (steps["found"], steps["set aside"], steps["not in trends"], steps["in trends"]) == (21, 4, 1, 16)
    check_sums(steps)
    reasons = dict(
        ask(config, "SELECT reason, sum(documents)::INT FROM flow WHERE step = 'set aside' GROUP BY 1")
    )
    assert reasons["broken-pdf"] == 1
    assert ask(config, "SELECT detail IS NOT NULL FROM capture WHERE outcome = 'broken-pdf'") == [(True,)]
    assert set(reasons) <= {"empty", "broken-pdf", "broken-record", "too-short", "unsupported"}


def test_a_flow_that_does_not_add_up_is_never_published() -> None:
    with pytest.raises(StoreError, match="found 3 is not refused 1 \\+ captured 1"):
        check_sums({"found": 3, "refused": 1, "captured": 1})


@pytest.mark.slow
def test_a_source_nobody_declared_goes_by_the_name_its_records_give(
    config: Config, tell: Tell, write_rows: Write
) -> None:
    importing.import_paths(
        [write_rows([{**sample_rows()[0], "url": "", "source": "Written Answers (Health)"}])], config, tell
    )
    for _ in range(2):
        build_all(config)
        found = ask(config, "SELECT source, name FROM source WHERE kind = 'data'")
        assert found == [("written-answers-health", "Written Answers (Health)")]


def test_an_empty_archive_gives_empty_tables(config: Config) -> None:
    config.archive.mkdir(parents=True)
    build_all(config)
    assert ask(config, "SELECT count(*) FROM document") == [(0,)]
    assert ask(config, "SELECT count(*) FROM theme_trend") == [(0,)]


def test_passages_can_be_searched_by_their_words(sixteen: Config) -> None:
    with store.open_published(store.published_file(sixteen), search=True) as connection:
        best = store.value(
            connection,
            "SELECT text FROM passage "
            "ORDER BY fts_main_passage.match_bm25(passage_id, 'lay member chair') DESC LIMIT 1",
        )
    assert "a lay member took the chair" in best


def test_publishing_before_building_says_what_to_do(config: Config, tell: Tell) -> None:
    with pytest.raises(PublishError, match="run `themeshift build` first"):
        publish(config, tell)


def test_the_published_file_is_read_only_and_a_stale_log_is_removed(built: Config, tell: Tell) -> None:
    path = store.published_file(built)
    stale = path.with_name(path.name + ".wal")
    stale.write_bytes(b"left behind")
    publish(built, tell)
    assert stat.S_IMODE(path.stat().st_mode) == 0o444
    assert not stale.exists()
    assert ask(built, "SELECT count(*) FROM document") == [(16,)]


def test_a_client_that_holds_the_old_file_keeps_its_snapshot(
    built: Config, tell: Tell, write_rows: Write
) -> None:
    with store.open_published(store.published_file(built)) as client:
        importing.import_paths(
            [write_rows([{"url": "https://x.org/1", "text": "new words " * 20}])], built, tell
        )
        build_all(built)
        assert client.execute("SELECT count(*) FROM document").fetchone() == (16,)
    assert ask(built, "SELECT count(*) FROM document") == [(17,)]


CLIENT = """
import duckdb, sys
seen = 0
while not sys.stdin.closed:
    with duckdb.connect(sys.argv[1], read_only=True) as c:
        documents = c.execute("SELECT count(*) FROM document").fetchone()
        tables = c.execute("SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'main'").fetchone()
        assert (documents, tables) == ((16,), (int(sys.argv[2]),)), (documents, tables)
        assert c.execute("SELECT count(*) FROM about").fetchone() == (1,)
    seen += 1
    print(seen, flush=True)
"""


def test_a_client_reading_in_a_loop_never_meets_a_half_built_file(built: Config, tell: Tell) -> None:
    path = store.published_file(built)
    client = subprocess.Popen(
        [sys.executable, "-c", CLIENT, str(path), str(len(tables(path)))],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert client.stdout is not None
    client.stdout.readline()
    lines: list[str] = []
    reader = threading.Thread(target=lambda: lines.extend(client.stdout or []))
    reader.start()
    for _ in range(20):
        publish(built, tell)
    assert client.poll() is None, client.communicate()[1]
    client.terminate()
    reader.join(timeout=10)
    client.communicate()
    assert len(lines) > 5


def test_a_snapshot_that_fails_its_checks_leaves_the_published_file_as_it_was(
    built: Config, tell: Tell
) -> None:
    before = store.published_file(built).read_bytes()
    with store.open_working(built) as connection:
        connection.execute("UPDATE passage SET text = 'not what the document says'")
    with pytest.raises(PublishError, match="a passage is a stretch of its document"):
        publish(built, tell)
    assert store.published_file(built).read_bytes() == before
    assert sorted(p.name for p in built.published.iterdir()) == [
        "themeshift.duckdb",
        "themeshift.manifest.json",
    ]


def test_a_killed_publish_leaves_no_draft_behind_after_the_next(built: Config, tell: Tell) -> None:
    dead = built.published / ".themeshift.duckdb.999999999"
    dead.write_bytes(b"half a file")
    publish(built, tell)
    assert not dead.exists()


def test_a_second_run_is_told_that_the_first_has_the_database(corpus: Config) -> None:
    holder = f"""
import sys
from pathlib import Path
from pipeline import config, store
with store.open_working(config.load({str(corpus.data)!r})):
    print("open", flush=True)
    sys.stdin.read()
"""
    process = subprocess.Popen(
        [sys.executable, "-c", holder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    with pytest.raises(StoreError, match="in use by another run"), store.open_working(corpus):
        pass
    process.communicate("")


def test_a_failing_stage_leaves_its_tables_as_they_were(
    built: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.stages import trend

    def fail(*_: object) -> int:
        raise RuntimeError("in the middle")

    monkeypatch.setattr(trend, "_rows", fail)
    changed = replace(built, trend=replace(built.trend, seed=1))
    with pytest.raises(RuntimeError):
        build_all(changed)
    with store.open_working(built) as connection:
        assert store.value(connection, "SELECT count(*) FROM theme_trend") > 0


@pytest.mark.slow
@pytest.mark.usefixtures("every_thread")
def test_many_captures_are_read_by_all_cores_with_the_same_result(
    config: Config, tell: Tell, write_rows: Write
) -> None:
    rows = [
        {
            "url": f"https://x.org/{n}",
            "date": "2013-05-01",
            "text": f"Document {n} says {n * 7} " + "words " * 20,
        }
        for n in range(200)
    ]
    importing.import_paths([write_rows(rows)], config, tell)
    found = []
    for processes in (1, 2):
        settings = replace(config, read=replace(config.read, processes=processes))
        with store.open_working(settings) as connection:
            for stage in ("index", "read"):
                flow.run_stage(flow.BY_NAME[stage], connection, settings, tell)
            found.append(connection.execute("FROM reading ORDER BY capture_id").fetchall())
        shutil.rmtree(config.working)
    assert len(found[0]) == 200
    assert found[0] == found[1]


def test_models_are_saved_without_pickle_and_only_the_last_are_kept(corpus: Config, tell: Tell) -> None:
    for seed in range(5):
        build_all(replace(corpus, topics=replace(corpus.topics, min_passages=4, seed=seed)))
    folders = [p for p in corpus.models.iterdir() if p.is_dir()]
    assert len(folders) == corpus.topics.keep == 3
    names = {p.name for folder in folders for p in folder.rglob("*")}
    assert "manifest.json" in names
    assert not any(name.endswith((".pkl", ".bin", ".pickle")) for name in names)


def test_a_damaged_working_database_says_how_to_mend_it(built: Config, tell: Tell) -> None:
    store.working_file(built).write_bytes(b"not a database at all, but blocks of words" * 1000)
    with pytest.raises(StoreError, match="Delete it and run `themeshift build`"), store.open_working(built):
        pass
    with pytest.raises(StoreError, match="Delete it and run `themeshift build`"):
        publish(built, tell)


def test_publishing_a_database_of_an_older_shape_says_to_build(built: Config, tell: Tell) -> None:
    with store.open_working(built) as connection:
        connection.execute("ALTER TABLE capture DROP COLUMN via")
    with pytest.raises(PublishError, match="of an older shape: run `themeshift build`"):
        publish(built, tell)
