"""What one document is called under: the forms of address of single sites, and of sites of one make.

A fold belongs to hosts. It says which of them speaks for all, and which paths mean one document. Folds are
for what an address alone tells. That a DOI, a PMID and a page are one is seen by what the documents state and
by the identifiers in their addresses (`identifiers`), when copies are grouped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

Rules = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Fold:
    """`hosts` are patterns without "www."; `home` the host that speaks for them ("" for the host itself).

    `rules` are (pattern, replacement) on the path, each tried in turn. `lower`: case says nothing. `slash`:
    addresses end in one. `query`: whether what follows the question mark names the document.
    """

    hosts: tuple[str, ...]
    home: str = ""
    rules: Rules = ()
    lower: bool = False
    slash: bool = False
    query: bool = True


_FORMS = r"full|full-text|long|short|abstract|extract|summary|citation|figures-only|data|info|print|pdf|html"
HIGHWIRE: Rules = (
    (r"(?i)^/cgi/(?:reprint|content/(?:full|long|short|abstract|extract|citation))/", "/content/"),
    (r"(?i)^/content/(?:bmj|bmjopen|bjgp)/", "/content/"),
    (rf"(?i)^(/content/\d.*?)(?:\.(?:{_FORMS}))+(?:\+html)?$", r"\1"),
    (r"(?i)^(/content/[^/]+/(?:[^/]+/)?[^/]*?)/(?:rapid-responses|rr/\d+|related|article-info|peer-review|"
     r"submit-a-rapid-response|tab-[\w-]+|reply|responses|altmetrics)$", r"\1"),
)  # fmt: skip
"""Journals on HighWire: one article has formats, tabs and the addresses of before 2011."""

FOLDS = (
    # the only or first article that begins on a page is called by the page, and by ".1"; the second is ".2"
    Fold(("bmj.com",), "www.bmj.com", (*HIGHWIRE, (r"^(/content/\d+/\d+/\d+)\.1$", r"\1")), lower=True),
    Fold(("bmjopen.bmj.com",), "bmjopen.bmj.com", HIGHWIRE),
    Fold(("bjgp.org",), "bjgp.org", HIGHWIRE),
    Fold(("kar.kent.ac.uk",), "kar.kent.ac.uk", ((r"^/(?:id/eprint/)?(\d+)/?$", r"/\1/"),), query=False),
    Fold(
        ("kingsfund.org.uk",),
        "www.kingsfund.org.uk",
        (
            (r"(?i)^/insight-and-analysis/reports/([^/]+)$", r"/publications/\1"),
            (r"(?i)^/blog/\d{4}/\d\d/([^/]+)$", r"/insight-and-analysis/blogs/\1"),
        ),
        lower=True,
    ),
    Fold(
        ("nuffieldtrust.org.uk",),
        "www.nuffieldtrust.org.uk",
        ((r"(?i)^/blog/([^/]+)$", r"/news-item/\1"),),
        lower=True,
    ),
    Fold(
        ("gponline.com",),
        "www.gponline.com",
        (
            (r"(?i)^/article/(\d+)/([^/]+)$", r"/\2/article/\1"),
            (r"(?i)^/([^/]+)/[^/]+/article/(\d+)$", r"/\1/article/\2"),
        ),
        lower=True,
    ),
    Fold(("gov.uk",), "www.gov.uk", ((r"^/api/content/", "/"),)),
    Fold(("england.nhs.uk",), "www.england.nhs.uk", slash=True),
    Fold(
        ("hansard.parliament.uk", "hansard-api.parliament.uk"),
        "hansard.parliament.uk",
        (
            # by its id alone: House and day are not told
            (r"(?i)^/debates/(?:debate|getdebateastext)/([\da-f-]+)(?:\.json|\.xml)?$",
             r"/debates/GetDebateAsText/\1"),
            (r"(?i)^/commons/", "/Commons/"),
            (r"(?i)^/lords/", "/Lords/"),
            (r"(?i)^(/[CL]\w+/[\d-]{10}/debates/[\da-f-]+)(?:/.*)?$", r"\1/details"),
        ),
        query=False,
    ),
    Fold(
        ("theguardian.com", "amp.theguardian.com", "m.theguardian.com", "guardian.co.uk", "m.guardian.co.uk",
         "amp.guardian.co.uk", "guardian.com"),
        "www.theguardian.com",
        ((r"/print$", ""),),
        query=False,
    ),
    Fold(
        ("europepmc.org", "ncbi.nlm.nih.gov", "pmc.ncbi.nlm.nih.gov", "pubmed.ncbi.nlm.nih.gov",
         "ukpmc.ac.uk"),
        "europepmc.org",
        (
            (r"(?i)^/(?:pmc/)?(?:articles?|abstract)/(?:pmc/)?(pmc\d+)(?:/.*)?$", r"/article/PMC/\1"),
            (r"(?i)^/(?:pubmed/|abstract/med/|article/med/|)(\d+)$", r"/article/MED/\1"),
            (r"^/article/PMC/[pP][mM][cC](\d+)$", r"/article/PMC/PMC\1"),
        ),
        query=False,
    ),
    Fold(
        ("doi.org", "dx.doi.org"), "doi.org", ((r"(?i)^(/10\.\d+)%2f", r"\1/"),), lower=True, query=False
    ),
    Fold(("hsj.co.uk",), "www.hsj.co.uk", lower=True, query=False),
    Fold(("lgcplus.com",), "www.lgcplus.com", lower=True, query=False),
    Fold(("pulsetoday.co.uk",), "www.pulsetoday.co.uk", lower=True),
    Fold(("*ccg.nhs.uk",), "www.*"),
)  # fmt: skip

SHOWN = re.compile(
    r"(?:m=[01]|output(?:type)?=amp|view=print|format=print|wrap=true|report=\w+|page=with:.*)", re.I
)
"""Parameters that do so by their value alone."""

ANYWHERE: Rules = (
    (r"(?i);jsessionid=[^/?]*", ""),
    (r"(?i)/(?:index|default|home)\.(?:html?|php|aspx?|jsp|shtml|cfm)$", "/"),
    (r"(?i)^/amp(?=/\d{4}/|/news/|/article)", ""),
    (r"(?i)(?:/amp|\.amp|/print|/printable)/?$", "/"),
    (r"(?i)\.amp\.html$", ".html"),
)
"""Forms that programs for sites make of any page: home pages of folders, AMP, print."""


def fold_of(host: str) -> Fold | None:
    """The fold that a host belongs to; `host` has no "www."."""
    for fold in FOLDS:
        for known in fold.hosts:
            if host == known or (known.startswith("*") and host.endswith(known[1:])):
                return fold
    return None


def folded(host: str, path: str) -> tuple[str, str, bool]:
    """(host, path, whether a query names the document) of a page, as its address is kept.

    A site's own rules come last, and have the last word on the slash; a host that no fold knows stays.
    """
    for pattern, replacement in ANYWHERE:
        path = re.sub(pattern, replacement, path)
    path = path.rstrip("/") or "/"
    fold = fold_of(host.removeprefix("www."))
    if fold is None:
        return host, path, True
    for pattern, replacement in fold.rules:
        path = re.sub(pattern, replacement, path)
    if fold.lower:
        path = path.lower()
    if "/debates/" in path and fold.home == "hansard.parliament.uk":  # the one part whose case says nothing
        path = re.sub(
            r"(?<=/debates/)[\da-f-]+(?=/details$)|(?<=/GetDebateAsText/)[\da-f-]+$",
            lambda found: found[0].upper(), path, flags=re.I,
        )  # fmt: skip
    if fold.slash and not path.endswith("/") and "." not in path.rpartition("/")[2]:
        path += "/"
    home = "www." + host.removeprefix("www.") if fold.home == "www.*" else fold.home or host
    return home, path, fold.query


_HANSARD = "Hansard id"
IDENTIFIERS = tuple(
    (re.compile(pattern), kind, form)
    for pattern, kind, form in (
        (r"https://doi\.org/(10\.\d{4,9}/.+)", "DOI", r"\1"),
        # as journals on Atypon and others write it, the BMJ's look-up, and Springer's and BMC's pages
        (r"https://[^/]+/(?:[^?]*/)?doi/(?:[a-z]{2,12}/)?(10\.\d{4,9}/[^?]+)(?:\?.*)?", "DOI", r"\1"),
        (r"https://link\.springer\.com/article/(10\.\d{4,9}/[^/?]+)(?:\?.*)?", "DOI", r"\1"),
        (r"https://[\w.-]+\.biomedcentral\.com/articles/(10\.\d{4,9}/[^/?]+)(?:\?.*)?", "DOI", r"\1"),
        (r"https://www\.bmj\.com/content/\d+/(bmj[.-][\w-]+)", "DOI", r"10.1136/\1"),
        (r"https://www\.bmj\.com/content/(\d+)/(\d+)/(\d+)", "DOI", r"10.1136/bmj.\1.\2.\3"),
        (r"https://europepmc\.org/article/MED/(\d+)", "PMID", r"\1"),
        (r"https://europepmc\.org/article/PMC/(PMC\d+)", "PMCID", r"\1"),
        (r"https://hansard\.parliament\.uk/debates/GetDebateAsText/([\dA-F-]{8,36})", _HANSARD, r"\1"),
        (r"https://hansard\.parliament\.uk/\w+/[\d-]{10}/debates/([\dA-F-]{8,36})/details", _HANSARD, r"\1"),
    )
)
"""Addresses, folded, that hold the number under which libraries know a document."""


def identifiers(
    url: str, doi: str | None = None, pmid: str | None = None, pmcid: str | None = None
) -> frozenset[str]:
    """The numbers of a document, "DOI 10.9999/a" or "PMID 99": those it states, and those in its address."""
    given = {"DOI": doi and doi.lower(), "PMID": pmid, "PMCID": pmcid}
    stated = {f"{kind} {number}" for kind, number in given.items() if number}
    held = {
        f"{kind} {found.expand(form).lower() if kind == 'DOI' else found.expand(form)}"
        for pattern, kind, form in IDENTIFIERS
        if (found := pattern.fullmatch(unquote(url)))
    }
    return frozenset(stated | held)
