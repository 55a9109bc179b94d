"""What changed between two versions of a page, for a person to read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORD = re.compile(r"\S+")
_NOTICE = re.compile(
    r"\b(?:correction|corrections|corrected|clarification|clarified|erratum|corrigendum|retract(?:ed|ion)|"
    r"(?:was|were|has been|have been) (?:amended|updated|revised)|an earlier version|editor['’]s note)\b",
    re.IGNORECASE,
)
CONTEXT = 6
"""Words shown on either side of a change within a paragraph."""

KINDRED = 0.4
"""Paragraphs that share less than this of their words are two, not one that was changed."""


@dataclass(frozen=True, slots=True)
class VersionChange:
    """Words added and removed, the changes one paragraph a line, and the notice that tells of them."""

    words_added: int
    words_removed: int
    diff: str
    notice: str | None


def describe(before: str, after: str) -> VersionChange:
    """Compare two texts paragraph by paragraph.

    A line of `diff` begins with `+` for a new paragraph, `-` for one that is gone and `~` for one that was
    changed, in which `[-…-]` is gone and `{+…+}` new; unchanged stretches are shortened to `…`. `notice` is
    the first new paragraph that speaks of a correction, or None.
    """
    old, new = _paragraphs(before), _paragraphs(after)
    added = removed = 0
    lines: list[str] = []
    notice = None
    for was, now in _aligned(old, new):
        gone, come, line = _line(was, now)
        added, removed = added + come, removed + gone
        lines.append(line)
        fresh = now if not was else " ".join(re.findall(r"\{\+(.*?)\+\}", line))
        if notice is None and _NOTICE.search(fresh):
            notice = now
    return VersionChange(added, removed, "\n".join(lines), notice)


def _paragraphs(text: str) -> list[str]:
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", text) if part.strip()]


def _aligned(old: list[str], new: list[str]) -> Iterator[tuple[str, str]]:
    """Paragraphs that differ: (old, new), with an empty text in the place of what has no counterpart."""
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        left = old[a:b]
        for now in new[c:d]:
            at = next((i for i, was in enumerate(left) if _kindred(was, now)), None)
            if at is None:
                yield "", now
                continue
            yield from ((was, "") for was in left[:at])
            yield left[at], now
            left = left[at + 1 :]
        yield from ((was, "") for was in left)


def _kindred(was: str, now: str) -> bool:
    a, b = was.split(), now.split()
    shared = len(set(a) & set(b))
    if shared < KINDRED * min(len(set(a)), len(set(b))):
        return False
    return SequenceMatcher(None, a, b, autojunk=False).ratio() >= KINDRED


def _line(was: str, now: str) -> tuple[int, int, str]:
    """(words gone, words new, the line)."""
    a, b = _WORD.findall(was), _WORD.findall(now)
    if not a or not b:
        return len(a), len(b), f"{'+' if b else '-'} {now or was}"
    gone = come = 0
    parts: list[str] = []
    blocks = SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    for place, (tag, i, j, k, m) in enumerate(blocks):
        if tag == "equal":
            parts.append(_shortened(a[i:j], first=place == 0, last=place == len(blocks) - 1))
            continue
        gone, come = gone + j - i, come + m - k
        parts += [f"[-{' '.join(a[i:j])}-]"] if j > i else []
        parts += [f"{{+{' '.join(b[k:m])}+}}"] if m > k else []
    return gone, come, f"~ {' '.join(parts)}"


def _shortened(words: list[str], first: bool, last: bool) -> str:
    head, tail = (0 if first else CONTEXT), (0 if last else CONTEXT)
    if len(words) <= head + tail + 1:
        return " ".join(words)
    return " ".join([*words[:head], "…", *(words[-tail:] if tail else [])])
