"""WARC files of other tools, whole and damaged: one bad record costs itself alone, and is named."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline import readers
from pipeline.archive import Archive
from pipeline.archive.answers import Answer, Unread
from pipeline.archive.foreign import answers
from pipeline.archive.warc import dechunked
from pipeline.config import Config
from pipeline.records import CaptureRef
from tests.archive.test_importing import captures, take

SITE = "http://www.quillbrook.example"
WORDS = "The parish council of Quillbrook met on Tuesday and spoke of its ducks at length. "
PAGE = f"<!doctype html><html><head><title>Ducks</title></head><body><p>{WORDS * 6}</p></body></html>"
HTML = "Content-Type: text/html; charset=utf-8"


def answered(*headers: str) -> str:
    """The head of an answer."""
    return "\r\n".join(["HTTP/1.1 200 OK", *headers, "", ""])


WHOLE = answered(HTML)


def record(
    number: int | str = 1,
    body: bytes | str = PAGE,
    *headers: str,
    http: str | None = WHOLE,
    kind: str = "response",
    length: int = 0,
    **other: str | None,
) -> bytes:
    """A record; `length` is added to the true one, `other` stands in place of the usual headers."""
    block = (http or "").encode() + (body.encode() if isinstance(body, str) else body)
    stated: dict[str, str | None] = {
        "WARC-Type": kind,
        "WARC-Target-URI": f"{SITE}/{number}",
        "WARC-Date": "2014-06-01T00:00:00Z",
        "WARC-Record-ID": f"<urn:uuid:00000000-0000-4000-8000-{number!s:0>12}>",
        "Content-Type": "application/http; msgtype=response",
        "Content-Length": str(len(block) + length),
    }
    stated |= {name.replace("_", "-"): value for name, value in other.items()}
    lines = [f"{name}: {value}" for name, value in stated.items() if value is not None]
    return "\r\n".join(["WARC/1.0", *lines, *headers, "", ""]).encode() + block + b"\r\n\r\n"


def found(tmp_path: Path, *parts: bytes, packed: bool = False) -> tuple[list[str], list[str]]:
    """(the addresses taken, the reasons for what was not) of a file of these records."""
    file = tmp_path / "crawl.warc.gz"
    file.write_bytes(b"".join(map(gzip.compress, parts)) if packed else b"".join(parts))
    got = list(answers(file))
    taken = [each.url.removeprefix(SITE) for each in got if isinstance(each, Answer)]
    return taken, [each.reason for each in got if isinstance(each, Unread)]


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (record(9, WARC_Date="yesterday"), "bad date"),
        (record(9, WARC_Date="0001-01-01T00:00:00Z"), "bad date"),
        (record(9, WARC_Date=None), "bad date"),
        (record(9, WARC_Target_URI="http://[::1"), "bad address"),
        (record(9, WARC_Target_URI="javascript:alert(1)"), "bad address"),
        (record(9, WARC_Target_URI="http://host:port/"), "bad address"),
        (record(9, WARC_Target_URI=None), "bad address"),
        (record(9, length=400), "truncated"),
        (record(9, length=-400), "truncated"),
        (record(9, Content_Length="many"), "damaged WARC"),
        (record(9, Content_Length=None), "damaged WARC"),
        (record(9, kind="conversion"), "conversion record"),
        (record(9, kind="continuation"), "continuation record"),
        (record(9, WARC_Target_URI="urn:X-crawler:log", kind="resource", http=None), "no page"),
        (record(9, b"\x89PNG", http=answered("Content-Type: image/png")), "unsupported: image/png"),
        (record(9, b"\x89PNG\x00\x01", http=answered()), "unsupported: no media type"),
    ],
)  # fmt: skip
def test_a_bad_record_costs_itself_alone(tmp_path: Path, bad: bytes, reason: str, packed: bool) -> None:
    taken, reasons = found(tmp_path, record(1), bad, record(2), packed=packed)
    assert taken == ["/1", "/2"]
    assert reason in reasons


@pytest.mark.parametrize(
    ("odd", "media_type"),
    [
        (record(1, http=answered()), ""),
        (record(1, http="HTTP/2 200\r\nContent-Type: text/html\r\n\r\n"), "text/html"),
        (record(1, http=None, kind="resource", Content_Type="text/html"), "text/html"),
        (record(1, http=None, Content_Type="text/html"), "text/html"),
        (record(1, http=answered("Content-Type: unk")), "unk"),
        (record(1, "<?xml version='1.0'?><article/>", http=answered("Content-Type: text/xml")), "text/xml"),
        (record(1, WORDS, http=answered()), ""),
        (record(1, gzip.compress(PAGE.encode()), http=answered("Content-Encoding: gzip")), ""),
        (record(1, WARC_Date="20140601000000"), "text/html"),
        (record(1, WARC_Date="2014-06-01"), "text/html"),
        (record(1, WARC_Date="2014-06"), "text/html"),
        (record(1, WARC_Date="2014-06-01T00:00:00.000000001Z"), "text/html"),
        (record(1, WARC_Date="soon", http=answered(HTML, "Date: Sun, 1 Jun 2014 00:00:00 GMT")), "text/html"),
        (record(1, WARC_Target_URI=f"<{SITE}/1>"), "text/html"),
        (record(1).replace(b"\r\n", b"\n", 7), "text/html"),
        (record(1).removesuffix(b"\r\n\r\n") + b"\n", "text/html"),
    ],
)  # fmt: skip
def test_what_other_tools_write_is_taken(tmp_path: Path, odd: bytes, media_type: str) -> None:
    file = tmp_path / "odd.warc"
    file.write_bytes(odd + record(2))
    got = list(answers(file))
    assert [(each.url, str(each.when)) for each in got if isinstance(each, Answer)] == [
        (f"{SITE}/{number}", "2014-06-01 00:00:00+00:00") for number in (1, 2)
    ]
    assert [each.media_type for each in got if isinstance(each, Answer)] == [media_type, "text/html"]


@pytest.mark.parametrize(
    "marked",
    [
        record(1, PAGE, "WARC-Truncated: length"),
        record(1, PAGE, "WARC-Segment-Number: 1"),
        record(1, PAGE, http=answered(HTML, "Content-Length: 9999")),
        record(1, f"{len(PAGE):x}\n{PAGE}\r\n1f4\r\n.", http=answered(HTML, "Transfer-Encoding: chunked")),
    ],
    ids=["said", "segment", "shorter than its length", "without its last chunk"],
)  # fmt: skip
def test_an_answer_that_is_not_all_there_is_never_full(config: Config, tmp_path: Path, marked: bytes) -> None:
    file = tmp_path / "cut.warc"
    file.write_bytes(marked + record(2))
    take(config, file)
    read = [readers.read(Archive(config.archive).read(CaptureRef.of(line))) for line in captures(config)]
    assert {document.url.rpartition("/")[2]: document.access for document in read} == {
        "1": "excerpt",
        "2": "full",
    }


def test_the_end_of_a_file_that_was_cut_off_is_named_and_not_taken(tmp_path: Path) -> None:
    whole = b"".join(record(number) for number in range(3))
    for packed in (whole, gzip.compress(whole)):
        for end in (len(packed) - 40, len(packed) * 5 // 6):
            taken, reasons = found(tmp_path, packed[:end])
            assert taken == ["/0", "/1"][: len(taken)]
            assert len(reasons) == 1


@pytest.mark.parametrize("junk", [b"", b"PK\x03\x04 no archive", b"\x1f\x8b\x08 nor this"])
def test_a_file_that_is_none_is_told(tmp_path: Path, junk: bytes) -> None:
    assert found(tmp_path, junk) == ([], ["damaged WARC"])


@given(cut=st.integers(0, 10**6), flip=st.integers(0, 10**6), bit=st.integers(0, 7))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
def test_whatever_is_flipped_or_cut_costs_at_most_what_it_touches(
    tmp_path: Path, cut: int, flip: int, bit: int
) -> None:
    """Three records that are gzipped each: damage to one leaves the two others, and is told."""
    parts = [bytearray(gzip.compress(record(number))) for number in range(3)]
    hurt = parts[flip % 3]
    hurt[flip % len(hurt)] ^= 1 << bit
    if cut % 3 == 0:
        del hurt[1 + cut % (len(hurt) - 1) :]
    taken, reasons = found(tmp_path, *map(bytes, parts))
    others = [f"/{number}" for number in range(3) if number != flip % 3]
    assert set(others) <= set(taken)
    if not reasons:  # a bit of the header that nobody reads
        assert taken == ["/0", "/1", "/2"]
        assert zlib.decompress(bytes(hurt), 31) == record(flip % 3)


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=5), st.booleans())
def test_chunks_are_joined_and_a_missing_end_is_seen(chunks: list[bytes], ended: bool) -> None:
    sent = b"".join(b"%x;note=1\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    whole = b"".join(chunks)
    if ended:
        assert dechunked(sent + b"0\r\n\r\n") == (whole, True)
    elif chunks:
        assert dechunked(sent) == (whole, False)


def test_nothing_of_the_library_s_own_reaches_the_terminal(
    config: Config, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "loose.warc"
    file.write_bytes(record(1).rstrip() + b"no blank line\r\n" + record(2, length=-20) + record(3))
    done = take(config, file)
    assert done.kept == 1
    assert sum(done.refused.values()) >= 2
    assert capfd.readouterr().err.count("WARNING") == 0
    assert all(str(file) in problem for problem in done.problems)


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_a_record_that_is_cut_off_costs_not_even_the_one_that_follows_at_once(
    tmp_path: Path, packed: bool
) -> None:
    """Without an empty line between: the next begins in the middle of a line."""
    for missing in (1, 10, 300):
        taken, reasons = found(tmp_path, record(1), record(9)[: -4 - missing], record(2), packed=packed)
        assert (taken, reasons) == (["/1", "/2"], ["truncated"])


def test_a_whole_record_is_taken_whatever_follows_it(tmp_path: Path) -> None:
    taken, reasons = found(tmp_path, record(1), b"rubbish\r\n", record(2), b"\x00" * 40)
    assert (taken, reasons) == (["/1", "/2"], ["damaged WARC", "damaged WARC"])


@pytest.mark.parametrize("kind", ["respond", "", "warcinfo"])
def test_an_answer_under_another_name_is_told(tmp_path: Path, kind: str) -> None:
    assert found(tmp_path, record(1), record(9, kind=kind), record(2)) == (["/1", "/2"], ["damaged WARC"])


def test_an_answer_under_another_name_that_is_cut_off_is_told(tmp_path: Path) -> None:
    cut = record(9, kind="warcinfo", length=20)
    assert found(tmp_path, record(1), cut, record(2)) == (["/1", "/2"], ["truncated"])


def test_heads_of_answers_may_hold_any_sign(config: Config, tmp_path: Path) -> None:
    head = "HTTP/1.1 200 Déjà\r\nContent-Type: text/html; charset=ýutf-8\r\nX-ý: a;b=ý\r\n\r\n"
    (tmp_path / "a.warc").write_bytes(record(1, http=head) + record(2))
    done = take(config, tmp_path / "a.warc")
    assert (done.kept, done.problems) == (2, [])


def test_the_library_s_own_remarks_never_reach_the_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    taken, _ = found(tmp_path, record(1, WARC_Target_URI=f"{SITE}/a page"), record(2))
    assert taken == ["/a%20page", "/2"]
    assert capfd.readouterr() == ("", "")
