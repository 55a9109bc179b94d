"""The only file that opens DuckDB: the working database, the published one, and data files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from pipeline.config import Config
from pipeline.durable import sealed_anew
from pipeline.errors import StoreError, refusal
from pipeline.records import refuse_newer, short_id

SQL = Path(__file__).parent / "sql"
Connection = duckdb.DuckDBPyConnection
Rows = list[tuple[Any, ...]]
BROKEN = duckdb.Error
"""What reading a database raises, where it is damaged or in any other way."""
CORRUPT = (duckdb.SerializationException, duckdb.InternalException, duckdb.FatalException)
MISSING = (duckdb.BinderException, duckdb.CatalogException)
"""What a query raises for a table or a column that isn't there."""
# Nothing is ever fetched: extensions come as packages, at the version of the library.
SETTINGS: dict[str, Any] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "preserve_insertion_order": True,
}


def working_file(config: Config) -> Path:
    """Where the working database lies."""
    return config.working / "working.duckdb"


def published_file(config: Config) -> Path:
    """Where the published database lies."""
    return config.published / "themeshift.duckdb"


@contextmanager
def open_working(config: Config, say: Callable[[str], None] = lambda said: None) -> Iterator[Connection]:
    """The working database, read and write, with its tables made; `say` is told if it had to be emptied.

    Raises StoreError where another process has it open, the disk refuses, or a newer version made it.
    """
    path = working_file(config)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = _connect(path)
    except (duckdb.Error, OSError) as error:
        raise StoreError(_why_not(path, error)) from error
    with sealed_anew(path):
        try:
            _make_tables(connection, path, say)
            yield connection
        except (duckdb.IOException, duckdb.FatalException) as error:
            if isinstance(error, duckdb.FatalException) and not refusal(error):
                raise  # a defect, and worth its traceback
            raise StoreError(_why_not(path, error)) from error
        except duckdb.OutOfMemoryException as error:
            raise StoreError(f"{path}: {_first_line(error)}") from error
        finally:
            connection.close()


@contextmanager
def read_working(config: Config) -> Iterator[Connection]:
    """The working database, only read, of whatever shape. Raises StoreError where it can't be read."""
    path = working_file(config)
    try:
        connection = _connect(path, read_only=True)
    except (duckdb.Error, OSError) as error:
        raise StoreError(_why_not(path, error)) from error
    try:
        yield connection
    except MISSING:
        raise
    except duckdb.Error as error:
        raise StoreError(_why_not(path, error)) from error
    finally:
        connection.close()


def open_published(path: Path, search: bool = False, unsafe: bool = False) -> Connection:
    """A published database, read-only; with `search`, its full-text search can be asked too.

    No query on it, and no view in it, reaches another file, the network or a setting, unless `unsafe`.
    Raises StoreError where it is absent or no database.
    """
    if not path.exists():
        raise StoreError(f"{path} is not there yet: run `themeshift build`, then `themeshift publish`")
    try:
        connection = _connect(path, read_only=True)
        if search:
            load_text_search(connection)
    except (duckdb.Error, OSError) as error:
        raise StoreError(f"{path} can't be opened: {_first_line(error)}") from error
    if not unsafe:
        _shut(connection)
        with suppress(*MISSING):  # without that table it is none of ours
            refuse_newer(path, value(connection, "SELECT version FROM about") or "")
    return connection


def _shut(connection: Connection, *files: Path) -> None:
    """Nothing asked of it reaches more than what it has open, and `files`, from now on."""
    connection.execute(f"SET allowed_paths = [{', '.join(map(quoted, files))}]")
    for name in ("enable_external_access", "python_enable_replacements", "allow_community_extensions"):
        connection.execute(f"SET {name} = false")
    connection.execute("SET lock_configuration = true")


def open_beside(file: Path) -> Connection:
    """An empty database that can reach that one file, and nothing else."""
    connection = _connect(":memory:")
    _shut(connection, file)
    return connection


def open_together(**files: Path) -> Connection:
    """Several databases by name, read-only and shut; none: room to work. Raises StoreError for a bad one."""
    connection = _connect(":memory:")
    for name, path in files.items():
        try:
            connection.execute(f"ATTACH {quoted(path)} AS {name} (READ_ONLY)")
        except duckdb.Error as error:
            raise StoreError(f"{path} can't be opened: {_first_line(error)}") from error
    if files:
        _shut(connection)
    return connection


def create(path: Path) -> Connection:
    """A new, empty database file for the publisher to fill."""
    return _connect(path)


def attach_working(connection: Connection, path: Path) -> None:
    """Attach the working database, read-only, as `w`. Raises StoreError where a run has it open."""
    try:
        connection.execute(f"ATTACH {quoted(path)} AS w (READ_ONLY)")
    except duckdb.IOException as error:
        raise StoreError(_why_not(path, error)) from error


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """All or nothing: commits at the end, rolls back on any exception, Ctrl-C included."""
    connection.execute("BEGIN")
    try:
        yield
    except BaseException:
        with suppress(duckdb.Error):  # after a full disk there is nothing left to roll back
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@cache
def queries(name: str) -> Mapping[str, str]:
    """The named queries of `sql/<name>.sql`: each starts with a line `-- name: <query>`."""
    text = (SQL / f"{name}.sql").read_text(encoding="utf-8")
    parts = re.split(r"(?m)^-- name: *([^\n]+)\n", text)
    return dict(zip(parts[1::2], (body.strip() for body in parts[2::2]), strict=True))


def script(name: str) -> str:
    """The whole of `sql/<name>.sql`."""
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


def run_script(connection: Connection, name: str, otherwise: Exception) -> None:
    """Run `sql/<name>.sql` in one transaction; raises `otherwise` where a table or column is missing."""
    try:
        with transaction(connection):
            connection.execute(script(name))
    except MISSING as error:
        raise otherwise from error


def insert(connection: Connection, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> int:
    """Append rows to a table, in bulk. Returns how many."""
    if not rows:
        return 0
    if len(rows) < 60:  # not worth the second that importing pandas takes
        places, names = ", ".join("?" for _ in columns), ", ".join(f'"{name}"' for name in columns)
        connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", rows)
        return len(rows)
    import pandas as pd

    frame = pd.DataFrame(dict(zip(columns, zip(*rows, strict=True), strict=True)), dtype=object)
    insert_frame(connection, table, frame)
    return len(rows)


def insert_frame(connection: Connection, table: str, frame: Any) -> None:
    """Append a pandas frame whose columns are named as the table's."""
    names = ", ".join(f'"{name}"' for name in frame.columns)
    connection.register("incoming", frame)
    try:
        # The analyser otherwise guesses an object column's type from a sample that may be all null.
        connection.execute(f"SET pandas_analyze_sample = {len(frame)}")
        connection.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM incoming")
    finally:
        connection.unregister("incoming")


def quoted(path: Path | str) -> str:
    """A path as an SQL literal, for the statements that take no parameters."""
    return "'" + str(path).replace("'", "''") + "'"


def value(connection: Connection, sql: str, parameters: Sequence[Any] = ()) -> Any:
    """The one value a query gives, or None where it gives no row."""
    row = connection.execute(sql, list(parameters)).fetchone()
    return row[0] if row else None


def unchanged(connection: Connection, work: str, fingerprint: str) -> bool:
    """Whether `work`, a stage or a part of one, was last done under this fingerprint of what it rests on."""
    known = value(connection, f"SELECT fingerprint FROM stage_run WHERE stage = {quoted(work)}")
    return bool(known == fingerprint)


def mark(connection: Connection, work: str, fingerprint: str) -> None:
    """Note that `work` is done: `unchanged` from now on, as long as the fingerprint is the same."""
    connection.execute(
        "INSERT OR REPLACE INTO stage_run VALUES (?, ?, now(), NULL, NULL)", [work, fingerprint]
    )


def load_text_search(connection: Connection) -> None:
    """Load DuckDB's full-text search, from its package: nothing is downloaded."""
    import duckdb_extension_fts

    (extension,) = Path(duckdb_extension_fts.__file__).parent.rglob("fts.duckdb_extension")
    connection.execute(f"LOAD {quoted(extension)}")


def _connect(path: Path | str, read_only: bool = False) -> Connection:
    connection = duckdb.connect(path, read_only=read_only, config=SETTINGS)
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def _make_tables(connection: Connection, path: Path, say: Callable[[str], None]) -> None:
    """No migrations: a database of an older shape is emptied, and the archive fills it again."""
    known = value(connection, "SELECT comment FROM duckdb_tables() WHERE table_name = 'stage_run'") or ""
    shape, _, maker = known.partition(" ")
    refuse_newer(path, maker)
    if shape != _made_by().partition(" ")[0]:
        with transaction(connection):
            start_anew(connection)
        if known:
            by = maker or "an older one"
            say(f"{path} is of another version ({by}): emptied, and filled again from the archive")
    elif known != _made_by():
        connection.execute(f"COMMENT ON TABLE stage_run IS '{_made_by()}'")


def start_anew(connection: Connection) -> None:
    """Empty the working database: the archive fills it again."""
    for (table,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
        connection.execute(f'DROP TABLE "{table}"')
    connection.execute(script("schema"))
    connection.execute(f"COMMENT ON TABLE stage_run IS '{_made_by()}'")


def _made_by() -> str:
    """The shape of the tables, and the version that made them."""
    return f"{short_id(script('schema'))} {version('themeshift')}"


def _why_not(path: Path, error: Exception | str) -> str:
    text = str(error)
    if re.search(r"\block\b", text, re.IGNORECASE):
        holder = re.search(r"PID (\d+)", text)
        who = f" (process {holder[1]})" if holder else ""
        return f"{path} is in use by another run{who}: wait until it has ended, then try again"
    if "No space left" in text:
        return f"the disk is full: {path} can't grow. Nothing is lost: free some space and run this again"
    if "can only read versions" in text or "newer version of DuckDB" in text:
        return f"{path} was written by a newer DuckDB than this: update Themeshift (`make setup`)"
    if isinstance(error, CORRUPT) or re.search("not a valid DuckDB|checksum|corrupt", text, re.IGNORECASE):
        return (
            f"{path} is damaged ({_first_line(error)}). Delete it and run `themeshift build`: "
            "everything in it is rebuilt from the archive"
        )
    return f"{path} can't be used: {refusal(error) or _first_line(error)}. Nothing in the archive is lost"


def _first_line(error: Exception | str) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
