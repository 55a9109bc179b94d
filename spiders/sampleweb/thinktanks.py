"""The two think tanks of the sample web: pages, reports in PDF, old addresses beside new ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from spiders.sampleweb.documents import SampleBlock, SampleDocument, paragraphs
from spiders.sampleweb.pdf import write_pdf
from spiders.sampleweb.site import Entry, Page, Site


def kingsfund(documents: Sequence[SampleDocument]) -> Site:
    """A sitemap, reports in PDF, an old address, a soft 404 and a listing where a report should be."""
    site = Site("kingsfund", "www.kingsfund.org.uk", documents)
    reports = [document for document in documents if document.genre == "report"]
    for document in documents:
        pdf = _pdf(site, document, document.file or (document.blocks if document in reports[:1] else ()))
        site.add(document.path, "article.html.jinja", document.modified, document=document, pdf=pdf)
    for report in reports[:1]:
        site.redirect(f"/publications/{report.slug}-old", report.path)
    missing = "We can't find the page you are looking for. It may have moved."
    site.add("/publications/toolkit", "message.html.jinja", heading="Page not found", message=missing)
    site.add_listing("/publications/all-reports", reports, 50, "All reports")
    site.add_listing("/publications", reports, 4, "Publications")
    blogs = [document for document in documents if document.genre == "blog"]
    site.add_listing("/blog", blogs, 4, "Blog")
    releases = [document for document in documents if document.genre == "press-release"]
    site.add_listing("/press/press-releases", releases, 4, "Press")
    extra = ["/", "/publications", "/publications/toolkit", "/publications/all-reports"]
    extra += [f"/publications/{report.slug}-old" for report in reports[:1]]
    urls: list[tuple[str, date | str]] = [(f"https://{site.host}{path}", "") for path in extra]
    urls += [(document.url, document.modified) for document in documents]
    site.add("/sitemap.xml", "sitemap.xml.jinja", kind="urls", urls=urls)
    robots = f"User-agent: *\nDisallow: /search\nDisallow: /user/\nSitemap: https://{site.host}/sitemap.xml\n"
    site.furnish("The King's Fund", [("/publications", "Publications"), ("/blog", "Blog")], robots)
    return site


def nuffieldtrust(documents: Sequence[SampleDocument]) -> Site:
    """Only listings; a page that robots.txt forbids, one that leads off the site, one that is gone.

    A document is served at the older addresses that it states under `also`, too, and listed by these.
    """
    site = Site("nuffieldtrust", "www.nuffieldtrust.org.uk", documents)
    for document in documents:
        pdf = _pdf(site, document, document.file)
        for path in [urlsplit(url).path for url in (document.url, *document.also)]:
            site.add(path, "article.html.jinja", document.modified, document=document, pdf=pdf)
    preview = Entry("/research/preview-waiting-for-the-numbers", "Preview: waiting for the numbers")
    site.add(preview.path, "message.html.jinja", heading=preview.title, message="For invited readers only.")
    elsewhere = Entry("/news-item/a-guest-blog-elsewhere", "A guest blog, elsewhere")
    site.redirect(elsewhere.path, "https://www.example.org/guest-blog", 302)
    gone = Entry("/resource/a-chart-that-is-gone", "A chart that is gone")
    other = [Entry(url, document.title) for document in documents for url in document.also]
    older = [document for document in documents if document.path.startswith("/publications/")]
    extras: dict[str, list[Any]] = {
        "research": [*older, *other, preview],
        "resource": [gone],
        "news-item": [elsewhere],
    }
    for section, extra in extras.items():
        shown = [document for document in documents if document.path.startswith(f"/{section}/")]
        site.add_listing(f"/{section}", [*shown, *extra], 2, section.replace("-", " ").capitalize())
    links = [(f"/{section}", section.capitalize()) for section in extras]
    site.furnish("Nuffield Trust", links, "User-agent: *\nDisallow: /research/preview-\n")
    return site


def _pdf(site: Site, document: SampleDocument, blocks: Sequence[SampleBlock]) -> str:
    """Put `blocks` on the site as a PDF; its path, or nothing where there are none."""
    if not blocks:
        return ""
    path = f"/sites/default/files/{document.published.strftime('%Y-%m')}/{document.slug}.pdf"
    body = write_pdf(document.title, [document.when_in_words, *paragraphs(blocks)])
    site.pages[path] = Page(body, "application/pdf", modified=document.modified)
    return path
