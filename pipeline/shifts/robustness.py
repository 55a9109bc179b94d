"""What a finding's other analyses come to: how many agree, how far they range, and which choice matters most.

Pure functions. Not a test of its own: it stands beside the finding (docs/methods.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.shifts.variants import NONE, Specification

AGREE, SURE = 0.95, 0.5
"""A finding is robust where so many analyses have its direction, and so many of them beyond chance."""
CHOICES: Mapping[str, Callable[[Specification], str]] = {
    "measure": lambda one: one.column.measure,
    "estimate": lambda one: one.estimate,
    "coding": lambda one: one.column.coding,
    "unit": lambda one: one.column.unit,
    "copies": lambda one: one.copies,
    "access": lambda one: one.access,
}


@dataclass(frozen=True, slots=True)
class Shaken:
    """What, left out, moves the finding most: the change without it, of the published measure."""

    kind: str
    name: str
    change: float


@dataclass(frozen=True, slots=True)
class Robustness:
    """A finding under `analyses` analyses; `headline` is the published one.

    `agree` have its direction, `sure` of them beyond chance; `against` are beyond chance in the other one.
    `share` and `mention` are the lowest and the highest change by either measure. `choices` is how much of
    the variance of the relative change each choice explains by itself, largest first. `clear`: whether the
    finding is beyond chance in the first place.
    """

    headline: Specification
    analyses: int
    agree: int
    sure: int
    against: int
    share: tuple[float, float]
    mention: tuple[float, float]
    choices: Mapping[str, float]
    shaken: Shaken | None
    clear: bool

    @property
    def robust(self) -> bool:
        """Whether the finding is beyond chance and holds however it is looked at."""
        most = self.agree >= AGREE * self.analyses and self.sure >= SURE * self.analyses
        return self.clear and most and not self.against


def summary(found: Sequence[Specification], clear: bool | None = None) -> Robustness | None:
    """What the analyses of one theme come to; None where the published one can't be made.

    `clear` says what a test against shuffled dates found; without it the interval decides.
    """
    headline = next((one for one in found if one.headline), None)
    if headline is None:
        return None
    sign = _direction(headline)
    agree = [one for one in found if _direction(one) == sign]
    share, mention = ([o.change for o in found if o.column.measure == name] for name in ("share", "mention"))
    return Robustness(
        headline,
        len(found),
        len(agree),
        sum(one.sign == sign != 0 for one in found),
        sum(one.sign == -sign != 0 for one in found),
        (min(share), max(share)),
        (min(mention), max(mention)),
        _choices([one for one in found if one.left_out == NONE]),
        _shaken(found, headline),
        bool(headline.sign) if clear is None else clear,
    )


def _direction(one: Specification) -> int:
    return (one.change > 0) - (one.change < 0)


def ordered(found: Sequence[Specification]) -> list[Specification]:
    """The curve: from the lowest relative change to the highest."""
    return sorted(found, key=lambda one: (one.relative, one.column.measure, one.estimate, one.left_out))


def _choices(found: Sequence[Specification]) -> dict[str, float]:
    """Each choice's share of the variance: between its levels' means, over that of all analyses."""
    values = np.array([one.relative for one in found])
    total = float(((values - values.mean()) ** 2).sum())
    explained = {}
    for name, level in CHOICES.items():
        _, of = np.unique([level(one) for one in found], return_inverse=True)
        means = np.bincount(of, values) / np.bincount(of)
        between = float(((means[of] - values.mean()) ** 2).sum())
        if of.max() > 0:
            explained[name] = between / total if total > 0 else 0.0
    return dict(sorted(explained.items(), key=lambda item: (-item[1], item[0])))


def _shaken(found: Sequence[Specification], headline: Specification) -> Shaken | None:
    like = [o for o in found if o.left_out != NONE and _measured_alike(o, headline)]
    if not like:
        return None
    most = max(like, key=lambda one: (abs(one.change - headline.change), one.left_out))
    return Shaken(*most.left_out, most.change)


def _measured_alike(one: Specification, headline: Specification) -> bool:
    return (one.column.measure, one.estimate) == (headline.column.measure, headline.estimate)
