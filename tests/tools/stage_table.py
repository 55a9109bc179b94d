"""python -m tests.tools.stage_table: the table of stages in docs/flow.md, from flow.py and from docstrings.

The table of stages says what each reads and writes; the docstring of its module says when it works (`When:`)
and, where it isn't simply rolled back, what an interruption leaves (`Interrupted:`).
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

from pipeline.flow import STAGES, Stage

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "flow.md"
HEAD = "| Stage | Reads | Writes | When it does work | When it is interrupted |\n|---|---|---|---|---|\n"
FOLDERS = ("archive", "embeddings", "everything", "models")
"""What is neither a table nor a single file."""
PLACE = re.compile(r"(<!-- The table is made: make docs -->\n)(.*?)(<!-- end of the table -->\n)", re.DOTALL)


def table() -> str:
    """A row for each stage, in order, as Markdown."""
    return HEAD + "".join(_row(stage) for stage in STAGES)


def renewed(page: str) -> str:
    """The page with today's table."""
    return PLACE.sub(lambda found: found[1] + table() + found[3], page)


def docstring(stage: Stage) -> str:
    """What the stage's file says of itself, without importing it."""
    file = ROOT / "pipeline" / "stages" / f"{stage.name}.py"
    return ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""


def _row(stage: Stage) -> str:
    said = docstring(stage)
    cells = (
        f"`{stage.name}`",
        _listed(stage.reads),
        _listed(stage.writes),
        _part(said, "When"),
        _part(said, "Interrupted") or "rolled back",
    )
    return f"| {' | '.join(cells)} |\n"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(name if name in FOLDERS else f"`{name}`" for name in names)


def _part(said: str, name: str) -> str:
    found = re.search(rf"^{name}: (.*?)(?=^Interrupted: |\Z)", said, re.MULTILINE | re.DOTALL)
    text = " ".join(found[1].split()).removesuffix(".") if found else ""
    text = re.sub(r"docs/decisions/(\d{4})", _decision, text)
    return re.sub(r"docs/(\w+\.md)(#[\w-]+)?", r"[\1](\1\2)", text)


def _decision(found: re.Match[str]) -> str:
    (page,) = (PAGE.parent / "decisions").glob(f"{found[1]}-*.md")
    return f"[{found[1]}](decisions/{page.name})"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
