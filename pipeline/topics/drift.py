"""When topics are due to be fitted anew: what came, what went, and whether the new is like the old."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.settings import Topics


@dataclass(frozen=True, slots=True)
class Drift:
    """What has happened since a fit, in passages.

    `fitted` were there then and `kept` of them still are; `new` have come, and `strangers` of these lie
    farther from their neighbours than 95% of the fitted ones from theirs. `clumped` of the new, from
    `documents`, are nearer to one another than chance allows.
    """

    fitted: int
    kept: int
    new: int
    strangers: int
    clumped: int = 0
    documents: int = 0

    @property
    def share(self) -> float:
        """New and gone passages, of those fitted."""
        return (self.new + self.fitted - self.kept) / max(self.fitted, 1)

    @property
    def strange(self) -> float:
        """The share of strangers among the new; 0.05 if the new are like the old."""
        return self.strangers / max(self.new, 1)


def due(drift: Drift, settings: Topics) -> str:
    """Why a refit is due, in words; empty where it is not.

    Strangers and clumps call for a refit only where there are enough of them to make a topic.
    """
    if drift.share >= settings.refit_share:
        return f"{_percent(drift.share)} of the passages are new or gone"
    if drift.strange > settings.drift and drift.strangers >= settings.min_passages:
        return f"{_percent(drift.strange)} of the new passages are unlike those fitted"
    if drift.clumped >= settings.min_passages:
        return (
            f"{drift.clumped:,} new passages ({drift.documents:,} documents) lie together, apart from the old"
        )
    return ""


def why_not(drift: Drift) -> str:
    """Why no refit is due, in words."""
    if not drift.new:
        return f"no refit: {_percent(drift.share)} of the passages are gone"
    like = (
        "fit as well as the old ones" if drift.strange <= 0.1 else f"{_percent(drift.strange)} unlike the old"
    )
    gone = drift.fitted - drift.kept
    share = f"{_percent(drift.new / max(drift.fitted, 1))} new" + (
        f" and {_percent(gone / drift.fitted)} gone" if gone else ""
    )
    return f"no refit: {share}, {like}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%" if share >= 0.01 or not share else "under 1%"
