"""Keyboard mash, random strings and encoded bytes among words.

A word is judged by its letter pairs: a table says how surprising each letter is after another, and a word or a whole
text whose pairs cost too much on average was typed at random. Short words vary more, so they are allowed more; names
and acronyms of up to five letters are never judged alone. Two more signs: neighbouring keys in a row (`sdfghj`), and
runs that switch between cases and digits all the time, as encoded bytes (base64, hashes) do. Each distinct word is
judged once; encoded runs are looked for only in rows that have a run of `ENCODED_LENGTH` characters.

The bounds: for words, F1 on nostril's hand-labelled tokens is 0.955 there; for texts, they are above all but two of
44,160 sentences, names and code comments in eight languages. Letters outside a to z are not judged, so other scripts
are never gibberish.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

import numpy as np

from tasks.validation.english_words import WORDS_REMEMBERED
from tasks.validation.text_column import Bools, Floats, TextColumn, Words, divide

PAIR_COST = {
    "a": "97669979799464979454789999",
    "b": "38993999499599599579599999",
    "c": "49794994497799399695699999",
    "d": "49992999399999499679699999",
    "e": "79658989799663989346989899",
    "f": "49994599399699499587699999",
    "g": "49993986499796599579599999",
    "h": "39993999499898499696699999",
    "i": "68565879999673589755979999",
    "j": "39974999696997499999489999",
    "k": "49993996498797599766699989",
    "l": "49973999399599599986699979",
    "m": "36993999499969459989699999",
    "n": "59655849599997699953899999",
    "o": "98779989899553779457678999",
    "p": "49994997599599469387699999",
    "q": "69999999899999999999199999",
    "r": "49873989499978599766799999",
    "s": "59594996499999569953699999",
    "t": "49993997399999599577699999",
    "u": "67775989699554979445999999",
    "v": "49992999399999499899999999",
    "w": "39993997499896599879999999",
    "x": "59595998499999639984899999",
    "y": "38784999699666569757799999",
    "z": "39993999399999599999598996",
}
"""How surprising the letters a to z are after a letter: -ln of their probability, in half nats, at most 9.

Counted over the distinct words of sentences in English, German, French, Spanish, Italian, Latin, Dutch and Portuguese,
of an encyclopedia, and of places and persons all over the world; a random pair costs 7.6 on average, an English one 5.
"""
MAX_WORD_COST = (6.7, 7.0)
MAX_TEXT_COST = (6.2, 9.0)
"""A word, or a text of several words, is gibberish when its n letter pairs cost more than `a + b / n` on average."""
MIN_LETTERS = 6
"""Fewest letters for a word to be judged alone."""
MIN_WORD = 3
MIN_TEXT_PAIRS = 12
"""A text is judged as a whole by its words of `MIN_WORD` letters or more when they have this many pairs."""
MIN_KEY_RUN = 4
"""Neighbouring keys in a row, such as `sdfg`; a word made of them by half is keyboard mash."""
ENCODED_LENGTH = 16
MIN_HUMPS = 0.4
"""Humps (`Camel`, `camel`, `CAMEL`, `42`) per character in encoded bytes; identifiers have fewer than 0.36."""

KEY_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "poiuytrewq", "lkjhgfdsa", "mnbvcxz")
ENCODED = rf"[A-Za-z0-9+/=]{{{ENCODED_LENGTH},}}"
_ENCODED = re.compile(ENCODED)
JUMBLE = r"[a-z][A-Z0-9]|[0-9][A-Za-z]"
"""Where letters' case changes within a word, or letters and digits meet."""
MIN_JUMBLES = 6
MIN_JUMBLED_WORDS = 3
MIN_JUMBLED_SHARE = 0.5
MIN_JUMBLED_LENGTH = 5
MIN_JUMBLED_HUMPS = 0.3
"""A row of words in which case and digits change so often is a list of random keys; names and models come alone."""
_HUMP = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_LETTERS = re.compile(r"[a-z]+")
_DRAWN_OUT = re.compile(r"(.)\1{4,}")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_COSTS = {
    (first, second): int(PAIR_COST[first][place]) for first in _ALPHABET for place, second in enumerate(_ALPHABET)
}
_KEY_RUNS = frozenset(row[i : i + MIN_KEY_RUN] for row in KEY_ROWS for i in range(len(row) - MIN_KEY_RUN + 1))
_KEY_RUN = re.compile("|".join(sorted(_KEY_RUNS)))


def gibberish_fraction(column: TextColumn) -> Floats:
    """Share of the letters and digits that lie in gibberish words or encoded bytes; 1 where the whole text is odd."""
    words = column.words
    lengths = np.fromiter(map(len, words.vocabulary), float, len(words.vocabulary))
    is_gibberish = np.fromiter(map(is_gibberish_word, words.vocabulary), bool, len(words.vocabulary))
    size = words.total(lengths)
    num_pairs, is_odd = _odd_texts(words)
    encoded = column.measure_where(column.matches(ENCODED), _encoded_length)
    encoded = np.maximum(encoded, column.measure_where(column.counts(JUMBLE) >= MIN_JUMBLES, _jumbled_length))
    share = divide(np.maximum(words.total(lengths * is_gibberish), encoded), size)
    return np.minimum(np.where(is_odd & (num_pairs > size / 2), 1.0, share), 1.0)


def _odd_texts(words: Words) -> tuple[Floats, Bools]:
    """Each text's judged letter pairs, and whether they cost too much, though no word alone may be long enough."""
    pairs = np.array([_pairs(word) for word in words.vocabulary], float).reshape(-1, 2)
    lengths, costs = pairs[:, 0], pairs[:, 1]
    num_pairs = words.total(lengths)
    most = MAX_TEXT_COST[0] * num_pairs + MAX_TEXT_COST[1]
    return num_pairs, (words.counts > 1) & (num_pairs >= MIN_TEXT_PAIRS) & (words.total(costs) > most)


@lru_cache(maxsize=WORDS_REMEMBERED)
def _pairs(word: str) -> tuple[int, int]:
    """How many letter pairs of a word count, and what they cost."""
    judged = _judged(word) if word.isascii() and word.isalpha() else ""
    return max(len(judged) - 1, 0), pair_cost(judged)


def _judged(word: str) -> str:
    """A word whose pairs count: of three letters or more, its drawn-out ones (`hmmmm`) written once."""
    short = _DRAWN_OUT.sub(r"\1", word)
    return short if len(short) >= MIN_WORD else ""


def pair_cost(letters: str) -> int:
    """What the letter pairs of a run of lower-case letters cost together, in half nats."""
    return sum(map(_COSTS.__getitem__, pairwise(letters)))


@lru_cache(maxsize=WORDS_REMEMBERED)
def is_gibberish_word(word: str) -> bool:
    """Whether a lower-case word looks typed at random; digits and apostrophes split it."""
    if len(word) < MIN_LETTERS or not word.isascii():
        return False
    part = _judged(max(_LETTERS.findall(word), key=len, default=""))
    most = MAX_WORD_COST[0] * (len(part) - 1) + MAX_WORD_COST[1]
    return len(part) >= MIN_LETTERS and (pair_cost(part) > most or _is_key_mash(part))


def _is_key_mash(word: str) -> bool:
    if not _KEY_RUN.search(word):
        return False
    runs = [word[i : i + MIN_KEY_RUN] in _KEY_RUNS for i in range(len(word) - MIN_KEY_RUN + 1)]
    return sum(runs) * 2 >= len(runs)


def _encoded_length(text: str) -> float:
    return float(sum(len(run) for run in _ENCODED.findall(text) if is_encoded(run)))


def _jumbled_length(text: str) -> float:
    runs = re.findall(r"[A-Za-z0-9]+", text)
    jumbled = [run for run in runs if len(run) >= MIN_JUMBLED_LENGTH and _is_jumbled(run)]
    enough = max(MIN_JUMBLED_WORDS, MIN_JUMBLED_SHARE * len(runs))
    return float(sum(map(len, jumbled))) if len(jumbled) >= enough else 0.0


def _is_jumbled(run: str) -> bool:
    humps = len(_HUMP.findall(run))
    return humps >= 3 and humps >= MIN_JUMBLED_HUMPS * len(run)


def is_encoded(run: str) -> bool:
    """Whether an unbroken run of characters changes between cases and digits as encoded bytes do, not as names do."""
    letters = re.sub(r"[^A-Za-z0-9]", "", run)
    return len(letters) >= ENCODED_LENGTH and len(_HUMP.findall(letters)) >= MIN_HUMPS * len(letters)
