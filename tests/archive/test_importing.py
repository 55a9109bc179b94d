"""Import: everything lands in the archive, and nothing that can't is passed over in silence."""

from __future__ import annotations

import gzip
import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.archive import Archive, importing
from pipeline.config import Config
from pipeline.errors import InputError
from pipeline.progress import Tell
from tests.archive.test_archive import refs
from tests.conftest import sample_rows

Write = Callable[..., Path]


def captures(config: Config) -> list[dict[str, Any]]:
    return [line for line in Archive(config.archive).lines() if line["type"] == "capture"]


def take(config: Config, *paths: Path, **options: Any) -> importing.Imported:
    return importing.import_paths(list(paths), config, Tell(quiet=True), **options)


def test_importing_twice_adds_nothing(config: Config, write_rows: Write) -> None:
    rows = write_rows(sample_rows())
    assert (take(config, rows).kept, take(config, rows).kept) == (16, 0)
    assert len(captures(config)) == 16


def test_a_folder_laid_out_by_host_gives_each_page_its_url(config: Config, tmp_path: Path) -> None:
    page = tmp_path / "pages" / "www.bmj.com" / "content" / "347" / "bmj.f1.html"
    page.parent.mkdir(parents=True)
    page.write_text("<html>one</html>")
    home = tmp_path / "pages" / "kar.kent.ac.uk" / "1" / "index.html"
    home.parent.mkdir(parents=True)
    home.write_text("<html>two</html>")
    take(config, tmp_path / "pages")
    assert {(c["url"], c["source"]) for c in captures(config)} == {
        ("https://www.bmj.com/content/347/bmj.f1", "bmj"),
        ("https://kar.kent.ac.uk/1/", "kar"),
    }


def test_a_file_without_an_address_is_named_below_what_was_imported(config: Config, tmp_path: Path) -> None:
    (tmp_path / "old stuff").mkdir()
    (tmp_path / "old stuff" / "dump.txt").write_text("words")
    take(config, tmp_path / "old stuff")
    assert [c["url"] for c in captures(config)] == ["file:///old%20stuff/dump.txt"]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_table_is_taken_row_by_row_by_its_mapping(config: Config, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"answers.{kind}"
    rows = duckdb.sql(
        "SELECT 'q' || i AS ref, 'Answer number ' || i AS answer, DATE '2024-01-01' + i::INT AS day "
        "FROM range(3) AS t(i)"
    )
    (rows.write_csv if kind == "csv" else rows.write_parquet)(str(path))
    take(config, path, mapping={"text": "answer", "published": "day", "id": "ref"}, source="answers")
    archive = Archive(config.archive)
    bodies = [json.loads(_body(archive, line)) for line in captures(config)]
    assert [(b["id"], b["text"], b["published"]) for b in bodies] == [
        ("q0", "Answer number 0", "2024-01-01"),
        ("q1", "Answer number 1", "2024-01-02"),
        ("q2", "Answer number 2", "2024-01-03"),
    ]
    assert {c["source"] for c in captures(config)} == {"answers"}


def test_columns_nobody_mapped_are_kept(config: Config, write_rows: Write) -> None:
    take(config, write_rows([{"text": "words", "minister": "A. Person"}]))
    assert json.loads(_body(Archive(config.archive), captures(config)[0]))["other"] == {
        "minister": "A. Person"
    }


def test_a_missing_column_is_named_with_those_there_are(config: Config, write_rows: Write) -> None:
    with pytest.raises(InputError, match="no column 'answer' for 'text'; columns: body, day"):
        take(config, write_rows([{"body": "x", "day": "y"}]), mapping={"text": "answer"})
    assert captures(config) == []


def test_a_table_without_text_says_how_to_name_it(config: Config, write_rows: Write) -> None:
    with pytest.raises(InputError, match=r"say which with --map text=COLUMN. Columns: a"):
        take(config, write_rows([{"a": 1}]))


def test_an_unknown_field_is_refused(config: Config, write_rows: Write) -> None:
    with pytest.raises(InputError, match="no field 'txt'"):
        take(config, write_rows([{"a": 1}]), mapping={"txt": "a"})


def test_lines_that_are_no_json_are_counted_and_the_others_taken(config: Config, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"text": "good"}\n{"text": \n"just a string"\n\xff\xfe\n{"text": "also good"}\n')
    done = take(config, path)
    assert (done.kept, dict(done.refused)) == (2, {"broken-record": 3})


@pytest.mark.slow
def test_a_truncated_gzip_keeps_what_came_before(config: Config, tmp_path: Path) -> None:
    rows = "".join(json.dumps({"id": n, "text": f"text {n * 7919} " * 20}) + "\n" for n in range(2000))
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress(rows.encode())[:-500])
    done = take(config, path)
    assert done.refused == {"truncated": 1}
    assert 0 < done.kept < 2000
    assert "what came before was kept" in done.problems[0]


def test_a_warc_file_of_ours_can_be_imported_elsewhere(
    config: Config, write_rows: Write, tmp_path: Path
) -> None:
    take(config, write_rows(sample_rows()))
    other = replace(config, data=tmp_path / "other")
    (file,) = Archive(config.archive).files()
    assert take(other, file).kept == 16
    assert {c["url"] for c in captures(other)} == {c["url"] for c in captures(config)}
    assert {c["capture_id"] for c in captures(other)} == {c["capture_id"] for c in captures(config)}


def test_a_truncated_warc_keeps_the_records_before_the_damage(
    config: Config, write_rows: Write, tmp_path: Path
) -> None:
    take(config, write_rows(sample_rows()))
    (file,) = Archive(config.archive).files()
    torn = tmp_path / "torn.warc.gz"
    torn.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    done = take(replace(config, data=tmp_path / "other"), torn)
    assert 0 < done.kept < 16
    assert sum(done.refused.values()) == 1


def test_a_path_that_is_not_there_is_told(config: Config, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not there"):
        take(config, tmp_path / "nothing")


def test_an_unreadable_file_is_refused_and_the_others_taken(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "dumps"
    folder.mkdir()
    (folder / "open.txt").write_text("words")
    (folder / "shut.txt").write_text("secret")
    (folder / "bad.txt").write_text("on a bad sector")
    opened = Path.open

    def guarded(self: Path, *mode: Any) -> Any:  # the tests may run as root, whom no permission stops
        if self.name == "shut.txt" and mode == ("rb",):
            raise PermissionError(13, "Permission denied")
        if self.name == "bad.txt" and mode == ("rb",):
            raise OSError(5, "Input/output error")
        return opened(self, *mode)

    monkeypatch.setattr(Path, "open", guarded)
    done = take(config, folder)
    assert (done.kept, dict(done.refused)) == (1, {"no permission": 1, "unreadable": 1})


def test_an_unknown_kind_of_file_lists_the_known_ones(config: Config, tmp_path: Path) -> None:
    (tmp_path / "talk.mp3").write_bytes(b"ID3\x03")
    with pytest.raises(InputError, match=r"no reader for this kind of file; taken: .*\.pdf"):
        take(config, tmp_path / "talk.mp3")


def test_files_of_word_are_taken_and_those_of_older_programs_are_told(config: Config, tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "rules.docx").write_bytes(b"PK\x03\x04 no matter what")
    (folder / "old.doc").write_bytes(b"\xd0\xcf\x11\xe0 no matter what")
    done = take(config, folder)
    assert (done.kept, done.refused) == (1, {"unsupported": 1})
    assert "old.doc is a file of Word before 2007: save it as .docx or PDF" in done.problems[0]
    assert captures(config)[0]["media_type"].endswith("wordprocessingml.document")
    with pytest.raises(InputError, match=r"Word before 2007: save it as \.docx or PDF and import that"):
        take(config, folder / "old.doc")


def _body(archive: Archive, line: dict[str, Any]) -> bytes:
    (ref,) = [ref for ref in refs(archive) if ref.capture_id == line["capture_id"]]
    return archive.read(ref).body


def test_articles_in_xml_are_taken_from_folders_and_warcs_and_other_xml_is_told(
    config: Config, tmp_path: Path
) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    jats = b"<?xml version='1.0'?><article article-type='letter'><front/></article>"
    (folder / "one.xml").write_bytes(jats)
    (folder / "two.xml.gz").write_bytes(gzip.compress(jats))
    (folder / "feed.xml").write_bytes(b"<rss><channel/></rss>")
    done = take(config, folder)
    assert {c["url"] for c in captures(config)} == {"file:///papers/one.xml", "file:///papers/two.xml.gz"}
    assert done.refused == {"unsupported": 1}
    assert "feed.xml: XML without an article" in done.problems[0]


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_an_article_in_a_warc_is_taken_whatever_kind_of_xml_it_is_called(
    config: Config, tmp_path: Path, encoding: str
) -> None:
    jats = b"<article article-type='letter'><front/></article>"
    bodies = {"text/xml": jats, "application/jats+xml": jats + b" ", "application/rss+xml": b"<rss/>"}
    file = tmp_path / "other.warc"
    with file.open("wb") as stream:
        for kind, body in bodies.items():
            body = gzip.compress(body) if encoding else body
            http = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Encoding: {encoding}\r\n\r\n".encode()
            http = http if encoding else http.replace(b"Content-Encoding: \r\n", b"")
            head = (
                f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://example.org/{len(kind)}\r\n"
                f"WARC-Date: 2014-06-01T00:00:00Z\r\nWARC-Record-ID: <urn:x:{len(kind)}>\r\n"
                "Content-Type: application/http; msgtype=response\r\n"
                f"Content-Length: {len(http + body)}\r\n\r\n"
            )
            stream.write(head.encode() + http + body + b"\r\n\r\n")
    done = take(config, file)
    assert (done.kept, done.refused) == (2, {"unsupported": 1})


@pytest.mark.skipif(sys.platform == "darwin", reason="names of files are Unicode there")
def test_a_file_named_in_another_encoding_is_taken_like_any(config: Config, tmp_path: Path) -> None:
    """Names are bytes to the system: those of an old disk in Latin-1, or with half a character of UTF-16."""
    folder = os.fsencode(tmp_path) + b"/d\xe9p\xf4t"
    Path(os.fsdecode(folder)).mkdir()
    for name in (b"r\xe9sum\xe9.txt", b"a\xed\xa0\x80.txt", b"line\nend.txt", "gut-ä.txt".encode()):
        Path(os.fsdecode(folder + b"/" + name)).write_text(f"What stands in {name!r}.", encoding="utf-8")
    Path(os.fsdecode(folder + b"/rows\xff.csv")).write_bytes(b"id,text\n1,A row.\n")
    Path(os.fsdecode(folder + b"/half\xff.html.gz")).write_bytes(b"\x1f\x8b\x08")
    done = take(config, Path(os.fsdecode(folder)))
    assert (done.kept, dict(done.refused)) == (5, {"truncated": 1})
    urls = {line["url"] for line in Archive(config.archive).lines() if line["type"] == "capture"}
    assert "file:///d%E9p%F4t/r%E9sum%E9.txt" in urls
    assert take(config, Path(os.fsdecode(folder))).unchanged == 5
    assert json.dumps(done.problems).isprintable()
