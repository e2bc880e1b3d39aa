"""A column's bytes and tokens as numbers, for measures that no regular expression can take at that speed.

A token is a run of letters (with apostrophes inside), a run of digits, a run of one mark, or a line break. Words are
known by a hash of their lower-case bytes (Zobrist 1970: a random number for each byte at each place, summed), so no
Python object is made for any of them. Cost: about 15 ns a byte.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from tasks.validation.text_column import TextColumn

Bytes = npt.NDArray[np.uint8]
Counts = npt.NDArray[np.int32]

ROW_END = 0xFF
"""A byte that UTF-8 never has."""
MARKS = "'\"`.,;:!?-_()[]{}<>/\\|@#$%&*+=~^"
SPACE, LETTERS, DIGITS, LINE_BREAK, FIRST_MARK = 0, 1, 2, 3, 4
OTHER_MARK = FIRST_MARK + len(MARKS)
END = OTHER_MARK + 1
NUM_GROUPS = END + 1
MAX_HASHED = 16
"""Bytes of a word that tell it from others."""
TYPOGRAPHIC = {
    "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-", "\u2026": "...",
    "\u00a0": " ",
}  # fmt: skip
"""Read as what a keyboard has for them."""


def _groups() -> Bytes:
    groups = np.full(256, OTHER_MARK, np.uint8)
    for byte in range(256):
        character = chr(byte)
        if byte >= 128 or character.isalpha():
            groups[byte] = LETTERS
        elif character.isdigit():
            groups[byte] = DIGITS
        elif character in MARKS:
            groups[byte] = FIRST_MARK + MARKS.index(character)
    groups[[ord(" "), ord("\t"), ord("\r")]] = SPACE
    groups[ord("\n")] = LINE_BREAK
    groups[ROW_END] = END
    return groups


GROUPS = _groups()
LOWER = np.frombuffer(bytes(range(256)).lower(), np.uint8)
IS_UPPER = np.array([65 <= byte <= 90 for byte in range(256)])
_PLACES = np.random.RandomState(1970).randint(0, 2**32, (MAX_HASHED, 256), np.uint32)[:, LOWER].ravel()


class TokenStream:
    """Tokens of all rows, one after the other; each row ends in an `END` token."""

    def __init__(self, column: TextColumn) -> None:
        joined = b"".join(text + b"\xff" for text in _encoded(column.texts.to_pylist()))
        self.num_rows = len(column)
        self.bytes: Bytes = np.frombuffer(joined, np.uint8)
        """UTF-8, shape (num_bytes,)."""
        self.row_ends = np.flatnonzero(self.bytes == ROW_END)
        """Place of each row's end in `bytes`, shape (num_rows,)."""
        groups = GROUPS[self.bytes]
        inner = np.flatnonzero(self.bytes[1:-1] == ord("'")) + 1
        groups[inner[(groups[inner - 1] == LETTERS) & (groups[inner + 1] == LETTERS)]] = LETTERS
        is_start = np.empty(len(groups), bool)
        is_start[:1] = True
        np.not_equal(groups[1:], groups[:-1], out=is_start[1:])
        is_start[1:] |= groups[1:] == END
        starts = np.flatnonzero(is_start)
        first = groups[starts]
        self._all_starts = starts
        self._kept = np.flatnonzero(first != SPACE)
        self.starts = starts[self._kept].astype(np.int32)
        """Place of each token's first byte, shape (num_tokens,)."""
        self.groups: Bytes = first[self._kept]
        """What each token is: `LETTERS`, `DIGITS`, a mark …, shape (num_tokens,)."""
        self.after_space = (self._kept > 0) & (first[self._kept - 1] == SPACE)
        self.ends = np.flatnonzero(self.groups == END)
        """Place of each row's end among the tokens, shape (num_rows,)."""

    @cached_property
    def lengths(self) -> Counts:
        """Bytes of each token."""
        return np.diff(self._all_starts, append=len(self.bytes))[self._kept].astype(np.int32)

    @cached_property
    def hashes(self) -> npt.NDArray[np.uint32]:
        """A number for each token's lower-case bytes, equal for equal tokens."""
        starts = self._all_starts
        lengths = np.diff(starts, append=len(self.bytes))
        places = np.arange(len(self.bytes), dtype=np.int32) - np.repeat(starts.astype(np.int32), lengths)
        np.minimum(places, MAX_HASHED - 1, out=places)
        places <<= 8
        places |= self.bytes
        return np.add.reduceat(_PLACES[places], starts, dtype=np.uint32)[self._kept]

    @cached_property
    def capitals(self) -> Counts:
        """Capital letters (A to Z) of each token."""
        places = np.flatnonzero(IS_UPPER[self.bytes])
        tokens = np.searchsorted(self._all_starts, places, side="right") - 1
        return np.bincount(tokens, minlength=len(self._all_starts)).astype(np.int32)[self._kept]


def _encoded(texts: Sequence[str]) -> Iterator[bytes]:
    """Texts in UTF-8; those with typographic signs as a keyboard has them, all of these at once."""
    others = b"\xff".join(text.encode() for text in texts if not text.isascii())
    for character, plain in TYPOGRAPHIC.items():
        others = others.replace(character.encode(), plain.encode())
    replaced = iter(others.split(b"\xff"))
    return (text.encode() if text.isascii() else next(replaced) for text in texts)
