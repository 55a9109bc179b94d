"""What a person sees of a run in progress: a bar on a terminal, nothing but warnings elsewhere."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from pipeline.errors import without_secrets


class Record(logging.LogRecord):
    """A line of a log, and its traceback, without secrets: for `logging.setLogRecordFactory`."""

    def getMessage(self) -> str:  # noqa: N802 - logging's name
        """The message, with its arguments."""
        return without_secrets(super().getMessage())

    def __setattr__(self, name: str, value: object) -> None:
        if name in ("exc_text", "stack_info") and isinstance(value, str):
            value = without_secrets(value)
        super().__setattr__(name, value)


class Tell:
    """Progress and warnings on standard error; standard output stays for answers."""

    def __init__(self, quiet: bool = False) -> None:
        self.console = Console(stderr=True, quiet=quiet, highlight=False, soft_wrap=True)
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self.warnings: list[str] = []

    @contextmanager
    def working(self, what: str) -> Iterator[None]:
        """A spinner while something runs; a bar once `steps` has said how much there is."""
        if not self.console.is_terminal or self.console.quiet:
            yield
            return
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description:<10}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self.console, transient=True) as progress:
            self._progress, self._task = progress, progress.add_task(what, total=None)
            try:
                yield
            finally:
                self._progress = self._task = None

    def steps(self, done: int, total: int | None = None) -> None:
        """Say how far the work has come; without a total, only how much is done."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=done, total=total)

    def say(self, text: str) -> None:
        """One line for the person who watches."""
        self.console.print(without_secrets(text), markup=False)

    def warn(self, text: str) -> None:
        """One line that must not be missed; kept in `warnings` too."""
        text = without_secrets(text)
        self.warnings.append(text)
        if self.console.quiet:
            print(f"warning: {text}", file=sys.stderr)  # noqa: T201 - warnings are never quiet
        else:
            self.console.print(f"warning: {text}", style="yellow", markup=False)
