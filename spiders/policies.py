"""The files in which a host says what may be done with it: kept as they came, and named beside each page."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response

from pipeline.archive import ArchiveWriter
from spiders.evidence import headers_of, status_line
from spiders.tdm import Stated, reserved_by

PATHS = {"robots": "/robots.txt", "tdmrep": "/.well-known/tdmrep.json", "ai.txt": "/ai.txt"}
"""Kind -> where it lies on its host."""

OPTIONAL = ("tdmrep", "ai.txt")
"""Files that a host may well lack or fail to serve: nothing but what they say follows from them."""

LENGTH = 500 * 1024
"""Bytes of such a file that are read, as RFC 9309, 2.5, asks of a crawler at the least."""

Answer = tuple[str, bytes, str, list[tuple[str, str]]]
"""Where it came from, its body, its status line and its headers."""


def is_optional(request: Request) -> bool:
    """Whether a request is for a file that nothing depends on."""
    return request.meta.get("policy") in OPTIONAL


class PolicyFiles:
    """What the hosts of one run answered, and what they and their pages state of mining.

    `permission` is the ground on which the source is mined although it reserves that; empty: on none.
    """

    def __init__(self, writer: ArchiveWriter, permission: str = "") -> None:
        self._writer = writer
        self._permission = permission
        self._in_force: dict[str, dict[str, str]] = {}  # host -> kind -> the file's id
        self._unanswered: list[tuple[str, str, str]] = []
        self._stated: dict[str, list[Stated]] = {}  # by the article's address

    def keep(self, kind: str, asked: str, response: Response) -> None:
        """Write an answer. Of an error page only the headers are kept. Raises ArchiveError."""
        body = response.body if response.status == 200 else b""
        answer = (response.url, body, status_line(response.status), headers_of(response))
        self._put(kind, asked, answer)

    def unanswered(self, kind: str, asked: str, why: str) -> None:
        """Note that no answer came; it is written before the next article, or when the run ends."""
        if kind not in self._in_force.get(urlsplit(asked).netloc, {}):
            self._unanswered.append((kind, asked, why))

    def flush(self) -> None:
        """Write what was noted. Raises ArchiveError."""
        while self._unanswered:
            kind, asked, why = self._unanswered.pop()
            self._put(kind, asked, (asked, b"", "", []), why)

    def judge(self, url: str, stated: Iterable[Stated]) -> str:
        """Note what is stated of an article, and return why it is refused; empty where it may be mined."""
        noted = self._stated.setdefault(url, [])
        noted += [said for said in stated if said not in noted]
        return "" if self._permission else reserved_by(noted)

    def about(self, url: str, fetched: str) -> dict[str, str]:
        """What stands beside the article `url`: the files in force where it was fetched, and what was stated.

        Raises ArchiveError.
        """
        self.flush()
        told = {"policies": " ".join(self._in_force.get(urlsplit(fetched).netloc, {}).values())}
        if stated := self._stated.pop(url, None):
            told["signals"] = "; ".join(map(str, stated))
            told["permission"] = self._permission if reserved_by(stated) else ""
        return told

    def _put(self, kind: str, asked: str, answer: Answer, why: str = "") -> None:
        told = {"source": self._writer.run.source, "asked": asked, "outcome": why}
        url, body, status, headers = answer
        known = self._in_force.setdefault(urlsplit(asked).netloc, {})
        known[kind] = self._writer.policy(kind, url, body, status, headers, **told)
        self._writer.commit_soon()
