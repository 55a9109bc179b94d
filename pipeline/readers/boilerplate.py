"""Lines that belong to a site and never to an article, whatever the site."""

from __future__ import annotations

import re

_FURNITURE = re.compile(
    r"""(?:
    skip\ to\ .{3,30} | (?:main\ )?navigation | toggle\ .{3,25} | (?:main\ )?menu | search(?:\ form)? |
    close | home | log\ ?in | log\ ?out | sign\ (?:in|up|out).{0,40} | register(?:\ now.{0,60})? |
    subscribe(?:\ .{0,40})? | my\ account | share(?:\ (?:this|on|via|with)\ .{2,40})? | share\ this |
    tweet | email(?:\ this)? | print(?:\ this(?:\ page)?)? |
    (?:twitter|facebook|linkedin|whatsapp|pinterest|google\ plus)(?:\ (?:like|one|widget))? |
    (?:tweet|linkedin)\ (?:widget|share\ button) | facebook\ like | google\ plus\ one | mendeley |
    download(?:\ pdf)? | pdf | advertis(?:e|ement|ing) | cookie\ (?:notice|policy|settings) |
    (?:accept|reject)\ (?:all\ )?cookies | privacy\ policy | terms\ (?:and|&)\ conditions |
    back\ to\ top | loading.{0,3} | read\ more | view\ (?:full\ text|abstract) | more\ » |
    this\ content\ is\ more\ than\ .{2,8}\ years\ old\.? | intended\ for\ healthcare\ professionals |
    find\ out\ more\ about\ our\ .{3,80} | (?:first\ )?published\ (?:on|online)?:?\ ?[\d/ .-]{6,12} |
    cite\ this\ as:?.* | https?://\S+ | \S+@\S+\.\S+ | \S+\{at\}\S+ |
    (?:contact|correspondence(?:\ to)?|e-?mail):?\ \S+(?:@|\{at\})\S+ |
    (?:article|related\ content|metrics|responses|peer\ review|article\ tools)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_COOKIES = re.compile(
    r"\b(?:we|site|website)\b.{0,40}\bcookies?\b|"
    r"\bcookies?\b.{0,60}\b(?:accept|consent|agree|policy|browser|continu)",
    re.IGNORECASE,
)
_END = re.compile(
    r"""(?:
    have\ you\ registered.{0,40} | already\ registered\??.{0,20} | just\ published |
    related\ (?:content|articles|links|reading|stories) |
    (?:more|also|most)\ (?:from|on|by|like|read|popular).{0,40} |
    you\ may\ also\ (?:like|be\ interested\ in).{0,20} | recommended(?:\ for\ you)? |
    (?:\d+\ )?comments?(?:\ \(\d+\))? | (?:add|leave|post)\ (?:your|a)\ (?:comment|reply) | footnotes |
    references | notes\ and\ references | view\ full\ text |
    log\ in(?:\ (?:through|via|using)\ .{3,40})? | sign\ up\ (?:to|for)\ .{3,60} |
    subscribe\ (?:from|to)\ .{2,60} | article\ (?:tools|information) |
    share\ this\ (?:page|article|story|post) | about\ the\ authors? | rapid\ responses |
    competing\ interests:?.{0,60} | read\ next | up\ next | latest\ (?:news|articles|posts|jobs)
    )""",
    re.IGNORECASE | re.VERBOSE,
)


def is_furniture(text: str) -> bool:
    """Is the whole line a site's own: navigation, sharing, cookies, a bare address?"""
    return len(text) < 400 and bool(_FURNITURE.fullmatch(text) or (len(text) < 300 and _COOKIES.search(text)))


def is_end(text: str) -> bool:
    """Does the line open what follows an article: related lists, registration, comments, references?"""
    return len(text) < 90 and bool(_END.fullmatch(text))
