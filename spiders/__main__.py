"""python -m spiders NAME...|all: crawl sources into the archive, one JSON line about each on stdout."""

from __future__ import annotations

import argparse
import difflib
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader

from pipeline import progress
from pipeline.config import Config, load
from pipeline.errors import ConfigError, InputError, PipelineError
from pipeline.progress import JsonRecord, Record
from spiders import locks, reports


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 if every run finished, 1 if one did not.

    2 for input that can't be used, and where another run gathers one of the sources: then none is begun.
    """
    options = _parser().parse_args(arguments)
    try:
        config = _config(options)
        settings = _settings(config, options.connect_to)
        names = _names(options.names, SpiderLoader.from_settings(settings))
        locks.take(config, names)
        summaries = crawl(names, settings)
    except PipelineError as error:
        said = (
            progress.line("error", str(error), command="crawl") if progress.as_json() else f"spiders: {error}"
        )
        sys.stderr.write(f"{said}\n")
        return 2
    finally:
        locks.release()
    for summary in summaries:
        sys.stdout.write(json.dumps(summary, ensure_ascii=False) + "\n")
    sys.stdout.flush()
    return 0 if all(summary["outcome"] == "finished" for summary in summaries) else 1


def crawl(names: Sequence[str], settings: Settings) -> list[dict[str, Any]]:
    """Run the named spiders side by side in one process. Returns each run in figures."""
    logging.setLogRecordFactory(JsonRecord if progress.as_json() else Record)
    process = AsyncCrawlerProcess(settings)
    warnings = logging.StreamHandler(sys.stderr)
    warnings.setLevel(logging.WARNING)
    warnings.setFormatter(_OneLine())
    logging.getLogger().addHandler(warnings)
    crawlers = {name: process.create_crawler(name) for name in names}
    for crawler in crawlers.values():
        process.crawl(crawler)
    process.start()
    return [_summary(name, crawler) for name, crawler in crawlers.items()]


class _OneLine(logging.Formatter):
    """Warnings for people; their tracebacks are in the log file. Or for programs, with all there is."""

    def format(self, record: logging.LogRecord) -> str:
        if isinstance(record, JsonRecord):
            record.getMessage()
            return record.json
        return f"{record.levelname}: {record.getMessage()}"


def _summary(name: str, crawler: Crawler) -> dict[str, Any]:
    run = getattr(crawler.spider, "run", None)
    nothing = {"source": name, "outcome": "failed", "reason": "could not begin"}
    summary: dict[str, Any] = run.summary() if run else nothing
    if summary["outcome"] == "running":  # a second Ctrl-C: there was no time to close the run
        summary |= {"outcome": "interrupted", "reason": "interrupted"}
    return summary


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m spiders", description=__doc__)
    parser.add_argument("names", nargs="+", metavar="NAME", help="a source, or all")
    parser.add_argument("--data", type=Path, help="the data folder (default: THEMESHIFT_DATA, then data)")
    parser.add_argument("--config", type=Path, help="another config.toml")
    parser.add_argument(
        "--connect-to", default="", metavar="HOST:PORT", help="send every request to this loopback address"
    )
    parser.add_argument("--max-pages", type=int, metavar="N", help="at most so many articles per source")
    return parser


def _config(options: argparse.Namespace) -> Config:
    config = load(options.data, options.config)
    if options.max_pages is not None:
        if options.max_pages < 0:
            raise InputError("--max-pages must be 0 (no limit) or more")
        config = replace(config, crawl=replace(config.crawl, max_pages=options.max_pages))
    return config


def _settings(config: Config, connect_to: str) -> Settings:
    # Here and not above: the module reads config.toml when it's imported, which may fail in plain words.
    from spiders.base import NO_CONTACT
    from spiders.loopback import loopback_address
    from spiders.settings import make

    if connect_to:
        loopback_address(connect_to)
    elif not config.crawl.contact:
        raise ConfigError(NO_CONTACT)
    logs = config.data / "logs"
    try:
        logs.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{logs} can't be made: {error.strerror}") from error
    reports.prune(logs, config.crawl.log_files - 1, config.crawl.log_megabytes)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    given = {**make(config, connect_to), "LOG_FILE": str(logs / f"crawl-{stamp}.log")}
    return Settings(given | ({"LOG_FORMAT": "%(json)s"} if progress.as_json() else {}))


def _names(asked: Sequence[str], loader: SpiderLoader) -> list[str]:
    known = loader.list()
    lacking = {name: why for name in known if (why := _lacks(loader, name))}
    if "all" in asked:
        return [name for name in known if name not in lacking]
    for name in asked:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"
            raise InputError(f"unknown spider {name!r}; {hint}")
        if name in lacking:
            raise InputError(lacking[name])
    return list(dict.fromkeys(asked))


def _lacks(loader: SpiderLoader, name: str) -> str:
    lacks = getattr(loader.load(name), "lacks", None)
    return str(lacks()) if lacks else ""


if __name__ == "__main__":
    sys.exit(main())
