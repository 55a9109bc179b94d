"""A theme -> a sample of the passages to ask about next, from the published file and all answers so far.

The sample is for training alone: its passages were chosen, not drawn, and say nothing of the corpus.
Documents that a sample keeps for evaluation are never asked about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline import store
from pipeline import themes as books
from pipeline.config import Config
from pipeline.errors import InputError
from pipeline.labelling import codes, samples
from pipeline.labelling.drawing import Stratum
from pipeline.labelling.frame import codebook_version, known_theme
from pipeline.labelling.samples import Drawn, Sample
from pipeline.labelling.suggesting import Candidates, Phrase, ask_next, phrases, scores
from pipeline.records import counted, short_id
from pipeline.store import Connection
from pipeline.themes.sentences import of
from pipeline.topics.embedding import Vectors, embedder

Embed = Callable[[Sequence[str]], Vectors]
Row = tuple[str, str, str, int]
"""passage, document, text, year."""
NEW = "suggested"
KIND = "suggest"
FEWEST = 5
"""Passages that people found a theme in, from which on phrases are proposed by these and not by likeness."""
LIKELIEST = 30


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What is proposed for a theme: a sample to code, not yet kept, and phrases.

    `answers` and `positives` count what people have said of the theme so far.
    """

    sample: Sample
    phrases: list[Phrase]
    answers: int
    positives: int


def suggest(config: Config, theme: str, number: int, vectors: Embed) -> Suggestions:
    """The next passages and phrases. The same answers give the same suggestions.

    `vectors` embeds texts, or knows their vectors. Raises InputError for an unknown theme, and where nothing
    is left to ask; StoreError where nothing is published.
    """
    book = books.load(config.codebook_file)
    own = known_theme(theme, book)
    with store.open_published(store.published_file(config)) as connection:
        rows = candidates(connection, config)
        built = connection.execute(store.queries("label")["built"]).fetchone() or ()
    answered, barred = _answers(config, theme, {row[0]: short_id(row[2]) for row in rows})
    rows = [row for row in rows if row[1] not in barred or row[0] in answered]
    matcher = books.Matcher(own)
    texts = [row[2] for row in rows]
    found = Candidates(texts, vectors(texts), [row[1] for row in rows], [matcher(text) for text in texts])
    answers = {at: answered[row[0]] for at, row in enumerate(rows) if row[0] in answered}
    z = scores(found, answers, of(own, book.themes, embedder(config)))
    picked = ask_next(found, answers, z, number)
    if not picked:
        raise InputError(f"all {len(rows)} passages that may be asked about {theme!r} have answers")
    positive = [at for at, yes in answers.items() if yes]
    likely = [int(at) for at in (-z).argsort(kind="stable")[:LIKELIEST] if answers.get(int(at), True)]
    carrying = positive if len(positive) >= FEWEST else likely
    years = [row[3] for row in rows]
    kinds = Counter(kind for _, kind in picked)
    strata = tuple(
        Stratum(f"{NEW} / {kind}", NEW, "", min(years), max(years), len(rows), count)
        for kind, count in sorted(kinds.items())
    )
    drawn = tuple(
        Drawn(rows[at][0], rows[at][1], short_id(texts[at]), f"{NEW} / {kind}", "train", 1.0, 1.0)
        for at, kind in picked
    )
    sample = Sample(
        sample_id=_free_name(config, theme),
        drawn_at=datetime.now(UTC).isoformat(timespec="seconds"),
        unit="passage", themes=(theme,), show=(), codebook=codebook_version(book),
        frame={"passages": len(rows), "answers": len(answers), "published": [str(value) for value in built]},
        strata=strata, passages=drawn, purpose=samples.TRAINING,
    )  # fmt: skip
    return Suggestions(sample, phrases(texts, carrying, matcher), len(answers), len(positive))


def unfinished(config: Config, theme: str, coder: str | None) -> str | None:
    """The last sample of suggestions for the theme, where this coder, or any, has left a passage open."""
    names = [name for name in samples.known(config.archive) if _number(name, theme)]
    if not names:
        return None
    last = max(names, key=lambda name: _number(name, theme))
    said = {code.passage_id for code in codes.read(config.archive, last).codes if coder in (None, code.coder)}
    asked = {drawn.passage_id for drawn in samples.load(config.archive, last).passages}
    return last if asked - said else None


def candidates(connection: Connection, config: Config) -> list[Row]:
    """All that counts in trends and can be read."""
    counted = store.queries("trend")["documents"].strip().rstrip(";").replace("?", "$access")
    query = store.queries("label")["to_suggest"].format(counted=counted)
    return connection.execute(query, {"access": list(config.trend.access)}).fetchall()


def answers_to(config: Config, theme: str, rows: Sequence[Row]) -> dict[int, bool]:
    """Index of a passage -> what people said of the theme there, for training."""
    answered, _ = _answers(config, theme, {row[0]: short_id(row[2]) for row in rows})
    return {at: answered[row[0]] for at, row in enumerate(rows) if row[0] in answered}


def _answers(config: Config, theme: str, hashes: dict[str, str]) -> tuple[dict[str, bool], set[str]]:
    """What people said of passages as they read now, by majority; and documents kept for evaluation."""
    votes: dict[str, list[bool]] = {}
    barred: set[str] = set()
    for name in samples.known(config.archive):
        sample = samples.load(config.archive, name)
        barred |= {drawn.document_id for drawn in sample.passages if drawn.part == "evaluate"}
        training = {drawn.passage_id for drawn in sample.passages if drawn.part == "train"}
        for code in codes.read(config.archive, name).codes:
            if (
                code.theme == theme
                and code.present is not None
                and code.passage_id in training
                and hashes.get(code.passage_id) == code.text_hash
            ):
                votes.setdefault(code.passage_id, []).append(code.present)
    said = {name: sum(given) / len(given) for name, given in votes.items()}
    return {name: share > 0.5 for name, share in said.items() if share != 0.5}, barred


def _number(name: str, theme: str) -> int:
    head, _, number = name.rpartition("-")
    return int(number) if head == f"{KIND}-{theme}"[:36] and number.isdigit() else 0


def _free_name(config: Config, theme: str) -> str:
    last = max((_number(name, theme) for name in samples.known(config.archive)), default=0)
    return f"{KIND}-{theme}"[:36] + f"-{last + 1}"


def as_text(found: Suggestions, theme: str) -> str:
    """What is proposed, in a few lines: how many answers there are, and the phrases."""
    lines = [
        f"{theme}: {counted(found.answers, 'answer', none='no answers')} so far, {found.positives} with the "
        f"theme; {counted(len(found.sample.passages), 'passage')} to ask about ({found.sample.sample_id})"
    ]
    if found.phrases:
        lines.append("phrases that the codebook lacks, in passages with the theme / in all:")
        lines += [f"  {p.phrase:<32} {p.with_theme:>4} / {p.passages:,}" for p in found.phrases]
        lines.append(
            f"those that you accept go into `include` of [theme.{theme}]; try them with `codebook check`"
        )
    return "\n".join(lines)
