"""passage, embeddings, codebook.toml, code_sample, human_code, imported_code -> theme, theme_model,
theme_weight, theme_coder, passage_theme, coded_passage.

A passage is coded by the codebook's evidence (themes/codebook_evidence.py) or, for themes on which people's
codes show that these code better, by a classifier or another program (themes/learning.py). Either way by
fixed rules, so that a new document never changes the coding of an old one. New codes for training, another
codebook or embedding, or other codings of a program, code all anew.

When: passages that today's codebook, people's codes, embedding and rules have not coded
(docs/decisions/0019).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial

import numpy as np

from pipeline import store
from pipeline import themes as books
from pipeline.config import Config
from pipeline.fingerprints import rules
from pipeline.progress import Tell
from pipeline.records import short_id
from pipeline.stages.embed import attach as attach_embeddings
from pipeline.store import Connection
from pipeline.themes import model_tables, reference, sentences
from pipeline.themes.calibration import Floats
from pipeline.themes.codebook_evidence import CodebookEvidence, Coding
from pipeline.themes.imported import Imported, chosen
from pipeline.themes.learning import Ground, learn, untaught
from pipeline.themes.model import Model
from pipeline.themes.reference import Coder
from pipeline.themes.training_codes import Codes
from pipeline.topics.embedding import Embedder, Vectors, embedder, made_by, name_of, unpack

CHUNK = 20_000
COLUMNS = ("passage_id", "theme", "score", "coded", "method", "phrases")


def run(connection: Connection, config: Config, tell: Tell) -> int:
    """Code passages that today's codebook and people's codes have not coded. Returns how many passages."""
    book = books.load(config.codebook_file)
    named = store.queries("code")
    _note_themes(connection, book, tell)
    codes = Codes(connection, [theme.theme for theme in book.themes])
    given = Imported(connection)
    version = _version(book, codes, given, config)
    for query in ("drop_stale_codes", "drop_stale"):
        connection.execute(named[query], [version])
    attach_embeddings(connection, config)
    if not store.value(connection, named["any_uncoded"]):
        if known := model_tables.read(connection, version):
            given.note(connection, known)
        return 0
    for remark in given.remarks():
        tell.warn(remark)
    embed = embedder(config)
    evidence = CodebookEvidence(book.themes, embed)
    model = model_tables.read(connection, version) or _learnt(
        connection, version, (codes, given), evidence, book, embed, config, tell
    )
    given.note(connection, model)
    return _code(connection, evidence, model, given, version, tell)


def _note_themes(connection: Connection, book: books.Codebook, tell: Tell) -> None:
    known = connection.execute(store.queries("code")["known_codebook"]).fetchone()
    if known and known[0] == book.version and known[1] != book.fingerprint:
        tell.warn(
            f"the codebook has changed and is still version {book.version!r}: give it a new `version`, "
            "or nobody can tell which one a figure is from"
        )
    connection.execute("DELETE FROM theme")
    rows = [(t.theme, t.label, t.definition, book.version, book.fingerprint) for t in book.themes]
    store.insert(connection, "theme", ("theme", "label", "definition", "codebook", "codebook_hash"), rows)


def _learnt(
    connection: Connection, version: str, coded: tuple[Codes, Imported], evidence: CodebookEvidence,
    book: books.Codebook, embed: Embedder, config: Config, tell: Tell,
) -> Model:  # fmt: skip
    """A model of today's codes (people's, and other programs'), noted in its tables."""
    codes, given = coded
    if codes.gone:
        tell.warn(
            f"{codes.gone} passages that people coded are gone or have another text: "
            "nothing is learnt from their codes"
        )
    if codes.unknown:
        tell.warn(f"people coded themes that the codebook does not have: {', '.join(codes.unknown)}")
    ground = _ground(book, embed, config, tell)
    if codes.rows:
        labelled = codes.labelled(connection, evidence, given)
        model = learn(version, labelled, config.code, tell.steps, ground)
    elif ground:
        model = ground.model_of(version, evidence.themes)
    else:
        model = untaught(version, evidence.themes)
    model_tables.write(connection, model)
    return model


def _ground(book: books.Codebook, embed: Embedder, config: Config, tell: Tell) -> Ground | None:
    """What is known before anybody codes: by the reference set, else by a theme's own sentences."""
    coder, folder = _coder(book, embed, config, tell), config.passages_folder
    known = None
    if coder and folder:
        known = reference.ground(coder.model, book, partial(reference.read, folder), embed)
    return sentences.ground(book.themes, embed, known)


def _coder(book: books.Codebook, embed: Embedder, config: Config, tell: Tell) -> Coder | None:
    """What the reference set taught of the codebook's themes; None where it has none of these.

    It is learnt once for a codebook and an embedding, unless it is the one that comes with the project.
    """
    folder, own = config.passages_folder, config.working / "coder.npz"
    if folder is None or not reference.taught(book, folder):
        return None
    key = reference.fingerprint(book, folder, name_of(config))
    today = short_id(key, made_by(config), rules(reference.__name__))
    known = reference.load(config.coder_file, key) or reference.load(own, today)
    if known is None:
        tell.say("themes: learnt anew from the reference set, for this codebook and embedding")
        known = reference.learn(book, folder, embed, name_of(config), tell.steps)
        reference.save(replace(known, fingerprint=today), own)
    return known


def _code(
    connection: Connection,
    evidence: CodebookEvidence,
    model: Model,
    given: Imported,
    version: str,
    tell: Tell,
) -> int:
    # DuckDB searches on all cores and hands over matches instead of texts, unless the coder reads them.
    search = ", ".join("regexp_extract_all(text, ?)" for _ in evidence.patterns)
    text = "text" if evidence.minds_negation or model.needs_text else "NULL::TEXT"
    query = store.queries("code")["uncoded"].format(found=search, text=text)
    todo = connection.execute(query, evidence.patterns).fetchnumpy()
    total = len(todo["passage_id"])
    for start in range(0, total, CHUNK):
        part = {key: column[start : start + CHUNK] for key, column in todo.items()}
        ids = [str(x) for x in part["passage_id"]]
        hashes = [str(text_hash) for text_hash in part["text_hash"]]
        others = {theme: given.of(theme, coder, hashes) for theme, coder in chosen(model).items()}
        found = codings(
            evidence, model, list(part["found"]), unpack(part["vector"]), list(part["text"]), others
        )
        rows = [(ids[at], theme, round(c.score, 4), c.coded, c.method, c.phrases) for at, theme, c in found]
        store.insert(connection, "passage_theme", COLUMNS, rows)
        seen = [(i, str(h), version) for i, h in zip(ids, part["text_hash"], strict=True)]
        store.insert(connection, "coded_passage", ("passage_id", "text_hash", "codebook"), seen)
        tell.steps(start + len(ids), total)
    return total


def codings(
    evidence: CodebookEvidence,
    model: Model,
    found: Sequence[Sequence[Sequence[str]]],
    vectors: Vectors,
    texts: Sequence[str | None],
    given: Mapping[str, Floats] | None = None,
) -> Iterator[tuple[int, str, Coding]]:
    """(index, theme, coding) for every passage and theme that is coded or near it.

    `found` holds per passage and theme what the theme's pattern found; `vectors` is (n, dimensions). `texts`
    may hold None where neither negation nor a classifier needs them. `given` are the scores (n,) of other
    programs, for themes that these code.
    """
    likeness = evidence.likeness(vectors).astype(np.float64)
    phrases = [evidence.phrases(words, text) for words, text in zip(found, texts, strict=True)]
    shared = model.shared(vectors, [str(text) for text in texts])
    for k, theme in enumerate(evidence.themes):
        own = [words[k] for words in phrases]
        floor = model.kept_from(theme)
        for at, coding in enumerate(model.code(theme, own, likeness[:, k], shared, (given or {}).get(theme))):
            if coding.coded or coding.score >= floor:
                yield at, theme, coding


def _version(book: books.Codebook, codes: Codes, given: Imported, config: Config) -> str:
    """Changes with the codebook, the embedding, the rules and, once there are any, people's codes.

    With these, it changes with what other programs coded: without, nobody knows how well they do.
    """
    learnt = (codes.fingerprint, json.dumps(asdict(config.code))) if codes.rows else ()
    if codes.rows and given.scores:
        learnt = (*learnt, given.state)
    folder = config.passages_folder
    if folder is not None and (known := reference.taught(book, folder)):
        learnt = (*learnt, *known, reference.fingerprint(book, folder, name_of(config)))
    learnt = (*learnt, *(theme.theme for theme in book.themes if sentences.enough(theme)))
    # Phrases and terms are sought by DuckDB's regular expressions (docs/decisions/0008).
    return short_id(book.fingerprint, made_by(config), rules(__name__, using=("duckdb",)), *learnt)
