"""Readers: a capture in, a document or a reason out. The pages in captures/ hold words of our own."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import textwrap
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import readers
from pipeline.errors import SetAside
from pipeline.readers import dates, normal, people, read, urls
from pipeline.readers.sources import gponline
from pipeline.records import REASONS, Capture, Document

CASES = Path(__file__).parent / "captures"
SEED_WEB = Path(os.environ.get("THEMESHIFT_SEED_WEB", Path(__file__).parents[3] / "shared" / "seed-web"))
FETCHED = datetime(2024, 11, 1, tzinfo=UTC)
PROSE = "Commissioners met in the town hall and argued at length about who should pay for the new clinics."


def capture(body: bytes | str, media_type: str = "text/html", **fields: Any) -> Capture:
    """A capture of a page that no source's reader knows."""
    given_fields = {"url": "https://example.org/a", "source": "files", "fetched_at": FETCHED, **fields}
    return Capture(
        media_type=media_type, body=body.encode() if isinstance(body, str) else body, **given_fields
    )


def page(body: str, head: str = "") -> str:
    return f"<!DOCTYPE html><html lang='en'><head>{head}</head><body>{body}</body></html>"


def bmj(body: str) -> str:
    return page(f'<div class="highwire-markup"><div class="article fulltext-view">{body}</div></div>')


def meta(**tags: str) -> str:
    return "".join(f'<meta name="{name}" content="{content}">' for name, content in tags.items())


def stored(folder: Path) -> Capture:
    told = json.loads((folder / "capture.json").read_text(encoding="utf-8"))
    told["fetched_at"] = datetime.fromisoformat(told["fetched_at"])
    return Capture(body=(folder / "body").read_bytes(), **told)


def dated(document: Document) -> str | None:
    """The date as far as it is known: 2016-07 for a month."""
    length = {"day": 10, "month": 7, "year": 4}
    return (
        document.published.isoformat()[: length[document.precision]]
        if document.published and document.precision
        else None
    )


def reason(taken: Capture) -> str:
    with pytest.raises(SetAside) as caught:
        read(taken)
    assert caught.value.reason in REASONS
    return caught.value.reason


def plain(value: Any) -> Any:
    return (
        list(value) if isinstance(value, tuple) else value.isoformat() if isinstance(value, date) else value
    )


# --- whole pages -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "folder", sorted(CASES.glob("*/*")), ids=lambda folder: f"{folder.parent.name}/{folder.name}"
)
def test_case(folder: Path) -> None:
    expected = json.loads((folder / "document.json").read_text(encoding="utf-8"))
    if "set_aside" in expected:
        assert reason(stored(folder)) == expected["set_aside"]
        return
    document = read(stored(folder))
    assert document.text.split("\n\n") == expected.pop("text")
    # how sure the model of blocks is stands behind a comma
    told = {
        field: origin.split(", ")[0] if field == "text" else origin
        for field, origin in document.origins.items()
    }
    assert expected.pop("origins", {}).items() <= told.items()
    assert {field: plain(getattr(document, field)) for field in expected} == expected


def seeds() -> list[Any]:
    if not (SEED_WEB / "expected.json").is_file():
        absent = pytest.mark.skip(
            reason=f"no seed pages in {SEED_WEB}: set THEMESHIFT_SEED_WEB to their folder"
        )
        return [pytest.param({}, marks=absent, id="absent")]
    expected = json.loads((SEED_WEB / "expected.json").read_text(encoding="utf-8"))
    return [pytest.param(seed, id=seed["file"].removeprefix("pages/")) for seed in expected]


@pytest.mark.parametrize("seed", seeds())
@pytest.mark.parametrize("known", [True, False], ids=["by source", "by host"])
def test_seed_page(seed: dict[str, Any], known: bool) -> None:
    body = (SEED_WEB / seed["file"]).read_bytes()
    document = read(capture(body, url=seed["url"], source=seed["source"] if known else "files"))
    fields = ("url", "source", "genre", "title", "authors", "precision", "doi", "access")
    assert {field: plain(getattr(document, field)) for field in fields} == {
        field: seed[field] for field in fields
    }
    assert dated(document) == seed["published"]
    assert document.text.split("\n\n") == seed["text"]
    assert [words for words in seed["never"] if words in document.text] == []


# --- text ------------------------------------------------------------------------------------------------


def test_text_is_in_normal_form() -> None:
    document = read(
        capture(page(f"<article><p>A&nbsp; cafe\u0301 \n in <b>bold</b>\u200b.</p><p>{PROSE}</p></article>"))
    )
    assert document.text == f"A caf\u00e9 in bold.\n\n{PROSE}"


@pytest.mark.parametrize(
    ("marked", "text"),
    [
        ('the system.<a class="xref-bibr" href="#ref-1">1</a> Then', "the system. Then"),
        ('the NHS,<a class="xref-bibr">2</a>,<a class="xref-bibr">3</a> and', "the NHS, and"),
        ("the system <sup>1,2</sup>. Then", "the system. Then"),
        ("ten m<sup>2</sup> of floor", "ten m2 of floor"),
    ],
)
def test_reference_markers_leave_nothing_behind(marked: str, text: str) -> None:
    body = bmj(f"<p>{marked}</p><p>{PROSE}</p>")
    assert read(capture(body, source="bmj")).text.split("\n\n")[0] == text


def test_character_references_are_read_as_browsers_read_them() -> None:
    assert (
        read(capture(page(f"<p>{PROSE} Then&#150;now&#1; &amp; later.</p>"))).text
        == f"{PROSE} Then\u2013now & later."
    )


def test_a_paragraph_of_nothing_but_links_is_dropped_where_trafilatura_drops_it() -> None:
    links = "".join(f"<a href='/{n}'>Read another piece on boards, number {n}</a> " for n in range(6))
    body = (
        f'<article><div class="articleBody"><p>{PROSE}</p><p>{links}</p><p>{PROSE} Twice.</p></div></article>'
    )
    assert read(capture(page(body), source="gponline")).text == f"{PROSE}\n\n{PROSE} Twice."


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        (page(f"<p>{PROSE} Café “x”.</p>").encode("cp1252"), None),
        (page(f"<p>{PROSE} Café “x”.</p>", '<meta charset="iso-8859-1">').encode("cp1252"), None),
        (page(f"<p>{PROSE} Café “x”.</p>").encode("utf-16"), None),
        (page(f"<p>{PROSE} Café “x”.</p>").encode(), "no-such-charset"),
        (page(f"<p>{PROSE} Café “x”.</p>", '<meta charset="utf-8">').encode(), "latin-1"),
    ],
    ids=[
        "nothing declared",
        "Latin-1 that is cp1252",
        "byte order mark",
        "unknown charset",
        "UTF-8 under a Latin-1 header",
    ],
)
def test_the_charset_is_found(body: bytes, charset: str | None) -> None:
    assert read(capture(body, charset=charset)).text == f"{PROSE} Café “x”."


@settings(deadline=None)
@given(
    place=st.integers(0, len(PROSE)),
    stray=st.sampled_from([(b"\xa0", " "), (b"\x92", "’"), (b"\xe9", "é"), (b"\xe2\x80", "\ufffd")]),
    charset=st.sampled_from([None, "utf-8", "iso-8859-1", "windows-1252"]),
)
def test_a_stray_byte_in_utf8_costs_itself_alone(
    place: int, stray: tuple[bytes, str], charset: str | None
) -> None:
    """A fragment of an older encoding, pasted into a page, must not turn all its quotes into other signs."""
    start, end = PROSE[:place].encode(), PROSE[place:].encode()
    body = "<p>It cost £5m, “the chair’s view”: ".encode() + start + stray[0] + end + b"</p>"
    found = read(capture(body, charset=charset)).text
    assert found == " ".join(
        f"It cost £5m, “the chair’s view”: {PROSE[:place]}{stray[1]}{PROSE[place:]}".split()
    )


@settings(deadline=None)
@given(
    signs=st.integers(1, 5),
    strays=st.integers(0, 5),
    charset=st.sampled_from([None, "utf-8", "iso-8859-1", "windows-1252"]),
)
def test_few_signs_of_utf8_are_enough_where_strays_are_no_more(
    signs: int, strays: int, charset: str | None
) -> None:
    body = f"<p>{PROSE} ".encode() + "£5 ".encode() * signs + b"caf\xe9 " * min(signs, strays) + b"</p>"
    told = f"{PROSE} " + "£5 " * signs + "café " * min(signs, strays)
    assert read(capture(body, charset=charset)).text == told.strip()


@pytest.mark.parametrize("charset", [None, "utf-8", "iso-8859-1", "windows-1252"])
@pytest.mark.parametrize(
    "words", ["Das ist groß“, für alle fünf Ämter", "Un café à côté, «\xa0déjà\xa0» vu", "£5m – “so”"]
)
def test_a_text_of_windows_stays_one_though_two_letters_look_like_utf8(
    words: str, charset: str | None
) -> None:
    body = f"<p>{PROSE} {words}.</p>".encode("cp1252")
    assert read(capture(body, charset=charset)).text == " ".join(f"{PROSE} {words}.".split())


@pytest.mark.slow
@pytest.mark.parametrize("tag", ["div", "span", "ul><li", "made-up"])
def test_deep_nesting_neither_crashes_nor_loses_the_text(tag: str) -> None:
    assert PROSE in read(capture(page(f"<{tag}>" * 100_000 + f"<p>{PROSE}</p>"))).text


def test_many_reference_markers_take_no_quadratic_time() -> None:
    body = page("<article><p>" + "word<sup>1</sup> " * 5_000 + "</p></article>")
    assert len(read(capture(body)).text.split()) == 5_000


# --- fields ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("2016/05/24", "2016-05-24"),
        ("2013-09", "2013-09"),
        ("2013", "2013"),
        ("2013-00-00", "2013"),
        ("26/01/2015", "2015-01-26"),
        ("05/02/2015", "2015-02-05"),
        ("01/26/2015", "2015-01-26"),
        ("09 August 2013", "2013-08-09"),
        ("9th of Sept. 2013", "2013-09-09"),
        ("August 9, 2013", "2013-08-09"),
        ("July 2016", "2016-07"),
        ("2016-05-24T13:41+00:00", "2016-05-24"),
        ("Fri, 09 Aug 2013 10:00:00 GMT", "2013-08-09"),
        ("(Published 20 June 2012)", "2012-06-20"),
        ("31 February 2014", "2014-02"),
        ("yesterday", None),
    ],
)
def test_dates(written: str, read_as: str | None) -> None:
    found = dates.parse(written)
    assert (str(found) if found else None) == read_as


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        (["Checkland, Kath"], ("Kath Checkland",)),
        (["van der Berg, Jan"], ("Jan van der Berg",)),
        (["Smith, J. A."], ("J. A. Smith",)),
        (["Smith, John, Jr"], ("John Smith Jr",)),
        (["Ann Lee, PhD", "ann lee"], ("Ann Lee",)),
        (["By Dr Ann Lee and Bo Roe"], ("Ann Lee", "Bo Roe")),
        (["Ann Lee, Bo Roe"], ("Ann Lee", "Bo Roe")),
        (["Kieran Walshe, professor of health policy"], ("Kieran Walshe",)),
        (["Hwadmin", "GPonline", "The King's Fund", "News team", "a@b.org"], ()),
    ],
)
def test_authors_are_people(written: list[str], read_as: tuple[str, ...]) -> None:
    assert people.people(written) == read_as


@pytest.mark.parametrize(
    "suffix",
    ["", ".full", ".long", ".abstract", ".full.pdf", ".full.pdf+html", ".full-text.print", "?ijkey=x"],
)
def test_a_bmj_article_has_one_address(suffix: str) -> None:
    taken = capture(
        bmj(f"<p>{PROSE}</p>"), source="bmj", url=f"http://www.bmj.com/content/347/bmj.f1{suffix}#p-2"
    )
    assert read(taken).url == "https://www.bmj.com/content/347/bmj.f1"


@pytest.mark.parametrize("path", ["/35069", "/35069/", "/id/eprint/35069"])
def test_a_kent_record_has_one_address(path: str) -> None:
    body = page(f'<div class="ep_summary_content_main"><h2>Abstract</h2><p>{PROSE}</p></div>')
    assert (
        read(capture(body, source="kar", url=f"http://kar.kent.ac.uk{path}")).url
        == "https://kar.kent.ac.uk/35069/"
    )


@pytest.mark.parametrize("tag", ["eprints.abstract", "DC.description"])
def test_an_abstract_that_only_the_tags_hold_is_taken_from_them(tag: str) -> None:
    head = meta(**{"eprints.eprintid": "7", tag: PROSE})
    assert read(capture(page("<p>Depositing User: S. Body</p>", head), source="kar")).text == PROSE


def test_a_record_without_an_abstract_is_empty() -> None:
    assert (
        reason(capture(page(f"<p>{PROSE}</p>", meta(**{"eprints.eprintid": "7"})), source="kar")) == "empty"
    )


@pytest.mark.parametrize(
    ("captured", "stated", "kept"),
    [
        (
            "http://news.example.org/a?utm_source=x&id=1#top",
            "https://www.example.org/b",
            "https://www.example.org/b",
        ),
        (
            "http://news.example.org/a?utm_source=x&id=1#top",
            "https://other.org/b",
            "https://news.example.org/a?id=1",
        ),
        ("https://example.org/a", "https://example.org/", "https://example.org/a"),
        (
            "http://127.0.0.1:8000/a",
            "https://www.bmj.com/content/1/bmj.f1",
            "https://www.bmj.com/content/1/bmj.f1",
        ),
        ("http://127.0.0.1:8000/a#b", "", "http://127.0.0.1:8000/a"),
        ("file:///pages/a.html", "https://example.org/a", "https://example.org/a"),
    ],
    ids=["same site", "another site", "home page", "mirror", "mirror without one", "file"],
)
def test_a_canonical_link_counts_where_it_can_be_true(captured: str, stated: str, kept: str) -> None:
    assert urls.canonical(captured, [(stated, "link")] if stated else [])[0] == kept


@pytest.mark.parametrize(
    "written",
    [
        "doi:10.1136/bmj.F1",
        "https://doi.org/10.1136/bmj.F1.",
        "http://dx.doi.org/10.1136/bmj.F1",
        "(10.1136/bmj.F1)",
    ],
)
def test_a_doi_loses_its_resolver_and_keeps_its_case(written: str) -> None:
    assert urls.doi(written) == "10.1136/bmj.F1"


@pytest.mark.parametrize("stated", ["1246-05-01", "2026-05-01"])
def test_a_date_out_of_range_is_refused_and_the_document_stays(stated: str) -> None:
    document = read(capture(page(f"<p>{PROSE}</p>", meta(citation_publication_date=stated))))
    assert (document.published, document.precision) == (None, None)
    assert document.origins["published"] == f"refused: {stated}"


def test_a_refused_date_gives_way_to_the_next_signal() -> None:
    head = meta(citation_publication_date="0001-01-01", datePublished="2014-03-04")
    assert dated(read(capture(page(f"<p>{PROSE}</p>", head)))) == "2014-03-04"


@pytest.mark.parametrize(
    ("number", "bound"),
    [
        (1100000, "before autumn 2012"),
        (1178097, "about April 2013"),
        (1290000, "between March 2014 and May 2014"),
        (1400000, "after May 2014"),
    ],
)
def test_a_gponline_article_number_bounds_its_date(number: int, bound: str) -> None:
    assert gponline.bounds(f"https://www.gponline.com/a/article/{number}") == f"{bound} (article number)"


# --- other kinds of file ---------------------------------------------------------------------------------


def pdf(*pages: list[str], title: str = "", size: int = 12) -> bytes:
    """A PDF with one line of Helvetica per string, a larger gap for an empty one."""
    kids = " ".join(f"{5 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        f"<< /Title ({title}) /CreationDate (D:20200101000000Z) >>",
    ]
    for n, lines in enumerate(pages):
        drawn = "".join(f"({line}) Tj 0 -{size + 2} Td " for line in lines)
        content = f"BT /F1 {size} Tf 72 760 Td {drawn} ET"
        font = "/Resources << /Font << /F1 3 0 R >> >>"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] {font} /Contents {6 + 2 * n} 0 R >>"
        )
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    out, offsets = b"%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{text}\nendobj\n".encode("latin-1")
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    trailer = f"<< /Size {len(objects) + 1} /Root 1 0 R /Info 4 0 R >>\nstartxref\n{len(out)}\n%%EOF"
    return out + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n{trailer}".encode(
        "latin-1"
    )


CHAPTERS = [("one", "fair"), ("two", "foul"), ("three", "warm")]
REPORT = pdf(
    *(
        [
            "A made up report",
            f"Chapter {name} says that the boards of the shire will go on commis-",
            f"sioning care for year {name}, if the money lasts until March.",
            "",
            f"Its second paragraph is about the weather, which has been {weather}",
            f"all the way from the coast to the town for {name} years.",
            f"Page {n}",
        ]
        for n, (name, weather) in enumerate(CHAPTERS, 1)
    ),
    title="The shire in figures",
)


def test_a_pdf_gives_paragraphs_without_running_heads_and_page_numbers() -> None:
    text = "\n\n".join(
        f"Chapter {name} says that the boards of the shire will go on commissioning care for year {name}, "
        "if the money lasts until March.\n\n"
        f"Its second paragraph is about the weather, which has been {weather} all the way from the coast "
        f"to the town for {name} years."
        for name, weather in CHAPTERS
    )
    assert read(capture(REPORT, "application/pdf")).text == text


def test_a_pdf_is_described_by_its_metadata_and_its_source() -> None:
    address = "https://www.kingsfund.org.uk/files/shire.pdf"
    document = read(capture(REPORT, "application/pdf", url=address, source="kingsfund"))
    assert (document.title, document.genre, document.access) == ("The shire in figures", "report", "full")


def test_the_date_a_pdf_file_was_made_is_only_a_last_resort_and_a_month_and_told_as_such() -> None:
    document = read(capture(REPORT, "application/pdf"))
    assert (document.published, document.precision) == (date(2020, 1, 1), "month")
    assert document.origins["published"] == "file's properties: when it was made"


@pytest.mark.parametrize("label", ["application/pdf", "text/html", "", "application/octet-stream"])
def test_the_bytes_overrule_a_wrong_label(label: str) -> None:
    assert read(capture(REPORT, label)).title == "The shire in figures"


def test_a_page_served_for_a_pdf_is_read_as_a_page() -> None:
    assert read(capture(page(f"<p>{PROSE}</p>"), "application/pdf")).text == PROSE


def test_a_body_that_is_still_gzipped_is_unfolded() -> None:
    assert read(capture(gzip.compress(page(f"<p>{PROSE}</p>").encode()))).text == PROSE


def test_hard_wrapped_text_is_joined_to_paragraphs() -> None:
    wrapped = "\n".join(
        [
            "Boards in the invented shire have asked",
            "the treasury for a further loan of two",
            "hundred pounds, to be paid in pennies.",
        ]
        * 2
    )
    assert read(capture(f"{wrapped}\n\n{wrapped}", "text/plain")).text == "\n\n".join(
        [wrapped.replace("\n", " ")] * 2
    )


@pytest.mark.parametrize("width", [24, 30, 34, 38, 42, 60, 80])
@pytest.mark.parametrize("hyphens", [False, True])
def test_text_in_a_column_of_any_width_keeps_its_words(width: int, hyphens: bool) -> None:
    told = (
        "Boards in the invented shire have asked the treasury for a further loan, to be paid in pennies. " * 4
    )
    wrapped = textwrap.fill(told, width)
    if hyphens:
        wrapped = textwrap.fill(told.replace("treasury", "trea-sury"), width).replace("trea-sury", "treasury")
    found = read(capture(f"Notes\n\n{wrapped}\n\n{wrapped}\n", "text/plain")).text
    assert found.split() == (told * 2).split()


def test_a_menu_of_short_lines_is_no_column_of_prose() -> None:
    menu = "\n".join(
        ["Home", "About us", "What we do", "Our people", "News and views", "Contact", "Jobs"] * 3
    )
    assert read(capture(f"{menu}\n\n{PROSE}", "text/plain")).text == PROSE


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("a frag-\nmentation of care", "a fragmentation of care"),
        ("a frag-\r\nmentation of care", "a fragmentation of care"),
        ("a frag\u00ad\nmentation of care", "a fragmentation of care"),
        ("a frag\u2010 \n  mentation of care", "a fragmentation of care"),
        ("a short-\nage of care", "a shortage of care"),
        ("short-\nand long-term care", "short- and long-term care"),
        ("a long-\nterm plan", "a long-term plan"),
        ("a GP-\nled plan since mid-\n2013", "a GP-led plan since mid-2013"),
        ("a place-\nbased plan", "a place-based plan"),
        ("top\u2011\ndown plan", "top-down plan"),
        ("a co-\nordinated plan, as co-ordinated as any", "a co-ordinated plan, as co-ordinated as any"),
        ("a pro-\nvider, one provider of many", "a provider, one provider of many"),
    ],
)
@pytest.mark.parametrize("kind", ["application/json", "text/plain"])
def test_a_word_cut_at_a_lines_end_is_one_word_again(kind: str, written: str, read_as: str) -> None:
    text = f"{PROSE}\n\n{PROSE} {written} {PROSE}"
    body = text if kind == "text/plain" else json.dumps({"text": text})
    assert read_as in read(capture(body, kind)).text.replace("\n\n", " ")


@given(st.text())
def test_the_normal_form_of_a_line_is_its_own(text: str) -> None:
    once = normal.line(text)
    assert normal.line(once) == once
    assert once == " ".join(once.split()) == unicodedata.normalize("NFC", once)
    assert not set(once) & set("\u00ad\u200b\u2060\u2010\u2011ﬀﬁﬂﬃﬄ")


@pytest.mark.parametrize(
    "keys", [{"published": "2013-09-01", "precision": "month"}, {"date": "2013-09", "precision": "day"}]
)
def test_a_record_says_how_much_of_its_date_is_known(keys: dict[str, str]) -> None:
    assert dated(read(capture(json.dumps({"text": PROSE, **keys}), "application/json"))) == "2013-09"


@pytest.mark.parametrize(
    ("given", "right"),
    [
        (
            "Q&amp;A: the patient&#8217;s &pound;5 &#x2013; &ldquo;at once&rdquo;",
            "Q&A: the patient’s £5 – “at once”",
        ),
        ("Research &amp;amp; Development", "Research & Development"),
        ("&lt;p&gt;One &amp;amp; all&lt;/p&gt;", "One & all"),
        ("a link to ?a=1&copy=2 and AT&T; 3 < 5", "a link to ?a=1&copy=2 and AT&T; 3 < 5"),
    ],
    ids=["no tag", "escaped twice", "tags escaped", "none"],
)
def test_entities_of_a_record_are_signs_though_no_tag_stands_beside_them(given: str, right: str) -> None:
    row = {"title": given, "text": f"{PROSE} {given}", "authors": ["Orla O&#8217;Brien"]}
    document = read(capture(json.dumps(row), "application/json"))
    assert (document.title, document.authors) == (right, ("Orla O’Brien",))
    assert document.text.split("\n\n")[-1].removeprefix(PROSE).strip() == right


@pytest.mark.parametrize("module", ["record", "text", "pdf"])
def test_only_pages_load_trafilatura(module: str) -> None:
    script = f"import sys, pipeline.readers.{module}; sys.exit('trafilatura' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


# --- what is set aside -----------------------------------------------------------------------------------

LINKS = "".join(f"<h3><a href='/{n}'>Boards meet for the time number {n}</a></h3>" for n in range(9))
SET_ASIDE: list[tuple[str, Capture]] = [
    ("http-error", capture(page(f"<p>{PROSE}</p>"), status=403)),
    ("error-page", capture(page(f"<p>{PROSE}</p>", "<title>Page not found | GPonline</title>"))),
    ("error-page", capture(page(f"<p>{PROSE}</p>", "<title>404 - The BMJ</title>"))),
    ("login", capture(page("<p>To go on, please sign in.</p><form><input type='password'></form>"))),
    ("bot-wall", capture(page("<h1>example.org</h1><p>Verify you are human by ticking the box.</p>"))),
    ("redirect", capture(page("<p>The document has moved.</p>"), status=301)),
    ("needs-script", capture(page("<noscript>You need to enable JavaScript to run this app.</noscript>"))),
    ("program-file", capture("User-agent: *\nDisallow: /private\n# " + PROSE, "text/plain")),
    ("listing", capture(page(LINKS))),
    ("empty", capture(b" \x00\n")),
    ("empty", capture(page("<script>var a = 1;</script>"))),
    ("too-short", capture(page("<p>Only a few words here.</p>"))),
    ("broken-pdf", capture(b"%PDF-1.7 and then nothing of the kind", "application/pdf")),
    ("broken-pdf", capture(pdf([], []), "application/pdf")),
    ("broken-docx", capture(b"PK\x03\x04 word/document.xml and then nothing of the kind")),
    ("broken-html", capture("<html " * 50)),
    ("broken-record", capture("[1, 2]", "application/json")),
    ("broken-record", capture('{"text": ', "application/json")),
    ("broken-record", capture("[" * 100_000, "application/json")),
    ("truncated", capture(gzip.compress(page(PROSE).encode())[:-20])),
    ("unsupported", capture(b"\x89PNG\r\n\x1a\n", "image/png")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("expected", "taken"), SET_ASIDE, ids=[f"{name}-{n}" for n, (name, _) in enumerate(SET_ASIDE)]
)
def test_what_is_no_document_has_a_reason(expected: str, taken: Capture) -> None:
    assert reason(taken) == expected


def test_a_defect_of_a_reader_is_a_reason_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Capture) -> Any:
        raise ZeroDivisionError("by hand")

    failing: dict[str, Callable[[Capture], Any]] = {"html": broken}
    monkeypatch.setattr(readers, "_READERS", failing)
    with pytest.raises(SetAside, match="ZeroDivisionError: by hand") as caught:
        read(capture(page(PROSE)))
    assert caught.value.reason == "reader-failed"


def test_every_reason_is_covered() -> None:
    of_the_process = {"reader-failed", "too-large", "too-slow", "crashed", "damaged"}
    assert {name for name, _ in SET_ASIDE} | of_the_process == set(REASONS)


def test_an_article_about_log_ins_and_errors_is_an_article() -> None:
    text = " ".join([PROSE] * 12)
    document = read(
        capture(
            page(
                f"<article><h1>Missing persons register opens</h1><p>{text}</p></article>",
                "<title>Register of the missing</title>",
            )
        )
    )
    assert document.text == text


# --- anything at all -------------------------------------------------------------------------------------

FRAGMENTS = st.sampled_from([
    b"<html>", b"<body>", b"<article>", b"</article>", b"<p>", b"<sup>1</sup>", b"<a href='#ref1'>",
    b"<br><br>", b"<table><tr><td>", b"<script type='application/ld+json'>", b"</script>", b"&#1;",
    b"&#xFFFE;", b"&#55296;",
    b'{"@graph":[{"@type":"Article","author":[null,{"name":3}]}]}', b"<link rel='canonical' href='http://[::1'>",
    b"<meta name='citation_author' content='A, B, C'>",
    b"<meta name='citation_publication_date' content='0000-99-99'>",
    b"%PDF-1.4", b"{", b'{"text":', b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\x1f\x8b\x08",
    b'<!DOCTYPE article "x"><article><front><article-meta>', b"<pub-date><year>", b"<xref ref-type='bibr'>",
    b'{"base_path":1,"details":{"body":[3]}}', b'{"content":{},"link":"http://[","slug":0}',
    b'{"hitCount":1,"result":{"title":"x","doi":[]}}', b'{"response":{"content":{"fields":{"body":"<p>x"}}}}',
    b'{"Overview":[],"Items":[{"ItemType":"Contribution"}]}',
    b'{"message-type":"work","message":{"DOI":"10.1136/x"}}',
    b"BMJ 2013; 347 doi: 10.1136/x ", b"Abstract\n", b"Smith, A, Jones (2013) T. ", b"\n\n", PROSE.encode(),
])  # fmt: skip
BODIES = st.one_of(
    st.binary(max_size=300),
    st.lists(FRAGMENTS, max_size=12).map(b"".join),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
)
TYPES = st.sampled_from(
    [
        "text/html",
        "application/xhtml+xml",
        "application/pdf",
        "text/plain",
        "application/json",
        "application/xml",
        "",
        "image/png",
    ]
)
SOURCES = st.sampled_from(["bmj", "kar", "kingsfund", "nuffieldtrust", "gponline", "files"])
CHARSETS = st.sampled_from([None, "utf-8", "utf-16", "latin-1", "hex", "idna", "no\x00such", "undefined"])


def outcome(taken: Capture) -> tuple[str, str]:
    """("document", its text) or (reason, detail)."""
    try:
        return "document", read(taken, min_words=1).text
    except SetAside as aside:
        return aside.reason, aside.detail


@settings(max_examples=300, deadline=None)
@given(body=BODIES, media_type=TYPES, source=SOURCES, charset=CHARSETS)
def test_read_returns_a_document_or_a_reason(
    body: bytes, media_type: str, source: str, charset: str | None
) -> None:
    kind, words = outcome(capture(body, media_type, source=source, charset=charset))
    assert kind in {"document", *REASONS} - {"reader-failed", "too-large"}, words
    assert words.encode("utf-8").strip(), "a text or a detail that any database can take"
