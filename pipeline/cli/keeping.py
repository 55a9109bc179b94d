"""Commands that keep what there is: verify, backup, restore, forget, doctor, metrics."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from pipeline.cli.common import as_json, configured, print_json
from pipeline.config import Config
from pipeline.errors import ConfigError, InputError
from pipeline.progress import Tell

DAMAGED = 1


@click.command()
@click.option("--quick", is_flag=True, help="What was not looked at for longest, a seventh of all bytes.")
@click.option("--repair", is_flag=True, help="Make again what follows from something else; evidence stays.")
@as_json
@configured
def verify(quick: bool, repair: bool, wants_json: bool, config: Config, tell: Tell) -> None:
    """Compare everything with what it was when it was written: archive, codes, models, caches, databases.

    Exit code 0: whole. 1: damage was found, and is not mended.
    """
    from pipeline.asking import integrity
    from pipeline.operating.notify import notify

    found = integrity.verify(config, tell, quick, repair)
    if wants_json:
        flaws = [{"file": flaw.file, "what": flaw.what, "do": flaw.todo} for flaw in found.flaws]
        print_json(
            {
                "whole": not found.flaws, "flaws": flaws, "mended": found.mended, "notes": found.notes,
                "parts": found.parts, "left": found.left, "bytes": found.bytes, "seconds": found.seconds,
            }
        )  # fmt: skip
    elif found.flaws or found.mended or not tell.quiet:
        click.echo(integrity.as_text(found))
    if found.flaws:
        first = found.flaws[0]
        reason = f"{first.file}: {first.what}"
        notify([{"source": "verify", "outcome": "failed", "reason": reason}], config, tell)
        sys.exit(DAMAGED)


@click.command()
@as_json
@configured
def doctor(wants_json: bool, config: Config, tell: Tell) -> None:
    """Tell whether all is well with this machine and the data folder, and what to do where it isn't.

    Exit code 0: all is fine. 1: there is advice. 2: there is trouble that the next run may fail of.
    """
    from pipeline.asking import doctor as examination

    found = examination.examine(config)
    if wants_json:
        print_json({"code": examination.code_of(found), "findings": [asdict(one) for one in found]})
    elif text := examination.as_text(found, not tell.quiet):
        click.echo(text)
    sys.exit(examination.code_of(found))


@click.command()
@click.option("--write", is_flag=True, help="Write the file that [notify] metrics names.")
@configured
def metrics(write: bool, config: Config, tell: Tell) -> None:
    """Print figures of the data folder for Prometheus: sizes, runs, ages, what waits for an answer."""
    from pipeline.asking import metrics as figures

    if not write:
        click.echo(figures.text(config), nl=False)
    elif (file := figures.write(config)) is None:
        raise ConfigError(f"{config.file} names no file under [notify] metrics")
    elif not tell.quiet:
        click.echo(file)


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Compare every file of the backup with its hash; copy nothing.")
@click.option(
    "--accept", is_flag=True, help="What has changed or gone is meant so: take it, keep the earlier."
)
@as_json
@configured
def backup(folder: Path, check: bool, accept: bool, wants_json: bool, config: Config, tell: Tell) -> None:
    """Copy to DIR what can't be made again and has changed: archive, codes, models, settings.

    Exit code 0: whole. 1: something is to be looked at, and the backup keeps what it had. 2: the disk
    refused; run it again, it goes on.
    """
    from pipeline.operating import backup as backing_up

    done = backing_up.check(folder, tell) if check else backing_up.backup(config, folder, tell, accept)
    if wants_json:
        print_json({"whole": not done.problems, "folder": str(folder), **asdict(done)})
    elif done.problems or not tell.console.quiet:
        click.echo(backing_up.as_text(done, folder, check))
    if done.problems:
        sys.exit(DAMAGED)


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--only", multiple=True, metavar="NAME", help="These files alone; what is there is set aside.")
@as_json
@configured
def restore(folder: Path, only: tuple[str, ...], wants_json: bool, config: Config, tell: Tell) -> None:
    """Bring the backup in DIR back into an empty data folder; `themeshift build` makes the rest again."""
    from pipeline.operating import restore as restoring

    done = (
        restoring.restore_files(config, folder, only, tell)
        if only
        else restoring.restore(config, folder, tell)
    )
    if wants_json:
        print_json(asdict(done))
    elif not tell.console.quiet:
        click.echo(restoring.as_text(done, config.data))


@click.command()
@click.option(
    "--address", multiple=True, metavar="URL", help="Captures of this address; * stands for anything."
)
@click.option("--capture", multiple=True, metavar="ID", help="The capture of this id.")
@click.option("--source", multiple=True, metavar="NAME", help="Captures of this source.")
@click.option("--before", type=click.DateTime(["%Y-%m-%d"]), help="Captures fetched before this day.")
@click.option("--past-retention", is_flag=True, help="Captures past the last day that their source allows.")
@click.option("--reason", default="", metavar="TEXT", help="Why; it stays with the tombstone.")
@click.option("--lift", multiple=True, metavar="URL", help="Let a forgotten address be gathered again.")
@click.option("--yes", is_flag=True, help="Do it; else it is only shown.")
@as_json
@configured
def forget(
    address: tuple[str, ...],
    capture: tuple[str, ...],
    source: tuple[str, ...],
    before: datetime | None,
    past_retention: bool,
    reason: str,
    lift: tuple[str, ...],
    yes: bool,
    wants_json: bool,
    config: Config,
    tell: Tell,
) -> None:
    """Remove captures from the archive and their texts from everywhere; show first what would go.

    Captures go for which all that is named holds. With --yes alone a run that was cut short is gone on with.
    """
    from pipeline.operating import forget as forgetting

    if lift:
        click.echo(f"{forgetting.lift(config, lift)} addresses may be gathered again")
        return
    choice = forgetting.Choice(address, capture, source, before.date() if before else None, past_retention)
    if yes and choice and not (reason or past_retention):
        raise InputError("--reason is missing: say why, for whoever looks for these captures later")
    reason = reason or "past retention"
    done = forgetting.forget(config, choice, reason, tell) if yes else forgetting.choose(config, choice)
    if wants_json:
        print_json(asdict(done))
    else:
        click.echo(forgetting.as_text(done))


COMMANDS = (verify, backup, restore, forget, doctor, metrics)
