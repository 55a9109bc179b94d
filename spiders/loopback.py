"""The one place that changes where a host is looked for: CONNECT_TO, as in curl's --connect-to.

With CONNECT_TO="127.0.0.1:PORT" every request goes there in plain HTTP, its Host header and the
response's URL the real ones. It serves the sample web and the tests, so only a loopback address is taken.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.settings import Settings

from pipeline.errors import ConfigError
from spiders.wire import Handler


def loopback_address(value: str) -> str:
    """Check a HOST:PORT and return it. Raises ConfigError for anything but a loopback address."""
    host, _, port = value.rpartition(":")
    try:
        local = host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        local = False
    if not local or not port.isdigit() or not 0 < int(port) < 65536:
        raise ConfigError(f"CONNECT_TO must be a loopback address such as 127.0.0.1:8000, not {value!r}")
    return value


class Loopback:
    """Scrapy add-on: routes requests to CONNECT_TO where that is set, and does nothing otherwise."""

    def update_settings(self, settings: Settings) -> None:
        """Switch the handler, and the waiting between requests off (CONNECT_TO_PACED leaves it on)."""
        if not settings.get("CONNECT_TO"):
            return
        settings.set("CONNECT_TO", loopback_address(settings["CONNECT_TO"]), priority="cmdline")
        here = f"{__name__}.LoopbackHandler"
        handlers = {**settings.getdict("DOWNLOAD_HANDLERS"), "http": here, "https": here}
        settings.set("DOWNLOAD_HANDLERS", handlers, priority="cmdline")
        if settings.getbool("CONNECT_TO_PACED"):
            return
        # Nobody else's server is spared by waiting here. Nothing but the address and the wait differs
        # from a real crawl.
        settings.set("DOWNLOAD_DELAY", 0, priority="cmdline")
        settings.set("AUTOTHROTTLE_ENABLED", False, priority="cmdline")


class LoopbackHandler(Handler):
    """Downloads over HTTP from CONNECT_TO what the request asks of another host."""

    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._address = loopback_address(crawler.settings["CONNECT_TO"])

    async def download_request(self, request: Request) -> Response:
        """Send `request` to the loopback address; the response carries the request's own URL."""
        parts = urlsplit(request.url)
        local = request.replace(url=parts._replace(scheme="http", netloc=self._address).geturl())
        local.headers["Host"] = parts.netloc
        response = await super().download_request(local)
        return response.replace(url=request.url)
