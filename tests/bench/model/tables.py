"""How sections speak: lines to standard output, at once."""

from __future__ import annotations

import sys


def say(text: str = "") -> None:
    """Print a line."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
