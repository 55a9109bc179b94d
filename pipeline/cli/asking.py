"""Commands that ask: status, answer, sql."""

from __future__ import annotations

import click

from pipeline.cli.common import as_json, configured, print_json
from pipeline.config import Config
from pipeline.progress import Tell


@click.command()
@as_json
@configured
def status(wants_json: bool, config: Config, tell: Tell) -> None:
    """What is there, how fresh it is, what failed and why."""
    from pipeline import status as state

    found = state.status(config)
    if wants_json:
        print_json(found)
    else:
        click.echo(state.as_text(found))


@click.command()
@click.argument("check_id", metavar="ID")
@click.option("--note", required=True, help="What you found, for whoever reads the record later.")
@click.option("--accept", is_flag=True, help="This is how it is from now on: earlier runs no longer count.")
@click.option("--by", default="", help="Who answers [default: the user of this computer].")
@as_json
@configured
def answer(
    check_id: str, note: str, accept: bool, by: str, wants_json: bool, config: Config, tell: Tell
) -> None:
    """Answer the failing check ID of `themeshift status`, which then no longer shows it."""
    from pipeline import checks
    from pipeline import status as state

    given = checks.answer(config.archive, state.failing_check(config, check_id), note, accept, by)
    if wants_json:
        print_json(given)
    elif not tell.console.quiet:
        click.echo(f"{given['source']}: {given['check']} answered by {given['by']}")


@click.command()
@click.argument("query", required=False)
@as_json
@configured
def sql(query: str | None, wants_json: bool, config: Config, tell: Tell) -> None:
    """Ask the published file; without QUERY, list its tables."""
    from pipeline import store

    with store.open_published(store.published_file(config)) as connection:
        store.load_text_search(connection)
        click.echo(store.answer(connection, query or store.queries("status")["tables"], wants_json))


COMMANDS = (status, answer, sql)
