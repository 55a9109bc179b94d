"""A row of somebody's data (application/json, one object a capture) -> a draft document.

Keys: url, title, text, published (or date), precision (or date_precision), authors, genre, doi, access,
language, rights, source, id. Only `text` is needed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from html import unescape
from typing import Any

from pipeline.errors import SetAside
from pipeline.readers import blocks, dates, markup, normal, people, references, urls
from pipeline.readers.decode import text_of
from pipeline.readers.draft import Draft
from pipeline.readers.layout import GENERAL
from pipeline.readers.sources.registry import layout_of
from pipeline.records import ACCESS, GENRES, PRECISIONS, Capture

_MARKUP = re.compile(
    r"</?(?:p|div|br|h[1-6]|ul|ol|li|a|b|i|em|strong|span|html|body|table|sup|blockquote|jats:\w+)\b[^<>]*/?>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});", re.IGNORECASE)


def read_record(capture: Capture, row: Mapping[str, Any]) -> Draft:
    """`row` is the capture's object. Raises SetAside("broken-record") for one without a text."""
    text = _said(row, "text")
    if not text.strip():
        raise SetAside("broken-record", "no text: keys " + (", ".join(sorted(map(str, row)))[:200] or "none"))
    url = _said(row, "url") or capture.url
    layout = layout_of(_said(row, "source") or capture.source, urls.normalise(url))
    draft = Draft(
        url=urls.normalise(url, layout.addresses), source=_said(row, "source") or layout.source or None
    )
    draft.title = " ".join(plain(_said(row, "title")))
    draft.paragraphs = plain(text)
    draft.authors = people.people(_many(row.get("authors")), layout.names)
    draft.doi = urls.doi(_said(row, "doi"))
    draft.language = re.split(r"[-_]", _said(row, "language").lower())[0] or None
    draft.rights = _said(row, "rights") or None
    genre, access = _said(row, "genre"), _said(row, "access")
    draft.genre = genre if genre in GENRES else GENERAL.genre_of([(genre, "")], "")[0]
    draft.access = access if access in ACCESS else "full"
    for key in ("pmid", "pmcid", "journal", "volume", "issue", "pages"):
        setattr(draft, key, _said(row, key) or None)
    _date(draft, row)
    draft.origins |= {key: "record" for key in row if hasattr(draft, key) and row[key] not in (None, "", [])}
    draft.origins.pop("published", None)
    return draft


def plain(text: str) -> list[str]:
    """Paragraphs of a text that may hold HTML, or entities without a tag, or HTML whose tags are entities."""
    if not _MARKUP.search(text):
        text = unescaped(text)
    if not _MARKUP.search(text):
        return normal.split(text)
    tree = markup.parse(f"<div>{text}</div>")
    if tree is None:
        return normal.split(text)
    markup.clean(tree)
    references.drop_references(tree)
    return [block.text for block in blocks.blocks(tree)]


def unescaped(text: str) -> str:
    """Plain text with its entities as signs, also those escaped twice. Only what ends in `;` is one."""
    for _ in range(2):
        text = _ENTITY.sub(lambda hit: unescape(hit[0]), text)
    return text


def unmarked(html: str, drop: Sequence[str] = ()) -> list[str]:
    """Paragraphs of a field that is HTML, whether or not it has a tag in it, but for what `drop` selects."""
    tree = markup.parse(f"<div>{html}</div>") if html.strip() else None
    if tree is None:
        return []
    markup.clean(tree)
    if drop:
        markup.furniture(tuple(drop)).prune(tree)
    references.drop_references(tree)
    return [block.text for block in blocks.blocks(tree)]


def row_of(capture: Capture) -> Mapping[str, Any]:
    """The object that a capture in JSON holds. Raises SetAside("broken-record") where it holds none."""
    if not capture.body.strip():
        raise SetAside("empty", "no bytes")
    try:
        row = json.loads(text_of(capture.body, capture.charset))
    except (ValueError, RecursionError) as error:
        raise SetAside("broken-record", f"not valid JSON: {str(error)[:200]}") from error
    if not isinstance(row, dict):
        raise SetAside("broken-record", f"not an object but a {type(row).__name__}")
    return row


def _said(row: Mapping[str, Any], key: str) -> str:
    """A field's words; "" for what is missing or no text."""
    value = row.get(key)
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def _many(value: object) -> list[str]:
    items = value if isinstance(value, list) else [value]
    named = [item.get("name") if isinstance(item, dict) else item for item in items]
    return [unescaped(item) for item in named if isinstance(item, str)]


def _date(draft: Draft, row: Mapping[str, Any]) -> None:
    key = "published" if _said(row, "published") else "date"
    dated = dates.parse(_said(row, key))
    if dated is None:
        return
    precision = _said(row, "precision") or _said(row, "date_precision")
    # a table that only has whole dates says beside them how much of each is known
    if precision in PRECISIONS and PRECISIONS.index(precision) > PRECISIONS.index(dated.precision):
        day = dated.day.replace(day=1, month=1 if precision == "year" else dated.day.month)
        dated = dates.Dated(day, precision)
    draft.dates.append((dated, f"record {key}"))
