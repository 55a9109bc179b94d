"""`make bench CORPUS=path`: seconds and memory of each stage on any corpus that can be imported.

Prints a table and, as its last line, one JSON object with the figures.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STEPS = ("import", "build", "publish", "report")


def main(corpus: str) -> int:
    """Measure import, each stage, publish, report and a build with nothing new."""
    if not Path(corpus).exists():
        sys.stderr.write(
            f"bench: {corpus or 'no path'} is not there: make bench CORPUS=a file or folder to import\n"
        )
        return 2
    with tempfile.TemporaryDirectory() as data:
        figures = {step: run(step, data, *([corpus] if step == "import" else [])) for step in STEPS}
        figures["build again"] = run("build", data)
        counts = json.loads(command("publish", data, "--json").stdout)["tables"]
    for step, figure in figures.items():
        sys.stdout.write(f"{step:<16} {figure['seconds']:8.2f} s  {figure['peak_mb']:8.0f} MB\n")
        for stage in figure.get("stages", ()):
            sys.stdout.write(f"  {stage['stage']:<14} {stage['seconds']:8.2f} s  {stage['rows']:>9,} rows\n")
    sys.stdout.write(json.dumps({"corpus": Path(corpus).name, "steps": figures, "tables": counts}) + "\n")
    return 0


def run(step: str, data: str, *arguments: str) -> dict[str, object]:
    """Seconds, peak memory of the largest process (MB) and, for build, the stages."""
    started = time.perf_counter()
    as_json = ["--json"] if step == "build" else []
    done = command(step, data, *arguments, *as_json)
    seconds = round(time.perf_counter() - started, 2)
    stages = json.loads(done.stdout)["stages"] if step == "build" else []
    return {"seconds": seconds, "peak_mb": round(peak(done.stderr), 1), "stages": stages}


def command(step: str, data: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process that tells its peak memory, its children's included, on its way out."""
    code = (
        "import atexit, resource, sys; "
        "atexit.register(lambda: sys.stderr.write('\\npeak %d' % max(resource.getrusage(who).ru_maxrss "
        "for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))); "
        "from pipeline.cli import main; main()"
    )
    return subprocess.run(
        [sys.executable, "-c", code, step, *arguments, "--data", data],
        capture_output=True,
        text=True,
        check=True,
    )


def peak(stderr: str) -> float:
    """Peak memory in MB (Linux counts it in kB, macOS in bytes)."""
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return float(stderr.rpartition("peak ")[2]) / unit


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
