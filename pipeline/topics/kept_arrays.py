"""Arrays that belong to the last fit alone: one file in a folder of its own, which can be made again."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from pipeline.durable import as_sealed, seal, seal_of


def keep(path: Path, arrays: Mapping[str, Any]) -> None:
    """Write them beside, then in place; other files of the folder go."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    with draft.open("wb") as stream:
        np.savez(stream, **arrays)
    draft.replace(path)
    seal(path)
    for other in path.parent.iterdir():
        if other not in (path, seal_of(path)):
            other.unlink()


def kept(path: Path, *names: str) -> list[Any] | None:
    """Those of these names; None where the file isn't there, isn't as it was sealed, or lacks one."""
    if as_sealed(path) is False:
        return None
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            return [file[name] for name in names]
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None
