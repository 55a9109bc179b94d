"""Texts -> vectors: the embedders that config.toml can name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from pipeline.config import Config
from pipeline.errors import ConfigError

Vectors = npt.NDArray[np.float32]


class Embedder(Protocol):
    """Texts -> vectors of unit length, float32, one row per text."""

    name: str

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """Embed the texts."""
        ...


class WordLlama:
    """Static token embeddings that come with the package `wordllama` (256 dimensions, 16 MB)."""

    name = "wordllama-l2-supercat-256"

    def __init__(self) -> None:
        import wordllama

        # Pointed at its own package folder: otherwise it looks for its files at the hub.
        folder = Path(wordllama.__file__).parent
        self._model = wordllama.WordLlama.load(cache_dir=folder, disable_download=True)

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """Mean of the tokens' vectors, scaled to length 1; a text without tokens gives zeros."""
        vectors = np.asarray(self._model.embed(list(texts), norm=True), dtype=np.float32)
        return np.nan_to_num(vectors)


EMBEDDERS: dict[str, type[WordLlama]] = {"wordllama": WordLlama}


def embedder(config: Config) -> Embedder:
    """The embedder that config.toml names. Raises ConfigError for one that isn't known."""
    return known(config)()


def known(config: Config) -> type[WordLlama]:
    """The class of that embedder: its `name` costs no loading."""
    try:
        return EMBEDDERS[config.embed.model]
    except KeyError:
        known = ", ".join(sorted(EMBEDDERS))
        raise ConfigError(f"[embed] model {config.embed.model!r} is not known; known: {known}") from None
