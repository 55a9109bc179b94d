"""models/<fit id>/: a fit as safetensors and JSON, without pickle, and the manifest of what made it.

Loading runs no code of the model's, and every file is compared with its hash in the manifest.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.durable import append_lines, read_lines, sync_folder
from pipeline.errors import ModelError, is_short
from pipeline.records import short_id
from pipeline.topics.features import FeatureSpace, WordSpace
from pipeline.topics.identity import TopicSet
from pipeline.topics.space import Space
from pipeline.topics.vectors import Floats

ARRAYS, ROWS, WORDS, MANIFEST = "fit.safetensors", "topics.json", "words.json", "manifest.json"
ASKED = "asked.jsonl"
"""Lines of passages that have joined since: the one file of a fit that grows."""
LIBRARIES = ("bertopic", "numpy", "safetensors", "scikit-learn", "scikit-network", "scipy", "themeshift")


@dataclass(frozen=True, slots=True)
class Fit:
    """A fit of n passages into k topics.

    `rows` are the topics' rows in the database, their ids in them, in the order of their numbers in
    `topics`. `passages` are the passages' ids and `probability` how surely each belongs to its topic, (n,).
    `space` is None where an older version saved the fit: it can be carried on from, but not assigned to.
    """

    topics: TopicSet
    rows: Sequence[Mapping[str, Any]]
    passages: Sequence[str]
    probability: Floats
    space: Space | None

    @property
    def ids(self) -> list[str]:
        """The topics' ids, by their numbers."""
        return [str(row["topic_id"]) for row in self.rows]


def save(models: Path, fit_id: str, fit: Fit, model: Any, about: Mapping[str, Any]) -> None:
    """Write models/<fit id>/ at once; `model` is BERTopic's own, `about` goes into the manifest."""
    from safetensors.numpy import save_file

    folder, draft = models / fit_id, models / f".{fit_id}"
    shutil.rmtree(draft, ignore_errors=True)
    (draft / "bertopic").mkdir(parents=True)
    # It warns that no embedding model is saved with it; ours is named in the manifest.
    logging.getLogger("BERTopic").setLevel(logging.ERROR)
    model.save(
        str(draft / "bertopic"), serialization="safetensors", save_ctfidf=True, save_embedding_model=False
    )
    save_file(_arrays(fit), draft / ARRAYS)
    (draft / ROWS).write_text(json.dumps(list(fit.rows), indent=1), encoding="utf-8")
    if fit.space:
        words = fit.space.features.words
        (draft / WORDS).write_text(json.dumps(list(words.known) if words else []), encoding="utf-8")
    manifest = {
        "fit_id": fit_id,
        **about,
        "embedding": fit.topics.embedding,
        "versions": {name: version(name) for name in LIBRARIES},
        "files": {str(file.relative_to(draft)): _digest(file) for file in _files(draft)},
    }
    (draft / MANIFEST).write_bytes(_signed(manifest))
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)
    sync_folder(models)


def manifest_of(models: Path, fit_id: str) -> dict[str, Any]:
    """The manifest of a fit. Raises ModelError where there is none, or it can't be read."""
    file = models / fit_id / MANIFEST
    try:
        manifest = json.loads(body := file.read_bytes())
    except FileNotFoundError:
        raise ModelError(f"the topic model {models / fit_id} is not there") from None
    except (OSError, ValueError) as error:
        if is_short(error):
            raise
        raise ModelError(f"the topic model {models / fit_id} is damaged: {MANIFEST}: {error}") from error
    if not isinstance(manifest, dict) or manifest.get("fit_id") != fit_id or "files" not in manifest:
        raise ModelError(f"the topic model {models / fit_id} is damaged: {MANIFEST} is of another fit")
    # A manifest of an older version has no sum.
    if manifest.pop("sum", None) is not None and body != _signed(manifest):
        raise ModelError(f"the topic model {models / fit_id} is damaged: {MANIFEST} is not as it was saved")
    return manifest


def checked(models: Path, fit_id: str) -> dict[str, Any]:
    """The manifest of a saved fit, whose files are as they were saved. Raises ModelError, naming the file."""
    folder, manifest = models / fit_id, manifest_of(models, fit_id)
    for name, digest in manifest["files"].items():
        if not (folder / name).is_file():
            raise ModelError(f"the topic model {folder} is damaged: {name} is missing")
        if _digest(folder / name) != digest:
            raise ModelError(f"the topic model {folder} is damaged: {name} is not as it was saved")
    return manifest


def load(models: Path, fit_id: str) -> Fit:
    """A saved fit. Raises ModelError, naming the file, where one is missing or not as it was saved."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    folder, manifest = models / fit_id, checked(models, fit_id)
    try:
        arrays = load_file(folder / ARRAYS)
        rows = json.loads((folder / ROWS).read_text(encoding="utf-8"))
        # Older versions kept no words, and so nothing that a new text could be compared with.
        words = (
            json.loads((folder / WORDS).read_text(encoding="utf-8")) if WORDS in manifest["files"] else None
        )
        return _fit(arrays, rows, words, str(manifest["embedding"]))
    except (OSError, ValueError, KeyError, SafetensorError) as error:  # saved by another version
        if is_short(error):
            raise
        raise ModelError(f"the topic model {folder} can't be read: {error}") from error


def asked(models: Path, fit_id: str) -> set[str]:
    """Passages that have come since a fit, and did not show a new subject."""
    return {name for line in read_lines(models / fit_id / ASKED) for name in line.get("passages", ())}


def ask(models: Path, fit_id: str, passages: Iterable[str]) -> None:
    """Note that these have come."""
    if names := sorted(passages):
        append_lines(models / fit_id / ASKED, [{"passages": names}])


def forget(models: Path, kept: Sequence[str]) -> None:
    """Remove the models of all fits but those kept, and what a killed run left half-written."""
    fit_id = "[0-9a-f]" * 16
    for folder in [*models.glob(fit_id), *models.glob(f".{fit_id}")]:
        if folder.name not in kept:
            shutil.rmtree(folder)


def _arrays(fit: Fit) -> dict[str, Any]:
    arrays = {
        "centroids": fit.topics.centroids,
        "labels": fit.topics.labels,
        "texts": _bytes(fit.topics.texts),
        "passages": _bytes(fit.passages),
        "probability": fit.probability,
    }
    return arrays | (_arrays_of_space(fit.space) if fit.space else {})


def _arrays_of_space(space: Space) -> dict[str, Any]:
    features = space.features
    arrays = {
        "mean": features.mean,
        "axes": np.ascontiguousarray(features.axes),
        "places": space.places,
        "likeness": space.likeness,
        "space": np.array([space.neighbours, features.word_weight]),
    }
    words = features.words
    return arrays | ({"idf": words.idf, "word_axes": words.axes} if words else {})


def _fit(
    arrays: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], words: Sequence[str] | None, embedding: str
) -> Fit:
    terms = [row["terms"] for row in rows]
    topics = TopicSet(embedding, arrays["centroids"], terms, _strings(arrays["texts"]), arrays["labels"])
    space = None if words is None else _space(arrays, words)
    return Fit(topics, rows, _strings(arrays["passages"]), arrays["probability"], space)


def _space(arrays: Mapping[str, Any], words: Sequence[str]) -> Space:
    neighbours, weight = arrays["space"].tolist()
    known = WordSpace(words, arrays["idf"], arrays["word_axes"]) if words else None
    features = FeatureSpace(arrays["mean"], arrays["axes"], known, weight)
    return Space(features, arrays["places"], int(neighbours), arrays["likeness"])


def _bytes(names: Sequence[str]) -> npt.NDArray[np.uint8]:
    """ASCII names as a matrix of bytes, since safetensors hold numbers alone."""
    packed = np.array([name.encode("ascii") for name in names])
    return packed.view(np.uint8).reshape(len(names), -1)


def _strings(packed: npt.NDArray[np.uint8]) -> list[str]:
    rows = np.ascontiguousarray(packed).view(f"S{packed.shape[1]}").ravel()
    return [name.decode("ascii") for name in rows.tolist()]


def _signed(manifest: Mapping[str, Any]) -> bytes:
    """A manifest as it is written: with a sum of all else that it says."""
    return json.dumps({**manifest, "sum": short_id(json.dumps(manifest))}, indent=2).encode()


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
