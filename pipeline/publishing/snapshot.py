"""The snapshot swap: build aside, verify, rename over. A reader sees a whole file, always.

A SQL client that has the old file open keeps its snapshot; the next one to open gets the new file.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pipeline import store
from pipeline.config import Config
from pipeline.durable import is_running, sync_folder, to_disk
from pipeline.errors import PublishError, refusal
from pipeline.progress import Tell
from pipeline.publishing import manifest
from pipeline.stages.tally import check_sums
from pipeline.store import Connection

READ_ONLY = 0o444
AGAIN = "run `themeshift build`, then publish again"


@dataclass(frozen=True, slots=True)
class Published:
    """A published file: where it is, how large (bytes), and the rows of its tables."""

    path: Path
    bytes: int
    tables: dict[str, int]


def publish(config: Config, tell: Tell) -> Published:
    """Swap a fresh snapshot of the working database into place.

    Raises PublishError where there is nothing to publish or the snapshot fails its checks; the
    published file then stays as it was.
    """
    working = store.working_file(config)
    if not working.exists():
        raise PublishError(f"{working} is not there: run `themeshift build` first")
    target = store.published_file(config)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}.{os.getpid()}")
        _clear_drafts(target)
        with tell.working("publish"):
            tables = snapshot(draft, working)
        manifest.write(target, draft, tables)
        _swap(draft, target)
    except OSError as error:
        raise PublishError(
            f"{target} can't be written: {error.strerror or error}. It stays as it was"
        ) from error
    return Published(target, target.stat().st_size, tables)


def snapshot(draft: Path, working: Path, searchable: bool = True) -> dict[str, int]:
    """Fill and check a new file, `draft`, from the working database. Returns the rows of its tables.

    Raises PublishError where that is not possible; the file is then removed.
    """
    try:
        with store.create(draft) as connection:
            store.attach_working(connection, working)
            if store.value(connection, "SELECT count(*) FROM w.about") != 1:
                raise PublishError(f"{working} has not been built to the end: {AGAIN}")
            store.run_script(connection, "publish", PublishError(f"{working} is of an older shape: {AGAIN}"))
            connection.execute("DETACH w")
            tables = verify(connection)
            if searchable:
                store.load_text_search(connection)
                connection.execute("PRAGMA create_fts_index('passage', 'passage_id', 'text')")
            connection.execute("CHECKPOINT")
            return tables
    except BaseException as error:
        draft.unlink(missing_ok=True)
        _wal(draft).unlink(missing_ok=True)
        if isinstance(error, store.BROKEN) and (why := refusal(error)):
            raise PublishError(f"{draft} can't be written: {why}, then publish again") from error
        raise


def verify(connection: Connection) -> dict[str, int]:
    """Check a snapshot: keys lead somewhere, offsets fit, the flow adds up, everything has a comment.

    Returns the number of rows per table. Raises PublishError, naming the check that failed.
    """
    for name, query in store.queries("verify").items():
        if name != "steps" and (bad := store.value(connection, query)):
            raise PublishError(f"the snapshot fails the check {name!r} ({bad} times); nothing was published")
    check_sums(dict(connection.execute(store.queries("verify")["steps"]).fetchall()))
    names = connection.execute(store.queries("integrity")["tables"]).fetchall()
    return {n: int(store.value(connection, f'SELECT count(*) FROM "{n}"')) for (n,) in names}


def _swap(draft: Path, target: Path) -> None:
    draft.chmod(READ_ONLY)
    with draft.open("rb") as stream:
        to_disk(stream.fileno())
    # A log left beside the target by a client that opened it for writing would break the next open.
    _wal(target).unlink(missing_ok=True)
    draft.replace(target)
    sync_folder(target.parent)


def _clear_drafts(target: Path) -> None:
    """Remove what a killed run left behind."""
    for old in target.parent.glob(f".{target.name}.*"):
        pid = old.name.removesuffix(".wal").rpartition(".")[2]
        if not (pid.isdigit() and is_running(int(pid)) and int(pid) != os.getpid()):
            old.unlink(missing_ok=True)


def _wal(path: Path) -> Path:
    return path.with_name(path.name + ".wal")
