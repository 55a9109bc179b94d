"""docs/sources.md, from its template, sources.toml and what the spiders say of themselves: `make docs`.

python -m spiders.describe > docs/sources.md
"""

from __future__ import annotations

import sys
from importlib import import_module

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.config import ROOT, Config, load
from pipeline.errors import ConfigError, PipelineError
from pipeline.settings import Source

TEMPLATE = "sources.md.jinja"


def describe(config: Config) -> str:
    """The page on the sources. Raises ConfigError where the template leaves one of them out."""
    told: list[str] = []

    def section(name: str) -> str:
        told.append(name)
        return heading(config.sources[name], config)

    environment = Environment(
        loader=FileSystemLoader(ROOT / "docs"),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - the page is Markdown
    )
    text = environment.get_template(TEMPLATE).render(section=section, table=overview(config))
    if missing := config.sources.keys() - told:
        raise ConfigError(f"docs/{TEMPLATE} has no section for {', '.join(sorted(missing))}")
    return text


def overview(config: Config) -> str:
    """A row for each source."""
    rows = ["| Source | Name | Kind | Since | Found by | Licence |", "|---|---|---|---|---|---|"]
    for source in config.sources.values():
        values = (f"`{source.source}`", source.name, source.kind, source.since, way(source), source.licence)
        rows.append("| " + " | ".join(values) + " |")
    return "\n".join(rows)


def heading(source: Source, config: Config) -> str:
    """The heading of a source's section, and the rows of its table that are declared."""
    pace = max(source.delay, config.crawl.delay)
    rows = {
        "Gathered": source.covers,
        "Since": source.since,
        "Hosts": ", ".join(f"`{host}`" for host in source.hosts),
        "Spider": f"{way(source)}: {doc_of(source)}",
        "Pace": f"{pace:g} seconds between requests, at the least",
        "Rights": source.rights,
        "Licence": source.licence,
    }
    lines = [f"## {source.name} (`{source.source}`)", "", "| | |", "|---|---|"]
    return "\n".join(lines + [f"| {key} | {value} |" for key, value in rows.items() if value])


def way(source: Source) -> str:
    """The spider's file."""
    return f"`spiders/{source.spider or source.source}.py`"


def doc_of(source: Source) -> str:
    """What a spider's file says of itself, in a sentence."""
    first = (import_module(f"spiders.{source.spider or source.source}").__doc__ or "").partition("\n")[0]
    return first.partition(": ")[2] or first


def main() -> int:
    """Exit code 0, or 2 where the page can't be made."""
    try:
        sys.stdout.write(describe(load()))
    except PipelineError as error:
        sys.stderr.write(f"describe: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
