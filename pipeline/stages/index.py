"""archive, sources.toml, events.toml -> capture, crawl_run, universe, refusal, revisit, policy_file, source,
source_terms, event, code_sample, human_code, imported_code.

What the archive holds, with its samples, the codes that people gave them, and the codings of other programs.

When: captures, revisits and runs that it has not seen, or all anew where the rules changed; an index that is
behind its WARC file is brought up to it first.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pipeline import store
from pipeline.archive import Archive
from pipeline.archive.index import forgotten, unfinished
from pipeline.archive.wholeness import told
from pipeline.config import Config, read_toml
from pipeline.errors import ArchiveError, ConfigError, SetAside
from pipeline.fingerprints import rules
from pipeline.labelling import codes as labelling
from pipeline.labelling import codings
from pipeline.progress import Tell
from pipeline.records import CaptureRef, counted
from pipeline.store import Connection

TABLES = ("capture", "crawl_run", "universe", "refusal", "revisit", "policy_file")
"""What is taken in once, by anti-joins."""
EVENT_KEYS = {"date", "title", "kind", "reference"}


def run(connection: Connection, config: Config, tell: Tell) -> int:
    """Take in what the archive holds and the database has not seen. Returns new captures."""
    _forget_what_other_rules_took_in(connection)
    archive = Archive(config.archive, config.source_of)
    for found in archive.sync():
        tell.warn(found.message)
    for name, lost in archive.lost().items():
        tell.warn(
            f"{name}: {told(lost, 'capture')} acknowledged and no longer there: restore {name} from a copy "
            "(`themeshift verify` says more)"
        )
    if unfinished(config.archive):
        tell.warn(
            "captures are to be forgotten, and not all is done: `themeshift forget --yes` goes on with it"
        )
    _load_sources(connection, config)
    _load_events(connection, config)
    for message in labelling.fill(connection, config.archive):
        tell.warn(message)
    for message in codings.fill(connection, config.archive):
        tell.warn(message)
    indexes = [str(p) + ".jsonl" for p in archive.files()]
    if not indexes:
        return 0
    named = store.queries("index")
    before = store.value(connection, "SELECT count(*) FROM capture")
    there = {name: _lines_of(name) for name in indexes}  # first: a file may be growing
    connection.execute(named["stage_lines"], [indexes])
    taken = dict(connection.execute(named["lines"]).fetchall())
    for name, number in there.items():
        if (missing := number - taken.get(name, 0)) > 0:
            tell.warn(
                f"{name}: {counted(missing, 'line')} could not be taken in; `themeshift verify --repair` "
                "makes it again from the records"
            )
    for query in (*TABLES, "other_source"):
        connection.execute(named[query])
    stones = sorted(forgotten(config.archive))
    if back := store.value(connection, named["forgotten_and_there"], [stones]):
        tell.warn(
            f"{counted(back, 'capture')} left out that had been forgotten: `themeshift forget --yes` removes "
            "what is back"
        )
        connection.execute(named["leave_out"], [stones])
    _read_policies(connection, archive)
    connection.execute("DROP TABLE index_line")
    return int(store.value(connection, "SELECT count(*) FROM capture")) - int(before)


def _forget_what_other_rules_took_in(connection: Connection) -> None:
    """Where the rules have changed, the whole archive is taken in again; nothing is read again for that."""
    today = rules(__name__, without=(codings.__name__,))
    if store.unchanged(connection, "index", today):
        return
    for table in TABLES:
        connection.execute(f"DELETE FROM {table}")
    connection.execute("DELETE FROM stage_run WHERE stage = 'labels'")
    store.mark(connection, "index", today)


def _lines_of(index: str) -> int:
    """How many whole lines it has."""
    with Path(index).open("rb") as stream:
        return sum(line.endswith(b"\n") for line in stream)


def _load_sources(connection: Connection, config: Config) -> None:
    connection.execute("DELETE FROM source")
    columns = ("source", "name", "kind", "homepage", "rights", "licence", "covers")
    rows = [[getattr(source, c) for c in columns] for source in config.sources.values()]
    store.insert(connection, "source", columns, rows)
    connection.execute("DELETE FROM source_terms")
    terms = [
        [s.source, s.permission, s.retain_days, None if s.retain_until == date.max else s.retain_until]
        for s in config.sources.values()
    ]
    named = ("source", "permission", "retain_days", "retain_until")
    store.insert(connection, "source_terms", named, terms)


def _read_policies(connection: Connection, archive: Archive) -> None:
    """The texts of policy files that are new; of one that can't be read, an empty text."""
    named = store.queries("index")
    for row in connection.execute(named["unread_policies"]).fetchall():
        try:
            body = archive.read(CaptureRef(*row)).body
        except (ArchiveError, SetAside):
            body = b""
        connection.execute(named["policy_text"], [row[0], body.decode("utf-8-sig", "replace")])


def _load_events(connection: Connection, config: Config) -> None:
    connection.execute("DELETE FROM event")
    events = read_toml(config.events_file).get("event", [])
    for number, event in enumerate(events, 1):
        if set(event) != EVENT_KEYS:
            raise ConfigError(
                f"{config.events_file}: event {number} must have exactly the keys "
                f"{', '.join(sorted(EVENT_KEYS))}"
            )
    columns = ("date", "title", "kind", "reference")
    store.insert(connection, "event", columns, [[e[c] for c in columns] for e in events])
