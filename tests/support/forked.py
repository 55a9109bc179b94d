"""Crawls in processes forked from one that has Scrapy loaded: the same command, a second sooner."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import forkserver, get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

FORK = get_context("forkserver")
# None of these installs a reactor: each crawl has one of its own.
CRAWLS = (
    "scrapy.core.downloader.contextfactory",
    "scrapy.core.engine",
    "scrapy.downloadermiddlewares.cookies",
    "scrapy.downloadermiddlewares.httpauth",
    "scrapy.downloadermiddlewares.httpcache",
    "scrapy.downloadermiddlewares.httpcompression",
    "scrapy.downloadermiddlewares.httpproxy",
    "scrapy.downloadermiddlewares.offsite",
    "scrapy.downloadermiddlewares.redirect",
    "scrapy.downloadermiddlewares.retry",
    "scrapy.downloadermiddlewares.robotstxt",
    "scrapy.extensions.feedexport",
    "scrapy.extensions.memusage",
    "scrapy.extensions.remote_control",
    "scrapy.extensions.telnet",
    "scrapy.extensions.throttle",
    "scrapy.pqueues",
    "scrapy.robotstxt",
    "scrapy.spidermiddlewares.referer",
    "scrapy.squeues",
    "spiders.__main__",
    "spiders.archiving",
    "spiders.base",
    "spiders.libraries",
    "spiders.listings",
    "spiders.monitors",
    "spiders.reservations",
    "spiders.robots",
    "spiders.settings",
    "tests.support.forked",
)
READERS = ("pipeline.readers.html", "pipeline.readers.pdf", "pipeline.readers.reading_row")


def start_server() -> None:
    """Start the server that every fork of this process comes from, ready for crawls and readers alike.

    There is one to a process, and whoever forks first has it import what they need. After a build, each crawl
    would import all of Scrapy itself.
    """
    FORK.set_forkserver_preload([*CRAWLS, *READERS, "tests.support.frozen"])
    forkserver.ensure_running()


def start(
    arguments: Sequence[str | Path], said: Path, environment: Mapping[str, str] | None = None
) -> BaseProcess:
    """Begin `python -m spiders ARGUMENTS`; what it prints goes to `said`.out and `said`.err."""
    given = [str(argument) for argument in arguments], said, dict(environment or {})
    process = FORK.Process(target=_run, args=given)
    process.start()
    return process


def run(
    arguments: Sequence[str | Path], said: Path, environment: Mapping[str, str] | None = None
) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of `python -m spiders ARGUMENTS`."""
    process = start(arguments, said, environment)
    process.join(60)
    assert process.exitcode is not None, "the crawl does not end"
    texts = [said.with_suffix(end).read_text(encoding="utf-8") for end in (".out", ".err")]
    return process.exitcode, texts[0], texts[1]


def _run(arguments: list[str], said: Path, environment: dict[str, str]) -> None:
    os.environ.update(environment)
    for number, end in ((1, ".out"), (2, ".err")):
        handle = os.open(said.with_suffix(end), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(handle, number)
    sys.stdout, sys.stderr = (open(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))  # noqa: SIM115
    from spiders.__main__ import main

    code = main(arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
