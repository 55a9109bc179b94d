"""How much of a document its page holds, by evidence: what the page says, what it shows, what it promises.

Nothing is told from one sign alone where a page may carry it and still hold the whole text: a publisher
marks as paid for what it serves in full to some, and a page may carry a log-in panel for its comments. So
most signs count only beside a short text. The evidence is kept in `origins["access"]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lxml import etree

from pipeline.readers.draft import Draft
from pipeline.readers.fields import put
from pipeline.readers.markup import clean
from pipeline.readers.meta import Head
from pipeline.readers.normal import size

SHORT = 300
"""Words below which a text may be the beginning of one."""

WALL = re.compile(
    r"(?:subscribe|log[ -]?in|sign[ -]?in|register|join)(?: (?:now|today|for free|or [\w -]{3,20}))? to "
    r"(?:read|continue|view|access|unlock|see)\b[^.]{0,60}|"
    r"to (?:read|continue reading|view|access|see) (?:the |this )?"
    r"(?:full|rest|whole|entire|complete|article|story)[^.]{0,60}"
    r"(?:subscribe|log[ -]?in|sign[ -]?in|register|join)\b|"
    r"(?:this|the) (?:article|content|story|page|report) is (?:only )?(?:available|for|reserved|restricted)\b"
    r"[^.]{0,25}(?:subscribers|members|registered users)|"
    r"you (?:have|'ve|\u2019ve) (?:reached|used|read) [^.]{0,40}(?:free|limit)[^.]{0,20}|"
    r"already (?:a )?(?:subscriber|member|registered)\?|"
    r"(?:you (?:must|need to)|please) (?:be logged in|log[ -]?in|sign[ -]?in|register|subscribe) "
    r"(?:to|in order to) (?:read|view|access|see|continue)",
    re.IGNORECASE,
)
"""Words of a paywall or a registration wall."""

_CLUES = ("subscri", "log in", "log-in", "login", "logged in", "sign in", "regist", "member", "free")
"""One of these stands in whatever `WALL` finds."""
_NAMES = etree.XPath("//@class | //@id", smart_strings=False)
_WALL_NAME = re.compile(
    r"paywall|pay-wall|regwall|registration-?(?:wall|panel)|registerpanel|subscri(?:be|ber|ption)-?(?:wall|only)|"
    r"premium-?wall|metered-?content|(?:article|content)-?(?:locked|gate)\b|(?:locked|gated)-?(?:article|content)",
    re.IGNORECASE,
)
_EXCERPT = re.compile(r"(?:…|\[(?:…|\.\.\.)\])\s*$")
_NOTICE = re.compile(
    r"(?:corrections?|correction notice|errat(?:um|a)|corrigend(?:um|a)|retraction(?: notice)?|"
    r"expression of concern)(?:\s*[:.,\u2013—-].*|\s+(?:to|of|and clarifications?|for)\b.*)?",
    re.IGNORECASE,
)
_REPORT = re.compile(
    r"(?:(?:download|read|view|get|open|see)\s+)?(?:the\s+|our\s+)?(?:full\s+|complete\s+)?"
    r"(?:research\s+)?(?:report|paper|briefing|publication|study|document|pdf)\b.{0,40}",
    re.IGNORECASE,
)


def judge(draft: Draft, page: Head, known: bool) -> None:
    """Sets the access and its evidence where the source's own rule told nothing.

    `known`: has the page a source whose walls its own reader knows? Then a panel on it means nothing.
    """
    if _NOTICE.fullmatch(draft.title):
        put(draft, "title", genre="correction")
    if draft.access != "full" or not draft.paragraphs:
        return
    count = size(" ".join(draft.paragraphs))
    if _EXCERPT.search(draft.paragraphs[-1]):
        put(draft, "…", access="excerpt")
    elif promised := _promise(page, count):
        put(draft, promised, access="excerpt")
    elif count < SHORT:
        if wall := _wall(draft, page, known):
            put(draft, wall, access="excerpt")
        elif draft.genre in ("page", "report") and (link := _file(page)):
            put(draft, f"link: {link}", access="summary")


def _promise(page: Head, count: int) -> str:
    """What the page says of its own length, where less than half of it is here."""
    for value in page.values("json-ld:wordCount"):
        if re.fullmatch(r"\d{1,6}", value) and int(value) > 2 * count + 100:
            return f"json-ld:wordCount {value}, here {count}"
    return ""


def _wall(draft: Draft, page: Head, known: bool) -> str:
    """The sign of a wall on a page with little text: a statement, an element's name, or its words."""
    if any(_said_no(node.get("isAccessibleForFree")) for node in page.nodes()):
        return "json-ld:isAccessibleForFree false"
    if (tier := page.first(("article:content_tier",))[0].lower()) in ("locked", "metered"):
        return f"article:content_tier {tier}"
    if known:
        return ""
    last = draft.paragraphs[-1]
    if len(draft.paragraphs) > 1 and len(last) < 200 and (found := WALL.search(last)):
        draft.paragraphs.pop()  # the wall's own words are none of the article's
        return f"words: {found[0][:80]}"
    if found := _WALL_NAME.search(" ".join({*" ".join(_NAMES(page.tree)).lower().split()})):
        return f"element {found[0]}"
    clean(page.tree)
    for words_around in _near(page.tree.text_content(), _CLUES):
        found = WALL.search(words_around)
        if found and found[0] not in " ".join(draft.paragraphs):
            return f"words: {found[0][:80]}"
    return ""


def _near(text: str, clues: Sequence[str], reach: int = 160) -> Iterator[str]:
    """What stands around each clue: a plain search is fast, a pattern tried at every place is not."""
    low = text.lower()
    for clue in clues:
        at = low.find(clue)
        while at >= 0:
            yield text[max(0, at - reach) : at + reach]
            at = low.find(clue, at + reach)


def _said_no(value: object) -> bool:
    return value is False or (isinstance(value, str) and value.strip().lower() in ("false", "no"))


def _file(page: Head) -> str:
    """The words of a link to the report itself."""
    for link in page.tree.iter("a"):
        if (link.get("href") or "").lower().split("?")[0].endswith(".pdf"):
            text = " ".join(link.text_content().split())
            if _REPORT.fullmatch(text):
                return text[:80]
    return ""
