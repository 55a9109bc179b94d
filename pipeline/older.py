"""A query that fails since the published file was made by another version of Themeshift."""

from __future__ import annotations

from importlib.metadata import version

from pipeline import store
from pipeline.config import Config
from pipeline.errors import StoreError
from pipeline.stages.tally import commit


def explain(error: Exception, config: Config) -> None:
    """Raise StoreError in place of `error` where that is why a table or column is missing."""
    path = store.published_file(config)
    if not (isinstance(error, store.MISSING) and path.exists()):
        return
    with store.open_published(path) as connection:
        made_by = connection.execute("SELECT version, commit FROM about").fetchone()
    if made_by != (version("themeshift"), commit()):
        raise StoreError(
            f"{path} was published by another version of Themeshift ({' '.join(made_by or ())}) and lacks "
            "what this one asks for: run `themeshift build` and `themeshift publish`"
        ) from error
