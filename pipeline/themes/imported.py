"""What other programs coded (`imported_code`), by theme, coder and text; and who was tried for a theme."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from pipeline import store
from pipeline.store import Connection
from pipeline.themes.calibration import Floats
from pipeline.themes.codebook_evidence import CODED
from pipeline.themes.model import IMPORTED, Model

COLUMNS = ("theme", "coder", "in_use", "codings", "coded", "stale", "f1", "gain", "gain_error")
ENOUGH = 0.95
"""Of the corpus's texts a program must have coded so many to have a theme: the codebook codes the rest."""


class Imported:
    """The codings of other programs, of texts that are in the corpus and themes that are in the codebook."""

    def __init__(self, connection: Connection) -> None:
        named = store.queries("code")
        self.state = str(store.value(connection, named["given_state"]))
        self.texts = int(store.value(connection, named["texts"]))
        self.scores: dict[tuple[str, str], dict[str, float]] = {}
        for coder, theme, text_hash, score in connection.execute(named["given"]).fetchall():
            self.scores.setdefault((theme, coder), {})[text_hash] = score
        rows = connection.execute(named["stale_given"]).fetchall()
        self.stale = {(theme, coder): number for coder, theme, number in rows}

    def of(self, theme: str, coder: str, hashes: Sequence[str]) -> Floats:
        """(n,): the scores of texts, by their hashes; nan where the coder said nothing."""
        own = self.scores.get((theme, coder), {})
        return np.array([own.get(text_hash, np.nan) for text_hash in hashes], dtype=np.float64)

    def offered(self, theme: str, hashes: Sequence[str]) -> dict[str, Floats]:
        """By coder the scores of texts, of those that coded enough of the corpus to have the theme."""
        coders = [c for (name, c), own in self.scores.items() if name == theme and self._enough(own)]
        return {coder: self.of(theme, coder, hashes) for coder in coders}

    def remarks(self) -> Iterator[str]:
        """What a person must know of these codings."""
        few: dict[str, list[str]] = {}
        for (theme, coder), own in self.scores.items():
            if not self._enough(own):
                few.setdefault(coder, []).append(f"{theme} {len(own) / self.texts:.0%}")
        for coder, told in sorted(few.items()):
            yield (
                f"{coder} has coded less than {ENOUGH:.0%} of the corpus ({', '.join(told)}) and can't have "
                "these themes: import the rest, or with --rest-is-no"
            )
        gone: dict[str, int] = {}
        for (_, coder), number in self.stale.items():
            gone[coder] = gone.get(coder, 0) + number
        for coder, number in sorted(gone.items()):
            yield f"{number:,} codings of {coder} are of passages that are gone or read otherwise now"

    def note(self, connection: Connection, model: Model) -> None:
        """Write `theme_coder`: who was tried for a theme, how well they do, and what they coded."""
        connection.execute("DELETE FROM theme_coder")
        store.insert(connection, "theme_coder", COLUMNS, list(self._rows(model)))

    def _enough(self, own: dict[str, float]) -> bool:
        return len(own) >= ENOUGH * self.texts

    def _rows(self, model: Model) -> Iterator[tuple[Any, ...]]:
        for name, theme in sorted(model.themes.items()):
            tried = {one.coder: one for one in theme.tried}
            held = theme.coder or theme.method
            given = {coder for of in (self.scores, self.stale) for t, coder in of if t == name}
            for coder in sorted({held, *tried, *given}):
                one, own = tried.get(coder), self.scores.get((name, coder), {})
                counts: tuple[int | None, ...] = (None, None, None)
                if coder in given:
                    yes = sum(score >= CODED for score in own.values())
                    counts = len(own), yes, self.stale.get((name, coder), 0)
                figures = (one.f1, one.gain, one.error) if one else (None, None, None)
                yield name, coder, coder == held, *counts, *figures


def chosen(model: Model) -> dict[str, str]:
    """theme -> the program that codes it."""
    return {name: theme.coder for name, theme in model.themes.items() if theme.method == IMPORTED}
