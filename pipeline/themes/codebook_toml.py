"""A codebook's TOML -> Codebook, and back; all that is wrong with a file is told at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.config import make, problems_of, read_toml
from pipeline.errors import ConfigError
from pipeline.themes.codebook import Codebook, Theme
from pipeline.themes.codebook_problems import problems

if TYPE_CHECKING:
    import tomlkit

HEAD = "Codebook: docs/codebook.md explains the keys."
LISTS = ("include", "exclude", "examples", "counterexamples")


def load(file: Path) -> Codebook:
    """Read and check a codebook. Raises ConfigError, with all that is wrong, for one that can't be used."""
    return checked(read_toml(file), str(file))


def checked(tables: Mapping[str, Any], where: str) -> Codebook:
    """A codebook of TOML's tables. Raises ConfigError with all problems, each naming its theme and key."""
    given = tables.get("theme")
    if set(tables) - {"version", "theme"} or not isinstance(given, dict) or not given:
        raise ConfigError(
            f"{where}: a codebook has `version` and tables [theme.NAME]; found {sorted(tables)}"
        )
    found, themes = [], []
    if not isinstance(tables.get("version", ""), str):
        found.append('`version` must be text, as in version = "2026-11"')
    for name, table in given.items():
        table = {"theme": name, **table} if isinstance(table, dict) else table
        wrong = problems_of(Theme, table, f"[theme.{name}]")
        found += wrong
        if not wrong:
            themes.append(make(Theme, table, f"[theme.{name}]"))
    book = Codebook(str(tables.get("version", "")), tuple(themes))
    refuse([*found, *problems(book)], where)
    return book


def refuse(found: list[str], where: str) -> None:
    """Raises ConfigError where anything was found: one problem in a line, several in a list."""
    if len(found) == 1:
        raise ConfigError(f"{where}: {found[0]}")
    if found:
        raise ConfigError("\n  - ".join([f"{where} has {len(found)} problems:", *found]))


def to_toml(book: Codebook) -> str:
    """The codebook as the text of a TOML file; what has its default is left out."""
    import tomlkit  # not needed to read one

    document = tomlkit.document()
    document.add(tomlkit.comment(HEAD))
    document.add("version", tomlkit.item(book.version))
    themes = tomlkit.table(is_super_table=True)
    for theme in book.themes:
        themes.add(theme.theme, _table(theme))
    document.add("theme", themes)
    return tomlkit.dumps(document)


def _table(theme: Theme) -> tomlkit.items.Table:
    import tomlkit

    table = tomlkit.table()
    table.add("label", theme.label)
    table.add("definition", theme.definition)
    for key in LISTS:
        if values := getattr(theme, key):
            array = tomlkit.array().multiline(True)
            array.extend(values)
            table.add(key, array)
    for key, default in (("negated", "counts"), ("shared", False), ("guid", "")):
        if getattr(theme, key) != default:
            table.add(key, getattr(theme, key))
    return table
