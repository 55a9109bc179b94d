"""Pages of twenty builds, with true texts by somebody who had not seen the reader (unknown/README.md)."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from pipeline.errors import SetAside
from pipeline.readers import read
from pipeline.records import Capture, Document
from tests.bench.read.score import compare
from tests.readers.test_readers import FETCHED

FOLDER = Path(__file__).parent / "unknown"
NAMES = sorted(file.stem for file in FOLDER.glob("*.json"))
TRUTH: dict[str, dict[str, Any]] = {
    name: json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")) for name in NAMES
}
ARTICLES = [name for name in NAMES if TRUTH[name]["text"]]
OTHERS = [name for name in NAMES if not TRUTH[name]["text"]]
TITLED_ELSEWHERE = {"04-table-font-1999", "08-press-release-pre"}
"""Their headlines are marked as nothing but bold print, and their `<title>` says another thing."""


@cache
def document(name: str) -> Document:
    body = (FOLDER / f"{name}.html").read_bytes()
    return read(Capture(TRUTH[name]["url"], "files", FETCHED, "text/html", body))


def spaced(text: str) -> str:
    """Signs of scripts without blanks as words of their own, so that runs of them can be compared."""
    return "".join(f" {sign} " if ord(sign) > 0x3000 else sign for sign in text)


def measured(name: str) -> tuple[float, float]:
    """Precision and recall of runs of four words."""
    return compare(spaced("\n\n".join(TRUTH[name]["text"])), spaced(document(name).text))


@pytest.mark.parametrize("name", ARTICLES)
def test_an_article_is_found_with_hardly_a_word_lost_or_added(name: str) -> None:
    precision, recall = measured(name)
    assert recall >= 0.93
    assert precision >= 0.75


def test_over_all_of_them_little_stands_beside_the_article() -> None:
    assert fmean(sum(measured(name)) / 2 for name in ARTICLES) >= 0.97


@pytest.mark.parametrize("name", OTHERS)
def test_a_page_that_only_leads_to_others_is_a_listing(name: str) -> None:
    with pytest.raises(SetAside) as found:
        document(name)
    assert found.value.reason == "listing"


def test_what_sites_put_around_their_articles_is_left_out() -> None:
    kept = [
        (name, words) for name in ARTICLES for words in TRUTH[name]["never"] if words in document(name).text
    ]
    assert len(kept) <= 0.08 * sum(len(TRUTH[name]["never"]) for name in ARTICLES), kept


@pytest.mark.parametrize("name", [name for name in ARTICLES if name not in TITLED_ELSEWHERE])
def test_the_headline_is_the_title(name: str) -> None:
    assert document(name).title == TRUTH[name]["title"]
