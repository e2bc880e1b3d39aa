"""Spam and advertisements: texts that want something done for money.

No single word makes an advertisement ("free", "won" and "call" are all in good prose), so the signal counts how many
*kinds* of sales talk meet in a text. One compiled pattern a kind looks at all rows.
"""

from __future__ import annotations

import numpy as np

from tasks.validation.text_column import Bools, Floats, TextColumn

CUES = {
    "prize": r"\bwin (?:a (?:free |brand new |new )|an i|big\b|cash|up to)|\b(?:you(?:'ve| have)?|u|"
    r"ur) (?:have )?(?:been )?(?:specially )?(?:won|win|selected|chosen|awarded)\b|\b(?:claim|collect|"
    r"redeem)(?:s|ing)? (?:your|ur|this|the|now|code|is)\b|\bawaiting? collection|\b(?:prize|jackpot|voucher|"
    r"giveaway|lottery|winner|lucky|congrat(?:s|ulations)|complimentary|guaranteed)\b|\b(?:chance|entry|"
    r"entered) (?:to|2|for|into)\b",
    "money": r"[£$€] ?\d|\b\d+ ?(?:pounds|dollars|euros|cash|p\b|% off)|\bcash\b|\bper ?cent off\b|\bdiscount|"
    r"\bhalf price|\bbonus\b|\bcredits?\b|\bloans?\b",
    "call": r"\b(?:call|phone|ring|dial)\b(?: \w+){0,4}[: ]+\+?\d[\d -]{4,}|\bcall (?:now|free|today|back)\b|\b(?:txt|"
    "text|send|reply|msg|sms)\\b(?: with| back)?(?: [\\\"']?\\w+[\\\"']?){1,4} (?:to|2) \\d{4,}|"
    "\\breply (?:with )?(?:[\\\"']?(?:yes|no|stop|y|n)\\b|(?-i:[A-Z]{3,}))|\\b(?:txt|text) (?:now|stop|back)\\b|"
    r"\b(?:visit (?:us|our|http|www)|go ?to (?:http|www|\w+\.(?:com|net|co))|log on ?to|order (?:now|online|"
    r"today)|apply now|shop now|buy now|sign up now)\b|\bclick(?:ing)? (?:here|below|now|this|on the|"
    r"the (?:link|button)|following)|\b(?:the |this |following )link (?:below|to|now)\b|\bfollowing link\b|"
    r"\b(?:sign up|register|enrol+|join|subscribe|download|order|shop|apply|book|start|try|call|dial|visit|"
    r"get (?:yours?|it|started)|buy|spin|play|refinance) (?:now|today|here|online|tonight|free|instantly)\b|"
    r"\b(?:order|grab|reserve|download) (?:your|our|yours)\b|\bget your free\b|\b(?:visit|check out|shop|"
    r"browse) (?:our|my|the) (?:store|shop|web ?site|site|page|profile|collection|channel|app)\b|"
    r"\bdownload (?:our|the|my) app\b|\bask me how\b|\bcall me now\b|\bsell your\b|\bwe buy\b|\b(?:order|"
    r"buy) (?:one|yours)\b|\bat checkout\b|\bby answering\b.{0,16}\bquestions\b|\bsign up (?:today|free|below|"
    r"here)\b|\bapply (?:here|today)\b|\bcontact our\b|\btry it (?:risk|free|today|now)\b|\bspin the\b|"
    r"\bplay (?:slots|poker|and win)\b|\bmeet (?:singles|women|girls|beautiful|local|hot)\b|\bunlock your\b|"
    r"\bbuy (?:\w+ ){1,4}(?:now|today|online)\b",
    "free": r"\bFREE\b|\bfree (?:gift|trial|entry|msg|message|text|call|ringtone|sample|delivery|quote|offer|"
    r"consultation|phone|minutes|access|bonus|spins)s?\b|\b(?:100% )?risk[- ]free\b|\bno (?:obligation|"
    r"subscription|credit check|fees?)\b",
    "terms": r"\bt(?:&|n|s ?& ?)cs?(?:'s|s)?\b|\b18\+|\b(?:over|only) 18s?\b|\b18 only\b|\b\d+(?:\.\d+)?p? ?(?:/|per |"
    r"a )(?:min|msg|text|txt)|[£€]\d+(?:\.\d+)?(?:/| per | a )?(?:wk|week|month)\b|\b\d+p(?:pm|/| per | a )|"
    r"\b(?:only|just|costs?|charged) (?:at )?(?:[£€]\d|\d+p\b)|\b\d+ ?ppm\b|\bppm ?\d+\b|\bopt[- ]?out|"
    r"\bunsub|\bstd rate|\bstandard rates?\b|\b(?:to|2) (?:cancel|unsubscribe|opt)\b|\b2 stop\b|"
    r"\bto stop (?:txt|text|send|get|receiving|these|msgs?)|\bstop (?:to|texts|msgs?)\b|"
    r"\b(?:p\.?o\.? ?)?box ?\d+\b|\bwill be charged\b|\bsee website for\b",
    "hurry": r"\b(?:urgent|hurry)\b|\b(?:today|this week|this weekend) only\b|\blast chance\b|\bexpires?\b|"
    r"\bwhile stocks? last|\b(?:don'?t|dont) miss\b|\blimited (?:time|offer|edition|stock)\b|"
    r"\bspecial (?:offer|deal|promotion)\b|\b(?:new|unread) (?:voice ?|video )?(?:message|msg|voicemail)s?\b|"
    r"\bdelivery waiting\b|\bfinal (?:notice|attempt)\b|\bends? (?:tonight|today|soon|midnight|sunday|"
    r"friday)\b|\b(?:final|last|few) (?:hours|days|spots?|chance|seats?)\b|\blimited (?:spots?|seats?|places|"
    r"spaces|quantit\w+|availability|offers?|supply)\b|\bbefore midnight\b|\bonly \d+ (?:left|remaining|"
    r"spots?|seats?)\b|\bact (?:now|fast)\b|\b(?:deal|offer|sale)s? (?:ends?|today|of the day)\b|"
    r"\binstant(?:ly)?\b.{0,12}\b(?:delivery|approval|payment|access)\b|\bamazing (?:deal|offer|price)s?\b|"
    r"\btried to contact\b|\bcustomer service\b",
    "vice": r"\b(?:casino|slots|hot singles|beautiful women|rolex|designer (?:handbags?|watches)|free spins|"
    r"first deposit|web ?site traffic|seo|masterclass|web traffic|viagra|cialis|porn|xxx|sexy|babes?|singles|"
    r"dating|dates? (?:in|near) (?:your|ur)|flirt\w*|weight loss|lose weight|bitcoin|crypto|forex|"
    r"work from home|make money|earn money|passive income|ringtones?|mobile content|wallpapers?|text ?mates?|"
    r"chat ?line|seo services?|payday|mortgage|refinanc\w+|debt)\b",
    "riches": r"\b(?:get rich|rich quick|double your (?:money|bitcoin|income|investment)|(?:earn|make|made|making|"
    r"earning) (?:up to |over |extra )?(?:[£$€] ?\d|\d+ ?k\b|\d[\d,]* (?:dollars|pounds|euros)|(?:easy|extra|"
    r"fast|quick|real) (?:money|cash|income))|from home|be your own boss|own boss|financial freedom|"
    r"guaranteed (?:returns?|profits?|income|results)|daily (?:profits?|signals|returns)|trading signals|"
    r"zero investment|no (?:experience|investment|risk)|million (?:us )?dollars (?:to|into) your|(?:transfer|"
    r"deposit|release) (?:the |this )?(?:funds?|sum|money) (?:to|into) your|our brokers?|investment (?:plan|"
    r"platform)|weekly payouts?|side hustle|referral (?:code|link|bonus))\b",
    "offer": r"\b\d+ ?% (?:off|discount|bonus|cash ?back)|\b(?:promo|coupon|discount|voucher) codes?\b|\buse code\b|"
    r"\bbuy (?:one|1|two|2),? get\b|\bbest (?:prices?|deals?|offers?|rates?|quality)\b|"
    r"\blow(?:est)? (?:prices?|rates?|interest|cost)\b|\b(?:satisfaction|money[- ]back) guarant|"
    r"\bmoney back\b|\bguaranteed or your\b|\b(?:world ?wide|free|fast|discreet|same[- ]day|instant|"
    r"next[- ]day) (?:shipping|delivery|packaging|payment|approval)\b|\b(?:huge|big|mega|summer|winter|"
    r"clearance|flash|black friday) (?:sale|savings?|discounts?|clearance)\b|\bsale ends\b|\bsave (?:up to|"
    r"big|\d+ ?%)|\b(?:for only|for just|now just|starting at|starting from|prices? from) (?:just |"
    r"only )?[£$€] ?\d[\d.,]*\b|\boff (?:retail|your (?:first|next)|selected|everything|all)\b|"
    r"\bwhile (?:supplies|stocks?) last|\bcheap(?:est)? (?:flights?|watch\w*|rolex|\w+ online|tickets?|"
    r"hotels?|insurance|loans?|meds|pills)|\bpremium (?:membership|plan|account|quality)\b|\bno prescription|"
    r"\bleft in stock\b|\bhappy customers\b|\bapproved in\b|\bbad credit\b|\btop dollar\b|"
    r"\bcompetitive pri\w+|\bfree (?:spins?|quote|bottle|demo|ebook|webinar|shipping|returns|consultation|"
    r"gift|trial)\b|\b(?:buy|get|more|free|gain) (?:real )?followers\b",
    "cure": r"\b(?:lose|shed|drop|burn) (?:up to )?\d+ ?(?:pounds|lbs?|kg|inches)\b|\b(?:burns?|"
    r"melts?) (?:\w+ )?fat\b|\bbelly fat\b|\bwrinkles\b|\banti-?aging\b|\b(?:diet|slimming|herbal|miracle|"
    r"enhancement|male) (?:pills?|supplements?|cream|cure|formula|trick)\b|\b(?:this|our|new|"
    r"natural) supplements?\b|\bpharmacy\b|\bdoctors (?:hate|recommend|don't)\b|\bone weird trick\b|"
    r"\bboost your\b|\bhair loss\b|\bwhile you sleep\b|\bketo\b|\bCBD\b|\btestosterone\b|\bdetox\b|"
    r"\bovernight results\b",
    "following": r"\b(?:follow (?:me|us|for)(?: \w+)?(?: on| for| back|$)|follow me|subscribe to (?:my|our)|"
    r"subscribe (?:now|for)|dm (?:me|us|to|for)|(?:message|inbox|whatsapp) (?:me|us) for|message me)\b|"
    r"\blink in (?:my |the )?bio\b|\blike and (?:share|subscribe)\b|\bsmash that\b|\bfollow ?back\b|\bf4f\b|"
    r"\bexclusive (?:pics?|content|videos?|offers?|rewards?|access|deals?)\b|\bthe vip\b|\bon (?:whatsapp|"
    r"telegram)\b|\bjoin (?:our|my|free|thousands|now|today|the vip)\b|\bturn on notifications\b",
    "fans": r"\b(?:my|our|the) (?:you ?tube )?(?:channel|profile|bio|onlyfans|insta(?:gram)?|telegram|whatsapp|"
    r"newsletter|vip)\b|\bthat (?:like|subscribe|bell)\b|\bmore content\b|\b(?:likes?|pics|followers|"
    r"subscribers) (?:and|&)\b|\bgiveaway\b",
    "phishing": r"\byour (?:account|card|mailbox|password|payment|subscription|apple id|parcel|package|"
    r"order)\b[^.!?]{0,30}\b(?:suspended|locked|limited|blocked|expire[sd]?|deactivated|on hold|could not be|"
    r"was not|has been (?:compromised|charged)|returned)\b",
    "demand": r"\b(?:verify|confirm|update|validate) (?:your|the) (?:identity|account|details|password|billing|payment|"
    r"information|address|bank)\b|\bunusual (?:activity|sign)|\bpay a (?:small )?fee\b|\bavoid (?:closure|"
    r"suspension|cancellation)\b|\b(?:to|and) receive it\b|\bdear (?:valued |lucky )?(?:customer|user|"
    r"account holder|beneficiary|winner)\b|\bexclusive reward\b|\bdear (?:friend|sir)[,!:]? i am\b",
    "number": r"\b0[89]\d{2}[ -]?\d{3}[ -]?\d{2,5}\b|\b1?-?(?:800|888|877|866|900)-\d{3}-\d{4}\b",
    "web": r"\bwww\.|https?://|\b[a-z0-9-]+\.(?:com|net|biz|info|co\.uk|tv|us)\b",
}
"""Kinds of sales talk. Case counts for FREE and for the word to reply with."""


APPEALS = (("call", "terms", "free", "number", "following"), ("phishing", "demand", "offer", "riches", "cure"))
"""Kinds that address the reader, those together for which RE2 looks at once. News of money and prizes has none."""


WORDS_A_CUE = 150
"""Long texts meet some cues by chance: one less counts for every so many words."""


def spam_cues(column: TextColumn) -> Floats:
    """How many kinds of sales talk meet in a text that appeals to the reader: a call to act, terms, prizes, money …"""
    appeals: Bools = np.logical_or.reduce([column.matches("|".join(map(_pattern, kinds))) for kinds in APPEALS])
    cues = column.among(appeals, lambda texts: np.sum([texts.matches(_pattern(kind)) for kind in CUES], axis=0))
    size = column.words.counts // WORDS_A_CUE
    return np.maximum(cues - size, 0.0)


def _pattern(kind: str) -> str:
    return f"(?:{CUES[kind]})" if kind == "free" else f"(?i:{CUES[kind]})"
