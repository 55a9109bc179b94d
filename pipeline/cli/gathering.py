"""Commands that fill the archive: crawl, import, schedule."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from pipeline.archive import Archive, index_of
from pipeline.cli.common import FAILED, as_json, configured, print_json
from pipeline.config import Config, remember
from pipeline.durable import read_lines
from pipeline.errors import InputError, PipelineError, all_without_secrets
from pipeline.progress import Tell
from pipeline.records import counted

KILLED = 128 + 2
"""An exit code above is that of a shell whose command a signal ended; 130 itself is Ctrl-C."""


@click.command()
@click.argument("sources", nargs=-1)
@click.option("--max-pages", type=int, help="Stop each spider after this many pages.")
@click.option(
    "--connect-to",
    metavar="HOST:PORT",
    help="Fetch from this loopback address whatever the host: the sample web.",
)
@as_json
@configured
def crawl(
    sources: tuple[str, ...],
    max_pages: int | None,
    connect_to: str | None,
    wants_json: bool,
    config: Config,
    tell: Tell,
) -> None:
    """Gather pages of SOURCES (all if none is named) into the archive."""
    remember(config)
    # -P: a folder `spiders` beside config.toml, as any Scrapy project has one, must not be taken for ours.
    command = [sys.executable, "-P", "-m", "spiders", *config.options]
    command += ["--connect-to", connect_to] if connect_to else []
    command += ["--max-pages", str(max_pages)] if max_pages else []
    # A process of its own: Scrapy's reactor can't be started twice, and the pipeline never imports spiders.
    command += sources or ("all",)
    before = set(Archive(config.archive).files())
    with tell.working("crawl"):
        process = subprocess.Popen(command, cwd=config.root, stdout=subprocess.PIPE, text=True)
        # Ctrl-C reaches the spiders too: they close their runs, and we wait for that.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        answer, _ = process.communicate()
    runs = [json.loads(line) for line in answer.splitlines()]
    code = process.returncode
    if code < 0 or code > KILLED:
        runs += _killed(code, [file for file in Archive(config.archive).files() if file not in before], tell)
        code = 1
    for run in runs:
        _say(run, wants_json, tell)
    _notify(runs, code, config, tell)
    sys.exit(code)


def _say(run: dict[str, Any], wants_json: bool, tell: Tell) -> None:
    """What a run was: as an answer, or, where only warnings are wanted, if it was no good one."""
    run = all_without_secrets(run)
    if wants_json:
        print_json(run)
    elif not tell.quiet:
        click.echo(_crawled(run))
    elif run["outcome"] not in ("finished", "interrupted"):
        tell.warn(" ".join(_crawled(run).split()))


def _killed(code: int, files: list[Path], tell: Tell) -> list[dict[str, Any]]:
    """The runs whose `files` were begun and hold no report, since a signal ended the spiders' process."""
    number = -code if code < 0 else code - KILLED
    name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
    ended = {line["source"] for file in files for line in read_lines(index_of(file)) if line["type"] == "run"}
    begun = sorted({file.name.rsplit("-", 3)[0] for file in files} - ended)
    runs = f"the run of {', '.join(begun)} ended without a report" if begun else "no run was under way"
    tell.warn(f"the crawl was killed ({name}): {runs}. Run the same command again: it goes on from there")
    return [{"source": source, "outcome": "failed", "reason": f"killed ({name})"} for source in begun]


def _notify(runs: list[dict[str, Any]], code: int, config: Config, tell: Tell) -> None:
    """Tell a person of the runs that are suspect or failed, where config.toml says whom."""
    from pipeline.operating.notify import notify

    if code == 1 and not runs:  # it broke before it could say anything
        runs = [{"source": "crawl", "outcome": "failed"}]
    notify(runs, config, tell)


def _crawled(run: dict[str, Any]) -> str:
    """One line about a spider's run."""
    reasons = ", ".join(f"{number} {reason}" for reason, number in run.get("refused", {}).items())
    why = run.get("reason", "")
    whole = run["outcome"] == "finished" and why in ("", "finished")
    mark = "" if whole else f"  << {run['outcome']}" + (f": {why}" if why not in ("", run["outcome"]) else "")
    failed = f", {counted(run['failed'], 'listing')} failed" if run.get("failed") else ""
    return (
        f"{run['source']:<14} {run.get('kept', 0):>5} kept {run.get('unchanged', 0):>5} unchanged "
        f"{run.get('known', 0):>5} known {run.get('gone', 0):>3} gone "
        f"{sum(run.get('refused', {}).values()):>5} refused"
        + (f" ({reasons})" if reasons else "")
        + failed
        + mark
        + "".join(
            f"\n  {c['name']}: expected {c['expected']}; seen {c['seen']}" for c in run.get("checks", ())
        )
    )


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--map",
    "mapping",
    metavar="FIELD=COLUMN,…",
    help="Which column of a data file holds which field; published=COLUMN:%d/%m/%Y says how dates stand.",
)
@click.option("--source", help="Source of what has none of its own.")
@click.option("--encoding", help="Encoding of data files, such as cp1252 [default: told from their bytes].")
@click.option("--sheet", help="Sheet of a workbook [default: the first with anything in it].")
@click.option(
    "--follow-links", "follow", is_flag=True, help="Take in what links in a folder lead to outside of it."
)
@as_json
@configured
def import_(
    paths: tuple[Path, ...],
    mapping: str | None,
    source: str | None,
    encoding: str | None,
    sheet: str | None,
    follow: bool,
    wants_json: bool,
    config: Config,
    tell: Tell,
) -> None:
    """Take files and folders into the archive: HTML, text, PDF, JSONL, CSV, Excel, Parquet, WARC."""
    from pipeline.archive.importing import import_paths

    remember(config)
    done = import_paths(list(paths), config, tell, _mapping(mapping), source, encoding, follow, sheet)
    refused = sum(done.refused.values())
    nothing = not done.kept and not done.unchanged
    if wants_json:
        print_json({**asdict(done), "refused": dict(done.refused), "undeclared": dict(done.undeclared)})
    elif not tell.quiet or nothing:
        reasons = "".join(f"\n  {number} {reason}" for reason, number in done.refused.most_common())
        click.echo(
            f"{counted(done.files, 'file')}: {done.kept} kept, {done.unchanged} already there, "
            f"{refused} refused{reasons}"
        )
    if nothing:
        if not refused:
            held = counted(done.files, "file")
            tell.warn(f"nothing was taken in: {held} with no document, row or record in it")
        sys.exit(FAILED)


def _mapping(given: str | None) -> dict[str, str]:
    # a comma within a column's name or a date's format parts nothing: the next field's name stands after one
    pairs = [pair.partition("=") for pair in re.split(r",(?=\s*\w+\s*=|\s*$)", given or "") if pair.strip()]
    for field, equals, column in pairs:
        if not (field.strip() and equals and column.strip()):
            raise InputError(
                f"--map: {field + equals + column!r} is not FIELD=COLUMN, as in text=answer,date=published"
            )
    return {_alias(field.strip()): column.strip() for field, _, column in pairs}


def _alias(field: str) -> str:
    return {"date": "published", "author": "authors"}.get(field, field)


@click.command()
@click.option("--write", "folder", type=click.Path(path_type=Path, file_okay=False), help="Write them there.")
@click.option("--at", default="02:30", show_default=True, help="Time of day, local.")
@click.option("--run", "now", is_flag=True, help="What they start: crawl to verify, in order.")
@configured
def schedule(folder: Path | None, at: str, now: bool, config: Config, tell: Tell) -> None:
    """Print a systemd service and timer and a cron line for this checkout and data folder."""
    from pipeline.operating import schedule as scheduled

    if now:
        code = scheduled.run(config, tell)
        _write_metrics(config, tell)
        sys.exit(code)
    texts = scheduled.files(config, at)
    if folder:
        click.echo("\n".join(map(str, scheduled.write(folder, texts))))
    else:
        click.echo("\n".join(f"# --- {name}\n{text}" for name, text in texts.items()))


def _write_metrics(config: Config, tell: Tell) -> None:
    """Nothing of a run is undone because its figures can't be written."""
    from pipeline.asking import metrics

    try:
        metrics.write(config)
    except PipelineError as error:
        tell.warn(str(error))


COMMANDS = (crawl, import_, schedule)
