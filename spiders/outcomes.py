"""What becomes of every article URL, once: kept, unchanged, known, gone, or refused with a reason."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
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
from spiders.evidence import headers_of, status_line
from spiders.memory import Memory
from spiders.policies import PolicyFiles
from spiders.universe import Universe

REASONS: dict[type[Exception], str] = {
    CannotResolveHostError: "unknown host",
    DownloadCancelledError: "too large",
    DownloadConnectionRefusedError: "connection refused",
    DownloadTimeoutError: "timeout",
    ResponseDataLossError: "incomplete",
}


RUN_ENDS = object()
"""Signal: a run is about to write its report (run, outcome). A receiver returns the outcome it sees fit."""


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

    def __init__(
        self, writer: ArchiveWriter, memory: Memory | None = None, limit: int = 0, permission: str = ""
    ) -> None:
        self.writer = writer
        self.policies = PolicyFiles(writer, permission)
        self.memory = memory or Memory()
        self.limit = limit  # so many articles may be asked for; 0: no limit
        self.asked = 0
        self.partial = False  # whether a listing was asked only for what is newer than an earlier run
        self.outcomes: dict[str, str] = {}
        self.failed = 0  # listings, feeds and the like that could not be used
        self.requests = 0
        self.bytes = 0
        self.seconds = 0.0
        self.universe = Universe()
        self.links = Counter[str]()  # links to articles by the page that had them, known ones included
        self._via: dict[str, str] = {}
        self._found: dict[str, str] = {}
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
        archive = Archive(config.archive, config.source_of)
        declared = config.sources.get(source)
        permission = declared.permission if declared else ""
        return cls(archive.writer(run), Memory.of(archive, source), config.crawl.max_pages, permission)

    @property
    def full(self) -> bool:
        """Whether as many articles were asked for as may be."""
        return bool(self.limit) and self.asked >= self.limit

    def discover(self, url: str, via: str, found: str = "", listed: bool = True) -> bool:
        """Note an article URL; False where this run has it. `listed`: a page of this run led to it."""
        self.links[via] += listed
        if url in self.outcomes:
            return False
        self.outcomes[url] = "open"
        self._via[url] = via
        self._found[url] = found
        return True

    def know(self, url: str) -> None:
        """Note that `url` is known and not asked for."""
        self.outcomes[url] = "known"
        self.writer.report.known += 1

    def keep(self, url: str, response: Response, found: str) -> None:
        """Write `response` to the archive as what was found under `url`. Raises ArchiveError.

        Where the archive has these bytes, a revisit is written that refers to them.
        """
        known = self.memory.known.get(url)
        held = self.writer.held(response.url, response.body)
        told = self._about(url, response) | {"found": found}
        if held:
            back = known is not None and known.capture_id not in ("", held)  # to how it was before
            told |= {"capture": held, "body": response.body}
            self.writer.revisit(response.url, "changed" if back else "unchanged", **told)
        else:
            before = known is not None and known.state != "refused"
            media_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
            self.writer.put(
                response.url,
                response.body,
                media_type=media_type.partition(";")[0].strip().lower(),
                outcome="changed" if before else "",
                **told,
            )
        self.writer.commit_soon()
        self.outcomes[url] = "unchanged" if held else "kept"
        self.bytes += 0 if held else len(response.body)

    def unchanged(self, url: str, response: Response) -> None:
        """Write that the server says `url` is as we have it (304). Raises ArchiveError."""
        told = self._about(url, response)
        self.writer.revisit(response.url, "unchanged", capture=self.memory.known[url].capture_id, **told)
        self.writer.commit_soon()
        self.outcomes[url] = "unchanged"

    def has(self, url: str) -> bool:
        """Whether the archive has ever had `url`: only what was there can be gone."""
        known = self.memory.known.get(url)
        return known is not None and known.state != "refused"

    def gone(self, url: str, response: Response | None = None) -> None:
        """Write that a page the archive has is there no more. Raises ArchiveError.

        `response` is the server's answer; None where a listing withdrew the page.
        """
        self.writer.revisit(
            url, "gone", **self._about(url, response), body=response.body if response else b""
        )
        self.writer.commit_soon()
        self.outcomes[url] = "gone"

    def moved(self, url: str, response: Response, to: str) -> None:
        """Write that `url` leads to another address. Raises ArchiveError."""
        told = self._about(url, response) | {"moved-to": to, "body": response.body}
        self.writer.revisit(url, "moved", **told)
        self.writer.commit_soon()
        self.refuse(url, "moved")

    def _about(self, url: str, response: Response | None) -> dict[str, Any]:
        told: dict[str, Any] = {
            "source": self.writer.run.source,
            "found": self._found[url],
            "via": self._via[url],
            **self.policies.about(url, response.url if response else url),
        }
        if response is not None:
            told["http_status"] = status_line(response.status)
            told["http_headers"] = headers_of(response)
            told |= {"asked": url} if response.url != url else {}
        return told

    def refuse(self, url: str, reason: str) -> None:
        """Note why `url` was not kept, unless it already came to an end."""
        if self.outcomes[url] == "open":
            self.outcomes[url] = "refused"
            self.writer.refuse(url, reason, self._via[url], self._found[url])

    def close(self, outcome: str, reason: str = "") -> None:
        """Account for what is left, and write the run's report into the archive. Raises ArchiveError."""
        for url, state in self.outcomes.items():
            if state == "open":
                self.refuse(url, "not reached")
        if self.writer.report.outcome == "running":  # not abandoned
            self.policies.flush()
        self.seconds = monotonic() - self._started
        self.writer.report.failed = self.failed
        if outcome in ("finished", "suspect"):
            self.writer.report.universe = self.universe.counts(whole=not self.partial and not self.full)
        self.writer.report.reason = reason or outcome
        self.writer.report.complete = outcome == "finished" and not self.failed and not self.full
        self.writer.close(outcome)

    def abandon(self, error: ArchiveError) -> None:
        """After a failed write: leave the archive as it was last acknowledged."""
        self.writer.report.outcome = "failed"
        self.writer.report.reason = "archive"
        self.writer.__exit__(type(error), error, error.__traceback__)

    def summary(self) -> dict[str, Any]:
        """The run in figures, as printed at its end. `bytes` are those newly kept."""
        report = self.writer.report
        states = Counter(self.outcomes.values())
        return {
            "run_id": report.run_id,
            "source": report.source,
            "outcome": report.outcome,
            "reason": report.reason,
            "discovered": len(self.outcomes),
            "kept": states["kept"],
            "unchanged": states["unchanged"],
            "known": states["known"],
            "gone": states["gone"],
            "refused": dict(sorted(Counter(item.reason for item in report.refusals).items())),
            "failed": self.failed,
            "requests": self.requests,
            "bytes": self.bytes,
            "seconds": round(self.seconds, 1),
            "checks": report.checks,
        }

    def record(self) -> dict[str, Any]:
        """The run's record as it stands in the archive, with requests, seconds, and requests per second."""
        pace = round(self.requests / self.seconds, 3) if self.seconds else 0.0
        more = {"requests": self.requests, "seconds": round(self.seconds, 3), "pace": pace}
        return asdict(self.writer.report) | more
