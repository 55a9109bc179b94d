"""`make demo`: the whole way, from pages on a web server to a report, on the sample documents."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pipeline import config as configuration
from spiders.sampleweb import serve

CHANGED = ("kar", "kingsfund", "govuk", "nhsengland")
"""The sources whose listings say what the second edition changed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Crawl the sample web into a data folder, build, publish, report. Returns an exit code."""
    parser = argparse.ArgumentParser(prog="python -m spiders.sampleweb.demo", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("demo"), help="where the demo's data goes")
    data = str(parser.parse_args(arguments).data)
    started = time.perf_counter()
    with serve() as address:
        code = _run(data, "crawl", "--connect-to", address)
    with serve(edition=2, changed=datetime.now(UTC).date()) as address:
        sys.stdout.write("\nThe sample web moves on: pages are corrected, and one is taken down.\n")
        code = code or _run(data, "crawl", "--connect-to", address, *CHANGED)
    for step in ("build", "publish", "report", "status"):
        code = code or _run(data, step)
    if code:
        return code
    report = configuration.load(data).published / "report" / "index.html"
    sys.stdout.write(
        f"\nDone in {time.perf_counter() - started:.0f} s, on invented sample documents.\n"
        f"  Report       {report}\n"
        f"  SQL          make sql DATA={data} SQL='FROM theme_trend WHERE thin = false LIMIT 20'\n"
    )
    return 0


def _run(data: str, *step: str) -> int:
    sys.stdout.write(f"\n$ themeshift {' '.join(step)} --data {data}\n")
    sys.stdout.flush()
    command = str(Path(sys.executable).with_name("themeshift"))
    return subprocess.run([command, *step, "--data", data], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
