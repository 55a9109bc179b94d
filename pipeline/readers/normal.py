"""The normal form of text: what every reader's words pass through before they become a document."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000e-\u001b\u007f-\u0084\u0086-\u009f\u00ad\u200b-\u200f\u2060\ufeff\ufffe\uffff\ud800-\udfff]"
)
_BULLET = re.compile(r"^[•◦▪‣●○■□➢➤∙\u2043·]\s*")
_BREAK = re.compile(r"\n\s*\n|\r\n?|\n|\u2028|\u2029")


def line(text: str) -> str:
    """One paragraph in normal form: NFC, single spaces, nothing invisible, no half surrogates."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return " ".join(_INVISIBLE.sub("", text).split())


def unbulleted(text: str) -> str:
    """A list item's words without the sign in front of them."""
    return _BULLET.sub("", text)


def paragraphs(texts: Iterable[str]) -> list[str]:
    """Each text in normal form, without bullets; what is empty then is left out."""
    lines = (unbulleted(line(text)) for text in texts)
    return [text for text in lines if text]


def split(text: str) -> list[str]:
    """Plain text to paragraphs: a line break ends one."""
    return paragraphs(_BREAK.split(text))


def words(text: str) -> int:
    """How many words a text has, for thresholds: runs of non-blanks."""
    return len(text.split())
