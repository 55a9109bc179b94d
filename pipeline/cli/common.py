"""What the commands share: their options, and how they answer."""

from __future__ import annotations

import functools
import json
import math
import os
import re
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from pipeline import progress
from pipeline.config import OURS, Config, load
from pipeline.errors import InputError, PipelineError, StoreError
from pipeline.progress import Tell

FAILED = 2


class InOrder(click.Group):
    """Commands in the order in which they are used, not of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, as declared."""
        return list(self.commands)


@click.group(cls=InOrder, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(version("themeshift"), prog_name="themeshift")
def cli() -> None:
    """How themes in policy writing rise and fall: gather, read, model, publish."""


def configured(command: Callable[..., Any]) -> Callable[..., Any]:
    """--data, --config, --quiet and --log-format, which every command takes: it is called with `config` and
    `tell`."""

    @click.option(
        "--data",
        type=click.Path(path_type=Path, file_okay=False),
        help="Data folder [default: $THEMESHIFT_DATA, else data].",
    )
    @click.option(
        "--config",
        "config_file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Settings [default: those that the data folder was made by, else the project's config.toml].",
    )
    @click.option("--quiet", is_flag=True, help="Warnings only, and what was asked for.")
    @click.option(
        "--log-format",
        type=click.Choice(["text", "json"]),
        help="How progress and warnings are written [default: $THEMESHIFT_LOG_FORMAT, else text].",
    )
    @functools.wraps(command)
    def with_config(
        data: Path | None, config_file: Path | None, quiet: bool, log_format: str | None, **given: Any
    ) -> None:
        if log_format:
            os.environ[progress.FORMAT] = log_format  # for what this starts, too
        sys.excepthook = progress.uncaught
        tell = Tell(quiet, click.get_current_context().command_path.partition(" ")[2])
        try:
            config = load(data, config_file)
            if config_file is None and config.file != OURS:
                tell.say(f"settings: {config.file}, by which {config.data} was made (--config names others)")
            try:
                command(config=config, tell=tell, **given)
            except Exception as error:
                _blame_another_version(error, config)
                raise
        except PipelineError as error:
            if not progress.as_json():
                raise
            click.echo(progress.line("error", str(error), command=tell.command), err=True)
            sys.exit(FAILED)

    return with_config


def existing(config: Config) -> None:
    """Raises InputError where the data folder holds no archive: nothing is made of nothing, nor anywhere."""
    if not config.archive.is_dir():
        there = "holds no archive" if config.data.is_dir() else "is not there"
        raise InputError(
            f"{config.data} {there}: gather something into it first (`themeshift crawl`, `themeshift import "
            "PATH`), or name another data folder with --data"
        )


def _blame_another_version(error: Exception, config: Config) -> None:
    """Raise StoreError in place of `error` where that is why a table or column is missing."""
    from pipeline import store
    from pipeline.stages.tally import commit

    path = store.published_file(config)
    if not (isinstance(error, store.MISSING) and path.exists()):
        return
    with store.open_published(path) as connection:
        made_by = connection.execute("SELECT version, commit FROM about").fetchone()
    if made_by != (version("themeshift"), commit()):
        raise StoreError(
            f"{path} was published by another version of Themeshift ({' '.join(made_by or ())}) and lacks "
            "what this one asks for: run `themeshift build` and `themeshift publish`"
        ) from error


as_json = click.option("--json", "wants_json", is_flag=True, help="Answer as JSON, for a program.")


def print_json(answer: Any) -> None:
    """One line of JSON that any parser takes: null for NaN and infinities, half surrogates escaped."""
    text = json.dumps(_plain(answer), ensure_ascii=False, allow_nan=False, default=str)
    click.echo(re.sub("[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):04x}", text))


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key if isinstance(key, (str, int)) else str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, (set, frozenset)):
        return sorted(map(_plain, value), key=str)
    return _plain(value.item()) if hasattr(value, "item") else value  # a number of numpy's
