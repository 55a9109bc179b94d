"""What a coder may learn from, and what it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pipeline.themes import Theme
from pipeline.themes.calibration import Flags, Floats
from pipeline.themes.reference import ReferencePassage


@dataclass(frozen=True, slots=True)
class Coded:
    """n texts with their codes, (n, themes) each.

    `bare` are themes carried without their words, `near` those whose words stand there without the theme.
    `weights` are the inverse chances of a text to be in the sample. Texts of the same `unit` count as one,
    which carries what any of them is coded as; None where each stands for itself.
    """

    texts: list[str]
    present: Flags
    bare: Flags
    near: Flags
    weights: Floats
    unit: Any = None

    @classmethod
    def of(cls, texts: Sequence[str], present: Flags, **rest: Any) -> Coded:
        """Texts of which nothing else is known."""
        nothing = np.zeros_like(present)
        return cls(
            list(texts),
            present,
            **{"bare": nothing, "near": nothing, "weights": np.ones(len(present))} | rest,
        )


@dataclass(frozen=True, slots=True)
class Trial:
    """One thing to be tried: learn from `learnt` (or the reference passages `by`), code `asked`."""

    themes: list[Theme]
    asked: Coded
    learnt: Coded | None = None
    by: list[ReferencePassage] = field(default_factory=list)

    @property
    def material(self) -> tuple[list[str], Flags]:
        """All texts to learn from with their codes, whosever they are."""
        names = [theme.theme for theme in self.themes]
        texts = [passage.text for passage in self.by]
        present = np.array([[name in p.themes for name in names] for p in self.by], dtype=bool)
        present = present.reshape(len(texts), len(names))
        if self.learnt is None:
            return texts, present
        return texts + self.learnt.texts, np.concatenate([present, self.learnt.present])
