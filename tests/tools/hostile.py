"""`make hostile N=10000`: mutated pages, PDFs and records against the readers, damaged files against doors.

The doors are those of tests/tools/doors.py: tables, workbooks, WARC files, feeds, sitemaps, codebooks, label
sheets. Of thirty mutants seven are for the readers, beside monsters made by hand, and one for each door. All
run in processes under limits. Prints what became of them, the slowest and the memory used, and as its last
line one JSON object. Exit code 1 where a reader or a door failed, something was lost without a word, or a
process was lost. Mutant n is the same as long as the fixtures are: `python -m tests.tools.hostile show n`.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from pipeline import readers
from pipeline.errors import SetAside
from pipeline.records import Capture
from pipeline.settings import Read
from pipeline.workers import Limits, Lost, Workers
from spiders.sampleweb.pdf import write_pdf
from tests.support.damage import cut, end, flip
from tests.support.monsters import FETCHED, docx, monsters
from tests.support.policies import small_table
from tests.tools import doors

CASES = Path(__file__).parents[1] / "readers" / "captures"
DEFECTS = ("reader-failed", "door-failed", "unaccounted", "too-slow", "too-large", "crashed")
READERS = "pages, PDFs, records"
KINDS = (*[READERS] * 7, *doors.NAMES)
DOOR_SECONDS = 20.0
"""What is slower at a door is a defect."""
JUNK = (
    *(b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\x1f\x8b\x08", b"<", b">", b"&", b"&#0;", b"&#xD800;", b"]]>"),
    *(b"<!--", b"<![CDATA[", b"<p>", b"</div>", b"<table>", b"<script>", b"<svg>", b"<template>", b"{", b"}"),
    *(b'"', b"%PDF-1.7", b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"<base href='http://[::1'>"),
    *("\u202e".encode(), "\u200b".encode(), "\ufeff".encode(), "\u0301".encode() * 50, b"9" * 400),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one input: seconds it took, and the largest size of its process so far (MB)."""

    reason: str
    detail: str
    seconds: float
    megabytes: float


def mutant(number: int) -> Capture:
    """One of the fixtures with one to eight mutations, or two fixtures cut together."""
    dice = random.Random(number)
    capture = dice.choice(_seeds())
    body = bytearray(capture.body)
    for _ in range(dice.randint(1, 8)):
        dice.choice(MUTATIONS)(body, dice)
    charset = dice.choice((None, None, "utf-8", "utf-16", "latin-1", "shift_jis", "no\x00such", "idna"))
    media_type = dice.choice((capture.media_type,) * 6 + ("text/html", "application/pdf", "", "text/plain"))
    return Capture(capture.url, capture.source, FETCHED, media_type, bytes(body), charset=charset)


def _repeat(body: bytearray, dice: random.Random) -> None:
    start = dice.randrange(len(body) + 1)
    body[start:start] = body[start : start + dice.randrange(1, 400)] * dice.choice((2, 10, 200))


def _insert(body: bytearray, dice: random.Random) -> None:
    start = dice.randrange(len(body) + 1)
    body[start:start] = dice.choice(JUNK) * dice.choice((1, 1, 3, 50))


def _splice(body: bytearray, dice: random.Random) -> None:
    other = dice.choice(_seeds()).body
    start = dice.randrange(len(other) + 1)
    body[dice.randrange(len(body) + 1) :] = other[start:]


def _nest(body: bytearray, dice: random.Random) -> None:
    tag = dice.choice(
        (b"<div>", b"<b>", b"<span><a href=x>", b"<ul><li>", b"<table><tr><td>", b"[", b'{"a":')
    )
    start = dice.randrange(len(body) + 1)
    body[start:start] = tag * dice.choice((20, 500, 3000))


def _recode(body: bytearray, dice: random.Random) -> None:
    text = body.decode("utf-8", "replace")
    body[:] = text.encode(dice.choice(("utf-16", "cp1252", "utf-8-sig", "utf-32", "cp037")), "replace")


MUTATIONS: tuple[Callable[[bytearray, random.Random], None], ...] = (
    partial(flip, most=20), partial(cut, most=2000), end, _repeat, _insert, _insert, _splice, _nest, _recode,
)  # fmt: skip


@cache
def _seeds() -> tuple[Capture, ...]:
    """The fixtures, two PDFs and a file of Word: what mutations start from."""
    found = []
    for folder in sorted(CASES.glob("*/*")):
        told = json.loads((folder / "capture.json").read_text(encoding="utf-8"))
        body = (folder / "body").read_bytes()
        found.append(Capture(told["url"], told["source"], FETCHED, told["media_type"], body))
    file = write_pdf(
        "A sample report", ["Commissioners met in the town hall and argued at length. " * 12] * 9
    )
    policy, _, _ = small_table(random.Random(7))
    return (
        *found,
        *(
            Capture("https://example.org/a.pdf", "files", FETCHED, "application/pdf", body)
            for body in (file, policy)
        ),
        Capture("https://example.org/a.docx", "files", FETCHED, "", docx()),
    )


def kind_of(name: int | str) -> str:
    """What a mutant is for: the readers, or the file of a door."""
    return KINDS[name % len(KINDS)] if isinstance(name, int) else READERS


def judge(name: int | str) -> Outcome:
    """Read a mutant (by its number) or a monster (by its name), or take it to its door."""
    if (door := kind_of(name)) != READERS:
        return _at_the_door(door, int(name))
    return _read(mutant(name) if isinstance(name, int) else monsters()[name]())


def _read(capture: Capture) -> Outcome:
    began = time.perf_counter()
    try:
        readers.read(capture)
        reason, detail = "document", ""
    except SetAside as outcome:
        reason, detail = outcome.reason, outcome.detail
    return _outcome(reason, detail, began)


def _at_the_door(door: str, number: int) -> Outcome:
    body = doors.damaged(door, number)
    began = time.perf_counter()
    try:
        reason, detail = doors.judge(door, body), ""
    except AssertionError as error:
        reason, detail = "unaccounted", str(error)[:200]
    except Exception as error:
        reason, detail = "door-failed", f"{type(error).__name__}: {error}"[:200]
    if time.perf_counter() - began > DOOR_SECONDS:
        reason, detail = "too-slow", f"more than {DOOR_SECONDS:g} s"
    return _outcome(reason, detail, began)


def _outcome(reason: str, detail: str, began: float) -> Outcome:
    seconds = time.perf_counter() - began
    return Outcome(reason, detail, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)


def run(names: Iterable[int | str], processes: int = 2) -> dict[int | str, Outcome]:
    """Read them all as the read stage would."""
    limits = Limits(Read().seconds, Read().megabytes)
    found = {}
    with Workers(processes, limits, ("pipeline.readers.html", "pipeline.readers.pdf")) as workers:
        for number, (name, outcome) in enumerate(workers.map(judge, names), 1):
            if isinstance(outcome, Lost) and kind_of(name) in doors.BY_LIMITS:
                outcome = Outcome("refused", outcome.detail, limits.seconds, 0.0)
            elif isinstance(outcome, Lost):
                outcome = Outcome(outcome.reason, outcome.detail, limits.seconds, 0.0)
            found[name] = outcome
            if number % 500 == 0:
                sys.stderr.write(f"{number:,} read\n")
    return found


def main(count: int) -> int:
    """Print what became of all monsters and of `count` mutants."""
    big = run(monsters())
    for name, outcome in big.items():
        sys.stdout.write(
            f"{name:<34} {outcome.reason:<14} {outcome.seconds:7.2f} s {outcome.megabytes:7.0f} MB\n"
        )
    found = run(range(count))
    by_kind: dict[str, Counter[str]] = {}
    for name, outcome in found.items():
        by_kind.setdefault(kind_of(name), Counter())[outcome.reason] += 1
    for kind, reasons in by_kind.items():
        told = ", ".join(f"{number:,} {reason}" for reason, number in reasons.most_common())
        sys.stdout.write(f"{kind:<22} {reasons.total():>6,}  {told}\n")
    slowest = sorted(found.items(), key=lambda pair: -pair[1].seconds)[:5]
    sys.stdout.write("slowest: " + ", ".join(f"{name} {o.seconds:.2f} s" for name, o in slowest) + "\n")
    defects = {str(n): f"{o.reason}: {o.detail}" for n, o in found.items() if o.reason in DEFECTS}
    for name, what in list(defects.items())[:20]:
        sys.stdout.write(f"mutant {name}: {what}\n")
    lost = {name: o.reason for name, o in big.items() if o.reason in DEFECTS}
    figures = {
        "mutants": count, "doors": {kind: reasons.total() for kind, reasons in by_kind.items()},
        "defects": len(defects), "monsters": len(big), "monsters_set_aside_by_limits": lost,
        "slowest_seconds": round(slowest[0][1].seconds, 2) if slowest else 0.0,
        "peak_mb_mutants": round(max((o.megabytes for o in found.values()), default=0.0)),
        "peak_mb_monsters": round(max(o.megabytes for o in big.values())),
    }  # fmt: skip
    sys.stdout.write(json.dumps(figures) + "\n")
    return 1 if defects or "reader-failed" in lost.values() else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["show"]:
        shown = int(sys.argv[2])
        door = kind_of(shown)
        sys.stdout.buffer.write(mutant(shown).body if door == READERS else doors.damaged(door, shown))
        sys.exit(0)
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
