"""document, scope -> passage.

A passage is what topics and themes are measured on: whole paragraphs, joined up to a target length,
a heading with what follows it, an overlong paragraph split at sentences, and what is too long still (a list
without full stops, a language without blanks) wherever it breaks best. Its text is exactly
`document.text[start_char:end_char]`.

When: documents whose text, or the settings under `[passages]`, or the rules changed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from pipeline import store
from pipeline.config import Config
from pipeline.fingerprints import rules
from pipeline.progress import Tell
from pipeline.records import short_id
from pipeline.store import Connection

Span = tuple[int, int]

PARAGRAPH = re.compile(r"\S(?:.|\n(?!\n))*")
# A sentence ends at . ! or ? (with closing quotes or brackets) before white space and a capital, a
# digit or an opening quote, but not after an initial or a title.
SENTENCE_END = re.compile(
    r"(?<!\b[A-Z])(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bMrs)[.!?][”’\"')\]]*(?=\s+[“‘\"'(A-Z0-9])"
)
HEADING_WORDS = 12
LETTERS = 12
"""Characters per word that a passage may have at most, on average: what has no blanks must end too."""
LONGEST_WORD = 200
UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
"""Characters of languages that write without blanks: two of them count as a word beside."""
BREAKS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\n\s*\n",
        SENTENCE_END.pattern,
        r"[.!?;:](?=\s)|[。！？；．]|\n",
        r"[,–—|•·](?=\s)|[，、]",
        r"\s",
    )
)
"""Where a passage may end that is too long, the best first."""
COLUMNS = (
    "passage_id",
    "document_id",
    "position",
    "start_char",
    "end_char",
    "text",
    "text_hash",
    "document_hash",
)


def run(connection: Connection, config: Config, tell: Tell) -> int:
    """Cut documents that have changed since they were last cut. Returns new passages."""
    named = store.queries("passages")
    sizes = (str(config.passages.target_words), str(config.passages.max_words))
    settings = short_id(*sizes, rules(__name__))
    connection.execute(named["drop_stale"], [settings])
    documents = connection.execute(named["uncut"], [settings]).fetchall()
    count = 0
    for start in range(0, len(documents), 2000):
        rows = []
        for document_id, text, document_hash in documents[start : start + 2000]:
            for position, (a, b) in enumerate(
                cut(text, config.passages.target_words, config.passages.max_words)
            ):
                passage = text[a:b]
                name = f"{document_id}-{position:04d}"
                rows.append((name, document_id, position, a, b, passage, short_id(passage), document_hash))
        count += store.insert(connection, "passage", COLUMNS, rows)
        tell.steps(start + len(rows), len(documents))
    return count


def cut(text: str, target_words: int, max_words: int) -> list[Span]:
    """Character spans of the passages of a text, in order, covering every paragraph.

    Paragraphs (separated by blank lines) are joined while the whole stays within `target_words`, and
    a heading (a short paragraph without a full stop) goes with the next one; a paragraph of more than
    `max_words` is split at sentence ends into parts of about `target_words`. What has more than `max_words`
    then, or as many characters as words hardly have, is split at the best break there is.
    """
    return [
        part
        for a, b in _joined(text, target_words, max_words)
        for part in _limited(text, a, b, target_words, max_words)
    ]


def _joined(text: str, target_words: int, max_words: int) -> list[Span]:
    spans: list[Span] = []
    start, end, words, open_heading = -1, -1, 0, False
    for a, b in _pieces(text, target_words, max_words):
        size = len(text[a:b].split())
        if start >= 0 and not open_heading and words + size > target_words:
            spans.append((start, end))
            start = -1
        if start < 0:
            start, words = a, 0
        end, words = b, words + size
        open_heading = _is_heading(text[a:b])
    if start >= 0:
        spans.append((start, end))
    return spans


def _pieces(text: str, target_words: int, max_words: int) -> Iterator[Span]:
    for match in PARAGRAPH.finditer(text):
        a = match.start()
        b = a + len(match.group().rstrip())
        if len(text[a:b].split()) > max_words:
            yield from _sentences(text, a, b, target_words)
        else:
            yield a, b


def _sentences(text: str, a: int, b: int, target_words: int) -> Iterator[Span]:
    start, last = a, a
    for end in [*(match.end() for match in SENTENCE_END.finditer(text, a, b)), b]:
        if last > start and len(text[start:end].split()) > target_words:
            yield start, last
            start = _skipped(text, last, b)
        last = end
    yield start, b


def _limited(text: str, a: int, b: int, target: int, most: int) -> Iterator[Span]:
    """A span, or parts of it, each of at most `most` words and about `target` where there is a choice."""
    while (end := _reach(text, a, b, most)) < b:
        at = _best(text, a, _reach(text, a, end, target / 2), _reach(text, a, end, target), end)
        yield a, a + len(text[a:at].rstrip())
        a = _skipped(text, at, b)
    yield a, b


def _best(text: str, a: int, least: int, goal: int, end: int) -> int:
    """Where to cut text[a:end]: at the best kind of break, near `goal`, and not before `least`."""
    for kind in BREAKS:
        cuts = [found.end() for found in kind.finditer(text, a, end) if found.end() >= least]
        if before := [cut for cut in cuts if cut <= goal]:
            return before[-1]
        if cuts:
            return cuts[0]
    while goal < end and unicodedata.combining(text[goal]):
        goal += 1
    return goal


def _reach(text: str, a: int, b: int, words: float) -> int:
    """How far from `a` so many words go, `b` at most, and one character at least."""
    size, letters = 0.0, max(int(words * LETTERS), LONGEST_WORD)
    for found in re.finditer(r"\S+", text[a : min(b, a + letters + 1)]):
        for part in UNSPACED.finditer(found.group()) if not found.group().isascii() else ():
            size += 0.5
            if size > words:
                return max(a + found.start() + part.start(), a + 1)
        size += 1
        if size > words:
            return max(a + found.start(), a + 1)
    return b if b - a <= letters else a + letters


def _skipped(text: str, at: int, b: int) -> int:
    """Behind the white space at `at`."""
    while at < b and text[at].isspace():
        at += 1
    return at


def _is_heading(paragraph: str) -> bool:
    return len(paragraph.split()) <= HEADING_WORDS and paragraph[-1] not in ".!?…”’\"'"
