"""Pages with their true text: folders of gzipped pages with a ground truth, the seed pages, the fixtures.

A folder of pages holds `ground-truth.json`, `{"name": {"articleBody": …, "url": …}}`, and below it, in one
folder a set, `name.html.gz`: the form of scrapinghub's article-extraction-benchmark.
"""

from __future__ import annotations

import gzip
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline.records import Capture

ROOT = Path(__file__).resolve().parents[3]
CAPTURES = ROOT / "tests" / "readers" / "captures"
HTML = Path(os.environ.get("THEMESHIFT_BENCH_HTML", ROOT.parent / "shared" / "bench" / "html"))
SEEDS = Path(os.environ.get("THEMESHIFT_SEED_WEB", ROOT.parent / "shared" / "seed-web"))


@dataclass(frozen=True)
class Page:
    """A page and its gold."""

    capture: Capture
    text: str


def pages_of(folder: Path) -> dict[str, list[Page]]:
    """The sets of a folder of pages; {} where it is no such folder."""
    truth = folder / "ground-truth.json"
    if not truth.is_file():
        return {}
    gold = json.loads(truth.read_text(encoding="utf-8"))
    found: dict[str, list[Page]] = {}
    for file in sorted(folder.rglob("*.html.gz")):
        if told := gold.get(file.name.removesuffix(".html.gz")):
            page = Page(
                _capture(told.get("url", ""), gzip.decompress(file.read_bytes())), told["articleBody"]
            )
            found.setdefault(file.parent.name, []).append(page)
    return found


def seeds(folder: Path = SEEDS) -> list[Page]:
    """The seed pages; [] where they are not there."""
    if not (folder / "expected.json").is_file():
        return []
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    return [
        Page(_capture(seed["url"], (folder / seed["file"]).read_bytes()), "\n\n".join(seed["text"]))
        for seed in expected
    ]


def fixtures() -> list[Page]:
    """Our own captures that are pages and hold a document."""
    found = []
    for folder in sorted(CAPTURES.glob("*/*")):
        told = json.loads((folder / "document.json").read_text(encoding="utf-8"))
        capture = capture_of(folder)
        if "set_aside" not in told and capture.media_type == "text/html":
            found.append(Page(capture, "\n\n".join(told["text"])))
    return found


def capture_of(folder: Path) -> Capture:
    """The capture that a fixture holds."""
    told = json.loads((folder / "capture.json").read_text(encoding="utf-8"))
    told["fetched_at"] = datetime.fromisoformat(told["fetched_at"])
    return Capture(body=(folder / "body").read_bytes(), **told)


def _capture(url: str, body: bytes) -> Capture:
    fetched = datetime(2026, 1, 1, tzinfo=UTC)
    return Capture(url=url, source="files", fetched_at=fetched, media_type="text/html", body=body)
