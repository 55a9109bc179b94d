"""A codebook -> TOML, in the form that the project's own codebook has."""

from __future__ import annotations

import tomlkit

from pipeline.codebook.themes import Codebook, Theme

HEAD = "Codebook: docs/codebook.md explains the keys."
LISTS = ("include", "exclude", "examples")


def to_toml(book: Codebook) -> str:
    """The codebook as the text of a TOML file; what has its default is left out."""
    document = tomlkit.document()
    document.add(tomlkit.comment(HEAD))
    document.add("version", tomlkit.item(book.version))
    themes = tomlkit.table(is_super_table=True)
    for theme in book.themes:
        themes.add(theme.theme, _table(theme))
    document.add("theme", themes)
    return tomlkit.dumps(document)


def _table(theme: Theme) -> tomlkit.items.Table:
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
