"""How a finding fares under every analysis of it, as the page tells it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.records import counted

WORDS = {
    "measure": "the measure",
    "estimate": "the mix of sources",
    "coding": "which passages count as coded",
    "unit": "how passages are weighed",
    "copies": "whether copies count",
    "access": "whether partial texts count",
}
"""The choices, as a sentence has them."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """One analysis: what it does, and the change that it finds, with its interval."""

    measure: str
    estimate: str
    coding: str
    unit: str
    copies: str
    access: str
    left_out: str | None
    change: float
    lower: float
    upper: float
    headline: bool


@dataclass(frozen=True, slots=True)
class Curve:
    """All analyses of how a theme moved. `choices` is what part of their variance each choice explains."""

    theme: str
    agree: int
    sure: int
    against: int
    robust: bool
    choices: Mapping[str, float]
    shaken: str
    analyses: tuple[Analysis, ...]

    def sentence(self) -> str:
        """How many agree, and what matters most."""
        many = f"{self.agree} of {counted(len(self.analyses), 'analysis', plural='analyses')}"
        text = f"{many} have this direction, {self.sure} beyond chance"
        text += f"; {self.against} have the other one beyond chance." if self.against else "."
        if self.choices:
            name, part = next(iter(self.choices.items()))
            text += f" What matters most is {WORDS.get(name, name)} ({part:.0%} of the variance)."
        return text + (f" Left out, {self.shaken} moves it most." if self.shaken else "")


def curves(
    rows: Sequence[Mapping[str, Any]], specifications: Sequence[Mapping[str, Any]]
) -> dict[str, Curve]:
    """By theme, of the rows of `robustness` and of `specification`."""
    own: dict[str, list[Analysis]] = {}
    for row in specifications:
        named = {name: row[name] for name in Analysis.__dataclass_fields__}
        own.setdefault(row["theme"], []).append(Analysis(**named))
    return {
        row["theme"]: Curve(
            row["theme"], row["agree"], row["sure"], row["against"], row["robust"], row["choices"],
            _shaken(row), tuple(sorted(own.get(row["theme"], ()), key=lambda one: one.change)),
        )
        for row in rows
    }  # fmt: skip


def _shaken(row: Mapping[str, Any]) -> str:
    kind, name = row["shaken_by"], row["shaken_name"]
    if not kind:
        return ""
    if kind == "period":
        return f"{name} period"
    return "what names the subject by one term" if kind == "scope" else f"the {kind} ‘{name}’"
