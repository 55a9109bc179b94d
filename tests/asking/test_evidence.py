"""Evidence: a point of a trend is opened, and what lies in it adds up to the point."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import unquote

import pytest

from pipeline import store
from pipeline.asking import evidence, why
from pipeline.asking.evidence import Evidence, as_text, marked, marks
from pipeline.asking.stretch import parse, period_name
from pipeline.config import Config
from pipeline.errors import InputError
from tests.cli.test_cli import themeshift
from tests.conftest import build_all


def of(config: Config, theme: str = "fragmentation", **asked: Any) -> Evidence:
    asked = {"topic": None, "period": "2013", "source": None, "limit": 0} | asked
    return evidence.find(config, theme if asked["topic"] is None else None, **asked)


def rows(config: Config, query: str) -> list[tuple[Any, ...]]:
    with store.open_published(store.published_file(config)) as connection:
        return connection.execute(query).fetchall()


# The list and the point.


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["theme", "topic"])
def test_the_documents_listed_make_the_published_mention(opened: Config, kind: str) -> None:
    key = {"theme": "theme", "topic": "topic_id"}[kind]
    points = rows(
        opened,
        f"SELECT {key}, period, period_start, source, prevalence, documents FROM {kind}_trend "
        f"WHERE measure = 'mention' AND period <> 'month' AND {key} IN ('fragmentation', 't001') "
        "AND estimate = 'crude' "
        "ORDER BY ALL",
    )
    assert {row[3] for row in points} == {None, "bmj", "nuffieldtrust"}
    for name, period, start, source, prevalence, documents in points:
        asked = {"topic": name} if kind == "topic" else {"theme": name}
        found = of(opened, **asked, period=period_name(start, period), source=source)
        weights = {item.document_id: item.weight for item in found.quotations}
        assert sum(weights.values()) / documents == pytest.approx(prevalence, abs=1e-5)
        assert (found.points[0].mention[0], found.points[0].documents) == (prevalence, documents)
        assert (found.documents, found.passages) == (len(weights), len(found.quotations))
        assert found.note == ""


def test_a_document_dated_to_a_year_counts_a_quarter_and_the_answer_says_so(opened: Config) -> None:
    found = of(opened, period="2013-Q3", source="nuffieldtrust")
    assert [(item.published_precision, item.weight) for item in found.quotations] == [("year", 0.25)]
    assert found.points[0].documents == 0.5
    assert "2013 (dated to the year only, counts a quarter), nuffieldtrust: Sample 0" in as_text(found)
    assert "1 document carries it (counting as 0.25), in 1 passage" in as_text(found)


def test_a_span_has_a_point_for_each_of_its_periods_and_counts_a_document_once(opened: Config) -> None:
    found = of(opened, period="2013-Q1..2013-Q4", source="nuffieldtrust")
    assert [point.period for point in found.points] == ["2013-Q1", "2013-Q2", "2013-Q3", "2013-Q4"]
    assert [item.weight for item in found.quotations] == [1.0]


def test_the_head_states_what_was_published(opened: Config) -> None:
    ((prevalence, lower, upper),) = rows(
        opened,
        "SELECT prevalence, lower, upper FROM theme_trend WHERE theme = 'fragmentation' AND source IS NULL "
        "AND measure = 'mention' AND period = 'year' AND period_start = DATE '2013-01-01' "
        "AND estimate = 'crude'",
    )
    said = as_text(of(opened)).splitlines()
    assert said[0] == "theme fragmentation (Fragmentation), 2013, all sources"
    assert f"mention {100 * prevalence:.1f}% ({100 * lower:.1f} to {100 * upper:.1f})" in said[1]


def test_a_thin_point_is_told_and_a_solid_one_is_not(opened: Config) -> None:
    said = as_text(of(opened, period="2013-Q1")).splitlines()
    assert said[2].strip().startswith("thin: too few documents")
    assert "thin" not in as_text(of(opened, period="2013"))


def test_other_settings_than_those_of_the_published_points_are_told(opened: Config) -> None:
    other = replace(opened, trend=replace(opened.trend, access=("abstract",)))
    assert "the published points rest on 7 documents, with today's settings 0 count" in of(other).note


# The quotations.


def test_the_strongest_come_first_and_the_limit_holds(opened: Config) -> None:
    whole = of(opened, period="2012..2015")
    scores = [item.score for item in whole.quotations]
    assert scores == sorted(scores, reverse=True)
    assert whole.passages > 2
    two = of(opened, period="2012..2015", limit=2)
    assert two.quotations == whole.quotations[:2]
    assert two.passages == whole.passages
    assert f"the strongest 2 of {whole.passages}" in as_text(two)


def test_a_quotation_leads_to_its_characters_and_to_its_bytes(opened: Config) -> None:
    texts = dict(rows(opened, "SELECT document_id, text FROM document"))
    for item in of(opened).quotations:
        assert item.text == texts[item.document_id][item.start_char : item.end_char]
        with (opened.archive / item.warc_file).open("rb") as stream:
            stream.seek(item.warc_offset)
            with gzip.open(stream) as record:
                head = record.read(2000)
        assert head.startswith(b"WARC/1")
        assert item.url.encode() in head


def test_the_phrases_that_matched_are_marked(opened: Config) -> None:
    found = of(opened)
    assert "**fragmented** system" in as_text(found)
    for item in found.quotations:
        assert item.text is not None
        assert [item.text[start:end] for start, end in item.marks] == item.phrases
    assert marked("a broken up whole", [(2, 11)]) == "a **broken up** whole"
    assert marks("emerging, then merging, Merging", ["merging", "Merging"]) == [(15, 22), (24, 31)]


def test_the_link_is_a_text_fragment_with_its_syntax_encoded(opened: Config) -> None:
    (item,) = of(opened, source="nuffieldtrust").quotations
    assert item.link is not None
    page, _, text = item.link.partition("#:~:text=")
    first, last = text.split(",")
    assert page == item.url
    assert not set("-&") & set(text)
    assert unquote(first) == "Well-led, open & honest: a fragmented"
    assert (item.text or "").endswith(unquote(last))
    assert unquote(last) == "room, year-round, for tea & talk."


def test_what_may_be_kept_no_longer_is_listed_without_its_words(built: Config) -> None:
    bmj = replace(built.sources["bmj"], retain_until=date(2020, 1, 1))
    config = replace(built, sources={**built.sources, "bmj": bmj})
    build_all(config)
    found = of(config)
    (item,) = found.quotations
    assert (item.text, item.phrases, item.marks, item.link) == (None, [], [], item.url)
    assert found.points[0].mention[0] == pytest.approx(found.weight / found.points[0].documents)
    assert "[the text may not be kept after 2020-01-01: no quotation]" in as_text(found)
    with pytest.raises(InputError, match="may be kept no longer, so there is nothing to tell why by"):
        why.explain(config, item.passage_id)


# What is asked for.


def test_a_topic_is_asked_for_by_its_number_or_its_name(opened: Config) -> None:
    assert of(opened, topic="1") == of(opened, topic="t001")
    assert of(opened, topic="1").series.kind == "topic"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"theme": "fragmentaton"}, "no theme 'fragmentaton': did you mean 'fragmentation'?"),
        ({"theme": "zzz"}, "no theme 'zzz'; there are: accountability, "),
        ({"topic": "99"}, "no topic 't099'"),
        ({"source": "bmjj"}, "no source 'bmjj': did you mean 'bmj'?"),
        ({"period": "2019-Q1"}, "no document is dated to 2019-Q1; the nearest quarter with any: 2015-Q3"),
        ({"period": "2012", "source": "nuffieldtrust"}, "the nearest year with any: 2013"),
        ({"source": "kar"}, "no document of kar counts in trends"),
        ({"period": "2019-Q5"}, "--period 2019-Q5 is no period: write 2019, 2019-Q1, 2019-03 or a span"),
        ({"period": "2019-13"}, "is no period"),
        ({"period": "2019..2020-Q1"}, "from a year to a quarter"),
        ({"period": "2020..2019"}, "ends before it begins"),
    ],
)
def test_what_is_not_there_is_told_with_the_nearest(opened: Config, asked: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=r".") as raised:
        of(opened, **asked)
    assert said in str(raised.value)


def test_a_theme_and_a_topic_together_are_refused(opened: Config) -> None:
    with pytest.raises(InputError, match="not both"):
        evidence.find(opened, "fragmentation", "1", "2013", None, 0)


@pytest.mark.parametrize(
    ("text", "period", "starts", "name"),
    [
        ("2019", "year", [date(2019, 1, 1)], "2019"),
        ("2019-q4", "quarter", [date(2019, 10, 1)], "2019-Q4"),
        ("2019-12..2020-01", "month", [date(2019, 12, 1), date(2020, 1, 1)], "2019-12..2020-01"),
    ],
)
def test_periods_are_read_as_they_are_written(text: str, period: str, starts: list[date], name: str) -> None:
    stretch = parse(text)
    assert (stretch.period, list(stretch.starts), stretch.name) == (period, starts, name)


@pytest.mark.slow
def test_on_the_command_line(opened: Config) -> None:
    asked = ["evidence", "fragmentation", "--period", "2013", "--data", opened.data]
    found = json.loads(themeshift(*asked, "--json", "--limit", "1").stdout)
    assert len(found["quotations"]) == 1
    assert found["points"][0]["period"] == "2013"
    wrong = themeshift("evidence", "fragmentaton", "--period", "2013", "--data", opened.data)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "did you mean 'fragmentation'?" in wrong.stderr
