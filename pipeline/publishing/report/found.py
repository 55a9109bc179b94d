"""Rows of the tests for change -> the report's records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.publishing.report.content import MEASURES, EventEffect, Level, Shift, ShownMovement

Row = Mapping[str, Any]


class Changes:
    """What the tests found of each theme."""

    def __init__(self, points: Sequence[Row], movements: Sequence[Row], tests: Sequence[Row]) -> None:
        self._points = points
        self._movements = {row["theme"]: row for row in movements}
        self._tests = {row["theme"]: row for row in tests}

    def shifts(self, theme: str) -> dict[str, tuple[Shift, ...]]:
        """Its change points by measure, oldest first."""
        names = (
            "period", "at", "at_lower", "at_upper", "before_start", "after_end", "before", "after", "change",
            "change_lower", "change_upper", "q_value",
        )  # fmt: skip
        own = [row for row in self._points if row["theme"] == theme]
        return {
            measure: tuple(Shift(*(row[n] for n in names)) for row in own if row["measure"] == measure)
            for measure in MEASURES
        }

    def movement(self, theme: str) -> ShownMovement | None:
        """Late against early, of its share."""
        row = self._movements.get(theme)
        if row is None:
            return None
        early, late = (
            Level(*(row[f"{part}{name}"] for name in ("_start", "_end", "", "_lower", "_upper")))
            for part in ("early", "late")
        )
        return ShownMovement(
            early, late, row["change"], row["change_lower"], row["change_upper"], row["q_value"]
        )

    def untested(self, theme: str) -> str:
        """Why its share was not tested; empty where it was."""
        return str(self._tests.get(theme, {}).get("reason") or "")

    def smooth_q(self, theme: str) -> float | None:
        """The q-value of Neyman's smooth test of its share; None where it was not tested."""
        return self._tests.get(theme, {}).get("smooth_q")


def effects(rows: Sequence[Row]) -> tuple[EventEffect, ...]:
    """The themes around events."""
    return tuple(
        EventEffect(
            row["event"], row["date"], row["label"], row["measure"], row["period"], _effect(row, "level"),
            _effect(row, "slope"), tuple(row["others"] or ()), row["reason"] or "",
        )
        for row in rows
    )  # fmt: skip


def _effect(row: Row, name: str) -> tuple[float, float, float, float] | None:
    if row[name] is None:
        return None
    return row[name], row[f"{name}_lower"], row[f"{name}_upper"], row[f"{name}_q"]
