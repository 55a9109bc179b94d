"""Commands that keep what there is: verify."""

from __future__ import annotations

import sys

import click

from pipeline.cli.common import as_json, configured, print_json
from pipeline.config import Config
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


COMMANDS = (verify,)
