"""Addresses that a crawl never goes to: its own machine, its own network, a cloud's metadata service.

A page can name such an address outright, or a name in its DNS can stand for one; both are refused. The
exception is the loopback address that CONNECT_TO names (spiders/loopback.py).
"""

from __future__ import annotations

import logging
import socket
from ipaddress import IPv6Address, ip_address
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.error import DNSLookupError

logger = logging.getLogger(__name__)

LOCAL = ("localhost", ".localhost", ".local", ".internal", ".home.arpa")

turned_down: dict[str, str] = {}
"""Host -> the private address that its name stood for."""


def is_private(host: str) -> bool:
    """Whether `host`, as a URL has it, is an address or a name of this machine or of a local network."""
    host = host.strip("[]").rstrip(".").lower()
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        try:
            address = ip_address(socket.inet_aton(host))  # 127.1, 2130706433, 0x7f000001
        except (OSError, ValueError):
            return host == "localhost" or host.endswith(LOCAL[1:])
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
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
