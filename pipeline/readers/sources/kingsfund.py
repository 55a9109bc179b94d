"""The King's Fund, www.kingsfund.org.uk: Drupal until 2023, rebuilt since. Class names are likely only.

A report's page is a summary, its PDF the full text. The visible date tells how much of the date is known:
`article:published_time` makes a day of a month.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.readers.layout import PUBLISHED, Dump, Layout, Older

if TYPE_CHECKING:
    from pipeline.readers.draft import Draft

_REPORT = re.compile(r"^(?:Key findings|Policy implications)$", re.MULTILINE)


def _fill(text: str, draft: Draft) -> None:
    """Only the landing pages of reports have these headings."""
    if _REPORT.search(text):
        draft.genre, draft.access = "report", "summary"
        draft.origins |= {"genre": "headings", "access": "genre"}


LAYOUT = Layout(
    source="kingsfund",
    hosts=("kingsfund.org.uk",),
    older=(
        Older("Drupal 8", "2023", ("article .field--name-body", ".node .field--name-body")),
        Older("Drupal 7", "2023", ("article .field-name-body", ".node .field-name-body")),
    ),
    containers=(
        "[itemprop=articleBody]",
        "article .rich-text, article .body-text, article .wysiwyg, main .rich-text",
        "article",
    ),
    furniture=(
        ".content-age-warning", ".publication-meta", ".blog-meta", ".author", ".authors", ".pullout-links",
        ".download", ".field--name-field-related", ".view-related", ".sign-up", ".contents-list",
        ".table-of-contents",
    ),
    title=("css:article h1, main h1", "og:title", "title"),
    published=(
        "css:.publication-meta time, .blog-meta time@datetime",
        "css:article header time, article > time@datetime",
        *PUBLISHED,
    ),
    kind=("css:.publication-meta .type, .blog-meta .type", "article:section", "json-ld:@type"),
    authors=(
        "citation_author",
        "json-ld:author",
        "css:article [rel=author], article .author a, article .authors a",
        "css:article .author-name",
        "author",
    ),
    paths=(
        (r"/(?:insight-and-analysis/)?blogs?/", "blog"),
        (r"/press/|/press-releases?/", "press-release"),
        (r"/insight-and-analysis/(?:long-reads|articles)/|/long-reads/", "analysis"),
        (r"/insight-and-analysis/reports/|/publications/|/reports/|\.pdf$", "report"),
    ),
    access={"report": "summary"},
    names=("The King's Fund", "The King\u2019s Fund", "King's Fund", "King\u2019s Fund"),
    dump=Dump(sign=r"This content is more than (?:five|ten) years old|kingsfund\.org\.uk", fill=_fill),
)  # fmt: skip
