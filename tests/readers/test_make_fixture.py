"""A page becomes a fixture without the words that somebody wrote."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from pipeline import readers
from pipeline.errors import InputError
from pipeline.records import Capture
from tests.tools import make_fixture

TEXT = "Commissioners met in the town hall and argued at length about who should pay for the new clinics. "


@pytest.fixture
def page(tmp_path: Path) -> Path:
    file = tmp_path / "www.bmj.com" / "content" / "346" / "bmj.f1.html"
    file.parent.mkdir(parents=True)
    file.write_text(
        "<html lang='en'><head><meta name='citation_title' content='A hall'>"
        "<meta name='citation_author' content='Ada Muster'>"
        f"<meta name='description' content='{TEXT[:60]}'></head>"
        f"<body><nav>Home News Archive</nav><article><p>{TEXT * 2}</p><p>{TEXT}</p></article></body></html>",
        encoding="utf-8",
    )
    return file


def test_the_words_go_and_the_shape_stays(page: Path, tmp_path: Path) -> None:
    folder = make_fixture.make(str(page), "case", cases=tmp_path / "cases")
    body = (folder / "body").read_text(encoding="utf-8")
    assert "Commissioners" not in body, "neither in the article nor in its description"
    assert "argued" not in body
    assert len(body) == len(page.read_text(encoding="utf-8"))
    assert "Home News Archive" in body
    assert "Ada Muster" in body


def test_the_document_beside_it_is_what_the_reader_makes_of_it(page: Path, tmp_path: Path) -> None:
    folder = make_fixture.make(str(page), "case", cases=tmp_path / "cases")
    told = json.loads((folder / "capture.json").read_text(encoding="utf-8"))
    told["fetched_at"] = datetime.fromisoformat(told["fetched_at"])
    document = readers.read(Capture(body=(folder / "body").read_bytes(), **told))
    expected = json.loads((folder / "document.json").read_text(encoding="utf-8"))
    assert expected["text"] == document.text.split("\n\n")
    assert (expected["title"], expected["authors"]) == ("A hall", ["Ada Muster"])


def test_words_may_be_kept_where_they_may(page: Path, tmp_path: Path) -> None:
    folder = make_fixture.make(str(page), "case", keep=True, cases=tmp_path / "cases")
    assert (folder / "body").read_bytes() == page.read_bytes()


def test_a_fixture_is_never_written_over(page: Path, tmp_path: Path) -> None:
    make_fixture.make(str(page), "case", cases=tmp_path / "cases")
    with pytest.raises(InputError, match="is there already"):
        make_fixture.make(str(page), "case", cases=tmp_path / "cases")


def test_a_page_of_no_declared_source_is_general_unless_it_is_said_whose_it_is(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        f"<html lang='en'><body><article><p>{TEXT * 3}</p></article></body></html>", encoding="utf-8"
    )
    cases = tmp_path / "cases"
    assert make_fixture.make(str(page), "case", cases=cases) == cases / "general" / "case"
    folder = make_fixture.make(str(page), "case", cases=cases, source="kar")
    told = json.loads((folder / "capture.json").read_text(encoding="utf-8"))
    assert folder == cases / "kar" / "case"
    assert told["source"] == "kar"
    assert told["url"] == f"file:///{str(page).lstrip('/')}"
