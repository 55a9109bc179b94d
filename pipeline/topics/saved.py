"""models/<fit id>/: a model as safetensors, without pickle, and the manifest of what made it."""

from __future__ import annotations

import json
import logging
import shutil
from dataclasses import asdict
from typing import Any

from pipeline.config import Config
from pipeline.embedding import name_of

KEPT_FITS = 3


def save(model: Any, config: Config, fit_id: str, counts: dict[str, int]) -> None:
    """Write models/<fit id>/ (safetensors, no pickle) with a manifest; keep the last few."""
    folder = config.models / fit_id
    draft = config.models / f".{fit_id}"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    # It warns that no embedding model is saved with it; ours is named in the manifest.
    logging.getLogger("BERTopic").setLevel(logging.ERROR)
    model.save(str(draft), serialization="safetensors", save_ctfidf=True, save_embedding_model=False)
    manifest = {
        "fit_id": fit_id,
        "embedding": name_of(config),
        "topics": asdict(config.topics),
        **counts,
    }
    (draft / "manifest.json").write_text(json.dumps(manifest, indent=2), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)
    fits = sorted(config.models.glob("*/manifest.json"), key=lambda p: p.stat().st_mtime)
    for old in fits[:-KEPT_FITS]:
        shutil.rmtree(old.parent)
