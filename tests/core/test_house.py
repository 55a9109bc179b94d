"""The house stays one to live in: few rooms, little at the root, no module too small, tests for each room."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PIPELINE = ROOT / "pipeline"
ROOMS = sorted(path for path in PIPELINE.iterdir() if (path / "__init__.py").exists())
MODULES = {
    ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
    for file in PIPELINE.rglob("*.py")
}


def imported(file: Path) -> set[str]:
    """The modules of the pipeline that a file imports, wherever in it that stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found & MODULES.keys()


def test_the_rooms_are_few_and_little_stands_at_the_root() -> None:
    assert len(ROOMS) <= 13
    assert len(list(PIPELINE.glob("*.py"))) <= 13


def test_no_small_module_serves_only_one_other() -> None:
    """It belongs into the other; a source, a command and the door of a room may stand alone."""
    importers: dict[str, set[str]] = defaultdict(set)
    for name, file in MODULES.items():
        for other in imported(file) - {name}:
            importers[other].add(name)
    alone = [
        name
        for name, file in MODULES.items()
        if len(importers[name]) == 1
        and len(file.read_text(encoding="utf-8").splitlines()) < 40
        and file.name != "__init__.py"
        and file.parent.name not in ("sources", "cli")
    ]
    assert alone == []


@pytest.mark.parametrize("name", sorted(MODULES))
def test_a_module_fits_on_some_screens_and_says_what_it_is(name: str) -> None:
    text = MODULES[name].read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    assert ast.get_docstring(ast.parse(text))


def test_every_room_has_its_tests() -> None:
    without = [room.name for room in ROOMS if not list((ROOT / "tests" / room.name).glob("test_*.py"))]
    assert without == []


def test_every_stage_has_a_file_and_every_file_there_is_a_stage() -> None:
    from pipeline.flow import NAMES

    assert sorted(path.stem for path in (PIPELINE / "stages").glob("[!_]*.py")) == sorted(NAMES)
