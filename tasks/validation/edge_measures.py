"""Measures of edges: how texts, lines and words begin and end, what stands in quotation marks, which words come again.

A text that was cut, cropped or glued begins or ends as none does: small, or with part of a word.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tasks.validation.row_sums import Rows
from tasks.validation.text_column import Bools, Floats
from tasks.validation.token_codes import NUM_FUNCTION, NUM_UNKNOWN, SYMBOLS
from tasks.validation.token_stream import END, FIRST_MARK, LETTERS, LINE_BREAK, MARKS, ROW_END, TokenStream

_QUOTATION_MARK = FIRST_MARK + MARKS.index('"')
_SENTENCE_END = np.isin(np.arange(END + 1), [FIRST_MARK + MARKS.index(mark) for mark in ".!?"])
_LONE = np.isin(np.arange(256), list(b"aAIO"))
"""Letters that are words."""
MIN_REPEATED = 4
"""Letters of a word that tell something when it comes again."""


def edge_measures(
    stream: TokenStream,
    spelling_bits: npt.NDArray[np.int8],
    classes: npt.NDArray[np.uint8],
    rows: Rows,
) -> dict[str, Floats]:
    """Name -> one number a row.

    Args:
        stream: The tokens.
        spelling_bits: -log2 of a letter after two others, in steps, shape (2 ** 15,).
        classes: The tokens' classes.
        rows: The sums.
    """
    groups, num_tokens = stream.groups, np.maximum(rows.counts, 1)
    is_word = groups == LETTERS
    before, after = np.roll(groups, 1), np.roll(groups, -1)
    before[:1] = END
    small = is_word & (stream.capitals == 0)
    unknown = small & (classes < NUM_UNKNOWN)
    num_words = np.maximum(rows.total(is_word), 1)
    begins, ends = _word_edges(stream, spelling_bits)
    last = np.maximum(rows.ends - 1, 0)
    found = {
        "beginning of the first word": np.where(small, begins, 0)[rows.starts].astype(float),
        "end of the last word": np.where(is_word, ends, 0)[last].astype(float),
        "oddest beginning of a word": rows.most(np.where(unknown, begins, 0), 1),
        "oddest end of a word": rows.most(np.where(unknown, ends, 0), 1),
        "beginnings of words": rows.total(np.where(small, begins, 0)) / num_words,
        "ends of words": rows.total(np.where(small, ends, 0)) / num_words,
    }
    lone = is_word & (stream.lengths == 1) & ~_LONE[stream.bytes[stream.starts]]
    found["letters alone"] = rows.total(lone) / num_words
    found["begins with a letter alone"] = lone[rows.starts].astype(float)
    found["small after a stop"] = rows.total(small & _SENTENCE_END[before] & stream.after_space) / num_tokens
    capital = is_word & (stream.capitals > 0)
    found["capital after a stop"] = rows.total(capital & _SENTENCE_END[before]) / num_tokens
    inner = capital & (stream.capitals < stream.lengths) & _holds_a_capital(stream)
    found["capital within a word"] = rows.total(inner) / num_words
    found |= _lines(groups, classes, unknown, small, before, after, rows)
    opened = np.cumsum(groups == _QUOTATION_MARK)
    first = opened[rows.starts] - (groups[rows.starts] == _QUOTATION_MARK)
    found["within quotation marks"] = rows.total((opened - np.repeat(first, rows.counts + 1)) % 2) / num_tokens
    initials = stream.bytes[stream.starts] | 32
    ascending = is_word & (before == LETTERS) & (initials >= np.roll(initials, 1))
    between = np.maximum(rows.total(is_word & (before == LETTERS)), 1)
    found["words in ascending order"] = rows.total(ascending) / between
    found["words again"] = _again(stream, is_word & (stream.lengths >= MIN_REPEATED), rows) / num_words
    return found


def _word_edges(
    stream: TokenStream, spelling_bits: npt.NDArray[np.int8]
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int8]]:
    """-log2 of each token's second letter and of its end, in steps: `nc` begins no word, `rv` ends none."""
    symbols = SYMBOLS[stream.bytes].astype(np.int32)
    last = stream.starts + stream.lengths - 1
    second = np.minimum(stream.starts + 1, len(symbols) - 1)
    begins = spelling_bits[(symbols[stream.starts] << 5) | symbols[second]]
    before_last = np.where(last > 0, symbols[last - 1], SYMBOLS[ROW_END])  # the first row has no row before it
    ends = spelling_bits[(before_last << 10) | (symbols[last] << 5)]
    return begins, ends


def _holds_a_capital(stream: TokenStream) -> Bools:
    """Tokens with a capital behind the first letter."""
    first = stream.bytes[stream.starts]
    is_upper = (first >= ord("A")) & (first <= ord("Z"))
    within: Bools = stream.capitals > is_upper
    return within


def _lines(
    groups: npt.NDArray[np.uint8],
    classes: npt.NDArray[np.uint8],
    unknown: Bools,
    small: Bools,
    before: npt.NDArray[np.uint8],
    after: npt.NDArray[np.uint8],
    rows: Rows,
) -> dict[str, Floats]:
    breaks = rows.total(groups == LINE_BREAK)
    num_breaks = np.maximum(breaks, 1)
    is_end = after == LINE_BREAK
    function = (classes >= NUM_UNKNOWN) & (classes < NUM_UNKNOWN + NUM_FUNCTION)
    return {
        "line breaks": np.log1p(np.minimum(breaks, 30)),
        "lines that end in an unknown word": rows.total(unknown & is_end) / num_breaks,
        "lines that begin with an unknown word": rows.total(unknown & (before == LINE_BREAK)) / num_breaks,
        "lines that begin small": rows.total(small & (before == LINE_BREAK)) / num_breaks,
        "lines that end in a function word": rows.total(function & is_end) / num_breaks,
    }


def _again(stream: TokenStream, chosen: Bools, rows: Rows) -> Floats:
    """How many of the chosen words a row had before."""
    row = np.repeat(np.arange(stream.num_rows, dtype=np.uint64), rows.counts + 1)[chosen]
    keys = (row << np.uint64(32)) | stream.hashes[chosen]
    keys.sort()
    repeated = keys[1:][keys[1:] == keys[:-1]] >> np.uint64(32)
    return np.bincount(repeated.astype(np.int64), minlength=stream.num_rows).astype(float)
