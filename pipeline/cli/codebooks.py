"""Commands about codebooks: check, export, import."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, replace
from pathlib import Path

import click

from pipeline.cli.common import as_json, configured, print_json
from pipeline.config import Config
from pipeline.errors import InputError, SetAside
from pipeline.limits import PIECE, at_most
from pipeline.progress import Tell
from pipeline.records import counted
from pipeline.themes import Codebook

FILE = click.Path(path_type=Path, dir_okay=False)
KINDS = (".qdc", ".csv", ".toml")
TABLES = (".csv", ".tsv", ".xlsx", ".xls", ".ods")
"""What tables a codebook may come in, too."""


@click.group()
def codebook() -> None:
    """Check the codebook, or exchange it with other programs: REFI-QDA (.qdc) and CSV."""


@codebook.command()
@click.argument("file", required=False, type=FILE)
@as_json
@configured
def check(file: Path | None, wants_json: bool, config: Config, tell: Tell) -> None:
    """Tell what is odd in FILE [default: the codebook in use], and how often each phrase is found."""
    from pipeline.themes import codebook_check

    found = codebook_check.check(config, file or config.codebook_file)
    if wants_json:
        print_json(asdict(found))
    else:
        click.echo(codebook_check.as_text(found))


@codebook.command()
@click.argument("file", type=FILE)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@configured
def export(file: Path, force: bool, config: Config, tell: Tell) -> None:
    """Write the codebook in use to FILE.qdc or FILE.csv."""
    from pipeline.themes import load

    book = load(config.codebook_file)
    _write(file, _as(book, file), force)
    click.echo(f"{file}: {counted(len(book.themes), 'theme')}")


@codebook.command("import")
@click.argument("file", type=FILE)
@click.option(
    "--into", type=FILE, default=Path("codebook.toml"), show_default=True, help="The file to write."
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@configured
def import_(file: Path, into: Path, force: bool, config: Config, tell: Tell) -> None:
    """Make a codebook of FILE.qdc, or of a table (CSV, Excel), as another program wrote it."""
    from pipeline.themes.codebook_toml import to_toml

    if into.suffix != ".toml":
        raise InputError(f"--into {into}: a codebook is a .toml file")
    book = _read(file, tell)
    _write(into, to_toml(book).encode(), force)
    unspoken = [theme.theme for theme in book.themes if not theme.include]
    if unspoken:
        tell.warn(f"without phrases, by likeness alone: {', '.join(unspoken)}. Add `include` in {into}")
    number = counted(len(book.themes), "theme")
    click.echo(f"{into}: {number}; name it in config.toml, [reference] codebook, to use it")


@codebook.command()
@click.argument("theme")
@click.option(
    "--coder", help="Who answers: a name or initials, as it is to be published [default: only list]."
)
@click.option(
    "--count", default=20, show_default=True, type=click.IntRange(1, 500), help="How many passages."
)
@as_json
@configured
def suggest(theme: str, coder: str | None, count: int, wants_json: bool, config: Config, tell: Tell) -> None:
    """Propose passages and phrases of THEME for a person to accept or refuse.

    Each answer about a passage teaches the coder from the next build on. What is proposed changes with the
    answers: twenty minutes of them, about a hundred, make a first useful coder.
    """
    from pipeline.labelling import samples, suggestions
    from pipeline.labelling.answering import answer
    from pipeline.stages.embed import vectors_for

    waiting = suggestions.unfinished(config, theme, coder)
    if coder and waiting and not wants_json:
        click.echo(f"{waiting} is not finished: it goes on where it stood")
        answer(config, waiting, coder)
        return
    with tell.working("suggest"):
        found = suggestions.suggest(config, theme, count, lambda texts: vectors_for(config, texts, tell))
        if waiting:  # what was proposed is answered first
            found = replace(found, sample=samples.load(config.archive, waiting))
        else:
            samples.keep(config.archive, found.sample)
    name = found.sample.sample_id
    if wants_json:
        passages = [{"passage_id": d.passage_id, "why": d.stratum} for d in found.sample.passages]
        phrases = [asdict(phrase) for phrase in found.phrases]
        print_json({
            "sample": name, "answers": found.answers, "positives": found.positives, "passages": passages,
            "phrases": phrases,
        })  # fmt: skip
        return
    click.echo(suggestions.as_text(found, theme))
    if coder:
        answer(config, name, coder)
    else:
        click.echo(
            f"Answer with `themeshift codebook suggest {theme} --coder NAME`, here, or with "
            f"`themeshift label serve {name} --coder NAME`, in the browser"
        )


def _as(book: Codebook, file: Path) -> bytes:
    from pipeline.themes.codebook_csv import to_csv
    from pipeline.themes.codebook_qdc import to_qdc
    from pipeline.themes.codebook_toml import to_toml

    if file.suffix == ".qdc":
        return to_qdc(book)
    if file.suffix == ".csv":
        return ("\ufeff" + to_csv(book)).encode()  # by the mark, spreadsheets know the encoding
    if file.suffix == ".toml":
        return to_toml(book).encode()
    raise InputError(f"{file}: a codebook is written as one of {', '.join(KINDS)}")


def _read(file: Path, tell: Tell) -> Codebook:
    from pipeline.archive.workbooks import text_table
    from pipeline.themes.codebook_csv import WIDE, from_table
    from pipeline.themes.codebook_qdc import from_qdc
    from pipeline.themes.codebook_toml import checked

    kind = file.suffix.lower()
    if kind not in (*KINDS, *TABLES):
        raise InputError(f"{file}: a codebook is read from one of {', '.join(dict.fromkeys(KINDS + TABLES))}")
    if kind in TABLES:
        rows, older = text_table(file, WIDE)
        if older:
            tell.warn(f"{file}: not UTF-8: read as {older}; if signs are wrong, save it as “CSV UTF-8”")
        return checked(from_table(rows, str(file)), str(file))
    try:
        with file.open("rb") as stream:
            data = at_most(stream, PIECE)
        if kind == ".qdc":
            return checked(from_qdc(data, str(file)), str(file))
        wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
        text = data.decode("utf-16" if wide else "utf-8-sig")
        return checked(tomllib.loads(text), str(file))
    except OSError as error:
        raise InputError(f"{file} can't be read: {error.strerror}") from error
    except SetAside as outcome:
        raise InputError(f"{file} has {outcome.detail}: no codebook needs that") from outcome
    except RecursionError as error:
        raise InputError(f"{file} can't be read: tables or lists stand too deep in one another") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not in UTF-8: {error.reason} at byte {error.start}") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{file} can't be read: {error}") from error


def _write(file: Path, data: bytes, force: bool) -> None:
    try:
        with file.open("wb" if force else "xb") as stream:
            stream.write(data)
    except FileExistsError:
        raise InputError(f"{file} is there already; --force writes over it") from None
    except OSError as error:
        raise InputError(f"{file} can't be written: {error.strerror}") from error


COMMANDS = (codebook,)
