"""`label draw --for training`: what the coder is least sure of, spread; kept from all that estimates."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from pipeline import store
from pipeline.cli import cli
from pipeline.config import Config
from pipeline.errors import InputError
from pipeline.labelling import choosing, samples
from pipeline.labelling.choosing import spread
from pipeline.labelling.frame import Wish, new_sample
from pipeline.labelling.samples import Sample
from pipeline.progress import Tell
from pipeline.stages.embed import vectors_for
from tests.conftest import build_all
from tests.support import shared


@pytest.fixture
def config(opened: Config, tmp_path: Path) -> Config:
    """A published corpus of nineteen documents, a passage each."""
    return shared.copy(opened, tmp_path / "data")


def chosen(
    config: Config, size: int, name: str = "taught", themes: tuple[str, ...] = ("fragmentation",)
) -> Sample:
    wish = Wish(size=size, themes=themes, name=name)
    found = choosing.choose(config, wish, lambda texts: vectors_for(config, texts, Tell(quiet=True)))
    samples.keep(config.archive, found)
    return found


def test_the_least_sure_are_chosen_each_from_another_part_of_what_is_said() -> None:
    """Four kinds of passages, of two of which the coder is unsure: both kinds are there, and no other."""
    rng = np.random.default_rng(0)
    kind = np.arange(200) % 4
    vectors = (np.eye(16)[kind] + 0.2 * rng.normal(size=(200, 16))).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    doubt = np.where(kind < 2, 0.1, 3.0) + 0.01 * rng.random(200)
    # A third of them are near copies of one another, and least sure of all: one of these is enough.
    copies = np.flatnonzero(kind == 0)[:30]
    vectors[copies], doubt[copies] = vectors[copies[0]], 0.01
    picked = spread(vectors, [str(at) for at in range(200)], doubt, list(range(200)), 10, 1)
    assert len(set(picked)) == 10
    assert {int(kind[at]) for at in picked} == {0, 1}
    assert len(set(picked) & set(copies.tolist())) <= 2
    assert min(sum(kind[at] == which for at in picked) for which in (0, 1)) >= 3
    assert picked == spread(vectors, [str(at) for at in range(200)], doubt, list(range(200)), 10, 1)


def test_one_of_a_document_is_chosen() -> None:
    vectors = np.eye(12, dtype=np.float32)
    documents = [str(at // 3) for at in range(12)]
    picked = spread(vectors, documents, np.arange(12.0), list(range(12)), 4, 0)
    assert sorted(documents[at] for at in picked) == ["0", "1", "2", "3"]


def test_what_was_chosen_for_training_never_estimates(config: Config) -> None:
    taught = chosen(config, 6)
    assert {one.part for one in taught.passages} == {"train"}
    own = {one.document_id for one in taught.passages}
    with store.open_published(store.published_file(config)) as connection:
        whole = store.value(connection, "SELECT count(*) FROM passage")
    for unit in ("passage", "document"):
        later = new_sample(config, Wish(size=12, themes=("fragmentation",), name=unit, unit=unit))
        assert not own & {one.document_id for one in later.passages}
        assert later.frame["kept_for_training"] == len(own)
        assert later.frame["passages"] + later.frame["kept_for_training"] == whole
    with pytest.raises(InputError, match="there are 13 passages that count in trends"):
        new_sample(config, Wish(size=14, themes=("fragmentation",), name="more"))


def test_what_estimates_is_never_chosen_for_training(config: Config) -> None:
    judged = new_sample(config, Wish(size=10, themes=("fragmentation",), name="judged", evaluate=1.0))
    samples.keep(config.archive, judged)
    taught = chosen(config, 9)
    assert not {one.document_id for one in judged.passages} & {one.document_id for one in taught.passages}
    with pytest.raises(InputError, match="there are 0 documents to choose passages from"):
        chosen(config, 1, "again")


def test_the_tables_say_what_was_drawn_by_lot_and_what_was_chosen(config: Config) -> None:
    chosen(config, 4)
    samples.keep(config.archive, new_sample(config, Wish(size=8, themes=("fragmentation",), name="drawn")))
    build_all(config)
    with store.open_published(store.published_file(config)) as connection:
        rows = connection.execute(
            "SELECT sample_id, purpose, count(*), count(probability), count(part_probability) "
            "FROM code_sample GROUP BY ALL ORDER BY ALL"
        ).fetchall()
    assert rows == [("drawn", "estimate", 8, 8, 8), ("taught", "training", 4, 0, 0)]


def test_a_sample_of_suggestions_from_before_is_known_as_training(config: Config) -> None:
    taught = chosen(config, 3)
    path = samples.sample_file(config.archive, taught.sample_id)
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for row in rows:
        row.pop("purpose", None), row.pop("sum", None)  # neither was there then
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert samples.load(config.archive, taught.sample_id).purpose == samples.TRAINING


def test_the_command_chooses_and_warns_where_little_is_left_to_estimate_by(config: Config) -> None:
    asked = ["label", "draw", "--data", str(config.data), "--themes", "fragmentation"]
    done = CliRunner().invoke(cli, [*asked, "--for", "training", "--size", "5", "--name", "taught"])
    assert done.exit_code == 0, done.output
    assert "taught: 5 passages of 19, in 1 stratum; 5 to train on, 0 to evaluate" in done.output
    done = CliRunner().invoke(cli, [*asked, "--size", "8", "--name", "judged"])
    assert "5 passages of documents that are learnt from can't be drawn" in done.output
    done = CliRunner().invoke(cli, [*asked, "--for", "training", "--unit", "document"])
    assert isinstance(done.exception, InputError)
