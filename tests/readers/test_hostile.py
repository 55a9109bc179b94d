"""Whatever a server sends becomes a document or a row with a reason; whatever a person brings to a door of
the import is taken, or told. `make hostile` tries ten thousand."""

from __future__ import annotations

import pytest

from pipeline.records import REASONS
from tests.support.monsters import monsters
from tests.tools import doors, hostile

HEAVY = {name for name in monsters() if "MB" in name or "2,000 pages" in name or "articles" in name}
"""Some seconds each, or set aside by a limit: left to `make hostile`."""


@pytest.mark.slow
def test_mutated_pages_and_files_are_read_or_set_aside() -> None:
    found = hostile.run(n for n in range(500) if hostile.kind_of(n) == hostile.READERS)
    assert {outcome.reason for outcome in found.values()} <= {"document", *REASONS}
    defects = {n: (o.reason, o.detail) for n, o in found.items() if o.reason in hostile.DEFECTS}
    assert defects == {}


@pytest.mark.parametrize("door", doors.NAMES)
def test_a_damaged_file_is_taken_or_refused_and_nothing_is_lost_without_a_word(door: str) -> None:
    """Rows, records, entries and codes: `judge` fails where one is neither taken nor told."""
    assert {doors.judge(door, doors.damaged(door, number)) for number in range(4)} <= {
        "taken", "in part", "refused",
    }  # fmt: skip


@pytest.mark.parametrize("door", doors.NAMES)
def test_an_undamaged_file_is_taken(door: str) -> None:
    assert doors.judge(door, doors.undamaged(door)) == "taken"


def test_a_mutant_is_the_same_whenever_it_is_made() -> None:
    assert hostile.mutant(7) == hostile.mutant(7)
    assert hostile.mutant(7).body != hostile.mutant(8).body
    assert all(doors.damaged(door, 7) == doors.damaged(door, 7) for door in doors.NAMES)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", sorted(monsters().keys() - HEAVY - {"a million line breaks", "200,000 links"})
)
def test_a_monster_is_read_or_set_aside(name: str) -> None:
    outcome = hostile.judge(name)
    assert outcome.reason in {"document", *REASONS} - {"reader-failed"}, outcome.detail


def test_nesting_too_deep_for_recursion_is_read_all_the_same() -> None:
    page = b"<body><main>" + b"<b>" * 1400 + b"<p>Commissioners met and argued about clinics. " * 30
    capture = hostile.Capture("https://example.org/a", "files", hostile.FETCHED, "text/html", page)
    assert "argued" in hostile.readers.read(capture).text
