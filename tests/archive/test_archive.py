"""The archive: what is acknowledged is never lost, and other tools read it."""

from __future__ import annotations

import errno
import gzip
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.warcwriter import WARCWriter

from pipeline.archive import Archive, ArchiveWriter, Run, index_of
from pipeline.archive.index import end_of_index
from pipeline.errors import ArchiveError, SetAside
from pipeline.records import CaptureRef

PAGE = b"<html><title>A page</title>"
HEADERS = [("Content-Type", "text/html; charset=utf-8"), ("X-Odd", "kept as sent")]


def refs(archive: Archive) -> list[CaptureRef]:
    names = CaptureRef.__slots__
    return [
        CaptureRef(
            **{**{n: line[n] for n in names}, "fetched_at": datetime.fromisoformat(line["fetched_at"])}
        )
        for line in archive.lines()
        if line["type"] == "capture"
    ]


def put(writer: ArchiveWriter, url: str, body: bytes = PAGE) -> str | None:
    return writer.put(
        url,
        body,
        source="bmj",
        media_type="text/html",
        http_status="200 OK",
        http_headers=HEADERS,
        found="feed",
    )


def test_a_capture_comes_back_as_it_was_put(tmp_path: Path, run: Run) -> None:
    archive = Archive(tmp_path)
    with archive.writer(run) as writer:
        put(writer, "https://www.bmj.com/content/1")
        writer.commit()
    (ref,) = refs(archive)
    capture = archive.read(ref)
    assert (capture.url, capture.body, capture.charset) == ("https://www.bmj.com/content/1", PAGE, "utf-8")
    assert (capture.source, capture.found, capture.status) == ("bmj", "feed", 200)


def test_putting_the_same_bytes_twice_adds_nothing(tmp_path: Path, run: Run) -> None:
    archive = Archive(tmp_path)
    with archive.writer(run) as writer:
        assert put(writer, "https://www.bmj.com/content/1")
        assert put(writer, "https://www.bmj.com/content/1") is None
        writer.commit()
    with archive.writer(Run("run-later", "bmj", datetime(2014, 4, 1, tzinfo=UTC))) as writer:
        assert put(writer, "https://www.bmj.com/content/1") is None
    assert len(refs(archive)) == 1


def test_warcio_reads_our_files_with_digests_checked(tmp_path: Path, run: Run) -> None:
    with Archive(tmp_path).writer(run) as writer:
        put(writer, "https://www.bmj.com/content/1")
        writer.commit()
    (file,) = Archive(tmp_path).files()
    with file.open("rb") as stream:
        records = [
            (r.rec_type, r.content_stream().read()) for r in ArchiveIterator(stream, check_digests="raise")
        ]
    assert [kind for kind, _ in records] == ["warcinfo", "metadata", "response", "metadata"]
    assert b"found: feed" in records[1][1]
    assert records[2][1] == PAGE
    check = subprocess.run([sys.executable, "-m", "warcio.cli", "check", str(file)], check=False)
    assert check.returncode == 0


def test_a_warc_file_of_another_tool_is_indexed_where_it_lies(tmp_path: Path) -> None:
    with (tmp_path / "theirs.warc.gz").open("wb") as stream:
        writer = WARCWriter(stream, gzip=True)
        with (tmp_path / "page").open("wb+") as page:
            page.write(PAGE)
            page.seek(0)
            record = writer.create_warc_record(
                "https://www.bmj.com/x", "resource", payload=page, warc_content_type="text/html"
            )
            writer.write_record(record)
    archive = Archive(tmp_path, source_of=lambda url: "bmj")
    archive.sync()
    (ref,) = refs(archive)
    assert (ref.source, archive.read(ref).body) == ("bmj", PAGE)


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(min_value=1, max_value=2000))
def test_a_torn_end_is_moved_aside_and_what_stood_before_it_stays(
    cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("archive")
    archive = Archive(folder)
    with archive.writer(Run("run-1", "bmj", datetime(2013, 4, 1, tzinfo=UTC))) as writer:
        for number in range(4):
            put(writer, f"https://www.bmj.com/content/{number}", PAGE * (number + 1))
            writer.commit()
    (file,) = archive.files()
    whole = file.read_bytes()
    ends = {line["url"]: line["end"] for line in archive.lines() if line["type"] == "capture"}
    torn_at = max(len(whole) - cut, 1)
    file.write_bytes(whole[:torn_at])
    index_of(file).unlink()

    (torn,) = archive.sync() or [None]

    assert torn is None or (folder / torn.kept_in).read_bytes() == whole[torn.offset : torn_at]
    kept = {ref.url: archive.read(ref).body for ref in refs(archive)}
    whole_ones = [url for url, end in ends.items() if end <= torn_at]
    assert all(kept[url] == PAGE * (int(url[-1]) + 1) for url in whole_ones)
    assert archive.sync() == []


def test_a_lost_index_is_rebuilt_the_same(tmp_path: Path, run: Run) -> None:
    archive = Archive(tmp_path)
    with archive.writer(run) as writer:
        put(writer, "https://www.bmj.com/content/1")
        writer.refuse("https://www.bmj.com/private", "robots", "https://www.bmj.com/archive")
        writer.commit()
    before = [line for line in archive.lines() if line["type"] != "end"]
    index_of(archive.files()[0]).unlink()
    archive.sync()
    after = [line for line in archive.lines() if line["type"] != "end"]
    assert after == before


def test_a_torn_index_line_is_read_from_the_warc_file_again(tmp_path: Path, run: Run) -> None:
    archive = Archive(tmp_path)
    with archive.writer(run) as writer:
        put(writer, "https://www.bmj.com/content/1")
        writer.commit()
    index = index_of(archive.files()[0])
    index.write_bytes(index.read_bytes()[:-20])
    archive.sync()
    kinds = [line["type"] for line in archive.lines()]
    assert kinds.count("run") == 1
    assert kinds.count("capture") == 1


def test_truncated_gzip_content_is_set_aside_with_its_reason(tmp_path: Path, run: Run) -> None:
    archive = Archive(tmp_path)
    with archive.writer(run) as writer:
        headers = [*HEADERS, ("Content-Encoding", "gzip")]
        writer.put(
            "https://www.bmj.com/z", gzip.compress(PAGE * 99)[:-20], source="bmj", media_type="text/html",
            http_status="200 OK", http_headers=headers,
        )  # fmt: skip
        writer.commit()
    with pytest.raises(SetAside, match="truncated") as caught:
        archive.read(refs(archive)[0])
    assert caught.value.reason == "truncated"


def test_a_full_disk_is_told_and_loses_nothing_acknowledged(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = Archive(tmp_path)

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def fill_up() -> None:
        with archive.writer(run) as writer:
            put(writer, "https://www.bmj.com/content/1")
            writer.commit()
            put(writer, "https://www.bmj.com/content/2")
            monkeypatch.setattr(os, "fsync", full)
            writer.commit()

    with pytest.raises(ArchiveError, match=r"No space left.*acknowledged"):
        fill_up()
    monkeypatch.undo()
    archive.sync()
    kept = {ref.url: archive.read(ref).body for ref in refs(archive)}
    assert kept["https://www.bmj.com/content/1"] == PAGE
    with archive.writer(Run("run-later", "bmj", datetime(2014, 4, 1, tzinfo=UTC))) as writer:
        put(writer, "https://www.bmj.com/content/2")
    assert len(refs(archive)) == 2
    assert all(archive.read(ref).body == PAGE for ref in refs(archive))


def test_an_index_that_knows_more_than_its_file_is_rebuilt(tmp_path: Path, run: Run) -> None:
    archive = Archive(tmp_path)
    with archive.writer(run) as writer:
        for number in range(3):
            put(writer, f"https://www.bmj.com/content/{number}")
            writer.commit()
    (file,) = archive.files()
    second = [line for line in archive.lines() if line["type"] == "capture"][1]
    file.write_bytes(file.read_bytes()[: second["end"]])
    archive.sync()
    assert [ref.url for ref in refs(archive)] == [
        "https://www.bmj.com/content/0",
        "https://www.bmj.com/content/1",
    ]
    assert all(archive.read(ref).body == PAGE for ref in refs(archive))


def test_damage_in_the_middle_costs_what_it_hit_and_nothing_else(tmp_path: Path, run: Run) -> None:
    archive = Archive(tmp_path)
    with archive.writer(run) as writer:
        for number in range(5):
            put(writer, f"https://www.bmj.com/content/{number}")
        writer.commit()
    (file,) = archive.files()
    hit = [line for line in archive.lines() if line["type"] == "capture"][2]
    data = bytearray(file.read_bytes())
    data[hit["warc_offset"] + 20 : hit["warc_offset"] + 60] = bytes(40)
    file.write_bytes(data)
    index_of(file).unlink()
    (gap,) = archive.sync()
    assert (gap.offset, gap.kept_in) == (hit["warc_offset"], "")
    assert file.read_bytes() == data
    numbers = [ref.url[-1] for ref in refs(archive)]
    assert numbers == ["0", "1", "3", "4"]
    assert all(archive.read(ref).body == PAGE for ref in refs(archive))


def test_a_file_being_written_is_left_to_its_writer(tmp_path: Path, run: Run) -> None:
    archive = Archive(tmp_path)
    with archive.writer(run) as writer:
        put(writer, "https://www.bmj.com/content/1")
        assert Archive(tmp_path).sync() == []
        writer.commit()
    assert len(refs(archive)) == 1


@settings(deadline=None)
@given(st.lists(st.text(max_size=40), max_size=8), st.binary(max_size=30))
def test_an_index_goes_as_far_as_its_last_whole_line_says(notes: list[str], torn: bytes) -> None:
    lines = [json.dumps({"note": note, "end": at + 1}) for at, note in enumerate(notes)]
    with TemporaryDirectory() as folder, mock.patch("pipeline.archive.index.TAIL", 16):
        index = Path(folder) / "a.warc.gz.jsonl"
        index.write_bytes("".join(f"{line}\n" for line in lines).encode() + torn.replace(b"\n", b""))
        assert end_of_index(index) == len(notes)


def test_an_index_whose_last_line_is_damaged_goes_as_far_as_the_one_before(tmp_path: Path) -> None:
    index = tmp_path / "a.warc.gz.jsonl"
    index.write_bytes(b'{"end": 7}\n\x00\x00\n')
    assert end_of_index(index) == 7
    assert end_of_index(tmp_path / "none.jsonl") == 0
