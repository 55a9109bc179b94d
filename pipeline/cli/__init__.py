"""The command line: parse, call, print, exit. Answers go to standard output, all else to standard error."""

from __future__ import annotations

from typing import NoReturn

from pipeline.cli import asking, codebooks, ending, gathering, keeping, labelling, making
from pipeline.cli.common import cli

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
    ending.run(lambda: cli(standalone_mode=False))
