"""`label report` notices coders and samples that hardly share a year: what they do may pass for a change."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import store
from pipeline.config import Config
from pipeline.labelling import codes, reporting, samples
from pipeline.labelling.frame import Wish, new_sample
from pipeline.labelling.samples import Sample
from pipeline.labelling.task import codes_of, task
from tests.conftest import build_all
from tests.support import shared

EARLY, LATE = (2012, 2013), (2014, 2015)


@pytest.fixture
def config(opened: Config, tmp_path: Path) -> Config:
    """A published corpus of nineteen passages of four years, to code."""
    return shared.copy(opened, tmp_path / "data")


def years(config: Config) -> dict[str, int]:
    with store.open_published(store.published_file(config)) as connection:
        query = "SELECT passage_id, year(published) FROM passage JOIN document USING (document_id)"
        return dict(connection.execute(query).fetchall())


def code(config: Config, name: str, coder: str, of: Collection[int]) -> None:
    """Have a coder answer for the passages of some years."""
    todo, year = task(config, name, coder), years(config)
    for item in todo.items:
        if year[item.passage_id] in of:
            said = codes_of(todo, item, {"fragmentation": len(item.text) % 2 > 0}, "", "page")
            codes.append(config.archive, name, said)


def drawn(config: Config, name: str) -> Sample:
    found = new_sample(config, Wish(size=19, themes=("fragmentation",), name=name, evaluate=1.0))
    samples.keep(config.archive, found)
    return found


def test_coders_of_other_years_and_without_a_passage_in_common_are_told(config: Config) -> None:
    drawn(config, "pilot")
    code(config, "pilot", "ana", EARLY)
    code(config, "pilot", "bea", LATE)
    (found,) = reporting.report(config, "pilot")
    told = reporting.as_text([found])
    assert "Mind: ana and bea coded no passage in common: whether they agree nobody can tell" in told
    assert "Mind: the coders ana and bea have 0% of their years in common" in told


def test_coders_who_both_coded_all_years_are_not(config: Config) -> None:
    drawn(config, "pilot")
    for coder in ("ana", "bea"):
        code(config, "pilot", coder, (*EARLY, *LATE))
    (found,) = reporting.report(config, "pilot")
    assert not [remark for remark in found.remarks if "in common" in remark]


def test_samples_that_lie_in_other_years_are_told_too_though_each_is_whole(config: Config) -> None:
    for name, of in (("first", EARLY), ("second", LATE)):
        drawn(config, name)
        code(config, name, "ana", of)
    (found,) = reporting.report(config, "second")
    (remark,) = [remark for remark in found.remarks if "in common" in remark]
    assert remark.startswith(
        "of all samples on fragmentation, the samples first and second have 0% of their years in common"
    )


def test_what_stands_beside_the_corrected_trend_is_in_the_report_once_it_is_published(config: Config) -> None:
    low = replace(config, trend=replace(config.trend, min_labels=10, min_positives=2))
    drawn(low, "pilot")
    code(low, "pilot", "ana", EARLY)
    code(low, "pilot", "bea", LATE)
    build_all(low)
    (found,) = reporting.report(low, "pilot")
    told = [
        remark for remark in found.remarks if remark.startswith("the corrected trend of fragmentation (share")
    ]
    assert "as it is published: the coders ana and bea have 0% of their years in common" in told[0]
