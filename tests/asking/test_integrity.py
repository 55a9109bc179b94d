"""`themeshift verify`: whatever was written is as it was written, or it says what is not and what to do."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipeline import durable, store
from pipeline.archive import Archive, index_of
from pipeline.asking import integrity
from pipeline.asking.parts import caches, parts
from pipeline.cli import cli
from pipeline.config import Config
from pipeline.errors import InputError, StoreError
from pipeline.progress import Tell
from pipeline.records import CaptureRef
from pipeline.stages import embed
from tests.conftest import ROOT, build_all
from tests.support import shared
from tests.tools import bitrot


def verify(config: Config, quick: bool = False, repair: bool = False) -> integrity.Found:
    durable._digest_once.cache_clear()  # as a process does that has just begun
    return integrity.verify(config, Tell(quiet=True), quick, repair)


def command(config: Config, *options: str) -> Result:
    durable._digest_once.cache_clear()
    return CliRunner().invoke(cli, ["verify", "--data", str(config.data), *options])


def damage(file: Path, at: float = 0.5) -> None:
    """One byte is another."""
    body = bytearray(file.read_bytes())
    body[int(len(body) * at)] ^= 1
    file.chmod(0o644)
    file.write_bytes(body)


def names(found: integrity.Found) -> list[str]:
    return [Path(flaw.file).name for flaw in found.flaws]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """A small corpus with all that a data folder may hold."""
    return shared.share(bitrot.make(tmp_path_factory.mktemp("made")))


@pytest.fixture
def config(made: Config, tmp_path: Path) -> Config:
    """A copy of it, to damage."""
    return shared.copy(made, tmp_path / "data")


def test_what_is_whole_is_called_whole(config: Config) -> None:
    found = verify(config)
    assert (found.flaws, found.notes, found.left) == ([], [], 0)
    done = command(config)
    assert (done.exit_code, done.output.splitlines()[-1].partition(":")[0]) == (0, "whole")
    assert command(config, "--quiet").output == ""


@pytest.mark.parametrize("kind", bitrot.KINDS)
def test_a_flipped_bit_is_found_in_every_kind_of_file(made: Config, tmp_path: Path, kind: str) -> None:
    config = shared.copy(made, tmp_path / "data")
    for number, file in enumerate(bitrot.files(config)[kind]):
        with bitrot.flipped(file, bitrot.random.Random(number)) as place:
            assert bitrot.look(config, file), f"{file}, byte {place}"


@pytest.mark.parametrize("kind", ["caches", "models", "codes"])
def test_figures_never_change_without_a_word(config: Config, kind: str) -> None:
    right = bitrot.figures(config)
    for file in bitrot.files(config)[kind]:
        damage(file)
    assert bitrot.silently_wrong(config, kind, right) in ("right", "told")


def test_the_command_says_what_and_where_and_what_to_do(config: Config) -> None:
    (codes,) = (config.archive / "labels").glob("*/coder-ana.jsonl")
    damage(codes, at=0.0)
    done = command(config)
    assert done.exit_code == 1
    assert "archive/labels/pilot/coder-ana.jsonl: 1 line (1) is not as written" in done.output
    assert "restore coder-ana.jsonl from a copy" in done.output
    told = json.loads(command(config, "--json").output)
    assert (told["whole"], [flaw["file"] for flaw in told["flaws"]]) == (
        False,
        ["archive/labels/pilot/coder-ana.jsonl"],
    )


def test_a_folder_that_holds_nothing_is_bad_input(tmp_path: Path, config: Config) -> None:
    with pytest.raises(InputError, match="--data"):
        integrity.verify(shared.replace(config, data=tmp_path / "none"), Tell(quiet=True))


def test_quick_runs_see_everything_in_turn(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(integrity, "LEAST", 0)
    every = sorted(part.name for part in parts(config))
    seen: list[str] = []
    look = integrity._look
    monkeypatch.setattr(integrity, "_look", lambda part: [seen.append(part.name), look(part)][1])
    for _ in range(integrity.PARTS):
        before = len(seen)
        assert verify(config, quick=True).left == len(every) - (len(seen) - before)
    assert set(seen) == set(every)


Hit = Callable[[Config], Path]
MENDED: dict[str, Hit] = {
    "index": lambda config: index_of(Archive(config.archive).files()[0]),
    "seal": lambda config: durable.seal_of(Archive(config.archive).files()[0]),
    "cache": lambda config: caches(config)[0],
    "working": store.working_file,
    "published": store.published_file,
    "manifest": lambda config: config.published / "themeshift.manifest.json",
}


@pytest.mark.parametrize("what", MENDED)
def test_what_follows_from_something_else_is_made_again(config: Config, what: str) -> None:
    before = bitrot.figures(config)
    damage(MENDED[what](config))
    assert verify(config).flaws
    found = verify(config, repair=True)
    assert (found.flaws, len(found.mended)) == ([], 1)
    build_all(config)
    assert bitrot.figures(config) == before
    assert verify(config).flaws == []


def test_repair_never_touches_evidence(config: Config) -> None:
    evidence = [Archive(config.archive).files()[0], *bitrot.files(config)["codes"]]
    for file in evidence:
        damage(file)
    before = [file.read_bytes() for file in evidence]
    found = verify(config, repair=True)
    assert set(names(found)) == {file.name for file in evidence}
    assert [file.read_bytes() for file in evidence] == before


def test_a_damaged_capture_is_a_row_that_says_so_until_it_is_restored(config: Config) -> None:
    (file,) = Archive(config.archive).files()
    line = next(line for line in Archive(config.archive).lines() if line["type"] == "capture")
    whole, ref = file.read_bytes(), CaptureRef.of(line)
    body = bytearray(whole)
    body[ref.warc_offset + ref.warc_length // 2] ^= 1
    file.write_bytes(body)
    store.working_file(config).unlink()
    tell = Tell(quiet=True)
    with store.open_working(config):
        pass
    for outcome, content in (("damaged", bytes(body)), ("document", whole)):
        file.write_bytes(content)
        bitrot._build(config, tell)
        with store.open_published(store.published_file(config)) as connection:
            asked = "SELECT outcome FROM capture WHERE capture_id = ?"
            assert store.value(connection, asked, [ref.capture_id]) == outcome
    assert sum("1 capture" in warning and "damaged" in warning for warning in tell.warnings) == 1


def test_a_damaged_cache_is_set_aside_by_the_next_build_and_used_by_no_stage(config: Config) -> None:
    (part,) = embed.parts_of(config)
    damage(part)
    with store.open_working(config) as connection:
        with pytest.raises(StoreError, match="is damaged"):
            embed.attach(connection, config)
        tell = Tell(quiet=True)
        assert embed.run(connection, config, tell) > 0
    assert [name in tell.warnings[0] for name in (part.name, "set-aside-1")] == [True, True]


def test_a_killed_run_leaves_no_false_alarm(config: Config) -> None:
    file = store.working_file(config)
    with store.open_working(config) as connection:
        connection.execute("CREATE TABLE more AS SELECT 1 AS n")
        seal = durable.seal_of(file).read_bytes()
    durable.seal_of(file).write_bytes(seal)  # as it was when the run was killed
    durable.open_note(file).touch()
    assert verify(config).flaws == []


def test_a_working_database_in_use_is_passed_over_and_said(config: Config) -> None:
    with store.open_working(config) as connection:
        connection.execute("SELECT 1")
        told = [sys.executable, "-m", "pipeline", "verify", "--data", str(config.data)]
        done = subprocess.run(told, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, "in use by another run" in done.stdout) == (0, True)


def test_captures_that_were_published_and_are_gone_are_named(config: Config) -> None:
    (file,) = Archive(config.archive).files()
    for one in (file, index_of(file), durable.seal_of(file)):
        one.unlink()
    (flaw,) = verify(config).flaws
    assert "16 captures" in flaw.what
    assert file.name in flaw.todo
