"""What came for an address, on its way into a WARC file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pipeline.warc import digest_of

PROFILE = "http://netpreserve.org/warc/1.1/revisit/"
Headers = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Received:
    """What came for an address: `record_type` is the WARC record it becomes."""

    record_type: str
    url: str
    body: bytes
    media_type: str
    when: datetime
    http_status: str | None
    http_headers: Headers
    headers: Mapping[str, str]

    @property
    def stamp(self) -> str:
        """When it came, as WARC has it."""
        return self.when.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def refers_to(url: str, since: str, body: bytes | None) -> dict[str, str]:
    """The headers of a revisit of what came for `url` at `since`.

    `body` is what came now; None where the server said only that nothing was modified.
    """
    headers = {
        "WARC-Profile": PROFILE + ("server-not-modified" if body is None else "identical-payload-digest"),
        "WARC-Refers-To-Target-URI": url,
        "WARC-Refers-To-Date": since,
        "WARC-Payload-Digest": "" if body is None else digest_of(body),
    }
    return {key: value for key, value in headers.items() if value}
