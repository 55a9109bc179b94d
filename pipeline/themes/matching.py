"""Finds a theme's phrases in text, and whether one is denied where it stands.

Negation is after NegEx (Chapman et al. 2001), for the prose of policy. A phrase is negated where a word of
denial stands in front of it with at most `WINDOW` words between, or one of a few stands right behind it, and
no clause ends between the two. Words that only look like a denial ("not only", "no doubt") and double denials
("not without") are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from pipeline.readers.normal import APOSTROPHES, DASHES, HYPHENS, QUOTES, line
from pipeline.themes.codebook import Theme

WINDOW = 5
"""Words that may stand between the denial and the phrase, as in NegEx."""
REACH = 160
"""Characters looked at on either side: more than WINDOW words ever need."""
_APOSTROPHE = f"[{APOSTROPHES}]"
_HYPHEN = f"[{HYPHENS}]"
_BEFORE = re.compile(
    r"\b(?:no|not|never|without|neither|nor|none|nobody|cannot|hardly|scarcely|rather than|instead of"
    r"|lack(?:s|ed|ing)? of|lack(?:s|ed|ing)?|absence of|free (?:of|from)|den(?:y|ies|ied|ying)"
    rf"|rul(?:e|es|ed|ing) out|avoid(?:s|ed|ing)?|\w+n{_APOSTROPHE}t)\b",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    r"\s+(?:(?:is|are|was|were|be|been|has been|have been)\s+)?"
    r"(?:absent|lacking|(?:been\s+)?ruled out|(?:been\s+)?avoided|out of the question)\b",
    re.IGNORECASE,
)
_NO_END_TO = (
    rf"(?:let{_HYPHEN}?\s?up|letting up|end(?: in sight)?|ending|halt|stop|stopping|respite|relief"
    r"|escap(?:e|ing)|limits? (?:to|on)|bounds? to|(?:brakes?|checks?|curbs?|caps?) on|getting (?:away|round)"
    r"|way (?:out|round|around)|alternatives? to|(?:cure|remedy|antidote) (?:for|to)|(?:answer|solution) to"
    r"|(?:protection|defen[cs]e|safeguards?) (?:from|against)"
    r"|(?:reduction|decline|decrease|fall|drop|cut|change|slowing|easing|pause|break|retreat|reversal)"
    r" (?:in|of|to|from)|signs? of (?:an? )?(?:end|abat|eas|stop|slow|let)\w*"
    r"|shortages?|lack|dearth|scarcity|absence|want of|exceptions?|strangers?)"
)
"""What "no" stands before where the thing that follows is there, and plenty of it."""
_ONLY_LOOKS_LIKE_ONE = re.compile(
    r"\b(?:not (?:only|just|merely|simply|solely|least|necessarily|without|lacking|free of|the only|unlike\w*"
    r"|short of|immune|alone in|to mention|surprising\w*|for the first time|for nothing|before time)"
    rf"|no {_NO_END_TO}"
    r"|no (?:doubt|wonder|matter|less|fewer|surprise|secret|more than|sooner|mistake|mistaking"
    r"|question(?! of)|denying|avoiding|accident|coincidence|small|mean|campaign\w*|camp|voters"
    r"|(?:better|clearer|greater|stronger) (?:case|evidence|example|illustration|instance|proof|sign))"
    rf"|no(?:s?\.|{_HYPHEN})?\s?\d+|(?:no(?!{_HYPHEN}one\b)|not|never){_HYPHEN}\w+(?:{_HYPHEN}\w+)*"
    r"|never (?:far from|ending|been (?:more|so|as|such)|more|so|stop\w*|end\w*|ceas\w*)"
    r"|none other|none the less|(?:whether or|as often as|more often than) not"
    rf"|without (?:doubt|question|fail|end|limit|let{_HYPHEN}?\s?up|precedent|parallel|respite)"
    rf"|(?:cannot|never|not|can{_APOSTROPHE}t) (?:avoid|escape|deny|rule out|help|ignore)\w*)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    rf"[.;:!?,()\[\]—―\n]|–(?!\w)|(?<!\w)–|\s(?:[{DASHES}]|--)\s"
    r"|\b(?:but|however|although|though|yet|whereas|while|because|except|despite|which|who|until|unless)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Match:
    """What a phrase of the codebook matches: text[start:end].

    An `excluded` one does not count. `denied_by` are the words that negate it, where any do; it is then
    passed over (`negated`) if the theme says so.
    """

    words: str
    phrase: str
    start: int
    end: int
    excluded: bool
    denied_by: str = ""
    negated: bool = False

    @property
    def counts(self) -> bool:
        """Whether it is evidence of the theme."""
        return not (self.excluded or self.negated)


class Matcher:
    """Finds a theme's phrases in text.

    `pattern` is in the common language of Python's `re` and of RE2, so that DuckDB can search a whole
    table with it. Excluded phrases come first in it: where one begins, it wins over what it covers. A theme
    without phrases has a pattern that matches nothing.
    """

    def __init__(self, theme: Theme) -> None:
        self._phrases = [*_longest_first(theme.exclude), *_longest_first(theme.include)]
        self.pattern = rf"(?i)\b(?:{'|'.join(map(as_regex, self._phrases))})\b" if theme.include else NOTHING
        self.minds_negation = theme.negated == "excluded"
        self._found = re.compile(self.pattern, re.ASCII)
        self._barred = re.compile("|".join(map(as_regex, theme.exclude)) or NOTHING, FLAGS)

    def __call__(self, text: str) -> list[str]:
        """The phrases that count, as they stand in the text, in order."""
        return [match.words for match in self.matches(text) if match.counts]

    def accept(self, found: Iterable[str]) -> list[str]:
        """Of what `pattern` found, what no exclusion covers: all that counts, unless negation is minded."""
        return [phrase for phrase in found if not self._barred.fullmatch(phrase)]

    def matches(self, text: str) -> list[Match]:
        """All that the pattern finds in the text, in order, each with the codebook's phrase that found it."""
        return [self._match(found, text) for found in self._found.finditer(text)]

    def _match(self, found: re.Match[str], text: str) -> Match:
        # The first phrase to fit is the one that was tried first, and so the one that matched.
        phrase = next(p for p in self._phrases if re.fullmatch(as_regex(p), found.group(), FLAGS))
        excluded = not self.accept([found.group()])
        denied = "" if excluded else denial(text, found.start(), found.end())
        return Match(
            found.group(), phrase, found.start(), found.end(), excluded, denied,
            bool(denied) and self.minds_negation,
        )  # fmt: skip


FLAGS = re.ASCII | re.IGNORECASE
NOTHING = "[^\\s\\S]"
"""A pattern that no text matches, in RE2 as in Python."""


_JOINED = rf"(?:\s+|[{DASHES}]{{1,2}})"
_SETS = ((APOSTROPHES, f"[{APOSTROPHES}]"), (QUOTES, f"[{QUOTES}]"))
_TYPED = {ord(sign): signs[0] for signs in (DASHES, APOSTROPHES, QUOTES) for sign in signs}
_WRITTEN = {sign: group for signs, group in _SETS for sign in signs}


def as_regex(phrase: str) -> str:
    """A phrase as a regular expression: `*` ends a word, a space matches any hyphen or dash, or a line break.

    Apostrophes and quotes match one another, however they are typed. The expression means the same to
    Python's `re`, with FLAGS, and to RE2.
    """
    return _JOINED.join("".join(map(_sign, word)) for word in parts(phrase))


def parts(phrase: str) -> list[str]:
    """A phrase's words in normal form, split at spaces, hyphens and dashes."""
    return [word for word in re.split(rf"[{DASHES}\s]+", line(phrase)) if word]


def folded(words: str) -> str:
    """What was found, in small letters, with plain dashes and quotes: what differs in type alone is alike."""
    return words.lower().translate(_TYPED)


def _sign(sign: str) -> str:
    if sign == "*":
        return r"\w*"
    return _WRITTEN.get(sign) or (re.escape(sign) if sign.isascii() else _either_case(sign))


@cache
def _either_case(sign: str) -> str:
    """RE2 ignores the case of all letters, Python with re.ASCII that of A to Z: both are written out."""
    folded = sign.casefold()
    alike = [chr(code) for code in range(0x80, 0x2000) if chr(code).casefold() == folded]
    return f"[{''.join(sorted({sign, *alike}))}]" if len({sign, *alike}) > 1 else sign


def _longest_first(phrases: Sequence[str]) -> list[str]:
    return sorted(phrases, key=len, reverse=True)


def denial(text: str, start: int, end: int) -> str:
    """The words that deny text[start:end] where it stands; empty where none do."""
    before = text[max(0, start - REACH) : start]
    if ends := list(_CLAUSE.finditer(before)):
        before = before[ends[-1].end() :]
    # What only looks like a denial keeps its length and loses its words.
    before = _ONLY_LOOKS_LIKE_ONE.sub(lambda found: re.sub(r"\w", "_", found.group()), before)
    denials = list(_BEFORE.finditer(before))
    if denials and len(before[denials[-1].end() :].split()) <= WINDOW:
        return denials[-1].group()
    behind = _BEHIND.match(text[end : end + REACH])
    return behind.group().strip() if behind else ""
