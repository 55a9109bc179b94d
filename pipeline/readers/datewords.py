"""What a line says its date is the date of: of publication, of a change, of something else.

The words stand before the date: "Posted on 3 March 2014", "Zuletzt aktualisiert: 3. März", "valid until".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

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
    ^\W*(?:by|von|par)\s[^;|]{0,60}$ |
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
