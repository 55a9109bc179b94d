"""The sites of the sample web: their documents, how one finds them, and pages that are no documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any
from urllib.parse import quote, urlsplit

from pipeline.errors import InputError
from spiders.sampleweb.archives import archives
from spiders.sampleweb.crossref import crossref
from spiders.sampleweb.documents import SampleDocument
from spiders.sampleweb.government import govuk
from spiders.sampleweb.hansard import hansard
from spiders.sampleweb.libraries import europepmc
from spiders.sampleweb.policies import reserve
from spiders.sampleweb.press import guardian
from spiders.sampleweb.services import target_of
from spiders.sampleweb.site import UNDATED, Entry, Site
from spiders.sampleweb.thinktanks import kingsfund, nuffieldtrust
from spiders.sampleweb.wordpress import nhsengland

SOURCES = (
    "bmj", "kar", "kingsfund", "nuffieldtrust", "gponline", "europepmc", "govuk", "nhsengland", "hansard",
    "guardian", "ccgsites",
)  # fmt: skip
"""The sources that have a site here; others can be declared and have none."""
OAI_PAGE = 5
OAI_LIST = "/cgi/oai2?verb=ListRecords"


def build(documents: Sequence[SampleDocument], removed: Sequence[SampleDocument] = ()) -> list[Site]:
    """The sites around `documents`, newest first, where `removed` ones are gone.

    Raises InputError for a source without a site.
    """
    makers: dict[str, Callable[[Sequence[SampleDocument]], Sequence[Site]]] = {
        "bmj": lambda own: [bmj(own), crossref(own)],
        "kar": lambda own: [kar(own, [d for d in removed if d.source == "kar"])],
        "kingsfund": lambda own: [kingsfund(own)],
        "nuffieldtrust": lambda own: [nuffieldtrust(own)],
        "gponline": lambda own: [gponline(own)],
        "europepmc": lambda own: [europepmc(own, of["bmj"])],
        "govuk": govuk,
        "nhsengland": lambda own: [nhsengland(own)],
        "hansard": lambda own: [hansard(own)],
        "guardian": lambda own: [guardian(own)],
        "ccgsites": archives,
    }
    assert tuple(makers) == SOURCES
    of = {source: [d for d in documents if d.source == source] for source in makers}
    if unknown := {document.source for document in documents} - makers.keys():
        raise InputError(f"the sample web has no site for {', '.join(sorted(unknown))}")
    sites = [site for source, make in makers.items() for site in make(of[source])]
    for document in removed:
        (site,) = (site for site in sites if site.host == urlsplit(document.record).netloc)
        site.withdraw(target_of(document), document.fields["removed"]["status"])
    reserve(sites)
    return sites


def bmj(documents: Sequence[SampleDocument]) -> Site:
    """Listings, issue contents and a feed; bodies travel gzipped."""
    site = Site("bmj", "www.bmj.com", documents, transfer="gzip")
    for document in documents:
        for suffix in ("", ".full"):
            site.add(document.path + suffix, "article.html.jinja", document.modified, document=document)
    withdrawn = Entry("/content/346/bmj.f90099", "Article withdrawn at its inventors' request")
    editorials = [d for d in documents if d.genre == "editorial"]
    news = [d for d in documents if d.genre == "news"]
    site.add_listing("/uk/news/editorial", [*editorials, withdrawn], 3, "Editorials")
    site.add_listing("/uk/news/news?category=News", news, 3, "News")
    issues = []
    for volume, group in groupby(sorted(documents, key=_volume), _volume):
        sections = groupby(sorted(group, key=_section), _section)
        path = f"/content/{volume}/{7500 + int(volume)}"
        values = [(section, list(items)) for section, items in sections]
        site.add(path, "issue.html.jinja", volume=volume, sections=values)
        issues.append((path, f"Volume {volume}"))
    site.add("/archive", "archive.html.jinja", issues=[*issues, ("/content/322/7277", "Volume 322")])
    site.add("/rss/recent.xml", "rss.xml.jinja", documents=documents[:5])
    links = [("/uk/news/editorial", "Editorials"), ("/archive", "Archive"), ("/search/ccg", "Search")]
    site.furnish("The BMJ", links, "User-agent: *\nCrawl-delay: 10\nDisallow: /search/\n")
    return site


def _volume(document: SampleDocument) -> str:
    return document.path.split("/")[2]


def _section(document: SampleDocument) -> str:
    return str(document.fields["section"])


def kar(documents: Sequence[SampleDocument], removed: Sequence[SampleDocument] = ()) -> Site:
    """OAI-PMH and a sitemap index; one item removed, and one record deleted beside those of `removed`."""
    site = Site("kar", "kar.kent.ac.uk", documents)
    records: list[dict[str, Any]] = []
    for document in documents:
        creators = [_family_first(author) for author in document.authors]
        abstract = " ".join(block.text for block in document.blocks)
        deposited = max(document.published + timedelta(days=400), document.modified)
        values: dict[str, Any] = {"document": document, "creators": creators, "abstract": abstract}
        site.add(document.path, "article.html.jinja", deposited, deposited=deposited, **values)
        records.append(values | {"id": document.slug, "stamp": deposited.isoformat(), "deleted": False})
    gone = {"document": None, "stamp": "2021-11-16", "creators": (), "abstract": ""}
    records.insert(3, gone | {"id": "900098", "deleted": False})
    records.insert(4, gone | {"id": "900099", "deleted": True})
    for item in removed:
        records.append(gone | {"id": item.slug, "deleted": True, "stamp": UNDATED.isoformat()})
    _oai(site, records)
    gone_page = "This item has been removed from the repository."
    site.add("/900098/", "message.html.jinja", status=410, heading="Item Removed", message=gone_page)
    site.add("/sitemap.xml", "sitemap.xml.jinja", kind="index", urls=[f"https://{site.host}/sitemaps/1.xml"])
    urls = [(document.url, document.modified) for document in documents]
    site.add("/sitemaps/1.xml", "sitemap.xml.jinja", kind="urls", urls=urls)
    site.add_listing("/view/", documents, 50, "Browse by year")
    # The real one forbids all of /cgi/, as EPrints does by default; the sample lets OAI-PMH be exercised.
    robots = "User-agent: *\nAllow: /cgi/oai2\nDisallow: /cgi/\n"
    site.furnish("Kent Academic Repository", [("/view/", "Browse")], robots)
    return site


def _oai(site: Site, records: Sequence[dict[str, Any]]) -> None:
    for start in range(0, len(records), OAI_PAGE):
        following = start + OAI_PAGE
        token = _token(following) if following < len(records) else ""
        target = f"{OAI_LIST}&resumptionToken={quote(_token(start), safe='')}" if start else ""
        site.add(
            target or f"{OAI_LIST}&metadataPrefix=oai_dc",
            "oai.xml.jinja",
            verb="ListRecords",
            error="",
            records=records[start:following],
            token=token,
            size=len(records),
            cursor=start,
        )
    site.add("/cgi/oai2?verb=Identify", "oai.xml.jinja", verb="Identify", error="")
    site.add("/cgi/oai2", "oai.xml.jinja", verb="", error="badVerb", message="No such verb or argument")


def _token(offset: int) -> str:
    return f"metadataPrefix=oai_dc&offset={offset}"


def _family_first(author: str) -> str:
    given, _, family = author.rpartition(" ")
    return f"{family}, {given}" if given else family


SECTIONS = {"news": "News", "feature": "Features", "blog": "Blogs", "opinion": "Opinion"}


def gponline(documents: Sequence[SampleDocument]) -> Site:
    """Listings with a tracking parameter on every link, and a page to log in; bodies travel in chunks."""
    site = Site("gponline", "www.gponline.com", documents, transfer="chunked")
    for document in documents:
        linked: dict[str, Any] = {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": document.title,
            "articleSection": SECTIONS[document.fields["genre"]],
            "datePublished": f"{document.published.isoformat()}T00:00:00Z",
            "author": [{"@type": "Person", "name": author} for author in document.authors],
            "publisher": {"@type": "Organization", "name": "GPonline"},
        }
        linked |= {"dateModified": f"{document.modified}T00:00:00Z"} if document.changed else {}
        site.add(document.path, "article.html.jinja", document.modified, document=document, json_ld=linked)
    login = Entry("/premises-costs-for-members/article/9199001", "Premises costs: a guide for members")
    site.add(login.path, "login.html.jinja", heading=login.title)
    site.add_listing("/news", [*documents, login], 5, "News")
    site.furnish("GPonline", [("/news", "News")], "User-agent: *\nDisallow: /login\nDisallow: /register\n")
    return site
