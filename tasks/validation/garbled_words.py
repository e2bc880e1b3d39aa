"""Running text whose words are spoilt: by a bad scan, by typing, by a code, by digits and marks for letters.

Two measures. The share of a text's lower-case words that aren't English (`english_words.py`): in running text it is
3 %, and over a half where words are spelt backwards, enciphered, robbed of their vowels or mistyped all through. And
the share that bears a mark of damage (`word_damage.py`). Python looks only at rows that have enough unknown words.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa

from tasks.validation.english_words import is_english
from tasks.validation.text_column import COMPILED, Floats, TextColumn, divide, translated
from tasks.validation.word_damage import (
    LIKELY,
    MIN_LETTERS,
    damage,
    is_misread,
    most_damage,
    without_accents,
    word_damage,
)

ENGLISH = "en"
MIN_UNKNOWN = 4
"""Fewest unknown words for their share to mean something."""
MIN_UNKNOWN_SHARE = 0.2
MIN_DAMAGE = 2.0
"""One odd word is a name or a slip of the pen, unless a digit or a capital within it says that it isn't."""
MIN_ODD_SHARE = 0.04
"""Less than any contract asks."""
ODD = r"\p{Ll}\p{Lu}|\p{Lu}{2}\p{Ll}{2}|\pL[@$!|€*^~;:`´¦¬•]\p{Ll}|\p{Ll}{2}[.,]\p{Ll}{2}|\p{Ll}- \p{Ll}"
"""Capitals and marks within a word, a word cut by a hyphen: what the words alone don't show."""

_RUN = re.compile(r"[^\W_]+")
_RUN_BYTES = bytes(byte if chr(byte).isalnum() else ord(" ") for byte in range(256))
_WORD = re.compile(r"(?<![\w'@#/.\\-])[^\W\d_]+(?:'[a-z]+)?(?![\w@/\\]|[-.'][a-z])")
"""A word on its own: no part of a name with a dot, a path or a compound."""


def unknown_word_fraction(column: TextColumn, language: str) -> Floats:
    """Share of the words in lower case that aren't English; 0 for few words and for contracts of other languages."""
    if language != ENGLISH:
        return np.zeros(len(column))
    return column.measure_where(_unknown_share(column) >= MIN_UNKNOWN_SHARE, _unknown_lower)


def damaged_word_fraction(column: TextColumn, language: str) -> Floats:
    """Share of the words that become English when a usual damage is undone; 0 where it may be chance."""
    if language != ENGLISH:
        return np.zeros(len(column))
    words = column.words
    enough = np.maximum(MIN_DAMAGE, MIN_ODD_SHARE * words.counts)
    most = np.fromiter(map(most_damage, words.vocabulary), float, len(words.vocabulary))
    gate = words.total(most) >= enough
    suspects = np.flatnonzero(np.bincount(words.codes[gate[words.rows]], minlength=len(most)) * most)
    as_written = _runs(column.where(gate).texts)
    most[suspects] = [_possible_damage(words.vocabulary[place], as_written) for place in suspects.tolist()]
    gate &= words.total(most) >= enough
    return column.measure_where(gate | column.matches(ODD), _damaged_share)


def _runs(texts: pa.Array) -> set[str]:
    """The texts' runs of letters and digits as they are written; a byte table finds those of ASCII."""
    is_ascii = COMPILED.string_is_ascii(texts)
    plain = COMPILED.ascii_split_whitespace(translated(texts.filter(is_ascii), _RUN_BYTES)).flatten()
    others = "\n".join(texts.filter(COMPILED.invert(is_ascii)).to_pylist())
    return {*plain.unique().to_pylist(), *_RUN.findall(others)}


def _possible_damage(word: str, as_written: set[str]) -> float:
    """The most that a word of the column's lower-case words can count for; a piece of a word counts fully.

    Args:
        word: In lower case, whatever the texts have.
        as_written: The texts' words. What stands there with a capital only is a name, or a frequent word misread.
    """
    if word.isalpha() and (len(word) < MIN_LETTERS or word not in as_written):
        return LIKELY if len(word) < MIN_LETTERS or is_misread(word) else 0.0
    return word_damage(word.replace("’", "'"))


def _unknown_share(column: TextColumn) -> Floats:
    """Share of each row's words that aren't English, names among them."""
    words = column.words
    known = (is_english(word.replace("’", "'")) for word in words.vocabulary)
    unknown = ~np.fromiter(known, bool, len(words.vocabulary))
    return divide(words.total(unknown), words.counts)


def _unknown_lower(text: str) -> float:
    words = [word for word in _WORD.findall(text.replace("’", "'")) if len(word) >= MIN_LETTERS and word.islower()]
    unknown = sum(not is_english(word) and not is_english(_plain(word)) for word in words)
    return unknown / len(words) if unknown >= MIN_UNKNOWN else 0.0


def _plain(word: str) -> str:
    return word if word.isascii() else without_accents(word)


def _damaged_share(text: str) -> float:
    total = sum(damage(text).values())
    return total / len(text.split()) if total >= MIN_DAMAGE else 0.0
