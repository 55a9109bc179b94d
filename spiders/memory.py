"""What the archive says about a source: which addresses are known, and when they are asked for again.

There is no second truth: all of it is read from the archive's index when a run begins.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Self

from pipeline.archive import Archive
from pipeline.archive.index import forgotten
from pipeline.records import Capture, CaptureRef

SETTLED = re.compile(
    r"http (?:204|401|402|404|410|451)|off-site|too large|too many redirects|"
    r"(?:tdm-reservation|noai) in (?:header|meta)"
)
"""Refusals that asking again the next day would not change. Such an address is asked for on the schedule."""

UNTRIED = frozenset({"robots", "tdm-reservation", "ai.txt", "already requested", "moved"})
"""Refusals that leave nothing to make up for: the listing decides anew."""


@dataclass(slots=True)
class KnownPage:
    """What is known of one address. `state` is kept, gone, moved or refused, as it was last seen.

    `since` is when this state was first seen, `checked` when it was last seen. The validators are those
    of the last answer; `capture_id` is the capture whose bytes the page had then.
    """

    state: str
    since: datetime
    checked: datetime
    capture_id: str = ""
    etag: str = ""
    last_modified: str = ""
    found: str = ""
    via: str = ""

    def due(self, now: datetime, schedule: Sequence[int], changed: datetime | None = None) -> bool:
        """Whether to ask again: its listing dates a change after our last visit, or its age asks for it.

        `schedule` is in days of age: a state is looked at again once it is so old, and from the last of
        them on each time that as many days more have passed.
        """
        if changed is not None and changed > self.checked:
            return True
        return _visits(now - self.since, schedule) > _visits(self.checked - self.since, schedule)

    def validators(self) -> dict[str, str]:
        """The headers that make a request conditional; none where there are no bytes to compare with."""
        if self.state != "kept":
            return {}
        headers = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in headers.items() if value}


FORGOTTEN = KnownPage("refused", datetime.max.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
"""An address that the archive was made to forget: no run asks for it again."""


def _visits(age: timedelta, schedule: Sequence[int]) -> int:
    """How many visits a state of this age should have had."""
    if not schedule:
        return 0
    days, last = age / timedelta(days=1), schedule[-1]
    return bisect_right(schedule, days) + max(int((days - last) // last), 0)


class Memory:
    """The addresses of one source that the archive knows, as its index tells.

    `finished` is when the last finished run began, `complete` when the last did that followed every
    listing to its end; None where there was none.
    """

    def __init__(self) -> None:
        self.known: dict[str, KnownPage] = {}
        self.owed: dict[str, tuple[str, str]] = {}  # refused in passing: address -> found, via
        self.finished: datetime | None = None
        self.complete: datetime | None = None
        self._unfinished: dict[str, list[CaptureRef]] = {}  # by the run's name
        self._archive: Archive | None = None

    @classmethod
    def of(cls, archive: Archive, source: str) -> Self:
        """What `archive` says about `source`."""
        self = cls()
        self._archive = archive
        for stone in forgotten(archive.folder).values():
            if stone.source == source:
                self.known |= dict.fromkeys(filter(None, (stone.url, stone.asked)), FORGOTTEN)
        ended = ""
        for line in archive.lines():
            if line.get("source") != source:
                continue
            if line["type"] == "run":
                ended = line["finished_at"]
                self._ran(line)
            elif line["type"] == "refused":
                self._refused(line, _time(ended))
            elif line["type"] in ("capture", "revisit") and line.get("found") != "import":
                self._seen(line)
                if line["type"] == "capture":
                    self._unfinished.setdefault(_run_of(line), []).append(CaptureRef.of(line))
        return self

    def unread(self) -> Iterator[Capture]:
        """The pages of runs that ended early: what they lead to may not have been asked for."""
        for ref in (ref for refs in self._unfinished.values() for ref in refs):
            if self._archive is not None and (self.finished is None or ref.fetched_at > self.finished):
                yield self._archive.read(ref)

    def _ran(self, line: Mapping[str, Any]) -> None:
        if line["outcome"] not in ("finished", "suspect"):
            return
        started = _time(line["started_at"])
        self.finished = max(self.finished or started, started)
        self._unfinished.pop(_run_of(line), None)
        if line["outcome"] == "finished" and line.get("complete"):
            self.complete = max(self.complete or started, started)

    def _seen(self, line: Mapping[str, Any]) -> None:
        at = _time(line.get("at") or line["fetched_at"])
        url = line.get("asked") or line["url"]
        outcome = line.get("outcome", "")
        state = outcome if outcome in ("gone", "moved") else "kept"
        known = self.known.get(url)
        if known is not None and at < known.checked:
            return
        same = known is not None and (known.state, known.capture_id) == (state, line["capture_id"])
        self.known[url] = KnownPage(
            state=state,
            since=known.since if known is not None and same else at,
            checked=at,
            capture_id=line["capture_id"],
            # A 304 need not repeat them.
            etag=line.get("etag") or (known.etag if known is not None and same else ""),
            last_modified=line.get("last_modified") or (known.last_modified if known and same else ""),
            found=(known.found if known is not None else "") or line["found"],
            via=(known.via if known is not None else "") or line["via"],
        )
        self.owed.pop(url, None)

    def _refused(self, line: Mapping[str, Any], at: datetime) -> None:
        url, reason = line["url"], line["reason"]
        known = self.known.get(url)
        if known is not None and at < known.checked:
            return
        if SETTLED.fullmatch(reason):
            self.owed.pop(url, None)
            if known is None:
                self.known[url] = KnownPage("refused", at, at, via=line["via"])
            else:  # kept earlier and refused now: a visit, too
                known.checked = at
        elif reason not in UNTRIED and (known is None or known.state == "refused"):
            self.owed[url] = (line.get("found", ""), line["via"])


def _run_of(line: Mapping[str, Any]) -> str:
    """What the files of one run have in common: their name without the serial number."""
    return str(line["warc_file"]).rpartition("-")[0]


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def changed_at(stated: str | datetime | None, now: datetime) -> datetime | None:
    """When a listing says that a page was changed; a bare date is the end of that day.

    None where nothing can be learnt from it: no date, one without a day, one that lies ahead.
    """
    at = stated if isinstance(stated, datetime) else _stated(stated or "")
    if at is None:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    if at > now + timedelta(days=1):
        return None
    bare = isinstance(stated, str) and re.fullmatch(r"\s*\d{4}-\d\d-\d\d\s*", stated)
    return at + timedelta(days=1) if bare else at


def _stated(text: str) -> datetime | None:
    text = text.strip()
    try:
        if re.match(r"\d{4}-\d\d-\d\d", text):
            return datetime.fromisoformat(text)
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
