"""Bytes that do harm, and pages that are not what they should be: what faults.py serves."""

from __future__ import annotations

import re
import zlib
from functools import cache
from urllib.parse import parse_qsl, urlsplit

CAPTCHA = b"""<!doctype html><html><head><title>Just a moment...</title>
<script src="/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1"></script></head>
<body><h1>Checking your browser</h1><p>Verify you are human by completing the action below.</p>
<form id="challenge-form"></form></body></html>
"""
WALL = b"<html><head><title>Access denied</title></head><body><h1>Are you a robot?</h1></body></html>"
SOFT_404 = b"""<!doctype html><html><head><title>Page not found</title></head><body><main>
<h1>Page not found</h1><p>We can't find the page you are looking for.</p></main></body></html>
"""
OAI_ERROR = """<?xml version="1.0" encoding="UTF-8"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2023-01-02T09:00:00Z</responseDate>
<request>https://kar.kent.ac.uk/cgi/oai2</request><error code="{code}">{message}</error></OAI-PMH>
"""
MEGABYTE = 1024 * 1024


@cache
def gzip_bomb(megabytes: int) -> bytes:
    """A gzip file of spaces: a thousandth of what it unfolds to."""
    packer = zlib.compressobj(9, wbits=31)
    piece = b" " * MEGABYTE
    return b"".join(packer.compress(piece) for _ in range(megabytes)) + packer.flush()


def big_page(page: bytes, megabytes: int) -> bytes:
    """`page`, and a comment after it that makes it so many megabytes long."""
    return page + b"<!--" + b"x" * (megabytes * MEGABYTE) + b"-->"


def long_robots(rules: bytes, megabytes: int) -> bytes:
    """`rules` in front of so many megabytes of rules on nothing; the last one, far too late, allows all."""
    group, _, _ = rules.partition(b"\n")
    filler = b"".join(b"Disallow: /nothing/%07d\n" % number for number in range(megabytes * MEGABYTE // 27))
    return rules + group + b"\n" + filler + b"Allow: /\n"


def with_entity_bomb(page: bytes) -> bytes:
    """An XML page whose first address, identifier or title unfolds to a billion laughs."""
    entities = '<!ENTITY a0 "laughing ">'
    entities += "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    outside = '<!ENTITY file SYSTEM "file:///etc/hostname">'
    head, _, rest = page.partition(b"?>")
    rest = re.sub(rb"<(loc|identifier|title)>", rb"<\1>&a9;&file;", rest, count=1)
    return head + b"?>" + f"<!DOCTYPE bomb [{entities}{outside}]>".encode() + rest


def looping_sitemap(host: str, target: str) -> bytes:
    """An index that lists itself, its twin over http, ever new copies of itself, and at last a sitemap."""
    parts = urlsplit(target)
    number = int(dict(parse_qsl(parts.query)).get("loop", 0)) + 1
    here = f"{host}{parts.path}"
    urls = [f"https://{here}", f"http://{here}", f"https://{here}?loop={number}", f"https://{here}?plain=1"]
    listed = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return f'<?xml version="1.0"?><sitemapindex>{listed}</sitemapindex>'.encode()


def endless_listing(page: bytes, target: str) -> bytes:
    """A listing with one more page after it, and a calendar's month after that, forever."""
    parts = urlsplit(target)
    number = int(dict(parse_qsl(parts.query)).get("page", 0)) + 1
    more = f'<a href="{parts.path}?page={number}">Next</a>'.encode()
    return page.replace(b"</body>", more + b"</body>", 1)


def with_twins(page: bytes, host: str) -> bytes:
    """A listing whose links come in turn with http, without www, without a scheme, and relative."""
    bare = host.removeprefix("www.")
    forms = [f"http://{host}/", f"https://{bare}/", f"//{host}/", f"HTTP://{bare.upper()}/", "./", "/../"]
    count = 0

    def every_form(match: re.Match[bytes]) -> bytes:
        path = match[1].decode()
        return b"".join(f'<a href="{form}{path}">twin</a>'.encode() for form in forms) + match[0]

    page, count = re.subn(rb'<a href="/([^"]*)"', every_form, page)
    assert count, "a listing without links"
    return page


def in_wrong_charset(page: bytes) -> bytes:
    """`page` in cp1252, with letters that are none in UTF-8; its header goes on claiming UTF-8."""
    odd = "<p>Caf\u00e9 na\u00efve \u2013 \u201cquoted\u201d \u00a320m</p>"
    return (page.decode().replace("</body>", f"{odd}</body>", 1)).encode("cp1252", "xmlcharrefreplace")
