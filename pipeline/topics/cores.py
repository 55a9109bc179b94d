"""Work that keeps to one core, such as Leiden, spread over all of them, where it is enough to pay."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing.connection import wait
from threading import Thread
from typing import Any, TypeVar

Result = TypeVar("Result")
WORTH_PROCESSES = 3000
"""Passages from which processes cost less than they save."""


def prepare(work: Callable[[], object], passages: int) -> None:
    """Start the processes, and have each do `work`, so that they have what they need when it comes to it."""
    if _pays(passages):
        for _ in range(_cores()):
            _pool().submit(work)


def spread(passages: int, work: Callable[..., Result], *items: Iterable[Any]) -> Iterator[Result]:
    """`map`, with the results in order; in this process, where there are few passages."""
    yield from _pool().map(work, *items) if _pays(passages) else map(work, *items)


def close() -> None:
    """End the processes, if there are any: the memory they hold is free for the stages that follow."""
    if _pool.cache_info().currsize:
        _pool().shutdown()
        _pool.cache_clear()


def _pays(passages: int) -> bool:
    return passages >= WORTH_PROCESSES and _cores() > 1


def _cores() -> int:
    return os.cpu_count() or 1


@cache
def _pool() -> ProcessPoolExecutor:
    # Not forked: numpy and DuckDB have threads here.
    context = multiprocessing.get_context("forkserver")
    return ProcessPoolExecutor(_cores(), mp_context=context, initializer=_end_with_parent)


def _end_with_parent() -> None:
    """A killed build must leave no process behind that waits for work."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            wait([parent.sentinel])
            os._exit(1)

    Thread(target=watch, daemon=True).start()
