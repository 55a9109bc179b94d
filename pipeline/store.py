"""The only file that opens DuckDB: the working database, the published one, and data files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb

from pipeline.config import Config
from pipeline.durable import sealed_anew
from pipeline.errors import InputError, StoreError, refusal
from pipeline.records import short_id

SQL = Path(__file__).parent / "sql"
FEW = 60
Connection = duckdb.DuckDBPyConnection
Rows = list[tuple[Any, ...]]
BROKEN = duckdb.Error
"""What reading a database raises, where it is damaged or in any other way."""
MISSING = (duckdb.BinderException, duckdb.CatalogException)
"""What a query raises for a table or a column that isn't there."""
# Nothing is ever fetched: extensions come as packages, at the version of the library.
SETTINGS: dict[str, Any] = {
    "autoinstall_known_extensions": False,
    "preserve_insertion_order": True,
}


def working_file(config: Config) -> Path:
    """Where the working database lies."""
    return config.working / "working.duckdb"


def published_file(config: Config) -> Path:
    """Where the published database lies."""
    return config.published / "themeshift.duckdb"


@contextmanager
def open_working(config: Config) -> Iterator[Connection]:
    """The working database, read and write, with its tables made.

    Raises StoreError where another process has it open or the disk refuses.
    """
    path = working_file(config)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = _connect(path)
    except (duckdb.IOException, OSError) as error:
        raise StoreError(_why_not(path, error)) from error
    except (duckdb.SerializationException, duckdb.InternalException, duckdb.FatalException) as error:
        raise StoreError(_why_not(path, f"corrupt: {_first_line(error)}")) from error
    with sealed_anew(path):
        try:
            _make_tables(connection)
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


def open_published(path: Path) -> Connection:
    """A published database, read-only. Raises StoreError where it is absent or no database."""
    if not path.exists():
        raise StoreError(f"{path} is not there yet: run `themeshift build`, then `themeshift publish`")
    try:
        return _connect(path, read_only=True)
    except (duckdb.Error, OSError) as error:
        raise StoreError(f"{path} can't be opened: {_first_line(error)}") from error


def open_together(**files: Path) -> Connection:
    """Several databases under the names given, read-only. Raises StoreError for one that can't be opened."""
    connection = _connect(Path(":memory:"))
    for name, path in files.items():
        try:
            connection.execute(f"ATTACH {quoted(path)} AS {name} (READ_ONLY)")
        except duckdb.Error as error:
            raise StoreError(f"{path} can't be opened: {_first_line(error)}") from error
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
    if len(rows) < FEW:  # not worth the second that importing pandas takes
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


def answer(connection: Connection, sql: str, as_json: bool = False, shown: int = 40) -> str:
    """A query's answer: a table of at most `shown` rows, or JSON lines. Raises InputError where it fails.

    JSON has no NaN and no infinity: both are null there.
    """
    try:
        relation: Any = connection.sql(sql)
        if relation is None:  # a statement that gives no rows
            return ""
        if not as_json:
            with redirect_stdout(StringIO()) as drawn:
                relation.show(max_rows=shown)
            return drawn.getvalue().rstrip()
        row = "t" + "_" * max(map(len, relation.columns))  # a name that no column has
        rows = connection.execute(f"SELECT to_json({row})::TEXT FROM relation AS {row}").fetchall()
    except duckdb.Error as error:
        raise InputError(f"the query fails: {error}") from error
    return "\n".join(_NO_JSON.sub(lambda found: found[1] or "null", row) for (row,) in rows)


_NO_JSON = re.compile(r'("(?:[^"\\]|\\.)*")|-?\b(?:NaN|Infinity)\b')


def parquet_rows(path: Path, batch: int = 2000) -> Iterator[dict[str, Any]]:
    """The rows of a Parquet file. Raises InputError where it can't be read."""
    with _connect(":memory:") as connection:
        try:
            result = connection.execute("SELECT * FROM read_parquet(?)", [str(path)])
            names = [column[0] for column in result.description or ()]
            while rows := result.fetchmany(batch):
                for row in rows:
                    yield dict(zip(names, row, strict=True))
        except duckdb.Error as error:
            reason = " ".join(re.sub(r"(?s)\s*LINE \d+:.*", "", str(error)).split())
            raise InputError(f"{path} can't be read as Parquet: {reason}") from error


def _connect(path: Path | str, read_only: bool = False) -> Connection:
    connection = duckdb.connect(path, read_only=read_only, config=SETTINGS)
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def _make_tables(connection: Connection) -> None:
    """No migrations: a database of an older shape is emptied, and the archive fills it again."""
    known = value(connection, "SELECT comment FROM duckdb_tables() WHERE table_name = 'stage_run'")
    if known != _shape():
        with transaction(connection):
            start_anew(connection)


def start_anew(connection: Connection) -> None:
    """Empty the working database: the archive fills it again."""
    for (table,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
        connection.execute(f'DROP TABLE "{table}"')
    connection.execute(script("schema"))
    connection.execute(f"COMMENT ON TABLE stage_run IS '{_shape()}'")


def _shape() -> str:
    return short_id(script("schema"))


def _why_not(path: Path, error: Exception | str) -> str:
    text = str(error)
    if re.search(r"\block\b", text, re.IGNORECASE):
        holder = re.search(r"PID (\d+)", text)
        who = f" (process {holder[1]})" if holder else ""
        return f"{path} is in use by another run{who}: wait until it has ended, then try again"
    if "No space left" in text:
        return f"the disk is full: {path} can't grow. Nothing is lost: free some space and run this again"
    if "not a valid DuckDB" in text or "checksum" in text or "corrupt" in text.lower():
        return (
            f"{path} is damaged ({_first_line(error)}). Delete it and run `themeshift build`: "
            "everything in it is rebuilt from the archive"
        )
    return f"{path} can't be used: {refusal(error) or _first_line(error)}. Nothing in the archive is lost"


def _first_line(error: Exception | str) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
