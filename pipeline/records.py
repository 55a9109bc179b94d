"""The records that travel between modules. All frozen; bytes stay bytes until a reader decodes them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

from pipeline.errors import StoreError

GENRES = (
    "editorial",
    "news",
    "feature",
    "analysis",
    "letter",
    "blog",
    "opinion",
    "press-release",
    "report",
    "journal-article",
    "written-answer",
    "debate",
    "speech",
    "guidance",
    "board-paper",
    "correction",
    "page",
)
"""What kind of writing a document is; `page` where nothing tells."""

ACCESS = ("full", "excerpt", "abstract", "summary", "notice", "metadata")
"""How much of the document the capture holds, the most first.

An excerpt is what stands before a paywall or a registration; a summary is the page of a report whose text is
in a file; a notice is no more than the correction or retraction of another document.
"""

SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")

PRECISIONS = ("day", "month", "year")

REASONS: Mapping[str, str] = {
    "http-error": "the server answered with an error",
    "error-page": "an error page served as if it were content",
    "login": "a log-in or registration page stands in the article's place",
    "bot-wall": "a page that asks for proof of being human",
    "redirect": "it only leads on to another address",
    "needs-script": "a page that shows nothing but a request for JavaScript",
    "program-file": "a file for programs or of them: robots.txt, a log, a list of addresses",
    "listing": "a list of links to documents, not a document",
    "empty": "no bytes, or no text after the boilerplate is gone",
    "too-short": "fewer words than the configured minimum",
    "broken-pdf": "a PDF that can't be opened or holds no text",
    "broken-docx": "a file of Word that can't be opened or holds no text",
    "broken-html": "markup that can't be parsed",
    "broken-record": "a row of data without the fields that make a document",
    "truncated": "compressed content that ends too early",
    "damaged": "the archive's record of it is no longer what was received: its digest is another",
    "unsupported": "a kind of file that no reader takes",
    "too-large": "reading it needs more memory than a process may have",
    "too-slow": "reading it took longer than the limit, twice",
    "crashed": "the process that read it died, twice: of memory, or of a defect in a library",
    "reader-failed": "the reader failed on it: a defect worth reporting",
}
"""Why a capture gave no document."""


def short_id(*parts: str, length: int = 16) -> str:
    """A short stable id: the first hex digits of the SHA-256 of the parts, newline between them."""
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:length]


def printable(text: str) -> str:
    """A text that can be written anywhere: half characters, as names of files in other encodings have, are
    signs that stand for what is lost."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


TRACKING = re.compile(
    r"utm_.*|mc_[ce]id|_hs.*|hsa_.*|hsctatracking|fbclid|fb_.*|gclid|gclsrc|gbraid|wbraid|dclid|msclkid|yclid|twclid|"
    r"igshid|igsh|_ga|_gl|mkt_tok|trk|xtor|ocid|ncid|ito|spref|wt\.[\w.]+|at_(?:medium|campaign|custom\d*)|ns_.*|"
    r"cmpid|cmp|icmp|intcmp|dcmp|bulletin|msgid|siteid|et_.*|etoc|nl|ref|referrer|ref_?src|rss|share|shared|sharedfrom|"
    r"ijkey|keytype2?|hwoasp|hwshib2|maxtoshow|resourcetype|searchid|firstindex|sortspec|tab|highlight|"
    r"adredir|replytocom|like_comment|noamp|amp|wpamp|nomobile|mobile|printable|print|"
    r"phpsessid|jsessionid|aspsessionid\w*|lll",
    re.IGNORECASE,
)
"""Parameters that say where a reader came from, or how a page is shown, not what is read."""

_REPLAY = re.compile(
    r"(?:https?:/*)?(?:[\w-]+\.)*(?:web\.archive\.org|wayback\.archive\.org|archive-it\.org|webarchive\.[\w.-]+|"
    r"archive\.(?:is|ph|today|md|li|vn|fo)|arquivo\.pt|vefsafn\.is|swap\.stanford\.edu|timetravel\.[\w.-]+)"
    r"(?:/[a-z][\w-]*|/\d{1,6}(?=/\d{8,14}))*/(?:(?P<stamp>\d{4,14})|\+)(?:[a-z]{2}_)*/+"
    r"(?P<url>(?:https?(?::|%3a)|www\.|[\w-]+(?:\.[\w-]+)+/).*)",
    re.IGNORECASE,
)


class Replay(NamedTuple):
    """What the address of a page in a web archive says: the original's, and when it was archived.

    `day` is 2014-06-01, 2014-06 or 2014, as far as the address tells; empty where it does not.
    """

    url: str
    day: str


def refuse_newer(file: Path, maker: str) -> None:
    """Raises StoreError where `maker`, which wrote a database, is a newer version than this one."""
    ours = version("themeshift")
    if _numbers(maker) > _numbers(ours):
        raise StoreError(
            f"{file} was made by Themeshift {maker}, and this is {ours}: update this one "
            "(docs/operating.md), or name another data folder. Nothing was changed"
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)[:3]))


def replay(url: str) -> Replay | None:
    """The original behind an address in a web archive, whichever it is; None for any other address."""
    found = _REPLAY.match(url.strip())
    if not found:
        return None
    inner = re.sub(r"^(https?)%3a", r"\1:", found["url"], flags=re.IGNORECASE)
    if not re.match(r"https?:", inner, re.IGNORECASE):
        inner = f"http://{inner}"
    inner = re.sub(
        r"^(https?):/*", r"\1://", inner, flags=re.IGNORECASE
    )  # some proxies fold two slashes to one
    digits = found["stamp"] or ""
    return Replay(inner, "-".join(filter(None, (digits[:4], digits[4:6], digits[6:8]))))


def source_at(url: str, sources: Iterable[tuple[str, Iterable[str]]]) -> str | None:
    """The source among these, each with its hosts, that has the URL's, or None.

    A page in a web archive is its original's. A source may name hosts by a pattern, as in `*ccg.nhs.uk`, and
    parts of one, as in `host/path/*`.
    """
    while found := replay(url):
        url = found.url
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return None
    patterns = []
    for source, hosts in sources:
        for known in (declared.removeprefix("www.") for declared in hosts):
            if host and host == known:
                return source
            patterns += [(known, source)] if set(known) & set("*/") else []
    for known, source in patterns:
        if host and fnmatchcase(host + parts.path if "/" in known else host, known):
            return source
    return None


@dataclass(frozen=True, slots=True)
class Capture:
    """A response (or an imported file) as it was received.

    `body` is the payload with its content encoding removed; the archive keeps the bytes as sent.
    `status` is 200 for what came from a file. `media_type` is lower case, without parameters.
    `charset` is what the header declared, or None. `found` says how the URL came up, `via` where.
    `truncated` says why the body is not all there was, as WARC-Truncated does; empty for a whole one.
    """

    url: str
    source: str
    fetched_at: datetime
    media_type: str
    body: bytes
    status: int = 200
    charset: str | None = None
    capture_id: str = ""
    found: str = ""
    via: str = ""
    truncated: str = ""


@dataclass(frozen=True, slots=True)
class CaptureRef:
    """Where a capture lies in the archive: one row of the archive's index."""

    capture_id: str
    url: str
    source: str
    fetched_at: datetime
    status: int
    media_type: str
    digest: str
    warc_file: str
    warc_offset: int
    warc_length: int
    found: str = ""
    via: str = ""

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> Self:
        """The capture that a line of the archive's index tells of."""
        values = {item.name: line[item.name] for item in fields(cls)}
        at = datetime.fromisoformat(line["fetched_at"])
        return cls(**values | {"fetched_at": at if at.tzinfo else at.replace(tzinfo=UTC)})


@dataclass(frozen=True, slots=True)
class Document:
    """What a reader makes of a capture.

    `text` is paragraphs separated by a blank line; headings and list items are paragraphs.
    `published` is None where no date is known; a date known to the month or year stands on its first
    day with `precision` "month" or "year". `modified` is when the page says that it was last changed.
    `doi` has no resolver in front and keeps its suffix's case (compare DOIs case-blind). `authors` are
    people, "Given Family", in order. `origins` maps a field to where its value came from, such as
    `published -> citation_publication_date`; that of `access` is the evidence for it.
    """

    url: str
    title: str
    text: str
    published: date | None = None
    precision: str | None = None
    authors: tuple[str, ...] = ()
    genre: str = "page"
    doi: str | None = None
    access: str = "full"
    language: str | None = None
    rights: str | None = None
    modified: date | None = None
    pmid: str | None = None
    pmcid: str | None = None
    journal: str | None = None
    volume: str | None = None
    issue: str | None = None
    pages: str | None = None
    source: str | None = None
    origins: Mapping[str, str] = field(default_factory=dict)


def counted(number: int, noun: str, spelt: bool = False, plural: str = "", none: str = "") -> str:
    """`no period`, `1 period`, `4 periods`; `spelt`, as prose has it: `one period`, `four periods`.

    `plural` is for nouns that have one of their own, `none` for what isn't told as `no period`.
    """
    if not number and none:
        return none
    many = in_words(number) if spelt or not number else f"{number:,}"
    return f"{many} {(plural or noun + 's') if number > 1 else noun}"


def in_words(number: int) -> str:
    """`no`, `one` … `ten`, `11`, `6,126`."""
    return SMALL[number] if number < len(SMALL) else f"{number:,}"
