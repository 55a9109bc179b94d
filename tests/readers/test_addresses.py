"""One document has one address, under whatever form of it was kept, linked or archived."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import config as configuration
from pipeline.archive.mirrors import address_of
from pipeline.copying.copies import Paper, is_rehosted, repeated
from pipeline.readers.folds import identifiers
from pipeline.readers.urls import canonical, normalise, replayed
from pipeline.settings import Duplicates

DEBATE = "Lords/2031-01-13/debates/9B2497A1-E4EF-4AA1-B073-2E49E343D035"
TWINS = {
    "https://www.bmj.com/content/999/bmj.g1": [
        "http://bmj.com/content/999/bmj.g1/",
        "https://www.bmj.com/content/999/BMJ.G1.full.pdf+html?ijkey=x&keytype2=y",
        "https://www.bmj.com/content/bmj/999/bmj.g1.full.pdf",
        "https://www.bmj.com/content/999/bmj.g1/rapid-responses",
        "https://www.bmj.com/content/999/bmj.g1.print?tab=responses#ref-1",
    ],
    "https://www.bmj.com/content/99/7280/226": [
        "http://bmj.com/cgi/reprint/99/7280/226.pdf",
        # the first of several articles on a page is called both ways, the second is 226.2
        "http://www.bmj.com/cgi/content/full/99/7280/226.1",
        "https://www.bmj.com/content/99/7280/226.1.full.pdf",
    ],
    "https://hansard.parliament.uk/debates/GetDebateAsText/9B2497A1-E4EF-4AA1-B073-2E49E343D035": [
        "https://hansard-api.parliament.uk/debates/debate/9b2497a1-e4ef-4aa1-b073-2e49e343d035.json",
    ],
    "https://doi.org/10.9999/ducks.1": ["http://dx.doi.org/10.9999/Ducks.1?nosfx=y"],
    "https://kar.kent.ac.uk/99/": ["http://kar.kent.ac.uk:80/id/eprint/99?lang=en"],
    "https://www.gponline.com/ducks/article/9": [
        "https://gponline.com/article/9/ducks",
        "https://www.gponline.com/Ducks/news/article/9/?DCMP=x",
    ],
    "https://www.gov.uk/government/news/ducks": ["https://gov.uk/api/content/government/news/ducks/"],
    "https://www.england.nhs.uk/2031/12/ducks/": [
        "https://www.england.nhs.uk/2031/12/ducks/amp/",
        "http://www.england.nhs.uk/2031/12/ducks?replytocom=12",
    ],
    f"https://hansard.parliament.uk/{DEBATE}/details": [
        f"https://hansard.parliament.uk/{DEBATE}/Ducks?highlight=pond",
        f"https://hansard.parliament.uk/{DEBATE.lower()}/ducks#contribution-1",
    ],
    "https://www.theguardian.com/society/2031/mar/12/ducks": [
        "http://m.guardian.co.uk/society/2031/mar/12/ducks?INTCMP=SRCH",
        "https://amp.theguardian.com/society/2031/mar/12/ducks?page=with:block-1",
    ],
    "https://europepmc.org/article/PMC/PMC99": [
        "https://pmc.ncbi.nlm.nih.gov/articles/PMC99/",
        "https://www.ncbi.nlm.nih.gov/pmc/articles/PMC99/?report=classic",
    ],
    "https://www.quillbrookccg.nhs.uk/news/ducks": ["http://quillbrookccg.nhs.uk/news/ducks/index.html"],
    "https://ducks.example/2031/ponds": [
        "http://ducks.example/2031/ponds/?noamp=mobile",
        "https://ducks.example/2031/ponds/amp/",
        "https://ducks.example/2031/ponds?m=1",
    ],
    "https://council.example/mgAi.aspx?ID=7": ["http://council.example/mgAi.aspx?ID=7&LLL=0"],
}  # fmt: skip


@pytest.mark.parametrize(("url", "twin"), [(url, twin) for url in TWINS for twin in [url, *TWINS[url]]])
def test_forms_of_one_address_are_one(url: str, twin: str) -> None:
    assert normalise(twin) == url


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://www.bmj.com/content/99/7280/226", "https://www.bmj.com/content/99/7280/226.2"),
        ("https://council.example/mgAi.aspx?ID=7", "https://council.example/mgAi.aspx?ID=8"),
        ("https://council.example/ie.aspx?CId=1&MId=2", "https://council.example/ie.aspx?CId=2&MId=2"),
        ("https://ducks.example/?p=1", "https://ducks.example/?p=2"),
        ("https://ducks.example/Ponds", "https://ducks.example/ponds"),
    ],
)
def test_other_documents_stay_others(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


@pytest.mark.parametrize(
    ("url", "numbers"),
    [
        ("https://www.bmj.com/content/999/BMJ.G1.full", {"DOI 10.1136/bmj.g1"}),
        ("https://www.bmj.com/content/999/bmj-2031-012345", {"DOI 10.1136/bmj-2031-012345"}),
        ("https://www.bmj.com/content/99/7280/226.1", {"DOI 10.1136/bmj.99.7280.226"}),
        ("https://www.bmj.com/content/99/7280/226.2", set()),
        ("https://www.bmj.com/content/999/7915", set()),
        ("https://dx.doi.org/10.9999%2Fducks(1)", {"DOI 10.9999/ducks(1)"}),
        ("https://www.bmj.com/lookup/doi/10.1136/bmj.g1", {"DOI 10.1136/bmj.g1"}),
        ("https://journal.example/doi/full/10.9999/ABC.1?casa_token=x", {"DOI 10.9999/abc.1"}),
        ("https://journal.example/doi/10.9999/abc.1", {"DOI 10.9999/abc.1"}),
        ("https://soups.biomedcentral.com/articles/10.9999/s1-2", {"DOI 10.9999/s1-2"}),
        ("https://soups.biomedcentral.com/articles/10.9999/s1-2/figures/1", set()),
        ("https://pubmed.ncbi.nlm.nih.gov/99/", {"PMID 99"}),
        ("https://www.ncbi.nlm.nih.gov/pmc/articles/PMC99/?report=classic", {"PMCID PMC99"}),
        (f"https://hansard.parliament.uk/{DEBATE.lower()}/ducks", {f"Hansard id {DEBATE[-36:]}"}),
        (f"https://hansard-api.parliament.uk/debates/debate/{DEBATE[-36:]}.json",
         {f"Hansard id {DEBATE[-36:]}"}),
        ("https://hansard.parliament.uk/Commons/2031-09-09/debates/31090953000002/Ducks",
         {"Hansard id 31090953000002"}),
        ("https://ducks.example/10.9999/ducks", set()),
    ],
)  # fmt: skip
def test_an_address_holds_the_number_of_its_document(url: str, numbers: set[str]) -> None:
    assert identifiers(normalise(url)) == numbers


def test_a_resolver_s_address_gives_way_to_the_page_s_own() -> None:
    page = [("https://www.bmj.com/content/999/bmj.g1", "canonical")]
    assert canonical("https://doi.org/10.1136/bmj.g1", page)[0] == page[0][0]
    assert canonical("https://ducks.example/10.1136/bmj.g1", page)[1] == "capture"


REPLAYS = [
    "https://web.archive.org/web/{}id_/", "http://web.archive.org/web/{}/", "https://web.archive.org/web/{}im_/",
    "https://webarchive.nationalarchives.gov.uk/ukgwa/{}mp_/", "https://webarchive.nationalarchives.gov.uk/{}/",
    "https://webarchive.nationalarchives.gov.uk/ukgwa/nobanner/{}/", "https://webarchive.parliament.uk/{}/",
    "https://www.webarchive.org.uk/wayback/en/archive/{}mp_/", "https://wayback.archive-it.org/4321/{}/",
    "https://archive.ph/{}/", "https://arquivo.pt/wayback/{}/",
]  # fmt: skip


@given(
    st.sampled_from(REPLAYS),
    st.sampled_from(["20310504", "20310504164027", "203105041640"]),
    st.sampled_from(["https://", "http://", "https:/", "http%3A//", ""]),
)
def test_every_archive_s_replay_is_its_original(archive: str, stamp: str, scheme: str) -> None:
    url = f"{archive.format(stamp)}{scheme}www.quillbrookccg.nhs.uk:80/news/ducks/?x=1".replace(
        ":80", ":80" if scheme == "http://" else ""
    )
    assert normalise(url) == "https://www.quillbrookccg.nhs.uk/news/ducks?x=1"
    found = replayed(url)
    assert found is not None
    assert found.seen is not None
    assert found.seen.day == date(2031, 5, 4)


@pytest.mark.parametrize(("stamp", "precision"), [("2031", "year"), ("203105", "month"), ("+", None)])
def test_an_archive_s_day_is_known_as_far_as_it_is_told(stamp: str, precision: str | None) -> None:
    found = replayed(f"https://webarchive.nationalarchives.gov.uk/{stamp}/https://www.gov.uk/ducks")
    assert found is not None
    assert (found.seen.precision if found.seen else None) == precision


def test_a_calendar_of_captures_is_no_replay() -> None:
    assert replayed("https://webarchive.nationalarchives.gov.uk/ukgwa/*/https://www.gov.uk/ducks") is None


@given(st.sampled_from([twin for twins in TWINS.values() for twin in twins] + list(TWINS)))
def test_folding_twice_changes_nothing(url: str) -> None:
    assert normalise(normalise(url)) == normalise(url)


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("https://pmc.ncbi.nlm.nih.gov/articles/PMC99", "europepmc"),
        ("https://gov.uk/ducks", "govuk"),
        ("https://www.quillbrookccg.nhs.uk/news", "ccgsites"),
        ("https://webarchive.parliament.uk/20310504/http://quillbrookccg.nhs.uk/news", "ccgsites"),
        ("https://publications.parliament.uk/pa/cm203111/cmhansrd/cm111107/text/1.htm", "hansard"),
        ("https://publications.parliament.uk/pa/cm203111/cmselect/cmhealth/513/51304.htm", None),
        ("https://notgov.uk/ducks", None),
        ("http://[::1", None),
    ],
)
def test_an_address_tells_its_source(url: str, source: str | None) -> None:
    assert configuration.load().source_of(url) == source


@pytest.mark.parametrize(
    ("place", "wanted"),
    [
        ("site/ducks.example/mgAi.aspx?ID=7", "https://ducks.example/mgAi.aspx?ID=7"),
        ("site/ducks.example/mgAi.aspx@ID=7", "https://ducks.example/mgAi.aspx?ID=7"),
        ("site/ducks.example/a?x=1&y=2.html", "https://ducks.example/a?x=1&y=2"),
        ("site/ducks.example/index.html?p=7", "https://ducks.example/?p=7"),
        ("site/ducks.example/513/51304.htm", "https://ducks.example/513/51304.htm"),
        ("site/ducks.example/a/index.html", "https://ducks.example/a/"),
        ("site/ducks.example/a.html", "https://ducks.example/a"),
        ("mirrors.example/ducks.example/a.html", "https://ducks.example/a"),
        (
            "web.archive.org/20310504/https:/ducks.example/a.html",
            "https://web.archive.org/20310504/https:/ducks.example/a",
        ),
        ("papers/a.html", None),
    ],
)
def test_a_mirror_s_folders_tell_the_address(place: str, wanted: str | None) -> None:
    assert address_of(place.split("/"), 0) == wanted


def paper(url: str, genre: str = "news", **more: bool) -> Paper:
    return Paper(url, "s", url, "Ducks", None, None, genre, "full", 99, **more)


@pytest.mark.parametrize(
    ("one", "other", "series"),
    [
        ("https://ducks.example/7", "https://ducks.example/8", True),
        ("https://ducks.example/7", "https://ducks.example/7/", False),
        ("https://www.ducks.example/7", "https://ducks.example/7", False),
        ("https://ducks.example/a?id=7", "https://ducks.example/a?id=8", True),
    ],
)
def test_items_of_a_series_have_other_last_numbers(one: str, other: str, series: bool) -> None:
    assert repeated(paper(one), paper(other), Duplicates()) is series


def test_a_copy_on_a_site_of_copies_never_leads() -> None:
    sites = Duplicates().rehosts
    for url in (
        "https://vdocuments.site/a.html",
        "https://lawsdocbox.com/amp/1",
        "https://www.docslib.org/doc/1",
    ):
        assert is_rehosted(url, sites)
        assert paper("https://ducks.example/1").rank < paper(url, rehosted=True).rank
    assert not is_rehosted("https://docs.example/vdocuments.site", sites)
