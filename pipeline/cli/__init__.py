"""The command line: parse, call, print, exit. Answers go to standard output, all else to standard error."""

from __future__ import annotations

import sys
from typing import NoReturn

import click

from pipeline.cli import asking, codebooks, gathering, keeping, labelling, making
from pipeline.cli.common import FAILED, cli
from pipeline.errors import PipelineError

__all__ = ["cli", "main"]

# Commands are listed in the order in which they are used.
for _command in (
    *gathering.COMMANDS,
    *making.COMMANDS,
    *labelling.COMMANDS,
    *asking.COMMANDS,
    *codebooks.COMMANDS,
    *keeping.COMMANDS,
    *making.STAGES,
):
    cli.add_command(_command)


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
