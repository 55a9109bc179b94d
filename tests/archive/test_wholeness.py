"""What the archive says is compared with what it holds: damage passes for nothing else, nor in silence."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import random
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline import durable, store
from pipeline.archive import Archive, Renewed, Run, index_of
from pipeline.archive.wholeness import Flaw, check
from pipeline.config import Config
from pipeline.durable import dumps, seal_of
from pipeline.errors import SetAside
from pipeline.progress import Tell
from pipeline.records import CaptureRef
from pipeline.stages import index as index_stage

URL = "https://www.bmj.com/content/{}"
RUN = Run("run-1", "bmj", datetime(2013, 4, 1, tzinfo=UTC))
Edit = Callable[[list[bytes]], list[bytes]]


def page(number: int) -> bytes:
    return f"<html><h1>Page {number}</h1>{'<p>The council met and agreed.</p>' * number}".encode()


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """Six captures in one closed file, every other one of them gzipped by its server."""
    return filled(tmp_path / "archive")


def filled(folder: Path) -> Archive:
    archive = Archive(folder)
    with archive.writer(RUN) as writer:
        for number in range(6):
            packed = [("Content-Encoding", "gzip")] if number % 2 else []
            body = gzip.compress(page(number), mtime=0) if packed else page(number)
            writer.put(
                URL.format(number), body, source="bmj", media_type="text/html", http_status="200 OK",
                http_headers=[("Content-Type", "text/html"), *packed],
            )  # fmt: skip
    return archive


def captures(archive: Archive) -> list[dict[str, object]]:
    return [line for line in archive.lines() if line["type"] == "capture"]


def flaws(archive: Archive) -> list[Flaw]:
    durable._digest_once.cache_clear()
    (file,) = archive.files()
    return check(file, archive.source_of)


def edit_index(archive: Archive, edit: Edit) -> None:
    (file,) = archive.files()
    index_of(file).write_bytes(b"".join(edit(index_of(file).read_bytes().splitlines(keepends=True))))


# Records


@pytest.fixture(scope="module")
def shared_archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return filled(tmp_path_factory.mktemp("shared") / "archive")


@settings(deadline=None, max_examples=150)
@given(seed=st.integers(0, 2**32))
def test_a_flipped_bit_never_reads_as_another_page(shared_archive: Archive, seed: int) -> None:
    dice = random.Random(seed)
    line = dice.choice(captures(shared_archive))
    ref, (file,) = CaptureRef.of(line), shared_archive.files()
    whole = file.read_bytes()
    body = bytearray(whole)
    body[ref.warc_offset + dice.randrange(ref.warc_length)] ^= 1 << dice.randrange(8)
    file.write_bytes(body)
    try:
        became = shared_archive.read(ref).body
    except SetAside as outcome:
        became = f"{outcome.reason} {outcome.detail.partition(',')[0]}".encode()
    finally:
        file.write_bytes(whole)
    assert became in (page(int(ref.url[-1])), f"damaged {file.name}".encode())


@settings(deadline=None, max_examples=150)
@given(seed=st.integers(0, 2**32))
def test_a_flipped_bit_in_a_file_its_index_or_its_seal_is_found(shared_archive: Archive, seed: int) -> None:
    dice = random.Random(seed)
    (warc,) = shared_archive.files()
    file = dice.choice([warc, index_of(warc), seal_of(warc)])
    whole = file.read_bytes()
    body = bytearray(whole)
    body[dice.randrange(len(body))] ^= 1 << dice.randrange(8)
    file.write_bytes(body)
    try:
        assert flaws(shared_archive)
    finally:
        file.write_bytes(whole)
    assert flaws(shared_archive) == []


def test_other_programs_check_the_seal(archive: Archive) -> None:
    (file,) = archive.files()
    told = ["sha256sum", "--check", "--strict", "--quiet", seal_of(file).name]
    assert subprocess.run(told, cwd=file.parent, check=False).returncode == 0


CONTENT = b"<html>A page of another tool</html>"
CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(CONTENT), CONTENT)
SHA1, SHA256 = hashlib.sha1(CONTENT).digest(), hashlib.sha256(CONTENT).digest()


@pytest.mark.parametrize(
    "digest",
    [
        f"sha1:{base64.b32encode(SHA1).decode()}",
        f"SHA1:{base64.b32encode(SHA1).decode().lower()}",
        f"sha1:{SHA1.hex()}",
        f"sha256:{SHA256.hex().upper()}",
        f"sha-256:{base64.b64encode(SHA256).decode()}",
        f"sha256:{base64.urlsafe_b64encode(SHA256).decode().rstrip('=')}",
        f"sha256:{base64.b32encode(SHA256).decode()}",
        f"md5:{hashlib.md5(CONTENT).hexdigest()}",
        f"sha1:{hashlib.sha1(CHUNKED).hexdigest()}",  # of the payload as it was sent
        "sha1:",
        "xxh3:0123456789abcdef",  # a kind that we don't know can't be compared
    ],
)
@pytest.mark.parametrize("right", [True, False])
def test_digests_are_compared_however_they_are_written(tmp_path: Path, digest: str, right: bool) -> None:
    body = CHUNKED if right else CHUNKED.replace(b"page", b"pace")
    comparable = not digest.startswith("xxh3") and digest != "sha1:"
    file = tmp_path / "theirs.warc.gz"
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://news.example.org/a\r\n"
        "WARC-Date: 2014-05-06T07:08:09Z\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
        f"WARC-Payload-Digest: {digest}\r\n"
    )
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n" + body
    head += f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n"
    file.write_bytes(gzip.compress(head.encode() + block + b"\r\n\r\n"))
    archive = Archive(tmp_path)
    archive.sync()
    assert bool(flaws(archive)) == (comparable and not right)


def test_a_block_that_agrees_outweighs_a_payload_digest_of_another_kind(tmp_path: Path) -> None:
    """Some programs take it of what they make of a page: the block's says that the bytes are as written."""
    with (tmp_path / "theirs.warc.gz").open("wb") as stream:
        writer = WARCWriter(stream, gzip=True)
        http = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
        record = writer.create_warc_record(
            "https://news.example.org/a", "response", payload=BytesIO(CONTENT), http_headers=http,
            warc_headers_dict={"WARC-Payload-Digest": f"sha1:{hashlib.sha1(b'its text').hexdigest()}"},
        )  # fmt: skip
        writer.write_record(record)
    archive = Archive(tmp_path)
    archive.sync()
    assert flaws(archive) == []
    (line,) = captures(archive)
    assert archive.read(CaptureRef.of(line)).body == CONTENT


# Indexes

DAMAGE: dict[str, Edit] = {
    "a character is lost": lambda lines: [
        lines[0], lines[1].replace(b'"url"', b'"url', 1), *lines[2:]
    ],
    "no line": lambda lines: [*lines[:3], *lines[4:]],
    "two lines": lambda lines: [*lines[:3], lines[2], *lines[3:]],
    "wrong offset": lambda lines: [*lines[:2], changed(lines[2], warc_offset=366), *lines[3:]],
    "other address": lambda lines: [*lines[:2], changed(lines[2], url=URL.format(99)), *lines[3:]],
    "other source": lambda lines: [*lines[:2], changed(lines[2], source="kar"), *lines[3:]],
    "not UTF-8": lambda lines: [*lines[:2], lines[2].replace(b"content", b"\xff\xfe"), *lines[3:]],
    "a block of zeros": lambda lines: [*lines[:2], bytes(len(lines[2]) - 1) + b"\n", *lines[3:]],
    "the end is lost": lambda lines: lines[:4],
    "a line of no record": lambda lines: [*lines[:2], changed(lines[2], warc_offset=7), *lines[2:]],
    "another capture": lambda lines: [*lines[:2], changed(lines[2], url=URL.format(7)), *lines[2:]],
}  # fmt: skip


def changed(line: bytes, **values: object) -> bytes:
    """A line that says otherwise, and was signed so: as a program with a defect would write it."""
    said = {key: value for key, value in json.loads(line).items() if key != "sum"}
    return dumps({**said, **values}) + b"\n"


@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize("damage", DAMAGE)
def test_an_index_is_held_against_its_records_and_made_again_from_them(
    archive: Archive, damage: str, sealed: bool
) -> None:
    before = list(archive.lines())
    (file,) = archive.files()
    if not sealed:
        seal_of(file).unlink()
    edit_index(archive, DAMAGE[damage])
    found = flaws(archive)
    assert {flaw.file for flaw in found} == {index_of(file).name}
    assert {flaw.mends for flaw in found} == {"index"}
    archive.make_index_again(file)
    kept = [line for line in archive.lines() if line["type"] != "end"]
    assert kept == [line for line in before if line["type"] != "end"]


@pytest.mark.parametrize("damage", ["a character is lost", "not UTF-8", "a block of zeros"])
def test_index_never_passes_over_a_line_without_a_word(config: Config, damage: str) -> None:
    archive = filled(config.archive)
    edit_index(archive, DAMAGE[damage])
    tell = Tell(quiet=True)
    with store.open_working(config) as connection:
        assert index_stage.run(connection, config, tell) == 6
        (warning,) = tell.warnings
        assert "1 line (" in warning
        assert "made again from the records" in warning
        again = Tell(quiet=True)
        assert index_stage.run(connection, config, again) == 0
    assert again.warnings == []
    (aside,) = config.archive.glob("*.jsonl.set-aside-*")
    assert len(aside.read_bytes().splitlines()) > 6


def test_captures_that_a_cut_file_has_lost_are_named_until_they_are_back(config: Config) -> None:
    archive = filled(config.archive)
    (file,) = archive.files()
    whole, last = file.read_bytes(), captures(archive)[-1]
    file.write_bytes(whole[: int(str(last["warc_offset"])) + 10])
    for _ in range(2):  # each build says so, not only the one that finds it
        tell = Tell(quiet=True)
        with store.open_working(config) as connection:
            index_stage.run(connection, config, tell)
        assert f"1 capture ({last['url']}) is acknowledged and no longer there" in tell.warnings[-1]
        assert not any("Nothing that was acknowledged is lost" in warning for warning in tell.warnings)
    assert len(captures(archive)) == 5
    assert any(str(last["url"]) in flaw.what for flaw in flaws(archive))
    file.write_bytes(whole)
    assert ["records again" in found.message for found in archive.sync()] == [True]
    assert archive.lost() == {}
    assert len(captures(archive)) == 6
    assert flaws(archive) == []


def test_a_damaged_capture_stays_known_where_its_index_is_damaged_too(archive: Archive) -> None:
    (file,) = archive.files()
    hit = CaptureRef.of(captures(archive)[2])
    body = bytearray(file.read_bytes())
    body[hit.warc_offset + 30 : hit.warc_offset + 60] = bytes(30)
    file.write_bytes(body)
    edit_index(archive, DAMAGE["a character is lost"])
    assert isinstance(archive.sync()[0], Renewed)
    assert [line["url"] for line in captures(archive)] == [URL.format(number) for number in range(6)]
    with pytest.raises(SetAside, match="damaged"):
        archive.read(hit)


def test_an_index_without_its_file_is_told(archive: Archive) -> None:
    (file,) = archive.files()
    file.unlink()
    assert archive.lost() == {file.name: [URL.format(number) for number in range(6)]}


def test_a_file_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    with archive.writer(RUN) as writer:
        writer.put(URL.format(1), page(1), source="bmj", media_type="text/html")
        assert flaws(archive) == []
    assert flaws(archive) == []
