"""Commands that make something of what the archive holds: build and its stages, publish, report."""

from __future__ import annotations

from dataclasses import asdict

import click

from pipeline import flow
from pipeline.cli.common import as_json, configured, print_json
from pipeline.config import Config
from pipeline.progress import Tell

DOES = {
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
}


@click.command()
@as_json
@configured
def build(wants_json: bool, config: Config, tell: Tell) -> None:
    """Run every stage on what is new: index, read, check, scope, passages, embed, fit, code, trend, tally."""
    run_stages(flow.STAGES, wants_json, config, tell)


def run_stages(stages: tuple[str, ...], wants_json: bool, config: Config, tell: Tell) -> None:
    """Run the stages in order, and say of each what it did."""
    done = []
    for run in flow.build(config, tell, stages):
        done.append(asdict(run))
        if not wants_json and not tell.console.quiet:
            click.echo(f"{run.stage:<9} {run.rows:>9,}  {run.seconds:7.2f} s")
    if wants_json:
        print_json({"stages": done, "warnings": tell.warnings})


def _stage(name: str) -> click.Command:
    @click.command(name, help=f"Stage: {DOES[name]}")
    @as_json
    @configured
    def stage(wants_json: bool, config: Config, tell: Tell) -> None:
        run_stages((name,), wants_json, config, tell)

    return stage


@click.command()
@as_json
@configured
def publish(wants_json: bool, config: Config, tell: Tell) -> None:
    """Swap a fresh snapshot into place for SQL clients."""
    from pipeline.publish import publish as swap

    done = swap(config, tell)
    if wants_json:
        print_json({"path": str(done.path), "bytes": done.bytes, "tables": done.tables})
    else:
        rows = ", ".join(f"{name} {count:,}" for name, count in done.tables.items() if count)
        click.echo(f"{done.path} ({done.bytes / 1e6:.1f} MB): {rows}")


@click.command()
@configured
def report(config: Config, tell: Tell) -> None:
    """Write the report, one page that needs no network, from the published file."""
    from pipeline import report as page
    from pipeline.store import published_file

    with tell.working("report"):
        path = page.build(published_file(config), config.published / "report")
    click.echo(path)


COMMANDS = (build, publish, report)
STAGES = tuple(map(_stage, flow.STAGES))
