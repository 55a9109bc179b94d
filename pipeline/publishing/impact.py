"""What a change of readers, rules or codebook did to what is published: documents, fields, texts, numbers.

Two published files are compared: the one that clients see, and the snapshot that publishing would make now.
Topics are left out: those of two fits are not the same things.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline import store
from pipeline.config import Config
from pipeline.copying.versions import describe
from pipeline.errors import InputError
from pipeline.progress import Tell
from pipeline.publishing.snapshot import snapshot
from pipeline.store import Connection, Rows

EXAMPLES = 10


@dataclass(frozen=True, slots=True)
class Impact:
    """The difference between two published files. Rows are as sql/impact.sql names their columns.

    `documents` counts those before, after, in both, and in both with another text. `moved` counts the
    prevalences of themes compared, changed, and beyond the interval published before.
    """

    documents: tuple[int, int, int, int]
    gone: Rows
    new: Rows
    outcomes: Rows
    fields: dict[str, Rows]
    texts: Rows
    flow: Rows
    moved: tuple[int, int, int]
    numbers: Rows

    @property
    def none(self) -> bool:
        """Whether nothing at all differs."""
        changed = (self.gone, self.new, self.outcomes, self.fields, self.texts, self.flow, self.moved[1])
        return not any(changed)


def impact(config: Config, tell: Tell) -> Impact:
    """What publishing now would change. Raises InputError where nothing has been published yet."""
    published = store.published_file(config)
    if not published.exists():
        raise InputError(f"{published} is not there yet: nothing was published that could have changed")
    draft = config.working / f"impact.{os.getpid()}.duckdb"
    try:
        with tell.working("impact"):
            snapshot(draft, store.working_file(config), searchable=False)
            return compare(published, draft)
    finally:
        draft.unlink(missing_ok=True)


def compare(before: Path, after: Path) -> Impact:
    """The difference between two published files."""
    named = store.queries("impact")
    with store.open_together(before=before, after=after) as connection:

        def rows(name: str, *given: int) -> Rows:
            return connection.execute(named[name], list(given)).fetchall()

        return Impact(
            documents=rows("counts")[0],
            gone=rows("gone"),
            new=rows("new"),
            outcomes=rows("outcomes"),
            fields=dict(_changed_fields(connection)),
            texts=[(*row[:4], _difference(row[4], row[5])) for row in rows("text", EXAMPLES)],
            flow=rows("flow"),
            moved=rows("moved")[0],
            numbers=rows("numbers", EXAMPLES),
        )


def write(config: Config, found: Impact) -> Path:
    """Write the report into the folder of the logs. Returns where."""
    path = config.data / "logs" / f"impact-{datetime.now(UTC):%Y%m%dT%H%M%S}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("# What publishing would change\n\n" + as_text(found, full=True) + "\n", encoding="utf-8")
    return path


def as_text(found: Impact, full: bool = False) -> str:
    """The difference as Markdown; `full` has every document that changed, not the first few."""
    return "\n".join(_lines(found, None if full else EXAMPLES))


def _lines(found: Impact, most: int | None) -> Iterator[str]:
    before, after, both, changed = found.documents
    if found.none:
        yield f"Nothing differs: {after:,} documents, {found.moved[0]:,} prevalences of themes."
        return
    yield f"Documents: {before:,} before, {after:,} after; {both:,} in both, {changed:,} with other words."
    yield from _documents("No longer documents", found.gone, most, "now")
    yield from _documents("New documents", found.new, most, "before")
    if found.outcomes:
        yield "\n## Captures that come to something else\n"
        yield from (f"- {count:,}: {was} → {now}" for was, now, count in found.outcomes)
    for field, rows in found.fields.items():
        yield f"\n## {field}: {len(rows):,} changed\n"
        for key, title, was, now in rows[:most]:
            name = key if field == "title" else f"{title} ({key})"
            yield f"- {name}: {was or '-'} → {now or '-'}"
        yield from _rest(rows, most)
    if found.texts:
        yield f"\n## Texts: {changed:,} changed, the largest changes first\n"
        for key, title, was, now, lines in found.texts:
            yield f"- {title} ({key}): {was:,} → {now:,} words"
            yield from (f"      {line}" for line in lines)
    if found.flow:
        yield "\n## The flow\n"
        yield from (f"- {step}: {was:,} → {now:,}" for step, was, now in found.flow)
    yield from _numbers(found)


def _documents(head: str, rows: Rows, most: int | None, when: str) -> Iterator[str]:
    if rows:
        yield f"\n## {head}: {len(rows):,}\n"
        yield from (f"- {title} ({url}), {when} {why}" for _, title, url, why in rows[:most])
        yield from _rest(rows, most)


def _numbers(found: Impact) -> Iterator[str]:
    compared, changed, beyond = found.moved
    yield "\n## Published numbers\n"
    yield (
        f"Of {compared:,} prevalences of themes {changed:,} moved, {beyond:,} of them out of the interval "
        "published before."
    )
    if found.numbers:
        yield "\n| theme | measure | period | from | sources | estimate | before | after | beyond |"
        yield "|---|---|---|---|---|---|---|---|---|"
    for theme, measure, period, start, source, estimate, was, now, out in found.numbers:
        moved = f"{was:.1%} | {now:.1%} | {'yes' if out else ''}"
        yield f"| {theme} | {measure} | {period} | {start} | {source} | {estimate} | {moved} |"


def _rest(rows: Sequence[Any], most: int | None) -> Iterator[str]:
    if most is not None and len(rows) > most:
        yield f"- and {len(rows) - most:,} more"


def _changed_fields(connection: Connection) -> Iterator[tuple[str, Rows]]:
    named = store.queries("impact")
    for (field,) in connection.execute(named["fields"]).fetchall():
        if rows := connection.execute(named["field"].replace("{field}", field)).fetchall():
            yield field, rows


def _difference(before: str | None, after: str | None) -> list[str]:
    """What changed, a paragraph a line as in `document_version.diff`; the first few, shortened."""
    lines = describe(before or "", after or "").diff.splitlines()
    shown = [line if len(line) <= 160 else line[:159] + "…" for line in lines[:6]]
    return shown + ([f"… {len(lines) - 6} more paragraphs"] if len(lines) > 6 else [])
