"""Dates of publication beside htmldate, on pages whose day is known: `make bench-read DATES=folder`.

A folder of dates holds `dates.json`, `[{"file": …, "url": …, "date": "2014-05-09"}]`, and the gzipped pages.
It is told in two halves, by a hash of the file name: one was looked at when the rules were made, of the other
only the figures. "read" is what a document comes out with: a page that is set aside has no date.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from htmldate import find_date

from pipeline.errors import SetAside
from pipeline.readers import read, urls
from pipeline.readers.dates import Dated
from pipeline.readers.decode import text_of
from pipeline.readers.describe import described
from pipeline.readers.markup import parse
from pipeline.readers.meta import Head
from pipeline.readers.sources.registry import layout_of
from pipeline.records import Capture
from tests.bench.read.sets import ROOT

DATES = Path(os.environ.get("DATES") or ROOT.parent / "shared" / "bench" / "dates")
FETCHED = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class DatedPage:
    """A page, its day, and whether it was looked at when the rules were made."""

    capture: Capture
    day: str
    learnt: bool


def pages(folder: Path = DATES) -> list[DatedPage]:
    """The pages of a folder of dates whose day is known; [] where it is no such folder."""
    if not (folder / "dates.json").is_file():
        return []
    told = json.loads((folder / "dates.json").read_text(encoding="utf-8"))
    found = []
    for one in told:
        if isinstance(one["date"], str):
            body = gzip.decompress((folder / one["file"]).read_bytes())
            half = int(hashlib.sha256(one["file"].encode()).hexdigest(), 16) % 2
            capture = Capture(one["url"], "files", FETCHED, "text/html", body)
            found.append(DatedPage(capture, one["date"], bool(half)))
    return found


def table(found: list[DatedPage]) -> dict[str, dict[str, float]]:
    """Way -> how many dates are right, wrong, coarse (the month or year alone) and missing, and milliseconds.

    Each count is told for all pages, then for the learnt and the other half as `right_learnt`, `right_other`.
    """
    return {name: _of(way, found) for name, way in WAYS.items()}


def _of(way: Callable[[Capture], str], found: list[DatedPage]) -> dict[str, float]:
    counts: Counter[str] = Counter()
    started = time.process_time()
    answers = [way(page.capture) for page in found]
    spent = time.process_time() - started
    for page, answer in zip(found, answers, strict=True):
        kind = judged(answer, page.day)
        counts[kind] += 1
        counts[f"{kind}_{'learnt' if page.learnt else 'other'}"] += 1
    kinds = ("right", "wrong", "coarse", "missing")
    names = [f"{kind}{half}" for half in ("", "_learnt", "_other") for kind in kinds]
    return {name: counts[name] for name in names} | {"ms": round(1000 * spent / len(found), 2)}


def judged(answer: str, day: str) -> str:
    """What an answer (a day, a month, a year or nothing) is worth where this is the day."""
    if not answer:
        return "missing"
    return "right" if answer == day else "coarse" if day.startswith(answer) else "wrong"


def _read(capture: Capture) -> str:
    try:
        found = read(capture)
    except SetAside:
        return ""
    return str(Dated(found.published, found.precision)) if found.published and found.precision else ""


def _dates_alone(capture: Capture) -> str:
    """The date whether or not a text is found."""
    replayed = urls.replayed(capture.url)
    url = replayed.url if replayed else capture.url
    seen = replayed.seen.last if replayed and replayed.seen else FETCHED.date()
    given = Capture(url, "files", datetime.combine(seen, FETCHED.timetz()), "text/html", capture.body)
    tree = parse(text_of(capture.body, None, markup=True))
    if tree is None:
        return ""
    draft = described(Head(tree), given, layout_of("files", url))
    return next((str(dated) for dated, _ in draft.dates if date(1900, 1, 1) <= dated.day <= seen), "")


WAYS: dict[str, Callable[[Capture], str]] = {
    "themeshift, read": _read,
    "themeshift, dates alone": _dates_alone,
    "htmldate, extensive": lambda one: find_date(one.body, url=one.url, original_date=True) or "",
    "htmldate, fast": lambda one: (
        find_date(one.body, url=one.url, original_date=True, extensive_search=False) or ""
    ),
}
"""`ms` of the first two is for the whole document, and for all its fields but the text."""
