"""Measures of how a text is made: signs, capitals, word order, spelling, against counts of clean English.

Everything is a number a token, taken from a small table, and summed over the row. The tables hold counts and weights,
no text: `benchmarks/unlike_text` makes them and says of what. Cost: about 100 ns a token and 10 ns a byte.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tasks.validation.text_column import Bools, Floats
from tasks.validation.token_stream import (
    DIGITS,
    END,
    FIRST_MARK,
    LETTERS,
    LINE_BREAK,
    MARKS,
    TokenStream,
)

Table = npt.NDArray[np.int8]
Codes = npt.NDArray[np.int64]

WORD_BITS = 17
"""Of a word's hash, that find it in a table."""
NUM_WORD_CLASSES = 200
"""Classes of words: 12 of unknown ones, 100 common words, each a class of its own, and clusters of the others."""
NUM_UNKNOWN, NUM_COMMON, NUM_FUNCTION = 12, 100, 60
NUM_CLASSES = 256
"""With the marks."""
SHAPE_SLOTS = 65521
TRIGRAM_BITS = 18
BITS_SCALE, ASSOCIATION_SCALE = 8.0, 10.0
"""How many steps of a table make a bit."""
WINDOW = 6
LONG_WINDOW = 12
MARK_GROUPS = (".", ",", "?!", ":;", "'\"`", "-", "()", "[]{}", "<>", "/\\", "|", "@#", "$%&", "*+=~^_")
WORD_KINDS = ("function", "known", "unknown", "capitalised", "unknown name", "capitals", "mixed", "letter")
KINDS = (*(f"mark {group}" for group in MARK_GROUPS), "other mark", "digits", "line break", *WORD_KINDS)
_OTHER, _DIGITS, _BREAK, _WORD = len(MARK_GROUPS), len(MARK_GROUPS) + 1, len(MARK_GROUPS) + 2, len(MARK_GROUPS) + 3
SCORES = ("words", "pairs", "shapes")
"""What the learnt weights are of."""


@dataclass(frozen=True)
class Tables:
    """Counts of clean English, and weights of what tells junk from it."""

    word_class: npt.NDArray[np.uint8]
    """Of a word's hash; 0 is unknown. Shape (2 ** WORD_BITS,)."""
    pair_bits: Table
    """-log2 of a class after another, shape (NUM_CLASSES ** 2,)."""
    association: Table
    """The same less the class's own -log2: above 0 where chance would have the pair more often."""
    is_seen: Bools
    """Whether three classes in a row occur, by hash, shape (2 ** TRIGRAM_BITS,)."""
    spelling_bits: Table
    """-log2 of a letter after two others, shape (2 ** 15,)."""

    @classmethod
    def of(cls, tensors: Mapping[str, npt.NDArray[np.generic]]) -> Tables:
        """From the arrays of a file."""
        names = ("word_class", "pair_bits", "association", "spelling_bits")
        return cls(**{name: tensors[name] for name in names}, is_seen=np.unpackbits(tensors["is_seen"]).view(bool))  # type: ignore[arg-type]


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
_KIND_OF_GROUP = np.full(END + 1, _OTHER, np.uint8)
_KIND_OF_GROUP[[DIGITS, LINE_BREAK]] = _DIGITS, _BREAK
for _at, _group in enumerate(MARK_GROUPS):
    _KIND_OF_GROUP[[FIRST_MARK + MARKS.index(mark) for mark in _group]] = _at
STOPS, CLOSING, OPENING = (np.isin(np.arange(END + 1), [FIRST_MARK + MARKS.index(m) for m in s])
                           for s in (".!?\"')]", ")]}>", "([{<"))  # fmt: skip
_AFTER_WORD = np.isin(np.arange(END + 1), [FIRST_MARK + MARKS.index(mark) for mark in ".,;:!?)"])


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


class Rows:
    """Sums over each row's tokens, the `END` tokens aside."""

    def __init__(self, stream: TokenStream) -> None:
        self.ends = stream.ends
        self.starts = np.concatenate([[0], stream.ends[:-1] + 1])
        self.counts = self.ends - self.starts
        self._first = np.repeat(self.starts, self.counts + 1)
        self._places = np.arange(len(stream.groups))
        self._windows: dict[int, Codes] = {}

    def total(self, values: npt.NDArray[np.generic]) -> Floats:
        """The sum of a number for each token, shape (num_rows,)."""
        sums = _running(values)
        totals: Floats = (sums[self.ends] - sums[self.starts]).astype(np.float64)
        return totals

    def most(self, values: npt.NDArray[np.generic], width: int) -> Floats:
        """The greatest sum over `width` tokens running (all of them in a shorter row)."""
        if width not in self._windows:
            self._windows[width] = np.maximum(self._places + 1 - width, self._first)
        sums = _running(values)
        most: Floats = np.maximum.reduceat(sums[1:] - sums[self._windows[width]], self.starts).astype(np.float64)
        return most


def _running(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Sums of the first 0, 1, 2 … values; whole numbers stay whole."""
    kind = np.float64 if values.dtype.kind == "f" else np.int64
    sums = np.zeros(len(values) + 1, kind)
    np.cumsum(values, dtype=kind, out=sums[1:])
    return sums


def measures(stream: TokenStream, tables: Tables) -> tuple[dict[str, Floats], npt.NDArray[np.uint8], Rows]:
    """Every measure that isn't learnt from junk.

    Returns:
        Name -> one number a row; the tokens' classes and the sums, for those that are.
    """
    classes, rows = word_classes(stream, tables.word_class), Rows(stream)
    groups, num_rows = stream.groups, stream.num_rows
    num_tokens = np.maximum(rows.counts, 1)
    is_word = groups == LETTERS
    kinds = _kinds(stream, classes, is_word)
    row_of = np.repeat(np.arange(num_rows), rows.counts + 1)
    histogram = np.bincount(row_of * (len(KINDS) + 1) + kinds, minlength=num_rows * (len(KINDS) + 1))
    histogram = histogram.reshape(num_rows, -1)[:, :-1]
    found = dict(zip(KINDS, (histogram / num_tokens[:, None]).T, strict=True))
    num_words = np.maximum(histogram[:, _WORD:].sum(axis=1), 1)
    before = np.empty(len(groups), np.uint8)
    before[:1], before[1:] = END, groups[:-1]
    found["tokens"] = np.log1p(np.minimum(rows.counts, 60))
    found["words a sentence"] = np.log1p(np.minimum(num_words / np.maximum(histogram[:, [0, 2]].sum(axis=1), 1), 60))
    found["begins with a capital"] = (stream.capitals[rows.starts] > 0).astype(float)
    found["begins with a word"] = is_word[rows.starts].astype(float)
    last = groups[np.maximum(rows.ends - 1, 0)]
    found["ends in a stop"], found["ends in a word"] = STOPS[last].astype(float), (last == LETTERS).astype(float)
    is_unknown = is_word & (classes < NUM_UNKNOWN) & (stream.capitals == 0)
    found["begins with an unknown word"] = is_unknown[rows.starts].astype(float)
    found["ends in an unknown word"] = is_unknown[np.maximum(rows.ends - 1, 0)].astype(float)
    found["unbalanced brackets"] = np.abs(rows.total(OPENING[groups].astype(np.int8) - CLOSING[groups])) / num_tokens
    is_mark, was_mark = (groups >= FIRST_MARK) & (groups < END), (before >= FIRST_MARK) & (before < END)
    odd = (is_word & was_mark) | (groups == DIGITS) | (before == DIGITS) | (is_mark & was_mark)
    glued = odd & ~stream.after_space & (groups != END) & (before != END) & (before != LINE_BREAK)
    found["no space between"] = rows.total(glued) / num_tokens
    found["space before a mark"] = rows.total(_AFTER_WORD[groups] & stream.after_space) / num_tokens
    bits = tables.spelling_bits[trigrams(stream)]
    ends = np.append(bits, [0, 0]).astype(np.int32)
    ends[stream.row_ends - 1] = 0
    spelling = np.where(is_word, np.add.reduceat(ends, stream.starts) / BITS_SCALE / (stream.lengths + 1.0), 0.0)
    found["spelling"] = rows.total(spelling) / num_words
    found["oddest spelling"] = rows.most(np.where(stream.lengths > 3, spelling, 0.0), 1)
    pairs = pair_codes(classes)
    found["word pairs"] = rows.total(tables.pair_bits[pairs]) / BITS_SCALE / (rows.counts + 1)
    between = is_word & (before == LETTERS)
    association = np.where(between, tables.association[pairs], 0) / ASSOCIATION_SCALE
    num_pairs = np.maximum(rows.total(between), 1)
    found["unlikely word pairs"] = rows.total(association) / num_pairs
    found["very unlikely word pairs"] = rows.total(np.maximum(association - 1.5, 0)) / num_pairs
    unseen = ~tables.is_seen[triple_codes(pairs)]
    found["unseen triples"] = rows.total(unseen) / num_tokens
    found["most unseen triples"] = rows.most(unseen, 8) / 8
    known = unseen & between & (classes >= NUM_UNKNOWN)
    found["unseen known words"] = rows.total(known) / num_words
    no_function = is_word & ((classes < NUM_UNKNOWN) | (classes >= NUM_UNKNOWN + NUM_FUNCTION))
    found["longest without function words"] = rows.most(no_function, 8) / 8
    return found, classes, rows


def _kinds(stream: TokenStream, classes: npt.NDArray[np.uint8], is_word: Bools) -> npt.NDArray[np.uint8]:
    """Each token's place in `KINDS`; the row's end is the last."""
    kinds = _KIND_OF_GROUP[stream.groups]
    words = np.flatnonzero(is_word)
    own, capitals, lengths = classes[words], stream.capitals[words], stream.lengths[words]
    is_known = own >= NUM_UNKNOWN
    small = np.where(own < NUM_UNKNOWN + NUM_FUNCTION, np.where(is_known, 0, 2), 1)
    large = np.where(capitals > 1, np.where(capitals >= lengths, 5, 6), np.where(is_known, 3, 4))
    kinds[words] = _WORD + np.where(lengths == 1, 7, np.where(capitals == 0, small, large))
    kinds[stream.ends] = len(KINDS)
    return kinds


def score_codes(stream: TokenStream, classes: npt.NDArray[np.uint8]) -> dict[str, Codes]:
    """For each of `SCORES`, where a token's learnt weight is in its table; words only have one of `words`."""
    slots = np.where(stream.groups == LETTERS, word_slots(stream), 1 << WORD_BITS)
    return dict(zip(SCORES, (slots, pair_codes(classes), shape_codes(stream)), strict=True))


def score_sizes() -> dict[str, int]:
    """Entries of each table of learnt weights; the last one of `words` is for what is no word."""
    return dict(zip(SCORES, ((1 << WORD_BITS) + 1, NUM_CLASSES**2, SHAPE_SLOTS), strict=True))


def score_measures(scores: Mapping[str, npt.NDArray[np.floating]], rows: Rows) -> dict[str, Floats]:
    """Measures of the learnt weights of each token: on average, and where they are at their worst and best.

    Args:
        scores: For each of `SCORES` one number a token, shape (num_tokens,).
        rows: The sums.
    """
    num_tokens = np.maximum(rows.counts, 1)
    total = scores["words"] + scores["pairs"] + scores["shapes"]
    found = {f"score of {name}": rows.total(values) / num_tokens for name, values in scores.items()}
    found["score"] = rows.total(total) / np.sqrt(num_tokens + 3)
    found["score above 0"] = rows.total(np.maximum(total, 0)) / num_tokens
    found["worst score of words"] = rows.most(scores["words"], 4)
    found["worst score"] = rows.most(total, WINDOW)
    found["worst long score"] = rows.most(total, LONG_WINDOW)
    found["best score"] = -rows.most(-total, WINDOW)
    return found
