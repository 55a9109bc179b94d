"""Does a run look like those before it? Spidermon's monitors over its figures, when it ends.

The extension `Watch` notes what listings give while the run lasts. When it ends, the run's figures
are compared with those of the source's earlier runs, as the archive's records tell them. What differs
too much goes into the run's record, and a run that would have been "finished" is "suspect".
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Callable, Collection
from time import monotonic
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl, urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from spidermon import Monitor, MonitorResult, MonitorRunner, MonitorSuite

from pipeline.config import Config
from pipeline.operating.failed_checks import Check
from pipeline.settings import Monitors
from spiders import figures
from spiders.figures import Seen, Verdict
from spiders.history import History
from spiders.outcomes import RUN_ENDS, CrawlRun

logger = logging.getLogger(__name__)

MOST = 50
"""So many kinds of listings, and failed ones, are remembered at the most."""


class DiffersError(AssertionError):
    """A monitor's finding: carries the check that failed."""

    def __init__(self, check: Check) -> None:
        super().__init__(f"{check.name}: expected {check.expected}; seen {check.seen}")
        self.check = check


class Looking(Monitor):  # type: ignore[misc]
    """A monitor that fails with a Check."""

    def hold(self, check: Callable[[Seen], Verdict]) -> None:
        """Fail where `check` finds something."""
        seen: Seen = self.data.seen
        if (found := check(seen)) is not None and found.name not in seen.limits.off:
            raise DiffersError(found)


class Discovery(Looking):
    """What the listings led to."""

    def test_articles(self) -> None:
        """As many articles as usual."""
        self.hold(figures.articles)

    def test_layout(self) -> None:
        """Listings that gave articles still do."""
        self.hold(figures.layout)

    def test_listings(self) -> None:
        """No more listings out of order than before."""
        self.hold(figures.listings)


class Welcome(Looking):
    """How the site met us."""

    def test_refused(self) -> None:
        """No more refused than usual."""
        self.hold(figures.refused)

    def test_pace(self) -> None:
        """Not much slower than usual."""
        self.hold(figures.pace)

    def test_bytes(self) -> None:
        """Not far more bytes than ever."""
        self.hold(figures.size)


class EndOfRun(MonitorSuite):  # type: ignore[misc]
    """All that is looked at when a run ends."""

    monitors: ClassVar[list[type[Monitor]]] = [Discovery, Welcome]


class Findings(MonitorResult):  # type: ignore[misc]
    """Spidermon's result, with the checks of the monitors that failed."""

    def __init__(self) -> None:
        super().__init__()
        self.checks: list[Check] = []

    def addFailure(self, test: Any, error: Any) -> None:  # noqa: N802 - unittest's name
        """Take up the check."""
        super().addFailure(test, error)
        self.checks.append(error[1].check)

    def addError(self, test: Any, error: Any) -> None:  # noqa: N802 - unittest's name
        """A monitor that itself fails is a defect, and not to be taken for silence."""
        super().addError(test, error)
        logger.error("the monitor %s failed: %r", test, error[1], exc_info=error)


class Runner(MonitorRunner):  # type: ignore[misc]
    """Spidermon's plain runner: no output of its own, no actions."""

    def create_result(self) -> Findings:
        """The result to fill."""
        return Findings()


def examine(seen: Seen) -> list[Check]:
    """Run all monitors. Returns the checks that failed."""
    found: Findings = Runner().run(EndOfRun(), seen=seen)
    return found.checks


class Watch:
    """Scrapy extension: notes what listings give, and judges the run when it ends."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._pages: list[tuple[str, str]] = []
        self._unavailable: list[str] = []
        self._started = monotonic()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build the extension and follow the run."""
        self = cls(crawler)
        crawler.signals.connect(self._received, signal=signals.response_received)
        crawler.signals.connect(self._ends, signal=RUN_ENDS)
        return self

    def _received(self, response: Response, request: Request) -> None:
        """Note a listing, feed or sitemap, under the address it was asked for."""
        if {"document", "count", "policy"} & request.meta.keys():
            return
        asked = request.meta.get("redirect_urls", [request.url])[0]
        if response.status == 200:
            self._pages.append((asked, response.url))
        elif response.status >= 400:
            self._unavailable.append(f"{asked} ({response.status})")

    def _ends(self, run: CrawlRun, outcome: str, sender: Any = None) -> str:
        """Compare the run with those before it. Returns its outcome, "suspect" in place of "finished"."""
        report = run.writer.report
        config: Config = self.crawler.settings["THEMESHIFT"]
        earlier = History.of(config, report.source, report.run_id)
        report.measures = self.measures(run, earlier.refused())
        if outcome == "interrupted":
            return outcome
        found = examine(self._seen(run, earlier, config.monitors_of(report.source)))
        report.checks = [check.of(report.run_id) for check in found]
        for check in found:
            logger.warning(
                "%s is suspect: %s: expected %s; seen %s; look at %s",
                report.source, check.name, check.expected, check.seen, check.look_at,
            )  # fmt: skip
        return "suspect" if found and outcome == "finished" else outcome

    def measures(self, run: CrawlRun, again: Collection[tuple[str, str]]) -> dict[str, Any]:
        """The run in figures, by which it and later ones are compared.

        `again` are addresses that earlier runs were refused for the same kind of reason: not counted anew.
        """
        stats = self.crawler.stats
        refused = Counter(
            item.reason
            for item in run.writer.report.refusals
            if (item.url, figures.group_of(item.reason)) not in again
        )
        states = Counter(run.outcomes.values())
        kinds: dict[str, list[int]] = {}
        for asked, answered in dict.fromkeys(self._pages):
            counted = kinds.setdefault(kind_of(asked), [0, 0])
            counted[0] += 1
            counted[1] += run.links[answered]
        pages = {answered for _, answered in self._pages}
        tried = sum(count for reason, count in refused.items() if reason not in figures.NEUTRAL)
        return {
            "listed": sum(via in pages for via in run._via.values()),
            "tried": tried + states["kept"] + states["unchanged"] + states["gone"],
            "refused": dict(sorted(refused.items())),
            "failed": run.failed,
            "unavailable": self._unavailable[:MOST],
            "requests": run.requests,
            "seconds": round(monotonic() - self._started, 3),
            "bytes": int((stats and stats.get_value("downloader/response_bytes")) or 0),
            "limited": run.full,
            "partial": run.partial,
            "listings": dict(sorted(kinds.items(), key=lambda kind: (-kind[1][1], kind[0]))[:MOST]),
        }

    def _seen(self, run: CrawlRun, earlier: History, limits: Monitors) -> Seen:
        report = run.writer.report
        empty = [asked for asked, url in self._pages if not run.links[url]]
        first = next(iter([*empty, *(asked for asked, _ in self._pages)]), "the crawl's log in logs/")
        return Seen(
            now=report.measures,
            before=earlier.usual,
            limits=limits,
            run_id=report.run_id,
            listing=first,
            empty={kind_of(url): url for url in reversed(empty)},
            refused={item.reason: item.url for item in reversed(report.refusals)},
        )


def kind_of(url: str) -> str:
    """Listings of one kind have one address but for numbers and the values of parameters."""
    parts = urlsplit(url)
    keys = "&".join(sorted({key for key, _ in parse_qsl(parts.query, keep_blank_values=True)}))
    return f"{parts.netloc}{re.sub(r'[0-9]+', 'N', parts.path)}" + (f"?{keys}" if keys else "")
