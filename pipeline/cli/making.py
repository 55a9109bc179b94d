"""Commands that make something of what the archive holds: build and its stages, publish, report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from pipeline import flow, store
from pipeline.cli.common import as_json, configured, existing, print_json
from pipeline.config import Config
from pipeline.progress import Tell


@click.command()
@as_json
@configured
def build(wants_json: bool, config: Config, tell: Tell) -> None:
    """Run every stage on what is new, from index to tally."""
    run_stages(flow.NAMES, wants_json, config, tell)


def run_stages(stages: tuple[str, ...], wants_json: bool, config: Config, tell: Tell) -> None:
    """Run the stages in order, and say of each what it did."""
    existing(config)
    done = _told(flow.build(config, tell, stages), not wants_json, tell)
    if "check" in stages:
        _notify(config, tell)
    if wants_json:
        print_json({"stages": done, "warnings": tell.warnings})


def _told(runs: Iterable[flow.StageRun], aloud: bool, tell: Tell) -> list[dict[str, Any]]:
    done = []
    for run in runs:
        done.append(asdict(run))
        tell.log(f"{run.stage} is done", **asdict(run))
        if aloud and not tell.quiet:
            click.echo(f"{run.stage:<9} {run.rows:>9,}  {run.seconds:7.2f} s")
    return done


@click.command()
@as_json
@configured
def reprocess(wants_json: bool, config: Config, tell: Tell) -> None:
    """Read the whole archive anew with today's readers, build, and say what publishing would change.

    Needs no network. An interrupted one is gone on with by the same command.
    """
    existing(config)
    done = _told(flow.reprocess(config, tell), not wants_json, tell)
    _notify(config, tell)
    if store.published_file(config).exists():
        _print_impact(config, tell, wants_json, stages=done)
    elif wants_json:
        print_json({"stages": done})


@click.command()
@as_json
@configured
def impact(wants_json: bool, config: Config, tell: Tell) -> None:
    """What publishing now would change: documents, their fields and words, and the numbers."""
    existing(config)
    _print_impact(config, tell, wants_json)


def _print_impact(config: Config, tell: Tell, wants_json: bool, **more: Any) -> None:
    from pipeline.publishing import impact as difference

    found = difference.impact(config, tell)
    path = difference.write(config, found)
    if wants_json:
        print_json({**more, "impact": asdict(found), "path": str(path)})
    else:
        click.echo(f"\n{difference.as_text(found)}\n\n{path}")


def _notify(config: Config, tell: Tell) -> None:
    """Tell a person of the checks that fail at reading, where config.toml says whom."""
    from pipeline.operating.notify import notify_of_checks

    if config.notify.to or config.notify.webhook:
        with store.open_working(config) as connection:
            rows = connection.execute(store.queries("check")["unanswered"]).fetchall()
        keys = ("id", "source", "name", "expected", "seen", "look_at")
        notify_of_checks([dict(zip(keys, row, strict=True)) for row in rows], config, tell)


def _command(of: flow.Stage) -> click.Command:
    @click.command(of.name, help=f"Stage: {of.does}")
    @as_json
    @configured
    def stage(wants_json: bool, config: Config, tell: Tell) -> None:
        run_stages((of.name,), wants_json, config, tell)

    return stage


@click.command()
@as_json
@configured
def publish(wants_json: bool, config: Config, tell: Tell) -> None:
    """Swap a fresh snapshot into place for SQL clients."""
    from pipeline.publishing.snapshot import publish as swap

    existing(config)
    done = swap(config, tell)
    if wants_json:
        print_json({"path": str(done.path), "bytes": done.bytes, "tables": done.tables})
    elif not tell.quiet:
        rows = ", ".join(f"{name} {count:,}" for name, count in done.tables.items() if count)
        click.echo(f"{done.path} ({done.bytes / 1e6:.1f} MB): {rows}")


@click.command()
@configured
def report(config: Config, tell: Tell) -> None:
    """Write the report, one page that needs no network, from the published file."""
    from pipeline.publishing import report as page
    from pipeline.store import published_file

    with tell.working("report"):
        path = page.build(published_file(config), config.published / "report")
    if not tell.quiet:
        click.echo(path)


@click.command("read")
@click.argument("what", metavar="[FILE|URL|CAPTURE]", required=False)
@as_json
@configured
def read(what: str | None, wants_json: bool, config: Config, tell: Tell) -> None:
    """Stage: captures into documents. With an argument: show how that one reads, and why, and store nothing.

    The argument is a file, an address in the archive, or a capture's identifier or the start of one.
    """
    if what is None:
        run_stages(("read",), wants_json, config, tell)
        return
    from pipeline.readers import explain

    shown = explain.show(what, config)
    if wants_json:
        print_json(asdict(shown))
    else:
        click.echo(explain.as_text(shown))


@click.command("fit")
@click.option("--refit", is_flag=True, help="Fit anew, even where the last topics still serve.")
@as_json
@configured
def fit(refit: bool, wants_json: bool, config: Config, tell: Tell) -> None:
    """Stage: topics, with BERTopic; new passages are assigned to the last ones as long as these serve."""
    if refit:
        with store.open_working(config) as connection:
            connection.execute(store.queries("fit")["ask"])
    run_stages(("fit",), wants_json, config, tell)


def _code() -> click.Command:
    """The stage `code` with a command below it: codings that another program made."""
    stage = _command(next(stage for stage in flow.STAGES if stage.name == "code"))

    def alone(**given: Any) -> None:
        if click.get_current_context().invoked_subcommand is None and stage.callback:
            stage.callback(**given)

    group = click.Group(
        "code", callback=alone, params=stage.params, help=stage.help, invoke_without_command=True
    )
    group.add_command(import_codings)
    return group


@click.command("import")
@click.option("--coder", required=True, help="What the program is to be called, as it is to be published.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="What this coder said before counts no longer.")
@click.option("--rest-is-no", is_flag=True, help="Passages that FILE says nothing of don't carry its themes.")
@as_json
@configured
def import_codings(
    coder: str, file: Path, replace: bool, rest_is_no: bool, wants_json: bool, config: Config, tell: Tell
) -> None:
    """Take in FILE, codings of another program: a language model's, R's, NVivo's.

    A row for a passage and a theme, or a column for each theme; a yes, a no, or a score from 0 to 1.
    """
    from pipeline.labelling import codings

    done = codings.take_in(config, coder, file, replace, rest_is_no)
    for warning in codings.warnings(done):
        tell.warn(warning)
    if wants_json:
        print_json(asdict(done))
    else:
        click.echo(codings.as_text(done))


OWN = {"read": read, "fit": fit, "code": _code()}
COMMANDS = (build, reprocess, impact, publish, report)
STAGES = tuple(OWN.get(stage.name) or _command(stage) for stage in flow.STAGES)
