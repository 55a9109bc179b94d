"""JATS, the XML of journal articles (ANSI/NISO Z39.96), as Europe PMC gives it out -> a draft document.

Left out: references and their markers, notes, figures, tables, displayed mathematics, acknowledgements, what
stands in the back. A citation that is part of its sentence ("As Muster (2012) says") stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import name2codepoint
from itertools import chain

from lxml import etree

from pipeline.errors import SetAside
from pipeline.readers import dates, people, urls
from pipeline.readers.draft import Draft
from pipeline.readers.fields import article_address, genre_of, language_of, put
from pipeline.readers.markup import take_out
from pipeline.readers.normal import line
from pipeline.records import Capture

ORIGIN = "jats"
_DROPPED = (
    "table-wrap", "table-wrap-group", "table-wrap-foot", "table", "array", "fig", "fig-group",
    "chem-struct-wrap", "tex-math", "annotation", "annotation-xml", "media", "graphic",
    "inline-graphic", "inline-media", "supplementary-material", "inline-supplementary-material", "ref-list",
    "fn", "fn-group", "ack", "label", "object-id", "alt-text", "long-desc", "index-term", "related-article",
)  # fmt: skip
_BLOCKS = frozenset({
    "abstract", "answer", "answer-set", "attrib", "body", "boxed-text", "caption", "code", "def", "def-head",
    "def-item", "def-list", "disp-quote", "explanation", "fn", "list", "list-item", "p", "preformat",
    "question", "question-preamble", "question-wrap", "sec", "sig", "sig-block", "speaker", "speech",
    "statement", "subtitle", "term", "term-head", "title", "verse-group", "verse-line",
})  # fmt: skip
"""What begins and ends a paragraph, wherever it stands; all else is within one."""
_HREF = "{http://www.w3.org/1999/xlink}href"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_WHOLE = frozenset({"", "abstract", "main", "normal", "regular", "section", "sections", "structured"})
"""Types of abstracts that are the abstract; others are summaries for editors, pictures or podcasts."""
_ENTITY = re.compile(rb"&([A-Za-z][\w.-]*);")
_NO_DATE = re.compile(r"accept|receiv|submi|retract|correct|revis|rev-|withdr|preprint|updat|expir")
_EMPTIED = re.compile(
    r"\s*[\[(](?:[\s,;\u2013-]|\b(?:see|also|and|e\.g\.?|cf\.?|for example|reviewed in)\b\.?)*[\])]"
    r"|\s+(?=[.,;:](?:\s|$))"
)
"""What is left of "(1, 2)", "[3]" and "(see 4)" once the markers are gone, and the blank before them."""


def read_jats(capture: Capture) -> Draft:
    """Raises SetAside: "broken-html" for XML without an article that can be parsed, "listing" for several."""
    root = _article(capture.body)
    meta = root.find("front/article-meta")
    if meta is None:
        raise SetAside("broken-html", "JATS without article-meta")
    draft = _described(root, meta, capture.url)
    draft.paragraphs = [text for part in _abstracts(root, meta) for text in _paragraphs(part)]
    if draft.paragraphs and draft.paragraphs[0].strip(" :.").casefold() == "abstract":
        del draft.paragraphs[0]
    # a box that floats stands behind the body, in a group of its own
    parts = [*root.findall("body"), *root.findall("floats-group/boxed-text")]
    text = list(chain.from_iterable(map(_paragraphs, parts)))
    put(draft, ORIGIN, access="full" if text else "abstract")
    draft.paragraphs += text
    return draft


def _article(body: bytes) -> etree._Element:
    """The article, without namespaces: on its own, or alone in a set of articles or an answer of OAI-PMH."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        recover=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(_ENTITY.sub(_resolved, body), parser=parser)
    except etree.XMLSyntaxError as error:
        raise SetAside("broken-html", f"JATS: {str(error)[:200]}") from error
    if root is None:
        raise SetAside("broken-html", "JATS without article-meta")
    for element in root.iter():
        if isinstance(element.tag, str) and "}" in element.tag:
            element.tag = element.tag.rpartition("}")[2]
    found = [root] if root.tag == "article" else list(root.iter("article"))
    if len(found) > 1:
        raise SetAside("listing", f"{len(found)} articles in one file")
    if not found:
        raise SetAside("broken-html", "JATS without an article")
    return found[0]


def _resolved(entity: re.Match[bytes]) -> bytes:
    """Names of characters are declared in a file that is not at hand; other names say nothing."""
    name = entity[1].decode()
    if name in ("amp", "lt", "gt", "quot", "apos"):
        return entity[0]
    return f"&#{name2codepoint[name]};".encode() if name in name2codepoint else b""


def _described(root: etree._Element, meta: etree._Element, captured: str) -> Draft:
    """Everything but the text."""
    ids = {found.get("pub-id-type"): line(found.text or "") for found in meta.findall("article-id")}
    doi = urls.doi(ids.get("doi", ""))
    issns = [line(found.text or "") for found in root.findall("front/journal-meta/issn")]
    pmc = (ids.get("pmc") or ids.get("pmcid") or "").removeprefix("PMC")
    page = f"MED/{ids['pmid']}" if ids.get("pmid") else f"PMC/PMC{pmc}" if pmc else ""
    url = (
        article_address(doi, line(meta.findtext("volume") or ""), issns)
        or (page and f"https://europepmc.org/article/{page}")
        or (doi and f"https://doi.org/{doi}")
        or captured
    )
    draft = Draft(url=url, origins={"url": ORIGIN})
    put(draft, ORIGIN, title=_words(meta.find("title-group/article-title")), doi=doi)
    put(draft, ORIGIN, pmid=ids.get("pmid"), pmcid=pmc and f"PMC{pmc}")
    put(draft, ORIGIN, journal=_words(root.find("front/journal-meta//journal-title")))
    put(draft, ORIGIN, volume=line(meta.findtext("volume") or ""), issue=line(meta.findtext("issue") or ""))
    span = [line(meta.findtext(name) or "") for name in ("fpage", "lpage")]
    pages = "-".join(dict.fromkeys(filter(None, span)))
    put(draft, ORIGIN, pages=pages or line(meta.findtext("elocation-id") or ""))
    put(draft, ORIGIN, language=language_of(root.get(_LANGUAGE, "")))
    put(draft, ORIGIN, authors=people.people(_writers(meta)))
    draft.dates = _dates(meta)
    kinds = [
        root.get("article-type", ""),
        *map(_words, meta.findall("article-categories/subj-group/subject")),
    ]
    draft.genre, draft.origins["genre"] = genre_of(kinds), "article-type"
    put(draft, "license", rights=_licence(meta))
    return draft


def _licence(meta: etree._Element) -> str:
    """Where the licence's words are, or else the words."""
    licence = meta.find("permissions/license")
    if licence is None:
        return ""
    links = [licence.get(_HREF), *(link.get(_HREF) for link in licence.iter("ext-link"))]
    links += [(link.text or "").strip() for link in meta.iterfind("permissions//license_ref")]
    linked = next((link for link in links if link and "creativecommons.org" in link), "")
    return linked or _words(licence)[:300]


def _writers(meta: etree._Element) -> list[str]:
    """The authors' names; a group's members count where they are marked as authors, or are the only ones."""
    named, members = [], []
    for contributor in meta.iterfind("contrib-group//contrib"):
        kind = contributor.get("contrib-type", "").lower()
        above = next(contributor.iterancestors("contrib-group"))
        within = next(contributor.iterancestors("collab"), None)
        if not kind and within is None:
            kind = "" if "editor" in above.get("content-type", "").lower() else "author"
        if writer := _name(contributor):
            if kind in ("author", "authors"):
                named.append(writer)
            elif within is not None:
                members.append(writer)
    return named or members


def _name(contributor: etree._Element) -> str:
    """The name in our letters, where there are several; "" for a group or somebody without a name."""
    found = contributor.xpath("name | string-name | name-alternatives/name | name-alternatives/string-name")
    written = []
    for name in found:
        given, family = (_words(name.find(part)) for part in ("given-names", "surname"))
        # a name in one piece has its title and degrees in it, too
        whole = " ".join(filter(None, (given, family))) if family else _words(name, "prefix", "degrees")
        written.append(whole.strip(" ,"))
    return next((name for name in written if re.search(r"[A-Za-z]", name)), written[0] if written else "")


def _dates(meta: etree._Element) -> list[tuple[dates.Dated, str]]:
    """The dates of publication: electronic, plain, print, the volume's; of each kind, the first whole day."""
    found = []
    for stated in meta.xpath("pub-date | history/date | pub-history//date | pub-history//pub-date"):
        names = [stated.get(name, "") for name in ("pub-type", "date-type", "publication-format")]
        kind = " ".join(filter(None, names)).lower()
        rank = _rank(kind)
        if rank is None or (stated.tag == "date" and rank > 2):
            continue
        if dated := _date(stated):
            found.append(((rank, dated.precision != "day", dated.day), dated, f"jats {kind or 'pub-date'}"))
    return [(dated, origin) for _, dated, origin in sorted(found, key=lambda one: one[0])]


def _rank(kind: str) -> int | None:
    """How much a kind of date is to be trusted, 0 the most; None for what is no publication."""
    if "preprint" in kind or "pmc-release" in kind:
        return 6
    if _NO_DATE.search(kind):
        return None
    if "collection" in kind:  # of electronic journals, too: the year of the volume
        return 4
    if re.search(r"epub|electronic|online|web", kind):
        return 0
    return 1 if kind in ("", "pub", "publication", "published") else 2 if re.search("print|ppub", kind) else 3


def _date(stated: etree._Element) -> dates.Dated | None:
    """By its parts, as far as they make sense; else as it is written, or as its attribute says."""
    year, month, day = (line(stated.findtext(f".//{name}") or "") for name in ("year", "month", "day"))
    year, named = year[:4], re.match(r"(\d{1,2})(?!\d)|([A-Za-z]{3})", month)
    shapes = [f"{year}-{named[1]}-{day}", f"{year}-{named[1]}"] if named and named[1] else []
    shapes += [f"{day} {named[2]} {year}", f"{named[2]} {year}"] if named and named[2] else []
    if not day:
        shapes = shapes[1:]
    shapes += [year] if year else ["".join(stated.itertext())]
    found = [dates.parse(shape) for shape in (*shapes, stated.get("iso-8601-date", ""))]
    known = [one for one in found if one is not None]
    return min(known, key=lambda one: ("day", "month", "year").index(one.precision), default=None)


def _abstracts(root: etree._Element, meta: etree._Element) -> list[etree._Element]:
    """Those that are the abstract, in the article's own language where there are several."""
    found = [one for one in meta.findall("abstract") if one.get("abstract-type", "").lower() in _WHOLE]
    own = [one for one in found if one.get(_LANGUAGE, root.get(_LANGUAGE)) == root.get(_LANGUAGE)]
    return own or found


def _paragraphs(part: etree._Element) -> Iterator[str]:
    """Headings, paragraphs and list items, whole and in order; a block inside a paragraph divides it."""
    _clean(part)
    run: list[str] = []
    for event, element in etree.iterwalk(part, events=("start", "end")):
        if element.tag in _BLOCKS:
            if text := _tidied(run):
                yield text
            run.clear()
        if event == "start":
            run.append("\n" if element.tag == "break" else "")
            run.append(element.text or "")
        elif element is not part:
            run.append(element.tail or "")
    if text := _tidied(run):
        yield text


def _words(element: etree._Element | None, *without: str) -> str:
    """All the words of an element in one line."""
    if element is None:
        return ""
    _clean(element)
    take_out(element, (), without or ("xref",))
    for stop in element.iter("break"):
        stop.tail = f" {stop.tail or ''}"
    return _tidied(element.itertext())


def _clean(part: etree._Element) -> None:
    """Take out what is not the text itself, and the commas between reference markers."""
    markers = set(_markers(part))
    for marker in markers:
        following = marker.getnext()
        if following is not None and following in markers and not re.search(r"\w", marker.tail or ""):
            marker.tail = ""
    # a displayed formula that is set as text is part of its sentence; its mathematics is a picture of it
    take_out(part, [*markers, *part.iterfind(".//disp-formula//math")], _DROPPED)


def _markers(part: etree._Element) -> Iterator[etree._Element]:
    """Links to references and notes, and the superscripts around them, but for citations in a sentence."""
    parents = {link.getparent(): None for link in part.iter("xref")}
    for parent in parents:
        inside, own = _in_brackets(parent.text or "", 0), []
        for child in parent:
            kind = child.get("ref-type") or ""
            text = "".join(child.itertext()) if child.tag == "xref" else ""
            number = not re.search(r"[^\W\d_]{2}", text)
            told = "fn" in kind or (kind in ("bibr", "") and number) or (kind == "bibr" and inside)
            if child.tag == "xref" and told:
                own.append(child)
                text = ""
            inside = _in_brackets(f"{text}{child.tail or ''}", inside)
        yield from own
        rest = "".join([parent.text or "", *(child.tail or "" for child in parent)])
        if parent.tag == "sup" and own and len(own) == len(parent) and not re.search(r"\w", rest):
            yield parent


def _in_brackets(text: str, depth: int) -> int:
    """How many brackets are open behind `text`."""
    for sign in re.findall(r"[\[\]()]", text):
        depth = depth + 1 if sign in "[(" else max(0, depth - 1)
    return depth


def _tidied(run: Iterator[str] | list[str]) -> str:
    return _EMPTIED.sub("", line("".join(run)))
