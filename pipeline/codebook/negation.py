"""Is a phrase denied where it stands? After NegEx (Chapman et al. 2001), for the prose of policy.

A phrase is negated where a word of denial stands in front of it with at most `WINDOW` words between, or one
of a few stands right behind it, and no clause ends between the two. Words that only look like a denial
("not only", "no doubt") and double denials ("not without") are passed over.
"""

from __future__ import annotations

import re

WINDOW = 5
"""Words that may stand between the denial and the phrase, as in NegEx."""
REACH = 160
"""Characters looked at on either side: more than WINDOW words ever need."""

_BEFORE = re.compile(
    r"\b(?:no|not|never|without|neither|nor|none|nobody|cannot|hardly|scarcely|rather than|instead of"
    r"|lack(?:s|ed|ing)? of|lack(?:s|ed|ing)?|absence of|free (?:of|from)|den(?:y|ies|ied|ying)"
    r"|rul(?:e|es|ed|ing) out|avoid(?:s|ed|ing)?|\w+n['’]t)\b",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    r"\s+(?:(?:is|are|was|were|be|been|has been|have been)\s+)?"
    r"(?:absent|lacking|(?:been\s+)?ruled out|(?:been\s+)?avoided|out of the question)\b",
    re.IGNORECASE,
)
_ONLY_LOOKS_LIKE_ONE = re.compile(
    r"\b(?:not (?:only|just|merely|simply|least|necessarily|without|lacking|free of|the only|unlike\w*)"
    r"|no (?:doubt|wonder|matter|less|fewer|surprise|secret|more than)"
    r"|without (?:doubt|question|fail)|(?:cannot|never|not) (?:avoid|deny|rule out)\w*)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"[.;:!?,()\[\]–—\n]|\s-\s"
    r"|\b(?:but|however|although|though|yet|whereas|while|because|except|despite|which|who|until|unless)\b",
    re.IGNORECASE,
)


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
