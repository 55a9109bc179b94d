"""What a codebook is made of."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from pipeline.records import short_id

NEGATED = ("counts", "excluded")


@dataclass(frozen=True, slots=True)
class Theme:
    """One theme, as docs/codebook.md explains its keys.

    `include` and `exclude` are phrases, `examples` sentences that carry the theme, `counterexamples` some
    that a hasty reader would take for it. `negated` says what becomes of an included phrase that is denied,
    as in "no conflict of interest": it counts, or it is excluded. `shared`: its phrases may stand in other
    themes too. `guid` is the theme's name in other programs, where it came from one.
    """

    theme: str
    label: str
    definition: str
    include: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    counterexamples: tuple[str, ...] = ()
    negated: str = "counts"
    shared: bool = False
    guid: str = ""


@dataclass(frozen=True, slots=True)
class Codebook:
    """All themes, and the version that its author gave the codebook."""

    version: str
    themes: tuple[Theme, ...]

    @property
    def fingerprint(self) -> str:
        """A hash of what is in it, the version's name aside: it changes with every word that could matter."""
        return short_id(json.dumps([asdict(theme) for theme in self.themes], sort_keys=True))
