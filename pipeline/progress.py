"""What a person sees of a run in progress: a bar on a terminal, nothing but warnings elsewhere.

With `--log-format json` each line on standard error is an object: `at`, `level`, `command`, `message`, and
what else is known. Commands that this one starts find it in the environment, and write the same.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

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

FORMAT = "THEMESHIFT_LOG_FORMAT"
"""The variable of the environment that says how logs are written: text or json."""


def as_json() -> bool:
    """Whether logs are to be lines of JSON."""
    return os.environ.get(FORMAT) == "json"


def line(level: str, message: str, **more: Any) -> str:
    """A line of a log in JSON, without secrets."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    said = {"at": at, "level": level, "message": without_secrets(message), **more}
    return json.dumps(said, ensure_ascii=False, default=str)


def uncaught(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
    """A bug keeps its traceback, and secrets are cut out of that as of all we say: for `sys.excepthook`."""
    text = "".join(traceback.format_exception(kind, error, where))
    said = line("error", f"{kind.__name__}: {error}", traceback=without_secrets(text)) + "\n"
    sys.stderr.write(said if as_json() else without_secrets(text))


class Record(logging.LogRecord):
    """A line of a log, and its traceback, without secrets: for `logging.setLogRecordFactory`."""

    def getMessage(self) -> str:  # noqa: N802 - logging's name
        """The message, with its arguments."""
        return without_secrets(super().getMessage())

    def __setattr__(self, name: str, value: object) -> None:
        if name in ("exc_text", "stack_info") and isinstance(value, str):
            value = without_secrets(value)
        super().__setattr__(name, value)


class JsonRecord(Record):
    """The same, with all of it as one object in `json`, for the format `%(json)s`."""

    json = ""

    def getMessage(self) -> str:  # noqa: N802 - logging's name
        """The message; a traceback goes into the object, and no further lines follow."""
        message = super().getMessage()
        more: dict[str, Any] = {"command": "crawl", "logger": self.name}
        if self.exc_info and self.exc_info[0]:
            more["traceback"] = without_secrets("".join(traceback.format_exception(*self.exc_info)))
            self.exc_info = None
        if not self.json:
            self.json = line(self.levelname.lower(), message, **more)
        return message


class Tell:
    """Progress and warnings on standard error; standard output stays for answers."""

    def __init__(self, quiet: bool = False, command: str = "") -> None:
        self.quiet, self.command = quiet, command
        self.console = Console(stderr=True, quiet=quiet, highlight=False, soft_wrap=True)
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self.warnings: list[str] = []

    @contextmanager
    def working(self, what: str) -> Iterator[None]:
        """A spinner while something runs; a bar once `steps` has said how much there is."""
        if not self.console.is_terminal or self.console.quiet or as_json():
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

    def say(self, text: str, **more: Any) -> None:
        """One line for the person who watches; `more` goes into a log in JSON alone."""
        if as_json():
            if not self.quiet:
                self._log("info", text, more)
        else:
            self.console.print(without_secrets(text), markup=False)

    def log(self, text: str, **more: Any) -> None:
        """What a person sees elsewhere, as on standard output: for a log in JSON alone."""
        if as_json():
            self.say(text, **more)

    def warn(self, text: str) -> None:
        """One line that must not be missed; kept in `warnings` too."""
        text = without_secrets(text)
        self.warnings.append(text)
        if as_json():
            self._log("warning", text, {})
        elif self.console.quiet:
            print(f"warning: {text}", file=sys.stderr)  # noqa: T201 - warnings are never quiet
        else:
            self.console.print(f"warning: {text}", style="yellow", markup=False)

    def _log(self, level: str, text: str, more: dict[str, Any]) -> None:
        print(line(level, text, command=self.command, **more), file=sys.stderr)  # noqa: T201
