"""What is planted among the sample documents: copies and look-alikes, as `pairs.toml` states them."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pipeline.errors import InputError
from spiders.sampleweb.documents import SampleDocument, paragraphs, read_documents
from spiders.sampleweb.pairs import Group, likeness, read_pairs
from spiders.sampleweb.sites import build

ROOT = Path(__file__).resolve().parents[2]
FIRST = {document.name: document for document in read_documents()}
GROUPS = read_pairs()


def planted(*kinds: str) -> list[Group]:
    return [group for group in GROUPS if group.kind in kinds]


def named(group: Group) -> str:
    return f"{group.kind}: {group.documents[-1]}"


@pytest.mark.parametrize("group", GROUPS, ids=named)
def test_the_stated_likeness_is_the_measured_one(group: Group) -> None:
    assert set(group.documents) <= FIRST.keys()
    measured = [likeness(FIRST[one], FIRST[other]) for one, other in group.pairs] or [1.0]
    assert round(min(measured), 2) == group.likeness


def test_there_is_enough_of_each_kind_and_look_alikes_are_as_alike_as_copies() -> None:
    assert Counter(group.kind for group in GROUPS) == {
        "syndicated": 8, "excerpt": 3, "joint": 2, "address": 4, "apart": 6,
    }  # fmt: skip
    alike = [group.likeness for group in planted("syndicated")]
    assert min(alike) < 0.6 < 0.75 < sorted(alike)[4] < 0.9 < max(alike)
    assert max(group.likeness for group in planted("apart")) > min(alike)


@pytest.mark.parametrize("group", planted("syndicated", "joint", "excerpt"), ids=named)
def test_copies_are_coded_alike(group: Group) -> None:
    codings = [set(FIRST[name].fields["themes"]) for name in group.documents]
    assert codings[1] <= codings[0]
    assert codings[1]


@pytest.mark.parametrize("group", planted("excerpt"), ids=named)
def test_an_excerpt_is_the_beginning_of_its_full_copy(group: Group) -> None:
    full, excerpt = (FIRST[name] for name in group.documents)
    texts = [p for p in paragraphs(excerpt.blocks) if len(p) > 200]
    assert texts
    whole = " ".join(paragraphs(full.blocks))
    assert all(text.removesuffix(" …") in whole for text in texts)
    assert len(whole) > 1.5 * sum(map(len, texts))


@pytest.mark.parametrize("group", planted("joint"), ids=named)
def test_a_joint_report_is_a_page_with_a_pdf_on_one_site_and_a_summary_on_the_other(group: Group) -> None:
    first, second = (FIRST[name] for name in group.documents)
    assert (first.title, bool(first.file), bool(second.file)) == (second.title, True, False)
    assert first.source != second.source


def test_every_planted_address_is_served() -> None:
    sites = {site.host: site for site in build(read_documents())}
    for url in [url for group in GROUPS for url in group.addresses]:
        parts = urlsplit(url)
        site = sites.get(parts.netloc) or sites[f"www.{parts.netloc}"]
        assert site.find(parts.path).status in (200, 301), url


def test_a_file_that_says_nothing_of_the_kind_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "pairs.toml"
    file.write_text('[[group]]\nkind = "twin"\ndocuments = ["a/b"]\nlikeness = 1.0\n', encoding="utf-8")
    with pytest.raises(InputError, match="unknown kind twin; known: syndicated"):
        read_pairs(file)
    file.write_text("sample = true\n", encoding="utf-8")
    with pytest.raises(InputError, match="does not say what is planted"):
        read_pairs(file)


def test_the_sample_s_page_counts_what_is_there() -> None:
    page = (ROOT / "data" / "sample" / "README.md").read_text(encoding="utf-8")
    for row in re.findall(r"^\| ([\w()-]+) \|((?: [\d·]+ \|){13})$", page, re.MULTILINE):
        name, cells = row[0], [int(cell) for cell in row[1].replace("·", "0").split("|") if cell.strip()]
        own = [document for document in FIRST.values() if counted(document, name)]
        years = Counter(document.published.year for document in own)
        assert cells == [*(years[year] for year in range(2011, 2023)), len(own)], name
    assert f"{len(FIRST)} documents in" in page


def counted(document: SampleDocument, name: str) -> bool:
    themes = document.fields["themes"]
    return name in ("all", document.source, *themes) or (name == "(background)" and not themes)
