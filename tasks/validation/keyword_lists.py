"""Lists of hashtags, handles, tags or search terms: words for machines, in which nobody says anything.

Four forms. Mostly hashtags or handles. Five short phrases or more between commas, bars or line ends, with next to no
function words, no figures, no names. Nine words and more without any article, pronoun, preposition or auxiliary. And
search terms stuffed into sentences: the same content words again and again, with a shop's vocabulary around them.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

from tasks.validation.text_column import Floats, TextColumn
from tasks.validation.word_order import NEVER_FOLLOWED_BY

ENGLISH = "en"
TAG = r"(?:^|\s)[#＃@][\pL_][\pL\pN_]"
MIN_TAGS = 3
MIN_TAG_SHARE = 0.5
SEPARATOR = r"[,;|•·/\n]"
MIN_ITEMS = 5
MIN_ITEM_WORDS, MAX_ITEM_WORDS = 1.4, 4.0
"""Mean words an item; lists of single words are ingredients, synonyms, fields."""
MAX_CLOSED_SHARE = 0.15
MAX_LIST_CLOSED_SHARE = 0.08
MAX_CAPITALS = 0.3
"""Names have more."""
MAX_FIGURES = 0.2
"""Ingredients, dates and tables have more."""
MIN_BARE_WORDS = 9
SHOP = (
    r"(?i)\b(?:best|cheap|cheapest|buy|buying|online|prices?|deals?|shop|shopping|stores?|sales?|discounts?|reviews?|"
    r"near me|affordable|rated|top rated|for sale|hire)\b"
)
MIN_SHOP_WORDS = 2
MIN_TERM = 3
MIN_REPEATS = 3
MIN_STUFFED_SHARE = 0.2
"""Least share of the words that the repeated ones make up."""
MAX_STUFFED_CLOSED = 0.4
"""Prose has more function words, whatever it repeats."""

_TAG = re.compile(r"[#＃@]\w+")
_SEPARATOR = re.compile(r"[,;|•·\n]|\s[/–-]\s")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_CODE = re.compile(r"[=(){}<>_]|://")
_FIGURE = re.compile(r"\d+")
_SENTENCES = re.compile(r"[.!?;]\s+\S")
_SHOP = re.compile(SHOP)
_OTHERS = (
    "don't can't won't isn't it's i'm you're that's didn't doesn't ain't i'll we'll i've about like after before "
    "over under through between during without within against where why how who whom whose while until since though "
    "let let's may might must shall cannot did does done get got go one two own never always now here again such "
    "too each every both many few much most other another yes up down off out back around"
)
_CLOSED = frozenset(NEVER_FOLLOWED_BY) | frozenset(_OTHERS.split())
"""Articles, pronouns, prepositions, conjunctions, auxiliaries."""


def keyword_list(column: TextColumn, language: str) -> Floats:
    """1 where a text is a list of tags or, by the English function words that it lacks, of search terms."""
    tagged = column.counts(TAG, needs="#＃@") >= MIN_TAGS
    if language != ENGLISH:
        return column.measure_where(tagged, lambda text: float(_is_tags(text)))
    words = column.words
    closed = words.total(words.known(_CLOSED))
    terse = closed <= MAX_CLOSED_SHARE * words.counts
    num_separators = column.among(terse, lambda texts: texts.counts(SEPARATOR))
    listed = terse & ((num_separators >= MIN_ITEMS - 1) | (words.counts >= MIN_BARE_WORDS))
    shop = (words.counts >= MIN_BARE_WORDS) & column.matches(SHOP)
    return column.measure_where(listed | shop | tagged, _is_keyword_list)


def _is_keyword_list(text: str) -> float:
    words = [word.replace("’", "'") for word in _WORD.findall(text)]
    return float(_is_tags(text) or (bool(words) and (_is_terms(text, words) or _is_stuffed(text, words))))


def _is_tags(text: str) -> bool:
    tokens = text.split()
    tags = sum(bool(_TAG.match(token)) for token in tokens)
    return tags >= MIN_TAGS and tags >= MIN_TAG_SHARE * len(tokens)


def _is_terms(text: str, words: list[str]) -> bool:
    lower = [word.lower() for word in words]
    capitals = sum(word[0].isupper() for word in words)
    is_named = capitals > MAX_CAPITALS * len(words) and len(_SHOP.findall(text)) < MIN_SHOP_WORDS
    if is_named or _CODE.search(text) or len(_FIGURE.findall(text)) > MAX_FIGURES * len(words):
        return False
    closed = sum(word in _CLOSED for word in lower)
    num_items = sum(bool(item.strip()) for item in _SEPARATOR.split(text))
    if len(words) < MIN_ITEM_WORDS * num_items:
        return False
    if closed == 0 and len(words) >= MIN_BARE_WORDS and not _SENTENCES.search(text):
        return True
    is_list = num_items >= MIN_ITEMS and len(words) <= MAX_ITEM_WORDS * num_items
    return is_list and closed <= MAX_LIST_CLOSED_SHARE * len(words)


def _is_stuffed(text: str, words: list[str]) -> bool:
    """Whether the same content words come so often that they are what the text is for."""
    lower = [word.lower() for word in words]
    content = [word for word in lower if word not in _CLOSED and word.isascii() and len(word) >= MIN_TERM]
    if len(lower) < MIN_BARE_WORDS or not content or _CODE.search(text):
        return False
    pairs = [pair for pair in pairwise(lower) if _CLOSED.isdisjoint(pair)]
    num_pairs = max(Counter(pairs).values(), default=0)
    num_words = max(Counter(content).values())
    is_pushed = num_pairs >= MIN_REPEATS and 2 * num_pairs >= MIN_STUFFED_SHARE * len(lower)
    is_pushed |= num_words > MIN_REPEATS and num_words >= MIN_STUFFED_SHARE * len(lower)
    closed = sum(word in _CLOSED for word in lower)
    is_speech = closed > MAX_CLOSED_SHARE * len(lower) or _SENTENCES.search(text)
    return is_pushed and closed <= MAX_STUFFED_CLOSED * len(lower) and (bool(_SHOP.search(text)) or not is_speech)
