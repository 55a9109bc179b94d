"""What the sample web says of text and data mining: a folder, two pages and part of a site are reserved."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from spiders.sampleweb.site import Page, Site

LABEL = "Themeshift sample web: invented"
FOLDER = "/media-centre/"
TERMS = "https://www.nuffieldtrust.org.uk/sample-terms-for-mining.json"


class Reserved(NamedTuple):
    """A page that may not be mined, linked at the foot of `listing`; the reason for which it is refused."""

    host: str
    listing: str
    path: str
    reason: str

    @property
    def url(self) -> str:
        """Its address."""
        return f"https://{self.host}{self.path}"


RESERVED = (
    Reserved(
        "www.nuffieldtrust.org.uk",
        "/research",
        f"{FOLDER}press-releases/reserved-briefing",
        "tdm-reservation",
    ),
    Reserved("www.kingsfund.org.uk", "/sitemap.xml", "/blog/2014/05/reserved-thoughts", "ai.txt"),
    Reserved("www.gponline.com", "/news", "/reserved/article/9199003", "tdm-reservation in header"),
    Reserved("www.bmj.com", "/uk/news/editorial", "/content/346/bmj.f90097", "tdm-reservation in meta"),
)


def reserve(sites: Iterable[Site]) -> None:
    """Add the policy files and the reserved pages to the sites that have them."""
    rule = {"_sample": LABEL, "location": FOLDER, "tdm-reservation": 1, "tdm-policy": TERMS}
    files = {
        "www.nuffieldtrust.org.uk": ("/.well-known/tdmrep.json", json.dumps([rule])),
        "www.kingsfund.org.uk": ("/ai.txt", f"# {LABEL}\nUser-Agent: *\nDisallow: /blog/*/reserved-\n"),
    }
    by_host = {site.host: site for site in sites}
    for host, (path, text) in files.items():
        by_host[host].add_text(path, text)
    for page in RESERVED:
        _add(by_host[page.host], page)


def _add(site: Site, reserved: Reserved) -> None:
    title = "What the publisher keeps to itself"
    message = (
        "Whoever runs a clinical commissioning group may read this page as often as they like. Counting its "
        "words is another matter: the mining of this invented text is reserved."
    )
    site.add(reserved.path, "message.html.jinja", heading=title, message=message)
    page = site.pages[reserved.path]
    if reserved.reason.endswith("header"):
        page = replace(page, headers=(("TDM-Reservation", "1"),))
    if reserved.reason.endswith("meta"):
        tag = b'<meta name="tdm-reservation" content="1">'
        page = replace(page, body=page.body.replace(b"<meta", tag + b"<meta", 1))
    site.pages[reserved.path] = page
    _link(site.pages, reserved)


def _link(pages: dict[str, Page], reserved: Reserved) -> None:
    listing = pages[reserved.listing]
    link, end = f'<a href="{reserved.path}">Reserved</a>', "</body>"
    if reserved.listing.endswith(".xml"):
        link, end = f"<url><loc>{reserved.url}</loc></url>", "</urlset>"
    body = listing.body.decode().replace(end, link + end, 1)
    pages[reserved.listing] = replace(listing, body=body.encode())
