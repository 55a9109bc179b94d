"""Prints a table, and as its last line one JSON object with the figures."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from trafilatura import extract

from pipeline.errors import SetAside
from pipeline.readers import block_model, read
from pipeline.readers.decode import text_of
from tests.bench.read import dates, fields, score, sets, speed
from tests.bench.read.sets import Page

PEERS = Path(sys.prefix).parent / ".venv-bench" / "bin" / "python"


def main(folder: Path) -> int:
    """Quality on every set, speed on all pages of the folder, field accuracy on the fixtures."""
    found = sets.pages_of(folder)
    if not found:
        sys.stderr.write(
            f"bench-read: {folder} holds no ground-truth.json with pages: name a folder with PAGES=path. "
            "Only the fixtures are measured.\n"
        )
    found |= {"seeds": sets.seeds(), "fixtures": sets.fixtures()}
    found = {name: pages for name, pages in found.items() if pages}
    quality, refused = {}, {}
    texts: dict[str, dict[str, list[str]]] = {}
    for name, pages in found.items():
        texts[name], quality[name] = _quality(name, pages)
        refused[name] = _refused(pages)
    of_folder = [name for name in found if name not in ("seeds", "fixtures")]
    if len(of_folder) > 1:
        quality["all"] = _together([(found[name], texts[name]) for name in of_folder])
    _say_learnt({*found, f"{folder.name}, all"})
    largest = [page.capture for pages in found.values() for page in pages]
    if of_folder:
        largest = [page.capture for name in of_folder for page in found[name]]
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
        "refused": refused,
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


def _quality(name: str, pages: list[Page]) -> tuple[dict[str, list[str]], dict[str, dict[str, float]]]:
    """Every reader's texts of a set of pages, and their score."""
    _head(name, pages)
    texts = {
        reader: found for reader, texts_of in _readers().items() if (found := texts_of(pages)) is not None
    }
    return texts, {reader: _scored(reader, pages, found) for reader, found in texts.items()}


def _together(sets_read: list[tuple[list[Page], dict[str, list[str]]]]) -> dict[str, dict[str, float]]:
    """The score of each reader over all sets of a folder."""
    pages = [page for of_set, _ in sets_read for page in of_set]
    _head("all", pages)
    found = {}
    for reader in sets_read[0][1]:
        if all(reader in texts for _, texts in sets_read):
            every = [text for _, texts in sets_read for text in texts[reader]]
            found[reader] = _scored(reader, pages, every)
    return found


def _head(name: str, pages: list[Page]) -> None:
    _say(f"\n{name}: {len(pages)} pages" + " " * 12 + "F1    precision  recall  without text")


def _scored(reader: str, pages: list[Page], texts: list[str]) -> dict[str, float]:
    told = score.total(zip([page.text for page in pages], texts, strict=True))
    none = sum(bool(page.text.strip()) and not text.strip() for page, text in zip(pages, texts, strict=True))
    figures = f"{told['f1']:.4f}   {told['precision']:.4f}   {told['recall']:.4f}"
    _say(f"  {reader:<22} {figures}   {none}")
    return told | {"without_text": none}


def _refused(pages: list[Page]) -> dict[str, int]:
    """Reason -> how many pages that have a text were set aside for it."""
    reasons: Counter[str] = Counter()
    for page in pages:
        try:
            read(page.capture)
        except SetAside as reason:
            reasons[reason.reason] += bool(page.text.strip())
    found = {reason: count for reason, count in reasons.most_common() if count}
    if found:
        told = ", ".join(f"{reason} {count}" for reason, count in found.items())
        _say(f"  set aside, although there is a text: {told}")
    return found


def _say_learnt(found: set[str]) -> None:
    """The figures of sets that the model was fitted on, each page read by a model that had not seen it."""
    told = json.loads(block_model.FILE.read_text(encoding="utf-8"))
    if names := [name for name in told["f1"]["by page"] if name in found]:
        _say("\nFitted on; F1 where the page, or its whole set, was held out of the fit")
        for name in names:
            _say(f"  {name:<22} {told['f1']['by page'][name]:.4f}   {told['f1']['by set'][name]:.4f}")


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
