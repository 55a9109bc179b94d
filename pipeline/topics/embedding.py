"""Texts -> vectors: the embedders that config.toml can name.

`[embed] model` is `wordllama`, or a library and a model: `model2vec:minishlab/potion-base-8M`, or a folder
in place of the model's name. Libraries are imported when they are first asked for.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from pipeline.config import Config
from pipeline.errors import ConfigError
from pipeline.fingerprints import rules

Vectors = npt.NDArray[np.float32]


class Embedder(Protocol):
    """Texts -> vectors of unit length, float32, one row per text; zeros for a text without tokens.

    `name` stands for the model and its weights: vectors are cached under it. `batch` is how many texts to
    hand over at once.
    """

    name: str
    batch: int

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """Embed the texts."""
        ...


class WordLlama:
    """Static token embeddings that come with the package `wordllama` (256 dimensions, 16 MB)."""

    name = "wordllama-l2-supercat-256"
    batch = 2048

    def __init__(self) -> None:
        import wordllama

        # Pointed at its own package folder: otherwise it looks for its files at the hub.
        folder = Path(wordllama.__file__).parent
        self._model = wordllama.WordLlama.load(cache_dir=folder, disable_download=True)

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """Mean of the tokens' vectors, scaled to length 1."""
        return unit_rows(self._model.embed(list(texts)))


class FromLibrary:
    """A model of another library: `encode` turns a list of texts into an (n, dimensions) array."""

    def __init__(self, name: str, batch: int, encode: Callable[[list[str]], Any]) -> None:
        self.name = name
        self.batch = batch
        self._encode = encode

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """The library's vectors, scaled to length 1."""
        return unit_rows(self._encode(list(texts)))


def unit_rows(rows: Any) -> Vectors:
    """Each row scaled to length 1, as float32; a row of zeros stays, and what is no number counts as 0."""
    vectors = np.nan_to_num(np.asarray(rows))
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths == 0, 1, lengths), dtype=np.float32)


def _sentence_transformers(model: str, cache: Path) -> Callable[[list[str]], Any]:
    from sentence_transformers import SentenceTransformer

    loaded = SentenceTransformer(model, cache_folder=str(cache))
    return lambda texts: loaded.encode(texts, batch_size=32, show_progress_bar=False)


def _fastembed(model: str, cache: Path) -> Callable[[list[str]], Any]:
    from fastembed import TextEmbedding

    if (folder := Path(model)).is_dir():
        name = _add_to_fastembed(folder)
        loaded = TextEmbedding(name, specific_model_path=str(folder))
    else:
        loaded = TextEmbedding(model, cache_dir=str(cache))
    return lambda texts: list(loaded.embed(texts, batch_size=32))


def _add_to_fastembed(folder: Path) -> str:
    """Tell fastembed of a model in a folder: model.onnx, tokenizer.json, config.json; its name there.

    How token vectors are joined says `1_Pooling/config.json`, as sentence-transformers writes it; the mean
    where there is none.
    """
    from fastembed import TextEmbedding
    from fastembed.common.model_description import ModelSource, PoolingType

    file = next((f for f in ("model.onnx", "onnx/model.onnx") if (folder / f).is_file()), None)
    if file is None:
        raise ValueError(f"{folder} holds no model.onnx")
    pooling = folder / "1_Pooling" / "config.json"
    first = pooling.is_file() and json.loads(pooling.read_text("utf-8")).get("pooling_mode_cls_token", False)
    name = f"folder/{folder.resolve()}"
    if name.lower() not in {known["model"].lower() for known in TextEmbedding.list_supported_models()}:
        TextEmbedding.add_custom_model(
            model=name,
            pooling=PoolingType.CLS if first else PoolingType.MEAN,
            normalization=True,
            sources=ModelSource(hf=name),
            dim=json.loads((folder / "config.json").read_text("utf-8"))["hidden_size"],
            model_file=file,
        )
    return name


def _model2vec(model: str, cache: Path) -> Callable[[list[str]], Any]:
    from model2vec import StaticModel

    loaded = StaticModel.from_pretrained(model, force_download=False)
    # Its own processes would each load the model, and a static model waits for nothing.
    return lambda texts: loaded.encode(texts, use_multiprocessing=False)


LIBRARIES: dict[str, tuple[int, Callable[[str, Path], Callable[[list[str]], Any]]]] = {
    "fastembed": (128, _fastembed),
    "model2vec": (2048, _model2vec),
    "sentence-transformers": (128, _sentence_transformers),
}
"""How many texts at once, and how to load a model by its name or folder."""


def embedder(config: Config) -> Embedder:
    """The embedder that config.toml names, loaded.

    Raises ConfigError for one that isn't known, isn't installed, or can't be loaded.
    """
    if config.embed.model == "wordllama":
        return _word_llama()
    library, model = _parts(config)
    if find_spec(library.replace("-", "_")) is None:
        raise ConfigError(
            f"{_where(config)} needs the library {library}: `make embedder NAME={library}` installs it"
        )
    batch, load = LIBRARIES[library]
    folder = config.root / model
    cache = config.models / "embedders"
    try:
        encode = load(str(folder) if folder.is_dir() else model, cache)
    except (OSError, ValueError, RuntimeError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ConfigError(
            f"{_where(config)} could not be loaded: {first}. It is looked for in the folder of that name, "
            "else at the library's hub, which needs a network the first time"
        ) from error
    return FromLibrary(name_of(config), batch, encode)


@cache
def _word_llama() -> WordLlama:
    """Loaded once: three stages of a build use it."""
    return WordLlama()


def name_of(config: Config) -> str:
    """The embedder's `name`, without loading it. Raises ConfigError for one that isn't known."""
    if config.embed.model == "wordllama":
        return WordLlama.name
    library, model = _parts(config)
    folder = config.root / model
    if folder.is_dir():
        return f"{library}--{folder.name}-{_weights(folder)}"
    if Path(model).is_absolute():
        raise ConfigError(f"{_where(config)}: there is no folder {model}")
    return f"{library}--{re.sub(r'[^A-Za-z0-9._-]+', '--', model)}"


def made_by(config: Config) -> str:
    """What vectors are kept under: `name_of`, and a hash of this code and the version of its library."""
    library = config.embed.model.partition(":")[0]
    return f"{name_of(config)}/{rules(__name__, using=(library,), libraries=False)}"


def _parts(config: Config) -> tuple[str, str]:
    library, _, model = config.embed.model.partition(":")
    if library not in LIBRARIES or not model:
        known = ", ".join(f"{name}:MODEL" for name in sorted(LIBRARIES))
        raise ConfigError(f"{_where(config)} is not known; known: wordllama, {known} (a name or a folder)")
    return library, model


def _where(config: Config) -> str:
    return f"{config.file} [embed] model {config.embed.model!r}"


def _weights(folder: Path) -> str:
    """A hash of all files of a model: other weights under the same name are another model."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith(".")]
    return _hash(tuple((str(path), path.stat().st_mtime_ns, str(path.relative_to(folder))) for path in files))


@lru_cache(maxsize=8)
def _hash(files: tuple[tuple[str, int, str], ...]) -> str:
    found = hashlib.sha256()
    for path, _, name in files:
        found.update(name.encode())
        with Path(path).open("rb") as stream:
            found.update(hashlib.file_digest(stream, "sha256").digest())
    return found.hexdigest()[:12]


def unpack(blobs: npt.NDArray[np.object_]) -> Vectors:
    """Stored vectors (little-endian float32) -> one matrix."""
    if len(blobs) == 0:
        return np.zeros((0, 0), dtype=np.float32)
    flat = np.frombuffer(b"".join(bytes(blob) for blob in blobs), dtype="<f4")
    return flat.reshape(len(blobs), -1).astype(np.float32)
