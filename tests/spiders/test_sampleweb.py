"""The sample web: labelled, complete, deterministic, and built like the sites it stands for."""

from __future__ import annotations

import csv
import gzip
import http.client
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from lxml import etree

from pipeline import config as configuration
from pipeline import themes
from spiders.guardian import KEY
from spiders.sampleweb import SampleWeb, demo, serve
from spiders.sampleweb.documents import SampleDocument, read_documents
from spiders.sampleweb.sites import SOURCES

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = read_documents()
THEMES = {theme.theme for theme in themes.load(configuration.load().codebook_file).themes}
OAI = "{http://www.openarchives.org/OAI/2.0/}"


@pytest.fixture(scope="module")
def web() -> Iterator[SampleWeb]:
    web = serve()
    with web:
        yield web


def get(web: SampleWeb, url: str, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(web.address, timeout=10)
    try:
        target = parts._replace(scheme="", netloc="").geturl()
        connection.request("GET", target, headers={"Host": parts.netloc, **headers})
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: f"{d.source}/{d.slug}")
def test_every_document_has_a_labelled_page_with_its_whole_text(
    web: SampleWeb, document: SampleDocument
) -> None:
    response, body = get(web, document.record)
    text = body.decode()
    assert response.status == 200
    assert "Themeshift sample web" in text
    if response.headers["Content-Type"].startswith("application/json"):
        text = " ".join(strings(json.loads(text)))
    words = " ".join(etree.HTML(text.encode()).xpath("string()").split())
    for block in document.blocks:
        parts = [item.unescape() for item in block.items] or [block.html.unescape()]
        assert all(" ".join(re.sub("<[^>]+>", "", part).split()) in words for part in parts)


def strings(tree: Any) -> Iterator[str]:
    """Every text in a JSON answer."""
    if isinstance(tree, str):
        yield tree
    for item in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from strings(item)


def test_every_page_of_every_site_is_labelled(web: SampleWeb) -> None:
    for site in web.sites.values():
        for target, page in site.pages.items():
            if page.location or target == "/robots.txt":
                continue
            label = b"Themeshift sample web"
            assert label in page.body, site.host + target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: f"{d.source}/{d.slug}")
def test_every_document_says_that_it_is_a_sample(document: SampleDocument) -> None:
    assert document.fields["sample"] is True
    assert set(document.fields["themes"]) <= THEMES


def test_oai_pages_hold_five_records_and_the_last_has_no_token(web: SampleWeb) -> None:
    target, sizes, ids = "?verb=ListRecords&metadataPrefix=oai_dc", [], []
    for _ in range(len(DOCUMENTS)):
        _, body = get(web, f"https://kar.kent.ac.uk/cgi/oai2{target}")
        tree = etree.fromstring(body)
        sizes.append(len(tree.findall(f".//{OAI}record")))
        ids += [found.text for found in tree.findall(f".//{OAI}identifier")]
        token = tree.find(f".//{OAI}resumptionToken")
        if token is None:
            break
        target = f"?verb=ListRecords&resumptionToken={quote(token.text, safe='')}"
    assert set(sizes[:-1]) == {5}
    assert 0 < sizes[-1] <= 5
    wanted = {f"oai:kar.kent.ac.uk:{d.slug}" for d in DOCUMENTS if d.source == "kar"}
    assert wanted < set(ids)
    assert len(ids) == len(set(ids))


def test_oai_answers_a_verb_it_does_not_know_with_an_error(web: SampleWeb) -> None:
    _, body = get(web, "https://kar.kent.ac.uk/cgi/oai2?verb=Nonsense")
    assert etree.fromstring(body).find(f"{OAI}error").get("code") == "badVerb"


def test_sitemaps_list_every_document(web: SampleWeb) -> None:
    for host, source in [("www.kingsfund.org.uk", "kingsfund"), ("kar.kent.ac.uk", "kar")]:
        _, body = get(web, f"https://{host}/sitemap.xml")
        listed = etree.fromstring(body).xpath("//*[local-name()='loc']/text()")
        if source == "kar":  # an index
            _, body = get(web, listed[0])
            listed = etree.fromstring(body).xpath("//*[local-name()='loc']/text()")
        assert {d.url for d in DOCUMENTS if d.source == source} <= set(listed)


def test_nuffield_trust_has_no_sitemap(web: SampleWeb) -> None:
    assert get(web, "https://www.nuffieldtrust.org.uk/sitemap.xml")[0].status == 404


def test_bodies_travel_gzipped_or_in_chunks(web: SampleWeb) -> None:
    zipped, body = get(web, "https://www.bmj.com/archive", **{"Accept-Encoding": "gzip"})
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(body) == get(web, "https://www.bmj.com/archive")[1]
    chunked, _ = get(web, "https://www.gponline.com/news")
    assert chunked.headers["Transfer-Encoding"] == "chunked"


def test_answers_do_not_change_with_time(web: SampleWeb) -> None:
    url = "https://www.bmj.com/content/344/bmj.e90002"
    first, second = get(web, url), get(web, url)
    assert first[1] == second[1]
    assert first[0].headers.items() == second[0].headers.items()
    assert "Date" not in first[0].headers
    assert first[0].headers["Last-Modified"] == "Wed, 25 Apr 2012 09:00:00 GMT"
    again, body = get(web, url, **{"If-None-Match": first[0].headers["ETag"]})
    assert (again.status, body) == (304, b"")


def test_the_report_in_pdf_holds_the_document_text(web: SampleWeb) -> None:
    pdfium = pytest.importorskip("pypdfium2")
    report = next(d for d in DOCUMENTS if d.source == "kingsfund" and d.genre == "report")
    _, page = get(web, report.url)
    link = re.search(rb'href="(/sites/[^"]+\.pdf)"', page)
    assert link is not None
    _, body = get(web, f"https://www.kingsfund.org.uk{link[1].decode()}")
    document = pdfium.PdfDocument(body)
    text = " ".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    assert report.title in " ".join(text.split())
    assert report.blocks[0].text in " ".join(text.split())


def test_an_unknown_host_is_not_served(web: SampleWeb) -> None:
    assert get(web, "https://www.example.org/")[0].status == 421


def test_the_command_serves_and_names_its_address(web: SampleWeb) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "spiders.sampleweb"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        server.terminate()
    assert re.fullmatch(rf"serving {len(web.sites)} sites on 127\.0\.0\.1:\d+\n", line)


def test_missing_documents_are_said_in_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "spiders.sampleweb", "--documents", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "holds no sample documents" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_demo_s_coder_says_what_documents_are_about_and_no_more(tmp_path: Path) -> None:
    about = next(d for d in DOCUMENTS if d.fields.get("themes") == ["autonomy"])
    sheet = tmp_path / "sheet.csv"
    rows = [["key", "title", "text", "accountability", "autonomy", "note"]]
    rows += [[f"s:c:{n}:h", about.title, "…", "", "", ""] for n in (2, 1, 3)]
    for machine, said in (({("2", "autonomy"), ("3", "accountability")}, ["no", "yes", "no"]),
                          (set(), ["yes", "no", "no"])):  # fmt: skip
        with sheet.open("w", encoding="utf-8-sig", newline="") as stream:
            csv.writer(stream).writerows(rows)
        demo.fill_in(sheet, machine)
        with sheet.open(encoding="utf-8-sig", newline="") as stream:
            filled = sorted(csv.DictReader(stream), key=lambda row: row["key"])
        assert [row["autonomy"] for row in filled] == said
        assert {row["accountability"] for row in filled} == {"no"}


def test_the_demo_crawls_what_the_sample_web_has_and_nothing_that_needs_a_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(KEY, raising=False)
    assert set(demo.crawled()) == set(SOURCES) - {"guardian"}
    monkeypatch.setenv(KEY, "a-key")
    assert set(demo.crawled()) == set(SOURCES)
