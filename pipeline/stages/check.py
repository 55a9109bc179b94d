"""archive, answers.jsonl, capture, reading, crawl_run -> monitor: what reads unlike before, and what the
runs told.

What the spiders can't see, since they never read: pages that no longer read, or come as excerpts;
dates, authors, titles, genres that vanish; texts that shrink. Each run of a spider is compared with
the source's runs before it; small runs are taken together until there is enough to tell.

When: fingerprint: runs, readings, answers, settings under `[monitors]`, rules (docs/monitors.md).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from math import exp
from typing import Any

from pipeline import store
from pipeline.archive import Archive
from pipeline.config import Config
from pipeline.fingerprints import rules
from pipeline.operating.failed_checks import Answers, Check, check_id, rose
from pipeline.progress import Tell
from pipeline.records import short_id
from pipeline.settings import Monitors
from pipeline.store import Connection

COLUMNS = ("check_id", "source", "run_id", "ended_at", "stage", "check_name", "expected", "seen", "look_at",
           "answered", "note", "answered_by", "answered_at", "accepted")  # fmt: skip
FIELDS = {
    "undated": ("no-dates", "a date"),
    "unsigned": ("no-authors", "authors"),
    "untitled": ("no-titles", "a title"),
    "unsorted": ("no-genre", "a genre"),
}
"""Column of `tallies` -> name of the check, and what is missing."""

SUMS = ("captures", "unread", "documents", "paywalled", "pages", *FIELDS, "log_words")
CHECKS = ("unread", "paywalled", "short", *(name for name, _ in FIELDS.values()))
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sides:
    """What is compared: sums over the run (with as many before it as are needed), and over those before."""

    now: Row
    before: Row
    run: Row
    limits: Monitors


def run(connection: Connection, config: Config, tell: Tell) -> int:
    """Find what reads unlike before, and take in what the spiders told. Returns how many checks failed."""
    fingerprint = _fingerprint(connection, config)
    if store.unchanged(connection, "monitor", fingerprint):
        return 0
    known = {key for (key,) in connection.execute("SELECT check_id FROM monitor").fetchall()}
    answers = Answers.of(config.archive)
    rows = [
        _row(failed, answers) for failed in [*_told(connection, config), *_found(connection, config, answers)]
    ]
    connection.execute("DELETE FROM monitor")
    store.insert(connection, "monitor", COLUMNS, rows)
    store.mark(connection, "monitor", fingerprint)
    for row in (dict(zip(COLUMNS, row, strict=True)) for row in rows):
        if row["stage"] == "read" and not row["answered"] and row["check_id"] not in known:
            tell.warn(
                f"{row['source']}: expected {row['expected']}; seen {row['seen']}; look at {row['look_at']}"
            )
    return len(rows)


def compare(runs: Sequence[Row], answers: Answers, limits: Monitors) -> list[tuple[Row, Check]]:
    """The failed checks of one source's runs, oldest run first. Runs without a record are not judged."""
    found = []
    for place, judged in enumerate(runs):
        for name in CHECKS:
            if judged["run_id"] is None or name in limits.off:
                continue
            sides = _sides(runs, place, answers, name, limits)
            check = sides and _check(name, sides)
            if check:
                found.append((judged, check))
    return found


def _sides(runs: Sequence[Row], place: int, answers: Answers, name: str, limits: Monitors) -> Sides | None:
    """The run (with runs before it, where it is small) and those before; None where that is too little."""
    source = runs[place]["source"]
    accepted = answers.accepted(source, name, runs[place]["ended"])
    first = next((i for i, r in enumerate(runs) if accepted is None or r["ended"] >= accepted), place)
    start = place
    while sum(r["captures"] for r in runs[start : place + 1]) < limits.window and start > first:
        if answers.to(source, name, runs[start - 1]["ended"]) is not None:
            break  # what was answered is not held against later runs
        start -= 1
    now, before = _sum(runs[start : place + 1]), _sum(runs[first:start])
    if now["captures"] < limits.floor or before["captures"] < limits.window:
        return None
    return Sides(now, before, runs[place], limits)


def _sum(runs: Sequence[Row]) -> Row:
    return {key: sum(row[key] for row in runs) for key in SUMS}


def _check(name: str, sides: Sides) -> Check | None:
    if name == "unread":
        leading = f", most of all {sides.run['reason']}" if sides.run["reason"] else ""
        return _risen(sides, name, "unread", "captures", f"set aside{leading}")
    if name == "paywalled":
        return _risen(sides, name, "paywalled", "documents", "an excerpt only")
    if name == "short":
        return _short(sides)
    return next(_gone(sides, column) for column, (check, _) in FIELDS.items() if check == name)


def _risen(sides: Sides, name: str, column: str, of: str, what: str) -> Check | None:
    """A share that jumps."""
    now, before = sides.now, sides.before
    enough = now[column] >= sides.limits.floor
    if not enough or not rose(now[column], now[of], before[column], before[of], sides.limits.unread):
        return None
    expected = f"about {before[column] / before[of]:.0%} of {of} {what.partition(',')[0]}"
    return Check(name, expected, f"{now[column]} of {now[of]} {what}", _look_at(sides, column))


def _gone(sides: Sides, column: str) -> Check | None:
    """A field that most pages had and hardly any has now."""
    now, before, (name, what) = sides.now, sides.before, FIELDS[column]
    if now["pages"] < sides.limits.floor or not before["pages"]:
        return None
    usual, has = 1 - before[column] / before["pages"], now["pages"] - now[column]
    risen = rose(now[column], now["pages"], before[column], before["pages"], 0.5 - sides.limits.gone)
    if usual < 0.5 or has > sides.limits.gone * now["pages"] or not risen:
        return None
    seen = f"{has} of {now['pages']} pages have {what}"
    return Check(name, f"{what} on about {usual:.0%} of pages", seen, _look_at(sides, column))


def _short(sides: Sides) -> Check | None:
    """Texts that have collapsed: geometric means of their words."""
    now, before = sides.now, sides.before
    if now["documents"] < sides.limits.floor or not before["documents"]:
        return None
    words, usual = exp(now["log_words"] / now["documents"]), exp(before["log_words"] / before["documents"])
    if words >= sides.limits.short * usual:
        return None
    expected = f"texts of about {usual:.0f} words"
    return Check(
        "short", expected, f"about {words:.0f} words in {now['documents']} texts", _look_at(sides, "short")
    )


def _look_at(sides: Sides, column: str) -> str:
    url = sides.run[f"{column}_url"]
    return url or f"FROM capture WHERE source = '{sides.run['source']}' ORDER BY fetched_at DESC"


def _found(connection: Connection, config: Config, answers: Answers) -> list[dict[str, Any]]:
    """What the readings tell, source by source."""
    result = connection.execute(store.queries("check")["tallies"])
    names = [column[0] for column in result.description or ()]
    tallies = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    failed = []
    for source, runs in groupby(tallies, key=lambda row: str(row["source"])):
        for judged, check in compare(list(runs), answers, config.monitors_of(source)):
            failed.append(_failed(source, judged["run_id"], judged["ended"], "read", check))
    return failed


def _told(connection: Connection, config: Config) -> list[dict[str, Any]]:
    """What the spiders' records tell."""
    indexes = [f"{file}.jsonl" for file in Archive(config.archive).files()]
    if not indexes:
        return []
    rows = connection.execute(store.queries("check")["told"], [indexes]).fetchall()
    return [_failed(source, run_id, at, "crawl", Check(*check)) for source, run_id, at, *check in rows]


def _failed(source: str, run_id: str, at: datetime, stage: str, check: Check) -> dict[str, Any]:
    return {"source": source, "run_id": run_id, "at": at, "stage": stage, **asdict(check)}


def _row(failed: dict[str, Any], answers: Answers) -> tuple[Any, ...]:
    given = answers.to(failed["source"], failed["name"], failed["at"])
    about = (given["note"], given["by"], given["at"], given["accept"]) if given else (None, None, None, None)
    return (
        check_id(failed["run_id"], failed["name"]),
        *(failed[key] for key in ("source", "run_id", "at", "stage", "name", "expected", "seen", "look_at")),
        given is not None,
        *about,
    )


def _fingerprint(connection: Connection, config: Config) -> str:
    answers = config.archive / "answers.jsonl"
    limits = {name: asdict(config.monitors_of(name)) for name in ("", *config.sources)}
    return short_id(
        str(store.value(connection, store.queries("check")["state"])),
        answers.read_text(encoding="utf-8") if answers.exists() else "",
        json.dumps(limits, sort_keys=True),
        rules(__name__),
    )
