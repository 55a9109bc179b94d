"""Workbooks: a sheet's rows come out as the person who filled it sees them, and damage is told in words."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import limits
from pipeline.archive import workbooks
from pipeline.archive.import_tables import Row, Table
from pipeline.config import Config
from pipeline.errors import InputError
from tests.archive.test_tables import file, taken

HEADER = ["id", "date", "text"]
CELLS = (
    st.none() | st.integers(-(2**50), 2**50) | st.text("ab €é\n<&", min_size=1).filter(str.strip)
    | st.dates(date(1950, 1, 1), date(2050, 1, 1)) | st.booleans() | st.sampled_from([0.5, -2.25, 1e-9])
)  # fmt: skip
Fill = Callable[[Any, Any], None]


def workbook(fill: Fill, **options: Any) -> bytes:
    """A workbook as `fill(book, sheet)` fills it."""
    out = BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, **options})
    book.set_calc_mode("auto")
    fill(book, book.add_worksheet("Answers"))
    book.close()
    return out.getvalue()


def table(*rows: list[Any], at: tuple[int, int] = (0, 0)) -> bytes:
    """A workbook of one sheet; days are written as Excel writes them, with a format."""

    def fill(book: Any, sheet: Any) -> None:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for number, row in enumerate(rows, at[0]):
            for column, cell in enumerate(row, at[1]):
                if isinstance(cell, date):
                    sheet.write_datetime(number, column, cell, day)
                elif isinstance(cell, str):
                    sheet.write_string(number, column, cell)
                elif cell is not None:
                    sheet.write(number, column, cell)

    return workbook(fill)


def records(path: Path, **options: Any) -> list[dict[str, Any]]:
    return [row.record for row in Table(path, {}, **options).rows("file:///a") if isinstance(row, Row)]


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.lists(CELLS, min_size=2, max_size=5), min_size=1, max_size=6))
def test_what_a_spreadsheet_holds_is_read_cell_by_cell(rows: list[list[Any]]) -> None:
    """Text, whole numbers, days and truths are of their kind again, wherever the table stands."""
    width = max(map(len, rows))
    rows = [["x"] * width, *([*row, *[None] * (width - len(row))] for row in rows)]
    found = workbooks.opened(table(*rows, at=(3, 2)))
    assert isinstance(found, workbooks.Sheet)
    read = [row for row in found.rows if any(cell is not None for cell in row)]
    assert read == [row for row in rows if any(cell is not None for cell in row)]
    assert all(type(a) is not float or not a.is_integer() for row in read for a in row)


def test_a_workbook_is_imported_as_any_table_is(config: Config, tmp_path: Path) -> None:
    """An id that Excel keeps as 2014.0 is 2014, a day is a day, and a title may be a number."""
    path = file(
        tmp_path,
        "answers.xlsx",
        table(["id", "date", "title", "text"], [2014.0, date(2014, 5, 24), 1984, "words"]),
    )
    found, _ = taken(config, path)
    ((url, record),) = found.items()
    assert url == "file:///answers.xlsx#2014"
    assert (record["published"], record["text"], record["title"]) == ("2014-05-24", "words", 1984)


def test_instants_count_by_their_day_and_texts_by_their_form(tmp_path: Path) -> None:
    path = file(
        tmp_path,
        "a.xlsx",
        table(HEADER, [1, datetime(2014, 5, 24, 23, 30), "a"], [2, "25/05/2014", "b"], [3, 2014, "c"]),
    )
    assert [record["published"] for record in records(path)] == ["2014-05-24", "2014-05-25", "2014"]


def test_days_are_right_in_workbooks_that_count_from_1904(tmp_path: Path) -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, HEADER)
        sheet.write_datetime(1, 1, datetime(2014, 5, 24), book.add_format({"num_format": "d mmm yyyy"}))
        sheet.write(1, 2, "words")

    path = file(tmp_path, "a.xlsx", workbook(fill, date_1904=True))
    assert records(path)[0]["published"] == "2014-05-24"


def test_a_formula_gives_what_was_last_computed(tmp_path: Path) -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["id", "text"])
        sheet.write_formula(1, 1, '=CONCAT("wo","rds")', value="words")

    assert records(file(tmp_path, "a.xlsx", workbook(fill)))[0]["text"] == "words"


def test_the_first_sheet_that_is_shown_and_filled_is_read_and_the_others_are_told(tmp_path: Path) -> None:
    def fill(book: Any, sheet: Any) -> None:
        for name in ("Empty", "Lists", "Data"):
            book.add_worksheet(name).write_row(0, 0, ["text"] * (name != "Empty"))
            book.get_worksheet_by_name(name).write_row(1, 0, [name] * (name != "Empty"))
        book.get_worksheet_by_name("Lists").hide()

    path = file(tmp_path, "a.xlsx", workbook(fill))
    read = Table(path, {})
    assert [row.record["text"] for row in read.rows("file:///a") if isinstance(row, Row)] == ["Data"]
    assert read.told()["sheet"] == "Data"
    assert any(
        "the sheet 'Data' was read, not 'Answers', 'Empty', 'Lists'" in line for line in read.warnings()
    )
    assert records(path, sheet="lists ") == [{"text": "Lists"}]
    with pytest.raises(InputError, match="no sheet 'Codes'; sheets: Answers, Empty, Lists, Data"):
        Table(path, {}, sheet="Codes")


def test_a_sheet_of_notes_is_not_taken_for_the_table(tmp_path: Path) -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["How this was gathered", "by whom"])
        book.add_worksheet("2014").write_row(2, 1, ["id", "Full text"])
        book.get_worksheet_by_name("2014").write_row(3, 1, [1, "words"])

    path = file(tmp_path, "a.xlsx", workbook(fill))
    assert [record["text"] for record in records(path)] == ["words"]
    assert Table(path, {"text": "by whom"}).told()["sheet"] == "Answers"


def test_titles_above_the_header_are_left_out_and_told(tmp_path: Path) -> None:
    rows = [
        ["Survey of trusts 2014", None, None],
        ["Exported by", "A. Person", None],
        HEADER,
        [1, "2014-05-24", "words"],
    ]
    csv = "\n".join(",".join(str(cell or "") for cell in row) for row in rows)
    for path in (file(tmp_path, "a.xlsx", table(*rows)), file(tmp_path, "a.csv", csv)):
        read = Table(path, {})
        (row,) = read.rows("file:///a")
        assert isinstance(row, Row)
        assert row.record["text"] == "words"
        assert any(
            "2 rows above the header were left out: Survey of trusts 2014" in line for line in read.warnings()
        )


def test_merged_cells_fill_the_rows_they_span_and_name_one_column(tmp_path: Path) -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["id", "text"])
        sheet.merge_range(0, 2, 0, 3, "themes")
        for number in (1, 2, 3):
            sheet.write_row(number, 0, [number, f"words {number}", "a", "b"])
        sheet.write(0, 4, "source")
        sheet.merge_range(1, 4, 3, 4, "BMJ")

    read = Table(file(tmp_path, "a.xlsx", workbook(fill)), {})
    rows = [row.record for row in read.rows("file:///a") if isinstance(row, Row)]
    assert [row["source"] for row in rows] == ["BMJ"] * 3
    assert rows[0]["other"] == {"themes": "a", "column 4": "b"}
    told = "\n".join(read.warnings())
    assert "2 cells below merged ones were given what stands in these" in told
    assert "the header has no name for column 4" in told


def test_a_text_that_fills_its_cell_was_cut_off_and_that_is_told(tmp_path: Path) -> None:
    path = file(tmp_path, "a.xlsx", table(["id", "text"], [1, "x" * 32_767]))
    assert any("1 texts have 32,767 characters" in line for line in Table(path, {}).warnings())


def test_a_workbook_is_known_by_its_bytes(tmp_path: Path) -> None:
    assert records(file(tmp_path, "a.csv", table(["text"], ["words"])))[0]["text"] == "words"
    with pytest.raises(InputError, match="called like a workbook and is none"):
        Table(file(tmp_path, "a.xls", "<html><table>"), {})


def bomb() -> bytes:
    """Kilobytes that unpack to 64 megabytes, behind a sheet like any other."""
    out = BytesIO(table(["text"], ["words"]))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/a.png", bytes(1 << 26))
    return out.getvalue()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (lambda: b"PK\x03\x04", "can't be opened as a workbook"),
        (lambda: table(HEADER, [1, "", "words"])[:3000], "can't be opened as a workbook"),
        (lambda: b"\xd0\xcf\x11\xe0" + bytes(2000), "can't be opened as a workbook"),
        (lambda: table([None]), "there is nothing in Answers"),
        (bomb, "would unpack to"),
        (lambda: table(["text"], *[[]] * 400_000, [None] * 16_000 + ["stray"]), "too much memory or time"),
    ],
    ids=["no archive", "cut off", "no old workbook", "empty", "bomb", "stray cell"],
)  # fmt: skip
def test_what_cannot_be_opened_is_told_with_the_way_out(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    body: Callable[[], bytes],
    why: str,
) -> None:
    monkeypatch.setattr(limits, "WORKBOOK", 50_000_000)
    with pytest.raises(InputError, match=why):
        Table(file(tmp_path, "a.xlsx", body()), {})
    assert capfd.readouterr().err == ""


def test_cells_as_text_are_as_a_csv_file_has_them(tmp_path: Path) -> None:
    """What label sheets and codebooks are read as, each row under the number that the spreadsheet shows."""
    path = file(
        tmp_path, "a.xlsx", table(["key", "theme"], ["a:b", 1.0], [None, None], ["c", True], at=(2, 1))
    )
    assert workbooks.text_table(path) == ([(3, ["key", "theme"]), (4, ["a:b", "1"]), (6, ["c", "TRUE"])], "")


def ods(*rows: str) -> bytes:
    """A workbook as LibreOffice writes it: what stands below its table is one row, a million times."""
    names = [
        f"xmlns:{n}='urn:oasis:names:tc:opendocument:xmlns:{n}:1.0'" for n in ("office", "table", "text")
    ]
    empty = "<table:table-cell table:number-columns-repeated='16384'/>"
    content = [
        f"<?xml version='1.0'?><office:document-content {' '.join(names)}><office:body><office:spreadsheet>",
        "<table:table table:name='Answers'>",
        *(f"<table:table-row>{row}</table:table-row>" for row in rows),
        f"<table:table-row table:number-rows-repeated='1048574'>{empty}</table:table-row></table:table>",
        "</office:spreadsheet></office:body></office:document-content>",
    ]
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", "".join(content))
    return out.getvalue()


def test_a_workbook_of_libreoffice_is_read(tmp_path: Path) -> None:
    def cell(kind: str, *lines: str) -> str:
        text = "".join(f"<text:p>{line}</text:p>" for line in lines)
        return f"<table:table-cell office:value-type={kind}>{text}</table:table-cell>"

    header = "".join(cell("'string'", name) for name in HEADER)
    number, day = cell("'float' office:value='7'", "7"), cell("'date' office:date-value='2014-05-24'", "24/5")
    body = ods(header, number + day + cell("'string'", "words", "and more"))
    (row,) = Table(file(tmp_path, "a.ods", body), {}).rows("file:///a")
    assert isinstance(row, Row)
    assert (row.url, row.record["published"]) == ("file:///a#7", "2014-05-24")
    assert row.record["text"] == "words\nand more"
