"""What is there, how fresh it is, what failed and why: read from files, quickly, never waiting."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

from pipeline import store
from pipeline.archive import Archive
from pipeline.config import Config
from pipeline.errors import InputError, StoreError
from pipeline.operating.failed_checks import Answers
from pipeline.records import counted

Status = dict[str, Any]

THIN = 3
"""So many thin sources are named."""
SHAKY = 5
"""So many topics that are not stable are named."""


def status(config: Config) -> Status:
    """The state of a data folder. Never writes and never fails for what is merely absent."""
    return {
        "data": str(config.data),
        "archive": _archive(config),
        "working": _file(store.working_file(config)),
        "published": _published(config),
        "checks": failing(config),
    }


def as_text(found: Status) -> str:
    """The state as lines for a person."""
    archive, published = found["archive"], found["published"]
    lines = [
        f"data       {found['data']}",
        f"archive    {archive['captures']:,} captures in {archive['files']} WARC files, "
        f"{_size(archive['bytes'])}",
    ]
    lines += [f"           torn end kept in {name}" for name in archive["torn"]]
    lines += [_run_line(run) for run in archive["last_runs"]]
    lines += _check_lines(found["checks"])
    if "problem" in published:
        return "\n".join([*lines, f"published  {published['problem']}"])
    lines += [
        f"published  {published['path']}, {_size(published['bytes'])}, {published['age']}",
        f"           built {published['built_at']:%Y-%m-%d %H:%M} UTC" if published["built_at"] else "",
    ]
    if published["behind"]:
        lines.append(
            f"           {published['behind']:,} captures in the archive are newer: run `themeshift build`"
        )
    lines += _thin_lines(published["thin"])
    lines += _correction_lines(published["corrections"])
    lines += _topic_lines(published["topics"])
    lines += [
        f"retention  {count:,} documents of {source} may be kept no longer, the first since {until}: "
        "see docs/rights.md"
        for source, count, until in published["retention"]
    ]
    lines += ["", "step                  documents"]
    lines += [f"{step:<20} {count:>10,}" for step, count in published["flow"]]
    if published["reasons"]:
        lines += ["", "left out, and why"]
        lines += [f"{count:>10,}  {step}: {reason}" for step, reason, count in published["reasons"]]
    return "\n".join(line for line in lines if line is not None)


def failing(config: Config) -> list[Status]:
    """The failing checks that nobody has answered: the latest of its kind for each source, and how often."""
    answers = Answers.of(config.archive)
    latest: dict[tuple[str, str], Status] = {}
    for check in sorted([*_told(config), *_read_unlike(config)], key=lambda check: str(check["at"])):
        if answers.to(check["source"], check["check"], datetime.fromisoformat(check["at"])) is None:
            key = check["source"], check["check"]
            latest[key] = {**check, "times": latest.get(key, {}).get("times", 0) + 1}
    return [latest[key] for key in sorted(latest)]


def failing_check(config: Config, check_id: str) -> Status:
    """The failing check of that id. Raises InputError where there is none."""
    open_checks = failing(config)
    for check in open_checks:
        if check["id"] == check_id:
            return check
    known = ", ".join(check["id"] for check in open_checks) or "none is open"
    raise InputError(f"no failing check {check_id!r}; `themeshift status` shows: {known}")


def _told(config: Config) -> list[Status]:
    """What the spiders' monitors wrote into the archive."""
    return [
        {
            "id": check["id"],
            "source": line["source"],
            "check": check["name"],
            "stage": "crawl",
            "run_id": line["run_id"],
            "at": line["finished_at"],
            **{key: check[key] for key in ("expected", "seen", "look_at")},
        }
        for line in Archive(config.archive).lines()
        if line["type"] == "run"
        for check in line.get("checks", ())
    ]


def _read_unlike(config: Config) -> list[Status]:
    """What the stage `check` found, as published."""
    path = store.published_file(config)
    if not path.exists():
        return []
    try:
        connection = store.open_published(path)
    except StoreError:
        return []  # told under `published`
    with connection:
        found = _rows(connection, "failing", "monitor")
    return [{**check, "at": check["at"].isoformat()} for check in found]


def _rows(connection: store.Connection, query: str, table: str) -> list[Status]:
    """The rows of a query; none where the published file is older than the table it asks."""
    # Not bound: with the first bound value DuckDB imports pandas, which takes a second.
    known = f"SELECT count(*) FROM duckdb_tables() WHERE table_name = {store.quoted(table)}"
    if not store.value(connection, known):
        return []
    result = connection.execute(store.queries("status")[query])
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _check_lines(checks: list[Status]) -> list[str]:
    lines = []
    for check in checks:
        often = f", {check['times']} runs" if check["times"] > 1 else ""
        lines += [
            f"check      {check['id']}  {check['source']}: {check['check']} ({check['at'][:10]}{often})",
            f"           expected {check['expected']}",
            f"           seen     {check['seen']}",
            f"           look at  {check['look_at']}",
        ]
    if checks:
        lines.append('           answer each: themeshift answer ID --note "what it was"')
    return lines


def _thin_lines(thin: list[Status]) -> list[str]:
    """What the sources lack: a line each for those that lack most."""
    lines = []
    for source in thin[:THIN]:
        known = f" {source['read']} of {source['known']} known" if source["known"] is not None else ""
        stretches = ", ".join(f"{_years(gap)}: {gap['kind']}" for gap in source["gaps"])
        lines.append(f"coverage   {source['source']}{known} ({stretches})")
    if len(thin) > THIN:
        lines.append(f'           and {len(thin) - THIN} more sources: `themeshift sql "FROM gap"`')
    return lines


def _correction_lines(found: list[Status]) -> list[str]:
    """Which themes are corrected by human codes, and why others that people coded are not."""
    corrected = ", ".join(one["theme"] for one in found if one["corrected"])
    lines = [f"corrected  {corrected}, by human codes"] if corrected else []
    return lines + [f"           not {one['theme']}: {one['why']}" for one in found if not one["corrected"]]


def _topic_lines(found: list[Status]) -> list[str]:
    """What the topics rest on, and those of them not to build on."""
    if not found:
        return []
    (topics,) = found
    agree = "" if topics["rand_index"] is None else f"; refits agree at {topics['rand_index']:.2f}"
    on = f"fitted on {topics['fitted']:,} passages, {topics['assigned']:,} assigned since"
    lines = [f"topics     {topics['topics']}, {on}{agree}"]
    if unstable := topics["unstable"]:
        more = f" and {len(unstable) - SHAKY} more" if len(unstable) > SHAKY else ""
        lines.append(f"           not stable: {', '.join(unstable[:SHAKY])}{more}: don't build on these")
    return lines


def _years(gap: Status) -> str:
    if gap["from"] is None:
        return "all years"
    first, last = gap["from"][:4], gap["to"][:4]
    return first if first == last else f"{first} to {last}"


def _archive(config: Config) -> Status:
    archive = Archive(config.archive)
    files = archive.files()
    captures = 0
    runs: dict[str, Status] = {}
    for line in archive.lines():
        captures += line["type"] == "capture"
        if line["type"] == "run":
            runs[line["source"]] = {
                key: line[key]
                for key in ("source", "finished_at", "outcome", "kept", "unchanged", "refused", "failed")
            }
    return {
        "files": len(files),
        "bytes": sum(file.stat().st_size for file in files),
        "captures": captures,
        "last_runs": sorted(runs.values(), key=lambda run: str(run["source"])),
        "torn": sorted(p.name for p in config.archive.glob("*.torn-*")) if files else [],
    }


def _published(config: Config) -> Status:
    path = store.published_file(config)
    try:
        connection = store.open_published(path)
    except StoreError as error:
        return {"path": str(path), "problem": str(error)}
    named = store.queries("status")
    with connection:
        return {
            **_file(path),
            "built_at": store.value(connection, "SELECT built_at FROM about"),
            "flow": connection.execute(named["flow"]).fetchall(),
            "reasons": connection.execute(named["reasons"]).fetchall(),
            "retention": _past_retention(connection),
            "behind": _behind(config, int(store.value(connection, "SELECT count(*) FROM capture"))),
            "thin": _rows(connection, "thin", "gap"),
            "corrections": _rows(connection, "corrections", "correction"),
            "topics": _rows(connection, "topics", "fit_stability"),
        }


def _past_retention(connection: store.Connection) -> list[tuple[str, int, str]]:
    """Source, documents past their last day, the first of these days; none in a file of an older shape."""
    named = store.queries("status")
    if not store.value(connection, named["knows_retention"]):
        return []
    return connection.execute(named["retention"]).fetchall()


def _behind(config: Config, published: int) -> int:
    captures = {line["capture_id"] for line in Archive(config.archive).lines() if line["type"] == "capture"}
    return max(len(captures) - published, 0)


def _file(path: os.PathLike[str]) -> Status:
    try:
        found = os.stat(path)  # noqa: PTH116 - takes any path
    except OSError:
        return {"path": str(path), "bytes": 0, "age": "not there yet"}
    seconds = max(datetime.now(UTC).timestamp() - found.st_mtime, 0)
    return {"path": str(path), "bytes": found.st_size, "age": f"{_ago(seconds)} old"}


def _run_line(run: Status) -> str:
    when = str(run["finished_at"])[:16].replace("T", " ")
    counts = (
        f"{run['kept']} kept, {run['unchanged']} unchanged, {run['refused']} refused, {run['failed']} failed"
    )
    mark = "" if run["outcome"] == "finished" else f"  << {run['outcome']}"
    return f"           {run['source']:<14} {when}  {counts}{mark}"


def _ago(seconds: float) -> str:
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= size:
            return counted(int(seconds // size), unit)
    return f"{int(seconds)} s"


def _size(number: int) -> str:
    return f"{number / 1e6:.1f} MB" if number >= 1e5 else f"{number / 1e3:.1f} kB"
