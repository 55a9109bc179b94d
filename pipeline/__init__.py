"""Themeshift: from captured pages to themes over time. `pipeline.flow` shows the order of things."""

import sys

_as_ever = sys.excepthook


def _while_starting(kind, error, where):  # type: ignore[no-untyped-def] # nothing is imported for it
    """Ctrl-C while modules are still imported is no defect; later `pipeline.cli.ending` answers it."""
    if kind is KeyboardInterrupt and not hasattr(sys, "ps1"):
        sys.stderr.write("interrupted; run the same command again to go on from here\n")
    else:
        _as_ever(kind, error, where)


sys.excepthook = _while_starting

import platform  # noqa: E402 - an interrupt may come while it is imported

if platform.system() == "Windows":
    sys.stderr.write(
        "themeshift: Windows is not supported: install WSL (wsl --install), and run Themeshift there, with "
        "its data folder on the Linux side. See docs/operating.md\n"
    )
    raise SystemExit(2)
