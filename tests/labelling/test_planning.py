"""How many codes a change needs, told before anybody codes, and what fifty more win: by planted truths."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from pipeline.cli import cli
from pipeline.config import Config
from pipeline.errors import InputError
from pipeline.labelling.accuracy import Judged, accuracy
from pipeline.labelling.imagining import Imagination, Passages, Rates, World, by_document
from pipeline.labelling.imagining import shrunk as levels_of
from pipeline.labelling.judgement import Validation
from pipeline.labelling.outlook import Published, as_lines, outlook, shrunk
from pipeline.labelling.planning import planned, power
from pipeline.trends import mix
from pipeline.trends.corrected import Conditions, correct, frame, refusal
from pipeline.trends.corrected_points import difference
from pipeline.trends.prevalence import Cell, Documents, cells, measure
from pipeline.trends.resampling import Bootstrap
from tests.support import shared

TERMS = Conditions(50, 10, permutations=19)
BOOTSTRAP = Bootstrap(200, 1, 0.95)
RATES = Rates(0.75, 0.75, "planted")
THEME = 0.15


def corpus(seed: int, rise: float = 0.0, a_year: int = 240) -> tuple[Documents, Passages, np.ndarray]:
    """Six years of three sources, five passages a document that hang together; a machine with RATES.

    The last two years lie `rise` above the first two. Returns the truth of the passages, too.
    """
    rng = np.random.default_rng(seed)
    year = np.repeat(np.arange(6), a_year)
    level = THEME + rise * np.array([0, 0, 0.5, 0.5, 1, 1])[year]
    number = 1 + rng.poisson(4, len(year))
    document = np.repeat(np.arange(len(year)), number)
    carries = rng.random(len(document)) < rng.beta(2 * level, 2 * (1 - level))[document]
    false = THEME * RATES.recall * (1 - RATES.precision) / RATES.precision / (1 - THEME)
    coded = rng.random(len(document)) < np.where(carries, RATES.recall, false)
    near = ~coded & (rng.random(len(document)) < 0.1)
    share = np.bincount(document, coded) / number
    data = Documents(
        ["abc"[at % 3] for at in range(len(year))], [date(2011 + int(y), 6, 1) for y in year],
        ["day"] * len(year), number.astype(float), share[:, None],
    )  # fmt: skip
    return data, Passages(document, coded, near), carries


def ends(data: Documents) -> tuple[Cell, Cell]:
    """The first two years, and the last two."""
    found = list(cells(data, "year"))

    def joined(pair: list[Cell]) -> Cell:
        members = np.concatenate([cell.members for cell in pair])
        return Cell(
            "year", pair[0].start, None, members, np.ones(len(members)), np.array(data.source)[members]
        )

    return joined(found[:2]), joined(found[-2:])


@pytest.mark.slow
@pytest.mark.parametrize(("measured", "rise", "change"), [("share", 0.1, 0.1), ("mention", 0.12, 0.2)])
def test_the_planned_number_of_codes_shows_the_change_about_as_often_as_planned(
    measured: str, rise: float, change: float
) -> None:
    """Power .8 is planned, by three corpora: forty others each, with the change in them, are corrected."""
    seen, crude, told = [], [], []
    for base in range(3):
        data, passages, _ = corpus(base, a_year=120)
        plan = planned(data, passages, ends(data), RATES, change, TERMS, base, measured)
        assert plan.codes is not None
        told.append(plan.crude_power)
        for repeat in range(40):
            data, passages, truth = corpus(1000 + 100 * base + repeat, rise, 120)
            values = by_document(passages.document, passages.coded, len(data.source), measured)
            data, both = replace(data, values=values[:, None]), ends(data)
            rng = np.random.default_rng([7, base, repeat])
            labels = World(data, passages, truth, measured).sample(plan.codes, rng)
            before, after = measure(data, both[0], BOOTSTRAP), measure(data, both[1], BOOTSTRAP)
            crude.append(bool(mix.change(before, after, BOOTSTRAP).total.lower[0] > 0))
            if refusal(labels, TERMS):
                seen.append(False)
                continue
            own = frame(data, labels.document)
            found = correct(labels, data.values[:, 0], own, TERMS, rng)
            seen.append(bool(difference(found, own, both, (before, after), 0, BOOTSTRAP).lower[0] > 0))
    assert 0.68 <= np.mean(seen) <= 0.9
    assert np.mean(crude) == pytest.approx(np.mean(told), abs=0.1)


def test_fewer_codes_see_less_and_a_larger_change_needs_fewer() -> None:
    data, passages, _ = corpus(3, a_year=90)
    small, large = (planned(data, passages, ends(data), RATES, change, TERMS, 1) for change in (0.14, 0.3))
    assert small.codes is None or (large.codes is not None and large.codes < small.codes)
    assert small.steps[-1].error < small.steps[1].error
    assert small.crude_smallest > 1.9 * small.crude_error
    assert power(0.0, 0.1) == pytest.approx(0.05, abs=1e-4)


def test_what_no_number_of_codes_can_show_is_said() -> None:
    data, passages, _ = corpus(3, a_year=12)
    plan = planned(data, passages, ends(data), RATES, 0.02, TERMS, 1)
    assert plan.codes is None
    assert plan.smallest > 0.02
    assert plan.crude_power < 0.2


@pytest.mark.parametrize("measured", ["share", "mention"])
@pytest.mark.parametrize("change", [0.08, -0.05])
def test_the_imagined_truth_has_the_planned_change_and_the_machine_s_errors(
    measured: str, change: float
) -> None:
    """On the mean of many worlds, since a truth that is drawn differs by chance."""
    data, passages, _ = corpus(4)
    imagination = Imagination(data, passages, ends(data), RATES, change, measured)
    worlds = [imagination.world(np.random.default_rng(seed)) for seed in range(30)]
    people = np.mean([world.expected[0] for world in worlds])
    assert people == pytest.approx(change, abs=0.02)  # the corpus's own documents are what they are
    for world in worlds[:3]:
        coded, truth = world.passages.coded, world.truth
        assert (coded & truth).sum() / truth.sum() == pytest.approx(RATES.recall, abs=0.05)
        assert (coded & truth).sum() / coded.sum() == pytest.approx(RATES.precision, abs=0.08)


def test_passages_of_an_imagined_document_hang_together_as_those_of_the_corpus() -> None:
    """Planted: a correlation of 1/3 between passages, of which the machine's errors show half."""
    data, passages, carries = corpus(5)
    world = Imagination(data, passages, ends(data), RATES, 0.001).world(np.random.default_rng(1))
    planted, drawn = (
        by_document(passages.document, truth, len(data.source), "share").std()
        for truth in (carries, world.truth)
    )
    assert drawn == pytest.approx(planted, rel=0.07)


def test_levels_that_differ_by_chance_are_one_and_others_stay_apart() -> None:
    rng = np.random.default_rng(2)
    group, around = np.repeat(np.arange(8), 200), np.zeros(1600, dtype=np.intp)
    noise = rng.random(1600)
    assert np.ptp(levels_of(noise, group, around)) < np.ptp([noise[group == at].mean() for at in range(8)])
    apart = levels_of(noise + group, group, around)
    assert [round(float(value)) for value in apart[::200] - 0.5] == list(range(8))


def test_of_mention_whole_documents_are_sampled_each_with_its_chance() -> None:
    data, passages, carries = corpus(6, a_year=60)
    world = World(data, passages, carries, "mention")
    labels = world.sample(len(data.source), np.random.default_rng(1))
    assert sorted(labels.document) == list(range(len(data.source)))
    assert labels.human[np.argsort(labels.document)].tolist() == world.people().tolist()
    some = world.sample(90, np.random.default_rng(1))
    assert len(set(some.document.tolist())) == 90
    assert some.weight.sum() == pytest.approx(len(data.source))


@pytest.fixture
def config(opened: Config, tmp_path: Path) -> Config:
    """A published corpus to plan for."""
    return shared.copy(opened, tmp_path / "data")


def test_the_command_says_what_there_is_how_the_machine_errs_and_what_it_takes(config: Config) -> None:
    asked = ["label", "plan", "fragmentation", "--data", str(config.data), "--from", "2012..2013"]
    done = CliRunner().invoke(cli, [*asked, "--to", "2014..2015", "--change", "5"])
    assert done.exit_code == 0, done.output
    assert "a change of 5 points to be seen 80% of the time, two-sided at 0.05" in done.output
    assert "precision 70%, recall 70%, assumed: nobody has measured them" in done.output
    assert "crude     sees it" in done.output
    assert "corrected can't see it by any number of codes tried" in done.output
    whole = [*asked, "--to", "2014..2015", "--change", "90", "--measure", "mention"]
    done = CliRunner().invoke(cli, whole)
    assert done.exit_code == 0, done.output
    assert "mention, all sources" in done.output
    assert " documents " in done.output.split("crude")[1]
    done = CliRunner().invoke(cli, [*whole[:-1], "shares"])
    assert isinstance(done.exception, InputError)
    assert "--measure shares: there are share and mention" in str(done.exception)
    for bad in ("0", "100", "-3"):
        done = CliRunner().invoke(cli, [*asked, "--to", "2014..2015", f"--change={bad}"])
        assert isinstance(done.exception, InputError)
        assert f"--change {bad}: a change in points" in str(done.exception)


def judged(number: int, seed: int) -> Judged:
    """A random sample of passages, two a document, of which a machine is right in most."""
    rng = np.random.default_rng(seed)
    people = (rng.random(number) < 0.4).astype(float)
    machine = np.where(rng.random(number) < 0.2, 1 - people, people)
    same = ["all"] * number
    return Judged(machine, people, np.full(number, 0.1), [str(at // 2) for at in range(number)], same, same)


def test_fifty_more_codes_narrow_the_intervals_as_told() -> None:
    def widths(number: int) -> dict[str, float]:
        found = [accuracy(judged(number, seed), Bootstrap(300, 1, 0.95), seed) for seed in range(40)]
        return {m: float(np.mean([of[m][0].upper - of[m][0].lower for of in found])) for m in found[0]}

    now, then = widths(100), widths(150)
    for measured in ("precision", "recall", "f1"):
        assert now[measured] * shrunk(100, 50) == pytest.approx(then[measured], rel=0.12)


def row(measured: str, value: float | None, machine: int = 4) -> Validation:
    lower, upper = (None, None) if value is None else (value - 0.1, value + 0.1)
    return Validation(
        "s", "x", None, measured, value, lower, upper, value, 100, 90, machine, 8.0, 3.0, 0, 0, None
    )


def test_where_there_is_no_figure_yet_it_is_told_how_many_codes_it_takes() -> None:
    found = list(outlook([row("precision", None), row("recall", 0.7), row("f1", None, machine=0)], {}, 10))
    assert [(one.measure, one.needed) for one in found] == [
        ("precision", 150),
        ("recall", None),
        ("f1", None),
    ]
    assert found[1].expected == pytest.approx(0.2 * (100 / 150) ** 0.5)
    (head, told) = as_lines(found)
    assert "another 50 codes" in head
    assert " ".join(told.split()) == (
        "x precision: about 150 codes until there is one; recall 20 to 16; f1: none of either was found yet"
    )


def test_of_a_corrected_year_only_the_labels_part_shrinks() -> None:
    """The documents leave 3 of the 5 points open, squared: more codes can't win these."""
    published = {"x": Published(crude=0.03, corrected=0.05, labels=50, slope=1.0)}
    (*_, year) = outlook([row("precision", 0.7)], published, 10)
    assert (year.measure, year.width) == ("corrected", 0.05)
    assert year.expected == pytest.approx((0.03**2 + 0.04**2 / 2) ** 0.5)
