"""Pages of another kind than a document: error pages, log-ins, bot walls, listings -> SetAside."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.errors import SetAside
from pipeline.readers.access import WALL
from pipeline.readers.blocks import Block
from pipeline.readers.normal import size

_THING = r"(?:the |this |that )?(?:page|item|article|document|content|file|url|resource)"
_GONE = r"(?:not found|removed|missing|no longer available|unavailable|found)"
_VERB = r"(?:was |is |has been |can(?:'|\u2019)?t be |cannot be |could not be )?"
_ERROR = re.compile(
    rf"(?:(?:error\W*)?(?:40[34]|410|50[0-4])\W*)?{_THING}\s*{_VERB}{_GONE}(?:\W*(?:error\W*)?(?:404|410)\W*)?|"
    r"(?:error\W*)?(?:40[34]|410|50[0-4])(?:\W*(?:error|not found|forbidden|gone))?|not found|"
    r"(?:oops\W*|(?:we(?:'|\u2019)re )?sorry\W*)"
    r"(?:something went wrong|(?:we can(?:'|\u2019)t find )?(?:the|that|this) page.*)|"
    r"internal server error|service unavailable|bad gateway|access denied|forbidden",
    re.IGNORECASE,
)
_BOTS = re.compile(
    r"just a moment\W*|attention required!?.*|checking your browser.*|robot check|human verification|"
    r"(?:are|verify(?:ing)?(?: that)?) you (?:are )?(?:a )?(?:human|robot)\W*|security check|please wait\W*|"
    r"ddos.guard|one more step|pardon our interruption\W*|bot verification|captcha",
    re.IGNORECASE,
)
_BOT_WORDS = re.compile(
    r"(?:verify|prove|confirm) (?:that )?you(?: a|')re (?:a )?human|"
    r"enable javascript and cookies to continue|"
    r"checking (?:your browser|if the site connection)|complete the (?:security check|captcha)|"
    r"unusual traffic from your|are you a robot|press and hold",
    re.IGNORECASE,
)
_LOGIN = re.compile(
    r"(?:please\s+)?(?:log|sign)[ -]?(?:in|on)(?:\s+(?:to|or|with|required|page).{0,60})?|login|"
    r"(?:please\s+)?register(?: (?:now|here|today|for free|to .{3,60}|or (?:log|sign) in.{0,40}))?|"
    r"registration(?: required)?|create (?:an )?account|member login|subscribe to (?:read|continue).*|"
    r"user account",
    re.IGNORECASE,
)
_GONE_WORDS = re.compile(
    r"(?:page|article|document|file|content|item)(?: that)? "
    r"you(?:(?:'|\u2019)re| are| were|(?:'|\u2019)ve| have)? "
    r"(?:looking for|requested|tried to (?:reach|access)|followed)[^.]{0,40}"
    r"(?:not|n(?:'|\u2019)t|no longer|moved|removed|deleted|unavailable)|"
    r"(?:we|sorry)[^.]{0,20} (?:can(?:'|\u2019)?t|cannot|could not|couldn(?:'|\u2019)t|unable to) "
    r"(?:seem to )?(?:find|locate) (?:the|that|this|a) (?:page|article|content|document)",
    re.IGNORECASE,
)


def refuse_by_title(titles: Sequence[str]) -> None:
    """Raises SetAside where a page's own title says that it is an error or a bot wall."""
    for title in titles:
        head = _without_site(title)
        if _BOTS.fullmatch(title.strip()) or _BOTS.fullmatch(head):
            raise SetAside("bot-wall", title[:200])
        if _ERROR.fullmatch(head):
            raise SetAside("error-page", title[:200])


def refuse_thin(locked: bool, titles: Sequence[str], text: str, everything: Sequence[Block]) -> None:
    """Raises SetAside for a page with hardly any prose that asks for a proof, or for a password.

    `locked`: does it have a field for a password?
    """
    if size(text) > 150:
        return
    whole = " ".join(block.text for block in everything)[:5000]
    if size(whole) < 250 and (hit := _BOT_WORDS.search(whole)):
        raise SetAside("bot-wall", hit[0])
    if size(whole) < 150 and (hit := _GONE_WORDS.search(whole)):
        raise SetAside("error-page", hit[0][:200])
    heads = map(_without_site, titles)
    little = _prose(everything) < 60
    if any(_LOGIN.fullmatch(head) for head in heads) or (locked and little):
        raise SetAside("login", titles[0][:200] if titles else "asks for a password")
    if little and size(text) < 30 and (hit := WALL.search(whole)):
        raise SetAside("login", hit[0][:200])


def refuse_listing(everything: Sequence[Block], least: int) -> None:
    """Raises SetAside where links to documents outnumber paragraphs and no paragraphs follow each other.

    `least`: how many links it takes.
    """
    links = [block for block in everything if block.linked > 0.5 and size(block.text) >= 4]
    prose = [block.linked < 0.3 and size(block.text) >= 12 for block in everything]
    longest = max(
        (len(run) for run in "".join("p" if is_prose else " " for is_prose in prose).split()), default=0
    )
    if not any(prose) and sum(block.linked > 0.8 for block in everything) >= least:
        raise SetAside("listing", "links and no paragraph")
    substantial = any(block.linked < 0.3 and size(block.text) >= 60 for block in everything)
    if len(links) >= least and longest < 3 and len(links) >= sum(prose) and not substantial:
        raise SetAside("listing", f"{len(links)} links, {sum(prose)} paragraphs")


def _prose(everything: Sequence[Block]) -> int:
    return sum(size(block.text) for block in everything if block.linked < 0.3 and size(block.text) >= 8)


def _without_site(title: str) -> str:
    return re.split(r"\s+[|\u2013—-]\s+|\s*[|»]\s*|::", title)[0].strip(" .!")
