"""Feeds and sitemaps as sites really write them: one broken entry costs itself, and the rest is found."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.http import Response

from spiders.lists import Listed, read_list, web_address
from tests.spiders.test_sources import FakeRun, made

HERE = "https://www.quillbrook.example/all/list.xml"
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


def links(found: Listed) -> list[str]:
    return [
        entry.links[0].removeprefix("https://www.quillbrook.example")
        for entry in found.entries
        if entry.links
    ]


def rss(items: str, attributes: str = "") -> bytes:
    return f"<?xml version='1.0'?><rss version='2.0' {attributes}><channel>{items}</channel></rss>".encode()


@pytest.mark.parametrize(
    ("item", "wanted"),
    [
        ("<link></link><guid isPermaLink='true'>https://www.quillbrook.example/a</guid>", "/a"),
        ("<link/><guid>https://www.quillbrook.example/a</guid>", "/a"),
        ("<link>\n  </link><guid isPermaLink='TRUE'> https://www.quillbrook.example/a </guid>", "/a"),
        ("<guid isPermaLink='false'>https://www.quillbrook.example/a</guid>", None),
        ("<guid>4711 at the office</guid>", None),
        ("<atom:link href='/a' rel='alternate'/><atom:link href='/a/edit' rel='edit'/>", "/a"),
        ("<atom:link href='/a/comments' rel='replies'/><link>/a</link>", "/a"),
        ("<link><![CDATA[ /a?x=1&y=2 ]]></link>", "/a?x=1&y=2"),
        ("<link>/a?x=1&y=2&amp;z=3</link>", "/a?x=1&y=2&z=3"),
        ("<title>Fish&nbsp;&amp;&nbsp;chips &copy &</title><link>/a</link>", "/a"),
        ("<link>/a</link><title>A <b>bold</title>", "/a"),
        ("<link xml:base='/deep/er/'>a</link>", "/deep/er/a"),
        ("<link>http://f.example/1</link><fb:origLink>https://www.quillbrook.example/a</fb:origLink>", "/a"),
        ("<link>javascript:alert(1)</link>", None),
        ("<link>http://[::1</link><guid>https://www.quillbrook.example/a</guid>", "/a"),
    ],
)  # fmt: skip
def test_an_item_s_page_is_what_any_of_its_marks_says(item: str, wanted: str | None) -> None:
    """`fb` stands for a service that counts readers, and is declared nowhere, as happens."""
    body = rss(
        f"<item>{item}</item><item><link>/last</link></item>", "xmlns:atom='http://www.w3.org/2005/Atom'"
    )
    assert links(read_list(body, HERE)) == [*([wanted] if wanted else []), "/last"]


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        ("<link href='a'/>", "/news/a"),
        ("<link rel='self' href='b'/><link rel='alternate' href='a'/>", "/news/a"),
        ("<link href='a.pdf' type='application/pdf'/><link href='a' type='text/html'/>", "/news/a"),
        ("<link rel='enclosure' href='b.mp3'/><id>https://www.quillbrook.example/a</id>", "/a"),
        ("<link rel='http://www.iana.org/assignments/relation/alternate' href='a'/>", "/news/a"),
    ],
)
def test_an_atom_entry_is_read_against_its_base(entry: str, wanted: str) -> None:
    feed = f"<feed xmlns='http://www.w3.org/2005/Atom' xml:base='/news/'><entry>{entry}</entry></feed>"
    assert links(read_list(feed.encode(), HERE)) == [wanted]


def test_a_feed_s_dates_stand_by_its_entries_and_its_next_page_is_found() -> None:
    found = read_list(
        rss(
            "<atom:link rel='next' href='?page=2'/>"
            "<item><link>/a</link><pubDate>Mon, 02 Jun 2014 09:00:00 GMT</pubDate>"
            "</item>",
            "xmlns:atom='http://www.w3.org/2005/Atom'",
        ),
        HERE,
    )
    assert [entry.date for entry in found.entries] == ["Mon, 02 Jun 2014 09:00:00 GMT"]
    assert found.parts == [f"{HERE}?page=2"]


XML = "<?xml version='1.0' encoding='{}'?><urlset xmlns='{}'><url><loc>https://www.quillbrook.example/é</loc></url></urlset>"
PREFIXED = (
    f"<s:urlset xmlns:s='{SITEMAP}'><s:url><s:loc>https://www.quillbrook.example/é</s:loc></s:url></s:urlset>"
)
FORMS = {
    "plain": XML.format("utf-8", SITEMAP).encode(),
    "another namespace": XML.format("utf-8", "http://www.google.com/schemas/sitemap/0.84").encode(),
    "a prefix": PREFIXED.encode(),
    "a prefix that is not declared": PREFIXED.replace(f" xmlns:s='{SITEMAP}'", "").encode(),
    "Latin-1 as declared": XML.format("iso-8859-1", SITEMAP).encode("latin-1"),
    "UTF-16 with a mark": XML.format("utf-16", SITEMAP).encode("utf-16"),
    "UTF-16 without one": XML.format("utf-16", SITEMAP).encode("utf-16-be"),
    "UTF-16 that says UTF-8": XML.format("utf-8", SITEMAP).encode("utf-16"),
    "UTF-8 with a mark": PREFIXED.encode("utf-8-sig"),
    "blank lines first": b"\n\n" + XML.format("utf-8", SITEMAP).encode(),
    "a program's warning first": b"<br />\n<b>Notice</b>: x\n" + XML.format("utf-8", SITEMAP).encode(),
    "gzip": gzip.compress(PREFIXED.encode()),
    "gzip in members": gzip.compress(PREFIXED.encode()[:60]) + gzip.compress(PREFIXED.encode()[60:]),
    "text": "https://www.quillbrook.example/é\n".encode(),
    "text with a mark and CRLF": "https://www.quillbrook.example/é\r\n\r\n".encode("utf-8-sig"),
    "text in UTF-16": "https://www.quillbrook.example/é".encode("utf-16"),
    "RSS": rss("<item><link>https://www.quillbrook.example/é</link></item>"),
    "Atom": "<feed><entry><link href='https://www.quillbrook.example/é'/></entry></feed>".encode(),
    "cut off": XML.format("utf-8", SITEMAP).encode().removesuffix(b"</url></urlset>"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_sitemap_may_come_in_any_form(form: str) -> None:
    assert links(read_list(FORMS[form], HERE)) == ["/é"]


@pytest.mark.parametrize(
    "page",
    [
        b"",
        b"<!doctype html><html><body><p>Not found</p></body></html>",
        b"<html><body>Our <rss> feed</body></html>",
        b"User-agent: *\nDisallow: /\nSitemap: https://www.quillbrook.example/sitemap.xml",
        b"%PDF-1.4 https://www.quillbrook.example/",
        b"\x1f\x8b\x08 no gzip at all",
    ],
)
def test_what_is_served_in_place_of_a_list_is_none(page: bytes) -> None:
    assert read_list(page, HERE).kind == ""


ODD = st.sampled_from(
    ["javascript:alert(1)", "mailto:a@b.example", "http://[::1", "//", "https://", "http://a:99999/", "http://a:b/",
     "data:text/html,x", "https://a b.example/"]
)  # fmt: skip


@given(st.lists(ODD | st.integers(0, 99), max_size=20), st.sampled_from(["url", "sitemap"]))
def test_an_odd_entry_costs_itself_alone_and_is_told(entries: list[str | int], kind: str) -> None:
    locs = [
        entry if isinstance(entry, str) else f"https://www.quillbrook.example/{entry}" for entry in entries
    ]
    rows = "".join(f"<{kind}><loc>\n {loc} </loc></{kind}>" for loc in locs)
    found = read_list(f"<urlset>{rows}</urlset>".encode(), HERE)
    good = [f"https://www.quillbrook.example/{entry}" for entry in entries if isinstance(entry, int)]
    assert (found.parts if kind == "sitemap" else [entry.links[0] for entry in found.entries]) == good
    assert len(found.odd) == len(entries) - len(good)


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_no_bytes_are_too_odd(body: bytes) -> None:
    for start in (b"", b"<rss>", b"<urlset><url><loc>", b"\x1f\x8b", b"\xff\xfe<\0r\0s\0s\0>\0"):
        found = read_list(start + body, HERE)
        assert all(web_address("", link) for entry in found.entries for link in entry.links)


def test_an_index_with_a_script_in_it_leads_to_its_other_sitemaps(caplog: pytest.LogCaptureFixture) -> None:
    spider: Any = made("sitemap", [HERE], "www.quillbrook.example")
    spider.run = FakeRun()
    index = (
        b"<sitemapindex><sitemap><loc>javascript:alert(1)</loc></sitemap>"
        b"<sitemap><loc>/two.xml</loc></sitemap></sitemapindex>"
    )
    requests = list(spider.parse(Response(HERE, body=index)))
    assert [request.url for request in requests] == ["https://www.quillbrook.example/two.xml"]
    assert "1 entries without an address, such as 'javascript:alert(1)': passed over" in caplog.text


ENTRY = "<url><loc>https://www.quillbrook.example/{}</loc><lastmod>2014-06-01</lastmod></url>"
URLS = [ENTRY.format(n) for n in range(6)]


@pytest.mark.parametrize(
    "harm",
    ["<u", "</url></urlset>", "<!--", "<![CDATA[", "<a b='", "&#xD800;<", "</loc>", "<?php echo '", "]]>"],
)  # fmt: skip
def test_one_broken_entry_costs_itself_alone_wherever_it_stands(harm: str) -> None:
    """A parser that mends would end there, or take all that follows for a part of it."""
    for at in range(6):
        broken = [*URLS[:at], URLS[at].replace("<loc>", f"<loc>{harm}"), *URLS[at + 1 :]]
        found = read_list(f"<urlset xmlns='{SITEMAP}'>{''.join(broken)}</urlset>".encode(), HERE)
        assert {f"/{n}" for n in range(6) if n != at} <= set(links(found))


@pytest.mark.parametrize("head", ["", "<urlset xmlns='http://www.sitemaps", "<urlset xmlns='>", "rlset>"])
def test_a_sitemap_without_its_head_is_one_all_the_same(head: str) -> None:
    found = read_list((head + "".join(URLS)).encode(), HERE)
    assert (found.kind, links(found)) == ("sitemap", [f"/{n}" for n in range(6)])


def test_of_a_damaged_gzip_all_before_the_damage_is_read_and_the_damage_told() -> None:
    entries = "".join(ENTRY.format(n * 7919 % 1000) for n in range(300))
    whole = gzip.compress(f"<urlset xmlns='{SITEMAP}'>{entries}</urlset>".encode())
    for spoilt in (
        whole[: len(whole) // 2],
        whole[:-200] + b"\x55" * 150 + whole[-50:],
        whole[:-8] + bytes(8),
    ):
        found = read_list(spoilt, HERE)
        assert len(found.entries) >= 100
        assert "gzip is damaged" in found.odd[-1]


def test_an_entry_without_an_address_is_told() -> None:
    found = read_list(rss("<item><title>No address</title></item><item><link>/a</link></item>"), HERE)
    assert (links(found), found.odd) == (["/a"], ["No address"])
    found = read_list(b"<urlset><url><loc/><lastmod>2014-06-01</lastmod></url></urlset>", HERE)
    assert found.odd == ["2014-06-01"]
