"""Beside documents crawlers keep files for programs, logs, redirects, and pages that ask for scripts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import SetAside
from pipeline.readers import read
from pipeline.records import Capture, Document

FETCHED = datetime(2024, 11, 1, tzinfo=UTC)
PROSE = "Commissioners met in the town hall and argued at length about who should pay for the new clinics."
NOTE = (
    "The clinic in Northmere is closed on Friday, as the well has to be cleaned before the duck race begins."
)


def outcome(
    body: str, url: str = "https://example.org/a", media: str = "text/html", status: int = 200
) -> str:
    """The reason for which there is no document; "document" where there is one."""
    try:
        document: Document = read(Capture(url, "files", FETCHED, media, body.encode(), status=status))
    except SetAside as aside:
        return aside.reason
    assert document.text
    return "document"


def page(body: str, head: str = "", title: str = "Northmere") -> str:
    return f"<!DOCTYPE html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>"


RULES = ["User-agent: *", "Disallow: /cart", "Allow: /", "Sitemap: https://example.org/sitemap.xml",
         "Crawl-delay: 10", "# Please ask us before you gather many pages of this site"]  # fmt: skip


@pytest.mark.parametrize(
    "path", ["robots.txt", "ads.txt", ".well-known/security.txt", "sitemap_news.txt", "crawl.log"]
)
@pytest.mark.parametrize("media", ["text/plain", "text/html", ""])
def test_a_file_for_programs_is_known_by_its_address(path: str, media: str) -> None:
    assert outcome(f"{PROSE}\n\n{PROSE}", f"https://example.org/{path}", media) == "program-file"
    replayed = f"https://web.archive.org/web/20140309120000id_/http://example.org/{path}"
    assert outcome(f"{PROSE}\n\n{PROSE}", replayed, media) == "program-file"


@settings(deadline=None)
@given(st.lists(st.sampled_from(RULES), min_size=3, max_size=30))
def test_rules_for_crawlers_are_known_by_their_lines_under_any_address(rules: list[str]) -> None:
    assert outcome("\n".join([RULES[0], *rules]), "file:///mirror/rules", "text/plain") == "program-file"


LOGS = {
    "wget": "--2019-05-01 10:00:00--  https://example.org/{n}\nResolving example.org... 192.0.2.7\n"
    "HTTP request sent, awaiting response... 200 OK\nLength: 5120 (5.0K) [text/html]\nSaving to: a{n}.html",
    "a crawler": "2019-05-01T10:00:{n}.120Z   200   5120 https://example.org/{n} L - text/html",
    "a server": '192.0.2.7 - - [01/May/2019:10:00:{n} +0000] "GET /news/{n} HTTP/1.1" 200 5120 "-" "-"',
    "a program": "2019-05-01 10:00:{n},120 INFO  gathering.queue: took page number {n} from the queue",
    "a system": "May  1 10:00:{n} host crawler[71]: took the page number {n} of the site from the queue",
    "an index": "org,example)/{n} 201905011000{n} https://example.org/{n} text/html 200 ABCDEFGH 5120",
    "addresses": "https://example.org/news/the-story-of-the-duck-number-{n}",
}


@pytest.mark.parametrize("of", LOGS)
def test_a_log_is_no_document(of: str) -> None:
    text = "\n".join(LOGS[of].format(n=n) for n in range(10, 40))
    assert outcome(text, "file:///crawl/notes.txt", "text/plain") == "program-file"


def test_a_diary_and_minutes_are_documents() -> None:
    text = "\n\n".join(
        f"2019-05-{day:02} 10:00 {PROSE} It was day {day} of the hearing." for day in range(1, 9)
    )
    assert outcome(text, "https://example.org/diary.txt", "text/plain") == "document"
    rules = f"Host: Ann Lee\n\n{PROSE}\n\nLocation: the town hall\n\n{PROSE}"
    assert outcome(rules, "https://example.org/meeting.txt", "text/plain") == "document"


MOVED = {
    "by its status": (page(f"<p>{PROSE}</p>"), 302),
    "by its words": (
        page("<h1>Moved Permanently</h1><p>The document has moved <a href='/b'>here</a>. You may look at "
             "the other pages of this server as well.</p>", title="301 Moved Permanently"), 200,
    ),
    "by a refresh": (
        page(f"<p>{NOTE[:60]}</p><p>Click here if nothing happens in your browser for a while.</p>",
             '<meta http-equiv="Refresh" content="0; URL=https://example.org/b">'), 200,
    ),
    "by a script": (
        page("<p>Redirecting to the new clinic.</p><script>window.location.href='/b'</script>"), 200,
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", MOVED)
def test_what_only_leads_on_is_no_document(way: str) -> None:
    body, status = MOVED[way]
    assert outcome(body, status=status) == "redirect"


def test_an_article_that_reloads_itself_or_speaks_of_moving_is_a_document() -> None:
    refresh = '<meta http-equiv="refresh" content="900; url=https://example.org/a">'
    assert (
        outcome(page(f"<article><h1>Moved by a speech</h1><p>{PROSE} {NOTE}</p></article>", refresh))
        == "document"
    )
    at_once = refresh.replace("900", "0")
    assert (
        outcome(page(f"<article><p>{PROSE}</p><p>{NOTE}</p><p>{PROSE}</p></article>", at_once)) == "document"
    )


ASKS = [
    "You need to enable JavaScript to run this app.",
    "JavaScript is not available. We’ve detected that JavaScript is disabled in this browser. Enable it "
    "or switch to a supported browser to continue. You can see a list of supported browsers in our Help.",
    "Sorry, this site doesn't work properly without JavaScript enabled. Please enable it to continue.",
    "This page requires JavaScript. To turn it on, open the settings of your browser and look for the word.",
    "Bitte aktivieren Sie JavaScript in Ihrem Browser, um diese Seite in vollem Umfang nutzen zu können.",
    "Pour utiliser ce site, vous devez activer JavaScript dans les paramètres de votre navigateur.",
]


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize(
    "around", ["<noscript>{}</noscript><div id='app'></div>", "<div class='message'><p>{}</p></div>"]
)
def test_a_page_that_only_asks_for_javascript_is_no_document(ask: str, around: str) -> None:
    assert outcome(page(around.format(ask))) == "needs-script"


@pytest.mark.parametrize("ask", ASKS)
def test_a_note_beside_such_a_request_is_a_document(ask: str) -> None:
    linked = NOTE.replace("duck race", "<a href='/race'>duck <b>race</b></a>")
    body = f"<noscript>{ask}</noscript><article><h1>Closed on Friday</h1><p>{linked} {PROSE}</p></article>"
    assert outcome(page(body)) == "document"
