"""What a line says its date is the date of: of publication, of a change, of something else.

The words stand before the date: "Posted on 3 March 2014", "Zuletzt aktualisiert: 3. März", "valid until".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pipeline.readers import dates
from pipeline.readers.dates import Dated

_PUBLISHED = re.compile(
    r"""\b(?:
    first\ published | published | posted | publication\ date | publishing\ date | date\ published |
    date\ posted | date\ of\ publication | issued | date\ issued | released | release\ date | created |
    added | submitted | written | uploaded | date | dated | filed | online\ since |
    datum | veröffentlicht | veröffentlichung | veröffentlichungsdatum | erstellt | eingestellt | verfasst |
    geschrieben | erschienen | erscheinungsdatum | publiziert | gepostet | eingetragen | online\ seit |
    publiée? | publication | date\ de\ publication | mise?\ en\ ligne | parue? | posté | rédigé | écrit |
    créé | pubblicato | publicado | geplaatst
    )\b[^;|]{0,60}?$ |
    ^\W*(?:by|von|par)\s[^;]{0,60}$ |
    ^(?:dieser?s?|this|cet(?:te)?)\s(?:artikel|beitrag|eintrag|text|article|post|entry|story|page)\b[^;|.]{0,60}$
    """,
    re.IGNORECASE | re.VERBOSE,
)
_CHANGED = re.compile(
    r"""\b(?:
    updated? | modified | revised | revision | reviewed | review\ date | last\ review | amended | edited |
    changed? | accessed | retrieved | as\ (?:of|at) | last | correct\ (?:at|on) | checked | archived |
    captured | snapshot |
    aktualisiert | aktualisierung | geändert | änderung | bearbeitet | zuletzt | stand | abgerufen |
    mise?\ à\ jour | màj | modifiée? | actualisée? | actualizado | aggiornato
    )\b[^;|]{0,40}$""",
    re.IGNORECASE | re.VERBOSE,
)
_OTHER = re.compile(
    r"""(?:\b(?:
    until | till | from | to | through | between | before | after | since | by | deadline | closing | closes |
    due | valid | expires? | expiry | starts? | ends? | ended | event | born | died | next | period | year |
    joined | registered | member | version | received | accepted | day | week | archives? | copyright |
    est\.? | established | founded |
    bis | ab | seit | findet | termin | gültig | beginn | ende | geboren |
    jusqu | depuis | du | au | née?
    )|[©]|\(c\)|[-\u2013])\W*$""",
    re.IGNORECASE | re.VERBOSE,
)
_SAID = re.compile(
    r"(?:\b|(?<=\d))(?:(?:first |last )?(?:published|posted|submitted|updated?|modified|created|written|"
    r"added|authored|issued)|date|by|on|at|in|from|to|am|pm|gmt|bst|mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|"
    r"thu(?:rs(?:day)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?|veröffentlicht|erstellt|aktualisiert|um|uhr|von|"
    r"publié|modifié|le|à|par|mis à jour)\b:?",
    re.IGNORECASE,
)


def label(lead: str) -> str:
    """What the words before a date say of it: "published", "changed", "other", or "" for nothing."""
    if _CHANGED.search(lead):
        return "changed"
    hit = _PUBLISHED.search(lead)
    if hit and (hit.start() <= 30 or lead[: hit.start()].rstrip()[-1:] in "|·•–—/,;"):
        return "published"
    return "other" if _OTHER.search(lead) else ""


def labels(part: str, found: Iterable[tuple[Dated, int, int]]) -> Iterator[str]:
    """The label of each date of a line, as `dates.every` tells them: by the words since the one before it."""
    last = 0
    for _, start, end in found:
        yield label(part[last:start])
        last = end


def is_stamp(text: str) -> bool:
    """Is a line nothing but dates, what they are the dates of, and who did it?

    "4 March 2014", "Submitted by Jane Miller on Tue, 04/03/2014 - 14:38", "Updated on Thu, 13/03/2014".
    """
    if len(text) > 160:
        return False
    if dates.alone(text):
        return True
    rest, last = [], 0
    for _, start, end in dates.every(text):
        rest.append(text[last:start])
        last = end
    if not last or label(rest[0]) not in ("published", "changed") or not rest[0][:1].isupper():
        return False
    words = _SAID.sub(" ", " ".join([*rest, text[last:]]))
    return (
        all(word[0].isupper() or not word[0].isalpha() for word in words.split()) and len(words.split()) <= 8
    )
