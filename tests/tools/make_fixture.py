"""`make fixture CAPTURE=… [NAME=…] [SOURCE=…]`: a page of the archive (or a file) becomes a fixture.

The page keeps its markup, addresses, names and dates; the words of the article are replaced by others of the
same length and case, for a fixture may not carry what somebody else wrote. Titles and short headings keep
theirs: change them by hand. Where a licence allows it, or the words are our own, `KEEP=1` leaves them all. A
file whose folders don't name its host belongs to no source: SOURCE says which, else it goes to `general`.
What the reader makes of the page is written beside it: look at it before you commit.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import zlib
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from pipeline import config, readers
from pipeline.errors import InputError, PipelineError, SetAside
from pipeline.readers.explain import find
from pipeline.readers.reading_row import IMPORT
from pipeline.records import Capture, Document

CASES = Path(__file__).parents[1] / "readers" / "captures"
GENERAL = "general"
"""The folder of pages that are of no declared source."""
WORD = re.compile(r"[^\W\d_]+")
RUN = 4
"""So many words in a row that the article has too are the article's."""
SYLLABLES = ("ba", "de", "fi", "go", "ku", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "wo", "zu")


def main() -> int:
    """Write tests/readers/captures/<source>/<name>/."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", help="a capture's identifier, an address in the archive, or a file")
    parser.add_argument("--name", default="", help="name of the case")
    parser.add_argument("--source", default="", help="the source it is of, where its address doesn't tell")
    parser.add_argument("--keep", action="store_true", help="keep the words")
    parser.add_argument("--data", help="data folder")
    given = parser.parse_args()
    try:
        folder = make(given.what, given.name, given.keep, given.data, source=given.source)
    except PipelineError as error:
        sys.stderr.write(f"fixture: {error}\n")
        return 2
    sys.stdout.write(f"{folder}: look at document.json before you commit it\n")
    return 0


def make(
    what: str,
    name: str = "",
    keep: bool = False,
    data: str | None = None,
    cases: Path = CASES,
    source: str = "",
) -> Path:
    """Write the fixture. Raises InputError for what can't become one."""
    settings = config.load(data)
    capture, _ = find(what, settings)
    if source or capture.source == IMPORT:
        capture = replace(capture, source=source or GENERAL)
    if not keep:
        capture = replace(capture, body=reworded(capture))
    folder = (
        cases / capture.source / (name or re.sub(r"\W+", "-", capture.url.rpartition("/")[2])[:40] or "page")
    )
    if folder.exists():
        raise InputError(f"{folder} is there already: give another name (NAME=…)")
    folder.mkdir(parents=True)
    (folder / "body").write_bytes(capture.body)
    _write(folder / "capture.json", described(capture))
    _write(folder / "document.json", expected(capture))
    return folder


def described(capture: Capture) -> dict[str, Any]:
    """What a fixture says of its capture."""
    keys = ("url", "source", "media_type", "status", "charset")
    told = {key: getattr(capture, key) for key in keys if getattr(capture, key) is not None}
    return {**told, "fetched_at": capture.fetched_at.isoformat()}


def expected(capture: Capture) -> dict[str, Any]:
    """What today's readers make of it, without what is empty."""
    try:
        document = readers.read(capture)
    except SetAside as outcome:
        return {"set_aside": outcome.reason}
    told = {
        key: value for key, value in asdict(document).items() if value and key not in ("origins", "source")
    }
    return {**told, "text": document.text.split("\n\n")}


def reworded(capture: Capture) -> bytes:
    """The page with the article's words replaced. Raises InputError where it isn't text."""
    encoding = capture.charset or "utf-8"
    try:
        page = capture.body.decode(encoding)
        document: Document | None = readers.read(capture)
    except (UnicodeDecodeError, LookupError) as error:
        raise InputError(
            f"{capture.url} is no text in {encoding}: only KEEP=1 can make it a fixture"
        ) from error
    except SetAside:
        document = None  # no article: what stands there is the site's own furniture
    return _replaced(page, _runs(document.text)).encode(encoding) if document else capture.body


def _runs(text: str) -> set[tuple[str, ...]]:
    words = [found[0].casefold() for found in WORD.finditer(text)]
    return {tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1)}


def _replaced(page: str, runs: set[tuple[str, ...]]) -> str:
    # Words of tags stand between words of the text too, but never RUN of the article's in a row.
    found = list(WORD.finditer(page))
    words = [word[0].casefold() for word in found]
    ours = [False] * len(words)
    for at in range(len(words) - RUN + 1):
        if tuple(words[at : at + RUN]) in runs:
            ours[at : at + RUN] = [True] * RUN
    parts, end = [], 0
    for word, is_ours in zip(found, ours, strict=True):
        parts += [page[end : word.start()], _invented(word[0]) if is_ours and len(word[0]) > 3 else word[0]]
        end = word.end()
    return "".join([*parts, page[end:]])


def _invented(word: str) -> str:
    """A word of no language, of the same length and case; the same word gives the same one."""
    seed = zlib.crc32(word.casefold().encode())
    letters = "".join(SYLLABLES[(seed >> shift) % len(SYLLABLES)] for shift in range(0, 30, 3)) * 9
    made = letters[: len(word)]
    return made.upper() if word.isupper() else made.capitalize() if word[0].isupper() else made


def _write(file: Path, values: dict[str, Any]) -> None:
    file.write_text(json.dumps(values, ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
