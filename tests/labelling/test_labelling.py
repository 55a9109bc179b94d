"""Coding by people: drawn from what is published, blind, kept at once, taken in by a build, judged."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import xlsxwriter
from click.testing import CliRunner

from pipeline import flow, store
from pipeline.cli import cli
from pipeline.config import Config
from pipeline.errors import ArchiveError, ConfigError, InputError, StoreError
from pipeline.labelling import codes as coding
from pipeline.labelling import reporting, samples, sheet
from pipeline.labelling.codes import Code
from pipeline.labelling.frame import Wish, new_sample
from pipeline.labelling.samples import Sample
from pipeline.labelling.task import codes_of, task
from pipeline.progress import Tell
from pipeline.publishing.snapshot import publish
from tests.support import shared

THEMES = ("fragmentation", "conflict-of-interest")


@pytest.fixture
def config(opened: Config, tmp_path: Path) -> Config:
    """A published corpus of nineteen passages, to code."""
    return shared.copy(opened, tmp_path / "data")


@pytest.fixture
def sample(config: Config) -> Sample:
    """All passages but one, half of the documents kept for evaluation."""
    found = new_sample(config, Wish(size=18, themes=THEMES, name="pilot"))
    samples.keep(config.archive, found)
    return found


Says = Callable[[str, str], bool | None]


def machine(config: Config) -> set[tuple[str, str]]:
    """What the machine coded, as published."""
    with store.open_published(store.published_file(config)) as connection:
        return set(connection.execute("SELECT passage_id, theme FROM passage_theme WHERE coded").fetchall())


def code(config: Config, coder: str, says: Says, sample_id: str = "pilot") -> None:
    """Have a coder code the whole sample."""
    todo = task(config, sample_id, coder)
    for item in todo.items:
        present = {theme.theme: says(item.passage_id, theme.theme) for theme in todo.themes}
        coding.append(config.archive, sample_id, codes_of(todo, item, present, "", "page"))


def build(config: Config) -> Tell:
    """Build and publish; returns what was told."""
    tell = Tell(quiet=True)
    list(flow.build(config, tell))
    publish(config, tell)
    return tell


def ask(config: Config, query: str) -> list[Any]:
    """Ask the published file."""
    with duckdb.connect(store.published_file(config), read_only=True) as connection:
        return connection.execute(query).fetchall()


def refused(config: Config, *cells: str, coder: str = "ana") -> str:
    """Why a sheet with these cells in its first rows is refused; nothing of it may be taken in."""
    path = sheet_of(config, coder)
    write(path, [*read(path)[:1], *fill(read(path)[1:], cells)])
    with pytest.raises(InputError) as told:
        sheet.take_in(config, path)
    assert coding.read(config.archive, "pilot").codes == []
    return str(told.value)


def sheet_of(config: Config, coder: str = "ana") -> Path:
    """A fresh sheet of the sample."""
    path = config.data / f"{coder}.csv"
    path.unlink(missing_ok=True)
    sheet.export(config, "pilot", coder, path)
    return path


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


def write(path: Path, rows: Sequence[Sequence[str]], separator: str = ",", encoding: str = "utf-8") -> None:
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream, delimiter=separator).writerows(rows)


def fill(rows: list[list[str]], cells: Sequence[str], note: str = "") -> list[list[str]]:
    """The same rows with a cell each for the first theme, no for the second, and a note."""
    filled = [[*row[:2], cell, "0", note] for row, cell in zip(rows, cells, strict=False)]
    return [*filled, *rows[len(cells) :]]


def fill_all(table: list[list[str]], cell: str) -> list[list[str]]:
    """The same sheet with a cell for the first theme, no for the second, in every row."""
    return [table[0], *fill(table[1:], [cell] * len(table[1:]))]


# Drawing


def test_a_sample_says_what_it_was_drawn_from(config: Config, sample: Sample) -> None:
    assert sample.frame["passages"] == 19
    assert sample.frame["published"]["config_hash"]
    assert sum(stratum.units for stratum in sample.strata) == 19
    assert {drawn.part for drawn in sample.passages} == {"train", "evaluate"}
    assert all(d.part_probability == d.probability / 2 for d in sample.passages)
    assert samples.load(config.archive, "pilot") == sample


@pytest.mark.slow
def test_when_it_was_drawn_is_in_the_tables_and_may_be_missing_in_its_file(
    config: Config, sample: Sample
) -> None:
    build(config)
    assert ask(config, "SELECT DISTINCT drawn_at FROM code_sample") == [
        (datetime.fromisoformat(sample.drawn_at),)
    ]
    path = samples.sample_file(config.archive, "pilot")
    about, *rest = path.read_text(encoding="utf-8").splitlines()
    plain = {key: value for key, value in json.loads(about).items() if key not in ("drawn_at", "sum")}
    path.write_text("\n".join([json.dumps(plain), *rest]) + "\n", encoding="utf-8")
    assert samples.load(config.archive, "pilot").drawn_at == ""
    build(config)
    assert ask(config, "SELECT DISTINCT drawn_at FROM code_sample") == [(None,)]


def test_a_seed_draws_the_same_sample_again(config: Config) -> None:
    first, again, other = (new_sample(config, Wish(size=8, themes=THEMES, seed=seed)) for seed in (5, 5, 6))
    assert first.passages == again.passages != other.passages
    assert first.sample_id == again.sample_id != other.sample_id


def test_whole_documents_come_with_all_their_passages(config: Config) -> None:
    found = new_sample(config, Wish(size=5, themes=THEMES, unit="document"))
    documents = {drawn.document_id for drawn in found.passages}
    listed = ", ".join(f"'{name}'" for name in documents)
    ids = {i for (i,) in ask(config, f"SELECT passage_id FROM passage WHERE document_id IN ({listed})")}
    assert len(documents) == 5
    assert {drawn.passage_id for drawn in found.passages} == ids


def test_what_cant_be_drawn_is_told_with_what_would_do(config: Config) -> None:
    cases = {
        "there are 19 passages": Wish(size=500),
        "did you mean 'fragmentation'": Wish(size=5, themes=("fragmentatoin",)),
        "coders can't be shown 'score'": Wish(size=5, show=("score",)),
        "can't be the name of a sample": Wish(size=10, name="../pilot"),
        "fewer --themes": Wish(size=1, themes=THEMES),
    }
    for told, wish in cases.items():
        with pytest.raises(InputError, match=told):
            new_sample(config, wish)


def test_nothing_published_is_told(config: Config) -> None:
    store.published_file(config).unlink()
    with pytest.raises(StoreError, match="themeshift publish"):
        new_sample(config, Wish())


def test_a_sample_is_never_written_over(config: Config, sample: Sample) -> None:
    with pytest.raises(InputError, match="already, and samples stay"):
        samples.keep(config.archive, sample)


@pytest.mark.slow
def test_a_sample_that_lost_lines_is_damaged(config: Config, sample: Sample) -> None:
    path = samples.sample_file(config.archive, "pilot")
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(ArchiveError, match="damaged"):
        samples.load(config.archive, "pilot")
    assert any("damaged" in warning for warning in build(config).warnings)


# Codes


def test_the_latest_code_counts_and_both_stay(config: Config, sample: Sample) -> None:
    code(config, "ana", lambda passage, theme: True)
    code(config, "ana", lambda passage, theme: False)
    latest = coding.read(config.archive, "pilot")
    assert len(latest.codes) == 36
    assert not any(said.present for said in latest.codes)
    lines = coding.file_of(config.archive, "pilot", "ana").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 72


def test_a_torn_last_line_is_dropped_and_the_next_save_stands(config: Config, sample: Sample) -> None:
    code(config, "ana", lambda passage, theme: True)
    path = coding.file_of(config.archive, "pilot", "ana")
    path.write_bytes(path.read_bytes()[:-20])
    assert len(coding.read(config.archive, "pilot").codes) == 35
    todo = task(config, "pilot", "ana")
    coding.append(config.archive, "pilot", codes_of(todo, todo.items[-1], {THEMES[1]: False}, "", "page"))
    found = coding.read(config.archive, "pilot")
    assert len(found.codes) == 36
    assert found.unreadable == {}


@pytest.mark.slow
def test_a_damaged_line_within_is_passed_over_and_told(config: Config, sample: Sample) -> None:
    code(config, "ana", lambda passage, theme: True)
    path = coding.file_of(config.archive, "pilot", "ana")
    path.write_bytes(path.read_bytes().replace(b"{", b"[", 1))
    assert len(coding.read(config.archive, "pilot").codes) == 35
    assert any("1 lines can't be read" in warning for warning in build(config).warnings)


def test_coders_have_orders_of_their_own_that_stay(config: Config, sample: Sample) -> None:
    ana, again, ben = (
        [i.passage_id for i in task(config, "pilot", who).items] for who in ("ana", "ana", "ben")
    )
    assert ana == again
    assert ana != ben
    assert sorted(ana) == sorted(ben)


def test_a_coder_with_other_capitals_is_asked_who_they_are(config: Config, sample: Sample) -> None:
    code(config, "Ana", lambda passage, theme: True)
    with pytest.raises(InputError, match="is that you"):
        task(config, "pilot", "ana")


def test_a_theme_that_left_the_codebook_is_told(config: Config, sample: Sample, tmp_path: Path) -> None:
    book = tmp_path / "codebook.toml"
    text = config.codebook_file.read_text(encoding="utf-8")
    book.write_text(text.replace("[theme.fragmentation]", "[theme.pieces]"), encoding="utf-8")
    with pytest.raises(ConfigError, match="no theme 'fragmentation' any more"):
        task(replace(config, reference=replace(config.reference, codebook=str(book))), "pilot", "ana")


# Sheets


def test_a_sheet_out_and_in_changes_nothing(config: Config, sample: Sample) -> None:
    code(config, "ana", lambda passage, theme: None if passage < "8" else theme == THEMES[0])
    before = coding.read(config.archive, "pilot")
    done = sheet.take_in(config, sheet_of(config))
    assert (done.new, done.unchanged) == (0, 36)
    assert coding.read(config.archive, "pilot") == before


@pytest.mark.parametrize(
    "cell", ["1", "x", "X", "yes", "Y", " TRUE ", "1.0", "1,0", "1.", "1.00E+00", "YES\u00a0", "'1", "T", "✓"]
)
def test_yes_may_be_written_in_several_ways(config: Config, sample: Sample, cell: str) -> None:
    path = sheet_of(config)
    write(path, [read(path)[0], *fill(read(path)[1:], [cell])])
    assert sheet.take_in(config, path).new == 2
    assert {(c.theme, c.present) for c in coding.read(config.archive, "pilot").codes} == {
        (THEMES[0], True),
        (THEMES[1], False),
    }


@pytest.mark.parametrize(("separator", "encoding"), [(";", "utf-8"), ("\t", "utf-16"), (",", "utf-8-sig")])
def test_a_sheet_may_come_back_as_any_spreadsheet_saves_it(
    config: Config, sample: Sample, separator: str, encoding: str
) -> None:
    path = sheet_of(config)
    write(path, [read(path)[0], *fill(read(path)[1:], ["?", "no"])], separator, encoding)
    assert sheet.take_in(config, path).new == 4


def test_a_sheet_may_come_back_as_a_workbook(config: Config, sample: Sample) -> None:
    """Excel makes numbers of 1 and 0, and of a word in a cell what it was."""
    path = sheet_of(config).with_suffix(".xlsx")
    header, *rows = read(path.with_suffix(".csv"))
    with xlsxwriter.Workbook(path, {"strings_to_numbers": True}) as book:
        page = book.add_worksheet()
        for number, row in enumerate([header, *fill(rows, ["1", "0", "?", "yes"])]):
            page.write_row(number, 0, row)
    assert sheet.take_in(config, path).new == 8
    assert {code.present for code in coding.read(config.archive, "pilot").codes} == {True, False, None}


def test_every_bad_cell_is_told_and_nothing_is_taken_in(config: Config, sample: Sample) -> None:
    told = refused(config, "maybe", "1", "2")
    assert "row 2, column fragmentation: 'maybe'" in told
    assert "row 4, column fragmentation: '2'" in told
    assert "row 3" not in told


def test_a_blank_says_nothing_unless_it_is_to_be_a_no(config: Config, sample: Sample) -> None:
    path = sheet_of(config)
    rows = read(path)
    write(path, [rows[0], [*rows[1][:2], "x", "", ""], *rows[2:]])
    first = sheet.take_in(config, path)
    assert (first.new, first.partly) == (1, 1)
    assert sheet.take_in(config, path, blank_is_no=True).new == 1
    said = {c.theme: c.present for c in coding.read(config.archive, "pilot").codes}
    assert said == {THEMES[0]: True, THEMES[1]: False}


@pytest.mark.parametrize("blank", ["NA", "nan", "<NA>", "#N/A", "\u00a0", "NULL"])
def test_what_programs_write_for_a_blank_says_nothing(config: Config, sample: Sample, blank: str) -> None:
    path = sheet_of(config)
    rows = read(path)
    write(
        path,
        [
            rows[0],
            [*rows[1][:2], "0.0", blank, blank],
            *([*row[:2], blank, blank, blank] for row in rows[2:]),
        ],
    )
    assert sheet.take_in(config, path).new == 1
    (said,) = coding.read(config.archive, "pilot").codes
    assert (said.theme, said.present, said.note) == (THEMES[0], False, "")


def test_a_sheet_that_r_wrote_has_row_numbers_and_other_names_of_columns(
    config: Config, sample: Sample
) -> None:
    path = sheet_of(config)
    header, *rows = fill_all(read(path), "TRUE")
    names = ["", *(name.replace("-", ".") for name in header)]
    write(path, [names, *([str(n), *row] for n, row in enumerate(rows, 1))])
    assert "conflict.of.interest" in names
    done = sheet.take_in(config, path)
    assert (done.new, done.ignored) == (36, [])


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_first_line_may_say_what_separates(
    config: Config, sample: Sample, separator: str, line_end: str
) -> None:
    path = sheet_of(config)
    write(path, fill_all(read(path), "1"), separator)
    text = path.read_bytes().decode().replace("\r\n", line_end)
    path.write_bytes(f"sep={separator}{line_end}{text}".encode("utf-8-sig"))
    assert sheet.take_in(config, path).new == 36


def test_capitals_and_blanks_around_names_and_keys_do_not_matter(config: Config, sample: Sample) -> None:
    path = sheet_of(config)
    header, *rows = fill_all(read(path), "Yes ")
    write(
        path,
        [[f" {name.upper()} " for name in header], *([f"{row[0]} ", *row[1:]] for row in rows), [" "] * 5],
    )
    assert sheet.take_in(config, path).new == 36


def test_rows_whose_text_changed_since_the_export_are_passed_over_and_counted(
    config: Config, sample: Sample
) -> None:
    path = sheet_of(config)
    header, *rows = fill_all(read(path), "1")
    write(path, [header, [rows[0][0][:-4] + "0000", *rows[0][1:]], *rows[1:]])
    done = sheet.take_in(config, path)
    assert (done.new, done.stale) == (34, 1)


def test_two_rows_of_one_passage_add_up_and_are_told_where_they_contradict(
    config: Config, sample: Sample
) -> None:
    path = sheet_of(config)
    header, *rows = read(path)
    first, second = [*rows[0][:2], "1", "", "one"], [*rows[0][:2], "yes", "0", "two"]
    write(path, [header, first, second])
    assert sheet.take_in(config, path).new == 2
    assert {code.note for code in coding.read(config.archive, "pilot").codes} == {"one; two"}
    write(path, [header, first, [*rows[0][:2], "0", "", ""]])
    with pytest.raises(InputError, match="stands in row 2, which says 1 and not 0: let both say") as told:
        sheet.take_in(config, path)
    assert "remove" not in str(told.value)


def test_two_columns_of_one_theme_add_up_too(config: Config, sample: Sample) -> None:
    path = sheet_of(config)
    header, *rows = fill_all(read(path), "1")
    write(path, [[*header, THEMES[0]], *([*row, "x"] for row in rows)])
    assert sheet.take_in(config, path).new == 36
    write(path, [[*header, THEMES[0]], *([*row, "no"] for row in rows)])
    with pytest.raises(InputError, match="one says 1, the other no: let both say"):
        sheet.take_in(config, path)


def test_a_sheet_may_be_as_wide_as_a_spreadsheet(config: Config, sample: Sample) -> None:
    path = sheet_of(config)
    header, *rows = fill_all(read(path), "1")
    write(path, [[*header, *(f"c{n}" for n in range(16_000))], *rows])
    done = sheet.take_in(config, path)
    assert (done.new, len(done.ignored)) == (36, 16_000)
    write(path, [[*header, *(f"c{n}" for n in range(100_000))], *rows])
    with pytest.raises(InputError, match="more than 16,384 columns: delete those that are empty"):
        sheet.take_in(config, path)


def test_a_column_that_is_missing_is_told(config: Config, sample: Sample) -> None:
    path = sheet_of(config)
    write(path, [[name.replace("fragmentation", "frag") for name in read(path)[0]], *read(path)[1:]])
    with pytest.raises(InputError, match="the column 'fragmentation' is missing"):
        sheet.take_in(config, path)


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "\xff\xfe\xfd"])
def test_a_file_that_is_no_sheet_is_told(config: Config, sample: Sample, content: str) -> None:
    path = config.data / "other.csv"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(InputError):
        sheet.take_in(config, path)


def test_no_cell_is_run_as_a_formula_and_notes_come_back_as_they_were(config: Config, sample: Sample) -> None:
    note = '=HYPERLINK("http://x")'
    todo = task(config, "pilot", "ana")
    present = dict.fromkeys(THEMES, True)
    coding.append(config.archive, "pilot", codes_of(todo, todo.items[0], present, note, "page"))
    path = sheet_of(config)
    assert not [cell for row in read(path) for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert sheet.take_in(config, path).new == 0
    assert {said.note for said in coding.read(config.archive, "pilot").codes} == {note}


def test_a_sheet_is_never_written_over(config: Config, sample: Sample) -> None:
    path = sheet_of(config)
    with pytest.raises(InputError, match="there already"):
        sheet.export(config, "pilot", "ana", path)


def test_a_sheet_says_nothing_of_the_machine_or_the_sample(config: Config, sample: Sample) -> None:
    header, *rows = read(sheet_of(config))
    assert header == ["key", "text", *THEMES, "note"]
    texts = {text for (text,) in ask(config, "SELECT text FROM passage")}
    for key, text, *cells in rows:
        assert key.split(":")[:2] == ["pilot", "ana"]
        assert text in texts
        assert cells == ["", "", ""]


def test_a_document_is_shown_where_the_sample_says_so(config: Config) -> None:
    samples.keep(
        config.archive, new_sample(config, Wish(size=10, themes=THEMES, name="open", show=("title", "date")))
    )
    todo = task(config, "open", "ana")
    assert all(set(item.about) == {"title", "date"} for item in todo.items)
    assert any(item.about["date"] == "2013" for item in todo.items)


# The command line


def test_the_commands_draw_export_take_in_and_report(config: Config) -> None:
    def themeshift(*arguments: str) -> str:
        done = CliRunner().invoke(cli, ["label", *arguments, "--data", str(config.data)])
        assert done.exit_code == 0, done.output
        return done.output

    path = str(config.data / "ana.csv")
    drawn = json.loads(
        themeshift("draw", "--size", "18", "--themes", ",".join(THEMES), "--name", "pilot", "--json")
    )
    assert drawn["train"] + drawn["evaluate"] == drawn["passages"] == 18
    assert "18 passages" in themeshift("export", "pilot", "--coder", "ana", path)
    write(Path(path), [read(Path(path))[0], *fill(read(Path(path))[1:], ["1"] * 18)])
    assert "36 codes new or changed" in themeshift("import", path)
    assert "0 codes new or changed, 36 as before" in themeshift("import", path)
    assert "18 of 18 coded" in themeshift("report")
    assert json.loads(themeshift("report", "pilot", "--json"))[0]["coded"] == {"ana": 18}


# Judging


@pytest.mark.slow
def test_a_build_publishes_samples_and_codes_and_what_they_tell(config: Config, sample: Sample) -> None:
    config = replace(config, label=replace(config.label, fewest=4))
    coded = machine(config)
    code(config, "ana", lambda passage, theme: (passage, theme) in coded)
    code(config, "ben", lambda passage, theme: (passage, theme) in coded)
    build(config)
    assert ask(config, "SELECT count(*), count(DISTINCT passage_id) FROM human_code") == [(72, 18)]
    assert ask(config, "SELECT sum(1 / probability) FROM code_sample")[0][0] == pytest.approx(19)
    alphas = ask(config, "SELECT value, lower < 1, passages FROM agreement WHERE measure = 'alpha'")
    assert alphas == [(1.0, True, 18)] * 2
    judged = ask(
        config, "SELECT measure, value, agreed = machine FROM validation WHERE theme = 'fragmentation'"
    )
    assert ("prevalence", True) in [(measure, agreed) for measure, _, agreed in judged]
    assert {value for measure, value, _ in judged if measure != "prevalence"} <= {1.0, None}


@pytest.mark.slow
def test_judging_is_done_again_only_when_something_changed(config: Config, sample: Sample) -> None:
    def validated() -> int:
        return {ran.stage: ran.rows for ran in flow.build(config, Tell(quiet=True))}["validate"]

    code(config, "ana", lambda passage, theme: True)
    assert validated() > 0
    assert validated() == 0
    code(config, "ben", lambda passage, theme: passage > "8")
    assert validated() > 0


def test_only_the_evaluation_part_judges_the_machine(config: Config, sample: Sample) -> None:
    config = replace(config, label=replace(config.label, fewest=1))
    kept = {drawn.passage_id for drawn in sample.passages if drawn.part == "evaluate"}
    coded = machine(config)
    code(config, "ana", lambda passage, theme: ((passage, theme) in coded) == (passage in kept))
    (found,) = reporting.report(config, "pilot")
    precision = [row.value for row in found.validation if row.measure == "precision"]
    assert precision == [1.0, 1.0]
    assert {row.passages for row in found.validation} == {len(kept)}


def test_too_few_codes_give_the_reason_and_no_number(config: Config, sample: Sample) -> None:
    code(config, "ana", lambda passage, theme: False)
    (found,) = reporting.report(config, None)
    for row in found.validation:
        assert row.value is None or row.measure == "prevalence"
        assert row.value is not None or (row.note and "10 are needed" in row.note)


@pytest.mark.slow
def test_a_coder_who_always_says_the_same_is_told(config: Config, sample: Sample) -> None:
    code(config, "ana", lambda passage, theme: True)
    code(config, "ben", lambda passage, theme: passage > "8")
    (found,) = reporting.report(config, "pilot")
    assert [r for r in found.remarks if "said" in r] == ["ana said yes to all 36 questions: is that meant?"]
    assert any("ana said yes" in warning for warning in build(config).warnings)


@pytest.mark.slow
def test_codes_of_passages_that_are_gone_are_counted_and_not_used(config: Config, sample: Sample) -> None:
    code(config, "ana", lambda passage, theme: passage > "8")
    longer = replace(config, passages=replace(config.passages, target_words=10, max_words=20))
    tell = build(longer)
    (found,) = reporting.report(longer, "pilot")
    assert any("read otherwise now" in remark for remark in found.remarks)
    assert any("read otherwise now" in warning for warning in tell.warnings)
    assert all(row.stale > 0 and row.value is None for row in found.validation)


def test_a_code_of_another_text_is_left_out(config: Config, sample: Sample) -> None:
    drawn = sample.passages[0]
    said = Code(drawn.passage_id, "0" * 16, THEMES[0], True, "ana", "1", "2024-01-01T00:00:00+00:00")
    coding.append(config.archive, "pilot", [said])
    (found,) = reporting.report(config, "pilot")
    assert found.agreement == found.validation == []
    assert "another text than the sample's" in found.remarks[0]


def test_a_tie_counts_a_half_and_cant_tell_nothing(config: Config, sample: Sample) -> None:
    first = sample.passages[0].passage_id
    code(config, "ana", lambda passage, theme: None if passage == first else True)
    code(config, "ben", lambda passage, theme: None if passage == first else False)
    (found,) = reporting.report(config, "pilot")
    row = found.validation[0]
    kept = sum(d.part == "evaluate" and d.passage_id != first for d in sample.passages)
    assert (row.passages, row.ties, row.people) == (kept, kept, kept / 2)


def test_progress_is_told_before_anything_else_can_be(config: Config, sample: Sample) -> None:
    text = reporting.as_text(reporting.report(config, "pilot"))
    assert "nobody has coded yet" in text
    with pytest.raises(InputError, match="did you mean 'pilot'"):
        reporting.report(config, "pilto")
