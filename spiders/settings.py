"""Scrapy's settings: config.toml's, and those that are a matter of manners and stand fixed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pipeline.config import Config, load
from spiders import configured

HTTP = "spiders.wire.Handler"

FIXED: dict[str, Any] = {
    "BOT_NAME": "themeshift",
    "ROBOTSTXT_OBEY": True,
    "ROBOTSTXT_USER_AGENT": "Themeshift",
    "AUTOTHROTTLE_ENABLED": True,
    # One request at a time per spider: when a site turns us away or the run is interrupted, nothing
    # else is under way.
    "CONCURRENT_REQUESTS": 1,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
    # crawl.delay is the least number of seconds between requests; Scrapy's jitter would go below it.
    "DOWNLOAD_DELAY_JITTER": 0,
    "DOWNLOAD_VERIFY_CERTIFICATES": True,
    # The handler that leaves content encoded as it came; no scheme but http and https.
    "DOWNLOAD_HANDLERS": {"data": None, "file": None, "ftp": None, "s3": None, "http": HTTP, "https": HTTP},
    "DEFAULT_REQUEST_HEADERS": {
        "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,application/pdf,*/*;q=0.8",
        "Accept-Language": "en-GB,en",
        # Content is kept as it was sent, so only encodings that every WARC reader knows are asked for.
        "Accept-Encoding": "gzip, deflate",
    },
    "DOWNLOADER_MIDDLEWARES": {
        "scrapy.downloadermiddlewares.cookies.CookiesMiddleware": None,
        "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
        "spiders.robots.Robots": 100,
        # Behind it: a policy file that robots.txt forbids is not asked for.
        "spiders.reservations.Reservations": 110,
        "spiders.guards.Patience": 940,
        # Nearest the wire: they see a response before it is unpacked (590) or a redirect followed (600).
        "spiders.archiving.Archiving": 950,
        # Nearer still: what it refuses never gets to the archive.
        "spiders.guards.EvidenceGuard": 960,
    },
    "SPIDER_MIDDLEWARES": {"spiders.listings.Listings": 600},
    # A name that stands for an address of this machine or network is not gone to.
    "TWISTED_DNS_RESOLVER": "spiders.addresses.PublicResolver",
    # 429 is asked again only where it says when (spiders/guards.py). 403, 404 and 429 reach the archive's
    # middleware, which counts them.
    "RETRY_HTTP_CODES": [408, 500, 502, 503, 504, 522, 524],
    "RETRY_TIMES": 2,
    "RETRY_GIVE_UP_LOG_LEVEL": "INFO",
    "REDIRECT_MAX_TIMES": 5,
    # A page that refreshes itself is kept as it is.
    "METAREFRESH_ENABLED": False,
    "REFERER_ENABLED": True,
    "HTTPPROXY_ENABLED": False,
    # Both listen on a port for commands.
    "EXTENSIONS": {
        "scrapy.extensions.remote_control.RemoteControl": None,
        "scrapy.extensions.telnet.TelnetConsole": None,
        "spiders.monitors.Watch": 0,  # until every venv has it
    },
    "LOG_LEVEL": "INFO",
    # Scrapy would start a hundred tasks for what each page leads to, though no page gives an item, and
    # parse a callback's source for each page to warn of what mypy finds: together a third of a page's time.
    "CONCURRENT_ITEMS": 1,
    "WARN_ON_GENERATOR_RETURN_VALUE": False,
    "ADDONS": {"spiders.loopback.Loopback": 0},
}


def make(config: Config, connect_to: str = "") -> dict[str, Any]:
    """Every setting of a crawl: the fixed ones and those that `config` gives."""
    crawl = config.crawl
    contact = f" (+{crawl.contact})" if crawl.contact else ""
    here = Path(__file__).parent
    # A source is crawled when it is declared in sources.toml and has a spider file of its name, or names
    # one of the general spiders.
    own = [name for name, source in config.sources.items() if not source.spider]
    modules = [f"spiders.{name}" for name in own if (here / f"{name}.py").exists()]
    modules += ["spiders.configured"] if configured.declare(config) else []
    return FIXED | {
        "THEMESHIFT": config,
        "SPIDER_MODULES": modules,
        "USER_AGENT": crawl.user_agent + contact,
        "DOWNLOAD_DELAY": crawl.delay,
        "AUTOTHROTTLE_START_DELAY": crawl.delay,
        "DOWNLOAD_TIMEOUT": crawl.timeout,
        "DOWNLOAD_MAXSIZE": crawl.max_megabytes * 1024 * 1024,
        "CONNECT_TO": connect_to,
        # To measure the pace of a crawl, which the sample web is otherwise spared (spiders/loopback.py).
        "CONNECT_TO_PACED": bool(os.environ.get("THEMESHIFT_PACED")),
    }


def _environment() -> dict[str, Any]:
    file = os.environ.get("THEMESHIFT_CONFIG")
    config = load(config_file=Path(file) if file else None)
    return make(config, os.environ.get("THEMESHIFT_CONNECT_TO", ""))


# For the scrapy command, which takes a module's upper-case names for settings.
globals().update(_environment())
