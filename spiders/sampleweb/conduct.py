"""How a crawl behaved, from the sample web's own log: what it asked for that it should not have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import urlsplit

from protego import Protego

from spiders.sampleweb.server import Logged, SampleWeb

ACCOUNTS = ("/login", "/log-in", "/register", "/signin", "/user/", "/account", "/subscribe")


@dataclass(frozen=True, slots=True)
class Conduct:
    """Counts over a log. `rates` is the most requests that began within any second, by host."""

    requests: int
    forbidden: tuple[str, ...]  # targets that robots.txt forbids
    during_hold: tuple[str, ...]  # targets asked for while the host's Retry-After ran
    accounts: tuple[str, ...]  # targets behind a login, or asked for with credentials
    strangers: tuple[str, ...]  # hosts that are not of the sample web
    rates: dict[str, int]
    gaps: dict[str, float]  # least seconds between the beginnings of two requests, by host


def conduct(web: SampleWeb, agent: str = "Themeshift") -> Conduct:
    """What `web` was asked for, judged by the robots.txt that each site has when nothing is wrong."""
    log = list(web.requests)
    rules = {host: Protego.parse(site.find("/robots.txt").body.decode()) for host, site in web.sites.items()}
    known = [(item, site.host) for item in log if (site := web.site(item.host)) is not None]
    forbidden = [
        item.host + item.target
        for item, host in known
        if item.target != "/robots.txt" and not rules[host].can_fetch(f"https://{host}{item.target}", agent)
    ]
    times = {host: sorted(item.at for item, of in known if of == host) for host in web.sites}
    return Conduct(
        len(log),
        tuple(forbidden),
        tuple(_during_hold(web, known)),
        tuple(item.host + item.target for item in log if _account(item)),
        tuple(item.host for item in log if web.site(item.host) is None),
        {host: _busiest(when) for host, when in times.items() if when},
        {host: _least_gap(when) for host, when in times.items() if len(when) > 1},
    )


def _account(item: Logged) -> bool:
    return item.credentials or urlsplit(item.target).path.startswith(ACCOUNTS)


def _during_hold(web: SampleWeb, known: Iterable[tuple[Logged, str]]) -> list[str]:
    return [
        item.host + item.target
        for item, host in known
        if any(hold.host == host and hold.start < item.at < hold.end for hold in web.faults.holds)
    ]


def _busiest(times: list[float]) -> int:
    return max(sum(start <= when < start + 1 for when in times) for start in times)


def _least_gap(times: list[float]) -> float:
    return min(later - earlier for earlier, later in pairwise(times))
