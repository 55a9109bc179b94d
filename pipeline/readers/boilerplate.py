"""Lines that belong to a site and never to an article, whatever the site."""

from __future__ import annotations

import re

from pipeline.readers import datewords

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
    (?:article|related\ content|metrics|responses|peer\ review|article\ tools) |
    (?:address\ for\ )?correspond(?:ence|ing\ author)s?(?:\ (?:to|address))?\b\ ?[:.\u2013-]?\ .{3,300} |
    e-?mail(?:\ address)?:\ .{3,80} | key\ ?words?\ ?[:\u2013\u2014-]\ .{3,350} |
    (?:manuscript\ )?(?:received|submitted|accepted|revised|final\ acceptance)(?:\ for\ publication)?
        :?\ (?:on\ )?\w{0,9}\ ?\d{1,2}\w{0,2}[\ /.-]\w{1,9},?[\ /.-]\d{2,4}
        (?:[;,.|]\ ?(?:in\ |and\ )?(?:received|accepted|revis|publish|final|first|editor).{0,60}){0,5}\.? |
    (?:suggested\ citation|how\ to\ cite|to\ cite|citation|cite\ as)\b.{0,30}:\ .{3,390} |
    (?:all\ |view\ |see\ |read\ )*(?:rapid\ responses?|eletters?)
        (?:\ (?:to|for|on)\ .{3,60}|:?\ \(?\d+\)?)?\.? |
    rapid\ responses?\ (?:are\ electronic|to\ this|published)\b.{3,300} |
    (?:there\ (?:is|are)\ )?(?:no|\d+)\ rapid\ responses?.{0,60} |
    (?:submit|post|send|register\ for)\ (?:a\ |your\ )?(?:rapid\ response|response|eletter|alerts)s?.{0,80} |
    (?:this|the\ following|below|above|here)\ is\ (?:a|an|the)\ (?:\w+\ ){0,3}transcript\b.{0,200} |
    this\ transcript\ (?:was|has\ been|is|may)\b.{3,250} |
    transcript(?:\ (?:provided|produced)\ by\ .{3,60})? |
    (?:read|download|view|see|show|hide|full)(?:\ (?:the|a|full))*\ transcript.{0,40} |
    comments?\ (?:on|for|to)\ this\ .{3,30}\ (?:are|is|have|has)\ (?:now\ )?(?:been\ )?closed\.? |
    comments?\ (?:are|is)\ (?:now\ )?closed\.? | (?:sign\ in|log\ in)\ or\ register\ to\ .{3,60} |
    (?:you\ (?:must|need\ to)\ be\ )?(?:signed|logged)\ in\ to\ (?:comment|post|rate).{0,60} |
    rate\ this\ (?:article|page|story).{0,60} | is\ this\ page\ useful\? | maybe |
    (?:yes|no)\ this\ page\ is\ .{3,20} | report\ a\ problem\ with\ this\ page |
    applies\ to\ (?:england|scotland|wales|northern\ ireland|uk).{0,60} | \[?check\ against\ delivery\]?\.? |
    this\ was\ published\ under\ the\ .{4,60}\ government.{0,20} |
    provenance(?:\ and\ peer\ review)?(?:[:.].{0,120})? |
    (?:freely\ submitted|commissioned|not\ commissioned);.{0,80} |
    the\ authors?\ (?:have|has|declares?)\ .{0,40}\bcompeting\ interests?.{0,40} | gateway\ ref\w*\b.{0,60} |
    (?:\d{1,2}\ \w{3,9}\ \d{4}\ ?:\ )?column\ \d+\w* | \d{1,2}[.:]\d\d\ ?[ap]\.?m\.? |
    pmc\ ?id:.{0,60} | pmid:.{0,40} | volume\ \d+:\ debated\ on\ .{3,40} |
    related\ (?:images?|media|files?|documents?) | (?:next|previous)\ (?:section|debate|page|article) |
    (?:follow|listen|subscribe|available)\b.{0,100}\b(?:apple\ podcasts?|spotify|itunes|soundcloud)\b.{0,60} |
    follow\ .{2,60}\ on\ (?:twitter|facebook|linkedin|youtube|instagram)\b.{0,60} |
    key: | [A-Z]{1,3}\d?\ ?[:=]\ (?:the\ )?
        (?:interviewer|interviewee|respondent|speaker|participant|moderator|facilitator|host|guest)s?\ ?\d?
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_WALL = re.compile(
    r"""(?:please\ |sorry,?\ |in\ order\ )?(?:
    you\ (?:must|need\ to|have\ to)\ (?:
        be\ (?:a\ )?(?:signed\ in|logged\ in|registered|subscribed|subscriber|member)|
        sign\ in|log\ in|register|subscribe|join)\b.{0,30}\bto\ (?:read|view|access|see|continue).{0,80} |
    (?:subscribe|sign\ in|log\ in|register|join)(?:\ (?:now|today|for\ free|or\ [\w\ -]{3,20}))?
        \ to\ (?:continue|keep\ reading|read|view|access|unlock)\b
        (?!.{0,40}\b(?:e-?mail|newsletter|bulletin|alerts?)\b).{0,80} |
    to\ (?:read|continue\ reading|keep\ reading|view|access)\ .{0,60}
        \b(?:subscribe|sign\ in|log\ in|register)\b.{0,60} |
    (?:this|the\ full)\ (?:article|content|story|text)\ is\ (?:only\ )?(?:available|for|reserved)\b.{0,25}
        \b(?:subscribers|members|registered\ users).{0,60}
    )""",
    re.IGNORECASE | re.VERBOSE,
)
"""A line that tells its reader that the rest is not here."""
_COOKIES = re.compile(
    r"\b(?:we|site|website)\b.{0,40}\bcookies?\b|"
    r"\bcookies?\b.{0,60}\b(?:accept|consent|agree|policy|browser|continu)",
    re.IGNORECASE,
)
_END = re.compile(
    r"""(?:
    have\ you\ registered.{0,40} | already\ registered\??.{0,20} | just\ published |
    related\ (?:content|articles|links|reading|stories) |
    (?:more|also|most)\ (?:from|on|by|like|read|popular|viewed|shared|commented|recent).{0,40} |
    you\ may\ also\ (?:like|be\ interested\ in).{0,20} | recommended(?:\ for\ you)? |
    (?:\d+\ )?comments?(?:\ \(\d+\))? | (?:add|leave|post)\ (?:your|a|new)\ (?:new\ )?(?:comment|reply) |
    comments?:?\ \d+ | (?:readers?['\u2019]?s?|your|all|view|show|latest)\ comments?(?:\ \(\d+\))? |
    is\ this\ page\ useful\? | footnotes |
    references | notes\ and\ references | view\ full\ text |
    log\ in(?:\ (?:through|via|using)\ .{3,40})? | sign\ up\ (?:to|for)\ .{3,60} |
    subscribe\ (?:from|to)\ .{2,60} | article\ (?:tools|information) |
    share\ this\ (?:page|article|story|post) | about\ the\ authors? | rapid\ responses |
    lesen\ sie\ auch | mehr\ zum\ thema.{0,30} | das\ könnte\ sie\ auch\ interessieren | (?:à\ )?lire\ aussi |
    sur\ le\ même\ sujet | このページに関するお問い合わせ.{0,10} | 関連(?:記事|リンク|情報|ページ) |
    相关(?:阅读|新闻|文章|链接) |
    competing\ interests:?.{0,60} | read\ next | up\ next | latest\ (?:news|articles|posts|jobs)
    )""",
    re.IGNORECASE | re.VERBOSE,
)


def is_furniture(text: str) -> bool:
    """Is the whole line a site's own: navigation, sharing, cookies, a bare address?"""
    return len(text) < 400 and bool(_FURNITURE.fullmatch(text) or (len(text) < 300 and _COOKIES.search(text)))


def is_wall(text: str) -> bool:
    """Does the line say that one must subscribe or sign in to read the rest?"""
    return len(text) < 250 and bool(_WALL.fullmatch(text))


def is_end(text: str) -> bool:
    """Does the line open what follows an article: related lists, registration, comments, references?"""
    return len(text) < 90 and bool(_END.fullmatch(text.rstrip(" .…:")))


_BYLINE = re.compile(
    r"(?:by|words:|written by)\s+[A-Z][\w.\u2019'-]+(?:\s+[\w.\u2019'-]+){1,6}", re.IGNORECASE
)
_PROMPT = re.compile(
    r"""(?:
    (?:read|see|learn|watch|find\ out)\ (?:more|also|next)\ ?:.* | (?:related|see\ also|also\ read)\ ?:.* |
    don['\u2019]t\ miss(?:\ ?:.*)? | click\ here\b.* |
    (?:like|love|enjoy|enjoyed|enjoying)\ (?:this|what)\b.{3,40}\?.* |
    (?:have|got)\ (?:a|any)\ (?:tip|story|news\ tip)\b.*\?.* |
    (?:please\ )?(?:sign\ up|subscribe|register)\ (?:to|for|here|now|today)\b.*
        (?:newsletter|e-?mail|inbox|alerts?|updates|briefing|bulletin|digest|podcast|magazine|app|youtube).* |
    get\ .*(?:in|to)\ your\ (?:inbox|email).* |
    .*\bdelivered\ (?:straight\ |directly\ )?(?:to|through)\ your\b.* |
    follow\ (?:us|him|her|them|me|@?\w+(?:\ \w+){0,3})\ on\ (?:twitter|facebook|instagram|linkedin|social).* |
    (?:last\ |first\ )?updated?(?:\ (?:at|on))?:?\ .{0,12}\d.{0,30} |
    .{0,40}\d{4}.{0,25}/\ updated\ .{3,30} | reporting\ by\ .* |
    .{3,80}\ contributed\ to\ this\ (?:report|story|article)\.? |
    (?:image|photo|picture)(?:\ (?:source|credit|courtesy|by))?\ ?:.{2,100} |
    (?:©|\(c\)|copyright\ (?:©|\d|.{2,40}\d{4})).* | all\ rights\ reserved\.? |
    (?:article|story)\ continues\ below.* | tell\ us\ what\ you\ think\W* |
    listen\ to\ this\ (?:article|page|story|post).{0,30} | .{0,40}\d+\s?min(?:ute)?s?\ read |
    (?:hits|views|reads|visits|downloads|shares|responses)\s?:\s?[\d,.]+ |
    [\d,.]+\ (?:hits|views|reads|visits|downloads|shares|responses|replies) |
    invalid\ e-?mail\b.* | .*\bwe\ use\ your\ sign-?up\b.* |
    (?:published|posted|submitted|written|added)\ by\ .{3,60}\ on\ .{0,12}\d.{4,24} |
    by\ .{3,60},\ \d{1,2}\ \w{3,9}\ \d{4}(?:,.{0,40})? |
    download\ (?:the|this|our)\ [^.]{3,60} |
    comments\ (?:are|powered\ by)\b.{3,60} |
    .{0,60}\bmay\ (?:earn|get|receive)\ (?:a|an)\ (?:\w+\ )?(?:share|commission).*
    )""",
    re.IGNORECASE | re.VERBOSE,
)
"""What sites put between and behind the paragraphs of an article to lead its readers elsewhere."""


def trimmed(texts: list[str]) -> list[str]:
    """Paragraphs without a site's own lines, a date line above them, and the lists of links behind them."""
    kept = [text for text in texts if not (is_furniture(text) or is_prompt(text) or _BYLINE.fullmatch(text))]
    while len(kept) > 1 and datewords.is_stamp(kept[0]):
        del kept[0]
    while len(kept) > 1 and datewords.is_stamp(kept[-1]):
        del kept[-1]
    return kept[: _end_of(kept)]


def is_byline(text: str) -> bool:
    """Is it "By" and a name, and nothing else?"""
    return bool(_BYLINE.fullmatch(text))


def is_prompt(text: str) -> bool:
    """Does the line ask its reader to do something else than read on?"""
    return len(text) < 250 and bool(_PROMPT.fullmatch(text))


def _end_of(texts: list[str]) -> int:
    """Where a list of other pieces begins that is short beside what stands before it."""
    sizes = [len(text) for text in texts]
    before, total = 0, sum(sizes)
    for at, text in enumerate(texts):
        if before > 2 * (total - before) and is_end(text.rstrip(" .…:")):
            return at
        before += sizes[at]
    return len(texts)
