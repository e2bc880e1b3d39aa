"""Keyboard mash, random strings and encoded bytes among words.

A word is judged by its letter pairs, against a table written by hand of which letter readily follows which in the
languages of Europe and in transliterated names; and by runs of neighbouring keys. It takes a word of at least
`MIN_LETTERS` letters, so initials and acronyms are never judged alone; the words of a text are also judged together.
Encoded bytes (base64, hashes) show by how often they switch between cases and digits. Each distinct word is judged
once; encoded runs are looked for only in rows that have a run of `ENCODED_LENGTH` characters.

Thresholds: chosen so that names and loan words of a dozen languages stay below them, see `data_contracts/README.md`.
"""

from __future__ import annotations

import re

import numpy as np

from tasks.validation.text_column import Bools, Floats, TextColumn, Words, divide

MIN_LETTERS = 6
MAX_ODD_FRACTION = 0.3
"""Share of odd letter pairs from which on a word is gibberish."""
MIN_WORD = 3
MIN_TEXT_PAIRS = 16
MAX_ODD_TEXT = 0.16
"""Share of odd pairs in a text's words of `MIN_WORD` letters or more; 99.9 % of ten languages' sentences have less."""
MIN_KEY_RUN = 4
"""Neighbouring keys in a row, such as `sdfg`; a word made of them by half is keyboard mash."""
ENCODED_LENGTH = 16
MIN_HUMPS = 0.4
"""Humps (`Camel`, `camel`, `CAMEL`, `42`) per character in encoded bytes; identifiers have fewer than 0.3."""

FOLLOWERS = {
    "a": "abcdefghijklmnprstuvwxyz",
    "b": "aeilorsuybt",
    "c": "aehiklorstuyc",
    "d": "adeghilnorsuvyw",
    "e": "abcdefghiklmnopqrstuvwxyz",
    "f": "aefilorstuy",
    "g": "aeghilnorsuygt",
    "h": "aeilnorstuymw",
    "i": "abcdefghjklmnopqrstvxziu",
    "j": "adefiklmnopstuvz",
    "k": "aehiklnorstuyw",
    "l": "abcdefgiklmoprstuvyh",
    "m": "abeimnopsuyf",
    "n": "acdefghijklnoqrstuvyz",
    "o": "abcdefghijklmnoprstuvwxyz",
    "p": "aehilmoprstuy",
    "q": "u",
    "r": "abcdefghiklmnopqrstuvyzw",
    "s": "acehiklmnopqrstuwyz",
    "t": "acehilmorstuwyzv",
    "u": "abcdefgijklmnoprstuvwxyz",
    "v": "aeiory",
    "w": "aehilnorsk",
    "x": "aceioptuy",
    "y": "abcdegilmnoprstw",
    "z": "aehioluyzw",
}
KEY_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "poiuytrewq", "lkjhgfdsa", "mnbvcxz")
ENCODED = rf"[A-Za-z0-9+/=]{{{ENCODED_LENGTH},}}"
_ENCODED = re.compile(ENCODED)
_HUMP = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_LETTERS = re.compile(r"[a-z]+")
_PAIRS = frozenset(first + second for first, seconds in FOLLOWERS.items() for second in seconds)
_KEY_RUNS = frozenset(row[i : i + MIN_KEY_RUN] for row in KEY_ROWS for i in range(len(row) - MIN_KEY_RUN + 1))


def gibberish_fraction(column: TextColumn) -> Floats:
    """Share of the letters and digits that lie in gibberish words or encoded bytes; 1 where the whole text is odd."""
    words = column.words
    lengths = np.fromiter(map(len, words.vocabulary), float, len(words.vocabulary))
    is_gibberish = np.fromiter(map(is_gibberish_word, words.vocabulary), bool, len(words.vocabulary))
    size = words.total(lengths)
    encoded = column.measure_where(column.matches(ENCODED), _encoded_length)
    share = divide(np.maximum(words.total(lengths * is_gibberish), encoded), size)
    return np.minimum(np.where(_is_odd_text(words), 1.0, share), 1.0)


def _is_odd_text(words: Words) -> Bools:
    """Texts too many of whose letter pairs are odd, though no word alone may be long enough to tell."""
    judged = [word if len(word) >= MIN_WORD and word.isascii() and word.isalpha() else "" for word in words.vocabulary]
    pairs = np.fromiter((max(len(word) - 1, 0) for word in judged), float, len(judged))
    odd = np.fromiter(map(odd_pairs, judged), float, len(judged))
    return (words.total(pairs) >= MIN_TEXT_PAIRS) & (words.total(odd) >= MAX_ODD_TEXT * words.total(pairs))


def odd_pairs(word: str) -> int:
    """How many of a lower-case word's letter pairs the languages in the table avoid."""
    return sum(word[i : i + 2] not in _PAIRS for i in range(len(word) - 1))


def is_gibberish_word(word: str) -> bool:
    """Whether a lower-case word looks typed at random. Letters outside a to z split it."""
    if len(word) < MIN_LETTERS or not word.isascii():
        return False
    part = max(_LETTERS.findall(word), key=len, default="").removeprefix("mc")
    return len(part) >= MIN_LETTERS and (odd_pairs(part) >= MAX_ODD_FRACTION * (len(part) - 1) or _is_key_mash(part))


def _is_key_mash(word: str) -> bool:
    runs = [word[i : i + MIN_KEY_RUN] in _KEY_RUNS for i in range(len(word) - MIN_KEY_RUN + 1)]
    return sum(runs) * 2 >= len(runs) and any(runs)


def _encoded_length(text: str) -> float:
    return float(sum(len(run) for run in _ENCODED.findall(text) if is_encoded(run)))


def is_encoded(run: str) -> bool:
    """Whether an unbroken run of characters changes between cases and digits as encoded bytes do, not as names do."""
    letters = re.sub(r"[^A-Za-z0-9]", "", run)
    return len(letters) >= ENCODED_LENGTH and len(_HUMP.findall(letters)) >= MIN_HUMPS * len(letters)
