"""What is planted among the sample documents: which of them are one, and which only look like it."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations
from pathlib import Path
from typing import Any

from pipeline.config import ROOT
from pipeline.errors import InputError
from spiders.sampleweb.documents import SampleDocument, paragraphs

PAIRS = ROOT / "data" / "sample" / "pairs.toml"
KINDS = ("syndicated", "excerpt", "joint", "address", "apart")


@dataclass(frozen=True, slots=True)
class Group:
    """Documents that are one or, of the kind `apart`, are not; `addresses` are what they have besides."""

    kind: str
    documents: tuple[str, ...]  # by `SampleDocument.name`
    likeness: float  # of the two least alike, as `likeness` measures it
    addresses: tuple[str, ...] = ()
    note: str = ""

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Its documents two by two."""
        return list(combinations(self.documents, 2))


def read_pairs(file: Path = PAIRS) -> list[Group]:
    """What `file` states. Raises InputError where it is malformed."""
    try:
        groups = [Group(**_values(table)) for table in tomllib.loads(file.read_text("utf-8"))["group"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{file} does not say what is planted: {error!r}") from error
    if wrong := {group.kind for group in groups} - set(KINDS):
        raise InputError(f"{file}: unknown kind {', '.join(sorted(wrong))}; known: {', '.join(KINDS)}")
    return groups


def likeness(one: SampleDocument, other: SampleDocument) -> float:
    """The share of words that stand in both texts in the same order: 0 to 1 (Ratcliff-Obershelp)."""
    return SequenceMatcher(None, _words(one), _words(other), autojunk=False).ratio()


def _words(document: SampleDocument) -> Sequence[str]:
    return " ".join(paragraphs(document.blocks)).casefold().split()


def _values(table: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
