"""Every source, and every layout a source ever had, has a capture that shows how it is read."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from pipeline.errors import SetAside
from pipeline.readers import read
from pipeline.readers.sources.registry import LAYOUTS
from tests.bench.read.fields import accuracy
from tests.bench.read.sets import CAPTURES, ROOT, capture_of

SOURCES = tomllib.loads((ROOT / "data" / "reference" / "sources.toml").read_text(encoding="utf-8"))
SHAPES = [(source, "container") for source in LAYOUTS] + [
    (source, f"container ({older.name})") for source, layout in LAYOUTS.items() for older in layout.older
]


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_has_a_capture_that_gives_a_document(source: str) -> None:
    folders = list((CAPTURES / source).glob("*"))
    assert any(_text_from(folder) for folder in folders), f"add a capture to tests/readers/captures/{source}/"


@pytest.mark.parametrize(("source", "container"), SHAPES, ids=lambda part: str(part))
def test_every_layout_has_a_capture(source: str, container: str) -> None:
    shown = {_text_from(folder) for folder in (CAPTURES / source).glob("*")}
    assert container in shown, f"add a capture of this layout to tests/readers/captures/{source}/"


def test_every_field_of_every_capture_is_right() -> None:
    wrong = {
        (source, field): count
        for source, told in accuracy().items()
        for field, count in told.items()
        if len(set(count.split("/"))) > 1
    }
    assert wrong == {}


def _text_from(folder: Path) -> str:
    """Where the text of the document came from; "" where the capture gives none."""
    try:
        return read(capture_of(folder)).origins.get("text", "another kind of file")
    except SetAside:
        return ""
