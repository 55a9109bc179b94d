"""Fields of nested answers, whatever their shape: a missing step is an empty field, never an error."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pipeline.readers import dates
from pipeline.readers.draft import Draft

BMJ = frozenset(("1756-1833", "0959-8138", "0959-8146", "0959-535X"))
"""The BMJ's ISSNs: electronic, print, and two older ones."""
_BMJ = re.compile(r"10\.1136/(bmj\.[a-z]\d+|bmj-\d{4}-\d+)", re.IGNORECASE)
_KINDS = {
    "editorial": "editorial",
    "letter": "letter",
    "comment": "opinion",
    "news": "news",
    "newspaper article": "news",
    "personal narrative": "opinion",
    "introductory journal article": "editorial",
    "published erratum": "correction",
    "correction": "correction",
    "retraction of publication": "correction",
    "retraction": "correction",
}

_LONDON = ZoneInfo("Europe/London")
_LANGUAGES: dict[str, str] = dict(
    re.findall(
        r"(\w+):(\w+)",
        """
    aar:aa abk:ab afr:af aka:ak alb:sq sqi:sq amh:am ara:ar arg:an arm:hy hye:hy asm:as ava:av ave:ae aym:ay
    aze:az bak:ba bam:bm baq:eu eus:eu bel:be ben:bn bih:bh bis:bi bos:bs bre:br bul:bg bur:my mya:my cat:ca
    cha:ch che:ce chi:zh zho:zh chu:cu chv:cv cor:kw cos:co cre:cr cze:cs ces:cs dan:da div:dv dut:nl nld:nl
    dzo:dz eng:en epo:eo est:et ewe:ee fao:fo fij:fj fin:fi fre:fr fra:fr fry:fy ful:ff geo:ka kat:ka ger:de
    deu:de gla:gd gle:ga glg:gl glv:gv gre:el ell:el grn:gn guj:gu hat:ht hau:ha heb:he her:hz hin:hi hmo:ho
    hrv:hr scr:hr hun:hu ibo:ig ice:is isl:is ido:io iii:ii iku:iu ile:ie ina:ia ind:id ipk:ik ita:it jav:jv
    jpn:ja kal:kl kan:kn kas:ks kau:kr kaz:kk khm:km kik:ki kin:rw kir:ky kom:kv kon:kg kor:ko kua:kj kur:ku
    lao:lo lat:la lav:lv lim:li lin:ln lit:lt ltz:lb lub:lu lug:lg mac:mk mkd:mk mah:mh mal:ml mao:mi mri:mi
    mar:mr may:ms msa:ms mlg:mg mlt:mt mol:ro mon:mn nau:na nav:nv nbl:nr nde:nd ndo:ng nep:ne nno:nn nob:nb
    nor:no nya:ny oci:oc oji:oj ori:or orm:om oss:os pan:pa per:fa fas:fa pli:pi pol:pl por:pt pus:ps que:qu
    roh:rm rum:ro ron:ro run:rn rus:ru sag:sg san:sa sin:si slo:sk slk:sk slv:sl sme:se smo:sm sna:sn snd:sd
    som:so sot:st spa:es srd:sc srp:sr scc:sr ssw:ss sun:su swa:sw swe:sv tah:ty tam:ta tat:tt tel:te tgk:tg
    tgl:tl tha:th tib:bo bod:bo tir:ti ton:to tsn:tn tso:ts tuk:tk tur:tr twi:tw uig:ug ukr:uk urd:ur uzb:uz
    ven:ve vie:vi vol:vo wel:cy cym:cy wln:wa wol:wo xho:xh yid:yi yor:yo zha:za zul:zu
    """,
    )
)
"""ISO 639-2, bibliographic and terminological, with the older scc, scr and mol of libraries -> ISO 639-1."""


def node(tree: object, *steps: str) -> Mapping[str, Any]:
    """The object that `steps` lead to; empty where there is none."""
    found = _walk(tree, steps)
    return found if isinstance(found, Mapping) else {}


def said(tree: object, *steps: str) -> str:
    """The words that `steps` lead to; "" for what is missing or no text."""
    found = _walk(tree, steps)
    return str(found) if isinstance(found, (str, int)) and not isinstance(found, bool) else ""


def many(tree: object, *steps: str) -> list[Any]:
    """The list that `steps` lead to; empty where there is none."""
    found = _walk(tree, steps)
    return found if isinstance(found, list) else []


def put(draft: Draft, origin: str, **values: Any) -> None:
    """Fill in what has a value, and note where it came from."""
    for name, value in values.items():
        if value:
            setattr(draft, name, value)
            draft.origins[name] = origin


def language_of(code: str) -> str | None:
    """A language as two letters: "ger", "deu", "DE", "de-AT" -> "de".

    Three letters stay where there are no two. None for no code, and for codes of many or unknown languages.
    """
    first = re.split(r"[-_]", code.strip().lower())[0]
    found = _LANGUAGES.get(first, first)
    return found if re.fullmatch(r"[a-z]{2,3}", found) and found not in ("mul", "und", "zxx", "mis") else None


def london(stamp: str) -> str:
    """The day in London of a moment ("2014-06-30T23:01:00Z" is the first of July there), else `stamp` itself.

    What has no zone is London's own time.
    """
    try:
        moment = datetime.fromisoformat(stamp.strip())
        return (moment.astimezone(_LONDON) if moment.tzinfo else moment).date().isoformat()
    except (ValueError, OverflowError):
        return stamp


def date(draft: Draft, origin: str, text: str) -> None:
    """A candidate for the date of publication, if `text` holds one."""
    if dated := dates.parse(text):
        draft.dates.append((dated, origin))


def changed(draft: Draft, origin: str, text: str) -> None:
    """When the page was last changed, if `text` holds a whole date."""
    if (dated := dates.parse(text)) and dated.precision == "day":
        put(draft, origin, modified=dated.day)


def _walk(tree: object, steps: tuple[str, ...]) -> object:
    for step in steps:
        tree = tree.get(step) if isinstance(tree, Mapping) else None
    return tree


def article_address(doi: str | None, volume: str, issns: Iterable[str]) -> str:
    """The address on the journal's own site where it follows from the DOI: then page and record are one."""
    found = _BMJ.fullmatch(doi or "")
    if found and volume.isdigit() and BMJ.intersection(issns):
        return f"https://www.bmj.com/content/{volume}/{found[1].lower()}"
    return ""


def genre_of(kinds: Iterable[str]) -> str:
    """PubMed's and JATS's publication types -> records.GENRES."""
    return next((_KINDS[kind.lower()] for kind in kinds if kind.lower() in _KINDS), "journal-article")
