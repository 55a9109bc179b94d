"""Prints a table, and as its last line one JSON object with the figures."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from trafilatura import extract

from pipeline.readers.decode import text_of
from tests.bench.read import dates, fields, score, sets, speed
from tests.bench.read.sets import Page

PEERS = Path(sys.prefix).parent / ".venv-bench" / "bin" / "python"


def main(folder: Path) -> int:
    """Quality on every set, speed on the largest, field accuracy on the fixtures."""
    found = sets.pages_of(folder)
    if not found:
        sys.stderr.write(
            f"bench-read: {folder} holds no ground-truth.json with pages: name a folder with PAGES=path. "
            "Only the fixtures are measured.\n"
        )
    found |= {"seeds": sets.seeds(), "fixtures": sets.fixtures()}
    found = {name: pages for name, pages in found.items() if pages}
    quality = {name: _quality(name, pages) for name, pages in found.items()}
    largest = [page.capture for page in max(found.values(), key=len)]
    _say("\nPages per second with metadata, one core (median of rounds in turn)")
    one = speed.on_one_core(largest)
    _say("  " + "  ".join(f"{name} {value}" for name, value in one.items()))
    every = speed.on_all_cores(largest)
    _say("  " + "  ".join(f"{name} {value}" for name, value in every.items()))
    steps = speed.breakdown(largest)
    _say("\nWhere the time goes, ms a page\n  " + "  ".join(f"{name} {ms}" for name, ms in steps.items()))
    right = fields.accuracy()
    _say("\nFields as the fixtures say, right of all")
    for source, told in right.items():
        _say(f"  {source:<14}" + "  ".join(f"{field} {count}" for field, count in told.items()))
    dated = _dates()
    figures = {
        "quality": quality,
        "dates": dated,
        "one_core": one,
        "all_cores": every,
        "ms": steps,
        "fields": right,
    }
    _say(json.dumps(figures))
    return 0


def _dates() -> dict[str, dict[str, float]]:
    """Days of publication, beside htmldate's; {} without pages whose day is known."""
    found = dates.pages()
    if not found:
        _say(f"\nDates: {dates.DATES} holds no dates.json: name a folder with DATES=path")
        return {}
    learnt = sum(page.learnt for page in found)
    _say(f"\nDates: {len(found)} pages, of which {learnt} learnt from (the first number in brackets)")
    told = dates.table(found)
    for way, counts in told.items():
        kinds = (
            f"{kind} {counts[kind]:.0f} ({counts[f'{kind}_learnt']:.0f} + {counts[f'{kind}_other']:.0f})"
            for kind in ("right", "wrong", "coarse", "missing")
        )
        _say(f"  {way:<24}" + "  ".join(kinds) + f"  {counts['ms']} ms")
    return told


def _quality(name: str, pages: list[Page]) -> dict[str, dict[str, float]]:
    """Every reader's score on a set of pages."""
    _say(f"\n{name}: {len(pages)} pages" + " " * 12 + "F1    precision  recall")
    found = {}
    for reader, read in _readers().items():
        texts = read(pages)
        if texts is not None:
            told = score.total(zip([page.text for page in pages], texts, strict=True))
            found[reader] = told
            _say(f"  {reader:<22} {told['f1']:.4f}   {told['precision']:.4f}   {told['recall']:.4f}")
    return found


def _readers() -> dict[str, Callable[[list[Page]], list[str] | None]]:
    return {
        "themeshift": lambda pages: [_ours(page) for page in pages],
        "trafilatura": lambda pages: [_bare(page) for page in pages],
        "trafilatura, precise": lambda pages: [_bare(page, favor_precision=True) for page in pages],
        "trafilatura, recall": lambda pages: [_bare(page, fast=True, favor_recall=True) for page in pages],
        "newspaper4k": lambda pages: _peer("newspaper4k", pages),
        "readability-lxml": lambda pages: _peer("readability-lxml", pages),
    }


def _ours(page: Page) -> str:
    document = speed.ours(page.capture)
    return document.text if document else ""


def _bare(page: Page, **options: bool) -> str:
    return extract(page.capture.body, include_comments=False, **options) or ""


def _peer(name: str, pages: list[Page]) -> list[str] | None:
    """Another library's texts, read in its own environment; None where that was not made."""
    if not PEERS.exists():
        _say(f"  {name:<22} missing: make bench-read installs it into .venv-bench")
        return None
    given = [(page.capture.url, text_of(page.capture.body, markup=True)) for page in pages]
    script = Path(__file__).with_name("peers.py")
    done = subprocess.run(
        [PEERS, script, name], input=json.dumps(given), capture_output=True, text=True, check=False
    )
    if done.returncode:
        _say(f"  {name:<22} failed: {done.stderr.strip().splitlines()[-1][:80]}")
        return None
    texts: list[str] = json.loads(done.stdout)
    return texts


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1] else sets.HTML))
