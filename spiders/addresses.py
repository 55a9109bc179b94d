"""Addresses that a crawl never goes to: its own machine, its own network, a cloud's metadata service.

A page can name such an address outright, or a name in its DNS can stand for one; both are refused. The
exception is the loopback address that CONNECT_TO names (spiders/loopback.py).
"""

from __future__ import annotations

import logging
import socket
import unicodedata
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Self
from urllib.parse import unquote

from scrapy.crawler import Crawler
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.error import DNSLookupError

logger = logging.getLogger(__name__)

LOCAL = ("localhost", ".localhost", ".local", ".internal", ".home.arpa")

turned_down: dict[str, str] = {}
"""Host -> the private address that its name stood for."""


EMBEDDING: tuple[tuple[IPv6Network, int], ...] = tuple(
    (IPv6Network(network), shift)
    for network, shift in (
        ("::/96", 0),  # IPv4-compatible
        ("::ffff:0:0/96", 0),  # IPv4-mapped
        ("::ffff:0:0:0/96", 0),  # IPv4-translated (SIIT)
        ("64:ff9b::/96", 0),  # NAT64, RFC 6052
        ("2002::/16", 80),  # 6to4
        ("2001::/32", 64),  # Teredo: its server, and inverted at the end its client
    )
)
"""Networks of IPv6 whose addresses hold one of IPv4, and how many bits stand behind it."""
NEVER = tuple(
    map(
        ip_network,
        (
            "64:ff9b:1::/48", "fec0::/10", "2001::/32", "100::/64", "5f00::/16", "3fff::/20", "192.0.0.0/24",
            "192.88.99.0/24",
        ),
    )
)  # fmt: skip
"""Networks that lead to no site on the internet, whatever `is_global` says of them: NAT64 of one's own
network, site-local, Teredo (run by nobody any longer), discarded, of routers, documentation, protocols."""
ISATAP = (0x00005EFE, 0x02005EFE)


def is_private(host: str) -> bool:
    """Whether `host`, as a URL has it, is an address or a name of this machine or of a local network.

    Of an address of IPv6 that embeds one of IPv4, as translators and tunnels do, it is asked of both.
    """
    host = unicodedata.normalize("NFKC", unquote(host)).replace("\u3002", ".")
    host = host.strip("[]").rstrip(".").lower()
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        try:
            address = ip_address(socket.inet_aton(host))  # 127.1, 2130706433, 0x7f000001
        except (OSError, ValueError, UnicodeError):
            return host == "localhost" or host.endswith(LOCAL[1:])
    if any(address in network for network in NEVER):
        return True
    if isinstance(address, IPv4Address):
        return _leads_inside(address)
    if any(map(is_private, map(str, embedded(address)))):
        return True
    return not any(address in network for network, _ in EMBEDDING) and _leads_inside(address)


def embedded(address: IPv6Address) -> list[IPv4Address]:
    """The addresses of IPv4 that one of IPv6 embeds."""
    number = int(address)
    found = [IPv4Address(number >> shift & 0xFFFFFFFF) for net, shift in EMBEDDING if address in net]
    if number >> 32 & 0xFFFFFFFF in ISATAP:
        found.append(IPv4Address(number & 0xFFFFFFFF))
    return found


def _leads_inside(address: IPv4Address | IPv6Address) -> bool:
    return not address.is_global or address.is_multicast


class PublicResolver(CachingThreadedResolver):
    """Resolves names as ever, and fails for those that lead to a private address."""

    exception = ""

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> Self:
        """Build the resolver; CONNECT_TO's own host is let through."""
        self = super().from_crawler(crawler, reactor)
        self.exception = (crawler.settings.get("CONNECT_TO") or "").rpartition(":")[0]
        return self

    def getHostByName(self, name: str, timeout: Any = ()) -> Any:  # noqa: N802 - Twisted's name
        """A Deferred of the address of `name`; fails with DNSLookupError for a private one."""
        found = super().getHostByName(name, timeout)
        return found.addCallback(self._public, name)

    def _public(self, address: str, name: str) -> str:
        if name != self.exception and is_private(address):
            turned_down[name] = address
            logger.warning("%s stands for the private address %s: it is not asked", name, address)
            raise DNSLookupError(f"{name} stands for the private address {address}")
        return address
