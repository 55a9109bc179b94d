"""How a command ends: with an answer, with one line that says what to do, or at once when it is asked to.

Ctrl-C and `kill` raise KeyboardInterrupt in Python's own code. A library written in C may hear of it late (a
fit), or turn it into an error of its own (DuckDB): so whatever is raised afterwards counts as the
interruption, and what has not ended after a moment is ended. It loses no more than a crash would.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, NoReturn

import click

from pipeline.cli.common import FAILED
from pipeline.errors import PipelineError, refusal

INTERRUPTED = 130
GRACE = 1.5
"""Seconds that what is under way has to clear up once it is asked to end."""
SAID = "interrupted; run the same command again to go on from here"
REFUSED = (OSError, MemoryError, ImportError, RuntimeError, SystemError)
"""What may tell of a machine that refuses, besides the errors that libraries have of their own."""
_asked = threading.Event()
_said = threading.Event()


def run(command: Callable[[], Any]) -> NoReturn:
    """Run the command and end the process: 0, 2 for what was expected to go wrong, 130 if interrupted.

    A defect keeps its traceback, and 1.
    """
    _listen()
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal of another encoding, or a name of a file in one
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code = _ended(command)
        sys.stdout.flush()
    except BrokenPipeError:  # `themeshift sql … | head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = INTERRUPTED if _asked.is_set() else 1
    sys.exit(code)


def _ended(command: Callable[[], Any]) -> int:
    try:
        command()
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        return _interrupted()
    except BrokenPipeError:
        raise
    except Exception as error:
        if _asked.is_set():
            return _interrupted()
        said = str(error) if isinstance(error, PipelineError) else _refused(error)
        if not said:
            raise
        click.echo(f"themeshift: {said}", err=True)
        return FAILED
    return 0


def _refused(error: Exception) -> str:
    own = type(error).__module__ != "builtins"
    said = refusal(error) if own or isinstance(error, REFUSED) else ""
    if not said:
        return ""
    first = next(iter(str(error).strip().splitlines()), "") if own else ""
    return f"{said}. {first + '. ' if first else ''}What is done is kept: then run the same command again"


def _interrupted() -> int:
    _say()
    return INTERRUPTED


def _say() -> None:
    if not _said.is_set():
        _said.set()
        os.write(2, f"{chr(27)}[?25h{SAID}\n".encode() if os.isatty(2) else f"{SAID}\n".encode())


def _listen() -> None:
    """Take up signals, and watch from beside that they lead to an end.

    The wakeup file hears of them while a library's call keeps Python from running the handler.
    """
    hear, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)
    threading.Thread(target=_watch, args=(hear,), daemon=True, name="signals").start()


def _stop(number: int, frame: FrameType | None) -> None:
    if _asked.is_set():  # asked twice
        _say()
        os._exit(INTERRUPTED)
    _asked.set()
    raise KeyboardInterrupt


def _watch(hear: int) -> None:
    while not any(signal.getsignal(number) is _stop for number in os.read(hear, 64)):
        pass  # a command that has a way of its own to end
    time.sleep(GRACE)
    _say()
    os._exit(INTERRUPTED)
