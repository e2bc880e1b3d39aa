"""Tokens as places in tables: a word's class, pairs and triples of classes, shapes, letters three at a time.

Cost: some 5 ns a token each, 10 ns a byte for letters.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tasks.validation.token_stream import DIGITS, END, LETTERS, TokenStream

Codes = npt.NDArray[np.int64]

WORD_BITS = 18
"""Of a word's hash, that find it in a table."""
NUM_WORD_CLASSES = 200
"""Classes of words: 12 of unknown ones, 100 common words, each a class of its own, and clusters of the others."""
NUM_UNKNOWN, NUM_COMMON, NUM_FUNCTION = 12, 100, 60
NUM_CLASSES = 256
"""With the marks."""
SHAPE_SLOTS = 65521
TRIGRAM_BITS, WORD_PAIR_BITS = 21, 21
SCORES = ("words", "pairs", "shapes")
"""What the learnt weights are of."""


def _symbols() -> npt.NDArray[np.uint8]:
    """Five bits a byte: space, letters, apostrophe, digit, common marks, others, beyond ASCII."""
    symbols = np.full(256, 30, np.uint8)
    symbols[:33], symbols[128:255], symbols[255] = 0, 31, 0
    symbols[33:48], symbols[48:58], symbols[ord("'")] = 29, 28, 27
    for at in range(26):
        symbols[[ord("a") + at, ord("A") + at]] = at + 1
    return symbols


SYMBOLS = _symbols()
_LAST_LETTER = np.zeros(256, np.uint8)
_LAST_LETTER[list(b"sdgynre")] = np.arange(1, 8)


def word_slots(stream: TokenStream) -> Codes:
    """Where each word is in a table of words, shape (num_tokens,)."""
    slots: Codes = (stream.hashes & np.uint32((1 << WORD_BITS) - 1)).astype(np.int64)
    return slots


def word_classes(stream: TokenStream, word_class: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The class of each token: a word's, else what mark it is; unknown words by capitals or their last letter."""
    classes = (stream.groups + np.uint8(NUM_WORD_CLASSES)).astype(np.uint8)
    words = np.flatnonzero(stream.groups == LETTERS)
    found = word_class[word_slots(stream)[words]]
    unknown = np.flatnonzero(found == 0)
    tokens = words[unknown]
    capitals, lengths = stream.capitals[tokens], stream.lengths[tokens]
    ending = 1 + _LAST_LETTER[stream.bytes[stream.starts[tokens] + lengths - 1]]
    named = np.where((capitals == 1) & (lengths > 1), 9, np.where(capitals >= lengths, 10, 11))
    found[unknown] = np.where(capitals == 0, ending, named)
    classes[words] = found
    return classes


def shapes(stream: TokenStream) -> Codes:
    """What each token looks like, whatever its letters: mark, length, capitals, and whether a space stands before."""
    found = stream.groups.astype(np.int64)
    words = np.flatnonzero(stream.groups == LETTERS)
    capitals, lengths = stream.capitals[words], stream.lengths[words]
    small = np.where(lengths < 4, 0, np.where(lengths < 8, 1, 2))
    found[words] = 40 + np.where(
        capitals == 0, small, np.where(capitals == 1, np.where(lengths == 1, 3, 4), np.where(capitals >= lengths, 5, 6))
    )
    digits = np.flatnonzero(stream.groups == DIGITS)
    found[digits] = 48 + np.minimum(stream.lengths[digits], 5)
    return np.asarray(2 * found + stream.after_space)


def pair_codes(classes: npt.NDArray[np.uint8]) -> Codes:
    """Each token's class with the one before it; a row's first follows `END`."""
    before = np.empty(len(classes), np.int64)
    before[:1], before[1:] = NUM_WORD_CLASSES + END, classes[:-1]
    return before * NUM_CLASSES + classes


def triple_codes(pairs: Codes) -> Codes:
    """Three classes in a row, as a hash; a row's first tokens see the end of the one before."""
    first = np.empty(len(pairs), np.int64)
    first[:1], first[1:] = NUM_WORD_CLASSES + END, pairs[:-1] >> 8
    first[1:][pairs[1:] >> 8 == NUM_WORD_CLASSES + END] = NUM_WORD_CLASSES + END
    return ((first * 65537 + pairs) * 40503 >> 5) & ((1 << TRIGRAM_BITS) - 1)


def word_pairs(stream: TokenStream) -> Codes:
    """Each token with the one before it, as a hash."""
    hashes = stream.hashes
    before = np.roll(hashes, 1)
    mixed = (before * np.uint32(2654435761)) ^ hashes
    return (mixed >> np.uint32(32 - WORD_PAIR_BITS)).astype(np.int64)


def shape_codes(stream: TokenStream) -> Codes:
    """Three shapes in a row, as a hash."""
    own = shapes(stream)
    own[stream.ends] = 2 * END
    before, first = np.roll(own, 1), np.roll(own, 2)
    begins = before == 2 * END
    first[begins] = 2 * END
    return (first * 1664525 + before * 22695477 + own * 69069) % SHAPE_SLOTS


def trigrams(stream: TokenStream) -> Codes:
    """Three letters in a row for each byte but the first two."""
    symbols = SYMBOLS[stream.bytes].astype(np.uint16)
    return ((symbols[:-2] << 10) | (symbols[1:-1] << 5) | symbols[2:]).astype(np.int64)


def score_codes(stream: TokenStream, classes: npt.NDArray[np.uint8]) -> dict[str, Codes]:
    """For each of `SCORES`, where a token's learnt weight is in its table; words only have one of `words`."""
    slots = np.where(stream.groups == LETTERS, word_slots(stream), 1 << WORD_BITS)
    return dict(zip(SCORES, (slots, pair_codes(classes), shape_codes(stream)), strict=True))


def score_sizes() -> dict[str, int]:
    """Entries of each table of learnt weights; the last one of `words` is for what is no word."""
    return dict(zip(SCORES, ((1 << WORD_BITS) + 1, NUM_CLASSES**2, SHAPE_SLOTS), strict=True))
