"""What is wrong with a codebook, and what is only odd.

A problem makes coding impossible or its meaning unclear: the file is refused. A remark is of a phrase that
does nothing: `themeshift codebook check` tells it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

from pipeline.readers.normal import line
from pipeline.themes.codebook import NEGATED, Codebook, Theme
from pipeline.themes.matching import FLAGS, as_regex, folded, parts

LONGEST = 20_000
"""Characters of a definition or a sentence: whole documents are no part of a codebook."""


def problems(book: Codebook) -> list[str]:
    """All that forbids coding by this codebook, one line each, in the order of the themes."""
    found = [line for theme in book.themes for line in _of_theme(theme)]
    return [*found, *_shared(book)]


def remarks(book: Codebook) -> list[str]:
    """What does nothing in this codebook: exclusions that can never apply."""
    return [
        f"[theme.{theme.theme}] exclude: {phrase!r} can never apply: no phrase of `include` begins in it"
        for theme in book.themes
        for phrase in theme.exclude
        if not any(_touches(phrase, other) for other in theme.include)
    ]


def _of_theme(theme: Theme) -> Iterator[str]:
    where = f"[theme.{theme.theme}]"
    for key in ("theme", "label", "definition"):
        if not getattr(theme, key).strip():
            yield f"{where}: `{key}` is empty"
    if not theme.include and not theme.examples:
        yield f"{where}: no phrase in `include` and no sentence in `examples`; a theme needs one of either"
    if theme.negated not in NEGATED:
        yield f"{where} negated must be one of {', '.join(NEGATED)}, not {theme.negated!r}"
    for text in (
        theme.theme,
        theme.label,
        theme.definition,
        theme.guid,
        *theme.examples,
        *theme.counterexamples,
    ):
        if len(text) > LONGEST:
            yield f"{where}: a text has {len(text):,} characters, which is no definition and no sentence"
        elif bad := next((c for c in text if _control(c)), None):
            yield f"{where}: the character {bad!r} can't be part of a text"
    for key in ("examples", "counterexamples"):
        if any(not sentence.strip() for sentence in getattr(theme, key)):
            yield f"{where} {key}: a sentence is empty"
    if both := sorted(set(theme.examples) & set(theme.counterexamples)):
        yield f"{where}: {both[0]!r} stands in `examples` and in `counterexamples`"
    for key in ("include", "exclude"):
        phrases = getattr(theme, key)
        for phrase in phrases:
            if why := _unfit(phrase):
                yield f"{where} {key}: {phrase!r} {why}"
        for phrase, number in Counter(map(same, phrases)).items():
            if number > 1:
                yield f"{where} {key}: {phrase!r} stands there {number} times"
    for phrase in theme.include:
        if not _unfit(phrase) and (other := _struck_by(phrase, theme)):
            yield f"{where} include: {phrase!r} never counts, since `exclude` has {other!r}"


def _control(character: str) -> bool:
    """Characters that XML and CSV can't carry, or not unchanged.

    A character that this Python's Unicode has no name for yet, such as a new emoji, is none of them.
    """
    code = ord(character)
    never = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    return never or (unicodedata.category(character) in ("Cc", "Cs") and character not in "\t\n")


def _unfit(phrase: str) -> str:
    """Why a phrase can't be one, or nothing."""
    plain = line(phrase)
    if any(_control(character) for character in phrase):
        return "holds a control character"
    if not plain:
        return "is empty"
    if len(re.sub(r"[\W_]", "", plain)) < 2:
        return "matches almost everything, or nothing: a phrase needs at least two letters or digits"
    for end in (plain[0], plain[-1]):
        if not re.match(r"[\w*]", end, re.ASCII):
            return f"begins or ends with {end!r}: only a letter from a to z, a digit or `*` can"
    return ""


def _struck_by(phrase: str, theme: Theme) -> str:
    """The exclusion that covers whatever the phrase matches, or nothing."""
    phrase = line(phrase)
    kinds = [phrase.replace("*", rest) for rest in ("", "zz")] if "*" in phrase else [phrase]
    for other in theme.exclude:
        if not _unfit(other) and all(re.fullmatch(as_regex(other), kind, FLAGS) for kind in kinds):
            return other
    return ""


def _touches(excluded: str, included: str) -> bool:
    """Whether some text holds both, the excluded phrase beginning no later than the included one."""
    excluded, included = line(excluded), line(included)
    inside = re.search(rf"\b(?:{as_regex(included)})\b", excluded.replace("*", ""), FLAGS)
    covers = re.match(rf"(?:{as_regex(excluded)})\b", included.replace("*", ""), FLAGS)
    stems = excluded.endswith("*") and as_regex(included).startswith(as_regex(excluded[:-1]))
    ends = excluded.split()[-1].rstrip("*").lower() == included.split()[0].rstrip("*").lower()
    return bool(inside or covers or stems or ends)


def _shared(book: Codebook) -> Iterator[str]:
    owner: dict[str, Theme] = {}
    for theme in book.themes:
        for phrase in dict.fromkeys(map(same, theme.include)):
            other = owner.setdefault(phrase, theme)
            if other is not theme and not (other.shared and theme.shared):
                yield (
                    f"{phrase!r} stands in [theme.{other.theme}] and in [theme.{theme.theme}]; "
                    "keep one, or say `shared = true` in both"
                )


def same(phrase: str) -> str:
    """Phrases that match the same texts, alike."""
    return folded(" ".join(parts(phrase)))
