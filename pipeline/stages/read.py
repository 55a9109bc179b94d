"""archive, capture, revisit, source -> reading, document, document_version.

A reading belongs to one capture and one version of the readers. Readings don't depend on one another:
they are committed in chunks, so that an interrupted run goes on where it stood. What follows from
them, `document` and `document_version`, is derived anew in one transaction.

When: captures that today's version of the readers has not read; `document` is derived again if any reading or
the rules changed. What was damaged is tried again each time: its file may have been restored.
Interrupted: readings are committed 512 at a time and stay; it goes on from there (docs/decisions/0006).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Any

from pipeline import store
from pipeline.archive.wholeness import told
from pipeline.config import Config
from pipeline.fingerprints import rules
from pipeline.progress import Tell
from pipeline.readers import reading_row
from pipeline.readers.decode import KINDS
from pipeline.readers.reading_row import COLUMNS, Row, reading, row_of
from pipeline.records import CaptureRef, short_id
from pipeline.store import Connection
from pipeline.workers import Limits, Lost, Workers

CHUNK = 512
"""Readings that are committed together: what an interruption may cost."""
ALONE = 100
"""So many captures are worth a process: it is ready sooner than the second one would have helped."""

READERS = {"record": (), "text": (), "pdf": ("pipeline.readers.pdf",), "docx": ("pipeline.readers.word",)}
"""What the worker processes import before they are forked, for kinds of file that need no trafilatura."""


def run(connection: Connection, config: Config, tell: Tell) -> int:
    """Read what no reader of today's version has read. Returns how many captures that was."""
    named = store.queries("read")
    reader = reader_version(config)
    connection.execute(named["damaged_again"])
    total = int(store.value(connection, named["how_many"], [reader]))
    done = 0
    damaged: list[str] = []
    # A cursor of its own: the captures to read are streamed while the readings are written.
    with connection.cursor() as unread:
        unread.execute(named["unread"], [reader])
        types = [str(name) for (name,) in connection.execute(named["media_types"], [reader]).fetchall()]
        for rows in _chunks(_readings(_refs(unread), total, _preloaded(types), config), CHUNK):
            with store.transaction(connection):
                store.insert(connection, "reading", COLUMNS, rows)
            done += len(rows)
            damaged += [str(row[COLUMNS.index("detail")]) for row in rows if row[2] == "damaged"]
            tell.steps(done, total)
    if damaged:
        tell.warn(
            f"{told(damaged, 'capture')} damaged, and no document now: restore the WARC file from a copy, "
            "and the next build reads it again (`themeshift verify` names all)"
        )
    hosts = str([(source.source, source.hosts) for source in config.sources.values()])
    state = str(store.value(connection, named["reading_state"], [reader]))
    fingerprint = short_id(reader, rules(__name__), hosts, state)
    if store.unchanged(connection, "document", fingerprint):
        return done
    with store.transaction(connection):
        derive_documents(connection, reader, config)
        store.mark(connection, "document", fingerprint)
    return done


def reader_version(config: Config) -> str:
    """Names the readers and the settings that change what they give."""
    return _version(config.read.min_words, config.read.earliest)


def derive_documents(connection: Connection, reader: str, config: Config) -> None:
    """Fill `document` and `document_version` from the readings of `reader`."""
    named = store.queries("read")
    connection.execute("DELETE FROM document")
    connection.execute("DELETE FROM document_version")
    connection.execute(named["seen_at"])
    connection.execute(named["sighting"])
    connection.execute(named["document"], [reader])
    connection.execute(named["document_version"], [reader])
    _by_address(connection, config)
    connection.execute(named["other_source"])
    connection.execute("DELETE FROM reading WHERE reader <> ?", [reader])


def _by_address(connection: Connection, config: Config) -> None:
    """Documents that no declared source named are those of the source that has the address they state."""
    rows = connection.execute(store.queries("read")["undeclared"], [list(config.sources)]).fetchall()
    found = [(source, name) for name, url in rows if (source := config.source_of(url))]
    if found:
        connection.executemany(store.queries("read")["belongs"], found)


def _version(min_words: int, earliest: int) -> str:
    """A change of any reader gives a new reading of every capture: no number to forget to raise."""
    return f"{rules(reading_row.__name__)}/{min_words}/{earliest}"


def _preloaded(media_types: Iterable[str]) -> set[str]:
    """What all workers will need. What only a wrongly declared file needs is imported where it is read."""
    kinds = {KINDS.get(name, "html") for name in media_types}
    return {module for kind in kinds for module in READERS.get(kind, ("pipeline.readers.html",))}


def _readings(
    refs: Iterable[CaptureRef], total: int, preloaded: Iterable[str], config: Config
) -> Iterator[Row]:
    """A row for each capture, whatever happens to the process that reads it."""
    if not total:
        return
    limits = Limits(config.read.seconds, config.read.megabytes)
    processes = min(config.read.processes or os.cpu_count() or 1, -(-total // ALONE))
    version = reader_version(config)
    read = partial(reading, config.archive, version, config.read.min_words, config.read.earliest)
    with Workers(processes, limits, ("pipeline.readers.reading_row", *preloaded)) as workers:
        for ref, row in workers.map(read, refs):
            yield row_of(ref, version, row.reason, row.detail) if isinstance(row, Lost) else row


def _refs(unread: Connection) -> Iterator[CaptureRef]:
    while rows := unread.fetchmany(CHUNK):
        yield from (CaptureRef(*row) for row in rows)


def _chunks(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
