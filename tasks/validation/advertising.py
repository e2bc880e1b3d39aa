"""Spam and advertisements: texts that want something done for money.

No single word makes an advertisement ("free", "won" and "call" are all in good prose), so the signal counts how many
*kinds* of sales talk meet in a text. One compiled pattern a kind looks at all rows.
"""

from __future__ import annotations

import numpy as np

from tasks.validation.text_column import Floats, TextColumn

CUES = {
    "prize": r"\bwin (?:a (?:free |brand new |new )|an i|big\b|cash|up to)|\b(?:you(?:'ve| have)?|u|ur) (?:have )?(?:been )?(?:specially )?(?:won|win|selected|chosen|awarded)\b|"
    r"\b(?:claim|collect|redeem)(?:s|ing)? (?:your|ur|this|the|now|code|is)\b|\bawaiting? collection|"
    r"\b(?:prize|jackpot|voucher|giveaway|lottery|winner|lucky|congrat(?:s|ulations)|complimentary|guaranteed)\b|"
    r"\b(?:chance|entry|entered) (?:to|2|for|into)\b",
    "money": r"[£$€] ?\d|\b\d+ ?(?:pounds|dollars|euros|cash|p\b|% off)|\bcash\b|\bper ?cent off\b|\bdiscount|"
    r"\bhalf price|"
    r"\bbonus\b|\bcredits?\b|\bloans?\b",
    "call": r"\b(?:call|phone|ring|dial)\b(?: \w+){0,4}[: ]+\+?\d[\d -]{4,}|\bcall (?:now|free|today|back)\b|"
    r"\b(?:txt|text|send|reply|msg|sms)\b(?: with| back)?(?: [\"']?\w+[\"']?){1,4} (?:to|2) \d{4,}|"
    r"\breply (?:with )?(?:[\"']?(?:yes|no|stop|y|n)\b|(?-i:[A-Z]{3,}))|\b(?:txt|text) (?:now|stop|back)\b|"
    r"\b(?:visit (?:us|our|http|www)|go ?to (?:http|www|\w+\.(?:com|net|co))|log on ?to|order (?:now|online|"
    r"today)|apply now|shop now|buy now|sign up now)\b|"
    r"\bclick(?:ing)? (?:here|below|now|this|on the|the (?:link|button)|following)|\b(?:the |this |following )link (?:below|"
    r"to|now)\b|\bfollowing link\b|\b(?:sign up|register|enrol+|join|subscribe|download|order|shop|apply|book|start|try|"
    r"call|dial|visit|get (?:yours?|it|started)|buy|spin|play|refinance) (?:now|today|here|online|"
    r"tonight|free|instantly)\b|\b(?:order|grab|reserve|download) (?:your|our|yours)\b|\bget your free\b|"
    r"\b(?:visit|check out|shop|browse) (?:our|my|the) (?:store|shop|web ?site|site|page|profile|collection|channel|"
    r"app)\b|\bdownload (?:our|the|my) app\b|\bask me how\b|\bcall me now\b|\bsell your\b|"
    r"\bwe buy\b|\b(?:order|buy) (?:one|yours)\b|\bat checkout\b|\bby answering\b.{0,16}\bquestions\b|\bsign up (?:today|free|below|here)\b|"
    r"\bapply (?:here|today)\b|\bcontact our\b|\btry it (?:risk|free|today|now)\b|\bspin the\b|\bplay (?:slots|poker|and win)\b|"
    r"\bmeet (?:singles|women|girls|beautiful|local|hot)\b|\bunlock your\b|\bbuy (?:\w+ ){1,4}(?:now|today|online)\b",
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
    r"\bends? (?:tonight|today|soon|midnight|sunday|friday)\b|\b(?:final|last|few) (?:hours|days|spots?|chance|seats?)\b|"
    r"\blimited (?:spots?|seats?|places|spaces|quantit\w+|availability|offers?|supply)\b|\bbefore midnight\b|"
    r"\bonly \d+ (?:left|remaining|spots?|seats?)\b|\bact (?:now|fast)\b|\b(?:deal|offer|sale)s? (?:ends?|today|of the day)\b|"
    r"\binstant(?:ly)?\b.{0,12}\b(?:delivery|approval|payment|access)\b|\bamazing (?:deal|offer|price)s?\b|"
    r"\btried to contact\b|\bcustomer service\b",
    "vice": r"\b(?:casino|slots|hot singles|beautiful women|rolex|designer (?:handbags?|watches)|free spins|first deposit|"
    r"web ?site traffic|seo|masterclass|web traffic|viagra|cialis|porn|xxx|sexy|babes?|singles|dating|dates? (?:in|near) (?:your|ur)|flirt\w*|"
    r"weight loss|lose weight|bitcoin|crypto|forex|work from home|make money|earn money|passive income|"
    r"ringtones?|mobile content|wallpapers?|text ?mates?|chat ?line|seo services?|"
    r"payday|mortgage|refinanc\w+|debt)\b",
    "riches": r"\b(?:get rich|rich quick|double your (?:money|bitcoin|income|investment)|(?:earn|make|made|making|earning) "
    r"(?:up to |over |extra )?(?:[£$€] ?\d|\d+ ?k\b|\d[\d,]* (?:dollars|pounds|euros)|(?:easy|extra|fast|quick|real) (?:money|"
    r"cash|income))|from home|be your own boss|own boss|financial freedom|guaranteed (?:returns?|profits?|income|"
    r"results)|daily (?:profits?|signals|returns)|trading signals|zero investment|no (?:experience|investment|risk)|"
    r"million (?:us )?dollars (?:to|into) your|(?:transfer|deposit|release) (?:the |this )?(?:funds?|sum|money) (?:to|into) your|our brokers?|"
    r"investment (?:plan|platform)|weekly payouts?|side hustle|referral (?:code|link|bonus))\b",
    "offer": r"\b\d+ ?% (?:off|discount|bonus|cash ?back)|\b(?:promo|coupon|discount|voucher) codes?\b|\buse code\b|"
    r"\bbuy (?:one|1|two|2),? get\b|\bbest (?:prices?|deals?|offers?|rates?|quality)\b|\blow(?:est)? (?:prices?|rates?|"
    r"interest|cost)\b|\b(?:satisfaction|money[- ]back) guarant|\bmoney back\b|\bguaranteed or your\b|\b(?:world ?wide|"
    r"free|fast|discreet|same[- ]day|instant|next[- ]day) (?:shipping|delivery|packaging|payment|approval)\b|"
    r"\b(?:huge|big|mega|summer|winter|clearance|flash|black friday) (?:sale|savings?|discounts?|clearance)\b|"
    r"\bsale ends\b|\bsave (?:up to|big|\d+ ?%)|\b(?:for only|for just|now just|starting at|starting from|prices? from) (?:just |only )?[£$€] ?\d[\d.,]*\b|"
    r"\boff (?:retail|your (?:first|next)|selected|everything|all)\b|\bwhile (?:supplies|stocks?) last|"
    r"\bcheap(?:est)? (?:flights?|watch\w*|rolex|\w+ online|tickets?|hotels?|insurance|loans?|meds|pills)|\bpremium (?:membership|plan|account|quality)\b|\bno prescription|\bleft in stock\b|\bhappy customers\b|"
    r"\bapproved in\b|\bbad credit\b|\btop dollar\b|\bcompetitive pri\w+|\bfree (?:spins?|quote|bottle|demo|"
    r"ebook|webinar|shipping|returns|consultation|gift|trial)\b|\b(?:buy|get|more|free|gain) (?:real )?followers\b",
    "cure": r"\b(?:lose|shed|drop|burn) (?:up to )?\d+ ?(?:pounds|lbs?|kg|inches)\b|\b(?:burns?|melts?) (?:\w+ )?fat\b|\bbelly fat\b|"
    r"\bwrinkles\b|\banti-?aging\b|\b(?:diet|slimming|herbal|miracle|enhancement|male) (?:pills?|supplements?|cream|"
    r"cure|formula|trick)\b|\b(?:this|our|new|natural) supplements?\b|\bpharmacy\b|\bdoctors (?:hate|recommend|don't)\b|\bone weird trick\b|"
    r"\bboost your\b|\bhair loss\b|\bwhile you sleep\b|\bketo\b|\bCBD\b|\btestosterone\b|\bdetox\b|\bovernight results\b",
    "following": r"\b(?:follow (?:me|us|for)(?: \w+)?(?: on| for| back|$)|follow me|subscribe to (?:my|our)|subscribe (?:now|for)|dm (?:me|us|to|for)|(?:message|inbox|whatsapp) (?:me|us) for|message me)\b|"
    r"\blink in "
    r"(?:my |the )?bio\b|\blike and (?:share|subscribe)\b|\bsmash that\b|\bfollow ?back\b|\bf4f\b|"
    r"\bexclusive (?:pics?|content|videos?|offers?|rewards?|access|deals?)\b|\bthe vip\b|\bon (?:whatsapp|telegram)\b|"
    r"\bjoin (?:our|my|free|thousands|now|today|the vip)\b|\bturn on notifications\b",
    "fans": r"\b(?:my|our|the) (?:you ?tube )?(?:channel|profile|bio|onlyfans|insta(?:gram)?|telegram|whatsapp|newsletter|vip)\b|"
    r"\bthat (?:like|subscribe|bell)\b|\bmore content\b|\b(?:likes?|pics|followers|subscribers) (?:and|&)\b|\bgiveaway\b",
    "phishing": r"\byour (?:account|card|mailbox|password|payment|subscription|apple id|parcel|package|order)\b[^.!?]{0,30}"
    r"\b(?:suspended|locked|limited|blocked|expire[sd]?|deactivated|on hold|could not be|was not|has been (?:compromised|"
    r"charged)|returned)\b",
    "demand": r"\b(?:verify|confirm|update|validate) (?:your|the) (?:identity|account|details|password|billing|"
    r"payment|information|address|bank)\b|\bunusual (?:activity|sign)|"
    r"\bpay a (?:small )?fee\b|\bavoid (?:closure|suspension|cancellation)\b|\b(?:to|and) receive it\b|"
    r"\bdear (?:valued |lucky )?(?:customer|user|account holder|beneficiary|winner)\b|\bexclusive reward\b|"
    r"\bdear (?:friend|sir)[,!:]? i am\b",
    "number": r"\b0[89]\d{2}[ -]?\d{3}[ -]?\d{2,5}\b|\b1?-?(?:800|888|877|866|900)-\d{3}-\d{4}\b",
    "web": r"\bwww\.|https?://|\b[a-z0-9-]+\.(?:com|net|biz|info|co\.uk|tv|us)\b",
}
"""Kinds of sales talk. Case counts for FREE and for the word to reply with."""


APPEALS = ("call", "terms", "free", "number", "following", "phishing", "demand", "offer", "riches", "cure")
"""Kinds that address the reader. News of money and prizes has none of them."""


WORDS_A_CUE = 150
"""Long texts meet some cues by chance: one less counts for every so many words."""


def spam_cues(column: TextColumn) -> Floats:
    """How many kinds of sales talk meet in a text that appeals to the reader: a call to act, terms, prizes, money …"""
    appeals: Floats = np.sum([column.matches(_pattern(kind)) for kind in APPEALS], axis=0, dtype=np.float64)
    candidates = appeals > 0
    some = column.where(candidates)
    others = [some.matches(_pattern(kind)) for kind in CUES if kind not in APPEALS]
    appeals[candidates] += np.sum(others, axis=0, dtype=np.float64)
    size = column.words.counts // WORDS_A_CUE
    return np.maximum(appeals - size, 0.0)


def _pattern(kind: str) -> str:
    return CUES[kind] if kind == "free" else f"(?i){CUES[kind]}"
