"""Checks that failed: what one says, when a change is more than chance, and how a person answers it.

A check belongs to a run of a source. An answer covers that check of that source up to and including
the run it names. Answers are lines of `answers.jsonl` in the archive's folder, only ever appended to,
so that a rebuild keeps them.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import sqrt
from pathlib import Path
from typing import Any

from pipeline.durable import append_lines, read_lines
from pipeline.errors import ArchiveError
from pipeline.records import short_id

SURE = 3.0
"""Standard errors beyond which a difference is not taken for chance (one-sided p = 0.0013)."""


@dataclass(frozen=True, slots=True)
class Check:
    """A failed check: its name, what was expected, what was seen, and what to look at (URL or table)."""

    name: str
    expected: str
    seen: str
    look_at: str

    def of(self, run_id: str) -> dict[str, str]:
        """As it stands in a run's record, with the id by which it is answered."""
        return {
            "id": check_id(run_id, self.name),
            "name": self.name,
            "expected": self.expected,
            "seen": self.seen,
            "look_at": self.look_at,
        }


def check_id(run_id: str, name: str) -> str:
    """The id of a run's check: the same after every rebuild."""
    return short_id(run_id, name, length=8)


def rose(hits: int, number: int, hits_before: int, number_before: int, by: float) -> bool:
    """Whether a share has risen by at least `by`, and by more than chance.

    Two proportions compared by their pooled z (Fleiss, Statistical Methods for Rates and Proportions).
    """
    if not number or not number_before:
        return False
    difference = hits / number - hits_before / number_before
    pooled = (hits + hits_before) / (number + number_before)
    error = sqrt(pooled * (1 - pooled) * (1 / number + 1 / number_before))
    return difference >= by and difference > SURE * error


class Answers:
    """The answers given so far, as lines of a dict each."""

    def __init__(self, lines: Iterable[Mapping[str, Any]]) -> None:
        self._lines = list(lines)

    @classmethod
    def of(cls, archive: Path) -> Answers:
        """Those that lie in an archive's folder."""
        return cls(read_lines(archive / "answers.jsonl"))

    def to(self, source: str, check: str, at: datetime) -> Mapping[str, Any] | None:
        """The latest answer that covers a check of a run of `source` that ended `at`."""
        covering = [a for a in self._about(source, check) if at <= _time(a["run_at"])]
        return covering[-1] if covering else None

    def accepted(self, source: str, check: str, before: datetime | None = None) -> datetime | None:
        """The end of the last run that was accepted as usual from then on: earlier ones don't count.

        `before` leaves out what was accepted of runs that ended then or later.
        """
        times = [_time(a["run_at"]) for a in self._about(source, check) if a["accept"]]
        return max((time for time in times if before is None or time < before), default=None)

    def _about(self, source: str, check: str) -> list[Mapping[str, Any]]:
        return [a for a in self._lines if (a["source"], a["check"]) == (source, check)]


def answer(archive: Path, failed: Mapping[str, Any], note: str, accept: bool, by: str = "") -> dict[str, Any]:
    """Append an answer to `failed`, a failing check of `status.failing`. Raises ArchiveError."""
    line = {
        "id": failed["id"],
        "source": failed["source"],
        "check": failed["check"],
        "run_id": failed["run_id"],
        "run_at": failed["at"],
        "note": note,
        "accept": accept,
        "by": by or _user(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    try:
        append_lines(archive / "answers.jsonl", [line])
    except OSError as error:
        raise ArchiveError(f"{archive / 'answers.jsonl'} can't be written: {error.strerror}") from error
    return line


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number without a name
        return str(os.getuid())


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
