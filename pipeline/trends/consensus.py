"""What several coders make of a passage together; why by majority: docs/decisions/0020."""

from __future__ import annotations


def consensus(yes: int, said: int) -> float:
    """1 where most of those who `said` anything say yes, 0 where most say no, 0.5 where they are even.

    "Can't tell" says nothing. Raises ValueError where nobody said anything.
    """
    if said < 1:
        raise ValueError("nobody said anything")
    return 0.5 + 0.5 * ((2 * yes > said) - (2 * yes < said))
