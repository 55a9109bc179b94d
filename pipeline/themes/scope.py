"""The scope rule: which documents a corpus is about. Read from TOML, applied after reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from pipeline.config import make, read_toml
from pipeline.errors import ConfigError, Range
from pipeline.themes import Matcher, Theme


@dataclass(frozen=True, slots=True)
class Scope:
    """The rule. `from_` and `to` bound the date of publication, both included.

    A document must name the subject (`include`, less `exclude`) `mentions` times in its text or once in
    its title; a text of fewer than `short` words once.
    """

    version: str
    from_: date
    to: date
    include: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    mentions: Annotated[int, Range(1, 1000)] = 2
    short: Annotated[int, Range(0, 1_000_000)] = 200

    def matcher(self) -> Matcher:
        """Finds the subject's names in text."""
        return Matcher(Theme("scope", "", "", self.include, (), self.exclude))

    def judge(
        self, published: date | None, words: int, in_title: Sequence[str], in_text: Sequence[str]
    ) -> Verdict:
        """Whether a document counts, and why. An undated one is judged by its words alone."""
        if published is not None and published < self.from_:
            return Verdict(False, f"published before {self.from_:%B %Y}")
        if published is not None and published > self.to:
            return Verdict(False, f"published after {self.to:%B %Y}")
        if in_title:
            return Verdict(True, "names the subject in its title")
        needed = 1 if words < self.short else self.mentions
        if len(in_text) >= needed:
            return Verdict(True, "names the subject in its text")
        if in_text:
            return Verdict(False, "names the subject only in passing")
        return Verdict(False, "never names the subject")


@dataclass(frozen=True, slots=True)
class Verdict:
    """In or out, with the reason."""

    in_scope: bool
    reason: str


def load(file: Path) -> Scope:
    """Read and check the rule. Raises ConfigError for one that can't be used."""
    table = read_toml(file)
    if "from" in table:
        table["from_"] = table.pop("from")
    scope = make(Scope, table, str(file))
    if not scope.include:
        raise ConfigError(f"{file}: `include` holds no phrase; without one every document is out of scope")
    if scope.from_ > scope.to:
        raise ConfigError(f"{file}: `from` ({scope.from_}) is later than `to` ({scope.to})")
    return scope
