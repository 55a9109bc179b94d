"""A theme's phrases and sentences within a description, where other programs know only prose.

The definition stands first, as it is. Behind it, between two lines that say so, stands one line for each
phrase or sentence: `include: fragment*`. A line break within a value is written \\n, a backslash \\\\.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.themes.codebook import Theme

BEGIN, END = "--- Themeshift ---", "--- end of Themeshift ---"
NAMES = {
    "include": "include", "exclude": "exclude", "example": "examples", "counterexample": "counterexamples",
}  # fmt: skip
PLAIN = ("theme", "negated", "shared", "guid")
ESCAPES = {"\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def described(theme: Theme) -> str:
    """The definition, and behind it the block."""
    return "\n".join([theme.definition, "", BEGIN, *_lines(theme), END])


def fields_of(theme: Theme) -> Iterator[tuple[str, str]]:
    """(name, value) of all that is no prose: one pair for each phrase and sentence, defaults left out."""
    for name, key in NAMES.items():
        for value in getattr(theme, key):
            yield name, value
    if theme.negated != "counts":
        yield "negated", theme.negated
    if theme.shared:
        yield "shared", "true"
    if theme.guid:
        yield "guid", theme.guid


def _lines(theme: Theme) -> Iterator[str]:
    yield f"theme: {_escaped(theme.theme)}"
    for name, value in fields_of(theme):
        yield f"{name}: {_escaped(value)}"


def cleaned(text: str) -> str:
    """What another program wrote, without control characters, and with line ends of one kind."""
    text = re.sub(r"\r\n?|[\x0b\x0c\x85]", "\n", text)
    return re.sub("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]", "", text)


def parsed(description: str) -> tuple[str, list[tuple[str, str]]]:
    """(definition, pairs of name and value); no pairs for a description without a block."""
    text = cleaned(description)
    before, begin, rest = text.rpartition(f"\n\n{BEGIN}\n")
    if not begin or END not in rest:
        return text.strip(), []
    pairs = []
    for line in rest[: rest.rindex(END)].split("\n"):
        name, colon, value = line.partition(": ")
        if colon and name.strip() in (*NAMES, *PLAIN):
            pairs.append((name.strip(), _plain(value)))
        elif line.strip():  # what nobody understands is not lost
            before = f"{before}\n{line}"
    return before, pairs


def table_of(pairs: list[tuple[str, str]]) -> dict[str, object]:
    """The pairs as the keys of a theme's TOML table, `theme` left out."""
    table: dict[str, object] = {}
    for name, value in pairs:
        if name in NAMES:
            table[NAMES[name]] = [*_list(table.get(NAMES[name])), value]
        elif name == "shared":
            table[name] = value.strip().lower() == "true"
        elif name != "theme":
            table[name] = value
    return table


def _list(value: object) -> list[str]:
    return value if isinstance(value, list) else []


def _escaped(value: str) -> str:
    return re.sub(r"[\\\n\t]", lambda found: ESCAPES[found.group()], value)


def _plain(value: str) -> str:
    back = {written: plain for plain, written in ESCAPES.items()}
    return re.sub(r"\\[\\nt]", lambda found: back[found.group()], value)
