"""A passage -> why it is coded or not: the passage, then for each theme the reasons, and in words."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from datetime import date
from math import exp

from pipeline import store
from pipeline import themes as books
from pipeline.asking.reasons import Learnt, Reason, weigh
from pipeline.config import Config
from pipeline.errors import InputError
from pipeline.store import Connection
from pipeline.themes import model_tables
from pipeline.themes.codebook_evidence import (
    ALIKE,
    CODED,
    KEPT,
    ONE_PHRASE,
    UNLIKE,
)
from pipeline.themes.imported import chosen
from pipeline.themes.model import IMPORTED, Model
from pipeline.topics.embedding import embedder

WIDTH = 100
TOLD = 8
"""Parts of a classifier's sum that are named; the others are told as one."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of the published file and its document."""

    passage_id: str
    text: str
    title: str
    source: str
    published: date | None
    published_precision: str | None
    url: str


@dataclass(frozen=True, slots=True)
class Explained:
    """A passage and its reasons, the highest score first; with the thresholds that decide."""

    passage: Passage
    reasons: list[Reason]
    unlike: float = UNLIKE
    alike: float = ALIKE
    kept_from: float = KEPT
    coded_from: float = CODED


def explain(config: Config, passage_id: str) -> Explained:
    """Why the passage is coded as it is, by today's codebook and embedding and the published models.

    Raises InputError for a passage that the published file does not have, or whose text it withholds.
    """
    with store.open_published(store.published_file(config)) as connection:
        passage = _passage(connection, passage_id)
        stored = dict(connection.execute(store.queries("why")["codings"], [passage_id]).fetchall())
        model_id = store.value(connection, store.queries("why")["model"])
        model = model_tables.read(connection, str(model_id)) or Model()
        said = connection.execute(store.queries("why")["given"], {"passage": passage_id}).fetchall()
    given = {theme: score for theme, coder, score in said if chosen(model).get(theme) == coder}
    book = books.load(config.codebook_file)
    reasons = weigh(passage.text, book.themes, embedder(config), stored, model, given)
    return Explained(passage, sorted(reasons, key=lambda reason: -reason.score))


def _passage(connection: Connection, passage_id: str) -> Passage:
    named = store.queries("why")
    row = connection.execute(named["passage"], [passage_id]).fetchone()
    if row is None:
        document = passage_id.partition("-")[0]
        span = connection.execute(named["of_document"], [document]).fetchone()
        hint = (
            f"its document has {span[2]}, from {span[0]} to {span[1]}"
            if span
            else "`themeshift evidence` lists passages with their names"
        )
        raise InputError(f"there is no passage {passage_id!r} in the published file: {hint}")
    if row[1] is None:
        raise InputError(
            f"the text of {passage_id} may be kept no longer, so there is nothing to tell why by"
        )
    return Passage(*row)


def as_text(found: Explained) -> str:
    """The passage, then a paragraph for each theme."""
    passage = found.passage
    head = f"passage {passage.passage_id}, {passage.source}: {passage.title}\n{passage.url}"
    body = [_wrapped(part, "  ") for part in passage.text.split("\n\n")]
    return "\n\n".join(["\n".join([head, *body]), *map(_told, found.reasons)])


def _told(reason: Reason) -> str:
    verdict = "coded" if reason.coded else "not coded"
    lines = [f"{reason.theme}: {reason.score:.4f}, {verdict}"]
    told = [_phrases(reason), _likeness(reason), _decision(reason)]
    if reason.learnt and reason.learnt.method == IMPORTED:
        told += [
            f"another program's score ({reason.learnt.why}): {1 / (1 + exp(-reason.learnt.log_odds)):.4f}"
        ]
    if reason.learnt:
        told += [_sum(reason.learnt)] if reason.learnt.parts else []
        told += [_probability(reason.learnt, reason)]
    lines += [_wrapped(line, "  ") for line in told]
    if not reason.agrees:
        stored = "none" if reason.stored is None else f"{reason.stored:.4f}"
        lines.append(
            f"  published: {stored}, by another codebook, model or text: "
            "run `themeshift build`, then `themeshift publish`"
        )
    return "\n".join(lines)


def _phrases(reason: Reason) -> str:
    counted = [f"“{m.words}” by `{m.phrase}`" for m in reason.matches if m.counts]
    struck = [f"“{m.words}” by `{m.phrase}`" for m in reason.matches if m.excluded]
    denied = [f"“{m.words}” by “{m.denied_by}”" for m in reason.matches if m.negated]
    said = f"phrases: {'; '.join(dict.fromkeys(counted)) or 'none'}"
    if struck:
        said += f"; struck by `exclude`: {'; '.join(dict.fromkeys(struck))}"
    if denied:
        said += f"; passed over as negated: {'; '.join(dict.fromkeys(denied))}"
    if reason.halved:
        return f"{said}; alone in a passage unlike the theme, halved: p = {ONE_PHRASE:g} / 2 = {reason.p:.4f}"
    many = f"; {reason.distinct} distinct" if counted else ""
    return f"{said}{many}: p = {reason.p:.4f}"


def _likeness(reason: Reason) -> str:
    place = (
        "unlike" if reason.likeness <= UNLIKE else "carries alone" if reason.likeness >= ALIKE else "between"
    )
    return (
        f"likeness: {reason.likeness:.4f} ({place}: unlike below {UNLIKE:g}, carries alone from {ALIKE:g}): "
        f"q = {reason.q:.4f}; most like “{reason.most_like}” (cosine {reason.cosine:.2f})"
    )


def _decision(reason: Reason) -> str:
    value = f"1 - (1 - p)(1 - q) = {reason.joined:.4f}"
    if reason.learnt:
        return f"codebook's score: {value}"
    if reason.coded:
        return f"score: {value}, at least {CODED:g}: coded ({reason.method})"
    if reason.score >= KEPT:
        return f"score: {value}, under {CODED:g}: kept, not coded ({reason.method})"
    return f"score: {value}, under {KEPT:g}: no sign of the theme, not kept"


def _probability(learnt: Learnt, reason: Reason) -> str:
    side, verdict = ("at least", "coded") if reason.coded else ("under", "not coded")
    odds = f"log-odds {learnt.log_odds:.4f}" if learnt.parts else f"its log-odds {learnt.log_odds:.4f}"
    curve = f"{learnt.slope:.4f} * {learnt.log_odds:.4f} {learnt.offset:+.4f}"
    return (
        f"probability: by people's codes, {odds} make 1 / (1 + exp(-({curve}))) = {reason.score:.4f}, "
        f"{side} {learnt.threshold:.4f}: {verdict} ({reason.method})"
    )


def _sum(learnt: Learnt) -> str:
    told = list(learnt.parts.items())[:TOLD]
    rest = sum(learnt.parts.values()) - sum(value for _, value in told)
    parts = ", ".join(f"{name} {value:+.4f}" for name, value in told)
    others = len(learnt.parts) - len(told)
    more = f", {others} others {rest:+.4f}" if others else ""
    return (
        f"classifier ({learnt.why}): {parts}{more}, intercept {learnt.intercept:+.4f}; "
        f"the sum is {learnt.log_odds:.4f}"
    )


def _wrapped(text: str, indent: str) -> str:
    return textwrap.fill(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ", break_long_words=False
    )
