"""Files of Word: the text as it would be printed, what is told of other offices' files, and bombs."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import pytest
from docx import Document as Word
from docx.oxml import parse_xml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import SetAside
from pipeline.readers import read
from pipeline.records import Capture, Document

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
PROSE = "The panel met in every month of the year and told the board of each of its decisions in writing."


def capture(body: bytes, media_type: str = DOCX) -> Capture:
    return Capture("https://example.org/a", "files", datetime(2026, 11, 1, tzinfo=UTC), media_type, body)


def document(body: bytes, media_type: str = DOCX) -> Document:
    return read(capture(body, media_type))


def word(*blocks: str | Callable[[Any], object], **told: Any) -> bytes:
    """A file with these paragraphs, each its words, its XML, or what makes it; `told` are its properties."""
    made = Word()
    made.core_properties.author = ""
    for block in blocks:
        if callable(block):
            block(made)
        elif block.startswith("<"):
            made.element.body.insert(len(made.element.body) - 1, parse_xml(block))
        else:
            made.add_paragraph(block)
    for name, value in told.items():
        setattr(made.core_properties, name, value)
    written = BytesIO()
    made.save(written)
    return written.getvalue()


def para(inner: str, properties: str = "") -> str:
    return f"<w:p {W} {MC}>{properties}{inner}</w:p>"


def run(text: str, tag: str = "t", properties: str = "") -> str:
    return f'<w:r>{properties}<w:{tag} xml:space="preserve">{text}</w:{tag}></w:r>'


def paragraphs(*blocks: str | Callable[[Any], object], **told: Any) -> list[str]:
    return document(word(*blocks, PROSE, **told)).text.split("\n\n")


def test_headings_lists_and_tables_are_read_in_order() -> None:
    def table(made: Any) -> None:
        cells = made.add_table(2, 2).rows
        cells[0].cells[0].text, cells[0].cells[1].text = "Role", "Members"
        cells[1].cells[
            0
        ].text = "Chair, whom the practices of all districts choose by a secret vote in spring"
        cells[1].cells[1].text = "One"

    def title(made: Any) -> None:
        made.add_paragraph("Constitution of the group", style="Title")

    def heading(made: Any) -> None:
        made.add_heading("Who sits on it", 1)

    def item(made: Any) -> None:
        made.add_paragraph("one doctor of each ward", style="List Bullet")

    found = document(word(title, heading, PROSE, item, table, "It ends here."))
    assert found.title == "Constitution of the group"
    assert found.text.split("\n\n") == [
        "Who sits on it", PROSE, "one doctor of each ward", "Role Members",
        "Chair, whom the practices of all districts choose by a secret vote in spring", "One",
        "It ends here.",
    ]  # fmt: skip


def test_changes_are_read_as_accepted() -> None:
    changed = para(
        run("The group has ")
        + f'<w:del w:id="1" w:author="A">{run("ten", "delText")}</w:del>'
        + f'<w:ins w:id="2" w:author="A">{run("twelve")}</w:ins>'
        + run(" members.")
        + f'<w:moveFrom w:id="3" w:author="A">{run(" They went.")}</w:moveFrom>'
        + f'<w:moveTo w:id="4" w:author="A">{run(" They came.")}</w:moveTo>'
    )
    assert paragraphs("Title of it", changed)[1] == "The group has twelve members. They came."


def test_a_paragraph_whose_end_is_deleted_goes_on_in_the_next() -> None:
    deleted = '<w:pPr><w:rPr><w:del w:id="1" w:author="A"/></w:rPr></w:pPr>'
    found = paragraphs("Title of it", para(run("The group has"), deleted), para(run("twelve members.")))
    assert found[1] == "The group has twelve members."


def test_controls_links_and_text_boxes_are_text() -> None:
    control = f"<w:sdt {W}><w:sdtPr/><w:sdtContent>{para(run('In a control.'))}</w:sdtContent></w:sdt>"
    link = para(f'{run("See ")}<w:hyperlink w:anchor="a">{run("the rules")}</w:hyperlink>{run(".")}')
    inner = f"<w:txbxContent>{para(run('In a box.'))}</w:txbxContent>"
    box = para(
        run("Beside it.")
        + f"<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing>{inner}</w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict>{inner}</w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    found = paragraphs("Title of it", control, link, box)
    assert found[1:5] == ["In a control.", "See the rules.", "Beside it.", "In a box."]


def test_what_is_hidden_or_belongs_to_the_pages_is_no_text() -> None:
    def head(made: Any) -> None:
        made.sections[0].header.paragraphs[0].text = "Runninghead"
        made.sections[0].footer.paragraphs[0].text = "Runningfoot"

    def remark(made: Any) -> None:
        paragraph = made.add_paragraph("A word to remark on.")
        made.add_comment(paragraph.runs, text="Remarked", author="A", initials="A")

    gallery = "<w:docPartObj><w:docPartGallery w:val='Table of Contents'/></w:docPartObj>"
    listed = f"{para(run('Contents'))}{para(run('Entryone 3'))}"
    contents = f"<w:sdt {W}><w:sdtPr>{gallery}</w:sdtPr><w:sdtContent>{listed}</w:sdtContent></w:sdt>"
    led = "Entrytwo .................... 4"
    hidden = para(run("Seen.") + run("Unseen", properties="<w:rPr><w:vanish/></w:rPr>"))
    note = para(
        run("Noted") + run("3", properties="<w:rPr><w:vertAlign w:val='superscript'/></w:rPr>") + run(".")
    )
    text = document(word("Title of it", head, remark, contents, led, hidden, note, PROSE)).text
    for word_of_none in ("Runninghead", "Runningfoot", "Remarked", "Entryone", "Entrytwo", "Unseen"):
        assert word_of_none not in text
    assert "Noted." in text


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["plain", "ins", "sdt", "table", "box"]),
            st.text("abcdefgh ", min_size=3, max_size=30).filter(lambda text: len(text.split()) > 0),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_every_word_is_kept_in_its_order_wherever_it_stands(parts: list[tuple[str, str]]) -> None:
    wrapped = {
        "plain": lambda text: para(run(text)),
        "ins": lambda text: para(f'<w:ins w:id="1" w:author="A">{run(text)}</w:ins>'),
        "sdt": lambda text: f"<w:sdt {W}><w:sdtContent>{para(run(text))}</w:sdtContent></w:sdt>",
        "table": lambda text: f"<w:tbl {W}><w:tr><w:tc>{para(run(text))}</w:tc></w:tr></w:tbl>",
        "box": lambda text: para(
            f"<w:r><w:pict><w:txbxContent>{para(run(text))}</w:txbxContent></w:pict></w:r>"
        ),
    }
    found = document(word("Title of it", PROSE, *(wrapped[kind](f"X{text}") for kind, text in parts), PROSE))
    words = [word for _, text in parts for word in f"X{text}".split()]
    assert found.text.removeprefix("Title of it").split() == [*PROSE.split(), *words, *PROSE.split()]


def test_dates_and_authors_are_those_of_the_cover() -> None:
    made = datetime(2014, 3, 12, tzinfo=UTC)
    body = word(
        "Rules of the panel",
        "Author: Ann Lee",
        "Date ratified: October 2023",
        PROSE,
        author="Tina Pist",
        created=made,
    )
    found = document(body)
    assert (found.published, found.precision, found.authors) == (date(2023, 10, 1), "month", ("Ann Lee",))
    bare = document(word("Rules of the panel", PROSE, author="Tina Pist", created=made))
    assert (bare.published, bare.precision, bare.authors) == (date(2014, 3, 1), "month", ())
    assert "when it was made" in bare.origins["published"]


# --- what is none, or no good ----------------------------------------------------------------------------


def packed(**parts: bytes) -> bytes:
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name.replace("__", "/").replace("_DOT_", "."), part)
    return written.getvalue()


def with_part(body: bytes, name: str, part: bytes) -> bytes:
    written = BytesIO()
    with zipfile.ZipFile(BytesIO(body)) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.namelist():
            new.writestr(one, part if one == name else old.read(one))
    return written.getvalue()


def stream(name: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + name.encode("utf-16-le") + b"\0" * 600


@pytest.mark.parametrize(
    ("body", "media_type", "told"),
    [
        (stream("WordDocument"), "application/msword", "before 2007 (.doc): save it as .docx or PDF"),
        (stream("EncryptedPackage"), DOCX, "password"),
        (b"{\\rtf1\\ansi Words of a text.}", "application/rtf", "rich text (.rtf): save it"),
        (b"{\\rtf1\\ansi Words of a text.}", "", "rich text (.rtf): save it"),
        (packed(mimetype=b"application/vnd.oasis.opendocument.text"), "", "(.odt): save it"),
        (packed(xl__workbook_DOT_xml=b"<a/>"), "", "themeshift import"),
    ],
    ids=[".doc", "behind a password", ".rtf", ".rtf without a type", ".odt", ".xlsx"],
)
def test_other_files_of_an_office_are_told_by_name_and_what_to_do(
    body: bytes, media_type: str, told: str
) -> None:
    with pytest.raises(SetAside) as caught:
        document(body, media_type)
    assert caught.value.reason == "unsupported"
    assert told in caught.value.detail


def test_a_page_that_is_served_as_a_file_of_word_is_a_page() -> None:
    page = f"<html><title>A page</title><body><article><p>{PROSE}</p><p>{PROSE}</p></article></body></html>"
    assert PROSE in document(page.encode(), "application/msword").text


def test_a_file_without_a_type_is_told_by_its_bytes() -> None:
    assert PROSE in document(word("Title of it", PROSE), "application/octet-stream").text


def test_a_picture_that_is_missing_costs_itself_alone() -> None:
    body = word("Title of it", PROSE)
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"
    with zipfile.ZipFile(BytesIO(body)) as archive:
        relations = archive.read("word/_rels/document.xml.rels").decode()
    added = f'<Relationship Id="rId99" Type="{kind}" Target="../NULL"/></Relationships>'
    relations = relations.replace("</Relationships>", added)
    assert PROSE in document(with_part(body, "word/_rels/document.xml.rels", relations.encode())).text


@pytest.mark.parametrize("cut", [0.2, 0.6, 0.95])
def test_a_file_that_is_cut_off_says_so(cut: float) -> None:
    body = word("Title of it", PROSE)
    with pytest.raises(SetAside) as caught:
        document(body[: int(cut * len(body))])
    assert caught.value.reason == "broken-docx"


def test_an_archive_that_would_unpack_to_more_than_any_text_is_not_opened() -> None:
    bomb = BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"<a/>")
        with archive.open("word/media/a", "w", force_zip64=True) as part:
            for _ in range(410):
                part.write(b"\0" * 1_000_000)
    with pytest.raises(SetAside) as caught:
        document(bomb.getvalue())
    assert caught.value.reason == "too-large"


@pytest.mark.parametrize("depth", [0, 11])
def test_entities_are_not_resolved_and_bombs_of_them_are_not_read(depth: int) -> None:
    entities = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, depth + 1))
    types = f"<!DOCTYPE a [<!ENTITY e0 'lol'>{entities}<!ENTITY f SYSTEM 'file:///etc/hostname'>]>"
    blocks = f"<w:p>{run(f'&e{depth};&f;Before all.')}</w:p><w:p>{run(PROSE)}</w:p>"
    xml = f"<?xml version='1.0'?>{types}<w:document {W}><w:body>{blocks}</w:body></w:document>"
    body = with_part(word("Title of it", PROSE), "word/document.xml", xml.encode())
    if depth:
        with pytest.raises(SetAside, match="broken-docx"):
            document(body)
    else:
        assert document(body).text == f"Before all.\n\n{PROSE}"
