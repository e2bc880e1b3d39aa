"""Goods on offer: a price, a button, a stock, a measure, with few of the words that sentences are made of."""

from __future__ import annotations

import re

from tasks.validation.text_column import Bools, TextColumn

SHOP = (
    r"[$£€¥₹] ?\d[\d.,]*\d?\b|\b(?:chf|sek|nok|dkk|kr|zł) ?\d|\b\d[\d,]*(?:[.,]\d\d)? ?(?:€|eur|usd|gbp)\b|"
    r"\b(?:usd|eur|gbp|rs\.?) ?\d",
    r"\badd(?:ed)? to (?:my )?(?:cart|basket|bag|wish ?list|compare|favou?rites)|\bbuy (?:it )?now\b|\bshop "
    r"now\b|\border (?:now|soon|"
    r"today|online)\b|\bview (?:product|cart|basket)|\bquick (?:view|shop|buy)|\b(?:select|choose) options|"
    r"\bpre-?order\b|\bnotify "
    r"me\b|\bcompare\W*$|\bproceed to checkout",
    r"\b(?:in|out of|back in) stock\b(?:\W*$|\W*[.,;:|!(–-])|\bsold out\b|\bonly \d+ left|\bback-?order",
    r"\bships? (?:in|within|free|from|"
    r"to|worldwide)\b|\bdelivery\b:? ?(?:\d|in|within|free)|\bfree (?:\w+ )?(?:shipping|delivery|returns|"
    r"postage)\b|\+ ?shipping|"
    r"\bqty\b|\bquantity ?:|\bdispatched? (?:in|within)|\bavailability ?:|\bshipping (?:weight|cost|info)",
    r"\bsku\b|\bitem ?(?:#|no\b|number|code|model)|\bmodel ?(?:no\b|number|:|#)|\bupc\b|\bean\b ?:|\basin\b|"
    r"\bpart ?(?:no\b|number|#)|"
    r"\bproduct (?:code|details|description|id\b|dimensions|information|type|name)|\bart(?:icle)?\.? ?(?:nr|"
    r"no)\b|\bref\.? ?: ?\w",
    r"\b(?:cotton|polyester|nylon|leather|ceramic|alumini?um|plastic|oak|pine|bamboo|wool|silk|vinyl|rubber|"
    r"acrylic|denim|porcelain)\b|\b(?:pack|"
    r"set|pair|box|bundle) of\b",
    r"\b(?:size|colou?r|material|weight|dimensions?|brand|condition|style|fabric|capacity|finish|width|height|"
    r"voltage|flavou?r|"
    r"manufacturer|warranty|package|pack size|language|pattern|seller|sold by) ?: ?\w|\bsizes? [sml]\b|"
    r"\bdimensions \d|\bweight \d",
    r"\b\d+(?:\.\d+)? ?(?:cm|mm|in|\")? ?[x×] ?\d+(?:\.\d+)?(?: ?[x×] ?\d+(?:\.\d+)?)? ?(?:cm|mm|inch|in|ft|m|"
    r"px)?\b|\b\d+(?:\.\d+)?[ -]?"
    r"(?:ml|oz|kg|lbs?|gb|tb|mah|watts?|cm|mm|inch(?:es)?|pack|piece|pcs|tier|litre|gsm|mp|hz|ghz|ct)\b|\b\d+% "
    r"(?:cotton|polyester|"
    r"wool|leather|linen|silk)",
    r"\bwas:? ?[$£€]\d\S*\W+now\b|\bnow only [$£€]|\bsave:? (?:up to )?(?:\d+%|[$£€]\d+\.\d\d)|\blist price|"
    r"\brrp\b|\bmsrp\b|\b(?:sale|regular|our|unit) price|"
    r"\bprice ?:|\b(?:inc|incl|ex|plus)\.? (?:vat|tax)\b|\d% off\b|\bclearance\b|\bspecial offer|\bon sale\b",
    r"\b\d(?:\.\d)?(?: stars)? ?(?:out of|/) ?5\b|\b\d[\d,]* (?:customer )?(?:reviews?|ratings)\b|★|"
    r"\b\d(?:\.\d)? stars?\b|\bbest ?seller\b",
    r"\bpaperback\b|\bhard(?:cover|back)\b|\bkindle edition|\bstainless steel\b|\bbpa[- ]free|\bmachine wash|"
    r"\b(?:set|pack|box) of \d|"
    r"\bunisex\b|\bbrand new\b|\brefurbished|\bdishwasher safe|"
    r"\b(?:men|women|kid)['’]?s['’]? (?:\w+-)?(?:shirt|t-?shirt|shoes|jacket|watch|dress|boots|sneakers|\w+ fit)|"
    r"\bone size\b|\b\d+ pages\b",
)
"""What offers hold, by kind: price, button, stock, shipping, number, material, property, measure, saving, "
"stars, sort of goods."""
SUPPORTING = frozenset({0, 5, 7})
"""Kinds that prose holds as well: a price and a measure alone are no offer."""
MIN_SHOP_KINDS, MAX_WORDS_A_KIND = 2, 25

LISTED_PRICE = re.compile(
    r"(?:[$£€¥₹] ?\d[\d,]*[.,]\d\d\b|[-–—|,:] ?[$£€¥₹] ?\d+(?=\W*$|\W+[(|–-])|\b\d+[.,]\d\d ?(?:€|eur|usd|gbp))",
    re.IGNORECASE,
)
"""A price to the cent, or at the end; with no words of sentences beside it, it stands in a list of goods."""
SENTENCE_WORD = re.compile(
    r"\b(?:the|a|an|is|was|were|are|be|been|to|that|this|it|he|she|they|we|i|you|his|her|their|my|had|has|have|"
    r"will|would|as|at|but|"
    r"not|who|which|million|billion|trillion|share|shares|revenue|earnings|said|says|cents|percent|from|jumped|"
    r"tumbled|rose|fell|rejected|nasdaq|nyse|gave|loves?|can)\b",
    re.IGNORECASE,
)

_SHOP = tuple(re.compile(kind, re.IGNORECASE) for kind in SHOP)
SHOP_GATE = rf"(?i){'|'.join(kind for place, kind in enumerate(SHOP) if place not in (5, 7))}"


def is_offer(column: TextColumn) -> Bools:
    """Which texts offer goods."""
    offers: Bools = column.measure_where(column.matches(SHOP_GATE), _is_offer) > 0
    return offers


def _is_offer(text: str) -> float:
    kinds = {place for place, kind in enumerate(_SHOP) if kind.search(text)}
    num_words, in_sentences = len(text.split()), len(SENTENCE_WORD.findall(text))
    if not in_sentences and (LISTED_PRICE.search(text) or len(kinds) >= MIN_SHOP_KINDS + 1):
        return 1.0
    dense = num_words <= MAX_WORDS_A_KIND * len(kinds)
    return float(len(kinds) >= MIN_SHOP_KINDS and dense and not kinds <= SUPPORTING)
