"""passage, embeddings, capture, models -> topic, passage_topic, topic_fit, topic_lineage, models: a model in
models/<fit id>/ each time that all is fitted anew.

New passages are assigned to the topics of the last fit. Where these no longer do, topics are fitted anew
and matched with those of the last fit, whose ids they keep (docs/decisions/0018). Every passage belongs to
a topic, and the same passages, fitted anew, give the same topics (docs/decisions/0003).

When: passages that are new join the topics of the last fit, those that are gone leave them. A refit only
where that no longer serves: too much is new or gone, or unlike what was fitted, or some of it lies together
apart from the old, or embedding model, settings under `[topics]` or rules changed (docs/methods.md#identity).
It says in one line which it was, and why.
Interrupted: rolled back; the old model stays.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from pipeline import store, workers
from pipeline.config import Config
from pipeline.errors import ModelError
from pipeline.fingerprints import rules
from pipeline.progress import Tell
from pipeline.records import short_id
from pipeline.stages.embed import attach
from pipeline.store import Connection
from pipeline.topics import lineage, saved_fits
from pipeline.topics.assigning import bring_up, write
from pipeline.topics.clusters import ready
from pipeline.topics.drift import due, why_not
from pipeline.topics.embedding import made_by, name_of, unpack
from pipeline.topics.identity import TopicEvent, TopicSet, born, carry_over
from pipeline.topics.lineage import Chapter
from pipeline.topics.model import fit_model, topic_names
from pipeline.topics.neighbourhoods import Neighbourhoods, keep, neighbourhoods
from pipeline.topics.saved_fits import Fit
from pipeline.topics.space import space_of
from pipeline.topics.vectors import Labels, centroids_of, membership

UPKEEP_RULES = tuple(
    f"pipeline.topics.{name}"
    for name in ("drift", "identity", "kept_arrays", "lineage", "new_subjects", "saved_fits")
)
"""Modules that say when to fit, which ids topics get and what is kept: no reason to fit anew."""
UPKEEP = ("refit_share", "drift", "keep", "refits", "stable")
"""Settings that say when to fit, not how."""
CHANGED = {
    "embedding": "the embedding model changed",
    "settings": "settings under [topics] changed",
    "rules": "the rules of fitting changed",
}


class NoWordsError(Exception):
    """All words of the passages are stop words, or none is a word."""


@dataclass(frozen=True, slots=True)
class MadeOf:
    """What a fit rests on: a hash of the passages, the embedder's name, the settings, a hash of the rules."""

    state: str
    embedding: str
    settings: str
    rules: str

    @property
    def fingerprint(self) -> str:
        """One hash of it all."""
        return short_id(self.state, self.embedding, self.settings, self.rules)

    def changed(self, manifest: dict[str, Any]) -> str:
        """What is not as it was for the fit of that manifest, passages aside, in words."""
        made = manifest.get("made_of", {})
        return next((why for key, why in CHANGED.items() if made.get(key) != getattr(self, key)), "")


def run(connection: Connection, config: Config, tell: Tell) -> int:
    """Assign what is new, or fit all anew. Returns passages assigned, or topics fitted."""
    named = store.queries("fit")
    made_of = _made_of(connection, config)
    fingerprint = short_id(made_of.fingerprint, rules(__name__))
    chapters = lineage.chapters(connection, config, tell)
    there = bool(chapters) and (config.models / chapters[-1].fit_id).exists()
    wanted = bool(store.value(connection, named["asked"]))
    if there and not wanted and store.unchanged(connection, "fit", fingerprint):
        return 0
    if _too_few(connection, config, tell):
        return 0
    attach(connection, config)
    last, why = _last(config, chapters, made_of, tell)
    why = "it was asked for" if wanted and chapters else why
    count = 0
    if last is not None and last.space is not None and not why:
        fit_id = chapters[-1].fit_id
        asked = saved_fits.asked(config.models, fit_id)
        arrived, drift = bring_up(connection, last, last.space, fit_id, config.topics, asked)
        if not (why := due(drift, config.topics)):
            count = len(arrived)
            saved_fits.ask(config.models, fit_id, arrived - asked)
            tell.say(f"topics: {count:,} new passages assigned; {why_not(drift)}")
    if why:
        try:
            chapters, count = _refit(connection, config, made_of, chapters, last, why, tell)
        except NoWordsError:
            return _none(connection, tell, "the passages hold no words that could name a topic")
    lineage.show(connection, chapters)
    store.mark(connection, "fit", fingerprint)
    return count


def _made_of(connection: Connection, config: Config) -> MadeOf:
    state = str(store.value(connection, store.queries("fit")["passage_state"]))
    how = {key: value for key, value in asdict(config.topics).items() if key not in UPKEEP}
    return MadeOf(state, made_by(config), json.dumps(how), rules(__name__, without=UPKEEP_RULES))


def _too_few(connection: Connection, config: Config, tell: Tell) -> bool:
    """Whether there is too little to find topics in; it then says so, and there are none."""
    passages = int(store.value(connection, "SELECT count(*) FROM passage"))
    least = 2 * config.topics.min_passages
    if passages >= least:
        return False
    _none(connection, tell, f"{passages} passages are too few to find topics in (at least {least})")
    return True


def _none(connection: Connection, tell: Tell, why: str) -> int:
    connection.execute("DELETE FROM topic")
    connection.execute("DELETE FROM passage_topic")
    tell.warn(why)
    return 0


def _last(config: Config, chapters: Sequence[Chapter], made_of: MadeOf, tell: Tell) -> tuple[Fit | None, str]:
    """The last fit, from its model, and why it no longer serves; an empty reason where it does."""
    if not chapters:
        return None, "there were none"
    try:
        last = saved_fits.load(config.models, chapters[-1].fit_id)
        if last.space is None:
            return last, "the last model is of an older version"
        return last, made_of.changed(saved_fits.manifest_of(config.models, chapters[-1].fit_id))
    except ModelError as error:
        tell.warn(f"{error}: topics are fitted anew")
        return None, "the last model was lost"


def _refit(
    connection: Connection,
    config: Config,
    made_of: MadeOf,
    chapters: Sequence[Chapter],
    last: Fit | None,
    why: str,
    tell: Tell,
) -> tuple[list[Chapter], int]:
    """Fit all passages anew and keep the model. Returns the history with this fit, and its topics."""
    earlier = (last.ids, last.topics) if last else lineage.earlier(connection, config)
    fit, events, model, around = _fit(
        connection, config, earlier, chapters[-1].next_number if chapters else 0
    )
    if len(fit.rows) == 1 and config.topics.count != 1:
        tell.warn("topics: fits of parts of the passages don't agree, so all are one topic")
    elif len(fit.rows) < config.topics.count:
        tell.warn(_fewer(len(fit.rows), config))
    parent = chapters[-1] if chapters else None
    chapter = Chapter(
        short_id(parent.fit_id if parent else "", made_of.fingerprint), parent.fit_id if parent else None,
        parent.number + 1 if parent else 1, store.value(connection, store.queries("fit")["latest"]), why,
        len(fit.passages), len(fit.rows), _next_number(events, parent), tuple(events),
    )  # fmt: skip
    about = {key: value for key, value in asdict(chapter).items() if key not in ("fit_id", "events")}
    about |= {"made_of": asdict(made_of), "settings": asdict(config.topics), "seed": config.topics.seed}
    about |= {"fitted_at": datetime.now(UTC).isoformat(timespec="seconds")}
    saved_fits.save(config.models, chapter.fit_id, fit, model, about)
    keep(config.working / "neighbourhoods", chapter.fit_id, around)
    lineage.append(config.models, chapter)
    every = [*chapters, chapter]
    saved_fits.forget(config.models, [known.fit_id for known in every[-max(config.topics.keep, 1) :]])
    write(connection, fit, chapter.fit_id)
    connection.execute(store.queries("fit")["answered"])
    fates = f": {_fates(events)}" if earlier else ""
    tell.say(f"topics: {len(fit.rows)} fitted, since {why}{fates}")
    return every, len(fit.rows)


def _fit(
    connection: Connection, config: Config, earlier: tuple[list[str], TopicSet] | None, next_number: int
) -> tuple[Fit, list[TopicEvent], Any, Neighbourhoods]:
    """A fit of all passages, what became of the topics, BERTopic's model, and what the fit rests on."""
    found = connection.execute(store.queries("fit")["passages"]).fetchnumpy()
    vectors, settings = unpack(found["vector"]), config.topics
    words = [str(text) for text in found["text"]]
    workers.prepare(ready, len(words))
    features, around = neighbourhoods(words, vectors, settings)
    try:
        model = fit_model(words, vectors, settings, around)
    except ValueError as error:
        if "empty vocabulary" not in str(error):
            raise
        raise NoWordsError from None
    labels: Labels = np.asarray(model.topics_, dtype=np.int64)
    names = topic_names(model, settings.terms)
    texts = [str(text) for text in found["text_hash"]]
    topics = TopicSet(name_of(config), centroids_of(vectors, labels), names, texts, labels)
    ids, events = carry_over(*earlier, topics, next_number) if earlier else born(topics, next_number)
    sizes = topics.sizes.tolist()
    rows = [
        {"topic_id": ids[k], "label": ", ".join(terms[:4]), "terms": terms, "passages": sizes[k]}
        for k, terms in enumerate(names)
    ]
    space = space_of(features, around, settings.neighbours, found["document_id"].tolist())
    passages = [str(passage) for passage in found["passage_id"]]
    return Fit(topics, rows, passages, membership(vectors, labels), space), events, model, around


def _next_number(events: Sequence[TopicEvent], parent: Chapter | None) -> int:
    used = (int(event.topic_id[1:]) + 1 for event in events)
    return max([parent.next_number if parent else 0, *used])


def _fewer(found: int, config: Config) -> str:
    wanted = config.topics
    return (
        f"topics: {found}, not the {wanted.count} of `count`: the passages divide into no more of at least "
        f"{wanted.min_passages} (`min_passages`)"
    )


def _fates(events: Sequence[TopicEvent]) -> str:
    counts = Counter(event.kind for event in events)
    said = {
        "continued": "keep their ids",
        "born": "are new",
        "split": "split off",
        "merged": "merged",
        "died": "ended",
    }
    return ", ".join(f"{counts[kind]} {words}" for kind, words in said.items() if counts[kind])
