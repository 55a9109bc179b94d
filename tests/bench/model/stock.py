"""Stock BERTopic, in processes of `.venv-bench-model`; MiniLM's vectors are kept, since they take minutes."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PYTHON = Path(sys.prefix).parent / ".venv-bench-model" / "bin" / "python"
SCRIPT = Path(__file__).with_name("stock_process.py")


def there() -> bool:
    """Whether stock BERTopic is installed."""
    return PYTHON.exists()


def embed(texts: Sequence[str]) -> Path:
    """The file of MiniLM's vectors of the texts, under BENCH_CACHE or the folder for temporary files."""
    folder = cache()
    name = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
    vectors = folder / f"minilm-{name}.npy"
    if not vectors.exists():
        draft = folder / f"draft-{name}.npy"
        _run({"do": "embed", "texts": list(texts), "vectors": str(draft)})
        draft.replace(vectors)
    return vectors


def cache() -> Path:
    """Where vectors and fits are kept: BENCH_CACHE, or a folder among the temporary files."""
    folder = Path(os.environ.get("BENCH_CACHE") or Path(tempfile.gettempdir()) / "themeshift-bench")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def embed_seconds(texts: Sequence[str]) -> dict[str, float]:
    """Seconds to embed the texts with the model loaded, those of the whole process and its peak in MB."""
    with tempfile.TemporaryDirectory() as folder:
        return _run({"do": "embed", "texts": list(texts), "vectors": f"{folder}/vectors.npy"})


def fit(texts: Sequence[str], vectors: Path, fits: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What `stock_process.fit` tells of each fit, with the process's seconds and peak in MB."""
    return _run({"do": "fit", "texts": list(texts), "vectors": str(vectors), "fits": list(fits)})


def kept_fits(texts: Sequence[str], fits: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same for MiniLM's vectors, without times: a fit that was made before is not made again."""
    vectors = embed(texts)
    task = json.dumps([SCRIPT.read_text(encoding="utf-8"), vectors.name, list(fits)])
    kept = cache() / f"stock-{hashlib.sha256(task.encode()).hexdigest()[:16]}.json"
    if not kept.exists():
        draft = kept.with_suffix(".draft")
        draft.write_text(json.dumps(fit(texts, vectors, fits)["fits"]), encoding="utf-8")
        draft.replace(kept)
    found: list[dict[str, Any]] = json.loads(kept.read_text(encoding="utf-8"))
    return found


def _run(task: dict[str, Any]) -> dict[str, Any]:
    done = subprocess.run(
        [PYTHON, SCRIPT], input=json.dumps(task), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"stock BERTopic failed: {done.stderr.strip().splitlines()[-1]}")
    told: dict[str, Any] = json.loads(done.stdout)
    return told
