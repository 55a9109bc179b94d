"""A table of codings that another program wrote -> which passage, which theme, and what it said.

Long (a row for a passage and a theme) or wide (a column for each theme), in any kind of data file. A passage
is named by its id, by the key of a label sheet, by its text or the hash of it, or by a document and a stretch
of characters in it; such a stretch is of the passages that it covers by half, or that hold half of it.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.errors import InputError
from pipeline.labelling.sheet import BLANK, WORDS
from pipeline.readers.normal import line
from pipeline.records import short_id

PLACES: Mapping[str, tuple[str, ...]] = {
    "key": ("key",),
    "passage": ("passageid", "passage", "id"),
    "hash": ("texthash", "hash", "passagehash"),
    "document": ("documentid", "document", "docid"),
    "start": ("startchar", "start", "startposition", "startoffset", "from", "begin"),
    "end": ("endchar", "end", "endposition", "endoffset", "to", "stop"),
    "text": ("text", "passagetext", "content", "quotation", "segment"),
}
"""The columns that name a passage, by what they may be called; capitals and signs don't count."""
THEME = ("theme", "code", "codename", "category", "node", "label", "codes")
VALUE = ("score", "probability", "prob", "coded", "present", "value", "prediction", "answer", "coding")
HALF = 0.5
_NUMBER = re.compile(r"[+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:e[+-]?\d+)?")
_PATH = re.compile(r"[\\/>]+")


@dataclass(frozen=True, slots=True)
class Given:
    """What a program said: the score, from 0 to 1, of a theme in a text. `passage_id` is empty for a text."""

    passage_id: str
    text_hash: str
    theme: str
    score: float


@dataclass(frozen=True, slots=True)
class Passages:
    """The published passages: hash of the text by id, and by document (first, last character, id)."""

    hashes: Mapping[str, str]
    spans: Mapping[str, Sequence[tuple[int, int, str]]]

    @classmethod
    def of(cls, rows: Iterable[tuple[str, str, str, int, int]]) -> Passages:
        """From rows of passage, document, hash of the text, first and last character."""
        hashes: dict[str, str] = {}
        spans: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
        for passage, document, text_hash, start, end in rows:
            hashes[passage] = text_hash
            spans[document].append((start, end, passage))
        return cls(hashes, spans)


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that can't be read: its number (the first below the header is 1), why, and what stands in it."""

    row: int
    why: str
    cells: str


@dataclass(slots=True)
class Parsed:
    """A file's codings, its bad rows, and how many of its rows said nothing.

    `themes` counts the rows of themes that the codebook lacks, `ignored` are columns that nothing is in.
    """

    given: dict[tuple[str, str, str], Given] = field(default_factory=dict)
    bad: list[Bad] = field(default_factory=list)
    rows: int = 0
    silent: int = 0
    themes: dict[str, int] = field(default_factory=dict)
    ignored: Sequence[str] = ()
    only_yes: bool = True


def parse(rows: Iterable[Any], themes: Mapping[str, str], passages: Passages, file: str) -> Parsed:
    """Read the rows of `file`; `themes` are the codebook's labels by theme.

    Raises InputError where no column names a passage, or none a theme.
    """
    found = Parsed()
    layout: _Layout | None = None
    spans: set[tuple[str, str, str]] = set()
    for number, row in enumerate(rows, 1):
        found.rows = number
        if not isinstance(row, dict):
            found.bad.append(Bad(number, str(row), ""))
            continue
        if layout is None:
            layout = _Layout(list(map(str, row)), themes, file)
            found.ignored = layout.ignored
        try:
            places, of_span = _places(row, layout, passages)
            said = list(_said(row, layout, found))
        except _BadRowError as error:
            found.bad.append(Bad(number, str(error), _as_it_came(row)))
            continue
        for theme, score in said:
            found.only_yes &= score == 1
            for passage, text_hash in places:
                new = Given(passage, text_hash, theme, score)
                if why := _keep(found, spans, new, of_span):
                    found.bad.append(Bad(number, why, _as_it_came(row)))
    if layout is None and not found.bad:
        raise InputError(f"{file}: there are no rows in it")
    return found


class _BadRowError(Exception):
    """A row that can't be read, and why."""


class _Layout:
    """Which column holds what; `themes` are the columns of themes of a wide table."""

    def __init__(self, header: Sequence[str], themes: Mapping[str, str], file: str) -> None:
        folded: dict[str, str] = {}
        for name in header:
            folded.setdefault(_folded(name), name)
        self.names = {_folded(name): theme for theme, label in themes.items() for name in (label, theme)}
        at = {what: next((folded[n] for n in names if n in folded), "") for what, names in PLACES.items()}
        self.at = {what: column for what, column in at.items() if column}
        self.theme = next((folded[name] for name in THEME if name in folded), "")
        self.value = next((folded[name] for name in VALUE if name in folded), "")
        self.themes = {} if self.theme else {c: self.names[f] for f, c in folded.items() if f in self.names}
        listed = ", ".join(header)
        span = {"document", "start", "end"} <= set(self.at)
        if not span and not {"key", "passage", "hash", "text"} & set(self.at):
            raise InputError(
                f"{file}: no column names a passage: passage_id, text_hash, text, or document_id with "
                f"start_char and end_char; columns: {listed}"
            )
        if not self.theme and not self.themes:
            raise InputError(
                f"{file}: no column `theme`, and none is called like a theme of the codebook "
                f"({', '.join(themes)}); columns: {listed}"
            )
        used = {*self.at.values(), self.theme, self.value if self.theme else "", *self.themes}
        self.ignored = [name for name in header if name and name not in used]

    def theme_of(self, cell: Any) -> tuple[str, bool]:
        """The codebook's theme of that name or label, or the last part of a path; and whether it has one."""
        name = line(str(cell or ""))
        for part in (name, _PATH.split(name)[-1]):
            if _folded(part) in self.names:
                return self.names[_folded(part)], True
        return name, False


def _places(
    row: Mapping[str, Any], layout: _Layout, passages: Passages
) -> tuple[list[tuple[str, str]], bool]:
    """(passage or "", hash or "") that the row is of, and whether it names a stretch of a document."""
    cells = {what: line(str(row.get(column) if row.get(column) is not None else "")) for what, column in
             layout.at.items()}  # fmt: skip
    if key := cells.get("key"):
        parts = key.split(":")
        if len(parts) != 4:
            raise _BadRowError(f"{key[:60]!r} is no key of a label sheet")
        return [(parts[2], parts[3])], False
    if (passage := cells.get("passage")) and " " in passage:
        return [("", short_id(str(row[layout.at["passage"]])))], False
    if passage:
        return [(passage, cells.get("hash") or passages.hashes.get(passage, ""))], False
    if text_hash := cells.get("hash"):
        return [("", text_hash)], False
    if (document := cells.get("document")) and (cells.get("start") or cells.get("end")):
        start, end = (_whole(cells.get(what, ""), layout.at.get(what, what)) for what in ("start", "end"))
        if end <= start:
            raise _BadRowError(f"characters {start} to {end} are no stretch")
        return [(p, passages.hashes[p]) for p in _covered(document, start, end, passages)] or [
            (f"{document}:{start}-{end}", "")
        ], True
    if layout.at.get("text") and (text := row.get(layout.at["text"])):
        return [("", short_id(str(text)))], False
    raise _BadRowError("it names no passage")


def _covered(document: str, start: int, end: int, passages: Passages) -> Iterator[str]:
    """The passages of a stretch: it covers half of them, or half of it lies in them."""
    for first, last, passage in passages.spans.get(document, ()):
        common = min(end, last) - max(start, first)
        if common > 0 and common >= HALF * min(end - start, last - first):
            yield passage


def _said(row: Mapping[str, Any], layout: _Layout, found: Parsed) -> Iterator[tuple[str, float]]:
    """(theme, score) that the row says."""
    if layout.theme:
        name, known = layout.theme_of(row.get(layout.theme))
        if not name:
            raise _BadRowError(f"column {layout.theme}: it names no theme")
        cell = row.get(layout.value) if layout.value else True
        score = _score(cell, layout.value)
        if not known:
            found.themes[name] = found.themes.get(name, 0) + 1
        pairs = [(name, score)]
    else:
        pairs = [(theme, _score(row.get(column), column)) for column, theme in layout.themes.items()]
    silent = all(score is None for _, score in pairs)
    found.silent += silent
    yield from ((theme, score) for theme, score in pairs if score is not None)


def _score(cell: Any, column: str) -> float | None:
    """A yes, a no or a number from 0 to 1; None for a blank and "can't tell"."""
    if cell is None:
        return None
    if isinstance(cell, bool):
        return float(cell)
    word = line(str(cell)).casefold().strip("'\" ").replace("\u2019", "'")
    if word in BLANK:
        return None
    percent = word.endswith("%")
    plain = word.rstrip("% ") if percent else word
    if _NUMBER.fullmatch(plain):
        value = float(plain.replace(",", ".")) / (100 if percent else 1)
        if 0 <= value <= 1:
            return value
        raise _BadRowError(f"column {column}: {str(cell)[:40]!r} is no score from 0 to 1")
    if word in WORDS:
        said = WORDS[word]
        return None if said is None else float(said)
    raise _BadRowError(
        f"column {column}: {str(cell)[:40]!r} is none of 1, yes, 0, no, ?, or a score from 0 to 1"
    )


def _as_it_came(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, default=str)


def _keep(found: Parsed, spans: set[tuple[str, str, str]], new: Given, of_span: bool) -> str:
    """Add a coding, or say why not: one before contradicts. Of several stretches the greatest counts."""
    key = (new.passage_id, new.text_hash, new.theme)
    before = found.given.get(key)
    if before is None or (of_span and key in spans and new.score > before.score):
        found.given[key] = new
        spans |= {key} if of_span else set()
    elif before.score != new.score and not (of_span and key in spans):
        return f"{new.theme}: an earlier row of the passage says {before.score:g}, this one {new.score:g}"
    return ""


def _whole(cell: str, column: str) -> int:
    if not re.fullmatch(r"\d+(?:\.0*)?", cell):
        raise _BadRowError(f"column {column}: {cell[:40]!r} is no place in a text")
    return int(float(cell))


def _folded(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())
