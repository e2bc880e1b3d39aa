"""A column of text, and what several signals share about it.

Arrow's compiled regular expressions (RE2, linear time) look at every row; a dear check in Python looks only at the
rows that such a gate lets through. Questions about characters and words are asked once per distinct character or word
of the column and answered per row by table lookup. Cost: 0.1 µs a word to find the words, 3 ns a character to look up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import regex

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

COMPILED: Any = pc
"""`pyarrow.compute` makes its functions at run time, so type checkers can't see them."""

CJK = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}"
"""Scripts written without spaces: each of their characters counts as a word."""
WORD_CHARACTER = r"[\p{L}\p{M}\p{N}'’]"
WORD_BYTES = bytes(byte if byte > 127 or regex.match(WORD_CHARACTER, chr(byte)) else ord(" ") for byte in range(256))
"""For `translated`: a space for each ASCII character that is no word's."""


IS_MARK = np.array([not (chr(byte).isascii() and chr(byte).isalpha()) and byte != ord(" ") for byte in range(256)])
BEYOND_ASCII = "\N{REPLACEMENT CHARACTER}"
"""For `TextColumn.holding`: any character beyond ASCII."""


@dataclass(frozen=True)
class Words:
    """The lower-case words of every row, one after the other. A word is a run of letters, digits and apostrophes."""

    codes: Ints
    """Index into `vocabulary`, shape (num_words,)."""
    rows: Ints
    """Row of each word, ascending, shape (num_words,)."""
    counts: Ints
    """Words per row, shape (num_rows,)."""
    vocabulary: list[str]
    places: dict[str, int]
    """Word -> its index in `vocabulary`."""

    def of_rows(self, chosen: Bools) -> Words:
        """The words of some rows; the others have none. Rows keep their number."""
        kept = chosen[self.rows]
        return Words(self.codes[kept], self.rows[kept], np.where(chosen, self.counts, 0), self.vocabulary, self.places)

    def total(self, weights: Floats | Bools) -> Floats:
        """The sum over each row's words of a weight; `weights` is one number for each word of the vocabulary."""
        ends = np.cumsum(self.counts)
        some = self.counts > 0
        totals = np.zeros(len(self.counts))
        totals[some] = np.add.reduceat(weights[self.codes], (ends - self.counts)[some], dtype=np.float64)
        return totals

    def share(self, selected: Bools) -> Floats:
        """The share of each row's words that are selected; `selected` is a mask over the vocabulary."""
        return divide(self.total(selected), self.counts)

    def distinct(self, selected: Bools) -> Ints:
        """How many different words of each row are selected; `selected` is a mask over the vocabulary."""
        chosen = selected[self.codes]
        pairs = np.unique(self.rows[chosen] * len(self.vocabulary) + self.codes[chosen])
        return np.bincount(pairs // max(len(self.vocabulary), 1), minlength=len(self.counts)).astype(np.int64)

    def mostly(self, words: frozenset[str], *, min_distinct: int, min_share: float) -> Bools:
        """Which rows are in a vocabulary: so many different words of it, which make up that share of all."""
        known = self.known(words)
        candidates = self.share(known) >= min_share
        return candidates & (self.of_rows(candidates).distinct(known) >= min_distinct)

    def known(self, words: frozenset[str]) -> Bools:
        """Which words of the vocabulary are in a list."""
        known = np.zeros(len(self.vocabulary), bool)
        known[[self.places[word] for word in words & self.places.keys()]] = True
        return known


class Characters:
    """Characters in a row, and which of them are in a class; asked once per distinct character."""

    def __init__(self, text: str) -> None:
        self.points: npt.NDArray[np.uint32] = np.frombuffer(text.encode("utf-32-le"), np.uint32)
        """Unicode code points, shape (num_characters,)."""
        self._distinct: list[int] = np.flatnonzero(np.bincount(self.points)).tolist() if text else []

    def are(self, pattern: str) -> Bools:
        """Which characters a class such as `\\p{L}` holds, shape (num_characters,)."""
        in_class = np.zeros(max(self._distinct, default=0) + 1, bool)
        is_member = regex.compile(pattern).match
        in_class[[point for point in self._distinct if is_member(chr(point))]] = True
        return in_class[self.points]


class TextColumn:
    """Texts without nulls, and vectorised questions about them."""

    def __init__(self, texts: pa.Array | Sequence[str]) -> None:
        self.texts = texts if isinstance(texts, pa.Array) else pa.array(texts, type=pa.large_string())

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def lengths(self) -> Floats:
        """Characters (Unicode code points) per row."""
        return _floats(COMPILED.utf8_length(self.texts))

    @cached_property
    def words(self) -> Words:
        """The rows' words."""
        lower = COMPILED.utf8_lower(self.texts)
        spaced = translated(lower, WORD_BYTES)
        odd = COMPILED.not_equal(COMPILED.binary_length(lower), COMPILED.utf8_length(lower))
        spaced = COMPILED.replace_with_mask(spaced, odd, _spaced(lower.filter(odd)))
        split = COMPILED.ascii_split_whitespace(spaced)
        flat = split.flatten()
        flat_rows = _ints(COMPILED.list_parent_indices(split))
        kept = COMPILED.not_equal(flat, "")
        encoded = flat.filter(kept).dictionary_encode()
        rows = flat_rows[np.asarray(kept.to_numpy(zero_copy_only=False), bool)]
        counts = np.bincount(rows, minlength=len(self)).astype(np.int64)
        vocabulary = encoded.dictionary.to_pylist()
        places = {word: place for place, word in enumerate(vocabulary)}
        return Words(_ints(encoded.indices), rows, counts, vocabulary, places)

    def matches(self, pattern: str, needs: str = "") -> Bools:
        """Rows in which an RE2 pattern is found; `needs`: only rows that hold one of these characters can have it."""
        if needs:
            return self.among(self.holding(needs), lambda texts: texts.matches(pattern)).astype(bool)
        found = COMPILED.match_substring_regex(self.texts, pattern)
        return np.asarray(found.to_numpy(zero_copy_only=False), bool)

    def counts(self, pattern: str, needs: str = "") -> Floats:
        """How often an RE2 pattern is found in each row, without overlap; `needs` as in `matches`."""
        if needs:
            return self.among(self.holding(needs), lambda texts: texts.counts(pattern))
        return _floats(COMPILED.count_substring_regex(self.texts, pattern))

    def among(self, chosen: Bools, measure: Callable[[TextColumn], Floats | Bools]) -> Floats:
        """A measure of some of the texts; 0 for the others, and none of its price where there are none."""
        values = np.zeros(len(self))
        if chosen.any():
            values[chosen] = measure(self.where(chosen))
        return values

    def holding(self, characters: str) -> Bools:
        """Rows that hold one of some characters, no ASCII letters or spaces; all beyond ASCII count as one."""
        places = sorted({min(ord(character), 128) for character in characters})
        return np.asarray(self._marks[places].any(axis=0), bool)

    @cached_property
    def _marks(self) -> Bools:
        """Which rows hold each ASCII character but letters and the space, and any other; shape (129, num_rows)."""
        held = np.zeros((129, len(self)), bool)
        joined = np.frombuffer("".join(self.texts.to_pylist()).encode(), np.uint8)
        ends = np.cumsum(_ints(COMPILED.binary_length(self.texts)))
        places = np.flatnonzero(IS_MARK[joined])
        held[np.minimum(joined[places], 128), np.searchsorted(ends, places, side="right")] = True
        return held

    @cached_property
    def characters(self) -> Characters:
        """All rows' characters one after the other."""
        return Characters("".join(self.texts.to_pylist()))

    @cached_property
    def row_starts(self) -> Ints:
        """Where each row begins in `characters`, shape (num_rows,)."""
        return (np.cumsum(self.lengths) - self.lengths).astype(np.int64)

    def count_characters(self, pattern: str) -> Floats:
        """How many of each row's characters are in a class such as `\\p{L}`."""
        return self.count_marks(self.characters.are(pattern))

    def count_marks(self, marks: Bools) -> Floats:
        """How many of each row's characters are marked; `marks` is a mask over `characters`."""
        if not len(self):
            return np.zeros(0)
        sums = np.add.reduceat(np.append(marks, False), self.row_starts, dtype=np.int64)
        return np.where(self.lengths > 0, sums, 0).astype(np.float64)

    def where(self, chosen: Bools) -> TextColumn:
        """Some of the texts, as a column of their own."""
        return TextColumn(self.texts.filter(pa.array(chosen)))

    def where_rows(self, rows: Ints) -> TextColumn:
        """The texts of some rows, by number."""
        return TextColumn(self.texts.take(pa.array(rows)))

    def measure_where(self, gate: Bools, measure: Callable[[str], float]) -> Floats:
        """A measure in Python, taken only where the gate is open; 0 elsewhere."""
        values = np.zeros(len(self))
        for row in np.flatnonzero(gate):
            values[row] = measure(self.texts[int(row)].as_py())
        return values


def translated(texts: pa.Array, table: bytes) -> pa.Array:
    """Texts with every byte replaced by the table's, of 256; what isn't ASCII must stay as it is."""
    validity, offsets, data = texts.buffers()
    replaced = pa.py_buffer(bytes(data or b"").translate(table))
    return pa.Array.from_buffers(texts.type, len(texts), [validity, offsets, replaced], offset=texts.offset)


def _spaced(lower: pa.Array) -> pa.Array:
    """Texts in any script with a space for each character that is no word's."""
    characters = Characters("\n".join(lower.to_pylist()))
    spaced = np.where(characters.are(WORD_CHARACTER), characters.points, np.uint32(ord(" ")))
    spaced[np.cumsum(_ints(COMPILED.utf8_length(lower))[:-1] + 1) - 1] = ord("\n")
    return pa.array(spaced.tobytes().decode("utf-32-le").split("\n") if len(lower) else [], lower.type)


def divide(numerator: npt.NDArray[Any], denominator: npt.NDArray[Any]) -> Floats:
    """Elementwise quotient, 0 where the denominator is 0."""
    quotient: Floats = np.divide(numerator, denominator, out=np.zeros(len(denominator)), where=denominator != 0)
    return quotient


def _floats(values: pa.Array) -> Floats:
    return np.asarray(values.to_numpy(zero_copy_only=False), np.float64)


def _ints(values: pa.Array) -> Ints:
    return np.asarray(values.to_numpy(zero_copy_only=False), np.int64)
