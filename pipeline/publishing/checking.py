"""The published file held against its manifest, its own checks, and the passages that its figures rest on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline import store
from pipeline.archive.wholeness import Flaw
from pipeline.config import Config
from pipeline.durable import digest_of_file
from pipeline.errors import PublishError, StoreError, is_short
from pipeline.publishing.manifest import build_of, manifest_of, read
from pipeline.publishing.snapshot import verify
from pipeline.store import Connection

PASSAGES = {
    "theme": ("theme", "SELECT passage_id, theme AS series FROM passage_theme WHERE coded"),
    "topic": ("topic_id", "SELECT passage_id, topic_id AS series FROM passage_topic"),
}
AGAIN = "`themeshift verify --repair` or `themeshift publish` makes it again from the working database"


def recomputed(connection: Connection, kind: str) -> tuple[int, int, int]:
    """Prevalences of themes or topics computed once more from the published passages.

    Returns how many were computed, how many of them are as published, and how many are published.
    """
    access = store.value(connection, store.queries("integrity")["access"])
    key, passages = PASSAGES[kind]
    query = store.queries("recompute")["prevalences"].format(kind=kind, key=key, passages=passages)
    found, alike, published = connection.execute(query, {"access": access}).fetchall()[0]
    return int(found), int(alike), int(published)


def check(config: Config, deep: bool = True) -> list[Flaw]:
    """What is damaged of the published file; [] where nothing is published.

    Without `deep` it is enough that its bytes are those that were published.
    """
    file = store.published_file(config)
    manifest = manifest_of(file)
    if not file.exists():
        gone = Flaw(file.name, "it is not there, though its manifest is", AGAIN, "publish")
        return [gone] if manifest.exists() else []
    try:
        said = read(manifest)
    except FileNotFoundError:
        return [Flaw(manifest.name, "it is not there: nothing tells what was published", AGAIN, "publish")]
    except (OSError, ValueError) as error:
        return [Flaw(manifest.name, f"it is damaged: {error}", AGAIN, "publish")]
    flaws = []
    digest = digest_of_file(file)
    if digest == said["sha256"] and not deep:
        return []
    if digest not in (said["sha256"], said["before"]):
        what = f"its SHA-256 is {digest[:16]}…, not {said['sha256'][:16]}… as when it was published"
        flaws.append(Flaw(file.name, what, AGAIN, "publish"))
    try:
        with store.open_published(file) as connection:
            tables = said["tables"] if digest != said["before"] else {}
            flaws += [Flaw(file.name, what, AGAIN, "publish") for what in _wrong(connection, tables, said)]
    except (StoreError, store.BROKEN) as error:
        if is_short(error):
            raise
        flaws.append(
            Flaw(file.name, f"it can't be read: {' '.join(str(error).split())[:200]}", AGAIN, "publish")
        )
    return flaws


def _wrong(connection: Connection, tables: Mapping[str, int], said: Mapping[str, Any]) -> Iterator[str]:
    """What a published file says of itself that isn't so."""
    try:
        rows = verify(connection)
    except (PublishError, StoreError) as error:
        yield str(error).removesuffix("; nothing was published")
        return
    other = sorted(name for name, number in tables.items() if rows.get(name) != number)
    if other:
        yield f"rows of {', '.join(other[:5])} are not as many as the manifest says"
    if tables and build_of(connection) != said["build"]:
        yield "it is of another build than the manifest says"
    for name, query in store.queries("integrity").items():
        if name.startswith("published: ") and (bad := store.value(connection, query)):
            yield f"{name.removeprefix('published: ')}: not so {bad} times"
    for kind in PASSAGES:
        found, alike, published = recomputed(connection, kind)
        if not found == alike == published:
            yield f"of {published:,} prevalences of {kind}s {alike:,} are what its passages give"
