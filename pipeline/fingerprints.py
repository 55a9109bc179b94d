"""What a stage rests on besides its input: the code it is written in, its SQL, the libraries that decide.

Nothing of it is listed by hand. A stage asks `rules(__name__)`, and what its module imports is followed
through the pipeline: every module of that closure counts with what its code says, what was learnt beside it
(`block_model.json`), every SQL file that one of them loads, and every library that one imports, with its
version (docs/decisions/0027).

What a file says is its syntax tree without docstrings, comments and annotations of functions and variables;
SQL counts without comments and line breaks. It is worked out once for a file as it stands (its size, the time
of its last change) and kept beside Python's own compiled modules, since parsing all of them takes a second.
"""

from __future__ import annotations

import ast
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

from pipeline.records import short_id

PIPELINE = Path(__file__).parent
APART: Mapping[str, str] = {
    "config": "a setting counts by its value, which is part of each fingerprint",
    "settings": "as config: a default counts as the value that it gives",
    "errors": "what is said of a failure is no result",
    "progress": "prints",
    "store": "carries rows and runs the queries that are given; these count as SQL files",
    "workers": "runs what it is given, and that counts; which process runs it decides nothing",
    "durable": "how a file is written safely, not what is in it",
    "fingerprints": "decides when work is done, not how",
    "archive.writer": "a capture is the bytes that lie in the archive, however they got there",
    "stages.embed.attach": "gives the vectors that are kept; what made them counts, by `embedding.made_by`",
    "themes.codebook_problems": "what is said of a codebook that is refused",
    "records.short_id": "the same hash whatever else stands beside it",
    "records.counted": "wording",
}
"""Modules, and names of modules, whose import makes no result rest on them, and why."""
CARRIERS: Mapping[str, str] = {
    "pandas": "carries rows",
    "safetensors": "keeps arrays as they are",
    "tomlkit": "writes codebooks, and says where in one a mistake stands",
    **dict.fromkeys(
        ("wordllama", "model2vec", "fastembed", "sentence_transformers"),
        "the embedder in use counts, by `embedding.made_by`",
    ),
}
"""Libraries whose version decides no result where a closure imports them, and why. Any other one does."""
DISTRIBUTIONS = {"docx": "python-docx", "sklearn": "scikit-learn", "sknetwork": "scikit-network"}
"""Import name -> the name of the distribution, where it is not the same."""
TYPES = ("typing", "collections.abc", "numpy.typing", "__future__")
"""What only annotations need: to import more or less of it changes nothing."""
LOADERS = ("queries", "script", "run_script")
"""The functions of `store` that load an SQL file, whose name stands in the call."""
_SQL = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|-- name:[^\n]*|--[^\n]*|/\*.*?\*/|\w+|[^\w\s]", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a file says, hashed; what it imports of the pipeline (module, name); its libraries, its SQL."""

    code: str
    imports: Sequence[Sequence[str]] = ()
    libraries: Sequence[str] = ()
    sql: Sequence[str] = ()


class Tree:
    """The files of a pipeline, as they stand under `root`, and what each says."""

    def __init__(self, root: Path = PIPELINE) -> None:
        self._root = root
        self.files = dict(_stamps(root, ""))
        self._kept = Path(cache_from_source(str(root / "fingerprints.py"))).with_suffix(".rules")
        self._known, self._grown = _read(self._kept), False

    def closure(self, *modules: str, without: Sequence[str] = ()) -> dict[str, Said]:
        """Module -> what it says, for those named and all that they import; not those APART, nor `without`.

        Modules are named from the pipeline on: `stages.trend`. Raises KeyError for one that isn't there.
        """
        found: dict[str, Said] = {}
        todo = list(modules)
        while todo:
            if (name := todo.pop()) not in found:
                found[name] = self.said(self._file(name))
                todo += [m for m in self._imported(found[name]) if m not in APART and m not in without]
        return found

    def said(self, file: str) -> Said:
        """What a file says, such as `sql/trend.sql`. Raises KeyError where there is none."""
        stamp = self.files[file]
        if file not in self._known or self._known[file][0] != stamp:
            text, simply = (self._root / file).read_text(encoding="utf-8"), HASHES.get(Path(file).suffix)
            self._known[file] = stamp, Said(simply(text)) if simply else _python(text, file)
            self._grown = True
        return self._known[file][1]

    def keep(self) -> None:
        """Write down what had to be worked out; a folder that refuses is no reason to fail."""
        if self._grown:
            rows = {file: [stamp, asdict(said)] for file, (stamp, said) in self._known.items()}
            draft = self._kept.with_suffix(f".{os.getpid()}")
            with suppress(OSError):
                draft.parent.mkdir(parents=True, exist_ok=True)
                draft.write_text(json.dumps([_stamp(Path(__file__)), rows]), encoding="utf-8")
                draft.replace(self._kept)
            self._grown = False

    def _imported(self, said: Said) -> Iterator[str]:
        for module, name in said.imports:
            inner = f"{module}.{name}".strip(".")
            if inner not in APART:
                yield inner if self._file(inner) in self.files else module

    def _file(self, module: str) -> str:
        path = module.replace(".", "/")
        return f"{path}.py" if f"{path}.py" in self.files else f"{path}/__init__.py".lstrip("/")


@cache
def rules(
    *modules: str,
    using: Sequence[str] = (),
    without: Sequence[str] = (),
    libraries: bool = True,
    tree: Tree | None = None,
) -> str:
    """A hash of the rules that these modules are: a stage whose rules have changed does its work again.

    `modules` are full names, such as `__name__`. `using` names distributions that count besides those that
    are imported (with `libraries`; else they alone), `without` modules that are not followed. `tree` holds
    other files than those that run.
    """
    tree = tree or _tree()
    inside, apart = ([name.removeprefix("pipeline.") for name in names] for names in (modules, without))
    closure = tree.closure(*inside, without=apart)
    sql = {f"sql/{name}.sql" for said in closure.values() for name in said.sql}
    learnt = {f"{name.replace('.', '/')}.json" for name in closure} & tree.files.keys()
    deciding = {*using, *(libraries_of(closure) if libraries else ())}
    found = short_id(
        *(f"{name} {closure[name].code}" for name in sorted(closure)),
        *(f"{name} {tree.said(name).code}" for name in sorted(sql | learnt)),
        *(f"{name} {_version(name)}" for name in sorted(deciding)),
    )
    tree.keep()
    return found


def libraries_of(closure: Mapping[str, Said]) -> set[str]:
    """The distributions whose versions decide what these modules give."""
    imported = {name for said in closure.values() for name in said.libraries} - CARRIERS.keys()
    return {DISTRIBUTIONS.get(name, name) for name in imported}


@cache
def _tree() -> Tree:
    return Tree()


@cache
def _version(distribution: str) -> str:
    """The version that is installed; empty for what isn't."""
    with suppress(PackageNotFoundError):
        return version(distribution)
    return ""


def _stamp(path: Path | os.DirEntry[str]) -> list[int]:
    about = path.stat()
    return [about.st_mtime_ns, about.st_size]


def _stamps(folder: Path, under: str) -> Iterator[tuple[str, list[int]]]:
    """File -> when it was last changed, and its size; of all Python, SQL and JSON below a folder."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if Path(entry.name).suffix in (".py", *HASHES):
                yield under + entry.name, _stamp(entry)
            elif entry.is_dir() and entry.name != "__pycache__":
                yield from _stamps(folder / entry.name, f"{under}{entry.name}/")


def _read(file: Path) -> dict[str, tuple[list[int], Said]]:
    """What is kept, unless another version of this module wrote it, or it can't be read."""
    try:
        written_by, rows = json.loads(file.read_text(encoding="utf-8"))
        found = {name: (stamp, Said(**said)) for name, (stamp, said) in rows.items()}
        return found if written_by == _stamp(Path(__file__)) else {}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _sql(text: str) -> str:
    tokens = _SQL.findall(text)
    return short_id(*(t for t in tokens if t.startswith("-- name:") or not t.startswith(("--", "/*"))))


HASHES: Mapping[str, Callable[[str], str]] = {".sql": _sql, ".json": short_id}  # of files that import nothing


def _python(text: str, file: str) -> Said:
    tree = _Bare().visit(ast.parse(text, file))
    imports: set[tuple[str, str]] = set()
    libraries: set[str] = set()
    sql: set[str] = set()
    for node in ast.walk(tree):
        found: list[tuple[str, str]] = []
        if isinstance(node, ast.Import):
            found = [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found = [(node.module or "", alias.name) for alias in node.names]
        elif isinstance(node, ast.Call):
            sql |= _loaded(node)
        for module, name in found:
            top, _, rest = module.partition(".")
            if top == "pipeline":
                imports.add((rest, name))
            elif top not in sys.stdlib_module_names:
                libraries.add(top)
    return Said(short_id(*_words(tree)), sorted(imports), sorted(libraries), sorted(sql))


def _loaded(call: ast.Call) -> set[str]:
    """The SQL file that a call loads, where it does."""
    called = getattr(call.func, "attr", getattr(call.func, "id", ""))
    named = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    return set(named[:1]) if called in LOADERS else set()


class _Bare(ast.NodeTransformer):
    """Takes from a syntax tree what decides nothing.

    The fields of a class keep their annotations: records and settings are made by these.
    """

    def __init__(self) -> None:
        self._fields: set[ast.stmt] = set()

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        self._fields |= {statement for statement in node.body if isinstance(statement, ast.AnnAssign)}
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Any:
        node.returns = None
        return self.generic_visit(node)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_arg(self, node: ast.arg) -> Any:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        self.generic_visit(node)
        if node in self._fields:
            return node
        return ast.Assign([node.target], node.value) if node.value else None

    def visit_Expr(self, node: ast.Expr) -> Any:
        return None if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
        return None if node.module in TYPES and not node.level else node

    def visit_If(self, node: ast.If) -> Any:
        self.generic_visit(node)
        return node.orelse if "TYPE_CHECKING" in ast.dump(node.test) else node


def _words(node: Any) -> Iterator[str]:
    """A syntax tree as words, the same in every Python with these nodes; adjoining imports in any order."""
    if isinstance(node, list):
        yield "["
        bound = [item for item in node if isinstance(item, ast.Import | ast.ImportFrom)]
        yield from sorted(" ".join(_words(item)) for item in bound)
        for item in node:
            if item not in bound:
                yield from _words(item)
        yield "]"
    elif isinstance(node, ast.AST):
        yield type(node).__name__
        for name, value in ast.iter_fields(node):
            if value not in (None, []) and name not in ("ctx", "kind", "type_comment"):
                yield name
                yield from _words(value)
    else:
        yield repr(node)
