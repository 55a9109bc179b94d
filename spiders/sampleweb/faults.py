"""Ways in which the sample web can be told to misbehave, as servers do: a plan of faults, by host and path.

A fault is met by requests for its path ("*" at the end: whatever begins so), the first `times` of them or,
with 0, all. TOML: `[[fault]]` tables with the fields of `Fault`.
"""

from __future__ import annotations

import difflib
import math
import os
import socket
import struct
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from pipeline.config import make, read_toml
from pipeline.errors import ConfigError
from spiders.sampleweb import faulty
from spiders.sampleweb.site import HTML, XML, Page, Site


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with answers to requests for `path` at `host`.

    `retry_after` is seconds, or "date:SECONDS" for the form with a date. `seconds` is how long a slow
    answer takes, `megabytes` how large a large one is, `location` where a redirect leads, `code` the
    status of "status" or the code of "oai error".
    """

    host: str
    path: str
    kind: str
    times: int = 0
    retry_after: str = ""
    location: str = ""
    code: str = ""
    seconds: float = 30.0
    megabytes: int = 50

    def __post_init__(self) -> None:
        """Raises ConfigError for a kind that there is none of."""
        if self.kind not in KINDS:
            close = difflib.get_close_matches(self.kind, KINDS, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(sorted(KINDS))}"
            raise ConfigError(f"unknown kind of fault {self.kind!r}; {hint}")

    def meets(self, host: str, target: str) -> bool:
        """Whether a request for `target` at `host` meets with this fault."""
        if host.partition(":")[0].lower().removeprefix("www.") != self.host.removeprefix("www."):
            return False
        if self.path.endswith("*"):
            return target.startswith(self.path[:-1])
        return self.path in (target, target.partition("?")[0])


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that met with a fault, and the page that it would have got."""

    fault: Fault
    site: Site
    host: str
    target: str
    page: Page


@dataclass(frozen=True, slots=True)
class Answer:
    """A response with what is wrong on the wire: a Content-Length `off` by bytes, a reset after `cut`."""

    page: Page
    headers: tuple[tuple[str, str], ...] = ()
    off: int = 0
    cut: int | None = None
    before: float = 0.0  # seconds until the answer begins
    piece: int = 0  # bytes at a time, `between` seconds apart
    between: float = 0.0


class Hold(NamedTuple):
    """A time in which a host asked to be left alone, on the clock of `time.monotonic`."""

    host: str
    start: float
    end: float


def _status(asked: Asked) -> Answer:
    seconds = asked.fault.retry_after
    if seconds.startswith("date:"):
        # Dates have whole seconds, so the next one that is far enough away.
        seconds = formatdate(math.ceil(time.time() + float(seconds[5:])), usegmt=True)
    headers = (("Retry-After", seconds),) if seconds else ()
    status = int(asked.fault.code or {"429": 429}.get(asked.fault.kind, 503))
    return Answer(Page(b"Not now.", "text/plain", status), headers)


def _drip(asked: Asked) -> Answer:
    piece = max(1, len(asked.page.body) // 100)
    return Answer(asked.page, piece=piece, between=asked.fault.seconds / 100)


def _page(body: Callable[[Asked], bytes], media_type: str = "", status: int = 0) -> Callable[[Asked], Answer]:
    def answer(asked: Asked) -> Answer:
        kept = asked.page.status if asked.page.status != 404 else 200
        return Answer(Page(body(asked), media_type or asked.page.media_type, status or kept))

    return answer


def _plain(asked: Asked) -> Answer:
    """A part of the looping sitemap that is none: the site's own."""
    if "plain=1" in asked.target:
        return Answer(asked.page)
    return Answer(Page(faulty.looping_sitemap(asked.site.host, asked.target), XML))


def _endless(asked: Asked) -> Answer:
    base = asked.page if asked.page.status == 200 else asked.site.find(asked.target.partition("?")[0])
    return Answer(replace(base, body=faulty.endless_listing(base.body, asked.target)))


def _oai_error(asked: Asked) -> bytes:
    code = asked.fault.code or "badResumptionToken"
    return faulty.OAI_ERROR.format(code=code, message="The token has expired").encode()


KINDS: dict[str, Callable[[Asked], Answer]] = {
    "429": _status,
    "403": _page(lambda asked: faulty.WALL, HTML, 403),
    "captcha": _page(lambda asked: faulty.CAPTCHA, HTML, 200),
    "status": _status,
    "stall": lambda asked: Answer(asked.page, before=asked.fault.seconds),
    "drip": _drip,
    "reset": lambda asked: Answer(asked.page, cut=len(asked.page.body) // 2),
    "length too long": lambda asked: Answer(asked.page, off=200),
    "length too short": lambda asked: Answer(asked.page, off=-200),
    "gzip bomb": lambda asked: Answer(
        replace(asked.page, body=faulty.gzip_bomb(asked.fault.megabytes)), (("Content-Encoding", "gzip"),)
    ),
    "huge page": _page(lambda asked: faulty.big_page(asked.page.body, asked.fault.megabytes)),
    "redirect": lambda asked: Answer(Page(b"", HTML, 302, location=asked.fault.location)),
    "twins": _page(lambda asked: faulty.with_twins(asked.page.body, asked.site.host)),
    "wrong charset": _page(lambda asked: faulty.in_wrong_charset(asked.page.body)),
    "huge robots": _page(lambda asked: faulty.long_robots(asked.page.body, asked.fault.megabytes)),
    "oai error": _page(_oai_error, XML, 200),
    "entity bomb": _page(lambda asked: faulty.with_entity_bomb(asked.page.body)),
    "sitemap loop": _plain,
    "soft 404": _page(lambda asked: faulty.SOFT_404, HTML, 200),
    "endless listing": _endless,
}


class Faults:
    """A plan of faults, and the count of what it has already done. Safe to use from several threads."""

    def __init__(self, plan: Iterable[Fault] = ()) -> None:
        self.plan = list(plan)
        self.holds: list[Hold] = []
        self._met = [0] * len(self.plan)
        self._lock = Lock()
        for fault in self.plan:
            if fault.kind == "gzip bomb":  # it takes a second to make
                faulty.gzip_bomb(fault.megabytes)

    def answer(self, host: str, target: str, site: Site) -> Answer | None:
        """What to answer in place of the page at `target`; None where nothing goes wrong."""
        fault = self._next(host, target)
        if fault is None:
            return None
        answer = KINDS[fault.kind](Asked(fault, site, host, target, site.find(target)))
        if fault.retry_after:
            seconds = float(fault.retry_after.removeprefix("date:"))
            self.holds.append(Hold(site.host, now := time.monotonic(), now + seconds))
        return answer

    def _next(self, host: str, target: str) -> Fault | None:
        with self._lock:
            for number, fault in enumerate(self.plan):
                if fault.meets(host, target) and not 0 < fault.times <= self._met[number]:
                    self._met[number] += 1
                    return fault
        return None


def read_faults(file: Path) -> list[Fault]:
    """The `[[fault]]` tables of a TOML file. Raises ConfigError, with what is wrong."""
    tables = read_toml(file)
    if set(tables) != {"fault"} or not isinstance(tables["fault"], list):
        raise ConfigError(f"{file} must hold [[fault]] tables and nothing else")
    return [make(Fault, table, f"{file} fault {n}") for n, table in enumerate(tables["fault"], start=1)]


def send(handler: BaseHTTPRequestHandler, answer: Answer, headers: dict[str, str]) -> None:
    """Put `answer` on the wire, faults and all; whoever hangs up on it has every reason to."""
    body = answer.page.body
    handler.close_connection = bool(answer.off) or answer.cut is not None
    try:
        time.sleep(answer.before)
        handler.send_response_only(answer.page.status)
        for name, value in {**headers, **dict(answer.headers)}.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(max(0, len(body) + answer.off)))
        handler.end_headers()
        _write(handler, body[: answer.cut], answer)
        if answer.cut is not None:
            _reset(handler)
    except OSError:
        handler.close_connection = True


def _write(handler: BaseHTTPRequestHandler, body: bytes, answer: Answer) -> None:
    size = answer.piece or len(body) or 1
    for start in range(0, len(body), size):
        handler.wfile.write(body[start : start + size])
        time.sleep(answer.between)


def _reset(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(0.05)  # a reset overtakes what is still under way
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(handler.connection.detach())
