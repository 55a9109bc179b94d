"""A run's figures against those of the source's earlier runs: what differs too much, and what to look at.

Each comparison is a function of `Seen`: the Check that failed, or None. spiders/monitors.py runs them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from statistics import median
from typing import Any

from pipeline.operating.failed_checks import SURE, Check, rose
from pipeline.settings import Monitors

NEUTRAL = ("already requested", "page limit", "not reached", "moved")
"""Refusals that are the crawl's own doing, or are followed."""

WALLS = 3
"""So many bans or captchas are worth a look; after as many in a row a spider stops."""

ENOUGH = 3
"""Fewer runs than this don't tell how much the number of new articles varies."""

GROUPS = (
    ("robots", re.compile(r"robots")),
    ("reservations", re.compile(r"tdm-reservation|ai\.txt|noai")),
    ("bans", re.compile(r"http (?:401|403|429|451)|wall|banned")),
    ("captchas", re.compile(r"captcha|human|challenge")),
    ("timeouts", re.compile(r"timeout|unknown host|connection|http 5\d\d|incomplete|Error$|Lost$")),
)
Figures = Mapping[str, Any]
Verdict = Check | None


@dataclass(frozen=True)
class Seen:
    """What is compared: a run's figures, those of earlier runs, and where to look.

    `before` gives, for the name of a check, the figures of the runs that it is compared with, oldest
    first. `listing` is a listing to look at; `empty` maps a kind of listing to one that gave no article;
    `refused` maps a reason to a URL.
    """

    now: Figures
    before: Callable[[str], Sequence[Figures]]
    limits: Monitors
    run_id: str = ""
    listing: str = ""
    empty: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)

    def recent(self, check: str) -> Sequence[Figures]:
        """The last of the runs that a check compares with."""
        return self.before(check)[-self.limits.runs :]


def articles(seen: Seen) -> Verdict:
    """None at all, or far fewer than usual (and fewer than chance explains: Poisson).

    Where only what is new is listed, counts go up and down: none at all says something only where there
    were always many.
    """
    now, limits = seen.now["listed"], seen.limits
    before = [f["listed"] for f in seen.recent("articles") if _alike(f, seen.now)]
    usual = median(before) if before else 0
    if seen.now["limited"] or usual < limits.floor:
        return None
    if seen.now["partial"]:
        few = now == 0 and len(before) >= ENOUGH and min(before) >= limits.floor
    else:
        few = now == 0 or (now < limits.few * usual and usual - now > SURE * sqrt(usual))
    said = f"{now} articles listed" if now else "no article listed at all"
    return (
        Check("articles", f"about {usual:g} articles ({_runs(before)})", said, seen.listing) if few else None
    )


def layout(seen: Seen) -> Verdict:
    """Listings of a kind that has always given articles, answered and gave none."""
    earlier = [f.get("listings", {}) for f in seen.recent("layout")]
    for shape, (pages, links) in seen.now["listings"].items():
        before = [known[shape][1] for known in earlier if shape in known]
        enough = len(before) >= (ENOUGH if seen.now["partial"] else 1)
        if pages and not links and enough and min(before) and median(before) >= seen.limits.floor:
            return Check(
                "layout",
                f"about {median(before):g} links to articles on {shape} ({_runs(before)})",
                f"none on {pages} such page{'s' if pages > 1 else ''}, answered with 200: built differently?",
                seen.empty.get(shape, f"https://{shape}"),
            )
    return None


def listings(seen: Seen) -> Verdict:
    """More listings, feeds or sitemaps failed than in any run before."""
    before = [f["failed"] for f in seen.recent("listings")]
    if not before or seen.now["failed"] <= max(before):
        return None
    known = {url for figures in seen.recent("listings") for url in figures["unavailable"]}
    new = [url for url in seen.now["unavailable"] if url not in known]
    look_at = ", ".join(new[:3]) or "the crawl's log in logs/"
    return Check("listings", f"at most {max(before)} that fail", f"{seen.now['failed']} failed", look_at)


def refused(seen: Seen) -> Verdict:
    """The share refused jumps; or the site turns us away, forbids or doesn't answer, where it did not."""
    before = seen.recent("refused")
    number, number_before = seen.now["tried"], sum(f["tried"] for f in before)
    groups, earlier = _grouped(seen.now), sum(map(_grouped, before), Counter[str]())
    hits, hits_before = groups.total(), earlier.total()
    share = hits_before / number_before if number_before else 0.0
    if not before:  # a first run has nothing to be compared with but good sense
        jumped = hits >= (1 - seen.limits.refused) * number
    else:
        jumped = rose(hits, number, hits_before, number_before, seen.limits.refused)
    away = any(groups[name] >= WALLS and groups[name] > SURE * earlier[name] for name in ("bans", "captchas"))
    if not (jumped and hits >= seen.limits.floor) and not (before and away):
        return None
    reasons = Counter({k: n for k, n in seen.now["refused"].items() if k not in NEUTRAL})
    counts = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common(3))
    ((leading, _),) = reasons.most_common(1)
    return Check(
        "refused",
        f"about {share:.0%} of new addresses refused ({_runs(before)})",
        f"{hits} of {number} ({hits / number:.0%}), most of all {groups.most_common(1)[0][0]}: {counts}",
        f"{seen.refused.get(leading, '')} FROM refusal WHERE run_id = '{seen.run_id}'".strip(),
    )


def pace(seen: Seen) -> Verdict:
    """Many times slower than usual, and noticeably so."""
    if seen.now["requests"] < seen.limits.floor:
        return None
    enough = [f for f in seen.recent("pace") if f["requests"] >= seen.limits.floor]
    before = [f["seconds"] / f["requests"] for f in enough]
    usual, now = median(before or [0.0]), seen.now["seconds"] / seen.now["requests"]
    if not before or now <= seen.limits.slow * usual or now - usual <= seen.limits.slow_seconds:
        return None
    expected = f"about {usual:.1f} seconds per request ({_runs(before)})"
    look_at = "Crawl-delay in robots.txt, crawl.delay in config.toml, the log in logs/"
    return Check("pace", expected, f"{now:.1f} seconds per request", look_at)


def size(seen: Seen) -> Verdict:
    """Many times more bytes than any run before: a trap of endless pages, or of huge ones."""
    before = [f["bytes"] for f in seen.before("bytes")]
    most, now = max(before, default=0), seen.now["bytes"]
    if not before or now <= seen.limits.bytes * most or now - most <= seen.limits.megabytes * 1e6:
        return None
    expected = f"at most {most / 1e6:.1f} MB received ({_runs(before)})"
    look_at = "FROM capture ORDER BY fetched_at DESC: endless pages, or huge ones?"
    return Check("bytes", expected, f"{now / 1e6:.1f} MB", look_at)


def group_of(reason: str) -> str:
    """Robots, bans, captchas, timeouts; else the reason itself."""
    return next((name for name, pattern in GROUPS if pattern.search(reason)), reason)


def _grouped(figures: Figures) -> Counter[str]:
    groups = Counter[str]()
    for reason, count in figures["refused"].items():
        if reason not in NEUTRAL:
            groups[group_of(reason)] += count
    return groups


def _alike(figures: Figures, now: Figures) -> bool:
    """Counts of articles compare only between runs that looked at as much."""
    return not figures["limited"] and figures["partial"] == now["partial"]


def _runs(before: Sequence[Any]) -> str:
    return f"{len(before)} earlier run{'' if len(before) == 1 else 's'}"
