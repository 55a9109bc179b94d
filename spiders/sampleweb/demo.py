"""`make demo`: the whole way, from pages on a web server to a report, on the sample documents."""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pipeline import config as configuration
from spiders.guardian import Guardian
from spiders.sampleweb import demo, serve
from spiders.sampleweb.documents import read_documents
from spiders.sampleweb.sites import SOURCES

CHANGED = ("kar", "kingsfund", "govuk", "nhsengland")
"""The sources whose listings say what the second edition changed."""
SAMPLE, DOCUMENTS, THEMES = "sample", 90, "accountability,autonomy,centralisation,fragmentation"
"""What is coded: so many documents for these themes."""
THEMESHIFT = str(Path(sys.executable).with_name("themeshift"))

CODER = "script"
"""What it is called wherever its codes are shown."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Crawl the sample web into a data folder, build, publish, report. Returns an exit code."""
    parser = argparse.ArgumentParser(prog="python -m spiders.sampleweb.demo", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("demo"), help="where the demo's data goes")
    data = str(parser.parse_args(arguments).data)
    started = time.perf_counter()
    with serve() as address:
        code = _run(data, "crawl", "--connect-to", address, *crawled())
    with serve(edition=2, changed=datetime.now(UTC).date()) as address:
        sys.stdout.write("\nThe sample web moves on: pages are corrected, and one is taken down.\n")
        code = code or _run(data, "crawl", "--connect-to", address, *CHANGED)
    for step in ("build", "publish"):
        code = code or _run(data, step)
    code = code or _coded(data)
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


def crawled() -> list[str]:
    """The sources that the sample web has and that need nothing which only their user can give."""
    return [name for name in SOURCES if name != Guardian.name or not Guardian.lacks()]


def _coded(data: str) -> int:
    """Have a sample of whole documents coded, as people would in a spreadsheet; a sample stays once drawn."""
    if (configuration.load(Path(data)).archive / "labels" / SAMPLE).exists():
        return 0
    drawn = ("--size", str(DOCUMENTS), "--themes", THEMES, "--evaluate", "1", "--show", "title")
    code = _run(data, "label", "draw", "--name", SAMPLE, "--unit", "document", *drawn)
    with tempfile.TemporaryDirectory() as folder:
        sheet = Path(folder) / "sheet.csv"
        code = code or _run(data, "label", "export", SAMPLE, str(sheet), "--coder", demo.CODER)
        if not code:
            demo.fill_in(sheet, _machine_codes(data))
            sys.stdout.write("\nA script codes the sheet by what the invented documents say of themselves.\n")
        return code or _run(data, "label", "import", str(sheet))


def _machine_codes(data: str) -> set[tuple[str, str]]:
    query = "SELECT passage_id, theme FROM passage_theme WHERE coded"
    said = subprocess.run(
        [THEMESHIFT, "sql", query, "--json", "--data", data], check=True, capture_output=True, text=True
    )
    rows = (json.loads(line) for line in said.stdout.splitlines())
    return {(row["passage_id"], row["theme"]) for row in rows}


def _run(data: str, *step: str) -> int:
    sys.stdout.write(f"\n$ themeshift {' '.join(step)} --data {data}\n")
    sys.stdout.flush()
    return subprocess.run([THEMESHIFT, *step, "--data", data], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())


def fill_in(sheet: Path, coded: Collection[tuple[str, str]]) -> None:
    """Code every passage of a sheet that shows titles; `coded` are the machine's (passage_id, theme)."""
    about: dict[str, set[str]] = defaultdict(set)
    for document in [*read_documents(), *read_documents(edition=2)]:
        about[document.title] |= set(document.fields.get("themes", ()))
    with sheet.open(encoding="utf-8-sig", newline="") as stream:
        header, *rows = csv.reader(stream)
    documents: dict[str, list[list[str]]] = defaultdict(list)
    for row in sorted(rows):  # a key holds the passage's id, and so its place in the document
        documents[row[header.index("title")]].append(row)
    for at in range(header.index("text") + 1, header.index("note")):
        for title, passages in documents.items():
            found = [row for row in passages if (row[0].split(":")[2], header[at]) in coded]
            carrying = (found or passages[:1]) if header[at] in about[title] else []
            for row in passages:
                row[at] = "yes" if row in carrying else "no"
    with sheet.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
