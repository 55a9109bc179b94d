"""The codebook: themes with what counts and what doesn't, read from TOML and matched in text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.typed_toml import make, read_toml


@dataclass(frozen=True, slots=True)
class Theme:
    """One theme. `include` and `exclude` are phrases as the codebook's head explains them."""

    theme: str
    label: str
    definition: str
    include: tuple[str, ...]
    examples: tuple[str, ...]
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """What a phrase of the codebook matches: text[start:end]. An `excluded` one does not count."""

    words: str
    phrase: str
    start: int
    end: int
    excluded: bool


class Matcher:
    """Finds a theme's phrases in text.

    `pattern` is in the common language of Python's `re` and of RE2, so that DuckDB can search a whole
    table with it. Excluded phrases come first in it: where one begins, it wins over what it covers.
    """

    def __init__(self, theme: Theme) -> None:
        self._phrases = [*_longest_first(theme.exclude), *_longest_first(theme.include)]
        self.pattern = rf"(?i)\b(?:{'|'.join(map(_phrase, self._phrases))})\b"
        self._found = re.compile(self.pattern, re.ASCII)
        barred = "|".join(map(_phrase, theme.exclude)) or r"(?!)"
        self._barred = re.compile(barred, re.ASCII | re.IGNORECASE)

    def __call__(self, text: str) -> list[str]:
        """The phrases found, as they stand in the text, in order; none that an exclusion covers."""
        return self.accept(match.group() for match in self._found.finditer(text))

    def accept(self, found: Iterable[str]) -> list[str]:
        """Of what `pattern` found, that which counts."""
        return [phrase for phrase in found if not self._barred.fullmatch(phrase)]

    def matches(self, text: str) -> list[Match]:
        """All that the pattern finds in the text, in order, each with the codebook's phrase that found it."""
        return [self._match(found) for found in self._found.finditer(text)]

    def _match(self, found: re.Match[str]) -> Match:
        # The first phrase to fit is the one that was tried first, and so the one that matched.
        flags = re.ASCII | re.IGNORECASE
        phrase = next(p for p in self._phrases if re.fullmatch(_phrase(p), found.group(), flags))
        return Match(found.group(), phrase, found.start(), found.end(), not self.accept([found.group()]))


@dataclass(frozen=True, slots=True)
class Codebook:
    """All themes, and the codebook's version."""

    version: str
    themes: tuple[Theme, ...]


def load(file: Path) -> Codebook:
    """Read and check a codebook. Raises ConfigError, naming the theme, for one that can't be used."""
    tables = read_toml(file)
    unknown = set(tables) - {"version", "theme"}
    if unknown or not isinstance(tables.get("theme"), dict) or not tables["theme"]:
        raise ConfigError(f"{file}: a codebook has `version` and tables [theme.NAME]; found {sorted(tables)}")
    themes = tuple(
        make(Theme, {"theme": name, **table}, f"{file} [theme.{name}]")
        for name, table in tables["theme"].items()
    )
    for theme in themes:
        if not theme.include:
            raise ConfigError(
                f"{file} [theme.{theme.theme}]: `include` holds no phrase; a theme needs at least one"
            )
        if not theme.examples:
            raise ConfigError(
                f"{file} [theme.{theme.theme}]: `examples` holds no sentence; a theme needs at least one"
            )
    _refuse_shared(themes, file)
    return Codebook(str(tables.get("version", "")), themes)


def _refuse_shared(themes: Sequence[Theme], file: Path) -> None:
    owner: dict[str, str] = {}
    for theme in themes:
        for phrase in theme.include:
            other = owner.setdefault(phrase.lower(), theme.theme)
            if other != theme.theme:
                raise ConfigError(
                    f"{file}: {phrase!r} stands in [theme.{other}] and in [theme.{theme.theme}]; keep one"
                )


def _longest_first(phrases: Sequence[str]) -> list[str]:
    return sorted(phrases, key=len, reverse=True)


def _phrase(phrase: str) -> str:
    """A phrase as a regular expression: `*` ends a word, a space matches a hyphen or a line break."""
    words = re.split(r"[\s-]+", phrase.strip())
    parts = (re.escape(word).replace(r"\*", r"\w*").replace("'", "['’]") for word in words)
    return r"(?:\s+|-)".join(parts)
