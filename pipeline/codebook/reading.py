"""A codebook's TOML -> Codebook; all that is wrong with a file is told at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.codebook.problems import problems
from pipeline.codebook.themes import Codebook, Theme
from pipeline.errors import ConfigError
from pipeline.typed_toml import make, problems_of, read_toml


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
