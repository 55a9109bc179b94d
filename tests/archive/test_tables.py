"""Tables as people have them: every row comes out once, whole and dated, and import says how it read them."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.archive import Archive, importing
from pipeline.archive.data_files import DataFile
from pipeline.archive.date_forms import form_of
from pipeline.archive.import_tables import Broken, Table
from pipeline.archive.table_dates import DateColumn
from pipeline.config import Config
from pipeline.errors import InputError
from pipeline.progress import Tell
from tests.archive.test_archive import refs

Write = Callable[..., Path]
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "mac-roman")
WORDS = "The patient’s café paid £500 – “at once”"
MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
DAYS = st.dates(date(1990, 1, 1), date(2025, 12, 31))
FORMS = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%y", "%d-%b-%y", "%d %B %Y", "%B %d, %Y", "%Y%m%d", "%a, %d %b %Y",
         "%Y-%m-%dT12:00:00Z", "%d/%m/%Y 10:30", "%a %b %d %Y 10:00:00 GMT+0100")  # fmt: skip


def taken(config: Config, *paths: Path, **options: Any) -> tuple[dict[str, dict[str, Any]], Tell]:
    """url -> record of what these paths bring into the archive, and what was told."""
    tell = Tell(quiet=True)
    importing.import_paths(list(paths), config, tell, **options)
    archive = Archive(config.archive)
    return {ref.url: json.loads(archive.read(ref).body) for ref in refs(archive)}, tell


def file(tmp_path: Path, name: str, content: bytes | str) -> Path:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rows_of(path: Path) -> list[Any]:
    return list(DataFile(path).rows())


# Keys


def test_an_id_of_zero_is_an_id(config: Config, write_rows: Write) -> None:
    found, _ = taken(config, write_rows([{"id": n, "text": f"text {n}"} for n in range(3)]))
    assert {url: record["text"] for url, record in found.items()} == {
        f"file:///rows.jsonl#{n}": f"text {n}" for n in range(3)
    }


def test_the_numbers_that_join_copies_come_in_with_a_table(config: Config, tmp_path: Path) -> None:
    table = file(tmp_path, "papers.csv", "id,text,DOI,PubMed ID,PMCID\n7,words,10.1/x,123,PMC9\n")
    (record,) = taken(config, table)[0].values()
    assert (record["doi"], record["pmid"], record["pmcid"]) == ("10.1/x", "123", "PMC9")


@MANY
@given(ids=st.lists(st.none() | st.integers(-3, 3) | st.sampled_from(["0", "1", "2.0", "row=1", "a/b", " "])))
def test_no_row_takes_anothers_place_whatever_the_ids(tmp_path: Path, ids: list[Any]) -> None:
    """Ids may be missing, numbers or text, and stand twice: there are as many addresses as texts."""
    rows = [{"id": key, "text": f"text of row {n}"} for n, key in enumerate(ids)]
    path = file(tmp_path, "rows.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    found = [row.url for row in Table(path, {}).rows("file:///rows.jsonl")]
    assert len(set(found)) == len(ids)


def test_rows_without_ids_keep_their_address_when_others_come_above_them(
    config: Config, write_rows: Write
) -> None:
    old = [{"title": "A", "text": "first words"}, {"title": "B", "text": "second words"}]
    before, _ = taken(config, write_rows(old))
    after, _ = taken(config, write_rows([{"title": "New", "text": "on top"}, *old]))
    assert before.items() <= after.items()
    assert len(after) == 3


def test_two_rows_of_one_id_are_both_kept_and_the_id_is_told(config: Config, write_rows: Write) -> None:
    found, tell = taken(config, write_rows([{"id": 7, "text": "one"}, {"id": "7", "text": "two"}]))
    assert sorted(record["text"] for record in found.values()) == ["one", "two"]
    assert any("id '7' stands in rows 1, 2 with different texts" in line for line in tell.warnings)


def test_two_texts_of_one_web_address_are_both_kept_under_its_source(
    config: Config, write_rows: Write
) -> None:
    page = "https://www.bmj.com/consultation"
    found, tell = taken(config, write_rows([{"url": page, "text": "one"}, {"url": page, "text": "two"}]))
    assert sorted(record["text"] for record in found.values()) == ["one", "two"]
    assert all(record["other"]["url"] == page for record in found.values())
    assert {line["source"] for line in Archive(config.archive).lines() if line["type"] == "capture"} == {
        "bmj"
    }
    assert any(page in line for line in tell.warnings)


@pytest.mark.parametrize("at_once", [True, False])
def test_files_of_one_name_in_two_folders_are_two_files(
    config: Config, tmp_path: Path, at_once: bool
) -> None:
    files = [file(tmp_path, f"{year}/export.csv", f"id,text\n1,words of {year}\n") for year in (2013, 2014)]
    for paths in [files] if at_once else [[one] for one in files]:
        found, _ = taken(config, *paths)
    assert sorted(record["text"] for record in found.values()) == ["words of 2013", "words of 2014"]
    again, tell = taken(config, *reversed(files))
    assert (again, tell.warnings) == (found, tell.warnings)


def test_a_file_that_was_moved_is_still_the_same_and_one_that_was_changed_is_told(
    config: Config, tmp_path: Path
) -> None:
    before, _ = taken(config, file(tmp_path, "here/export.csv", "id,text\n1,words\n"))
    moved, _ = taken(config, file(tmp_path, "there/export.csv", "id,text\n1,words\n"))
    assert moved == before
    _, tell = taken(config, file(tmp_path, "here/export.csv", "id,text\n1,other words\n"))
    assert any("newer version: file:///export.csv#1" in line for line in tell.warnings)


def test_links_out_of_a_folder_are_followed_only_when_asked(config: Config, tmp_path: Path) -> None:
    folder = file(tmp_path, "folder/inside.txt", "inside").parent
    for name in ("a", "b"):
        (folder / f"{name}.txt").symlink_to(file(tmp_path, f"outside-{name}.txt", f"outside {name}"))
    (folder / "twin.txt").symlink_to(folder / "inside.txt")
    (folder / "nowhere.txt").symlink_to(tmp_path / "gone")
    (folder / "round").symlink_to(folder)
    done = importing.import_paths([folder], config, Tell(quiet=True))
    assert (done.kept, dict(done.refused)) == (1, {"link": 5})
    done = importing.import_paths([folder], config, Tell(quiet=True), follow=True)
    assert {line["url"] for line in Archive(config.archive).lines() if line["type"] == "capture"} == {
        "file:///folder/inside.txt", "file:///folder/a.txt", "file:///folder/b.txt",
    }  # fmt: skip


# Encodings and shapes


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("kind", ["csv", "jsonl", "json", "csv.gz"])
def test_words_come_through_every_encoding(tmp_path: Path, encoding: str, kind: str) -> None:
    rows = [{"id": str(n), "text": f"{WORDS} {n}"} for n in range(4)]
    if "csv" in kind:
        stream = io.StringIO()
        writer = csv.DictWriter(stream, ["id", "text"])
        writer.writeheader()
        writer.writerows(rows)
        text = stream.getvalue()
    else:
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        text = "\n".join(lines) if kind == "jsonl" else f"[{','.join(lines)}]"
    body = text.encode(encoding)
    path = file(tmp_path, f"rows.{kind}", gzip.compress(body) if kind.endswith("gz") else body)
    assert rows_of(path) == rows


def test_an_older_encoding_is_named_with_the_way_out(tmp_path: Path) -> None:
    (warning,) = [
        line
        for line in Table(
            file(tmp_path, "a.csv", f"date,text\n2014-01-02,{WORDS}\n".encode("cp1252")), {}
        ).warnings()
        if "UTF-8" in line
    ]
    assert "Windows-1252 (cp1252), which gives ’é£–" in warning
    assert "CSV UTF-8" in warning
    assert "--encoding" in warning


def test_a_stray_byte_does_not_spoil_the_rest(tmp_path: Path) -> None:
    body = f"id,text\n1,{WORDS}\n".encode() + f"2,{WORDS}\n".encode("cp1252")
    assert [row["text"] for row in rows_of(file(tmp_path, "mixed.csv", body))] == [WORDS, WORDS]


def test_an_encoding_that_was_named_must_fit(tmp_path: Path) -> None:
    path = file(tmp_path, "a.csv", f"text\n{WORDS}\n".encode("cp1252"))
    assert list(DataFile(path, "cp1252").rows()) == [{"text": WORDS}]
    with pytest.raises(InputError, match=r"is not utf-8 .line 2"):
        list(DataFile(path, "utf-8").rows())
    for none in ("utf-x", "base64"):
        with pytest.raises(InputError, match=f"no encoding '{none}'"):
            DataFile(path, none)


@MANY
@given(
    rows=st.lists(
        st.lists(st.text("ab ,;\"'\n\t|£é", max_size=8), min_size=3, max_size=3), min_size=1, max_size=8
    ),
    separator=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    said=st.booleans(),
)
def test_what_a_csv_writer_wrote_is_read(
    tmp_path: Path, rows: list[list[str]], separator: str, end: str, said: bool
) -> None:
    """Any separator, line end and cell: with `sep=` in front, or told from the header and the rows."""
    rows = [["x" + cell for cell in row] for row in rows]  # an empty row is none
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=separator, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(["id", "title", "text"])
    writer.writerows(rows)
    text = (f"sep={separator}{end}" if said else "") + stream.getvalue()
    found = [list(row.values()) for row in rows_of(file(tmp_path, "a.csv", text))]
    assert found == rows


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("a,text,notes\n1,words\n2,more,x\n", [("1", "words", None), ("2", "more", "x")]),
        ("a,text,,\n1,words,,\n,,,\n", [("1", "words", "", "")]),
        ('"a","text"\n"1",7,"words, b"\n"2",8,"b"\n', [("1", "7", "words, b"), ("2", "8", "b")]),
        ('a,text\n1,"said \\"yes, no\\" at last"\n2,b\n', [("1", 'said "yes, no" at last'), ("2", "b")]),
        ("text\nwords, and more; words\n", [("words, and more; words",)]),
    ],
    ids=["cells left off", "cells too many", "row names of R", "backslashes", "one column"],
)  # fmt: skip
def test_rows_have_the_shapes_that_programs_give_them(
    tmp_path: Path, text: str, right: list[tuple[Any, ...]]
) -> None:
    assert [tuple(row.values()) for row in rows_of(file(tmp_path, "a.csv", text))] == right


def test_rows_that_cannot_be_told_apart_are_refused_with_the_reason(tmp_path: Path) -> None:
    lines = "id,text,note\n1,yes, no,x\n2,b,c\n3,b,c\n4,b,c\n"
    first, *others = rows_of(file(tmp_path, "a.csv", lines))
    assert "4 cells for 3 columns" in first
    assert len(others) == 3
    (only,) = rows_of(file(tmp_path, "b.csv", 'id,text\n1,"open\n2,b\n3,c\n'))
    assert "a quote is opened and never closed" in only


def test_a_cell_may_be_huge(tmp_path: Path) -> None:
    text = "word " * 1_000_000
    assert rows_of(file(tmp_path, "a.csv", f"id,text\n1,{text}\n")) == [{"id": "1", "text": text}]


def test_json_is_taken_whatever_its_file_is_called(tmp_path: Path) -> None:
    rows = [{"text": "a"}, {"text": "b"}]
    lines, pretty = "\n".join(map(json.dumps, rows)), "\n".join(json.dumps(row, indent=1) for row in rows)
    for name, text in (("a.json", lines), ("b.json", pretty), ("c.jsonl", json.dumps(rows, indent=1))):
        assert rows_of(file(tmp_path, name, text)) == rows


def test_parquet_gives_words_for_bytes_and_local_days_for_instants(config: Config, tmp_path: Path) -> None:
    path = tmp_path / "ANSWERS.PARQUET"
    duckdb.sql(
        f"COPY (SELECT 'a' AS id, encode('{WORDS}') AS text, TIMESTAMPTZ '2014-05-23 23:00:00+00' AS date) "
        f"TO '{path}' (FORMAT parquet)"
    )
    (record,) = taken(config, path)[0].values()
    assert (record["text"], record["published"]) == (WORDS, "2014-05-24")


def test_a_damaged_parquet_file_gives_the_whole_reason(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"can't be read as Parquet: .*No magic bytes"):
        rows_of(file(tmp_path, "a.parquet", b"PAR1 and then nothing"))


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv"])
def test_a_workbook_is_refused_with_the_way_out(config: Config, tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="CSV UTF-8"):
        taken(config, file(tmp_path, name, b"PK\x03\x04"))


def test_one_table_of_a_folder_costs_itself_alone(config: Config, tmp_path: Path) -> None:
    file(tmp_path, "folder/codes.csv", "code,meaning\n1,x\n")
    file(tmp_path, "folder/good.csv", "text\nwords\n")
    done = importing.import_paths([tmp_path / "folder"], config, Tell(quiet=True))
    assert (done.kept, dict(done.refused)) == (1, {"unreadable": 1})


@settings(MANY, max_examples=150)
@given(
    body=st.binary(max_size=200) | st.text('[]{}",:;\n\r\t\\ab0é\ud800', max_size=60).map(
        lambda text: text.encode("utf-8", "surrogatepass")
    ),
    kind=st.sampled_from(["csv", "tsv", "jsonl", "json", "parquet", "csv.gz"]),
)  # fmt: skip
def test_whatever_a_table_holds_each_row_is_taken_or_refused(tmp_path: Path, body: bytes, kind: str) -> None:
    path = file(tmp_path, f"a.{kind}", gzip.compress(b"id,text\n" + body) if kind.endswith("gz") else body)
    try:
        table = Table(path, {})
        rows = list(table.rows("file:///a"))
    except InputError:
        return  # the whole file is refused, in words
    assert len(rows) == table.count
    assert all(isinstance(row, Broken) or row.url for row in rows)
    assert all(isinstance(line, str) for line in table.lines() + table.warnings())


# Damage


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
@pytest.mark.parametrize("harm", ["cut off", "a bit flipped", "a wrong check"])
def test_of_a_gzipped_table_all_rows_before_the_damage_are_taken(
    config: Config, tmp_path: Path, kind: str, harm: str
) -> None:
    rows = [f"text of row {n} and {n * 7919 % 1000}" for n in range(400)]
    lines = [json.dumps({"text": row}) for row in rows] if kind == "jsonl" else ["text", *rows]
    body = bytearray(gzip.compress("\n".join([*lines, ""]).encode()))
    if harm == "cut off":
        del body[-len(body) // 3 :]
    else:
        body[-6 if harm == "a wrong check" else -len(body) // 3] ^= 0x55
    found, tell = taken(config, file(tmp_path, f"rows.{kind}.gz", bytes(body)))
    texts = {record.get("text") for record in found.values()}
    assert texts >= set(rows[: 400 if harm == "a wrong check" else 200])
    assert any("truncated or no gzip" in line for line in tell.warnings)


def test_gzip_is_known_by_its_bytes_and_not_by_its_name(tmp_path: Path) -> None:
    rows = b"text\nwords\n"
    packed = gzip.compress(rows)
    for name, body in (("a.csv", packed), ("b.csv.gz", rows), ("c.csv.gz", packed + bytes(512))):
        assert rows_of(file(tmp_path, name, body)) == [{"text": "words"}]


@pytest.mark.parametrize("harm", ['"text": "b', '"text": b', '"text": "b"]', '"text": "b", "text": "c"'])
def test_one_broken_object_of_a_list_costs_itself_alone(tmp_path: Path, harm: str) -> None:
    objects = [
        '{"id": 1, "text": "a"}',
        f'{{"id": 2, {harm}}}',
        '{"id": 3, "text": "c"}',
        '{"id": 4, "text": "d"}',
    ]
    found = rows_of(file(tmp_path, "a.json", f"[{', '.join(objects)}]"))
    assert [row["id"] for row in found if isinstance(row, dict) and "id" in row][-2:] == [3, 4]
    assert any("not valid JSON" in row for row in found if isinstance(row, str))


def test_two_rows_that_ran_into_one_another_are_not_taken_for_one(tmp_path: Path) -> None:
    (why,) = rows_of(file(tmp_path, "a.jsonl", '{"id": 1, "text": "a", "id": 2, "text": "b"}\n'))
    assert "the field 'id' stands twice" in why


def test_bytes_that_were_never_written_or_are_missing_are_told(tmp_path: Path) -> None:
    path = file(tmp_path, "a.csv", b"id,text\n1,some" + bytes(64) + b"words\n")
    assert any("1 texts hold zero bytes" in line for line in Table(path, {}).warnings())
    body = "id,text\n1,words\n2,more\n3,yet more\n".encode("utf-16")
    with pytest.raises(InputError, match="in line 2 a byte of its UTF-16 is missing"):
        Table(file(tmp_path, "b.csv", body[:24] + body[25:]), {})


# Dates


@MANY
@given(days=st.lists(DAYS, min_size=1, max_size=30), form=st.sampled_from(FORMS))
def test_a_column_is_read_as_it_was_written_once_one_value_tells(days: list[date], form: str) -> None:
    days = [*days, date(2014, 5, 24)]
    column = DateColumn([day.strftime(form) for day in days], today=date(2026, 1, 1))
    assert [column.read(day.strftime(form)) for day in days] == [day.isoformat() for day in days]
    assert column.understood == len(days)


@MANY
@given(
    days=st.lists(DAYS, min_size=1, max_size=30),
    year=st.sampled_from(["%Y", "%y"]),
    sep=st.sampled_from("/-."),
)
def test_one_value_that_only_fits_month_first_decides_for_all(days: list[date], year: str, sep: str) -> None:
    form = sep.join(("%m", "%d", year))
    texts = [day.strftime(form) for day in [*days, date(2014, 12, 31)]]
    column = DateColumn(texts, today=date(2026, 1, 1))
    assert [column.read(text) for text in texts[:-1]] == [day.isoformat() for day in days]
    assert "month/day/year" in column.told("Day")[0]


def test_where_nothing_tells_the_day_comes_first_and_that_is_said() -> None:
    column = DateColumn(["05/06/2014", "07/08/2014"])
    assert column.read("05/06/2014") == "2014-06-05"
    assert "--map published=Day:%m/%d/%Y" in column.told("Day")[0]


def test_values_that_contradict_one_another_leave_open_what_could_be_either() -> None:
    column = DateColumn(["24/05/2014", "05/24/2014", "05/06/2014"])
    assert [column.read(text) for text in ("24/05/2014", "05/24/2014", "05/06/2014")] == [
        "2014-05-24", "2014-05-24", None,
    ]  # fmt: skip
    assert column.unread == {"05/06/2014": 1}


def test_a_slip_of_the_hand_does_not_upset_a_column_but_is_told() -> None:
    column = DateColumn([*(f"{day:02d}/03/2014" for day in range(1, 32)), "31/12/2014"] * 2 + ["03/30/2014"])
    assert (column.read("04/03/2014"), column.read("03/30/2014")) == ("2014-03-04", "2014-03-30")
    assert column.told("Day") == ["1 in 'Day' do not fit day/month/year and were read as they can be"]


@pytest.mark.parametrize(
    ("given", "right"),
    [
        (2014.0, "2014"), ("2014.0", "2014"), (41783, "2014-05-24"), ("41783.5", "2014-05-24"),
        (1400889600, "2014-05-24"), (1400889600000, "2014-05-24"), ("1.4008896E+12", "2014-05-24"),
        ({"$date": "2014-05-24T00:00:00Z"}, "2014-05-24"),
        ({"$date": {"$numberLong": "1400889600000"}}, "2014-05-24"),
        ({"date-parts": [[2014, 5]]}, "2014-05"), (["2014-05-24"], "2014-05-24"), ("May-14", "2014-05"),
        ("Sat May 24 23:30:45 +0000 2014", "2014-05-25"), ("2014/05/24 11:30:15 PM GMT+1", "2014-05-24"),
        ("201405", "2014-05"), ("24-May-14", "2014-05-24"), ("24/05/69", "1969-05-24"),
        ("2014-05-00", "2014-05"),
        ("2014-07-31T23:30:00Z", "2014-08-01"), ("2014-12-31T23:30:00Z", "2014-12-31"),
        ("2014-12-31T23:30:00-05:00", "2014-12-31"), (datetime(2014, 5, 24, 23, 30), "2014-05-24"),
        ("NA", None), ("soon", None), ("2014-02-30", None), (True, None), ("0214-05-24", None), (1e400, None),
    ],
)  # fmt: skip
def test_a_date_is_known_in_the_forms_of_spreadsheets_frames_and_databases(
    given: Any, right: str | None
) -> None:
    assert DateColumn([given], today=date(2026, 1, 1)).read(given) == right


@given(days=st.integers(0, 40_000))
def test_a_spreadsheets_number_is_its_day(days: int) -> None:
    number = 20_000 + days
    assert DateColumn([number]).read(number) == (date(1899, 12, 30) + timedelta(days=number)).isoformat()


def test_a_format_that_was_named_holds(config: Config, tmp_path: Path) -> None:
    path = file(tmp_path, "a.csv", 'text,Day\nwords,05/06/2014 00:00\nmore,"n.d."\n')
    found, tell = taken(config, path, mapping={"published": "Day:%m/%d/%Y"})
    assert [record.get("published") for record in found.values()] == ["2014-05-06", None]
    assert [record["other"] for record in found.values()] == [{"Day": "05/06/2014 00:00"}, {"Day": "n.d."}]
    assert any("1 of 2 dates in 'Day' not understood: 'n.d.'" in line for line in tell.warnings)
    assert form_of("a:b") == ("a:b", None)
    with pytest.raises(InputError, match="'%Q' is no format of a date"):
        form_of("Day:%Q")


# What is told


def test_a_date_in_another_language_is_told_and_not_guessed(tmp_path: Path) -> None:
    path = file(tmp_path, "a.csv", "id;Datum;Text\n1;24. Mai 2014;words\n2;3. Dezember 2014;words too\n")
    assert "columns not used: Datum; --map published=COLUMN" in "\n".join(Table(path, {}).warnings())
    told = "\n".join(Table(path, {"published": "Datum"}).warnings())
    assert "2 of 2 dates in 'Datum' not understood: '24. Mai 2014', '3. Dezember 2014'" in told
    assert "months are known by their English names alone" in told


def test_import_tells_which_column_serves_which_field_and_which_none(tmp_path: Path) -> None:
    table = Table(file(tmp_path, "a.csv", "Headline,Body,Day,Outlet\nOne,words,01/02/2015,gazette\n"), {})
    assert table.columns == {"title": "Headline", "text": "Body", "source": "Outlet"}
    assert table.unused == ["Day"]
    assert [line.split() for line in table.lines()[1:]] == [
        ["title", "Headline"], ["text", "Body"], ["source", "Outlet"], ["not", "used", "Day"],
    ]  # fmt: skip
    assert table.warnings()[0].endswith(
        "no date: columns not used: Day; --map published=Day says which holds it"
    )


def test_a_column_of_another_name_is_found_however_it_is_spelt(tmp_path: Path) -> None:
    table = Table(file(tmp_path, "a.csv", "FULL TEXT,Publication Date\nwords,2014-05-24\n"), {})
    assert table.columns == {"text": "FULL TEXT", "published": "Publication Date"}


def test_a_host_that_nobody_declared_is_a_source_of_its_own_and_told(config: Config, tmp_path: Path) -> None:
    file(tmp_path, "pages/www.unheard.example/a.html", "<html>one</html>")
    file(tmp_path, "pages/www.bmj.com/b.html", "<html>two</html>")
    done = importing.import_paths([tmp_path / "pages"], config, Tell(quiet=True))
    sources = {line["source"] for line in Archive(config.archive).lines() if line["type"] == "capture"}
    assert (sources, dict(done.undeclared)) == ({"unheard.example", "bmj"}, {"unheard.example": 1})
