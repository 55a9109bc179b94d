"""What can't be made again is copied, never worse than it was, and comes back to the same publication."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from filelock import FileLock

from pipeline import config as configuration
from pipeline import durable, store
from pipeline.archive import Archive, Run, importing, index_of
from pipeline.cli import cli
from pipeline.config import Config
from pipeline.errors import BackupError, InputError
from pipeline.labelling import codes
from pipeline.labelling.codes import Code
from pipeline.operating import backup_files
from pipeline.operating.backup import backup, check
from pipeline.operating.restore import restore, restore_files
from pipeline.progress import Tell
from tests.conftest import build_all
from tests.stages.test_build import ask, tables
from tests.topics.test_identity import SUBJECTS, rows

Write = Callable[..., Path]
FILES = "files"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A config.toml of the test's own, with its reference files, and a data folder beside it."""
    root = tmp_path / "project"
    shutil.copytree(configuration.ROOT / "data" / "reference", root / "data" / "reference")
    text = (configuration.ROOT / "config.toml").read_text(encoding="utf-8")
    few = {"min_passages = 10": "min_passages = 4\nneighbours = 5\nrefits = 1",
           "resolution = 1.4": "resolution = 1.0", "resamples = 1000": "resamples = 200"}  # fmt: skip
    for old, new in few.items():
        assert old in text
        text = text.replace(old, new)
    (root / "config.toml").write_text(text, encoding="utf-8")
    return root / "config.toml"


def grown(config: Config, write_rows: Write, name: str, new: list[dict[str, Any]]) -> None:
    importing.import_paths([write_rows(new, f"{name}.jsonl")], config, Tell(quiet=True))
    build_all(config)


def put(config: Config, number: int, run: str = "run-20130401-abcdef12") -> None:
    """A run of one capture, in a file of its own."""
    with Archive(config.archive).writer(Run(run, "bmj", datetime(2013, 4, number, tzinfo=UTC))) as writer:
        writer.put(
            f"https://www.bmj.com/content/{number}", b"<html>page %d</html>" % number, source="bmj",
            media_type="text/html", http_status="200 OK",
        )  # fmt: skip


def held(folder: Path) -> dict[str, bytes]:
    """Every file of a backup's last state."""
    root = folder / FILES
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def archived(config: Config) -> Config:
    """Two runs of one capture each, and a coder's code."""
    put(config, 1)
    put(config, 2)
    return config


# Restoring


def test_what_is_restored_publishes_the_same_tables_with_the_same_topics(
    own: Path, tmp_path: Path, write_rows: Write, tell: Tell
) -> None:
    """Two fits, and passages that joined since: all of it follows from what the backup holds."""
    config = configuration.load(own.parent / "data", own)
    grown(config, write_rows, "first", [row for name in SUBJECTS for row in rows(name, range(12))])
    grown(config, write_rows, "much", rows("flu", range(20, 32)))
    grown(config, write_rows, "little", rows("teeth", range(20, 23)))
    assert ask(config, "SELECT count(*) FROM topic_fit") == [(2,)]
    assert ask(config, "SELECT count(*) FROM passage_topic WHERE method = 'neighbours'") == [(3,)]
    before = tables(store.published_file(config))
    assert backup(config, tmp_path / "backup", tell).problems == []
    shutil.rmtree(own.parent)

    elsewhere = configuration.load(tmp_path / "new" / "data")
    done = restore(elsewhere, tmp_path / "backup", tell)
    restored = configuration.load(tmp_path / "new" / "data")
    assert restored.file == done.config != elsewhere.file
    build_all(restored)
    after = tables(store.published_file(restored))
    assert before.keys() == after.keys()
    assert [name for name in before if before[name] != after[name]] == []


def test_settings_that_lie_where_they_did_are_not_brought_back(own: Path, tmp_path: Path, tell: Tell) -> None:
    config = configuration.load(own.parent / "data", own)
    put(config, 1)
    backup(config, tmp_path / "backup", tell)
    shutil.rmtree(config.archive)
    done = restore(config, tmp_path / "backup", tell)
    assert done.config == own
    assert not (config.data / "settings").exists()
    assert Archive(config.archive).sync() == []


def test_nothing_is_overwritten_by_restoring_and_the_same_is_left_alone(
    archived: Config, tmp_path: Path, tell: Tell
) -> None:
    backup(archived, tmp_path / "backup", tell)
    again = restore(archived, tmp_path / "backup", tell)
    assert (again.files, again.there > 0) == (0, True)
    put(archived, 3)
    with pytest.raises(InputError, match=r"is not empty.*not what the backup holds"):
        restore(archived, tmp_path / "backup", tell)


def test_a_damaged_file_is_brought_back_alone_and_set_aside(
    archived: Config, tmp_path: Path, tell: Tell
) -> None:
    backup(archived, tmp_path / "backup", tell)
    file = Archive(archived.archive).files()[0]
    whole = file.read_bytes()
    file.write_bytes(whole[:200])
    done = restore_files(archived, tmp_path / "backup", [file.name], tell)
    assert file.read_bytes() == whole
    assert done.notes == [f"archive/{file.name}: what was there is {file.name}.set-aside-1 now"]
    with pytest.raises(InputError, match="has no file"):
        restore_files(archived, tmp_path / "backup", ["other.warc.gz"], tell)


def test_a_backup_that_was_spoilt_is_not_restored(archived: Config, tmp_path: Path, tell: Tell) -> None:
    backup(archived, tmp_path / "backup", tell)
    name = Archive(archived.archive).files()[0].name
    file = tmp_path / "backup" / FILES / "archive" / name
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    with pytest.raises(BackupError, match=f"{name} is damaged"):
        restore(replace(archived, data=tmp_path / "new"), tmp_path / "backup", tell)
    assert not list((tmp_path / "new").rglob("*.draft"))
    (found,) = check(tmp_path / "backup", tell).problems
    assert (found.name, found.what) == (f"archive/{name}", "it is not as it was when it was taken")


def test_a_backup_on_a_disk_that_is_read_only_is_checked_and_restored(
    archived: Config, tmp_path: Path, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup(archived, tmp_path / "backup", tell)

    def refused(*given: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(FileLock, "acquire", refused)
    assert check(tmp_path / "backup", tell).problems == []
    assert restore(replace(archived, data=tmp_path / "new"), tmp_path / "backup", tell).files > 0


def test_a_manifest_that_was_damaged_is_told(archived: Config, tmp_path: Path, tell: Tell) -> None:
    backup(archived, tmp_path / "backup", tell)
    manifest = tmp_path / "backup" / "manifest.jsonl"
    lines = manifest.read_bytes().splitlines(keepends=True)
    for spoilt in (lines[:-1], [*lines[:1], lines[1].replace(b"a", b"b"), *lines[2:]]):
        manifest.write_bytes(b"".join(spoilt))
        with pytest.raises(BackupError, match="is damaged"):
            backup(archived, tmp_path / "backup", tell)


# What is taken


def test_what_has_not_changed_is_not_read_again(archived: Config, tmp_path: Path, tell: Tell) -> None:
    first = backup(archived, tmp_path / "backup", tell)
    assert first.copied == first.files
    put(archived, 3)
    second = backup(archived, tmp_path / "backup", tell)
    assert second.copied == 3  # the new WARC file, its index and its seal
    assert second.unchanged == first.files
    assert check(tmp_path / "backup", tell).problems == []


def test_other_programs_check_a_backup(archived: Config, tmp_path: Path, tell: Tell) -> None:
    backup(archived, tmp_path / "backup", tell)
    command = ["sha256sum", "--check", "--quiet", "SHA256SUMS"]
    assert subprocess.run(command, cwd=tmp_path / "backup", check=False).returncode == 0


def test_a_file_that_is_being_written_is_taken_up_to_what_is_acknowledged(
    config: Config, run: Run, tmp_path: Path, tell: Tell
) -> None:
    with Archive(config.archive).writer(run) as writer:
        for number in (1, 2):
            about = {"source": "bmj", "media_type": "text/html"}
            writer.put(f"https://www.bmj.com/content/{number}", b"<p>page</p>" * number, **about)
            if number == 1:
                writer.commit()
        writer._stream.flush()  # the second lies in the file, and nobody was promised that it would stay
        assert backup(config, tmp_path / "backup", tell).problems == []
        restore(replace(config, data=tmp_path / "new"), tmp_path / "backup", tell)
    there = Archive(tmp_path / "new" / "archive")
    assert there.sync() == []
    assert [line["url"][-1] for line in there.lines() if line["type"] == "capture"] == ["1"]
    done = backup(config, tmp_path / "backup", tell)
    assert done.problems == []
    assert not (tmp_path / "backup" / "older").exists()  # it had only grown
    name = Archive(config.archive).files()[0].name
    assert held(tmp_path / "backup")[f"archive/{name}"] == (config.archive / name).read_bytes()


def test_the_last_line_that_a_coder_is_writing_waits_for_the_next_time(
    archived: Config, tmp_path: Path, tell: Tell
) -> None:
    file = archived.archive / "labels" / "pilot" / "coder-ana.jsonl"
    said = Code("p1", "h1", "integration", True, "ana", "v1", "2026-01-01T00:00:00+00:00")
    codes.append(archived.archive, "pilot", [said]) if file.parent.mkdir(parents=True) is None else None
    whole = file.read_bytes()
    file.write_bytes(whole + whole[:30])
    assert backup(archived, tmp_path / "backup", tell).problems == []
    assert held(tmp_path / "backup")["archive/labels/pilot/coder-ana.jsonl"] == whole
    codes.append(archived.archive, "pilot", [said])
    assert backup(archived, tmp_path / "backup", tell).problems == []
    assert held(tmp_path / "backup")["archive/labels/pilot/coder-ana.jsonl"] == file.read_bytes() != whole


def test_topics_that_are_fitted_anew_meanwhile_are_taken_with_their_history(
    archived: Config, tmp_path: Path, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, real = replace(archived, topics=replace(archived.topics, keep=1)), backup_files.copy
    history, old, new = config.models / "lineage.jsonl", "a" * 16, "f" * 16
    (config.models / old).mkdir(parents=True)
    (config.models / old / "topics.json").write_text("[]", encoding="utf-8")
    durable.append_lines(history, [{"fit_id": old}])

    def copy(source: Path, *given: Any) -> Any:
        if source.parent.name == old and not (config.models / new).exists():
            durable.append_lines(history, [{"fit_id": new, "parent": old}])
            (config.models / old).rename(config.models / new)
        return real(source, *given)

    monkeypatch.setattr(backup_files, "copy", copy)
    assert backup(config, tmp_path / "backup", tell).problems == []
    files = held(tmp_path / "backup")
    assert files["models/lineage.jsonl"] == history.read_bytes()
    assert {name.split("/")[1] for name in files if name.startswith("models/")} == {"lineage.jsonl", new}


def test_settings_may_change_and_earlier_ones_are_kept(own: Path, tmp_path: Path, tell: Tell) -> None:
    config = configuration.load(own.parent / "data", own)
    put(config, 1)
    backup(config, tmp_path / "backup", tell)
    before = own.read_bytes()
    own.write_bytes(before + b"# changed\n")
    assert backup(config, tmp_path / "backup", tell).problems == []
    assert held(tmp_path / "backup")["settings/config.toml"] == own.read_bytes()
    (older,) = (tmp_path / "backup" / "older").glob("*/settings/config.toml")
    assert older.read_bytes() == before


# What is damaged never replaces what was good


def damage(archived: Config) -> dict[str, Callable[[], object]]:
    warc, other = Archive(archived.archive).files()
    line = archived.archive / "answers.jsonl"
    return {
        f"archive/{warc.name}": lambda: warc.write_bytes(warc.read_bytes()[:-40]),
        f"archive/{other.name}": lambda: other.write_bytes(other.read_bytes().replace(b"\x00", b"\x01", 1)),
        f"archive/{index_of(warc).name}": lambda: index_of(warc).write_bytes(b"{}\n"),
        "archive/answers.jsonl": lambda: line.write_bytes(b'{"x": 2}\n{"x": 3}\n'),
        "archive/codings/machine/0001.jsonl": (archived.archive / "codings/machine/0001.jsonl").unlink,
    }


@pytest.mark.parametrize("number", range(5))
def test_a_damaged_file_is_told_and_both_are_kept(
    archived: Config, tmp_path: Path, tell: Tell, number: int
) -> None:
    (archived.archive / "answers.jsonl").write_bytes(b'{"x": 1}\n')
    (archived.archive / "codings" / "machine").mkdir(parents=True)
    (archived.archive / "codings" / "machine" / "0001.jsonl").write_bytes(b'{"x": 1}\n')
    backup(archived, tmp_path / "backup", tell)
    before = held(tmp_path / "backup")
    name, spoil = list(damage(archived).items())[number]
    spoil()
    for _ in range(2):  # each run says it, until it is mended or meant
        done = backup(archived, tmp_path / "backup", tell)
        assert [one.name for one in done.problems] == [name]
        assert held(tmp_path / "backup") == before
    there = archived.data / name
    if there.exists():
        assert (tmp_path / "backup" / "differs" / name).read_bytes() == there.read_bytes()
    backup(archived, tmp_path / "backup", tell, accept=True)
    (older,) = (tmp_path / "backup" / "older").glob(f"*/{name}")
    assert older.read_bytes() == before[name]
    assert not [path for path in (tmp_path / "backup" / "differs").rglob("*") if path.is_file()]
    assert held(tmp_path / "backup").get(name) == (there.read_bytes() if there.exists() else None)


def test_what_was_damaged_before_the_first_backup_is_taken_and_told_each_time(
    archived: Config, tmp_path: Path, tell: Tell
) -> None:
    warc = Archive(archived.archive).files()[0]
    whole = warc.read_bytes()
    warc.write_bytes(whole[:-40])
    for _ in range(2):
        (found,) = backup(archived, tmp_path / "backup", tell).problems
        assert (found.name, found.todo.split(":")[0]) == (
            f"archive/{warc.name}",
            "the backup has no better one",
        )
    assert check(tmp_path / "backup", tell).problems == []
    warc.write_bytes(whole)
    assert backup(archived, tmp_path / "backup", tell).problems == []
    assert held(tmp_path / "backup")[f"archive/{warc.name}"] == whole


def test_a_folder_that_lost_everything_changes_nothing(archived: Config, tmp_path: Path, tell: Tell) -> None:
    backup(archived, tmp_path / "backup", tell)
    before = held(tmp_path / "backup")
    shutil.rmtree(archived.archive)
    archived.archive.mkdir()
    with pytest.raises(InputError, match="nothing of that is here"):
        backup(archived, tmp_path / "backup", tell)
    assert held(tmp_path / "backup") == before


@pytest.mark.parametrize("place", ["data/inside", "data", ".", "full", "file"])
def test_a_folder_that_can_be_no_backup_is_refused(
    archived: Config, tmp_path: Path, tell: Tell, place: str
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letters.txt").touch()
    (tmp_path / "file").touch()
    with pytest.raises(InputError):
        backup(archived, tmp_path / place, tell)
    assert not (tmp_path / place / "manifest.jsonl").exists()


# Interrupted


class Killed(BaseException):
    """The process ends here."""


@contextmanager
def dying(number: int, error: BaseException) -> Iterator[None]:
    """The nth act on the disk, a write that is synced or a change of name, raises instead."""
    acts = iter(range(number))

    def act(real: Callable[..., Any]) -> Callable[..., Any]:
        def done(*given: Any, **named: Any) -> Any:
            if next(acts, None) is None:
                raise error
            return real(*given, **named)

        return done

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", act(os.fsync))
        patch.setattr(os, "link", act(os.link))
        patch.setattr(Path, "replace", act(Path.replace))
        yield


FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("error", [Killed(), FULL], ids=["killed", "full"])
def test_a_backup_that_was_cut_short_at_any_moment_is_whole_and_goes_on(
    archived: Config, tmp_path: Path, tell: Tell, error: BaseException
) -> None:
    (archived.archive / "answers.jsonl").write_bytes(b'{"x": 1}\n')
    backup(archived, tmp_path / "first", tell)
    put(archived, 3)
    with (archived.archive / "answers.jsonl").open("ab") as stream:
        stream.write(b'{"x": 2}\n')
    warc = Archive(archived.archive).files()[0]
    warc.write_bytes(warc.read_bytes()[:-9])  # told, and kept apart
    backup(archived, right := shutil.copytree(tmp_path / "first", tmp_path / "right"), tell)
    told: list[str] = []
    for number in range(100):
        folder = shutil.copytree(tmp_path / "first", tmp_path / f"cut-{number}")
        try:
            with dying(number, error):
                backup(archived, folder, tell)
            break
        except (BackupError, Killed) as ended:
            told.append(str(ended))
        assert check(folder, tell).problems == []
        assert [one.what for one in backup(archived, folder, tell).problems] == [
            "it is not as it was when it was sealed: `themeshift verify` tells more"
        ]
        assert held(folder) == held(right)
        assert not list(folder.glob(".draft-*"))
    assert number > 20
    if error is FULL:
        assert all("No space left on device" in why and "run the same command again" in why for why in told)


@pytest.mark.parametrize("error", [Killed(), FULL], ids=["killed", "full"])
def test_restoring_that_was_cut_short_goes_on(
    archived: Config, tmp_path: Path, tell: Tell, error: BaseException
) -> None:
    backup(archived, tmp_path / "backup", tell)
    right = held(tmp_path / "backup")
    for number in range(100):
        new = replace(archived, data=tmp_path / f"new-{number}")
        try:
            with dying(number, error):
                restore(new, tmp_path / "backup", tell)
            break
        except (BackupError, Killed):
            pass
        restore(new, tmp_path / "backup", tell)
        found = {f"archive/{one.name}": one.read_bytes() for one in new.archive.iterdir()}
        assert found == {name: body for name, body in right.items() if name.startswith("archive/")}
    assert number > 10


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MB; where none can be had, the test is skipped."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no small disk can be had here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_fills_ends_the_command_in_words_and_the_next_run_goes_on(
    archived: Config, tmp_path: Path, small_disk: Path
) -> None:
    filler = small_disk / "filler"
    filler.write_bytes(b"\0" * 3_500_000)  # what is left is less than the settings alone
    program = Path(sys.executable).with_name("themeshift")
    command = [program, "backup", small_disk / "backup", "--data", archived.data, "--json"]
    full = subprocess.run(command, capture_output=True, text=True, check=False)
    assert full.returncode == 2
    assert full.stderr.startswith(f"themeshift: {small_disk / 'backup'} can't be written: No space left")
    assert full.stderr.count("\n") == 1
    assert check(small_disk / "backup", Tell(quiet=True)).problems == []
    taken = set(held(small_disk / "backup"))
    filler.unlink()
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 0
    said = json.loads(again.stdout)
    assert said["whole"]
    assert said["unchanged"] == len(taken) > 0


# The commands


def command(*words: object) -> Any:
    return CliRunner().invoke(cli, [str(word) for word in words])


def test_the_commands_say_what_they_did_and_end_with_a_code(archived: Config, tmp_path: Path) -> None:
    data, folder = ("--data", archived.data), tmp_path / "backup"
    first = command("backup", folder, *data, "--json")
    assert (first.exit_code, json.loads(first.stdout)["whole"]) == (0, True)
    assert command("backup", folder, *data, "--quiet").stdout == ""
    assert "files checked" in command("backup", folder, *data, "--check").stdout
    warc = Archive(archived.archive).files()[0]
    warc.write_bytes(warc.read_bytes()[:-9])
    told = command("backup", folder, *data, "--quiet")
    assert told.exit_code == 1
    assert told.stdout.startswith(f"archive/{warc.name}: it is not as it was when it was sealed")
    (problem,) = json.loads(command("backup", folder, *data, "--json").stdout)["problems"]
    assert problem.keys() == {"name", "what", "todo"}
    note = json.loads((archived.working / "backup.json").read_bytes())
    assert (note["folder"], note["problems"]) == (str(folder), 1)
    back = command("restore", folder, *data, "--only", warc.name)
    assert back.exit_code == 0
    assert "2 were there already" in back.stdout  # its index and its seal
    assert command("backup", folder, *data).exit_code == 0
    elsewhere = command("restore", folder, "--data", tmp_path / "new", "--json")
    assert json.loads(elsewhere.stdout)["files"] > 5
