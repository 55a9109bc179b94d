"""A stage knows what it rests on: nobody has to list it, and what says nothing costs nothing."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest

from pipeline import config as configuration
from pipeline import fingerprints, flow, store
from pipeline.archive import importing
from pipeline.config import Config
from pipeline.fingerprints import APART, CARRIERS, PIPELINE, Said, Tree, libraries_of, rules
from pipeline.progress import Tell
from tests.conftest import by_rule, quick, sample_rows

Edit = Callable[[str, str], None]


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> Iterator[None]:
    """Other tests of the same process are not to build by the rules of an edited copy."""
    yield
    fingerprints.rules.cache_clear()


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the pipeline's files, to change."""
    root = tmp_path_factory.mktemp("copied") / "pipeline"
    shutil.copytree(PIPELINE, root, ignore=shutil.ignore_patterns("__pycache__"))
    return root


@pytest.fixture
def edit(copied: Path) -> Iterator[Edit]:
    """Writes a file of the copy anew; afterwards all are as they were."""
    before: dict[Path, str] = {}

    def write(name: str, text: str) -> None:
        file = copied / name
        before.setdefault(file, file.read_text(encoding="utf-8"))
        write_later(file, text)

    yield write
    for file, text in before.items():
        write_later(file, text)


def write_later(file: Path, text: str) -> None:
    """Write, at another time than before, however coarse the clock of the disk."""
    last = file.stat().st_mtime_ns
    file.write_text(text, encoding="utf-8")
    os.utime(file, ns=(last + 1_000_000_000, last + 1_000_000_000))


def of_all(root: Path) -> dict[str, str]:
    """Stage -> the fingerprint of its rules, as the files of a tree are."""
    tree = Tree(root)
    return {name: rules(f"pipeline.stages.{name}", tree=tree) for name in flow.NAMES}


def closures(root: Path = PIPELINE) -> dict[str, dict[str, Said]]:
    tree = Tree(root)
    return {name: tree.closure(f"stages.{name}") for name in flow.NAMES}


def file_of(module: str) -> str:
    path = module.replace(".", "/")
    return f"{path}.py" if (PIPELINE / f"{path}.py").exists() else f"{path}/__init__.py"


def changed(before: dict[str, str], root: Path) -> set[str]:
    return {name for name, found in of_all(root).items() if found != before[name]}


# --- all stages ------------------------------------------------------------------------------------------


def test_a_changed_line_of_code_changes_the_rules_of_every_stage_that_rests_on_it(
    copied: Path, edit: Edit
) -> None:
    before, resting = of_all(copied), closures(copied)
    for module in sorted({name for closure in resting.values() for name in closure}):
        file = file_of(module)
        text = (copied / file).read_text(encoding="utf-8")
        edit(file, f"{text}\n_added = 1\n")
        assert changed(before, copied) == {stage for stage, found in resting.items() if module in found}, file
        edit(file, text)
    assert changed(before, copied) == set()


def test_a_changed_query_changes_the_rules_of_every_stage_that_loads_its_file(
    copied: Path, edit: Edit
) -> None:
    before, resting = of_all(copied), closures(copied)
    loaded = {stage: {sql for said in found.values() for sql in said.sql} for stage, found in resting.items()}
    for name in sorted(set().union(*loaded.values())):
        text = (copied / f"sql/{name}.sql").read_text(encoding="utf-8")
        edit(f"sql/{name}.sql", f"{text.rstrip().rstrip(';')} LIMIT 7;\n")
        assert changed(before, copied) == {stage for stage, found in loaded.items() if name in found}, name
        edit(f"sql/{name}.sql", text)


def test_what_was_learnt_and_lies_beside_a_module_counts_as_its_code(copied: Path, edit: Edit) -> None:
    before = of_all(copied)
    file = "readers/block_model.json"
    edit(file, (copied / file).read_text(encoding="utf-8").replace('"base":', '"base":1e-9,"was":'))
    assert changed(before, copied) == {"read"}


class Restyled(ast.NodeTransformer):
    """Says the same in other words: other docstrings, no annotations of functions, imports the other way."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.returns = None
        for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
            argument.annotation = ast.Name("Any")
        node.body = [
            ast.Expr(ast.Constant("Another docstring.")),
            *node.body[bool(ast.get_docstring(node)) :],
        ]
        self.generic_visit(node)
        return node


def test_comments_docstrings_layout_and_annotations_cost_nothing(copied: Path, edit: Edit) -> None:
    before = of_all(copied)
    for file in sorted(copied.rglob("*.py")):
        tree = Restyled().visit(ast.parse(file.read_text(encoding="utf-8")))
        edit(str(file.relative_to(copied)), f"# Why.\n{ast.unparse(tree)}\n")
    for file in sorted(copied.rglob("*.sql")):
        text = re.sub(r"(?m)^(?=SELECT|FROM|WHERE|ORDER)", "  -- why\n\n  ", file.read_text(encoding="utf-8"))
        edit(str(file.relative_to(copied)), f"-- Why.\n{text}\n\n/* and\n why */\n")
    assert changed(before, copied) == set()


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("x = 1", "x: int = 1", True),
        ("x: int", "", True),
        ("from a import b\nimport c", "import c\nfrom a import b", True),
        ("from typing import Any", "", True),
        ("if TYPE_CHECKING:\n    import a", "", True),
        ("'said'", "'said otherwise'", True),
        ("class A:\n    x: int = 1", "class A:\n    x: float = 1", False),  # a record is made of these
        ("x = 1", "x = 1.0", False),
        ("x = 'a  b'", "x = 'a b'", False),
        ("from a import b", "from a import c as b", False),
        ("@once\ndef a(): pass", "def a(): pass", False),
        ("def a(b=1): pass", "def a(b=2): pass", False),
    ],
)
def test_what_code_says_is_what_it_does(before: str, after: str, same: bool, tmp_path: Path) -> None:
    for name, text in (("before", before), ("after", after)):
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    tree = Tree(tmp_path)
    assert (tree.said("before.py").code == tree.said("after.py").code) == same


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("SELECT a,b FROM t", "SELECT a, b\n  FROM t -- all", True),
        ("SELECT 'a  b'", "SELECT 'a b'", False),
        ("SELECT '-- a'", "SELECT '-- b'", False),
        ("-- name: a\nSELECT 1", "-- name: b\nSELECT 1", False),
        ("SELECT 1 -- 2", "SELECT 1, 2", False),
    ],
)
def test_what_sql_says_is_what_it_does(before: str, after: str, same: bool, tmp_path: Path) -> None:
    for name, text in (("before", before), ("after", after)):
        (tmp_path / f"{name}.sql").write_text(text, encoding="utf-8")
    tree = Tree(tmp_path)
    assert (tree.said("before.sql").code == tree.said("after.sql").code) == same


# --- what counts, and what doesn't -----------------------------------------------------------------------


def test_libraries_that_decide_count_with_their_version(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {stage: libraries_of(closure) for stage, closure in closures().items()}
    assert {"trafilatura", "htmldate", "lxml", "pypdfium2"} <= found["read"]
    assert {"bertopic", "numpy", "scikit-learn", "scikit-network", "scipy"} <= found["fit"]
    assert {"numpy", "scikit-learn"} <= found["code"]
    assert "rensa" in found["compare"]
    assert all(
        version(name) for names in found.values() for name in names
    )  # each under the name it is known by
    before = of_all(PIPELINE)
    monkeypatch.setattr(fingerprints, "_version", lambda name: "0" if name == "lxml" else version(name))
    assert changed(before, PIPELINE) == {"read"}


def test_whatever_is_left_out_would_have_counted() -> None:
    """An exclusion of what nobody imports any more says something that isn't so."""
    found = [said for closure in closures().values() for said in closure.values()]
    names = {
        name
        for said in found
        for module, item in said.imports
        for name in (module, f"{module}.{item}".strip("."))
    }
    assert APART.keys() <= names
    assert CARRIERS.keys() <= {name for said in found for name in said.libraries}


def test_nothing_is_imported_or_loaded_in_a_way_that_is_not_seen() -> None:
    """Imports name whole modules, and the name of an SQL file stands in the call that loads it."""
    for name in {name for closure in closures().values() for name in closure}:
        text = (PIPELINE / file_of(name)).read_text(encoding="utf-8")
        assert not re.search(r"import_module|__import__|^\s*from \.", text, re.MULTILINE), name
        assert not re.search(r"\b(?:queries|script)\((?!\")", text), name


def test_what_is_written_down_serves_the_next_and_a_damaged_note_is_made_again(copied: Path) -> None:
    found = of_all(copied)
    (kept,) = copied.rglob("*.rules")
    assert of_all(copied) == found
    kept.write_text("[", encoding="utf-8")
    assert of_all(copied) == found
    assert "stages/trend.py" in kept.read_text(encoding="utf-8")


# --- a build ---------------------------------------------------------------------------------------------

AGAIN = {
    "sql/index.sql": {"index"},
    "sql/read.sql": {"read", "compare"},
    "readers/describe.py": {"read", "check", "compare"},
    "copying/copies.py": {"compare"},
    "themes/scope.py": {"scope"},
    "stages/passages.py": {"passages"},
    "topics/embedding.py": {"embed", "fit", "describe", "code", "assess", "trend"},
    "topics/clusters.py": {"fit", "describe", "assess", "trend"},
    "topics/drift.py": {"fit"},
    "sql/describe.sql": {"describe"},
    "themes/matching.py": {"scope", "code", "assess"},
    "themes/sensitivity.py": {"assess"},
    "topics/stability.py": {"assess"},
    "sql/trend.sql": {"assess", "trend", "detect", "vary"},
    "trends/topic_words.py": {"trend"},
    "shifts/scan.py": {"detect"},
}
"""A changed file -> the stages that do their work again; validate aside, since nobody has coded."""


PARTS = {
    "topic_stability": "assess", "theme_stability": "assess", "group": "compare", "document": "read",
    "words": "trend", "monitor": "check", "labels": "index",
}  # fmt: skip
"""What stages note by another name than theirs."""


@pytest.mark.slow
def test_a_build_does_again_what_rests_on_a_changed_file_or_setting_and_nothing_else(
    tmp_path: Path, copied: Path, edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = by_rule(quick(configuration.load(tmp_path / "data")))
    config = replace(config, topics=replace(config.topics, min_passages=4))
    rows = tmp_path / "rows.jsonl"
    rows.write_text("".join(json.dumps(row) + "\n" for row in sample_rows()), encoding="utf-8")
    importing.import_paths([rows], config, Tell(quiet=True))
    monkeypatch.setattr(fingerprints, "_tree", lambda: Tree(copied))
    assert worked(config)
    assert worked(config) == set()
    found = {}
    for file in AGAIN:
        text = (copied / file).read_text(encoding="utf-8")
        edit(file, text + ("\n-- name: added\nSELECT 1;\n" if file.endswith(".sql") else "\n_added = 1\n"))
        found[file] = worked(config)
    assert found == AGAIN
    fewer = replace(config, topics=replace(config.topics, terms=3))
    assert worked(fewer) == {"fit", "describe", "assess", "trend"}
    assert worked(replace(fewer, trend=replace(config.trend, access=("full",)))) == {
        "assess",
        "trend",
        "detect",
        "vary",
    }


def worked(config: Config) -> set[str]:
    """The stages that a build made do something, by what each notes of its work."""
    fingerprints.rules.cache_clear()
    marks = "SELECT stage, finished_at FROM stage_run"
    with store.open_working(config) as connection:
        before = dict(connection.execute(marks).fetchall())
    done = {run.stage for run in flow.build(config, Tell(quiet=True)) if run.rows} - {"tally"}
    with store.open_working(config) as connection:
        after = dict(connection.execute(marks).fetchall())
    renewed = {PARTS.get(name, name) for name, at in after.items() if before.get(name) != at}
    return (done | renewed) & {*flow.NAMES} - {"tally", "validate"}
