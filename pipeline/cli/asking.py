"""Commands that ask: status, answer, sql, evidence, why."""

from __future__ import annotations

from dataclasses import asdict

import click

from pipeline.cli.common import as_json, configured, print_json
from pipeline.config import Config
from pipeline.progress import Tell


@click.command()
@as_json
@configured
def status(wants_json: bool, config: Config, tell: Tell) -> None:
    """What is there, how fresh it is, what failed and why."""
    from pipeline.asking import status as state

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
    from pipeline.asking import status as state
    from pipeline.operating import failed_checks

    given = failed_checks.answer(config.archive, state.failing_check(config, check_id), note, accept, by)
    if wants_json:
        print_json(given)
    elif not tell.quiet:
        click.echo(f"{given['source']}: {given['check']} answered by {given['by']}")


@click.command()
@click.argument("query", required=False)
@click.option("--unsafe", is_flag=True, help="QUERY may read and write files, and load extensions.")
@as_json
@configured
def sql(query: str | None, unsafe: bool, wants_json: bool, config: Config, tell: Tell) -> None:
    """Ask the published file; without QUERY, list its tables."""
    from pipeline import store
    from pipeline.asking import query as question

    click.echo(question.ask(store.published_file(config), query, wants_json, unsafe))


@click.command()
@click.argument("theme", required=False)
@click.option("--topic", metavar="ID", help="A topic instead of a theme: 7 or t007.")
@click.option("--period", required=True, help="2019, 2019-Q1, 2019-03, or a span: 2019-Q1..2020-Q2.")
@click.option("--source", help="One source [default: all].")
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(0), help="Most quotations; 0: all."
)
@as_json
@configured
def evidence(
    theme: str | None,
    topic: str | None,
    period: str,
    source: str | None,
    limit: int,
    wants_json: bool,
    config: Config,
    tell: Tell,
) -> None:
    """List the quotations that made a point of THEME's trend, strongest first."""
    from pipeline.asking import evidence as quotations

    found = quotations.find(config, theme, topic, period, source, limit)
    if wants_json:
        print_json(asdict(found))
    else:
        click.echo(quotations.as_text(found))


@click.command()
@click.argument("theme", required=False)
@click.option("--topic", metavar="ID", help="A topic instead of a theme: 7 or t007.")
@click.option("--from", "first", required=True, help="2015, 2015-Q1, 2015-03, or a span: 2013..2015.")
@click.option("--to", "last", required=True, help="What to compare it with, of the same kind.")
@click.option("--measure", default="mention", show_default=True, help="mention or share.")
@as_json
@configured
def change(
    theme: str | None,
    topic: str | None,
    first: str,
    last: str,
    measure: str,
    wants_json: bool,
    config: Config,
    tell: Tell,
) -> None:
    """Tell how THEME changed between two periods, and what of it the mix of sources made."""
    from pipeline.asking import comparison

    found = comparison.compare(config, theme, topic, first, last, measure)
    if wants_json:
        print_json(asdict(found))
    else:
        click.echo(comparison.as_text(found))


@click.command()
@click.argument("theme")
@click.option("--from", "first", required=True, help="2015, 2015-Q1, 2015-03, or a span: 2013..2015.")
@click.option("--to", "last", required=True, help="What to compare it with, of the same kind.")
@as_json
@configured
def robustness(theme: str, first: str, last: str, wants_json: bool, config: Config, tell: Tell) -> None:
    """Make every defensible analysis of how THEME changed between two periods."""
    from pipeline.asking import robustness as varied

    found = varied.vary(config, theme, first, last)
    if wants_json:
        print_json(asdict(found) | {"robust": found.found.robust})
    else:
        click.echo(varied.as_text(found))


@click.command()
@click.argument("passage_id", metavar="PASSAGE_ID")
@as_json
@configured
def why(passage_id: str, wants_json: bool, config: Config, tell: Tell) -> None:
    """Tell why a passage is coded or not, for each theme of today's codebook."""
    from pipeline.asking import why as reasons

    found = reasons.explain(config, passage_id)
    if wants_json:
        print_json(asdict(found))
    else:
        click.echo(reasons.as_text(found))


COMMANDS = (status, answer, evidence, change, robustness, why, sql)
