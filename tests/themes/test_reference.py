"""The reference set is what its README says, and what was learnt from it codes what nobody has coded."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pytest

from pipeline import config as configuration
from pipeline import store
from pipeline import themes as books
from pipeline.archive import importing
from pipeline.asking import why
from pipeline.config import Config
from pipeline.progress import Tell
from pipeline.settings import Code
from pipeline.themes import reference
from pipeline.themes.codebook_evidence import CodebookEvidence
from pipeline.themes.learning import Labelled, learn
from pipeline.themes.model import CLASSIFIER, CODEBOOK
from pipeline.themes.reference import Coder, ReferencePassage
from pipeline.topics.embedding import embedder, name_of
from tests.conftest import build_all, by_rule

PASSAGES = configuration.ROOT / "data" / "reference" / "passages"


@pytest.fixture(scope="module")
def passages() -> list[ReferencePassage]:
    """The set that comes with the project."""
    return reference.read(PASSAGES)


@pytest.fixture(scope="module")
def shipped() -> Coder:
    """The coder that comes with the project."""
    config = configuration.load()
    book = books.load(config.codebook_file)
    key = reference.fingerprint(book, PASSAGES, name_of(config))
    coder = reference.load(config.coder_file, key)
    assert coder is not None, "passages, codebook or embedding have changed: make coder"
    return coder


def test_there_are_passages_enough_of_each_theme_without_its_words_and_with_them_alone(
    passages: list[ReferencePassage],
) -> None:
    carried = Counter(theme for passage in passages for theme in passage.themes)
    bare = Counter(theme for passage in passages for theme in passage.keywordless)
    near = Counter(theme for passage in passages for theme in passage.near_miss)
    assert len(passages) >= 1500
    assert sum(not passage.themes for passage in passages) >= 0.33 * len(passages)
    for theme in books.load(configuration.load().codebook_file).themes:
        assert carried[theme.theme] >= 120
        assert bare[theme.theme] >= carried[theme.theme] / 2
        assert near[theme.theme] >= 100


def test_every_passage_is_whole_and_none_stands_twice(passages: list[ReferencePassage]) -> None:
    assert len({passage.text for passage in passages}) == len(passages)
    for passage in passages:
        assert 40 <= len(passage.text.split()) <= 130
        assert passage.passage_id.startswith(f"{passage.author}-")
        assert 2010 <= passage.year <= 2026
        assert set(passage.keywordless) <= set(passage.themes)
        assert not set(passage.near_miss) & set(passage.themes)
        assert set(passage.first) & set(passage.second) <= set(passage.themes)


def test_the_two_readings_agree_as_the_readme_says(passages: list[ReferencePassage]) -> None:
    page = (PASSAGES / "README.md").read_text(encoding="utf-8")
    for theme in books.load(configuration.load().codebook_file).themes:
        first = [theme.theme in passage.first for passage in passages]
        second = [theme.theme in passage.second for passage in passages]
        carried = sum(theme.theme in passage.themes for passage in passages)
        assert f"| {theme.theme} | {carried} | {_kappa(first, second):.2f} |" in page


def _kappa(first: list[bool], second: list[bool]) -> float:
    seen = float(np.mean(np.array(first) == np.array(second)))
    chance = np.mean(first) * np.mean(second) + (1 - np.mean(first)) * (1 - np.mean(second))
    return float((seen - chance) / (1 - chance))


def test_the_coder_that_comes_with_the_project_is_what_is_learnt_from_the_set(shipped: Coder) -> None:
    config = configuration.load()
    anew = reference.learn(books.load(config.codebook_file), PASSAGES, embedder(config), name_of(config))
    assert anew.model.terms.names == shipped.model.terms.names
    assert anew.validity == shipped.validity
    for name, theme in anew.model.themes.items():
        assert np.allclose(theme.weights, shipped.model.themes[name].weights, atol=2e-3)
        kept = shipped.model.themes[name]
        assert theme.threshold == pytest.approx(kept.threshold, abs=1e-4)
        assert (theme.validity, theme.why) == (kept.validity, kept.why)


def test_every_theme_is_coded_far_better_than_by_the_codebook_on_authors_it_has_not_learnt_from(
    shipped: Coder,
) -> None:
    for name, told in shipped.validity.items():
        theme = shipped.model.themes[name]
        assert theme.method == CLASSIFIER
        assert theme.f1 is not None
        assert theme.codebook_f1 is not None
        assert theme.f1 > theme.codebook_f1 + 0.2
        assert told.precision >= 0.75
        assert told.near_misses <= 0.1
    assert np.mean([told.without_keywords for told in shipped.validity.values()]) >= 0.5


def test_a_coder_that_is_read_is_the_one_that_was_saved(shipped: Coder, tmp_path: Path) -> None:
    reference.save(shipped, tmp_path / "coder.npz")
    reference.save(shipped, tmp_path / "again.npz")
    assert (tmp_path / "coder.npz").read_bytes() == (tmp_path / "again.npz").read_bytes()
    read = reference.load(tmp_path / "coder.npz", shipped.fingerprint)
    assert read is not None
    assert read.validity == shipped.validity
    assert np.array_equal(read.model.terms.idf, shipped.model.terms.idf)
    assert reference.load(tmp_path / "coder.npz", "another") is None


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 torn"])
def test_a_file_that_is_no_coder_is_none(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "coder.npz").write_bytes(content)
    assert reference.load(tmp_path / "coder.npz", "any") is None


TOLD = (
    "The town hall was told that the ambulance belongs to one body, the district nurses to a second and the "
    "beds to a third. Each had paid for its own assessment of the same old man, and none had read the other "
    "two. When he fell on a Friday the three of them wrote to one another for a week about whose he was."
)
WORDS = (
    "The pottery workshop for outpatients had to be closed on Tuesday, after a kiln cracked and broke the "
    "oldest vase. Staff swept up the fragmented tiles, and photographed them for the insurers. "
    "A new kiln is on order, and the CCG was told that classes for patients begin again in May."
)


def coded(config: Config, tell: Tell, write_rows: Callable[..., Path]) -> set[str]:
    """The titles of documents that are coded as fragmentation."""
    rows = [
        {"url": f"https://x.org/{title}", "date": "2014-05-01", "title": title, "text": text}
        for title, text in (("told", TOLD), ("words", WORDS))
    ]
    importing.import_paths([write_rows(rows)], config, tell)
    build_all(config)
    with duckdb.connect(store.published_file(config), read_only=True) as connection:
        found = connection.execute(
            "SELECT DISTINCT title FROM passage_theme JOIN passage USING (passage_id) JOIN document USING "
            "(document_id) WHERE theme = 'fragmentation' AND coded"
        ).fetchall()
    return {title for (title,) in found}


def test_a_theme_is_found_by_what_happens_and_not_by_its_words(
    config: Config, tell: Tell, write_rows: Callable[..., Path]
) -> None:
    assert coded(config, tell, write_rows) == {"told"}
    with store.open_published(store.published_file(config)) as connection:
        (row,) = connection.execute(
            "SELECT method, labels, why FROM theme_model WHERE theme = 'fragmentation'"
        ).fetchall()
        passage = store.value(
            connection,
            "SELECT passage_id FROM passage JOIN document USING (document_id) WHERE title = 'told'",
        )
    assert row[:2] == (CLASSIFIER, 0)
    assert row[2].startswith("learnt from 2,546 reference passages, precision 0.")
    (reason,) = (one for one in why.explain(config, str(passage)).reasons if one.theme == "fragmentation")
    assert reason.agrees
    assert reason.learnt is not None
    assert reason.learnt.intercept + sum(reason.learnt.parts.values()) == pytest.approx(
        reason.learnt.log_odds
    )


def test_without_the_set_the_codebooks_rule_codes(
    config: Config, tell: Tell, write_rows: Callable[..., Path]
) -> None:
    assert coded(by_rule(config), tell, write_rows) == {"words"}


def test_a_theme_that_means_something_else_is_coded_by_its_own_codebook(
    config: Config, tell: Tell, write_rows: Callable[..., Path], tmp_path: Path
) -> None:
    book = tmp_path / "codebook.toml"
    text = config.codebook_file.read_text(encoding="utf-8")
    book.write_text(text.replace("Commissioning or care is split", "Pots are split"), encoding="utf-8")
    other = replace(config, reference=replace(config.reference, codebook=str(book)))
    assert "fragmentation" not in reference.taught(books.load(book), PASSAGES)
    assert "words" in coded(other, tell, write_rows)
    with store.open_published(store.published_file(other)) as connection:
        methods = dict(connection.execute("SELECT theme, method FROM theme_model").fetchall())
    assert methods["fragmentation"] == CODEBOOK
    assert methods["autonomy"] == CLASSIFIER
    assert (other.working / "coder.npz").exists()


def test_a_passage_that_is_no_json_ends_the_reading_of_its_file(tmp_path: Path) -> None:
    line = json.dumps(
        {"id": "a-1", "text": "x", "genre": "news", "year": 2014, "themes": [], "first": [], "second": [],
         "keywordless": [], "near_miss": []}
    )  # fmt: skip
    (tmp_path / "a.jsonl").write_text(f"{line}\n{{torn", encoding="utf-8")
    assert [passage.passage_id for passage in reference.read(tmp_path)] == ["a-1"]
    assert reference.read(tmp_path / "nowhere") == []


@pytest.mark.parametrize(("number", "settings"), [(30, Code(50, 5)), (400, Code(50, 5))])
def test_peoples_codes_are_added_to_the_set_where_they_are_enough(
    number: int, settings: Code, shipped: Coder, passages: list[ReferencePassage]
) -> None:
    config = configuration.load()
    book, embed = books.load(config.codebook_file), embedder(config)
    own = passages[::4][:number]
    evidence, texts = CodebookEvidence(book.themes, embed), [passage.text for passage in own]
    vectors = embed(texts)
    likeness = evidence.likeness(vectors).astype(np.float64)
    name = "integration"
    labelled = Labelled(
        texts, [passage.passage_id for passage in own], vectors,
        {name: [evidence.matchers[evidence.themes.index(name)](text) for text in texts]},
        {name: likeness[:, evidence.themes.index(name)]},
        {name: np.array([float(name in passage.themes) for passage in own])}, np.ones(len(own)),
    )  # fmt: skip
    ground = reference.ground(shipped.model, book, lambda: passages, embed)
    model = learn("model", labelled, settings, ground=ground)
    assert model.terms is shipped.model.terms
    theme = model.themes[name]
    assert theme.method == CLASSIFIER
    assert theme.labels == len(own)
    if number < 50:
        assert np.array_equal(theme.weights, shipped.model.themes[name].weights)
        assert "fewer than min_labels" in theme.why
    else:
        assert len(theme.weights) == len(shipped.model.themes[name].weights)
        assert theme.f1 is not None
        assert theme.f1 > 0.8  # people's codes are here those that the set has, so both agree
