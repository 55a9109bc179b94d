"""The stages, one verb a file. Each says in its docstring what it reads, what it writes, and when it works.

`stages.fit` is imported when it is asked for: a stage that doesn't run costs nothing to have. flow.py has the
table of all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.stages import (
        assess,
        check,
        code,
        compare,
        describe,
        detect,
        embed,
        fit,
        index,
        passages,
        read,
        scope,
        tally,
        trend,
        validate,
        vary,
    )  # fmt: skip
else:
    from importlib import import_module

    def __getattr__(name):
        """A stage's module."""
        try:
            return import_module(f"{__name__}.{name}")
        except ModuleNotFoundError as error:
            if error.name == f"{__name__}.{name}":
                raise AttributeError(f"there is no stage {name!r}") from None
            raise


__all__ = [
    "assess", "check", "code", "compare", "describe", "detect", "embed", "fit", "index", "passages", "read",
    "scope", "tally", "trend", "validate", "vary",
]  # fmt: skip
