"""The stage that reads: whose a document is, when nobody said so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline import store
from pipeline.archive import importing
from pipeline.config import Config
from pipeline.progress import Tell
from pipeline.stages import index, read
from tests.copying.test_copies import writing

Write = Callable[..., Path]
BMJ = "https://www.bmj.com/content/999/bmj.g1"


def page(canonical: str = "") -> str:
    link = f'<link rel="canonical" href="{canonical}">' if canonical else ""
    return f"<html><head><title>Soup</title>{link}</head><body><p>{writing(1)}</p></body></html>"


@pytest.fixture
def sources(config: Config, tell: Tell) -> Callable[[Path], dict[str, tuple[str, str]]]:
    """Imports a path, reads it, and gives url -> (source, rights)."""

    def sources(path: Path) -> dict[str, tuple[str, str]]:
        importing.import_paths([path], config, tell)
        with store.open_working(config) as connection:
            index.run(connection, config, tell)
            read.run(connection, config, tell)
            rows = connection.execute("SELECT url, source, rights FROM document").fetchall()
        return {url: (source, rights) for url, source, rights in rows}

    return sources


def test_a_saved_page_is_of_the_source_whose_address_it_states(
    sources: Callable[[Path], Any], tmp_path: Path, config: Config
) -> None:
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "a.html").write_text(page(BMJ))
    (folder / "b.html").write_text(page("https://www.quillbrookccg.nhs.uk/soup"))
    (folder / "c.html").write_text(page("https://nobody.example/soup"))
    (folder / "d.html").write_text(page())
    found = sources(folder)
    assert found[BMJ] == ("bmj", config.sources["bmj"].rights)
    # by a pattern of hosts; one that no source has stays of the import, as does one that states none
    assert found["https://www.quillbrookccg.nhs.uk/soup"][0] == "ccgsites"
    assert found["https://nobody.example/soup"] == ("import", None)
    assert [source for url, (source, _) in found.items() if url.startswith("file:")] == ["import"]


def test_a_page_kept_under_a_resolver_s_address_is_of_the_source_that_it_leads_to(
    sources: Callable[[Path], Any], tmp_path: Path
) -> None:
    folder = tmp_path / "doi.org" / "10.1136"
    folder.mkdir(parents=True)
    (folder / "bmj.g1.html").write_text(page(BMJ))
    assert {url: source for url, (source, _) in sources(folder.parent).items()} == {BMJ: "bmj"}


def test_what_names_its_source_keeps_it_and_a_declared_one_is_not_taken_for_another(
    sources: Callable[[Path], Any], write_rows: Write
) -> None:
    text = writing(2)
    rows = [
        {"url": "https://nobody.example/a", "title": "a", "text": text, "source": "letters"},
        {"url": "https://nobody.example/b", "title": "b", "text": text, "source": "bmj"},
        {"url": "https://nobody.example/c", "title": "c", "text": text},
        {"url": "https://www.gov.uk/soup", "title": "d", "text": text},
    ]
    found = {url.rpartition("/")[2]: source for url, (source, _) in sources(write_rows(rows)).items()}
    assert found == {"a": "letters", "b": "bmj", "c": "nobody.example", "soup": "govuk"}
