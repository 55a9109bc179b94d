"""What is forgotten is gone from everywhere: no byte of it is left, and it does not come back by itself."""

from __future__ import annotations

import errno
import gzip
import json
import shutil
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

from pipeline import config as configuration
from pipeline import flow, store
from pipeline.archive import Archive, Run, importing, index_of
from pipeline.archive.index import forgotten, unfinished
from pipeline.asking import integrity
from pipeline.cli import cli
from pipeline.config import Config
from pipeline.errors import ArchiveError, InputError, StoreError
from pipeline.operating.backup import backup
from pipeline.operating.forget import Choice, choose, forget, lift
from pipeline.progress import Tell
from pipeline.publishing import report as page
from pipeline.publishing.snapshot import publish
from spiders.memory import Memory
from tests.conftest import build_all
from tests.operating.test_backup import FULL, Killed, dying

SENTENCE = "The marmalade clause was struck out by the seventeen clerks of Quillhaven."
URL = "https://www.bmj.com/content/{}"
RUN = Run("run-20130401-abcdef12", "bmj", datetime(2013, 4, 1, tzinfo=UTC))
WHY = "asked for by its author"


def text(number: int) -> str:
    return " ".join(
        f"The CCG of town {number} met on day {day} and agreed the budget for community nurses."
        for day in range(9)
    )


def archive(config: Config, secret: int = 3, number: int = 8) -> Archive:
    """Eight pages of one run, of which one has the sentence; then a run that found that one unchanged."""
    kept = Archive(config.archive, config.source_of)
    with kept.writer(RUN) as writer:
        for at in range(number):
            said = f"{text(at)} {SENTENCE} {text(at + 20)}" if at == secret else text(at)
            page = f"<html><head><title>Page {at}</title></head><body><article><p>{said}</p></article></body></html>"
            body = gzip.compress(page.encode(), mtime=0) if at % 2 else page.encode()
            packed = [("Content-Encoding", "gzip")] if at % 2 else []
            writer.put(
                URL.format(at), body, source="bmj", media_type="text/html", http_status="200 OK",
                http_headers=[("Content-Type", "text/html"), *packed], found="listing",
            )  # fmt: skip
    last = captures(kept)[URL.format(secret)]
    later = replace(RUN, run_id="run-20130501-abcdef13", started_at=datetime(2013, 5, 1, tzinfo=UTC))
    with kept.writer(later) as writer:
        for at, line in ((secret, last), (1, captures(kept)[URL.format(1)])):
            writer.revisit(
                URL.format(at),
                "unchanged",
                http_status="304 Not Modified",
                source="bmj",
                capture=line["capture_id"],
            )
    return kept


def captures(kept: Archive) -> dict[str, dict[str, Any]]:
    return {line["url"]: line for line in kept.lines() if line["type"] == "capture"}


def everything(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every byte of a folder, as it lies there and unpacked: gzip, also within records, and Parquet."""
    for file in folder.rglob("*"):
        if not file.is_file():
            continue
        raw = file.read_bytes()
        yield file, raw
        if file.suffix == ".parquet":
            with duckdb.connect() as connection:
                yield file, repr(connection.execute("FROM read_parquet(?)", [str(file)]).fetchall()).encode()
        for packed in (raw, *unpacked(raw)):
            for part in unpacked(packed):
                yield file, part
        if raw[8:12] == b"DUCK":
            with duckdb.connect(file, read_only=True) as connection:
                for name in connection.execute(
                    "SELECT schema_name, table_name FROM duckdb_tables()"
                ).fetchall():
                    table = ".".join(f'"{part}"' for part in name)
                    yield file, repr(connection.execute(f"FROM {table}").fetchall()).encode()


def unpacked(raw: bytes) -> Iterator[bytes]:
    at = -1
    while (at := raw.find(b"\x1f\x8b\x08", at + 1)) >= 0:
        try:
            yield zlib.decompressobj(31).decompress(raw[at:])
        except zlib.error:
            continue


def found_in(folder: Path, words: str = SENTENCE) -> set[str]:
    wanted = (words.encode(), words[4:28].encode(), words[30:60].encode())
    return {
        str(file.relative_to(folder))
        for file, body in everything(folder)
        if any(one in body for one in wanted)
    }


@pytest.fixture
def published(config: Config) -> Config:
    """A data folder with everything that a night leaves: built, published, reported, and a damaged database aside."""
    config = replace(config, topics=replace(config.topics, min_passages=2, neighbours=3, refits=1))
    archive(config)
    build_all(config)
    page.build(store.published_file(config), config.published / "report")
    shutil.copy(store.working_file(config), config.working / "working.duckdb.set-aside-1")
    warc = Archive(config.archive).files()[0]
    shutil.copy(warc, warc.with_name(f"{warc.name}.set-aside-1"))
    line = captures(Archive(config.archive))[URL.format(3)]
    torn = warc.read_bytes()[line["warc_offset"] :][: line["warc_length"] - 9]
    warc.with_name(f"{warc.name}.torn-{line['warc_offset']}").write_bytes(torn)
    (config.data / "logs").mkdir(exist_ok=True)
    (config.data / "logs" / "impact-20260101T000000.md").write_text(
        f"- Page 3: {SENTENCE}\n", encoding="utf-8"
    )
    return config


def test_no_byte_of_a_forgotten_text_is_left_after_building_and_publishing(
    published: Config, tell: Tell
) -> None:
    config = published
    rooms = {Path(name).parts[0] for name in found_in(config.data)}
    assert rooms == {"archive", "working", "published", "logs"}
    before = captures(Archive(config.archive))
    forget(config, Choice(addresses=[URL.format(3)]), WHY, tell)
    left = found_in(config.data)
    assert left == {"published/themeshift.duckdb"}
    build_all(config)
    page.build(store.published_file(config), config.published / "report")
    assert found_in(config.data) == set()
    after = captures(Archive(config.archive))
    assert before.keys() - after.keys() == {URL.format(3)}
    archived = Archive(config.archive, config.source_of)
    assert archived.sync() == []
    assert archived.lost() == {}
    found = integrity.verify(config, tell)
    assert (found.flaws, found.notes) == ([], [])


def test_all_other_records_are_byte_for_byte_what_they_were(config: Config, tell: Tell) -> None:
    kept = archive(config)

    def raw() -> dict[str, bytes]:
        return {
            url: (kept.folder / line["warc_file"]).read_bytes()[line["warc_offset"] :][: line["warc_length"]]
            for url, line in captures(kept).items()
        }

    before = raw()
    revisits = [line["url"] for line in kept.lines() if line["type"] == "revisit"]
    done = forget(config, Choice(addresses=[URL.format(3)]), WHY, tell)
    assert raw() == {url: body for url, body in before.items() if url != URL.format(3)}
    assert (done.files, done.bytes > 0) == (2, True)  # the capture, and the revisit that refers to it
    assert [line["url"] for line in kept.lines() if line["type"] == "revisit"] == [
        url for url in revisits if url != URL.format(3)
    ]
    assert [line["type"] for line in kept.lines()].count("run") == 2
