"""Embedders: the packaged one, those of other libraries, and the cache that they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from model2vec import StaticModel
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from pipeline import flow, store
from pipeline.config import Config
from pipeline.errors import ConfigError
from pipeline.progress import Tell
from pipeline.settings import Embed
from pipeline.stages import embed as stage
from pipeline.topics import embedding
from pipeline.topics.embedding import Vectors, embedder, name_of

BEFORE = ("index", "read", "check", "compare", "scope", "passages")


def with_model(config: Config, model: str) -> Config:
    return replace(config, embed=Embed(model))


def static_model(folder: Path, seed: int) -> Path:
    """A model2vec model of a few words, as `save_pretrained` leaves it."""
    words = ["[UNK]", "the", "group", "board", "power", "centre", "care", "local"]
    tokenizer = Tokenizer(WordLevel({word: at for at, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    vectors = np.random.default_rng(seed).normal(size=(len(words), 8)).astype(np.float32)
    StaticModel(vectors, tokenizer).save_pretrained(str(folder))
    return folder


def build_passages(config: Config, tell: Tell) -> None:
    list(flow.build(config, tell, BEFORE))


def embed(config: Config, tell: Tell) -> int:
    (run,) = flow.build(config, tell, ("embed",))
    return run.rows


def test_the_packaged_model_gives_vectors_of_unit_length_and_zeros_for_no_words(config: Config) -> None:
    vectors = embedder(config)(["The centre took the power.", ""])
    assert np.allclose(np.linalg.norm(vectors, axis=1), [1, 0], atol=1e-5)


def test_a_model_of_another_library_is_loaded_from_a_folder(config: Config, tmp_path: Path) -> None:
    model = embedder(with_model(config, f"model2vec:{static_model(tmp_path / 'own', seed=1)}"))
    vectors = model(["local power", "the centre", "local power"])
    assert vectors.shape == (3, 8)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.array_equal(vectors[0], vectors[2])


def test_a_changed_model_embeds_anew_and_nothing_else_does(
    corpus: Config, tell: Tell, tmp_path: Path
) -> None:
    build_passages(corpus, tell)
    texts = embed(corpus, tell)
    assert texts > 0
    assert embed(corpus, tell) == 0
    other = with_model(corpus, f"model2vec:{static_model(tmp_path / 'own', seed=1)}")
    assert embed(other, tell) == texts
    assert embed(other, tell) == 0
    assert embed(corpus, tell) == 0


def test_other_weights_under_the_same_name_are_another_model(config: Config, tmp_path: Path) -> None:
    chosen = with_model(config, f"model2vec:{static_model(tmp_path / 'own', seed=1)}")
    before = name_of(chosen)
    assert name_of(chosen) == before
    static_model(tmp_path / "own", seed=2)
    assert name_of(chosen) != before
    assert name_of(chosen).startswith("model2vec--own-")


def test_a_slow_model_that_is_interrupted_keeps_what_it_has_done(
    corpus: Config, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Slow:
        name = embedding.WordLlama.name
        batch = 3
        left = 2

        def __call__(self, texts: Sequence[str]) -> Vectors:
            if not self.left:
                raise KeyboardInterrupt
            self.left -= 1
            return np.ones((len(texts), 4), dtype=np.float32) / 2

    build_passages(corpus, tell)
    with store.open_working(corpus) as connection:
        total = store.value(connection, "SELECT count(DISTINCT text_hash) FROM passage")
    monkeypatch.setattr(stage, "PART_SECONDS", -1.0)
    monkeypatch.setattr(stage, "embedder", lambda config: Slow())
    with pytest.raises(KeyboardInterrupt):
        embed(corpus, tell)
    monkeypatch.undo()
    assert embed(corpus, tell) == total - 6


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("wordlama", "known: wordllama, fastembed:MODEL"),
        ("model2vec:", "known: wordllama"),
        ("model2vec:/nowhere/model", "there is no folder /nowhere/model"),
    ],
)
def test_a_model_that_can_not_be_meant_is_told_with_those_that_can(
    config: Config, model: str, told: str
) -> None:
    with pytest.raises(ConfigError, match=told):
        name_of(with_model(config, model))


def test_a_library_that_is_not_installed_is_told_with_what_installs_it(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="make embedder NAME=fastembed"):
        embedder(with_model(config, "fastembed:BAAI/bge-small-en-v1.5"))


def test_a_folder_that_holds_no_model_is_told(config: Config, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="could not be loaded"):
        embedder(with_model(config, f"model2vec:{tmp_path}"))
