"""python -m tests.tools.settings_table: docs/settings.md, from the classes of settings.py and scope.py."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields
from inspect import cleandoc
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from pipeline.config import ORDERED, Config
from pipeline.settings import Source
from pipeline.themes.scope import Scope

PAGE = Path(__file__).resolve().parents[2] / "docs" / "settings.md"
HEAD = """# Settings

What `config.toml` may hold, section by section, with the defaults and what each key may be. The project's
file shows the usual ones; another is named with `--config`. Paths in it are relative to it. Every command
refuses a key that is unknown, and a value of another type or out of its range, before it does anything: it
names the file, the key, the value and the range.

A data folder remembers the file that it was made by (`working/config`). Commands go by that one where no
`--config` is given, and say so.
"""
OTHERS: Mapping[str, type] = {"A source in `sources.toml`": Source, "`scope.toml`": Scope}
NAMES = {
    int: "a whole number", float: "a number", str: "text", bool: "true or false",
    tuple[str, ...]: "a list of texts", tuple[int, ...]: "a list of whole numbers",
    Mapping[str, float]: "a table of numbers",
}  # fmt: skip


def sections() -> dict[str, type]:
    """Heading -> the class that holds its keys, in the order of the page."""
    known = {
        f"`[{name}]`": kind for name, kind in get_type_hints(Config).items() if hasattr(kind, "__slots__")
    }
    return {
        **{name: kind for name, kind in known.items() if kind.__module__ == "pipeline.settings"},
        **OTHERS,
    }


def page() -> str:
    """The whole page, as Markdown."""
    return HEAD + "".join("\n" + "\n".join(_section(name, kind)) + "\n" for name, kind in sections().items())


def _section(name: str, kind: type) -> Iterator[str]:
    said = re.sub(r"docs/(\w+\.md)", r"[\1](\1)", cleandoc(kind.__doc__ or ""))
    yield f"## {name}\n\n{said}\n"
    yield "| Key | Default | May be |\n|---|---|---|"
    hints = get_type_hints(kind, include_extras=True)
    for item in fields(kind):
        if item.name != "source":
            may_be = _range(hints[item.name]) + _order(kind, item.name)
            yield f"| `{item.name.rstrip('_')}` | {_default(item)} | {may_be} |"


def _default(item: Field[Any]) -> str:
    value = item.default if item.default_factory is MISSING else item.default_factory()
    if value is MISSING:
        return "must be given"
    if isinstance(value, tuple):
        return f"{len(value)} of them" if len(value) > 5 else ", ".join(f"`{one}`" for one in value) or "none"
    return f"`{value}`" if value not in ("", {}) else "none"


def _range(hint: Any) -> str:
    kind, *bounds = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    return ", ".join([NAMES.get(kind, getattr(kind, "__name__", "")), *map(str, bounds)])


def _order(kind: type, name: str) -> str:
    return "".join(f", at most `{high}`" for low, high in ORDERED.get(kind, ()) if low == name)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
