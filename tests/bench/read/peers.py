"""Other readers, run by the interpreter of their own environment: JSON with pages in, JSON with texts out.

Imports nothing of Themeshift. `python peers.py NAME < pages.json`; pages are [[url, html], …].
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any


def newspaper(url: str, html: str) -> str:
    """newspaper4k, on a page that is already here."""
    import newspaper

    article: Any = newspaper.Article(url or "https://example.org/a", fetch_images=False)
    article.download(input_html=html)
    article.parse()
    return str(article.text)


def readability(url: str, html: str) -> str:
    """readability-lxml; its summary is markup."""
    from lxml.html import document_fromstring
    from readability import Document

    summary = Document(html).summary(html_partial=True)
    tree = document_fromstring(f"<div>{summary}</div>")
    for block in tree.iter("p", "div", "li", "h1", "h2", "h3", "h4", "br", "td", "blockquote"):
        block.tail = "\n" + (block.tail or "")
    return re.sub(r"\s*\n\s*", "\n", tree.text_content())


READERS = {"newspaper4k": newspaper, "readability-lxml": readability}


def main(name: str) -> None:
    """Read all pages; one that a reader fails on has no text."""
    texts = []
    for url, html in json.load(sys.stdin):
        try:
            texts.append(READERS[name](url, html))
        except Exception as error:
            sys.stderr.write(f"{name}: {url}: {type(error).__name__}\n")
            texts.append("")
    json.dump(texts, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
