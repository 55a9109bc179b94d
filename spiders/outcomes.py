"""What becomes of every article URL: kept, unchanged, or refused with a reason. Nothing else, and once."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import UTC, datetime
from http import HTTPStatus
from time import monotonic
from typing import Any, Self

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError

from pipeline.archive import Archive, ArchiveWriter, Run
from pipeline.config import Config
from pipeline.errors import ArchiveError

REASONS: dict[type[Exception], str] = {
    CannotResolveHostError: "unknown host",
    DownloadCancelledError: "too large",
    DownloadConnectionRefusedError: "connection refused",
    DownloadTimeoutError: "timeout",
    ResponseDataLossError: "incomplete",
}


class Refused(IgnoreRequest):
    """A request that isn't made, or a response that isn't kept."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def reason_of(error: BaseException | None) -> str:
    """Why a request gave nothing to keep, in a few words."""
    if isinstance(error, Refused):
        return error.reason
    if isinstance(error, HttpError):
        return f"http {error.response.status}"
    if isinstance(error, IgnoreRequest):
        return str(error)
    return next((reason for kind, reason in REASONS.items() if isinstance(error, kind)), type(error).__name__)


class CrawlRun:
    """One spider's run: opens the archive and holds what became of each article URL found."""

    def __init__(self, writer: ArchiveWriter) -> None:
        self.writer = writer
        self.outcomes: dict[str, str] = {}
        self.failed = 0  # listings, feeds and the like that could not be used
        self.requests = 0
        self.bytes = 0
        self.seconds = 0.0
        self._via: dict[str, str] = {}
        self._started = monotonic()

    @classmethod
    def open(cls, source: str, config: Config) -> Self:
        """Begin a run in `config`'s archive. Raises ArchiveError where that can't be written."""
        run = Run(
            run_id=uuid.uuid4().hex[:16],
            source=source,
            started_at=datetime.now(UTC),
            software=config.crawl.user_agent,
            operator=config.crawl.contact,
        )
        return cls(Archive(config.archive, config.source_of).writer(run))

    def discover(self, url: str, via: str) -> bool:
        """Note an article URL; False where it was known."""
        if url in self.outcomes:
            return False
        self.outcomes[url] = "open"
        self._via[url] = via
        return True

    def keep(self, url: str, response: Response, found: str) -> None:
        """Write `response` to the archive as what was found under `url`. Raises ArchiveError."""
        media_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        new = self.writer.put(
            response.url,
            response.body,
            source=self.writer.run.source,
            media_type=media_type.partition(";")[0].strip().lower(),
            http_status=f"{response.status} {HTTPStatus(response.status).phrase}",
            http_headers=_headers(response),
            found=found,
            via=self._via[url],
        )
        self.writer.commit()
        self.outcomes[url] = "kept" if new else "unchanged"
        self.bytes += len(response.body) if new else 0

    def refuse(self, url: str, reason: str) -> None:
        """Note why `url` was not kept, unless it already came to an end."""
        if self.outcomes[url] == "open":
            self.outcomes[url] = "refused"
            self.writer.refuse(url, reason, self._via[url])

    def close(self, outcome: str) -> None:
        """Account for what is left, and write the run's report into the archive."""
        for url, state in self.outcomes.items():
            if state == "open":
                self.refuse(url, "not reached")
        self.seconds = monotonic() - self._started
        self.writer.report.failed = self.failed
        self.writer.close(outcome)

    def abandon(self, error: ArchiveError) -> None:
        """After a failed write: leave the archive as it was last acknowledged."""
        self.writer.report.outcome = "failed"
        self.writer.__exit__(type(error), error, error.__traceback__)

    def summary(self) -> dict[str, Any]:
        """The run in figures, as printed at its end. `bytes` are those newly kept."""
        report = self.writer.report
        states = Counter(self.outcomes.values())
        return {
            "source": report.source,
            "outcome": report.outcome,
            "discovered": len(self.outcomes),
            "kept": states["kept"],
            "unchanged": states["unchanged"],
            "refused": dict(sorted(Counter(item.reason for item in report.refusals).items())),
            "failed": self.failed,
            "requests": self.requests,
            "bytes": self.bytes,
            "seconds": round(self.seconds, 1),
        }


def _headers(response: Response) -> list[tuple[str, str]]:
    # Twisted has undone the chunking, so Transfer-Encoding would no longer be true of the body.
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in response.headers.items()
        for value in values
        if name.lower() != b"transfer-encoding"
    ]
