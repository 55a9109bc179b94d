"""The spiders that sources.toml makes: one class for each table that names a general spider."""

from __future__ import annotations

import difflib
import re

from pipeline.config import Config
from pipeline.errors import ConfigError
from pipeline.settings import Source
from spiders.feed import Feed
from spiders.general import GeneralSpider
from spiders.sitemap import Sitemap
from spiders.wayback import COLLAPSE, Wayback

KINDS: dict[str, type[GeneralSpider]] = {"feed": Feed, "sitemap": Sitemap, "wayback": Wayback}
"""What a table may name as its `spider`."""


def declare(config: Config) -> bool:
    """Make the classes of `config` this module's own, where Scrapy looks for them. False if there are none.

    Raises ConfigError for a table that no spider can work by.
    """
    for name in [name for name, value in globals().items() if _made(value)]:
        del globals()[name]
    made = {source.source: spider_of(source) for source in config.sources.values() if source.spider}
    globals().update({f"spider_{name}": made[name] for name in made})
    return bool(made)


def spider_of(source: Source) -> type[GeneralSpider]:
    """The class for one table."""
    where = f"sources.toml [{source.source}]"
    kind = KINDS.get(source.spider)
    if kind is None:
        close = difflib.get_close_matches(source.spider, KINDS, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(KINDS)}"
        raise ConfigError(f"{where}: unknown spider {source.spider!r}; {hint}")
    if not source.urls or not source.hosts:
        raise ConfigError(f"{where}: a {source.spider} needs `urls` to begin at and its articles' `hosts`")
    try:
        re.compile(source.article)
    except re.error as error:
        raise ConfigError(f"{where} article is no pattern: {error}") from error
    if source.captures not in COLLAPSE:
        raise ConfigError(f"{where} captures must be one of {', '.join(COLLAPSE)}, not {source.captures!r}")
    return kind.made(source, __name__)


def _made(value: object) -> bool:
    return isinstance(value, type) and value.__module__ == __name__
