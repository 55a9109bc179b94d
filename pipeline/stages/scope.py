"""document, scope.toml -> scope: whether a document is about the corpus's subject, and why.

The rule holds for the sources that sources.toml declares, which gather more than the subject. What a
person imported under a source of their own is in scope because they chose it.

When: documents that today's rule has not judged.
"""

from __future__ import annotations

import hashlib

from pipeline import store
from pipeline.config import Config
from pipeline.fingerprints import rules
from pipeline.progress import Tell
from pipeline.records import short_id
from pipeline.store import Connection
from pipeline.themes import scope as rule

COLUMNS = ("document_id", "in_scope", "reason", "terms", "mentions", "document_hash", "rule")
CHOSEN = "imported by choice"


def run(connection: Connection, config: Config, tell: Tell) -> int:
    """Judge documents that today's rule has not judged. Returns how many."""
    named = store.queries("scope")
    version = _version(config)
    connection.execute(named["drop_stale"], [version])
    if not store.value(connection, named["any_unjudged"]):
        return 0
    scope = rule.load(config.scope_file)
    matcher = scope.matcher()
    rows = []
    for document_id, source, published, words, document_hash, title, text in connection.execute(
        named["unjudged"], [matcher.pattern, matcher.pattern]
    ).fetchall():
        in_title, in_text = matcher.accept(title), matcher.accept(text)
        verdict = (
            scope.judge(published, words, in_title, in_text)
            if source in config.sources
            else rule.Verdict(True, CHOSEN)
        )
        terms = list(dict.fromkeys(found.lower() for found in [*in_title, *in_text]))
        mentions = len(in_title) + len(in_text)
        rows.append((document_id, verdict.in_scope, verdict.reason, terms, mentions, document_hash, version))
    return store.insert(connection, "scope", COLUMNS, rows)


def _version(config: Config) -> str:
    """Changes with the rule, the declared sources and this code."""
    file = hashlib.sha256(config.scope_file.read_bytes()).hexdigest()
    return short_id(
        file,
        " ".join(sorted(config.sources)),
        rules(__name__, using=("duckdb",)),  # whose regular expressions find the terms
    )
