"""The sources that have a file of their own, and how a capture finds its file."""

from __future__ import annotations

import re

from pipeline.readers import urls
from pipeline.readers.layout import GENERAL, Layout
from pipeline.readers.sources import bmj, gponline, kar, kingsfund, nuffieldtrust

LAYOUTS: dict[str, Layout] = {
    module.LAYOUT.source: module.LAYOUT for module in (bmj, kar, kingsfund, nuffieldtrust, gponline)
}


def layout_of(source: str, url: str) -> Layout:
    """The source's layout by its name, else by the address's host, else the general one."""
    if source in LAYOUTS:
        return LAYOUTS[source]
    name = urls.host(url)
    for layout in LAYOUTS.values():
        if name in layout.hosts:
            return layout
    return GENERAL


def layout_of_text(text: str) -> Layout:
    """The layout whose sign comes first in a text, else the general one."""
    found = [
        (hit.start(), layout)
        for layout in LAYOUTS.values()
        if layout.dump and (hit := re.search(layout.dump.sign, text, re.MULTILINE))
    ]
    return min(found, key=lambda pair: pair[0])[1] if found else GENERAL
