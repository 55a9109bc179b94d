"""Commands for coding by people: label draw, serve, export, import, report."""

from __future__ import annotations

import zlib
from dataclasses import asdict
from pathlib import Path

import click

from pipeline.cli.common import InOrder, as_json, configured, print_json
from pipeline.config import Config
from pipeline.progress import Tell
from pipeline.records import counted

the_coder = click.option(
    "--coder", required=True, help="Who codes: a name or initials, as it is to be published."
)


@click.group(cls=InOrder)
def label() -> None:
    """Code by hand: draw a sample, code it blind, see how well people and machine agree."""


@label.command()
@click.option(
    "--size", default=200, show_default=True, type=click.IntRange(1), help="How many passages, or documents."
)
@click.option("--themes", metavar="A,B", help="Which themes are coded [default: all of the codebook].")
@click.option("--unit", default="passage", show_default=True, type=click.Choice(["passage", "document"]),
              help="Single passages, or all passages of whole documents.")  # fmt: skip
@click.option("--evaluate", default=0.5, show_default=True, type=click.FloatRange(0, 1),
              help="The share kept from training, to judge the machine by.")  # fmt: skip
@click.option("--for", "purpose", default="estimate", show_default=True,
              type=click.Choice(["estimate", "training"]),
              help="By lot, to judge and correct by; or chosen, to teach and for that alone.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), help="Draws the same sample again [default: from --name].")
@click.option("--name", default="", help="What to call the sample [default: made from what is drawn].")
@click.option(
    "--show", metavar="A,B", help="What coders see of a document: title, source, date [default: nothing]."
)
@as_json
@configured
def draw(
    size: int, themes: str | None, unit: str, evaluate: float, purpose: str, seed: int | None, name: str,
    show: str | None, wants_json: bool, config: Config, tell: Tell,
) -> None:  # fmt: skip
    """Draw a probability sample of what counts in trends, from the published file.

    With --for training, choose passages that the coder is least sure of, spread over what the corpus says.
    """
    from pipeline.labelling import choosing, frame, samples
    from pipeline.labelling.reporting import OF_NOTE
    from pipeline.stages.embed import vectors_for

    number = zlib.crc32(name.encode()) if seed is None else seed
    wish = frame.Wish(size, _list(themes), unit, evaluate, number, name, _list(show))
    with tell.working("draw"):
        if purpose == "training":
            sample = choosing.choose(config, wish, lambda texts: vectors_for(config, texts, tell))
        else:
            sample = frame.new_sample(config, wish)
        path = samples.keep(config.archive, sample)
    parts = [sum(drawn.part == part for drawn in sample.passages) for part in ("train", "evaluate")]
    if wants_json:
        told = {
            "sample": sample.sample_id,
            "passages": len(sample.passages),
            "purpose": sample.purpose,
            "train": parts[0],
            "evaluate": parts[1],
        }
        print_json(
            {**told, "frame": sample.frame, "strata": [asdict(s) for s in sample.strata], "path": str(path)}
        )
        return
    click.echo(
        f"{sample.sample_id}: {counted(len(sample.passages), 'passage')} of {sample.frame['passages']:,}, in "
        f"{counted(len(sample.strata), 'stratum', plural='strata')}; "
        f"{parts[0]} to train on, {parts[1]} to evaluate\n{path}\n"
        f"Code it with `themeshift label serve {sample.sample_id} --coder NAME`"
    )
    away = sample.frame.get("kept_for_training", 0)
    if away > OF_NOTE * (away + sample.frame["passages"]):
        tell.warn(
            f"{counted(away, 'passage')} of documents that are learnt from can't be drawn, and what is "
            "measured on the sample does not speak for them: draw what estimates first, then what trains"
        )
    if sample.frame["withheld"]:
        tell.warn(
            f"{counted(sample.frame['withheld'], 'passage')} that count in trends can't be drawn: "
            "their text may be kept no longer. What is measured on the sample does not speak for them"
        )


@label.command("plan")
@click.argument("theme")
@click.option("--from", "first", required=True, help="The earlier stretch: 2013, 2013-Q1, or 2013..2015.")
@click.option("--to", "last", required=True, help="The later one, written alike.")
@click.option(
    "--change", required=True, type=float, metavar="POINTS", help="The change to be seen, in points."
)
@click.option(
    "--measure", default="share", show_default=True, help="share, or mention: by codes of whole documents."
)
@as_json
@configured
def plan_codes(
    theme: str,
    first: str,
    last: str,
    change: float,
    measure: str,
    wants_json: bool,
    config: Config,
    tell: Tell,
) -> None:
    """How many codes would let a change of THEME be seen, crude and corrected, in the corpus as it is."""
    from pipeline.asking import plan

    with tell.working("plan"):
        found = plan.plan(config, theme, first, last, change, measure)
    if wants_json:
        print_json(asdict(found))
    else:
        click.echo(plan.as_text(found))


@label.command()
@click.argument("sample_id", metavar="SAMPLE")
@the_coder
@click.option(
    "--port", default=0, type=click.IntRange(0, 65535), help="Listen there [default: any free port]."
)
@configured
def serve(sample_id: str, coder: str, port: int, config: Config, tell: Tell) -> None:
    """Serve the coders' page of SAMPLE on this machine, until Ctrl-C. Each save is kept at once."""
    from pipeline.labelling.server import CodingServer

    with CodingServer(config, sample_id, coder, port) as server:
        if server.task.gone:
            tell.warn(
                f"{counted(server.task.gone, 'passage')} changed since the sample was drawn and are left out"
            )
        click.echo(
            f"{server.url}\nOpen this in a browser on this machine. Ctrl-C ends; what is saved is kept."
        )
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo("ended; the same command goes on from here")


@label.command("export")
@click.argument("sample_id", metavar="SAMPLE")
@the_coder
@click.argument("path", metavar="FILE.CSV", type=click.Path(path_type=Path, dir_okay=False))
@as_json
@configured
def export_sheet(
    sample_id: str, coder: str, path: Path, wants_json: bool, config: Config, tell: Tell
) -> None:
    """Write SAMPLE as a sheet for a spreadsheet, with what the coder has coded so far."""
    from pipeline.labelling import sheet

    todo = sheet.export(config, sample_id, coder, path)
    if todo.sealed:
        tell.warn(
            f"of {counted(todo.sealed, 'passage')} nothing but title, source and date may be passed on: "
            "keep the sheet on this machine (docs/rights.md)"
        )
    if wants_json:
        print_json({"path": str(path), "passages": len(todo.items), "gone": todo.gone})
    else:
        gone = f"; {todo.gone} changed since the sample was drawn and are left out" if todo.gone else ""
        click.echo(
            f"{path}: {counted(len(todo.items), 'passage')}{gone}. Say 1, x or yes; 0 or no; ? for can't tell"
        )


@label.command("import")
@click.argument("path", metavar="FILE.CSV", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--blank-is-no", is_flag=True, help="In a row that says anything, a blank cell is a no.")
@as_json
@configured
def import_sheet(path: Path, blank_is_no: bool, wants_json: bool, config: Config, tell: Tell) -> None:
    """Take a coded sheet in, whole or, where any cell is bad, not at all."""
    from pipeline.labelling import sheet

    done = sheet.take_in(config, path, blank_is_no)
    if done.ignored:
        more = f" and {len(done.ignored) - 10:,} more" if len(done.ignored) > 10 else ""
        tell.warn(f"columns that no code is in were passed over: {', '.join(done.ignored[:10])}{more}")
    if done.stale:
        tell.warn(
            f"{counted(done.stale, 'coded row')} passed over: the text is published no longer as it was "
            "exported. Keep the sheet; what is new in the text needs a sample of its own"
        )
    if done.partly:
        tell.warn(
            f"{counted(done.partly, 'row')} partly coded: blanks say nothing; --blank-is-no takes them as no"
        )
    if wants_json:
        print_json(asdict(done))
    else:
        click.echo(
            f"{done.sample_id}, {done.coder}: {counted(done.new, 'code', none='0 codes')} new or changed, "
            f"{done.unchanged:,} as before"
        )


@label.command()
@click.argument("sample_id", metavar="[SAMPLE]", required=False)
@as_json
@configured
def report(sample_id: str | None, wants_json: bool, config: Config, tell: Tell) -> None:
    """How far coding is, how well coders agree, and how well the machine does."""
    from pipeline.labelling import reporting

    found = reporting.report(config, sample_id)
    if wants_json:
        print_json([asdict(one) for one in found])
    else:
        click.echo(reporting.as_text(found))


def _list(names: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (names or "").split(",") if name.strip())


COMMANDS = (label,)
