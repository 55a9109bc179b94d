"""Services as they really answer: who spoke, the day it came out, all of the words and nothing but these."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipeline.readers import people, read
from pipeline.records import Document
from tests.readers.test_readers import PROSE, capture, dated


def answered(row: Any) -> Document:
    return read(capture(json.dumps(row), "application/json"))


# --- GOV.UK ----------------------------------------------------------------------------------------------


def page(kind: str = "guidance", schema: str = "publication", **values: Any) -> Document:
    """A page of the content API; `details` and `links` as the case has them."""
    row: dict[str, Any] = {
        "base_path": "/sample",
        "document_type": kind,
        "schema_name": schema,
        "title": "Soup",
    }
    row |= {"locale": "en", "first_published_at": "2014-05-02T10:00:00.000+00:00", "links": {}} | values
    row["details"] = {"body": f"<p>{PROSE}</p>"} | values.get("details", {})
    return answered(row)


MINISTER = {"title": "The Rt Hon Ann Lee MP"}
PEER = {"title": "The Rt Hon the Lord Sample CBE"}


@pytest.mark.parametrize(
    ("kind", "links", "details", "people"),
    [
        ("speech", {"speaker": [MINISTER]}, {}, ("Ann Lee",)),
        ("speech", {"speaker": [PEER], "people": [PEER, MINISTER]}, {}, ("Lord Sample",)),
        ("authored_article", {"people": [MINISTER]}, {}, ("Ann Lee",)),
        ("written_statement", {}, {"speaker_without_profile": "Dame Jo Hall DBE"}, ("Jo Hall",)),
        # whom a story is about has not written it
        ("news_story", {"people": [MINISTER]}, {}, ()),
        ("press_release", {"people": [MINISTER]}, {}, ()),
    ],
)
def test_who_speaks_is_the_author_and_who_is_only_named_is_not(
    kind: str, links: dict[str, Any], details: dict[str, Any], people: tuple[str, ...]
) -> None:
    assert page(kind, "news_article", links=links, details=details).authors == people


def test_a_consultation_that_is_over_tells_what_came_of_it() -> None:
    details = {"final_outcome_detail": "<p>Soup stays.</p>", "public_feedback_detail": "<p>Few minded.</p>"}
    told = page("consultation_outcome", "consultation", details=details)
    assert told.text.split("\n\n") == [PROSE, "Soup stays.", "Few minded."]
    call = page("call_for_evidence_outcome", "call_for_evidence", details={"outcome_detail": "<p>Heard.</p>"})
    assert call.text.endswith("Heard.")


CARD = '<section class="attachment embedded"><h2>The plan</h2><p>PDF, 1MB, 9 pages</p></section>'


@pytest.mark.parametrize(
    ("schema", "details", "access"),
    [
        ("publication", {"attachments": [{"url": "/a"}]}, "summary"),
        ("publication", {"documents": [CARD]}, "summary"),
        ("consultation", {"final_outcome_documents": [CARD]}, "summary"),
        ("publication", {"attachments": [], "documents": []}, "full"),
        # what hangs on a guide or a speech is an extra: their text is their own
        ("detailed_guide", {"attachments": [{"url": "/a"}]}, "full"),
        ("html_publication", {"attachments": [{"url": "/a"}]}, "full"),
    ],
)
def test_a_cover_is_a_summary_of_what_hangs_on_it(schema: str, details: dict[str, Any], access: str) -> None:
    assert page(schema=schema, details=details).access == access


@pytest.mark.parametrize(
    "mark",
    [
        '<sup id="fnref:1" role="doc-noteref"><a href="#fn:1" rel="footnote">[footnote 1]</a></sup>',
        '<sup id="fnref:1"><a href="#fn:1" rel="footnote">1</a></sup>',
        '<a class="govuk-link" role="doc-noteref" href="#fn:1">[footnote 1]</a>',
    ],
)
def test_notes_and_their_marks_and_the_cards_of_files_are_no_text(mark: str) -> None:
    note = '<li id="fn:1" role="doc-endnote"><p>See the annex. <a href="#fnref:1">↩</a></p></li>'
    body = f'<p>{PROSE}{mark} More was said.</p>{CARD}<div class="footnotes"><ol>{note}</ol></div>'
    assert page(details={"body": body}).text == f"{PROSE} More was said."


@pytest.mark.parametrize(
    ("stated", "details", "day"),
    [
        # in summer an hour before midnight in UTC is tomorrow in London
        ("2014-06-30T23:01:00Z", {}, "2014-07-01"),
        ("2014-12-31T23:01:00.000+00:00", {}, "2014-12-31"),
        ("2014-06-30T23:01:00+01:00", {}, "2014-06-30"),
        (None, {"public_timestamp": "2014-05-02T10:00:00Z", "first_published_version": True}, "2014-05-02"),
        (None, {}, "2016-01-01"),
        (None, {"change_history": [{"note": "New.", "public_timestamp": "2015-02-02T00:00:00Z"},
                                   {"note": "First published.", "public_timestamp": "2013-03-03T00:00:00Z"}]},
         "2013-03-03"),
        # a page that moved: its history is older than its place
        ("2014-05-02T10:00:00Z", {"change_history": [{"public_timestamp": "2012-03-03T00:00:00Z"}]},
         "2012-03-03"),
        ("2014-05-02T10:00:00Z", {"first_public_at": "2009-01-01T00:00:00+00:00"}, "2009-01-01"),
    ],
)  # fmt: skip
def test_a_page_has_the_day_on_which_it_first_came_out_in_london(
    stated: str | None, details: dict[str, Any], day: str
) -> None:
    told = page(first_published_at=stated, public_updated_at="2016-01-01T10:00:00Z", details=details)
    assert dated(told) == day


# --- Hansard ---------------------------------------------------------------------------------------------


def item(text: str, by: str | None = "Ann Lee (Thanet) (Ind)", tag: str = "hs_Para") -> dict[str, Any]:
    about = {"ItemType": "Contribution", "AttributedTo": by, "MemberId": 1 if by else None, "HRSTag": tag}
    return about | {"Value": text}


def debate(*items: dict[str, Any]) -> Document:
    about = {
        "ExtId": "A-1",
        "Title": " Soup",
        "Date": "2014-05-02T00:00:00",
        "House": "Lords",
        "Location": "Hall",
    }
    return answered({"Overview": about, "Items": [*items, item(f"<p>{PROSE}</p>", None)]})


@pytest.mark.parametrize(
    ("attributed", "person"),
    [
        ("Ann Lee (Thanet, North) (Lab/Co-op)", "Ann Lee"),
        ("Dr Ann Lee (Maidstone and The Weald) (Con)", "Ann Lee"),
        ("The Secretary of State for Soup (Mr Tom Hall)", "Tom Hall"),
        ("The Minister for Soup (Services) (Ann Lee)", "Ann Lee"),
        ("The Parliamentary Under-Secretary of State, Department of Soup (Earl Sample) (Con)", "Earl Sample"),
        ("The Advocate-General for Scotland (Lord Lee of Soup) (Con)", "Lord Lee of Soup"),
        ("Madam Deputy Speaker (Ann Lee)", "Ann Lee"),
        ("The Deputy Chairman of Committees (Lord Sample) (CB)", "Lord Sample"),
        ("Baroness Sample (Lab)", "Baroness Sample"),
        ("Lord Other (CB)", "Lord Other"),
        ("Lord Hall of Samples", "Lord Hall of Samples"),
        ("The Earl of Soup and Salad (LD)", "Earl of Soup and Salad"),
        ("The Lord Bishop of Soup", "Lord Bishop of Soup"),
        ("Baroness in Waiting (Baroness Sample) (Con)", "Baroness Sample"),
    ],
)
def test_a_speaker_is_named_without_office_seat_and_party(attributed: str, person: str) -> None:
    assert debate(item("Hear, hear.", attributed)).authors == (person,)


@pytest.mark.parametrize(
    "attributed",
    ["Mr Speaker", "Madam Deputy Speaker", "The Chair", "The Temporary Chair", "The Lord Speaker",
     "The Prime Minister", "The Solicitor General", "The Lord Chancellor", "Hon. Members", "Noble Lords",
     "Several hon. Members", "A Noble Lord", "Opposition Members", "Mr Lansley", None],
)  # fmt: skip
def test_offices_crowds_and_surnames_are_no_people(attributed: str | None) -> None:
    assert debate(item("Oh!", attributed)).authors == ()


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("430WH", "hs_ColumnNumber"), ("11.30 am", "hs_Timeline"), ("14:31", "hs_TimeCode"),
        ("12 noon", "hs_Para"), ("[Ann Lee <em>in the Chair</em>]", "hs_76fChair"),
        ("Moved.", "hs_Procedure"),
        ("Question put and agreed to.", "hs_Para"), ("Motion agreed.", "hs_Para"), ("That soup.", "hs_brev"),
        ("The Committee consisted of the following Members:", "hs_CLHeading"), ("Moved by", "hs_TabledBy"),
        ("Amendment 1", "hs_AmendmentHeading"),
    ],
)  # fmt: skip
def test_what_nobody_says_is_no_text(text: str, tag: str) -> None:
    assert debate(item(text, None, tag)).text == PROSE
    # in old volumes nobody has a number, too
    assert debate(item(text, None, tag) | {"MemberId": -1}).text == PROSE


def test_a_speech_that_goes_on_without_a_name_stays_and_so_do_words_like_a_procedure_s_in_it() -> None:
    said = [item("I say: question put and agreed to."), item("It goes on for long.", None)]
    assert debate(*said).text.split("\n\n")[:2] == [one["Value"] for one in said]


# --- Europe PMC, the Guardian, WordPress, Crossref -------------------------------------------------------


def article(**values: Any) -> Document:
    result = {"id": "1", "source": "MED", "title": "Soup.", "abstractText": PROSE} | values
    return answered({"hitCount": 1, "result": result})


@pytest.mark.parametrize(
    ("author", "name"),
    [
        ({"firstName": "Ann", "lastName": "Lee", "initials": "A"}, "Ann Lee"),
        ({"lastName": "Samples", "initials": "B"}, "B Samples"),
        ({"lastName": "Lee", "initials": "A"}, "A Lee"),
        ({"fullName": "van der Muster EA"}, "EA van der Muster"),
        ({"collectiveName": "Lunch Study Group"}, None),
    ],
)
def test_an_author_is_named_by_what_is_known(author: dict[str, str], name: str | None) -> None:
    assert article(authorList={"author": [author]}).authors == ((name,) if name else ())


def test_where_there_is_no_list_of_authors_the_citation_names_them() -> None:
    assert article(authorString="Muster E, Sample TJ, Lunch Study Group.").authors == (
        "E Muster",
        "TJ Sample",
    )


@pytest.mark.parametrize(
    ("code", "language"),
    [("eng", "en"), ("ger", "de"), ("deu", "de"), ("spa", "es"), ("dut", "nl"), ("chi", "zh"), ("gre", "el"),
     ("fr", "fr"), ("gsw", "gsw"), ("mul", None), ("und", None)],
)  # fmt: skip
def test_a_language_has_two_letters_where_there_are_two(code: str, language: str | None) -> None:
    assert article(language=code).language == language


@pytest.mark.parametrize(
    ("first", "online", "printed", "day"),
    [
        ("2014-05-01", None, {"dateOfPublication": "2014 May"}, "2014-05"),
        ("2014-05-15", None, {"dateOfPublication": "2014 May 15"}, "2014-05-15"),
        ("2014-07-01", None, {"dateOfPublication": "2014 Jul-Aug"}, "2014-07"),
        ("2014-01-01", None, {"dateOfPublication": "2014"}, "2014"),
        ("2014-04-01", None, {"dateOfPublication": "2014 Spring"}, "2014"),
        ("2014-05-01", None, {"yearOfPublication": 2014, "monthOfPublication": 5}, "2014-05"),
        ("2014-01-01", None, {"yearOfPublication": 2014, "monthOfPublication": 0}, "2014"),
        # known to the day: online on the first of a month, or before the month of its issue
        ("2014-05-01", "2014-05-01", {"dateOfPublication": "2014 May"}, "2014-05-01"),
        ("2014-03-12", None, {"dateOfPublication": "2014 May"}, "2014-03-12"),
    ],
)
def test_a_day_that_only_fills_up_a_month_is_a_month(
    first: str, online: str | None, printed: dict[str, Any], day: str
) -> None:
    stated = {"firstPublicationDate": first, "electronicPublicationDate": online, "journalInfo": printed}
    assert dated(article(**stated)) == day


def test_the_times_of_a_live_blog_s_blocks_are_no_text_and_its_day_is_london_s() -> None:
    block = (
        '<div class="block"><p class="block-time published-time"><time>8.05am BST</time></p>'
        f'<h2 class="block-title">Soup</h2><p>{PROSE}</p>'
        '<p class="block-time updated-time">Updated <time>at 9.10am BST</time></p></div>'
    )
    content = {
        "webUrl": "https://www.theguardian.com/a",
        "webTitle": "Live",
        "webPublicationDate": "2014-06-30T23:05:00Z",
        "fields": {"body": block, "lang": "en"},
    }
    told = answered({"response": {"content": content}})
    assert (told.text.split("\n\n"), dated(told)) == (["Soup", PROSE], "2014-07-01")


def test_a_post_loses_what_a_page_of_it_would_lose() -> None:
    body = f"[vc_row]<p>{PROSE}</p>[/vc_row]<p>Share this</p><p>Read more: soup for all</p>"
    post = {
        "link": "https://www.england.nhs.uk/a/",
        "slug": "a",
        "content": {"rendered": body},
        "title": {"rendered": "Soup"},
        "_embedded": {"author": [{"code": "rest_user_invalid_id", "message": "Invalid user ID."}]},
        "yoast_head_json": {"author": "Ann Lee"},
    }
    told = answered(post)
    assert (told.text, told.authors) == (PROSE, ("Ann Lee",))


def test_an_initial_that_is_an_article_elsewhere_is_a_name_in_crossref() -> None:
    work = {
        "DOI": "10.9999/a",
        "title": ["Soup"],
        "abstract": f"<jats:p>{PROSE}</jats:p>",
        "author": [{"given": "A", "family": "Lee"}, {"name": "Lunch Group"}],
        "language": "ger",
    }
    told = answered({"message-type": "work", "message": work})
    assert (told.authors, told.language) == (("A Lee",), "de")


def work(**values: Any) -> Document:
    return answered({"message-type": "work", "message": {"DOI": "10.9999/a", "title": ["Soup"]} | values})


def stated(**kinds: list[int | None]) -> dict[str, Any]:
    """Dates as a record has them, by the ends of their names."""
    names = {"online": "published-online", "printed": "published-print"}
    return {names.get(kind, kind): {"date-parts": [parts]} for kind, parts in kinds.items()}


@pytest.mark.parametrize(
    ("dates", "day"),
    [
        (stated(issued=[2012, 7], online=[2012, 7, 3]), "2012-07-03"),
        (stated(issued=[2012], printed=[2012, 7, 3]), "2012-07-03"),
        (stated(issued=[2012], printed=[2012, 7]), "2012-07"),
        # the day online, also where a print issue came out sooner or only the month of its issue is known
        (stated(issued=[2014, 4, 29], printed=[2014, 5, 10], online=[2014, 4, 29]), "2014-04-29"),
        (stated(issued=[2014, 5, 1], printed=[2014, 5, 1], online=[2014, 5, 6]), "2014-05-06"),
        (stated(issued=[2014, 4], printed=[2014, 4], online=[2014, 5, 6]), "2014-05-06"),
        # scanned and put online years later
        (stated(issued=[1997, 4, 12], printed=[1997, 4, 12], online=[2009, 1, 1]), "1997-04-12"),
        (stated(posted=[2020, 5, 1], issued=[2020, 5, 1], published=[2020, 5]), "2020-05-01"),
        (stated(issued=[None], online=[2014, 5, 6]), "2014-05-06"),
        (stated(issued=[2014, 2, 31]), "2014-02"),
        # an issue to come, after the capture
        (stated(issued=[2024, 12], printed=[2024, 12], online=[2024, 10, 3]), "2024-10-03"),
        (stated(issued=[2025, 3, 1]), None),
        (stated(issued=[None]), None),
        ({"issued": {"date-parts": []}, "published": {}, "posted": None}, None),
    ],
)  # fmt: skip
def test_a_work_is_as_old_as_its_first_electronic_day(dates: dict[str, Any], day: str | None) -> None:
    assert dated(work(**dates)) == day


@pytest.mark.parametrize(
    ("update", "genre"),
    [
        ({"type": "correction", "DOI": "10.9999/b"}, "correction"),
        ({"type": "retraction", "DOI": "10.9999/b"}, "correction"),
        ({"type": "new_version", "DOI": "10.9999/b"}, "journal-article"),
        # an article that was retracted, and says so itself
        ({"type": "retraction", "DOI": "10.9999/A"}, "journal-article"),
    ],
)
def test_a_notice_is_what_tells_of_another_work(update: dict[str, str], genre: str) -> None:
    assert work(type="journal-article", **{"update-to": [update]}).genre == genre


def test_a_title_that_was_deposited_escaped_is_unescaped() -> None:
    title = "Soup &amp;amp; salad in <i>every</i>\n   borough"
    told = work(title=[title], **{"container-title": ["Soup &amp; Salad"]})
    assert (told.title, told.journal) == ("Soup & salad in every borough", "Soup & Salad")


@pytest.mark.parametrize(
    ("written", "people_in_it"),
    [("A Lee", ("A Lee",)), ("Lee, A", ("A Lee",)), ("A B Hall and Lee, A.", ("A B Hall", "A. Lee")),
     ("A GP", ()), ("A junior doctor", ()), ("a patient", ()), ("The Editor Lee", ())],
)  # fmt: skip
def test_a_capital_a_is_an_initial_but_before_somebody_without_a_name(
    written: str, people_in_it: tuple[str, ...]
) -> None:
    assert people.people([written]) == people_in_it
