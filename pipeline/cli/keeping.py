"""Commands that keep what there is: verify, doctor, metrics."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from pipeline.cli.common import as_json, configured, print_json
from pipeline.config import Config
from pipeline.errors import ConfigError
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


COMMANDS = (verify, doctor, metrics)
