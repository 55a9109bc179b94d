"""The stages, one verb a file. Each says in its docstring what it reads and what it writes."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pipeline.records import short_id


@cache
def rules(*modules: str) -> str:
    """A hash of the named modules' files: a stage whose rules have changed does its work again."""
    folder = Path(__file__).parent.parent
    return short_id(*((folder / module).read_text(encoding="utf-8") for module in modules))
