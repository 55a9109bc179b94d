"""Addresses as programs that mirror sites write them into folders: `host/path…`, queries in files' names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote

from pipeline.records import replay

HOST = re.compile(r"(?i)^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$")
_QUERY = re.compile(r"\?|%3[fF]|@(?=[\w.\[\]-]+=)")
"""Where a query begins in a file's name: as it is, escaped, or as Windows takes it."""

AS_BYTES = "surrogateescape"
"""Names of files are bytes: those of another encoding than ours stay what they are."""
PATH_SAFE = "/%:@!$&()*+,;=~"
QUERY_SAFE = PATH_SAFE + "?'[]|"


def address_of(parts: Sequence[str], first: int) -> str | None:
    """The web address that a file's place stands for; None where no folder is called like a host.

    `parts` are the folders and the file's name, of which the host may be one from `first` on. The last that
    looks like one is taken; but where a web archive was mirrored, its folder is, and what it holds stays in
    the address. A final `.html` is the file's, as programs add it, and so is `index.html`; any other suffix
    is the address's.
    """
    hosts = [at for at in range(len(parts) - 2, first - 1, -1) if _is_host(parts[at])]
    for at in reversed(hosts):
        if replay("https://" + "/".join(parts[at:])):
            return _written(parts[at], parts[at + 1 :])
    return _written(parts[hosts[0]], parts[hosts[0] + 1 :]) if hosts else None


def _is_host(name: str) -> bool:
    return bool(HOST.match(name)) and not name.endswith((".d", ".git"))


def _written(host: str, parts: Sequence[str]) -> str:
    *folders, name = parts
    name, mark, query = _split(name)
    path = "/".join([*folders, name])
    if mark:
        query = re.sub(r"\.html?$", "", query)
    else:
        path = re.sub(r"\.html$", "", path) if not re.search(r"(?:^|/)index\.html?$", path) else path
    path = re.sub(r"(?:^|/)index\.html?$", "/", path)
    asked = f"?{quote(query, QUERY_SAFE, errors=AS_BYTES)}" if mark else ""
    return f"https://{host.lower()}/{quote(path.lstrip('/'), PATH_SAFE, errors=AS_BYTES)}{asked}"


def _split(name: str) -> tuple[str, str, str]:
    """(path, mark, query) of a file's name."""
    found = _QUERY.search(name)
    return (name[: found.start()], found[0], name[found.end() :]) if found else (name, "", "")
