"""Answers that are no documents: files for programs, logs, redirects, pages that only ask for scripts.

Crawlers keep all of it in their archives, and some of it has words enough to be taken for a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from lxml import etree
from lxml.html import HtmlElement

from pipeline.errors import SetAside
from pipeline.readers.decode import text_of
from pipeline.readers.normal import line, size
from pipeline.records import Capture

_PATH = re.compile(
    r"/(?:robots|(?:app-)?ads|humans|security|llms(?:-full)?|ai|sellers|sitemap[\w.-]*|urllist|manifest)"
    r"\.(?:txt|json)|/\.well-known/.+|.*\.(?:log(?:\.\d+)?|cdxj?|m?js|css)",
    re.IGNORECASE,
)
"""Paths from the host's root of what only programs ask for, and names of what only programs read."""
_RULE = re.compile(
    r"(?:user-?agent|disallow|allow|sitemap|crawl-?delay|request-rate|visit-time|host|clean-param|noindex|"
    r"content-signal|content-usage)\s*:|#",
    re.IGNORECASE,
)
_STAMP = (
    r"\W{0,3}(?:\d{4}-\d\d-\d\d|\d{4}/\d\d/\d\d|\d\d/\w{3}/\d{4}|\w{3}\ [ \d]\d)"
    r"[T :,]{1,2}\d\d:\d\d(?::\d\d)?\S*"
)
_LOGGED = re.compile(
    rf"""{_STAMP}.*?(?:\b(?:DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL|TRACE|SEVERE)\b|https?://|
        \b\d{{1,3}}(?:\.\d{{1,3}}){{3}}\b|\bHTTP/\d|\[\w*:?\d+\]:) |
    (?:DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|FATAL|CRITICAL|TRACE)\b[\s:\]-] |
    \[(?:debug|info|notice|warn(?:ing)?|error|fatal)\] |
    \d{{1,3}}(?:\.\d{{1,3}}){{3}}\s.*(?:\[\d\d/\w{{3}}/\d{{4}}|HTTP/\d) |
    \S+\s\d{{14}}\s\S+ |
    (?:Resolving|Connecting\ to|Reusing\ existing|HTTP\ request\ sent|Length:|Location:|Saving\ to:|
        Loading\ robots|FINISHED|Total\ wall\ clock|Downloaded:|Opening\ WARC|--\d{{4}}-) |
    (?:https?|ftp)://\S+\s*$ | \s*at\ [\w.$]+\( | Traceback\ \(""",
    re.VERBOSE,
)
"""A line of a log: of crawlers, servers and programs; of an index of captures; of a list of addresses."""
_REFRESH = re.compile(
    r"^\s*(?P<seconds>\d{1,4})?(?:\.\d*)?\s*[;,]?\s*(?:url\s*=)?\s*['\"]?(?P<url>[^'\"\s]+)?", re.I
)
_MOVES = re.compile(
    r"(?:window|document|top|self|parent)?\.?\blocation(?:\.href)?\s*=(?!=)|\blocation\.(?:replace|assign)\s*\(",
)
_MOVED = re.compile(
    r"30[12378]\W+(?:moved|found|see other|(?:temporary|permanent) redirect)\b|redirect(?:ing|ed|ion)?\W*$|"
    r"(?:object|document) (?:has )?moved|(?:you (?:are|will)(?: now)?|page) (?:be(?:ing)? )?(?:re)?directed|"
    r"moved (?:permanently|temporarily)|redirecting (?:you )?to\b|"
    r"th(?:e|is) (?:page|document|site) has moved|weiterleitung\W*$|redirection en cours|"
    r"sie werden (?:\w+ )?weitergeleitet",
    re.IGNORECASE,
)
_NO_SCRIPT = re.compile(
    r"(?:enable|activate|turn on|switch on|allow|needs?|require[sd]?|with|without|supports?|use)\W+"
    r"(?:\w+\W+){0,4}?java\W?scripts?\b|java\W?script\W+(?:\w+\W+){0,6}?(?:disabled|required|enabled?|"
    r"necessary|needed|turned (?:off|on)|switched (?:off|on)|not (?:available|supported)|unavailable|"
    r"aktivieren|aktiviert|deaktiviert|benötigt|activé|désactivé|requis|nécessaire)|"
    r"(?:a[ck]tiv\w+|ohne|sans|benötigt|nécessite\w*)\W+(?:\w+\W+){0,3}?java\W?script",
    re.IGNORECASE,
)
_BESIDE = re.compile(
    r"java\W?script|browser|cookies?|extensions?|privacy|terms|imprint|©|copyright|reload|refresh|redirect|"
    r"click here|here\W*$|continue|loading|please wait|datenschutz|impressum|navigateur",
    re.IGNORECASE,
)
_SHORT = 220
"""Words of a page from which on it has something of its own to say."""
_PROSE = 30
_HIDDEN = frozenset(("script", "style", "template", "head", "svg", "iframe", "object"))
_INLINE = frozenset(
    ("a", "abbr", "b", "cite", "code", "em", "font", "i", "q", "small", "span", "strong", "u")
)


def refuse_file(capture: Capture) -> None:
    """Raises SetAside for a redirect, and for a file that by its name is for programs or of them."""
    if 300 <= capture.status < 400:
        raise SetAside("redirect", str(capture.status))
    try:
        path = unquote(urlsplit(capture.url).path)
    except ValueError:
        path = ""
    if capture.url.startswith("http") and _PATH.fullmatch(path):
        raise SetAside("program-file", path[-80:])


def refuse_text(capture: Capture) -> None:
    """Raises SetAside for plain text that is rules for crawlers, a log, or a list of addresses."""
    lines = [row for row in text_of(capture.body[:20_000], capture.charset).splitlines() if row.strip()]
    rules = [row for row in lines if _RULE.match(row.strip())]
    if any(re.match(r"\s*user-?agent\s*:", row, re.IGNORECASE) for row in rules) and len(rules) > 0.8 * len(
        lines
    ):
        raise SetAside("program-file", f"rules for crawlers: {rules[0].strip()[:80]}")
    logged = [row for row in lines if _LOGGED.match(row)]
    if len(logged) >= 3 and len(logged) > 0.6 * len(lines):
        raise SetAside("program-file", f"a log or a list: {logged[0].strip()[:80]}")


def refuse_page(tree: HtmlElement, title: str) -> None:
    """Raises SetAside for a page that only leads on to another, or only asks for JavaScript."""
    texts = []
    count = 0
    for text in _texts(tree):
        texts.append(text)
        count += size(text)
        if count > _SHORT:
            return
    own = sum(number for text in texts if (number := size(text)) >= 8 and not _BESIDE.search(text))
    if own >= _PROSE:
        return
    whole = " ".join(texts)
    if target := _leads_to(tree):
        raise SetAside("redirect", target[:200])
    if count < 80 and (hit := _MOVED.match(title.strip()) or _MOVED.match(whole)):
        raise SetAside("redirect", hit[0])
    if hit := _NO_SCRIPT.search(whole):
        raise SetAside("needs-script", hit[0][:200])
    if count < 15 and any(_MOVES.search(script.text or "") for script in tree.iter("script")):
        raise SetAside("redirect", "by a script")


def _texts(tree: HtmlElement) -> Iterator[str]:
    """The texts of a page block by block, in order; those for readers without scripts too."""
    parts: list[str] = []
    walk = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walk:
        if event == "start" and element.tag in _HIDDEN:
            walk.skip_subtree()
            continue
        if element.tag not in _INLINE and parts:
            if text := line(" ".join(parts)):
                yield text
            parts = []
        if said := element.text if event == "start" else element.tail:
            parts.append(said)
    if text := line(" ".join(parts)):
        yield text


def _leads_to(tree: HtmlElement) -> str:
    """Where a page sends its reader within a quarter of a minute; "" for nowhere."""
    for meta in tree.iter("meta"):
        if (meta.get("http-equiv") or "").strip().lower() == "refresh":
            found = _REFRESH.match(meta.get("content") or "")
            if found and found["url"] and int(found["seconds"] or 0) <= 15:
                return found["url"]
    return ""
