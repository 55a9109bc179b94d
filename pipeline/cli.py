"""The command line: parse, call, print, exit. Answers go to standard output, all else to standard error."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn

import click

from pipeline import config as configuration
from pipeline import flow
from pipeline.config import Config
from pipeline.errors import InputError, PipelineError
from pipeline.progress import Tell

FAILED = 2


class Main(click.Group):
    """Commands in the order in which they are used, not of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, as declared."""
        return list(self.commands)


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--data, --config and --quiet, which every command takes."""
    for option in (
        click.option("--quiet", is_flag=True, help="Warnings only."),
        click.option(
            "--config",
            "config_file",
            type=click.Path(path_type=Path, dir_okay=False),
            help="Settings [default: config.toml of the project].",
        ),
        click.option(
            "--data",
            type=click.Path(path_type=Path, file_okay=False),
            help="Data folder [default: $THEMESHIFT_DATA, else data].",
        ),
    ):
        command = option(command)
    return command


as_json = click.option("--json", "wants_json", is_flag=True, help="Answer as JSON, for a program.")


@click.group(cls=Main, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(version("themeshift"), prog_name="themeshift")
def cli() -> None:
    """How themes in policy writing rise and fall: gather, read, model, publish."""


@cli.command()
@click.argument("sources", nargs=-1)
@click.option("--max-pages", type=int, help="Stop each spider after this many pages.")
@click.option(
    "--connect-to",
    metavar="HOST:PORT",
    help="Fetch from this loopback address whatever the host: the sample web.",
)
@as_json
@options
def crawl(
    sources: tuple[str, ...],
    max_pages: int | None,
    connect_to: str | None,
    wants_json: bool,
    data: Path | None,
    config_file: Path | None,
    quiet: bool,
) -> None:
    """Gather pages of SOURCES (all if none is named) into the archive."""
    config = configuration.load(data, config_file)
    command = [sys.executable, "-m", "spiders", "--data", str(config.data)]
    command += ["--config", str(config_file)] if config_file else []
    command += ["--connect-to", connect_to] if connect_to else []
    command += ["--max-pages", str(max_pages)] if max_pages else []
    # A process of its own: Scrapy's reactor can't be started twice, and the pipeline never imports spiders.
    command += sources or ("all",)
    with Tell(quiet).working("crawl"):
        process = subprocess.Popen(command, cwd=config.root, stdout=subprocess.PIPE, text=True)
        # Ctrl-C reaches the spiders too: they close their runs, and we wait for that.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        answer, _ = process.communicate()
    for line in answer.splitlines():
        click.echo(line if wants_json else _crawled(json.loads(line)))
    _notify(answer, process.returncode, config, Tell(quiet))
    sys.exit(process.returncode)


@cli.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--map", "mapping", metavar="FIELD=COLUMN,…", help="Which column of a data file holds which field."
)
@click.option("--source", help="Source of what has none of its own.")
@as_json
@options
def import_(
    paths: tuple[Path, ...],
    mapping: str | None,
    source: str | None,
    wants_json: bool,
    data: Path | None,
    config_file: Path | None,
    quiet: bool,
) -> None:
    """Take files and folders into the archive: HTML, text, PDF, JSONL, CSV, Parquet, WARC."""
    from pipeline.importer import import_paths

    done = import_paths(
        list(paths), configuration.load(data, config_file), Tell(quiet), _mapping(mapping), source
    )
    refused = sum(done.refused.values())
    if wants_json:
        _print_json({**asdict(done), "refused": dict(done.refused)})
    else:
        reasons = "".join(f"\n  {count} {reason}" for reason, count in done.refused.most_common())
        click.echo(
            f"{_count(done.files, 'file')}: {done.kept} kept, {done.unchanged} already there, "
            f"{refused} refused{reasons}"
        )
    if refused and not done.kept and not done.unchanged:
        sys.exit(FAILED)


@cli.command()
@as_json
@options
def build(wants_json: bool, data: Path | None, config_file: Path | None, quiet: bool) -> None:
    """Run every stage on what is new: index, read, check, scope, passages, embed, fit, code, trend, tally."""
    _run_stages(flow.STAGES, wants_json, data, config_file, quiet)


def _add_stage(stage: str, does: str) -> None:
    @cli.command(stage, help=f"Stage: {does}", hidden=False)
    @as_json
    @options
    def command(wants_json: bool, data: Path | None, config_file: Path | None, quiet: bool) -> None:
        _run_stages((stage,), wants_json, data, config_file, quiet)


@cli.command()
@as_json
@options
def publish(wants_json: bool, data: Path | None, config_file: Path | None, quiet: bool) -> None:
    """Swap a fresh snapshot into place for SQL clients."""
    from pipeline.publish import publish as swap

    done = swap(configuration.load(data, config_file), Tell(quiet))
    if wants_json:
        _print_json({"path": str(done.path), "bytes": done.bytes, "tables": done.tables})
    else:
        rows = ", ".join(f"{name} {count:,}" for name, count in done.tables.items() if count)
        click.echo(f"{done.path} ({done.bytes / 1e6:.1f} MB): {rows}")


@cli.command()
@options
def report(data: Path | None, config_file: Path | None, quiet: bool) -> None:
    """Write the report, one page that needs no network, from the published file."""
    from pipeline import report as page
    from pipeline.store import published_file

    config = configuration.load(data, config_file)
    with Tell(quiet).working("report"):
        path = page.build(published_file(config), config.published / "report")
    click.echo(path)


@cli.command()
@as_json
@options
def status(wants_json: bool, data: Path | None, config_file: Path | None, quiet: bool) -> None:
    """What is there, how fresh it is, what failed and why."""
    from pipeline import status as state

    found = state.status(configuration.load(data, config_file))
    if wants_json:
        _print_json(found)
    else:
        click.echo(state.as_text(found))


@cli.command()
@click.argument("check_id", metavar="ID")
@click.option("--note", required=True, help="What you found, for whoever reads the record later.")
@click.option("--accept", is_flag=True, help="This is how it is from now on: earlier runs no longer count.")
@click.option("--by", default="", help="Who answers [default: the user of this computer].")
@as_json
@options
def answer(
    check_id: str,
    note: str,
    accept: bool,
    by: str,
    wants_json: bool,
    data: Path | None,
    config_file: Path | None,
    quiet: bool,
) -> None:
    """Answer the failing check ID of `themeshift status`, which then no longer shows it."""
    from pipeline import checks
    from pipeline import status as state

    config = configuration.load(data, config_file)
    given = checks.answer(config.archive, state.failing_check(config, check_id), note, accept, by)
    if wants_json:
        _print_json(given)
    elif not quiet:
        click.echo(f"{given['source']}: {given['check']} answered by {given['by']}")


@cli.command()
@click.argument("query", required=False)
@as_json
@options
def sql(
    query: str | None, wants_json: bool, data: Path | None, config_file: Path | None, quiet: bool
) -> None:
    """Ask the published file; without QUERY, list its tables."""
    from pipeline import store

    config = configuration.load(data, config_file)
    with store.open_published(store.published_file(config)) as connection:
        store.load_text_search(connection)
        click.echo(store.answer(connection, query or store.queries("status")["tables"], wants_json))


@cli.command()
@click.option("--write", "folder", type=click.Path(path_type=Path, file_okay=False), help="Write them there.")
@click.option("--at", default="02:30", show_default=True, help="Time of day, local.")
@click.option("--run", "now", is_flag=True, help="What they start: crawl, build, publish, report, in order.")
@options
def schedule(
    folder: Path | None, at: str, now: bool, data: Path | None, config_file: Path | None, quiet: bool
) -> None:
    """Print a systemd service and timer and a cron line for this checkout and data folder."""
    from pipeline import schedule as scheduled

    config = configuration.load(data, config_file)
    if now:
        sys.exit(scheduled.run(config, config_file, Tell(quiet)))
    texts = scheduled.files(config, config_file, at)
    if folder:
        click.echo("\n".join(map(str, scheduled.write(folder, texts))))
    else:
        click.echo("\n".join(f"# --- {name}\n{text}" for name, text in texts.items()))


for _stage, _does in {
    "index": "what the archive holds, into the working database.",
    "read": "captures into documents.",
    "check": "what reads unlike before, and what the spiders' monitors told.",
    "scope": "which documents are about the subject.",
    "passages": "documents into passages.",
    "embed": "passages into vectors.",
    "fit": "topics, with BERTopic.",
    "code": "themes, by the codebook.",
    "trend": "prevalence over time, with intervals.",
    "tally": "the document flow.",
}.items():
    _add_stage(_stage, _does)


def main() -> NoReturn:
    """Run the command line. An expected failure is one line on standard error and exit code 2."""
    try:
        cli(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted; run the same command again to go on from here", err=True)
        sys.exit(130)
    except PipelineError as error:
        click.echo(f"themeshift: {error}", err=True)
        sys.exit(FAILED)
    sys.exit(0)


def _run_stages(
    stages: tuple[str, ...], wants_json: bool, data: Path | None, config_file: Path | None, quiet: bool
) -> None:
    config: Config = configuration.load(data, config_file)
    tell = Tell(quiet)
    done = []
    for run in flow.build(config, tell, stages):
        done.append(asdict(run))
        if not wants_json and not quiet:
            click.echo(f"{run.stage:<9} {run.rows:>9,}  {run.seconds:7.2f} s")
    if wants_json:
        _print_json({"stages": done, "warnings": tell.warnings})


def _notify(answer: str, code: int, config: Config, tell: Tell) -> None:
    """Tell a person of the runs that are suspect or failed, where config.toml says whom."""
    from pipeline.notify import notify

    runs = [json.loads(line) for line in answer.splitlines()]
    if code == 1 and not runs:  # it broke before it could say anything
        runs = [{"source": "crawl", "outcome": "failed"}]
    notify(runs, config, tell)


def _crawled(run: dict[str, Any]) -> str:
    """One line about a spider's run."""
    reasons = ", ".join(f"{count} {reason}" for reason, count in run.get("refused", {}).items())
    mark = "" if run["outcome"] == "finished" else f"  << {run['outcome']}"
    return (
        f"{run['source']:<14} {run.get('kept', 0):>5} kept {run.get('unchanged', 0):>5} unchanged "
        f"{run.get('known', 0):>5} known {run.get('gone', 0):>3} gone "
        f"{sum(run.get('refused', {}).values()):>5} refused"
        + (f" ({reasons})" if reasons else "")
        + mark
        + "".join(
            f"\n  {c['name']}: expected {c['expected']}; seen {c['seen']}" for c in run.get("checks", ())
        )
    )


def _mapping(given: str | None) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in (given or "").split(",") if pair.strip()]
    for field, equals, column in pairs:
        if not (field.strip() and equals and column.strip()):
            raise InputError(
                f"--map: {field + equals + column!r} is not FIELD=COLUMN, as in text=answer,date=published"
            )
    return {_alias(field.strip()): column.strip() for field, _, column in pairs}


def _alias(field: str) -> str:
    return {"date": "published", "author": "authors"}.get(field, field)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _print_json(answer: Any) -> None:
    click.echo(json.dumps(answer, ensure_ascii=False, default=str))
