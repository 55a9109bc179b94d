"""The documentation says what the code does: tables, columns, queries, commands, targets, links."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from textwrap import dedent
from typing import Any

import duckdb
import pytest

from pipeline import config as configuration
from pipeline import store
from pipeline.cli import cli
from pipeline.config import Config, make
from pipeline.settings import Source
from pipeline.themes import scope
from spiders.base import SourceSpider

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / ".github").rglob("*.md"), *DOCS.rglob("*.md")])
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
SHORT = {"TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ"}

# Written in parts, so that this file does not name what it forbids.
ELSEWHERE = re.compile(
    r"(?<![\w./])(?:/" + r"work/|/" + r"root/|/" + r"home/\w|/" + r"Users/\w|/" + r"mnt/|[A-Z]:\\" + r"Users)"
)
KINDS = {".cff", ".cfg", ".j2", ".jinja", ".lock", ".md", ".py", ".sql", ".toml", ".yaml", ".yml"}
NOT_OURS = {"archive", "working", "published", "logs", "demo", "__pycache__"}


def sql_blocks() -> list[str]:
    """The queries of docs/sql.md, in order."""
    text = (DOCS / "sql.md").read_text(encoding="utf-8")
    return [body.strip() for language, body in BLOCK.findall(text) if language == "sql"]


def documented_tables() -> dict[str, list[tuple[str, str]]]:
    """Table -> (column, type) as docs/sql.md lists them under its headings."""
    tables: dict[str, list[tuple[str, str]]] = {}
    name = ""
    for line in (DOCS / "sql.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            found = re.fullmatch(r"### `(\w+)`", line)
            name = found[1] if found else ""
            if name:
                tables[name] = []
        elif name and (row := re.match(r"\| `(\w+)` \| ([^|]+) \|", line)):
            tables[name].append((row[1], row[2].strip()))
    return tables


def own_files() -> Iterator[Path]:
    """The repository's own text: not the environment, not data, not what tools leave behind."""
    for path in sorted(ROOT.iterdir()):
        if (
            path.is_dir()
            and path.name not in NOT_OURS
            and (not path.name.startswith(".") or path.name in (".ci", ".github"))
        ):
            yield from (p for p in path.rglob("*") if p.is_file() and _is_own(p))
        elif path.is_file() and (
            path.suffix in KINDS or path.name in ("Makefile", "LICENSE", ".editorconfig", ".gitignore")
        ):
            yield path


def _is_own(path: Path) -> bool:
    inside = path.relative_to(ROOT).parts[:-1]
    return (path.suffix in KINDS or path.name == "run") and not NOT_OURS.intersection(inside)


@pytest.fixture
def published(opened: Config) -> Path:
    """A published file with documents, themes, topics and trends in it."""
    return store.published_file(opened)


def test_every_table_and_column_is_documented_and_nothing_else_is(published: Path) -> None:
    with duckdb.connect(published, read_only=True) as connection:
        rows = connection.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() "
            "WHERE schema_name = 'main' AND NOT internal ORDER BY table_name, column_index"
        ).fetchall()
    tables: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind in rows:
        tables.setdefault(table, []).append((column, SHORT.get(kind, kind)))
    documented = documented_tables()
    assert sorted(documented) == sorted(tables)
    for table, columns in tables.items():
        assert documented[table] == columns, f"docs/sql.md, table {table}"


def test_every_documented_query_runs(published: Path) -> None:
    assert len(sql_blocks()) > len(documented_tables())
    with store.open_published(published, search=True) as connection:
        for query in sql_blocks():
            try:
                connection.execute(query).fetchall()
            except duckdb.Error as error:
                pytest.fail(f"docs/sql.md: {error}\n{query}")


def test_every_table_has_a_query_of_its_own() -> None:
    text = (DOCS / "sql.md").read_text(encoding="utf-8")
    for name in documented_tables():
        section = text.partition(f"### `{name}`\n")[2].partition("\n##")[0]
        (query,) = (body for language, body in BLOCK.findall(section) if language == "sql")
        assert re.search(rf"\b{name}\b", query), f"the query of {name} doesn't ask it"


def test_every_command_is_documented_and_every_documented_one_exists() -> None:
    text = (DOCS / "flow.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\bthemeshift ([a-z-]+)", text))
    assert named == set(cli.commands)


def test_every_make_target_is_documented_and_every_documented_one_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*##", makefile, re.MULTILINE))
    text = (DOCS / "flow.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `make ([a-z-]+)` \|", text, re.MULTILINE))
    assert rows == targets


def test_every_stage_is_documented_in_order() -> None:
    from pipeline.flow import NAMES

    text = (DOCS / "flow.md").read_text(encoding="utf-8")
    section = text.partition("## The stages\n")[2].partition("\n## ")[0]
    assert tuple(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == NAMES


def test_the_settings_that_methods_names_have_the_values_it_says(config: Config) -> None:
    config = configuration.load(config.data)
    sections = (
        config.duplicates,
        config.passages,
        config.embed,
        config.topics,
        config.code,
        config.trend,
        config.label,
        config.shifts,
        scope.load(config.scope_file),
    )
    # Two sections may have a key of one name.
    settings = [(key, value) for section in sections for key, value in asdict(section).items()]
    text = (DOCS / "methods.md").read_text(encoding="utf-8")
    named = re.findall(r"`(\w+)`\s\(([\d.,]+)\)", text)
    assert len(named) >= 8
    for key, value in named:
        assert (key, float(value.replace(",", ""))) in settings, f"docs/methods.md: {key}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_to_a_file(page: Path) -> None:
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    for target in LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), f"{page.name}: {target}"
        if anchor and file.suffix == ".md":
            assert anchor in anchors(file), f"{page.name}: {target}"


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", BLOCK.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_repository_names_no_place_outside_itself() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {hit[0]}"
        for path in own_files()
        for hit in ELSEWHERE.finditer(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


def test_the_spider_of_the_worked_example_is_one() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^ *```python\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    made: dict[str, Any] = {"__name__": "example"}
    exec(dedent(code), made)
    spider = made["PolicyPost"]
    assert len(dedent(code).splitlines()) == 17
    assert issubclass(spider, SourceSpider)
    assert spider.article.fullmatch("/news/2014/a-merger-in-the-north")
    assert not spider.article.fullmatch("/news")
    (table,) = tomllib.loads(
        dedent(re.findall(r"^ *```toml\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)[0])
    ).items()
    assert make(Source, {"source": table[0], **table[1]}, "CONTRIBUTING.md").source == spider.name


def test_every_room_is_told_of_and_no_other() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `pipeline/(\w+)/` \|", text, re.MULTILINE)
    rooms = [path.parent.name for path in (ROOT / "pipeline").glob("*/__init__.py")]
    assert sorted(told) == sorted([*rooms, "sql"])


def test_the_version_is_the_same_wherever_it_stands() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"\nversion: {project['version']}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\n## {project['version']}\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_decisions_are_numbered_without_gaps_and_say_what_they_must() -> None:
    decisions = sorted((DOCS / "decisions").glob("*.md"))
    for number, page in enumerate(decisions, 1):
        text = page.read_text(encoding="utf-8")
        assert page.name.startswith(f"{number:04d}-")
        assert text.startswith(f"# {number:04d}: ")
        assert re.search(r"^Status: \w+, \d{4}-\d\d-\d\d\.$", text, re.MULTILINE)
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
