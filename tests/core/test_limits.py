"""What is too much is refused at each door, and costs no more than the limit until that is known."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import limits
from pipeline.archive import Archive, Run, importing
from pipeline.config import Config
from pipeline.errors import InputError, SetAside
from pipeline.limits import MEGABYTE, TooLong, lines, unpacked
from pipeline.progress import Tell
from pipeline.readers import explain
from tests.tools import limits_table


def bare(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda body: gzip.compress(body, mtime=0),
    "x-gzip": lambda body: gzip.compress(body[:7], mtime=0) + gzip.compress(body[7:], mtime=0),
    "deflate": zlib.compress,
    "Deflate": bare,
    "br": lambda body: brotli.compress(body, quality=2),
    "gzip, br": lambda body: brotli.compress(gzip.compress(body, mtime=0), quality=2),
    "identity": bytes,
    "utf-8": bytes,
}
coded = st.sampled_from(sorted(PACKED))


@given(body=st.binary(max_size=3000), encoding=coded, times=st.integers(1, 300))
def test_what_is_packed_is_unpacked_whole(body: bytes, encoding: str, times: int) -> None:
    assert unpacked(PACKED[encoding](body * times), encoding) == body * times


@given(body=st.binary(min_size=50, max_size=3000), encoding=coded, lost=st.integers(1, 12))
def test_what_is_cut_off_is_told(body: bytes, encoding: str, lost: int) -> None:
    packed = PACKED[encoding](body)
    if PACKED[encoding] is bytes:
        return
    with pytest.raises(SetAside) as outcome:
        unpacked(packed[:-lost], encoding)
    assert outcome.value.reason == "truncated"


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate", "Deflate", "br"])
def test_a_bomb_is_refused_for_no_more_memory_than_the_limit(encoding: str) -> None:
    bomb = PACKED[encoding](bytes(64 * MEGABYTE))
    tracemalloc.start()
    try:
        with pytest.raises(SetAside) as outcome:
            unpacked(bomb, encoding, most=4 * MEGABYTE)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert outcome.value.reason == "too-large"
    assert peak < 8 * MEGABYTE


@given(
    texts=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=30)),
    most=st.integers(1, 40),
)
def test_a_line_that_is_too_long_costs_itself_alone(texts: list[str], most: int) -> None:
    whole = [f"{text}\n".encode() for text in texts]
    found = list(lines(BytesIO(b"".join(whole)), most))
    assert [None if isinstance(line, TooLong) else line for line in found] == [
        line if len(line) <= most else None for line in whole
    ]


def test_an_encoding_that_nobody_unpacks_is_no_text() -> None:
    with pytest.raises(SetAside) as outcome:
        unpacked(b"\x28\xb5\x2f\xfd and more", "zstd")
    assert outcome.value.reason == "unsupported"


def test_the_page_of_limits_is_that_of_the_module() -> None:
    assert limits_table.PAGE.read_text(encoding="utf-8") == limits_table.text(), "run `make docs`"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that a test's file goes beyond."""
    for module, name in ((limits, "LINE"), (importing, "at_most")):
        assert hasattr(module, name)
    monkeypatch.setattr(importing, "at_most", lambda stream: limits.at_most(stream, MEGABYTE))


@pytest.mark.usefixtures("small")
def test_a_page_that_unpacks_to_too_much_is_refused_and_the_rest_of_its_folder_taken(
    config: Config, tell: Tell, tmp_path: Path
) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "bomb.html.gz").write_bytes(gzip.compress(b"<html>" + b"<p>go</p>" * MEGABYTE))
    (folder / "page.html").write_text("<html><p>A page as it should be.</p></html>", encoding="utf-8")
    done = importing.import_paths([folder], config, tell)
    assert (done.kept, dict(done.refused)) == (1, {"too-large": 1})
    assert "bomb.html.gz has more than 1 MB" in done.problems[0]


def test_a_row_of_endless_text_is_refused_and_the_others_taken(
    config: Config, tell: Tell, tmp_path: Path
) -> None:
    rows = [{"id": str(n), "text": "Boards met in spring. " * 20} for n in range(3)]
    rows[1]["text"] = "x" * (limits.LINE + 1)
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    done = importing.import_paths([file], config, tell)
    assert (done.kept, dict(done.refused)) == (2, {"broken-record": 1})
    assert "a line of more than 64 MB" in done.problems[0]


def test_a_cell_that_never_ends_is_told_and_what_stands_before_it_taken(
    config: Config, tell: Tell, tmp_path: Path
) -> None:
    file = tmp_path / "rows.csv"
    with file.open("w", encoding="utf-8") as stream:
        stream.write('id,text\n1,"Boards met in spring and again in autumn."\n2,"')
        for _ in range(limits.LINE // 100_000 + 2):
            stream.write("y" * 99_999 + "\n")
    done = importing.import_paths([file], config, tell)
    assert (done.kept, dict(done.refused)) == (1, {"broken-record": 1})


def test_a_table_with_more_columns_than_any_is_refused_at_once(
    config: Config, tell: Tell, tmp_path: Path
) -> None:
    file = tmp_path / "wide.csv"
    names = ",".join(["text", *["n"] * 100_000])
    file.write_text(f"{names}\nA text.{',1' * 100_000}\n", encoding="utf-8")
    with pytest.raises(InputError, match="100,001 columns"):
        importing.import_paths([file], config, tell)


@pytest.mark.parametrize(
    ("encoding", "reason"), [("br", "too-large"), ("gzip, br", "too-large"), ("zstd", "unsupported")]
)
def test_an_archived_bomb_is_a_capture_that_can_not_be_had(
    config: Config, run: Run, monkeypatch: pytest.MonkeyPatch, encoding: str, reason: str
) -> None:
    monkeypatch.setattr(limits, "BODY", 2 * MEGABYTE)
    page = b"<html><p>A page of spaces.</p>" + b" " * 3 * MEGABYTE
    body = PACKED[encoding](page) if encoding in PACKED else b"\x28\xb5\x2f\xfd and more"
    url = "https://www.bmj.com/content/1/bmj.x1"
    archive = Archive(config.archive)
    with archive.writer(run) as writer:
        headers = [("Content-Type", "text/html"), ("Content-Encoding", encoding)]
        about = {"source": "bmj", "media_type": "text/html", "found": "feed", "http_status": "200 OK"}
        writer.put(url, body, http_headers=headers, **about)
    with pytest.raises(InputError, match=f"can't be had whole \\({reason}\\)"):
        explain.show(url, config)
