"""`make fuzz N=5000`: damaged files and words against every door there is.

Half of the cases are those of `make hostile` (readers, tables, workbooks, WARC files, feeds, sitemaps,
codebooks, label sheets), half go through the doors of tests/tools/more_doors.py (settings, saves of the
coders' page, other programs' codings, our own archive, content encodings, addresses and days, reservations of
rights, indexes of web archives). What a door raises that it should not is made smaller as long as it is the
same find, and kept in tests/tools/finds/: `pytest tests/core/test_fuzz.py` takes each to its door for good.
Prints what became of all and, as its last line, one JSON object; exit code 1 where anything was found.
FROM=N begins at another case, for more of them than one night has time for.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from pipeline.settings import Read
from pipeline.workers import Limits, Lost, Workers
from tests.tools import hostile, more_doors

FINDS = Path(__file__).parent / "finds"
SECONDS = 20.0
"""What is slower at a door is a find."""
SHRINKING = 20.0
"""Seconds for making a find smaller."""


class Case(NamedTuple):
    """What became of a case: taken, refused, or what went wrong."""

    outcome: str
    detail: str
    seconds: float


def judge(number: int) -> Case:
    """Take mutant `number` to its door."""
    name, number = more_doors.NAMES[number % len(more_doors.NAMES)], number // len(more_doors.NAMES)
    return at_the_door(name, more_doors.spoilt(name, number))


def at_the_door(name: str, body: bytes) -> Case:
    """What a door makes of some bytes."""
    began = time.perf_counter()
    try:
        outcome, detail = more_doors.judge(name, body), ""
    except Exception as error:
        outcome, detail = "find", f"{type(error).__name__} in {_where(error)}: {error}"[:200]
    seconds = time.perf_counter() - began
    return Case("slow", f"{seconds:.0f} s", seconds) if seconds > SECONDS else Case(outcome, detail, seconds)


def _where(error: Exception) -> str:
    """The innermost line of ours that raised it."""
    found, at = "", error.__traceback__
    while at:
        file = Path(at.tb_frame.f_code.co_filename)
        found = f"{file.name}:{at.tb_lineno}" if {"pipeline", "spiders"} & set(file.parts) else found
        at = at.tb_next
    return found


def smaller(body: bytes, same: Callable[[bytes], bool], seconds: float = SHRINKING) -> bytes:
    """The body with as much taken out as leaves it the `same`."""
    until, step = time.monotonic() + seconds, max(1, len(body) // 2)
    while step and time.monotonic() < until:
        at, before = 0, len(body)
        while at < len(body) and time.monotonic() < until:
            without = body[:at] + body[at + step :]
            body, at = (without, at) if same(without) else (body, at + step)
        step = step // 2 if len(body) == before else min(step, max(1, len(body) // 2))
    return body


def keep(number: int, case: Case) -> Path:
    """Write down a find, made smaller."""
    name = more_doors.NAMES[number % len(more_doors.NAMES)]
    body, kind = more_doors.spoilt(name, number // len(more_doors.NAMES)), case.detail.partition(":")[0]
    if case.outcome == "find":
        body = smaller(body, lambda part: at_the_door(name, part).detail.partition(":")[0] == kind)
    file = FINDS / name / hashlib.sha256(body).hexdigest()[:12]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(body)
    return file


def finds() -> Iterator[tuple[str, Path]]:
    """What was found before: the door, and the file."""
    for file in sorted(FINDS.glob("*/*")):
        yield file.parent.name, file


def main(count: int, start: int) -> int:
    """Print what became of the cases."""
    began = time.monotonic()
    by_door: dict[str, Counter[str]] = defaultdict(Counter)
    wrong: list[tuple[int, Case]] = []
    limits = Limits(Read().seconds, Read().megabytes)
    numbers = range(start, start + count // 2)
    with Workers(2, limits, ("tests.tools.more_doors",)) as workers:
        for number, case in workers.map(judge, numbers):
            if isinstance(case, Lost):
                case = Case(case.reason, case.detail, limits.seconds)
            by_door[more_doors.NAMES[number % len(more_doors.NAMES)]][case.outcome] += 1
            wrong += [(number, case)] if case.outcome not in ("taken", "refused") else []
    seen: set[str] = set()
    for number, case in wrong:
        if (kind := case.detail.partition(":")[0]) not in seen:
            seen.add(kind)
            sys.stdout.write(f"case {number}: {case.outcome}: {case.detail}: {keep(number, case)}\n")
    for name, counts in by_door.items():
        told = ", ".join(f"{number:,} {outcome}" for outcome, number in counts.most_common())
        sys.stdout.write(f"{name:<22} {counts.total():>6,}  {told}\n")
    sys.stdout.flush()
    found = hostile.run(range(start, start + count - count // 2))
    bad = {name: one for name, one in found.items() if one.reason in hostile.DEFECTS}
    hostile_doors: dict[str, Counter[str]] = defaultdict(Counter)
    for name, one in found.items():
        hostile_doors[hostile.kind_of(name)][one.reason] += 1
    for door, counts in hostile_doors.items():
        told = ", ".join(f"{number:,} {reason}" for reason, number in counts.most_common())
        sys.stdout.write(f"{door:<22} {counts.total():>6,}  {told}\n")
    for mutant, one in bad.items():
        sys.stdout.write(
            f"mutant {mutant}: {one.reason}: {one.detail} (python -m tests.tools.hostile show)\n"
        )
    figures = {"cases": count, "from": start, "finds": len(wrong) + len(bad), "kinds": len(seen),
               "minutes": round((time.monotonic() - began) / 60, 1)}  # fmt: skip
    sys.stdout.write(json.dumps(figures) + "\n")
    return 1 if wrong or bad else 0


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    sys.exit(main(given[0] if given else 5000, given[1] if len(given) > 1 else 0))
