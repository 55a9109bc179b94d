"""python -m tests.tools.fault_table: the table of docs/faults.md, measured.

A round serves one case per source on one sample web, and crawls it with the real command; nothing of it
leaves the loopback address.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipeline.archive import Archive
from spiders.sampleweb.conduct import conduct
from spiders.sampleweb.faults import Fault
from spiders.sampleweb.server import SampleWeb, serve
from tests.support.fault_cases import HOSTS, LIMITS, Case, articles, documents, rounds

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Result:
    """What became of one source in one round, and how all of the round's requests were behaved."""

    source: str
    run: dict[str, Any]
    kept: list[str]  # paths, as are those below
    refused: dict[str, str]
    said: list[str]
    asked: list[str]
    conduct: dict[str, Any]
    data: str


def crawl(
    plan: Sequence[Fault],
    data: Path,
    sources: Sequence[str] = tuple(HOSTS),
    paced: tuple[float, int] = (0, 0),
) -> dict[str, Result]:
    """One round: serve `plan`, crawl, and gather what became of each source.

    `paced` is the delay of a crawl that waits between requests, in seconds, and how many pages it fetches.
    """
    data.mkdir(parents=True, exist_ok=True)
    config = data / "config.toml"
    reference = (ROOT / "data" / "reference" / "sources.toml").as_posix()
    text = f"{LIMITS}delay = {paced[0]}\nmax_pages = {paced[1]}\n"
    config.write_text(f'[crawl]\n{text}[reference]\nsources = "{reference}"\n', encoding="utf-8")
    web = serve(documents(), faults=plan)
    with web as address:
        options = ["--config", str(config), "--data", str(data), "--connect-to", address]
        done = subprocess.run(
            [sys.executable, "-m", "spiders", *options, *sources],
            cwd=ROOT,
            env={**os.environ, "THEMESHIFT_PACED": "1" if paced[0] else ""},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.stdout, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    runs = {run["source"]: run for run in map(json.loads, done.stdout.splitlines())}
    return {source: _result(source, runs[source], web, data, done.stderr) for source in sources}


def _result(source: str, run: dict[str, Any], web: SampleWeb, data: Path, stderr: str) -> Result:
    lines = [line for line in Archive(data / "archive").lines() if line.get("source") == source]
    log = "".join(file.read_text(encoding="utf-8") for file in (data / "logs").glob("*.log"))
    fallen_back = re.findall(rf"{source}: no .* going by .*", log)
    bare = HOSTS[source].removeprefix("www.")
    return Result(
        source,
        run,
        [urlsplit(line["url"]).path for line in lines if line["type"] == "capture"],
        {urlsplit(line["url"]).path: line["reason"] for line in lines if line["type"] == "refused"},
        [*(line for line in stderr.splitlines() if source in line or bare in line), *fallen_back],
        [item.target for item in web.requests if item.host.lower().removeprefix("www.") == bare],
        asdict(conduct(web)),
        str(data),
    )


def crawl_round(group: Sequence[Case], data: Path) -> dict[str, Result]:
    """The results of one round, by source."""
    return crawl([fault for case in group for fault in case.plan], data, [case.source for case in group])


def lost(case: Case, result: Result) -> set[str]:
    """The paths of articles that a run did not keep."""
    return set(articles(case.source)) - set(result.kept)


def main() -> None:
    """Print the table, and how the requests behaved."""
    tell = sys.stdout.write
    tell("| Fault | What happened | What the run said |\n|---|---|---|\n")
    total = dict.fromkeys(("requests", "forbidden", "during_hold", "accounts", "strangers"), 0)
    with tempfile.TemporaryDirectory() as folder:
        calm = crawl([], Path(folder) / "calm")
        *groups, single = rounds()
        # One by one, so that what is counted is this fault's doing.
        for number, group in enumerate([*groups, *([case] for case in single)]):
            results = crawl_round(group, Path(folder) / str(number))
            for case in group:
                tell(row(case, results[case.source], calm[case.source]) + "\n")
            behaved = results[group[0].source].conduct
            for key in total:
                total[key] += behaved[key] if key == "requests" else len(behaved[key])
    tell("\n" + "; ".join(f"{key.replace('_', ' ')} {count}" for key, count in total.items()) + "\n")


def row(case: Case, result: Result, calm: Result) -> str:
    """A line of the table."""
    run, every = result.run, len(articles(case.source))
    happened = f"{case.source}: {every - len(lost(case, result))} of {every} articles kept"
    happened += f"; {len(result.asked)} requests, {len(calm.asked)} without the fault"
    news = Counter(why for path, why in result.refused.items() if calm.refused.get(path) != why)
    report = [run["outcome"], *(f"{count} refused: {why}" for why, count in sorted(news.items()))]
    report += [f"{run['failed']} listings failed"] if run["failed"] else []
    said = "; ".join(report) + "".join(f"<br>“{re.sub(r'^[A-Z]+: ', '', line)}”" for line in result.said)
    return f"| {case.fault} | {happened} | {said.replace('|', chr(92) + '|')} |"


if __name__ == "__main__":
    main()
