"""A comparison of two stretches, in words."""

from __future__ import annotations

from pipeline.asking.comparison import Comparison, Interval
from pipeline.report.wording import percent


def as_text(found: Comparison) -> str:
    """Some lines for a person."""
    lines = [f"{found.series.kind} {found.series.name} ({found.series.label}), {found.measure}, all sources"]
    width = max(len(side.name) for side in (found.before, found.after)) + 2
    for side in (found.before, found.after):
        lines.append(f"{side.name:<{width}}{_level(side.crude)} crude, of {side.documents:,.6g} documents")
        lines += [f"{'':<{width}}{_level(other)} {name}" for name, other in side.others.items()]
    lines += [
        "",
        f"change    {_points(found.change)}, crude",
        f"  mix     {_points(found.mix)}: other sources published",
        f"  within  {_points(found.within)}: the same sources wrote otherwise",
        *([f"corrected {_points(found.corrected)}: the coder's errors taken off"] if found.corrected else []),
        "",
        *_reading(found),
    ]
    return "\n".join(lines)


def _reading(found: Comparison) -> list[str]:
    total, within = _sign(found.change), _sign(found.within)
    verdict = {1: "The rise is beyond chance", -1: "The fall is beyond chance", 0: "The change may be chance"}
    lines = [verdict[total] + f" ({found.level:.0%} interval)."]
    if within == total != 0:
        lines.append("It remains within the sources: it is not made by other sources publishing.")
    elif total:
        lines.append("Within the sources a change may be chance: the mix of sources made it, or much of it.")
    elif within:
        lines.append("Within the sources there is a change beyond chance, which the mix of sources hides.")
    if found.thin:
        lines.append("One of the two has too few documents to be read as a point of a line.")
    lines.append(_corrected(found))
    lines.append("Two periods picked after looking at the line prove less than their interval says.")
    return lines


def _corrected(found: Comparison) -> str:
    """The verdict on the corrected change, beside that on the crude one."""
    if found.corrected is None:
        return f"Not corrected for the coder's errors: {found.refused}."
    sign, crude = _sign(found.corrected), _sign(found.change)
    too = ", too" if sign == crude else ""
    if sign == 0:
        return f"Corrected for the coder's errors the change may be chance{too}."
    what = {1: "rise", -1: "fall"}[sign]
    return f"Corrected for the coder's errors the {what} is beyond chance{too}."


def _sign(of: Interval) -> int:
    return int(of[1] > 0) - int(of[2] < 0)


def _level(of: Interval) -> str:
    return f"{percent(of[0]):>6} ({100 * of[1]:.1f} to {100 * of[2]:.1f})"


def _points(of: Interval) -> str:
    return f"{100 * of[0]:+.1f} points ({100 * of[1]:+.1f} to {100 * of[2]:+.1f})"
