"""Passages to code for training: those that a classifier is least sure of, spread over what the corpus says.

They are chosen and not drawn: they teach, and say nothing of the corpus. None is of a document that a sample
keeps for evaluation, and no later sample that estimates is drawn from their documents (frame.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from pipeline import store
from pipeline import themes as books
from pipeline.config import Config
from pipeline.errors import InputError
from pipeline.labelling import samples
from pipeline.labelling.drawing import Stratum
from pipeline.labelling.frame import Wish, codebook_version, known_theme
from pipeline.labelling.samples import CHOSEN, Drawn, Sample
from pipeline.labelling.suggesting import ALIKE, Candidates, scores
from pipeline.labelling.suggestions import Embed, answers_to, candidates
from pipeline.records import short_id
from pipeline.themes.calibration import Floats
from pipeline.themes.sentences import of
from pipeline.topics.embedding import Vectors, embedder

POOL = 6
"""Times as many passages as are asked for: the least sure ones, among which they are spread."""
LEVEL = CHOSEN[1]


def choose(config: Config, wish: Wish, vectors: Embed) -> Sample:
    """A sample for training; keeping it is the caller's. The same wish and answers give the same sample.

    `vectors` embeds texts, or knows their vectors. Raises InputError for an unknown theme, for a wish that a
    chosen sample can't fulfil, and where too little is left to choose from.
    """
    if wish.unit != "passage":
        raise InputError("--for training chooses single passages: leave --unit document away")
    book = books.load(config.codebook_file)
    themes = [known_theme(name, book) for name in wish.themes] or list(book.themes)
    with store.open_published(store.published_file(config)) as connection:
        rows = candidates(connection, config)
        built = connection.execute(store.queries("label")["built"]).fetchone() or ()
    asked, barred = _asked(config)
    free = [at for at, row in enumerate(rows) if row[1] not in barred and short_id(row[2]) not in asked]
    if (documents := len({rows[at][1] for at in free})) < wish.size:
        raise InputError(
            f"there are {documents} documents to choose passages from, one of each, so {wish.size} can't be "
            "chosen: the others were asked about, or a sample keeps them for evaluation"
        )
    texts = [row[2] for row in rows]
    known = vectors(texts)
    doubt = np.full(len(rows), np.inf)
    for theme in themes:
        matcher = books.Matcher(theme)
        found = Candidates(texts, known, [row[1] for row in rows], [matcher(text) for text in texts])
        answers = answers_to(config, theme.theme, rows)
        z = scores(found, answers, of(theme, book.themes, embedder(config)), wish.seed % 2**32)
        doubt = np.minimum(doubt, np.abs(z) / max(float(z.std()), 1e-9))
    picked = spread(known, [row[1] for row in rows], doubt, free, wish.size, wish.seed % 2**32)
    years = [row[3] for row in rows]
    name = f"{LEVEL} / least sure, spread"
    return Sample(
        sample_id=samples.checked_name(wish.name, "sample") if wish.name else _name(wish, built),
        drawn_at=datetime.now(UTC).isoformat(timespec="seconds"),
        unit="passage", themes=tuple(theme.theme for theme in themes), show=wish.show,
        codebook=codebook_version(book),
        frame={
            "passages": len(rows), "size": wish.size, "seed": wish.seed, "withheld": 0,
            "kept_for_evaluation": len(barred), "published": [str(value) for value in built],
        },
        strata=(Stratum(name, LEVEL, "", min(years), max(years), len(free), len(picked)),),
        passages=tuple(
            Drawn(rows[at][0], rows[at][1], short_id(texts[at]), name, "train", 1.0, 1.0) for at in picked
        ),
        purpose=samples.TRAINING,
    )  # fmt: skip


def spread(
    vectors: Vectors, documents: Sequence[str], doubt: Floats, free: Sequence[int], number: int, seed: int
) -> list[int]:
    """The indices of `number` passages out of `free`, one of a document: those nearest to the line, spread.

    `doubt` (n,) is how far each lies from the line: 0 is quite unsure. The least sure ones are parted into as
    many clusters, weighed by how unsure they are, and of each the least sure is taken (Zhdanov 2019).
    """
    from sklearn.cluster import KMeans

    pool: list[int] = []
    spare: list[int] = []
    seen: set[str] = set()
    for at in sorted(free, key=lambda at: (doubt[at], at)):
        if len(pool) == POOL * number:
            break
        if documents[at] not in seen:
            seen.add(documents[at])
            alike = bool(pool) and float((vectors[pool] @ vectors[at]).max()) >= ALIKE
            (spare if alike else pool).append(at)
    pool += spare[: max(number - len(pool), 0)]
    if len(pool) <= number:
        return pool
    weights = 1 / (0.1 + doubt[pool])
    clusters = KMeans(number, n_init=1, random_state=seed).fit_predict(vectors[pool], sample_weight=weights)
    picked: dict[int, int] = {}
    for at, cluster in zip(pool, clusters.tolist(), strict=True):
        picked.setdefault(cluster, at)
    left = [at for at in pool if at not in picked.values()]  # of equal texts some clusters stay empty
    return sorted([*picked.values(), *left[: number - len(picked)]])


def _asked(config: Config) -> tuple[set[str], set[str]]:
    """Hashes of the texts that any sample asks about; documents that one keeps for evaluation."""
    asked: set[str] = set()
    barred: set[str] = set()
    for name in samples.known(config.archive):
        drawn = samples.load(config.archive, name).passages
        asked |= {one.text_hash for one in drawn}
        barred |= {one.document_id for one in drawn if one.part == "evaluate"}
    return asked, barred


def _name(wish: Wish, built: Sequence[object]) -> str:
    what = short_id(*wish.themes, str(wish.size), str(wish.seed), *map(str, built))
    return f"t-{what[:8]}"
