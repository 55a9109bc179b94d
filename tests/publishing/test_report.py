"""The report: what a reader of the page must be able to rely on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import lxml.html
import pytest

from pipeline.errors import StoreError
from pipeline.publishing import report
from pipeline.publishing.report import axes, charts, data, quoting, wording
from pipeline.publishing.report.content import Thickness
from pipeline.publishing.report.periods import Point, date_name

TABLES = """
CREATE TABLE source (source TEXT, name TEXT, kind TEXT, homepage TEXT, covers TEXT);
CREATE TABLE document (document_id TEXT, source TEXT, url TEXT, title TEXT, published DATE,
    published_precision TEXT, duplicate_of TEXT, in_scope BOOLEAN);
CREATE TABLE passage (passage_id TEXT, document_id TEXT, position INTEGER, text TEXT);
CREATE TABLE topic (topic_id TEXT, label TEXT, phrase TEXT, terms TEXT[], passages BIGINT,
    stability DOUBLE, stable BOOLEAN);
CREATE TABLE theme (theme TEXT, label TEXT, definition TEXT);
CREATE TABLE passage_theme (passage_id TEXT, theme TEXT, score DOUBLE, coded BOOLEAN, phrases TEXT[]);
CREATE TABLE theme_model (theme TEXT, method TEXT, calibrated BOOLEAN, labels BIGINT,
    precision DOUBLE, recall DOUBLE, coder TEXT);
CREATE TABLE validation (sample_id TEXT, theme TEXT, coder TEXT, measure TEXT, value DOUBLE, lower DOUBLE,
    upper DOUBLE, passages BIGINT);
CREATE TABLE theme_trend (theme TEXT, measure TEXT, period TEXT, period_start DATE, source TEXT,
    estimate TEXT, prevalence DOUBLE, lower DOUBLE, upper DOUBLE, documents DOUBLE, thin BOOLEAN);
CREATE TABLE topic_trend (topic_id TEXT, measure TEXT, period TEXT, period_start DATE, source TEXT,
    estimate TEXT, prevalence DOUBLE, lower DOUBLE, upper DOUBLE, documents DOUBLE, thin BOOLEAN);
CREATE TABLE correction (theme TEXT, source TEXT, measure TEXT, documents BIGINT, bias DOUBLE,
    bias_lower DOUBLE, bias_upper DOUBLE, surer TEXT, remark TEXT, refused TEXT);
CREATE TABLE shift_test (theme TEXT, topic_id TEXT, measure TEXT, period TEXT, smooth_q DOUBLE,
    reason TEXT);
CREATE TABLE change_point (theme TEXT, topic_id TEXT, measure TEXT, period TEXT, "at" DATE, at_lower DATE,
    at_upper DATE, before_start DATE, after_end DATE, before DOUBLE, after DOUBLE, change DOUBLE,
    change_lower DOUBLE, change_upper DOUBLE, q_value DOUBLE);
CREATE TABLE movement (theme TEXT, measure TEXT, early_start DATE, early_end DATE, late_start DATE,
    late_end DATE, early DOUBLE, early_lower DOUBLE, early_upper DOUBLE, late DOUBLE, late_lower DOUBLE,
    late_upper DOUBLE, change DOUBLE, change_lower DOUBLE, change_upper DOUBLE, q_value DOUBLE);
CREATE TABLE robustness (theme TEXT, agree INTEGER, sure INTEGER, against INTEGER, robust BOOLEAN,
    choices MAP(TEXT, DOUBLE), shaken_by TEXT, shaken_name TEXT);
CREATE TABLE specification (theme TEXT, number INTEGER, measure TEXT, estimate TEXT, coding TEXT, unit TEXT,
    copies TEXT, access TEXT, left_out TEXT, change DOUBLE, lower DOUBLE, upper DOUBLE, headline BOOLEAN);
CREATE TABLE event_effect (date DATE, event TEXT, theme TEXT, measure TEXT, period TEXT, level DOUBLE,
    level_lower DOUBLE, level_upper DOUBLE, level_q DOUBLE, slope DOUBLE, slope_lower DOUBLE,
    slope_upper DOUBLE, slope_q DOUBLE, others TEXT[], reason TEXT);
CREATE TABLE event ("date" DATE, title TEXT, kind TEXT, reference TEXT);
CREATE TABLE flow (position INTEGER, step TEXT, reason TEXT, source TEXT, documents BIGINT);
CREATE TABLE coverage (source TEXT, year INTEGER, known BIGINT, known_by TEXT, discovered BIGINT,
    gathered BIGINT, read BIGINT, unique_documents BIGINT, in_scope BIGINT, in_trends BIGINT, share DOUBLE);
CREATE TABLE gap (source TEXT, period_start DATE, period_end DATE, kind TEXT, expected DOUBLE, seen DOUBLE,
    why TEXT);
CREATE TABLE about (version TEXT, "commit" TEXT, config_hash TEXT, models TEXT, seeds TEXT,
    floor INTEGER, sample BOOLEAN, built_at TIMESTAMPTZ, settings TEXT, codebook TEXT);
"""
SETTINGS = {
    "label": {"fewest": 10, "weak": 0.6},
    "embed": {"model": "wordllama"},
    "topics": {"resolution": 2.0, "seed": 7},
    "trend": {"level": 0.95, "resamples": 1000, "seed": 8, "floor": 5, "coverage": 0.8, "weights": {}},
    "shifts": {"permutations": 999, "rate": 0.05, "shortest": 2, "periods": 6, "window": 12},
}


class Published:
    """A small published file; rows are given in the order of TABLES."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "themeshift.duckdb"
        self.folder = folder / "report"
        with duckdb.connect(self.path) as connection:
            connection.execute(TABLES)

    def add(self, table: str, *rows: Sequence[Any]) -> None:
        with duckdb.connect(self.path) as connection:
            for row in rows:
                places = ", ".join("?" * len(row))
                connection.execute(f"INSERT INTO {table} VALUES ({places})", list(row))

    def add_document(self, number: int, *, score: float = 0.5, **changes: Any) -> None:
        """A document with one passage, coded as fragmentation."""
        text = changes.pop("text", f"Care in area {number} was fragmented. Nobody answered for it.")
        row = {
            "document_id": f"d{number}",
            "source": "bmj",
            "url": f"https://example.org/{number}",
            "title": f"Title {number}",
            "published": date(2014, 3, number),
            "published_precision": "day",
            "duplicate_of": None,
            "in_scope": True,
        }
        self.add("document", list((row | changes).values()))
        self.add("passage", [f"d{number}-0", f"d{number}", 0, text])
        self.add("passage_theme", [f"d{number}-0", "fragmentation", score, True, ["fragmented"]])

    def page(self) -> str:
        return report.build(self.path, self.folder).read_text(encoding="utf-8")

    def tree(self) -> lxml.html.HtmlElement:
        return lxml.html.document_fromstring(self.page())


@pytest.fixture
def published(tmp_path: Path) -> Published:
    made = Published(tmp_path)
    made.add("source", ["bmj", "The BMJ", "journal", "https://www.bmj.com/", "News & views"])
    made.add("theme", ["fragmentation", "Fragmentation", "Split among many bodies <and> adrift."])
    made.add("about", ["0.1.0", "abc", "f00", "wordllama", "1", 5, False, "2026-07-29 12:00:00+00",
                       json.dumps(SETTINGS), "2026-07"])  # fmt: skip
    return made


def point(year: int, prevalence: float, half: float = 0.05, thin: bool = False, month: int = 1) -> Point:
    low, high = max(0.0, prevalence - half), min(1.0, prevalence + half)
    return Point(date(year, month, 1), prevalence, low, high, 2 if thin else 20, thin)


def trend(
    points: Sequence[Point], period: str = "year", measure: str = "share", estimate: str = "crude"
) -> Iterator[list[Any]]:
    for p in points:
        at = [p.start, None, estimate, p.prevalence, p.lower, p.upper, p.documents, p.thin]
        yield ["fragmentation", measure, period, *at]


def shift(year: int, before: float, after: float, q: float = 0.004, measure: str = "share") -> list[Any]:
    days = [date(year, 1, 1), date(year - 1, 1, 1), date(year, 1, 1), date(2011, 1, 1), date(2022, 12, 31)]
    change = after - before
    size = [before, after, change, change - 0.1, change + 0.1]
    return ["fragmentation", None, measure, "year", *days, *size, q]


def movement(early: float, late: float, q: float) -> list[Any]:
    days = [date(2011, 1, 1), date(2014, 12, 31), date(2019, 1, 1), date(2022, 12, 31)]
    change = late - early
    levels = [early, early - 0.05, early + 0.05, late, late - 0.05, late + 0.05]
    return ["fragmentation", "share", *days, *levels, change, change - 0.1, change + 0.1, q]


def svg(points: Sequence[Point], period: str = "year") -> lxml.html.HtmlElement:
    thickness = [Thickness(p.start, p.documents, p.thin) for p in points]
    made = axes.frame([points], thickness, period)
    assert made is not None
    return lxml.html.fragment_fromstring(charts.trend_chart(points, made, [], "label"))


def test_texts_of_documents_are_escaped(published: Published) -> None:
    published.add_document(
        1, title="<script>alert('title')</script> & co", text='It was fragmented <b>&amp;</b> "so" it stayed.'
    )
    published.add("topic", ["t1", "<img src=x>", None, ["<i>", "a & b"], 3, 0.9, True])
    published.add("event", [date(2014, 5, 1), "<script>", "law", "<a>"])
    published.add("flow", [1, "found", None, "bmj", 2], [2, "refused", "<script>", "bmj", 1])
    tree = published.tree()
    assert not tree.xpath("//script | //img | //i[not(@class)] | //blockquote//b")
    assert tree.xpath("string(//blockquote)").strip() == 'It was fragmented <b>&amp;</b> "so" it stayed.'
    assert tree.xpath("//blockquote//mark/text()") == ["fragmented"]
    assert "<script>alert('title')</script> & co" in tree.xpath("//cite/a/text()")


def test_nothing_is_fetched_by_the_page(published: Published) -> None:
    published.add_document(1)
    published.add_document(2, url="javascript:alert(1)")
    published.add("theme_trend", *trend([point(2014, 0.1)]))
    page = published.page()
    tree = lxml.html.document_fromstring(page)
    assert not tree.xpath("//@src | //script | //iframe | //object | //*[@onclick]")
    assert tree.xpath("//link/@href") == ["data:,"]
    assert not re.search(r"url\(|@import|javascript:", page)
    outside = {link for link in tree.xpath("//a/@href") if not link.startswith("#")}
    assert outside == {
        "https://www.bmj.com/",
        "https://example.org/1#:~:text=Care%20in%20area%201%20was%20fragmented.%20Nobody%20answered%20for%20it.",
    }


def test_every_query_on_the_page_runs_and_every_link_to_one_leads_there(published: Published) -> None:
    published.add_document(1)
    published.add("theme_trend", *trend([point(2014, 0.1)]))
    tree = published.tree()
    with duckdb.connect(published.path, read_only=True) as connection:
        for sql in tree.xpath("//details[@class='sql']//code/text()"):
            assert connection.execute(sql).description, sql
    ids = set(tree.xpath("//@id"))
    assert {link[1:] for link in tree.xpath("//a/@href") if link.startswith("#")} <= ids


def test_late_is_set_beside_early_and_what_shuffled_dates_do_too_is_no_movement(published: Published) -> None:
    published.add_document(1)
    published.add("theme", ["other", "Other", "Another."])
    published.add("movement", movement(0.1, 0.3, q=0.004), ["other", *movement(0.2, 0.3, q=0.3)[1:]])
    text = " ".join(published.tree().xpath("string(//section[@id='moved'])").split())
    assert "One of two themes differs clearly between the first and the last third" in text
    assert (
        "Higher in 2019 to 2022 than in 2011 to 2014. 30.0% (25.0 to 35.0) in 2019 to 2022 against 10.0% "
        "(5.0 to 15.0) in 2011 to 2014, 20.0 points more (10.0 to 30.0). Fewer than 1 in 100 such findings "
        "are chance."
    ) in text
    assert "No clear change. 30.0% (25.0 to 35.0) in 2019 to 2022 against 20.0%" in text
    assert "10.0 points more (0.0 to 20.0)" in text


def analysis(number: int, change: float, *, headline: bool = False, **otherwise: str) -> list[Any]:
    """A row of `specification`: as published, but for what is given."""
    as_published = {
        "measure": "share", "estimate": "standardised", "coding": "as coded", "unit": "passages alike",
        "copies": "once", "access": "all", "left_out": None,
    }  # fmt: skip
    ways = as_published | otherwise
    return ["fragmentation", number, *ways.values(), change, change - 0.1, change + 0.1, headline]


def test_a_finding_has_its_curve_of_all_analyses_with_what_matters_most(published: Published) -> None:
    published.add_document(1)
    published.add("theme_trend", *trend([point(2014, 0.1)]))
    published.add("movement", movement(0.1, 0.3, q=0.004))
    published.add(
        "robustness",
        [
            "fragmentation",
            3,
            2,
            0,
            True,
            {"key": ["coding", "measure"], "value": [0.6, 0.2]},
            "phrase",
            "split",
        ],
    )
    published.add(
        "specification", analysis(1, 0.05, left_out="phrase"), analysis(2, 0.2, headline=True),
        analysis(3, 0.4, measure="mention", coding="phrases alone"),
    )  # fmt: skip
    section = published.tree().xpath("//section[@id='moved']")[0]
    text = " ".join(section.xpath("string()").split())
    assert "3 of 3 analyses agree." in text
    assert "3 of 3 analyses have this direction, 2 beyond chance." in text
    assert "What matters most is which passages count as coded (60% of the variance)." in text
    assert "Left out, the phrase ‘split’ moves it most." in text
    (curve,) = section.xpath(".//*[local-name()='svg'][@class='curve']")
    assert len(curve.xpath(".//*[local-name()='circle']")) == 3
    # The one whose interval holds 0 is hollow; the published one stands on the upright line.
    assert len(curve.xpath(".//*[local-name()='circle'][contains(@class, 'chance')]")) == 1
    assert len(curve.xpath(".//*[local-name()='line'][@class='published']")) == 1
    rows = [text for text in curve.xpath(".//*[local-name()='text']/text()") if not text[-1].isdigit()]
    assert rows == ["phrases alone", "less a phrase"]


def test_a_theme_that_came_and_went_is_told_by_its_changes(published: Published) -> None:
    published.add_document(1)
    published.add("movement", movement(0.1, 0.1, q=0.9))
    published.add("change_point", shift(2014, 0.1, 0.5), shift(2017, 0.5, 0.1, q=0.031))
    text = " ".join(published.tree().xpath("string(//section[@id='moved'])").split())
    assert "Two changes in between, none in the end." in text
    assert "It rose in 2014 (2013 to 2014), from 10.0% to 50.0%." in text
    assert "It fell in 2017 (2016 to 2017), from 50.0% to 10.0%." in text


def test_a_theme_that_waves_is_told_though_no_single_step_is(published: Published) -> None:
    published.add_document(1)
    published.add("movement", movement(0.1, 0.1, q=0.9))
    published.add("shift_test", ["fragmentation", None, "share", "year", 0.02, None])
    text = " ".join(published.tree().xpath("string(//section[@id='moved'])").split())
    assert "Uneven over time, in no single step and to no end." in text
    assert "Fewer than 3 in 100 such findings are chance." in text
    assert "one more changed in between" in text


def test_a_theme_that_was_not_tested_says_why(published: Published) -> None:
    published.add_document(1)
    published.add(
        "shift_test", ["fragmentation", None, "share", "year", None, "carried by 2 documents, 5 needed"]
    )
    text = published.tree().xpath("string(//section[@id='moved'])")
    assert "No theme can be tested for change" in text


def test_a_change_is_marked_on_its_chart_with_date_size_and_chance(published: Published) -> None:
    published.add_document(1)
    published.add("theme_trend", *trend([point(y, 0.1) for y in range(2011, 2018)]))
    fixed = [point(y, 0.2) for y in range(2011, 2018)]
    published.add("theme_trend", *trend(fixed, estimate="standardised"))
    published.add("change_point", shift(2014, 0.1, 0.5), shift(2015, 0.2, 0.3, measure="mention"))
    tree = published.tree()
    (chart,) = tree.xpath("//div[contains(@class, 'panel-share')]//svg[.//*[@class='shift']]")
    says = "2014 (2013 to 2014): from 10.0% to 50.0%, 40.0 points more (30.0 to 50.0)."
    assert chart.xpath("string(.//*[@class='shift']/title)").startswith(says)
    assert says in chart.get("aria-label")
    assert len(chart.xpath(".//*[@class='fixed']")) == 1
    assert len(chart.xpath(".//*[@class='level']")) == 2
    (told,) = tree.xpath("//div[contains(@class, 'panel-share')]//ul[@class='shifts']/li/text()")
    assert told.startswith(says)
    assert "Fewer than 1 in 100 such findings are chance." in told


def effect(q: float, reason: str | None = None) -> list[Any]:
    level, slope = [0.12, 0.04, 0.2, q], [0.01, -0.02, 0.03, 0.7]
    numbers = [None] * 8 if reason else [*level, *slope]
    return [date(2014, 5, 1), "Offer", "fragmentation", "share", "quarter", *numbers, ["Review"], reason]


def test_only_what_is_beyond_chance_is_told_of_an_event(published: Published) -> None:
    published.add_document(1)
    published.add("theme_trend", *trend([point(y, 0.1) for y in (2013, 2014, 2015)]))
    published.add("event", [date(2014, 5, 1), "Offer", "law", "Bill"])
    published.add("shift_test", ["fragmentation", None, "share", "quarter", 0.5, None])
    published.add("event_effect", effect(0.01), effect(0.6), effect(0, "3 quarters before it, 6 needed"))
    (row,) = published.tree().xpath("//table[contains(@class, 'effects')]/tbody/tr")
    assert [" ".join(cell.text_content().split()) for cell in row] == [
        "Offer 1 May 2014",
        "Fragmentation",
        "share",
        "12.0 points more (4.0 to 20.0)",
        "[1.0 points more (−2.0 to 3.0)]",
        "1",
    ]


def test_events_without_enough_on_both_sides_are_said_to_tell_nothing(published: Published) -> None:
    published.add_document(1)
    published.add("theme_trend", *trend([point(y, 0.1) for y in (2013, 2014, 2015)]))
    published.add("event", [date(2014, 5, 1), "Offer", "law", "Bill"])
    published.add("event_effect", effect(0, "1 year before it, 6 needed"))
    text = " ".join(published.tree().xpath("string(//section[@id='themes'])").split())
    assert "The event doesn’t have enough years with enough documents on both sides" in text


def methods(published: Published) -> str:
    return " ".join(published.tree().xpath("string(//p[@class='cite'])").split())


def test_the_methods_paragraph_says_what_was_done_and_names_its_works(published: Published) -> None:
    published.add_document(1)
    published.add("theme_trend", *trend([point(2014, 0.1)]))
    published.add("coverage", ["bmj", None, None, None, 0, 0, 0, 0, 1, 1, None])
    published.add("shift_test", ["fragmentation", None, "share", "year", 0.5, None])
    published.add("change_point", shift(2014, 0.1, 0.5))
    text = methods(published)
    for part in (
        "We analysed one document from one source",
        "(version 2026-07), with the embedding model wordllama",
        "95% score intervals (Wilson 1927",
        "fewer than 5 documents",
        "against 999 or more shuffles",
        "one change point was found",
        "Themeshift 0.1.0, commit abc, configuration f00",
    ):
        assert part in text
    for absent in ("coded by", "policy event", "topic was", "corrected for the machine"):
        assert absent not in text.replace("coded by machine", "")
    works = published.tree().xpath("//ul[@class='references']/li/text()")
    assert any(work.startswith("Olshen AB") for work in works)
    assert not any(work.startswith("Zellner") for work in works)


def test_the_methods_paragraph_follows_the_settings(published: Published) -> None:
    published.add_document(1)
    published.add("theme_trend", *trend([point(2014, 0.1)]))
    published.add("shift_test", ["fragmentation", None, "share", "year", 0.5, None])
    before = methods(published)
    changed = SETTINGS | {
        "trend": SETTINGS["trend"] | {"resamples": 5000, "level": 0.9, "weights": {"bmj": 1.0}},
        "shifts": SETTINGS["shifts"] | {"permutations": 4999, "rate": 0.1},
    }
    with duckdb.connect(published.path) as connection:
        connection.execute("UPDATE about SET settings = ?", [json.dumps(changed)])
    after = methods(published)
    for old, new in (
        ("95% score intervals", "90% score intervals"),
        ("each source’s share of all documents", "weights that we set"),
        ("999 or more shuffles", "4,999 or more shuffles"),
        ("rate of 0.05", "rate of 0.1"),
    ):
        assert old in before
        assert new in after


@pytest.mark.slow
def test_codes_by_people_are_named_where_there_are_any(published: Published) -> None:
    published.add_document(1)
    assert "probability sample" not in methods(published)
    with duckdb.connect(published.path) as connection:
        connection.execute("CREATE TABLE code_sample (sample_id TEXT, passage_id TEXT, purpose TEXT)")
        connection.execute("CREATE TABLE human_code (sample_id TEXT, passage_id TEXT, coder TEXT)")
    published.add("code_sample", ["s", "p1", "estimate"], ["s", "p2", "estimate"], ["t", "p3", "training"])
    published.add(
        "human_code", ["s", "p1", "ann"], ["s", "p1", "bob"], ["s", "p2", "ann"], ["t", "p3", "ann"]
    )
    assert "A probability sample of two passages was coded by two people." in methods(published)
    published.add("theme_model", ["fragmentation", "classifier", True, 90, None, None, None],
                  ["other", "codebook", False, 0, None, None, None])  # fmt: skip
    told = methods(published)
    assert "by two people; one theme is coded by a classifier that learnt from" in told
    assert "One passage, chosen for what it teaches, was coded by people." in told
    published.add("theme_model", ["autonomy", "imported", True, 90, None, None, "some-model"])
    assert "One theme is coded by other programs (some-model), which people’s codes found better." in methods(
        published
    )


@pytest.mark.slow
def test_the_note_on_coding_names_what_classifiers_code_and_what_is_calibrated(published: Published) -> None:
    published.add_document(1)

    def note() -> str:
        return published.tree().xpath("string(//dt[.='Coding']/following-sibling::dd[1])")

    assert note().startswith(
        "By machine, from the codebook’s phrases and examples. Errors of the coder are not"
    )
    published.add("theme_model", ["fragmentation", "classifier", True, 90, None, None, None],
                  ["autonomy", "codebook", True, 90, None, None, None],
                  ["integration", "classifier", True, 90, None, None, None],
                  ["other", "codebook", False, 9, None, None, None])  # fmt: skip
    published.add(
        "theme_trend", *trend([point(2012, 0.25)]), *trend([point(2012, 0.2)], estimate="corrected")
    )
    assert note().startswith(
        "By machine, from the codebook’s phrases and examples; Fragmentation and integration by classifiers "
        "that learnt from people’s codes, too. Scores of autonomy are calibrated by people’s codes. "
        "Errors of the coder are corrected for in the diamonds alone."
    )


@pytest.mark.slow
def test_what_a_reference_set_taught_is_told_with_how_well_it_codes(published: Published) -> None:
    published.add_document(1)
    published.add("theme_model", ["fragmentation", "classifier", True, 0, 0.82, 0.9, None],
                  ["autonomy", "classifier", True, 0, 0.72, 0.78, None])  # fmt: skip
    note = published.tree().xpath("string(//dt[.='Coding']/following-sibling::dd[1])")
    assert note.startswith(
        "By machine, by what a reference set of invented passages taught: on authors left out, "
    )
    assert "precision is 72% (autonomy) to 82% and recall 78% (autonomy) to 90%, upper bounds" in note
    assert "learnt from a reference set of invented passages" in methods(published)
    assert "people’s codes" not in note


def told(published: Published, *rows: tuple[str, str, float]) -> list[str]:
    """What stands under the chart of fragmentation, where `validation` has these rows."""
    published.add_document(1)
    published.add("theme_trend", *trend([point(y, 0.1) for y in (2012, 2013)]))
    for sample, measure, value in rows:
        row = [sample, "fragmentation", None, measure, value, value - 0.1, value + 0.1, 200]
        published.add("validation", row)
    return [str(text) for text in published.tree().xpath("//p[@class='coded']/text()")]


def test_a_chart_says_how_well_its_theme_is_coded_on_the_reference_set(published: Published) -> None:
    rows = [
        ("reference set", "precision", 0.8),
        ("reference set", "recall", 0.6),
        ("reference set", "f1", 0.69),
    ]
    assert told(published, *rows)[0] == "Coded with precision 80%, recall 60%, on invented passages."
    assert "precision 80% (70 to 90), recall 60% (50 to 70)" in published.page()
    assert "weakly coded" not in published.page()


def test_peoples_codes_say_it_where_there_are_any(published: Published) -> None:
    rows = [
        *(("reference set", measure, 0.9) for measure in ("precision", "recall", "f1")),
        *(("pilot", measure, 0.7) for measure in ("precision", "recall", "f1")),
    ]
    assert told(published, *rows)[0] == "Coded with precision 70%, recall 70%, by people’s codes."


def test_a_theme_below_the_floor_is_marked_where_it_is_drawn(published: Published) -> None:
    rows = [("reference set", measure, 0.5) for measure in ("precision", "recall", "f1")]
    told(published, *rows)
    assert (
        published.tree().xpath("string(//figcaption[contains(., 'Fragmentation')]/small)") == "weakly coded"
    )


def test_a_theme_that_nobody_measured_says_so(published: Published) -> None:
    assert told(published)[0] == "How well it is coded nobody has measured."
    caption = published.tree().xpath("string(//figcaption[contains(., 'Fragmentation')]/small)")
    assert caption == "not validated"


@pytest.mark.parametrize(("names", "said"), [("", ""), ("A", "A"), ("AB", "A and B"), ("ABC", "A, B and C")])
def test_names_are_listed_as_prose_has_them(names: str, said: str) -> None:
    assert wording.listed(list(names)) == said


def test_a_line_stops_at_thin_and_missing_periods() -> None:
    chart = svg([
        point(2011, 0.1), point(2012, 0.2), point(2013, 0.9, thin=True),
        point(2014, 0.3), point(2015, 0.3), point(2017, 0.1), point(2018, 0.2),
    ])  # fmt: skip
    assert [len(line.get("points").split()) for line in chart.xpath("//*[@class='line']")] == [2, 2, 2]
    assert len(chart.xpath("//*[@class='band']")) == 3
    assert len(chart.xpath("//*[@class='point thin']")) == 1


def test_a_lone_period_has_its_interval_and_a_thin_one_no_line() -> None:
    assert len(svg([point(2014, 0.1)]).xpath("//*[@class='whisker']")) == 1
    chart = svg([point(2014, 0.1, thin=True), point(2015, 0.1, thin=True)])
    assert not chart.xpath("//*[@class='line' or @class='band' or @class='whisker']")


def test_a_thin_period_does_not_stretch_the_scale() -> None:
    points = [point(2014, 0.1), point(2015, 1.0, thin=True)]
    made = axes.frame([points], [Thickness(p.start, 1, p.thin) for p in points], "year")
    assert made is not None
    assert made.top < 0.3


def test_a_gap_is_hatched_and_told_in_words_and_no_line_crosses_it(published: Published) -> None:
    published.add_document(1)
    published.add("theme_trend", *trend([point(y, 0.1) for y in (2012, 2013, 2015, 2016)]))
    published.add("theme", ["other", "Other", "Without a trend."])
    published.add("gap", [None, date(2014, 1, 1), date(2014, 12, 31), "no documents", 12, 0, "12 expected"])
    (chart,) = published.tree().xpath("//div[contains(@class, 'panel-share')]//svg[.//polyline]")
    assert chart.xpath(".//*[@class='gap']/title/text()") == [
        "2014: no document\nAll sources, 2014: no documents; 12 expected"
    ]
    assert len(chart.xpath(".//*[@class='line']")) == 2
    assert "Gaps and breaks: All sources, 2014: no documents; 12 expected." in chart.get("aria-label")


def test_charts_show_the_breaks_of_large_sources_alone_and_the_table_all(published: Published) -> None:
    published.add_document(1)
    published.add("theme_trend", *trend([point(y, 0.1) for y in (2012, 2013, 2014)]))
    for source, documents in (("bmj", 90), ("kar", 10)):
        published.add("coverage", [source, None, None, None, 0, 0, 0, 0, documents, documents, None])
        published.add("coverage", [source, 2013, 7, "records: oai", 7, 6, 6, 6, 5, 5, 0.9])
        published.add("gap", [source, date(2013, 1, 1), date(2013, 12, 31), "break", 20, 5, "a quarter"])
    tree = published.tree()
    assert set(tree.xpath("//svg//*[@class='turn']/title/text()")) == {"The BMJ, 2013: break; a quarter"}
    assert len(tree.xpath("//section[@id='coverage']//td[contains(text(), 'break')]")) == 2
    (cell,) = tree.xpath(
        "//table[contains(@class, 'coverage')]//tr[th='The BMJ']/td[contains(@class, 'turn')]"
    )
    assert (cell.findtext("b"), cell.findtext("small")) == ("5", "6/7")
    assert cell.get("title") == (
        "2013: 7 known (records: oai), 6 gathered, 6 read, 5 in scope; break: a quarter"
    )


@pytest.mark.slow
def test_quotations_come_from_different_leading_documents_strongest_first(published: Published) -> None:
    for number, score in ((1, 0.9), (2, 0.4), (3, 0.8), (4, 0.6)):
        published.add_document(number, score=score)
    published.add_document(5, score=1.0, duplicate_of="d1")
    published.add("passage", ["d1-1", "d1", 1, "It was fragmented again."])
    published.add("passage_theme", ["d1-1", "fragmentation", 0.95, True, ["fragmented"]])
    published.add("passage", ["d4-1", "d4", 1, "Not fragmented, the coder says."])
    published.add("passage_theme", ["d4-1", "fragmentation", 0.99, False, ["fragmented"]])
    codes = published.tree().xpath("//div[@class='quotes']//code/text()")
    assert codes == ["d1-1", "d3-0", "d4-0"]


def test_an_empty_corpus_is_said_to_be_empty(tmp_path: Path) -> None:
    page = Published(tmp_path).page()
    assert "This published file holds no documents." in page
    assert "<svg" not in page


def test_a_sample_says_so(published: Published) -> None:
    assert "Invented sample" not in published.page()
    published.add("about", ["0.1.0", "", "", "", "", 5, True, None, None, None])
    with duckdb.connect(published.path) as connection:
        connection.execute("DELETE FROM about WHERE NOT sample")
    assert (
        "Invented sample documents:</strong> figures mean nothing about the real world." in published.page()
    )


def test_a_flow_that_does_not_add_up_is_told(published: Published) -> None:
    published.add_document(1)
    steps = ("found", "captured", "read", "document", "unique", "in trends")
    published.add("flow", *([position, step, None, "bmj", 6] for position, step in enumerate(steps)))
    page = published.page()
    assert "unaccounted for" not in page
    assert "<b>0</b> refused" in page
    published.add("flow", [1, "found", None, "kar", 3], [2, "refused", "robots", "kar", 2])
    assert "add up: 1 unaccounted for" in published.page()


def test_a_missing_file_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="absent"):
        report.build(tmp_path / "absent.duckdb", tmp_path)


def test_the_page_is_swapped_in_whole(published: Published) -> None:
    published.page()
    published.page()
    assert [file.name for file in published.folder.iterdir()] == ["index.html"]


def test_the_finest_period_with_two_thirds_solid_is_chosen() -> None:
    def months(*thin: bool) -> list[Thickness]:
        return [Thickness(date(2024, m, 1), 9, t) for m, t in enumerate(thin, 1)]

    assert data.choose_period({"month": months(False, False, True)}) == "month"
    assert data.choose_period({"month": months(False, True)}) == "year"
    missing = [Thickness(date(2024, m, 1), 9, False) for m in (1, 6)]
    assert data.choose_period({"month": missing, "quarter": missing[:1]}) == "quarter"
    assert data.choose_period({}) == "year"


def test_a_long_passage_is_cut_at_sentences_around_its_matches() -> None:
    filler = "Nothing of note was said here by Dr. Smith about anything. "
    text = filler * 12 + "Care was fragmented, the chair said. " + filler * 12
    shown = quoting.trim(text, ["fragmented"])
    assert shown.startswith("… Nothing")
    assert shown.endswith("anything. …")
    assert "Care was fragmented, the chair said." in shown
    assert 40 < len(shown.split()) <= 62
    assert quoting.trim("Short and fragmented.", ["fragmented"]) == "Short and fragmented."


def test_a_quotation_does_not_end_on_a_heading() -> None:
    shown = quoting.trim("Care was fragmented.\n\nMethods:\n\n" + "word " * 60, ["fragmented"])
    assert shown == "Care was fragmented. …"


def test_one_endless_sentence_is_cut_at_words() -> None:
    shown = quoting.trim("word " * 200 + "fragmented " + "word " * 200, ["fragmented"])
    assert "fragmented" in shown
    assert len(shown.split()) == quoting.WORDS + 2
    assert quoting.trim("", ["fragmented"]) == ""


def test_marks_stand_on_whole_words_only() -> None:
    assert quoting.mark("A merger & mergers; Merger", ["merger"]) == (
        "A <mark>merger</mark> &amp; mergers; <mark>Merger</mark>"
    )


@pytest.mark.parametrize(
    ("url", "shown", "expected"),
    [
        ("https://a.org/x", "on-line, a & b", "https://a.org/x#:~:text=on%2Dline%2C%20a%20%26%20b"),
        ("https://a.org/x#top", "… one two …", "https://a.org/x#top:~:text=one%20two"),
        ("http://a.org/", "a b c\n\nd e f", "http://a.org/#:~:text=a%20b%20c,d%20e%20f"),
        ("file:notes.txt", "a b", None),
        ("javascript:alert(1)", "a b", None),
    ],
)
def test_links_scroll_to_the_quotation(url: str, shown: str, expected: str | None) -> None:
    assert quoting.link(url, shown) == expected


def test_dates_are_as_exact_as_they_are_known() -> None:
    day = date(2014, 3, 1)
    assert [date_name(day, p) for p in ("day", "month", "year")] == ["1 March 2014", "March 2014", "2014"]
    assert date_name(None, None) == "undated"


def test_event_numbers_never_touch_and_stay_in_order() -> None:
    places = axes.dodge([100, 100, 101, 102, 200], 0, 300)
    gaps = [b - a for a, b in pairwise(places)]
    assert min(gaps) >= axes.KEY - 1e-9
    assert max(axes.dodge([300.0] * 50, 0, 300)) <= 300 + 1e-9


@pytest.mark.parametrize(
    ("highest", "top"), [(0.23, 0.3), (0.97, 1.0), (1.0, 1.0), (0.0, 0.1), (0.004, 0.004)]
)
def test_scales_end_on_round_values(highest: float, top: float) -> None:
    values = axes.ticks(highest)
    assert values[0] == 0
    assert values[-1] == pytest.approx(top)
    assert len(values) <= 6


def corrected_chart(points: Sequence[Point], period: str = "year") -> lxml.html.HtmlElement:
    thickness = [Thickness(p.start, p.documents, p.thin) for p in points]
    made = axes.frame([points], thickness, period)
    assert made is not None
    return lxml.html.fragment_fromstring(
        charts.trend_chart(points, made, [], "label", corrected=[p for p in points if p.start.year > 2011])
    )


def test_corrected_points_stand_beside_the_others_as_diamonds_with_their_intervals() -> None:
    chart = corrected_chart(
        [point(2011, 0.1), point(2012, 0.2), point(2013, 0.3), point(2014, 0.1, thin=True)]
    )
    diamonds = chart.xpath("//*[contains(@class, 'diamond')]/@class")
    assert diamonds == ["corrected diamond", "corrected diamond", "corrected thin diamond"]
    assert len(chart.xpath("//*[@class='corrected whisker']")) == 2
    assert not chart.xpath("//polyline[@class='corrected']")
    says = chart.xpath("//*[@class='hit']/title/text()")
    assert says[1] == "2012: 20.0% (15.0 to 25.0), 20 documents; corrected 20.0% (15.0 to 25.0)"


def test_diamonds_that_would_touch_are_left_out_and_a_line_goes_through_all() -> None:
    months = [point(year, 0.2, month=month) for year in range(2011, 2021) for month in range(1, 13)]
    chart = corrected_chart(months, "month")
    (line,) = chart.xpath("//polyline[@class='corrected']")
    assert len(line.get("points").split()) == 108
    assert len(chart.xpath("//*[@class='corrected diamond']")) == 27


MIND = "the coders ana and bea have 0% of their years in common"


def test_a_theme_that_people_coded_says_how_far_the_machine_is_out_or_why_that_can_t_be_told(
    published: Published,
) -> None:
    published.add_document(1)
    assert not published.tree().xpath("//p[@class='correction'] | //i[@class='corrected']")
    published.add("theme_trend", *trend([point(y, 0.1) for y in (2012, 2013)]))
    published.add("theme_trend", *trend([point(2012, 0.25)], estimate="corrected"))
    published.add(
        "correction", ["fragmentation", None, "share", 120, -0.02, -0.04, 0.004, "crude", MIND, None]
    )
    published.add("correction", ["fragmentation", "bmj", "share", 60, 0.5, 0.4, 0.6, "corrected", None, None])
    published.add("correction", ["fragmentation", None, "mention", 7, *[None] * 5, "labels in 7 documents"])
    tree = published.tree()
    assert tree.xpath("//p[@class='correction']/text()") == [
        "Corrected by people’s codes in 120 documents: the machine finds 2.0 points less than they do "
        f"(−0.4 to 4.0). Mind: {MIND}.",
        "Not corrected by people’s codes: labels in 7 documents.",
    ]
    (chart,) = tree.xpath("//div[contains(@class, 'panel-share')]//svg[.//*[@class='corrected diamond']]")
    assert "Corrected by people’s codes: 2012, 25.0% (20.0 to 30.0)." in chart.get("aria-label")
    assert "corrected by people’s codes, with 95% interval" in tree.xpath("string(//section[@id='themes'])")
    (row,) = tree.xpath("//div[contains(@class, 'panel-share')]//tr[th='2012']")
    cells = [cell.text_content() for cell in row]
    assert cells == ["2012", "10.0%", "5.0 to 15.0", "25.0%", "20.0 to 30.0", "20"]
    (other,) = tree.xpath("//div[contains(@class, 'panel-share')]//tr[th='2013']")
    assert [cell.text_content() for cell in other][3:5] == ["", ""]
