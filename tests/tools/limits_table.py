"""Writes docs/limits.md: how much each door takes in, from `pipeline.limits`."""

from __future__ import annotations

from pathlib import Path

from pipeline import limits

PAGE = Path(__file__).parents[2] / "docs" / "limits.md"
HEAD = """# How much each door takes in

Whatever comes from outside is read up to a limit, far above what any text needs and far below what a small
server has. What is compressed is unpacked in pieces and no further than that: a bomb of some kilobytes costs
no more than a large page. What is beyond is a row or a line with its reason: it never ends an import, a
build or a crawl. `pipeline/limits.py` holds them all ([decision 0036](decisions/0036-limits-and-endings.md));
those written as `read.seconds` are [settings](settings.md).

| What comes in | At most | What becomes of more |
|---|---|---|
"""


def text() -> str:
    """The page."""
    return HEAD + "".join(f"| {door.what} | {door.most} | {door.otherwise} |\n" for door in limits.DOORS)


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
