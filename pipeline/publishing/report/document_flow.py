"""The document flow as boxes: what every step has, and what leaves it before the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.publishing.report.content import FlowRow
from pipeline.records import REASONS

STEPS = (
    ("found", "addresses found", "refused"),
    ("captured", "captured", "set aside"),
    ("read", "read", "merged"),
    ("document", "documents", "duplicate"),
    ("unique", "unique documents", "not in trends"),
    ("in trends", "documents in trends", None),
)
"""A step, how the page calls it, and the step that leads out of it."""


@dataclass(frozen=True, slots=True)
class Box:
    """A step of the flow, and what leaves it before the next; `lost` where the counts don't add up."""

    name: str
    documents: int
    out: str | None
    left: int
    reasons: tuple[tuple[str, int], ...]
    lost: int


def flow(rows: Sequence[FlowRow]) -> list[Box]:
    """The steps in order, each with what left it and why; a step without rows counts nothing."""
    if not rows:
        return []
    totals: dict[str, int] = {}
    for row in rows:
        totals[row.step] = totals.get(row.step, 0) + row.documents
    boxes = []
    for index, (step, name, out) in enumerate(STEPS):
        left = totals.get(out, 0) if out else 0
        reasons = tuple(
            (REASONS.get(row.reason or "", row.reason or "no reason given"), row.documents)
            for row in rows
            if row.step == out and row.documents
        )
        entered = totals.get(step, 0)
        lost = entered - left - totals.get(STEPS[index + 1][0], 0) if out else 0
        boxes.append(Box(name, entered, out, left, reasons, lost))
    return boxes
