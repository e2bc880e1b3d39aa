"""Which damage a word bears: it isn't English, and undoing what a scan, a careless copy or a disguise does makes it so.

Only words that become English count, so names, identifiers and rare words mostly pass. A digit, mark or capital within
a word is no accident; letters that a scan confuses and words grown together may be; a word that is one letter from an
English one counts half.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

from tasks.validation.english_words import WORDS_REMEMBERED, common_words, is_english, is_form
from tasks.validation.gibberish import MAX_WORD_COST, pair_cost

MIN_LETTERS = 3
MIN_SLIP_LETTERS = 5
CERTAIN, LIKELY, SLIP = 2.0, 1.0, 0.5
"""How much a damaged word counts."""

LETTERS_FOR = (
    str.maketrans("013456789@$!|+€", "oieasgtbgasiltc"),
    str.maketrans("013456789@$!|+€", "oleasbtbgaslltc"),
)
"""Digits and marks that stand for letters in a scan or a disguise; 1 is an i or an l."""
_CONFUSED = (
    "rn:m m:rn cl:d d:cl vv:w li:h h:li ii:u ii:n nn:m ni:m in:m ri:n n:ri tl:d ll:u iv:w b:h h:b c:e e:c u:n n:u l:i "
    "i:l l:t t:l f:t t:f y:v v:y o:c c:o o:e a:o q:g g:q j:i s:a"
)
CONFUSED = [(pair.split(":")[0], pair.split(":")[1]) for pair in _CONFUSED.split()]
"""Letters as a scan reads them, and what was printed."""
_JOINS = "the of and to in is was that with for it he his on as at be by are this not but from have"
JOINS = frozenset(_JOINS.split())
"""Words that grow together with their neighbour where a space is lost."""

MIN_DISORDERED = 4
MAX_PAIR_COST = 8.0
"""Letters that are stranger together than any slip makes them (`gibberish.py`) are looked at no further."""
_VOWELS = re.compile(r"[aeiou]")
_FREQUENT = (
    "the and that this with for have from they their there then than what when where which while who will would "
    "been before because could should about into only some such very were was are not but you your his her him has "
    "had one more most other can our out over"
)
FREQUENT = frozenset(_FREQUENT.split())
"""Words that stand in nearly every text: what a scan makes of them is no word."""
_OUTER = "\"“”‘’'`()[]{}<>.,;:!?…—–-*_~&"
_MARKED = re.compile(r"(?=.*[A-Za-z])(?=.*[0-9@$!|+€])[A-Za-z0-9@$!|+€]{3,}")
_NUMBERED = re.compile(r"\d+[a-z]{1,2}|[a-z]{1,3}\d+|[a-z]+\d{2,}")
"""60th, 5s, 20k; md5, log10."""
_DIGIT_WITHIN = re.compile(r"(?=.{5})[A-Za-z][a-z]*[0135][a-z]{2,}")
"""R0man, and other names that no list has."""
_MIXED_CASE = re.compile(r"[A-Za-z]*[a-z][A-Z][A-Za-z]*|[A-Z]{2,}[a-z]{2,}")
_NAME = re.compile(r"(?:Mac|Mc|Fitz|De|Di|Du|La|Le|Van)[A-Z][a-z]+")
"""MacLeod, DeVito: a capital within is how they are written."""
_INNER_MARK = re.compile(r"([A-Za-z]+)[^\w\s’\-/&@]+([A-Za-z]+)")
_CONTRACTED = re.compile(r"'[a-z]{1,2}$")
"""God's, dimm'd, mean'st."""


def damage(text: str) -> dict[str, float]:
    """The damaged words of a text, each once, and how much each counts."""
    raw = text.replace("’", "'").split()
    tokens = [token.strip(_OUTER) for token in raw]
    found: dict[str, float] = {}
    skipped = -1
    for place, token in enumerate(tokens):
        if place == skipped:
            continue
        counts = word_damage(token)
        following = tokens[place + 1] if place + 1 < len(tokens) else ""
        if counts <= SLIP and following.islower() and following.isalpha() and _is_split(raw[place], token, following):
            counts = CERTAIN if raw[place].endswith("-") else LIKELY
            token, skipped = f"{token} {following}", place + 1
        if counts:
            found[token.lower()] = counts
    return found


@lru_cache(maxsize=WORDS_REMEMBERED)
def word_damage(token: str) -> float:
    """How much a token counts as damaged, 0 where it is sound or simply unknown."""
    lower = token.lower()
    if len(token) < MIN_LETTERS - 1:
        return 0.0
    if not token.isascii():
        plain = without_accents(lower)
        num_odd = sum(not c.isascii() for c in token)
        return LIKELY * (num_odd > 0 and plain.isascii() and len(plain) > MIN_LETTERS and is_english(plain))
    if token.isalpha():
        return _letters_damage(token, lower)
    if _MARKED.fullmatch(token):
        return CERTAIN if _is_disguised(lower) else LIKELY * bool(_DIGIT_WITHIN.fullmatch(token))
    parts = _INNER_MARK.fullmatch(token)
    if parts and not is_english(lower) and len(lower) > MIN_LETTERS + 1 and not _CONTRACTED.search(lower):
        first, second = parts[1].lower(), parts[2].lower()
        return LIKELY * (is_english(first + second) and not (is_english(first) and is_english(second)))
    return 0.0


@lru_cache(maxsize=WORDS_REMEMBERED)
def most_damage(word: str) -> float:
    """A bound on what a lower-case word can count for, without trying what it might have been."""
    if is_english(word):
        return 0.0
    return CERTAIN if not word.isalpha() or is_misread(word) else LIKELY


def without_accents(word: str) -> str:
    """The word's base letters."""
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))


def _letters_damage(token: str, lower: str) -> float:
    if is_english(lower):
        is_mixed = len(token) >= MIN_LETTERS and bool(_MIXED_CASE.fullmatch(token))
        return LIKELY * (is_mixed and not _NAME.fullmatch(token))
    if "I" in token and not token.isupper() and is_english(token.replace("I", "l").lower()):
        return CERTAIN if "I" in token[1:] else LIKELY  # Iain
    if lower[1:] != token[1:]:
        return 0.0
    if token.istitle() and len(token) >= MIN_LETTERS and is_misread(lower):
        return LIKELY
    if not token.islower() or pair_cost(lower) > MAX_PAIR_COST * (len(lower) - 1) + MAX_WORD_COST[1]:
        return 0.0
    if is_misread(token) and len(token) >= MIN_LETTERS:
        return CERTAIN
    if any(_is_common(printed) for printed in _confused(token)) or _is_joined(token) or _is_disordered(token):
        return LIKELY
    return SLIP * (_is_slip(token) or _is_compound(token))


def _is_common(word: str) -> bool:
    """`is_english` without a memory, for the many that are tried once."""
    return is_form(word, common_words())


def _is_disguised(lower: str) -> bool:
    if _NUMBERED.fullmatch(lower) or is_english(lower.rstrip("0123456789!+$|")):
        return False
    enough = sum(c.isalpha() for c in lower) * 2 >= len(lower)
    readings = (lower.translate(table) for table in LETTERS_FOR)
    return enough and any(word.isalpha() and is_english(word) for word in readings)


def is_misread(word: str) -> bool:
    """Whether a scan makes this of one of the most frequent words."""
    return word in _misread_frequent()


@lru_cache(maxsize=1)
def _misread_frequent() -> frozenset[str]:
    """What a scan makes of the most frequent words."""
    pairs = [(printed, read) for read, printed in CONFUSED]
    return frozenset(misread for word in FREQUENT for misread in _replaced(word, pairs))


def _confused(word: str) -> Iterator[str]:
    """What may have been printed where a scan read this."""
    return _replaced(word, CONFUSED)


def _replaced(word: str, pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    for old, new in pairs:
        at = word.find(old)
        while at >= 0:
            yield word[:at] + new + word[at + len(old) :]
            at = word.find(old, at + 1)


def _is_joined(word: str) -> bool:
    return any(
        (word[:at] in JOINS and _is_common(word[at:])) or (word[at:] in JOINS and word[:at] in common_words())
        for at in range(2, len(word) - 2)
    )


def _is_disordered(word: str) -> bool:
    """Whether the letters of a common word stand here backwards, exchanged or shuffled within, or without vowels."""
    if len(word) < MIN_DISORDERED:
        return False
    if word[::-1] in common_words() or (word[0], word[-1], "".join(sorted(word))) in _letters_of_words():
        return True
    swaps = (word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1))
    return any(map(_is_common, swaps)) or (not _VOWELS.search(word) and word in _consonants_of_words())


@lru_cache(maxsize=1)
def _letters_of_words() -> frozenset[tuple[str, str, str]]:
    """First, last and all letters of every common word of five letters or more."""
    words = (word for word in common_words() if len(word) > MIN_DISORDERED)
    return frozenset((word[0], word[-1], "".join(sorted(word))) for word in words)


@lru_cache(maxsize=1)
def _consonants_of_words() -> frozenset[str]:
    return frozenset(_VOWELS.sub("", word) for word in common_words())


def _is_compound(word: str) -> bool:
    """Whether two words of three letters or more have grown together; many such compounds are words."""
    return any(
        _is_common(word[:at]) and _is_common(word[at:]) for at in range(MIN_LETTERS, len(word) - MIN_LETTERS + 1)
    )


def _is_split(raw: str, first: str, second: str) -> bool:
    """Whether a word stands here in two pieces: `th ought`, `exam- ple`."""
    first = first.lower()
    is_hyphenated = raw.endswith("-") and len(first) > 1
    if (is_english(first) and is_english(second) and not is_hyphenated) or not (first + second).isalpha():
        return False
    is_whole = len(first + second) > MIN_LETTERS and (is_hyphenated or raw.isalpha())
    return is_whole and is_english(first + second)


def _is_slip(word: str) -> bool:
    """Whether a letter added, dropped or changed makes a common word, by the pieces that both leave (SymSpell)."""
    for ending in ("", "s", "ed", "ing", "ly"):
        stem = word.removesuffix(ending)
        if len(stem) >= MIN_SLIP_LETTERS - 1 and len(stem) + len(ending) == len(word) >= MIN_SLIP_LETTERS:
            pieces = {stem[:at] + stem[at + 1 :] for at in range(len(stem))}
            known = _pieces_of_words()
            if stem in known or not pieces.isdisjoint(known) or not pieces.isdisjoint(common_words()):
                return True
    return False


@lru_cache(maxsize=1)
def _pieces_of_words() -> frozenset[str]:
    """Every common word of five letters or more with one letter left out."""
    words = (word for word in common_words() if len(word) >= MIN_SLIP_LETTERS)
    return frozenset(word[:at] + word[at + 1 :] for word in words for at in range(len(word)))
