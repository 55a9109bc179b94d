"""The normal form of words: what every reader's text passes through before it becomes a document.

Phrases of a codebook pass through it too, so that both meet however either was typed. Dashes and curly quotes
stay as the author set them; what nobody sees (ligatures, soft hyphens, kinds of hyphens and blanks) goes.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000e-\u001b\u007f-\u0084\u0086-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e"
    "\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
_PLAIN = {code: unicodedata.normalize("NFKC", chr(code)) for code in (0x17F, *range(0xFB00, 0xFB07))}
_PLAIN |= dict.fromkeys((0x2010, 0x2011, 0xFE63, 0xFF0D), "-")
"""Letters that are drawn as one, the long s, and hyphens that only break or print otherwise."""
_BULLET = re.compile(r"^[•◦▪‣●○■□➢➤∙\u2043·]\s*")
_BREAK = re.compile(r"\n\s*\n|\r\n?|\n|\u2028|\u2029")

HYPHENS = "-\u2010\u2011\u2043\ufe63\uff0d"
"""Written within a word: hyphen-minus, hyphen, non-breaking hyphen, and those of other fonts' tables."""
DASHES = HYPHENS + "\u2012\u2013\u2014\u2015\u2212\ufe58"
"""All that stands between the parts of a compound: "purchaser–provider split"."""
APOSTROPHES = "'\u2019\u2018\u201b\u02bc\u02bb\u02b9\u2032\u2035\u0060\u00b4\ua78c\uff07"
QUOTES = '"\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\uff02'


def line(text: str, known: Counter[str] | None = None) -> str:
    """One paragraph in normal form: NFC, no ligatures, one hyphen, single spaces, nothing invisible.

    A word that was cut at a line's end is one word again; `known` are the words of the whole document.
    """
    if "\n" in text or "\r" in text:
        text = unbroken(text, known=known)
    if not text.isascii():
        text = _SOFT.sub("", text)
        text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text).translate(_PLAIN))
        return " ".join(text.split())
    return " ".join(_INVISIBLE.sub("", text).split())


def unbulleted(text: str) -> str:
    """A list item's words without the sign in front of them."""
    return _BULLET.sub("", text)


def paragraphs(texts: Iterable[str]) -> list[str]:
    """Each text in normal form, without bullets; what is empty then is left out."""
    lines = (unbulleted(line(text)) for text in texts)
    return [text for text in lines if text]


def split(text: str) -> list[str]:
    """Plain text to paragraphs: a line break ends one, but for a break within a word."""
    return paragraphs(_BREAK.split(unbroken(text)))


def words(text: str) -> int:
    """How many words a text has, for thresholds: runs of non-blanks."""
    return len(text.split())


_WIDE = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def size(text: str) -> int:
    """Words of a text; where a script writes no blanks, two signs count as one."""
    count = len(text.split())
    return count + len(_WIDE.findall(text)) // 2 if len(text) > 8 * count else count


_CUT = re.compile(
    rf"(?P<left>[^\W_]+(?:[{HYPHENS}][^\W_]+)*)(?P<sign>[{HYPHENS}\u00ad])[ \t]*(?:\r\n?|\n)[ \t]*"
    r"(?P<right>[^\W_]+)(?P<rest>\S*)(?P<blank>[ \t]*)"
)
_ENDS_IN_HYPHEN = re.compile(rf"[{HYPHENS}\u00ad][ \t]*[\r\n]")
_SOFT = re.compile(r"(?<=[^\W\d_])\u00ad[ \t\u00a0]+(?=[^\W\d_])")
"""A soft hyphen shows only where a line ends: what comes behind it is the rest of the word."""
_GAPED = re.compile(
    rf"(?<![{HYPHENS}\w])(?P<left>[^\W\d_]+(?:-[^\W\d_]+)*)- (?P<right>[^\W\d_]{{2,}})(?![{HYPHENS}])"
)
_FRAGMENT = re.compile(
    r"(?:ments?|(?:a|isa|iza|ta|i)?tions?|tion(?:al|ally|ed|ing)|sions?|sion(?:al|ed|ers?|ing)|ings?|nesses|ities|"
    r"ity|ances?|ences?|tive(?:ly)?|ative|tures|cies|ly|ically|ed|ers|ised|ising|ous(?:ly)?)"
)
"""Ends of words that are no words themselves: no dash stands before one."""
_SUSPENDED = re.compile(r"(?:and|or|to|nor|as|but|und|oder|et|ou|y|o)", re.IGNORECASE)
_LEFT = re.compile(
    r"(?:all|bottom|cost|cross|decision|double|ex|face|first|five|four|full|half|hard|"
    r"high|ill|large|late|long|low|mid|one|old|part|post|public|second|self|seven|"
    r"short|single|six|small|ten|three|time|top|two|value|well|year)"
)
_TAILS = re.compile(
    r"(?:able|age|ary|ed|en|ening|er|est|fold|ful|hand|hold|ic|ing|ings|ish|less|ly|"
    r"ment|ments|ner|ners|ness|pone|poned|s|self|selves|ship|ships|some|teen|th|ty|"
    r"ward|wards|ways|wise|y)"
)
_RIGHT = re.compile(
    r"(?:based|bound|centred|driven|effective|efficient|focused|free|friendly|level|making|"
    r"minded|oriented|quality|related|scale|sector|sharing|specific|term|wide|year)"
)
_PREFIXES = re.compile(r"(?:counter|de|dis|in|inter|mis|out|over|pre|re|sub|super|un|under)")
"""Beginnings and ends of compounds ("long-", "-based"), and what makes one word of them ("short-age")."""


def known_words(text: str) -> Counter[str]:
    """How often each word and compound stands in a text, but for those that are cut at a line's end."""
    return Counter(re.findall(rf"[^\W_]+(?:[{DASHES}][^\W_]+)*", _CUT.sub(" ", text).casefold()))


def has_cuts(text: str) -> bool:
    """Does a line of the text end in a hyphen?"""
    return bool(_ENDS_IN_HYPHEN.search(text))


def unbroken(text: str, lines: bool = False, known: Counter[str] | None = None) -> str:
    """Text with the words that were cut at a line's end whole again.

    Whether the hyphen was the word's own ("top-" and "down") is decided by how the rest of the text, or
    `known` of a larger one, writes it, else by its parts. `lines`: the rest of the line below stays a line.
    """
    if not has_cuts(text):
        return text
    words_of = known_words(text) if known is None else known

    def mended(found: re.Match[str]) -> str:
        left, sign, right = found["left"], found["sign"], found["right"]
        if sign != "\u00ad" and _SUSPENDED.fullmatch(right):  # short- and long-term
            return found.group() if lines else f"{left}{sign} {right}{found['rest']}{found['blank']}"
        kept = "" if sign == "\u00ad" or not _own(left, sign, right, words_of) else sign
        after = "\n" if lines and found["blank"] else found["blank"]
        return f"{left}{kept}{right}{found['rest']}{after}"

    return _CUT.sub(mended, text)


def rejoined(texts: Sequence[str]) -> list[str]:
    """The paragraphs of a document with words such as "pro- vider" whole again, which old systems left so.

    Only where the document itself has the word or the compound elsewhere, or what follows is the end of a
    word and none itself ("govern- ment"): a hyphen before a blank may also be a dash, or stand for the rest
    of a word to come ("short- and long-term").
    """
    if not any(map(_GAPED.search, texts)):
        return list(texts)
    known = known_words("\n\n".join(_GAPED.sub(" ", text) for text in texts))

    def mended(found: re.Match[str]) -> str:
        left, right = found["left"], found["right"]
        if _SUSPENDED.fullmatch(right) or not right[0].islower():
            return found.group()
        last = left.rpartition("-")[2].casefold()
        whole, compound = _counts(last, right, known)
        if not whole + compound and not _FRAGMENT.fullmatch(right):
            return found.group()
        return f"{left}{'-' if compound > whole else ''}{right}"

    return [_GAPED.sub(mended, text) for text in texts]


def _counts(last: str, right: str, known: Counter[str]) -> tuple[int, int]:
    """How often a text has the two as one word, and how often as a compound."""
    return known[last + right], sum(known[f"{last}{hyphen}{right}"] for hyphen in DASHES)


def _own(left: str, sign: str, right: str, known: Counter[str]) -> bool:
    """Whether the hyphen between the two belongs to the word."""
    if sign == "\u2011" or not right[0].islower() or not left[-1].islower():  # GP-led, mid-2013, A-level
        return True
    last = re.split(f"[{HYPHENS}]", left)[-1].casefold()
    whole, compound = _counts(last, right, known)
    if whole or compound:
        return compound > whole
    opens = _LEFT.fullmatch(last) and not _TAILS.fullmatch(right)
    return bool(opens or (_RIGHT.fullmatch(right) and not _PREFIXES.fullmatch(last)))
