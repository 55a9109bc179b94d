"""Rows of data files -> records to import: under keys that can't collide, dated by their whole column.

A file is read twice: first for what only all of it tells (columns, order of dates, ids that stand twice),
then row by row.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from pipeline.archive.data_files import DataFile, columns_of, mapped, plain
from pipeline.archive.date_forms import form_of, missing
from pipeline.archive.table_dates import DateColumn
from pipeline.archive.table_text import DAMAGE, OLDER
from pipeline.records import short_id

EXAMPLES = 8
LONGEST = 32_767
WEB = ("http://", "https://")


class Row(NamedTuple):
    """A row that can be imported. `number` counts from 1; `url` is its key, `address` the page it names."""

    number: int
    url: str
    address: str
    record: dict[str, Any]


class Broken(NamedTuple):
    """A row that can't, and why."""

    number: int
    why: str


class Table:
    """A data file under what all of it tells.

    `mapping` is field -> column, that of `published` with a format if need be (`day:%d/%m/%Y`).
    Raises InputError where a mapped column or a text is missing, or the file is no table.
    """

    def __init__(
        self, file: Path, mapping: Mapping[str, str], encoding: str | None = None, sheet: str | None = None
    ) -> None:
        self.file = file
        column, form = form_of(mapping.get("published", ""))
        self.mapping = {**mapping, "published": column} if column else dict(mapping)
        self.data = DataFile(file, encoding, sheet, self.mapping.values())
        self.count = 0
        self.columns: dict[str, str] = {}
        self.unused: list[str] = []
        self._known: dict[frozenset[str], dict[str, str]] = {}
        self._keys: dict[str, dict[str, list[int]]] = {}  # id or address -> what stands under it -> rows
        self._records: dict[str, str] = {}
        self.again: dict[str, list[int]] = {}
        self.full = self.zeros = 0
        dates: list[Any] = []
        names: dict[str, list[Any]] = {}
        try:
            for number, row in enumerate(self.data.rows(), 1):
                self.count = number
                if isinstance(row, dict):
                    self._see(row, number, dates, names)
        except DAMAGE:
            pass  # taking the rows comes to the same place, and says so
        if names:
            self.columns = columns_of(self.mapping, names, file, first=True)
            used = {column for columns in self._known.values() for column in columns.values()}
            self.unused = [name for name in names if name not in used]
        self.dates = DateColumn(dates, form)
        self._samples = names
        self._records.clear()

    def rows(self, base: str) -> Iterator[Row | Broken]:
        """The rows; `base` is the address of the file."""
        times: Counter[str] = Counter()
        for number, row in enumerate(self.data.rows(), 1):
            if not isinstance(row, dict):
                yield Broken(number, str(row))
                continue
            record = self._record(row)
            key, address = self._key(record), self._address(record)
            if not key:
                key = "row=" + _content(record)
                times[key] += 1
                key += f".{times[key]}" if times[key] > 1 else ""
            elif len(self._keys[key]) > 1:
                key = f"{_quoted(_id(record) or 'row')}={_content(record)}"
                if address:
                    record.setdefault("other", {})["url"] = record.pop("url")
            elif not key.startswith(WEB):
                key = _quoted(_id(record))
            url = key if key.startswith(WEB) else f"{base}#{key}"
            yield Row(number, url, address, self._dated(record))

    def told(self) -> dict[str, Any]:
        """What was found of the file, for a program."""
        return {
            "file": str(self.file),
            "rows": self.count,
            "encoding": self.data.encoding.older or self.data.encoding.name,
            **({"sheet": self.data.sheet.name} if self.data.sheet else {}),
            "columns": {field: _clean(column) for field, column in self.columns.items()},
            "unused": [_clean(name) for name in self.unused],
            "dates": {
                "given": self.dates.given,
                "understood": self.dates.understood,
                "not_understood": {_clean(v): n for v, n in list(self.dates.unread.items())[:EXAMPLES]},
            },
        }

    def lines(self) -> list[str]:
        """The same as a small table for a person."""
        shown = [(field, _clean(column)) for field, column in self.columns.items()]
        width = max((len(column) for _, column in shown), default=0)
        dated = f"  {self.dates.understood} of {self.dates.given} dates understood"
        return [
            f"{self.file}: {self.count} row{'s' * (self.count != 1)}",
            *(
                f"  {field:<10} {column:<{width}}{dated if field == 'published' else ''}".rstrip()
                for field, column in shown
            ),
            *([f"  not used   {', '.join(map(_clean, self.unused))}"] if self.unused else []),
        ]

    def warnings(self) -> list[str]:
        """What a person must know before relying on it, a line each."""
        notes = self._encoding() + self.data.told + self._columns() + self._undated()
        told = [f"{self.file}: {note}" for note in notes]
        for key, rows in list(self.again.items())[:EXAMPLES]:
            where = ", ".join(map(str, rows[:EXAMPLES]))
            kind = "address" if key.startswith(WEB) else "id"
            what = "different texts; each is kept as a document of its own"
            if len(self._keys[key]) == 1:
                what = "one text, but different details: those of the last row hold"
            told.append(f"{self.file}: {kind} {key!r} stands in rows {where} with {what}")
        if len(self.again) > EXAMPLES:
            told.append(
                f"{self.file}: {len(self.again) - EXAMPLES} more ids or addresses stand in several rows"
            )
        return told

    def _see(self, row: dict[str, Any], number: int, dates: list[Any], names: dict[str, list[Any]]) -> None:
        record = self._record(row)
        text = str(record.get("text") or "")
        self.full += len(text) == LONGEST
        self.zeros += "\0" in text
        if not missing(record.get("published")):
            dates.append(record["published"])
        for name, value in row.items():
            samples = names.setdefault(str(name), [])
            if len(samples) < 50 and not missing(value):
                samples.append(value)
        if key := self._key(record):
            contents = self._keys.setdefault(key, {})
            rows = contents.setdefault(_content(record), [])
            whole = short_id(_json(record))
            if whole != self._records.setdefault(key, whole):
                first = next(iter(contents.values()))
                self.again.setdefault(key, [*first[:1]]).append(number)
            rows.append(number)

    def _record(self, row: dict[str, Any]) -> dict[str, Any]:
        names = frozenset(map(str, row))  # the rows of a JSONL file need not all have the same fields
        if names not in self._known:
            self._known[names] = columns_of(self.mapping, row, self.file, first=False)
        return mapped(row, self._known[names])

    def _key(self, record: Mapping[str, Any]) -> str:
        """The address that a row names, else its id, else "": what no two documents should share."""
        return self._address(record) or _id(record)

    def _address(self, record: Mapping[str, Any]) -> str:
        given = str(record.get("url") or "").strip()
        return given if given.startswith(WEB) else ""

    def _dated(self, record: dict[str, Any]) -> dict[str, Any]:
        """The record with its date in one form; what stood there is kept beside the unmapped columns."""
        given = record.get("published")
        if given is None:
            return record
        day = self.dates.read(given)
        column = self.columns.get("published", "published")
        if day is None:
            del record["published"]
        else:
            record["published"] = day
        if day != given:
            record.setdefault("other", {})[column] = given
        return record

    def _encoding(self) -> list[str]:
        encoding = self.data.encoding
        if not encoding.older:
            return []
        return [
            f"not UTF-8: read as {OLDER[encoding.older]} ({encoding.older}), which gives {encoding.signs}. "
            "If that is wrong, save it as `CSV UTF-8`, or name the encoding, as in --encoding mac-roman"
        ]

    def _columns(self) -> list[str]:
        """What is odd about the header, and about texts that another program cut off."""
        unnamed = [name for name in self.unused if re.fullmatch(r"column ([2-9]|\d\d+)", name)]
        unnamed = [name for name in unnamed if self._samples[name]]
        notes = []
        if unnamed:
            notes.append(
                f"the header has no name for {', '.join(unnamed)}, where values stand; a header cell that is "
                "merged names its first column alone. --map text='column 2' takes one"
            )
        if self.full:
            notes.append(
                f"{self.full} texts have {LONGEST:,} characters, the most that a spreadsheet keeps: "
                "they were cut off when the table was saved there"
            )
        if self.zeros:
            notes.append(
                f"{self.zeros} texts hold zero bytes: part of the file is in UTF-16, or was never written"
            )
        return notes

    def _undated(self) -> list[str]:
        if not self.count or not self.columns:
            return ["no rows"] if not self.count else []
        column = self.columns.get("published")
        if column is None:
            likely = [name for name in self.unused if _looks_dated(self._samples[name])]
            way = f"--map published={likely[0] if likely else 'COLUMN'}"
            if not self.unused:
                return ["no date, and no column that could hold one"]
            unused = ", ".join(map(_clean, self.unused))
            return [f"no date: columns not used: {unused}; {way} says which holds it"]
        told = self.dates.told(column)
        if self.dates.unread:
            examples = ", ".join(repr(_clean(value)) for value in list(self.dates.unread)[:EXAMPLES])
            number = sum(self.dates.unread.values())
            named = re.compile(r"\d.*[^\W\d_]{3}|[^\W\d_]{3}.*\d")
            worded = any(named.search(value[:80]) for value in self.dates.unread)
            way = "; months are known by their English names alone" if worded else ""
            told.append(
                f"{number} of {self.dates.given} dates in {column!r} not understood: {examples}; "
                f"--map published={column}:%d/%m/%Y names a format{way}"
            )
        return told


def body_of(record: Mapping[str, Any]) -> bytes:
    """A record as it is archived."""
    return _json(record).encode("utf-8", "surrogatepass")


def _json(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, sort_keys=True, default=plain)


def _content(record: Mapping[str, Any]) -> str:
    """What makes a document this one, where no id does: title and text."""
    return short_id(str(record.get("title", "")), str(record.get("text", "")), length=12)


def _id(record: Mapping[str, Any]) -> str:
    """A row's own id, a number as the text that another program makes of it: 7, 7.0 and "7" are one."""
    value = record.get("id")
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _quoted(key: str) -> str:
    """An id as part of an address: it holds no "=", which marks what is no id."""
    return quote(key, errors="surrogatepass")


def _clean(text: str) -> str:
    """A name or a value as it can be shown: without signs that steer a terminal or are none."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text[:100])


def _looks_dated(values: list[Any]) -> bool:
    """Whether a column's values are dates, and more than numbers."""
    told = [value for value in values if not re.fullmatch(r"[\d.]*", str(value))]
    return bool(told) and DateColumn(told).understood > 0.8 * len(told)


def slug(name: Any) -> str:
    """What a row says of its source as the name of one."""
    words = re.sub(r"[^a-z0-9]+", "-", str(name or "").lower()).strip("-")
    return words[:60].strip("-")
