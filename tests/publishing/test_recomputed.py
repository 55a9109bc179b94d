"""Every published prevalence, computed once more from the published passages by SQL alone."""

from __future__ import annotations

import pytest

from pipeline import store
from pipeline.config import Config
from pipeline.publishing.checking import PASSAGES, recomputed


@pytest.mark.parametrize("kind", PASSAGES)
def test_every_published_prevalence_follows_from_the_published_passages(opened: Config, kind: str) -> None:
    with store.open_published(store.published_file(opened)) as connection:
        found, alike, published = recomputed(connection, kind)
    assert found == alike == published > 0
