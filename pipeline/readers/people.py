"""Names as sites write them -> people, "Given Family", in order, each once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from pipeline.readers.normal import line

_SUFFIX = re.compile(r"(?:jr|sr|junior|senior|ii|iii|iv)\.?", re.IGNORECASE)
_CREDENTIALS = re.compile(
    r"(?:ph\.?d|m\.?d|frcgp|mrcgp|frcp|mrcp|frcs|mrcs|mbbs|mbchb|msc|bsc|ma|ba|mph|obe|cbe|mbe|kbe|dbe|frs|fba|rn|rgn|"
    r"dphil|mba|facp|gps?|mp|msp|mep|ms|am|qc|kc|pc|ceo|peer|phd candidate)\.?",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"\b(?:chair(?:man|woman|person)?|chief|executive|director|editor|correspondent|columnist|reporter|journalist|"
    r"writer|author|professor|lecturer|fellow|researcher|analyst|economist|consultant|surgeon|physician|"
    r"pharmacist|nurse|registrar|trainee|partner|principal|president|secretary|minister|manager|lead|leader|head|"
    r"officer|adviser|advisor|spokes(?:man|woman|person)|freelance|founder|commissioner|specialist|gps?|doctor)\b",
    re.IGNORECASE,
)
"""What stands behind a name and a comma, and is no given name."""
_HONORIFIC = re.compile(
    r"^(?:by|written by|words by|posted by|author:?|dr|drs|prof|professor|mr|mrs|ms|miss|mx|rev|revd|"
    r"(?:the\s+)?(?:rt\.?|right)\s+hon(?:ourable)?)\b\.?:?\s+",
    re.IGNORECASE,
)
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
    r"[\d@/:<>{}\[\]|_#]|\b(?:admin|administrator|hwadmin|editors?|editorial|staff|team|newsdesk|desk|"
    r"reporters?|writers?|correspondents?|columnist|director|contributors?|webmaster|web|guest|journalist|"
    # what systems write where nobody is named
    r"none|null|undefined|unnamed|nobody|various|multiple|authors?|byline|users?|username|superuser|moderator|owner|"
    r"account|profile|login|default|publisher|autor(?:en|in)?|gastautor|unbekannt|redaktion|rédaction|auteurs?|inconnu|"
    # bodies of every kind
    r"site|anonymous|unknown|online|departments?|ministry|government|parliament|commission|authority|directorate|"
    r"university|universities|college|school|faculty|academy|institute|institut|institution|centre|center|"
    r"trust|fund|foundation|ltd|limited|plc|inc|llp|llc|gmbh|corporation|corp|company|companies|exchange|"
    r"council|committee|groups?|association|assn|society|federation|confederation|alliance|coalition|network|"
    r"partnership|consortium|union|league|forum|charity|charities|campaign|taskforce|bureau|board|panel|"
    r"office|agency|agence|services?|organi[sz]ations?|collaborators|collaboration|collaborative|"
    r"initiative|programme|project|observatory|laboratory|library|museum|hospitals?|clinic|surgery|practices?|"
    r"consulting|consultants|consultancy|solutions|systems|communications|marketing|research|policy|"
    r"economics|publications|publishers?|publishing|productions|broadcasting|television|radio|channel|"
    # papers and sites
    r"media|news|newspapers?|newswire|press|journal|magazine|review|bulletin|newsletter|gazette|herald|courier|"
    r"chronicle|telegraph|tribune|observer|guardian|times|mirror|examiner|advertiser|evening|weekly|monthly|today|"
    r"bbc|itv|reuters|afp|blog|blogs|podcast|admins?|website|"
    # what bodies are of and for
    r"nhs|ccgs?|bma|rcn|rcgp|cqc|hsj|bmj|uk|usa|british|england|national|international|european|united|"
    r"health|healthcare|healthwatch|medical|public|local|citizens|advice|confidential|communities|providers|"
    r"carers|doctors|nurses|clinicians|commissioners|commissioning|pharmacists|midwives|physicians|surgeons|"
    r"gps|governance|think ?tank)\b|"
    r"^(?:no|non|not|kein|sans|view|read|all|posted|test|demo)\s|^(?:daily|sunday|age|care|skills|cancer|royal|shelter|sky|audit|reform|creative|visit|full)\s|"
    r"\s(?:echo|live|standard|argus|express|voice|world|independent|sentinel|record|globe|insider|digest|"
    r"matters|hub|watch|associates|wire|mercury)$|"
    r"^(?:\w+shire|\w+(?:th|t)ern|huffington|washington|london|birmingham|liverpool|manchester|morning|"
    r"financial)\s(?:post|mail|sun|star)$",
    re.IGNORECASE,
)
_BODY_OF = re.compile(
    r"\b(?:(?:the|royal|national|british|european|international)\s+)*"
    r"(?:department|ministry|institute|centre|center|committee|college|society|council|office|commission|"
    r"foundation|association|school|faculty|agency|institution) (?:of|for)\b[^;|\n]*",
    re.IGNORECASE,
)
"""The name of a body that may hold an "and"."""
_GIVEN_ENGLAND = re.compile(r"[A-Z][\w.\u2019'-]*(?:\s[A-Z]\.?)*\sEngland", re.ASCII)
_OF_ENGLAND = re.compile(
    r"\b(?:nhs|health\w*|care|sport|shelter|age|mind|historic|natural|homes|arts|public)\b", re.I
)
_SEPARATORS = re.compile(r"\s*(?:;|\s&\s|\band\b|\bwith\b|\n)\s*")
_ASIDES = re.compile(r"\s*\|\s*|\s+[\u2013\u2014-]\s+|\s*[\u2022\u00b7]\s*")
_BEHIND = re.compile(
    r"\s*\([^()]*\)\s*$|\s*@\w+\s*$|"
    r"\s+(?:for|at|from|reports|writes|in(?!\s+(?:['\u2019]?t|der|den)\b))\b(?:\s.*)?$"
)
_SOMEBODY = re.compile(
    r"(?-i:[A-Z]{2}s?)|doctor|nurse|patient|carer|reader|manager|commissioner|consultant|practitioner|physician|"
    r"surgeon|pharmacist|trainee|student|teacher|member|partner|parent|mother|father|source|spokes\w+",
    re.IGNORECASE,
)
"""Who a text is by that names nobody: "A GP", "A junior doctor". Any other capital A is an initial."""
_NAME = re.compile(r"[^\W\d_][\w.'\u2019\u2010\u2011 -]*", re.UNICODE)


def people(values: Iterable[str], refuse: Collection[str] = ()) -> tuple[str, ...]:
    """The people that fields name. `refuse` holds the site's own names, in any case.

    One value may hold several people ("A Smith; B Jones", "A Smith, B Jones and C Hall"), or one with the
    family name first ("Checkland, Kath"), or a name with a paper, a role or a place behind it ("Ann Lee |
    Daily Post", "Dr Ann Lee, GP", "Ann Lee (Leeds)"). Account names, organisations and roles are no people.
    """
    barred = {_key(name) for name in refuse}
    found: dict[str, str] = {}
    for value in values:
        for part in _SEPARATORS.split(_BODY_OF.sub("", line(value)[:2000])):
            for aside in _ASIDES.split(part):
                if _key(aside) in barred:
                    continue
                for name in _names(_BEHIND.sub("", aside)):
                    if _key(name) not in barred and is_person(name):
                        found.setdefault(name.casefold(), name)
    return tuple(found.values())


def _key(name: str) -> str:
    """A site's name as its address writes it: no blanks, no article."""
    return re.sub(r"^(?:the|www\.)\b|\W", "", name.casefold())


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
    if not 2 <= len(parts) <= 6 or parts[0].lower() in {"the", "our"} or _is_body(name):
        return False
    # "A Lee" and "A B Lee" have initials; "A GP" and "A Northmere Parent" have an article.
    if parts[0] == "a" or (parts[0] == "A" and _SOMEBODY.fullmatch(parts[-1])):
        return False
    return all(part[0].isupper() or part.lower() in _PARTICLES or part[0] in "'\u2019" for part in parts)


def _is_body(name: str) -> bool:
    """Has it a word of an organisation, a paper or a role? England is a family name, too."""
    if _GIVEN_ENGLAND.fullmatch(name) and not _OF_ENGLAND.search(name):
        return False
    return bool(_NOT_PEOPLE.search(name))


def _names(text: str) -> list[str]:
    parts = [part.strip() for part in text.split(",")]
    parts = [part for part in parts if part]
    if not (len(parts) == 2 and _one_family(parts[0]) and re.fullmatch(r"[A-Z]{1,3}", parts[1])):
        parts = [part for at, part in enumerate(parts) if not at or not _CREDENTIALS.fullmatch(part)]
    suffix = next((part for part in parts[1:] if _SUFFIX.fullmatch(part)), "")
    parts = [part for part in parts if part != suffix]
    # "Kieran Walshe, professor of health policy": what begins in lower case is a role, not a name
    parts = [part for part in parts if not part[0].islower() or part.split()[0] in _PARTICLES]
    if len(parts) > 1 and not _one_family(parts[0]):
        parts = [parts[0], *(part for part in parts[1:] if not _ROLE.search(part))]
    titled = bool(parts) and bool(_HONORIFIC.match(parts[0]))
    if len(parts) == 2 and titled and len(parts[1].split()) == 1:
        parts = parts[:1]  # "Dr Ann Lee, Leeds"
    elif len(parts) == 2 and (_one_family(parts[0]) or len(parts[1].split()) == 1):
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
    name = _AFTER.sub("", name)
    name = name.strip(" .,") if not re.search(r"\b[A-Z]\.$", name) else name.strip(" ,")
    return name if _NAME.fullmatch(name) else ""
