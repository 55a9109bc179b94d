"""Work in other processes: what nobody can trust is confined, what keeps to one core is spread over all.

`Workers` has a limit for each item: one that hangs, crashes or eats memory costs only itself. `spread` hands
our own arithmetic, such as Leiden, to processes that stay for the next piece of work.
"""

from __future__ import annotations

import errno
import multiprocessing
import os
import platform
import resource
import signal
import zipfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, TimeoutError
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerContext
from multiprocessing.forkserver import ensure_running
from threading import Thread
from typing import Any, Generic, TypeVar

from pebble import ProcessExpired, ProcessPool

from pipeline.errors import StoreError

Item = TypeVar("Item")
Result = TypeVar("Result")

AHEAD = 32
"""Items per process that are handed out before the first of their results is taken."""

RENEWED = 2000
"""After so many items a process is replaced, so that what a library leaks doesn't add up."""

TRIES = 2
"""A machine under load may be slow, and the system may kill a bystander: nothing is lost at once."""

HANDLES = 64
"""Files that may be open at once, for all pipes to the processes."""

SPACE = 1500
"""Megabytes of address space without which nothing is built; what lies there is mostly never touched."""

SAFE_PATH = "PYTHONSAFEPATH"
WORTH_PROCESSES = 3000
"""Passages from which processes cost less than they save."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one item may take: seconds of wall time, and megabytes of its process's address space."""

    seconds: float
    megabytes: int


@dataclass(frozen=True, slots=True)
class Lost:
    """An item that came to nothing: `reason` is too-slow or crashed."""

    reason: str
    detail: str


def unpacked_size(body: bytes) -> int:
    """Bytes that the parts of a zip archive unpack to, as its directory says; 0 for what has none.

    No more comes out of a part than it says, so that this bounds what opening it takes.
    """
    try:
        with zipfile.ZipFile(BytesIO(body)) as archive:
            return sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError):
        return 0


class Workers:
    """A pool of processes under limits, as a context manager.

    They are forked from a server that has imported the modules in `preload` and nothing of ours besides,
    so that a new one takes milliseconds and inherits no open file. Left early, the pool is stopped at once.
    """

    def __init__(self, processes: int, limits: Limits, preload: Iterable[str] = ()) -> None:
        context = _fork_server(preload)
        self._processes = processes
        self._limits = limits
        self._pool = ProcessPool(
            processes, RENEWED, initializer=_confine, initargs=(limits.megabytes,), context=context
        )

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        end = self._pool.close if kind is None else self._pool.stop
        end()  # type: ignore[no-untyped-call]
        self._pool.join()

    def map(
        self, function: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[tuple[Item, Result | Lost]]:
        """Each item with its result, in order. What `function` raises is raised here."""
        under_way: deque[_Task[Item, Result]] = deque()
        for item in items:
            under_way.append(_Task(self._pool, function, item, self._limits))
            if len(under_way) >= AHEAD * self._processes:
                yield under_way.popleft().outcome()
        while under_way:
            yield under_way.popleft().outcome()


class _Task(Generic[Item, Result]):
    def __init__(
        self, pool: ProcessPool, function: Callable[[Item], Result], item: Item, limits: Limits
    ) -> None:
        self._pool, self._function, self._item, self._limits = pool, function, item, limits
        self._future = self._schedule()

    def _schedule(self) -> Future[Result]:
        seconds = self._limits.seconds
        arguments = (self._function, self._item, seconds)
        future: Future[Result] = self._pool.schedule(_timed, args=arguments, timeout=seconds)
        return future

    def outcome(self) -> tuple[Item, Result | Lost]:
        lost = Lost("", "")
        for tried in range(1, TRIES + 1):
            try:
                return self._item, self._future.result()
            except TimeoutError:
                lost = Lost("too-slow", f"not done after {self._limits.seconds:g} s")
            except ProcessExpired as error:
                lost = Lost("crashed", f"the process ended with code {error.exitcode}")
            if tried < TRIES:
                self._future = self._schedule()
        return self._item, lost


def _timed(function: Callable[[Item], Result], item: Item, seconds: float) -> Result:
    """Where the pool's own process is dead, nobody else would end an item that hangs: the alarm kills."""
    signal.setitimer(signal.ITIMER_REAL, 2 * seconds)
    try:
        return function(item)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _confine(megabytes: int) -> None:
    _, given = resource.getrlimit(resource.RLIMIT_AS)
    limit = megabytes * 1024 * 1024
    if given != resource.RLIM_INFINITY:  # `ulimit -v` of whoever started us
        limit = min(limit, given)
    with suppress(ValueError, OSError):  # macOS takes no such limit: `unenforced` says so
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def unenforced() -> list[str]:
    """What this system does not hold a worker to, in sentences; nothing on Linux."""
    if platform.system() == "Linux":
        return []
    return [
        "[read] megabytes is not enforced on this system, which bounds no address space: a page that eats "
        "memory takes it from everything else. [read] seconds is enforced"
    ]


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
    return ProcessPoolExecutor(_cores(), mp_context=_fork_server(), initializer=_end_with_parent)


def check_space() -> None:
    """Raises StoreError where a limit leaves less address space than the libraries of the stages take: at its
    end some of them end the process without a word."""
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY and soft < SPACE * 1024 * 1024:
        raise StoreError(
            f"a limit of {soft // 1024 // 1024:,} MB of address space (`ulimit -v`) is less than the "
            f"{SPACE:,} MB that building takes: raise it, or build on another machine"
        )


def _enough_handles() -> None:
    """Raises OSError, as opening a file would, where the pipes of processes would be too many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < HANDLES:
        if hard != resource.RLIM_INFINITY and hard < HANDLES:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        resource.setrlimit(resource.RLIMIT_NOFILE, (HANDLES, hard))


def _fork_server(preload: Iterable[str] = ()) -> ForkServerContext:
    """Processes forked from another than ours, where numpy and DuckDB have threads: one that has `preload`.

    It starts as `python -c` does, and so would look for modules in the working directory first: a folder that
    is called `pipeline`, as folders often are, must not be taken for ours.
    """
    _enough_handles()
    context = get_context("forkserver")
    context.set_forkserver_preload(list(preload))
    before = os.environ.get(SAFE_PATH)
    resource_tracker.ensure_running()  # which else would let Ctrl-C through again
    os.environ[SAFE_PATH] = "1"
    # A terminal's Ctrl-C goes to all its processes: ours alone answers it, the others are told by us.
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        del os.environ[SAFE_PATH]
        if before is not None:
            os.environ[SAFE_PATH] = before
    return context


def _end_with_parent() -> None:
    """A killed build must leave no process behind that waits for work."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            wait([parent.sentinel])
            os._exit(1)

    Thread(target=watch, daemon=True).start()
