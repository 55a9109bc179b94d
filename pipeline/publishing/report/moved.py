"""What can be said of how a theme moved: late against early, and the change points between."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta

from pipeline.publishing.report.content import Level, Shift, ShownMovement, ShownTheme
from pipeline.publishing.report.periods import date_name, period_name
from pipeline.publishing.report.wording import counted, percent
from pipeline.records import in_words


def clear(movement: ShownMovement | None, rate: float) -> bool:
    """Whether late differs from early beyond the false-discovery rate."""
    return movement is not None and movement.q_value <= rate


def uneven(theme: ShownTheme, rate: float) -> bool:
    """Whether it moved in some smooth course alone: late is like early, and no level stands out."""
    told = clear(theme.movement, rate) or theme.shifts["share"]
    return not told and theme.smooth_q is not None and theme.smooth_q <= rate


def order(theme: ShownTheme, rate: float) -> tuple[bool, bool, bool, float, str]:
    """Sorts clear movements first, the largest at the top; then those that changed in between."""
    moved = theme.movement
    size = abs(moved.change) if moved else 0.0
    return (not clear(moved, rate), not theme.shifts["share"], not uneven(theme, rate), -size, theme.label)


def reading(theme: ShownTheme, rate: float) -> tuple[str, str]:
    """A verdict, and the numbers behind it."""
    moved, shifts = theme.movement, theme.shifts["share"]
    if moved is None:
        return "Not tested", f"{(theme.untested or 'too few periods to compare').capitalize()}."
    early, late = span_name(moved.early), span_name(moved.late)
    numbers = (
        f"{level(moved.late)} in {late} against {level(moved.early)} in {early}, "
        f"{points(moved.change, moved.lower, moved.upper)}."
    )
    if clear(moved, rate):
        verdict = f"{'Higher' if moved.change > 0 else 'Lower'} in {late} than in {early}"
        numbers += f" {chance(moved.q_value)}"
    elif shifts:
        verdict = f"{counted(len(shifts), 'change').capitalize()} in between, none in the end"
    elif uneven(theme, rate):
        verdict = "Uneven over time, in no single step and to no end"
        numbers += f" {chance(theme.smooth_q or 0.0)}"
    else:
        verdict = "No clear change"
    return verdict, " ".join([numbers, *map(sentence, shifts)])


def summary(themes: Sequence[ShownTheme], rate: float) -> str:
    """One sentence over all themes."""
    tested = [theme for theme in themes if theme.movement]
    if not tested:
        why = {theme.untested for theme in themes if theme.untested}
        return f"No theme can be tested for change: {why.pop() if len(why) == 1 else 'each says why'}."
    moved = [theme for theme in tested if clear(theme.movement, rate)]
    between = [
        theme for theme in tested if theme not in moved and (theme.shifts["share"] or uneven(theme, rate))
    ]
    differs = "differ" if len(moved) > 1 else "differs"
    text = (
        f"{in_words(len(moved)).capitalize() if moved else 'None'} of {counted(len(tested), 'theme')} "
        f"{differs} clearly between the first and the last third of the time"
    )
    if between:
        text += f", {in_words(len(between))} more changed in between"
    return text + "."


def sentence(shift: Shift) -> str:
    """`It rose in 2018 (2017 to 2019), from 3.1% to 25.0%.`"""
    if shift.change is None or shift.before is None or shift.after is None:
        return f"It changed in {when(shift)}."
    verb = "rose" if shift.change > 0 else "fell"
    return f"It {verb} in {when(shift)}, from {percent(shift.before)} to {percent(shift.after)}."


def mark(shift: Shift) -> str:
    """What a mark on a chart says: date, levels, size and chance."""
    if shift.change is None or shift.before is None or shift.after is None:
        return f"{when(shift).capitalize()}: changed. {chance(shift.q_value)}"
    change = points(shift.change, shift.lower, shift.upper)
    return (
        f"{when(shift)}: from {percent(shift.before)} to {percent(shift.after)}, {change}. "
        f"{chance(shift.q_value)}"
    )


def when(shift: Shift) -> str:
    """`2018 (2017 to 2019)`: the first period after it, and those that it may be."""
    at, first, last = (period_name(day, shift.period) for day in (shift.at, shift.earliest, shift.latest))
    return at if first == last else f"{at} ({first} to {last})"


def chance(q_value: float) -> str:
    """A q-value in words: `Fewer than 1 in 100 such findings are chance.`"""
    of_hundred = math.floor(100 * q_value + 1e-9) + 1
    return f"Fewer than {of_hundred} in 100 such findings are chance."


def points(change: float, lower: float | None, upper: float | None) -> str:
    """`24.1 points more (17.0 to 31.2)`, the interval with the sign of the change."""
    sign = -1 if change < 0 else 1
    size = f"{abs(100 * change):.1f} points {'less' if sign < 0 else 'more'}"
    if lower is None or upper is None:
        return size
    ends = sorted(round(100 * sign * end, 1) + 0.0 for end in (lower, upper))
    return f"{size} ({ends[0]:.1f} to {ends[1]:.1f})".replace("-", "−")


def level(found: Level) -> str:
    """`12.3% (8.1 to 16.0)`"""
    return f"{percent(found.prevalence)} ({100 * found.lower:.1f} to {100 * found.upper:.1f})"


def span_name(found: Level) -> str:
    """`2011 to 2014`, or by month where the days are not those of whole years."""
    after = found.end + timedelta(days=1)
    if (found.start.month, found.start.day, after.month, after.day) == (1, 1, 1, 1):
        first, last = str(found.start.year), str(found.end.year)
    else:
        first, last = date_name(found.start, "month"), date_name(found.end, "month")
    return first if first == last else f"{first} to {last}"


def middle(found: Level) -> date:
    """The day in the middle."""
    return found.start + (found.end - found.start) / 2
