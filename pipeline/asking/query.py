"""A person's question in SQL, answered from the published file and from nothing else."""

from __future__ import annotations

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from pipeline import store
from pipeline.errors import InputError

SHUT = re.compile(
    r"configuration has been locked|disabled (?:by|through) configuration|read-only"
    r"|Table with name \S*[/\\]\S* does not exist"
)
"""How DuckDB says that a question wants more than a shut database gives (`store.open_published`)."""
REFUSED = (
    "the query is refused ({why}): it may read the published file, and no other file, no network, no "
    "setting. If you know what it does and mean it, add --unsafe"
)
NO_JSON = re.compile(r'("(?:[^"\\]|\\.)*")|-?\b(?:NaN|Infinity)\b')


def ask(published: Path, sql: str | None, as_json: bool = False, unsafe: bool = False) -> str:
    """The answer to `sql`; without it, the list of tables.

    No other file, no network and no setting is reached, whatever is asked, unless `unsafe`. Raises
    StoreError where the file can't be opened, InputError where the query fails or wants more.
    """
    with store.open_published(published, search=True, unsafe=unsafe) as connection:
        if not sql:
            return answer(connection, store.queries("status")["tables"], as_json, shown=1000)
        if not unsafe and "enable_logging" in sql.lower():  # DuckDB ends the whole process, where it may not
            raise InputError(REFUSED.format(why="a log would be written"))
        return answer(connection, sql, as_json)


def answer(connection: store.Connection, sql: str, as_json: bool = False, shown: int = 40) -> str:
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
        rows = relation.set_alias(row).project(f"to_json({row})::TEXT").fetchall()
    except store.BROKEN as error:
        if SHUT.search(str(error)):
            raise InputError(REFUSED.format(why=str(error).splitlines()[0])) from error
        raise InputError(f"the query fails: {error}") from error
    return "\n".join(NO_JSON.sub(lambda found: found[1] or "null", row) for (row,) in rows)
