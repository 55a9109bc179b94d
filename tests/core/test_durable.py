"""Lines and files that tell whether they are as they were written."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import durable
from pipeline.durable import append_lines, as_sealed, dumps, flawed_lines, loads, read_lines, sealed_anew

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
LINES = st.dictionaries(
    WORDS, WORDS | st.integers() | st.booleans() | st.none() | st.lists(WORDS), max_size=4
)


@given(LINES)
def test_a_line_comes_back_as_it_was_written(said: dict[str, Any]) -> None:
    said.pop("sum", None)
    assert loads(dumps({"type": "a", **said}) + b"\n") == {"type": "a", **said}


@settings(deadline=None)
@given(st.lists(LINES, min_size=1, max_size=4), st.data())
def test_a_flipped_bit_in_a_line_is_never_taken_for_what_was_said(
    lines: list[Any], data: st.DataObject
) -> None:
    lines = [{"type": "a", **{key: one for key, one in line.items() if key != "sum"}} for line in lines]
    with TemporaryDirectory() as folder:
        file = Path(folder) / "a.jsonl"
        append_lines(file, lines)
        body = bytearray(file.read_bytes())
        body[data.draw(st.integers(0, len(body) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        file.write_bytes(body)
        told: list[int] = []
        read = list(read_lines(file, told.append))
        assert told
        assert flawed_lines(file)
        assert all(line in lines for line in read)


def test_a_torn_end_was_never_acknowledged_and_is_no_damage(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    append_lines(file, [{"n": 1}, {"n": 2}])
    file.write_bytes(file.read_bytes()[:-9])
    told: list[int] = []
    assert list(read_lines(file, told.append)) == [{"n": 1}]
    assert (told, flawed_lines(file)) == ([], [])


def test_lines_of_an_older_version_have_no_sum_and_count(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes(b'{"n": 1}\n')
    append_lines(file, [{"n": 2}])
    assert list(read_lines(file)) == [{"n": 1}, {"n": 2}]
    assert flawed_lines(file) == []
    file.write_bytes(file.read_bytes() + b'{"n": 3}\n')
    assert flawed_lines(file) == [3]


def test_the_seal_of_a_file_counts_from_one_close_to_the_next_opening(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    file.write_bytes(b"one")
    assert as_sealed(file) is None
    with sealed_anew(file):
        pass
    assert as_sealed(file) is True
    with suppress(RuntimeError), sealed_anew(file):
        file.write_bytes(b"three")
        assert durable.open_note(file).exists()
        raise RuntimeError
    assert as_sealed(file) is True
    assert not durable.open_note(file).exists()
    file.write_bytes(b"damaged")
    assert as_sealed(file) is False
