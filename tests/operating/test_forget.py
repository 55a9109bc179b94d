"""What is forgotten is gone from everywhere: no byte of it is left, and it does not come back by itself."""

from __future__ import annotations

import gzip
import shutil
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline import durable, flow, store
from pipeline.archive import Archive, Run
from pipeline.archive.index import forgotten, unfinished
from pipeline.asking import integrity
from pipeline.cli import cli
from pipeline.config import Config
from pipeline.errors import ArchiveError, InputError, StoreError
from pipeline.labelling import codings
from pipeline.operating.backup import backup
from pipeline.operating.forget import Choice, choose, forget, lift
from pipeline.progress import Tell
from pipeline.publishing import report as page
from pipeline.records import CaptureRef
from spiders.memory import Memory
from tests.conftest import build_all
from tests.operating.test_backup import FULL, Killed, dying

SENTENCE = "The marmalade clause was struck out by the seventeen clerks of Quillhaven."
URL = "https://www.bmj.com/content/{}"
RUN = Run("run-20130401-abcdef12", "bmj", datetime(2013, 4, 1, tzinfo=UTC))
WHY = "asked for by its author"


def text(number: int) -> str:
    return " ".join(
        f"The CCG of town {number} met on day {day} and agreed the budget for community nurses."
        for day in range(9)
    )


def archive(config: Config, secret: int = 3, number: int = 8) -> Archive:
    """Eight pages of one run, of which one has the sentence; then a run that found that one unchanged."""
    kept = Archive(config.archive, config.source_of)
    with kept.writer(RUN) as writer:
        for at in range(number):
            said = f"{text(at)} {SENTENCE} {text(at + 20)}" if at == secret else text(at)
            page = f"<html><title>Page {at}</title><body><article><p>{said}</p></article></body></html>"
            body = gzip.compress(page.encode(), mtime=0) if at % 2 else page.encode()
            packed = [("Content-Encoding", "gzip")] if at % 2 else []
            writer.put(
                URL.format(at), body, source="bmj", media_type="text/html", http_status="200 OK",
                http_headers=[("Content-Type", "text/html"), *packed], found="listing",
            )  # fmt: skip
    last = captures(kept)[URL.format(secret)]
    later = replace(RUN, run_id="run-20130501-abcdef13", started_at=datetime(2013, 5, 1, tzinfo=UTC))
    with kept.writer(later) as writer:
        for at, line in ((secret, last), (1, captures(kept)[URL.format(1)])):
            writer.revisit(
                URL.format(at),
                "unchanged",
                http_status="304 Not Modified",
                source="bmj",
                capture=line["capture_id"],
            )
    return kept


def captures(kept: Archive) -> dict[str, dict[str, Any]]:
    return {line["url"]: line for line in kept.lines() if line["type"] == "capture"}


def everything(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every byte of a folder, as it lies there and unpacked: gzip, also within records, and Parquet."""
    for file in folder.rglob("*"):
        if not file.is_file():
            continue
        raw = file.read_bytes()
        yield file, raw
        if file.suffix == ".parquet":
            with duckdb.connect() as connection:
                yield file, repr(connection.execute("FROM read_parquet(?)", [str(file)]).fetchall()).encode()
        for packed in (raw, *unpacked(raw)):
            for part in unpacked(packed):
                yield file, part
        if raw[8:12] == b"DUCK":
            with duckdb.connect(file, read_only=True) as connection:
                for name in connection.execute(
                    "SELECT schema_name, table_name FROM duckdb_tables()"
                ).fetchall():
                    table = ".".join(f'"{part}"' for part in name)
                    yield file, repr(connection.execute(f"FROM {table}").fetchall()).encode()


def unpacked(raw: bytes) -> Iterator[bytes]:
    at = -1
    while (at := raw.find(b"\x1f\x8b\x08", at + 1)) >= 0:
        try:
            yield zlib.decompressobj(31).decompress(raw[at:])
        except zlib.error:
            continue


def found_in(folder: Path, words: str = SENTENCE) -> set[str]:
    wanted = (words.encode(), words[4:28].encode(), words[30:60].encode())
    return {
        str(file.relative_to(folder))
        for file, body in everything(folder)
        if any(one in body for one in wanted)
    }


@pytest.fixture
def published(config: Config) -> Config:
    """A data folder with all that a year leaves: built, published, reported, with damaged files set aside."""
    config = replace(config, topics=replace(config.topics, min_passages=2, neighbours=3, refits=1))
    archive(config)
    build_all(config)
    page.build(store.published_file(config), config.published / "report")
    shutil.copy(store.working_file(config), config.working / "working.duckdb.set-aside-1")
    warc = Archive(config.archive).files()[0]
    shutil.copy(warc, warc.with_name(f"{warc.name}.set-aside-1"))
    line = captures(Archive(config.archive))[URL.format(3)]
    torn = warc.read_bytes()[line["warc_offset"] :][: line["warc_length"] - 9]
    warc.with_name(f"{warc.name}.torn-{line['warc_offset']}").write_bytes(torn)
    (config.data / "logs").mkdir(exist_ok=True)
    (config.data / "logs" / "impact-20260101T000000.md").write_text(
        f"- Page 3: {SENTENCE}\n", encoding="utf-8"
    )
    return config


def test_no_byte_of_a_forgotten_text_is_left_after_building_and_publishing(
    published: Config, tell: Tell
) -> None:
    config = published
    rooms = {Path(name).parts[0] for name in found_in(config.data)}
    assert rooms == {"archive", "working", "published", "logs"}
    before = captures(Archive(config.archive))
    forget(config, Choice(addresses=[URL.format(3)]), WHY, tell)
    left = found_in(config.data)
    assert left == {"published/themeshift.duckdb"}
    build_all(config)
    page.build(store.published_file(config), config.published / "report")
    assert found_in(config.data) == set()
    after = captures(Archive(config.archive))
    assert before.keys() - after.keys() == {URL.format(3)}
    archived = Archive(config.archive, config.source_of)
    assert archived.sync() == []
    assert archived.lost() == {}
    found = integrity.verify(config, tell)
    assert (found.flaws, found.notes) == ([], [])


def test_all_other_records_are_byte_for_byte_what_they_were(config: Config, tell: Tell) -> None:
    kept = archive(config)

    def raw() -> dict[str, bytes]:
        return {
            url: (kept.folder / line["warc_file"]).read_bytes()[line["warc_offset"] :][: line["warc_length"]]
            for url, line in captures(kept).items()
        }

    before = raw()
    revisits = [line["url"] for line in kept.lines() if line["type"] == "revisit"]
    done = forget(config, Choice(addresses=[URL.format(3)]), WHY, tell)
    assert raw() == {url: body for url, body in before.items() if url != URL.format(3)}
    assert (done.files, done.bytes > 0) == (2, True)  # the capture, and the revisit that refers to it
    assert [line["url"] for line in kept.lines() if line["type"] == "revisit"] == [
        url for url in revisits if url != URL.format(3)
    ]
    assert [line["type"] for line in kept.lines()].count("run") == 2


def test_vectors_of_other_texts_stay_and_topics_keep_their_ids(published: Config, tell: Tell) -> None:
    """Nothing is embedded again for what stays, and too little goes here to fit topics anew."""
    config = replace(published, topics=replace(published.topics, refit_share=0.9))

    def vectors() -> set[str]:
        with store.open_together() as connection:
            parts = [str(part) for part in config.working.glob("embeddings/**/*.parquet")]
            return {
                key
                for (key,) in connection.execute("SELECT text_hash FROM read_parquet(?)", [parts]).fetchall()
            }

    def topics() -> dict[str, str]:
        with store.open_published(store.published_file(config)) as connection:
            query = "SELECT passage_id, topic_id FROM passage_topic"
            return dict(connection.execute(query).fetchall())

    before, ids = vectors(), topics()
    forget(config, Choice(addresses=[URL.format(3)]), WHY, tell)
    after = vectors()
    assert 0 < len(after) < len(before)
    assert build_all(config)["embed"] == 0
    assert topics() == {passage: topic for passage, topic in ids.items() if passage in topics()}
    assert len(topics()) == len(after)


def test_what_was_published_is_told_until_it_is_published_anew(published: Config, tell: Tell) -> None:
    done = forget(published, Choice(addresses=[URL.format(3)]), WHY, tell)
    assert "until then it has their texts" in done.elsewhere[0]
    found = integrity.verify(published, tell)
    assert found.flaws == []
    (note,) = found.notes
    assert f"1 capture ({URL.format(3)}) is still published, and to be forgotten" in note


def test_copies_of_a_text_at_other_addresses_are_named(config: Config, tell: Tell) -> None:
    """Each is a capture of its own, and stays until it is named."""
    kept = archive(config)
    with kept.writer(replace(RUN, run_id="run-20140101-abcdef14")) as writer:
        said = f"{text(3)} {SENTENCE} {text(23)}"
        page = f"<html><title>Page 3</title><body><article><p>{said}</p></article></body></html>"
        writer.put("https://elsewhere.example/3", page.encode(), source="other", media_type="text/html")
    list(flow.build(config, tell, ["index", "read", "compare"]))
    assert choose(config, Choice(addresses=[URL.format(3)])).also == ["https://elsewhere.example/3"]
    assert choose(config, Choice(addresses=["*/3"])).also == []


# Which


def test_what_would_go_is_shown_and_nothing_changed(config: Config) -> None:
    archive(config)
    before = {path: path.read_bytes() for path in config.data.rglob("*") if path.is_file()}
    told = CliRunner().invoke(cli, ["forget", "--data", str(config.data), "--address", URL.format("[0-2]")])
    assert isinstance(told.exception, InputError)  # only * stands for others
    told = CliRunner().invoke(cli, ["forget", "--data", str(config.data), "--address", URL.format("*")])
    assert told.exit_code == 0
    assert told.stdout.count(URL.format("")) == 8
    assert "8 captures would go. Nothing is changed" in told.stdout
    assert before == {path: path.read_bytes() for path in config.data.rglob("*") if path.is_file()}


def test_captures_are_named_by_all_that_is_given(config: Config) -> None:
    kept = archive(config)
    lines = captures(kept)

    def chosen(**given: Any) -> set[str]:
        return {line["url"] for line in choose(config, Choice(**given)).captures}

    some = [lines[URL.format(n)]["capture_id"] for n in (1, 2)]
    assert chosen(captures=some) == {URL.format(1), URL.format(2)}
    assert chosen(captures=some, addresses=[URL.format(2)]) == {URL.format(2)}
    assert chosen(sources=["bmj"]) == chosen(addresses=["https://www.bmj.com/*"]) == set(lines)
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    assert chosen(before=tomorrow) == set(lines)
    for none in ({"sources": ["guardian"]}, {"before": date(2013, 1, 1)}, {"past_retention": True}, {}):
        with pytest.raises(InputError, match="nothing to forget"):
            chosen(**none)


@pytest.mark.parametrize(
    ("terms", "past"),
    [({"retain_days": 30}, True), ({"retain_days": 400}, False), ({"retain_until": date(2026, 1, 1)}, True),
     ({"retain_until": date(2026, 1, 1), "retain_days": 30}, True), ({}, False)],
)  # fmt: skip
def test_retention_is_that_of_the_source(config: Config, terms: dict[str, Any], past: bool) -> None:
    kept = Archive(config.archive, config.source_of)
    with kept.writer(RUN) as writer:
        writer.put(URL.format(1), b"<p>page</p>", source="bmj", media_type="text/html",
                   fetched_at=datetime(2025, 11, 1, tzinfo=UTC))  # fmt: skip
    config = replace(config, sources={**config.sources, "bmj": replace(config.sources["bmj"], **terms)})
    choice, today = Choice(past_retention=True), date(2026, 1, 2)
    if past:
        assert len(choose(config, choice, today).captures) == 1
    else:
        with pytest.raises(InputError):
            choose(config, choice, today)


@pytest.mark.parametrize("built", [True, False])
def test_a_page_is_named_by_its_own_address_wherever_it_was_kept(
    config: Config, tell: Tell, built: bool
) -> None:
    """A report shows a document's address; the capture may have that of a web archive, or of a file."""
    kept = Archive(config.archive, config.source_of)
    with kept.writer(RUN) as writer:
        body = f"<html><title>Page</title><body><article><p>{text(1)}</p></article></body></html>".encode()
        there = f"https://web.archive.org/web/20140102030405/{URL.format(1)}"
        writer.put(there, body, source="import", media_type="text/html", http_status="200 OK")
    if built:
        list(flow.build(config, tell, ["index", "read"]))
        with store.read_working(config) as connection:
            ((name, url, source),) = connection.execute(
                "SELECT document_id, url, source FROM document"
            ).fetchall()
        assert (url, source) == (URL.format(1), "bmj")
        assert len(choose(config, Choice(captures=[name])).captures) == 1
        assert len(choose(config, Choice(sources=["bmj"])).captures) == 1
    assert len(choose(config, Choice(addresses=[URL.format(1)])).captures) == 1


# What stays of it


def test_a_tombstone_tells_what_went_when_and_why_and_keeps_it_from_coming_back(
    config: Config, tell: Tell
) -> None:
    kept = archive(config)
    line = captures(kept)[URL.format(3)]
    body = kept.folder / line["warc_file"]
    whole = body.read_bytes()[line["warc_offset"] :][: line["warc_length"]]
    forget(config, Choice(addresses=[URL.format(3)]), WHY, tell)
    (stone,) = forgotten(config.archive).values()
    assert (stone.url, stone.digest, stone.reason, stone.source) == (line["url"], line["digest"], WHY, "bmj")
    assert datetime.fromisoformat(stone.at).date() == datetime.now(UTC).date()
    assert whole not in body.read_bytes()

    known = Memory.of(kept, "bmj").known[URL.format(3)]
    ages = [datetime.now(UTC) + timedelta(days=365 * years) for years in (0, 1, 50)]
    assert not any(known.due(now, (30, 90, 365), changed=now) for now in ages)
    assert known.validators() == {}
    with kept.writer(replace(RUN, run_id="run-20140101-abcdef14")) as writer:
        assert writer.put(URL.format(3), b"<p>new</p>", source="bmj", media_type="text/html") is None
        assert [(one.url, one.reason) for one in writer.report.refusals] == [(URL.format(3), "forgotten")]

    assert lift(config, [URL.format(3)]) == 1
    with pytest.raises(InputError, match="not forgotten"):
        lift(config, [URL.format(3)])
    with kept.writer(replace(RUN, run_id="run-20140101-abcdef15")) as writer:
        assert writer.put(URL.format(3), b"<p>new</p>", source="bmj", media_type="text/html")


def test_an_index_that_was_set_aside_does_not_call_it_lost(config: Config, tell: Tell) -> None:
    kept = archive(config)
    file = kept.files()[0]
    kept.make_index_again(file)
    forget(config, Choice(addresses=[URL.format(3)]), WHY, tell)
    assert kept.lost() == {}
    assert integrity.verify(config, tell).flaws == []


def test_a_backup_lets_it_go_too_whatever_version_it_has(config: Config, tmp_path: Path, tell: Tell) -> None:
    kept = archive(config)
    file = kept.files()[0]
    piece = file.with_name(f"{file.name}.torn-1")
    piece.write_bytes(file.read_bytes()[:-9])
    backup(config, tmp_path / "backup", tell)
    whole = file.read_bytes()
    file.write_bytes(whole[:-9])
    backup(config, tmp_path / "backup", tell)  # told, and kept apart
    file.write_bytes(whole)
    assert len(found_in(tmp_path / "backup")) == 3
    forget(config, Choice(addresses=[URL.format(3)]), WHY, tell)
    done = backup(config, tmp_path / "backup", tell)
    assert (done.problems, done.forgot) == ([], 2)
    assert found_in(tmp_path / "backup") == set()
    assert (tmp_path / "backup" / "files" / "archive" / file.name).read_bytes() == file.read_bytes()


def test_a_backup_of_a_file_that_lost_more_than_was_forgotten_keeps_what_it_has(
    config: Config, tmp_path: Path, tell: Tell
) -> None:
    kept = archive(config)
    backup(config, tmp_path / "backup", tell)
    file = kept.files()[0]
    forget(config, Choice(addresses=[URL.format(3)]), WHY, tell)
    stones = (config.archive / "forgotten.jsonl").read_bytes()
    forget(config, Choice(addresses=[URL.format(4)]), WHY, tell)
    (config.archive / "forgotten.jsonl").write_bytes(stones)  # one went without a word
    assert f"archive/{file.name}" in [one.name for one in backup(config, tmp_path / "backup", tell).problems]


# When it can't be


def test_nothing_is_forgotten_while_a_file_is_written_or_a_build_runs(config: Config, tell: Tell) -> None:
    kept = archive(config)
    choice = Choice(addresses=[URL.format(3)])
    with (
        kept.writer(replace(RUN, run_id="run-20140101-abcdef14")),
        pytest.raises(InputError, match="is being written: wait"),
    ):
        forget(config, choice, WHY, tell)
    assert forgotten(config.archive) == {}


def test_a_damaged_file_is_not_rewritten(config: Config, tell: Tell) -> None:
    kept = archive(config)
    line = captures(kept)[URL.format(5)]
    file = kept.folder / line["warc_file"]
    whole = bytearray(file.read_bytes())
    whole[line["warc_offset"] + 60] ^= 4
    file.write_bytes(whole)
    with pytest.raises(ArchiveError, match="is damaged"):
        forget(config, Choice(addresses=[URL.format(3)]), WHY, tell)
    assert file.read_bytes() == whole
    assert forgotten(config.archive) == {}


def test_a_reason_is_asked_for(config: Config) -> None:
    archive(config)
    told = CliRunner().invoke(cli, ["forget", "--data", str(config.data), "--source", "bmj", "--yes"])
    assert "--reason is missing" in str(told.exception)


@pytest.mark.parametrize("error", [Killed(), FULL], ids=["killed", "full"])
def test_forgetting_that_was_cut_short_at_any_moment_is_finished_by_the_next_run(
    config: Config, tmp_path: Path, tell: Tell, error: BaseException
) -> None:
    archive(config)
    config.working.mkdir(parents=True)
    store.working_file(config).write_bytes(b"no database")
    (config.working / "words").mkdir()
    (config.working / "words" / "1.npz").write_text(SENTENCE, encoding="utf-8")
    choice = Choice(addresses=[URL.format(3)])
    right = replace(config, data=shutil.copytree(config.data, tmp_path / "right"))
    forget(right, choice, WHY, tell)

    def held(one: Config) -> dict[str, bytes]:
        apart = ("forgotten.jsonl", ".sha256")  # the next verify seals a file that has no seal
        files = (path for path in one.archive.iterdir() if not path.name.endswith(apart))
        return {path.name: path.read_bytes() for path in files}

    for number in range(100):
        cut = replace(config, data=shutil.copytree(config.data, tmp_path / f"cut-{number}"))
        try:
            with dying(number, error):
                forget(cut, choice, WHY, tell)
            break
        except (ArchiveError, StoreError, InputError, OSError, Killed):
            pass
        archived = Archive(cut.archive, cut.source_of)
        archived.sync()  # a build may come between
        assert archived.lost() == {}
        if not forgotten(cut.archive):  # it had not begun
            forget(cut, choice, WHY, tell)
        elif unfinished(cut.archive):
            forget(cut, Choice(), "", tell)
        assert {name: body for name, body in held(cut).items() if "set-aside" not in name} == held(right)
        assert found_in(cut.data) == set()
        assert integrity.verify(cut, tell).flaws == []
    assert number > 10


def test_a_capture_that_came_back_from_a_copy_is_not_read_and_goes_again(config: Config, tell: Tell) -> None:
    kept = archive(config)
    copy = {path: path.read_bytes() for path in kept.folder.iterdir()}
    forget(config, Choice(addresses=[URL.format(3)]), WHY, tell)
    for path, body in copy.items():
        path.write_bytes(body)
    building = Tell(quiet=True)
    list(flow.build(config, building, ["index", "read"]))
    assert [told for told in building.warnings if "1 capture left out that had been forgotten" in told]
    with store.open_working(config) as connection:
        assert store.value(connection, "SELECT count(*) FROM document WHERE url = ?", [URL.format(3)]) == 0
    forget(config, Choice(), "", tell)
    assert found_in(config.data) == set()


def foreign(config: Config, packed: bool) -> Path:
    """A file that another program wrote: requests beside responses, no metadata, no index."""
    config.archive.mkdir(parents=True)
    file = config.archive / f"other.warc{'.gz' if packed else ''}"
    with file.open("wb") as stream:
        writer = WARCWriter(stream, gzip=packed)
        for at in range(4):
            said = f"<p>{SENTENCE if at == 2 else text(at)}</p>".encode()
            head = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
            answer = writer.create_warc_record(
                URL.format(at), "response", payload=BytesIO(said), http_headers=head
            )
            asked = StatusAndHeaders(
                f"GET /content/{at} HTTP/1.1", [("Cookie", SENTENCE)], is_http_request=True
            )
            request = writer.create_warc_record(URL.format(at), "request", http_headers=asked)
            writer.write_request_response_pair(request, answer)
    return file


@pytest.mark.parametrize("packed", [True, False])
def test_files_of_other_programs_are_rewritten_with_what_is_about_a_record(
    config: Config, tell: Tell, packed: bool
) -> None:
    file = foreign(config, packed)
    Archive(config.archive, config.source_of).sync()
    before = file.stat().st_size
    forget(config, Choice(addresses=[URL.format(2)]), WHY, tell)
    with file.open("rb") as stream:
        urls = [one.rec_headers.get_header("WARC-Target-URI") for one in ArchiveIterator(stream)]
    assert urls == [URL.format(at) for at in (0, 0, 1, 1, 3, 3)]
    assert file.stat().st_size < before
    assert integrity.verify(config, tell).flaws == []


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gone=st.sets(st.integers(0, 7), min_size=1), secret=st.integers(0, 7))
def test_whichever_go_the_others_read_as_before(
    config: Config, tmp_path_factory: pytest.TempPathFactory, gone: set[int], secret: int
) -> None:
    own = replace(config, data=tmp_path_factory.mktemp("own"))
    kept = archive(own, secret)
    before = {url: kept.read(CaptureRef.of(line)) for url, line in captures(kept).items()}
    forget(own, Choice(addresses=[URL.format(at) for at in gone]), WHY, Tell(quiet=True))
    assert kept.sync() == []
    after = {url: kept.read(CaptureRef.of(line)) for url, line in captures(kept).items()}
    assert after == {url: one for url, one in before.items() if int(url[-1]) not in gone}
    assert (secret in gone) == (found_in(own.data) == set())


def test_rows_of_tables_that_were_kept_as_they_came_lose_a_text_and_no_other_row(
    published: Config, tmp_path: Path, tell: Tell
) -> None:
    """A table of another program's codings may have had the passages in it."""
    table = tmp_path / "codings.csv"
    theme = "integration"
    said = [
        f'"{SENTENCE} And more.",{theme},perhaps',
        f'"A hospital in another county bought ten new beds",{theme},perhaps',
        f'"{text(2)}",{theme},1',
    ]
    table.write_text("\n".join(["text,theme,score", *said, ""]), encoding="utf-8")
    codings.take_in(published, "machine", table)
    (file,) = published.archive.glob("codings/machine/*.jsonl")
    assert f"archive/codings/machine/{file.name}" in found_in(published.data)
    backup(published, tmp_path / "backup", tell)
    forget(published, Choice(addresses=[URL.format(3)]), WHY, tell)
    lines = [durable.loads(line) for line in file.read_bytes().splitlines(keepends=True)]
    assert [bool(line["cells"]) for line in lines if line["type"] == "bad"] == [False, True]
    assert [line["score"] for line in lines if line["type"] == "coding"] == [1]
    assert f"archive/codings/machine/{file.name}" not in found_in(published.data)
    assert backup(published, tmp_path / "backup", tell).problems == []
    assert found_in(tmp_path / "backup") == set()
    assert integrity.verify(published, tell).flaws == []
