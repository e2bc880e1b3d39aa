"""Spam and advertisements: texts that want something done for money.

No single word makes an advertisement ("free", "won" and "call" are all in good prose), so the signal counts how many
*kinds* of sales talk meet in a text. One compiled pattern a kind looks at all rows.
"""

from __future__ import annotations

import numpy as np

from tasks.validation.text_column import Floats, TextColumn

CUES = {
    "prize": r"\b(?:you(?:'ve| have)?|u|ur) (?:have )?(?:been )?(?:specially )?(?:won|win|selected|chosen|awarded)\b|"
    r"\b(?:claim|collect|redeem)(?:s|ing)? (?:your|ur|this|the|now|code|is)\b|\bawaiting? collection|"
    r"\b(?:prize|jackpot|voucher|giveaway|lottery|winner|lucky|congrat(?:s|ulations)|complimentary|guaranteed)\b|"
    r"\b(?:chance|entry|entered) (?:to|2|for|into)\b",
    "money": r"[£$€] ?\d|\b\d+ ?(?:pounds|dollars|euros|cash|p\b|% off)|\bcash\b|\bper ?cent off\b|\bdiscount|"
    r"\bhalf price|"
    r"\bbonus\b|\bcredits?\b|\bloans?\b",
    "call": r"\b(?:call|phone|ring|dial)\b(?: \w+){0,4}[: ]+\+?\d[\d -]{4,}|\bcall (?:now|free|today|back)\b|"
    r"\b(?:txt|text|send|reply|msg|sms)\b(?: with| back)?(?: [\"']?\w+[\"']?){1,4} (?:to|2) \d{4,}|"
    r"\breply (?:with )?(?:[\"']?(?:yes|no|stop|y|n)\b|[A-Z]{3,})|\b(?:txt|text) (?:now|stop|back)\b|"
    r"\b(?:visit (?:us|our|http|www)|go ?to (?:http|www|\w+\.(?:com|net|co))|log on ?to|order (?:now|online|"
    r"today)|apply now|shop now|buy now|act now|sign up now)\b",
    "free": r"\bFREE\b|\bfree (?:gift|trial|entry|msg|message|text|call|ringtone|sample|delivery|quote|offer|"
    r"consultation|"
    r"phone|minutes|access|bonus|spins)s?\b|\b(?:100% )?risk[- ]free\b|\bno (?:obligation|subscription|"
    r"credit check|fees?)\b",
    "terms": r"\bt(?:&|n|s ?& ?)cs?(?:'s|s)?\b|\b18\+|\b(?:over|only) 18s?\b|\b18 only\b|\b\d+(?:\.\d+)?p? ?(?:/|"
    r"per |a )(?:min|msg|text|txt)|"
    r"[£€]\d+(?:\.\d+)?(?:/| per | a )?(?:wk|week|month)\b|\b\d+p(?:pm|/| per | a )|\b(?:only|just|costs?|"
    r"charged) (?:at )?(?:[£€]\d|\d+p\b)|\b\d+ ?ppm\b|\bppm ?\d+\b|\bopt[- ]?out|\bunsub|\bstd rate|"
    r"\bstandard rates?\b|\b(?:to|2) (?:cancel|unsubscribe|opt)\b|\b2 stop\b|\bto stop (?:txt|text|send|get|"
    r"receiving|these|msgs?)|\bstop (?:to|texts|msgs?)\b|\b(?:p\.?o\.? ?)?box ?\d+\b|"
    r"\bwill be charged\b|\bsee website for\b",
    "hurry": r"\b(?:urgent|hurry)\b|\b(?:today|this week|this weekend) only\b|\blast chance\b|\bexpires?\b|"
    r"\bwhile stocks? last|"
    r"\b(?:don'?t|dont) miss\b|\blimited (?:time|offer|edition|stock)\b|\bspecial (?:offer|deal|promotion)\b|"
    r"\b(?:new|unread) (?:voice ?|video )?(?:message|msg|voicemail)s?\b|\bdelivery waiting\b|\bfinal (?:notice|"
    r"attempt)\b|"
    r"\btried to contact\b|\bcustomer service\b",
    "vice": r"\b(?:casino|viagra|cialis|porn|xxx|sexy|babes?|singles|dating|dates? (?:in|near) (?:your|ur)|flirt\w*|"
    r"weight loss|lose weight|bitcoin|crypto|forex|work from home|make money|earn money|passive income|"
    r"ringtones?|mobile content|wallpapers?|text ?mates?|chat ?line|seo services?|"
    r"payday|mortgage|refinanc\w+|debt)\b",
    "number": r"\b0[89]\d{2}[ -]?\d{3}[ -]?\d{2,5}\b|\b1?-?(?:800|888|877|866|900)-\d{3}-\d{4}\b",
    "web": r"\bwww\.|https?://|\b[a-z0-9-]+\.(?:com|net|biz|info|co\.uk|tv|us)\b",
}
"""Kinds of sales talk. Case counts for FREE and for the word to reply with."""


APPEALS = ("call", "terms", "free", "number")
"""Kinds that address the reader. News of money and prizes has none of them."""


def spam_cues(column: TextColumn) -> Floats:
    """How many kinds of sales talk meet in a text that appeals to the reader: a call to act, terms, prizes, money …"""
    appeals: Floats = np.sum([column.matches(_pattern(kind)) for kind in APPEALS], axis=0, dtype=np.float64)
    candidates = appeals > 0
    some = column.where(candidates)
    others = [some.matches(_pattern(kind)) for kind in CUES if kind not in APPEALS]
    appeals[candidates] += np.sum(others, axis=0, dtype=np.float64)
    return appeals


def _pattern(kind: str) -> str:
    return CUES[kind] if kind == "free" else f"(?i){CUES[kind]}"
