"""How well each theme is coded, in one line to stand beside a claim; asked of the published file."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline import store
from pipeline.publishing.report.wording import percent
from pipeline.store import Connection
from pipeline.themes.model import REFERENCE

Interval = tuple[float, float | None, float | None]
"""A value, its lower and its upper bound, where it has one."""


@dataclass(frozen=True, slots=True)
class HowWell:
    """Precision and recall of a theme's coding, with intervals (value, lower, upper), and who tells.

    `sample` is that of people's codes, empty where the reference set of invented passages tells. `measured`
    is False where nobody does. `weak`: F1 lies below the floor of `[label] weak`.
    """

    sample: str = ""
    passages: int = 0
    precision: Interval | None = None
    recall: Interval | None = None
    near_misses: float | None = None
    weak: bool = False

    @property
    def measured(self) -> bool:
        """Whether anything is known."""
        return self.precision is not None and self.recall is not None

    def words(self) -> str:
        """One line."""
        if self.precision is None or self.recall is None:
            return "how well it is coded nobody has measured: `themeshift label draw` begins to"
        mark = "weakly coded, don't build on it: " if self.weak else ""
        of = f"{mark}precision {_interval(self.precision)}, recall {_interval(self.recall)}"
        if self.sample:
            return f"{of}, by people's codes of {self.passages:,} passages ({self.sample})"
        near = "" if self.near_misses is None else f", {percent(self.near_misses, 0)} of near misses taken"
        return (
            f"{of}{near}, on {self.passages:,} invented passages, each author's by what the others taught: "
            "upper bounds here, nobody has coded this corpus for it"
        )

    def short(self) -> str:
        """A few words: the figures alone, and who tells."""
        if self.precision is None or self.recall is None:
            return "How well it is coded nobody has measured."
        who = "by people’s codes" if self.sample else "on invented passages"
        precision, recall = percent(self.precision[0], 0), percent(self.recall[0], 0)
        return f"Coded with precision {precision}, recall {recall}, {who}."


UNKNOWN = HowWell()


def how_well(connection: Connection) -> dict[str, HowWell]:
    """By theme: people's codes where there are enough for a figure, else the reference set, else nothing."""
    rows = connection.execute(store.queries("report")["validity"]).fetchall()
    found = {}
    for theme, sample, passages, p, p_low, p_high, r, r_low, r_high, near, weak in rows:
        own = "" if sample == REFERENCE else sample
        found[theme] = (
            HowWell(own, passages, (p, p_low, p_high), (r, r_low, r_high), near, bool(weak))
            if sample
            else UNKNOWN
        )
    return found


def _interval(measured: Interval) -> str:
    value, lower, upper = measured
    if lower is None or upper is None:
        return percent(value, 0)
    return f"{percent(value, 0)} ({100 * lower:.0f} to {100 * upper:.0f})"
