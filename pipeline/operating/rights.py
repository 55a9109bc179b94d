"""What follows from what is said of rights: the licence a statement names, and what may be exported.

The ledger: document, capture, policy_file, refusal -> rights. Part of the stage `tally`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pipeline import store
from pipeline.config import Config, make, read_toml, refuse_unknown
from pipeline.errors import ConfigError
from pipeline.store import Connection

EXPORTS = ("text", "quotations", "metadata")


@dataclass(frozen=True, slots=True)
class Licence:
    """An open licence, the pattern of what names it (small letters), and what it asks of those who share."""

    name: str
    pattern: str
    terms: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """What may be exported of documents for which all of `when` holds: licensed, reserved."""

    name: str
    may_export: str
    terms: str = ""
    when: tuple[str, ...] = ()

    def fits(self, licensed: bool, reserved: bool) -> bool:
        """Whether it speaks of such documents."""
        holds = {"licensed": licensed, "reserved": reserved}
        return all(holds[condition] for condition in self.when)


@dataclass(frozen=True, slots=True)
class Rights:
    """The licences in the order they are looked for, and the rules in the order they are tried."""

    licences: tuple[Licence, ...]
    rules: tuple[Rule, ...]

    def licence_of(self, statement: str) -> Licence | None:
        """The first licence that the statement names."""
        said = statement.lower()
        return next((licence for licence in self.licences if re.search(licence.pattern, said)), None)

    def rule_for(self, licensed: bool, reserved: bool) -> Rule:
        """The first rule that fits; there is one for everything."""
        return next(rule for rule in self.rules if rule.fits(licensed, reserved))


def load(file: Path) -> Rights:
    """Read and check the rules. Raises ConfigError for what can't be used."""
    table = read_toml(file)
    refuse_unknown(table, {"licence": (), "rule": ()}, str(file))
    licences = [make(Licence, item, f"{file} [[licence]]") for item in table.get("licence", ())]
    rules = [make(Rule, item, f"{file} [[rule]]") for item in table.get("rule", ())]
    for licence in licences:
        try:
            re.compile(licence.pattern)
        except re.error as error:
            raise ConfigError(f"{file}: the pattern of {licence.name!r} can't be used: {error}") from error
    for rule in rules:
        if unknown := set(rule.when) - {"licensed", "reserved"}:
            raise ConfigError(
                f"{file}: the rule {rule.name!r} asks for {unknown.pop()!r}; known: licensed, reserved"
            )
        if rule.may_export not in EXPORTS:
            raise ConfigError(f"{file}: the rule {rule.name!r} says may_export = {rule.may_export!r}, "
                              f"which must be one of {', '.join(EXPORTS)}")  # fmt: skip
    if all(rule.when for rule in rules):
        raise ConfigError(f"{file}: end the rules with one that asks nothing, so that every document has one")
    return Rights(tuple(licences), tuple(rules))


def fill(connection: Connection, config: Config) -> None:
    """Write the rights ledger anew, by today's sources.toml and rights.toml."""
    named = store.queries("rights")
    rules = load(config.rights_file)
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
