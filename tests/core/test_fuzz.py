"""What `make fuzz` found stays found, and a door takes what was not spoilt."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools import fuzz, more_doors


@pytest.mark.parametrize(("door", "file"), [*fuzz.finds()], ids=lambda part: getattr(part, "name", part))
def test_what_was_found_once_is_taken_or_refused(door: str, file: Path) -> None:
    found = fuzz.at_the_door(door, file.read_bytes())
    assert found.outcome in ("taken", "refused"), found.detail


@pytest.mark.parametrize("door", more_doors.NAMES)
def test_what_was_not_spoilt_is_taken(door: str) -> None:
    assert fuzz.at_the_door(door, more_doors.MORE[door][0]()).outcome == "taken"


@pytest.mark.parametrize("door", more_doors.NAMES)
def test_what_was_spoilt_is_taken_or_refused_and_is_the_same_each_time(door: str) -> None:
    for number in range(3):
        body = more_doors.spoilt(door, number)
        assert body == more_doors.spoilt(door, number)
        assert fuzz.at_the_door(door, body).outcome in ("taken", "refused")


def test_a_find_is_made_smaller_as_long_as_it_is_the_same() -> None:
    body = b"x" * 300 + b"AB" + b"y" * 200
    assert fuzz.smaller(body, lambda part: b"AB" in part) == b"AB"
