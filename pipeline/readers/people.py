"""Names as sites write them -> people, "Given Family", in order, each once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from pipeline.readers.normal import line

_SUFFIX = re.compile(r"(?:jr|sr|junior|senior|ii|iii|iv)\.?", re.IGNORECASE)
_CREDENTIALS = re.compile(
    r"(?:ph\.?d|m\.?d|frcgp|mrcgp|frcp|mrcp|mbbs|mbchb|msc|bsc|ma|ba|mph|obe|cbe|mbe|frs|rn|dphil|mba|facp)\.?",
    re.IGNORECASE,
)
_HONORIFIC = re.compile(r"^(?:by|written by|author:?|dr|prof|professor|mr|mrs|ms|miss)\.?\s+", re.IGNORECASE)
_BEFORE = re.compile(
    r"^(?:(?:the|(?:(?:rt|right)\b\.?\s+)?hon(?:ourable|\.)?|sir|dame|professor|prof|dr|mr|mrs|ms|miss)\b\.?\s+)+",
    re.I,
)
_AFTER = re.compile(
    r"(?:[\s,]+(?:MP|MEP|MSP|QC|KC|PC|DL|JP|CH|KG|KT|[COM]BE|[GKD]BE|[GKD]?C[BV]O?|[GKD]?CMG|FRS|FRCP|FRCGP|FMedSci))+$"
)
_PARTICLES = frozenset({
    "van", "von", "der", "den", "de", "del", "della", "di", "da", "dos", "du", "la", "le", "ter", "ten",
    "al", "el", "bin", "ibn", "st", "of", "y", "e",
})  # fmt: skip
_NOT_PEOPLE = re.compile(
    r"[\d@/:<>{}\[\]|_#]|\b(?:admin|administrator|hwadmin|editor|editors|editorial|staff|team|newsdesk|desk|"
    r"reporter|reporters|writer|writers|correspondent|guest|contributor|webmaster|web|"
    r"site|anonymous|unknown|online|department|"
    r"university|institute|trust|fund|foundation|ltd|limited|council|committee|group|association|college|"
    r"office|agency|nhs|ccg|media|news|press|journal|magazine|publishing|collaborators|consortium)\b",
    re.IGNORECASE,
)
_SOMEBODY = re.compile(
    r"(?-i:[A-Z]{2}s?)|doctor|nurse|patient|carer|reader|manager|commissioner|consultant|practitioner|physician|"
    r"surgeon|pharmacist|trainee|student|teacher|member|partner|parent|mother|father|source|spokes\w+",
    re.IGNORECASE,
)
"""Who a text is by that names nobody: "A GP", "A junior doctor". Any other capital A is an initial."""
_SEPARATORS = re.compile(r"\s*(?:;|\||\s&\s|\band\b|\n)\s*")
_NAME = re.compile(r"[^\W\d_][\w.'\u2019\u2010\u2011 -]*", re.UNICODE)


def people(values: Iterable[str], refuse: Collection[str] = ()) -> tuple[str, ...]:
    """The people that fields name. `refuse` holds the site's own names, in any case.

    One value may hold several people ("A Smith; B Jones", "A Smith, B Jones and C Hall"), or one with the
    family name first ("Checkland, Kath"). Account names, organisations and roles are no people.
    """
    barred = {name.casefold() for name in refuse}
    found: dict[str, str] = {}
    for value in values:
        for part in _SEPARATORS.split(line(value)[:2000]):
            for name in _names(part):
                if name.casefold() not in barred and is_person(name):
                    found.setdefault(name.casefold(), name)
    return tuple(found.values())


def untitled(name: str) -> str:
    """A member of Parliament's name without what is put before and behind it.

    A peer's title is the name: "The Rt Hon the Lord Sample PC" -> "Lord Sample".
    """
    return _AFTER.sub("", _BEFORE.sub("", line(name)))


def pairs(listing: str) -> list[str]:
    """A citation's "Checkland, Kath, Coleman, Anna and Hall, Jo" -> ["Kath Checkland", …]."""
    parts = [part.strip() for part in re.split(r",|\band\b|;", listing) if part.strip()]
    if len(parts) % 2:
        return []
    return [f"{given} {family}" for family, given in zip(parts[::2], parts[1::2], strict=True)]


def is_person(name: str) -> bool:
    """Two to six words that look like a name; "Hwadmin" and "The King's Fund" do not."""
    parts = name.split()
    if not 2 <= len(parts) <= 6 or _NOT_PEOPLE.search(name) or parts[0].lower() in {"the", "our"}:
        return False
    if parts[0] == "a" or (parts[0] == "A" and _SOMEBODY.fullmatch(parts[-1])):
        return False
    return all(part[0].isupper() or part.lower() in _PARTICLES or part[0] in "'\u2019" for part in parts)


def _names(text: str) -> list[str]:
    parts = [part.strip() for part in text.split(",")]
    parts = [part for part in parts if part and not _CREDENTIALS.fullmatch(part)]
    suffix = next((part for part in parts[1:] if _SUFFIX.fullmatch(part)), "")
    parts = [part for part in parts if part != suffix]
    # "Kieran Walshe, professor of health policy": what begins in lower case is a role, not a name
    parts = [part for part in parts if not part[0].islower() or part.split()[0] in _PARTICLES]
    if len(parts) == 2 and (_one_family(parts[0]) or len(parts[1].split()) == 1):
        parts = [f"{parts[1]} {parts[0]}"]
    elif len(parts) > 2 and not all(" " in part for part in parts):
        parts = pairs(",".join(parts)) or parts
    if suffix and len(parts) == 1:
        parts = [f"{parts[0]} {suffix}"]
    return [name for part in parts if (name := _clean(part))]


def _one_family(text: str) -> bool:
    """Is it a family name on its own, particles aside? "van der Berg" is, "Kath Checkland" is not."""
    return len([part for part in text.split() if part.lower() not in _PARTICLES]) <= 1


def _clean(name: str) -> str:
    shorter = _HONORIFIC.sub("", name)
    while shorter != name:
        name, shorter = shorter, _HONORIFIC.sub("", shorter)
    name = name.strip(" .,") if not re.search(r"\b[A-Z]\.$", name) else name.strip(" ,")
    return name if _NAME.fullmatch(name) else ""
