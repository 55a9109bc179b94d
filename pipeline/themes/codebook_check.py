"""A codebook, looked over: what is odd in it, and how often each phrase occurs in the published corpus."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from pipeline import store
from pipeline import themes as books
from pipeline.config import Config
from pipeline.store import Connection
from pipeline.themes.codebook_problems import remarks

TOO_MANY = 0.5
"""A phrase in more of the passages than this tells one from another hardly at all."""


@dataclass(frozen=True, slots=True)
class ThemeCheck:
    """A theme's phrases: in how many passages each occurs, exclusions too, and in how many any included one.

    Both are None where nothing is published yet. Negation is not looked at.
    """

    theme: str
    label: str
    include: int
    exclude: int
    examples: int
    negated: str
    passages: int | None
    phrases: dict[str, int] | None


@dataclass(frozen=True, slots=True)
class CodebookReport:
    """A codebook that can be used, with what is odd in it. `passages` are those of the published corpus."""

    file: str
    version: str
    fingerprint: str
    passages: int | None
    themes: list[ThemeCheck]
    remarks: list[str]


def check(config: Config, file: Path) -> CodebookReport:
    """Look a codebook over. Raises ConfigError, with all its problems, for one that can't be used."""
    book = books.load(file)
    published = store.published_file(config)
    if not published.exists():
        themes = [_theme(theme, None) for theme in book.themes]
        return CodebookReport(str(file), book.version, book.fingerprint, None, themes, remarks(book))
    with store.open_published(published) as connection:
        total = int(store.value(connection, store.queries("codebook")["passages"]))
        themes = [_theme(theme, _found(theme, connection)) for theme in book.themes]
    often = [
        f"[theme.{theme.theme}] include: {phrase!r} stands in {number:,} of {total:,} passages"
        for theme in themes
        for phrase, number in (theme.phrases or {}).items()
        if number > TOO_MANY * total
    ]
    return CodebookReport(str(file), book.version, book.fingerprint, total, themes, [*remarks(book), *often])


def _found(theme: books.Theme, connection: Connection) -> dict[str, set[str]]:
    """Phrase -> the passages in which it is found."""
    matcher = books.Matcher(theme)
    rows = connection.execute(store.queries("codebook")["found"], [matcher.pattern]).fetchall()
    found: dict[str, set[str]] = defaultdict(set)
    phrases: dict[str, str] = {}
    for passage, words in rows:
        if words not in phrases:
            phrases[words] = matcher.matches(words)[0].phrase
        found[phrases[words]].add(passage)
    return found


def _theme(theme: books.Theme, found: dict[str, set[str]] | None) -> ThemeCheck:
    numbers = passages = None
    if found is not None:
        numbers = {phrase: len(found.get(phrase, ())) for phrase in (*theme.include, *theme.exclude)}
        passages = len(set().union(*(found.get(phrase, set()) for phrase in theme.include)))
    return ThemeCheck(
        theme.theme, theme.label, len(theme.include), len(theme.exclude), len(theme.examples), theme.negated,
        passages, numbers,
    )  # fmt: skip


def as_text(found: CodebookReport) -> str:
    """A paragraph for each theme, then the remarks."""
    corpus = (
        "nothing is published yet" if found.passages is None else f"{found.passages:,} passages published"
    )
    lines = [f"{found.file}: version {found.version or '-'} ({found.fingerprint}), no problems; {corpus}"]
    for theme in found.themes:
        where = "" if theme.passages is None else f", found in {theme.passages:,} passages"
        lines.append(
            f"\n{theme.theme}: {theme.include} phrases, {theme.exclude} excluded, {theme.examples} sentences"
            f"; negated: {theme.negated}{where}"
        )
        often = sorted((theme.phrases or {}).items(), key=lambda item: -item[1])
        if hits := ", ".join(f"{phrase} {number:,}" for phrase, number in often if number):
            lines.append(f"  found: {hits}")
        if dead := ", ".join(phrase for phrase, number in often if not number):
            lines.append(f"  never found: {dead}")
    return "\n".join([*lines, *(f"\nremark: {remark}" for remark in found.remarks)])
