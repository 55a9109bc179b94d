"""GPonline, www.gponline.com (Haymarket). Articles from 2012 on; the standfirst stands outside the body.

The text holds no date. Where the head gives none either, the article's number bounds it: numbers rise
with time, and a few pairs of number and month are known.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from pipeline.readers.layout import PUBLISHED, Dump, Layout

if TYPE_CHECKING:
    from pipeline.readers.draft import Draft
    from pipeline.readers.meta import Head

KNOWN = ((1153897, "autumn 2012"), (1178097, "April 2013"), (1284000, "March 2014"), (1293576, "May 2014"))
"""Article numbers and when they appeared."""

_NUMBER = re.compile(r"/article/(\d+)")


def bounds(url: str) -> str:
    """When an article appeared, as far as its number tells: "between April 2013 and March 2014"."""
    found = _NUMBER.search(url)
    if not found:
        return ""
    number = int(found[1])
    at = bisect_right([known for known, _ in KNOWN], number)
    if at and KNOWN[at - 1][0] == number:
        return f"about {KNOWN[at - 1][1]} (article number)"
    if at == 0:
        return f"before {KNOWN[0][1]} (article number)"
    if at == len(KNOWN):
        return f"after {KNOWN[-1][1]} (article number)"
    return f"between {KNOWN[at - 1][1]} and {KNOWN[at][1]} (article number)"


def _refine(page: Head, draft: Draft) -> None:
    """An undated article keeps its bounds; a standfirst before a registration panel is an excerpt."""
    if not draft.dates and (known := bounds(draft.url)):
        draft.origins["published"] = known
    if 0 < len(draft.paragraphs) < 3 and page.values("css:.registerPanel, .registration-panel, .paywall"):
        draft.access, draft.origins["access"] = "excerpt", "registration panel"


LAYOUT = Layout(
    source="gponline",
    hosts=("gponline.com",),
    containers=(
        "article .standfirst, article .articleBody",
        "article .standfirst, article [itemprop=articleBody]",
        ".standfirst, .articleBody, .article-body",
        "#content article",
        "article",
    ),
    furniture=(
               ".articleHeadline", ".articleMeta", ".registerPanel", ".registration-panel",
               ".justPublished", ".teaser", ".relatedArticles", ".leaderboard", ".mpu",
           ),
    title=("json-ld:headline", "css:h1.articleHeadline, article h1", "og:title", "title"),
    published=("json-ld:datePublished", *PUBLISHED),
    paths=(
        (r"/(?:viewpoint|opinion|comment|editorial)", "opinion"),
        (r"/blog", "blog"),
        (r"/feature", "feature"),
    ),
    genre="news",
    names=("GPonline", "GP Online", "GP", "Haymarket", "Haymarket Media Group"),
    dump=Dump(
        sign=r"Have you registered with us yet\?|\bGPonline\b",
        end=r"Have you registered with us yet\?|Just published|Already registered\?",
    ),
    refine=_refine,
)  # fmt: skip
