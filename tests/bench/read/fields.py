"""Field accuracy on our own captures: how many fields of each source come out as its fixtures say."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path

from pipeline.errors import SetAside
from pipeline.readers import read
from tests.bench.read.sets import CAPTURES, capture_of

FIELDS = ("title", "authors", "published", "genre", "doi", "access", "outcome")


def accuracy() -> dict[str, dict[str, str]]:
    """source -> field -> "right/all"; `outcome` counts captures that rightly gave a document, or none."""
    right: Counter[tuple[str, str]] = Counter()
    asked: Counter[tuple[str, str]] = Counter()
    for folder in sorted(CAPTURES.glob("*/*")):
        expected = json.loads((folder / "document.json").read_text(encoding="utf-8"))
        found = _found(folder)
        for field in FIELDS:
            if field in expected or field == "outcome":
                asked[folder.parent.name, field] += 1
                wanted = expected.get("set_aside" if field == "outcome" else field)
                right[folder.parent.name, field] += found.get(field) == wanted
    sources = sorted({source for source, _ in asked})
    return {
        source: {
            field: f"{right[source, field]}/{asked[source, field]}"
            for field in FIELDS
            if asked[source, field]
        }
        for source in sources
    }


def _found(folder: Path) -> dict[str, object]:
    try:
        document = read(capture_of(folder))
    except SetAside as aside:
        return {"outcome": aside.reason}
    told = {field: getattr(document, field) for field in FIELDS if field != "outcome"}
    plain = {
        field: value.isoformat()
        if isinstance(value, date)
        else list(value)
        if isinstance(value, tuple)
        else value
        for field, value in told.items()
    }
    return plain | {"outcome": None}
