"""Counted documents × themes or topics: what trends, and tests of them, are made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipeline import store
from pipeline.config import Config, refuse_unknown
from pipeline.errors import ConfigError
from pipeline.store import Connection, Rows
from pipeline.trends.mix import fixed_mix
from pipeline.trends.prevalence import Documents
from pipeline.trends.resampling import Floats

MEASURES = ("share", "mention")
KINDS = ("theme", "topic")
Names = list[tuple[str, str]]
"""(measure, series) of each column."""


def states(connection: Connection) -> list[str]:
    """What all series rest on, in short: it differs where a document or a coding does."""
    named = store.queries("trend")
    return [str(store.value(connection, named[f"{name}_state"])) for name in ("document", *KINDS)]


def counted(connection: Connection, config: Config) -> Rows:
    """(document_id, source, published, precision, passages) of the documents that trends count."""
    return connection.execute(store.queries("trend")["documents"], [list(config.trend.access)]).fetchall()


def dated(documents: Rows) -> Documents:
    """Documents as `counted` lists them, without any series."""
    _, sources, published, precision, passages = zip(*documents, strict=True) if documents else ((),) * 5
    none = np.zeros((len(documents), 0))
    return Documents(sources, published, precision, np.array(passages, dtype=np.float64), none)


def side_by_side(connection: Connection, documents: Rows) -> tuple[Documents, list[tuple[str, str, str]]]:
    """The documents with all series of themes and topics, and their names: (kind, measure, series)."""
    found = [(kind, *values_of(connection, documents, kind)) for kind in KINDS]
    names = [(kind, *name) for kind, _, own in found for name in own]
    return replace(dated(documents), values=np.hstack([values for _, values, _ in found])), names


def measured(connection: Connection, documents: Rows, kind: str) -> tuple[Documents, Names] | None:
    """Both measures of all series of a kind, theme or topic, side by side; None where there is nothing."""
    values, names = values_of(connection, documents, kind)
    return (replace(dated(documents), values=values), names) if names else None


def values_of(connection: Connection, documents: Rows, kind: str) -> tuple[Floats, Names]:
    """(documents, series) of both measures of all series of a kind, theme or topic, and their names."""
    named = store.queries("trend")
    series = [name for (name,) in connection.execute(named[f"{kind}s"]).fetchall()]
    if not (documents and series):
        return np.zeros((len(documents), 0)), []
    hits = connection.execute(named[f"{kind}_hits"]).fetchall()
    share = shares([name for name, *_ in documents], series, hits, np.array([row[-1] for row in documents]))
    names = [(measure, name) for measure in MEASURES for name in series]
    return np.hstack([share, (share > 0).astype(float)]), names


def shares(
    ids: Sequence[str], series: list[str], hits: Sequence[tuple[str, str, int]], size: Floats
) -> Floats:
    """(documents, series): the share of each document's passages that carry each series."""
    row = {name: at for at, name in enumerate(ids)}
    column = {name: at for at, name in enumerate(series)}
    counts = np.zeros((len(ids), len(series)))
    for document, name, number in hits:
        if document in row:
            counts[row[document], column[name]] = number
    return np.asarray(counts / size[:, None])


def mix_of(sources: Sequence[str], config: Config) -> dict[str, float]:
    """The fixed mix; a name that no source has is refused, or the mix would never be complete.

    Raises ConfigError where the weights in config.toml make no mix of sources.
    """
    weights = config.trend.weights
    where = f"{config.file} [trend] weights"
    refuse_unknown(weights, dict.fromkeys([*config.sources, *sources]), where)
    if weights and not sum(weights.values()) > 0:
        raise ConfigError(f"{where}: at least one must be above 0")
    return fixed_mix(sources, weights)
