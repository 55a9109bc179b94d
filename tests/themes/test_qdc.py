"""Codebooks travel: to REFI-QDA (.qdc) and CSV and back, unchanged, and in from other programs."""

from __future__ import annotations

import io
import re
import string
import tomllib
import uuid
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from pipeline.archive.table_rows import csv_table
from pipeline.config import Config
from pipeline.errors import InputError
from pipeline.themes import Codebook, Theme, load
from pipeline.themes.codebook_csv import from_table, to_csv
from pipeline.themes.codebook_problems import problems
from pipeline.themes.codebook_qdc import NAMESPACE, OURS, from_qdc, to_qdc
from pipeline.themes.codebook_toml import checked, to_toml

WORDS = st.text(string.ascii_letters + string.digits, min_size=2, max_size=8)
PHRASES = st.lists(WORDS.map(str.lower), min_size=1, max_size=3).map(" ".join)


def from_csv(text: str, where: str) -> dict[str, Any]:
    rows, before = csv_table(io.StringIO(text, newline=""), where)
    return from_table(list(enumerate(rows, before + 1)), where)


PROSE = st.text(st.characters(codec="utf-8", exclude_categories=("C",), include_characters="\n\t")).filter(
    str.strip
)


@st.composite
def codebooks(draw: st.DrawFn) -> Codebook:
    """Codebooks that can be used, of one to three themes."""
    names = draw(st.lists(PROSE.filter(lambda name: "\n" not in name), min_size=1, max_size=3, unique=True))
    themes = tuple(
        Theme(
            name, draw(PROSE), draw(PROSE), tuple(draw(st.lists(PHRASES, max_size=3))),
            tuple(draw(st.lists(PROSE, min_size=1, max_size=3))), tuple(draw(st.lists(PHRASES, max_size=2))),
            tuple(draw(st.lists(PROSE, max_size=2))), draw(st.sampled_from(["counts", "excluded"])),
            draw(st.booleans()), draw(st.sampled_from(["", str(uuid.UUID(int=7))])),
        )
        for name in names
    )  # fmt: skip
    return Codebook(draw(st.text(string.printable.strip(), max_size=8)), themes)


@pytest.mark.slow
@given(codebooks().filter(lambda book: not problems(book)))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
def test_there_and_back_nothing_changes(book: Codebook) -> None:
    assert checked(tomllib.loads(to_toml(book)), "toml") == book
    assert checked(from_qdc(to_qdc(book), "qdc"), "qdc") == book
    assert checked(from_csv(to_csv(book), "csv"), "csv") == book


def test_what_is_written_has_the_structure_of_the_standard(config: Config) -> None:
    root = etree.fromstring(to_qdc(load(config.codebook_file)))
    assert root.tag == f"{{{NAMESPACE}}}CodeBook"
    assert structure_errors(root) == []


CHILDREN = {
    "CodeBook": ("Codes", "Sets"), "Codes": ("Code",), "Code": ("Description", "Code"), "Sets": ("Set",),
    "Set": ("Description", "MemberCode"), "Description": (), "MemberCode": (),
}  # fmt: skip
ATTRIBUTES: dict[str, tuple[set[str], set[str]]] = {
    "CodeBook": (set(), {"origin"}), "Code": ({"guid", "name", "isCodable"}, {"color"}),
    "Set": ({"guid", "name"}, set()), "MemberCode": ({"guid"}, set()),
}  # fmt: skip
GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def structure_errors(element: Any) -> list[str]:
    """What the REFI-QDA schema of codebooks would refuse: names, order, attributes, kinds of values."""
    name = etree.QName(element).localname
    children = [etree.QName(child).localname for child in element]
    found = [f"{child} in {name}" for child in children if child not in CHILDREN[name]]
    if children != sorted(children, key=CHILDREN[name].index):
        found.append(f"children of {name} out of order: {children}")
    needed, more = ATTRIBUTES.get(name, (set(), set()))
    if not needed <= set(element.attrib) <= needed | more:
        found.append(f"attributes of {name}: {sorted(element.attrib)}")
    if "guid" in element.attrib and not GUID.fullmatch(element.get("guid")):
        found.append(f"guid {element.get('guid')}")
    if element.get("isCodable", "true") not in ("true", "false", "0", "1"):
        found.append("isCodable")
    if name in ("Codes", "Sets") and not children:
        found.append(f"{name} is empty")
    return [*found, *(error for child in element for error in structure_errors(child))]


def test_the_check_of_structure_sees_what_is_wrong() -> None:
    bad = etree.fromstring('<CodeBook><Sets/><Codes><Code guid="1" name="a"/></Codes></CodeBook>')
    assert len(structure_errors(bad)) == 4


FOREIGN = """<?xml version="1.0" encoding="utf-8"?>
<CodeBook xmlns="{namespace}" origin="Another program">
 <Codes>
  <Code guid="{{6F1B0C52-0000-4000-8000-000000000001}}" name="Barriers" isCodable="false" color="#ff0000">
   <Code guid="6f1b0c52-0000-4000-8000-000000000002" name="Lack of time" isCodable="true">
    <Description>What keeps people from taking part.</Description>
   </Code>
   <Code guid="6f1b0c52-0000-4000-8000-000000000003" name="Cost" isCodable="true"/>
  </Code>
  <Code guid="{{6F1B0C52-0000-4000-8000-000000000004}}" name="Cost" isCodable="true"/>
 </Codes>
</CodeBook>"""


@pytest.mark.parametrize("namespace", [NAMESPACE, "urn:QDA-XML:codebook:1:0", ""])
def test_codes_of_another_program_become_themes(namespace: str) -> None:
    book = checked(from_qdc(FOREIGN.format(namespace=namespace).encode(), "x.qdc"), "x.qdc")
    assert [(t.theme, t.label) for t in book.themes] == [
        ("lack-of-time", "Lack of time"), ("cost", "Cost"), ("cost-2", "Cost"),
    ]  # fmt: skip
    assert book.themes[0].definition == "What keeps people from taking part."
    assert book.themes[1].definition == "Cost"
    assert all(theme.examples and not theme.include for theme in book.themes)


def test_a_code_keeps_the_identifier_that_it_came_with_and_others_get_one_of_their_name() -> None:
    book = checked(from_qdc(FOREIGN.format(namespace=NAMESPACE).encode(), "x.qdc"), "x.qdc")
    own = replace(book.themes[0], theme="own", guid="")
    root = etree.fromstring(to_qdc(replace(book, themes=(*book.themes, own))))
    guids = [code.get("guid") for code in root.iter(f"{{{NAMESPACE}}}Code")]
    assert guids[0] == "6f1b0c52-0000-4000-8000-000000000002"
    assert guids[2] == "6f1b0c52-0000-4000-8000-000000000004"
    assert guids[3] == str(uuid.uuid5(OURS, "own"))


def test_line_ends_of_another_system_do_not_break_the_block(config: Config) -> None:
    book = load(config.codebook_file)
    head, line, rest = to_qdc(book).partition(b"\n")
    data = head + line + rest.replace(b"\n", b"&#13;\n")
    assert checked(from_qdc(data, "x.qdc"), "x.qdc").themes == book.themes


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"<CodeBook>", "x.qdc is no XML"),
        (b"<Project/>", "no REFI-QDA codebook"),
        (b"<CodeBook><Codes/></CodeBook>", "holds no code"),
    ],
)
def test_what_is_no_codebook_is_told(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        from_qdc(data, "x.qdc")


def test_an_entity_of_an_imported_file_is_not_followed(config: Config) -> None:
    evil = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{config.file}">]>'
    code = '<Code guid="1" name="a b" isCodable="true"><Description>x &e;</Description></Code>'
    text = f"<CodeBook><Codes>{code}</Codes></CodeBook>"
    book = checked(from_qdc((evil + text).encode(), "x.qdc"), "x.qdc")
    assert "contact" not in book.themes[0].definition


def test_a_spreadsheet_with_a_row_per_theme_is_read() -> None:
    text = '\ufeffName;Description;Phrases\nRed tape;Too many forms;"red tape\nform*"\nWaiting;Long waits;\n'
    red, waiting = checked(from_csv(text, "x.csv"), "x.csv").themes
    assert (red.theme, red.label, red.include) == ("red-tape", "Red tape", ("red tape", "form*"))
    assert (waiting.include, waiting.examples) == ((), ("Long waits",))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "must name the columns theme, field, value"),
        ("", "must name the columns"),
        ("theme,field,value\nx,colour,red\n", "row 2: a theme and one of label, definition"),
    ],
)
def test_a_table_that_is_no_codebook_is_told(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        from_csv(text, "x.csv")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("&#xD;", "\n"), ("&#13;&#10;", "\n"), ("&#x0B;", "\n"), ("&#x7;", ""), ("&#8;", ""), ("\x1f", ""),
        ("&#x85;", "\n"), ("&#xFFFE;", ""), ("\U0001fae8", "\U0001fae8"), ("\U0001fadf", "\U0001fadf"),
    ],
)  # fmt: skip
def test_whatever_character_another_program_writes_the_codebook_is_taken(written: str, read: str) -> None:
    file = (
        f'<CodeBook><Codes><Code guid="7" name="Memo{written}code"><Description>One{written}two</Description>'
        "</Code></Codes></CodeBook>"
    )
    (theme,) = checked(from_qdc(file.encode(), "x.qdc"), "x.qdc").themes
    assert theme.definition == f"One{read}two"
    assert theme.theme == ("memo-code" if read else "memocode")


def test_two_rows_of_one_theme_add_up() -> None:
    text = (
        "theme;label;definition;include\r\ntape;Red tape;Forms.;red tape\r\n"
        "tape;Red tape;Rules.;paperwork\r\ntape;;;red tape\r\n"
    )
    for head in ("", "sep=;\r\n", '"sep=;"\r\n'):
        (theme,) = checked(from_csv(head + text, "x.csv"), "x.csv").themes
        assert (theme.definition, theme.include) == ("Forms.\nRules.", ("red tape", "paperwork"))


def test_labels_that_differ_in_signs_alone_are_two_themes() -> None:
    book = checked(from_csv("label,include\nChoice?,a choice\nChoice!,the choice\n", "x.csv"), "x.csv")
    assert [(theme.theme, theme.label) for theme in book.themes] == [
        ("choice", "Choice?"), ("choice-2", "Choice!")
    ]  # fmt: skip


def test_rows_of_one_theme_that_contradict_are_told_and_nobody_has_to_drop_one() -> None:
    with pytest.raises(InputError, match="give label as 'A' and 'B': say the same") as told:
        from_csv("theme,label\nx,A\nx,B\n", "x.csv")
    assert "another name in the column theme" in str(told.value)


def test_capitals_and_blanks_in_a_table_of_fields_do_not_matter(config: Config) -> None:
    book = load(config.codebook_file)
    head, *rows = to_csv(book).splitlines()
    text = (
        "\r".join([head.upper(), *rows])
        .replace('"include"', '"Include "')
        .replace('integration","ex', 'Integration ","ex')
    )
    assert checked(from_csv(text, "x.csv"), "x.csv").themes == book.themes


def test_a_line_that_nobody_understands_stays_in_the_definition(config: Config) -> None:
    """Another program, or a person in it, may spoil a line of the block: its words are not lost."""
    data = to_qdc(load(config.codebook_file)).replace(b"\ninclude: ", b"\nincl>ude: ", 1)
    (first, *_) = checked(from_qdc(data, "x.qdc"), "x.qdc").themes
    assert first.definition.splitlines()[-1].startswith("incl>ude: ")


def test_the_header_of_a_table_of_fields_may_stand_anywhere_and_twice(config: Config) -> None:
    book = load(config.codebook_file)
    head, *rows = to_csv(book).splitlines()
    for text in ([*rows[:3], head, *rows[3:]], [head, *rows[:5], head, *rows[5:]]):
        assert checked(from_csv("\n".join(text), "x.csv"), "x.csv") == book


def test_columns_of_which_none_is_understood_are_told_and_not_left_out() -> None:
    with pytest.raises(InputError, match="only the names of themes are understood, not schlagworte"):
        from_csv("Code,Schlagworte\nWarten,lange Wartezeit\n", "x.csv")


def test_a_row_with_cells_too_many_is_told_and_loses_none_of_them() -> None:
    with pytest.raises(InputError, match="row 3: 4 cells for 3 columns"):
        from_csv("theme,field,value\nx,label,X\nx,include,waiting, long\n", "x.csv")


def test_a_document_is_no_definition(config: Config) -> None:
    book = load(config.codebook_file)
    long = replace(book, themes=(replace(book.themes[0], definition="word " * 5000), *book.themes[1:]))
    assert any("25,000 characters" in line for line in problems(long))
