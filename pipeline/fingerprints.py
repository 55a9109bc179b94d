"""What a stage rests on besides its input: the files it is written in."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pipeline.records import short_id


@cache
def rules(*modules: str) -> str:
    """A hash of the named modules' files: a stage whose rules have changed does its work again.

    A folder stands for all its modules.
    """
    named = [Path(__file__).parent / module for module in modules]
    files = [file for path in named for file in (sorted(path.glob("*.py")) if path.is_dir() else [path])]
    return short_id(*(file.read_text(encoding="utf-8") for file in files))
