"""`make bench-many N=100000`: an archive grown from the sample web by noise; read, killed, read on.

Prints captures per second, the memory of the process that writes and of the largest worker over time, and
what was left to read after a kill -9; as its last line one JSON object.
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pipeline.archive import Archive, Run
from pipeline.records import Capture, CaptureRef
from spiders.sampleweb import serve

SYLLABLES = ("ba", "de", "fi", "go", "ku", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "wo", "zu")


@dataclass(slots=True)
class Memory:
    """Sizes of a command's processes, in MB: the writer's, and the largest worker's at each look."""

    writer: float = 0.0
    workers: list[float] = field(default_factory=list)

    def look(self, pid: int) -> None:
        """Take the sizes now."""
        sizes = [_size(child) for child in _below(pid)]
        self.writer = max(self.writer, _size(pid))
        if sizes:
            self.workers.append(max(sizes))

    def largest(self, start: float, end: float) -> float:
        """The largest worker between two shares of the time."""
        part = self.workers[int(start * len(self.workers)) : int(end * len(self.workers))]
        return max(part, default=0.0)


def main(count: int) -> int:
    """Grow, index, read half, kill, read the rest."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        began = time.perf_counter()
        grow(data, list(seeds(Path(folder) / "seeds")), count)
        size = sum(file.stat().st_size for file in (data / "archive").glob("*.warc.gz")) / 1e6
        _say(f"{count:,} captures, {size:,.0f} MB, written in {time.perf_counter() - began:.0f} s")
        began = time.perf_counter()
        subprocess.run(_themeshift("index", data), check=True, stdout=subprocess.DEVNULL)
        _say(f"index: {time.perf_counter() - began:.1f} s")
        killed, _, _ = read(data, kill_after=count / 3000)
        left, seconds, memory = read(data)
        before, after = memory.largest(0.1, 0.4), memory.largest(0.7, 1.0)
        figures = {
            "captures": count, "megabytes": round(size), "read_before_kill": count - left,
            "seconds_until_kill": round(killed, 1), "read_after": left, "seconds": round(seconds, 1),
            "per_second": round(left / seconds, 1), "writer_mb": round(memory.writer),
            "worker_mb_first_third": round(before), "worker_mb_last_third": round(after),
            "outcomes": outcomes(data),
        }  # fmt: skip
    _say(f"killed after {killed:.0f} s with {count - left:,} readings kept; then {left:,} in {seconds:.0f} s")
    _say(f"{left / seconds:,.0f} captures a second; writer {memory.writer:.0f} MB, worker {before:.0f} MB, ")
    _say(f"later {after:.0f} MB")
    _say(json.dumps(figures))
    return 0


def seeds(data: Path) -> Iterator[Capture]:
    """The pages of the sample web, crawled."""
    with serve() as address:
        subprocess.run(
            _themeshift("crawl", data, "--connect-to", address), check=False, stdout=subprocess.DEVNULL
        )
    archive = Archive(data / "archive")
    for line in archive.lines():
        if line["type"] == "capture" and line["status"] == 200 and line["media_type"] == "text/html":
            yield archive.read(CaptureRef.of(line))


def grow(data: Path, pages: list[Capture], count: int) -> None:
    """Write `count` captures: the pages over and over, each with an address and sentences of its own."""
    run = Run("grown-00000001", "grown", datetime(2024, 11, 1, tzinfo=UTC))
    with Archive(data / "archive").writer(run) as writer:
        for number in range(count):
            page = pages[number % len(pages)]
            url, body = variant(page, number)
            writer.put(
                url, body, source=page.source, media_type="text/html", http_status="200 OK",
                http_headers=[("Content-Type", "text/html; charset=utf-8")], found="grown", via="",
            )  # fmt: skip
            if number % 2000 == 1999:
                writer.commit()


def variant(page: Capture, number: int) -> tuple[str, bytes]:
    """A page at another address, with a made-up sentence in front of every paragraph."""
    dice = random.Random(number)
    path = page.url.rstrip("/").rpartition("/")[2].partition("?")[0].encode()
    body = page.body.replace(path, path + b"-%d" % number) if path else page.body
    body = re.sub(rb"(<p(?: [^>]*)?>)", lambda found: found[1] + _sentence(dice), body)
    return f"{page.url}-{number}", body


def _sentence(dice: random.Random) -> bytes:
    words = ("".join(dice.choices(SYLLABLES, k=dice.randint(1, 4))) for _ in range(dice.randint(6, 14)))
    return (" ".join(words).capitalize() + ". ").encode()


def read(data: Path, kill_after: float = 0) -> tuple[float, float, Memory]:
    """Run the stage; with `kill_after`, kill it after so many seconds.

    Returns seconds until the kill or the number read, the seconds taken, and the memory.
    """
    began, memory = time.perf_counter(), Memory()
    with subprocess.Popen(
        _themeshift("read", data, "--json"), stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        while process.poll() is None:
            time.sleep(0.5)
            memory.look(process.pid)
            if kill_after and time.perf_counter() - began > kill_after:
                os.kill(process.pid, signal.SIGKILL)
                process.wait()
                return time.perf_counter() - began, 0.0, memory
        answer = json.loads(process.stdout.read() if process.stdout else "{}")
    return answer["stages"][0]["rows"], time.perf_counter() - began, memory


def outcomes(data: Path) -> dict[str, int]:
    """What the captures came to."""
    import duckdb

    with duckdb.connect(data / "working" / "working.duckdb", read_only=True) as connection:
        rows = connection.execute(
            "SELECT outcome, count(*) FROM reading GROUP BY ALL ORDER BY ALL"
        ).fetchall()
    return dict(rows)


def _themeshift(command: str, data: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "pipeline", command, "--quiet", "--data", str(data), *more]


def _below(pid: int) -> list[int]:
    """The processes under `pid`, theirs included."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in _numbers(task):
            found += [child, *_below(child)]
    return found


def _numbers(file: Path) -> list[int]:
    try:
        return [int(word) for word in file.read_text().split()]
    except OSError:
        return []


def _size(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except OSError:
        return 0.0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
