"""Themeshift: from captured pages to themes over time. `pipeline.flow` shows the order of things."""

import sys as _sys

_as_ever = _sys.excepthook


def _while_starting(kind, error, where):  # type: ignore[no-untyped-def] # nothing is imported for it
    """Ctrl-C while modules are still imported is no defect; later `pipeline.cli.ending` answers it."""
    if kind is KeyboardInterrupt and not hasattr(_sys, "ps1"):
        _sys.stderr.write("interrupted; run the same command again to go on from here\n")
    else:
        _as_ever(kind, error, where)


_sys.excepthook = _while_starting
