"""Lists of hashtags, handles, tags or search terms: words for machines, in which nobody says anything.

Four forms. Mostly hashtags or handles. Six short phrases or more between commas, bars or line ends, with next to no
function words, no figures, no names. Nine words and more without any article, pronoun, preposition or auxiliary. And
search terms stuffed into sentences: the same content words again and again, with a shop's vocabulary around them.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

from tasks.validation.function_words import FUNCTION_WORDS
from tasks.validation.text_column import Floats, TextColumn
from tasks.validation.word_order import NEVER_FOLLOWED_BY

TAG = r"(?:^|\s)[#＃@][\pL_][\pL\pN_]"
MIN_TAGS = 3
MIN_TAG_SHARE = 0.5
SEPARATOR = r"[,;|•·/\n]"
MIN_ITEMS = 6
MAX_ITEM_WORDS = 3.0
"""Mean words an item."""
MAX_FUNCTION_SHARE = 0.08
MAX_CAPITALS = 0.3
MIN_BARE_WORDS = 9
SHOP = (
    r"(?i)\b(?:best|cheap|cheapest|buy|buying|online|prices?|deals?|shop|shopping|stores?|sales?|discounts?|reviews?|"
    r"near me|affordable|rated|top rated|for sale|hire)\b"
)
MIN_TERM = 3
MIN_REPEATS = 3
MIN_STUFFED_SHARE = 0.2
"""Least share of the words that the repeated ones make up."""

_TAG = re.compile(r"[#＃@]\w+")
_SEPARATOR = re.compile(r"[,;|•·\n]|\s[/–-]\s")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_FORMAL = re.compile(r"\d.*\d|[=(){}<>_]|://")
"""Figures and code."""
_SHOP = re.compile(SHOP)
_FUNCTION_WORDS = frozenset(FUNCTION_WORDS["en"].split())
_CLOSED = frozenset(NEVER_FOLLOWED_BY) | frozenset(
    "don't can't won't isn't it's i'm you're that's didn't doesn't ain't i'll we'll i've about like after before over "
    "under through between during without within against where why how who whom whose while until since though let "
    "let's may might must shall cannot did does done get got go one two own never always now here again such too each "
    "every both many few much most other another yes down off out".split()
)
"""Articles, pronouns, prepositions, conjunctions, auxiliaries."""


def keyword_list(column: TextColumn) -> Floats:
    """1 where a text is a list of tags or search terms."""
    words = column.words
    closed = words.total(words.known(_CLOSED))
    terse = closed <= MAX_FUNCTION_SHARE * words.counts
    listed = terse & ((column.counts(SEPARATOR) >= MIN_ITEMS - 1) | (words.counts >= MIN_BARE_WORDS))
    return column.measure_where(
        listed | (column.counts(TAG) >= MIN_TAGS) | ((words.counts >= MIN_BARE_WORDS) & column.matches(SHOP)),
        _is_keyword_list,
    )


def _is_keyword_list(text: str) -> float:
    words = _WORD.findall(text)
    return float(_is_tags(text) or _is_terms(text, words) or _is_stuffed(text, words))


def _is_tags(text: str) -> bool:
    tokens = text.split()
    tags = sum(bool(_TAG.match(token)) for token in tokens)
    return tags >= MIN_TAGS and tags >= MIN_TAG_SHARE * len(tokens)


def _is_terms(text: str, words: list[str]) -> bool:
    capitals = sum(word[0].isupper() for word in words)
    if not words or capitals > MAX_CAPITALS * len(words) or _FORMAL.search(text):
        return False
    num_items = sum(bool(item.strip()) for item in _SEPARATOR.split(text))
    functional = sum(word.lower() in _FUNCTION_WORDS for word in words)
    is_list = num_items >= MIN_ITEMS and len(words) <= MAX_ITEM_WORDS * num_items
    return (is_list and functional <= MAX_FUNCTION_SHARE * len(words)) or (
        len(words) >= MIN_BARE_WORDS and _CLOSED.isdisjoint(word.lower().replace("’", "'") for word in words)
    )


def _is_stuffed(text: str, words: list[str]) -> bool:
    """Whether the same content words come so often that they are what the text is for."""
    lower = [word.lower() for word in words]
    content = [word for word in lower if word not in _FUNCTION_WORDS and len(word) >= MIN_TERM]
    if len(lower) < MIN_BARE_WORDS or not content or not _SHOP.search(text):
        return False
    pairs = [pair for pair in pairwise(lower) if not _FUNCTION_WORDS.intersection(pair)]
    word_count = max(Counter(content).values())
    pair_count = max(Counter(pairs).values(), default=0)
    return (pair_count >= MIN_REPEATS and 2 * pair_count >= MIN_STUFFED_SHARE * len(lower)) or (
        word_count > MIN_REPEATS and word_count >= MIN_STUFFED_SHARE * len(lower)
    )
