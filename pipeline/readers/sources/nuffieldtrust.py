"""Nuffield Trust, www.nuffieldtrust.org.uk; class names are likely, not certain. Dates are day first.

A research page is the summary of a report that hangs on it as a PDF; news and blogs are whole.
"""

from __future__ import annotations

from pipeline.readers.layout import PUBLISHED, Dump, Layout, Older

LAYOUT = Layout(
    source="nuffieldtrust",
    hosts=("nuffieldtrust.org.uk",),
    older=(Older("Drupal", "unknown", ("article .field--name-body", "article .field-name-body")),),
    containers=(
        "[itemprop=articleBody]",
        "article .content-body, article .body-text, main .content-body, .article-body, .body-content",
        "article",
    ),
    furniture=(
        ".meta",
        ".publication-meta",
        ".published",
        ".date",
        ".author",
        ".authors",
        ".partners",
        ".download",
        ".suggested-citation",
        ".citation",
        ".content-type",
    ),
    title=("css:article h1, main h1", "og:title", "title"),
    published=(
        "css:article .published, main .published, .publication-date, .published-date",
        "css:article .date, main .date",
        *PUBLISHED,
    ),
    authors=(
        "citation_author",
        "json-ld:author",
        "css:article [rel=author], article .author a, article .authors a",
        "css:article .author, article .authors",
        "author",
    ),
    kind=("css:article .content-type, main .content-type", "article:section", "json-ld:@type"),
    kinds={
        "research report": "report",
        "briefing": "report",
        "chart": "page",
        "news item": "news",
        "video": "page",
    },
    paths=(
        (r"/media-centre/press-releases?/|/press-releases?/", "press-release"),
        (r"/news-item/|/news/", "news"),
        (r"/blogs?/|/comment/", "blog"),
        (r"/research/|/publications/|/report/|\.pdf$", "report"),
    ),
    access={"report": "summary"},
    names=("Nuffield Trust", "The Nuffield Trust"),
    dump=Dump(sign=r"nuffieldtrust\.org\.uk|^Nuffield Trust$"),
)
