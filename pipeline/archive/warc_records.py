"""What came for an address, and the WARC records that it becomes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from urllib.parse import quote

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline.archive.warc import digest_of, warc_fields

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


def records_of(
    received: Received, told: Mapping[str, str], writer: WARCWriter
) -> tuple[ArcWarcRecord, ArcWarcRecord | None]:
    """The metadata record with what is `told`, and the record that it is about; None where there is none."""
    record = None if received.record_type == "metadata" else _answer(received, writer)
    of = {"WARC-Concurrent-To": record.rec_headers.get_header("WARC-Record-ID")} if record else {}
    fields = warc_fields(told)
    digest = digest_of(fields)
    headers = {"WARC-Date": received.stamp, "WARC-Payload-Digest": digest, "WARC-Block-Digest": digest, **of}
    metadata = writer.create_warc_record(
        received.url,
        "metadata",
        payload=BytesIO(fields),
        length=len(fields),  # else warcio goes by way of a temporary file
        warc_content_type="application/warc-fields",
        warc_headers_dict=headers,
    )
    return metadata, record


def _answer(received: Received, writer: WARCWriter) -> ArcWarcRecord:
    status = _ascii(received.http_status or "")
    headers = [(_ascii(name), _encoded(value)) for name, value in received.http_headers]
    http = StatusAndHeaders(status, headers, protocol="HTTP/1.1") if status else None
    return writer.create_warc_record(
        received.url,
        received.record_type,
        payload=BytesIO(received.body),
        length=len(received.body),
        warc_content_type="" if http else received.media_type,
        warc_headers_dict={"WARC-Date": received.stamp, **received.headers},
        http_headers=http,
    )


def _ascii(text: str) -> str:
    """What stands in the head of an answer where only ASCII may: values are encoded by the writer."""
    return text.encode("ascii", "replace").decode()


def _encoded(value: str) -> str:
    """A header's value whose parameters the writer could not encode: as in an address."""
    return re.sub(r"[^\x00-\x7f]+", lambda found: quote(found[0]), value) if ";" in value else value
