"""published database -> report/index.html: one self-contained page, readable without network or script."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from pipeline.publishing.report import data, page


def build(published: Path, folder: Path) -> Path:
    """Write `folder`/index.html from the published database alone and return its path.

    The page is written beside and swapped in, so a reader never sees half of one.
    Raises StoreError where the published file is absent or can't be read.
    """
    html = page.render(data.load(published), published.name)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "index.html"
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=folder, suffix=".tmp", delete=False) as draft:
        try:
            draft.write(html)
            draft.flush()
            os.fsync(draft.fileno())
            # A temporary file is private to its writer; the page is for everyone.
            Path(draft.name).chmod(0o644)
            Path(draft.name).replace(target)
        except BaseException:
            Path(draft.name).unlink(missing_ok=True)
            raise
    return target
