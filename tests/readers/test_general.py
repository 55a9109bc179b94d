"""The text of pages that no layout knows: found block by block, by a model that says how sure it is."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import SetAside
from pipeline.readers import block_features, block_model, read
from pipeline.readers.block_features import features
from pipeline.readers.markup import parse
from pipeline.readers.normal import size
from pipeline.readers.page_blocks import page_blocks
from pipeline.records import Capture, Document
from tests.bench.read.labels import shares
from tests.readers.test_readers import FETCHED, page

SENTENCES = [
    "The board of the eastern district met on Tuesday to settle who is to pay for the new clinics.",
    "Three of the seven members had shares in the firm that bid for the contract, the minutes show.",
    "The chair said that interests had been declared in time, and that nobody had left the room in haste.",
    "Patients who came to listen were asked to send their questions in writing before the next meeting.",
    "A decision is expected in the autumn, once the auditors have gone through the accounts of both years.",
]
PROSE = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
MENU = (
    "<ul>" + "".join(f"<li><a href='/{name}'>{name}</a></li>" for name in ("News", "Jobs", "About")) + "</ul>"
)
TEASERS = "".join(
    f"<div class='teaser'><h4><a href='/story/{n}'>Council number {n} thinks again about its bins</a></h4>"
    f"<p>It was a long night in town hall {n}.</p></div>"
    for n in range(25)
)


def document(body: str, head: str = "<title>Who pays for the clinics</title>") -> Document:
    return read(Capture("https://example.org/a", "files", FETCHED, "text/html", page(body, head).encode()))


def reason(body: str, head: str = "<title>All news</title>") -> str:
    with pytest.raises(SetAside) as found:
        document(body, head)
    return found.value.reason


def paragraphs(found: Document) -> list[str]:
    return found.text.split("\n\n")


# --- what stands around an article -----------------------------------------------------------------------


@pytest.mark.parametrize("around", ["form", "aside", "section", "td", "blockquote"])
def test_an_article_is_found_in_whatever_its_builder_put_it_into(around: str) -> None:
    inside = f"<{around}><h1>Who pays for the clinics</h1>{PROSE}</{around}>"
    wrapped = f"<table><tr>{inside}</tr></table>" if around == "td" else inside
    assert paragraphs(document(f"{MENU}{wrapped}<div class='footer'>{MENU}</div>")) == SENTENCES


def test_a_short_note_beside_a_long_side_column_is_no_listing() -> None:
    note = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES[:3])
    node = f"<div class='node'><h1>Who pays for the clinics</h1>{note}</div>"
    body = f"{MENU}{node}<div class='sidebar'>{TEASERS}</div>"
    assert paragraphs(document(body)) == SENTENCES[:3]


@pytest.mark.parametrize("tag", ["div", "li"])
def test_a_page_of_teasers_is_a_listing(tag: str) -> None:
    assert reason(f"{MENU}<h1>All news</h1>{TEASERS.replace('div', tag)}{MENU}") == "listing"


def test_what_readers_said_below_is_no_part_of_it() -> None:
    said = "".join(
        f"<div class='comment'><p>{name}: I was there, and it was not as you say; the chair slept.</p></div>"
        for name in ("Ann", "Bo", "Cy", "Di")
    )
    found = document(
        f"<div class='post'><h1>Who pays for the clinics</h1>{PROSE}</div><div id='comments'>{said}</div>"
    )
    assert paragraphs(found) == SENTENCES


@pytest.mark.parametrize("hidden", ["hidden", "style='display: none'", "aria-hidden='true'"])
def test_what_nobody_sees_is_not_read(hidden: str) -> None:
    box = (
        f"<div {hidden}><p>Before you go, tell us in a survey what you think of this page, please.</p></div>"
    )
    assert paragraphs(document(f"<article><h1>Who pays</h1>{PROSE}{box}</article>")) == SENTENCES


@pytest.mark.parametrize(
    "asks", ["dialog open", "div role='dialog'", "div class='cookie-notice'", "div id='cmp-wrap'"]
)
def test_what_asks_for_consent_is_no_text(asks: str) -> None:
    box = (
        "<p>We and our 312 partners keep small files on your device, and share what they learn from them.</p>"
    )
    tag = asks.split()[0]
    assert (
        paragraphs(document(f"<{asks}>{box}</{tag}>{MENU}<h1>Who pays for the clinics</h1>{PROSE}"))
        == SENTENCES
    )


@pytest.mark.parametrize("name", ["legal-content", "legal-text", "disclaimer", "cookie-policy"])
def test_a_part_with_the_page_s_own_heading_is_its_text_whatever_it_is_called(name: str) -> None:
    found = document(f"{MENU * 4}<div class='{name}'><h1>Who pays for the clinics</h1>{PROSE}</div>")
    assert paragraphs(found) == SENTENCES


def test_a_page_that_is_all_hidden_until_a_script_runs_is_read() -> None:
    assert paragraphs(document(f"<div style='display:none'><h1>Who pays</h1>{PROSE}</div>")) == SENTENCES


def test_what_a_page_holds_for_those_without_scripts_is_read_where_it_holds_little_else() -> None:
    found = document(f"<div id='app'></div><noscript><h1>Who pays</h1>{PROSE}</noscript>")
    assert paragraphs(found) == SENTENCES


def test_a_page_without_a_body_of_its_own_is_read() -> None:
    body = f"<html><head><title>Who pays</title></head>{PROSE}</html>"
    found = read(Capture("https://example.org/a", "files", FETCHED, "text/html", body.encode()))
    assert paragraphs(found) == SENTENCES


@pytest.mark.parametrize("end", ["</titl", "", "</head", "\n<title>"])
def test_a_title_that_never_ends_holds_its_line_and_not_the_page(end: str) -> None:
    found = document(f"{MENU}<div><h1>Who pays</h1>{PROSE}</div>", f"<title>Who pays{end}\n<meta name='a'>")
    assert (found.title, paragraphs(found)) == ("Who pays", SENTENCES)


@pytest.mark.parametrize(
    "sentence",
    [
        "地区の委員会は火曜日に会合を開き、新しい診療所の費用を誰が負担するかについて長い時間をかけて話し合った。",
        "地区委员会星期二开会，讨论新诊所的费用应当由谁承担，会议持续了很长时间，最后没有作出任何决定。",
        "คณะกรรมการเขตประชุมกันเมื่อวันอังคารเพื่อตัดสินใจว่าใครควรเป็นผู้จ่ายค่าคลินิกแห่งใหม่ในเมือง",
    ],
)
def test_a_text_in_a_script_without_blanks_is_not_too_short(sentence: str) -> None:
    found = document(f"<article><h1>費用</h1>{''.join(f'<p>{sentence}{n}</p>' for n in range(4))}</article>")
    assert paragraphs(found) == [f"{sentence}{n}" for n in range(4)]


def test_a_text_says_how_many_blocks_were_kept_and_how_sure_that_is() -> None:
    told = document(f"{MENU}<h1>Who pays for the clinics</h1>{PROSE}").origins["text"]
    assert told.startswith("blocks, 6 of 9 kept")
    assert told.endswith(" sure")


# --- the model -------------------------------------------------------------------------------------------


def test_the_model_is_small_and_was_fitted_on_the_columns_that_a_page_gives() -> None:
    told = json.loads(block_model.FILE.read_text(encoding="utf-8"))
    assert tuple(told["columns"]) == block_features.NAMES == block_model.model().names
    assert block_model.FILE.stat().st_size <= 200_000
    assert told["f1"].keys() == {"by page", "by set"}


def test_a_tree_is_walked_to_the_leaf_that_its_nodes_lead_to() -> None:
    trees = [[[0, 1.5, 1, 2], [-1.0], [1, 0.0, 3, 4], [2.0], [3.0]], [[0.5]]]
    model = block_model.from_json({"trees": trees, "base": 0.0, "columns": ["a", "b"]})
    rows = np.array([[1.5, 9], [2, 0], [2, 1]], dtype=np.float32)
    odds = np.log(model.probability(rows) / (1 - model.probability(rows)))
    assert odds == pytest.approx([-0.5, 2.5, 3.5])


def test_a_page_without_blocks_has_no_probabilities() -> None:
    assert block_model.model().probability(np.zeros((0, 3))).shape == (0,)
    with pytest.raises(ValueError, match="without blocks"):
        features(*page_blocks(parse("<html><body></body></html>")))


TAGS = st.sampled_from(["div", "p", "li", "td", "article", "aside", "h2", "a", "nav", "section"])
TREES = st.recursive(
    st.sampled_from([*SENTENCES, "Home", "12 May 2014", "© 2014", "", "Read more", "\u00ad", "。"]),
    lambda inner: st.tuples(TAGS, st.lists(inner, max_size=4)).map(
        lambda node: f"<{node[0]} class='{node[0]}-x'>{''.join(node[1])}</{node[0]}>"
    ),
    max_leaves=30,
)


@settings(max_examples=100, deadline=None)
@given(TREES)
def test_any_page_gives_a_row_of_finite_numbers_for_each_block_and_the_same_ones_again(body: str) -> None:
    tree = parse(page(body))
    blocks, places = page_blocks(tree)
    if blocks:
        rows = features(blocks, places, "Who pays")
        assert rows.shape == (len(blocks), len(block_features.NAMES))
        assert np.isfinite(rows).all()
        likely = block_model.model().probability(rows)
        assert ((likely >= 0) & (likely <= 1)).all()
        assert (features(*page_blocks(parse(page(body))), "Who pays") == rows).all()


@settings(max_examples=100, deadline=None)
@given(TREES)
def test_the_blocks_of_a_page_hold_its_words_in_their_order(body: str) -> None:
    tree = parse(page(body))
    told = "".join(" ".join(block.text for block in page_blocks(tree)[0]).split())
    assert told == "".join("".join(tree.itertext()).replace("\u00ad", "").split())


def test_places_lead_from_each_block_to_the_page() -> None:
    blocks, places = page_blocks(parse(page(f"<div class='sidebar'>{MENU}</div><div>{PROSE}</div>")))
    assert all(above < row for row, above in enumerate(places.parent) if row)
    assert [block.text for block in blocks if block.links] == ["News", "Jobs", "About"]
    assert all(first.home <= second.home for first, second in pairwise(blocks))


@pytest.mark.parametrize(
    ("text", "count"),
    [("two words", 2), ("", 0), ("新しい診療所の費用負担", 6), ("우리는 회의를 열었다", 3), ("a" * 60, 1)],
)
def test_two_signs_of_a_script_without_blanks_count_as_a_word(text: str, count: int) -> None:
    assert size(text) == count


# --- what it learns from ---------------------------------------------------------------------------------


def test_a_block_is_true_by_its_words_and_a_short_one_by_its_place() -> None:
    gold = "\n".join([SENTENCES[0], "What was said", SENTENCES[1]])
    blocks = ["Home", "What was said", SENTENCES[0], "What was said", SENTENCES[1], SENTENCES[2], "***"]
    found = shares(blocks, gold)
    assert list(found[[2, 3, 4]]) == [1, 1, 1]
    assert list(found[[0, 6]]) == [0, -1]
    assert found[5] < 0.5
