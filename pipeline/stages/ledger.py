"""document, capture, policy_file, refusal -> rights: on what ground a document is here. Part of `tally`."""

from __future__ import annotations

from pipeline import rights, store
from pipeline.config import Config
from pipeline.store import Connection


def fill(connection: Connection, config: Config) -> None:
    """Write the rights ledger anew, by today's sources.toml and rights.toml."""
    named = store.queries("rights")
    rules = rights.load(config.rights_file)
    for query in ("stage_licences", "stage_rules"):
        connection.execute(named[query])
    licences = []
    for (statement,) in connection.execute(named["statements"]).fetchall():
        if licence := rules.licence_of(statement):
            licences.append((statement, licence.name, licence.terms))
    store.insert(connection, "licence_stated", ("statement", "licence", "terms"), licences)
    cases = [(licensed, reserved) for licensed in (True, False) for reserved in (True, False)]
    found = [(case, rules.rule_for(*case)) for case in cases]
    rows = [(*case, rule.may_export, rule.terms, rule.name) for case, rule in found]
    store.insert(connection, "export_rule", ("licensed", "reserved", "may_export", "terms", "name"), rows)
    connection.execute("DELETE FROM rights")
    connection.execute(named["ledger"])
