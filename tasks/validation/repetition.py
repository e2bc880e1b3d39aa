"""A text that says the same thing again and again.

Source: the repetition rules of Gopher (Rae et al. 2021, arXiv:2112.11446, table A1), here by words instead of
characters and for one n instead of 2 to 10. Computed for all rows at once: n-grams become integers, and repeats within
a row show up in one sort of those whose hashes begin alike. Cost: 0.1 µs a word.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tasks.validation.text_column import Bools, Floats, Ints, TextColumn, divide

SHORT_NGRAM = 3
LONG_NGRAM = 5
BUCKET_BITS = 22
"""Only n-grams that share one of so many buckets of hashes with another are sorted, a few percent."""
LONG_TEXT = 100
"""Words from which on 5-grams are counted: trigrams recur by chance in long texts."""

RUN_OF_FOUR = "|".join(f"{letter}{{4}}" for letter in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") + (
    r"|!{4}|\?{4}|#{4}|~{4}|\+{4}|\^{4}|@{4}|%{4}|&{4}|[^\x00-\x7F]{4}"
)


def repetition_fraction(column: TextColumn) -> Floats:
    """Share of a row's words in word n-grams that came before in the row (trigrams; 5-grams in long texts)."""
    words = column.words
    is_long = words.counts >= LONG_TEXT
    repeated = np.zeros(len(words.codes), bool)
    for size, chosen in ((SHORT_NGRAM, ~is_long), (LONG_NGRAM, is_long)):
        repeated |= _covered_by_repeats(words.codes, words.rows, chosen[words.rows], size)
    return divide(np.bincount(words.rows[repeated], minlength=len(column)), words.counts)


def _covered_by_repeats(codes: Ints, rows: Ints, chosen: Bools, size: int) -> Bools:
    """Which words lie in an n-gram that came up earlier in the same row; shape (num_words,)."""
    covered = np.zeros(len(codes), bool)
    starts = np.flatnonzero(chosen[: len(codes) - size + 1]) if len(codes) >= size else np.array([], np.int64)
    starts = starts[rows[starts] == rows[starts + size - 1]]
    keys = _mixed(rows[starts].astype(np.uint64) + np.uint64(1))
    for offset in range(size):
        keys = _mixed(keys ^ codes[starts + offset].astype(np.uint64))
    buckets = (keys >> np.uint64(64 - BUCKET_BITS)).astype(np.int64)
    candidates = np.flatnonzero(np.bincount(buckets)[buckets] > 1) if len(buckets) else buckets
    _, first = np.unique(keys[candidates], return_index=True)
    is_repeat = np.zeros(len(starts), bool)
    is_repeat[candidates] = True
    is_repeat[candidates[first]] = False
    for offset in range(size):
        covered[starts[is_repeat] + offset] = True
    return covered


def _mixed(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Spread every bit over the others (SplitMix64, Steele et al. 2014, one round)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def longest_character_run(column: TextColumn) -> Floats:
    """The longest run of one character that isn't a space, a digit or one of `.-_=*`: `sooooo` has 5."""
    gate = column.matches(RUN_OF_FOUR)
    return np.maximum(column.measure_where(gate, _longest_run), np.where(column.lengths > 0, 1.0, 0.0))


def _longest_run(text: str) -> float:
    longest, run, previous = 1, 1, ""
    for character in text:
        run = run + 1 if character == previous and character not in " \n\t\r.-_=*0123456789" else 1
        longest, previous = max(longest, run), character
    return float(longest)
