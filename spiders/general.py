"""What the general spiders share: everything they know comes from the source's table in sources.toml."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from pipeline.settings import Source
from spiders.base import SourceSpider


class GeneralSpider(SourceSpider):
    """A spider for any site. `declared` is the table that makes it one for a certain source."""

    declared: ClassVar[Source]

    @classmethod
    def made(cls, source: Source, module: str) -> type[Self]:
        """The class that gathers `source`, as if it were written in `module`."""
        values = {
            "name": source.source,
            "host": source.hosts[0],
            "allowed_domains": cls.domains(source),
            "declared": source,
            "__doc__": f"Finds {source.covers or source.name}.",
            "__module__": module,
        }
        return type(f"Configured{cls.__name__}", (cls,), values)

    @classmethod
    def domains(cls, source: Source) -> tuple[str, ...]:
        """Where requests may go: the source's hosts and those of `urls`."""
        named = [urlsplit(url).hostname or "" for url in source.urls]
        return tuple(dict.fromkeys(host.removeprefix("www.") for host in (*source.hosts, *named) if host))

    async def start(self) -> AsyncIterator[Any]:
        """Ask for the addresses that the table names."""
        for url in self.declared.urls:
            yield self.page(url)

    def document_url(self, url: str) -> str | None:
        """The address of an article on one of the source's hosts, its path as the table says."""
        found = self.canonical(url)
        parts = urlsplit(found)
        if parts.hostname not in self.hosts or not re.fullmatch(self.declared.article or ".*", parts.path):
            return None
        return found

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that articles may be on."""
        return self.declared.hosts
