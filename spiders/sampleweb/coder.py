"""A stand-in for people who code: it fills in a sheet by what the sample documents say that they are about.

They state their themes as a whole, so which passages carry one is the machine's guess: those that it coded,
or the first where it found none. No person coded anything.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path

from spiders.sampleweb.documents import read_documents

CODER = "script"
"""What it is called wherever its codes are shown."""


def fill_in(sheet: Path, coded: Collection[tuple[str, str]]) -> None:
    """Code every passage of a sheet that shows titles; `coded` are the machine's (passage_id, theme)."""
    about: dict[str, set[str]] = defaultdict(set)
    for document in [*read_documents(), *read_documents(edition=2)]:
        about[document.title] |= set(document.fields.get("themes", ()))
    with sheet.open(encoding="utf-8-sig", newline="") as stream:
        header, *rows = csv.reader(stream)
    documents: dict[str, list[list[str]]] = defaultdict(list)
    for row in sorted(rows):  # a key holds the passage's id, and so its place in the document
        documents[row[header.index("title")]].append(row)
    for at in range(header.index("text") + 1, header.index("note")):
        for title, passages in documents.items():
            found = [row for row in passages if (row[0].split(":")[2], header[at]) in coded]
            carrying = (found or passages[:1]) if header[at] in about[title] else []
            for row in passages:
                row[at] = "yes" if row in carrying else "no"
    with sheet.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
