"""Pages out of web archives: the address is the original's, and the archive's date bounds the page's own.

A page that states no date stands on the day it was archived: it was there then, and may be older.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from pipeline.readers import dates
from pipeline.readers.dates import Dated

_REPLAY = re.compile(
    r"https?://(?:web\.archive\.org/web|webarchive\.nationalarchives\.gov\.uk(?:/ukgwa)?(?:/nobanner)?)"
    r"/(?P<day>\d{8})\d{0,6}(?:[a-z]{2}_)?/(?P<url>https?:/.+)",
    re.IGNORECASE,
)


class Replayed(NamedTuple):
    """What an archive's address says: the original's, and when it was seen."""

    url: str
    seen: Dated | None


def of(url: str) -> Replayed | None:
    """The original behind the address of an archived page; None for any other address."""
    found = _REPLAY.match(url)
    if not found:
        return None
    # some proxies fold the two slashes of the inner address into one
    return Replayed(re.sub(r"^(https?:/)/?", r"\1/", found["url"]), dates.parse(found["day"]))
