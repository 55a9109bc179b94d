"""What a run leaves in DATA/logs: its report as JSON; and how much of the logs is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pipeline.durable import write_whole


def write(logs: Path, report: Mapping[str, Any]) -> Path:
    """Write a run's report as `runs/<run_id>.json`, whole or not at all."""
    path = logs / "runs" / f"{report['run_id']}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, f"{json.dumps(report, ensure_ascii=False, indent=1)}\n".encode())
    return path


def prune(logs: Path, files: int, megabytes: int) -> None:
    """Remove the oldest crawl logs beyond so many files or bytes, and the run reports of their time.

    The newest log stays, whatever its size. The archive has every run's record, so nothing is lost.
    """
    newest = sorted(logs.glob("crawl-*.log"), key=lambda path: path.name, reverse=True)
    size, kept = 0, 0
    for path in newest:
        with suppress(OSError):
            size += path.stat().st_size
        if kept and (kept >= files or size > megabytes * 1024 * 1024):
            break
        kept += 1
    for path in newest[kept:]:
        path.unlink(missing_ok=True)
    if kept < len(newest):
        oldest = newest[kept - 1].stat().st_mtime
        for path in (logs / "runs").glob("*.json"):
            with suppress(OSError):
                if path.stat().st_mtime < oldest:
                    path.unlink()
