"""The movements planted in the sample documents, from the codes that are planted with them: which are found.

docs/methods.md tells the same of the coded sample web.
"""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.shifts.calendars import Calendar, calendar
from pipeline.shifts.detection import Rules, SeriesVerdict, detect
from pipeline.shifts.discovery import q_values
from pipeline.shifts.movement import Movement, movement
from pipeline.trends.mix import Mix, fixed_mix
from pipeline.trends.prevalence import Documents
from pipeline.trends.resampling import Bootstrap
from spiders.sampleweb.documents import SampleDocument, read_documents
from spiders.sampleweb.pairs import read_pairs

THEMES = (
    "accountability", "autonomy", "bureaucracy", "centralisation", "clinical-engagement",
    "conflict-of-interest", "fragmentation", "integration",
)  # fmt: skip
RULES = Rules()
BOOTSTRAP = Bootstrap(200, 1, 0.95)
# The first year at the new level, by data/sample/README.md.
CHANGES = {
    "autonomy": (2014,), "centralisation": (2018,), "clinical-engagement": (2014,),
    "conflict-of-interest": (2014, 2017), "fragmentation": (2015,), "integration": (2016,),
}  # fmt: skip
MOVED = {
    "autonomy": -1, "centralisation": 1, "clinical-engagement": -1, "conflict-of-interest": -1,
    "fragmentation": -1, "integration": 1,
}  # fmt: skip


def planted() -> list[SampleDocument]:
    """The documents, copies counted once."""
    copies = {
        name
        for group in read_pairs()
        if group.kind in ("syndicated", "excerpt", "joint")
        for name in group.documents[1:]
    }
    return [document for document in read_documents() if document.name not in copies]


@pytest.fixture(scope="module")
def by_year() -> tuple[Documents, Calendar, Mix]:
    own = planted()
    codes = np.array([[theme in one.fields["themes"] for theme in THEMES] for one in own], dtype=float)
    sources = [one.source for one in own]
    data = Documents(
        sources, [one.published for one in own], [one.precision for one in own], np.ones(len(own)), codes
    )
    mix = fixed_mix(sources, {})
    return data, calendar(data, "year", mix, 5, 0.8), mix


@pytest.fixture(scope="module")
def found(by_year: tuple[Documents, Calendar, Mix]) -> dict[str, SeriesVerdict]:
    data, of, _ = by_year
    return dict(zip(THEMES, detect(of, data.values, RULES, BOOTSTRAP), strict=True))


@pytest.fixture(scope="module")
def moved(by_year: tuple[Documents, Calendar, Mix]) -> Movement:
    data, of, mix = by_year
    made = movement(of, data.values, range(len(THEMES)), mix, RULES, BOOTSTRAP)
    assert made is not None
    return made


@pytest.mark.parametrize("theme", CHANGES)
def test_a_planted_change_is_found_at_its_year(
    theme: str, found: dict[str, SeriesVerdict], by_year: tuple[Documents, Calendar, Mix]
) -> None:
    starts = by_year[1].starts
    sets = [(starts[change.earliest].year, starts[change.latest].year) for change, _ in found[theme].changes]
    for year in CHANGES[theme]:
        assert any(first <= year <= last for first, last in sets), (year, sets)


def test_late_stands_where_it_was_planted_beside_early(moved: Movement) -> None:
    q = q_values(list(moved.p_values))
    directions = {
        theme: int(np.sign(moved.found.change.value[at])) for at, theme in enumerate(THEMES) if q[at] <= 0.05
    }
    assert directions == MOVED


def test_an_even_theme_does_not_move(found: dict[str, SeriesVerdict]) -> None:
    assert found["accountability"].changes == ()


def test_two_short_humps_are_seen_by_the_smooth_test_alone(found: dict[str, SeriesVerdict]) -> None:
    # Three years up, four down, two up, three down: no single stretch stands out, and late is like early.
    assert found["bureaucracy"].changes == ()
    assert "bureaucracy" not in MOVED
    tested, even = found["bureaucracy"].smooth_q, found["accountability"].smooth_q
    assert tested is not None
    assert tested <= 0.05
    assert even is not None
    assert even > 0.05
